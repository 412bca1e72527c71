"""File of this machine that may be a picture."""

from __future__ import annotations

import os
import stat
from pathlib import Path

from tui import errors
from tui.services.pictures.child_protocol import MOST_FILE
from tui.units import shown_size


def read_picture(path: Path) -> bytes:
    """Return a file's bytes, if it may be a picture; blocks. Raises `PictureUnusable`."""
    try:
        # It may be a pipe by now: that must not hang here.
        handle = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK)
        with os.fdopen(handle, "rb") as file:
            status = os.fstat(handle)
            if not stat.S_ISREG(status.st_mode):
                raise errors.PictureUnusable(why=errors.Phrase("it is not a file"))
            data = file.read(MOST_FILE + 1) if status.st_size <= MOST_FILE else b""
            if status.st_size > MOST_FILE or len(data) > MOST_FILE:
                limit = shown_size(MOST_FILE)
                raise errors.PictureUnusable(why=errors.Phrase("it is larger than {limit}", limit=limit))
            return data
    except (OSError, ValueError) as error:
        why = getattr(error, "strerror", None) or errors.Phrase("not a valid path")
        raise errors.PictureUnusable(why=why) from None
