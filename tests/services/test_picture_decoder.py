"""The child process that decodes pictures: what it draws, and what becomes of pictures that cannot be drawn."""

from __future__ import annotations

import io
import struct
import zlib
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from PIL import Image

from tui import errors
from tui.services.pictures.child.fitting import fitted
from tui.services.pictures.decoder import Decoder
from tui.services.pictures.drawn import Drawn, PictureBox, PictureForm

CELL = (8, 16)
BLOCKS = PictureBox(40, 12, CELL, PictureForm.BLOCKS)
KITTY = PictureBox(40, 12, CELL, PictureForm.KITTY)
SIXEL = PictureBox(40, 12, CELL, PictureForm.SIXEL)
RED, BLUE = (200, 30, 30), (30, 30, 200)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def decoder() -> AsyncIterator[Decoder]:
    decoder = Decoder()
    yield decoder
    await decoder.close()


pytestmark = pytest.mark.asyncio(loop_scope="module")


def halves(width: int = 64, height: int = 64, mode: str = "RGB") -> Image.Image:
    """Red above, blue below."""
    image = Image.new("RGB", (width, height), RED)
    image.paste(BLUE, (0, height // 2, width, height))
    return image.convert(mode)


def saved(image: Image.Image, name: str, **options: object) -> bytes:
    file = io.BytesIO()
    image.save(file, name, **options)
    return file.getvalue()


def near(color: tuple[int, ...], wanted: tuple[int, ...]) -> bool:
    return all(abs(one - other) < 12 for one, other in zip(color, wanted, strict=True))


def pixel(drawn: Drawn, x: int, y: int) -> tuple[int, ...]:
    at = (y * drawn.columns + x) * 4
    return tuple(drawn.frames[0].data[at : at + 4])


@pytest.mark.parametrize("name", ["JPEG", "PNG", "GIF", "WEBP", "BMP"])
async def test_pictures_of_every_format_are_drawn_as_half_blocks(decoder: Decoder, name: str) -> None:
    drawn = await decoder.draw(saved(halves(), name), BLOCKS)
    assert (drawn.format.upper(), drawn.width, drawn.height, drawn.columns, drawn.rows) == (name, 64, 64, 24, 12)
    assert len(drawn.frames[0].data) == 24 * 24 * 4
    assert near(pixel(drawn, 3, 0), (*RED, 255)) and near(pixel(drawn, 3, 23), (*BLUE, 255))


async def test_kitty_gets_a_png_and_sixel_its_string(decoder: Decoder) -> None:
    drawn = await decoder.draw(saved(halves(), "BMP"), KITTY)
    assert Image.open(io.BytesIO(drawn.frames[0].data)).convert("RGB").getpixel((5, 60)) == BLUE
    body = (await decoder.draw(saved(halves(6, 12), "PNG"), SIXEL)).frames[0].data
    assert body.startswith(b'0;1;0q"1;1;6;12#') and body.endswith(b"!6~$-")


def png_of(width: int, height: int) -> bytes:
    """A PNG that only announces its size."""
    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    chunks = [b"IHDR" + head, b"IDAT" + zlib.compress(bytes(30)), b"IEND"]
    framed = [struct.pack(">I", len(one) - 4) + one + struct.pack(">I", zlib.crc32(one)) for one in chunks]
    return b"\x89PNG\r\n\x1a\n" + b"".join(framed)


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (b"", "the file is empty"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "it is not a picture that wxtui can read"),
        (b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n", "it is not a picture that wxtui can read"),
        (png_of(100_000, 1), "100000 × 1 pixels are too many"),
        (png_of(60_000, 60_000), "60000 × 60000 pixels are too many"),
        (png_of(90, 90), "most of the file is missing"),
        (saved(halves(), "JPEG")[:330], "it is not a picture that wxtui can read"),
    ],
)
async def test_what_cannot_be_shown_says_why(decoder: Decoder, data: bytes, why: str) -> None:
    with pytest.raises(errors.PictureUnusable) as found:
        await decoder.draw(data, BLOCKS)
    assert str(found.value) == f"This picture cannot be shown: {why}."


@pytest.mark.parametrize(
    ("size", "form", "cell", "enlarge", "expected"),
    [
        ((1600, 1200), PictureForm.BLOCKS, (8, 16), 1.0, (32, 12, 32, 24)),
        ((120, 90), PictureForm.BLOCKS, (8, 16), 1.0, (32, 12, 32, 24)),
        ((3, 3), PictureForm.BLOCKS, (8, 16), 1.0, (3, 2, 3, 3)),
        ((120, 90), PictureForm.KITTY, (8, 16), 1.0, (15, 6, 120, 90)),
        ((120, 90), PictureForm.KITTY, (8, 16), 2.0, (30, 12, 120, 90)),
        ((120, 90), PictureForm.KITTY, (20, 40), 1.0, (15, 6, 120, 90)),
        ((1600, 1200), PictureForm.SIXEL, (8, 16), 1.0, (32, 12, 256, 192)),
        ((60_000, 1), PictureForm.KITTY, (8, 16), 1.0, (40, 1, 320, 1)),
        ((1, 60_000), PictureForm.BLOCKS, (8, 16), 1.0, (1, 12, 1, 24)),
    ],
)
async def test_a_picture_keeps_its_shape_and_stays_in_its_box(
    size: tuple[int, int], form: PictureForm, cell: tuple[int, int], enlarge: float, expected: tuple[int, ...]
) -> None:
    fit = fitted(*size, PictureBox(40, 12, cell, form, enlarge=enlarge))
    assert (fit.columns, fit.rows, fit.width, fit.height) == expected
