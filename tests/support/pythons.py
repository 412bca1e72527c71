"""Pythons that are too old for wxtui: those of pyenv, and of the PATH."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Final

OLD: Final = ("2.7", "3.6", "3.7", "3.8", "3.9", "3.10")


def old_python(version: str) -> Path | None:
    """Find a Python of this version that starts; pyenv has programs on the PATH that do not."""
    pyenv = Path(os.environ.get("PYENV_ROOT", "~/.pyenv")).expanduser().glob(f"versions/{version}.*/bin/python")
    folders = (folder for folder in os.environ["PATH"].split(os.pathsep) if "shims" not in folder)
    path = (Path(folder, f"python{version}") for folder in folders)
    return next((place for place in (*pyenv, *path) if place.exists()), None)
