"""The person's browser: opens an address in it, without a shell, and only where there is one."""

from __future__ import annotations

import os
import shlex
import shutil
import subprocess
import sys
import threading
from collections.abc import Callable, Mapping
from pathlib import PurePath
from typing import Final

import msgspec

from tui.errors import Phrase, UsageError
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
        from tui.terminal.desktop.launching import without_ours  # the first screen does without

        name = PurePath(self.command[0]).name
        try:
            process = subprocess.Popen(
                self.command_for(url),
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                start_new_session=True,
                env=without_ours(os.environ),
            )
        except OSError as error:
            why = error.strerror or type(error).__name__
            raise UsageError(why=Phrase("{browser} cannot be started: {why}.", browser=name, why=why)) from None
        try:
            code = process.wait(_SECONDS)
        except subprocess.TimeoutExpired:
            # It is the browser itself, and may run for days; somebody must hear that it ends.
            threading.Thread(target=process.wait, name="wxtui-browser", daemon=True).start()
            return
        if code:
            raise UsageError(why=Phrase("{browser} exited with {code}.", browser=name, code=code))


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
