"""The bell, and a notification on the desktop by way of the terminal, which reaches it even over SSH.

There are three sequences for it. OSC 99 is kitty's, and foot has it too: a newer notification takes the place of an
older one about the same. OSC 777 has a title and is what most terminals know (urxvt, foot, WezTerm, Ghostty, Konsole,
some VTEs); OSC 9 is iTerm2's, and ConEmu and Windows Terminal use that number for other things. Two of them would show
two notifications, or worse, so one is chosen, by what the terminal says of itself, else by what the environment says
about it. A terminal that calls itself xterm or tmux and says nothing more gets OSC 777: those that do not know it
swallow it. Any other may print what it does not know, and gets the bell alone.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from enum import Enum
from typing import TYPE_CHECKING, Final

from tui.terminal.graphemes import cut
from tui.terminal.passthrough import multiplexer_of, wrapped
from tui.wire.text import printable

if TYPE_CHECKING:
    from tui.terminal.graphics.terminal_report import TerminalName

_TITLE, _BODY = 60, 160
"""Cells; desktops show no more."""
_BEL: Final = "\x07"


class _Way(Enum):
    NONE = 0
    OSC_9 = 9
    OSC_777 = 777
    OSC_99 = 99


_PROGRAMS: Final = {
    "iTerm.app": _Way.OSC_9,
    "iTerm2": _Way.OSC_9,
    "WezTerm": _Way.OSC_777,
    "ghostty": _Way.OSC_777,
    "kitty": _Way.OSC_99,
    "rio": _Way.OSC_777,
    "Apple_Terminal": _Way.NONE,
    "vscode": _Way.NONE,
}
"""`TERM_PROGRAM`, and `LC_TERMINAL`, which SSH hands on."""

_SIGNS: Final = (
    ("ITERM_SESSION_ID", _Way.OSC_9),
    ("KITTY_WINDOW_ID", _Way.OSC_99),
    ("KONSOLE_VERSION", _Way.OSC_777),
    ("GHOSTTY_RESOURCES_DIR", _Way.OSC_777),
    ("WEZTERM_PANE", _Way.OSC_777),
    ("VTE_VERSION", _Way.OSC_777),
    ("WT_SESSION", _Way.NONE),
    ("ConEmuPID", _Way.NONE),
)
"""Environment variables by which a terminal is known. Within tmux they tell of the terminal that started tmux."""

_ANSWERED: Final = {"kitty": (0, 21), "foot": (1, 18)}
"""Names by which terminals that know OSC 99 answer, and the version since when they do."""
_KITTY: Final = "xterm-kitty"
_PIECE: Final = 2048
"""Bytes of text in one sequence of OSC 99."""

_TERMS: Final = (
    "xterm", "rxvt-unicode", "foot", "wezterm", "ghostty", "kitty", "tmux", "screen", "contour", "alacritty",
)  # fmt: skip
"""Beginnings of TERM for terminals that ignore sequences they do not know."""


def notice(
    title: str,
    body: str,
    *,
    bell: bool,
    desktop: bool,
    about: str = "",
    terminal: TerminalName | None = None,
    env: Mapping[str, str] | None = None,
) -> str:
    """Return what makes the terminal ring and show a notification; "" when neither is wanted.

    Title and body may be a stranger's text: control characters are made visible, and nothing in it ends the sequence.
    `about` is a word of ASCII: a notification about the same takes the place of an older one, where the terminal can do
    that. `terminal` is how it calls itself, as far as it has answered.
    """
    environ = os.environ if env is None else env
    ring = _BEL if bell else ""
    way = _way(environ, terminal) if desktop else _Way.NONE
    head, text = _clean(title, _TITLE), _clean(body, _BODY)
    match way:
        case _Way.NONE:
            return ring
        case _Way.OSC_99:
            sequences = _in_pieces(f"wxtui-{about or 'news'}", head, text)
        case _Way.OSC_777:
            sequences = [f"\x1b]777;notify;{head};{text}{_BEL}"]
        case _Way.OSC_9:
            # Never a digit first: that is how ConEmu tells its own sequences.
            both = ": ".join(filter(None, (head, text)))
            sequences = [f"\x1b]9;{both if not both[:1].isdigit() else ' ' + both}{_BEL}"]
    through = multiplexer_of(environ)
    return ring + "".join(wrapped(one, through) for one in sequences)


def _in_pieces(name: str, title: str, body: str) -> list[str]:
    """Return the sequences of OSC 99: title and body in pieces, of which the last says that all is there."""
    pieces = [("title", piece) for piece in _cut_bytes(title)] + [("body", piece) for piece in _cut_bytes(body)]
    last = len(pieces) - 1
    return [f"\x1b]99;i={name}:d={int(at == last)}:p={part};{piece}{_BEL}" for at, (part, piece) in enumerate(pieces)]


def _cut_bytes(text: str) -> list[str]:
    """Return a text in pieces that are short enough as UTF-8; "" is one of them."""
    most = _PIECE // 4
    return [text[at : at + most] for at in range(0, len(text), most)] or [""]


def swallows_unknown(environ: Mapping[str, str]) -> bool:
    """Return True for a terminal that prints nothing of a sequence (OSC) that it does not know."""
    return environ.get("TERM", "").startswith(_TERMS)


def _way(environ: Mapping[str, str], terminal: TerminalName | None) -> _Way:
    if terminal is None or not terminal.name:
        return _way_by(environ)
    if terminal.version >= _ANSWERED.get(terminal.name, (1 << 30, 0)):
        return _Way.OSC_99
    way = _way_by(environ)
    # The environment in tmux is that of the terminal that started it.
    return _Way.OSC_777 if way is _Way.OSC_99 else way


def _way_by(environ: Mapping[str, str]) -> _Way:
    for variable in ("TERM_PROGRAM", "LC_TERMINAL"):
        way = _PROGRAMS.get(environ.get(variable, ""))
        if way is not None:
            return way
    for variable, way in _SIGNS:
        if environ.get(variable):
            return way
    if environ.get("TERM", "") == _KITTY:
        return _Way.OSC_99
    return _Way.OSC_777 if swallows_unknown(environ) else _Way.NONE


def _clean(text: str, cells: int) -> str:
    """Return one line without controls, and without `;`, which would begin the next field."""
    # Cut before cleaning: a message may have a hundred thousand characters.
    one_line = " ".join(text[: cells * 8].split())
    return cut(printable(one_line, newlines=False).replace(";", ","), cells)
