"""Interface of a terminal, or a pipe, that takes and gives lines."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Protocol, TypeAlias

from tui.widgets.base.styles import Tone

Completer: TypeAlias = Callable[[str], Sequence[str]]
"""Takes the line as far as it is typed, and returns whole lines that it can become."""


class LineTerminal(Protocol):
    """Reads and writes lines."""

    @property
    def prefills(self) -> bool:
        """True where the next line can begin with a text, for a person to change. A pipe cannot."""

    @property
    def attended(self) -> bool:
        """True where a person types; False for a pipe or a file, whose lines were written beforehand."""

    def say(self, text: str, tone: Tone = Tone.TEXT) -> None:
        """Print a text: one line, or several with newlines between. It is made printable there."""

    def say_once(self, text: str) -> None:
        """Print how something goes on, the first time."""

    async def ask_line(self, prompt: str, complete: Completer | None = None, *, text: str = "") -> str | None:
        """Return the next line, `text` put in it where the terminal prefills; None for the end of input, or Ctrl+C."""

    async def run(self, command: Sequence[str], environ: Mapping[str, str]) -> int:
        """Run a program that has the terminal until it ends; return its exit code. Raises `UsageError`."""
