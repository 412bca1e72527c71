"""A mistake of ours: one sentence for the person, and a report that says where it happened, but not with what."""

from __future__ import annotations

import contextlib
import platform
from pathlib import Path

from tui import __version__, errors
from tui.breakage import frames
from tui.services.private_file import write_private

NAME = "crash.txt"
"""The report, in the profile's directory, over the one before it."""


def report(error: BaseException, folder: Path) -> errors.BrokenDown:
    """Write the report; the error to show instead."""
    path = folder / NAME
    text = f"wxtui {__version__}, Python {platform.python_version()}, {platform.system()}\n{frames(error)}"
    with contextlib.suppress(errors.LocalError):
        write_private(path, text.encode("utf-8", "replace"))
    return errors.BrokenDown(what=type(error).__name__, path=path)
