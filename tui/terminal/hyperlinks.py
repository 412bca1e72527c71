"""Hyperlinks of the terminal (OSC 8): the terminals that are given them, and the sequence.

A terminal that does not know OSC 8 ignores it, but for some old ones that print it, and those that are known to have
no links need not be sent any.
"""

from __future__ import annotations

import re
import socket
from collections.abc import Mapping
from enum import Enum
from functools import cache
from pathlib import Path
from typing import Final
from urllib.parse import quote

from tui.terminal.passthrough import Multiplexer, multiplexer_of

_LONGEST: Final = 2000
"""Characters of an address that terminals take; VTE drops a longer one."""
_SAFE: Final = rf"(?:https?://|mailto:|file://)[!-~]{{1,{_LONGEST}}}"
_NO_TERMINALS: Final = ("", "dumb", "unknown", "linux", "cons25", "eterm", "emacs", "vt52", "vt100", "vt102", "vt220")
"""Beginnings of TERM of terminals without links; some would print the address."""
_FIRST_TMUX: Final = (3, 4)
_FIRST_VTE: Final = 5000
"""VTE_VERSION of 0.50; versions before it print the sequence or crash."""
CLOSED: Final = "\x1b]8;;\x1b\\"
"""Ends a link."""


class LinkReach(Enum):
    """Distance that a link gets, as far as the environment tells."""

    TERMINAL = "terminal"
    """The terminal, which shows it or ignores it."""
    TMUX = "tmux"
    """tmux, which passes it to a terminal that has links."""
    TMUX_OLD = "tmux old"
    """A tmux that knows no links: none are sent."""
    SCREEN = "screen"
    """GNU screen, which knows no links: none are sent."""
    NOWHERE = "nowhere"
    """A terminal without links: none are sent."""


def link_reach(environ: Mapping[str, str]) -> LinkReach:
    """Return how far a link would get. Runs nothing."""
    term = environ.get("TERM", "")
    match multiplexer_of(environ):
        case Multiplexer.TMUX:
            version = re.match(r"(\d{1,3})\.(\d{1,3})", environ.get("TERM_PROGRAM_VERSION", ""))
            known = version is not None and environ.get("TERM_PROGRAM") == "tmux"
            old = known and version is not None and (int(version[1]), int(version[2])) < _FIRST_TMUX
            return LinkReach.TMUX_OLD if old else LinkReach.TMUX
        case Multiplexer.SCREEN:
            return LinkReach.SCREEN
    if term == "screen" or term.startswith(("screen-", "screen.")):
        return LinkReach.SCREEN
    vte = environ.get("VTE_VERSION", "")
    without = environ.get("TERM_PROGRAM") == "Apple_Terminal" or (vte.isdecimal() and int(vte) < _FIRST_VTE)
    if without or any(term == name or (name and term.startswith(name + "-")) for name in _NO_TERMINALS):
        return LinkReach.NOWHERE
    return LinkReach.TERMINAL


def takes_links(environ: Mapping[str, str]) -> bool:
    """Return True where links are worth their bytes."""
    return link_reach(environ) in (LinkReach.TERMINAL, LinkReach.TMUX)


def opening(url: str | None) -> str:
    """Return the sequence that begins a link; "" for an address that no terminal may be given.

    Terminals take cells with one id and one address for one link, so a link that is wrapped is one.
    """
    return f"\x1b]8;id=w;{url}\x1b\\" if url and re.fullmatch(_SAFE, url) else ""


def file_url(path: Path) -> str:
    """Return the address of a file on this machine, which it names: the terminal may run on another one."""
    return f"file://{_host()}{quote(str(path.absolute()), errors='surrogateescape')}"


@cache
def _host() -> str:
    return quote(socket.gethostname(), safe="")
