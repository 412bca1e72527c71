"""Starting a program with a file: the person's own, else the desktop's; without a shell, and apart from this one."""

from __future__ import annotations

import os
import shlex
import shutil
import sys
from collections.abc import Callable, Mapping, Sequence
from enum import Enum
from pathlib import Path
from typing import Final

import msgspec

from tui.errors import Phrase, UsageError
from tui.services.util.other_programs import Running, check_exit, program_name, start_beside

_SECONDS: Final = 2.0
"""Time in which a program that cannot open a file ends with an error; one that still runs has opened it."""
_PLACE: Final = "{}"
_NO_PROGRAM: Final = {"xdg-open": 3, "wslview": 1}
"""Exit code by which a program says that it knows no other one for this kind of file."""

_AND_WAIT: Final = """wait=$1; shift
start=$(date +%s)
"$@"
code=$?
if [ $(($(date +%s) - start)) -lt 2 ]; then printf '\\n%s ' "$wait"; read -r answer; fi
exit $code
"""
"""Shell that runs its arguments; a program that only prints a picture would else be gone with it."""

_PLAYERS: Final = (
    ("mpv", "--no-terminal", "--no-video", "--force-window=no", "--keep-open=no"),
    ("ffplay", "-nodisp", "-autoexit", "-loglevel", "quiet"),
    ("afplay",),
    ("paplay",),
)
"""Players, each told to leave the terminal alone and to end with the file; the first that is there is taken."""

Which = Callable[[str], str | None]


class FileUse(Enum):
    """Use that is made of a file."""

    OPEN = "open"
    PLAY = "play"


class Launcher(msgspec.Struct, frozen=True):
    """A program with its arguments; `{}` in one of them stands for the file, which else is the last one.

    `in_terminal`: it needs the terminal while it runs.
    """

    command: tuple[str, ...]
    in_terminal: bool = False

    @property
    def name(self) -> str:
        """Name of the program, for sentences."""
        return program_name(self.command)

    def command_for(self, path: Path) -> list[str]:
        """Return program and arguments that open a file, whose path is absolute, so that it is never an option."""
        file = str(path.absolute())
        if any(_PLACE in part for part in self.command[1:]):
            return [self.command[0], *(part.replace(_PLACE, file) for part in self.command[1:])]
        return [*self.command, file]

    def in_terminal_command(self, path: Path, wait: str) -> list[str]:
        """Return program and arguments for the terminal; where it ends at once, what it showed stays until Enter.

        `wait`: the words that ask for it. File and program are arguments to the shell, which reads none of them.
        """
        return ["/bin/sh", "-c", _AND_WAIT, "sh", wait, *self.command_for(path)]

    def start(self, path: Path, environ: Mapping[str, str] | None = None) -> Running | None:
        """Start the program beside the terminal, in a session of its own; None when it has ended well.

        Waits two seconds: call it in a thread. Nothing that it writes is read. Raises `UsageError` when it is not
        there, or ends with an error at once.
        """
        command = self.command_for(path)
        outcome = start_beside(command, _SECONDS, environ)
        if isinstance(outcome, Running):
            return outcome
        if outcome and outcome == _NO_PROGRAM.get(self.name):
            unknown = Phrase(
                "{program} knows no program for this kind of file ({kind}).", program=self.name, kind=path.suffix
            )
            raise UsageError(why=unknown)
        check_exit(command, outcome)
        return None


def launcher_for(
    use: FileUse,
    wanted: Sequence[str],
    *,
    in_terminal: bool = False,
    environ: Mapping[str, str] | None = None,
    platform: str = sys.platform,
    which: Which = shutil.which,
) -> Launcher | None:
    """Return the program for a file: the `wanted` one, else the desktop's; None where there is neither. Runs nothing.

    Over SSH there is no desktop but a forwarded display, and nobody hears what is played.
    """
    if wanted:
        return Launcher(tuple(wanted), in_terminal and use is FileUse.OPEN)
    environ = os.environ if environ is None else environ
    remote = bool(environ.get("SSH_CONNECTION") or environ.get("SSH_TTY"))
    if use is FileUse.PLAY:
        players = () if remote else _PLAYERS
        return next((Launcher(player) for player in players if which(player[0])), None)
    tools: tuple[str, ...]
    if platform == "darwin":
        tools = () if remote else ("open",)
    elif environ.get("WSL_DISTRO_NAME"):
        tools = ("wslview",)
    elif environ.get("TERMUX_VERSION"):
        tools = ("termux-open",)
    else:
        desktop = environ.get("DISPLAY") or environ.get("WAYLAND_DISPLAY")
        tools = ("xdg-open", "gio") if desktop else ()
    for tool in tools:
        if which(tool):
            return Launcher((tool, "open") if tool == "gio" else (tool,))
    return None


def fetching_command(path: Path, environ: Mapping[str, str], user: str, host: str) -> str:
    """Return the command that fetches a file to the computer in front of which the person sits.

    `host` is this machine's own name; the address that the person's SSH reached is known to work.
    """
    parts, port = environ.get("SSH_CONNECTION", "").split(), "22"
    if len(parts) == 4:
        host, port = parts[2:]
    host = f"[{host}]" if ":" in host else host
    option = "" if port == "22" or not port.isdecimal() else f"-P {port} "
    return f"scp {option}{shlex.quote(f'{user}@{host}:{path}' if user else f'{host}:{path}')} ."
