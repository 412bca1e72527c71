"""Picture of a message on the whole screen, and from it to the others of the conversation."""

from __future__ import annotations

from collections.abc import Callable
from typing import ClassVar, Final, Protocol

from msgspec import structs
from textual import events
from textual.app import ComposeResult
from textual.layouts.vertical import VerticalLayout

from tui.errors import DecoderMissing, PictureUnusable, WxtuiError
from tui.i18n import _, say
from tui.key_table import Area
from tui.keymap import BETWEEN, hint
from tui.screens.leave_once import LeavesOnce
from tui.screens.pictures.picture_words import picture_words
from tui.services.pictures.drawn import ENLARGED, Drawn, PictureBox, PictureForm
from tui.services.util.threads import in_own_thread
from tui.store.changes import Change, MessageChanged, MessagesAdded, MessagesRemoved
from tui.store.delivery_state import DeliveryState
from tui.store.models import StoredMessage
from tui.store.subscription import Subscription
from tui.terminal.graphemes import cell_len
from tui.widgets.base.bindings import bound
from tui.widgets.base.canvas import place
from tui.widgets.base.styles import Tone
from tui.widgets.base.work import begin
from tui.widgets.message_log.log_pictures import PictureDesk, PlacedCells, view_key
from tui.widgets.picture.frame_player import FramePlayer
from tui.widgets.picture.picture_canvas import PictureCanvas
from tui.widgets.status_line import StatusLine
from tui.wire import bodies

ZOOMS: Final = (1, 2, 4)
MOST_FRAMES: Final = 24
"""Frames of what moves."""
_HINTS: Final = 1 / 2
"""Part of the last line that the words about the picture leave to the hints."""
_AT_ONCE: Final = 600
"""Cells of a picture that are made in one go."""
_CELLS: Final = 12
"""Cells of half blocks that are drawn in a millisecond, of what moves."""
_PIXELS: Final = 2
"""Pixels of a picture for which a half block stands at least, across."""
_MOST_ZOOMED: Final = 4 << 20
"""Bytes of a picture that was made larger: then fewer of its pixels."""
_STEP: Final = 8
"""Columns that a key moves a picture which is larger than the screen; half as many rows."""


class WholeDesk(PictureDesk, Protocol):
    """Pictures for the whole screen."""

    def full_box(self, columns: int, rows: int, frames: int) -> PictureBox | None:
        """Return the room for a picture of at most so many cells and frames; None where the terminal shows none."""

    async def whole(self, message: StoredMessage, box: PictureBox, on_percent: Callable[[int], None]) -> Drawn:
        """Return the picture out of a message's whole file. Raises `PictureUnusable`, and what a network does.

        `on_percent` hears how much of it has come.
        """

    def place(self, drawn: Drawn, key: str, frame: int = 0, *, most_bytes: int | None = None) -> PlacedCells | None:
        """Return a frame of a picture as cells; None until the terminal has it, which `hear` tells."""

    @property
    def busy(self) -> bool:
        """True while a key waits: nothing else is drawn before it."""

    def draw_sixel(self, x: int, y: int, body: str, columns: int, rows: int) -> bool:
        """Write a picture over cells of the screen that are left free for it; False where it cannot be."""


class PictureViewer(Protocol):
    """Conversation whose pictures are looked at."""

    @property
    def desk(self) -> WholeDesk:
        """Pictures, and what the terminal can show of them."""

    def is_hidden(self, message: StoredMessage) -> bool:
        """Return True for what another took back, where that is not shown."""

    def sender(self, message: StoredMessage) -> str:
        """Return who sent a message, as it is shown."""

    async def beside(self, message: StoredMessage, step: int) -> StoredMessage | None:
        """Return the next message with a picture, or the one before (-1)."""

    async def number_of(self, message: StoredMessage) -> tuple[int, int]:
        """Return which of the conversation's pictures it is, the oldest is 1, and how many there are."""

    async def turn_to(self, message: StoredMessage) -> None:
        """Let actions be about this message."""

    async def act(self, command_id: str) -> None:
        """Run an action on the message."""

    def show_details(self, message: StoredMessage) -> None:
        """Show the facts about a message."""

    def subscribe(self) -> Subscription:
        """Return the changes of the store from now on."""


class PictureScreen(LeavesOnce[None]):
    """Shows one picture: first what the log has of it, then the whole one; what moves is played."""

    HELP_AREAS = (Area.PICTURE,)
    BINDINGS: ClassVar = [
        bound("picture.previous", "move(-1, 0)"),
        bound("picture.next", "move(1, 0)"),
        bound("picture.up", "move(0, -1)"),
        bound("picture.down", "move(0, 1)"),
        bound("picture.larger", "zoom(1)"),
        bound("picture.smaller", "zoom(-1)"),
        bound("picture.fit", "zoom(0)"),
        bound("picture.pause", "pause"),
        bound("picture.save", "act('save')"),
        bound("picture.open", "act('open_with')"),
        bound("picture.forward", "act('forward')"),
        bound("picture.copy", "act('copy')"),
        bound("picture.details", "details"),
        bound("picture.retry", "retry"),
        bound("picture.leave", "leave"),
        bound("picture.redraw", "app.redraw"),
    ]

    def __init__(self, viewer: PictureViewer, message: StoredMessage) -> None:
        super().__init__()
        self.viewer = viewer
        self.message = message
        self._zoom = 0
        self._number = (0, 0)
        self._drawn: Drawn | None = None
        self._frames: list[PlacedCells] = []
        self._asked: PictureBox | None = None
        """Room that the picture was asked for."""
        self._percent = 0
        """Part of the whole file that has come, where that is known."""
        self._finished = False
        """True once nothing more is on its way: the whole picture stands here, it failed, or none can be shown."""
        self._failed: WxtuiError | None = None
        self._canvas = PictureCanvas(id="picture")
        self._line = StatusLine(id="status")
        self._player = FramePlayer(self._show_frame, lambda: viewer.desk.busy, self.set_timer)
        place(self, layout=VerticalLayout(), overflow_x="hidden", overflow_y="hidden")

    def compose(self) -> ComposeResult:
        """Lay out the picture, and the line below it."""
        yield self._canvas.placed(width="1fr", height="1fr")
        yield self._line.placed(width="1fr", height=1)

    def on_mount(self) -> None:
        """Hear of what happens to the message, and when nobody looks."""
        self._end_hearing = self.viewer.desk.hear(self._terminal_changed)
        self.watch(self.app, "app_focus", self._look_or_not, init=False)
        begin(self, self._follow(), "following")
        begin(self, self._count(), "count")

    def on_unmount(self) -> None:
        """Stop what moves."""
        self._player.stop()
        self._end_hearing()
        self.viewer.desk.let_go(self._key)

    # ---------------------------------------------------------------- the picture

    def on_resize(self, event: events.Resize) -> None:
        """Show the picture in another size."""
        self._load()

    def _terminal_changed(self) -> None:
        """Show the picture as the terminal can now, or what it has now."""
        if self._box() != self._asked:
            self._load()
        elif self._drawn is not None:
            self._show(self._drawn)

    @property
    def _key(self) -> str:
        return view_key(self.message.id)

    def _box(self) -> PictureBox | None:
        size, zoom = self.size, ZOOMS[self._zoom]
        frames = MOST_FRAMES if not self._zoom else 1
        box = self.viewer.desk.full_box(size.width * zoom, max(1, size.height - 1) * zoom, frames)
        if box is None:
            return None
        width, height = box.cell
        if box.form is PictureForm.BLOCKS:
            # A half block stands for few pixels, so that a small picture has more than a handful of them.
            return structs.replace(box, cell=(_PIXELS, max(1, round(_PIXELS * height / width))))
        most = _MOST_ZOOMED if self._zoom else box.most_bytes
        return structs.replace(box, most_bytes=most, enlarge=ENLARGED * zoom)

    def _load(self) -> None:
        """Fetch the picture of the message, and show meanwhile what there is."""
        self._player.stop()
        # What is on its way to the terminal for nobody is not to delay this one.
        self.viewer.desk.let_go(self._key)
        self._drawn, self._frames, self._finished, self._failed, self._asked = None, [], False, None, None
        self._percent = 0
        if not self.size.width:
            return
        if self._hidden:
            self._finished = True
            self._canvas.say(_("(text hidden)"))
        elif (box := self._box()) is None:
            self._finished = True
            words = _("This terminal shows no pictures, or has too few colours for them.")
            self._canvas.say(
                "\n".join((words, hint("{picture.open} opens it with its program, {picture.save} saves it.")))
            )
        else:
            self._asked = box
            self._canvas.say(_("Loading…"))
            begin(self, self._fetch(box), "picture", exclusive=True)
            begin(self, self._fetch_small(box), "thumbnail", exclusive=True)
        self._tell()

    @property
    def _hidden(self) -> bool:
        """True where another took the message back, and what was taken back is not shown."""
        return self.viewer.is_hidden(self.message)

    async def _fetch_small(self, box: PictureBox) -> None:
        """Show the small picture until the whole one is there."""
        message, desk = self.message, self.viewer.desk
        found = desk.ready(message, box)
        try:
            # Of a whole one that cannot be shown the small one may be.
            if not isinstance(found, Drawn) and message.state is not DeliveryState.RECALLED:
                found = await desk.thumbnail(message, box)
        except WxtuiError:
            return  # The whole one tells.
        if box is self._asked and isinstance(found, Drawn) and (not self._finished or self._failed is not None):
            self._show(found)

    async def _fetch(self, box: PictureBox) -> None:
        try:
            drawn = await self.viewer.desk.whole(self.message, box, lambda percent: self._came(box, percent))
        except WxtuiError as error:
            if box is not self._asked:
                return  # The message was taken back meanwhile.
            self._finished, self._failed = True, error
            if self._drawn is None:
                advice = "" if self._is_hopeless else hint("{picture.retry} tries again.")
                self._canvas.say("\n".join(filter(None, (say(error), advice))), Tone.BAD)
        else:
            if box is not self._asked:
                return
            self._finished = True
            self._show(drawn)
        self._tell()

    def _came(self, box: PictureBox, percent: int) -> None:
        """Say how much of the whole picture has come."""
        if box is self._asked and not self._finished and percent != self._percent:
            self._percent = percent
            self._tell()

    def _show(self, drawn: Drawn) -> None:
        """Show a picture, as far as the terminal has its bytes already."""
        self._drawn, desk = drawn, self.viewer.desk
        # Frames that are alike are sent once.
        first: dict[bytes, int] = {}
        alike = [first.setdefault(frame.data, at) for at, frame in enumerate(drawn.frames)]
        placed = [desk.place(drawn, self._key, at, most_bytes=0) for at in alike]
        before, self._frames = self._frames, [one for one in placed if one is not None]
        if None in placed:
            # The terminal lost them, or has not got all yet.
            self._player.stop()
            if placed[0] is None and before:
                self._canvas.say("")
        if not placed or placed[0] is None or before == placed:
            return  # The terminal has it in a moment, or all of it stands there.
        begin(self, self._begin(), "cells", exclusive=True)
        self._tell()

    async def _begin(self) -> None:
        """Show the first frame, and play when all of them are there."""
        await self._paint(0)
        if self._zoom:
            self._canvas.centre()
        if (drawn := self._drawn) is not None and len(self._frames) == len(drawn.frames):
            # A large one is drawn less often.
            least = drawn.columns * drawn.rows // _CELLS
            self._player.load([max(least, frame.milliseconds) for frame in drawn.frames])
            self._tell()

    async def _paint(self, at: int) -> None:
        """Show a frame; the cells of a large one are made in a thread, for keys would wait for them."""
        drawn, frames = self._drawn, self._frames
        if drawn is None or at >= len(frames):
            return
        large = drawn.columns * drawn.rows > _AT_ONCE
        strips = await in_own_thread(lambda breath: frames[at].strips()) if large else frames[at].strips()
        if drawn is not self._drawn:
            return
        self._canvas.drawn = self._write_sixel if self._is_sixel else None
        self._canvas.show(strips, drawn.columns)

    @property
    def _is_sixel(self) -> bool:
        return self._asked is not None and self._asked.form is PictureForm.SIXEL

    def _write_sixel(self) -> None:
        """Write the picture over the cells that are left free for it."""
        if self._drawn is not None and self.is_current:
            x, y = self._canvas.corner
            body = self._drawn.frames[0].data.decode("ascii", "replace")
            self.viewer.desk.draw_sixel(x, y, body, self._drawn.columns, self._drawn.rows)

    def _show_frame(self, at: int) -> None:
        begin(self, self._paint(at), "cells", exclusive=True)

    # ---------------------------------------------------------------- the line below

    def _tell(self) -> None:
        """Say which picture this is, and what keys do."""
        parts = picture_words(self.message, self.viewer.sender(self.message), self._drawn, self._number)
        if self._failed is not None and self._drawn is not None:
            parts.insert(0, hint("small: {picture.retry} loads the whole one"))
        elif not self._finished:
            percent = self._percent
            parts.insert(0, _("loading… {percent} %").format(percent=percent) if percent else _("loading…"))
        elif self._zoom:
            parts.insert(0, f"×{ZOOMS[self._zoom]}")
        while len(parts) > 1 and cell_len(BETWEEN.join(parts)) > self.size.width * (1 - _HINTS):
            parts.pop()
        self._line.state = BETWEEN.join(parts), Tone.DIM
        self._line.hints = self._hints()

    def _hints(self) -> str:
        if isinstance(self.message.body, bodies.Video):
            return hint(
                "{picture.retry} retry · {picture.open} play · {picture.previous} {picture.next} others · "
                "{picture.save} save · {picture.forward} forward · {picture.details} details · {picture.leave} back",
                possible=self._possible,
            )
        return hint(
            "{picture.retry} retry · {picture.previous} {picture.next} others · {picture.pause} pause · "
            "{picture.save} save · {picture.open} open · {picture.forward} forward · {picture.larger} larger · "
            "{picture.fit} fit · {picture.up} {picture.down} move · {picture.details} details · {picture.leave} back",
            possible=self._possible,
        )

    def _possible(self, binding_id: str) -> bool:
        """Return whether a key that the hints name does something now."""
        match binding_id:
            case "picture.retry":
                return self._failed is not None and not self._is_hopeless
            case "picture.previous" | "picture.next":
                return self._number[1] > 1 and not any(self._canvas.can_pan)
            case "picture.pause":
                return self._player.moves
            case "picture.larger":
                return self._drawn is not None and not self._is_sixel and self._zoom < len(ZOOMS) - 1
            case "picture.fit":
                return bool(self._zoom)
            case "picture.up" | "picture.down":
                return any(self._canvas.can_pan)
            case _:
                return True

    @property
    def _is_hopeless(self) -> bool:
        """True where the picture itself is at fault, or gone: asking again gives the same."""
        return isinstance(self._failed, PictureUnusable) and not isinstance(self._failed, DecoderMissing)

    async def _count(self) -> None:
        self._number = await self.viewer.number_of(self.message)
        self._tell()

    # ---------------------------------------------------------------- what happens meanwhile

    async def _follow(self) -> None:
        with self.viewer.subscribe() as changes:
            async for change in changes:
                self._hear(change)

    def _hear(self, change: Change) -> None:
        match change:
            case MessageChanged(message=message) if message.id == self.message.id:
                before, self.message = self.message, message
                if before.state is not message.state and message.state is DeliveryState.RECALLED:
                    self._load()
            case MessagesRemoved(message_ids=gone) if self.message.id in gone:
                self.dismiss()
            case MessagesAdded(conversation_id=here) if here == self.message.conversation_id:
                begin(self, self._count(), "count", exclusive=True)
            case _:
                pass

    def _look_or_not(self, focused: bool) -> None:
        self._player.halt(not focused)

    def on_screen_suspend(self) -> None:
        """Stop what moves: another screen lies over it."""
        self._player.halt(True)

    def on_screen_resume(self) -> None:
        """Go on with what moves."""
        super().on_screen_resume()
        self._player.halt(False)

    # ---------------------------------------------------------------- keys

    async def _turn(self, step: int) -> None:
        found = await self.viewer.beside(self.message, step)
        if found is None:
            self._line.say(_("This is the newest picture.") if step > 0 else _("This is the oldest picture."))
            return
        self.viewer.desk.let_go(self._key)
        self.message, self._zoom = found, 0
        await self.viewer.turn_to(found)
        self._load()
        await self._count()

    def action_move(self, columns: int, rows: int) -> None:
        """Move over a picture that is larger than the screen; else go to the picture before or behind."""
        if any(self._canvas.can_pan):
            self._canvas.pan(columns * _STEP, rows * _STEP // 2)
        elif columns:
            begin(self, self._turn(columns), "turn", exclusive=True, complain=self._complain)

    def action_zoom(self, step: int) -> None:
        """Show the picture larger, smaller, or as it fits."""
        zoom = max(0, min(self._zoom + step, len(ZOOMS) - 1)) if step else 0
        if zoom != self._zoom and not self._is_sixel:
            self._zoom = zoom
            self._load()

    def action_pause(self) -> None:
        """Stop what moves, or play it again."""
        if self._player.playing:
            self._player.stop()
        else:
            self._player.play()

    def action_act(self, command_id: str) -> None:
        """Save, open, forward the picture, or copy its path."""
        begin(self, self.viewer.act(command_id), "act", complain=self._complain)

    def action_details(self) -> None:
        """Show the facts about the message."""
        self.viewer.show_details(self.message)

    def action_retry(self) -> None:
        """Fetch it again, after a network that failed."""
        if self._failed is not None:
            self._load()

    def action_leave(self) -> None:
        """Go back to the messages."""
        self.dismiss()

    def _complain(self, sentence: str) -> None:
        self._line.say(sentence, Tone.BAD)

    def on_key(self, event: events.Key) -> None:
        """Take the sentence away: it is seen when a key is pressed."""
        self._line.say("")
