"""Pictures below the messages in sight: which are wanted, and what came of them.

A message asks for its picture when it has been in sight for a moment: scrolling past pictures costs nothing. What is
known already stands there at once. No line moves under the selected message when a picture comes.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Collection, Coroutine, Iterator, Sequence
from enum import Enum
from functools import cached_property
from time import monotonic
from typing import TYPE_CHECKING, Any, Final, Protocol

from textual.strip import Strip
from textual.timer import Timer

from tui.errors import PictureUnusable, WxtuiError
from tui.i18n import say
from tui.store.delivery_state import DeliveryState
from tui.store.models import StoredMessage
from tui.widgets.message_log.layout import PictureArea, columns_of
from tui.widgets.message_log.viewport import LogViewport

if TYPE_CHECKING:
    from tui.config.settings import PicturesShown
    from tui.services.pictures.drawn import Drawn, PictureBox

REST: Final = 0.15
"""Seconds that a message is in sight before it asks for its picture."""
MOST_ROWS: Final = 12
LEAST_ROWS: Final = 3
"""Rows of a picture; in a log that is lower than twice the least, there is none."""
TOGETHER: Final = 0.1
"""Seconds in which pictures that come are shown together: each one draws the whole log."""
MOST_COLUMNS: Final = 64
"""Cells of a picture in a row: where names need more room, those that are there need not be made anew."""
_HELD: Final = 24
"""Pictures whose cells are held; those of others are made again of what the service holds, which is far less."""
_GONE: Final = frozenset({DeliveryState.RECALLED, DeliveryState.REVOKED})


class _Imports(Enum):
    """Imports of what pictures need: nothing of it before the first one is wanted."""

    NONE = "none"
    RUNNING = "running"
    DONE = "done"


class PlacedCells(Protocol):
    """Picture that the terminal can show, as cells."""

    def strips(self) -> Sequence[Strip]:
        """Return its rows."""


class PictureDesk(Protocol):
    """Pictures as the log sees them: those of messages, and what the terminal can show of them."""

    async def prepare(self) -> None:
        """Import what pictures need; the others may be called after it."""

    def thumbnail_box(self, columns: int, rows: int) -> PictureBox | None:
        """Return the room for a picture of at most so many cells; None where the terminal shows none."""

    def ready(self, message: StoredMessage, box: PictureBox) -> Drawn | PictureUnusable | None:
        """Return what is known already of a message's picture; never waits."""

    async def thumbnail(self, message: StoredMessage, box: PictureBox) -> Drawn:
        """Return a message's picture, small. Raises `PictureUnusable`, and what a network does."""

    def place(self, drawn: Drawn, key: str) -> PlacedCells | None:
        """Return a picture as cells; None until the terminal has it, which `hear` tells."""

    def let_go(self, key: str) -> None:
        """Hear that nobody shows the picture of this key any more."""

    def hear(self, changed: Callable[[], None]) -> Callable[[], None]:
        """Call `changed` when the terminal shows pictures otherwise, or has one that it had not; return what ends
        that."""


class Cancellable(Protocol):
    """Work that was begun."""

    def cancel(self) -> object:
        """End it, unless it is over."""


class LogPictures:
    """Belongs to one log, whose lines are `view`."""

    def __init__(
        self,
        view: LogViewport,
        desk: Callable[[], PictureDesk],
        shown: PicturesShown,
        redraw: Callable[[], None],
        set_timer: Callable[[float, Callable[[], None]], Timer],
        begin: Callable[[Coroutine[Any, Any, None]], Cancellable],
        now: Callable[[], float] = monotonic,
    ) -> None:
        """`redraw` draws the log after its lines have moved. `set_timer` calls once after some seconds."""
        self._view = view
        self._desk_of = desk
        self._shown = shown
        self._redraw = redraw
        self._set_timer = set_timer
        self._begin = begin
        self._now = now
        self._imports = _Imports.NONE
        self._box: PictureBox | None = None
        """Room of a picture; None where the terminal or the log has none."""
        self._areas: dict[int, PictureArea | None] = {}
        """Room of the pictures of messages; None of those about which nothing is known."""
        self._placed: dict[int, PlacedCells] = {}
        """Cells, those last that were drawn last."""
        self._given: set[int] = set()
        """Messages whose picture was given to the terminal."""
        self._since: dict[int, float] = {}
        """Moment from which on a message wants its picture; infinite once it has asked."""
        self._asking: dict[int, Cancellable] = {}
        self._came: dict[int, PictureArea] = {}
        self._timer: Timer | None = None
        self._gathering: Timer | None = None
        view.picture_of = self.area_of

    @cached_property
    def _desk(self) -> PictureDesk:
        return self._desk_of()

    # ---------------------------------------------------------------- what stands in the log

    def area_of(self, message: StoredMessage, selected: bool) -> PictureArea | None:
        """Return the room of a message's picture as it is shown now; None for none."""
        if not self._may_show(message, selected):
            return None
        if message.id not in self._areas:
            self._areas[message.id] = self._known(message)
        return self._areas[message.id]

    def _may_show(self, message: StoredMessage, selected: bool) -> bool:
        wanted = self._shown == "always" or (selected and self._shown == "selected")
        if not wanted or self._imports is not _Imports.DONE or self._box is None or not _has_picture(message):
            return False
        return not message.is_hidden(show_recalled=self._view.show_recalled)

    def _known(self, message: StoredMessage) -> PictureArea | None:
        """Return the room of a picture that is known already."""
        if (box := self._box) is None:
            return None
        found = self._desk.ready(message, box)
        if found is None:
            return None
        if isinstance(found, PictureUnusable):
            return _refused(found)
        from tui.services.pictures.drawn import PictureForm

        if box.form is PictureForm.KITTY and message.id not in self._given:
            return None  # Its bytes would go to the terminal, for somebody who scrolls past.
        return self._place(message.id, found)

    def _place(self, message_id: int, drawn: Drawn) -> PictureArea | None:
        self._given.add(message_id)
        placed = self._desk.place(drawn, picture_key(message_id))
        if placed is None:
            return None
        self._placed[message_id] = placed
        while len(self._placed) > _HELD:
            self._let_go(next(iter(self._placed)))
        return PictureArea(drawn.rows)

    def _let_go(self, message_id: int) -> None:
        self._placed.pop(message_id, None)
        if message_id in self._given:
            self._given.discard(message_id)
            self._desk.let_go(picture_key(message_id))

    def cells(self, message: StoredMessage, row: int) -> Strip | None:
        """Return a row of a message's picture; None where the picture is not at hand."""
        placed = self._placed.pop(message.id, None)
        if placed is None and self._known(message) is not None:
            placed = self._placed.pop(message.id, None)
        if placed is None:
            return None
        self._placed[message.id] = placed
        strips = placed.strips()
        return strips[row] if row < len(strips) else None

    # ---------------------------------------------------------------- what is wanted

    def use(self, shown: PicturesShown) -> None:
        """Show pictures of the selected message, of all, or none; everything is looked at anew."""
        self._shown = shown
        self.forget()

    def forget(self, ids: Collection[int] | None = None) -> None:
        """Forget what is known of these messages' pictures, or of all: they are others now."""
        for message_id in list(self._areas) if ids is None else ids:
            self._areas.pop(message_id, None)
            self._came.pop(message_id, None)
            self._let_go(message_id)
        for message_id in list(self._since) if ids is None else ids:
            self._give_up(message_id)

    def fit(self) -> None:
        """Look at the size of the log and the abilities of the terminal, before lines are laid out for them."""
        if self._imports is not _Imports.DONE:
            return
        view = self._view
        rows = min(MOST_ROWS, view.height // 2)
        columns = min(MOST_COLUMNS, columns_of(view.width, view.names).room) if view.width else 0
        box = self._desk.thumbnail_box(columns, rows) if rows >= LEAST_ROWS else None
        if box != self._box:
            with view.standing(view.selected):
                self._box = box
                waiting = {one: since for one, since in self._since.items() if since < math.inf}
                self.forget()
                self._since = waiting

    def drawn(self) -> None:
        """Hear that the log was drawn: what is in sight now may want its picture, what is not wants none."""
        now = self._now()
        for message in self._still_wanted():
            self._since.setdefault(message.id, now)
        self._wait()

    def _still_wanted(self) -> list[StoredMessage]:
        """Return the messages that want their picture, and give up what nobody wants any more."""
        wanted = list(self._wanted())
        ids = {message.id for message in wanted}
        for message_id in [one for one in self._since if one not in ids]:
            self._give_up(message_id)
        for message_id in self._given - ids - self._placed.keys():
            # It still waits for its way to the terminal, before those that are in sight.
            self._let_go(message_id)
        return wanted

    def _wanted(self) -> Iterator[StoredMessage]:
        """Yield the messages in sight whose picture is not there and may be asked for."""
        if self._shown == "never" or (self._imports is _Imports.DONE and self._box is None):
            return
        selected = self._view.selected.id if self._view.selected is not None else 0
        last = 0
        for line in self._view.lines():
            if line is None or line.block.message.id == last:
                continue
            message = line.block.message
            last = message.id
            if self._shown != "always" and last != selected:
                continue
            if message.state in _GONE or not _has_picture(message):
                continue
            area = self._areas.get(last)
            if area is None or not (area.why or last in self._placed):
                yield message

    def _give_up(self, message_id: int) -> None:
        self._since.pop(message_id, None)
        if (asking := self._asking.pop(message_id, None)) is not None:
            asking.cancel()

    def _wait(self) -> None:
        """Wait for the moment at which the next message may ask; without one no timer runs."""
        first = min(self._since.values(), default=math.inf)
        if self._timer is None and first < math.inf and self._imports is not _Imports.RUNNING:
            self._timer = self._set_timer(max(0.001, first + REST - self._now()), self._ask)

    def _ask(self) -> None:
        self._timer = None
        if self._imports is not _Imports.DONE:
            if self._imports is _Imports.NONE:
                self._imports = _Imports.RUNNING
                self._begin(self._wake())
            return
        due = self._now() - REST
        wanted = self._still_wanted()
        # At the lower end the newest comes first: with its picture older ones go out of sight, and need none.
        for message in reversed(wanted) if self._view.following else wanted:
            if self._since.get(message.id, math.inf) <= due:
                self._since[message.id] = math.inf
                self._asking[message.id] = self._begin(self._fetch(message))
        self._wait()

    async def _wake(self) -> None:
        """Begin with pictures: what they need is imported beside the keys."""
        await self._desk.prepare()
        self._imports = _Imports.DONE
        self._desk.hear(self._terminal_changed)
        self.fit()
        self._ask()

    # ---------------------------------------------------------------- what comes

    async def _fetch(self, message: StoredMessage) -> None:
        if (box := self._box) is None:
            return
        try:
            drawn = await self._desk.thumbnail(message, box)
        except PictureUnusable as error:
            area: PictureArea | None = _refused(error)
        except WxtuiError:
            return  # Asked again when it comes into sight the next time.
        else:
            area = self._place(message.id, drawn) if box == self._box else None
        finally:
            self._asking.pop(message.id, None)
        if area is not None and box == self._box:
            self._came[message.id] = area
            if self._gathering is None:
                self._show()

    def _show(self) -> None:
        """Show what came, and what comes within a moment together."""
        self._gathering = None
        if not self._came:
            return
        came, self._came = self._came, {}
        with self._view.standing(self._view.selected):
            self._areas |= came
        self._redraw()
        self._gathering = self._set_timer(TOGETHER, self._show)

    def try_again(self) -> None:
        """Ask again for what failed: there is a network, or a session, again."""
        for message_id in [one for one, since in self._since.items() if since == math.inf]:
            if message_id not in self._asking:
                del self._since[message_id]
        self.drawn()

    def _terminal_changed(self) -> None:
        """Look again at what is not shown: the terminal may have it now, or show pictures otherwise."""
        with self._view.standing(self._view.selected):
            self._placed.clear()
            for message_id in [one for one, area in self._areas.items() if area is None]:
                del self._areas[message_id]
        self._redraw()


def picture_key(message_id: int) -> str:
    """Return the name of a message's picture in the log, for the terminal."""
    return f"log-{message_id}"


def view_key(message_id: int) -> str:
    """Return the name of a message's picture on the whole screen, for the terminal."""
    return f"view-{message_id}"


def _has_picture(message: StoredMessage) -> bool:
    from tui.services.pictures.message_picture import has_picture

    return has_picture(message.body)


def _refused(error: PictureUnusable) -> PictureArea:
    return PictureArea(1, say(error, advice=False))
