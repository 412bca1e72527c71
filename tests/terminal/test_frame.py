"""Changed cells: whatever was shown before, a terminal shows the wanted frame afterwards."""

import pyte
from hypothesis import given, settings
from hypothesis import strategies as st
from rich.color import ColorSystem
from rich.segment import Segment
from rich.style import Style
from wcwidth import wcwidth

from tests.examples import examples
from tui.terminal.frame import Frame
from tui.terminal.graphemes import cell_len, clusters, cut, pad, wrap

WIDTH, HEIGHT = 24, 4
STYLES = [
    None,
    Style(),
    Style(bold=True),
    Style.parse("red"),
    Style.parse("bold #102030 on #405060"),
    Style.parse("on blue"),
    Style.parse("dim"),
]
TEXTS = st.text(
    st.sampled_from("ab  你好é…😀│、　 ") | st.characters(codec="utf-8", exclude_categories=["C", "M", "Z"])
)


def fitted(text: str) -> str:
    """Exactly one line, of what has the same width for pyte: single characters, and not half a flag."""
    return pad("".join(one for one, width in clusters(text) if len(one) == 1 and width == wcwidth(one) > 0), WIDTH)


class Terminal:
    def __init__(self) -> None:
        self.screen = pyte.Screen(WIDTH, HEIGHT)
        self.stream = pyte.Stream(self.screen)
        self.frame = Frame(WIDTH, HEIGHT, ColorSystem.TRUECOLOR)

    def show(self, lines: dict[int, list[Segment]], cursor: tuple[int, int] | None = None) -> str:
        text = self.frame.write([(0, y, line) for y, line in lines.items()], cursor, synchronized=True)
        self.stream.feed(text)
        return text

    def cells(self, y: int) -> list[tuple[str, str, str, bool]]:
        row = self.screen.buffer[y]
        return [(row[x].data, row[x].fg, row[x].bg, row[x].bold) for x in range(WIDTH)]


lines = st.builds(
    lambda text, styles, at: [
        Segment("".join(c for c, _ in clusters(text)[:at]), styles[0]),
        Segment("".join(c for c, _ in clusters(text)[at:]), styles[1]),
    ],
    TEXTS.map(fitted),
    st.tuples(st.sampled_from(STYLES), st.sampled_from(STYLES)),
    st.integers(0, WIDTH),
)
frames = st.dictionaries(st.integers(0, HEIGHT - 1), lines, max_size=HEIGHT)


@settings(max_examples=examples(150), deadline=None)
@given(st.lists(frames, min_size=1, max_size=4))
def test_only_changes_are_written_and_the_screen_is_as_if_all_were(several: list[dict[int, list[Segment]]]) -> None:
    changed, whole = Terminal(), Terminal()
    wanted: dict[int, list[Segment]] = {}
    for lines in several:
        wanted |= lines
        changed.show(lines)
    whole.show(wanted)
    for y in range(HEIGHT):
        assert changed.cells(y) == whole.cells(y)
        if y in wanted:
            assert changed.screen.display[y] == "".join(segment.text for segment in wanted[y])
    assert changed.show(wanted) == "", "the same again writes nothing"


def test_a_typed_letter_costs_a_byte() -> None:
    terminal = Terminal()
    terminal.show({0: [Segment(pad("> hell", WIDTH))]}, (6, 0))
    assert terminal.show({0: [Segment(pad("> hello", WIDTH))]}, (7, 0)) == "o"
    assert terminal.show({0: [Segment(pad("> hello你", WIDTH))]}, (9, 0)) == "你"
    assert (terminal.screen.cursor.x, terminal.screen.cursor.y) == (9, 0)


def test_the_cursor_is_hidden_until_it_is_wanted() -> None:
    terminal = Terminal()
    terminal.show({})
    assert terminal.screen.cursor.hidden
    terminal.show({}, (3, 1))
    assert not terminal.screen.cursor.hidden
    assert (terminal.screen.cursor.x, terminal.screen.cursor.y) == (3, 1)


def test_what_a_terminal_may_draw_too_wide_is_drawn_over() -> None:
    """pyte draws a family of three as six cells: its neighbours must be written after it."""
    terminal = Terminal()
    terminal.show({0: [Segment(pad("你好你好abcdef", WIDTH))]})
    terminal.show({0: [Segment(pad("👨‍👩‍👧好你好abcdef", WIDTH))]})
    assert terminal.screen.display[0].rstrip().endswith("好你好abcdef")


def test_without_colours_there_are_none() -> None:
    frame = Frame(WIDTH, HEIGHT, None)
    text = frame.write([(0, 0, [Segment("a", Style.parse("bold red on blue"))])], None, synchronized=False)
    assert text.endswith("\x1b[0;1ma")


@given(st.text(), st.integers(2, 20))
def test_wrapped_lines_fit_and_lose_nothing(text: str, cells: int) -> None:
    text = text.replace("\n", " ")
    pieces = [text[start:end] for start, end in wrap(text, cells)]
    assert "".join(pieces) == text
    for piece in pieces:
        assert cell_len(piece.rstrip(" ")) <= cells or len(clusters(piece)) == 1


@given(st.text(), st.integers(0, 20))
def test_cut_text_fits(text: str, cells: int) -> None:
    assert cell_len(cut(text, cells)) <= cells
    assert cell_len(pad(text, cells)) == cells
