"""Which program this is: what starts it again, from another shell or at another time."""

from __future__ import annotations

import os
import shutil
import sys
from pathlib import Path


def own_program() -> list[str]:
    """Return the words that start this wxtui from anywhere: the file that was started, else the one beside Python."""
    # No link is followed: the Python of a virtual environment is one, and is known by its place.
    started, python = Path(shutil.which(sys.argv[0]) or sys.argv[0]).absolute(), Path(sys.executable).absolute()
    if started.name == "__main__.py":
        beside = python.with_name("wxtui")
        return [str(beside)] if os.access(beside, os.X_OK) else [str(python), "-m", "tui"]
    return [str(started)] if os.access(started, os.X_OK) else [str(python), str(started)]


def own_program_by_python() -> list[str]:
    """Return these words with this Python before a file that would look for one on the PATH, which may be another."""
    words = own_program()
    try:
        with Path(words[0]).open("rb") as file:
            looks_for_one = len(words) == 1 and file.readline(200).startswith(b"#!/usr/bin/env ")
    except OSError:
        looks_for_one = False
    return [str(Path(sys.executable).absolute()), *words] if looks_for_one else words


def lay_own_program(folder: Path) -> None:
    """Make a `wxtui` in a folder that starts this program, whatever its file is called."""
    words = own_program()
    place = folder / "wxtui"
    if len(words) == 1:
        # A link: where the folder lies, files may not be run.
        place.symlink_to(words[0])
        return
    from shlex import join

    place.write_text(f'#!/bin/sh\nexec {join(words)} "$@"\n', "utf-8")
    place.chmod(0o700)
