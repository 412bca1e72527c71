"""Pictures on the whole screen, and in the log of the whole program."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from rich.segment import Segment
from rich.style import Style
from textual.strip import Strip

from tests.support.dialog_app import DialogApp
from tests.support.program_pilot import run_program
from tests.support.sandbox_thread import Sandbox
from tests.support.screen_text import screen_text
from tests.support.stored_messages import replaced, text
from tests.support.waiting import until
from tui.config.settings import Settings
from tui.errors import PictureUnusable, Unreachable
from tui.screens.pictures.picture_screen import PictureScreen
from tui.services.pictures.drawn import Drawn, PictureBox, PictureForm, PictureFrame
from tui.store.changes import Change, MessageChanged
from tui.store.delivery_state import DeliveryState
from tui.store.models import StoredMessage
from tui.store.subscription import Hub, Subscription
from tui.widgets.picture.frame_player import PLAYS, FramePlayer
from tui.wire.bodies import Image

SMALL, LARGE = "s", "L"
"""Letters of which the pictures of these tests are made: the small one, and the whole one."""


def picture(letter: str, box: PictureBox, frames: int = 1) -> Drawn:
    made = tuple(PictureFrame(f"{letter}{at}".encode(), 100) for at in range(frames))
    return Drawn("PNG", 640, 480, min(box.columns, 20), min(box.rows, 8), made)


class Viewer:
    """A conversation of three pictures, and a terminal that can show them."""

    def __init__(self) -> None:
        self.messages = [replaced(text(number), body=Image(640, 480, "a.png")) for number in (1, 2, 3)]
        self.hub = Hub()
        self.desk = self
        self.busy = False
        self.acts: list[str] = []
        self.boxes: list[PictureBox] = []
        self.failure: Exception | None = None
        self.frames = 1
        self.let_gone: list[str] = []
        self.known: PictureUnusable | None = None
        self.came = 0
        self.may_come = asyncio.Event()
        self.may_come.set()

    def full_box(self, columns: int, rows: int, frames: int) -> PictureBox | None:
        return PictureBox(columns, rows, (8, 16), PictureForm.BLOCKS, frames=frames)

    def hear(self, changed: Callable[[], None]) -> Callable[[], None]:
        return lambda: None

    def let_go(self, key: str) -> None:
        self.let_gone.append(key)

    def ready(self, message: StoredMessage, box: PictureBox) -> PictureUnusable | None:
        return self.known

    async def thumbnail(self, message: StoredMessage, box: PictureBox) -> Drawn:
        return picture(SMALL, box)

    async def whole(self, message: StoredMessage, box: PictureBox, on_percent: Callable[[int], None]) -> Drawn:
        self.boxes.append(box)
        on_percent(42)
        await self.may_come.wait()
        self.came += 1
        if self.failure is not None:
            raise self.failure
        return picture(LARGE, box, self.frames)

    def place(self, drawn: Drawn, key: str, frame: int = 0, *, most_bytes: int | None = None) -> Any:
        letter = drawn.frames[frame].data.decode()
        row = Strip([Segment((letter * drawn.columns)[: drawn.columns], Style())], drawn.columns)
        return SimpleNamespace(strips=lambda: [row] * drawn.rows)

    def sender(self, message: StoredMessage) -> str:
        return "张三"

    def is_hidden(self, message: StoredMessage) -> bool:
        return message.is_hidden(show_recalled=False)

    async def beside(self, message: StoredMessage, step: int) -> StoredMessage | None:
        at = message.id - 1 + step
        return self.messages[at] if 0 <= at < 3 else None

    async def number_of(self, message: StoredMessage) -> tuple[int, int]:
        return message.id, 3

    async def turn_to(self, message: StoredMessage) -> None:
        self.acts.append(f"to {message.id}")

    async def act(self, command_id: str) -> None:
        self.acts.append(command_id)

    def show_details(self, message: StoredMessage) -> None:
        self.acts.append("details")

    def subscribe(self) -> Subscription:
        return self.hub.subscribe()

    def tell(self, change: Change) -> None:
        self.hub.publish([change])


async def test_the_small_picture_stands_there_until_the_whole_one_has_come_and_keys_go_on_from_it() -> None:
    viewer, app = Viewer(), DialogApp("dark")
    viewer.may_come.clear()
    async with app.run_test(size=(80, 24)) as pilot:

        async def sees(*words: str) -> None:
            async def seen() -> bool:
                await pilot.pause()
                return all(word in "\n".join(screen_text(app)) for word in words)

            await until(seen)

        await app.show(PictureScreen(viewer, viewer.messages[1]))  # type: ignore[arg-type]
        await sees("s0s0", "loading… 42 %", "2/3", "张三")
        viewer.may_come.set()
        await sees("L0L0", "PNG 640×480", "back")
        await pilot.press("right")
        await sees("3/3")
        await pilot.press("l")
        await sees("newest")
        await pilot.press("plus", "s", "O", "i")
        await until(lambda: len(viewer.boxes) == 3)
        assert viewer.boxes[-1].columns == 2 * viewer.boxes[0].columns
        assert viewer.acts == ["to 3", "save", "open_with", "details"]
        await sees("×2")
        # A network that fails leaves the small one there, and a key tries again.
        viewer.failure = Unreachable(host="wx", why="down")
        viewer.known = PictureUnusable(why="broken")
        await pilot.press("h")
        await sees("s0s0", "2/3", "small")
        viewer.failure = None
        await pilot.press("r")
        await sees("L0L0")
        # One that is taken back while it is on its way is not shown when it comes.
        viewer.may_come.clear()
        viewer.let_gone.clear()
        await pilot.press("h")
        await sees("s0s0", "1/3")
        assert "view-2" in viewer.let_gone, "its bytes are not to delay the next one's"
        viewer.tell(MessageChanged(replaced(viewer.messages[0], state=DeliveryState.RECALLED)))
        await sees("(text hidden)")
        came = viewer.came
        viewer.may_come.set()
        await until(lambda: viewer.came > came)
        await pilot.pause()
        await sees("(text hidden)")
        assert not any(word in "\n".join(screen_text(app)) for word in ("L0", "loading…"))
        await pilot.press("q")
        await until(lambda: app.screen is app.screen_stack[0])


def test_what_moves_stops_by_itself_and_waits_for_keys() -> None:
    shown: list[int] = []
    timers: list[Callable[[], None]] = []
    busy = False

    def set_timer(seconds: float, call: Callable[[], None]) -> Any:
        timers.append(call)
        return SimpleNamespace(stop=lambda: timers.remove(call))

    player = FramePlayer(shown.append, lambda: busy, set_timer)
    player.load([100, 100, 100])
    busy = True
    timers.pop()()
    assert shown == [], "a key waits"
    busy = False
    for _ in range(1000):
        if timers:
            timers.pop()()
    assert not timers
    assert len(shown) == pytest.approx(PLAYS / 0.1, abs=3)
    assert shown[-1] == 0, "it rests on the first one"
    player.play()
    timers.pop()()
    assert player.playing
    player.halt(True)
    assert not timers
    player.play()
    assert not timers, "nobody looks"
    player.halt(False)
    assert player.playing
    player.load([100])
    assert not player.moves
    assert not timers


@pytest.mark.usefixtures("logged_in")
async def test_a_picture_stands_under_the_selected_message_and_o_shows_it(
    sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("TERM", "xterm-256color")
    chosen = Settings(list="one", show_recalled=False, download_dir=tmp_path)
    async with run_program(sandbox, (100, 30), chosen) as program:
        await program.opened("Alice")
        sandbox.post("push", type="image", **{"from": "Alice"})
        await program.sees("image")
        await program.press("tab")
        await program.sees("▀")
        await program.press("o")
        await program.sees("JPEG")
        assert isinstance(program.app.screen, PictureScreen)
        await program.press("s")
        await program.sees("Saved:")
        await program.press("i")
        await program.sees("MsgID")
        await program.press("escape", "escape")
        await program.until(lambda: program.app.screen is program.chat)
        assert "▀" in program.text
        sandbox.post("push", type="revoke", **{"from": "Alice"})
        await program.sees("(text hidden)")
        assert "▀" not in program.text
