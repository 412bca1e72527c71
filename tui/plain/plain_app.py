"""Program of plain mode: the runtime and the chat in a thread with an event loop, lines in the main thread.

The main thread waits in readline, which hears Ctrl+C; all it does beside that is to write what is said. A line is given
to the loop, and the next one is read when that line is done, or when it has led to a question.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final

import msgspec

from tui import errors, i18n, keymap
from tui.config.settings import Settings
from tui.i18n import _, say
from tui.paths import Profile
from tui.plain.chat.line_chat import LineChat
from tui.plain.line_completion import LineCompletion
from tui.plain.line_console import LineConsole
from tui.plain.line_events import LineEvents
from tui.plain.line_reader import LineReader
from tui.plain.prompt_terminal import PromptTerminal
from tui.screens.app_context import AppContext
from tui.screens.leaving import left_behind
from tui.screens.outbox_texts import parting_words
from tui.services.contacts.display_names import DisplayNames
from tui.services.runtime import Runtime
from tui.services.session.login_options import LoginOptions
from tui.services.util.background import hear
from tui.store.store import Store
from tui.widgets.base.work import mistake

if TYPE_CHECKING:
    from tui.terminal.notices.announcing import Notification
    from tui.terminal.terminal_pictures import TerminalPictures

_TOGETHER: Final = 0.05
"""Seconds: what is said together stands above one prompt."""


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


class ProfileSuccession(msgspec.Struct, eq=False):
    """Profile to which somebody switched, and its open store."""

    profile: Profile
    store: Store


class PlainApp:
    """Runs one profile in lines. All but `converse` and `leave_soon` runs on the event loop."""

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
        terminal = self._terminal = PromptTerminal(console)
        self.chat = LineChat(self.context, terminal, self._leave)
        self._events = LineEvents(self.chat, console, self._opened)
        self._reader = LineReader(self.chat, terminal, console, self._events, self._leave)
        console.later = lambda wake: self._loop.call_soon_threadsafe(self._loop.call_later, _TOGETHER, wake)
        console.complete = terminal.completer(LineCompletion(self.chat).whole_lines)

    @property
    def code(self) -> int:
        """Exit code: 1 where something went wrong that a pipe asked for; a person has read it."""
        return int(bool(self._terminal.failures) and not self._console.attended)

    # ---------------------------------------------------------------- from the beginning to the end

    async def run_until_left(self, begun: Callable[[], object]) -> None:
        """Run until the program is left. `begun` hears when lines can be read."""
        hear(lambda error: self.chat.complain(say(error)))
        self._runtime.follow()
        try:
            await self.chat.load()
            self._events.greet()
            await self._events.open_by_itself()
            self._events.say_unread()
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
            if self.chat.conversation is not None and (text := self._reader.unsent(self._console.typed)):
                await self.context.store.set_draft(self.chat.conversation.id, text)
        with suppress(errors.WxtuiError):
            await self._events.last_position.keep()
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
        self.chat.arrived()
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
        self._reader.hold()
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
        self.chat.settings_changed()

    def converse(self) -> None:
        """Read lines until the program is left; in the main thread."""
        self._reader.converse()

    def leave_soon(self) -> None:
        """Leave, also where nobody said so: the terminal is gone, or a signal came. Called in the main thread."""
        with suppress(RuntimeError):
            self._loop.call_soon_threadsafe(self._leave)
