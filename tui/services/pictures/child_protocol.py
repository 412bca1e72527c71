"""Protocol on the pipes of the child process: a job and a picture go down, a drawn picture or a flaw comes up.

Each is a frame: its length in four bytes, and so many bytes. The child may be in a stranger's hands: its answers are
checked as those of a server are.
"""

from __future__ import annotations

import re
import struct
from collections.abc import Callable
from enum import Enum
from typing import Final

import msgspec

from tui.services.pictures.drawn import Drawn, PictureBox, PictureForm

MOST_FILE: Final = 64 * 1024 * 1024
"""Bytes of a file that is decoded."""
MOST_ANSWER: Final = 64 * 1024 * 1024
"""Bytes of an answer."""
MOST_FRAMES: Final = 64
"""Pictures of one that moves that are looked at."""
CPU_SECONDS: Final = 6
"""Seconds of the processor that one picture may take."""
MOST_SIDE: Final = 65_535
"""Pixels of the longer side: more than any of the formats has use for."""
FORMATS: Final = {"JPEG": "JPEG", "PNG": "PNG", "GIF": "GIF", "WEBP": "WebP", "BMP": "BMP"}
"""Pillow's name of a format → the name that is shown."""
MOST_MILLISECONDS: Final = 10_000

_PNG: Final = b"\x89PNG\r\n\x1a\n"
_SIXEL: Final = rb'0;1;0q"1;1;\d{1,6};\d{1,6}[#;!$\-0-9?-~]*'
"""Letters of a sixel picture: none of them ends it, or is another command to the terminal."""

_LENGTH: Final = struct.Struct(">I")
HEADER: Final = _LENGTH.size


class FlawKind(Enum):
    """Kind of reason why there is nothing to show."""

    EMPTY = "empty"
    UNREADABLE = "unreadable"
    BROKEN = "broken"
    CUT_OFF = "cut off"
    TOO_MANY_PIXELS = "too many pixels"
    TOO_LARGE = "too large"


class Flaw(msgspec.Struct, frozen=True, tag=True):
    """Reason why there is nothing to show; `width` and `height` in pixels, 0 where they are not known."""

    kind: FlawKind
    width: int = 0
    height: int = 0


_answers: Final = msgspec.msgpack.Decoder(Drawn | Flaw)
_jobs: Final = msgspec.msgpack.Decoder(PictureBox)


class ProtocolBroken(Exception):
    """Raised for an answer that is none."""


def framed(body: bytes | memoryview) -> list[bytes | memoryview]:
    """Return a frame in pieces; what may be large is not copied."""
    return [_LENGTH.pack(len(body)), body]


def job(box: PictureBox) -> bytes:
    """Return the body of the frame that goes before a picture."""
    return msgspec.msgpack.encode(box)


def read_job(body: bytes) -> PictureBox:
    """Return what `job` was made of."""
    return _jobs.decode(body)


def answer(found: Drawn | Flaw) -> bytes:
    """Return the body of an answer."""
    return msgspec.msgpack.encode(found)


def read_answer(body: bytes, box: PictureBox) -> Drawn | Flaw:
    """Return an answer to a job. Raises `ProtocolBroken`, also for one that does not keep to its box."""
    try:
        found = _answers.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise ProtocolBroken(str(error)) from None
    if isinstance(found, Drawn) and not _fits(found, box):
        raise ProtocolBroken("a picture that nobody asked for")
    return found


def _fits(drawn: Drawn, box: PictureBox) -> bool:
    """Return whether a picture is one that the terminal can be given."""
    return (
        drawn.form is box.form
        and drawn.format in FORMATS.values()
        and all(1 <= side <= MOST_SIDE for side in (drawn.width, drawn.height))
        and 1 <= drawn.columns <= box.columns
        and 1 <= drawn.rows <= box.rows
        and 1 <= len(drawn.frames) <= max(1, box.frames)
        and all(0 <= frame.milliseconds <= MOST_MILLISECONDS for frame in drawn.frames)
        and all(_is_of_form(frame.data, drawn) for frame in drawn.frames)
        and (drawn.form is PictureForm.BLOCKS or not box.most_bytes or drawn.size <= box.most_bytes)
    )


def _is_of_form(data: bytes, drawn: Drawn) -> bool:
    match drawn.form:
        case PictureForm.BLOCKS:
            return len(data) == drawn.columns * drawn.rows * 8
        case PictureForm.KITTY:
            return data.startswith(_PNG)
        case PictureForm.SIXEL:
            return re.fullmatch(_SIXEL, data) is not None


def read_length(header: bytes, most: int) -> int:
    """Return the length in the first bytes of a frame. Raises `ProtocolBroken` where it is more than `most`."""
    (length,) = _LENGTH.unpack(header)
    if length > most:
        raise ProtocolBroken(f"a frame of {length} bytes")
    return int(length)


def read_frame(read: Callable[[int], bytes], most: int) -> bytes | None:
    """Return the next frame's body; None at the end. `read` gives some bytes, at most so many, and none at the end."""
    header = _read_exactly(read, HEADER)
    if header is None:
        return None
    return _read_exactly(read, read_length(header, most))


def _read_exactly(read: Callable[[int], bytes], count: int) -> bytes | None:
    pieces: list[bytes] = []
    while count:
        piece = read(count)
        if not piece:
            return None
        pieces.append(piece)
        count -= len(piece)
    return b"".join(pieces)
