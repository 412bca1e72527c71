"""Line on standard error that says how far something is; draws nothing where that is no terminal."""

from __future__ import annotations

import os
import sys
import time
from typing import Final

from tui.cli.shared.output import clean, is_quiet

_EVERY: Final = 0.1
"""Seconds between two drawings: over a slow link, more would only queue up."""
_ERASE: Final = "\r\x1b[K"


class StepLine:
    """Line that is redrawn while something is done, and erased at the end of the context."""

    def __init__(self) -> None:
        self.on = sys.stderr.isatty() and not is_quiet()
        """True where it is drawn at all."""
        self._drawn = 0.0

    def __enter__(self) -> StepLine:
        return self

    def __exit__(self, *_: object) -> None:
        self.erase()

    def erase(self) -> None:
        """Leave the row empty for whatever is said next."""
        if self._drawn:
            sys.stderr.write(_ERASE)
            sys.stderr.flush()

    @property
    def due(self) -> bool:
        """True when the line may be drawn again."""
        return self.on and time.monotonic() - self._drawn >= _EVERY

    @property
    def columns(self) -> int:
        """Columns that a text may take: behind it the terminal itself writes ^C."""
        return os.get_terminal_size(sys.stderr.fileno()).columns - 3

    def show(self, text: str) -> None:
        """Draw a text, in one row of the terminal: a line that wraps cannot be erased."""
        if not self.on:
            return
        from tui.terminal.graphemes import cut  # scripts have no line

        self._drawn = time.monotonic()
        sys.stderr.write(_ERASE + cut(clean(text), self.columns))
        sys.stderr.flush()
