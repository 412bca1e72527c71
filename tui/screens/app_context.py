"""Context that all screens share: the profile's store and runtime, and ways to the terminal."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import datetime
from functools import cached_property
from typing import TYPE_CHECKING

import msgspec

from tui.config.settings import Settings
from tui.paths import Profile
from tui.services.contacts.display_names import DisplayNames
from tui.services.runtime import Runtime
from tui.store.store import Store

if TYPE_CHECKING:
    from tui.screens.picture_desk import PictureService, PictureTerminal
    from tui.terminal.clipboard import Clipboard
    from tui.terminal.desktop.terminal_clipboard import TerminalClipboard
    from tui.terminal.notices.announcing import Notification


class AppContext(msgspec.Struct, dict=True, eq=False):
    """Open profile of the full-screen program."""

    profile: Profile
    store: Store
    settings: Settings
    names: DisplayNames
    clock: Callable[[], datetime]
    runtime: Runtime
    write: Callable[[str], None]
    """Sends to the terminal a sequence that is not drawn: a bell, the clipboard."""
    log_in: Callable[[], None]
    """Shows the login screen, and begins a login where somebody logged out."""
    redraw: Callable[[], None]
    use_settings: Callable[[Settings], None]
    """Lets changed settings count now, as far as they can; `settings` are these from then on."""
    terminal: PictureTerminal
    """The program, as far as it shows pictures."""
    begin: Callable[[], None]
    """Goes for a session; to be called when the first screen is drawn."""
    switch: Callable[[Profile, Store], Awaitable[None]]
    """Leaves for another profile, whose store is open."""
    terminal_clipboard: Callable[[], TerminalClipboard | None] = lambda: None
    """Returns the terminal's own clipboard; None where there is no terminal."""
    announce: Callable[[Notification], None] = lambda one: None
    """Shows a notification on the desktop, and rings, as far as a person wants that."""
    show_title: Callable[[int, int], None] = lambda unread, mentions: None
    """Shows in the window's title how many conversations are unread, and how many messages that name oneself."""
    shown_before: int = 0
    """Id of the conversation that the terminal shows since before the program began; 0 for none."""

    @cached_property
    def clipboard(self) -> Clipboard:
        """Clipboard that suits this terminal, chosen once; choosing runs no program."""
        from tui.terminal.clipboard import choose

        return choose()

    @cached_property
    def pictures(self) -> PictureService:
        """Pictures of messages, and what the terminal can show of them."""
        from tui.screens.picture_desk import PictureService

        return PictureService(self.runtime, self.terminal)
