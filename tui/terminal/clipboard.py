"""The clipboard: the desktop's own where there is one, else the terminal's, which OSC 52 reaches even over SSH."""

from __future__ import annotations

import base64
import os
import shutil
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Final

from tui import errors
from tui.terminal.passing import Between, between, passed

LARGEST: Final = 100_000
"""Characters of base64 that terminals take in one sequence; most drop a longer one without a word."""

_NO_TERMINALS: Final = ("", "dumb", "linux", "cons25", "eterm")
"""Beginnings of TERM of those without a clipboard; some would print the text instead."""


@dataclass(frozen=True, slots=True)
class Clipboard:
    """A way to copy. `name` is for the status line; `tool` is what pyperclip calls the desktop's, "" without one."""

    name: str
    tool: str = ""
    through: Between = Between.NOTHING
    terminal: bool = True

    def copy(self, text: str) -> str:
        """Copy `text`; what this returns must be written to the terminal ("" when the desktop has it).

        With a `tool` this runs a program: call it in a thread. One that fails (a display that is gone) gives way to
        the terminal. Raises `UsageError` with a sentence when the text is too long, or nothing is there to copy to.
        """
        clean = text.encode("utf-8", "replace").decode()
        if self.tool and _copied(self.tool, clean):
            return ""
        return self._sequence(clean)

    def _sequence(self, text: str) -> str:
        if not self.terminal:
            raise errors.UsageError(why=errors.Phrase("This terminal has no clipboard that can be reached."))
        encoded = base64.b64encode(text.encode()).decode("ascii")
        if len(encoded) > LARGEST:
            raise errors.UsageError(
                why=errors.Phrase(
                    "The text is too long for the terminal's clipboard: {size} bytes; {limit} fit.",
                    size=len(text.encode()),
                    limit=LARGEST // 4 * 3,
                )
            )
        plain = f"\x1b]52;c;{encoded}\x07"
        if self.through is Between.TMUX:
            # Either works, as tmux is set up: `set-clipboard on` wants the first, `allow-passthrough on` the second.
            return plain + passed(plain, self.through)
        return passed(plain, self.through)


def choose(
    environ: Mapping[str, str] | None = None,
    platform: str = sys.platform,
    which: Callable[[str], str | None] = shutil.which,
    exists: Callable[[str], bool] = lambda path: Path(path).exists(),
) -> Clipboard:
    """What there is; only looks for programs and sockets, runs nothing.

    The desktop comes first, but only one that is there, and not another machine's: what pyperclip runs does not say
    when it fails. Over SSH that is a forwarded display, and not within tmux, which remembers those of long ago.
    """
    environ = os.environ if environ is None else environ
    through = between(environ)
    term = environ.get("TERM", "")
    terminal = not any(term == name or (name and term.startswith(name + "-")) for name in _NO_TERMINALS)
    tool = _desktop(environ, platform, which, exists)
    if tool:
        return Clipboard(tool, tool, through, terminal)
    if not terminal:
        return Clipboard("none", "", through, terminal)
    return Clipboard(f"OSC 52 ({through.value})" if through.value else "OSC 52", "", through)


def _desktop(
    environ: Mapping[str, str], platform: str, which: Callable[[str], str | None], exists: Callable[[str], bool]
) -> str:
    """pyperclip's name of the desktop's clipboard."""
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
    """Whether the desktop took it."""
    # By name: it has no types, and its import looks round in the desktop.
    pyperclip = import_module("pyperclip")
    try:
        pyperclip.set_clipboard(tool)
        pyperclip.copy(text)
    except (pyperclip.PyperclipException, OSError, ValueError):
        return False
    return True
