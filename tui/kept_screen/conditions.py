"""Conditions of a kept screen: its name, and all that must be the same when it is shown as when it was kept."""

from __future__ import annotations

import os

from tui import __version__

TYPE_CHECKING = False  # `typing` alone costs as much as all of this.
if TYPE_CHECKING:
    from typing import Final

FILE_NAME: Final = "screen"
"""Name of the kept screen in a profile's folder."""
_VARIABLES: Final = frozenset(
    {"TERM", "COLORTERM", "TERM_PROGRAM", "NO_COLOR", "FORCE_COLOR", "LANG", "LANGUAGE", "TZ", "TMUX", "STY"}
)
"""Variables that decide about colours, language and the time of day that is shown."""
_PREFIXES: Final = ("WXTUI_", "TEXTUAL_", "LC_")


def conditions(settings_file: str, width: int, height: int) -> bytes:
    """Return what must be the same: program, size and kind of the terminal, language, settings."""
    try:
        found = os.stat(settings_file)
        stamp = f"{found.st_mtime_ns} {found.st_size} {found.st_ino}"
    except OSError:
        stamp = ""
    environ = (
        f"{name}={value}"
        for name, value in sorted(os.environ.items())
        if name in _VARIABLES or name.startswith(_PREFIXES)
    )
    return "\0".join((__version__, f"{width}x{height}", stamp, *environ)).encode("utf-8", "surrogateescape")
