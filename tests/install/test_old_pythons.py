"""A Python that is too old reads `tui/__main__.py`, and says in one sentence which one is needed."""

from __future__ import annotations

import os
import re
import subprocess
import tomllib
from pathlib import Path
from typing import Final

import pytest

import tui

ROOT: Final = Path(tui.__file__).parent.parent
OLD: Final = ("2.7", "3.6", "3.7", "3.8", "3.9", "3.10")


def python(version: str) -> Path | None:
    """Find a Python of this version: pyenv's, or one on the PATH."""
    pyenv = Path(os.environ.get("PYENV_ROOT", "~/.pyenv")).expanduser().glob(f"versions/{version}.*/bin/python")
    path = (
        Path(folder, f"python{version}") for folder in os.environ["PATH"].split(os.pathsep) if "shims" not in folder
    )
    return next((place for place in (*pyenv, *path) if place.exists()), None)


@pytest.mark.parametrize("version", OLD)
def test_python_that_is_too_old_is_told_which_is_needed_and_how_to_get_it(version: str) -> None:
    found = python(version)
    if found is None:
        pytest.skip(f"no Python {version} here")
    for language, words in (("C", "wxtui needs Python 3.11 or newer"), ("zh_CN.UTF-8", "wxtui 需要 Python 3.11")):
        # No home, and a name of an encoding for Pythons that would fall back to ASCII.
        environ = {"LANG": language, "PYTHONIOENCODING": "utf-8", "PYTHONDONTWRITEBYTECODE": "1"}
        done = subprocess.run([found, "-m", "tui", "login"], cwd=ROOT, env=environ, capture_output=True, timeout=30)
        told = done.stderr.decode()
        assert done.returncode == 2
        assert told.startswith(words), told
        assert told.count("\n") == 1
        assert version in told
        assert "uv tool install" in told
        assert not done.stdout


def test_it_names_the_version_that_the_metadata_asks_for() -> None:
    project = tomllib.loads(Path(ROOT, "pyproject.toml").read_text("utf-8"))["project"]
    source = Path(tui.__file__).with_name("__main__.py").read_text("utf-8")
    needed = re.fullmatch(r">=(\d+)\.(\d+)", project["requires-python"])
    assert needed is not None
    assert f"sys.version_info < ({needed[1]}, {needed[2]})" in source
    assert source.count(f"Python {needed[1]}.{needed[2]}") == 2
