"""Private folders beside the profiles, in which one is put together or taken apart; no profile has such a name.

Each is locked while a process works in it. What a killed one left is removed by the next.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import secrets
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from tui import errors
from tui.paths import PRIVATE_DIR, make_private_dir

_PREFIX: Final = ".moving-"


@contextlib.contextmanager
def staging(parent: Path) -> Iterator[Path]:
    """Yield a new folder that is gone at the end, with all that lies in it. Raises `HomeUnusable`."""
    make_private_dir(parent)
    sweep(parent)
    folder, handle = _made(parent)
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)
        os.close(handle)


def _made(parent: Path) -> tuple[Path, int]:
    while True:
        folder = parent / f"{_PREFIX}{secrets.token_hex(8)}"
        try:
            folder.mkdir(mode=PRIVATE_DIR)
            try:
                handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
            except FileNotFoundError:
                continue  # another process took it for one that was left
        except OSError as error:
            why = error.strerror or errors.Phrase("it cannot be created")
            raise errors.HomeUnusable(path=parent, why=why) from None
        with contextlib.suppress(OSError):
            fcntl.flock(handle, fcntl.LOCK_EX)
        if folder.exists():
            return folder, handle
        os.close(handle)


def sweep(parent: Path) -> None:
    """Remove what killed processes left; best effort."""
    with contextlib.suppress(OSError), os.scandir(parent) as entries:
        for entry in entries:
            if entry.name.startswith(_PREFIX) and entry.is_dir(follow_symlinks=False):
                with contextlib.suppress(OSError):
                    _remove_if_left(Path(entry.path))


def _remove_if_left(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        shutil.rmtree(folder)
    finally:
        os.close(handle)
