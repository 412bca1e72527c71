"""Draws a QR code that a phone can read from a terminal, also over SSH and without colours."""

from __future__ import annotations

import os
import stat
from enum import Enum
from itertools import zip_longest
from pathlib import Path

from tui import errors
from tui.paths import PRIVATE_FILE
from tui.qr import QUIET, light_modules

_ON, _OFF = "\x1b[97;40m", "\x1b[0m"
_HALVES = {(True, True): "█", (True, False): "▀", (False, True): "▄", (False, False): " "}


class Style(Enum):
    """Ways to draw the code."""

    TERMINAL = "terminal"
    ASCII = "ascii"
    PNG = "png"


def draw(text: str, style: Style, *, colour: bool) -> str:
    """Return the code as lines of text.

    TERMINAL: two rows a line in half blocks; the light modules are drawn, so that it is right on a dark terminal even
    without colour, and with colour right on any. ASCII: two columns a module; light is reverse video where there is
    colour, and `##` where dark ink is on light ground (`colour` false: a file, a printer).
    """
    rows = light_modules(text)
    if style is Style.ASCII:
        if colour:
            lines = ["".join("\x1b[7m  " if light else "\x1b[0m  " for light in row) + _OFF for row in rows]
        else:
            lines = ["".join("  " if light else "##" for light in row) for row in rows]
        return "\n".join(lines)
    pairs = zip_longest(rows[::2], rows[1::2], fillvalue=[False] * len(rows[0]))
    lines = ["".join(_HALVES[pair] for pair in zip(upper, lower, strict=True)) for upper, lower in pairs]
    return "\n".join(f"{_ON}{line}{_OFF}" if colour else line for line in lines)


def save_png(text: str, path: Path) -> None:
    """Write the code as a picture, readable by its owner alone: who scans it is logged in.

    Raises `UsageError` when it cannot be written.
    """
    import segno

    try:
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, PRIVATE_FILE)
        with os.fdopen(handle, "wb") as file:
            if stat.S_ISREG(os.fstat(handle).st_mode):
                os.fchmod(handle, PRIVATE_FILE)
            segno.make(text, error="m", micro=False).save(file, kind="png", scale=8, border=QUIET)
    except OSError as error:
        why = error.strerror or errors.Phrase("it cannot be written")
        raise errors.UsageError(why=errors.Phrase("“{path}” cannot be used: {why}.", path=path, why=why)) from None
