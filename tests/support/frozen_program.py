"""The demo at a moment that never passes: a home with stored messages and files to send, no network, no clock."""

from __future__ import annotations

import asyncio
import os
import shutil
import tempfile
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from unittest.mock import patch

from tests.support.program_pilot import ProgramPilot
from tui.app import WxtuiApp
from tui.config.settings import Settings, Theme
from tui.paths import Profile, find_profile
from tui.sandbox.living import furnish
from tui.sandbox.server import SandboxServer
from tui.sandbox.world.options import SandboxOptions
from tui.sandbox.world.people_data import PROJECT_GROUP
from tui.sandbox.world.samples import write_samples
from tui.services.client.authenticate import log_in
from tui.services.client.client import Client
from tui.services.client.events import ConnectionState, LoggedIn, SessionEvent
from tui.services.session.login_events import LoginEvent
from tui.services.session.login_options import LoginOptions
from tui.services.sync.sync_loop import SyncLoop
from tui.store.models import StoredMessage
from tui.store.store import Store
from tui.wire.names import Endpoint

NOW = datetime(2024, 11, 21, 6, 20, 30, tzinfo=UTC)
"""A Thursday, 14:20:30 in Shanghai. Long ago, so that the dates of the files are never told as "3 days ago"."""
ME = "林小满"

TALK = (
    (26, "lisi", "text", "测试环境今天早上恢复了，大家可以继续"),
    (25, "stranger", "text", "收到，谢谢[强]"),
    (24, "alice", "text", "Thanks! QA needs the build log before the release, please 🙏"),
    (9, "zhangsan", "text", "今晚八点上线，回滚方案我发群里了：先停写，再切流量，最后回滚数据库。有问题现在说"),
    (8, "alice", "text", "QA is green, ready when you are 🚀"),
    (4, "lisi", "file", {"name": "回滚方案-v3.pdf", "size": 483_120}),
    (3, "stranger", "text", "晚上我也在，需要我做什么？"),
)
"""(minutes ago, who, kind, what): what the project's group said today."""
MINE = ((3.4, "我负责发布，构建日志马上传上来"), (2.5, "八店准时开始"), (0.2, "日志里有三个 warning，都是旧的"))
"""(minutes ago, what): what was sent from here."""
REVOKED = "八店准时开始"


class FrozenSupervisor:
    """Stands for the session: nothing comes, nothing ends."""

    client: Client | None = None
    session = False
    last_sync = NOW
    silence = 3.0
    endpoint = Endpoint.WEB

    def __init__(self) -> None:
        self.running = asyncio.Event()

    async def run(self) -> None:
        self.running.set()
        await asyncio.Event().wait()

    @property
    def state(self) -> ConnectionState:
        return ConnectionState(self.session)

    def again(self, *given: object, **named: object) -> None:
        pass


@contextmanager
def frozen_home() -> Iterator[Path]:
    """A home of one's own, in Shanghai, in an environment that says nothing about the terminal."""
    kept, home = dict(os.environ), Path(tempfile.mkdtemp(prefix="wxtui-still-"))
    for name in kept:
        if name in ("NO_COLOR", "COLORFGBG") or (
            name != "WXTUI_LANG" and name.startswith(("WXTUI_", "TEXTUAL", "LC_"))
        ):
            del os.environ[name]
    os.environ |= {"HOME": str(home), "WXTUI_HOME": str(home / ".wxtui"), "TZ": "Asia/Shanghai", "TERM": "xterm"}
    os.environ["COLORTERM"] = "truecolor"
    os.environ.setdefault("WXTUI_LANG", "en")
    time.tzset()
    try:
        yield home
    finally:
        os.environ.clear()
        os.environ.update(kept)
        time.tzset()
        shutil.rmtree(home, ignore_errors=True)


def lay_out_files(home: Path) -> Path:
    """The demo's files, each with a date of its own; the folder they are in."""
    folder = home / "项目" / "发布"
    folder.mkdir(parents=True)
    write_samples(folder, 1)
    for name in ("下载", "照片"):
        (home / name).mkdir()
    places = [path for place in (folder, home) for path in sorted(place.rglob("*"), key=str, reverse=True)]
    for number, path in enumerate(places):
        at = (NOW - timedelta(hours=31 * (number + 1))).timestamp()
        path.chmod(0o755 if path.is_dir() else 0o644)
        os.utime(path, (at, at))
    return folder


async def lay_out_messages(profile: Profile) -> None:
    """Log in to a sandbox whose clock stands still, take everything that waits there, write some messages, leave."""
    moment = [NOW]

    def nothing(event: LoginEvent) -> None:
        pass

    options = SandboxOptions(scan_delay=0.0, replies=False, clock=NOW.timestamp)
    async with SandboxServer(options) as server, await Store.open(profile.store_file, clock=lambda: moment[0]) as store:
        state = server.state
        furnish(state)
        group = state.world.contacts[PROJECT_GROUP]
        for minutes, sender, kind, content in TALK:
            state.arrive(kind, group, sender, content, age=minutes * 60)
        async with log_in(profile, LoginOptions(Endpoint.WEB, server.origin), nothing, store=store) as client:
            await SyncLoop(client.context, store, client.directory, lambda *_: None, lambda: None).drain()
            there = next(one for one in await store.contacts() if one.name == "项目群")
            for minutes, text in MINE:
                moment[0] = NOW - timedelta(minutes=minutes)
                row = await client.chat.send_text(there, text)
                if text == REVOKED:
                    await client.chat.revoke(row)
            for one in await store.conversations():
                if one.user_name == there.user_name:
                    await store.mark_read(one.id)


class FrozenWorld:
    """A home that is furnished once; each program that is shown gets a copy of its messages."""

    def __init__(self, home: Path) -> None:
        self.files = lay_out_files(home)
        self._furnished: Profile | None = None

    async def profile(self, name: str, *, furnished: bool) -> Profile:
        """A profile of that name, with the world's messages or with none."""
        profile = find_profile(name)
        if furnished:
            if self._furnished is None:
                self._furnished = find_profile("furnished")
                await lay_out_messages(self._furnished)
            profile.state.mkdir(parents=True, exist_ok=True)
            shutil.copy(self._furnished.store_file, profile.store_file)
        return profile


class FrozenProgram(ProgramPilot):
    """A program that stands still, and what is put into it."""

    @property
    def context(self) -> Any:
        """The profile's store and services."""
        return self.app.context

    def hear(self, event: SessionEvent) -> None:
        """The session says something."""
        self.context.runtime._heard(event)

    async def go_to(self, name: str) -> None:
        """Open a conversation."""
        conversation = next(one for one in await self.context.store.conversations() if one.name == name)
        await self.chat.open(conversation)
        self.chat.composer.focus()
        await self.until(lambda: self.chat.composer.has_focus)

    async def own(self, number: int) -> StoredMessage:
        """Select one's own message of that number, the last one first."""
        self.chat.message_log.focus()
        await self.until(lambda: len(self.chat.message_log.own_messages) >= number)
        found = self.chat.message_log.own_messages[number - 1]
        assert await self.chat.message_log.go_to(found)
        return found


@asynccontextmanager
async def frozen_program(
    profile: Profile, size: tuple[int, int], theme: Theme, start: Path, *, online: bool
) -> AsyncIterator[FrozenProgram]:
    """The whole program on a profile; `online`: with a session, as far as can be seen."""
    supervisor = FrozenSupervisor()
    with (
        patch("tui.services.client.supervisor.SessionSupervisor", lambda *given, **more: supervisor),
        # Others are shown in the same home: the palette lists the profiles that there are.
        patch("tui.services.session.profile_list.known_profiles", list),
    ):
        async with await Store.open(profile.store_file, clock=lambda: NOW) as store:
            app = WxtuiApp(profile, LoginOptions(), Settings(theme=theme, start_dir=start), store, clock=lambda: NOW)
            async with app.run_test(size=size) as pilot:
                program = FrozenProgram(app, pilot, [])
                await supervisor.running.wait()
                if online:
                    supervisor.session = True
                    program.hear(LoggedIn(_client(program)))
                    await program.sees(lambda text: text.splitlines()[-1].lstrip().startswith("●"))
                yield program


def _client(program: FrozenProgram) -> Any:
    """Return a session with only the fields that screens read."""
    session = SimpleNamespace(nick_name=ME, endpoint=Endpoint.WEB)
    return SimpleNamespace(
        context=SimpleNamespace(session=session, surely_past=lambda: None), store=program.context.store
    )
