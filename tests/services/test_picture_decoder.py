"""The child process that decodes pictures: what it draws, and what becomes of pictures that cannot be drawn."""

from __future__ import annotations

import io
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from PIL import Image

from tests.support.mutated_pictures import gif_of_frames, mutated_pictures, png_of
from tui import errors
from tui.services.pictures.child.fitting import fitted
from tui.services.pictures.child_protocol import MOST_FRAMES
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


async def test_damaged_pictures_are_drawn_or_refused_with_a_sentence(decoder: Decoder) -> None:
    fates = {"drawn": 0, "refused": 0}
    for data, box in mutated_pictures(seed=12, count=300):
        try:
            drawn = await decoder.draw(data, box)
        except errors.PictureUnusable as error:
            assert str(error).startswith("This picture cannot be shown: ")
            fates["refused"] += 1
        else:
            assert 0 < drawn.columns <= box.columns and 0 < drawn.rows <= box.rows and drawn.frames
            fates["drawn"] += 1
    assert min(fates.values()) > 50
    assert decoder.children <= 2, "none of them ended the child; it was replaced for its age"


async def test_of_what_moves_only_so_many_frames_are_looked_at(decoder: Decoder) -> None:
    film = gif_of_frames(10_000)
    assert (await decoder.draw(film, KITTY)).more_frames
    drawn = await decoder.draw(film, PictureBox(40, 12, CELL, PictureForm.KITTY, frames=1000))
    assert len(drawn.frames) == MOST_FRAMES and drawn.more_frames and drawn.frames[0].milliseconds == 50


async def test_fewer_colours_and_then_fewer_pixels_keep_to_the_bytes(decoder: Decoder) -> None:
    noise = saved(Image.effect_noise((400, 300), 90).convert("RGB"), "PNG")
    for form in PictureForm:
        for most in (20_000, 3_000):
            drawn = await decoder.draw(noise, PictureBox(40, 12, CELL, form, most_bytes=most))
            assert 0 < drawn.size <= most and (drawn.columns, drawn.rows) <= (32, 12)


async def test_a_picture_lies_as_its_camera_was_held_and_stays_clear(decoder: Decoder) -> None:
    turned = Image.Exif()
    turned[0x0112] = 6
    drawn = await decoder.draw(saved(halves(64, 32), "JPEG", exif=turned), BLOCKS)
    assert (drawn.width, drawn.height) == (32, 64)
    right, left = pixel(drawn, drawn.columns - 1, 5), pixel(drawn, 0, 5)
    assert near(right, (*RED, 255)) and near(left, (*BLUE, 255))
    clear = halves(64, 64, "RGBA")
    clear.paste((0, 0, 0, 0), (0, 0, 32, 64))
    for box in (BLOCKS, PictureBox(40, 12, CELL, PictureForm.BLOCKS, colors=256)):
        drawn = await decoder.draw(saved(clear, "PNG"), box)
        assert (pixel(drawn, 2, 2)[3], pixel(drawn, drawn.columns - 2, 2)[3]) == (0, 255)
