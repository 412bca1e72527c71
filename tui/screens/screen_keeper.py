"""Keeps the chat screen in the profile, for the next start to begin with: now and then while it rests, and at the end.

What is kept comes from the cells that the terminal shows. Words that say how things stand now give way to a mark that
says when it was so.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Iterator, Sequence
from datetime import datetime, timedelta
from time import monotonic
from typing import TYPE_CHECKING, Any, Final, Protocol, TypeAlias

import msgspec
from rich.segment import Segment
from textual.timer import Timer

from tui.config.settings import Settings, load
from tui.errors import WxtuiError
from tui.kept_screen import keeping
from tui.kept_screen.conditions import conditions
from tui.kept_screen.picture import KeptPicture, encode, line_of
from tui.paths import Profile, config_place
from tui.screens.app_context import AppContext
from tui.store.models import Conversation
from tui.terminal.frame import Frame
from tui.terminal.graphemes import sure
from tui.units import kept_at

if TYPE_CHECKING:
    from tui.kept_screen.picture import Cell

Row: TypeAlias = "list[Cell]"
"""Cells of a line."""

_QUIET: Final = 3.0
"""Seconds without a change on the screen after which it is kept."""
_APART: Final = 60.0
"""Seconds between two times that it is kept."""
_LONGEST: Final = timedelta(days=180)
"""Age from which on nobody wants to see it; the mark has no year."""


class StillScreen(Protocol):
    """Screen that can say what of it is true for a moment only."""

    conversation: Conversation | None

    @property
    def is_plain(self) -> bool:
        """True while nothing is open over it."""

    def still(self, words: str) -> Iterator[tuple[int, int, Sequence[Segment]]]:
        """Yield lines (x, y, segments) that tell how things stand now, as they are with `words` for a mark."""

    def times_in_sight(self) -> Iterator[datetime]:
        """Yield the times of all messages of which something is to be seen."""


class _Taken(msgspec.Struct, frozen=True):
    """Screen as it was taken from the terminal; `dated` is the line with the mark as it is from the next day on."""

    settings: Settings
    moment: int
    rows: list[Row]
    dated: tuple[int, Row] | None
    cursor: tuple[int, int] | None
    conversation: int
    at: datetime
    until: datetime


class ScreenKeeper:
    """Keeps one screen. It is told of each frame; while nothing is drawn no timer runs."""

    def __init__(
        self,
        context: AppContext,
        screen: StillScreen,
        set_timer: Callable[[float, Callable[[], None]], Timer],
        run: Callable[[Coroutine[Any, Any, None], str], None],
    ) -> None:
        """`set_timer` calls once after some seconds; `run` does work of a group while keys are heard."""
        self._context = context
        self._screen = screen
        self._set_timer = set_timer
        self._run = run
        self._timer: Timer | None = None
        self._frame: Frame | None = None
        self._drawn_at = self._kept_at = float("-inf")
        self._last: _Taken | None = None
        self._left = False
        self.settings_changed()

    def settings_changed(self) -> None:
        """Delete what lies there as soon as nothing is to be kept."""
        if self._context.settings.keep == "nothing":
            keeping.drop(self._context.profile.state)

    def drawn(self, frame: Frame) -> None:
        """Hear that a frame was drawn."""
        self._frame = frame if self._screen.is_plain else None
        self._drawn_at = monotonic()
        if self._timer is None:
            self._timer = self._set_timer(_QUIET, self._look)

    def _look(self) -> None:
        self._timer = None
        wait = max(self._drawn_at + _QUIET, self._kept_at + _APART) - monotonic()
        if wait > 0:
            self._timer = self._set_timer(wait, self._look)
        elif (taken := self._take()) is not None:
            self._kept_at = monotonic()
            self._run(self._keep(taken), "keeping")

    def leaving(self) -> None:
        """Take the screen that is left, for `finish`; again does nothing."""
        if not self._left:
            self._left, self._last = True, self._take()

    async def finish(self) -> None:
        """Keep the screen that was left."""
        taken, self._last = self._last, None
        if taken is not None:
            await self._keep(taken)

    async def _keep(self, taken: _Taken) -> None:
        await asyncio.to_thread(_write, taken, self._context.profile)

    def _take(self) -> _Taken | None:
        """Return the screen as it is; None where it is not to be kept, or not now."""
        context, screen, frame, moment = self._context, self._screen, self._frame, keeping.moment()
        keep = context.settings.keep
        if frame is None or moment is None or not screen.is_plain:
            return None
        if keep == "nothing" or not context.runtime.state.session:
            return None
        now, rows = context.clock(), frame.cells()
        today, later = (self._marked(frame, rows, words) for words in kept_at(now))
        until = now + _LONGEST
        if isinstance(keep, int):
            until = min(until, min(screen.times_in_sight(), default=now) + timedelta(days=keep))
        return _Taken(
            context.settings,
            moment,
            [today.get(y, row) for y, row in enumerate(rows)],
            next(((y, row) for y, row in later.items() if row != today[y]), None),
            frame.cursor,
            screen.conversation.id if screen.conversation is not None else 0,
            now,
            until,
        )

    def _marked(self, frame: Frame, rows: list[Row], words: str) -> dict[int, Row]:
        """Return the rows that tell how things stand now, as they are with a mark of these words."""
        marked: dict[int, Row] = {}
        for x, y, segments in self._screen.still(f"○ {words}"):
            if 0 <= y < len(rows):
                row, cells = marked.setdefault(y, [*rows[y]]), frame.cells_of(segments)
                row[x : x + len(cells)] = cells
        return marked


def _write(taken: _Taken, profile: Profile) -> None:
    """Write a screen, if the next start will have the settings by which it was drawn."""
    settings_file, height, width = config_place(), len(taken.rows), len(taken.rows[0])
    same = conditions(settings_file, width, height)
    try:
        if load() != taken.settings or same != conditions(settings_file, width, height):
            return
    except WxtuiError:
        return
    if any(len(row) != width for row in taken.rows):
        return  # Its size was just changing.
    picture = KeptPicture(
        width,
        [line_of(row, sure) for row in taken.rows],
        cursor=taken.cursor,
        conversation=taken.conversation,
        kept_at=int(taken.at.timestamp()),
        expires_at=int(taken.until.timestamp()),
        conditions=same,
        dated=None if taken.dated is None else (taken.dated[0], line_of(taken.dated[1], sure)),
    )
    if data := encode(picture):
        keeping.keep(profile.state, data, taken.moment)
