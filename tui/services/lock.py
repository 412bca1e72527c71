"""One owner a profile: whoever logs in, out, or runs the sync loop. The lock dies with its process."""

from __future__ import annotations

import contextlib
import fcntl
import os
from types import TracebackType

from tui import errors
from tui.paths import PRIVATE_FILE, Profile, make_private_dir


class OwnerLock:
    """A context manager; entering raises `ProfileBusy` with the owner's process id, or `HomeUnusable`."""

    def __init__(self, profile: Profile) -> None:
        self._profile = profile
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
            owner = os.read(handle, 20).decode("ascii", "replace").strip()
            os.close(handle)
            raise errors.ProfileBusy(profile=self._profile.name, pid=owner or "?") from None
        except OSError as error:
            os.close(handle)
            raise errors.HomeUnusable(path=path, why=error.strerror or errors.Phrase("it cannot be locked")) from None
        # On a full disk the lock holds all the same; only its owner's number is not told.
        with contextlib.suppress(OSError):
            os.ftruncate(handle, 0)
            os.write(handle, str(os.getpid()).encode())
        self._handle = handle
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        os.ftruncate(self._handle, 0)
        os.close(self._handle)
