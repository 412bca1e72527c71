"""Terminal of a dialog, which a command leaves: whoever types one has done with the list, or the question."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from tui.commands import Invocation, parse
from tui.plain.line_terminal import Completer, LineTerminal
from tui.widgets.base.styles import Tone


class LeavableTerminal:
    """Hands on lines; a line that is a command is kept in `command`, and is the end of input for the dialog."""

    def __init__(self, terminal: LineTerminal) -> None:
        self._terminal = terminal
        self.command: Invocation | None = None
        """Command that was typed in place of an answer."""

    @property
    def prefills(self) -> bool:
        """True where the next line can begin with a text."""
        return self._terminal.prefills

    @property
    def attended(self) -> bool:
        """True where a person types."""
        return self._terminal.attended

    def say(self, text: str, tone: Tone = Tone.TEXT) -> None:
        """Print a text."""
        self._terminal.say(text, tone)

    def say_once(self, text: str) -> None:
        """Print how something goes on, the first time."""
        self._terminal.say_once(text)

    async def ask_line(self, prompt: str, complete: Completer | None = None, *, text: str = "") -> str | None:
        """Return the next line; None for the end of input, Ctrl+C, or a command."""
        if self.command is not None:
            return None
        line = await self._terminal.ask_line(prompt, complete, text=text)
        meaning = parse(line) if line is not None else None
        if isinstance(meaning, Invocation):
            self.command = meaning
            return None
        return line

    async def run(self, command: Sequence[str], environ: Mapping[str, str]) -> int:
        """Run a program that has the terminal until it ends; return its exit code. Raises `UsageError`."""
        return await self._terminal.run(command, environ)
