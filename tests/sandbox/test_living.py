"""The world of `wxtui demo`: it moves by itself, calmly, and the same way for the same seed."""

from __future__ import annotations

import asyncio
import os
import random
import socket
import subprocess
import sys
from itertools import islice, pairwise
from pathlib import Path

import msgspec
import pytest

from tests.support.waiting import wait_until
from tui.sandbox import living
from tui.sandbox.session.faults import FaultKind
from tui.sandbox.session.state import State
from tui.sandbox.world.options import SandboxOptions
from tui.sandbox.world.people_data import BUSY_GROUP, ECHO, PROJECT_GROUP, RECALLER, REQUESTS, SLOW
from tui.sandbox.world.samples import LOG, LOG_SIZE, write_samples
from tui.sandbox.world.world_request import PROGRAM, SCAN, WorldRequest
from tui.wire.names import Endpoint, MsgType

HOUR = 3600.0


class Time:
    """Seconds that pass at once, whenever everybody sleeps."""

    def __init__(self) -> None:
        self.now = 1_700_000_000.0
        self.sleepers: list[tuple[float, int, asyncio.Event]] = []

    async def pause(self, seconds: float) -> None:
        waking = asyncio.Event()
        self.sleepers.append((self.now + seconds, len(self.sleepers), waking))
        await waking.wait()

    async def run(self, seconds: float) -> None:
        end = self.now + seconds
        while True:
            for _ in range(5):
                await asyncio.sleep(0)
            due = min(self.sleepers, default=None, key=lambda one: one[:2])
            if due is None or due[0] > end:
                self.now = end
                return
            self.now = due[0]
            self.sleepers.remove(due)
            due[2].set()


async def day(monkeypatch: pytest.MonkeyPatch, seed: int, seconds: float) -> tuple[State, list[tuple[float, str, str]]]:
    """What happened within `seconds` of the first login: (when, chat, content)."""
    clock = Time()
    state = State(SandboxOptions(seed=seed, clock=lambda: clock.now, scan_delay=0.0))
    monkeypatch.setattr(state, "pause", clock.pause)
    living.furnish(state)
    state.start(living.live(state))
    await clock.run(10)
    before = list(state.messages)
    state.log_in(Endpoint.WEB)
    began = clock.now
    await clock.run(seconds)
    new = [message for key, message in state.messages.items() if key not in before]
    state.closed = True
    for _, _, waking in clock.sleepers:
        waking.set()
    await asyncio.sleep(0)
    state.close()
    return state, [(message.created - began, message.chat, message.parts.content) for message in new]


async def test_the_same_seed_is_the_same_day(monkeypatch: pytest.MonkeyPatch) -> None:
    _, first = await day(monkeypatch, 7, HOUR)
    _, again = await day(monkeypatch, 7, HOUR)
    _, other = await day(monkeypatch, 8, HOUR)
    assert first == again
    assert first != other


async def test_a_colleague_takes_an_image_back(monkeypatch: pytest.MonkeyPatch) -> None:
    state, _ = await day(monkeypatch, 1, 120)
    messages = list(state.messages.values())
    images = [at for at, one in enumerate(messages) if one.parts.msg_type is MsgType.IMAGE and one.chat == "zhangsan"]
    recalls = [one for one in messages[images[-1] :] if one.parts.msg_type is MsgType.REVOKE]
    assert messages[images[-1]].msg_id in recalls[0].parts.content
    assert 5 <= recalls[0].created - messages[images[-1]].created <= 60, "long enough to be seen, soon enough to be met"


async def test_the_first_minute_has_what_matters_and_what_does_not(monkeypatch: pytest.MonkeyPatch) -> None:
    state, happened = await day(monkeypatch, 1, 75)
    assert {chat for _, chat, text in happened if text.startswith("@林小满\u2005")} == {PROJECT_GROUP}
    assert {living.MORNING, living.NOTICES, REQUESTS} <= {chat for _, chat, _ in happened}
    before = [one for one in state.messages.values() if "@林小满\u2005" in one.parts.content]
    assert before[0].chat == living.MUTED_GROUP and state.world.contacts[living.MUTED_GROUP].muted


async def test_it_is_no_noise_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    _, happened = await day(monkeypatch, 1, HOUR)
    first = [when for when, _, _ in happened if when < 60]
    late = [when for when, _, _ in happened if when > 600]
    assert 3 <= len(first) <= 10, "a newcomer sees it move"
    assert 5 <= len(late) <= 20, "and can then read in peace"
    busy = [when for when, chat, _ in happened if chat == BUSY_GROUP]
    gaps = [after - before for before, after in pairwise(busy)]
    assert min(gaps) > 8
    assert gaps[-1] > 150


async def test_nothing_happens_before_somebody_is_there_to_see_it(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = Time()
    state = State(SandboxOptions(clock=lambda: clock.now))
    monkeypatch.setattr(state, "pause", clock.pause)
    living.furnish(state)
    before = len(state.messages)
    state.start(living.live(state))
    await clock.run(60)
    assert len(state.messages) == before
    state.close()


async def test_those_who_answer_are_in_the_list_and_most_of_it_is_read() -> None:
    state = State(SandboxOptions())
    living.furnish(state)
    texts = {one.chat for one in state.messages.values() if one.parts.msg_type is MsgType.TEXT}
    assert {ECHO, SLOW, RECALLER} <= texts
    read = {one.chat for one in state.messages.values() if one.parts.msg_type is MsgType.STATUS_NOTIFY}
    assert {"alice", "family"} <= read
    assert not read & {"mum", "project", ECHO}, "an unread person, an unread group, somebody to answer"
    state.close()


async def test_a_first_login_at_once_leaves_the_second_its_time(monkeypatch: pytest.MonkeyPatch) -> None:
    state, _ = await day(monkeypatch, 1, 5)
    assert state.options.scan_delay == SCAN


def test_uploads_are_slow_enough_to_be_seen() -> None:
    state = State(SandboxOptions())
    living.throttle(state)
    for _ in range(50):
        fault = state.faults.take("webwxuploadmedia", frozenset({FaultKind.SLOW}))
        assert fault is not None
        assert fault.value == living.UPLOAD_RATE
    assert 3 <= LOG_SIZE / living.UPLOAD_RATE <= 15
    state.close()


def test_the_groups_silence_grows() -> None:
    gaps = list(islice(living.pauses(random.Random(1)), 12))
    assert gaps[0] < 20
    assert all(gap > 180 for gap in gaps[8:])


def test_the_samples_are_the_same_for_the_same_seed(tmp_path: Path) -> None:
    folders = [tmp_path / name for name in ("a", "b", "c")]
    for folder, seed in zip(folders, (1, 1, 2), strict=True):
        folder.mkdir()
        write_samples(folder, seed)
    first, again, other = [
        {path.relative_to(folder): path.read_bytes() for path in folder.rglob("*") if path.is_file()}
        for folder in folders
    ]
    assert first == again
    assert first != other
    assert len(first[Path(LOG)]) == LOG_SIZE
    assert first[Path("照片.png")].startswith(b"\x89PNG")
    assert first[Path("跳舞.gif")].startswith(b"GIF89a")


@pytest.mark.parametrize("how", ["closed", "killed"])
def test_the_process_ends_with_the_one_that_started_it(tmp_path: Path, how: str) -> None:
    home = tmp_path / "demo"
    (home / "files").mkdir(parents=True)
    listening = socket.create_server(("127.0.0.1", 0))
    address = listening.getsockname()
    wanted = WorldRequest(listening.fileno(), 1, 0, True, str(home / "files"), str(home))
    starting = (
        "import subprocess, sys; p = subprocess.Popen([sys.executable, '-m', sys.argv[1], sys.argv[2]],"
        " stdin=subprocess.PIPE, pass_fds=[int(sys.argv[3])]); sys.stdin.read(); p.stdin.close(); p.wait()"
    )
    with subprocess.Popen(
        [sys.executable, "-c", starting, PROGRAM, msgspec.json.encode(wanted).decode(), str(listening.fileno())],
        stdin=subprocess.PIPE,
        pass_fds=[listening.fileno()],
        env=os.environ | {"PYTHONUTF8": "1"},
    ) as parent:
        with socket.create_connection(address, 20) as client:
            client.sendall(b"GET /jslogin?appid=wx782c26e4c19acffb HTTP/1.1\r\nHost: localhost\r\n\r\n")
            assert client.recv(1000).startswith(b"HTTP/1.1 200")
        listening.close()
        if how == "killed":
            parent.kill()
        assert parent.stdin is not None
        parent.stdin.close()
        parent.wait(20)
    wait_until(lambda: not home.exists())  # Nobody else removes what it leaves behind.
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(address, 5)
