"""Reports that could not be sent, in a private folder of the profile: nothing of them is lost."""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path
from typing import BinaryIO, Final

from tui import errors
from tui.paths import PRIVATE_FILE, Profile, make_private_dir

_BLOCK: Final = 1024 * 1024
_TRIES: Final = 1000


def keep_unsent(profile: Profile, name: str, text: str | None, log: BinaryIO | None) -> tuple[Path | None, Path | None]:
    """Write the text and the log to files, and return their paths. `name` is the log's. Raises `HomeUnusable`."""
    folder = profile.state / "unsent"
    make_private_dir(folder)
    try:
        text_file = None
        if text is not None:
            text_file, handle = _new(folder, name.removesuffix(".log") + ".txt")
            with os.fdopen(handle, "wb") as file:
                file.write(text.encode("utf-8", "replace"))
        log_file = None
        if log is not None:
            log_file, handle = _new(folder, name)
            with os.fdopen(handle, "wb") as file:
                log.seek(0)
                while block := log.read(_BLOCK):
                    file.write(block)
    except OSError as error:
        raise errors.HomeUnusable(path=folder, why=error.strerror or errors.Phrase("it cannot be written")) from None
    return text_file, log_file


def _new(folder: Path, name: str) -> tuple[Path, int]:
    """Make a file that was not there. Raises `OSError`."""
    stem, _, kind = name.rpartition(".")
    for number in range(1, _TRIES):
        path = folder / (name if number == 1 else f"{stem}-{number}.{kind}")
        with suppress(FileExistsError):
            return path, os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, PRIVATE_FILE)
    raise FileExistsError(f"{name} is there {_TRIES} times")
