"""Probe of pictures: which way they go in this terminal, by what it and its tmux answer."""

from __future__ import annotations

import os
import select
import time
from collections.abc import Mapping
from typing import Final

from tui.config.settings import examine
from tui.doctor.finding import Finding, fine, warning
from tui.doctor.terminal import colours_of, own_terminal
from tui.terminal import tmux
from tui.terminal.graphics.reach import PicturesBy, Seen, decide, draws_letters_only
from tui.terminal.graphics.terminal_report import TerminalName, TerminalQuery, has_sixel_reported, name_reported
from tui.terminal.input_tokens import Tokenizer, TokenKind
from tui.terminal.passthrough import Multiplexer, multiplexer_of

_ANSWER: Final = 0.5
"""Seconds for a terminal's answers, over a slow link too."""
_LEAST_COLORS: Final = 256


def pictures(environ: Mapping[str, str], run: tmux.Run = tmux.run, device: str = "/dev/tty") -> Finding:
    """Return which way pictures go, and why. Asks the terminal, and runs tmux where wxtui runs inside it."""
    through, term, colors = multiplexer_of(environ), environ.get("TERM", ""), colours_of(environ)
    seen = Seen(through, term, None if colors < _LEAST_COLORS else 0 if colors > _LEAST_COLORS else _LEAST_COLORS)
    local = through is Multiplexer.TMUX and bool(environ.get("TMUX"))
    name, sixel = None, False
    if seen.colors is not None and not draws_letters_only(term) and (through is Multiplexer.NOTHING or local):
        name, sixel = _answered(device)
    view = tmux.view(environ.get("TMUX_PANE", ""), run) if local else None
    seen = Seen(through, term, seen.colors, name, sixel, tmux=view, local_tmux=local)
    found = decide(seen, PicturesBy(examine(environ=environ).settings.pictures_by))
    facts = {
        "log": found.log.value if found.log is not None else "words",
        "full": found.full.value if found.full is not None else "words",
    }
    if found.advice is not None:
        return warning("pictures", found.why, found.advice, **facts)
    return fine("pictures", found.why, **facts)


def _answered(device: str) -> tuple[TerminalName | None, bool]:
    """Return the terminal's name, None where it tells none, and whether it has sixel."""
    name, sixel = None, False
    with own_terminal(device) as handle:
        if handle is None:
            return None, False
        os.write(handle, f"{TerminalQuery.VERSION.value}{TerminalQuery.ATTRIBUTES.value}".encode())
        tokens, deadline = Tokenizer(), time.monotonic() + _ANSWER
        while (left := deadline - time.monotonic()) > 0:
            if not select.select([handle], [], [], left)[0]:
                continue
            for token in tokens.feed(os.read(handle, 256)):
                text = f"P{token.text}" if token.kind is TokenKind.REPORT else token.text[1:]
                name = name_reported(text) or name
                if (said := has_sixel_reported(text)) is not None:
                    return name, said
    return name, sixel
