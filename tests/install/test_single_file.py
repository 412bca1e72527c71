"""The single file: on each Python and machine it runs or says one sentence, and unpacks where nobody else may write.

A file with a stand-in for the program; `.ci/wheel.py` tries a whole one.
"""

from __future__ import annotations

import importlib.util
import os
import re
import subprocess
import sys
import zipfile
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path
from types import ModuleType
from typing import Final

import pytest

import tui
from tests.support.pythons import OLD, old_python

ROOT: Final = Path(tui.__file__).parent.parent
HERE: Final = sys.version_info[:2]
PROGRAM: Final = """
import sys
import zipfile

def main():
    print("running", *sys.argv[1:], __file__)
    return 7
"""

Run = Callable[..., tuple[int, str, str]]


@pytest.fixture(scope="module")
def single_file() -> ModuleType:
    """`.ci/single_file.py`."""
    if find_spec("shiv") is None:
        pytest.skip("no shiv here")
    spec = importlib.util.spec_from_file_location("single_file", ROOT / ".ci" / "single_file.py")
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def file(single_file: ModuleType, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A single file for this Python; the program in it only says where it is."""
    folder = tmp_path_factory.mktemp("single")
    package = folder / "packages" / "tui"
    package.mkdir(parents=True)
    Path(package, "__init__.py").touch()
    Path(package, "__main__.py").write_text(PROGRAM)
    Path(package, "__main__.pyc").touch()
    single_file.build([package.parent], [HERE], folder / "wxtui.pyz")
    return folder / "wxtui.pyz"


@pytest.fixture
def run(file: Path, tmp_path: Path) -> Run:
    """Run a file with hardly any environment."""

    def call(
        *arguments: str, python: str | Path = sys.executable, changed: Path | None = None, **environ: str
    ) -> tuple[int, str, str]:
        done = subprocess.run(
            [python, changed or file, *arguments],
            env={"PYTHONIOENCODING": "utf-8", "HOME": str(tmp_path / "home"), "PATH": ""} | environ,
            capture_output=True,
            timeout=60,
        )
        return done.returncode, done.stdout.decode(), done.stderr.decode()

    return call


def with_facts(folder: Path, **facts: object) -> Path:
    """The start alone, with facts as of a file that was built elsewhere."""
    source = Path(ROOT, ".ci", "single_file_start.py").read_text("utf-8")
    for name, value in {"PYTHONS": (HERE,), "SYSTEM": (sys.platform, os.uname().machine), **facts}.items():
        source = re.sub(rf"^{name} = .*$", f"{name} = {value!r}", source, flags=re.MULTILINE)
    start = folder / "start.py"
    start.write_text(source, "utf-8")
    return start


@pytest.mark.parametrize("version", OLD)
def test_python_that_is_too_old_is_told_which_are_right(run: Run, tmp_path: Path, version: str) -> None:
    python = old_python(version)
    if python is None:
        pytest.skip(f"no Python {version} here")
    start = with_facts(tmp_path, PYTHONS=((3, 11), (3, 12)))
    for language, words in (("C", "this file needs Python"), ("zh_CN.UTF-8", "这个文件需要 Python")):
        code, out, told = run("login", python=python, changed=start, LANG=language)
        assert (code, out) == (2, "")
        assert told.startswith(f"wxtui: {words} 3.11, 3.12")
        assert told.count("\n") == 1
        assert f"uv run --python 3.12 {start}" in told
        assert version in told


def test_another_python_of_the_path_goes_on(run: Run, file: Path, tmp_path: Path) -> None:
    python = next(filter(None, map(old_python, OLD)), None)
    if python is None:
        pytest.skip("no older Python here")
    folder = tmp_path / "bin"
    folder.mkdir()
    name = f"python{HERE[0]}.{HERE[1]}"
    Path(folder, name).symlink_to(sys.executable)
    broken = tmp_path / "shims"
    broken.mkdir()
    Path(broken, name).write_text("#!/bin/sh\nexit 127\n")
    Path(broken, name).chmod(0o755)
    code, out, _ = run("login", "a b", python=python, PATH=f"{broken}:{folder}")
    assert code == 7
    assert out.startswith("running login a b ")


def test_other_machines_and_older_systems_are_told(run: Run, tmp_path: Path) -> None:
    start = with_facts(tmp_path, SYSTEM=("plan9", "mips"))
    code, _, told = run(changed=start)
    assert code == 2
    assert told.startswith("wxtui: this file is for plan9 on mips; this is ")
    if sys.platform == "linux":
        code, _, told = run(changed=with_facts(tmp_path, GLIBC=(99, 0)))
        assert code == 2
        assert told.startswith("wxtui: this file needs glibc 99.0; this system has ")


def test_it_is_unpacked_once_and_runs_from_there(run: Run, tmp_path: Path) -> None:
    code, out, told = run("send", "x")
    assert (code, told) == (7, "")
    place = Path(out.split()[-1])
    assert place.is_relative_to(tmp_path / "home")
    assert out.startswith("running send x ")
    cache = next(parent for parent in place.parents if parent.name == "wxtui-single-file")
    assert cache.stat().st_mode & 0o777 == 0o700
    assert not list(cache.rglob("__main__.pyc"))
    # Nothing is written any more.
    place.write_text(PROGRAM.replace("7", "88"))
    assert run()[0] == 88


def test_without_a_home_it_is_unpacked_to_a_folder_of_ones_own(run: Run, tmp_path: Path) -> None:
    code, out, _ = run(HOME="/proc/nowhere", TMPDIR=str(tmp_path))
    assert code == 7
    place = tmp_path / f"wxtui-single-file-{os.getuid()}"
    assert Path(out.split()[-1]).is_relative_to(place)
    assert place.stat().st_mode & 0o777 == 0o700


def test_a_folder_that_others_may_write_to_is_not_trusted(run: Run, tmp_path: Path) -> None:
    open_to_all = tmp_path / "open"
    open_to_all.mkdir()
    open_to_all.chmod(0o777)
    code, _, told = run(SHIV_ROOT=str(open_to_all))
    assert code == 1
    assert told.startswith(f"wxtui: this file cannot be unpacked anywhere ({open_to_all}: ")
    assert not list(open_to_all.iterdir())
    link = tmp_path / "link"
    link.symlink_to(tmp_path)
    assert run(SHIV_ROOT=str(link))[0] == 1


def test_where_nothing_can_be_written_a_sentence_says_so(run: Run) -> None:
    code, out, told = run(SHIV_ROOT="/proc/nowhere")
    assert (code, out) == (1, "")
    assert re.fullmatch(
        r"wxtui: this file cannot be unpacked anywhere \(/proc/nowhere: .+\)\. Set SHIV_ROOT .+\n", told
    )


def test_the_same_files_give_the_same_bytes(single_file: ModuleType, file: Path, tmp_path: Path) -> None:
    packages = file.parent / "packages"
    for path in packages.rglob("*.py"):
        os.utime(path, (1, 1))
        path.chmod(0o777)
    single_file.build([packages], [HERE], tmp_path / "again.pyz")
    assert Path(tmp_path, "again.pyz").read_bytes() == file.read_bytes()


def test_what_a_cleaner_took_is_unpacked_again(run: Run, tmp_path: Path) -> None:
    place = Path(run()[1].split()[-1])
    Path(place.parent, "__pycache__").mkdir(exist_ok=True)
    Path(place.parent, "__pycache__", "one.pyc").touch()
    Path(place.parent, "__init__.py").unlink()
    place.write_text("raise SystemExit('the old one')")
    assert run()[0] == 7
    assert Path(place.parent, "__init__.py").exists()


def test_a_damaged_file_says_so_and_leaves_nothing(run: Run, file: Path, tmp_path: Path) -> None:
    damaged = tmp_path / "damaged.pyz"
    with zipfile.ZipFile(file) as archive:
        begin = archive.getinfo("site-packages/tui/__main__.py").header_offset + 70
    content = bytearray(file.read_bytes())
    content[begin : begin + 20] = bytes(20)
    damaged.write_bytes(content)
    code, out, told = run(changed=damaged)
    assert (code, out, told.count("\n")) == (1, "", 1)
    assert told.startswith("wxtui: this file is damaged (")
    assert not [path for path in Path(tmp_path, "home").rglob("*") if path.is_file() and path.name != ".lock"]


def test_what_is_unpacked_only_its_owner_may_change(file: Path, tmp_path: Path) -> None:
    place = tmp_path / "place"
    command = ["sh", "-c", 'umask 0; exec "$0" "$@"', sys.executable, file]
    done = subprocess.run(command, env={"SHIV_ROOT": str(place)}, capture_output=True)
    assert done.returncode == 7
    unpacked = [path for path in place.rglob("*") if path.name != "__pycache__"]
    assert not [path for path in unpacked if path.suffix != ".pyc" and path.stat().st_mode & 0o022]


def test_whoever_gets_the_file_gets_the_licence_of_its_parts(file: Path) -> None:
    with zipfile.ZipFile(file) as archive:
        assert "LinkedIn" in archive.read("_bootstrap/LICENSE").decode()
