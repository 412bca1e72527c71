"""Everything that a change must pass, with the tools beside this interpreter: `python .ci/check.py [PYTEST ARG...]`."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
TOOLS = Path(sys.executable).parent
PYTEST = ("python", "-m", "pytest", "-q", "-p", "tests.support.branch_coverage")
WARMING = (*PYTEST, "-k", "test_what_is_cut_fits_and_what_fits_is_whole")
"""Reads all tests and runs one property: compiles them, and lays ready what Hypothesis takes from the sources."""
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
    with subprocess.Popen([str(TOOLS / WARMING[0]), *WARMING[1:]], stdout=quiet, stderr=quiet):
        code = run(SOURCES)
    return code or run(TESTS)


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
