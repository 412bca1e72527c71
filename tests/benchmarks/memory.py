"""What a large upload costs in memory over a small one: `python -m tests.benchmarks.memory`."""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

from tests.benchmarks import figures, profiles, servers

MIB = 1024 * 1024
GOAL = 16
"""MiB that the large upload may take over the small one."""


def peak(path: Path, home: Path, authority: Path) -> float:
    """Peak resident memory in MiB of a process that uploads `path`."""
    done = subprocess.run(
        [sys.executable, "-m", "tests.benchmarks.uploader", str(path)],
        cwd=servers.ROOT,
        env=os.environ | {"WXTUI_HOME": str(home), "SSL_CERT_FILE": str(authority)},
        capture_output=True,
        text=True,
    )
    if done.returncode:
        raise RuntimeError(done.stderr)
    return float(json.loads(done.stdout)["peak"]) / MIB


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--large", type=int, default=1024, help="MiB of the large file (default 1024)")
    parser.add_argument("--small", type=int, default=1, help="MiB of the small file (default 1)")
    parser.add_argument("--rounds", type=int, default=5, help="runs of each (default 5)")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="wxtui-bench-") as folder:
        base = Path(folder)
        certificate = servers.make_certificate(base)
        files = {}
        for size in (arguments.small, arguments.large):
            files[f"{size} MiB"] = base / f"{size}.bin"
            with files[f"{size} MiB"].open("wb") as file:
                # Sparse: it costs no disk, and is read like any other.
                file.truncate(size * MIB)
        with servers.sink(certificate) as origin:
            asyncio.run(profiles.at_sink(base / "home", origin))
            contestants = {
                name: lambda path=path: peak(path, base / "home", certificate.authority) for name, path in files.items()
            }
            series = figures.interleave(arguments.rounds, contestants)
    small, large = series
    title = "peak memory of an upload over TLS"
    print(figures.table(title, "MiB", series, baseline=small.name, goal=f"growth at most {GOAL} MiB", digits=1))
    print(f"  growth: {large.median - small.median:.1f} MiB")


if __name__ == "__main__":
    main()
