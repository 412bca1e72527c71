"""How fast the client uploads, compared with curl: `python -m tests.benchmarks.upload`."""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import secrets
import shutil
import ssl
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.request import urlopen

from tests.benchmarks import curl, figures, profiles, servers

MIB = 1024 * 1024
GOAL = "client at least 0.33 of curl over TLS"


def trust(authority: Path | None) -> dict[str, str]:
    """The environment in which a client trusts this authority."""
    return {"SSL_CERT_FILE": str(authority)} if authority else {}


@dataclass
class Track:
    """One server and a session there; every run uploads a file of its own, since servers know files again by md5."""

    origin: str
    folder: Path
    stored: profiles.StoredSession
    size: int
    authority: Path | None
    counts: bool
    cpu: list[float]

    def client(self) -> float:
        """MiB a second."""
        with self.fresh_file() as path:
            done = subprocess.run(
                [sys.executable, "-m", "tests.benchmarks.uploader", str(path)],
                cwd=servers.ROOT,
                env=os.environ | {"WXTUI_HOME": str(self.folder / "home")} | trust(self.authority),
                capture_output=True,
                text=True,
            )
            if done.returncode:
                raise RuntimeError(done.stderr)
            self.check_count()
        found = json.loads(done.stdout)
        self.cpu.append(found["cpu"])
        return self.size / MIB / found["seconds"]

    def curl(self) -> float:
        """MiB a second."""
        with self.fresh_file() as path, tempfile.TemporaryDirectory(dir=self.folder) as folder:
            form = curl.make_form(self.stored, path)
            seconds = curl.run(curl.write_parts(form, self.stored, path, Path(folder), self.authority))
            self.check_count()
        return self.size / MIB / seconds

    @contextmanager
    def fresh_file(self) -> Iterator[Path]:
        """A file that no server has seen."""
        path = self.folder / f"{secrets.token_hex(8)}.bin"
        block = secrets.token_bytes(MIB)
        with path.open("wb") as file:
            for start in range(0, self.size, MIB):
                file.write(block[: self.size - start])
        yield path
        path.unlink()

    def check_count(self) -> None:
        """Every byte must have been counted at the sink; what it has over the file's size is the parts' heads."""
        if not self.counts:
            return
        trusted = ssl.create_default_context(cafile=self.authority) if self.authority else None
        with urlopen(f"{self.origin}/count", context=trusted) as answer:
            counted = json.load(answer)["count"]
        if not self.size <= counted < self.size * 1.02 + MIB:
            raise RuntimeError(f"the sink counted {counted} bytes, not about {self.size}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--mib", type=int, default=100, help="size of the file (default 100)")
    parser.add_argument("--rounds", type=int, default=5, help="runs of each (default 5)")
    parser.add_argument("--only", choices=["sink", "sandbox"], help="one kind of server only")
    arguments = parser.parse_args()
    if shutil.which("curl") is None:
        parser.error("curl, the baseline, is not installed")
    with tempfile.TemporaryDirectory(prefix="wxtui-bench-") as base, ExitStack() as stack:
        run(Path(base), stack, arguments.mib * MIB, arguments.rounds, arguments.only)


def run(base: Path, stack: ExitStack, size: int, rounds: int, only: str | None) -> None:
    certificate = servers.make_certificate(base)
    tracks: dict[str, Track] = {}
    kinds = {"sink": (servers.sink, profiles.at_sink), "sandbox": (servers.sandbox, profiles.at_sandbox)}
    for kind, (start, login) in kinds.items():
        for protocol, used in (("TLS", certificate), ("plain", None)):
            if only in (None, kind):
                folder = base / f"{kind}-{protocol}"
                folder.mkdir()
                origin = stack.enter_context(start(used))
                authority = used.authority if used else None
                with profiles.environment(**trust(authority)):
                    stored = asyncio.run(login(folder / "home", origin))
                tracks[f"{kind} {protocol}"] = Track(origin, folder, stored, size, authority, kind == "sink", [])
    contestants = {}
    for name, track in tracks.items():
        contestants[f"{name}, curl"] = track.curl
        contestants[f"{name}, client"] = track.client
    series = figures.interleave(rounds, contestants)
    for name, track in tracks.items():
        mine = [one for one in series if one.name.startswith(name)]
        print(figures.table(f"{name}, {size // MIB} MiB", "MiB/s", mine, baseline=f"{name}, curl", goal=GOAL))
        cpu = figures.Series("cpu", [value * 1024 * MIB / size for value in track.cpu])
        print(f"  the client's CPU: {cpu.shown(2)} s a GiB\n")


if __name__ == "__main__":
    main()
