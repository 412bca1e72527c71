"""Files replaced whole or not at all; new ones are for their owner only."""

from __future__ import annotations

import contextlib
import os
import tempfile
from pathlib import Path

from tui import errors
from tui.paths import PRIVATE_FILE, make_private_dir


def write_private(path: Path, data: bytes, *, on_disk: bool = True) -> None:
    """Replace `path` by `data`: mode 0600 from the first byte on, on the disk before it takes the old one's place.

    Not `on_disk`: quick, and whole as long as the machine runs. Raises `HomeUnusable`; the old file is there then.
    """
    make_private_dir(path.parent)
    _replace(path, data, PRIVATE_FILE, on_disk=on_disk)


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


def write_new(path: Path, data: bytes) -> None:
    """Make a file, for its owner only. Raises `FileExistsError` where there is one, or a link, which stay as they are;
    else `HomeUnusable`."""
    if not path.parent.is_dir():
        make_private_dir(path.parent)
    try:
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, PRIVATE_FILE)
        try:
            with os.fdopen(handle, "wb") as file:
                file.write(data)
                file.flush()
                os.fsync(handle)
            _sync(path.parent)
        except BaseException:
            # Half a file would be taken for a whole one.
            path.unlink()
            raise
    except FileExistsError:
        raise
    except OSError as error:
        raise errors.HomeUnusable(path=path, why=error.strerror or errors.Phrase("it cannot be written")) from None


def _replace(path: Path, data: bytes, mode: int, *, on_disk: bool = True) -> None:
    name = ""
    try:
        # mkstemp opens with O_EXCL and 0600, whatever the umask and whoever placed a link there.
        handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
        with os.fdopen(handle, "wb") as file:
            os.fchmod(file.fileno(), mode)
            file.write(data)
            file.flush()
            if on_disk:
                os.fsync(file.fileno())
        Path(name).replace(path)
        name = ""
        if on_disk:
            _sync(path.parent)
    except OSError as error:
        raise errors.HomeUnusable(path=path, why=error.strerror or errors.Phrase("it cannot be written")) from None
    finally:
        # Also where a signal ends it.
        if name:
            with contextlib.suppress(OSError):
                Path(name).unlink()


def _sync(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
