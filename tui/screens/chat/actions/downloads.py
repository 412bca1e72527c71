"""Saving what a message carries: files, pictures, videos, voice."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from contextlib import ExitStack, suppress
from pathlib import Path
from time import monotonic
from typing import TYPE_CHECKING, Final

from tui import errors
from tui.i18n import _
from tui.keymap import hint
from tui.message_summary import describe
from tui.screens.chat.actions.base import Acting, Action
from tui.units import shown_size
from tui.wire import bodies
from tui.wire.text import printable

if TYPE_CHECKING:
    from tui.screens.chat.screen import ChatScreen
    from tui.services.uploads.file_upload import Progress
    from tui.store.models import StoredMessage

_OFTEN: Final = 0.2
"""Seconds between two words about progress."""
_BACK: Final = 200
"""Messages among which the newest file is looked for, where none is selected."""


class Saving(Acting):
    """To the folder for downloads, or the one that is named."""

    def __init__(self, screen: ChatScreen) -> None:
        super().__init__(screen)
        self._saved: dict[int, Path] = {}
        self._running: set[int] = set()

    @property
    def table(self) -> Mapping[str, Action]:
        """Command → what it does."""
        return {"save": self.save}

    def path_of(self, message: StoredMessage) -> Path | None:
        """Where this message's file was saved since the program started."""
        return self._saved.get(message.id)

    async def save(self, argument: str) -> None:
        """Save the selected message's file, else the newest one here; a word behind the command names the folder."""
        message = await self._file_message()
        self._client()
        if message.id not in self._running:
            self._screen.go(self._save(message, argument), "save")

    async def _file_message(self) -> StoredMessage:
        from tui.services.downloads.download import fetchable

        selected, conversation = self._screen.log_view.selected, self._screen.conversation
        if selected is not None or conversation is None:
            return await self._message("")
        page = await self._desk.store.messages_before(conversation.id, None, _BACK)
        found = next((one for one in reversed(page) if fetchable(one)), None)
        if found is None:
            raise errors.UsageError(why=_("There is nothing here that could be saved."))
        return found

    async def _save(self, message: StoredMessage, argument: str) -> None:
        from tui.services.downloads.download import Downloads
        from tui.services.downloads.target_folder import open_folder

        place = Path(argument) if argument else self._folder()
        conversation = await self._desk.store.conversation(message.conversation_id)
        self._running.add(message.id)
        try:
            with ExitStack() as opened:
                folder = opened.enter_context(await asyncio.to_thread(open_folder, place))
                downloads = Downloads(self._client().context)
                saved = await downloads.save(message, conversation.user_name, folder, self._progress(message))
        finally:
            self._running.discard(message.id)
        self._saved[message.id] = saved.path
        with suppress(errors.LocalError):  # the file is there, whatever the store says
            await self._desk.store.note_file(message.id, saved.path.name, saved.size)
        self._screen.tell(hint("Saved: {path} · {copy} copies the path", path=_short(saved.path)))

    def _folder(self) -> Path:
        from platformdirs import user_downloads_path

        return self._desk.settings.download_dir or user_downloads_path()

    def _progress(self, message: StoredMessage) -> _DownloadText:
        body = message.body
        name = body.name if isinstance(body, bodies.File) else describe(body)
        return _DownloadText(self._screen, printable(name, newlines=False))


class _DownloadText:
    """Progress as words in the last line."""

    def __init__(self, screen: ChatScreen, name: str) -> None:
        self._screen = screen
        self._name = name
        self._when = 0.0

    def __call__(self, progress: Progress) -> None:
        if monotonic() - self._when < _OFTEN and not progress.waiting:
            return
        self._when = monotonic()
        if progress.waiting:
            state = _("connection lost, trying again")
        elif progress.total:
            state = f"{progress.done / progress.total:.0%}  {shown_size(progress.done)} / {shown_size(progress.total)}"
        else:
            state = shown_size(progress.done)
        self._screen.status.say(f"{self._name}  {state}")


def _short(path: Path) -> str:
    """With ~ for the home; the line is short."""
    try:
        return f"~/{path.relative_to(Path.home())}"
    except (ValueError, RuntimeError):
        return str(path)
