"""Steps of a caret: clusters, and words. Latin letters and ideographs make words of their own."""

from __future__ import annotations

import re
import unicodedata

from tui.terminal.graphemes import cell_len, clusters

_WIDE_FROM = "⺀"
_FULL_STOPS = frozenset("、。，：；？！～（）《》「」")


_CONTROLS = re.compile("([\x00-\x1f\x7f-\x9f])")


def is_control(char: str) -> bool:
    """Return True for a control character; in a typed text that is a tab."""
    return char < " " or "\x7f" <= char <= "\x9f"


def steps(text: str) -> list[str]:
    """Return the clusters of a line. A tab is one of its own; `clusters` would join it to the letter before it."""
    if text.isascii():
        return list(text)
    found: list[str] = []
    for part in _CONTROLS.split(text):
        found += [cluster for cluster, _ in clusters(part)]
    return found


def word_start(text: str, place: int) -> int:
    """Return where the word at or before `place` begins."""
    at, word = place, ""
    while at:
        base = at - 1
        while base and _script(text[base]) == "mark":
            base -= 1
        script = _script(text[base])
        if word and script != word:
            break
        at, word = base, "" if script == "mark" else script
    return at


def word_end(text: str, place: int) -> int:
    """Return where the word at or after `place` ends."""
    at, word = place, ""
    while at < len(text):
        script = _script(text[at])
        if script != "mark":
            if word and script != word:
                break
            word = script
        at += 1
    return at


def blank_before(text: str, place: int) -> int:
    """Return where the run before `place` begins, up to a blank or, as Chinese has none, full-width punctuation."""
    at = place
    while at and _separates(text[at - 1]):
        at -= 1
    while at and not _separates(text[at - 1]):
        at -= 1
    return at


def _separates(char: str) -> bool:
    return char.isspace() or char in _FULL_STOPS


def _script(char: str) -> str:
    """Return the script that a letter makes words with; "" for what is no letter."""
    if char.isalnum() or char == "_":
        return "wide" if char > _WIDE_FROM and cell_len(char) == 2 else "narrow"
    return "mark" if not char.isascii() and unicodedata.category(char) in ("Mn", "Mc", "Me") else ""
