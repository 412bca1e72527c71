"""Program of plain mode: the runtime and the chat in a thread with an event loop, lines in the main thread.

The main thread waits in readline, which hears Ctrl+C; all it does beside that is to write what is said. A line is given
to the loop, and the next one is read when that line is done, or when it has led to a question.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future
from concurrent.futures import TimeoutError as NotYet
from contextlib import suppress
from datetime import UTC, datetime
from time import monotonic
from typing import TYPE_CHECKING, Any, Final

import msgspec

from tui import errors, i18n, keymap
from tui.commands import Invocation, Say, parse
from tui.config.settings import Settings
from tui.i18n import _, joined, say
from tui.message_summary import conversation_name
from tui.paths import Profile
from tui.plain.chat.line_chat import LineChat
from tui.plain.line_completion import LineCompletion
from tui.plain.line_console import Left, LineConsole, Renewed
from tui.plain.line_events import LineEvents
from tui.plain.line_terminal import Completer
from tui.screens.app_context import AppContext
from tui.screens.leaving import left_behind
from tui.screens.outbox_texts import parting_words
from tui.services.contacts.display_names import DisplayNames
from tui.services.runtime import Runtime
from tui.services.session.login_options import LoginOptions
from tui.services.util.background import hear
from tui.store.store import Store
from tui.widgets.base.styles import Tone
from tui.widgets.base.work import mistake

if TYPE_CHECKING:
    from tui.terminal.notices.announcing import Notification
    from tui.terminal.terminal_pictures import TerminalPictures

_TOGETHER: Final = 0.05
"""Seconds: what is said together stands above one prompt."""
_UNSEEN: Final = 0.5
"""Seconds after which a person can have seen that another conversation opened by itself."""
_LAST_SENDS: Final = 60.0
"""Seconds that what was read from a pipe gets to leave, after the end of the pipe."""


def _now() -> datetime:
    return datetime.now(UTC)


class NoPictures:
    """Terminal that shows no pictures."""

    @property
    def terminal_pictures(self) -> TerminalPictures:
        """None. Raises `UsageError`."""
        raise errors.UsageError(why=_("Plain mode shows no pictures."))

    @property
    def input_waiting(self) -> int:
        """Zero: nothing is drawn, so nothing has to wait."""
        return 0

    def draw_sixel(self, x: int, y: int, body: str, columns: int, rows: int) -> bool:
        """Return False: there are no cells."""
        return False


class LineQuestion(msgspec.Struct, eq=False):
    """Question that the next line answers."""

    prompt: str
    text: str
    complete: Completer | None
    answer: asyncio.Future[str | None]


class ProfileSuccession(msgspec.Struct, eq=False):
    """Profile to which somebody switched, and its open store."""

    profile: Profile
    store: Store


class PlainApp:
    """Runs one profile in lines. Implements `LineTerminal` for the chat. All but `converse` runs on the event loop."""

    def __init__(
        self,
        profile: Profile,
        options: LoginOptions,
        settings: Settings,
        store: Store,
        console: LineConsole,
        clock: Callable[[], datetime] = _now,
    ) -> None:
        """Take the profile's `store`, open; it is left open. Raises `UsageError` for keys that make no sense."""
        self._console = console
        self._loop = asyncio.get_running_loop()
        self._left = asyncio.Event()
        self._questions: list[LineQuestion] = []
        self._question_came = asyncio.Event()
        self.parting = ""
        """Sentences to say at the end."""
        self.successor: ProfileSuccession | None = None
        self.broken_by: BaseException | None = None
        self._runtime = Runtime(
            profile,
            store,
            options,
            settings.keep,
            self._hear,
            clock=clock,
            picture_cache=settings.picture_cache,
            settings=settings,
        )
        self.context = AppContext(
            profile=profile,
            store=store,
            settings=settings,
            names=DisplayNames(store),
            clock=clock,
            runtime=self._runtime,
            write=console.send,
            log_in=self._log_in,
            redraw=lambda: None,
            use_settings=self._use_settings,
            announce=self._announce,
            terminal=NoPictures(),
            begin=lambda: None,
            switch=self._switch,
        )
        keymap.use(keymap.checked(settings.keys))
        self.chat = LineChat(self.context, self, self._leave)
        self._events = LineEvents(self.chat, console, self._opened)
        console.later = lambda wake: self._loop.call_soon_threadsafe(self._loop.call_later, _TOGETHER, wake)
        console.complete = LineCompletion(self.chat).whole_lines
        self.prompt = "> "
        self._place: int | None = None

    # ---------------------------------------------------------------- what the chat asks of a terminal

    @property
    def prefills(self) -> bool:
        """True where readline edits the line."""
        return self._console.edits

    def say(self, text: str, tone: Tone = Tone.TEXT) -> None:
        """Print a text, soon."""
        self._console.say(text)

    async def ask_line(self, prompt: str, complete: Completer | None = None, *, text: str = "") -> str | None:
        """Return the next line; None for the end of input, or Ctrl+C. See `LineTerminal`."""
        question = LineQuestion(prompt, text, complete, self._loop.create_future())
        self._questions.append(question)
        self._question_came.set()
        if self._console.is_reading:
            # Somebody may be typing a message: that is no answer.
            self._console.say(joined(prompt.strip(), _("(An empty line first, then the answer.)")))
        try:
            return await question.answer
        finally:
            self._questions.remove(question)
            if not self._questions:
                self._question_came.clear()

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

    # ---------------------------------------------------------------- from the beginning to the end

    async def run_until_left(self, begun: Callable[[], object]) -> None:
        """Run until the program is left. `begun` hears when lines can be read."""
        hear(lambda error: self.chat.complain(say(error)))
        self._runtime.follow()
        try:
            await self.chat.load()
            await self._events.open_by_itself()
            self._events.greet()
            self._show_prompt()
            await self._runtime.begin()
            begun()
            await self._left.wait()
        except errors.WxtuiError as error:
            self.broken_by = error
        except Exception as error:
            self.broken_by = error
        finally:
            begun()
            self._console.end()
            await self._close()

    async def _close(self) -> None:
        with suppress(errors.WxtuiError):
            typed = self._console.typed
            if typed.strip() and self.chat.conversation is not None and isinstance(parse(typed), Say):
                await self.context.store.set_draft(self.chat.conversation.id, f"{self._above}{typed}")
        self._events.close()
        await self.chat.close()
        await self._runtime.close()
        with suppress(errors.WxtuiError):
            if "actions" in vars(self.chat):
                await self.chat.actions.sweep()
        with suppress(errors.WxtuiError):
            store = self.context.store
            files = sum(not one.paused for one in await store.unfinished_uploads())
            count = len(await store.waiting()) + files
            waiting = parting_words(count)
            if self.successor is not None:
                waiting = left_behind(self.context.profile.name, count)
            self.parting = "\n".join(filter(None, (self.parting, waiting)))

    def _leave(self) -> None:
        self._left.set()
        self._console.end()

    async def _switch(self, profile: Profile, store: Store) -> None:
        """Leave for another profile, whose `store` is open."""
        if self.successor is not None or self._left.is_set():
            await store.close()
            return
        self.successor = ProfileSuccession(profile, store)
        self._leave()

    # ---------------------------------------------------------------- events

    def _hear(self, event: Any) -> None:
        if self._left.is_set():
            return
        try:
            self._events.hear(event)
        except Exception as error:
            self.chat.complain(mistake(error, "beside the lines"))

    def _opened(self) -> None:
        """Show the prompt of a conversation that opened by itself."""
        self._console.renew()

    def _announce(self, one: Notification) -> None:
        if self.context.settings.bell:
            self._console.send("\a")

    def _log_in(self) -> None:
        self._events.log_in()

    def _use_settings(self, settings: Settings) -> None:
        before, self.context.settings = self.context.settings, settings
        if settings.language != before.language:
            i18n.use(i18n.wanted_language() if settings.language == "auto" else settings.language)
        if settings.keys != before.keys:
            keymap.use(keymap.checked(settings.keys))
        self._runtime.use_settings(settings)

    # ---------------------------------------------------------------- lines, on the loop

    @property
    def _above(self) -> str:
        """Lines that go above the one that is typed: of a quotation, or a draft."""
        head, end, _line = self.chat.composer.text.rpartition("\n")
        return head + end if self.prefills else ""

    def _show_prompt(self) -> None:
        conversation = self.chat.conversation
        name = conversation_name(conversation) if conversation is not None else ""
        self.prompt = f"{name}> " if name else "> "
        self._place = conversation.id if conversation is not None else None

    def _next(self) -> tuple[LineQuestion | None, str, str]:
        """Return the question that the next line answers, and the prompt and text of that line."""
        if self._questions:
            question = self._questions[0]
            return question, question.prompt, question.text
        self._show_prompt()
        above = self._above
        if above and not self._shown_above:
            self._console.say(above.rstrip("\n"))
            self._console.say(_("Your next line is sent below this:"))
        self._shown_above = above
        return None, self.prompt, self.chat.composer.text.rpartition("\n")[2] if self.prefills else ""

    _shown_above = ""

    async def _take(self, question: LineQuestion | None, place: int | None, line: str | None) -> None:
        """Do what a line says, and return when the next one may be read; None: Ctrl+C, or the end of input."""
        self._events.present()
        if question is not None:
            if not question.answer.done():
                question.answer.set_result(line)
            # The question is removed by whoever waits for the answer.
            await asyncio.sleep(0)
        elif line is not None:
            self._submitting = self._loop.create_task(self._submit(place, line))
        while self._submitting is not None and not self._submitting.done():
            if self._questions and not self._questions[0].answer.done():
                return
            asked = self._loop.create_task(self._question_came.wait())
            await asyncio.wait({self._submitting, asked}, return_when=asyncio.FIRST_COMPLETED)
            asked.cancel()
            await asyncio.sleep(0)

    _submitting: asyncio.Task[None] | None = None

    async def _submit(self, place: int | None, line: str) -> None:
        chat, bar = self.chat, self.chat.composer
        text = self._above + line
        try:
            meaning = parse(text)
            here = chat.conversation.id if chat.conversation is not None else None
            if isinstance(meaning, Invocation):
                if meaning.command.id == "quit" and not self._console.attended:
                    await self._events.sent(_LAST_SENDS)
            elif place != here and text.strip():
                # Typed for another conversation, or for none: nobody is to get it unseen.
                if self.prefills:
                    bar.load(text, bar.attachments)
                chat.tell(_("Another conversation had just opened. Nothing was sent."), Tone.WARN)
                return
            elif self.prefills and not line.strip():
                bar.load("", bar.attachments)
            await chat.submit(text)
            if isinstance(meaning, Say) and not self.prefills and bar.text == text:
                # It was refused. Nobody can change it here, and it must not go with the next line.
                bar.load("", bar.attachments)
        except errors.WxtuiError as error:
            chat.complain(say(error))
        except Exception as error:
            chat.complain(mistake(error, "a line"))

    async def _interrupted(self) -> None:
        """Ctrl+C: give up what is asked or done, or what was typed; it never ends the program."""
        if self._questions:
            for question in self._questions:
                if not question.answer.done():
                    question.answer.set_result(None)
            return
        if self._submitting is not None and not self._submitting.done():
            self._submitting.cancel()
            self.chat.give_up()
            return
        bar = self.chat.composer
        if bar.text or self._console.typed:
            self._console.keep(self._console.typed)
            bar.load("", bar.attachments)
            self.chat.tell(_("Cleared. The up arrow restores the text."))
        else:
            self.chat.tell(_("/quit quits wxtui."))

    async def _ended(self) -> None:
        """Ctrl+D, or the end of a pipe: leave, after what is queued has left."""
        if not self._console.attended:
            await self._events.sent(_LAST_SENDS)
            self._leave()
            return
        await self.chat.do("quit", "")
        await self.chat.settled()

    async def _ready(self) -> None:
        if not self._console.attended:
            await self._events.session_known()

    # ---------------------------------------------------------------- the main thread

    def converse(self) -> None:
        """Read lines until the program is left; in the main thread, beside the loop."""
        with suppress(Left):
            self._in_loop(self._ready())
            ends, renewed = 0, 0.0
            while not self._console.over:
                question, prompt, text = self._next()
                place = self._place
                line: str | None = None
                try:
                    line = self._console.read(prompt, text, history=question is None)
                    ends = 0
                    if monotonic() - renewed < _UNSEEN:
                        place = None
                except Renewed:
                    renewed = monotonic()
                    continue
                except KeyboardInterrupt:
                    self._in_loop(self._interrupted())
                    self._in_loop(self._take(None, place, None))
                    continue
                except EOFError:
                    ends += 1
                    if ends > 2:
                        break
                except errors.UsageError as error:
                    self._console.say(say(error))
                    continue
                if line is None and question is None:
                    self._in_loop(self._ended())
                else:
                    self._in_loop(self._take(question, place, line))

    def leave_soon(self) -> None:
        """Leave, also where nobody said so: the terminal is gone, or a signal came. Called in the main thread."""
        with suppress(RuntimeError):
            self._loop.call_soon_threadsafe(self._leave)

    def _in_loop(self, work: Any) -> None:
        """Wait until the loop has done `work`; Ctrl+C gives up what it waits for."""
        future: Future[None] = asyncio.run_coroutine_threadsafe(work, self._loop)

        def done(seconds: float) -> bool:
            try:
                future.result(seconds)
            except NotYet:
                return future.done()
            return True

        while True:
            try:
                self._console.wait(done)
                return
            except KeyboardInterrupt:
                if not self._console.is_lent:
                    asyncio.run_coroutine_threadsafe(self._interrupted(), self._loop)
