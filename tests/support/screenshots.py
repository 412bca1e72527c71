"""The pictures in `screenshots`, drawn anew: `python -m tests.support.screenshots [NAME…]`. Same program, same bytes.

A test draws them too and compares (`test_screenshots.py`). They show `frozen_program`.
"""

from __future__ import annotations

import asyncio
import math
import os
import subprocess
import sys
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from tests.support.frozen_program import NOW, FrozenProgram, FrozenWorld, frozen_home, frozen_program
from tests.support.screen_svg import picture
from tests.support.screen_text import screen_strips
from tui.config.settings import Theme
from tui.errors import RiskUntold
from tui.i18n import wanted_language
from tui.services.client.events import ActionNeeded
from tui.services.pictures.drawn import Drawn, PictureBox, PictureFrame
from tui.services.session.login_events import ShowCode
from tui.services.uploads.upload_state import Upload, UploadState
from tui.store.changes import Change
from tui.store.models import StoredMessage
from tui.widgets.base.styles import THEME_STYLES
from tui.wire import bodies
from tui.wire.media_types import MediaKind
from tui.wire.sync import SyncBatch, SyncKey, SyncKeys

ROOT: Final = Path(__file__).resolve().parents[2]
FOLDER: Final = ROOT / "screenshots"
RENEW: Final = "python -m tests.support.screenshots"
MIB: Final = 1024 * 1024
_CALM: Final = 20
"""How often a picture must be the same before it is taken."""


@dataclass(frozen=True, slots=True)
class Scene:
    """Picture of the program: the steps that are played, and the words after which it is taken."""

    name: str
    title: str
    play: Callable[[FrozenProgram], Awaitable[None]]
    seen: tuple[str, ...]
    size: tuple[int, int] = (100, 30)
    theme: Theme = "dark"
    language: str = "en"
    furnished: bool = True


# ---------------------------------------------------------------- what is played


async def login(program: FrozenProgram) -> None:
    program.hear(ShowCode("https://login.weixin.qq.com/l/4d-Zp7tQw=="))


async def risk(program: FrozenProgram) -> None:
    program.hear(ActionNeeded(RiskUntold()))


async def chat(program: FrozenProgram) -> None:
    await program.go_to("项目群")
    program.chat.composer.load("八点准时开始")


async def upload(program: FrozenProgram) -> None:
    await program.go_to("项目群")
    await _upload(program, "build.log", 12_000_000, 8_500_000)


async def countdown(program: FrozenProgram) -> None:
    await program.go_to("项目群")
    await program.own(1)


async def files(program: FrozenProgram) -> None:
    await program.go_to("项目群")
    await program.press("ctrl+o")
    await program.sees("build.log")
    await program.press("down", "space", "down", "space", "up")
    await program.sees("会议纪要 ·")


async def uploads(program: FrozenProgram) -> None:
    await program.go_to("项目群")
    await _uploads(program)
    await program.press("ctrl+t")


async def completion(program: FrozenProgram) -> None:
    await program.go_to("项目群")
    await program.type("/re")


async def forward(program: FrozenProgram) -> None:
    await program.go_to("项目群")
    await program.own(1)
    await program.press("f")
    await program.sees("Tab mark")
    await program.press("down", "down", "down", "tab", "tab")


async def marked(program: FrozenProgram) -> None:
    await program.go_to("项目群")
    await program.own(1)
    await program.press("space", "k", "k", "space", "k", "space")


async def mentions(program: FrozenProgram) -> None:
    await program.go_to("项目群")
    await program.type("/mentions")
    await program.press("enter")


async def request(program: FrozenProgram) -> None:
    await program.go_to("朋友推荐消息")
    await program.press("tab")


async def correction(program: FrozenProgram) -> None:
    await program.go_to("项目群")
    await program.type("s/三个/两个/")


async def picture_in_log(program: FrozenProgram) -> None:
    await program.go_to("项目群")
    await _picture(program)
    await program.sees("▣")
    program.chat.focus_log()


async def picture_alone(program: FrozenProgram) -> None:
    await picture_in_log(program)
    await program.sees("▀")
    await program.press("o")


async def _picture(program: FrozenProgram) -> None:
    """A picture that has just come; the terminal shows half blocks."""
    context, here = program.context, program.chat.conversation
    assert here is not None
    context.runtime._pictures = Landscapes()
    theirs = [one.sender for one in program.chat.message_log.in_sight if one.sender and not one.mine]
    body, key = bodies.Image(1280, 960), SyncKey(((1, 99),))
    arrived = bodies.Message("7041234567890123321", here.user_name, theirs[-1], False, NOW, body)
    await context.store.apply(SyncBatch((arrived,), (), (), SyncKeys(key, key)))


class Landscapes:
    """Stands for `Pictures` of a runtime: hills and a sun, in whatever size."""

    def ready(self, message: StoredMessage, box: PictureBox) -> None:
        pass

    async def thumbnail(self, message: StoredMessage, box: PictureBox) -> Drawn:
        rows = min(box.rows, box.columns * 3 // 8)
        columns = rows * 8 // 3
        pixels = (landscape(x / columns, y / rows / 2) for y in range(rows * 2) for x in range(columns))
        frame = PictureFrame(b"".join(bytes((*one, 255)) for one in pixels), 0)
        return Drawn("JPEG", 1280, 960, columns, rows, (frame,))

    async def whole(self, message: StoredMessage, box: PictureBox, on_percent: object = None) -> Drawn:
        return await self.thumbnail(message, box)

    async def hear(self, change: Change) -> None:
        pass

    async def close(self) -> None:
        pass


def landscape(x: float, y: float) -> tuple[int, int, int]:
    """The colour at a place; both sides are 1 long."""
    if (x - 0.7) ** 2 * 16 / 9 + (y - 0.28) ** 2 < 0.015:
        return 255, 231, 140
    if y > 0.95 - 0.45 * math.sin(3 * x + 0.2):
        return 38, 70, 60
    if y > 0.85 - 0.3 * math.sin(5 * x + 2):
        return 74, 112, 88
    return int(70 + 170 * y), int(130 + 60 * y), int(200 - 60 * y)


async def narrow(program: FrozenProgram) -> None:
    await program.go_to("项目群")


async def _upload(program: FrozenProgram, name: str, size: int, done: int) -> Upload:
    """A file that is on its way, and stays there."""
    context, here = program.context, program.chat.conversation
    assert here is not None
    to = await context.store.contact(here.user_name)
    row = await context.store.add_outgoing(
        conversation_id=here.id, to_user_name=to.user_name, client_msg_id="1", body=bodies.File(name, size)
    )
    upload = Upload(1, to, program_file(name), name, size, MediaKind.FILE, None, UploadState.UPLOADING, done)
    upload.rate, upload.seconds_left, upload.row = 3.1 * MIB, 2.0, row
    context.runtime.outbox.files.uploads.append(upload)
    program.chat.upload_moved(upload)
    return upload


def program_file(name: str) -> Path:
    return Path("/home/xiaoman/项目/发布") / name


async def _uploads(program: FrozenProgram) -> None:
    """Return uploads that are over, that run and that wait."""
    running = await _upload(program, "build.log", 12_000_000, 8_500_000)
    queue, contacts = program.context.runtime.outbox.files.uploads, await program.context.store.contacts()
    people = {one.name: one for one in contacts}
    sent = next(one for one in program.chat.message_log.own_messages if one.msg_id)
    over = Upload(2, people["张三"], program_file("设计稿-v7.psd"), "设计稿-v7.psd", 31 * MIB, MediaKind.FILE, None)
    over.state, over.row = UploadState.SENT, sent
    waits = [
        Upload(number, people[name], program_file(file), file, size, kind, None)
        for number, (name, file, size, kind) in enumerate(
            [
                ("Alice", "demo.mp4", 18 * MIB, MediaKind.VIDEO),
                ("妈妈", "照片.png", 42_000, MediaKind.IMAGE),
                ("项目群", "会议纪要.txt", 296, MediaKind.FILE),
            ],
            3,
        )
    ]
    queue[:] = [over, running, *waits]


SCENES: Final = (
    Scene("login", "The login screen with its QR code", login, ("Scan this code", "▀"), (80, 24), furnished=False),
    Scene("risk", "Before the first login to the web version", risk, ("not now",), (80, 24), furnished=False),
    Scene("chat", "A group conversation, with the conversation list beside it", chat, ("八点准时开始",)),
    Scene("upload", "An upload in the conversation, with its progress", upload, ("▰", "70%"), (80, 24)),
    Scene("revoke", "A sent message with its MsgID and the time left to recall it", countdown, ("1:48",), (80, 24)),
    Scene("correction", "s/old/new/: what it recalls and what it sends", correction, ("两个 warning",), (80, 24)),
    Scene("marked", "Three marked messages, and what can be done with them", marked, ("3 marked",), (80, 24)),
    Scene("mentions", "/mentions: messages that mention you", mentions, ("@林小满", "go there"), (80, 20)),
    Scene("request", "A friend request, with its keys", request, ("a accept",), (80, 20)),
    Scene("files", "The file picker", files, ("build.log", "2 "), (100, 26)),
    Scene("transfers", "The list of uploads", uploads, ("▰", "queued"), (80, 20)),
    Scene("commands", "Slash commands, as they are completed", completion, ("/revoke", "/retry"), (80, 20)),
    Scene("forward", "Forwarding a message to several", forward, ("Forward",), (80, 24)),
    Scene("picture", "A picture below the selected message", picture_in_log, ("▀", "o view")),
    Scene("view", "A picture on the whole screen", picture_alone, ("2/2", "▀"), (80, 24)),
    Scene("narrow", "The conversation in a narrow terminal", narrow, ("项目群",), (50, 20)),
    Scene("light", "The conversation in the light theme", chat, ("八点准时开始",), (100, 26), "light"),
    Scene("chinese", "界面中文", chat, ("八点准时开始", "在线"), (100, 26), language="zh_CN"),
)
BY_NAME: Final = {scene.name: scene for scene in SCENES}


# ---------------------------------------------------------------- taking pictures


def take(program: FrozenProgram, scene: Scene) -> str:
    """Return the screen as an SVG."""
    foreground, background = paper_of(scene.theme)
    strips, caret = screen_strips(program.app), program.app._caret()
    return picture(strips, scene.size[0], scene.title, foreground=foreground, background=background, caret=caret)


def paper_of(theme: Theme) -> tuple[str, str]:
    """Return the colours of letters and background that a theme brings along."""
    text = THEME_STYLES[theme].text
    assert text.color is not None
    assert text.bgcolor is not None
    return text.color.get_truecolor().hex, text.bgcolor.get_truecolor().hex


async def draw(scene: Scene, world: FrozenWorld, wanted: str = "") -> str:
    """Play a scene and take its picture: the one that is wanted, if it comes to that, else the one that stays."""
    profile = await world.profile(scene.name, furnished=scene.furnished)
    async with frozen_program(profile, scene.size, scene.theme, world.files, online=scene.furnished) as program:
        await scene.play(program)
        for words in scene.seen:
            await program.sees(words)
        before, same, svg = "", 0, ""
        for _ in range(_CALM * 10):
            await program.pilot.pause()
            svg = take(program, scene)
            same = same + 1 if svg == before else 0
            if svg == wanted or (same >= _CALM and not wanted):
                break
            before = svg
            await asyncio.sleep(0.025)
        return svg


def draw_all(names: list[str], folder: Path) -> None:
    """Draw those of them that speak this process's language into `folder`; others have a process of their own."""

    async def run() -> None:
        with frozen_home() as home:
            world = FrozenWorld(home)
            for name in mine:
                svg = await draw(BY_NAME[name], world)
                (folder / f"{name}.svg").write_text(svg, encoding="utf-8")

    mine = [name for name in names if BY_NAME[name].language == wanted_language()]
    others = [name for name in names if name not in mine]
    folder.mkdir(parents=True, exist_ok=True)
    if mine:
        asyncio.run(run())
    for language in sorted({BY_NAME[name].language for name in others}):
        theirs = [name for name in others if BY_NAME[name].language == language]
        draw_elsewhere(theirs, folder, language)


def draw_elsewhere(names: list[str], folder: Path, language: str) -> None:
    """The interface's language is chosen once in a process."""
    command = [sys.executable, "-m", "tests.support.screenshots", "--into", str(folder), *names]
    subprocess.run(command, cwd=ROOT, env=os.environ | {"WXTUI_LANG": language}, check=True, timeout=120)


def main(arguments: list[str]) -> None:
    """`[--into FOLDER] [NAME…]`."""
    folder = FOLDER
    if arguments[:1] == ["--into"]:
        folder, arguments = Path(arguments[1]), arguments[2:]
    unknown = [name for name in arguments if name not in BY_NAME]
    if unknown:
        sys.exit(f"no such picture: {', '.join(unknown)}; there are: {', '.join(BY_NAME)}")
    os.environ.setdefault("WXTUI_LANG", "en")
    draw_all(arguments or list(BY_NAME), folder)


if __name__ == "__main__":
    main(sys.argv[1:])
