"""Pictures that people send: files beside this module, which `tests/support/sample_pictures.py` has painted."""

from __future__ import annotations

import struct
from functools import cache
from pathlib import Path
from typing import NamedTuple

_FOLDER = Path(__file__).parent / "sample_pictures"


class SamplePicture(NamedTuple):
    """Picture with its file's name, what it is, and the size of its thumbnail in pixels."""

    name: str
    content_type: str
    width: int
    height: int

    @property
    def data(self) -> bytes:
        """Bytes of the file."""
        return _read(self.name)


def photo(number: int) -> bytes:
    """Return one of the photos, with bytes of its own for each number."""
    data = PHOTOS[number % len(PHOTOS)].data
    # A comment, right behind the first marker.
    return data[:2] + b"\xff\xfe" + struct.pack(">HI", 6, number) + data[2:]


def sticker(number: int) -> bytes:
    """Return the sticker, with bytes of its own for each number."""
    # A comment, before the last byte, which ends the picture.
    return STICKER.data[:-1] + b"\x21\xfe\x04" + struct.pack(">I", number) + b"\0" + STICKER.data[-1:]


@cache
def _read(name: str) -> bytes:
    return (_FOLDER / name).read_bytes()


PHOTOS = (
    SamplePicture("sunrise.jpg", "image/jpeg", 120, 90),
    SamplePicture("lake.jpg", "image/jpeg", 120, 90),
    SamplePicture("dusk.jpg", "image/jpeg", 90, 120),
)
STICKER = SamplePicture("sticker.gif", "image/gif", 120, 120)
STILL = SamplePicture("still.jpg", "image/jpeg", 120, 68)
_OTHERS = (
    SamplePicture("screenshot.png", "image/png", 120, 75),
    SamplePicture("city.webp", "image/webp", 120, 90),
    SamplePicture("photo.png", "image/png", 120, 80),
)
BY_NAME = {one.name.partition(".")[0]: one for one in (*PHOTOS, *_OTHERS)}
"""Word by which a test or a script orders a picture → the picture."""
