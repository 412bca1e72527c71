"""How long the event loop stands still while a file is hashed and uploaded: `python -m tests.benchmarks.stall`.

A face redraws on this loop: what it cannot do within 16 ms, a person may see. The server is a process of its own, the
figures are the gaps between ticks of one millisecond.
"""

from __future__ import annotations

import argparse
import asyncio
import tempfile
import time
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from pathlib import Path

from tests.benchmarks import profiles, servers
from tui.paths import find_profile
from tui.services.client.profile_opening import open_session
from tui.services.session.login_options import LoginOptions
from tui.services.session.profile_lock import OwnerLock
from tui.services.uploads.outgoing_file import open_file
from tui.services.uploads.upload_state import Progress, UploadState

MIB = 1024 * 1024
TICK = 0.001
FRAME_MS = 16


@dataclass
class Gaps:
    """The gaps between ticks in ms, by what the upload was doing."""

    stage: UploadState = UploadState.HASHING
    found: dict[UploadState, list[float]] = field(default_factory=dict)

    def on_progress(self, progress: Progress) -> None:
        self.stage = progress.state

    async def watch(self) -> None:
        before = time.perf_counter()
        while True:
            await asyncio.sleep(TICK)
            now = time.perf_counter()
            self.found.setdefault(self.stage, []).append((now - before) * 1000)
            before = now

    def report(self) -> None:
        for stage, gaps in self.found.items():
            ordered = sorted(gaps)
            late = sum(gap > FRAME_MS for gap in gaps)
            print(
                f"  {stage.value:10} {len(gaps):6} ticks  median {ordered[len(gaps) // 2]:5.1f} ms"
                f"  99% {ordered[int(len(gaps) * 0.99)]:5.1f} ms  longest {ordered[-1]:5.1f} ms"
                f"  over {FRAME_MS} ms: {late}"
            )


async def upload(path: Path) -> Gaps:
    """Send `path` to File Transfer as the default profile."""
    gaps = Gaps()
    profile = find_profile("default")
    async with AsyncExitStack() as stack:
        stack.enter_context(OwnerLock(profile))
        client = await stack.enter_async_context(open_session(profile, LoginOptions()))
        to = await client.directory.resolve("filehelper")
        with open_file(path, client.context.session.endpoint) as file:
            watching = asyncio.create_task(gaps.watch())
            try:
                await client.file_upload.send_file(to, file, gaps.on_progress)
            finally:
                watching.cancel()
                await asyncio.gather(watching, return_exceptions=True)
    return gaps


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--mib", type=int, default=200, help="size of the file (default 200)")
    size = parser.parse_args().mib * MIB
    with tempfile.TemporaryDirectory(prefix="wxtui-bench-") as base:
        folder = Path(base)
        path = folder / "file.bin"
        with path.open("wb") as file:
            file.truncate(size)
        certificate = servers.make_certificate(folder)
        for name, used in (("plain", None), ("TLS", certificate)):
            home = folder / name
            trusted = {"SSL_CERT_FILE": str(used.authority)} if used else {}
            with servers.sink(used) as origin, profiles.environment(WXTUI_HOME=str(home), **trusted):
                asyncio.run(profiles.at_sink(home, origin))
                print(f"{name}, {size // MIB} MiB:")
                asyncio.run(upload(path)).report()


if __name__ == "__main__":
    main()
