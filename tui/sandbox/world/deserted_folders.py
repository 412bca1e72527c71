"""Temporary folders with a lock in them: what a killed process left is removed by the next one."""

from __future__ import annotations

import fcntl
import os
import shutil
from pathlib import Path

from tui.sandbox.world.world_request import LOCK


def lock_folder(folder: Path) -> int:
    """Put a lock into a folder, which holds as long as the descriptor is open."""
    new = folder / f"{LOCK}.new"
    lock = os.open(new, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    fcntl.flock(lock, fcntl.LOCK_EX)
    # Whoever looks for deserted folders finds the lock only once it is held.
    new.rename(folder / LOCK)
    return lock


def remove_deserted(parent: Path, prefix: str) -> None:
    """Remove folders whose process was killed. One without a lock is let alone."""
    for folder in parent.glob(f"{prefix}*"):
        try:
            if folder.is_symlink() or folder.stat().st_uid != os.getuid():
                continue
            lock = os.open(folder / LOCK, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC)
        except OSError:
            continue
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            continue  # Somebody lives there.
        else:
            shutil.rmtree(folder, ignore_errors=True)
        finally:
            os.close(lock)
