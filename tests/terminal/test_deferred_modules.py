"""Modules that wait until they are used: whoever took something from one gets the real thing."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from types import ModuleType

import pytest

from tui.terminal.deferred_modules import deferred

HEAVY = """
class Palette:
    name = "real"

    def __init__(self, size):
        self.size = size

def colour():
    return "red"

WORD = "word"
"""
USER = """
import heavy_module
from heavy_module import Palette, colour as tint

class Own(Palette):
    pass

def make():
    return Palette(3)

def is_one(value):
    return isinstance(value, Palette)

def word():
    return heavy_module.WORD
"""


@pytest.fixture
def user(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[ModuleType]:
    """A module that imports another one, which waits."""
    (tmp_path / "heavy_module.py").write_text(HEAVY)
    (tmp_path / "light_user.py").write_text(USER)
    monkeypatch.syspath_prepend(tmp_path)
    with deferred("heavy_module"):
        module = import_module("light_user")
    yield module
    for name in ("heavy_module", "light_user"):
        sys.modules.pop(name, None)


def test_a_module_waits_until_something_of_it_is_used(user: ModuleType) -> None:
    assert "heavy_module" not in sys.modules
    assert not user.is_one(3)
    assert "heavy_module" not in sys.modules, "nothing is an instance of a class that is not there"
    made = user.make()
    assert made.size == 3
    assert user.is_one(made)
    assert user.Palette is sys.modules["heavy_module"].Palette, "the real one is in its place"


def test_names_taken_under_another_name_and_the_module_itself_are_real_when_used(user: ModuleType) -> None:
    assert user.word() == "word"
    assert user.tint() == "red"
    assert user.tint is sys.modules["heavy_module"].colour


def test_who_imports_it_later_gets_the_real_one(user: ModuleType) -> None:
    real = import_module("heavy_module")
    assert real.Palette.name == "real"
    assert user.Palette.name == "real"


def test_a_value_that_is_used_at_once_does_not_wait(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "heavy_value.py").write_text(HEAVY)
    (tmp_path / "hasty_user.py").write_text("from heavy_value import WORD\nTWICE = f'{WORD} {WORD}'\n")
    monkeypatch.syspath_prepend(tmp_path)
    with deferred("heavy_value"):
        assert import_module("hasty_user").TWICE == "word word"


def test_a_module_that_is_there_already_stays() -> None:
    before = sys.modules["pathlib"]
    with deferred("pathlib"):
        assert sys.modules["pathlib"] is before


STARTS = """
import ast, inspect, sys
from tui.terminal import deferred_modules
import tui.cli.full_screen
from tui.terminal.deferred_modules import STANDARD, TOOLKIT, deferred
with deferred(*STANDARD, *TOOLKIT):
    import tui.app
for module in list(sys.modules.values()):
    taken = {name for name, held in vars(module).items() if isinstance(held, deferred_modules._StandIn)}
    def look(node, above):
        if isinstance(node, ast.Name) and node.id in taken and isinstance(node.ctx, ast.Load):
            print(module.__name__, node.id, above)
        for field, value in ast.iter_fields(node):
            for child in value if isinstance(value, list) else [value]:
                if field in ("annotation", "returns") or not isinstance(child, ast.AST):
                    continue
                call = node.func.id if field == "args" and isinstance(getattr(node, "func", 0), ast.Name) else ""
                kind = above if isinstance(node, ast.Tuple) else call or f"{type(node).__name__}.{field}"
                look(child, kind)
    if taken:
        look(ast.parse(inspect.getsource(module)), "")
"""
SAFE = {"Call.func", "Attribute.value", "isinstance"}
"""Uses of a class or function for which it becomes the real one, or for which a stand-in will do."""
UNUSED = {
    # Aliases of types.
    "rich.console AlignMethod cast",
    "rich._log_render Text Subscript.slice",
    # Selecting with the mouse, markup, the palette and what pops up: no widget here has any.
    "textual.screen SELECT_ALL Assign.value",
    "textual.widget NULL_STYLE Return.value",
    "textual.theme Provider ClassDef.bases",
    "textual.app ToastRack Call.args",
    "textual.screen Tooltip Call.args",
}


def test_nobody_uses_a_class_that_waits_where_only_a_class_will_do() -> None:
    """In `except`, `case`, `issubclass` and as a base a stand-in fails, or says nothing and does another thing."""
    done = subprocess.run([sys.executable, "-c", STARTS], capture_output=True, text=True, check=True)
    uses = set(done.stdout.splitlines())
    assert len(uses) > 50, "the start takes names from modules that wait"
    assert {use for use in uses if use.split()[-1] not in SAFE} == UNUSED
