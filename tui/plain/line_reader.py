"""Reads lines in the main thread, and has the event loop do what they say: messages, commands, answers.

A line is meant for what stood before it. A prompt names the conversation; where another one has opened since, nothing
is sent. Text that a person did not type, a draft say, comes behind the prompt only when they ask for it.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from concurrent.futures import Future
from concurrent.futures import TimeoutError as NotYet
from contextlib import suppress
from time import monotonic
from typing import Any, Final

from tui import errors
from tui.commands import Invocation, Say, parse
from tui.i18n import _, say
from tui.message_summary import conversation_name
from tui.plain.chat.line_chat import LineChat
from tui.plain.line_console import Left, LineConsole, Renewed
from tui.plain.line_events import LineEvents
from tui.plain.prompt_terminal import LineQuestion, PromptTerminal
from tui.services.util.background import child
from tui.services.util.loop_thread import begin_on, spawn_on
from tui.widgets.base.styles import Tone
from tui.widgets.base.work import mistake

_UNSEEN: Final = 0.5
"""Seconds after which a person can have read a prompt, and what was said above it."""
_UNREAD: Final = -1
"""Place of a line that was typed before its prompt, or that something had failed, can have been read."""
_LAST_SENDS: Final = 60.0
"""Seconds that what was read from a pipe gets to leave, after the end of the pipe."""
_LEAVING: Final = frozenset({"quit", "profile", "logout"})
"""Commands that ask a question while a message is being sent. A pipe has no answer: its next line would be taken for
one, and the lines after it would be for another account."""
_MOST_ENDS: Final = 2
"""Ends of the input in a row after which a question whether to leave is not asked again."""


class LineReader:
    """Reads lines and does what they say. `converse` runs in the main thread, all else in that of the loop."""

    def __init__(
        self,
        chat: LineChat,
        terminal: PromptTerminal,
        console: LineConsole,
        events: LineEvents,
        leave: Callable[[], None],
        clock: Callable[[], float] = monotonic,
    ) -> None:
        self._chat = chat
        self._terminal = terminal
        self._console = console
        self._events = events
        self._leave = leave
        self._clock = clock
        self._loop = asyncio.get_running_loop()
        self._working: asyncio.Task[None] | None = None
        """What the last line said, until it is done."""
        self._interrupted = asyncio.Event()
        self._held = ""
        """Text of the bar that stands behind no prompt yet: a draft, or what could not be sent."""
        self._announced = ""
        """Lines above the prompt that were said."""
        self._pasted = ""
        """Lines of a paste so far: all of it is one message."""

    # ---------------------------------------------------------------- the prompt

    @property
    def prompt(self) -> str:
        """Words before the line: the name of the open conversation."""
        conversation = self._chat.conversation
        return f"{conversation_name(conversation)}> " if conversation is not None else "> "

    @property
    def _place(self) -> int | None:
        return self._chat.conversation.id if self._chat.conversation is not None else None

    def _split(self) -> tuple[str, str]:
        """Return the lines of the bar's text that go above the one that is typed, and that one."""
        bar = self._chat.composer.text
        if not self._terminal.prefills or (bar and bar == self._held):
            return "", ""
        above, end, line = bar.rpartition("\n")
        return above + end, line

    def hold(self) -> None:
        """Let what is in the bar wait until a person asks for it with an empty line: nobody typed it just now.

        A command that is typed behind a text would be sent as a part of it.
        """
        bar = self._chat.composer.text
        if not self._terminal.prefills or not bar.strip() or bar == self._held:
            return
        self._held = bar
        self._console.say(_("Draft: {text}").format(text=bar.strip()))
        self._console.say(_("An empty line puts it behind the prompt."))

    def unsent(self, typed: str) -> str:
        """Return what is to be kept as a draft when the program is left while this was typed; "" for nothing new."""
        whole = self._split()[0] + typed
        return whole if typed.strip() and isinstance(parse(whole), Say) else ""

    async def _next(self) -> tuple[LineQuestion | None, str, str, int | None]:
        """Return the question that the next line answers, its prompt, the text behind that, and the place it is for."""
        question = self._terminal.question
        if self._pasted:
            return None, self.prompt, "", self._place
        if question is not None:
            return question, question.prompt, question.text, None
        above, line = self._split()
        if above and above != self._announced:
            self._console.say(above.rstrip("\n"))
            self._console.say(_("Your next line is sent below this:"))
        self._announced = above
        return None, self.prompt, line, self._place

    # ---------------------------------------------------------------- what a line says

    async def _take(self, question: LineQuestion | None, place: int | None, line: str | None) -> None:
        """Do what a line says, and return when the next one may be read; None: an answer was given up."""
        self._events.present()
        if question is not None:
            self._terminal.answer(question, line)
        elif line is not None:
            self._working = child(self._submit(place, line))
        await self._follow()

    async def _gather(self, line: str) -> None:
        """Take a line of a paste: all its lines are one message, sent with the last of them."""
        bar = self._chat.composer
        if self._terminal.prefills and bar.text != self._held:
            # What stood behind the prompt is in the line now.
            bar.load(self._split()[0], bar.attachments)
        self._pasted += f"{line}\n"

    def _is_pasted(self, line: str) -> bool:
        """Return True for a line of a paste that is not its last one: of a paste nothing but a first line commands."""
        if not self._pasted and (not line or isinstance(parse(line), Invocation)):
            return False
        return self._console.more_follows

    async def _follow(self) -> None:
        """Return when the last line is done, has led to a question, or is waited for no longer."""
        self._interrupted.clear()
        while self._working is not None and not self._working.done():
            if self._terminal.asked.is_set() or self._interrupted.is_set():
                return
            events = [child(one.wait()) for one in (self._terminal.asked, self._interrupted)]
            await asyncio.wait({self._working, *events}, return_when=asyncio.FIRST_COMPLETED)
            for one in events:
                one.cancel()

    async def _submit(self, place: int | None, line: str) -> None:
        chat, bar = self._chat, self._chat.composer
        try:
            if not line.strip() and self._held and bar.text == self._held:
                self._held = ""
                return
            text = self._split()[0] + line
            meaning = parse(text)
            if isinstance(meaning, Invocation):
                if meaning.command.id in _LEAVING and not self._console.attended:
                    await self._events.sent(_LAST_SENDS)
                await chat.submit(text)
                if self._place != place:
                    self.hold()
            elif place != self._place and text.strip():
                # Typed for another conversation, or for none: nobody is to get it unseen.
                bar.load(text if self._terminal.prefills else "", bar.attachments)
                chat.tell(self._unsent_because(place), Tone.WARN)
                self.hold()
            else:
                await self._say(text)
            self._events.read()
        except errors.WxtuiError as error:
            chat.complain(say(error))
        except Exception as error:
            chat.complain(mistake(error, "a line"))

    def _unsent_because(self, place: int | None) -> str:
        if place == _UNREAD:
            return _("You typed this before you could read the lines above it. Nothing was sent.")
        return _("Another conversation had just opened. Nothing was sent.")

    async def _say(self, text: str) -> None:
        """Send a message; a draft that stood behind no prompt stays one, and so does what could not be sent."""
        chat, bar = self._chat, self._chat.composer
        held, place = self._held if bar.text == self._held else "", self._place
        if held or not text.strip():
            bar.load("", bar.attachments)
        await chat.submit(text)
        if held and place == self._place:
            bar.load(f"{held}\n{bar.text}" if bar.text else held, bar.attachments)
            self._held = bar.text
            await chat.keep_draft()
        elif place == self._place:
            self.hold()

    # ---------------------------------------------------------------- Ctrl+C, Ctrl+D

    async def _interrupt(self) -> None:
        """Give up what is asked or waited for, or what was typed; it never ends the program."""
        chat, bar = self._chat, self._chat.composer
        if self._terminal.give_up():
            return
        if self._working is not None and not self._working.done():
            # What has left is not taken back: only nobody waits for it any more.
            chat.give_up()
            self._interrupted.set()
            return
        above, _line = self._split()
        pasted, self._pasted = self._pasted, ""
        typed = above + pasted + self._console.typed
        if typed.strip():
            self._console.keep(typed)
            bar.load("", bar.attachments)
            chat.tell(_("Cleared. The up arrow restores the text."))
        else:
            chat.tell(_("/quit quits wxtui."))

    async def _end(self) -> None:
        """Leave at the end of the input: a pipe's, after what is queued has left; a person's, as /quit does."""
        if self._console.attended:
            self._working = child(self._submit(self._place, "/quit"))
            await self._follow()
        else:
            await self._events.sent(_LAST_SENDS)
            self._leave()

    async def _begin(self) -> None:
        if self._console.attended:
            await self._events.settled()
        else:
            await self._events.session_known()

    # ---------------------------------------------------------------- the main thread

    def converse(self) -> None:
        """Read lines until the program is left; in the main thread, beside the loop."""
        with suppress(Left):
            self._in_loop(self._begin())
            ends, failures = 0, self._terminal.failures
            # What was typed before the first prompt was for whatever stood there then.
            renewed = self._clock()
            while not self._console.over and ends <= _MOST_ENDS:
                question, prompt, text, place = self._in_loop(self._next())
                if self._console.attended and failures != self._terminal.failures:
                    failures, renewed = self._terminal.failures, self._clock()
                try:
                    line: str | None = self._console.read(prompt, text, history=question is None)
                    ends = 0
                except Renewed:
                    renewed = self._clock()
                    continue
                except KeyboardInterrupt:
                    self._in_loop(self._interrupt())
                    self._in_loop(self._follow())
                    continue
                except EOFError:
                    ends, line = ends + 1, None
                    if self._pasted:
                        # The end of the input came with it.
                        pasted, self._pasted = self._pasted.removesuffix("\n"), ""
                        self._in_loop(self._take(None, place, pasted))
                except errors.UsageError as error:
                    self._terminal.say(say(error), Tone.BAD)
                    continue
                unseen = self._console.attended and self._clock() - renewed < _UNSEEN
                if line and unseen and question is not None:
                    # Typed before the question can have been read.
                    self._console.keep(line)
                    continue
                if line is None and question is None:
                    self._in_loop(self._end())
                elif question is None and line is not None and self._is_pasted(line):
                    self._in_loop(self._gather(line))
                else:
                    whole = None if line is None else self._pasted + line
                    self._pasted = ""
                    self._in_loop(self._take(question, _UNREAD if unseen else place, whole))
                    if whole and isinstance(parse(whole), Invocation):
                        # What follows was typed for where this led.
                        renewed = self._clock() - _UNSEEN

    def _in_loop(self, work: Coroutine[Any, Any, Any]) -> Any:
        """Return what the loop has of `work`; Ctrl+C gives up what that waits for. Raises `Left`."""
        future: Future[Any] = begin_on(self._loop, work)

        def done(seconds: float) -> bool:
            with suppress(NotYet):
                future.result(seconds)
            return future.done()

        while True:
            try:
                self._console.wait(done)
                return future.result()
            except KeyboardInterrupt:
                if not self._console.is_lent:
                    spawn_on(self._loop, self._interrupt(), "interrupt")
