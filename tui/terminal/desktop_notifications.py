"""The bell, and a notification on the desktop by way of the terminal, which reaches it even over SSH.

There are two sequences for it. OSC 777 has a title and is what most terminals know (urxvt, foot, WezTerm, kitty,
Ghostty, Konsole, some VTEs); OSC 9 is iTerm2's, and ConEmu and Windows Terminal use that number for other things. Both
would show two notifications, or worse, so one is chosen, by what the environment says about the terminal. A terminal
that calls itself xterm or tmux and says nothing more gets OSC 777: those that do not know it swallow it. Any other may
print what it does not know, and gets the bell alone.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from enum import Enum
from typing import Final

from tui.terminal.graphemes import cut
from tui.terminal.passthrough import multiplexer_of, wrapped
from tui.wire.text import printable

_TITLE, _BODY = 60, 160
"""Cells; desktops show no more."""
_BEL: Final = "\x07"


class _Way(Enum):
    NONE = 0
    OSC_9 = 9
    OSC_777 = 777


_PROGRAMS: Final = {
    "iTerm.app": _Way.OSC_9,
    "iTerm2": _Way.OSC_9,
    "WezTerm": _Way.OSC_777,
    "ghostty": _Way.OSC_777,
    "kitty": _Way.OSC_777,
    "rio": _Way.OSC_777,
    "Apple_Terminal": _Way.NONE,
    "vscode": _Way.NONE,
}
"""`TERM_PROGRAM`, and `LC_TERMINAL`, which SSH hands on."""

_SIGNS: Final = (
    ("ITERM_SESSION_ID", _Way.OSC_9),
    ("KITTY_WINDOW_ID", _Way.OSC_777),
    ("KONSOLE_VERSION", _Way.OSC_777),
    ("GHOSTTY_RESOURCES_DIR", _Way.OSC_777),
    ("WEZTERM_PANE", _Way.OSC_777),
    ("VTE_VERSION", _Way.OSC_777),
    ("WT_SESSION", _Way.NONE),
    ("ConEmuPID", _Way.NONE),
)
"""Environment variables by which a terminal is known. Within tmux they tell of the terminal that started tmux."""

_TERMS: Final = (
    "xterm", "rxvt-unicode", "foot", "wezterm", "ghostty", "kitty", "tmux", "screen", "contour", "alacritty",
)  # fmt: skip
"""Beginnings of TERM for terminals that ignore sequences they do not know."""


def notice(title: str, body: str, *, bell: bool, desktop: bool, env: Mapping[str, str] | None = None) -> str:
    """Return what makes the terminal ring and show a notification; "" when neither is wanted.

    Title and body may be a stranger's text: control characters are made visible, and nothing in it ends the sequence.
    """
    environ = os.environ if env is None else env
    ring = _BEL if bell else ""
    way = _way(environ) if desktop else _Way.NONE
    if way is _Way.NONE:
        return ring
    head, text = _clean(title, _TITLE), _clean(body, _BODY)
    if way is _Way.OSC_777:
        sequence = f"\x1b]777;notify;{head};{text}{_BEL}"
    else:
        # Never a digit first: that is how ConEmu tells its own sequences.
        both = ": ".join(filter(None, (head, text)))
        sequence = f"\x1b]9;{both if not both[:1].isdigit() else ' ' + both}{_BEL}"
    return ring + wrapped(sequence, multiplexer_of(environ))


def _way(environ: Mapping[str, str]) -> _Way:
    for variable in ("TERM_PROGRAM", "LC_TERMINAL"):
        way = _PROGRAMS.get(environ.get(variable, ""))
        if way is not None:
            return way
    for variable, way in _SIGNS:
        if environ.get(variable):
            return way
    return _Way.OSC_777 if environ.get("TERM", "").startswith(_TERMS) else _Way.NONE


def _clean(text: str, cells: int) -> str:
    """Return one line without controls, and without `;`, which would begin the next field."""
    # Cut before cleaning: a message may have a hundred thousand characters.
    one_line = " ".join(text[: cells * 8].split())
    return cut(printable(one_line, newlines=False).replace(";", ","), cells)
