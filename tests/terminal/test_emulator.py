"""The emulator by which the tests of pictures look: what a terminal does, and that it objects to what is wrong."""

from __future__ import annotations

import base64
import io

import pytest
from PIL import Image

from tests.support.emulator_png import sixel_pixels
from tests.support.kitty_images import NUMBERS, PLACEHOLDER, ImagePart
from tests.support.terminal_emulator import Answering, Emulator

MARKS = list(NUMBERS)


def png_of(width: int, height: int, color: str = "red") -> bytes:
    file = io.BytesIO()
    Image.new("RGB", (width, height), color).save(file, "PNG")
    return file.getvalue()


def graphics(control: str, data: bytes = b"") -> bytes:
    return f"\x1b_G{control};{base64.b64encode(data).decode()}\x1b\\".encode()


def cells(row: int, columns: int, image: int = 7) -> bytes:
    """One row of placeholders: its first cell says all, those after it nothing."""
    color = f"\x1b[38;2;0;0;{image}m"
    return f"{color}{PLACEHOLDER}{MARKS[row]}{MARKS[0]}{PLACEHOLDER * (columns - 1)}\x1b[39m".encode()


def test_a_cell_shows_its_part_of_an_image() -> None:
    emulator = Emulator(20, 5)
    emulator.feed(graphics("a=T,U=1,i=7,c=3,r=2,f=100,q=2", png_of(30, 40)))
    emulator.feed(b"\x1b[2;2H" + cells(0, 3) + b"\x1b[3;2H" + cells(1, 3))
    assert emulator.parts() == {(1 + x, 1 + y): ImagePart(7, y, x) for x in range(3) for y in range(2)}
    assert emulator.shown_images() == {7: (1, 1, 3, 2)}
    assert emulator.objections() == []
    assert emulator.due() == [], "q=2: no answer"
    emulator.feed(b"\x1b[2;3Hx")
    assert (2, 1) not in emulator.parts()
    assert emulator.parts()[3, 1] == ImagePart(7, 0, 0), "nothing to the left from which it could follow"
    emulator.feed(graphics("a=d,d=I,i=7,q=2"))
    assert "which the terminal does not have" in emulator.objections()[0]


def test_the_high_byte_of_an_id_is_the_third_mark() -> None:
    emulator = Emulator(20, 5)
    number = 0x2A000009
    emulator.feed(graphics(f"a=T,U=1,i={number},c=2,r=1,f=100,q=2", png_of(20, 20)))
    emulator.feed(f"\x1b[38:2::0:0:9m{PLACEHOLDER}{MARKS[0]}{MARKS[0]}{MARKS[0x2A]}{PLACEHOLDER}".encode())
    assert emulator.parts() == {(0, 0): ImagePart(number, 0, 0), (1, 0): ImagePart(number, 0, 1)}


def in_pieces(data: bytes, control: str) -> bytes:
    text = base64.b64encode(data).decode()
    first, second = text[:4000], text[4000:]
    return f"\x1b_G{control},m=1;{first}\x1b\\\x1b_Gm=0;{second}\x1b\\".encode()


@pytest.mark.parametrize(
    ("written", "objection"),
    [
        (cells(0, 1), "a cell shows image 7, which the terminal does not have"),
        (graphics("a=t,i=7,f=100,q=2", png_of(1, 1)) * 2, "image 7 sent twice"),
        (graphics("a=t,i=7,f=100,q=2", png_of(1, 1)) + cells(0, 1), "no virtual placement"),
        (graphics("a=T,U=1,c=1,r=1,i=7,f=100,q=2", png_of(1, 1)) + cells(1, 1), "outside of 1 x 1"),
        (graphics("a=t,i=7,f=100,q=2", b"GIF89a"), "not the PNG"),
        (graphics("a=t,i=7,f=100,q=2,m=1", png_of(1, 1)), "the last piece did not come"),
        (graphics("a=p,U=1,i=7,c=1,r=1"), "a placement of image 7"),
        (graphics("a=T,i=7,f=100,q=2,c=1,r=1", png_of(1, 1)), "placed on cells"),
        (b"\x1b_Ga=t,i=7;AAAA", "a sequence without an end"),
        (b"\x1b_Ga=t,i=7;AAAA\x1b[mtext", "a sequence that breaks off"),
        (b"\x1b[?9999h", "unknown mode 9999"),
        (b"\x1b[1;2y", "unknown control"),
        (b"\x1bPq#0;2;0;0;0~\x1b\\", "sixel for a terminal that has none"),
        (b"\x1bPtmux;\x1b\x1b[m\x1b\\", "where no tmux is"),
        (b"\x1b[c62;c", "an answer stands on the screen"),
    ],
)
def test_it_objects(written: bytes, objection: str) -> None:
    emulator = Emulator(20, 5)
    emulator.feed(written)
    assert any(objection in found for found in emulator.objections()), emulator.objections()


def test_what_is_wrapped_for_tmux_reaches_the_terminal_where_that_is_allowed() -> None:
    data = bytes(range(256)) * 20
    commands = in_pieces(b"\x89PNG\r\n\x1a\n" + data, "a=T,U=1,c=1,r=1,i=7,f=100,q=2").split(b"\x1b\\")[:-1]
    wrapped = b"".join(b"\x1bPtmux;" + (one + b"\x1b\\").replace(b"\x1b", b"\x1b\x1b") + b"\x1b\\" for one in commands)
    open_, shut = Emulator(20, 5, tmux=True), Emulator(20, 5, tmux=True, passthrough=False)
    for emulator in (open_, shut):
        for at in range(0, len(wrapped), 1000):
            emulator.feed(wrapped[at : at + 1000])
    assert open_.images[7].data.endswith(data)
    assert open_.images[7].grid == (1, 1)
    assert not shut.images
    assert open_.objections() == shut.objections() == []


def test_ghostty_frees_images_with_the_screen_and_kitty_keeps_them() -> None:
    for kind, kept in (("kitty", [7]), ("ghostty", [])):
        emulator = Emulator(20, 5, kind)
        emulator.feed(b"\x1b[?1049h" + graphics("a=T,U=1,c=1,r=1,i=7,f=100,q=2", png_of(1, 1)))
        assert emulator.images_left == [7]
        emulator.feed(b"\x1b[H\x1b[2J")
        assert list(emulator.images) == kept
        emulator.feed(b"\x1b[?1049l")
        assert (list(emulator.images), emulator.images_left) == ([], kept)


def test_it_answers_as_the_terminal_that_it_is() -> None:
    asked = b"\x1b[>q\x1b[c\x1b[16t\x1b[?2026$p\x1b[?u" + graphics("a=q,i=1,s=1,v=1,f=24", b"abc")
    kitty = Emulator(20, 5)
    kitty.feed(asked)
    assert kitty.due() == [
        b"\x1bP>|kitty(0.35.0)\x1b\\", b"\x1b[?62;c", b"\x1b[6;20;10t", b"\x1b[?2026;2$y", b"\x1b[?0u",
        b"\x1b_Gi=1;OK\x1b\\",
    ]  # fmt: skip
    silent, late = Emulator(20, 5, "silent"), Emulator(20, 5, answering=Answering.LATE)
    for emulator in (silent, late):
        emulator.feed(asked)
        assert emulator.due() == []
    assert late.patience < 1 < silent.patience


def test_sixel_stands_where_the_cursor_was_until_text_covers_it() -> None:
    emulator = Emulator(20, 5, "sixel")
    body = '"1;1;20;24#1;2;100;0;0!20~-!20~-!20~-!10~#2;2;0;0;100!10~'
    emulator.feed(f"\x1b[2;3H\x1bP0;1q{body}\x1b\\".encode())
    assert [(one.x, one.y, one.columns, one.rows, len(one.cells)) for one in emulator.sixels] == [(2, 1, 2, 2, 4)]
    pixels = sixel_pixels(body)
    assert (pixels.size, pixels.getpixel((0, 23)), pixels.getpixel((19, 23))) == (
        (20, 24), (255, 0, 0, 255), (0, 0, 255, 255),
    )  # fmt: skip
    emulator.feed(b"\x1b[2;3Hx\x1b[3;1H\x1b[K")
    assert [one.cells for one in emulator.sixels] == [{(3, 1)}]
    emulator.feed(b"\x1b[H\x1b[2J")
    assert emulator.sixels == []
    assert emulator.objections() == []
