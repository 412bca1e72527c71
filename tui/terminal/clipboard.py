"""The clipboard: the desktop's own where there is one, else the terminal's, which OSC 52 reaches even over SSH."""

from __future__ import annotations

import base64
import os
import shutil
import sys
from collections.abc import Callable, Mapping
from enum import Enum
from importlib import import_module
from pathlib import Path
from typing import Final

import msgspec
from msgspec.structs import replace

from tui import errors
from tui.terminal import tmux
from tui.terminal.passthrough import Multiplexer, multiplexer_of, wrapped

LARGEST: Final = 100_000
"""Characters of base64 that terminals take in one sequence; most drop a longer one without a word."""

_NO_TERMINALS: Final = ("", "dumb", "linux", "cons25", "eterm")
"""Beginnings of TERM of terminals without a clipboard; some would print the text instead."""


class CopyReach(Enum):
    """Distance that a copy gets, as far as anybody here can know."""

    DESKTOP = "desktop"
    """A program put it into the desktop's clipboard and ended well."""
    TERMINAL = "terminal"
    """OSC 52 goes to the terminal, which does not answer."""
    SCREEN = "screen"
    """OSC 52 goes through GNU screen to the terminal."""
    TMUX_HANDS_ON = "tmux hands on"
    """tmux takes it into its buffer, and sends OSC 52 to the terminal itself."""
    TMUX_PASSES = "tmux passes"
    """tmux takes it into its buffer, and lets our OSC 52 through."""
    TMUX_KEEPS = "tmux keeps"
    """tmux takes it into its buffer, and is set up to tell the terminal nothing."""
    TMUX_DETACHED = "tmux detached"
    """tmux takes it into its buffer; nobody's terminal is attached to it."""
    TMUX_UNKNOWN = "tmux unknown"
    """tmux does not answer, or runs on another machine: OSC 52 in both forms that it may know."""
    NOWHERE = "nowhere"


_SAID: Final = {
    CopyReach.DESKTOP: errors.Phrase("Copied."),
    CopyReach.TERMINAL: errors.Phrase("Sent to the terminal's clipboard (OSC 52), which does not confirm it."),
    CopyReach.SCREEN: errors.Phrase(
        "Sent through screen to the terminal's clipboard (OSC 52), which does not confirm it."
    ),
    CopyReach.TMUX_HANDS_ON: errors.Phrase("Copied to tmux and sent to the terminal's clipboard (OSC 52)."),
    CopyReach.TMUX_PASSES: errors.Phrase("Copied to tmux and sent through it to the terminal's clipboard (OSC 52)."),
    CopyReach.TMUX_DETACHED: errors.Phrase("Copied to tmux: prefix ] pastes it. No terminal is attached to tmux."),
    CopyReach.TMUX_UNKNOWN: errors.Phrase(
        "Sent to tmux (OSC 52); it reaches the terminal if tmux has: set -s set-clipboard on"
    ),
    CopyReach.NOWHERE: errors.Phrase("This terminal has no clipboard that wxtui can use."),
}


_LOADS: Final[dict[CopyReach, tuple[str, ...]]] = {
    CopyReach.TMUX_HANDS_ON: ("-w",),
    CopyReach.TMUX_PASSES: (),
    CopyReach.TMUX_KEEPS: (),
    CopyReach.TMUX_DETACHED: (),
}
"""Reaches by way of tmux's buffer, with the flags of `load-buffer`."""


class Route(msgspec.Struct, frozen=True):
    """The way of a copy. `missing` is the line that tmux's configuration lacks, "" for none."""

    reach: CopyReach
    missing: str = ""

    @property
    def said(self) -> errors.Phrase:
        """Sentence to show after a copy; it does not claim that a clipboard has the text where that is not known."""
        if self.reach is CopyReach.TMUX_KEEPS:
            return errors.Phrase(
                "Copied only to tmux: prefix ] pastes it. For the terminal's clipboard, add to ~/.tmux.conf: {line}",
                line=self.missing,
            )
        return _SAID[self.reach]


class Copied(msgspec.Struct, frozen=True):
    """Outcome of a copy: `sequence` is still to be written to the terminal, "" for nothing."""

    route: Route
    sequence: str = ""

    @property
    def known(self) -> bool:
        """True when the text is certainly in the clipboard."""
        return self.route.reach is CopyReach.DESKTOP


class Clipboard(msgspec.Struct, frozen=True):
    """A way to copy. `tool` is what pyperclip calls the desktop's, "" without one."""

    tool: str = ""
    through: Multiplexer = Multiplexer.NOTHING
    terminal: bool = True
    inside_tmux: bool = False
    """True when the tmux round us runs on this machine and can be asked."""

    def route(self, ask: Callable[[], tmux.Tmux | None] = tmux.ask) -> Route:
        """Return the way that a copy would take. May run tmux: call it in a thread."""
        if self.tool:
            return Route(CopyReach.DESKTOP)
        if self.through is Multiplexer.TMUX:
            return _through_tmux(ask() if self.inside_tmux else None)
        if not self.terminal:
            return Route(CopyReach.NOWHERE)
        return Route(CopyReach.SCREEN if self.through is Multiplexer.SCREEN else CopyReach.TERMINAL)

    def copy(self, text: str, ask: Callable[[], tmux.Tmux | None] = tmux.ask, run: tmux.Run = tmux.run) -> Copied:
        """Copy `text`; return the outcome, with the bytes that must still be written to the terminal.

        Runs a program where there is a desktop or tmux: call it in a thread. A desktop that fails (a display that is
        gone) gives way to the terminal. Raises `UsageError` with a sentence when the text is too long, or nothing is
        there to copy to.
        """
        clean = text.encode("utf-8", "replace").decode()
        if self.tool:
            if _copied(self.tool, clean):
                return Copied(Route(CopyReach.DESKTOP))
            return replace(self, tool="").copy(text, ask, run)
        route = self.route(ask)
        if route.reach is CopyReach.NOWHERE:
            raise errors.UsageError(why=route.said)
        plain = _osc52(clean)
        flags = _LOADS.get(route.reach)
        if flags is not None and run("tmux", "load-buffer", *flags, "-", given=clean) is not None:
            return Copied(route, wrapped(plain, self.through) if route.reach is CopyReach.TMUX_PASSES else "")
        if self.through is Multiplexer.TMUX:
            # Either works, as tmux is set up: `set-clipboard on` wants the first, `allow-passthrough on` the second.
            return Copied(Route(CopyReach.TMUX_UNKNOWN), plain + wrapped(plain, self.through))
        return Copied(route, wrapped(plain, self.through))


def _through_tmux(found: tmux.Tmux | None) -> Route:
    if found is None:
        return Route(CopyReach.TMUX_UNKNOWN)
    if not found.terminal:
        return Route(CopyReach.TMUX_DETACHED)
    if found.version >= (3, 2) and found.outer_takes and found.set_clipboard in ("on", "external"):
        # Also where applications may not set the clipboard themselves, which is how tmux comes.
        return Route(CopyReach.TMUX_HANDS_ON)
    if found.passthrough:
        return Route(CopyReach.TMUX_PASSES)
    if found.set_clipboard == "on" and found.outer_takes:
        return Route(CopyReach.TMUX_UNKNOWN)
    if found.outer_takes:
        return Route(CopyReach.TMUX_KEEPS, "set -s set-clipboard on")
    return Route(CopyReach.TMUX_KEEPS, f"set -as terminal-features ',{found.terminal}:clipboard'")


def _osc52(text: str) -> str:
    """Return the sequence that sets a terminal's clipboard. Raises `UsageError` when the text is too long for one."""
    encoded = base64.b64encode(text.encode()).decode("ascii")
    if len(encoded) > LARGEST:
        raise errors.UsageError(
            why=errors.Phrase(
                "The text is too long for the terminal's clipboard: {size} bytes, the limit is {limit}.",
                size=len(text.encode()),
                limit=LARGEST // 4 * 3,
            )
        )
    return f"\x1b]52;c;{encoded}\x07"


def choose(
    environ: Mapping[str, str] | None = None,
    platform: str = sys.platform,
    which: Callable[[str], str | None] = shutil.which,
    exists: Callable[[str], bool] = lambda path: Path(path).exists(),
) -> Clipboard:
    """Return the clipboard there is. Only looks for programs and sockets, runs nothing.

    The desktop comes first, but only one that is there, and not another machine's: what pyperclip runs does not say
    when it fails. Over SSH that is a forwarded display, and not within tmux, which remembers those of long ago.
    """
    environ = os.environ if environ is None else environ
    through = multiplexer_of(environ)
    term = environ.get("TERM", "")
    terminal = not any(term == name or (name and term.startswith(name + "-")) for name in _NO_TERMINALS)
    tool = _desktop(environ, platform, which, exists)
    return Clipboard(tool, through, terminal, inside_tmux=bool(environ.get("TMUX")))


def _desktop(
    environ: Mapping[str, str], platform: str, which: Callable[[str], str | None], exists: Callable[[str], bool]
) -> str:
    """Return pyperclip's name of the desktop's clipboard, "" for none."""
    remote = environ.get("SSH_CONNECTION") or environ.get("SSH_TTY")
    if platform == "darwin":
        return "pbcopy" if not remote and which("pbcopy") else ""
    runtime, wayland = environ.get("XDG_RUNTIME_DIR", "/"), environ.get("WAYLAND_DISPLAY", "")
    # pyperclip wants both programs.
    if wayland and not remote and exists(str(Path(runtime) / wayland)) and which("wl-copy") and which("wl-paste"):
        return "wl-clipboard"
    display = environ.get("DISPLAY", "")
    if display.startswith(":"):
        there = not remote and exists(f"/tmp/.X11-unix/X{display[1:].split('.')[0]}")
    else:
        there = bool(display) and not environ.get("TMUX")
    return next((tool for tool in ("xclip", "xsel") if which(tool)), "") if there else ""


def _copied(tool: str, text: str) -> bool:
    """Copy to the desktop; return False when it does not take it."""
    # By name: it has no types, and its import looks round in the desktop.
    pyperclip = import_module("pyperclip")
    try:
        pyperclip.set_clipboard(tool)
        pyperclip.copy(text)
    except (pyperclip.PyperclipException, OSError, ValueError):
        return False
    return True
