"""Sends a command's files through the running wxtui; standard input as a copy that both can read."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from typing import IO, Final

from tui import errors
from tui.paths import Profile, make_private_dir
from tui.services.control.owner_connection import Owner
from tui.services.control.protocol import Recipient, SendFile, Sent
from tui.services.control.remote_client import OnRow, RemoteStore, deliver
from tui.services.uploads.outgoing_file import OutgoingFile, file_version
from tui.services.uploads.upload_state import Progress

_BLOCK: Final = 1024 * 1024
"""Bytes that are copied at a time."""


class RemoteFileUpload:
    """Stands for `FileUpload`: the owner, which has the same user, opens the file again and sends it."""

    def __init__(self, profile: Profile, owner: Owner, store: RemoteStore) -> None:
        self._profile = profile
        self._owner = owner
        self._store = store

    async def send_file(
        self,
        to: Recipient,
        file: OutgoingFile,
        on_progress: Callable[[Progress], None] = lambda progress: None,
        on_row: OnRow = lambda row: None,
    ) -> Sent:
        """As `FileUpload.send_file`; `FileChanged` also when it was written to or replaced since it was opened here."""
        path, stamp = self._on_disk(file)
        # A copy has no more than what is sent.
        first, size = file.section if file.section is not None and file.path is not None else (0, 0)
        request = SendFile(to.user_name, os.fsencode(path), stamp, file.kind, file.name, first, size)
        return await deliver(self._owner, self._store, request, file.name, on_row, on_progress)

    def _on_disk(self, file: OutgoingFile) -> tuple[Path, tuple[int, ...]]:
        """Return a path at which the owner finds the file, and its version; a nameless one has a copy, for all sends:
        the owner knows by the version that it has uploaded the file already."""
        if file.path is not None:
            return file.path, file.version
        if file.copy is None:
            folder = self._profile.cache
            make_private_dir(folder)
            with ExitStack() as stack:
                try:
                    copy = stack.enter_context(tempfile.NamedTemporaryFile(dir=folder, prefix="stdin-"))
                except OSError as error:
                    raise _unwritable(folder, error) from None
                _copy(file, copy)
                stack.pop_all()
                file.copy = copy
        return Path(file.copy.name), file_version(file.copy.fileno())


def _copy(file: OutgoingFile, copy: IO[bytes]) -> None:
    """Copy a whole file. Raises `HomeUnusable`, `FileUnreadable`."""
    try:
        for offset in range(0, file.size, _BLOCK):
            block = memoryview(bytearray(min(_BLOCK, file.size - offset)))
            file.read_into(offset, block)
            copy.write(block)
        copy.flush()
    except OSError as error:
        raise _unwritable(Path(copy.name), error) from None


def _unwritable(path: Path, error: OSError) -> errors.HomeUnusable:
    return errors.HomeUnusable(path=path, why=error.strerror or errors.Phrase("it cannot be written"))
