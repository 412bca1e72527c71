"""What the command line imports, and what that costs: `python -m tests.benchmarks.imports [MODULE]`."""

from __future__ import annotations

import argparse
import subprocess
import sys

from tests.benchmarks import servers

UNWANTED = ("textual", "rich", "httpx", "uvicorn", "starlette", "sqlite3", "PIL")
"""Told about when they come in; only textual is forbidden, by tests/cli/test_imports.py."""


def import_times(module: str) -> list[tuple[int, int, str]]:
    """Microseconds of itself, microseconds with all below it, name; of every module that `module` brings in."""
    done = subprocess.run(
        [sys.executable, "-X", "importtime", "-c", f"import {module}"],
        cwd=servers.ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    rows = [line.removeprefix("import time:").split("|") for line in done.stderr.splitlines() if "|" in line]
    return [(int(own), int(total), name.rstrip()) for own, total, name in rows if own.strip().isdigit()]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("module", nargs="?", default="tui.cli.main", help="default tui.cli.main")
    parser.add_argument("--most", type=int, default=15, help="lines to show (default 15)")
    arguments = parser.parse_args()
    rows = import_times(arguments.module)
    bare = {name.strip() for _, _, name in import_times("site")}
    mine = [row for row in rows if row[2].strip() not in bare]
    print(f"{arguments.module}: {len(mine)} modules over bare Python's, {sum(own for own, _, _ in mine) / 1000:.1f} ms")
    for own, total, name in sorted(mine, key=lambda row: -row[1])[: arguments.most]:
        print(f"  {total / 1000:7.1f} ms with all below, {own / 1000:6.1f} by itself  {name.strip()}")
    loaded = {name.strip().partition(".")[0] for _, _, name in mine}
    print("heavy ones among them:", ", ".join(name for name in UNWANTED if name in loaded) or "none")


if __name__ == "__main__":
    main()
