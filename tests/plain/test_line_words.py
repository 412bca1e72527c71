"""Sentences of the actions name slash commands in plain mode, and no key that is not there."""

from __future__ import annotations

import ast
import string
from collections.abc import Iterator
from pathlib import Path

import pytest

import tui
from tui import i18n, keymap
from tui.keymap import BETWEEN, BINDINGS, hint
from tui.plain.line_words import WORDS

PACKAGE = Path(tui.__file__).parent
REACHED = (
    "plain",
    "screens/chat/actions",
    "screens/chat/status_summary.py",
    "screens/dialogs/detail_fields.py",
    "screens/dialogs/folder_packing.py",
    "screens/files/send_checks.py",
    "screens/outbox_texts.py",
)
"""What says something in plain mode."""


def hints() -> Iterator[tuple[str, set[str]]]:
    """Every sentence of these files that names keys, and the names of its facts."""
    for place in REACHED:
        path = PACKAGE / place
        for file in [path] if path.is_file() else sorted(path.rglob("*.py")):
            for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
                match node:
                    case ast.Call(func=ast.Name(id="hint"), args=[ast.Constant(value=str(text)), *_], keywords=given):
                        yield text, {one.arg or "" for one in given}


def test_no_sentence_of_the_actions_names_a_key_in_plain_mode() -> None:
    keymap.speak_of_lines(WORDS)
    found = []
    for sentence, facts in hints():
        said = hint(sentence, **dict.fromkeys(facts, "x"))
        single = BETWEEN not in sentence
        silent = WORDS.sentences.get(sentence) == ""
        if "\N{EM DASH}" in said or (single and not said.strip() and not silent):
            found.append(sentence)
    assert found == []


@pytest.mark.parametrize("language", ["en", "zh_CN"])
def test_no_sentence_says_to_press_a_slash_command(language: str) -> None:
    keymap.speak_of_lines(WORDS)
    i18n.use(language)
    try:
        said = [hint(sentence, **dict.fromkeys(facts, "x")) for sentence, facts in hints()]
        told = hint("Recalled. {edit} edits it.")
    finally:
        i18n.use("en")
    assert [one for one in said if "Press /" in one or "按 /" in one] == []
    assert "/edit" in told


def test_a_twin_belongs_to_a_sentence_that_there_is_and_has_its_facts() -> None:
    every = "".join(
        path.read_text(encoding="utf-8")
        for path in PACKAGE.rglob("*.py")
        if "plain" not in path.relative_to(PACKAGE).parts
    )
    for sentence, twin in WORDS.sentences.items():
        assert sentence[:60] in every
        facts, its = (
            {name for _text, name, _spec, _conversion in string.Formatter().parse(one) if name and name not in BINDINGS}
            for one in (sentence, twin)
        )
        assert its == facts, sentence
