"""The tmux that the program runs in: its version and the settings that decide what reaches the terminal."""

from __future__ import annotations

import contextlib
import re
import subprocess
from collections.abc import Callable
from typing import Final

import msgspec

from tui.terminal.graphics.terminal_report import TerminalName, terminal_name

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


# ---------------------------------------------------------------- the terminals outside


class TmuxClient(msgspec.Struct, frozen=True):
    """A terminal that is attached and shows our window. `attached`: tells one attachment from any other."""

    name: TerminalName
    features: frozenset[str]
    attached: tuple[str, str, str]
    discarded: int = 0
    """Bytes that tmux did not send because the terminal was too slow."""


class TmuxView(msgspec.Struct, frozen=True):
    """How our pane is seen through tmux now."""

    passthrough: bool
    is_seen: bool
    """True while the pane is on the screen of a terminal."""
    clients: tuple[TmuxClient, ...] = ()

    @property
    def name(self) -> TerminalName | None:
        """The terminal outside; of several the first."""
        return self.clients[0].name if self.clients else None

    @property
    def has_true_color(self) -> bool:
        """True when colours of 24 bits reach every terminal as they are."""
        return all("RGB" in client.features for client in self.clients)

    @property
    def has_sixel(self) -> bool:
        """True when tmux hands sixel on to every terminal."""
        return bool(self.clients) and all("sixel" in client.features for client in self.clients)

    @property
    def attachments(self) -> frozenset[tuple[str, str, str]]:
        """Attachments that see our window; others have none of our images."""
        return frozenset(client.attached for client in self.clients)


_PANE: Final = "#{window_id}|#{version}|#{allow-passthrough}|#{pane_active}|#{window_zoomed_flag}"
_CLIENT: Final = (
    "#{window_id}|#{client_tty}|#{client_created}|#{client_pid}|#{client_discarded}|#{client_control_mode}"
    "|#{client_termfeatures}|#{client_termtype}"
)


def view(pane: str, run: Run = run) -> TmuxView | None:
    """Return how a pane is seen; None when tmux does not answer. Runs tmux once."""
    found = run("tmux", "display-message", "-p", "-t", pane, _PANE, ";", "list-clients", "-F", _CLIENT)
    return _parsed_view(found) if found else None


def _parsed_view(text: str) -> TmuxView | None:
    first, *lines = text.splitlines()
    window, _, rest = first.partition("|")
    version, _, rest = rest.partition("|")
    passes, _, rest = rest.partition("|")
    number = re.match(r"(?:next-)?(\d{1,4})\.(\d{1,4})", version)
    old = number is not None and (int(number[1]), int(number[2])) < (3, 3)
    clients: list[TmuxClient] = []
    for line in lines:
        parts = line.split("|", 7)
        if len(parts) < 8 or parts[0] != window:
            continue
        _window, tty, created, pid, discarded, control, features, name = parts
        clients.append(
            TmuxClient(
                # In control mode the terminal draws by itself, and is sent no sequences.
                name=terminal_name("" if control == "1" else name),
                features=frozenset(features.split(",")),
                attached=(tty, created, pid),
                discarded=int(discarded) if discarded.isdecimal() else 0,
            )
        )
    # Before 3.3 there was no setting: everything was handed on.
    return TmuxView(old or passes in ("1", "2", "on", "all"), bool(clients) and rest != "0|1", tuple(clients))
