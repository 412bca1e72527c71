"""Starting programs of the person: without a shell, in a session of their own, and without variables of ours."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import threading
from collections.abc import Mapping, Sequence
from pathlib import PurePath
from typing import Final

from tui.errors import Phrase, UsageError

_OURS: Final = "WXTUI_"
"""Beginning of the variables of this program, which are nobody else's business."""


def without_ours(environ: Mapping[str, str]) -> dict[str, str]:
    """Return the environment for another program."""
    return {name: value for name, value in environ.items() if not name.startswith(_OURS)}


def program_name(command: Sequence[str]) -> str:
    """Return the name of a command's program, for sentences."""
    return PurePath(command[0]).name


def start(
    command: Sequence[str],
    environ: Mapping[str, str] | None = None,
    *,
    ours: Mapping[str, str] = {},
    stdin: int = subprocess.DEVNULL,
    stdout: int = subprocess.DEVNULL,
    stderr: int = subprocess.DEVNULL,
    cwd: str | None = "/",
) -> subprocess.Popen[bytes]:
    """Start a program as the leader of a session and group of its own. Raises `UsageError` when it cannot be.

    `ours`: variables of ours that it needs all the same.
    """
    try:
        return subprocess.Popen(
            command,
            stdin=stdin,
            stdout=stdout,
            stderr=stderr,
            start_new_session=True,
            close_fds=True,
            cwd=cwd,
            env={**without_ours(os.environ if environ is None else environ), **ours},
        )
    except OSError as error:
        why = error.strerror or type(error).__name__
        cannot = Phrase("{program} cannot be started: {why}.", program=program_name(command), why=why)
        raise UsageError(why=cannot) from None


def signal_group(process: subprocess.Popen[bytes], number: int) -> None:
    """Send a signal to a program and all that it started; a group that is gone gets none."""
    with contextlib.suppress(OSError):
        os.killpg(process.pid, number)


class Running:
    """Program that was started and still runs."""

    def __init__(self, process: subprocess.Popen[bytes]) -> None:
        self._process = process
        # It may run for days; somebody must hear that it ends, or it stays a zombie.
        threading.Thread(target=process.wait, name="wxtui-opened", daemon=True).start()

    def stop(self) -> bool:
        """End it, with all that it started; False when it has ended."""
        if self._process.poll() is not None:
            return False
        signal_group(self._process, signal.SIGTERM)
        return True


def start_beside(command: Sequence[str], seconds: float, environ: Mapping[str, str] | None = None) -> Running | int:
    """Start a program beside the terminal; return its exit code, or that it still runs after so many seconds.

    Blocks for that time. Nothing that it writes is read. Raises `UsageError` when it cannot be started.
    """
    process = start(command, environ)
    try:
        return process.wait(seconds)
    except subprocess.TimeoutExpired:
        return Running(process)


def check_exit(command: Sequence[str], code: int) -> None:
    """Raise `UsageError` for an exit code that is none of success."""
    if code:
        raise UsageError(why=Phrase("{program} exited with {code}.", program=program_name(command), code=code))
