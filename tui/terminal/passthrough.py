"""Sequences for the outer terminal, handed through tmux and GNU screen, which swallow unknown ones."""

from __future__ import annotations

from collections.abc import Mapping
from enum import Enum
from typing import Final

ESC: Final = "\x1b"
ST: Final = "\x1b\\"
_SCREEN_PIECE: Final = 250
"""Bytes that older versions of screen take in one string."""


class Multiplexer(Enum):
    """Terminal multiplexers, which may run between this program and the terminal."""

    NOTHING = ""
    TMUX = "tmux"
    SCREEN = "screen"


def multiplexer_of(environ: Mapping[str, str]) -> Multiplexer:
    """Return what stands between, by the environment.

    `TERM=tmux…` without `TMUX` is a shell on another machine, reached from within tmux.
    """
    term = environ.get("TERM", "")
    if environ.get("TMUX") or term.startswith("tmux"):
        return Multiplexer.TMUX
    if environ.get("STY"):
        return Multiplexer.SCREEN
    return Multiplexer.NOTHING


def wrapped(sequence: str, through: Multiplexer) -> str:
    """Return `sequence` as it must be written to reach the terminal.

    tmux hands it on where `allow-passthrough` is on, and drops it silently where it is not. screen keeps one byte
    of each character, which of 丛 is an Escape and of 一 the end: what it cannot keep whole is a question mark.
    """
    match through:
        case Multiplexer.TMUX:
            return f"{ESC}Ptmux;{sequence.replace(ESC, ESC + ESC)}{ST}"
        case Multiplexer.SCREEN:
            sequence = sequence.encode("latin-1", "replace").decode("latin-1")
            pieces = (sequence[at : at + _SCREEN_PIECE] for at in range(0, len(sequence), _SCREEN_PIECE))
            return "".join(f"{ESC}P{piece}{ST}" for piece in pieces)
        case _:
            return sequence
