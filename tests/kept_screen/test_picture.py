"""Picture of a screen: what comes out of a file is cells, whatever the file holds."""

import subprocess
import sys
import zlib
from typing import Any

import pyte
from hypothesis import given, settings
from hypothesis import strategies as st
from wcwidth import wcwidth

from tests.support.examples import examples
from tui.kept_screen.picture import MAGIC, MOST_BYTES, KeptPicture, decode, encode, line_of
from tui.terminal.graphemes import clusters, sure

WIDTH, HEIGHT = 24, 3
PLAIN = ("", "", "")
Cell = tuple[str, tuple[str, str, str]]
LOOKS = [PLAIN, ("1", "", ""), ("1;2", "31", ""), ("", "38;2;1;2;3", "48;5;7"), ("", "", "44")]
TEXTS = st.text(
    st.sampled_from("ab  你好é…😀│、　 \u200d\u0301\x1b\n\x9b\u202e")
    | st.characters(codec="utf-8", exclude_categories=["Cs"])
)


def row_of(parts: list[tuple[str, tuple[str, str, str]]], width: int = WIDTH) -> list[Cell]:
    """Cells as a frame has them, from texts in looks."""
    row: list[Cell] = []
    for text, look in parts:
        for cluster, cells in clusters(text):
            if cells and len(row) + cells <= width:
                row += [(cluster, look), *[("", look)] * (cells - 1)]
    return row + [(" ", PLAIN)] * (width - len(row))


def picture_of(*rows: list[Cell], **more: Any) -> KeptPicture:
    return KeptPicture(len(rows[0]), [line_of(row, sure) for row in rows], **more)


ROWS = st.lists(
    st.builds(row_of, st.lists(st.tuples(TEXTS, st.sampled_from(LOOKS)), max_size=6)), min_size=HEIGHT, max_size=HEIGHT
)
PICTURES = st.builds(
    lambda rows, cursor, kept_at, dated: picture_of(
        *rows,
        cursor=cursor,
        conversation=7,
        kept_at=kept_at,
        conditions=b"a\0b\n",
        dated=(1, line_of(rows[0], sure)) if dated else None,
    ),
    ROWS,
    st.none() | st.tuples(st.integers(0, WIDTH - 1), st.integers(0, HEIGHT - 1)),
    st.integers(0, 2**40),
    st.booleans(),
)


def facts(picture: KeptPicture) -> list[object]:
    return [getattr(picture, name) for name in KeptPicture.__slots__]


@given(PICTURES)
@settings(max_examples=examples(200), deadline=None)
def test_a_picture_comes_back_from_its_file(picture: KeptPicture) -> None:
    found = decode(encode(picture))
    assert found is not None
    assert facts(found) == facts(picture)
    assert all(len(row) == WIDTH for row in found.rows)


@given(PICTURES)
@settings(max_examples=examples(200), deadline=None)
def test_a_terminal_shows_its_cells_and_nothing_else(picture: KeptPicture) -> None:
    # pyte gives single characters a width of its own.
    screen = pyte.Screen(WIDTH, HEIGHT)
    screen.reset_mode(7, private=True)
    drawn = picture.painted()
    pyte.ByteStream(screen).feed(drawn)
    for y, row in enumerate(picture.rows):
        if all((len(text) == 1 and wcwidth(text) == 1) or sure(text) for text, _look in row):
            assert "".join(screen.buffer[y][x].data for x in range(WIDTH)) == "".join(text for text, _look in row)
    assert not set(drawn.decode()) & set("\n\x9b\u202e")
    assert (screen.cursor.hidden, picture.cursor) in ((True, None), (False, (screen.cursor.x, screen.cursor.y)))


@given(PICTURES, st.data())
@settings(max_examples=examples(400), deadline=None)
def test_a_file_that_was_changed_gives_cells_or_nothing(picture: KeptPicture, data: st.DataObject) -> None:
    body = bytearray(zlib.decompress(encode(picture)[len(MAGIC) :]))
    for _ in range(data.draw(st.integers(1, 4))):
        at = data.draw(st.integers(0, len(body)))
        body[at : at + data.draw(st.integers(0, 3))] = data.draw(st.binary(max_size=3) | st.sampled_from([b"\x1b[2J"]))
    found = decode(MAGIC + zlib.compress(bytes(body)))
    if found is not None:
        assert all(len(row) == found.width for row in found.rows)
        escapes = found.painted().split(b"\x1b")
        assert all(one.startswith(b"[") and one[1:].lstrip(b"?0123456789;")[:1] in b"mHJlh" for one in escapes[1:])


@given(st.binary())
@settings(max_examples=examples(100), deadline=None)
def test_any_file_is_read_to_its_end(data: bytes) -> None:
    assert decode(data) is None
    assert decode(MAGIC + data) is None
    assert decode(MAGIC + zlib.compress(data)) is None


def test_a_file_that_is_cut_or_too_large_gives_nothing() -> None:
    whole = encode(picture_of(row_of([("hello", PLAIN)])))
    assert decode(whole) is not None
    assert all(decode(whole[:end]) is None for end in range(len(whole)))
    assert decode(whole + b"x") is None
    assert decode(MAGIC + b"x" * MOST_BYTES) is None
    assert decode(MAGIC + zlib.compress(b"0" * (1 << 24))) is None, "it unpacks to a thousand times its size"
    assert decode(b"wxtui screen 0\n" + whole[len(MAGIC) :]) is None, "another format"


def test_a_number_that_the_store_cannot_have_gives_nothing() -> None:
    row = row_of([("hello", PLAIN)])
    assert decode(encode(picture_of(row, conversation=2**63 - 1))) is not None
    assert decode(encode(picture_of(row, conversation=2**63))) is None


def test_what_may_not_be_kept_is_blank() -> None:
    hostile = [("a\x1b[2Jb", PLAIN), ("\x9b", PLAIN), ("\u202e", PLAIN), *[("x", PLAIN)] * (WIDTH - 3)]
    (row,) = picture_of(hostile).rows
    assert "".join(text for text, _look in row) == "   " + "x" * (WIDTH - 3)


def test_the_day_is_said_from_the_next_day_on() -> None:
    today, later = row_of([("as of 09:41", PLAIN)]), row_of([("as of Nov 29 09:41", PLAIN)])
    found = decode(encode(picture_of(today, dated=(0, line_of(later, sure)))))
    assert found is not None
    assert found.rows == [today]
    found.use_date()
    assert found.rows == [later]


def test_blanks_are_jumped_over_but_not_behind_a_cluster_that_may_be_wider() -> None:
    assert b" " * 5 not in picture_of(row_of([("ab", PLAIN)])).painted()
    assert b" " * 5 in picture_of(row_of([("👨\u200d👩\u200d👧", PLAIN)])).painted()


def test_a_cluster_that_a_terminal_draws_narrower_leaves_no_hole() -> None:
    # pyte gives the heart one cell.
    screen = pyte.Screen(WIDTH, HEIGHT)
    pyte.ByteStream(screen).feed(picture_of(row_of([("a❤️❤️b" + "-" * 30, LOOKS[4])])).painted())
    assert {screen.buffer[0][x].bg for x in range(WIDTH)} == {"blue"}


LOADS = """
import os, sys
before = set(sys.modules)
from tui.__main__ import early
early._is_terminal = lambda: True
assert "zlib" not in sys.modules, "commands do without"
early.show([])
assert early.current is None
print(*sorted(set(sys.modules) - before))
"""


def test_little_is_loaded_before_the_picture() -> None:
    done = subprocess.run([sys.executable, "-S", "-c", LOADS], capture_output=True, text=True, check=True)
    loaded = set(done.stdout.split())
    assert "tui.kept_screen.picture" in loaded
    assert loaded <= {
        *("__future__", "gc", "termios", "zlib", "tui", "tui.__main__"),
        *("tui.kept_screen", "tui.kept_screen.conditions", "tui.kept_screen.early", "tui.kept_screen.picture"),
        "tui.paths",
    }
