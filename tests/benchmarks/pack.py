"""How long `wxtui send --pack` takes, compared with tar and curl: `python -m tests.benchmarks.pack`."""

from __future__ import annotations

import argparse
import asyncio
import os
import random
import resource
import secrets
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from tests.benchmarks import curl, figures, profiles, servers
from tui.services.session.session_file import StoredSession

GOAL = "send --pack at most 2.5 of tar and curl in CPU time"
SANDBOX = "the sandbox"


@dataclass
class Pack:
    """A folder of many files, and a session at the sandbox."""

    base: Path
    stored: StoredSession
    files: int
    cpu: dict[str, list[float]] = field(default_factory=dict)

    @contextmanager
    def folder(self) -> Iterator[Path]:
        """A folder as a source tree is: text that packs well, in folders of fifty; no server has seen it."""
        with tempfile.TemporaryDirectory(dir=self.base) as place:
            folder = Path(place) / "logs"
            words = [secrets.token_hex(random.Random(one).randint(2, 8)) for one in range(2000)]
            chance = random.Random(1)
            for number in range(self.files):
                path = folder / f"part{number // 50:03}" / f"file{number:05}.txt"
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_text(" ".join(chance.choices(words, k=chance.randint(50, 1500))))
            yield folder

    def timed(self, name: str, work: Callable[[Path], float]) -> float:
        """Milliseconds that `work` says it took; the CPU time of its processes is kept."""
        with self.folder() as folder:
            before = resource.getrusage(resource.RUSAGE_CHILDREN)
            seconds = work(folder)
            after = resource.getrusage(resource.RUSAGE_CHILDREN)
        used = after.ru_utime - before.ru_utime + after.ru_stime - before.ru_stime
        self.cpu.setdefault(name, []).append(used * 1000)
        return seconds * 1000

    def client(self, *options: str) -> Callable[[Path], float]:
        """The whole command, its start included."""

        def work(folder: Path) -> float:
            command = [sys.executable, "-m", "tui", "send", "filehelper", str(folder), *options]
            began = time.perf_counter()
            done = subprocess.run(command, cwd=servers.ROOT, capture_output=True, text=True, env=self.environment)
            seconds = time.perf_counter() - began
            if done.returncode:
                raise RuntimeError(done.stderr)
            return seconds

        return work

    def tar_and_curl(self, folder: Path) -> float:
        """`tar cz` into a file, and curl sending the same parts; each with its start, cutting the parts not counted."""
        archive = folder.parent / "logs.tar.gz"
        began = time.perf_counter()
        subprocess.run(["tar", "czf", archive, "-C", folder.parent, folder.name], check=True)
        seconds = time.perf_counter() - began
        parts = folder.parent / "parts"
        parts.mkdir()
        configuration = curl.write_parts(curl.make_form(self.stored, archive), self.stored, archive, parts, None)
        began = time.perf_counter()
        curl.run(configuration)
        return seconds + time.perf_counter() - began

    def text(self, folder: Path) -> float:
        """A text in the place of the folder: what any command costs."""
        command = [sys.executable, "-m", "tui", "send", "filehelper", "-m", "x"]
        began = time.perf_counter()
        subprocess.run(command, cwd=servers.ROOT, capture_output=True, check=True, env=self.environment)
        return time.perf_counter() - began

    @property
    def environment(self) -> dict[str, str]:
        return os.environ | {"WXTUI_HOME": str(self.base / "home")}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--files", type=int, default=1000, help="files in the folder (default 1000)")
    parser.add_argument("--rounds", type=int, default=7, help="runs of each (default 7)")
    arguments = parser.parse_args()
    if shutil.which("curl") is None or shutil.which("tar") is None:
        parser.error("curl and tar, the baseline, are not installed")
    with tempfile.TemporaryDirectory(prefix="wxtui-bench-") as place, servers.sandbox(None) as origin:
        base = Path(place)
        pack = Pack(base, asyncio.run(profiles.at_sandbox(base / "home", origin)), arguments.files)
        contestants: dict[str, Callable[[Path], float]] = {
            "tar cz, curl": pack.tar_and_curl,
            "send --pack": pack.client("--pack"),
            "send --pack zip": pack.client("--pack=zip"),
            "send a text": pack.text,
        }
        series = figures.interleave(
            arguments.rounds,
            {name: lambda name=name, work=work: pack.timed(name, work) for name, work in contestants.items()},
        )
        title = f"{arguments.files} files to {SANDBOX}"
        print(figures.table(title, "ms", series, baseline="tar cz, curl", goal=GOAL))
        cpu = [figures.Series(name, values) for name, values in pack.cpu.items()]
        cpu.sort(key=lambda one: list(contestants).index(one.name))
        print(figures.table(f"{title}, CPU time of the processes", "ms", cpu, baseline="tar cz, curl", goal=GOAL))


if __name__ == "__main__":
    main()
