"""The tmux that the program runs in: its version and the settings that decide what reaches the terminal."""

from __future__ import annotations

import contextlib
import re
import subprocess
from collections.abc import Callable
from typing import Final

import msgspec

_SECONDS: Final = 2.0

Run = Callable[..., str | None]
"""Runs a program; returns its output, None when the program is missing or fails."""


def run(*command: str, given: str = "") -> str | None:
    """Return the output of a program that reads `given`; None when it is missing, fails, or takes too long."""
    with contextlib.suppress(OSError, subprocess.SubprocessError, UnicodeDecodeError):
        done = subprocess.run(command, capture_output=True, timeout=_SECONDS, check=True, input=given, encoding="utf-8")
        return done.stdout.strip()
    return None


class Tmux(msgspec.Struct, frozen=True):
    """Answers of tmux about itself. `name` is "tmux 3.3a"; `version` is (3, 3), (0, 0) for one that says no number."""

    name: str
    version: tuple[int, int]
    set_clipboard: str
    passthrough: bool
    terminal: str
    """TERM of the terminal outside; "" when no client is attached or it does not tell."""
    outer_takes: bool
    """True when tmux knows how to reach the clipboard of the terminal outside (its capability Ms)."""


def ask(run: Run = run) -> Tmux | None:
    """Return how the tmux round this program is set up; None when it does not answer. Runs programs."""
    name = run("tmux", "-V")
    if name is None:
        return None
    found = re.search(r"(\d{1,4})\.(\d{1,4})", name)
    version = (int(found[1]), int(found[2])) if found else (0, 0)
    client, _, term = (run("tmux", "display-message", "-p", "#{client_tty} #{client_termname}") or "").partition(" ")
    known = run("tmux", "show-messages", "-T") or ""
    return Tmux(
        name=name,
        version=version,
        set_clipboard=run("tmux", "show-options", "-sv", "set-clipboard") or "",
        # Before 3.3 there was no setting: everything was handed on.
        passthrough=version < (3, 3)
        or (run("tmux", "show-options", "-Apv", "allow-passthrough") or "") in ("on", "all"),
        terminal=term,
        outer_takes=_knows_clipboard(known, client),
    )


def _knows_clipboard(messages: str, client: str) -> bool:
    """Return whether tmux lists the capability Ms for the terminal of this client."""
    here = False
    for line in messages.splitlines():
        if line.startswith("Terminal "):
            here = bool(client) and f" for {client}," in line
        elif here and re.match(r"\s*\d+: Ms: \(string\)", line):
            return True
    return False
