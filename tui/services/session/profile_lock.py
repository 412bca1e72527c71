"""One owner a profile: whoever logs in, out, runs the sync loop, or sends. The lock dies with its process.

Only the kernel's lock counts: a file that a dead process left, with its number in it, is nobody's. Commands that end by
themselves say so in the file (`brief`), so that a program which comes meanwhile waits for them instead of going away.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import time
from collections.abc import Callable, Iterator
from types import TracebackType
from typing import Final

from tui import errors
from tui.paths import PRIVATE_FILE, Profile, make_private_dir

PATIENCE: Final = 2.0
"""Seconds of waiting before the person is told for whom."""
_PAUSE: Final = 0.05
_BRIEF: Final = "brief"


class OwnerLock:
    """A context manager; entering raises `ProfileBusy` with the owner's process id, or `HomeUnusable`.

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
            raise errors.HomeUnusable(path=path, why=error.strerror or errors.Phrase("it cannot be made")) from None
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
        # On a full disk the lock holds all the same; only its owner's number is not told.
        with contextlib.suppress(OSError):
            os.ftruncate(handle, 0)
            os.write(handle, f"{os.getpid()} {_BRIEF if self._brief else ''}".strip().encode())
        self._handle = handle
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            os.ftruncate(self._handle, 0)
        finally:
            os.close(self._handle)


class LockWait:
    """How long somebody has been waiting for the owner of a profile; `on_wait` hears of it once, with its number."""

    def __init__(self, on_wait: Callable[[str], None]) -> None:
        self._on_wait: Callable[[str], None] | None = on_wait
        self._began = time.monotonic()

    def pause(self, busy: errors.ProfileBusy) -> float:
        """The seconds until the next try."""
        if self._on_wait is not None and time.monotonic() - self._began >= PATIENCE:
            self._on_wait(str(busy.facts["pid"]))
            self._on_wait = None
        return _PAUSE


@contextlib.contextmanager
def owned(profile: Profile, on_wait: Callable[[str], None]) -> Iterator[None]:
    """Own the profile; blocks while a brief command has it. `on_wait` hears its process id after two seconds.

    Raises `ProfileBusy` when somebody has it who stays, `HomeUnusable`.
    """
    waiting = LockWait(on_wait)
    with contextlib.ExitStack() as stack:
        while True:
            try:
                stack.enter_context(OwnerLock(profile))
                break
            except errors.BusyBriefly as busy:
                # Before there is a loop: a command that has nothing else to do.
                time.sleep(waiting.pause(busy))
        yield


def owner_pid(profile: Profile) -> str:
    """The process that has the profile, as far as its lock file tells; "?" when it does not."""
    try:
        handle = os.open(profile.lock_file, os.O_RDONLY | os.O_CLOEXEC | os.O_NOFOLLOW)
    except OSError:
        return "?"
    try:
        return _read(handle)[0]
    finally:
        os.close(handle)


def _read(handle: int) -> tuple[str, bool]:
    """Process id, and whether its owner said that it is brief."""
    pid, _space, kind = os.read(handle, 40).decode("ascii", "replace").strip().partition(" ")
    return pid or "?", kind == _BRIEF
