"""Printing: words for people, one JSON object a line for scripts; never a control character to a terminal."""

from __future__ import annotations

import json
import os
import re
import sys
from collections.abc import Mapping
from typing import TextIO

from tui.errors import OutputFailed, Phrase, WxtuiError
from tui.i18n import say
from tui.wire.text import printable

_UNSAFE = re.compile("[\x7f-\x9f\u200e\u200f\u061c\u2028-\u202e\u2066-\u2069\ufeff\ufff9-\ufffb\ud800-\udfff]")


def clean(text: str) -> str:
    """One line, safe for a terminal."""
    return printable(text, newlines=False)


def write(text: str, stream: TextIO | None = None) -> None:
    """A line, at once: whoever reads a pipe wants it now."""
    out = stream or sys.stdout
    if out is None:
        # Closed by whoever started us: they want nothing.
        return
    try:
        out.write(text + "\n")
        out.flush()
    except BrokenPipeError:
        raise
    except OSError as error:
        if out is sys.stderr:
            return
        # A full disk must not cost a MsgID.
        write(text, sys.stderr)
        _give_up_stdout()
        raise OutputFailed(why=error.strerror or Phrase("input/output error")) from None


def _give_up_stdout() -> None:
    """What still waits in the buffer goes nowhere, or Python would complain at exit."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


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
