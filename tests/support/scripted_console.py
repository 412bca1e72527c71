"""Person at a prompt whose lines a test gives beforehand."""

from __future__ import annotations

from collections.abc import Callable

from tui.plain.line_console import Left


class Hasty(str):
    """Line that is typed before what stands above its prompt can have been read."""


class Pasted(str):
    """Line that is followed by more at once."""


Line = str | type[BaseException] | BaseException | Callable[[], object]
"""A line, what reading raises, or what happens while the prompt stands there."""


class ScriptedConsole:
    """Person at the prompt whose lines are known beforehand; notes each prompt with the text behind it."""

    def __init__(self, *lines: Line, attended: bool = True) -> None:
        self._lines = list(lines)
        self.attended = self.edits = attended
        self.prompts: list[str] = []
        self.said: list[str] = []
        self.kept: list[str] = []
        self.typed = ""
        self.over = self.is_reading = self.is_lent = self.more_follows = False
        self.time = 0.0

    def read(self, prompt: str, text: str = "", *, history: bool = True) -> str:
        self.prompts.append(prompt + text)
        while self._lines:
            line = self._lines.pop(0)
            self.time += not isinstance(line, Hasty)
            self.more_follows = isinstance(line, Pasted)
            if isinstance(line, str):
                return text + line
            if isinstance(line, type | BaseException):
                raise line
            line()
        raise Left

    def wait(self, done: Callable[[float], bool]) -> None:
        while not done(0.05):
            pass

    def say(self, text: str) -> None:
        self.said.append(text)

    def keep(self, text: str) -> None:
        self.kept.append(text)
