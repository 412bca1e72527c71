"""No pattern of ours works longer on a text than its length: steps are counted on texts that grow, not seconds."""

from __future__ import annotations

import ast
import importlib.util
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

import tui
from tests.support.regex_steps import Model, TooManySteps, hard_texts
from tests.support.source_trees import source_nodes
from tui import fuzzy
from tui.config import toml_mistakes
from tui.doctor import report
from tui.services.util import secret_patterns

SOURCES = Path(tui.__file__).parent
_CALLS = frozenset({"compile", "match", "fullmatch", "search", "sub", "subn", "split", "findall", "finditer"})
SHORT, LONG = 8, 24
"""How often the hard part of a text is repeated. Steps may grow threefold with it, and ninefold where it is squared."""
GROWTH = 4.5

SEARCHED = {
    "PRIVATE_KEY", "_KEY_END", "_ASSIGNED", "_FLAG", "_SHORT_FLAG", "_HEADER", "_URL", "_RANDOM", "_NAME_BEFORE",
    "_ESCAPES",
}  # fmt: skip
BUILT: dict[str, list[str]] = {
    "config.config_file": [rf"^#[ \t]*{name}[ \t]*=.*(?:\n|\Z)" for name in ("theme", "aaaa")],
    "config.toml_mistakes": [pattern for pattern, _why in toml_mistakes._REASONS],
    "config": [r"\s*(?:(?:\"name\"|'name'|name)\s*[=.]|\[\s*(?:\"name\"|'name'|name)\s*[\].])"],
    "doctor.report": [report._PLAIN, *report._NAMED.values()],
    "fuzzy": [
        found.pattern
        for word in ("ab", "ann", "aaaa", "张三")
        for found in (fuzzy._in_order(word), fuzzy._beginning_words(word), fuzzy._beginning(word))
    ],
}  # fmt: skip
"""Patterns that are made of what a person typed, by module: as they are made of some words. All are used at one place
of a text."""
LISTED: dict[str, list[bytes]] = {
    "services.util.secret_patterns": [
        *(value for name, value in vars(secret_patterns).items() if isinstance(value, bytes) and name in SEARCHED),
        *secret_patterns.TOKENS.values(),
    ],
}
"""Patterns that stand in a table of their module, and are searched in a whole text."""


@dataclass(frozen=True)
class Found:
    """Call of `re` in the sources."""

    module: str
    line: int
    pattern: str | bytes
    flags: int
    at_start: bool

    def __str__(self) -> str:
        return f"{self.module}:{self.line}"


def source_of(module: str) -> str:
    spec = importlib.util.find_spec(f"tui.{module}")
    assert spec is not None
    assert spec.origin is not None
    return Path(spec.origin).read_text(encoding="utf-8")


def calls_of_re() -> Iterator[tuple[str, ast.Call]]:
    """Every `re.something(pattern, …)` of the program, with its module."""
    for path, nodes in source_nodes().items():
        module = ".".join(path.relative_to(SOURCES).with_suffix("").parts).removesuffix(".__init__")
        for node in nodes:
            match node:
                case ast.Call(func=ast.Attribute(value=ast.Name(id="re"), attr=name)) if name in _CALLS:
                    yield module, node


def value_of(module: str, node: ast.expr) -> Any:
    names = {**vars(importlib.import_module(f"tui.{module}")), "re": re}
    return eval(compile(ast.Expression(node), module, "eval"), names)


@lru_cache
def used_at_start(module: str) -> frozenset[int]:
    """The lines of patterns that only this module sees, and only holds against the beginning of a text."""
    text = source_of(module)
    lines = set()
    for line in ast.parse(text).body:
        match line:
            case ast.Assign(targets=[ast.Name(id=name)]) | ast.AnnAssign(target=ast.Name(id=name)):
                # Its definition, and what is done with it.
                uses = re.findall(rf"(?<!\w){name}(?:\.(\w+))?(?!\w)", text)
                if name.startswith("_") and uses[0] == "" and {"match", "fullmatch"} >= set(uses[1:]) > set():
                    lines.add(line.lineno)
    return frozenset(lines)


def patterns() -> Iterator[Found]:
    for module, call in calls_of_re():
        try:
            pattern = value_of(module, call.args[0])
        except NameError:
            known = module in BUILT or module in LISTED
            assert known, f"{module}:{call.lineno} makes a pattern of something: add what it makes to BUILT or LISTED"
            continue
        flags = [value_of(module, argument) for argument in call.args[1:2] if call.func.attr == "compile"]  # type: ignore[attr-defined]
        at_start = call.func.attr in ("match", "fullmatch") or call.lineno in used_at_start(module)  # type: ignore[attr-defined]
        yield Found(module, call.lineno, pattern, int(sum(flags)), at_start)
    for module, made in BUILT.items():
        yield from (Found(module, number, pattern, re.DOTALL, True) for number, pattern in enumerate(made))
    for module, listed in LISTED.items():
        yield from (Found(module, number, pattern, 0, False) for number, pattern in enumerate(listed))


FOUND = list(patterns())


def growth(pattern: str | bytes, flags: int = 0, *, at_start: bool = False) -> tuple[float, str]:
    """How many times more steps a text takes that is three times as long, at worst, and that text."""
    worst, by = 0.0, ""
    model = Model(pattern, flags)
    for short, long in zip(list(hard_texts(model, SHORT)), list(hard_texts(model, LONG)), strict=True):
        steps = []
        for text in (short, long):
            model.restart()
            try:
                model.search_all(text, at_start=at_start)
            except TooManySteps:
                return float("inf"), text
            steps.append(model.steps)
        if steps[1] / steps[0] > worst:
            worst, by = steps[1] / steps[0], long
    return worst, by


@pytest.mark.parametrize("found", FOUND, ids=str)
def test_work_grows_with_the_text_and_no_faster(found: Found) -> None:
    most, text = growth(found.pattern, found.flags, at_start=found.at_start)
    assert most < GROWTH, f"{found.pattern!r} on {text[:60]!r}…"


@pytest.mark.parametrize(
    "pattern",
    [
        r"(a+)+b",
        r"(?:a|a)*b",
        r"\s*\n\s*x",
        r'<[^>]*"[^>]*>',
        # What read jslogin's answer up to 0746e5d (B11).
        r"""(?P<name>[\w.]+)\s*[=:]\s*(?:"(?P<double>[^"]*)"|'(?P<single>[^']*)'|(?P<number>-?\d+))""",
    ],
)
def test_what_is_known_to_be_slow_is_seen_to_be_slow(pattern: str) -> None:
    assert growth(pattern)[0] > GROWTH


@given(st.sampled_from(FOUND), st.text(alphabet="a0 \n<&;/[]\"'=.:-br#x中", max_size=14))
def test_the_model_finds_what_re_finds(found: Found, text: str) -> None:
    """Bounds are cut in the model, so only patterns without large ones are compared."""
    source = found.pattern if isinstance(found.pattern, str) else found.pattern.decode("latin-1")
    if isinstance(found.pattern, bytes) or any(int(bound) > 6 for bound in re.findall(r"\{\d*,?(\d+)\}", source)):
        return
    assert Model(source, found.flags).search_all(text) == [
        match.span() for match in re.finditer(source, text, found.flags)
    ]
