"""Tells a person who may look elsewhere: bell, desktop notification, title of the window, as far as that is wanted."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import msgspec

from tui.config.settings import Settings
from tui.terminal.key_order import KeyOrder
from tui.terminal.notices.desktop_notifications import notice
from tui.terminal.notices.window_title import WindowTitle, title_words

if TYPE_CHECKING:
    from tui.terminal.graphics.terminal_report import TerminalName


class Notification(msgspec.Struct, frozen=True):
    """Words for a notification. One `about` the same takes the place of an older one; that is a word of ASCII."""

    title: str
    body: str
    about: str
    rings: bool = True


class Announcer:
    """Announces on one terminal, by the settings of now."""

    def __init__(
        self,
        app: KeyOrder,
        profile: str,
        settings: Callable[[], Settings],
        write: Callable[[str], None],
        terminal: Callable[[], TerminalName | None],
    ) -> None:
        """`profile` stands in the title. `terminal` returns how it calls itself, None while that is not known."""
        self._profile = profile
        self._settings = settings
        self._write = write
        self._terminal = terminal
        self._title = WindowTitle(app)

    def announce(self, one: Notification) -> None:
        """Ring, and show a notification on the desktop."""
        settings = self._settings()
        if text := notice(
            one.title,
            one.body,
            bell=one.rings and settings.bell,
            desktop=settings.desktop_notices,
            about=one.about,
            terminal=self._terminal(),
        ):
            self._write(text)

    def show_title(self, unread: int, mentions: int) -> None:
        """Show how many conversations are unread, and how many messages that name oneself."""
        if self._settings().window_title:
            self._title.show(title_words(self._profile, unread, mentions))
        else:
            self._title.withdraw()

    def resumed(self) -> None:
        """Take the title for unknown after a stop: the terminal was another program's."""
        self._title.forget()
