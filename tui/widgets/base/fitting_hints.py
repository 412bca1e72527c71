"""Hints about keys in too little room: whole ones, and the last one, the way out, is kept the longest."""

from __future__ import annotations

from tui.keymap import BETWEEN
from tui.terminal.graphemes import cell_len


def fitting(hints: str, room: int) -> str:
    """Return as many of the hints, the most useful first, as have room; "" where not even the last one has."""
    *others, last = hints.split(BETWEEN)
    while others and cell_len(BETWEEN.join([*others, last])) > room:
        others.pop()
    kept = BETWEEN.join([*others, last])
    return kept if cell_len(kept) <= room else ""
