"""Files of messages' pictures in the cache of a profile: a folder for each message, named by its row, so that they go
where the message goes."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Final

_FEW: Final = 50
"""Messages that are looked up one by one; of more, the folder is read."""
_OURS: Final = r"(?:small|whole|own)-[0-9a-f]{16}\b.*|\..*"
"""Names of files that the cache makes, those with a dot while they are being written."""
COMING: Final = "coming"
"""Folder of files that are being written."""


def drop_of(folder: Path | None, message_ids: Iterable[int]) -> None:
    """Delete what is cached of some messages, by the ids of their rows; blocks. Nothing where there is nothing."""
    if folder is None:
        return
    names = {str(one) for one in message_ids}
    if len(names) > _FEW:
        with suppress(OSError):
            names &= {one.name for one in folder.iterdir()}
    for name in names:
        _remove(folder / name)


def drop_all(folder: Path) -> None:
    """Delete everything that is cached; blocks."""
    with suppress(OSError):
        for one in list(folder.iterdir()):
            if is_ours(one):
                _remove(one)
        folder.rmdir()


def is_ours(folder: Path) -> bool:
    """Return True for a folder that the cache makes. Whoever puts the cache elsewhere, by a link, may have others."""
    return folder.name.isdecimal() or folder.name == COMING


def _remove(folder: Path) -> None:
    """Delete the files of a folder that are ours, and the folder if there are no others; a link is not followed."""
    with suppress(OSError):
        if folder.is_symlink():
            return
        for file in list(folder.iterdir()):
            if re.fullmatch(_OURS, file.name) or folder.name == COMING:
                file.unlink(missing_ok=True)
        folder.rmdir()


@contextmanager
def dropping(folder: Path | None, message_ids: Sequence[int]) -> Iterator[None]:
    """Do what takes messages away: what is cached of them is gone before, and after."""
    drop_of(folder, message_ids)
    try:
        yield
    finally:
        drop_of(folder, message_ids)
