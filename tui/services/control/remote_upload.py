"""Sends a command's files through the running wxtui; standard input as a copy that both can read."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Final

from tui.paths import Profile
from tui.services.control.owner_connection import Owner
from tui.services.control.protocol import Recipient, SendFile, Sent
from tui.services.control.remote_client import OnRow, RemoteStore, deliver
from tui.services.packing.spool import Spool
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
            # In the spool, where the next one finds what a killed command left.
            copy = Spool(self._profile.spool, file.name)
            try:
                _copy(file, copy)
            except BaseException:
                copy.close()
                raise
            file.copy = copy
        return file.copy.path, file_version(file.copy.fileno())


def _copy(file: OutgoingFile, copy: Spool) -> None:
    """Copy a whole file. Raises `HomeUnusable`, `NoRoom`, `FileUnreadable`."""
    for offset in range(0, file.size, _BLOCK):
        block = memoryview(bytearray(min(_BLOCK, file.size - offset)))
        file.read_into(offset, block)
        copy.write(block)
