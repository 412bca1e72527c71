"""Lock of a profile for its one owner: the process that logs in or out, syncs, or sends.

The lock is the kernel's and dies with its process; a file that a dead process left, with its id in it, locks nothing.
Commands that end by themselves say so in the file (`brief`): a program that comes meanwhile waits for them.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import time
from collections.abc import Callable, Iterator
from typing import Final

from tui import errors
from tui.paths import LOCK, PRIVATE_FILE, Profile, make_private_dir

PATIENCE: Final = 2.0
"""Seconds of waiting before a person is told which process is waited for."""
_PAUSE: Final = 0.05
_BRIEF: Final = "brief"


class OwnerLock:
    """Locks the profile as a context manager. Raises `ProfileBusy` with the owner's process id, `HomeUnusable`.

    `brief`: the owner is a command that will soon have ended; others are told so by `BusyBriefly`.
    """

    def __init__(self, profile: Profile, *, brief: bool = False) -> None:
        self._profile = profile
        self._brief = brief
        self._handle = -1

    def __enter__(self) -> OwnerLock:
        make_private_dir(self._profile.state)
        path = self._profile.lock_file
        try:
            handle = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, PRIVATE_FILE)
            os.fchmod(handle, PRIVATE_FILE)
        except OSError as error:
            raise errors.HomeUnusable(path=path, why=error.strerror or errors.Phrase("it cannot be created")) from None
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            pid, brief = _read(handle)
            os.close(handle)
            kind = errors.BusyBriefly if brief else errors.ProfileBusy
            raise kind(profile=self._profile.name, pid=pid) from None
        except OSError as error:
            os.close(handle)
            raise errors.HomeUnusable(path=path, why=error.strerror or errors.Phrase("it cannot be locked")) from None
        # On a full disk the lock holds all the same; only its owner's process id is missing.
        with contextlib.suppress(OSError):
            os.ftruncate(handle, 0)
            os.write(handle, f"{os.getpid()} {_BRIEF if self._brief else ''}".strip().encode())
        self._handle = handle
        return self

    def __exit__(self, *_: object) -> None:
        try:
            os.ftruncate(self._handle, 0)
        finally:
            os.close(self._handle)


class LockWait:
    """Wait for the owner of a profile; `on_wait` hears its process id once, after `PATIENCE`."""

    def __init__(self, on_wait: Callable[[str], None]) -> None:
        self._on_wait: Callable[[str], None] | None = on_wait
        self._began = time.monotonic()

    def pause(self, busy: errors.ProfileBusy) -> float:
        """Return the seconds until the next try."""
        if self._on_wait is not None and time.monotonic() - self._began >= PATIENCE:
            self._on_wait(str(busy.facts["pid"]))
            self._on_wait = None
        return _PAUSE


@contextlib.contextmanager
def owned(profile: Profile, on_wait: Callable[[str], None]) -> Iterator[None]:
    """Own the profile; blocks while a brief command has it. `on_wait` hears its process id after two seconds.

    Raises `ProfileBusy` when a program that stays has it, `HomeUnusable`.
    """
    waiting = LockWait(on_wait)
    with contextlib.ExitStack() as stack:
        while True:
            try:
                stack.enter_context(OwnerLock(profile))
                break
            except errors.BusyBriefly as busy:
                # There is no event loop yet, and the command has nothing else to do.
                time.sleep(waiting.pause(busy))
        yield


def owner_pid(profile: Profile) -> str:
    """Return the id of the process that owns the profile; "?" when its lock file does not tell."""
    try:
        handle = os.open(profile.within(LOCK), os.O_RDONLY | os.O_CLOEXEC | os.O_NOFOLLOW)
    except OSError:
        return "?"
    try:
        return _read(handle)[0]
    finally:
        os.close(handle)


def _read(handle: int) -> tuple[str, bool]:
    """Return the owner's process id, and True when it is brief."""
    pid, _space, kind = os.read(handle, 40).decode("ascii", "replace").strip().partition(" ")
    return pid or "?", kind == _BRIEF
