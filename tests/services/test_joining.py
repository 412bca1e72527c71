"""Cutting a file into parts and joining them: nothing that is not whole appears, whatever the names say."""

from __future__ import annotations

import hashlib
import os
import random
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tui import errors
from tui.services.downloads.joining import find_parts, join
from tui.services.packing.splitting import PartName, SplitFile, part_size_for, read_part_name, read_sums, split

NAME = "日志 'x'.tar.gz"
DATA = random.Random(1).randbytes(100_000)


def cut(data: bytes, size: int, name: str = NAME) -> SplitFile:
    """The parts of some bytes."""

    def read_into(offset: int, buffer: memoryview) -> None:
        buffer[:] = data[offset : offset + len(buffer)]

    return split(name, len(data), size, read_into)


def lay_down(folder: Path, name: str = NAME, data: bytes = DATA, size: int = 30_000) -> SplitFile:
    """The parts and sums of a file as its receiver saved them."""
    folder.mkdir(exist_ok=True)
    found = cut(data, size, name)
    for part in found.parts:
        (folder / part.name).write_bytes(data[part.first : part.first + part.size])
    (folder / found.sums_name).write_text(found.sums)
    return found


@given(size=st.integers(1, 200), part=st.integers(1, 60))
def test_parts_are_all_of_the_file_in_the_order_of_their_names(size: int, part: int) -> None:
    data = DATA[:size]
    found = cut(data, part)
    assert b"".join(data[one.first : one.first + one.size] for one in found.parts) == data
    assert sorted(one.name for one in found.parts) == [one.name for one in found.parts]
    assert all(one.size <= part for one in found.parts)
    names = [read_part_name(one.name) for one in found.parts]
    assert names == [PartName(NAME, at + 1, len(names)) for at in range(len(names))]


@given(st.text("part0129of.x", max_size=24))
def test_a_name_is_that_of_a_part_only_as_it_is_written(name: str) -> None:
    found = read_part_name(name)
    assert found is None or str(found) == name


def test_parts_stay_below_a_limit_in_mb_as_well() -> None:
    assert part_size_for(50 * 1024 * 1024) == 49 * 1024 * 1024
    assert 0 < part_size_for(64 * 1024) < 64 * 1024


@pytest.mark.parametrize("name", [NAME, "-rf x", "back\\slash", "$(touch hacked)"])
def test_the_line_joins_and_checks_in_a_shell(tmp_path: Path, name: str) -> None:
    if not (shutil.which("sha256sum") or shutil.which("shasum")):
        pytest.skip("neither sha256sum nor shasum is here")
    found = lay_down(tmp_path / "got", name)
    done = subprocess.run(["sh", "-c", found.shell_line], cwd=tmp_path / "got", capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.count("OK") == len(found.parts) + 1
    assert (tmp_path / "got" / name).read_bytes() == DATA
    assert read_sums(found.sums, [name]) == {name: hashlib.sha256(DATA).hexdigest()}
    (tmp_path / "got" / found.parts[1].name).write_bytes(b"x" * 30_000)
    assert subprocess.run(["sh", "-c", found.shell_line], cwd=tmp_path / "got", capture_output=True).returncode


@pytest.mark.parametrize("given_as", [NAME, f"{NAME}.part002of004", f"{NAME}.sha256"])
def test_any_name_of_it_finds_all_parts(tmp_path: Path, given_as: str) -> None:
    lay_down(tmp_path)
    (tmp_path / f"{NAME}.part1of4").touch()
    (tmp_path / f"x{NAME}.part001of009").touch()
    (tmp_path / f"{NAME}.part001of007").touch()
    path = join(find_parts(tmp_path / given_as), tmp_path / NAME)
    assert path == tmp_path / NAME
    assert path.read_bytes() == DATA


def refused(folder: Path, **more: bool) -> str:
    """The sentence with which joining ends; no file appears."""
    before = sorted(one.name for one in folder.iterdir())
    with pytest.raises(errors.WxtuiError) as caught:
        join(find_parts(folder / NAME, **more), folder / NAME)
    assert sorted(one.name for one in folder.iterdir()) == before
    return str(caught.value)


def _flip(folder: Path) -> None:
    (folder / f"{NAME}.part002of004").write_bytes(bytes(30_000))


def _wrong_whole(folder: Path) -> None:
    sums = folder / f"{NAME}.sha256"
    *parts, whole = sums.read_text().splitlines()
    sums.write_text("\n".join([*parts, "0" * 64 + whole[64:]]))


@pytest.mark.parametrize(
    ("spoil", "said"),
    [
        (lambda folder: (folder / f"{NAME}.part003of004").unlink(), "missing: .*part003of004"),
        (lambda folder: (folder / f"{NAME}.sha256").unlink(), "sha256” with its checksums is missing; --unchecked"),
        (_flip, "damaged: .*part002of004"),
        (_wrong_whole, "do not make this file"),
        (lambda folder: os.truncate(folder / f"{NAME}.part001of004", 5), "not whole, by their sizes"),
        (lambda folder: os.truncate(folder / f"{NAME}.part004of004", 0), "not whole, by their sizes: .*part004of004"),
        (
            lambda folder: (folder / f"{NAME}.sha256").rename(folder / f"{NAME}.part001of007"),
            "parts of two files",
        ),
        (lambda folder: (folder / NAME).write_text("mine"), "there already; --force"),
        (lambda folder: [one.unlink() for one in folder.iterdir()], "no parts of it"),
    ],
)
def test_what_is_wrong_is_said_and_nothing_appears(tmp_path: Path, spoil: Callable[[Path], object], said: str) -> None:
    lay_down(tmp_path)
    spoil(tmp_path)
    assert re.search(said, refused(tmp_path))


def test_a_pipe_with_the_name_of_a_part_is_no_part(tmp_path: Path) -> None:
    lay_down(tmp_path)
    (tmp_path / f"{NAME}.part004of004").unlink()
    os.mkfifo(tmp_path / f"{NAME}.part004of004")
    assert "missing" in refused(tmp_path)


def test_names_in_the_sums_lead_nowhere(tmp_path: Path) -> None:
    """Only the parts and the whole are looked for: a path, another file's line and rubbish say nothing."""
    found = lay_down(tmp_path)
    sums = tmp_path / found.sums_name
    evil = "".join(f"{'1' * 64}  {name}\n" for name in ("../../etc/passwd", "/etc/passwd", "other", "a" * 5000))
    sums.write_text(f"{evil}no sum\n{sums.read_text()}{evil}")
    assert join(find_parts(tmp_path / NAME), tmp_path / NAME).read_bytes() == DATA


def test_an_existing_file_is_replaced_only_if_that_is_meant(tmp_path: Path) -> None:
    lay_down(tmp_path / "parts")
    target = tmp_path / "out" / "other.bin"
    target.parent.mkdir()
    target.write_text("mine")
    found = find_parts(tmp_path / "parts" / NAME)
    with pytest.raises(errors.JoinRefused):
        join(found, target)
    assert target.read_text() == "mine"
    assert join(found, target, force=True).read_bytes() == DATA


def test_no_device_and_no_part_is_replaced(tmp_path: Path) -> None:
    made = lay_down(tmp_path)
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "link").symlink_to(made.parts[1].name)
    before = sorted(tmp_path.iterdir())
    for name in ("pipe", "link", made.parts[0].name, made.sums_name):
        with pytest.raises(errors.JoinRefused, match="is a part, or no file"):
            join(find_parts(tmp_path / NAME), tmp_path / name, force=True)
    assert sorted(tmp_path.iterdir()) == before


def test_what_appears_while_it_is_joined_is_not_replaced(tmp_path: Path) -> None:
    lay_down(tmp_path)
    with pytest.raises(errors.JoinRefused):
        join(find_parts(tmp_path / NAME), tmp_path / NAME, on_bytes=lambda done, total: (tmp_path / NAME).touch())
    assert (tmp_path / NAME).read_bytes() == b""


def test_without_sums_only_if_that_is_meant(tmp_path: Path) -> None:
    lay_down(tmp_path)
    (tmp_path / f"{NAME}.sha256").unlink()
    assert join(find_parts(tmp_path / NAME, unchecked=True), tmp_path / NAME).read_bytes() == DATA


KILLED = """
import os, signal, sys
from pathlib import Path
from tui.services.downloads.joining import find_parts, join
whole = Path(sys.argv[1])
join(find_parts(whole), whole, on_bytes=lambda done, total: done > total / 2 and os.kill(os.getpid(), signal.SIGKILL))
"""


def test_a_killed_join_leaves_no_file_to_be_seen_and_the_next_one_tidies_up(tmp_path: Path) -> None:
    lay_down(tmp_path)
    before = {one.name for one in tmp_path.iterdir()}
    done = subprocess.run([sys.executable, "-c", KILLED, str(tmp_path / NAME)])
    assert done.returncode == -9
    left = {one.name for one in tmp_path.iterdir()} - before
    assert len(left) == 1
    assert left.pop().startswith(".wxtui-")
    assert join(find_parts(tmp_path / NAME), tmp_path / NAME).read_bytes() == DATA
    assert {one.name for one in tmp_path.iterdir()} == {*before, NAME}


def test_a_part_that_is_nowhere_is_not_asked_for_its_sums(tmp_path: Path) -> None:
    with pytest.raises(errors.JoinRefused, match="no parts of it"):
        find_parts(tmp_path / f"{NAME}.part001of002")
