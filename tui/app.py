"""The full-screen face: the composition root. What it shows are screens; how it reaches the terminal is said here."""

from __future__ import annotations

import asyncio
import gc
import signal
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import replace
from datetime import UTC, datetime
from importlib import import_module
from time import monotonic
from typing import TYPE_CHECKING

from rich.console import COLOR_SYSTEMS
from textual.driver import Driver
from textual.geometry import Offset
from textual.screen import Screen
from textual.theme import BUILTIN_THEMES, Theme

from tui import keymap
from tui.config import Settings
from tui.errors import NotLoggedIn, ProfileBusy, WxtuiError
from tui.i18n import _, say
from tui.keymap import hint
from tui.paths import Profile, styles_dir
from tui.screens.app_context import AppContext
from tui.screens.chat.chat_screen import ChatScreen
from tui.screens.outbox_texts import parting_words
from tui.services.contacts.display_names import DisplayNames
from tui.services.sending.recall_window import RecallWindow
from tui.services.session.login_options import LoginOptions
from tui.services.util.background import hear, persistent
from tui.store.store import Store
from tui.terminal.driver import TerminalDriver, is_hangup
from tui.terminal.frame import Frame
from tui.terminal.input_reader import PasteTooLarge
from tui.terminal.key_order import KeyOrder
from tui.terminal.textual_patches import Update, placed_strips, whole_update
from tui.units import shown_size
from tui.widgets.base.bindings import bound
from tui.widgets.base.canvas import Canvas
from tui.widgets.base.work import mistake

if TYPE_CHECKING:
    from tui.screens.login.login_screen import LoginScreen
    from tui.screens.login.login_state import LoginState
    from tui.services.client.client import Client
    from tui.services.client.supervisor import PresenceEvent

THEMES = (
    replace(BUILTIN_THEMES["ansi-dark"], name="terminal", primary="ansi_green", accent="ansi_green"),
    Theme("dark", primary="#2fd07f", background="#14181a", foreground="#d7dbd8", dark=True),
    Theme("light", primary="#067a3e", background="#fbfbf9", foreground="#1f2624", dark=False),
)

_LATER = (
    "tui.services.client.supervisor",
    "tui.services.outbox",
    "tui.services.control_server.control_server",
    "tui.screens.login.login_state",
    "tui.screens.chat.actions.registry",
)
"""What the first screen does without."""


_LEADING = frozenset({"pick", "ask", "leave"})
"""Groups of workers that open a list or a question over a screen, go where the answer leads, or leave the screen."""
_FINDING = frozenset({"completing", "filter", "rank"})
"""Groups of workers that look for what was typed."""


def _now() -> datetime:
    return datetime.now(UTC)


class WxtuiApp(KeyOrder, inherit_bindings=False, inherit_css=False):
    """Holds the profile's store and services for the screens, and the frame that reaches the terminal."""

    # Textual's own sheet for apps, not inherited here, is about widgets that this one does not have.
    CSS_PATH = [styles_dir() / f"{name}.tcss" for name in ("app", "chat")]
    ENABLE_COMMAND_PALETTE = False
    BINDINGS = [bound("suspend", "suspend_process")]

    def __init__(
        self,
        profile: Profile,
        choice: LoginOptions,
        settings: Settings,
        store: Store,
        clock: Callable[[], datetime] = _now,
        on_mistake: Callable[[], None] = lambda: None,
    ) -> None:
        """`store` is the profile's, open; it is left open. `on_mistake` is called when a mistake of ours begins to end
        the program. Raises `UsageError` for keys that make no sense.
        """
        super().__init__()
        self._on_mistake = on_mistake
        self._choice = choice
        self._frame: Frame | None = None
        self._sign_in: LoginState | None = None
        self._login: LoginScreen | None = None
        self._left_login = False
        self.parting = ""
        """What is to be said when the screen is gone."""
        self._keeping = False
        self._desk = AppContext(
            profile=profile,
            store=store,
            settings=settings,
            names=DisplayNames(store),
            clock=clock,
            recall_window=RecallWindow(clock),
            write=self.write,
            show_login=self.show_login,
            redraw=self.action_redraw,
            begin=self._begin,
        )
        self._chat = ChatScreen(self._desk)
        for theme in THEMES:
            self.register_theme(theme)
        self.theme = "terminal" if settings.theme == "auto" else settings.theme
        own = keymap.checked(settings.keys)
        keymap.use(own)
        self.set_keymap({name: ",".join(keys) for name, keys in own.items()})

    def get_driver_class(self) -> type[Driver]:
        """Return the driver for a real terminal; tests have one without a terminal."""
        return TerminalDriver

    def get_default_screen(self) -> Screen[None]:
        """The first screen, at once; Textual would draw an empty one before it."""
        return self._chat

    def on_mount(self) -> None:
        """Whatever needs the network comes after the first screen."""
        # After a stop, by Ctrl+Z or by SIGSTOP, the terminal shows what others wrote.
        self.app_resume_signal.subscribe(self, lambda app: self.action_redraw(), immediate=True)
        hear(lambda error: self._chat.complain(say(error)))
        self._chat.run(self._watch(), "store")

    async def _watch(self) -> None:
        """Hand on what the store tells, for as long as it is open."""
        with self._desk.store.subscribe() as changes:
            async for change in changes:
                try:
                    self._chat.apply(change)
                except Exception as error:
                    # One change that cannot be shown hides none of the next.
                    self.stumbled(error)

    def _begin(self) -> None:
        """Import what the first screen did without, and go for a session."""

        async def begin() -> None:
            for module in _LATER:
                await asyncio.to_thread(import_module, module)
            from tui.screens.login.login_state import LoginState
            from tui.services.client.supervisor import SessionSupervisor

            self._sign_in = LoginState()
            desk = self._desk
            self._chat.outbox()
            desk.presence = SessionSupervisor(desk.profile, self._choice, desk.store, self.hear, serve=self._serve)
            # What has lived so long lives on: the collector need not look at it again and again.
            gc.collect()
            gc.freeze()
            gc.enable()
            await persistent(desk.presence.run, "the session")

        self._chat.run(begin(), "presence")

    @asynccontextmanager
    async def _serve(self) -> AsyncIterator[None]:
        """The profile is ours: what an earlier run has left waiting is ours to send, and other shells may come in."""
        from tui.services.control_server.control_server import ControlServer

        desk, supervisor, outbox = self._desk, self._desk.presence, self._chat.outbox()
        self._chat.run(persistent(outbox.resume, "taking up the outbox"), "send")
        if desk.busy is not None:
            # Another process had the profile until now, and told nobody here of what it stored.
            desk.busy = None
            self._chat.run(self._chat.catch_up(), "catch up")
        async with ControlServer(
            desk.profile,
            desk.store,
            outbox,
            lambda: desk.client,
            trouble=lambda: supervisor.trouble,
            log_out=supervisor.log_out,
        ):
            yield

    async def on_unmount(self) -> None:
        """Everything that runs ends, and says so in the store, before that is closed; what is typed is kept."""
        try:
            await self._chat.drafts.keep()
            await self._chat.last_position.keep()
        except WxtuiError as error:
            # A full disk, say. What waits to be sent must not be taken for given up, all the same.
            self.parting = say(error)
        if self._desk.outbox is not None:
            await self._desk.outbox.close()
        if self._keeping:
            from tui.services.maintenance import leave

            await leave(self._desk.store, self._desk.settings.keep)
        with suppress(WxtuiError):
            store = self._desk.store
            files = sum(not one.paused for one in await store.unfinished_uploads())
            waiting = parting_words(len(await store.waiting()) + files)
            self.parting = "\n".join(filter(None, (self.parting, waiting)))

    def breaking(self) -> None:
        """Tell that a mistake of ours begins to end the program."""
        self._on_mistake()

    def broke(self, error: BaseException) -> None:
        """Leave by a mistake of ours; without a word where there is only no terminal any more."""
        if is_hangup(error):
            self.exit(return_code=128 + signal.SIGHUP)
        else:
            super().broke(error)

    def thread_ended(self, error: BaseException, vital: bool) -> None:
        """Say that a thread ended by a mistake, or leave: without the one that is `vital` there is no screen."""
        self.call_threadsafe(self.broke if vital else self.stumbled, error)

    def stumbled(self, error: BaseException) -> None:
        """Say in the last line that something went wrong by a mistake of ours, and go on."""
        self._chat.complain(mistake(error, "beside the screen"))

    def restore_terminal(self) -> None:
        """Give the terminal back as it was, if Textual has not; for an ending in which nothing else is sure to run."""
        if isinstance(self.terminal_driver, TerminalDriver):
            self.terminal_driver.restore()

    # ---------------------------------------------------------------- the session

    def hear(self, event: PresenceEvent) -> None:
        """What the session does is shown where it belongs: in the login screen, or in the last line."""
        from tui.services.client import supervisor
        from tui.services.session.login_events import PhoneAsked, ShowCode

        chat, sign_in = self._chat, self._sign_in
        if sign_in is None:
            return
        sign_in.endpoint = self._desk.presence.endpoint
        if self._login is not None:
            self._login.apply(event)
        else:
            sign_in.apply(event, monotonic())
        match event:
            case supervisor.LoggedIn(client=client):
                self._close_login()
                chat.logged_in(client)
                self._keep(client)
            case supervisor.Trouble():
                chat.refresh_status()
            case supervisor.Recovered():
                chat.recovered()
            case supervisor.ActionNeeded(error=ProfileBusy() as error):
                self._desk.busy = error
                if not self._left_login:
                    self.show_login()
            case supervisor.SessionEnded(error=error):
                self._left_login = False
                chat.outbox_moved()
                if isinstance(error, NotLoggedIn):
                    chat.tell(_("Logged out. /login begins a new login."))
                else:
                    chat.complain(say(error, advice=False))
            case ShowCode() | PhoneAsked() | supervisor.ActionNeeded() if not self._left_login:
                self.show_login()
            case supervisor.ActionNeeded(error=error):
                # It is not tried again: nobody is to believe that all is well.
                chat.outbox_moved()
                chat.complain(say(error))
            case _:
                pass

    def _keep(self, client: Client) -> None:
        """Look after the store, once it is sure that it is ours alone to do so."""
        from tui.services.maintenance import look_after

        if not self._keeping:
            self._keeping = True
            desk = self._desk

            def past() -> datetime | None:
                found = (desk.client or client).context.surely_past()
                return None if found is None else min(desk.clock(), found)

            self._chat.run(persistent(lambda: look_after(desk.store, desk.settings.keep, past), "keeping"), "keeping")

    def show_login(self) -> None:
        """How the login stands; the stored messages stay one key away."""
        if self._login is None and self._sign_in is not None:
            from tui.screens.login.login_screen import LoginScreen

            self._login = LoginScreen(self._desk, self._sign_in)
            self.push_screen(self._login, self._login_left)

    def _login_left(self, result: None) -> None:
        self._login = None
        self._left_login = True

    def _close_login(self) -> None:
        if self._login is not None:
            self._login.dismiss()

    # ---------------------------------------------------------------- the terminal

    def write(self, text: str) -> None:
        """Send what is not drawn: a bell, the clipboard."""
        # While an editor has the terminal the driver is stopped.
        if (terminal := self.open_terminal) is not None:
            terminal.write(text)
            terminal.flush()

    async def action_quit(self) -> None:
        """Leave, from any screen, with the question that belongs to it."""
        await self._chat.do("quit", "")

    def on_paste_too_large(self, message: PasteTooLarge) -> None:
        """Say that nothing of it was taken."""
        self._chat.complain(
            hint(
                "A paste of {size} is too long for a message: send it as a file, with {send}.",
                size=shown_size(message.size),
            )
        )

    def is_busy(self, *, letter: bool) -> bool:
        """All keys wait while the screen on top is about to be another one, or Enter in the bar waits for the disk.

        Keys other than letters wait for what the letters before them find, too.
        """
        awaited, top = _LEADING if letter else _LEADING | _FINDING, self.screen
        return self._chat.composer.is_waiting or any(
            worker.group in awaited and not worker.is_finished and worker.node.screen is top for worker in self.workers
        )

    def forget_frame(self) -> None:
        """Somebody else wrote to the terminal: nothing is known of it any more."""
        self._frame = None

    def action_redraw(self) -> None:
        """Write everything anew."""
        self.forget_frame()
        self.screen.refresh()

    # ---------------------------------------------------------------- writing

    def draw_update(self, update: Update) -> None:
        """Write what changed (see `tui.terminal.frame`)."""
        if (terminal := self.open_terminal) is None:
            return
        width, height = self.size
        frame = self._frame
        if frame is None or (frame.width, frame.height) != (width, height):
            colors = None if self.no_color else COLOR_SYSTEMS.get(self.console.color_system or "truecolor")
            frame = self._frame = Frame(width, height, colors)
            update = whole_update(self.screen)
        text = frame.write(placed_strips(update), self._caret(), synchronized=self.synchronizes)
        if text:
            terminal.write(text)
            terminal.flush()

    def _caret(self) -> tuple[int, int] | None:
        """Where the terminal's cursor belongs: where the focused widget has its caret."""
        focused = self.screen.focused
        if not isinstance(focused, Canvas) or (caret := focused.caret) is None:
            return None
        region = focused.region
        x, y = Offset(*caret) + region.offset
        return (min(x, region.right - 1), y) if region.contains(min(x, region.right - 1), y) else None
