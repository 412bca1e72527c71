"""Pictures as cells: half blocks and placeholders, and the bytes that they cost on the screen."""

from __future__ import annotations

import random

import pyte
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rich.color import ColorSystem
from rich.segment import Segment
from rich.style import Style
from textual.strip import Strip

from tests.support.examples import examples
from tests.support.kitty_images import ImagePart
from tests.support.terminal_emulator import Emulator
from tui.terminal.frame import Frame
from tui.terminal.graphemes import HOLE
from tui.terminal.graphics.half_blocks import MOST_BYTES, MOST_CELLS, block_strips
from tui.terminal.graphics.placeholders import placeholder_strips

RED, BLUE, CLEAR = b"\xff\0\0\xff", b"\0\0\xff\xff", bytes(4)


def shown(strips: list[Strip], colors: ColorSystem = ColorSystem.TRUECOLOR, around: int = 4) -> tuple[str, pyte.Screen]:
    """What a frame writes for a picture in the middle of a screen of text, and the screen."""
    width, height = strips[0].cell_length + 2 * around, len(strips) + 2
    frame, screen = Frame(width, height, colors), pyte.Screen(width, height)
    stream = pyte.Stream(screen)
    stream.feed(frame.write([(0, y, [Segment("x" * width)]) for y in range(height)], None, synchronized=False))
    text = frame.write([(around, 1 + y, list(strip)) for y, strip in enumerate(strips)], None, synchronized=False)
    stream.feed(text)
    return text, screen


def test_two_pixels_are_a_cell_and_what_is_not_there_is_the_terminals_own() -> None:
    pixels = RED + RED + RED + CLEAR + CLEAR + BLUE + RED + CLEAR + BLUE + CLEAR
    _text, screen = shown(block_strips(pixels, 5, 1)[0])
    row = [screen.buffer[1][4 + x] for x in range(5)]
    assert [cell.data for cell in row[1:]] == [" ", "▀", "▄", " "]
    assert (row[0].data, row[0].fg, row[0].bg) in [("▀", "ff0000", "0000ff"), ("▄", "0000ff", "ff0000")]
    assert row[1].bg == "ff0000", "equal pixels are a blank: no character to be drawn"
    assert (row[2].fg, row[2].bg) == ("ff0000", "default")
    assert (row[3].fg, row[3].bg) == ("0000ff", "default")
    assert row[4].bg == "default"


def test_in_256_colours_near_pixels_are_one() -> None:
    pixels = b"".join(bytes((200 + x % 3, 100, 50, 255)) for x in range(20))
    text, screen = shown(block_strips(pixels, 10, 1, colors=256)[0], ColorSystem.EIGHT_BIT)
    assert {screen.buffer[1][4 + x].data for x in range(10)} == {" "}
    assert text.count("48;5;") == 1 and "38;2;" not in text


@pytest.mark.parametrize("colors", [0, 256])
@pytest.mark.parametrize(("columns", "rows"), [(57, 12), (MOST_CELLS // 2, 2), (20, 34)])
def test_noise_costs_no_more_than_is_allowed(columns: int, rows: int, colors: int) -> None:
    noise = random.Random(columns)
    pixels = b"".join(noise.randbytes(3) + b"\xff" for _ in range(columns * rows * 2))
    strips, most = block_strips(pixels, columns, rows, colors)
    text, _screen = shown(strips, ColorSystem.EIGHT_BIT if colors else ColorSystem.TRUECOLOR)
    assert len(text.encode()) <= most <= MOST_BYTES


# ---------------------------------------------------------------- written over cells


def test_cells_left_free_keep_a_picture_until_they_show_something_else() -> None:
    emulator, frame = Emulator(24, 6, "sixel", cell=(10, 20)), Frame(24, 6, ColorSystem.TRUECOLOR)
    hole = Segment(HOLE * 8)

    def show(*lines: Segment) -> str:
        text = frame.write([(2, 1 + y, [line]) for y, line in enumerate(lines)], (0, 5), synchronized=False)
        emulator.feed(text.encode())
        return text

    show(hole, hole)
    assert frame.is_hole(2, 1, 8, 2) and not frame.is_hole(2, 1, 9, 2) and not frame.is_hole(2, 5, 8, 2)
    emulator.feed(b'\x1b7\x1b[2;3H\x1bPq"1;1;80;40#0;2;100;0;0~\x1b\\\x1b8')
    assert len(emulator.sixels) == 1 and (emulator.cursor.x, emulator.cursor.y) == (0, 5)
    assert show(hole, hole) == "" and len(emulator.sixels[0].cells) == 16, "what stays is not written"
    blank = Segment(" " * 8)
    show(blank, blank)
    assert emulator.sixels == [], "a blank in its place takes it away"


# ---------------------------------------------------------------- placeholders


IMAGE = 0x123456


def test_a_placeholder_row_costs_little_more_than_its_cells() -> None:
    text, _screen = shown(placeholder_strips(IMAGE, 40, 12))
    assert len(text.encode()) < 12 * 40 * 4 + 12 * 40


@st.composite
def layouts(draw: st.DrawFn) -> list[tuple[int, int, int, int]]:
    """Pictures (x, y, columns, rows), one after the other over what is there; columns 0: a line of text."""
    return [
        (draw(st.integers(-3, 20)), draw(st.integers(0, 5)), draw(st.integers(0, 12)), draw(st.integers(1, 4)))
        for _ in range(draw(st.integers(1, 6)))
    ]


@settings(max_examples=examples(60), deadline=None)
@given(layouts(), st.booleans(), st.sampled_from([ColorSystem.TRUECOLOR, ColorSystem.EIGHT_BIT]))
def test_each_cell_shows_its_part_whatever_was_drawn_over_it(
    pictures: list[tuple[int, int, int, int]], inherits: bool, colors: ColorSystem
) -> None:
    emulator = Emulator(24, 6)
    frame = Frame(24, 6, colors, inherits=inherits)
    wanted: dict[tuple[int, int], ImagePart] = {}
    for n, (x, y, columns, rows) in enumerate(pictures):
        number = IMAGE + n
        if columns:
            strips = [list(strip) for strip in placeholder_strips(number, columns, rows)]
        else:
            strips = [[Segment("ab你好…c", Style(bold=True))]]
        emulator.feed(
            frame.write([(x, y + row, strip) for row, strip in enumerate(strips)], None, synchronized=False).encode()
        )
        for row in range(len(strips)):
            for column in range(columns or 8):
                wanted.pop((x + column, y + row), None)
                if columns and 0 <= x + column < 24 and y + row < 6:
                    wanted[x + column, y + row] = ImagePart(number, row, column)
    assert emulator.parts() == wanted
