"""Stored session: credentials and cookies of one login, in one private file."""

from __future__ import annotations

import contextlib
import os
from pathlib import Path

import msgspec

from tui import errors
from tui.paths import PRIVATE_FILE
from tui.services.http.stored_cookie import StoredCookie
from tui.services.util.private_file import write_private
from tui.wire.session import Session

VERSION = 1


class StoredSession(msgspec.Struct, frozen=True):
    """Session and cookies as they are stored; `origin` is what `--server` said, if it did."""

    session: Session
    cookies: list[StoredCookie]
    origin: str | None = None
    version: int = VERSION

    def __repr__(self) -> str:
        return f"StoredSession({self.session!r})"


def _keep_private(handle: int) -> None:
    """Take others' rights away, which a copy or a restored backup may have given them."""
    if os.fstat(handle).st_mode & 0o077:
        with contextlib.suppress(OSError):
            os.fchmod(handle, PRIVATE_FILE)


class SessionFile:
    """Loads, saves and deletes the session. A file that cannot be understood counts as none: a login replaces it."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def load(self) -> StoredSession | None:
        """Return the stored session, or None. Raises `HomeUnusable` when the file is there and cannot be read."""
        try:
            with self._path.open("rb") as file:
                _keep_private(file.fileno())
                data = file.read()
        except (FileNotFoundError, NotADirectoryError):
            return None
        except OSError as error:
            raise errors.HomeUnusable(
                path=self._path, why=error.strerror or errors.Phrase("it cannot be read")
            ) from None
        try:
            stored = msgspec.json.decode(data, type=StoredSession)
        except (msgspec.DecodeError, UnicodeDecodeError):
            return None
        return stored if stored.version == VERSION and stored.session.hosts.sound else None

    def save(self, stored: StoredSession) -> None:
        """Write the session, mode 0600. Raises `HomeUnusable`."""
        write_private(self._path, msgspec.json.encode(stored))

    def delete(self) -> None:
        """Delete the file, if it is there. Raises `HomeUnusable`."""
        try:
            with contextlib.suppress(FileNotFoundError):
                self._path.unlink()
        except OSError as error:
            raise errors.HomeUnusable(
                path=self._path, why=error.strerror or errors.Phrase("it cannot be deleted")
            ) from None
