"""Terminal of the chat in plain mode: what is said goes to the console, and the next line answers a question."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence

import msgspec

from tui import errors
from tui.i18n import _
from tui.plain.line_console import LineConsole
from tui.plain.line_terminal import Completer
from tui.widgets.base.styles import Tone


class LineQuestion(msgspec.Struct, eq=False):
    """Question that the next line answers."""

    prompt: str
    text: str
    complete: Completer | None
    answer: asyncio.Future[str | None]


class PromptTerminal:
    """Implements `LineTerminal`, on the event loop."""

    def __init__(self, console: LineConsole) -> None:
        self._console = console
        self.failures = 0
        """How often something went wrong that was said."""
        self._said: set[str] = set()
        self._questions: list[LineQuestion] = []
        self.asked = asyncio.Event()
        """Set while a question waits for its line."""

    @property
    def prefills(self) -> bool:
        """True where readline edits the line."""
        return self._console.edits

    def say(self, text: str, tone: Tone = Tone.TEXT) -> None:
        """Print a text, soon."""
        self.failures += tone is Tone.BAD
        self._console.say(text)

    def say_once(self, text: str) -> None:
        """Print how something goes on, the first time."""
        if text not in self._said:
            self._said.add(text)
            self.say(text, Tone.DIM)

    @property
    def attended(self) -> bool:
        """True where a person types; False for a pipe or a file."""
        return self._console.attended

    @property
    def question(self) -> LineQuestion | None:
        """Question that the next line answers, the oldest first; None while nothing is asked."""
        return next((one for one in self._questions if not one.answer.done()), None)

    async def ask_line(self, prompt: str, complete: Completer | None = None, *, text: str = "") -> str | None:
        """Return the next line; None for the end of input, or Ctrl+C."""
        question = LineQuestion(prompt, text, complete, asyncio.get_running_loop().create_future())
        self._questions.append(question)
        self.asked.set()
        if self._console.is_reading and self._console.has_text:
            # Somebody is typing a message: that is no answer.
            self._console.say(_("(An empty line first, then the answer.)"))
        elif self._console.is_reading:
            self._console.renew()
        try:
            return await question.answer
        finally:
            self._questions.remove(question)
            self._asked_now()

    def completer(self, usual: Completer) -> Completer:
        """Return what completes a line: that of the question which it answers, else the `usual` one."""

        def complete(line: str) -> Sequence[str]:
            question = self.question
            if question is None:
                return usual(line)
            return question.complete(line) if question.complete is not None else ()

        return complete

    def answer(self, question: LineQuestion, line: str | None) -> None:
        """Answer a question; None gives it up."""
        if not question.answer.done():
            # At its end a pipe has not answered.
            self.failures += line is None and not self._console.attended
            question.answer.set_result(line)
        self._asked_now()

    def give_up(self) -> bool:
        """Give up all questions; return False where there are none."""
        waiting = [one for one in self._questions if not one.answer.done()]
        for one in waiting:
            self.answer(one, None)
        return bool(waiting)

    def _asked_now(self) -> None:
        if self.question is None:
            self.asked.clear()

    async def run(self, command: Sequence[str], environ: Mapping[str, str]) -> int:
        """Run a program that has the terminal until it ends; return its exit code. Raises `UsageError`."""
        with self._console.lent():
            try:
                process = await asyncio.create_subprocess_exec(*command, env=dict(environ))
            except OSError as error:
                why = error.strerror or type(error).__name__
                said = errors.Phrase("{editor} cannot be started: {why}.", editor=command[0], why=why)
                raise errors.UsageError(why=said) from None
            try:
                return await process.wait()
            except asyncio.CancelledError:
                process.terminate()
                await process.wait()
                raise
