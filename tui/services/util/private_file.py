"""Files that only their owner may read, replaced whole or not at all."""

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
    name = ""
    try:
        # mkstemp opens with O_EXCL and 0600, whatever the umask and whoever placed a link there.
        handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
        with os.fdopen(handle, "wb") as file:
            os.fchmod(file.fileno(), PRIVATE_FILE)
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
