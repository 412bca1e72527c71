"""Pictures of every format with something wrong in them; the same seed gives the same pictures."""

from __future__ import annotations

import io
import random
import struct
import zlib
from collections.abc import Callable, Iterator

from PIL import Image

from tui.services.pictures.drawn import PictureBox, PictureForm

BOXES = (
    PictureBox(40, 12, (8, 16), PictureForm.BLOCKS, most_bytes=16_000),
    PictureBox(40, 12, (8, 16), PictureForm.BLOCKS, colors=256),
    PictureBox(40, 12, (10, 20), PictureForm.KITTY, most_bytes=36_000),
    PictureBox(90, 30, (8, 16), PictureForm.KITTY, frames=24),
    PictureBox(60, 20, (8, 16), PictureForm.SIXEL),
)


def _saved(image: Image.Image, name: str, **options: object) -> bytes:
    file = io.BytesIO()
    image.save(file, name, **options)
    return file.getvalue()


def sound_pictures(side: int = 48) -> list[bytes]:
    """A picture of each form that the formats have."""
    ramp = Image.linear_gradient("L").resize((side, side * 3 // 4))
    image = Image.merge("RGB", (ramp, ramp.transpose(Image.Transpose.ROTATE_180), Image.new("L", ramp.size, 90)))
    clear = image.convert("RGBA")
    clear.putalpha(ramp)
    turned = Image.Exif()
    turned[0x0112] = 6
    moving = [image.rotate(20 * step) for step in range(4)]
    several = {"save_all": True, "append_images": moving[1:], "duration": 50}
    return [
        _saved(image, "JPEG"),
        _saved(image, "JPEG", progressive=True, exif=turned),
        _saved(image.convert("CMYK"), "JPEG"),
        _saved(ramp, "JPEG", quality=20),
        _saved(image, "PNG"),
        _saved(clear, "PNG", exif=turned),
        _saved(image.quantize(7), "PNG", bits=4),
        _saved(ramp.convert("I;16"), "PNG"),
        _saved(ramp.convert("1"), "PNG"),
        _saved(moving[0], "PNG", **several),
        _saved(image, "GIF"),
        _saved(moving[0], "GIF", **several),
        _saved(image, "WEBP", quality=40),
        _saved(clear, "WEBP", lossless=True, exif=turned),
        _saved(moving[0], "WEBP", **several),
        _saved(image, "BMP"),
        _saved(image.quantize(16), "BMP"),
        _saved(ramp.convert("1"), "BMP"),
    ]


def _flipped(data: bytearray, rng: random.Random, _others: list[bytes]) -> bytearray:
    for _ in range(rng.choice((1, 1, 2, 8, 40))):
        data[rng.randrange(len(data))] ^= 1 << rng.randrange(8)
    return data


def _cut(data: bytearray, rng: random.Random, _others: list[bytes]) -> bytearray:
    return data[: rng.randrange(len(data))]


def _numbers(data: bytearray, rng: random.Random, _others: list[bytes]) -> bytearray:
    """Sizes and lengths in the first bytes become extreme."""
    for _ in range(rng.choice((1, 1, 3))):
        at = rng.randrange(min(len(data) - 4, 160))
        number = rng.choice((0, 1, 0x7FFF, 0xFFFF, 0x7FFF_FFFF, 0xFFFF_FFFF, 0x0001_86A0, rng.randrange(2**32)))
        data[at : at + 4] = rng.choice((struct.pack(">I", number), struct.pack("<I", number)))
    return data


def _without(data: bytearray, rng: random.Random, _others: list[bytes]) -> bytearray:
    at = rng.randrange(len(data))
    del data[at : at + rng.randrange(1, 200)]
    return data


def _twice(data: bytearray, rng: random.Random, _others: list[bytes]) -> bytearray:
    at, end = sorted(rng.randrange(len(data)) for _ in range(2))
    piece = bytes(data[at:end]) * rng.randrange(1, 12)
    data[at:at] = piece[: 1 << 18]
    return data


def _mixed(data: bytearray, rng: random.Random, others: list[bytes]) -> bytearray:
    other = rng.choice(others)
    return data[: rng.randrange(len(data))] + other[rng.randrange(len(other)) :]


def _noise(data: bytearray, rng: random.Random, _others: list[bytes]) -> bytearray:
    at = rng.randrange(len(data))
    noise = rng.randbytes(rng.randrange(1, 300))
    data[at : at + len(noise)] = noise
    return data


def _checked(data: bytearray, rng: random.Random, others: list[bytes]) -> bytearray:
    """Changed inside, and of a PNG all checksums are right again: the change is read."""
    data = rng.choice((_flipped, _numbers, _noise))(data, rng, others)
    at = 8
    while data.startswith(b"\x89PNG") and at + 12 <= len(data):
        end = at + 8 + int.from_bytes(data[at : at + 4], "big")
        if end + 4 > len(data):
            break
        data[end : end + 4] = struct.pack(">I", zlib.crc32(data[at + 4 : end]))
        at = end + 4
    return data


_WAYS: tuple[Callable[[bytearray, random.Random, list[bytes]], bytearray], ...] = (
    *(_flipped, _cut, _numbers, _numbers, _without, _twice, _mixed, _noise, _checked, _checked),
)


def gif_of_frames(count: int) -> bytes:
    """A GIF of so many frames, each of a few bytes."""
    head = b"GIF89a" + struct.pack("<HHBBB", 64, 64, 0x80, 0, 0) + bytes((200, 30, 30, 30, 30, 200))
    frame = b"\x21\xf9\x04\0\x05\0\0\0\x2c" + struct.pack("<HHHHB", 0, 0, 2, 1, 0) + b"\x02\x02\x44\x54\0"
    return head + frame * count + b"\x3b"


def png_of(width: int, height: int, packed: bytes = b"") -> bytes:
    """A PNG that announces a size, and has next to no pixels."""
    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    chunks = [b"IHDR" + head, b"IDAT" + (packed or zlib.compress(bytes(30))), b"IEND"]
    framed = [struct.pack(">I", len(one) - 4) + one + struct.pack(">I", zlib.crc32(one)) for one in chunks]
    return b"\x89PNG\r\n\x1a\n" + b"".join(framed)


def mutated_pictures(seed: int, count: int) -> Iterator[tuple[bytes, PictureBox]]:
    """Pictures, each with the room that it is drawn in."""
    rng = random.Random(seed)
    sound = [*sound_pictures(), gif_of_frames(300), *sound_pictures(200)]
    for number in range(count):
        data = bytearray(sound[number % len(sound)])
        for _ in range(rng.choice((1, 1, 1, 2, 4))):
            data = rng.choice(_WAYS)(data, rng, sound)
            if len(data) < 8:
                break
        yield bytes(data), BOXES[rng.randrange(len(BOXES))]
