"""ARCHITECTURE.md: the files that it names are there, and the ways through them are counted right and stay short."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

import tui

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


def test_the_way_of_a_text_is_short() -> None:
    _, files = way("A typed text")
    assert len(files) <= 25
    assert sum(file.startswith("services/") for file in files) <= 6
