"""Conditions of a kept screen: where it lies, and all that must be the same when it is shown as when it was kept."""

from __future__ import annotations

import os
import sys

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


def places() -> tuple[str, str] | None:
    """Return the file of the settings and the folder of all profiles, as `tui.paths` has them; None where only that
    can say. A screen is kept only where both agree."""
    environ = os.environ
    if home := environ.get("WXTUI_HOME"):
        return f"{home}/config.toml", f"{home}/state"
    home = environ.get("HOME", "")
    if sys.platform == "darwin":
        config = state = f"{home}/Library/Application Support"
    else:
        config, state = f"{home}/.config", f"{home}/.local/state"
    config, state = environ.get("XDG_CONFIG_HOME") or config, environ.get("XDG_STATE_HOME") or state
    if not (home.startswith("/") and config.startswith("/") and state.startswith("/")):
        return None
    return f"{config}/wxtui/config.toml", f"{state}/wxtui"


def profile_folder(profiles: str, name: str) -> str | None:
    """Return the folder of a profile; None for a name that is none."""
    plain = name.replace("_", "a").replace("-", "a")
    if not plain.replace(".", "a").isalnum() or plain.startswith(".") or len(name) > 64:
        return None
    return f"{profiles}/{name}"


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
