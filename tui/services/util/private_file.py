"""Files replaced whole or not at all; new ones are for their owner only."""

from __future__ import annotations

import contextlib
import os
import tempfile
from pathlib import Path

from tui import errors
from tui.paths import PRIVATE_FILE, make_private_dir


def write_private(path: Path, data: bytes) -> None:
    """Replace `path` by `data`: mode 0600 from the first byte on, on the disk before it takes the old one's place.

    Raises `HomeUnusable`; the old file is then still there.
    """
    make_private_dir(path.parent)
    _replace(path, data, PRIVATE_FILE)


def replace_whole(path: Path, data: bytes) -> None:
    """Replace a file that a person may have made: it keeps its mode, and is private when it is new.

    A folder that is missing is made, private; one that is there stays as it is. Raises `HomeUnusable`.
    """
    try:
        mode = path.stat().st_mode & 0o777
    except OSError:
        mode = PRIVATE_FILE
    if not path.parent.is_dir():
        make_private_dir(path.parent)
    _replace(path, data, mode)


def _replace(path: Path, data: bytes, mode: int) -> None:
    name = ""
    try:
        # mkstemp opens with O_EXCL and 0600, whatever the umask and whoever placed a link there.
        handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
        with os.fdopen(handle, "wb") as file:
            os.fchmod(file.fileno(), mode)
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        Path(name).replace(path)
        directory = os.open(path.parent, os.O_RDONLY)
        try:
            os.fsync(directory)
        finally:
            os.close(directory)
    except OSError as error:
        if name:
            with contextlib.suppress(OSError):
                Path(name).unlink()
        raise errors.HomeUnusable(path=path, why=error.strerror or errors.Phrase("it cannot be written")) from None
