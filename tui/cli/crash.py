"""Reports an unexpected exception: a sentence for the person, and a file with the place in the code, but no data."""

from __future__ import annotations

import contextlib
import os
import platform
import re
import shutil
import sqlite3
import sys
import tempfile
from datetime import UTC, datetime
from importlib import metadata
from pathlib import Path
from typing import Final

from tui import __version__, errors
from tui.breakage import frames
from tui.paths import find_profile
from tui.services.util.private_file import write_private

NAME = "crash.txt"
"""Name of the report in the profile's directory; each replaces the one before it."""
_TERMINAL: Final = (
    "TERM",
    "COLORTERM",
    "TERM_PROGRAM",
    "TERM_PROGRAM_VERSION",
    "LC_ALL",
    "LC_CTYPE",
    "LANG",
    "WXTUI_LANG",
)
_WORD: Final = r"[A-Za-z0-9._+@:-]{0,40}"
"""Form of what a terminal calls itself, and of a locale's name; anything else may be about a person."""
_AROUND: Final = {"tmux": "TMUX", "screen": "STY", "ssh": "SSH_CONNECTION"}


def report(error: BaseException, folder: Path | None) -> errors.WxtuiError:
    """Write the report, and return the error to show. `folder`: the profile's, None where there is none yet.

    A package of others that is not installed is no mistake of ours: `PackageMissing`, and no report.
    """
    package = error.name.partition(".")[0] if isinstance(error, ModuleNotFoundError) and error.name else "tui"
    if package != "tui" and package not in sys.stdlib_module_names:
        return errors.PackageMissing(python=sys.executable, package=package)
    text = f"{surroundings()}\n{frames(error)}".encode("utf-8", "replace")
    with contextlib.suppress(errors.LocalError):
        path = (find_profile("default").state if folder is None else folder) / NAME
        write_private(path, text)
        return errors.BrokenDown(what=type(error).__name__, path=path)
    # There is no home, or it can hold no file; a new folder is ours alone.
    path = Path(tempfile.gettempdir()) / NAME
    with contextlib.suppress(OSError, errors.LocalError):
        path = Path(tempfile.mkdtemp(prefix="wxtui-")) / NAME
        write_private(path, text)
    return errors.BrokenDown(what=type(error).__name__, path=path)


def surroundings() -> str:
    """Return the versions, the terminal and the time of this run; no name, no path."""
    versions = [f"{name} {_version(name)}" for name in ("textual", "rich", "httpx", "msgspec")]
    size = shutil.get_terminal_size((0, 0))
    terminal = [f"{name}={_word(os.environ[name])!r}" for name in _TERMINAL if name in os.environ]
    terminal += [f"in {name}" for name, variable in _AROUND.items() if variable in os.environ]
    return "\n".join(
        [
            f"wxtui {__version__}, Python {platform.python_version()}, {platform.system()} {platform.release()}",
            ", ".join([*versions, f"SQLite {sqlite3.sqlite_version}"]),
            f"terminal {size.columns}x{size.lines} {' '.join(terminal)}".rstrip(),
            datetime.now(UTC).isoformat(timespec="seconds"),
        ]
    )


def _word(value: str) -> str:
    return value if re.fullmatch(_WORD, value) else "…"


def _version(name: str) -> str:
    try:
        return metadata.version(name)
    except metadata.PackageNotFoundError:
        return "?"
