"""Printing: words for people, one JSON object a line for scripts; never a control character to a terminal."""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Mapping
from typing import TextIO

from tui.errors import WxtuiError
from tui.i18n import say
from tui.wire.text import printable

_UNSAFE = re.compile("[\x7f-\x9f\u200e\u200f\u061c\u2028-\u202e\u2066-\u2069\ufeff\ufff9-\ufffb\ud800-\udfff]")


def clean(text: str) -> str:
    """One line, safe for a terminal."""
    return printable(text, newlines=False)


def write(text: str, stream: TextIO | None = None) -> None:
    """A line, at once: whoever reads a pipe wants it now."""
    out = stream or sys.stdout
    out.write(text + "\n")
    out.flush()


def tell(text: str) -> None:
    """A line for the person, on standard error."""
    write(clean(text), sys.stderr)


def write_json(value: Mapping[str, object]) -> None:
    """One JSON object on one line; what could move a terminal's cursor is escaped."""
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    write(_UNSAFE.sub(lambda match: f"\\u{ord(match[0]):04x}", text))


def write_error(error: WxtuiError, *, as_json: bool) -> None:
    """The sentence on standard error, for scripts also as JSON on standard output."""
    if as_json:
        write_json({"error": error.code, "message": str(error), "exit_code": error.exit_code})
    tell(f"wxtui: {say(error)}")
