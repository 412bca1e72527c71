"""A Python that is too old reads `tui/__main__.py`, and says in one sentence which one is needed."""

from __future__ import annotations

import re
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Final

import pytest

import tui
from tests.support.pythons import OLD, old_python

ROOT: Final = Path(tui.__file__).parent.parent


@pytest.mark.parametrize("version", OLD)
def test_python_that_is_too_old_is_told_which_is_needed_and_how_to_get_it(version: str) -> None:
    found = old_python(version)
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


@pytest.mark.parametrize("arguments", [[], ["status"]])
def test_python_that_wxtui_is_not_installed_in_is_told_so_and_it_is_no_bug(
    arguments: list[str], tmp_path: Path
) -> None:
    # -S: without the packages of others, as in a fresh checkout.
    command = [sys.executable, "-S", "-m", "tui", *arguments]
    environ = {"WXTUI_HOME": str(tmp_path), "PYTHONPATH": str(ROOT)}
    done = subprocess.run(command, env=environ, capture_output=True, text=True, timeout=30)
    assert done.returncode == 1
    assert done.stderr.startswith(f"wxtui: wxtui is not installed in this Python ({sys.executable}): ")
    assert done.stderr.count("\n") == 1
    assert "uv tool install" in done.stderr
    assert not list(tmp_path.iterdir())


def test_it_names_the_version_that_the_metadata_asks_for() -> None:
    project = tomllib.loads(Path(ROOT, "pyproject.toml").read_text("utf-8"))["project"]
    source = Path(tui.__file__).with_name("__main__.py").read_text("utf-8")
    needed = re.fullmatch(r">=(\d+)\.(\d+)", project["requires-python"])
    assert needed is not None
    assert f"sys.version_info < ({needed[1]}, {needed[2]})" in source
    assert source.count(f"Python {needed[1]}.{needed[2]}") == 2
