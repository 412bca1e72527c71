"""Full-screen program: starts the runtime, hands its events to the screens, and writes frames to the terminal."""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime
from importlib import import_module
from time import monotonic
from typing import TYPE_CHECKING, Any

import msgspec
from rich.color import ColorSystem
from rich.console import COLOR_SYSTEMS
from textual import events
from textual.driver import Driver
from textual.geometry import Offset, Region
from textual.screen import Screen
from textual.theme import BUILTIN_THEMES, Theme

from tui import i18n, keymap
from tui.config.settings import Settings
from tui.errors import NotLoggedIn, ProfileBusy, RiskUntold, WxtuiError
from tui.i18n import _, joined, say
from tui.kept_screen import early
from tui.keymap import hint
from tui.paths import Profile
from tui.screens.app_context import AppContext
from tui.screens.chat.chat_screen import ChatScreen
from tui.screens.chat.status_summary import not_logged_in
from tui.screens.outbox_texts import parting_words
from tui.screens.screen_keeper import ScreenKeeper
from tui.services.client.events import (
    ActionNeeded,
    LoggedIn,
    Recovered,
    SessionEnded,
    SessionEvent,
)
from tui.services.contacts.display_names import DisplayNames
from tui.services.runtime import OutboxChanged, ProfileTakenOver, Runtime, RuntimeEvent, UploadChanged
from tui.services.session.login_events import PhoneAsked, ShowCode
from tui.services.session.login_options import LoginOptions
from tui.services.util.background import hear
from tui.store.changes import Change, taken_away
from tui.store.store import Store
from tui.terminal.deferred_modules import deferred
from tui.terminal.driver import TerminalDriver, is_hangup
from tui.terminal.frame import Frame
from tui.terminal.hyperlinks import takes_links
from tui.terminal.idle_collector import IdleCollector
from tui.terminal.input_reader import ClipboardAnswer, PasteTooLarge, TerminalReport
from tui.terminal.key_order import PATIENCE, KeyOrder
from tui.terminal.passthrough import Multiplexer, multiplexer_of
from tui.terminal.terminal_pictures import TerminalPictures
from tui.terminal.textual_patches import Update, placed_strips, whole_update
from tui.units import shown_size
from tui.widgets.base.bindings import bound
from tui.widgets.base.canvas import Canvas
from tui.widgets.base.styles import Tone
from tui.widgets.base.work import mistake
from tui.widgets.composer.blind_typing import BlindTyping
from tui.widgets.message_log.log_pictures import picture_key, view_key

if TYPE_CHECKING:
    from tui.kept_screen.early import EarlyScreen
    from tui.screens.login.login_screen import LoginScreen
    from tui.screens.login.login_state import LoginState
    from tui.services.attention.alerts import Alert, Alerts
    from tui.terminal.desktop.terminal_clipboard import TerminalClipboard
    from tui.terminal.notices.announcing import Announcer, Notification

THEMES = (
    replace(BUILTIN_THEMES["ansi-dark"], name="terminal", primary="ansi_green", accent="ansi_green"),
    Theme("dark", primary="#2fd07f", background="#14181a", foreground="#d7dbd8", dark=True),
    Theme("light", primary="#067a3e", background="#fbfbf9", foreground="#1f2624", dark=False),
)

_LATER = (
    *("tui.screens.login.login_state", "tui.screens.chat.actions.registry", "tui.services.attention.alerts"),
    "tui.terminal.notices.announcing",
    # Style sheets, for the first dialog.
    *("textual.css.parse", "textual.layouts.factory", "textual.markup"),
)
"""Modules that the first screen does without."""
_NEVER = (
    *("textual.css._help_renderables", "textual.css._help_text", "textual.suggestions"),
    *("rich.emoji", "rich.markup", "rich.text", "pickle", "typing_extensions"),
)
"""Modules that style sheets want for mistakes in them: 1 MB."""
_PATIENT = 60.0
"""Seconds for a person to allow a terminal to give its clipboard."""
_LEADING = frozenset({"pick", "ask", "leave"})
"""Groups of workers that open a list or a question over a screen, go where the answer leads, or leave the screen."""
_HANDED_OVER = 5
"""Turns of the event loop in which a key has come from the thread that reads to the app's queue."""
_FINDING = frozenset({"completing", "filter", "rank"})
"""Groups of workers that look for what was typed."""


def _now() -> datetime:
    return datetime.now(UTC)


def _import(module: str) -> None:
    with deferred(*_NEVER):
        import_module(module)


class Succession(msgspec.Struct, eq=False):
    """Run of another profile that follows this one, on the terminal as this one leaves it.

    The first run ends whole, as when a person quits. Nothing but this goes to the next, so nothing of one account can
    be seen or sent in the other.
    """

    profile: Profile
    store: Store
    """Store of that profile, open: what is wrong with it was said before anything ended."""
    said: str = ""
    """Sentences for the last line, about what waits in the profile before."""
    typed: Sequence[events.Key | events.Paste] = ()
    """Keys that came before the other profile could be seen: text for its bar, which no Enter sends unseen."""

    def taken(self) -> list[events.Key | events.Paste]:
        """Return the keys, once, without what Textual notes in each: the program that has ended."""
        typed, self.typed = self.typed, ()
        return [
            events.Key(one.key, one.character) if isinstance(one, events.Key) else events.Paste(one.text)
            for one in typed
        ]


class WxtuiApp(KeyOrder, inherit_bindings=False, inherit_css=False):
    """Holds the runtime and what the screens share, and the frame that the terminal shows."""

    ENABLE_COMMAND_PALETTE = False
    BINDINGS = [bound("suspend", "suspend_process")]

    def __init__(
        self,
        profile: Profile,
        options: LoginOptions,
        settings: Settings,
        store: Store,
        clock: Callable[[], datetime] = _now,
        on_mistake: Callable[[], None] = lambda: None,
        shown: EarlyScreen | None = None,
        follows: Succession | None = None,
    ) -> None:
        """Take the profile's `store`, open; it is left open.

        `on_mistake` is called when a mistake of ours begins to end the program. `shown`: the kept screen that stands on
        the terminal. `follows`: what the run of another profile has left for this one. Raises `UsageError` for keys
        that make no sense.
        """
        super().__init__()
        self._on_mistake = on_mistake
        self._shown = shown
        """Kept screen that stands on the terminal; None once the live one does."""
        self._follows = follows
        if shown is not None or follows is not None:
            self.begin_blind(follows.taken() if follows is not None else ())
        self.successor: Succession | None = None
        """Run of another profile that follows this one; None where the program ends."""
        self._frame: Frame | None = None
        self.terminal_pictures = TerminalPictures(self, lambda: self.context.settings.pictures_by, lambda: self._colors)
        self._terminal_clipboard: TerminalClipboard | None = None
        self._announcer: Announcer | None = None
        self._alerts: Alerts | None = None
        self._collector = IdleCollector()
        self._login_state: LoginState | None = None
        self._login: LoginScreen | None = None
        self._left_login = False
        self._is_over = False
        """True once nothing is shown any more."""
        self.parting = ""
        """Sentences to say when the screen is gone."""
        self._runtime = Runtime(
            profile,
            store,
            options,
            settings.keep,
            self.hear,
            clock=clock,
            picture_cache=settings.picture_cache,
            settings=settings,
        )
        self.context = self._opened(profile, store, settings, clock)
        self._chat = ChatScreen(self.context)
        self._keeper = ScreenKeeper(self.context, self._chat, self.set_timer, self._chat.run)
        self._blind_typing = BlindTyping(
            self._chat.composer,
            self._holds_blind,
            self._chat.enter_guard.led_away,
            self._chat.action_interrupt,
            # With what is typed before it shown, and kept as a draft.
            lambda: self._chat.run(self.action_quit(), "quit"),
        )
        for theme in THEMES:
            self.register_theme(theme)
        self._use_theme(settings)
        self._use_keys(settings)

    def _opened(self, profile: Profile, store: Store, settings: Settings, clock: Callable[[], datetime]) -> AppContext:
        """Return what the screens share."""
        shown = self._shown
        return AppContext(
            profile=profile,
            store=store,
            settings=settings,
            names=DisplayNames(store),
            clock=clock,
            runtime=self._runtime,
            write=self.write,
            terminal_clipboard=lambda: self.terminal_clipboard,
            log_in=self.log_in,
            redraw=self.action_redraw,
            use_settings=self.use_settings,
            announce=self._announce,
            show_title=self._show_title,
            terminal=self,
            begin=self._first_screen,
            switch=self.switch,
            # A store that was moved aside has other conversations by the same ids.
            shown_before=shown.picture.conversation if shown is not None and store.set_aside is None else 0,
        )

    # ---------------------------------------------------------------- settings

    def use_settings(self, settings: Settings) -> None:
        """Let changed settings count from now on: everything on the screen follows at once."""
        before, self.context.settings = self.context.settings, settings
        if settings.language != before.language:
            i18n.use(i18n.wanted_language() if settings.language == "auto" else settings.language)
        if settings.theme != before.theme:
            self._use_theme(settings)
        if settings.keys != before.keys:
            self._use_keys(settings)
        if settings.mouse != before.mouse and isinstance(self.terminal_driver, TerminalDriver):
            self.terminal_driver.use_mouse(settings.mouse)
        if settings.links != before.links:
            self.forget_frame()
        self._runtime.use_settings(settings)
        if settings.pictures_by != before.pictures_by:
            self.terminal_pictures.look()
        if settings != before:
            self._keeper.settings_changed()
            self._chat.settings_changed()
            for screen in self.screen_stack:
                for widget in (screen, *screen.query("*")):
                    widget.refresh(Region(0, 0, *widget.outer_size))

    def _use_theme(self, settings: Settings) -> None:
        self.theme = "terminal" if settings.theme == "auto" else settings.theme

    def _use_keys(self, settings: Settings) -> None:
        own = keymap.checked(settings.keys)
        keymap.use(own)
        self.set_keymap({name: ",".join(keys) for name, keys in own.items()})

    def get_driver_class(self) -> type[Driver]:
        """Return the driver for a real terminal; tests have one without a terminal."""
        return TerminalDriver

    def get_default_screen(self) -> Screen[None]:
        """Return the first screen at once; Textual would draw an empty one before it."""
        return self._chat

    def on_mount(self) -> None:
        """Show what the store tells from now on; a session comes after the first screen."""
        # After a stop, by Ctrl+Z or by SIGSTOP, the terminal shows what others wrote.
        self.app_resume_signal.subscribe(self, lambda app: self._resumed(), immediate=True)
        hear(self._complain)
        self._runtime.follow()
        if self.is_blind:
            # Who waits for a slow disk sees what there is, and has every key.
            self.set_timer(PATIENCE, self._go_live)

    def _complain(self, error: WxtuiError) -> None:
        """Say what failed while nobody waited for it: in the last line, and at the end behind the screen."""
        if not self._is_over:
            self._chat.complain(say(error))
        else:
            self.parting = "\n".join(filter(None, (self.parting, say(error))))

    # ---------------------------------------------------------------- from the kept screen to the live one

    def _first_screen(self) -> None:
        """Take what was typed before, when the first screen is laid out; show both in one frame; begin the rest."""
        if self.is_blind:
            self._recognise()
            if self._follows is not None:
                # Typed before anybody could see this profile: only a person sends it.
                self._chat.enter_guard.led_away()
            if self.take_blind_keys():
                self._chat.call_after_refresh(self._go_live)
            else:
                self._go_live()
        if self._follows is not None:
            here = _("This is profile “{profile}”.").format(profile=self.context.profile.name)
            said = self._follows.said
            self._chat.tell(joined(here, said), Tone.WARN if said else Tone.GOOD)
        self._begin()

    def _recognise(self) -> None:
        """Let Enter count for what the kept screen showed: the conversation that is open, and the text in the bar."""
        if (shown := self._shown) is None or not self._chat.last_position.as_shown:
            return
        frame = self._frame = self._first_frame()
        x, y, width, height = self._chat.composer.region
        same = frame.shows(placed_strips(whole_update(self._chat)), x, y, width, height)
        self._chat.enter_guard.shown_before(shown.painted_at if same else None)

    def _go_live(self) -> None:
        """Show the live screen: until now the kept one stands, and no half of this; from now on keys mean what they
        say."""
        if self.is_blind:
            self.end_blind()
            self.draw_update(whole_update(self.screen))
            self._shown = None

    def take_blind(self, event: events.Event) -> None:
        """Type what was typed while the kept screen stood there."""
        self._blind_typing.take(event)

    def took_blind(self) -> None:
        """Show what waits behind a held Enter."""
        self._blind_typing.finish()
        # Behind what is said of messages that were sent before it.
        self._chat.call_after_refresh(self._chat.enter_guard.tell_held)

    def _holds_blind(self, pressed: float) -> bool:
        return self._chat.enter_guard.holds_blind(pressed, seen=self.screen is self._chat)

    def _begin(self) -> None:
        """Import what the first screen did without, and go for a session."""

        async def begin() -> None:
            try:
                for module in _LATER:
                    await asyncio.to_thread(_import, module)
                from tui.screens.login.login_state import LoginState
                from tui.services.attention.alerts import Alerts

                self._begin_announcing()
                self._alerts = Alerts(self._show_alert)
                await self._runtime.begin()
                self._login_state = LoginState()
                if not self.is_headless:
                    self.terminal_pictures.look()
                self._chat.refresh_status()
            finally:
                # Also without a session: garbage is not left to lie for days.
                if not self.is_headless:
                    self._collector.begin(after_another=self._follows is not None)

        self._chat.run(begin(), "begin")

    async def on_unmount(self) -> None:
        """Keep what is typed, and end the runtime before the store is closed."""
        self._is_over = True
        try:
            await self._chat.drafts.keep()
            await self._chat.last_position.keep()
        except WxtuiError as error:
            # A full disk, say. What waits to be sent must not be taken for given up, all the same.
            self.parting = say(error)
        if self._alerts is not None:
            self._alerts.close()
        await self._runtime.close()
        await self._keeper.finish()
        with suppress(WxtuiError):
            if "actions" in vars(self._chat):
                await self._chat.actions.sweep()
        with suppress(WxtuiError):
            await self._chat.drafts.keep_accepted()
            store = self.context.store
            files = sum(not one.paused for one in await store.unfinished_uploads())
            waiting = self._left_waiting(len(await store.waiting()) + files)
            self.parting = "\n".join(filter(None, (self.parting, waiting)))
        self._pass_on()

    def _left_waiting(self, count: int) -> str:
        if self.successor is None:
            return parting_words(count)
        from tui.screens.leaving import left_behind

        return left_behind(self.context.profile.name, count)

    async def switch(self, profile: Profile, store: Store) -> None:
        """Leave for another profile, whose `store` is open and goes to its run with every key that comes from now on.

        See `Succession`.
        """
        if self.successor is not None or not self.is_running:
            await store.close()
            return
        self.successor = Succession(profile, store)
        self.stop_taking()
        if isinstance(driver := self.terminal_driver, TerminalDriver):
            driver.leave_to(early.first_picture(profile))
        # Keys that the driver has handed over already come to this app's queue before its end.
        for _turn in range(_HANDED_OVER):
            await asyncio.sleep(0)
        self.exit()

    def _pass_on(self) -> None:
        """Complete what the run of the next profile gets, when nothing more can come."""
        if (successor := self.successor) is not None:
            driver = self.terminal_driver
            successor.typed = [*self.untaken, *(driver.typed if isinstance(driver, TerminalDriver) else ())]
            successor.said = self.parting

    def exit(self, result: None = None, return_code: int = 0, message: Any = None) -> None:
        """Leave, and keep the screen as it is now."""
        self._keeper.leaving()
        super().exit(result, return_code, message)

    def breaking(self) -> None:
        """Tell that a mistake of ours begins to end the program."""
        self._on_mistake()

    def broke(self, error: BaseException) -> None:
        """Leave because of a mistake of ours; without a word where only the terminal is gone."""
        if is_hangup(error):
            self.exit(return_code=128 + signal.SIGHUP)
        else:
            super().broke(error)

    def thread_ended(self, error: BaseException, vital: bool) -> None:
        """Say that a thread ended by a mistake, or leave when it is `vital`: without that one there is no screen."""
        self.call_threadsafe(self.broke if vital else self.stumbled, error)

    def stumbled(self, error: BaseException) -> None:
        """Say in the last line that something went wrong by a mistake of ours, and go on."""
        self._chat.complain(mistake(error, "beside the screen"))

    def restore_terminal(self) -> None:
        """Give the terminal back as it was, unless Textual has; for an ending in which nothing else is sure to run."""
        early.restore()
        if isinstance(self.terminal_driver, TerminalDriver):
            self.terminal_driver.restore()

    # ---------------------------------------------------------------- events of the runtime

    def hear(self, event: RuntimeEvent) -> None:
        """Show an event where it belongs. While the program ends nothing is shown any more."""
        chat = self._chat
        if not self.is_running:
            return
        match event:
            case OutboxChanged():
                chat.outbox_moved()
                if self._alerts is not None:
                    self._alerts.outbox_moved(self._runtime.outbox)
            case UploadChanged(upload=upload):
                chat.upload_moved(upload)
                if self._alerts is not None:
                    self._alerts.upload_moved(upload)
            case ProfileTakenOver():
                chat.run(chat.catch_up(), "catch up")
            case _ if isinstance(event, Change):
                self._take_away(event)
                chat.apply(event)
            case _:
                self._hear_session(event)

    def _take_away(self, change: Change) -> None:
        """Take the pictures of messages that are gone out of the terminal."""
        if gone := taken_away(change):
            self.terminal_pictures.remove([name(one) for one in gone for name in (picture_key, view_key)])

    def _hear_session(self, event: SessionEvent) -> None:
        """Show an event of the session in the login screen, or in the last line."""
        chat, login = self._chat, self._login_state
        if login is None:
            return
        if self._alerts is not None:
            self._alerts.session_event(event)
        login.endpoint = self._runtime.supervisor.endpoint
        if self._login is not None:
            self._login.apply(event)
        else:
            login.apply(event, monotonic())
        chat.refresh_status()
        match event:
            case LoggedIn(client=client):
                if self._login is not None:
                    self._login.dismiss()
                chat.logged_in(client)
                chat.message_log.try_pictures_again()
            case Recovered():
                chat.message_log.try_pictures_again()
            case ActionNeeded(error=ProfileBusy()):
                if not self._left_login:
                    self.show_login()
            case SessionEnded(error=error):
                self._left_login = False
                chat.outbox_moved()
                if isinstance(error, NotLoggedIn):
                    chat.tell(hint("Logged out. {login} logs in again."))
                else:
                    chat.complain(f"{not_logged_in()} · {say(error, advice=False)}")
            case ActionNeeded(error=RiskUntold()) if self._login is not None or not self._left_login:
                self.show_login()
                self._ask_risk()
            case ShowCode() | PhoneAsked() | ActionNeeded() if not self._left_login:
                self.show_login()
            case ActionNeeded(error=error):
                # It is not tried again: nobody is to believe that all is well.
                chat.outbox_moved()
                chat.complain(say(error))
            case _:
                pass

    def show_login(self) -> None:
        """Show how the login stands; the stored messages stay one key away."""
        if self._login is None and self._login_state is not None:
            from tui.screens.login.login_screen import LoginScreen

            name = self.context.profile.name
            several = self._follows is not None or name != "default"
            self._login = LoginScreen(
                self._runtime.supervisor,
                self._login_state,
                bar=self._chat.composer,
                name=name if several else "",
            )
            self.push_screen(self._login, self._login_left)

    def _ask_risk(self) -> None:
        """Ask, once for each profile, whether the web version is worth its risk to this person."""
        from tui.screens.dialogs.risk_question import RiskQuestion, chosen_way

        def answered(answer: str | None) -> None:
            if self._login is not None and (way := chosen_way(answer, self._runtime.supervisor)) is not None:
                self._login.log_in(way)

        self.push_screen(RiskQuestion(), answered)

    def log_in(self) -> None:
        """Show the login screen to somebody who asked for it; who logged out needs not say so a second time."""
        login, supervisor = self._login_state, self._runtime.supervisor
        if login is not None and login.logged_out:
            login.asked(supervisor.endpoint)
            supervisor.again(supervisor.endpoint, fresh=True)
        self.show_login()
        if login is not None and isinstance(login.error, RiskUntold):
            self._ask_risk()

    def _login_left(self, result: None) -> None:
        self._login = None
        self._left_login = True

    # ---------------------------------------------------------------- pictures, and what the terminal tells

    def on_terminal_report(self, message: TerminalReport) -> None:
        """Take what the terminal answers about itself."""
        self.terminal_pictures.reach.report(message.text)
        if self._terminal_clipboard is not None:
            self._terminal_clipboard.report(message.text)

    @property
    def terminal_clipboard(self) -> TerminalClipboard:
        """The terminal's own clipboard, also over SSH; made when it is first wanted."""
        if self._terminal_clipboard is None:
            from tui.terminal.desktop.terminal_clipboard import TerminalClipboard

            self._terminal_clipboard = TerminalClipboard(
                self._ask_terminal, lambda: self.terminal_pictures.reach.terminal_name, os.environ.get("TERM", "")
            )
        return self._terminal_clipboard

    def _ask_terminal(self, query: str) -> None:
        self._expect_answers()
        self.write(query)

    def _expect_answers(self) -> None:
        if isinstance(driver := self.open_terminal, TerminalDriver):
            driver.answers.allow(_PATIENT)

    def on_clipboard_answer(self, message: ClipboardAnswer) -> None:
        """Take a piece of the terminal's clipboard, where it was asked for."""
        if self._terminal_clipboard is not None:
            self._expect_answers()
            self._terminal_clipboard.answer(message.text)

    def on_app_focus(self) -> None:
        """Look whether tmux shows us in another terminal now."""
        self.came_back()

    def came_back(self) -> None:
        """Look whether tmux shows us in another terminal now, where that matters."""
        if self.terminal_pictures.is_in_tmux:
            self._chat.run(self.terminal_pictures.sender.check_attached(), "tmux")

    def _resumed(self) -> None:
        """Draw everything anew after a stop; the terminal may be another one, and has none of our images."""
        self.terminal_pictures.resumed()
        if self._announcer is not None:
            self._announcer.resumed()
            self._chat.refresh_status()
        self.action_redraw()

    def draw_sixel(self, x: int, y: int, body: str, columns: int, rows: int) -> bool:
        """Write a sixel picture, without `ESC P` and its end, over cells that are left free for it (`HOLE`).

        Returns False where they are not on the screen, or too low: the terminal would scroll. What is drawn there later
        takes it away.
        """
        frame, terminal = self._frame, self.open_terminal
        if frame is None or terminal is None or not frame.is_hole(x, y, columns, rows) or y + rows >= frame.height:
            return False
        terminal.write(f"\x1b7\x1b[{y + 1};{x + 1}H\x1bP{body}\x1b\\\x1b8")
        terminal.flush()
        return True

    def _show_alert(self, alert: Alert) -> None:
        """Tell a person who may look elsewhere."""
        from tui.services.attention.alerts import bell_rings
        from tui.terminal.notices.announcing import Notification

        rings = bell_rings(self.context.settings, self.context.clock())
        self._announce(Notification("wxtui", alert.sentence, alert.kind.value, rings))

    def _announce(self, one: Notification) -> None:
        if self._announcer is not None:
            self._announcer.announce(one)

    def _show_title(self, unread: int, mentions: int) -> None:
        if self._announcer is not None:
            self._announcer.show_title(unread, mentions)

    def _begin_announcing(self) -> None:
        """Ring, notify and show the window's title from now on."""
        from tui.terminal.notices.announcing import Announcer

        self._announcer = Announcer(
            self,
            self.context.profile.name,
            lambda: self.context.settings,
            lambda text: self.context.write(text),
            lambda: None if self.is_headless else self.terminal_pictures.reach.outer_name,
        )

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
        """Say that nothing of a paste was taken."""
        self._chat.complain(
            hint(
                "The pasted text ({size}) is too long for a message. {send} sends it as a file.",
                size=shown_size(message.size),
            )
        )

    def is_busy(self, *, letter: bool) -> bool:
        """Return True while keys must wait: for another screen to be on top, or for the disk after Enter in the bar.

        Keys other than letters wait for what the letters before them find, too.
        """
        awaited, top = _LEADING if letter else _LEADING | _FINDING, self.screen
        return self._chat.composer.is_waiting or any(
            worker.group in awaited and not worker.is_finished and worker.node.screen is top for worker in self.workers
        )

    def action_help(self) -> None:
        """Show the keys of the screen on top."""
        from tui.screens.dialogs.help import HelpScreen
        from tui.screens.leave_once import LeavesOnce

        top = self.screen
        if isinstance(top, LeavesOnce) and top.HELP_AREAS:
            self.push_screen(HelpScreen(top.HELP_AREAS, top.own_help))

    def forget_frame(self) -> None:
        """Take the terminal's contents for unknown: another program wrote to it."""
        self._frame = None
        if self._shown is not None:
            self._shown.intact = False

    def on_resize(self, event: events.Resize) -> None:
        """Write everything anew when the size is back at the frame's: in between the terminal has cut what was there.

        Both sizes may come in one signal, or faster than a frame. Every other size has a frame of its own.
        """
        if self._frame is not None and (self._frame.width, self._frame.height) == event.size:
            # Programs that keep a session (dtach) tell of another terminal in this way.
            self.action_redraw()
        self.terminal_pictures.resized()
        self.came_back()

    def action_redraw(self) -> None:
        """Write everything anew, images too."""
        self.terminal_pictures.forget()
        self.forget_frame()
        self.screen.refresh()

    # ---------------------------------------------------------------- writing

    def draw_update(self, update: Update) -> None:
        """Write what changed (see `tui.terminal.frame`)."""
        if self.is_blind or (terminal := self.open_terminal) is None:
            return
        frame = self._frame
        if frame is None or (frame.width, frame.height) != self.size:
            frame = self._frame = self._first_frame()
            update = whole_update(self.screen, update)
        text = frame.write(placed_strips(update), self._caret(), synchronized=self.synchronizes)
        if text:
            terminal.write(text)
            terminal.flush()
            self._keeper.drawn(frame)
            self._collector.drawn()

    def _first_frame(self) -> Frame:
        """Return a frame of this size: the kept screen, while that stands on the terminal, else nothing is known."""
        width, height = self.size
        links = self.context.settings.links and takes_links(os.environ)
        picture = self._shown.picture if self._shown is not None and self._shown.intact else None
        if picture is not None and (picture.width, picture.height) != (width, height):
            picture = None
        # In tmux other things than this frame draw over cells, and leave those to the right of them as they are.
        inherits = multiplexer_of(os.environ) is not Multiplexer.TMUX
        spares = self.terminal_pictures.any_sent
        return Frame(width, height, self._colors, links=links, picture=picture, inherits=inherits, spares=spares)

    @property
    def _colors(self) -> ColorSystem | None:
        return None if self.no_color else COLOR_SYSTEMS.get(self.console.color_system or "truecolor")

    def _caret(self) -> tuple[int, int] | None:
        """Return the cell of the focused widget's caret, where the terminal's cursor belongs."""
        focused = self.screen.focused
        if not isinstance(focused, Canvas) or (caret := focused.caret) is None:
            return None
        region = focused.region
        x, y = Offset(*caret) + region.offset
        return (min(x, region.right - 1), y) if region.contains(min(x, region.right - 1), y) else None
