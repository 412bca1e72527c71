"""What the event loop of the full-screen program does at each key: `python -m tests.benchmarks.key_trace NOTES`.

Runs the program with every callback of its loop timed, in CPU of the loop's own thread: what other programs do at the
same time does not count. At SIGUSR1 it writes to NOTES what a key cost, by callback, and its dearest keys.
`python -m tests.benchmarks.terminal --only keys --runs 1 --trace NOTES` starts it so.
"""

from __future__ import annotations

import asyncio
import gc
import signal
import sys
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any
from unittest import mock

if TYPE_CHECKING:
    from textual.message import Message

_WORST = 0.01
_SHOWN = 14
"""Callbacks that are named."""


@dataclass
class KeyCost:
    """Milliseconds of CPU from one key to the next, by callback."""

    key: str
    at: float
    costs: Counter[str] = field(default_factory=Counter)
    calls: Counter[str] = field(default_factory=Counter)
    draws: list[float] = field(default_factory=list)
    """Milliseconds after the key at which something was written."""

    def add(self, name: str, ms: float) -> None:
        self.costs[name] += ms
        self.calls[name] += 1

    @property
    def total(self) -> float:
        return sum(cost for name, cost in self.costs.items() if not name.startswith(("store:", "collector")))


class Trace:
    """The costs of all keys so far."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self.keys = [KeyCost("start", time.monotonic())]

    def key(self, name: str) -> None:
        self.keys.append(KeyCost(name, time.monotonic()))

    def write(self, *_: object) -> None:
        kinds: dict[str, list[KeyCost]] = {}
        for one in self.keys[1:]:
            kinds.setdefault(one.key, []).append(one)
        lines = [line for kind, several in kinds.items() if len(several) >= 10 for line in _described(kind, several)]
        self._path.write_text("\n".join(lines) + "\n")


def _described(kind: str, keys: list[KeyCost]) -> list[str]:
    ordered = sorted(keys, key=lambda one: one.total)
    worst = ordered[-max(1, int(len(ordered) * _WORST)) :]
    lines = [f"{kind}: {len(keys)} keys, CPU ms {ordered[len(ordered) // 2].total:.2f} p50, {worst[0].total:.2f} p99"]
    for title, several in (("each", keys), ("worst", worst)):
        costs: Counter[str] = Counter()
        calls: Counter[str] = Counter()
        for one in several:
            costs += one.costs
            calls += one.calls
        draws = sum(len(one.draws) for one in several) / len(several)
        lines.append(f"  {title}, {draws:.1f} draws, at {[round(at, 1) for at in several[-1].draws]} ms:")
        lines += [
            f"    {cost / len(several):6.2f} ms {calls[name] / len(several):5.1f} x {name}"
            for name, cost in costs.most_common(_SHOWN)
        ]
    return lines


def _name_of(handle: Any) -> str:
    """Name an `asyncio.Handle` by its callback, which has no public name."""
    callback = handle._callback
    owner = getattr(callback, "__self__", None)
    if isinstance(owner, asyncio.Task):
        coroutine = owner.get_coro()
        frame = getattr(coroutine, "cr_frame", None)
        pump = frame.f_locals.get("self") if frame is not None else None
        group = getattr(pump, "group", "")
        return f"{getattr(coroutine, '__qualname__', coroutine)} {type(pump).__name__} {group}".rstrip()
    return str(getattr(callback, "__qualname__", callback))


def install(trace: Trace) -> None:
    """Time each callback, each job of the store's thread, each collection; note each key and draw."""
    # `_run` has no public name: nothing else sees each callback.
    handles: Any = asyncio.Handle
    run = handles._run

    def timed(handle: Any) -> None:
        name, began = _name_of(handle), time.thread_time()
        run(handle)
        trace.keys[-1].add(name, (time.thread_time() - began) * 1000)

    handles._run = timed
    collecting = [0.0]

    def collected(phase: str, info: dict[str, int]) -> None:
        if phase == "start":
            collecting[0] = time.thread_time()
        else:
            trace.keys[-1].add(f"collector {info['generation']}", (time.thread_time() - collecting[0]) * 1000)

    gc.callbacks.append(collected)

    from tui.store.db.connection import Database
    from tui.terminal.driver import TerminalDriver

    submit, process, write = Database._run, TerminalDriver.process_message, TerminalDriver.write

    async def job(database: Database, work: Callable[[], Any]) -> Any:
        def work_timed() -> object:
            began = time.thread_time()
            try:
                return work()
            finally:
                trace.keys[-1].add("store: job", (time.thread_time() - began) * 1000)

        return await submit(database, work_timed)

    def noted(driver: TerminalDriver, message: Message) -> None:
        if (key := getattr(message, "key", None)) is not None:
            trace.key(key if len(key) > 1 else "letter")
        process(driver, message)

    def written(driver: TerminalDriver, data: str) -> None:
        one = trace.keys[-1]
        one.draws.append((time.monotonic() - one.at) * 1000)
        write(driver, data)

    mock.patch.object(Database, "_run", job).start()
    mock.patch.object(TerminalDriver, "process_message", noted).start()
    mock.patch.object(TerminalDriver, "write", written).start()


def main() -> None:
    """Run wxtui with a trace."""
    trace = Trace(Path(sys.argv[1]))
    signal.signal(signal.SIGUSR1, trace.write)
    sys.argv = ["wxtui"]
    install(trace)
    from tui.__main__ import main as run

    run()


if __name__ == "__main__":
    main()
