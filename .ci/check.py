"""Everything that a change must pass, with the tools beside this interpreter: `python .ci/check.py [PYTEST ARG...]`."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import IO, Any

ROOT = Path(__file__).resolve().parent.parent
TOOLS = Path(sys.executable).parent
PYTEST = ("python", "-m", "pytest", "-q", "-p", "tests.support.branch_coverage")
WARMING = (*PYTEST, "-k", "test_what_is_cut_fits_and_what_fits_is_whole")
"""Reads all tests and runs one property: compiles them, and lays ready what Hypothesis takes from the sources."""
WHEEL = ("python", ".ci/wheel.py")
"""Installs the built wheel on each Python, and uses it; it waits for most of its time, for the demo's phone."""
SOURCES = (
    ("ruff", "check", "."),
    ("ruff", "format", "--check", "."),
    ("mypy",),
    ("lint-imports", "--no-cache"),
)
TESTS = (
    (*PYTEST, "--numprocesses=6", "--dist=worksteal"),
    ("coverage", "report", "--skip-covered", "--fail-under=90"),
)


def main() -> int:
    """Run one after the other; the first that fails ends it. Returns its exit code."""
    os.chdir(ROOT)
    # The tests start hundreds of programs: each would compile all its modules again.
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
    # Each of the six workers would compile all tests for itself; mypy leaves a core free for that meanwhile.
    quiet = subprocess.DEVNULL
    with (
        tempfile.TemporaryFile() as told,
        started(WARMING, stdout=quiet, stderr=quiet),
        started(WHEEL, stdout=told, stderr=told) as wheel,
    ):
        code = run(SOURCES)
        code = ended(WHEEL, wheel, told) or code
    return code or run(TESTS)


def started(command: tuple[str, ...], **where: Any) -> subprocess.Popen[bytes]:
    """Start one of the tools, beside what runs."""
    return subprocess.Popen([str(TOOLS / command[0]), *command[1:]], stdin=subprocess.DEVNULL, **where)


def ended(command: tuple[str, ...], process: subprocess.Popen[bytes], told: IO[bytes]) -> int:
    """Wait for what was started, and print what it had to say. Returns its exit code."""
    began = time.monotonic()
    code = process.wait()
    told.seek(0)
    print(f"== {' '.join(command)}\n{told.read().decode(errors='replace').rstrip()}")
    print(f"   {time.monotonic() - began:.1f} s longer than the others", flush=True)
    if code:
        print(f"failed: {' '.join(command)}", flush=True)
    return code


def run(checks: tuple[tuple[str, ...], ...]) -> int:
    """Run these, until one fails. Returns its exit code, or 0."""
    for command in checks:
        extra = sys.argv[1:] if "pytest" in command else []
        print(f"== {' '.join([*command, *extra])}", flush=True)
        began = time.monotonic()
        code = subprocess.run([str(TOOLS / command[0]), *command[1:], *extra]).returncode
        print(f"   {time.monotonic() - began:.1f} s", flush=True)
        if code:
            print(f"failed: {command[0]}", flush=True)
            return code
    return 0


if __name__ == "__main__":
    sys.exit(main())
