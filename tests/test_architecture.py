"""ARCHITECTURE.md: its files are there, its ways are counted right and stay short, and listings stay readable."""

from __future__ import annotations

import ast
import re
from collections import Counter
from pathlib import Path

import pytest

import tui
from tests.support.source_trees import source_nodes, source_trees

PACKAGE = Path(tui.__file__).parent
PAGE = (PACKAGE / "ARCHITECTURE.md").read_text(encoding="utf-8")
WAYS = dict(re.findall(r"^### ([^\n]+)\n(.*?)(?=^##)", PAGE, re.MULTILINE | re.DOTALL))
"""Heading of a way → the text below it."""


def way(begin: str) -> tuple[str, list[str]]:
    """The heading that begins so, and the files of its list, in their order."""
    [heading] = [one for one in WAYS if one.startswith(begin)]
    return heading, re.findall(r"^\d+\. `([^`]+)`", WAYS[heading], re.MULTILINE)


@pytest.mark.parametrize("heading", WAYS)
def test_a_way_names_files_that_are_there_and_counts_them(heading: str) -> None:
    _, files = way(heading)
    assert [file for file in files if not (PACKAGE / file).is_file()] == []
    assert f"{len(set(files))} files" in heading
    numbers = [int(number) for number in re.findall(r"^(\d+)\. ", WAYS[heading], re.MULTILINE)]
    assert numbers == list(range(1, len(files) + 1))


def test_paths_in_the_page_lead_to_files() -> None:
    named = set(re.findall(r"`((?:\w+/)+\w+\.py)`", PAGE))
    gone = sorted(file for file in named if not (PACKAGE / file).is_file() and not (PACKAGE.parent / file).is_file())
    assert gone == []


def in_services(files: list[str]) -> int:
    """How many different files of `services/` there are."""
    return len({file for file in files if file.startswith("services/")})


def test_the_ways_of_a_text_and_a_file_are_short() -> None:
    _, text = way("A typed text")
    _, file = way("A file")
    assert len(text) <= 25
    assert in_services(text) <= 6
    assert in_services(file) <= 10


# ---------------------------------------------------------------- listings and names


def test_a_folder_has_few_modules() -> None:
    """The wire has one module a group of calls; anywhere else a longer listing says that two ideas share a folder."""
    modules = Counter(path.parent for path in source_trees() if path.name != "__init__.py")
    most = {PACKAGE / "wire": 26}
    assert {folder.name: n for folder, n in modules.items() if n > most.get(folder, 16)} == {}


def test_a_class_name_that_stands_twice_is_explained() -> None:
    names = Counter(node.name for nodes in source_nodes().values() for node in nodes if isinstance(node, ast.ClassDef))
    twice = {name for name, n in names.items() if n > 1}
    assert len(twice) <= 10
    assert [name for name in sorted(twice) if f"`{name}`" not in PAGE] == []


VAGUE = re.compile(r"(What|Who|Whether|It|One|The same|Those|Some)\b")


def test_a_docstring_begins_with_a_verb_or_the_thing() -> None:
    found = [
        f"{path.relative_to(PACKAGE)}: {text.splitlines()[0]}"
        for path, nodes in source_nodes().items()
        for node in nodes
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef)
        and (text := ast.get_docstring(node))
        and VAGUE.match(text)
    ]
    assert found == []
