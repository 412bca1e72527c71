"""Wheel and sdist: all that the program needs, nothing else, and the same bytes wherever they are built."""

from __future__ import annotations

import email
import os
import shutil
import subprocess
import sys
import tarfile
import zipfile
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Final

import pytest

import tui

ROOT: Final = Path(tui.__file__).parent.parent
NOT_SHIPPED: Final = {"tui/ARCHITECTURE.md", "tui/wire/PROTOCOL.md"}
RUBBISH: Final = (
    "tui/a.pyc",
    "tui/__pycache__/app.cpython-311.pyc",
    "tui/app.py.orig",
    "tui/.app.py.swp",
    "tui/.env",
    "tui/#app.py#",
    "tui/wxtui.log",
    ".env",
    "notes.txt",
    "secrets/key",
    "dist/old.whl",
)
SHARED: Final = f"wxtui-{tui.__version__}.data/data/"
INFO: Final = f"wxtui-{tui.__version__}.dist-info/"


@dataclass(frozen=True)
class Built:
    """Wheel and sdist of one folder."""

    wheel: Path
    sdist: Path

    @property
    def names(self) -> set[str]:
        """Files in the wheel."""
        with zipfile.ZipFile(self.wheel) as file:
            return set(file.namelist())


def build(sources: Path) -> Built:
    """Build both as `pip install .` does, without network."""
    out = sources / "dist"
    shutil.rmtree(out, ignore_errors=True)
    subprocess.run([sys.executable, "-m", "hatchling", "build", "-d", out], cwd=sources, check=True, timeout=120)
    (wheel,), (sdist,) = out.glob("*.whl"), out.glob("*.tar.gz")
    return Built(wheel, sdist)


def files_of_the_project() -> set[str]:
    """Files that git has, or would take."""
    command = ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"]
    listed = subprocess.run(command, cwd=ROOT, capture_output=True, check=True, text=True).stdout
    return {name for name in listed.split("\0") if name and Path(ROOT, name).is_file()}


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Built:
    """A build of the project's files and of no others."""
    if find_spec("hatchling") is None or not Path(ROOT, ".git").exists():
        pytest.skip("no hatchling here, or no checkout of git")
    folder = tmp_path_factory.mktemp("project")
    for name in files_of_the_project():
        place = folder / name
        place.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / name, place)
    return build(folder)


def test_the_sdist_has_all_files_and_from_it_come_the_same_bytes(built: Built, tmp_path: Path) -> None:
    with tarfile.open(built.sdist) as archive:
        names = {name.partition("/")[2] for name in archive.getnames()}
        archive.extractall(tmp_path, filter="data")
    assert names == files_of_the_project() | {"PKG-INFO"}
    # Another folder, other times and modes, and what editors and Python leave there.
    (again,) = tmp_path.iterdir()
    Path(again, "PKG-INFO").unlink()
    for name in RUBBISH:
        place = again / name
        place.parent.mkdir(exist_ok=True)
        place.write_bytes(b"rubbish")
    for path in again.rglob("*"):
        os.utime(path, (1, 1))
        path.chmod(0o600 | path.stat().st_mode & 0o100)
    second = build(again)
    assert second.wheel.name == built.wheel.name == f"wxtui-{tui.__version__}-py3-none-any.whl"
    assert second.names == built.names
    assert second.wheel.read_bytes() == built.wheel.read_bytes()
    assert second.sdist.read_bytes() == built.sdist.read_bytes()


def test_the_wheel_has_what_the_program_needs_and_nothing_else(built: Built) -> None:
    project = files_of_the_project()
    ours = {name for name in project if name.startswith("tui/") and not name.endswith(".po")} - NOT_SHIPPED
    styles = {f"tui/{name}" for name in project if name.startswith("styles/")}
    rest = built.names - ours - styles
    assert not (ours | styles) - built.names
    assert {name for name in rest if not name.startswith(SHARED)} == {
        f"{INFO}{name}" for name in ("METADATA", "RECORD", "WHEEL", "entry_points.txt", "licenses/LICENSE")
    }
    pages = {name.rpartition("/")[2] for name in ours if name.startswith("tui/pages/") and not name.endswith(".py")}
    assert {name.rpartition("/")[2] for name in rest if name.startswith(SHARED)} <= pages
    assert all(name.startswith(f"{SHARED}share/") for name in rest if name.startswith(SHARED))


@pytest.mark.parametrize(
    "needed",
    [
        "tui/py.typed",
        "tui/styles/app.tcss",
        "tui/locale/zh_CN/LC_MESSAGES/wxtui.mo",
        f"{INFO}licenses/LICENSE",
        f"{SHARED}share/man/man1/wxtui.1",
        f"{SHARED}share/man/man5/wxtui-config.5",
        f"{SHARED}share/man/zh_CN/man1/wxtui.1",
        f"{SHARED}share/bash-completion/completions/wxtui",
        f"{SHARED}share/zsh/site-functions/_wxtui",
        f"{SHARED}share/fish/vendor_completions.d/wxtui.fish",
    ],
)
def test_the_wheel_has(built: Built, needed: str) -> None:
    assert needed in built.names


def test_its_metadata_are_those_of_the_project(built: Built) -> None:
    with zipfile.ZipFile(built.wheel) as file:
        metadata = email.message_from_bytes(file.read(f"{INFO}METADATA"))
        tags = file.read(f"{INFO}WHEEL").decode()
    assert metadata["Version"] == tui.__version__
    assert metadata["License-Expression"] == "MIT"
    assert metadata["Requires-Python"] == ">=3.11"
    assert metadata["Author"] == "the wxtui developers"
    assert "Project-URL" not in metadata
    assert "Tag: py3-none-any" in tags
