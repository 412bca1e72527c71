"""Age of the last sync, as the header says it when it is late: how old everything on the screen may be."""

from __future__ import annotations

from typing import Final

from tui.i18n import _
from tui.screens.app_context import AppContext
from tui.units import shown_age

FRESH: Final = 60.0
"""Seconds of silence that are no news: the server answers a poll every half minute."""


class LastSync:
    """Seconds since the server was last heard, by this run or an earlier one."""

    def __init__(self, context: AppContext) -> None:
        self._context = context
        self._stored: float | None = None

    async def load(self) -> None:
        """Read when an earlier run was last in sync."""
        synced = await self._context.store.synced()
        self._stored = synced.timestamp() if synced is not None else None

    @property
    def text(self) -> str:
        """Age in words, in whole minutes; "" while it is no older than expected: that is no news.

        A number that counts seconds is written anew all the time, also over a slow line, and says nothing while all is
        well; one that stands still is untrue after a second. This text is true for as long as it stands.
        """
        age = self._context.runtime.silence
        if age is None and self._stored is not None:
            age = max(0.0, self._context.clock().timestamp() - self._stored)
        if age is None or age < FRESH:
            return ""
        return _("last sync {ago}").format(ago=shown_age(age))
