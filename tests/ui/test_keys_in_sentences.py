"""Hints and sentences name the keys that this person has, whatever they are."""

from __future__ import annotations

import ast
import importlib
import inspect
import pkgutil
import re
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path

import pytest
from textual.binding import Binding
from textual.dom import DOMNode

import tui.app
import tui.screens
import tui.widgets
from tests.support.source_trees import source_nodes
from tests.ui.conftest import OwnKeys
from tui import commands, keymap
from tui.keymap import BINDINGS, hint, shown_key
from tui.plain.line_words import WORDS

SOURCES = Path(tui.app.__file__).parent
KEY = re.compile(r"(?<![\w{/.])(?:Ctrl|Alt|Shift)\+\w|(?<![\w{/.-])(?:F\d{1,2}|Esc|Enter|Tab|PgUp|PgDn)(?![\w}])")
"""A key that stands literally in a sentence."""


def bindings() -> Iterator[tuple[str, Binding]]:
    """Every binding with an id, with the name of the class that declares it."""
    yield from (("WxtuiApp", one) for one in tui.app.WxtuiApp.BINDINGS if isinstance(one, Binding))
    for package in (tui.widgets, tui.screens):
        for found in pkgutil.walk_packages(package.__path__, package.__name__ + "."):
            for name, declared in vars(importlib.import_module(found.name)).items():
                ours = inspect.isclass(declared) and declared.__module__.startswith("tui.")
                if ours and issubclass(declared, DOMNode) and "BINDINGS" in vars(declared):
                    yield from ((name, one) for one in declared.BINDINGS if isinstance(one, Binding) and one.id)


@lru_cache
def marked_calls(with_word: str = "") -> list[tuple[str, Path, str, frozenset[str | None]]]:
    """Every call of a function that marks a sentence: its name, where, the sentence, and the names of its facts.

    Reads only the files that have this word.
    """
    found = []
    for path in sorted(SOURCES.rglob("*.py")):
        for node in source_nodes()[path] if with_word in path.read_text(encoding="utf-8") else ():
            match node:
                case ast.Call(func=ast.Name(id="_" | "N_" | "Phrase" | "hint" as called), keywords=given) if node.args:
                    if isinstance(node.args[0], ast.Constant) and isinstance(text := node.args[0].value, str):
                        found.append((called, path, text, frozenset(one.arg for one in given)))
    return found


HINTS = sorted({text for called, _path, text, _given in marked_calls("hint") if called == "hint"})


def test_the_table_has_every_binding_with_the_keys_that_it_really_has() -> None:
    declared = {(one.id, one.key) for _class, one in bindings()}
    assert {(one, keys) for one, keys in declared if BINDINGS.get(str(one)) != keys} == set()
    assert {one for one, _keys in declared} | set(commands.BY_ID) == set(BINDINGS)


def test_no_sentence_has_a_key_literally() -> None:
    found = {
        (path.name, text)
        for _called, path, text, _given in marked_calls()
        if path.relative_to(SOURCES).parts[0] in ("screens", "widgets", path.name) and KEY.search(text)
    }
    assert found == set()


def test_a_hint_gets_every_fact_that_is_no_key() -> None:
    for called, path, text, given in marked_calls():
        if called == "hint":
            fields = set(re.findall(r"\{([\w.]+)\}", text))
            assert fields - set(BINDINGS) == given - {"possible"}, (path.name, text)


@pytest.mark.parametrize("text", HINTS)
def test_a_hint_names_a_persons_own_key(text: str, own_keys: OwnKeys) -> None:
    ids = [one for one in re.findall(r"\{([\w.]+)\}", text) if one in BINDINGS]
    # In lines another sentence may stand for it, and that is what it is marked for.
    assert ids or text in WORDS.sentences
    facts = {one: "x" for one in re.findall(r"\{(\w+)\}", text) if one not in BINDINGS}
    own_keys({one: [f"ctrl+f{number}"] for number, one in enumerate(dict.fromkeys(ids), 2)})
    said = hint(text, **facts)
    for one in ids:
        assert shown_key(keymap.keys_of(one)[0]) in said
    own_keys({one: [] for one in ids if one != "bar.send"})  # Nobody can be without that one.
    assert "{" not in hint(text, **facts)


def test_a_hint_without_a_key_goes_and_a_sentence_names_the_command(own_keys: OwnKeys) -> None:
    own_keys({"copy": [], "goto": [], "revoke": ["f8"]})
    assert hint("{copy} copy · {revoke} revoke · {back} bar") == "F8 revoke · Esc bar"
    assert hint("Open a conversation first: {goto}.") == "Open a conversation first: /goto."
