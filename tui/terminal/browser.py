"""The person's browser: opens an address in it, without a shell, and only where there is one."""

from __future__ import annotations

import os
import shlex
import shutil
import sys
from collections.abc import Callable, Mapping
from pathlib import PurePath
from typing import Final

import msgspec

from tui.urls import openable

_IN_TERMINAL: Final = frozenset({"w3m", "lynx", "links", "links2", "elinks", "cha", "browsh", "carbonyl"})
"""Browsers that need the terminal while they run."""
_SECONDS: Final = 3.0
"""Time in which a program that cannot open an address ends with an error; one that still runs has opened it."""

Which = Callable[[str], str | None]


class Browser(msgspec.Struct, frozen=True):
    """A program with its arguments; `%s` in one of them stands for the address, which else is the last one."""

    command: tuple[str, ...]

    @property
    def in_terminal(self) -> bool:
        """True when the program needs the terminal while it runs."""
        return PurePath(self.command[0]).name in _IN_TERMINAL

    def command_for(self, url: str) -> list[str]:
        """Return program and arguments that open an address. Raises `ValueError` for one that is not plain."""
        if not url or openable(url) != url:
            raise ValueError("not an address that may be opened")
        if any("%s" in part for part in self.command[1:]):
            return [self.command[0], *(part.replace("%s", url) for part in self.command[1:])]
        return [*self.command, url]

    def open(self, url: str) -> None:
        """Open an address beside the terminal. Waits some seconds: call it in a thread. Raises `UsageError`."""
        from tui.services.util.other_programs import Running, check_exit, start_beside  # the first screen does without

        command = self.command_for(url)
        outcome = start_beside(command, _SECONDS)
        if not isinstance(outcome, Running):
            check_exit(command, outcome)


def browser_of(
    environ: Mapping[str, str] | None = None, platform: str = sys.platform, which: Which = shutil.which
) -> Browser | None:
    """Return $BROWSER, else the desktop's way to open an address; None where there is neither. Runs nothing."""
    environ = os.environ if environ is None else environ
    for wanted in environ.get("BROWSER", "").split(os.pathsep):
        command = _split(wanted)
        if command and which(command[0]):
            return Browser(tuple(command))
    remote = environ.get("SSH_CONNECTION") or environ.get("SSH_TTY")
    desktop = environ.get("DISPLAY") or environ.get("WAYLAND_DISPLAY")
    tools: tuple[str, ...]
    if platform == "darwin":
        tools = () if remote else ("open",)
    elif environ.get("WSL_DISTRO_NAME"):
        tools = ("wslview", "explorer.exe")
    elif environ.get("TERMUX_VERSION"):
        tools = ("termux-open-url",)
    else:
        # Without a desktop xdg-open begins a browser in this terminal, behind the screen.
        tools = ("xdg-open", "gio") if desktop else ()
    for tool in tools:
        if which(tool):
            return Browser((tool, "open") if tool == "gio" else (tool,))
    return None


def _split(wanted: str) -> list[str]:
    try:
        return shlex.split(wanted)
    except ValueError:
        return []
