"""One upload by the client's own services, in a process of its own: `python -m tests.benchmarks.uploader FILE`.

It takes the default profile of WXTUI_HOME, sends FILE to File Transfer, and prints one line of JSON: seconds and CPU
seconds from the end of hashing to the last part's answer, and the process's peak memory in bytes.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import time
from contextlib import AsyncExitStack
from dataclasses import dataclass
from pathlib import Path

from tui.paths import find_profile
from tui.services.client.profile_opening import open_session
from tui.services.session.login_options import LoginOptions
from tui.services.session.profile_lock import OwnerLock
from tui.services.uploads.outgoing_file import open_file
from tui.services.uploads.upload_state import Progress, UploadState


@dataclass
class Clock:
    """When hashing was over and when the last part was answered; wall and CPU."""

    began: tuple[float, float] = (0, 0)
    ended: tuple[float, float] = (0, 0)

    def on_progress(self, progress: Progress) -> None:
        now = time.perf_counter(), time.process_time()
        if progress.state is UploadState.HASHING:
            self.began = now
        elif progress.state is UploadState.SENDING:
            self.ended = now


def peak_memory() -> int:
    """Bytes. Linux only: `ru_maxrss` would also count the process that started this one."""
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith("VmHWM:"):
            return int(line.split()[1]) * 1024
    raise RuntimeError("this system does not say how much memory a process took")


async def upload(path: Path) -> Clock:
    clock = Clock()
    profile = find_profile("default")
    async with AsyncExitStack() as stack:
        stack.enter_context(OwnerLock(profile))
        client = await stack.enter_async_context(open_session(profile, LoginOptions()))
        to = await client.directory.resolve("filehelper")
        with open_file(path, client.context.session.endpoint) as file:
            await client.file_upload.send_file(to, file, clock.on_progress)
    return clock


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("file", type=Path)
    arguments = parser.parse_args()
    clock = asyncio.run(upload(arguments.file))
    wall, cpu = (end - begin for begin, end in zip(clock.began, clock.ended, strict=True))
    print(json.dumps({"seconds": wall, "cpu": cpu, "peak": peak_memory()}))


if __name__ == "__main__":
    main()
