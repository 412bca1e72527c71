"""A simulated day of the full-screen program, and whether anything grows: `python -m tests.benchmarks.soak`."""

from __future__ import annotations

import argparse
import asyncio
import gc
import os
import random
import statistics
import sys
import tempfile
import threading
import time
import tracemalloc
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from unittest.mock import patch

import httpx

from tests.benchmarks import servers
from tests.campaign.evidence import read_rows
from tests.monkey.monkey import Paper
from tests.support.waiting import until
from tui.app import WxtuiApp
from tui.config.settings import Settings
from tui.paths import find_profile
from tui.screens.chat.chat_screen import ChatScreen
from tui.services.client import supervisor
from tui.services.http.transport import Transport
from tui.services.session.login_options import LoginOptions
from tui.services.sync import sync_loop
from tui.services.util import retry
from tui.store.store import Store
from tui.wire.call import Answer, Request

DAY = 86_400
SAMPLES = 50
STILL = "每日科技"
"""A conversation in which nothing happens, but for what is typed there."""
PATIENCE = 120.0
"""Seconds in which nothing at all moves, after which the day is over and lost."""
LIMITS = {"rss": 8.0, "objects": 3.0, "traced": 3.0, "descriptors": 3, "threads": 2, "tasks": 4}
"""How much each may grow from the first tenth to the end, by the line through its samples: MiB, thousand blocks of
memory per hundred (percent), MiB, and counts."""

SANDBOX = """
from tui.sandbox.world.options import SandboxOptions
from tui.sandbox.server import serve
options = SandboxOptions(scan_delay=0.0, replies=False, poll_seconds=0.002, contacts=200)
serve(options, lambda origin: print(origin, flush=True))
"""


@dataclass(frozen=True)
class Day:
    """How much happens."""

    cycles: int
    messages: int
    reconnects: int
    ends: int


@dataclass(frozen=True)
class Sample:
    """What the process has at one moment. `at`: sync cycles so far; `rss` and `traced` in MiB, `objects` in percent."""

    at: int
    rss: float
    objects: float
    traced: float
    descriptors: int
    threads: int
    tasks: int


@contextmanager
def hurried(count: Callable[[], None]) -> Iterator[None]:
    """Waits become short, and every synccheck is counted; nothing else changes."""
    send, wait = Transport.send, retry.Backoff.wait

    async def counted(self: Transport, name: str, request: Request, body: Any = None) -> Answer:
        if name == "synccheck":
            count()
        return await send(self, name, request, body)

    def shorter(self: retry.Backoff, at_least: float = 0.0) -> float:
        return wait(self, at_least) / 1000

    with (
        patch.object(Transport, "send", counted),
        patch.object(retry.Backoff, "wait", shorter),
        patch.object(sync_loop, "EMPTY_PAUSE", 0.0),
        patch.object(supervisor, "AT_ONCE", 0.0),
    ):
        yield


class Soak:
    """One program, one sandbox, one day."""

    def __init__(self, origin: str, day: Day, traced: bool) -> None:
        self._origin = origin
        self._day = day
        self._traced = traced
        self._cycles = self._in = self._out = self._reconnects = self._ends = 0
        self._moved = time.monotonic()
        self._random = random.Random("soak")
        self._base = 0
        self.samples: list[Sample] = []
        self.problems: list[str] = []
        self.shots: list[tracemalloc.Snapshot] = []

    def count(self) -> None:
        """One more synccheck."""
        self._cycles += 1
        self._moved = time.monotonic()

    def now(self) -> datetime:
        """The simulated time: a day for all cycles."""
        share = self._cycles / self._day.cycles
        return datetime(2026, 1, 5, tzinfo=UTC) + timedelta(seconds=DAY * share)

    async def run(self) -> None:
        """The day, and its samples."""
        profile = find_profile("default")
        async with (
            await Store.open(profile.store_file, clock=self.now) as store,
            httpx.AsyncClient(trust_env=False, base_url=f"{self._origin}/_sandbox/") as control,
        ):
            app = WxtuiApp(profile, LoginOptions(origin=self._origin), Settings(), store, clock=self.now)
            app.driver_class = Paper
            running = asyncio.create_task(app.run_async(size=(120, 40)))
            try:
                await until(lambda: app.context.runtime.client is not None and app._chat.conversation_list.shown)
                with app._context():
                    await app._chat.open(app._chat.conversation_list.shown[0])
                    await self._live(app, control)
                await self._account(app, store, control)
            finally:
                app.exit()
                await asyncio.wait({running}, timeout=30)
            if app.broken_by is not None:
                self.problems.append(f"the program broke down: {app.broken_by!r}")

    async def _live(self, app: WxtuiApp, control: httpx.AsyncClient) -> None:
        day, chat = self._day, app._chat
        step = 0
        while self._cycles < day.cycles:
            step += 1
            share = self._cycles / day.cycles
            outbox = app.context.runtime.loaded_outbox
            await self._arrive(control, share)
            if self._out < day.messages * share and outbox is not None and len(outbox.sender.waiting) < 20:
                await self._write(chat)
            if self._reconnects < day.reconnects * share:
                self._reconnects += 1
                kind = self._random.choice(("reset", "drop_before", "drop_after", "truncate", "html"))
                await control.post(
                    "fault", json={"call": self._random.choice(("synccheck", "webwxsync")), "kind": kind}
                )
            if self._ends < day.ends * share and app.context.runtime.client is not None:
                self._ends += 1
                await control.post("expire", json={"retcode": self._random.choice((1100, 1101, 1102))})
            if len(self.samples) < SAMPLES * share:
                before = chat.conversation
                await self._rest(chat)
                self._sample()
                if before is not None and not chat.composer.text:
                    # Nothing is typed into the still one: a screen that fills with messages would look like growth.
                    await chat.open(before)
            if time.monotonic() - self._moved > PATIENCE:
                self.problems.append(f"nothing moves after {self._cycles} cycles")
                return
            await asyncio.sleep(0.002)

    async def _rest(self, chat: ChatScreen) -> None:
        """Show the same conversation at each sample: how many messages are in sight is no growth."""
        text, shown = chat.composer.text, chat.conversation_list.shown
        still = next((one for one in shown if one.name == STILL), None)
        if still is not None and not text:
            await chat.open(still)
            await asyncio.sleep(0.02)

    async def _write(self, chat: ChatScreen) -> None:
        """One text more; one that came back into the bar, as between two logins, goes first."""
        text = chat.composer.text
        if text:
            # Its conversation is of an earlier login.
            rows = await chat.context.store.conversations()
            here = [one for one in rows if not one.earlier and one.name != STILL]
            chat.composer.load("")
            await chat.open(self._random.choice(here))
        else:
            self._out += 1
        chat.composer.load(text or f"out {self._out}")
        chat.composer.send()
        told = asyncio.Event()
        # Behind what was sent, in the bar's line and then in the screen's.
        chat.composer.call_later(chat.call_later, told.set)
        await told.wait()
        if self._out % 25 == 0:
            step = self._random.choice((-1, 1))
            await chat.action_neighbour(step)
            if chat.conversation is not None and chat.conversation.name == STILL:
                await chat.action_neighbour(step)

    async def _arrive(self, control: httpx.AsyncClient, share: float) -> None:
        who = (("zhangsan", None), ("lisi", "项目群"), ("alice", None), ("mum", None), ("bob", "热闹群"))
        while self._in < self._day.messages * share:
            self._in += 1
            sender, group = self._random.choice(who)
            body = {"type": "text", "from": sender, "content": f"in {self._in}"} | ({"group": group} if group else {})
            await control.post("push", json=body)

    async def _account(self, app: WxtuiApp, store: Store, control: httpx.AsyncClient) -> None:
        """At the end nothing waits, and every text is at the server, or stands in a bar."""

        async def nothing_waits() -> bool:
            return not await store.waiting()

        with suppress(TimeoutError):
            await until(nothing_waits, 30)
        sent = Counter(one["content"] for one in (await control.get("sent")).json())
        kept = [app._chat.composer.text, *(one.draft for one in await store.conversations())]
        rows = {row.what: row.state for row in read_rows(find_profile("default").store_file) if row.outgoing}
        for number in range(1, self._out + 1):
            text = f"out {number}"
            if sent[text] != 1 and text not in kept and rows.get(text) != "unknown":
                self.problems.append(f"“{text}” is {sent[text]} times at the server, here {rows.get(text, 'nowhere')}")

    def _sample(self) -> None:
        gc.collect()
        blocks = sys.getallocatedblocks()
        self._base = self._base or blocks
        if self._traced and len(self.samples) in (SAMPLES // 4, SAMPLES - 1):
            self.shots.append(tracemalloc.take_snapshot())
        rss = int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE") / 2**20
        self.samples.append(
            Sample(
                at=self._cycles,
                rss=rss,
                objects=100 * blocks / self._base,
                traced=tracemalloc.get_traced_memory()[0] / 2**20 if self._traced else 0.0,
                descriptors=len(list(Path("/proc/self/fd").iterdir())),
                threads=threading.active_count(),
                tasks=len(asyncio.all_tasks()),
            )
        )


def growth(samples: list[Sample], name: str) -> float:
    """How much the line through the samples after the first tenth climbs, from there to the end."""
    later = samples[len(samples) // 10 :]
    at = [float(sample.at) for sample in later]
    slope, _ = statistics.linear_regression(at, [float(getattr(sample, name)) for sample in later])
    return slope * (at[-1] - at[0])


def report(soak: Soak, seconds: float) -> bool:
    """Print the table; whether all is flat."""
    print(f"{soak._cycles} cycles, {soak._in} in, {soak._out} out, ", end="")
    print(f"{soak._reconnects} reconnects, {soak._ends} ends, {seconds:.0f} s")
    flat = not soak.problems
    for name, limit in LIMITS.items():
        values = [getattr(sample, name) for sample in soak.samples]
        if len(values) < 10 or not any(values):
            continue
        climb = growth(soak.samples, name)
        good = climb <= limit
        flat = flat and good
        first, last = values[len(values) // 10], values[-1]
        note = f"(at most {limit}){'' if good else '  GROWS'}"
        print(f"  {name:<12} {first:>8.1f} → {last:>8.1f}   slope {climb:>+8.2f} a day {note}")
    for problem in soak.problems:
        print(f"  {problem}")
    if len(soak.shots) == 2:
        for line in soak.shots[1].compare_to(soak.shots[0], "traceback")[:12]:
            print(f"  {line.size_diff / 1024:+.0f} KiB, {line.count_diff:+} blocks")
            print("\n".join(f"    {one}" for one in line.traceback.format(4)))
    return flat


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--cycles", type=int, default=20_000, help="synccheck rounds (default 20000)")
    parser.add_argument("--messages", type=int, default=5_000, help="in, and as many out (default 5000)")
    parser.add_argument("--reconnects", type=int, default=200, help="broken connections (default 200)")
    parser.add_argument("--ends", type=int, default=20, help="sessions that the server ends (default 20)")
    parser.add_argument("--trace", action="store_true", help="tracemalloc, too: slow; prints the largest growth")
    arguments = parser.parse_args()
    day = Day(arguments.cycles, arguments.messages, arguments.reconnects, arguments.ends)
    with ExitStack() as stack:
        home = stack.enter_context(tempfile.TemporaryDirectory(prefix="wxtui-soak-"))
        stack.enter_context(patch.dict(os.environ, {"WXTUI_HOME": home, "WXTUI_LANG": "en"}))
        origin = stack.enter_context(servers._served([sys.executable, "-c", SANDBOX]))
        soak = Soak(origin, day, arguments.trace)
        stack.enter_context(hurried(soak.count))
        if arguments.trace:
            tracemalloc.start(6)
        began = time.monotonic()
        asyncio.run(soak.run())
        flat = report(soak, time.monotonic() - began)
    sys.exit(not flat)


if __name__ == "__main__":
    main()
