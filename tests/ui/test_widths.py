"""Chinese, emoji and everything mixed stand in their columns, in terminals of every width."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Callable
from contextlib import suppress
from datetime import timedelta
from pathlib import Path
from typing import Any, cast

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rich.color import ColorSystem
from rich.segment import Segment
from textual import events
from textual.geometry import Region, Size
from textual.strip import Strip

from tests.support.examples import THOROUGH
from tests.support.frozen_program import NOW, FrozenProgram, frozen_program
from tests.support.screen_text import screen_strips
from tests.support.waiting import until
from tui.app import WxtuiApp
from tui.config.settings import Theme
from tui.paths import find_profile
from tui.screens.chat.list_pane import NARROW
from tui.store.delivery_state import DeliveryEvent
from tui.store.store import Store
from tui.terminal.frame import Frame
from tui.terminal.graphemes import cell_len, clusters, crop
from tui.terminal.textual_patches import Update, placed_strips, whole_update
from tui.widgets.base.strips import whole_line
from tui.wire import bodies
from tui.wire.contacts import Contact, ContactKind, Member
from tui.wire.sync import SyncBatch, SyncKey, SyncKeys

KEYS = SyncKeys(SyncKey(((1, 1),)), SyncKey(((1, 2),)))
TEAM = "@@team"
FAMILY, FLAG, THUMB, HEART = "👨‍👩‍👧‍👦", "🇨🇳", "👍🏽", "❤️"
TYPED = f"你{FAMILY}b{FLAG}{THUMB}é{HEART}，1️⃣。"
"""Nineteen cells: one row in the narrowest terminal."""

NAMES = (
    f"家{FAMILY}人",
    f"{FLAG}{FLAG} 旅行",
    f"{THUMB}{THUMB}{THUMB}{THUMB}{THUMB}{THUMB}{THUMB}{THUMB}{THUMB}",
    "项目计划群" * 9,
    "é" * 40,
    f"a{HEART}b☺️c1️⃣",
    "한글 ไม่ได้ नमस्ते שלום",
    "ＡＢＣ｡｢｣ｱｲｳ",
)
SAID = (
    TYPED,
    "今晚八点上线，回滚方案我发群里了：先停写，再切流量，最后回滚数据库。有问题现在说",
    f"{FAMILY}" * 60,
    f"mixed 混合 {FLAG}{THUMB} text 文字" * 8,
    "x" * 300,
    "한글 ไม่ได้ नमस्ते שלום é" * 6,
)


@pytest.fixture
def colourless(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_COLOR", "1")


@pytest.fixture
async def program(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[FrozenProgram]:
    """A program with such names and messages, and in `terminal` what the terminal was told of its screen."""
    profile = find_profile("widths")
    async with await Store.open(profile.store_file, clock=lambda: NOW) as store:
        await store.begin_login(Contact("@me", kind=ContactKind.SELF), "1", KEYS)
        people = [Contact(f"@{number}", name) for number, name in enumerate(NAMES)]
        members = tuple(Member(one.user_name, one.nick_name) for one in people)
        group = Contact(TEAM, f"团队 {FAMILY}{FLAG}", kind=ContactKind.GROUP, members=members)
        await store.save_contacts([group, *people])
        said = [(TEAM, bodies.Text(SAID[number % len(SAID)])) for number in range(len(NAMES))]
        own = [(f"@{number}", bodies.File(name, 5)) for number, name in enumerate(NAMES)]
        arrived = [
            bodies.Message(f"9{at}", chat, f"@{at % len(NAMES)}", False, NOW - timedelta(minutes=40 - at), body)
            for at, (chat, body) in enumerate([*said, *own])
        ]
        await store.apply(SyncBatch(tuple(arrived), (), (), KEYS))
        chat = await store.conversation_for(TEAM)
        for number, words in enumerate(SAID):
            row = await store.add_outgoing(
                conversation_id=chat.id, to_user_name=TEAM, client_msg_id=f"c{number}", body=bodies.Text(words)
            )
            await store.move(row.id, DeliveryEvent.START)
            await store.move(row.id, DeliveryEvent.ACCEPTED, msg_id=f"704123456789{number:07}")
    monkeypatch.setattr(WxtuiApp, "draw_update", display)
    size, theme = getattr(request, "param", ((100, 30), "terminal"))
    async with frozen_program(profile, size, cast("Theme", theme), Path(), online=True) as one:
        await one.go_to(group.name)
        yield one


original = WxtuiApp.draw_update


def display(app: Any, update: Update) -> None:
    """As the program's own, to a terminal that is looked at."""
    if app._running:
        frame = getattr(app, "terminal", None)
        if frame is None or (frame.width, frame.height) != tuple(app.size):
            frame = app.terminal = Frame(*app.size, ColorSystem.TRUECOLOR)
            update = whole_update(app.screen, update)
        frame.write(placed_strips(update), app._caret(), synchronized=True)
    original(app, update)


def columns(strip: Strip) -> list[str]:
    """What stands in each cell; "" in the second one of a wide cluster."""
    cells: list[str] = []
    for cluster, width in clusters(strip.text):
        cells += [cluster] + [""] * (width - 1) if width else []
    return cells


def looked_at(program: FrozenProgram) -> list[list[str]]:
    """The cells of the screen, which is in shape, and at the terminal too."""
    width, height = program.app.size
    strips = screen_strips(program.app)
    assert len(strips) == height
    rows = [columns(strip) for strip in strips]
    for y, (strip, row) in enumerate(zip(strips, rows, strict=True)):
        assert cell_len(strip.text) == len(row) == width == strip.cell_length, (width, y, strip.text)
        told = [cluster for cluster, _look in program.app.terminal._rows[y]]  # type: ignore[attr-defined]
        assert told == row, (width, y)
    return rows


async def resized(program: FrozenProgram, width: int, height: int) -> None:
    await program.pilot.resize_terminal(width, height)
    await program.until(lambda: tuple(program.app.screen.size) == (width, height))


def last_column(row: list[str]) -> int:
    """Where the last thing ends that is no blank."""
    return max((at for at, cell in enumerate(row) if cell not in (" ", "")), default=-1)


def in_columns(program: FrozenProgram) -> list[list[str]]:
    """Everything stands where it belongs."""
    rows, chat, width = looked_at(program), program.chat, program.app.size.width
    if chat.conversation_list.region.width:
        edge = chat.conversation_list.region.right - 1
        for y in range(chat.conversation_list.region.y, chat.conversation_list.region.bottom):
            assert rows[y][edge] == "│", (width, y, "".join(rows[y]))
    if chat.message_log.region.width:
        log = chat.message_log.region
        statuses = [row for row in rows[log.y : log.bottom] if "✓" in row]
        assert statuses
        assert len({last_column(row) for row in statuses}) == 1, (width, ["".join(row) for row in statuses])
    if chat.status.hints and rows[-1][-2] != " ":
        assert rows[-1][-1] == " "
    return rows


def at_caret(program: FrozenProgram, rows: list[list[str]], before: str) -> None:
    """In front of the terminal's cursor stands what was typed before it."""
    caret = program.app._caret()
    assert caret is not None
    row = rows[caret[1]]
    start = program.chat.composer.region.x
    assert "".join(row[start : caret[0]]) == f"› {before}", (program.app.size.width, caret)
    assert row[caret[0]] != "", "never in the middle of a wide one"


async def soon(check: Callable[[], None]) -> None:
    """It is so in a moment, and stays away from the waits of a `Pilot`: there are many widths."""

    def holds() -> bool:
        try:
            check()
        except AssertionError:
            return False
        return True

    with suppress(TimeoutError):
        await until(holds, every=0.002)
    check()


async def test_everything_stands_in_its_columns_at_every_width(program: FrozenProgram) -> None:
    app, chat = program.app, program.chat
    assert cell_len(TYPED) <= 36
    chat.composer.load(TYPED)

    def with_bar() -> None:
        assert tuple(app.screen.size) == (app.terminal.width, app.terminal.height) == (width, 20)  # type: ignore[attr-defined]
        assert chat.conversation_list.region.width == 0 or width >= NARROW
        at_caret(program, in_columns(program), TYPED)

    def with_list() -> None:
        assert chat.conversation_list.region.width == width
        in_columns(program)

    # Every width of a narrow screen; of wide ones some, and all in a thorough run.
    for width in range(40, 201) if THOROUGH else (*range(40, 84), *range(84, 201, 9)):
        size = Size(width, 20)
        app._driver._size = size  # type: ignore[union-attr]
        app.post_message(events.Resize(size, size))
        await soon(with_bar)
        if width < NARROW:
            chat.conversation_list.focus()
            await soon(with_list)
            chat.composer.focus()
            await soon(with_bar)


async def test_the_caret_steps_over_what_it_stands_before(program: FrozenProgram) -> None:
    """And what is drawn again for it tears nothing apart."""
    await resized(program, 60, 20)
    bar = program.chat.composer
    bar.load(TYPED)
    await program.pilot.pause()
    typed = clusters(TYPED)
    for count in range(len(typed), -1, -1):
        at_caret(program, looked_at(program), "".join(cluster for cluster, _ in typed[:count]))
        await program.press("left")
    row = columns(bar.draw(0, bar.size.width))
    for x in range(1, 24):
        (part,) = bar.render_lines(Region(x, 0, 12, 1))
        assert columns(part)[1:-1] == row[x + 1 : x + 11], x
    for letter in ("x", "好"):
        bar.insert(letter)
        await program.pilot.pause()
        looked_at(program)
    assert bar.text == f"x好{TYPED}"


async def test_what_lies_over_emoji_does_not_move_them(program: FrozenProgram) -> None:
    for width in range(60, 70):
        await resized(program, width, 20)
        await program.chat.do("goto", "")
        await program.sees("Go to")
        rows = looked_at(program)
        top = next(row for row in rows if "╭" in row)
        for side in ("╭", "╮"):
            column = top.index(side)
            inside = [row[column] for row in rows[rows.index(top) + 1 :]]
            assert set(inside[: inside.index("╰" if side == "╭" else "╯")]) == {"│"}
        await program.press("escape")
        await program.until(lambda: program.app.screen is program.chat)


@pytest.mark.parametrize(
    "program",
    [((60, 20), "dark"), ((80, 24), "light"), ((200, 60), "terminal"), ((80, 24), "dark")],
    indirect=True,
    ids=str,
)
async def test_sizes_themes_and_colours(program: FrozenProgram) -> None:
    rows = in_columns(program)
    program.chat.composer.load(TYPED)
    await program.pilot.pause()
    at_caret(program, looked_at(program), TYPED)
    strips = screen_strips(program.app)
    width, height = program.app.size
    for colors in (None, ColorSystem.STANDARD):
        frame = Frame(width, height, colors)
        text = frame.write([(0, y, list(strip)) for y, strip in enumerate(strips)], None, synchronized=False)
        codes = {code for style in re.findall(r"\x1b\[([0-9;]*)m", text) for code in style.split(";")}
        sixteen = {str(base + color) for base in (30, 40, 90, 100) for color in range(8)} | {"39", "49"}
        assert codes - {"", "0", "1", "2", "3", "4", "7", "9"} <= (sixteen if colors else set())
        assert FAMILY in text
    assert len(rows) == height


async def test_without_colours_nothing_is_coloured(colourless: None, program: FrozenProgram) -> None:
    assert program.app.no_color
    in_columns(program)
    for strip in screen_strips(program.app):
        for segment in strip:
            color = segment.style.color if segment.style else None
            assert color is None or color.is_default or len(set(color.get_truecolor())) == 1, segment


# ---------------------------------------------------------------- cutting

PARTS = (FAMILY, FLAG, THUMB, HEART, "é", "字", "a", "☺️", "한", "नि", " ")
MIXED = st.lists(st.sampled_from(PARTS), max_size=12).map("".join)


@given(st.lists(MIXED, min_size=1, max_size=3), st.integers(0, 40), st.integers(0, 40))
@settings(deadline=None)
def test_a_line_is_cut_between_clusters(parts: list[str], one: int, other: int) -> None:
    line = whole_line(Strip([Segment(part) for part in parts]))
    whole = columns(line)
    first, last = sorted((min(one, len(whole)), min(other, len(whole))))
    wanted = whole[first:last]
    if wanted and wanted[0] == "":
        wanted[0] = " "
    if wanted and last < len(whole) and whole[last] == "":
        wanted[-1] = " "
    assert columns(line.crop(first, last)) == wanted
    assert columns(Strip([Segment(crop(line.text, first, last))])) == wanted
    cuts = sorted({first, last, len(whole)} - {0})
    pieces = line.divide(cuts)
    assert [piece.cell_length for piece in pieces] == [
        cut - before for before, cut in zip([0, *cuts], cuts, strict=False)
    ]
    assert all(cell_len(piece.text) == piece.cell_length for piece in pieces)
