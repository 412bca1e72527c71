"""Messages that came out wrong once: what is pushed, and the right text. Data that two rooms of tests share."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import msgspec

PUSHED: tuple[dict[str, Any], ...] = tuple(
    msgspec.json.decode(line) for line in Path(__file__).with_name("messages.jsonl").read_bytes().splitlines()
)

IN_WORDS = {
    "M7": "#接龙\n春游\n\n1. 甲\n2. 乙",
    "M8": "我是刚进群的",
    "M9b": "no id B",
    "M10": '"wxid_a" 拍了拍 "wxid_b"',
}
"""Case → its text, where the page of cases describes it only."""


def right_text(case: dict[str, Any]) -> str:
    """The text that a case has to show."""
    return IN_WORDS.get(case["id"], case["right_text"])
