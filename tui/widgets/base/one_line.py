"""A stranger's text as one short line: names, titles, file names."""

from __future__ import annotations

from typing import Final

from tui.wire.text import printable

MOST: Final = 400
"""Characters that are looked at: more than any screen is wide, and a name may have a hundred thousand."""

IN_QUESTION: Final = 60
"""Characters of a name in a question: it must not push off the screen what is asked."""


def one_line(text: str, most: int = MOST) -> str:
    """Return the text as a terminal may be given it. A cut leaves `…`, and no half of an emoji."""
    if len(text) <= most:
        return printable(text, newlines=False)
    return printable(text[:most] + "…", newlines=False)
