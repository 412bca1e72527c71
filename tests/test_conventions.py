"""Rules of `README.md` that the sources of the tests keep: no fixed sleep, no test module that another imports."""

from __future__ import annotations

import ast
import importlib
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import pytest

TESTS: Final = Path(__file__).parent
SOURCES: Final = [path for path in sorted(TESTS.rglob("*.py")) if "benchmarks" not in path.parts]
"""Benchmarks measure time, and may wait for it."""

SLEEPS: Final = {
    "campaign/client.py": "a person's pace, and how often one looks",
    "campaign/driver.py": "the plan's faults last for a time",
    "campaign/script.py": "the plan's faults last for a time",
    "campaign/typist.py": "a person's pace",
    "monkey/monkey.py": "looks again while the program is busy; the clock's patience is measured around it",
    "services/test_outbox.py": "a job of the store takes a moment in its thread",
    "services/test_sockets.py": "nothing in this process tells that a server's farewell has come",
    "support/gallery.py": "as for screenshots",
    "support/screenshots.py": "a picture is taken once twenty looks in half a second were the same",
}
"""Files in which a fixed time is slept, and why."""


def _trees(with_word: str) -> Iterator[tuple[str, ast.Module]]:
    """Parse the files that match a pattern."""
    for path in SOURCES:
        if re.search(with_word, text := path.read_text(encoding="utf-8")):
            yield str(path.relative_to(TESTS)), ast.parse(text)


def _sleeps(tree: ast.Module) -> Iterator[int]:
    """Lines that call `sleep` or a Pilot's `pause` with a number."""
    for node in ast.walk(tree):
        if not isinstance(node, ast.Call) or not node.args or not isinstance(node.args[0], ast.Constant):
            continue
        called = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
        if called in ("sleep", "pause") and isinstance(value := node.args[0].value, int | float) and value > 0:
            yield node.lineno


def test_nothing_sleeps_for_a_fixed_time() -> None:
    found = {name: list(_sleeps(tree)) for name, tree in _trees("sleep|pause")}
    assert {name: lines for name, lines in found.items() if lines and name not in SLEEPS} == {}
    assert [name for name in SLEEPS if not found.get(name)] == [], "nothing sleeps there any more"


@pytest.mark.parametrize(("line", "count"), [("sleep(0)", 0), ("time.sleep(0.1)", 1), ("pilot.pause(1)", 1)])
def test_a_sleep_is_found(line: str, count: int) -> None:
    assert len(list(_sleeps(ast.parse(line)))) == count


def test_no_default_of_an_argument_is_patched() -> None:
    """Once the caller gives the argument the patch does nothing, and nobody sees that: patch what the caller reads."""
    own = Path(__file__).name
    assert [name for name, _tree in _trees('"__defaults__"') if name != own] == []


def test_no_test_module_is_imported() -> None:
    found = [
        f"{name}:{node.lineno}"
        for name, tree in _trees(r"(?<!def )\btest_")
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom)
        and any(part.startswith("test_") for part in [*(node.module or "").split("."), *(a.name for a in node.names)])
    ]
    assert found == []


def test_every_benchmark_can_be_started() -> None:
    for path in sorted(Path(TESTS, "benchmarks").glob("*.py")):
        importlib.import_module(f"tests.benchmarks.{path.stem}")
