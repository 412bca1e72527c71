"""Files replaced whole or not at all; new ones are for their owner only."""

from __future__ import annotations

import contextlib
import errno
import os
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO, Final

from tui import errors
from tui.paths import PRIVATE_FILE, make_private_dir

_NO_LINKS: Final = (errno.EPERM, errno.ENOTSUP, errno.EOPNOTSUPP, errno.ENOSYS, errno.EMLINK, errno.EACCES)
"""Errors of file systems without hard links: those of memory cards, and some over the network."""
_PREFIX: Final = 50
"""Characters of a name that are a part of the hidden file's."""


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
        with new_private(path) as file:
            file.write(data)
    except FileExistsError:
        raise
    except OSError as error:
        raise errors.HomeUnusable(path=path, why=error.strerror or errors.Phrase("it cannot be written")) from None


@contextlib.contextmanager
def new_private(path: Path) -> Iterator[BinaryIO]:
    """Yield a file, mode 0600, that appears as `path` when it is whole and on the disk, and never over another one.

    Raises `OSError`, `FileExistsError` where one is there by then.
    """
    # Said also where the folder takes no new file.
    if os.path.lexists(path):
        raise FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST))
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name[:_PREFIX]}.")
    try:
        with os.fdopen(handle, "w+b") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        _put_new(Path(name), path)
        sync_folder(path.parent)
    finally:
        with contextlib.suppress(OSError):
            Path(name).unlink()


def _put_new(file: Path, path: Path) -> None:
    try:
        path.hardlink_to(file)
    except OSError as error:
        if error.errno not in _NO_LINKS:
            raise
        # The name is taken by an empty file first; that one is ours to replace.
        os.close(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, PRIVATE_FILE))
        file.replace(path)


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
            sync_folder(path.parent)
    except OSError as error:
        raise errors.HomeUnusable(path=path, why=error.strerror or errors.Phrase("it cannot be written")) from None
    finally:
        # Also where a signal ends it.
        if name:
            with contextlib.suppress(OSError):
                Path(name).unlink()


def sync_folder(folder: Path) -> None:
    """Have the disk know the names in a folder. Raises `OSError`."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
