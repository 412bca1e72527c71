"""Questions of a command, where somebody sits at a terminal; answered by a letter."""

from __future__ import annotations

import os
import sys


def somebody_there() -> bool:
    """Return True where a person can read a question, and type the answer."""
    return bool(sys.stdin and sys.stdin.isatty() and sys.stderr.isatty())


def letter_typed(question: str, patience: float | None = None) -> str:
    """Ask, and return the small first letter of the answer; "" for an empty one, and after so many seconds."""
    import select
    import termios

    # What was typed before was not for it.
    termios.tcflush(sys.stdin, termios.TCIFLUSH)
    sys.stderr.write(f"{question} ")
    sys.stderr.flush()
    ready, _writable, _other = select.select([sys.stdin], [], [], patience)
    if not ready:
        sys.stderr.write("\n")
        return ""
    return os.read(sys.stdin.fileno(), 100).decode("utf-8", "replace").strip().lower()[:1]
