"""Changed cells: whatever was shown before, a terminal shows the wanted frame afterwards."""

import re
import socket
from collections.abc import Callable
from pathlib import Path

import pyte
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rich.color import ColorSystem
from rich.segment import Segment
from rich.style import Style
from wcwidth import wcwidth

from tests.support.examples import examples
from tui.kept_screen.picture import KeptPicture, line_of
from tui.terminal.frame import Frame
from tui.terminal.graphemes import cell_len, clusters, crop, cut, pad, spill, sure, wrap
from tui.terminal.hyperlinks import LinkReach, file_url, link_reach, opening, takes_links

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


@settings(max_examples=examples(50), deadline=None)
@given(frames, frames)
def test_a_frame_begins_from_a_kept_screen(before: dict[int, list[Segment]], after: dict[int, list[Segment]]) -> None:
    kept, whole = Terminal(), Terminal()
    kept.show(before, (3, 1))
    kept.frame = begun = Frame(WIDTH, HEIGHT, ColorSystem.TRUECOLOR, picture=picture_of(kept.frame))
    assert begun.cells() == picture_of(begun).rows
    assert kept.show(before, (3, 1)) == "", "what stands there already is not written"
    assert begun.shows([(0, y, line) for y, line in before.items()], 0, 0, WIDTH, HEIGHT)
    kept.show(after)
    whole.show(before | after)
    assert [kept.cells(y) for y in range(HEIGHT)] == [whole.cells(y) for y in range(HEIGHT)]
    assert begun.shows([(0, y, line) for y, line in after.items()], 2, 1, 9, 2)
    assert not begun.shows([(0, 1, [Segment(pad("another", WIDTH), Style(bold=True))])], 5, 1, 2, 1)


def picture_of(frame: Frame) -> KeptPicture:
    return KeptPicture(frame.width, [line_of(row, sure) for row in frame.cells()], cursor=frame.cursor)


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


# ---------------------------------------------------------------- widths that terminals do not agree about

UNSURE = [
    "\u2764\ufe0f", "1\ufe0f\u20e3", "\u260e\ufe0f", "\u203c\ufe0f", "👋\U0001f3fd", "👨\u200d👩\u200d👧",
    "👩\U0001f3fe\u200d🚀", "🇨🇳", "😀", "…", "“", "●", "①", "e\u0301", "ก็", "हि", "\u1100\u1161\u11a8", "葛\U000e0100",
    "\U0001fae9", "\u0378", "🏴\U000e0067\U000e0062\U000e0065\U000e007f",
]  # fmt: skip
"""Emoji with selectors, skin tones, joiners and tags, keycaps, flags, ambiguous width, marks, jamo, new, unassigned."""


def split(cluster: str) -> list[tuple[str, int]]:
    """Each character by itself, as a terminal does that knows nothing of clusters."""
    return [(char, 2 if char in "\u200d\ufe0f" else max(1, wcwidth(char))) for char in cluster]


def merged(cluster: str) -> list[tuple[str, int]]:
    """tmux 3.3a and screen: the C library's widths, and what has none joins the character before."""
    glyphs: list[tuple[str, int]] = []
    for char in cluster:
        # wcwidth counts half a flag as two cells, the C library as one.
        width = 1 if "\U0001f1e6" <= char <= "\U0001f1ff" else max(0, wcwidth(char))
        if width or not glyphs:
            glyphs.append((char, width))
        else:
            glyphs[-1] = (glyphs[-1][0] + char, glyphs[-1][1])
    return glyphs


OPINIONS: dict[str, Callable[[str], list[tuple[str, int]]]] = {
    "as we": lambda cluster: [(cluster, cell_len(cluster))],
    "narrow": lambda cluster: [(cluster, 1)],
    "wide": lambda cluster: [(cluster, 2)],
    "without a cell": lambda cluster: [(cluster, 0)],
    "split": split,
    "merged": merged,
}


class Opinionated:
    """A terminal with its own opinion about the width of what is not sure; a cell that a wide glyph covers is ""."""

    def __init__(
        self, opinion: Callable[[str], list[tuple[str, int]]], width: int = WIDTH, height: int = HEIGHT
    ) -> None:
        self.rows = [[" "] * width for _ in range(height)]
        self.width, self.x, self.y = width, 0, 0
        self.opinion = opinion

    def feed(self, text: str) -> None:
        for plain, number, final, control in re.findall(r"([^\x1b\r\n\b]+)|\x1b\[([\d;?]*)([A-Za-z])|([\r\n\b])", text):
            if plain:
                for cluster, width in clusters(plain):
                    for glyph, cells in [(cluster, width)] if sure(cluster) else self.opinion(cluster):
                        self.put(glyph, cells)
            elif control:
                self.x = {"\r": 0, "\n": self.x, "\b": self.x - 1}[control]
                self.y += control == "\n"
            else:
                self.control(number, final)

    def control(self, number: str, final: str) -> None:
        match final:
            case "H":
                self.y, self.x = (int(one) - 1 for one in (number or "1;1").split(";"))
            case "G":
                self.x = int(number) - 1
            case "C":
                self.x += int(number or 1)
            case "K":
                for x in range(self.x, self.width):
                    self.clear(x)
            case "J":
                self.rows = [[" "] * self.width for _ in self.rows]
            case _:
                assert final in "mhl"

    def clear(self, x: int) -> None:
        row = self.rows[self.y]
        if row[x] == "":
            start = max(at for at in range(x) if row[at] != "")
            row[start:x] = [" "] * (x - start)
        row[x] = " "
        at = x + 1
        while at < self.width and row[at] == "":
            row[at] = " "
            at += 1

    def put(self, glyph: str, cells: int) -> None:
        row = self.rows[self.y]
        if not cells:
            if self.x:
                at = max(at for at in range(self.x) if row[at] != "")
                row[at] += glyph
            return
        x = min(self.x, self.width - 1)
        if x + cells > self.width:
            # As GNU screen does without line wrap; the others drop it.
            assert self.opinion is not merged, "a part would stand in the next row"
            return
        for at in range(x, x + cells):
            self.clear(at)
        row[x : x + cells] = [glyph] + [""] * (cells - 1)
        self.x = x + cells


def check_row(row: list[str], wanted: str) -> None:
    """Sure cells are right, and no cell holds what is not wanted at or shortly before it."""
    found: list[tuple[str, int, int]] = []
    at = 0
    for cluster, width in clusters(wanted):
        found.append((cluster, at, width))
        at += width
    for number, (cluster, at, width) in enumerate(found):
        following = found[number + 1][0] if number + 1 < len(found) else ""
        for x in range(at, at + width):
            cell = row[x]
            if sure(cluster):
                # What has no cell of its own in this terminal hangs on the letter before.
                hung = ("",) if sure(following) else ("", following, following[:1])
                assert cell in ([cluster + one for one in hung] if x == at else [""]), (x, row, wanted)
            else:
                near = "".join(one for one, start, cells in found if start - 2 <= x <= start + cells + spill(one))
                assert cell.strip() in near, (x, row, wanted)


mixed = st.lists(st.sampled_from([*UNSURE, "a", "b", "c", "x", " ", "  ", "你", "好", "    ", "mno"]), max_size=14).map(
    lambda parts: pad("".join(parts), WIDTH)
)


@settings(max_examples=examples(150), deadline=None)
@given(st.lists(st.tuples(st.dictionaries(st.integers(0, HEIGHT - 1), mixed), st.integers(0, WIDTH)), max_size=5))
def test_whatever_width_a_terminal_gives_a_cluster_nothing_old_stays(
    several: list[tuple[dict[int, str], int]],
) -> None:
    for opinion in OPINIONS.values():
        terminal, frame = Opinionated(opinion), Frame(WIDTH, HEIGHT, ColorSystem.TRUECOLOR)
        wanted = dict.fromkeys(range(HEIGHT), " " * WIDTH)
        for lines, x in several:
            for y, line in lines.items():
                # Part of a row, as a widget beside another one draws it.
                left, right = crop(wanted[y], 0, x), crop(line, x, WIDTH)
                wanted[y] = left + right
                terminal.feed(frame.write([(x, y, [Segment(right)])], None, synchronized=False))
            for y, line in wanted.items():
                check_row(terminal.rows[y], line)


# ---------------------------------------------------------------- beyond the edges


@settings(max_examples=examples(200), deadline=None)
@given(
    st.integers(0, 12),
    st.integers(0, 4),
    st.lists(st.tuples(st.integers(-15, 15), st.integers(-6, 6), mixed.map(str.rstrip)), max_size=6),
)
def test_strips_beyond_every_edge_are_cut(width: int, height: int, strips: list[tuple[int, int, str]]) -> None:
    frame = Frame(width, height, ColorSystem.TRUECOLOR)
    text = frame.write([(x, y, [Segment(line)]) for x, y, line in strips], (3, 3), synchronized=False)
    assert [len(row) for row in frame._rows] == [width] * height
    if not width or not height:
        return
    terminal = Opinionated(OPINIONS["as we"], width, height)
    terminal.feed(text)
    wanted = dict.fromkeys(range(height), " " * width)
    for x, y, line in strips:
        inner = crop(line, max(0, -x), width - x)
        if 0 <= y < height and inner:
            at = max(0, x)
            wanted[y] = crop(wanted[y], 0, at) + inner + crop(wanted[y], at + cell_len(inner), width)
    for y, line in wanted.items():
        check_row(terminal.rows[y], line)


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


# ---------------------------------------------------------------- links

LINK = re.compile("\x1b\\]8;([^;]*);([^\x1b]*)\x1b\\\\")


class LinkScreen(pyte.Screen):
    """Terminal with links: a cell that leads somewhere blinks, which no style of ours does."""

    link = ""

    def select_graphic_rendition(self, *attributes: int, **kwargs: bool) -> None:
        super().select_graphic_rendition(*attributes, **kwargs)
        self.follow(self.link)

    def follow(self, link: str) -> None:
        self.link = link
        self.cursor.attrs = self.cursor.attrs._replace(blink=bool(link))


class LinkTerminal:
    def __init__(self) -> None:
        self.screen = LinkScreen(WIDTH, HEIGHT)
        self.stream = pyte.Stream(self.screen)
        self.frame = Frame(WIDTH, HEIGHT, ColorSystem.TRUECOLOR, links=True)

    def show(self, lines: dict[int, list[Segment]]) -> str:
        text = self.frame.write([(0, y, line) for y, line in lines.items()], None, synchronized=True)
        at = 0
        for match in LINK.finditer(text):
            self.stream.feed(text[at : match.start()])
            self.screen.follow(match[2])
            at = match.end()
        self.stream.feed(text[at:])
        assert self.screen.link == "", "nothing that is written later belongs to a link"
        return text

    def linked(self, y: int) -> str:
        row = self.screen.buffer[y]
        return "".join("^" if row[x].blink else "." for x in range(WIDTH))


LINK_STYLES = [Style(), Style(bold=True), Style(link="https://a.example/"), Style(link="https://b.example/", bold=True)]
words = st.lists(st.tuples(st.text("ab  ", max_size=9), st.sampled_from(LINK_STYLES)), max_size=5)


@settings(max_examples=examples(100), deadline=None)
@given(st.lists(st.dictionaries(st.integers(0, HEIGHT - 1), words, max_size=HEIGHT), min_size=1, max_size=4))
def test_cells_of_a_link_and_no_others_lead_somewhere(several: list[dict[int, list[tuple[str, Style]]]]) -> None:
    terminal = LinkTerminal()
    wanted: dict[int, str] = {}
    for lines in several:
        shown = {}
        for y, parts in lines.items():
            segments = [Segment(text, style) for text, style in parts]
            room = WIDTH - sum(len(text) for text, _style in parts)
            if room < 0:
                continue
            shown[y] = [*segments, Segment(" " * room, Style())]
            wanted[y] = "".join(("^" if style.link else ".") * len(text) for text, style in parts) + "." * room
        terminal.show(shown)
    assert {y: terminal.linked(y) for y in wanted} == wanted
    assert terminal.show({}) == ""


def test_a_wrapped_link_has_one_id_and_a_key_beside_it_costs_no_byte_more() -> None:
    terminal = LinkTerminal()
    url = "https://example.org/long"
    lead = Style(link=url, underline=True)
    text = terminal.show({0: [Segment("x" * WIDTH, lead)], 1: [Segment("y" * 4, lead), Segment(" " * (WIDTH - 4))]})
    assert {match[1] for match in LINK.finditer(text) if match[2]} == {"id=w"}
    assert {match[2] for match in LINK.finditer(text) if match[2]} == {url}
    typed = [Segment("y" * 4, lead), Segment("z" + " " * (WIDTH - 5))]
    plain = Terminal()
    plain.show({1: [Segment("y" * 4, Style(underline=True)), Segment(" " * (WIDTH - 4))]})
    assert len(terminal.show({1: typed})) <= len(plain.show({1: typed})) + 3


@pytest.mark.parametrize(
    "url",
    [
        "javascript:alert(1)",
        "https://a.example/\x1b\\x",
        "https://a.example/\x07",
        "https://a b",
        "x-y://z",
        "https://é",
        "https://a.example/" + "x" * 3000,
    ],
)
def test_no_terminal_is_given_an_address_that_is_not_plain(url: str) -> None:
    assert opening(url) == ""
    frame = Frame(WIDTH, HEIGHT, None, links=True)
    assert "]8;" not in frame.write([(0, 0, [Segment("x", Style(link=url))])], None, synchronized=True)


def test_without_links_no_style_writes_one() -> None:
    frame = Frame(WIDTH, HEIGHT, None)
    assert "]8;" not in frame.write([(0, 0, [Segment("x", Style(link="https://a.example"))])], None, synchronized=True)


def test_thousands_of_addresses_are_not_kept() -> None:
    terminal = LinkTerminal()
    for number in range(1200):
        terminal.show({number % HEIGHT: [Segment("x" * WIDTH, Style(link=f"https://a.example/{number}"))]})
    assert len(terminal.frame._styles) <= 500
    assert terminal.linked(0) == "^" * WIDTH


@pytest.mark.parametrize(
    ("environ", "reach"),
    [
        ({"TERM": "xterm-256color"}, LinkReach.TERMINAL),
        ({"TERM": "xterm-kitty"}, LinkReach.TERMINAL),
        ({"TERM": "xterm-256color", "VTE_VERSION": "7600"}, LinkReach.TERMINAL),
        ({"TERM": "xterm-256color", "VTE_VERSION": "4801"}, LinkReach.NOWHERE),
        ({"TERM": "xterm-256color", "TERM_PROGRAM": "Apple_Terminal"}, LinkReach.NOWHERE),
        ({"TERM": "linux"}, LinkReach.NOWHERE),
        ({"TERM": "dumb"}, LinkReach.NOWHERE),
        ({}, LinkReach.NOWHERE),
        ({"TERM": "linux-16color"}, LinkReach.NOWHERE),
        ({"TERM": "screen"}, LinkReach.SCREEN),
        ({"TERM": "screen.xterm-256color", "STY": "1.pts"}, LinkReach.SCREEN),
        ({"TERM": "screen-256color", "TMUX": "/tmp/s,1,0"}, LinkReach.TMUX),
        ({"TERM": "tmux-256color", "TMUX": "x", "TERM_PROGRAM": "tmux", "TERM_PROGRAM_VERSION": "3.4"}, LinkReach.TMUX),
        (
            {"TERM": "tmux-256color", "TMUX": "x", "TERM_PROGRAM": "tmux", "TERM_PROGRAM_VERSION": "3.3a"},
            LinkReach.TMUX_OLD,
        ),
        (
            {"TERM": "tmux-256color", "TMUX": "x", "TERM_PROGRAM": "tmux", "TERM_PROGRAM_VERSION": "next-3.6"},
            LinkReach.TMUX,
        ),
    ],
)
def test_terminals_that_are_known_to_have_no_links_are_sent_none(environ: dict[str, str], reach: LinkReach) -> None:
    assert link_reach(environ) is reach
    assert takes_links(environ) is (reach in (LinkReach.TERMINAL, LinkReach.TMUX))


def test_the_address_of_a_file_names_the_machine_and_is_plain(tmp_path: Path) -> None:
    url = file_url(tmp_path / "报告 a#b?.pdf")
    assert url.startswith(f"file://{socket.gethostname()}/")
    assert url.endswith("/%E6%8A%A5%E5%91%8A%20a%23b%3F.pdf")
    assert opening(url)
