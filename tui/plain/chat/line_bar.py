"""Bar of plain mode: what the next line begins with, and the files that go with it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from textual import events

from tui.paste import clean


class AcceptedLine:
    """Message that was typed, and that nobody has stored yet."""

    def __init__(self, place: int | None, text: str, attachments: Sequence[Path]) -> None:
        self.place = place
        self.text = text
        self.attachments = attachments


class LineBar:
    """Holds a text for a person to complete: a draft, a quotation, what could not be sent. Implements `TextBar`."""

    def __init__(self, *, prefills: bool) -> None:
        """`prefills`: a person can change what stands here. Else only a quotation, or what they asked for, does."""
        self._prefills = prefills
        self.text = ""
        self.attachments: tuple[Path, ...] = ()
        self._below_command: str | None = None
        self.kept = ""
        """Text that was taken out of the bar last."""
        self.accepted: list[AcceptedLine] = []
        self.is_waiting = 0
        """Files that are on their way here: a line that is sent waits for them."""

    def load(self, text: str, attachments: Sequence[Path] = ()) -> None:
        """Replace text and files. A text that nobody would see before it is sent with the next line is only kept."""
        if text and not self._prefills:
            self.keep(text)
            text = ""
        self.text, self.attachments = clean(text), tuple(attachments)

    def begin_command(self, text: str) -> None:
        """Put the beginning of a command here; what stands here comes back behind the next command."""
        if self._below_command is None:
            self._below_command = self.text
        self.text = clean(text)

    @property
    def draft(self) -> str:
        """Text that is for the open conversation: not a command that was begun."""
        return self.text if self._below_command is None else self._below_command

    def command_done(self) -> None:
        """Bring back what stood here before a command was begun."""
        if self._below_command is not None:
            self.text, self._below_command = self._below_command, None

    def insert(self, text: str) -> None:
        """Put a text behind what is there."""
        self.text += clean(text)

    def keep(self, text: str) -> None:
        """Keep a text that a person can bring back."""
        self.kept = text

    def attach(self, paths: Sequence[Path]) -> None:
        """Add files to the message."""
        self.attachments = (*self.attachments, *paths)

    def paste(self, text: str, *, asks: bool) -> None:
        """Put a pasted text behind what is there."""
        self.insert(text)

    @contextmanager
    def expecting(self) -> Iterator[Callable[[], None]]:
        """Let a line that is sent wait while a file is fetched that is to be attached."""
        self.is_waiting += 1
        try:
            yield lambda: None
        finally:
            self.is_waiting -= 1

    def take(self, event: events.Key | events.Paste) -> bool:
        """Return False: there are no keys."""
        return False

    def focus(self) -> None:
        """Do nothing: the next line is always typed here."""
