"""Images of kitty's graphics protocol, as a terminal keeps them, and the cells that say which part of which to show."""

from __future__ import annotations

import base64
import binascii
import struct
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field

from pyte.screens import Char

PLACEHOLDER = "\U0010eeee"
_MARKS = """
305 30d-30e 310 312 33d-33f 346 34a-34c 350-352 357 35b 363-36f 483-487 592-595 597-599 59c-5a1 5a8-5a9 5ab-5ac 5af 5c4
610-617 657-65b 65d-65e 6d6-6dc 6df-6e2 6e4 6e7-6e8 6eb-6ec 730 732-733 735-736 73a 73d 73f-741 743 745 747 749-74a
7eb-7f1 7f3 816-819 81b-823 825-827 829-82d 951 953-954 f82-f83 f86-f87 135d-135f 17dd 193a 1a17 1a75-1a7c 1b6b
1b6d-1b73 1cd0-1cd2 1cda-1cdb 1ce0 1dc0-1dc1 1dc3-1dc9 1dcb-1dcc 1dd1-1de6 1dfe 20d0-20d1 20d4-20d7 20db-20dc 20e1 20e7
20e9 20f0 2cef-2cf1 2de0-2dff a66f a67c-a67d a6f0-a6f1 a8e0-a8f1 aab0 aab2-aab3 aab7-aab8 aabe-aabf aac1 fe20-fe26
10a0f 10a38 1d185-1d189 1d1aa-1d1ad 1d242-1d244
"""
"""The combining characters that are numbers, from 0 on: code points, as kitty lists them."""
_MOST_PAYLOAD = 4096
_KEYS = {
    "t": set("aqitfsvSOmoIp"),
    "T": set("aqitfsvSOmoIpUcrxywhXYCzPQHV"),
    "p": set("aqiIpUcrxywhXYCzPQHV"),
    "q": set("aqitfsvSOmoI"),
    "d": set("aqdiIpxyz"),
    "f": set("aqiIfsvSOmotrcxyzXY"),
    "a": set("aqiIsrzcv"),
}
"""Action → the keys that it may have."""


def _numbers() -> Iterator[tuple[str, int]]:
    number = 0
    for part in _MARKS.split():
        first, _, last = part.partition("-")
        for code in range(int(first, 16), int(last or first, 16) + 1):
            yield chr(code), number
            number += 1


NUMBERS = dict(_numbers())
"""Combining character → its number."""


@dataclass(frozen=True, slots=True)
class ImagePart:
    """The part of an image that a cell shows: (row, column) of the grid that its placement is cut into."""

    image: int
    row: int
    column: int


@dataclass(slots=True)
class KittyImage:
    """An image that the terminal has been sent; `placements`: id of a placement → its columns and rows."""

    data: bytes
    width: int
    height: int
    is_png: bool
    placements: dict[int, tuple[int, int]] = field(default_factory=dict)
    frames: list[bytes] = field(default_factory=list)

    @property
    def grid(self) -> tuple[int, int] | None:
        """Columns and rows of its virtual placement."""
        return next(reversed(self.placements.values()), None)


@dataclass(slots=True)
class _Upload:
    """An image of which not all pieces have come."""

    control: dict[str, str]
    pieces: list[str]


class KittyImages:
    """The images of one terminal; `object_to` is told each mistake of the program."""

    def __init__(self, object_to: Callable[[str], None]) -> None:
        self.images: dict[int, KittyImage] = {}
        self.sent: list[tuple[int, bytes]] = []
        """Every image that was sent, in its order: its id and its data."""
        self.upload: _Upload | None = None
        self._object = object_to

    def command(self, body: str) -> str | None:
        """Obey what stands between `ESC _G` and its end; return the answer, if the program wants one."""
        text, _, payload = body.partition(";")
        control = dict(pair.partition("=")[::2] for pair in text.split(",") if pair)
        if len(payload) > _MOST_PAYLOAD:
            self._object(f"a piece of {len(payload)} bytes")
        upload = self.upload
        if upload is not None:
            if set(control) - {"m", "q"} and not (control.get("a") == "f" == upload.control.get("a")):
                self._object(f"another command between the pieces of an image: {text}")
            upload.pieces.append(payload)
            control = upload.control | {"m": control.get("m", "0")}
        elif control.get("m") == "1":
            upload = self.upload = _Upload(control, [payload])
        if control.get("m") == "1":
            if len(payload) % 4:
                self._object(f"a piece whose length is no multiple of 4: {len(payload)}")
            return None
        self.upload = None
        return self._whole(control, "".join(upload.pieces) if upload is not None else payload)

    def _whole(self, control: dict[str, str], payload: str) -> str | None:
        action = control.get("a", "t")
        unknown = set(control) - _KEYS.get(action, set())
        if unknown:
            self._object(f"unknown keys {sorted(unknown)} of the graphics action {action!r}")
        error = ""
        match action:
            case "t" | "T" | "q":
                error = self._transmit(control, payload, keep=action != "q")
                if not error and action == "T":
                    error = self._place(control)
            case "p":
                error = self._place(control)
            case "d":
                self._delete(control)
            case "f":
                self._frame(control, payload)
        quiet = int(control.get("q", "0"))
        wanted = "i" in control and action in "tTpqf" and quiet < (2 if error else 1)
        return f"\x1b_Gi={control['i']};{error or 'OK'}\x1b\\" if wanted else None

    # ---------------------------------------------------------------- sending and placing

    def _transmit(self, control: dict[str, str], payload: str, *, keep: bool) -> str:
        if control.get("t", "d") != "d":
            self._object(f"an image by t={control['t']}: the terminal may be on another machine")
            return "EINVAL:medium"
        try:
            data = base64.b64decode(payload, validate=True)
        except binascii.Error:
            self._object("an image that is not base64")
            return "EINVAL:base64"
        number, is_png = int(control.get("i", "0")), control.get("f", "32") == "100"
        if is_png and data[:8] != b"\x89PNG\r\n\x1a\n":
            self._object("an image that is not the PNG that it is called")
            return "EBADPNG"
        width, height = struct.unpack(">II", data[16:24]) if is_png else (_int(control, "s"), _int(control, "v"))
        if not keep:
            return ""
        if not number:
            self._object("an image without an id")
        known = self.images.get(number)
        if known is not None and known.data == data:
            self._object(f"image {number} sent twice")
        elif any(image.data == data for image in self.images.values()):
            self._object(f"an image sent again as {number}")
        self.images[number] = KittyImage(data, width, height, is_png)
        self.sent.append((number, data))
        return ""

    def _place(self, control: dict[str, str]) -> str:
        number = int(control.get("i", "0"))
        image = self.images.get(number)
        if image is None:
            self._object(f"a placement of image {number}, which the terminal does not have")
            return "ENOENT:image"
        if control.get("U") != "1":
            self._object(f"image {number} placed on cells: they would go on showing it")
        size = _int(control, "c"), _int(control, "r")
        if 0 in size:
            self._object(f"a placement of image {number} without columns and rows")
        placement = int(control.get("p", "0"))
        image.placements.pop(placement, None)
        image.placements[placement] = size
        return ""

    def _frame(self, control: dict[str, str], payload: str) -> None:
        image = self.images.get(int(control.get("i", "0")))
        if image is None:
            self._object(f"a frame of image {control.get('i')}, which the terminal does not have")
        else:
            image.frames.append(base64.b64decode(payload))

    def _delete(self, control: dict[str, str]) -> None:
        what = control.get("d", "a")
        match what.lower():
            case "a":
                return  # Placements on the screen; virtual ones stay.
            case "i":
                gone = [int(control.get("i", "0"))]
            case "r":
                first, last = _int(control, "x"), _int(control, "y")
                gone = [number for number in self.images if first <= number <= last]
            case _:
                self._object(f"unknown deletion d={what}")
                return
        for number in gone:
            if number not in self.images:
                self._object(f"image {number} deleted, which the terminal does not have")
            elif what.isupper() and "p" not in control:
                del self.images[number]
            elif "p" in control:
                self.images[number].placements.pop(int(control["p"]), None)
            else:
                self.images[number].placements.clear()


def _int(control: dict[str, str], key: str) -> int:
    return int(control.get(key, "0"))


def image_parts(row: Sequence[Char]) -> list[ImagePart | None]:
    """What each cell of a row shows of an image: numbers that it leaves out follow from the cell to the left."""
    parts: list[ImagePart | None] = []
    before: ImagePart | None = None
    color = ""
    for cell in row:
        if not cell.data.startswith(PLACEHOLDER):
            before = None
            parts.append(None)
            continue
        marks = [NUMBERS.get(mark, -1) for mark in cell.data[1:]]
        if before is not None and (cell.fg != color or marks[:2] not in ([], [before.row], _next(before))):
            before = None
        at = marks[0] if marks else before.row if before is not None else 0
        column = marks[1] if len(marks) > 1 else before.column + 1 if before is not None else 0
        high = marks[2] if len(marks) > 2 else before.image >> 24 if before is not None else 0
        before, color = ImagePart(high << 24 | _low(cell.fg), at, column), cell.fg
        parts.append(before)
    return parts


def _next(before: ImagePart) -> list[int]:
    return [before.row, before.column + 1]


def _low(color: str) -> int:
    """The id that a colour is: 24 bits of a true one, 8 of one of the palette."""
    if color == "default":
        return 0
    return int(color[1:]) if color.startswith("@") else int(color, 16)
