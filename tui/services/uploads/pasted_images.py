"""Images from the clipboard: private files in the cache until they are sent, also by the next run."""

from __future__ import annotations

import contextlib
from collections.abc import Collection
from datetime import datetime
from pathlib import Path

from tui.paths import make_private_dir


class PastedImages:
    """Folder of these files, `Profile.pasted`. Every method blocks."""

    def __init__(self, folder: Path) -> None:
        self.path = folder

    def place(self, now: datetime, ending: str) -> Path:
        """Return a path that is free: `clipboard-20261129-225900.png`. Raises `HomeUnusable`."""
        make_private_dir(self.path)
        stem = f"clipboard-{now:%Y%m%d-%H%M%S}"
        names = (f"{stem}{f'-{number}' if number > 1 else ''}{ending}" for number in range(1, 10_000))
        return next(path for path in map(self.path.joinpath, names) if not path.exists())

    def sweep(self, in_use: Collection[Path]) -> None:
        """Delete the images that nobody sends any more."""
        with contextlib.suppress(OSError):
            for path in self.path.iterdir():
                if path not in in_use:
                    with contextlib.suppress(OSError):
                        path.unlink()
