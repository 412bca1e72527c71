"""Pictures as a terminal is given them, and the room that there is for one. Imported by the child process, too."""

from __future__ import annotations

from enum import Enum
from typing import Final

import msgspec

ENLARGED: Final = 2.0
"""How many times larger than it is a small picture may be shown."""


class PictureForm(Enum):
    """Form of the pixels."""

    BLOCKS = "blocks"
    KITTY = "kitty"
    SIXEL = "sixel"


class PictureBox(msgspec.Struct, frozen=True):
    """Room for a picture: at most so many cells, each of `cell` pixels (width, height).

    `colors`: 256 for a terminal with a palette, 0 for true colour. `most_bytes`: of all frames of the answer, 0 for no
    limit; of BLOCKS the bytes that the terminal is sent. Colours are given up for it, then pixels. `frames`: of what
    moves, at most so many. `enlarge`: how many times larger than it is it may be shown; at least `ENLARGED` for the
    small pictures that the server gives of larger ones.
    """

    columns: int
    rows: int
    cell: tuple[int, int]
    form: PictureForm
    colors: int = 0
    most_bytes: int = 0
    frames: int = 1
    enlarge: float = 1.0


class PictureFrame(msgspec.Struct, frozen=True):
    """Still of those that follow each other, shown for so long.

    BLOCKS: columns x rows*2 pixels of RGBA, row by row. KITTY: a PNG. SIXEL: what stands between `ESC P` and `ESC \\`.
    """

    data: bytes
    milliseconds: int


class Drawn(msgspec.Struct, frozen=True, tag=True):
    """Picture that can be shown: `format`, `width` and `height` in pixels are the file's.

    `columns` and `rows`: cells that it takes, never more than the box has; see `child.fitting`.
    `more_frames`: the file has others than these. `form`: of the pixels, as the box wanted it.
    """

    format: str
    width: int
    height: int
    columns: int
    rows: int
    frames: tuple[PictureFrame, ...]
    more_frames: bool = False
    form: PictureForm = PictureForm.BLOCKS

    @property
    def size(self) -> int:
        """Bytes of all frames."""
        return sum(len(frame.data) for frame in self.frames)
