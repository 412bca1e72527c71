"""What a hostile answer costs in memory: `python -m tests.benchmarks.hostile`.

For each call of the protocol, and each kind of answer that no client may take in whole, the peak over idle of a process
that makes the call; then a login to an account of 10,000 contacts and 500 groups, which the same limits admit.
"""

from __future__ import annotations

import argparse
import asyncio
import gc
import json
import os
import subprocess
import sys
import tempfile
import urllib.request
from collections import defaultdict
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path

from msgspec.structs import replace

from tests.benchmarks import servers
from tui import errors
from tui.paths import find_profile
from tui.services.client.authenticate import log_in
from tui.services.client.client import Client
from tui.services.downloads.download import Downloads
from tui.services.downloads.target_folder import open_folder
from tui.services.http.limits import LIMITS
from tui.services.session.login_options import LoginOptions
from tui.services.sync.sync_loop import SyncLoop
from tui.services.uploads.outgoing_file import open_file
from tui.store.models import StoredMessage
from tui.wire import bodies, sync_calls
from tui.wire.media_types import MediaKind
from tui.wire.names import Endpoint

MIB = 1024 * 1024
GOAL = 64
"""MiB over idle that reading any answer may take."""
CONTACTS, GROUPS = 10_000, 500
"""At least so many must be found; the sandbox has twice the groups, since not all are saved to contacts."""
KINDS = ("oversized", "bomb", "endless", "trickle", "nested")
LONGEST = 4.0
"""Seconds after which a case is over: what it costs has been seen by then."""
LOGIN = (
    *("jslogin", "login", "webwxnewloginpage", "webwxinit", "webwxgetcontact", "webwxbatchgetcontact"),
    *("webwxstatusnotify", "webwxsync"),
)

SANDBOX = """
import sys
from tui.sandbox.world.options import SandboxOptions
from tui.sandbox.server import serve
contacts, groups = int(sys.argv[1]), int(sys.argv[2])
options = SandboxOptions(scan_delay=0.0, replies=False, poll_seconds=1.0, contacts=contacts, groups=groups,
                         contact_page=max(500, contacts * 2))
serve(options, lambda origin: print(origin, flush=True))
"""

Work = Callable[[Client], Awaitable[object]]


def _status(name: str) -> int:
    text = Path("/proc/self/status").read_text()
    return int(text.partition(f"{name}:")[2].split()[0]) * 1024


class Meter:
    """The peak of this process over what it had at the beginning of a case."""

    def __enter__(self) -> Meter:
        gc.collect()
        Path("/proc/self/clear_refs").write_text("5")  # the peak begins anew
        self._before = _status("VmRSS")
        self.mib = 0.0
        return self

    def __exit__(self, *_: object) -> None:
        self.mib = max(0, _status("VmHWM") - self._before) / MIB


def _control(origin: str, at: str = "fault", **body: object) -> None:
    data = json.dumps(body).encode()
    request = urllib.request.Request(f"{origin}/_sandbox/{at}", data, {"Content-Type": "application/json"})
    with urllib.request.urlopen(request) as answer:
        answer.read()


async def _text(client: Client) -> object:
    return await client.chat.send_text(await client.directory.resolve("李四"), "hello")


def _file(path: Path, kind: MediaKind) -> Work:
    async def send(client: Client) -> object:
        to = await client.directory.resolve("李四")
        with open_file(path, client.context.session.endpoint, kind) as file:
            return await client.file_upload.send_file(to, file)

    return send


async def _received(client: Client) -> StoredMessage:
    for one in await client.store.conversations():
        for message in await client.store.messages_before(one.id, None, 50):
            if isinstance(message.body, bodies.Image) and message.msg_id and not message.mine:
                return message
    raise RuntimeError("nobody sent a picture")


def _cases(folder: Path, sent: StoredMessage, picture: StoredMessage, chat: str) -> dict[str, Work]:
    small, image = folder / "a.bin", folder / "a.png"
    for path in (small, image):
        path.write_bytes(os.urandom(5000))

    async def drain(client: Client) -> object:
        return await SyncLoop(client.context, client.store, client.directory).drain()

    async def check(client: Client) -> object:
        keys = await client.store.keys()
        assert keys is not None
        return await client.context.transport.run(
            sync_calls.check(client.context.session, keys.check, now_ms=client.context.ids.now_ms())
        )

    async def read(client: Client) -> object:
        return await client.chat.mark_read(await client.directory.resolve("李四"))

    async def group(client: Client) -> object:
        contacts = await client.store.contacts()
        return await client.directory.fetch([one.user_name for one in contacts if one.user_name.startswith("@@")])

    async def save(client: Client) -> object:
        with open_folder(folder) as target:
            return await Downloads(client.context).save(picture, chat, target)

    return {
        "webwxsync": drain,
        "synccheck": check,
        "webwxsendmsg": _text,
        "webwxuploadmedia": _file(small, MediaKind.AUTO),
        "webwxsendappmsg": _file(small, MediaKind.AUTO),
        "webwxsendmsgimg": _file(image, MediaKind.IMAGE),
        "webwxrevokemsg": lambda client: client.chat.revoke(sent),
        "webwxstatusnotify": read,
        "webwxgetcontact": lambda client: client.directory.refresh(),
        "webwxbatchgetcontact": group,
        "webwxgetmsgimg": save,
    }


@asynccontextmanager
async def _logged_in(name: str, origin: str) -> AsyncIterator[Client]:
    choice = LoginOptions(Endpoint.WEB, origin)
    async with log_in(find_profile(name), choice, lambda event: None, fresh=True) as client:
        yield client


async def _meet(call: str, kind: str, origin: str, work: Callable[[], Awaitable[object]]) -> None:
    """One case; its line on standard output."""
    await asyncio.to_thread(_control, origin, call=call, kind=kind, value=0, times=0)
    ended = "answered"
    with Meter() as meter:
        try:
            async with asyncio.timeout(LONGEST):
                await work()
        except errors.WxtuiError as error:
            ended = error.code
        except TimeoutError:
            ended = "still waiting"
        except Exception as error:
            ended = f"! {error!r}"
    await asyncio.to_thread(_control, origin, clear=True)
    print(json.dumps([call, kind, round(meter.mib, 1), ended]), flush=True)


async def child(origin: str, folder: Path) -> None:
    """All cases against one sandbox."""
    for pace, limits in LIMITS.items():
        LIMITS[pace] = replace(limits, silence=2.0, whole=min(limits.whole, 2.0), repeats=min(limits.repeats, 1))
    async with _logged_in("default", origin) as client:
        await asyncio.to_thread(_control, origin, at="push", type="image", **{"from": "zhangsan"})
        await SyncLoop(client.context, client.store, client.directory).drain()
        sent = await client.chat.send_text(await client.directory.resolve("李四"), "first")
        picture = await _received(client)
        where = await client.store.conversation(picture.conversation_id)
        for call, work in _cases(folder, sent, picture, where.user_name).items():
            for kind in KINDS:
                if (call, kind) == ("webwxgetmsgimg", "endless"):
                    continue  # It goes to the disk, as fast as that is.
                await _meet(call, kind, origin, partial(work, client))
    for call in LOGIN:
        for kind in KINDS:

            async def enter() -> None:
                async with _logged_in("login", origin):
                    pass

            await _meet(f"{call}", kind, origin, enter)


async def large(origin: str) -> None:
    """A login to the large account; how many it found, and its peak."""
    with Meter() as meter:
        async with _logged_in("large", origin) as client:
            await client.directory.refresh()
            contacts = await client.store.contacts()
            groups = [one.user_name for one in contacts if one.user_name.startswith("@@")]
            await client.directory.fetch(groups)
    print(json.dumps([len(contacts) - len(groups), len(groups), round(meter.mib, 1)]), flush=True)


def _run(what: str, origin: str, folder: Path) -> list[list[object]]:
    command = [sys.executable, "-m", "tests.benchmarks.hostile", "--child", what, origin, str(folder)]
    environment = os.environ | {"WXTUI_HOME": str(folder / "home"), "PYTHONMALLOC": "malloc"}
    done = subprocess.run(command, cwd=servers.ROOT, env=environment, capture_output=True, text=True)
    if done.returncode:
        raise RuntimeError(done.stderr[-2000:])
    return [json.loads(line) for line in done.stdout.splitlines()]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--child", nargs=3, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.child:
        what, origin, folder = arguments.child
        asyncio.run(child(origin, Path(folder)) if what == "cases" else large(origin))
        return
    wrong = 0
    with tempfile.TemporaryDirectory(prefix="wxtui-hostile-") as name:
        folder = Path(name)
        with servers._served([sys.executable, "-c", SANDBOX, "0", "0"]) as origin:
            rows = _run("cases", origin, folder)
        worst: dict[str, list[tuple[float, str, str]]] = defaultdict(list)
        for call, kind, mib, ended in rows:
            worst[str(kind)].append((float(str(mib)), str(call), str(ended)))
        print(f"peak over idle while reading a hostile answer, MiB (at most {GOAL}); {len(rows)} cases")
        for kind, cases in worst.items():
            mib, call, ended = max(cases)
            print(f"  {kind:<10} {mib:>6.1f}  {call}: {ended}")
            for mib, call, ended in cases:
                if mib > GOAL or ended.startswith("!"):
                    wrong += 1
                    print(f"    {call}: {mib:.1f} MiB, {ended}")
        with servers._served([sys.executable, "-c", SANDBOX, str(CONTACTS + 10), str(2 * GROUPS)]) as origin:
            ((people, groups, mib),) = _run("large", origin, folder)
        good = int(str(people)) >= CONTACTS and int(str(groups)) >= GROUPS
        wrong += not good
        print(f"an account of {people} people and {groups} groups: {mib} MiB{'' if good else '  NOT ADMITTED'}")
    sys.exit(bool(wrong))


if __name__ == "__main__":
    main()
