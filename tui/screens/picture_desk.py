"""Pictures for the screens: those of messages, as the services have them, and what the terminal can show of them."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from importlib import import_module
from typing import TYPE_CHECKING, Final, Protocol

from tui.services.runtime import Runtime
from tui.store.models import StoredMessage

if TYPE_CHECKING:
    from tui.errors import PictureUnusable
    from tui.services.pictures.drawn import Drawn, PictureBox
    from tui.terminal.graphics.placed_picture import PlacedPicture
    from tui.terminal.graphics.reach import Graphics
    from tui.terminal.terminal_pictures import TerminalPictures


_PARTS: Final = (
    "tui.services.pictures.pictures",
    "tui.terminal.graphics.picture_sender",
    "tui.terminal.graphics.terminal_link",
)


class PictureTerminal(Protocol):
    """The program, as far as it shows pictures."""

    @property
    def terminal_pictures(self) -> TerminalPictures:
        """Which way pictures go in the terminal, and the images that it has."""

    @property
    def input_waiting(self) -> int:
        """Keys that wait for their turn."""

    def draw_sixel(self, x: int, y: int, body: str, columns: int, rows: int) -> bool:
        """Write a picture over cells that are left free for it."""


class PictureService:
    """Is what the widgets call a desk. Nothing is imported for pictures before one is wanted."""

    def __init__(self, runtime: Runtime, terminal: PictureTerminal) -> None:
        self._runtime = runtime
        self._terminal = terminal
        self._heard_by: list[Callable[[], None]] = []
        self._hears = False

    def hear(self, changed: Callable[[], None]) -> Callable[[], None]:
        """Call `changed` each time when the terminal shows pictures otherwise, or has one that it had not; return
        what ends that."""
        self._heard_by.append(changed)
        return lambda: self._heard_by.remove(changed)

    def _tell(self) -> None:
        for changed in list(self._heard_by):
            changed()

    async def prepare(self) -> None:
        """Import what pictures need, in a thread: keys are heard meanwhile."""
        for module in _PARTS:
            await asyncio.to_thread(import_module, module)

    @property
    def graphics(self) -> Graphics:
        """Forms of pictures in this terminal now."""
        if not self._hears:
            self._hears = True
            self._terminal.terminal_pictures.reach.hear(self._tell)
            self._terminal.terminal_pictures.sender.hear(lambda key: self._tell())
        return self._terminal.terminal_pictures.reach.now

    def thumbnail_box(self, columns: int, rows: int) -> PictureBox | None:
        """Return the room for a picture in the log; None where the terminal shows none there."""
        from tui.terminal.graphics.placed_picture import thumbnail_box

        return thumbnail_box(self.graphics, columns, rows)

    def full_box(self, columns: int, rows: int, frames: int) -> PictureBox | None:
        """Return the room for a picture on the whole screen; None where the terminal shows none."""
        from tui.terminal.graphics.placed_picture import full_box

        return full_box(self.graphics, columns, rows, frames)

    def ready(self, message: StoredMessage, box: PictureBox) -> Drawn | PictureUnusable | None:
        """Return what is known already of a message's picture; never waits."""
        return self._runtime.pictures.ready(message, box)

    async def thumbnail(self, message: StoredMessage, box: PictureBox) -> Drawn:
        """Return a message's picture, small. Raises `PictureUnusable`, and what a network does."""
        return await self._runtime.pictures.thumbnail(message, box)

    async def whole(self, message: StoredMessage, box: PictureBox, on_percent: Callable[[int], None]) -> Drawn:
        """Return the picture out of a message's whole file. Raises `PictureUnusable`, and what a network does."""
        return await self._runtime.pictures.whole(message, box, on_percent)

    def place(self, drawn: Drawn, key: str, frame: int = 0, *, most_bytes: int | None = None) -> PlacedPicture | None:
        """Return a picture as cells; None until the terminal has it, which `hear` tells."""
        if most_bytes is None:
            return self._terminal.terminal_pictures.sender.wish(drawn, key, frame)
        return self._terminal.terminal_pictures.sender.wish(drawn, key, frame, most_bytes)

    def let_go(self, key: str) -> None:
        """Hear that nobody shows the picture of this key any more."""
        self._terminal.terminal_pictures.sender.let_go(key)

    @property
    def busy(self) -> bool:
        """True while a key waits: nothing else is drawn before it."""
        return bool(self._terminal.input_waiting)

    def draw_sixel(self, x: int, y: int, body: str, columns: int, rows: int) -> bool:
        """Write a picture over cells of the screen that are left free for it; False where it cannot be."""
        return self._terminal.draw_sixel(x, y, body, columns, rows)
