"""A mistake of ours: one sentence for the person, and a report that says where it happened, but not with what.

Neither holds a variable's value or an exception's words: both may be a message, a name, or a ticket.
"""

from __future__ import annotations

import contextlib
import platform
import traceback
from pathlib import Path

from tui import __version__, errors
from tui.services.private_file import write_private

NAME = "crash.txt"
"""The report, in the profile's directory, over the one before it."""


def report(error: BaseException, folder: Path) -> errors.BrokenDown:
    """Write the report; the error to show instead."""
    path = folder / NAME
    lines = [f"wxtui {__version__}, Python {platform.python_version()}, {platform.system()}\n"]
    at: BaseException | None = error
    while at is not None:
        lines += [f"\n{type(at).__module__}.{type(at).__qualname__}\n", *traceback.format_tb(at.__traceback__)]
        at = at.__cause__ or at.__context__
    with contextlib.suppress(errors.LocalError):
        write_private(path, "".join(lines).encode("utf-8", "replace"))
    return errors.BrokenDown(what=type(error).__name__, path=path)
