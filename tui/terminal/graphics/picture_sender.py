"""Hands images to the terminal, one after the other, so that nobody who types waits for them.

An image goes in pieces, each written when no key waits and when the terminal has read the one before it. The terminal
says so: what lies between here and there cannot be measured otherwise, and a key's letter would wait behind all of it.
"""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import Callable, Collection
from typing import Final, Protocol

from tui.services.pictures.drawn import Drawn, PictureForm
from tui.services.util.background import spawn
from tui.terminal.graphics.half_blocks import MOST_BYTES
from tui.terminal.graphics.kitty_images import end_of_image, image_pieces, next_number, other_cells
from tui.terminal.graphics.placed_picture import (
    PlacedPicture,
    placed_blocks,
    placed_hole,
    placed_image,
)
from tui.terminal.graphics.reach import GraphicsReach
from tui.terminal.graphics.terminal_report import TerminalQuery
from tui.terminal.passthrough import Multiplexer

MOST_IMAGES: Final = 64
"""Images that the terminal keeps for us."""
MOST_IMAGE_BYTES: Final = 8 << 20
_MOST_BLOCKS: Final = 32
"""Pictures of half blocks whose cells are kept."""
_LOOK_AGAIN: Final = 0.02
"""Seconds between two looks whether a key waits."""
_READ: Final = 30.0
"""Seconds for the terminal to read a piece, where it is known to answer; then it is asked again."""
_FIRST_READ: Final = 1.0
_UNANSWERED: Final = 0.1
"""Seconds between pieces for a terminal that does not say when it has read one."""
_TRIES: Final = 3
_SETTLING: Final = (0.0, 0.3, 1.0)
"""Seconds before each look at tmux: an attach tells of itself before it is complete, and the terminal has answered."""


class SenderLink(Protocol):
    """The terminal, as far as images are written to it."""

    def is_free(self) -> bool:
        """Return True while a piece may be written: no key waits, and all output has left."""

    def write_picture(self, text: str) -> bool:
        """Write at once; return False where no terminal is open."""

    def ask(self, *queries: TerminalQuery) -> None:
        """Write questions, whose answers come later or never."""

    def leave_with(self, text: str) -> None:
        """Write this before the terminal is given back, however the program ends."""

    def has_left(self) -> bool:
        """Return True when that was written since it was last set."""


class _Image:
    """An image that the terminal has, or shall get."""

    def __init__(self, key: str, drawn: Drawn, frame: int) -> None:
        self.key = key
        self.drawn = drawn
        self.data = drawn.frames[frame].data
        self.number = 0
        self.whole = False
        """Set when all pieces were written."""
        self.is_there = False
        """True while the terminal has it."""
        self.placed: PlacedPicture | None = None
        """Set while the terminal shows it in the cells that are wanted."""
        self.wanted = True
        self.tries = 0

    def show(self, drawn: Drawn) -> None:
        """Want the same pixels in the cells of another picture."""
        if (self.drawn.columns, self.drawn.rows) != (drawn.columns, drawn.rows):
            self.drawn, self.placed = drawn, None


class PictureSender:
    """Images in the terminal, and on their way to it."""

    def __init__(self, reach: GraphicsReach, link: SenderLink) -> None:
        self._reach = reach
        self._link = link
        self._images: OrderedDict[tuple[str, int], _Image] = OrderedDict()
        self._blocks: OrderedDict[tuple[str, int], tuple[Drawn, int, int, PlacedPicture]] = OrderedDict()
        self._task: asyncio.Task[None] | None = None
        self._begun: _Image | None = None
        """Image of which the terminal has some pieces, or all, but is not yet known to have them."""
        self._number = 0
        self._generation = 0
        """Counts how often the images were taken for gone."""
        self._answers: bool | None = None
        """Whether the terminal says when it has read a piece; None as long as nobody knows."""
        self._read = asyncio.Event()
        self._attachments: frozenset[tuple[str, str, str]] = frozenset()
        self._heard_by: list[Callable[[str], None]] = []
        self.bytes_sent = 0
        self.pictures_sent = 0
        reach.hear_status(self._heard_read)

    def hear(self, changed: Callable[[str], None]) -> None:
        """Call `changed` with a picture's key when the terminal has it now, or has it no more."""
        self._heard_by.append(changed)

    def wish(self, drawn: Drawn, key: str, frame: int = 0, most_bytes: int = MOST_BYTES) -> PlacedPicture | None:
        """Return a picture that can be drawn; None until the terminal has it, which `hear` tells.

        `most_bytes` is for half blocks, 0 for any number.
        """
        name = key, frame
        match drawn.form:
            case PictureForm.BLOCKS:
                return self._placed_blocks(drawn, name, most_bytes)
            case PictureForm.SIXEL:
                return placed_hole(drawn)
        image = self._images.get(name)
        if image is not None and image.data != drawn.frames[frame].data:
            self._replace(name)
            image = None
        if image is None:
            image = self._images[name] = self._had_before(name, drawn) or _Image(key, drawn, frame)
        image.wanted = True
        if image is not self._begun:
            image.show(drawn)
        self._images.move_to_end(name)
        if image.placed is None:
            self._go_on()
        return image.placed

    def _replace(self, name: tuple[str, int]) -> None:
        """Make room for another image of this name. The terminal keeps the one before, whose cells still stand."""
        image = self._images[name]
        if not image.is_there:
            self._drop(name)
        else:
            image.wanted = False
            del self._images[name]
            self._images[f"{name[0]} before {image.number}", name[1]] = image

    def _had_before(self, name: tuple[str, int], drawn: Drawn) -> _Image | None:
        """Take out an image that the terminal still has of an earlier size: who zooms in and out sends each once."""
        key, frame = name
        for other, image in self._images.items():
            same = image.data == drawn.frames[frame].data
            cells = (image.drawn.columns, image.drawn.rows) == (drawn.columns, drawn.rows)
            if image.key == key and other[1] == frame and image.placed is not None and same and cells:
                return self._images.pop(other)
        return None

    def let_go(self, key: str) -> None:
        """Hear that nobody shows the pictures of this key now: of these the terminal forgets the first."""
        for (name, frame), image in list(self._images.items()):
            if name == key:
                image.wanted = False
                if not image.is_there and image is not self._begun:
                    del self._images[name, frame]

    def remove(self, keys: Collection[str]) -> None:
        """Take the pictures of these keys out of the terminal, and out of memory: nobody is to see them any more."""
        for name in [name for name in self._blocks if name[0] in keys]:
            del self._blocks[name]
        for name in [name for name, image in self._images.items() if image.key in keys]:
            self._drop(name)

    def forget(self) -> None:
        """Take the images for gone: the terminal was another program's, or is another one."""
        if not self._link.has_left() and (gone := self._end_of_all()):
            self._link.write_picture(gone)
        self._begun = None
        self._generation += 1
        placed = [name for name, image in self._images.items() if image.is_there]
        for name in placed:
            self._images[name].is_there, self._images[name].placed = False, None
            self._images[name].number = 0
            if not self._images[name].wanted:
                del self._images[name]
        self._note_end()
        self._tell(placed)

    def look_again(self) -> None:
        """Go on with what waits: a terminal may have been attached."""
        if self._wanted() is not None:
            self._go_on()

    async def check_attached(self) -> None:
        """Ask tmux whether the same terminals are attached: another one has no images of ours."""
        before = self._attachments
        for pause in _SETTLING:
            await asyncio.sleep(pause)
            if (view := await self._reach.look_at_tmux()) is None:
                return
            self._attached(view.attachments)
            if view.is_seen and (view.attachments == before or all(one.name.name for one in view.clients)):
                break
        self.look_again()

    # ---------------------------------------------------------------- half blocks

    def _placed_blocks(self, drawn: Drawn, name: tuple[str, int], most_bytes: int) -> PlacedPicture:
        colors = self._reach.now.colors
        found = self._blocks.get(name)
        if found is None or found[0] is not drawn or found[1:3] != (colors, most_bytes):
            found = drawn, colors, most_bytes, placed_blocks(drawn, name[1], colors, most_bytes)
            self._blocks[name] = found
            if len(self._blocks) > _MOST_BLOCKS:
                self._blocks.popitem(last=False)
        self._blocks.move_to_end(name)
        return found[3]

    # ---------------------------------------------------------------- on the way

    def _wanted(self) -> _Image | None:
        """Return the image that is next."""
        return next(
            (one for one in self._images.values() if one.wanted and one.placed is None and one.tries < _TRIES), None
        )

    def _go_on(self) -> None:
        if self._task is None or self._task.done():
            self._task = spawn(self._send_all(), "pictures")

    async def _send_all(self) -> None:
        try:
            while (image := self._wanted()) is not None and await self._send(image):
                pass
        finally:
            if self._begun is not None:
                self._break_off(self._begun)

    async def _send(self, image: _Image) -> bool:
        """Give an image to the terminal; return False when nobody looks, and all others must wait, too."""
        await self._free()
        discarded = 0
        if self._reach.through is Multiplexer.TMUX:
            view = await self._reach.look_at_tmux()
            if view is None or not view.is_seen:
                return False
            self._attached(view.attachments)
            discarded = sum(client.discarded for client in view.clients)
        if self._reach.now.full is not PictureForm.KITTY:
            return False
        if image.is_there:
            return self._place_anew(image)
        taken = {one.number for one in self._images.values()}
        whole_numbers = self._reach.now.whole_numbers
        self._number = image.number = next_number(self._number, taken, whole_numbers=whole_numbers)
        drawn, through, generation = image.drawn, self._reach.through, self._generation
        pieces = list(image_pieces(image.data, image.number, drawn.columns, drawn.rows, through))
        for piece in pieces:
            await self._free()
            if generation != self._generation or not image.wanted:
                self._break_off(image)
                return True
            self._begun, image.whole = image, piece is pieces[-1]
            self._note_end()
            if not self._write(piece):
                return False
            await self._until_read()
        image.tries += 1
        arrived = through is not Multiplexer.TMUX or await self._has_arrived(discarded)
        if generation != self._generation:
            return True
        self._begun = None
        if not arrived or all(one is not image for one in self._images.values()):
            # It is sent again, or another picture has its key now, or it is not to be seen any more.
            self._write(end_of_image(image.number, through, whole=True))
            self._note_end()
            return True
        # Meanwhile other cells may have been wished for: whoever hears of this asks again.
        image.drawn, image.is_there, image.placed = drawn, True, placed_image(drawn, image.number)
        image.tries = 0
        self.pictures_sent += 1
        self._bound()
        self._note_end()
        self._tell([name for name, one in self._images.items() if one is image])
        return True

    def _place_anew(self, image: _Image) -> bool:
        """Let the terminal show an image that it has in other cells."""
        drawn = image.drawn
        if not self._write(other_cells(image.number, drawn.columns, drawn.rows, self._reach.through)):
            return False
        image.placed = placed_image(drawn, image.number)
        self._tell([name for name, one in self._images.items() if one is image])
        return True

    async def _has_arrived(self, discarded: int) -> bool:
        """Return whether tmux has sent what it got, to those that were attached before."""
        view = await self._reach.look_at_tmux()
        return (
            view is not None
            and view.attachments == self._attachments
            and sum(client.discarded for client in view.clients) == discarded
        )

    def _attached(self, attachments: frozenset[tuple[str, str, str]]) -> None:
        before, self._attachments = self._attachments, attachments
        if before and before != attachments:
            self.forget()

    def _break_off(self, image: _Image) -> None:
        """End an image of which some pieces were sent: the next would be taken for more of it."""
        if self._begun is image:
            self._begun = None
            self._write(end_of_image(image.number, self._reach.through, whole=image.whole))
        image.number = 0
        for name in [name for name, one in self._images.items() if one is image and not one.wanted]:
            del self._images[name]
        self._note_end()

    async def _free(self) -> None:
        while True:
            if self._link.is_free():
                return
            await asyncio.sleep(_LOOK_AGAIN)

    def _write(self, text: str) -> bool:
        if not self._link.write_picture(text):
            return False
        self.bytes_sent += len(text)
        return True

    async def _until_read(self) -> None:
        """Wait until the terminal has read what was written; for one that does not say so, a moment."""
        if self._answers is False:
            await asyncio.sleep(_UNANSWERED)
            return
        self._read.clear()
        while not self._read.is_set():
            self._link.ask(TerminalQuery.STATUS)
            try:
                await asyncio.wait_for(self._read.wait(), _FIRST_READ if self._answers is None else _READ)
            except TimeoutError:
                if not self._answers:
                    self._answers = False
                    return
                # The line stands still, or the answer got lost.

    def _heard_read(self) -> None:
        self._answers = True
        self._read.set()

    # ---------------------------------------------------------------- what the terminal keeps

    def _bound(self) -> None:
        """Let the terminal forget what is too much: first of what nobody shows."""
        while True:
            placed = [(name, image) for name, image in self._images.items() if image.is_there]
            if len(placed) <= MOST_IMAGES and sum(len(image.data) for _name, image in placed) <= MOST_IMAGE_BYTES:
                return
            name = next((name for name, image in placed if not image.wanted), placed[0][0])
            self._drop(name)
            self._tell([name])

    def _drop(self, name: tuple[str, int]) -> None:
        image = self._images.pop(name)
        if image.is_there:
            self._write(end_of_image(image.number, self._reach.through, whole=True))
            self._note_end()
        image.wanted, image.is_there, image.placed = False, False, None

    def _end_of_all(self) -> str:
        through = self._reach.through
        begun = [self._begun] if self._begun is not None else []
        placed = [image for image in self._images.values() if image.is_there]
        return "".join(end_of_image(image.number, through, whole=image.whole) for image in [*begun, *placed])

    def _note_end(self) -> None:
        self._link.leave_with(self._end_of_all())

    def _tell(self, names: list[tuple[str, int]]) -> None:
        for key in dict.fromkeys(key for key, _frame in names):
            for changed in self._heard_by:
                changed(key)
