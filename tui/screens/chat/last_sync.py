"""The header's “last sync”: how old what one sees may be."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from textual.timer import Timer

from tui.i18n import _
from tui.units import shown_age

if TYPE_CHECKING:
    from tui.screens.chat.screen import ChatScreen

FRESH: Final = 60.0
"""Seconds of silence that are no news: the server answers a poll every half minute."""
_LOOK: Final = 15.0
"""Seconds between two looks."""


class LastSync:
    """Looks now and then how long the server has been silent, and says so in whole minutes.

    Not in seconds: a number that counts is written anew all the time, also over a slow line, and says nothing while
    all is well; a number that stands still is untrue after a second. So what is said is true for as long as it stands:
    less than a minute, and nothing is written; or that it is longer than it should be, and then each minute, later
    each hour.
    """

    def __init__(self, screen: ChatScreen) -> None:
        self._screen = screen
        self._timer: Timer | None = None
        self._stored: float | None = None

    async def begin(self) -> None:
        """The first look; before there is a session an earlier run may have noted when it was in sync."""
        desk = self._screen.desk
        synced = await desk.store.synced()
        if synced is not None:
            self._stored = synced.timestamp()
        self.look()
        if self._timer is None:
            self._timer = self._screen.set_interval(_LOOK, self._screen.attention.counted)

    def look(self) -> None:
        """Say how long it is, if that is something else than before."""
        age = self.age
        if age is None:
            self._screen.header_line.show_sync("", late=False)
            return
        said = _("< 1 min ago") if age < FRESH else shown_age(age)
        self._screen.header_line.show_sync(_("last sync {ago}").format(ago=said), late=age >= FRESH)

    @property
    def age(self) -> float | None:
        """Seconds since the server was last heard, by this run or an earlier one; None when it never was."""
        desk = self._screen.desk
        silence = desk.silence
        if silence is None and self._stored is not None:
            return max(0.0, desk.clock().timestamp() - self._stored)
        return silence
