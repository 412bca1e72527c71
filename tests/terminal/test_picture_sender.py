"""Images on their way to a terminal: once each, in pieces, when no key waits; and gone with the program."""

from __future__ import annotations

import asyncio
import io
import random
from collections.abc import Callable
from pathlib import Path
from shutil import which

import pytest
from msgspec.structs import replace
from PIL import Image

from tests.support.pty_program import Program
from tests.support.terminal_emulator import Emulator
from tests.support.waiting import until, wait_until
from tui.config.settings import PicturesBy as Setting
from tui.errors import WxtuiError
from tui.services.pictures.drawn import Drawn, PictureForm, PictureFrame
from tui.services.util.background import hear
from tui.terminal.graphics.picture_sender import MOST_IMAGES, PictureSender
from tui.terminal.graphics.placed_picture import MOST_KITTY_BYTES, full_box, thumbnail_box
from tui.terminal.graphics.reach import GraphicsReach, PicturesBy, Seen, decide
from tui.terminal.graphics.terminal_report import TerminalName, TerminalQuery
from tui.terminal.passthrough import Multiplexer
from tui.terminal.tmux import TmuxClient, TmuxView, view
from tui.terminal.tmux import run as run_program


def png(seed: int, side: int = 8) -> bytes:
    """A picture unlike all others; its bytes grow with its side."""
    file = io.BytesIO()
    noise = random.Random(seed).randbytes(side * side * 3)
    Image.frombytes("RGB", (side, side), noise).save(file, "PNG")
    return file.getvalue()


def drawn(seed: int, side: int = 8) -> Drawn:
    return Drawn("PNG", side, side, 4, 2, (PictureFrame(png(seed, side), 0),), form=PictureForm.KITTY)


def tmux_view(*names: str, passthrough: bool = True, seen: bool = True, features: str = "RGB") -> TmuxView:
    clients = [
        TmuxClient(TerminalName(name, (1, 0)), frozenset(features.split(",")), (f"/dev/pts/{n}", "1", str(n)))
        for n, name in enumerate(names)
    ]
    return TmuxView(passthrough, seen, tuple(clients))


class FakeLink:
    """The terminal, an emulator; what it answers comes at once, as long as it does not hold still."""

    def __init__(self, kind: str = "kitty", tmux: TmuxView | None = None) -> None:
        self.emulator = Emulator(80, 24, kind, tmux=tmux is not None)
        self.tmux = tmux
        self.free = True
        self.reads = True
        self.writes: list[str] = []
        self.questions = 0
        self.asked = 0
        """Times that tmux was asked."""
        self.discarded = iter(())
        self.leaving = ""
        self.on_write: Callable[[], None] = lambda: None
        self.on_ask: Callable[[], None] = lambda: None
        environ = {"TERM": "xterm-256color"} | ({"TMUX": "x"} if tmux is not None else {})
        self.reach = GraphicsReach(self, environ, lambda: 0, PicturesBy.AUTO, self.ask_tmux)
        self.sender = PictureSender(self.reach, self)

    async def ask_tmux(self) -> TmuxView | None:
        self.asked += 1
        self.on_ask()
        if self.tmux is None:
            return None
        clients = [replace(one, discarded=next(self.discarded, 5)) for one in self.tmux.clients]
        return replace(self.tmux, clients=tuple(clients))

    def ask(self, *queries: TerminalQuery) -> None:
        self.questions += 1
        if self.tmux is not None:
            for query in queries:
                if query is TerminalQuery.STATUS:
                    asyncio.get_running_loop().call_soon(self.reach.report, "[0n")
            return
        self.emulator.feed("".join(query.value for query in queries).encode())
        if self.reads:
            asyncio.get_running_loop().call_soon(self.hear)

    def hear(self) -> None:
        for answer in self.emulator.due():
            for text in answer.decode().replace("\x1b\\", "").split("\x1b")[1:]:
                self.reach.report(text)

    def cell_pixels(self) -> tuple[int, int] | None:
        return None

    def cells(self) -> tuple[int, int]:
        return 80, 24

    def is_free(self) -> bool:
        return self.free

    def write_picture(self, text: str) -> bool:
        assert self.free or "a=d" in text
        self.writes.append(text)
        self.emulator.feed(text.encode())
        self.on_write()
        return True

    def leave_with(self, text: str) -> None:
        self.leaving = text

    def has_left(self) -> bool:
        return not self.leaving

    async def known(self) -> FakeLink:
        self.reach.look()
        await until(lambda: self.reach.now.log is PictureForm.KITTY)
        return self

    async def sent(self, *seeds: int, side: int = 8) -> None:
        for seed in seeds:
            self.sender.wish(drawn(seed, side), f"key {seed}")
        await until(lambda: all(self.sender.wish(drawn(seed, side), f"key {seed}") is not None for seed in seeds))


@pytest.mark.parametrize("kind", ["kitty", "ghostty"])
async def test_an_image_is_sent_once_in_pieces_and_its_cells_show_it(kind: str) -> None:
    link = await FakeLink(kind).known()
    told: list[str] = []
    link.sender.hear(told.append)
    assert link.sender.wish(drawn(1, 70), "a") is None
    await until(lambda: told == ["a"])
    placed = link.sender.wish(drawn(1, 70), "a")
    assert placed is not None and placed is link.sender.wish(drawn(1, 70), "a")
    assert len(link.writes) == 5 and max(map(len, link.writes)) < 4200
    assert link.sender.bytes_sent == sum(map(len, link.writes))
    assert link.emulator.images[placed.number].grid == (4, 2)
    assert link.emulator.objections() == []
    link.emulator.feed(link.leaving.encode())
    assert link.emulator.images_left == [] and link.emulator.objections() == []


async def test_the_same_pixels_in_other_cells_are_not_sent_again() -> None:
    link = await FakeLink().known()
    await link.sent(1, side=70)
    before, larger = link.sender.bytes_sent, replace(drawn(1, 70), columns=8, rows=4)
    assert link.sender.wish(larger, "key 1") is None, "its cells would show it as large as it was"
    await until(lambda: link.sender.wish(larger, "key 1") is not None)
    placed = link.sender.wish(larger, "key 1")
    assert placed is not None and (placed.columns, placed.rows) == (8, 4)
    assert link.emulator.images[placed.number].grid == (8, 4)
    assert (link.sender.pictures_sent, link.emulator.objections()) == (1, [])
    assert link.sender.bytes_sent - before < 100


async def test_no_piece_is_written_while_a_key_waits_and_the_rest_follows() -> None:
    link = await FakeLink().known()

    def key() -> None:
        link.free = False
        asyncio.get_running_loop().call_later(0.05, free)

    def free() -> None:
        link.free = True

    link.on_write = key
    await link.sent(1, side=70)
    assert link.emulator.objections() == []


async def test_a_piece_follows_when_the_terminal_has_read_the_one_before_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tui.terminal.graphics.picture_sender._READ", 0.02)
    link = await FakeLink().known()
    await link.sent(1)
    link.reads = False
    before = len(link.writes)
    link.sender.wish(drawn(2, 70), "slow")
    await until(lambda: len(link.writes) > before)
    await asyncio.sleep(0)
    assert len(link.writes) == before + 1
    # It was asked, and asked again, until the answer came.
    monkeypatch.setattr("tui.terminal.graphics.picture_sender._READ", 0.001)
    asked = link.questions
    await until(lambda: link.questions > asked)
    assert len(link.writes) == before + 1
    link.reads = True
    link.hear()
    await until(lambda: link.sender.wish(drawn(2, 70), "slow") is not None)
    assert link.emulator.objections() == []


async def test_what_nobody_shows_any_more_is_broken_off_and_the_next_one_is_whole() -> None:
    link = await FakeLink().known()
    link.on_write = lambda: link.sender.let_go("key 1")
    link.sender.wish(drawn(1, 70), "key 1")
    await until(lambda: bool(link.writes))
    link.on_write = lambda: None
    await link.sent(2)
    await until(lambda: len(link.emulator.images) == 1)
    assert link.emulator.objections() == [], "the terminal takes no other image for more of it"


async def test_the_terminal_keeps_so_many_images_those_last_that_are_shown() -> None:
    link = await FakeLink().known()
    await link.sent(*range(MOST_IMAGES))
    link.sender.let_go("key 5")
    await link.sent(100)
    assert len(link.emulator.images) == MOST_IMAGES
    assert link.sender.wish(drawn(0), "key 0") is not None
    assert link.sender.wish(drawn(5), "key 5") is None, "it is sent again"
    link.sender.let_go("key 5")
    assert link.emulator.objections() == []


async def test_what_was_taken_back_leaves_the_terminal_also_when_it_is_on_its_way() -> None:
    link = await FakeLink().known()
    await link.sent(1, 2)
    # A larger one follows: the one before it stands there as long as its cells do.
    link.sender.wish(drawn(9), "key 2")
    await until(lambda: link.sender.wish(drawn(9), "key 2") is not None)
    assert link.sender.wish(drawn(2), "key 2") is not None, "who goes back sends nothing"
    link.sender.remove(["key 1", "key 2"])
    assert not link.emulator.images and not link.leaving
    # Its last piece has been written, and not read yet.
    link.reads = False
    link.sender.wish(drawn(3), "key 3")
    await until(lambda: link.writes and "a=T" in link.writes[-1])
    assert link.emulator.images
    link.sender.remove(["key 3"])
    link.hear()
    await until(lambda: not link.emulator.images)
    assert not link.leaving and link.sender.pictures_sent == 3
    link.reads = True
    await link.sent(4)
    assert link.emulator.objections() == []


async def test_after_a_stop_everything_in_sight_is_sent_again() -> None:
    link = await FakeLink().known()
    await link.sent(1, 2)
    before = set(link.emulator.images)
    link.emulator.feed(link.leaving.encode())
    link.leaving = ""
    told: list[str] = []
    link.sender.hear(told.append)
    link.sender.forget()
    assert told == ["key 1", "key 2"] and link.sender.wish(drawn(1), "key 1") is None
    await link.sent(1, 2)
    assert link.emulator.objections() == [] and not before & set(link.emulator.images)
    link.sender.forget()
    assert link.emulator.images_left == [], "nobody has ended them: they are ended now"


async def test_forgotten_in_the_middle_it_begins_anew() -> None:
    link = await FakeLink().known()

    def once() -> None:
        link.on_write = lambda: None
        link.sender.forget()

    link.on_write = once
    await link.sent(1, side=70)
    assert len(link.emulator.images) == 1


async def test_forgotten_while_tmux_is_asked_whether_it_arrived_it_begins_anew() -> None:
    link = await FakeLink(tmux=tmux_view("kitty")).known()

    def once() -> None:
        if link.emulator.images_sent:
            link.on_ask = lambda: None
            link.sender.forget()
            assert link.emulator.images_left == []

    link.on_ask = once
    await link.sent(1)
    assert len(link.emulator.images_sent) == 2 and len(link.emulator.images) == 1
    assert link.emulator.objections() == []


async def test_an_image_that_a_mistake_broke_off_is_ended() -> None:
    link = await FakeLink().known()

    def breaks() -> None:
        link.on_write = lambda: None
        raise RuntimeError("in the middle of an image")

    link.on_write = breaks
    mistakes: list[WxtuiError] = []
    hear(mistakes.append)
    link.sender.wish(drawn(1, 70), "key 1")
    await until(lambda: bool(mistakes))
    assert link.emulator.objections() == [] and link.leaving == ""
    await link.sent(1, 2, side=70)
    assert link.emulator.objections() == [] and len(link.emulator.images) == 2


async def test_a_terminal_that_never_says_that_it_has_read_gets_its_images(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("_FIRST_READ", "_UNANSWERED"):
        monkeypatch.setattr(f"tui.terminal.graphics.picture_sender.{name}", 0.001)
    link = await FakeLink().known()
    link.reads = False
    await link.sent(1, side=70)
    assert link.emulator.objections() == []


# ---------------------------------------------------------------- tmux


async def test_through_tmux_each_piece_is_wrapped() -> None:
    link = await FakeLink(tmux=tmux_view("kitty")).known()
    await link.sent(1, side=70)
    assert all(text.startswith("\x1bPtmux;\x1b\x1b_G") for text in link.writes)
    assert len(link.emulator.images) == 1 and link.emulator.objections() == []


async def test_another_terminal_that_was_attached_has_no_image_until_it_is_sent() -> None:
    link = await FakeLink(tmux=tmux_view("kitty")).known()
    await link.sent(1)
    link.emulator = Emulator(80, 24, "ghostty", tmux=True)
    link.tmux = TmuxView(True, True, (TmuxClient(TerminalName("ghostty", (1, 1)), frozenset(), ("x", "2", "3")),))
    await link.sender.check_attached()
    assert link.sender.wish(drawn(1), "key 1") is None
    await link.sent(1)
    assert [image for image in link.emulator.images if 16 <= image <= 255], "no true colour: a number of the palette"
    link.tmux = tmux_view("foot")
    await link.sender.check_attached()
    assert link.reach.now.log is PictureForm.BLOCKS
    assert link.sender.wish(drawn(1), "key 1") is None


async def test_while_nobody_looks_nothing_is_sent() -> None:
    link = await FakeLink(tmux=tmux_view("kitty")).known()
    link.tmux = tmux_view("kitty", seen=False)
    link.sender.wish(drawn(1), "key 1")
    await link.sender.check_attached()
    asked = link.asked
    link.sender.look_again()
    await until(lambda: link.asked > asked)
    assert link.writes == []
    link.tmux = tmux_view("kitty")
    await link.sender.check_attached()
    await link.sent(1)


async def test_what_tmux_threw_away_is_sent_again() -> None:
    link = await FakeLink(tmux=tmux_view("kitty")).known()
    link.discarded = iter([0, 5, 5])
    await link.sent(1)
    assert len(link.emulator.images_sent) == 2 and len(link.emulator.images) == 1
    assert link.emulator.objections() == []


def test_what_tmux_says_is_read() -> None:
    said = (
        "@3|3.3a|1|1|0\n"
        "@3|/dev/pts/2|1795992888|55|0|0|RGB,focus|kitty(0.35.2)\n"
        "@1|/dev/pts/3|1795992888|56|0|0|RGB|foot(1.2)"
    )
    commands: list[tuple[str, ...]] = []

    def run(*command: str, given: str = "") -> str:
        commands.append(command)
        return said

    found = view("%7", run)
    assert found is not None and found.passthrough and found.is_seen and found.has_true_color
    assert [client.name for client in found.clients] == [TerminalName("kitty", (0, 35))], "of those that see our window"
    assert len(commands) == 1
    for text, passes in (("@3|3.3a|0|1|0", False), ("@3|3.2|​|1|0", True), ("@3|3.5|all|1|0", True)):
        other = view("%7", lambda *command, text=text, given="": text)
        assert other is not None and other.passthrough is passes and not other.is_seen
    zoomed = view("%7", lambda *command, given="": said.replace("|1|1|0", "|1|0|1"))
    assert zoomed is not None and not zoomed.is_seen, "another pane fills the window"
    assert view("%7", lambda *command, given="": None) is None


@pytest.mark.skipif(which("tmux") is None, reason="needs tmux")
def test_a_real_tmux_tells_of_the_terminal_outside(tmp_path: Path) -> None:
    command = ("tmux", "-S", str(tmp_path / "s"), "-f", "/dev/null")

    def run(_tmux: str, *words: str, given: str = "") -> str | None:
        return run_program(*command, *words)

    try:
        pane = run("tmux", "new-session", "-d", "-P", "-F", "#{pane_id}", "sleep", "60") or ""
        found = view(pane, run)
        assert found is not None and not found.passthrough and not found.is_seen and not found.clients
        run("tmux", "set-option", "-g", "allow-passthrough", "on")
        with Program(command=(*command, "-u", "attach"), emulator=Emulator(80, 24, "ghostty")) as terminal:

            def name() -> str:
                terminal.listen(0.02)
                seen = view(pane, run)
                return seen.name.name if seen is not None and seen.passthrough and seen.name is not None else ""

            wait_until(lambda: name() == "ghostty")
    finally:
        run("tmux", "kill-server")


# ---------------------------------------------------------------- which way


NOTHING, TMUX, SCREEN = Multiplexer.NOTHING, Multiplexer.TMUX, Multiplexer.SCREEN
KITTY, BLOCKS, SIXEL = PictureForm.KITTY, PictureForm.BLOCKS, PictureForm.SIXEL
AUTO = PicturesBy.AUTO


@pytest.mark.parametrize(
    ("seen", "wanted", "log", "full"),
    [
        (Seen(NOTHING, "xterm", 0), AUTO, BLOCKS, BLOCKS),
        (Seen(NOTHING, "xterm", 256, TerminalName("kitty", (0, 28))), AUTO, KITTY, KITTY),
        (Seen(NOTHING, "xterm", 0, TerminalName("kitty", (0, 27))), AUTO, BLOCKS, BLOCKS),
        (Seen(NOTHING, "xterm", 0, TerminalName("ghostty", (1, 0))), AUTO, KITTY, KITTY),
        (Seen(NOTHING, "xterm-kitty", 0, TerminalName("konsole", (23, 8)), sixel=True), AUTO, BLOCKS, SIXEL),
        (Seen(NOTHING, "xterm", None, TerminalName("kitty", (1, 0))), AUTO, None, None),
        (Seen(NOTHING, "linux", 0), AUTO, None, None),
        (Seen(NOTHING, "xterm", 0), PicturesBy.KITTY, KITTY, KITTY),
        (Seen(NOTHING, "xterm", 0, TerminalName("kitty", (1, 0))), PicturesBy.BLOCKS, BLOCKS, BLOCKS),
        (Seen(NOTHING, "xterm", 0, TerminalName("kitty", (1, 0))), PicturesBy.NONE, None, None),
        (Seen(SCREEN, "screen", 0, TerminalName("kitty", (1, 0))), AUTO, BLOCKS, BLOCKS),
        (Seen(TMUX, "tmux", 0, TerminalName("kitty", (1, 0))), AUTO, BLOCKS, BLOCKS),
        (Seen(TMUX, "tmux", 0, tmux=tmux_view("kitty"), local_tmux=True), AUTO, KITTY, KITTY),
        (Seen(TMUX, "tmux", 0, tmux=tmux_view("kitty", "ghostty"), local_tmux=True), AUTO, KITTY, KITTY),
        (Seen(TMUX, "tmux", 0, tmux=tmux_view("kitty", "foot"), local_tmux=True), AUTO, BLOCKS, BLOCKS),
        (Seen(TMUX, "tmux", 0, tmux=tmux_view("kitty", passthrough=False), local_tmux=True), AUTO, BLOCKS, BLOCKS),
        (Seen(TMUX, "tmux", 0, tmux=tmux_view(), local_tmux=True), AUTO, BLOCKS, BLOCKS),
        (
            Seen(TMUX, "tmux", 0, tmux=tmux_view("x", features="sixel"), local_tmux=True, sixel=True),
            AUTO,
            BLOCKS,
            SIXEL,
        ),
    ],
)
def test_the_way_of_pictures(seen: Seen, wanted: PicturesBy, log: PictureForm | None, full: PictureForm | None) -> None:
    found = decide(seen, wanted)
    assert (found.log, found.full) == (log, full), found.why
    assert str(found.why)


def test_the_setting_has_every_way() -> None:
    assert {one.value for one in PicturesBy} == set(Setting.__args__)


@pytest.mark.parametrize(("kind", "log"), [("kitty", KITTY), ("konsole", BLOCKS), ("truecolor", BLOCKS)])
async def test_a_terminal_is_what_it_answers(kind: str, log: PictureForm) -> None:
    link = FakeLink(kind)
    changes: list[None] = []
    link.reach.hear(lambda: changes.append(None))
    link.reach.look()
    await until(lambda: link.reach.now.cell == (10, 20))
    assert link.reach.now.log is log
    before = len(changes)
    for text in ("[6;20;10t", "P>|", "[6;9999;1t", "[4;;t", "P>|\ufffd\x00", "[0n"):
        link.reach.report(text)
    assert len(changes) == before or log is KITTY


def test_a_thumbnail_may_cost_so_much() -> None:
    seen = Seen(NOTHING, "xterm", 0, TerminalName("kitty", (1, 0)))
    box = thumbnail_box(decide(seen), 64, 12)
    assert box is not None and box.most_bytes * 4 / 3 < MOST_KITTY_BYTES - 12 * 60
    wide = thumbnail_box(decide(seen, PicturesBy.BLOCKS), 300, 12)
    assert wide is not None and wide.columns * wide.rows <= 690
    assert thumbnail_box(decide(seen, PicturesBy.NONE), 64, 12) is None
    full = full_box(decide(seen, PicturesBy.SIXEL), 80, 24)
    assert full is not None and full.form is SIXEL
