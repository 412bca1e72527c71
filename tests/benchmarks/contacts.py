"""A login to ten thousand contacts and 500 groups: `python -m tests.benchmarks.contacts`.

How soon after the phone confirmed one can write, and how soon all names are there; against a client that only reads the
same bytes, in one page, and parses them.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from statistics import median

import httpx
import msgspec

from tests.benchmarks import figures, servers
from tui.app import WxtuiApp
from tui.config.settings import Settings
from tui.paths import find_profile
from tui.services.client.authenticate import log_in
from tui.services.client.events import ContactsLoading, LoggedIn
from tui.services.runtime import RuntimeEvent
from tui.services.session.login_events import PhaseChanged
from tui.services.session.login_options import LoginOptions
from tui.store.store import Store
from tui.wire.call import Request
from tui.wire.names import Endpoint
from tui.wire.people import contact_calls

SANDBOX = """
import sys
from tui.sandbox.world.options import SandboxOptions
from tui.sandbox.server import serve
contacts, groups, page = map(int, sys.argv[1:])
options = SandboxOptions(scan_delay=0.0, replies=False, contacts=contacts, groups=groups, contact_page=page)
serve(options, lambda origin: print(origin, flush=True))
"""
BEAT = 0.002
BARE, USABLE, NAMES = "one page, read and parsed", "wxtui, one can write", "wxtui, all names"


@dataclass
class Moments:
    """Milliseconds since the phone confirmed, CPU milliseconds of the process; the loop's longest stop, and its longest
    work at a stretch: where the stop is much longer, the machine was busy.
    """

    usable: float = 0.0
    names: float = 0.0
    cpu: float = 0.0
    stop: float = 0.0
    work: float = 0.0


class TimedApp(WxtuiApp):
    """The full-screen program, which notes its moments and leaves when all names are there."""

    moments = Moments()
    _began = _cpu = 0.0

    def hear(self, event: RuntimeEvent) -> None:
        super().hear(event)
        match event:
            case PhaseChanged(phase=phase) if phase.name == "CONFIRMED":
                self._began, self._cpu = time.perf_counter(), time.process_time()
            case LoggedIn():
                self.call_after_refresh(self._note, "usable")
            case ContactsLoading() if self.context.runtime.state.contacts is None:
                self.call_after_refresh(self._all_there)

    def _note(self, name: str) -> None:
        setattr(self.moments, name, (time.perf_counter() - self._began) * 1000)

    def _all_there(self) -> None:
        self._note("names")
        self.moments.cpu = (time.process_time() - self._cpu) * 1000
        self.exit()

    async def beat(self) -> None:
        """Note how long the loop stood still at most, since the phone confirmed."""
        while True:
            before, worked = time.perf_counter(), time.thread_time()
            await asyncio.sleep(BEAT)
            if self._began and before > self._began and not self.moments.names:
                self.moments.stop = max(self.moments.stop, (time.perf_counter() - before - BEAT) * 1000)
                self.moments.work = max(self.moments.work, (time.thread_time() - worked) * 1000)


async def program(origin: str) -> Moments:
    """The real program, without a terminal, at its first login."""
    async with await Store.open(find_profile("default").store_file, clock=lambda: datetime.now(UTC)) as store:
        app = TimedApp(find_profile("default"), LoginOptions(Endpoint.WEB, origin), Settings(), store)
        beating = asyncio.create_task(app.beat())
        await app.run_async(headless=True, size=(120, 40))
        beating.cancel()
        with suppress(asyncio.CancelledError):
            await beating
    return app.moments


async def bare(origin: str) -> Moments:
    """All that the protocol asks for to have the same bytes: the list, in one page, and the groups, 50 a call."""
    choice = LoginOptions(Endpoint.WEB, origin)
    async with log_in(find_profile("default"), choice, lambda event: None, contacts=False) as client:
        session, now = client.context.session, client.context.ids.now_ms()
        cookies = {cookie.name: cookie.value for cookie in client.context.transport.cookies()}
        async with httpx.AsyncClient(cookies=cookies, trust_env=False, timeout=60) as http:

            async def read(request: Request) -> dict[str, list[dict[str, str]]]:
                answer = await http.request(
                    request.method, request.url, params=request.query, headers=request.headers, content=request.body
                )
                found: dict[str, list[dict[str, str]]] = msgspec.json.decode(answer.content)
                return found

            began, cpu = time.perf_counter(), time.process_time()
            listed = (await read(contact_calls.get_contacts(session, 0, now_ms=now).request))["MemberList"]
            groups = [one["UserName"] for one in listed if one["UserName"].startswith("@@")]
            for at in range(0, len(groups), contact_calls.BATCH):
                names = tuple(groups[at : at + contact_calls.BATCH])
                await read(contact_calls.batch_get(session, names, now_ms=now).request)
            took = (time.perf_counter() - began) * 1000
    return Moments(took, took, (time.process_time() - cpu) * 1000)


@contextmanager
def _sandbox(contacts: int, groups: int, page: int) -> Iterator[str]:
    command = [sys.executable, "-c", SANDBOX, *map(str, (contacts, groups, page))]
    with subprocess.Popen(command, cwd=servers.ROOT, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        try:
            yield process.stdout.readline().strip()
        finally:
            process.terminate()


def _run(what: str, origin: str) -> Moments:
    with tempfile.TemporaryDirectory() as home:
        environment = os.environ | {"WXTUI_HOME": home, "WXTUI_LANG": "en"}
        command = [sys.executable, "-m", "tests.benchmarks.contacts", "--child", what, origin]
        done = subprocess.run(command, cwd=servers.ROOT, env=environment, capture_output=True, text=True)
    if done.returncode:
        raise RuntimeError(done.stderr[-2000:])
    return Moments(**json.loads(done.stdout.splitlines()[-1]))


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=9)
    parser.add_argument("--contacts", type=int, default=10_000)
    parser.add_argument("--groups", type=int, default=750, help="two thirds of them stand in the list of contacts")
    parser.add_argument("--page", type=int, default=500, help="contacts in one answer")
    parser.add_argument("--child", nargs=2, metavar=("WHAT", "ORIGIN"), help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.child:
        what, origin = arguments.child
        print(json.dumps(asdict(asyncio.run((program if what == "program" else bare)(origin)))))
        return
    many = arguments.contacts, arguments.groups
    shown = {name: figures.Series(name) for name in (BARE, USABLE, NAMES)}
    spent = {name: figures.Series(name) for name in (BARE, NAMES)}
    stops: list[float] = []
    works: list[float] = []
    with _sandbox(*many, arguments.page) as paged, _sandbox(*many, 10**6) as whole:
        for turn in range(arguments.rounds + 1):
            one, ours = _run("bare", whole), _run("program", paged)
            if not turn:
                continue  # Bytecode is compiled, the worlds are made.
            for name, value in ((BARE, one.names), (USABLE, ours.usable), (NAMES, ours.names)):
                shown[name].values.append(value)
            for name, value in ((BARE, one.cpu), (NAMES, ours.cpu)):
                spent[name].values.append(value)
            stops.append(ours.stop)
            works.append(ours.work)
    title = f"{arguments.contacts} contacts and {arguments.groups} groups, {arguments.page} a page"
    print(figures.table(title, "ms", list(shown.values()), baseline=BARE, goal="all names 3"))
    print(figures.table("CPU of the client's process", "ms", list(spent.values()), baseline=BARE, goal="none"))
    print(f"  event loop: stood still for {median(stops):.0f} ms at most, worked for {median(works):.0f} (medians)")


if __name__ == "__main__":
    main()
