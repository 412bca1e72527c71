"""`log --search` and `export`: what is stored comes out again, to the right place and nobody else."""

from __future__ import annotations

import gc
import io
import json
import os
import sqlite3
import stat
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from tests.support.command_line import Wxtui
from tests.support.sandbox_thread import Sandbox
from tui.store.db.schema import VERSION


@pytest.fixture
def spoken(logged_in: Wxtui) -> Wxtui:
    """A profile that has said a few things."""
    for target, text in (("李四", "今天下午开会"), ("李四", "带上 report.pdf"), ("张三", "下午好")):
        assert logged_in("send", target, "-m", text).code == 0
    return logged_in


def store_file(home: Path) -> Path:
    return home / "state" / "default" / "store.sqlite3"


# ---------------------------------------------------------------- log --search


def test_search_everywhere_and_in_one_conversation(spoken: Wxtui) -> None:
    lines = [line.split("  ", 1)[1] for line in spoken("log", "--search", "下午").lines]
    assert lines == ["李四 · me: 今天下午开会", "张三 · me: 下午好"]
    lines = [line.split("  ", 1)[1] for line in spoken("log", "李四", "--search", "下午").lines]
    assert lines == ["me: 今天下午开会"]
    (row,) = spoken("log", "--search", "REPORT", "--json").json
    assert (row["chat"], row["text"], row["mine"]) == ("李四", "带上 report.pdf", True)
    assert len(spoken("log", "--search", "下午", "-n", "1").lines) == 1


@pytest.mark.parametrize("text", ["没有这个", "", '" OR *', "report.pdf x", "../../etc"])
def test_nothing_found_is_1_and_no_error(spoken: Wxtui, text: str) -> None:
    result = spoken("log", "--search", text)
    assert (result.code, result.out, result.err) == (1, "", "")


def test_search_of_whom_nobody_spoke_with(spoken: Wxtui) -> None:
    assert spoken("log", "无此人", "--search", "下午").code == 4
    assert spoken("log").code == 2


def test_search_shows_nothing_that_moves_a_cursor(spoken: Wxtui, sandbox: Sandbox) -> None:
    spoken("send", "李四", "-m", "a\u202eb 危险 \u2066c")
    shown = spoken("log", "--search", "危险").out
    assert not set(shown) & set("\u202e\u2066")


# ---------------------------------------------------------------- export


def test_export_is_what_log_says(spoken: Wxtui) -> None:
    rows = spoken("export").json
    assert rows == [*spoken("log", "李四", "--json").json, *spoken("log", "张三", "--json").json]
    assert list(rows[0])[:8] == ["msg_id", "time", "chat", "sender", "mine", "kind", "text", "state"]
    assert spoken("export", "李四").json == rows[:2]
    text = spoken("export", "--format", "text").lines
    assert [line.split("  ", 1)[1] for line in text][-1] == "张三 · me: 下午好"
    assert spoken("export", "无此人").code == 4


def test_export_to_a_file_of_ones_own(spoken: Wxtui, tmp_path: Path) -> None:
    file = tmp_path / "out.jsonl"
    before = os.umask(0)
    try:
        result = spoken("export", "--output", str(file))
    finally:
        os.umask(before)
    assert (result.code, result.out, result.err) == (0, "", "")
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert [json.loads(line) for line in file.read_text("utf-8").splitlines()] == spoken("export").json


def test_export_never_overwrites(spoken: Wxtui, tmp_path: Path) -> None:
    file = tmp_path / "there"
    file.write_text("mine")
    link = tmp_path / "link"
    link.symlink_to(tmp_path / "elsewhere")
    for place in (file, link):
        result = spoken("export", "--output", str(place))
        assert result.code == 1
        assert "the file already exists" in result.err
    assert file.read_text() == "mine"
    assert not (tmp_path / "elsewhere").exists()
    assert "No such file" in spoken("export", "--output", str(tmp_path / "no" / "such")).err


def test_an_export_that_fails_leaves_no_half_file(
    spoken: Wxtui, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Full(io.StringIO):
        def write(self, text: str) -> int:
            raise OSError(28, "No space left on device")

    def opened(descriptor: int, *_: object, **__: object) -> Full:
        os.close(descriptor)
        return Full()

    monkeypatch.setattr("tui.cli.commands.export.os.fdopen", opened)
    result = spoken("export", "--output", str(tmp_path / "out"))
    assert result.code == 1
    assert "No space left on device" in result.err
    assert not (tmp_path / "out").exists()


def test_a_reader_that_goes_away_is_no_traceback(spoken: Wxtui) -> None:
    shell = f"{sys.executable} -m tui export | head -n 1"
    done = subprocess.run(["bash", "-c", shell], capture_output=True, text=True, env=os.environ)
    assert done.stdout.count("\n") == 1
    assert done.stderr == ""


def test_before_any_login(wxtui: Wxtui, home: Path) -> None:
    assert wxtui("export").code == 3
    assert wxtui("log", "--search", "x").code == 3
    assert not store_file(home).exists(), "reading makes no file"


# ---------------------------------------------------------------- a later version, and a home that can only be read


@pytest.fixture
def newer(spoken: Wxtui, home: Path) -> Iterator[Wxtui]:
    with closing(sqlite3.connect(store_file(home))) as connection:
        connection.execute("ALTER TABLE message ADD COLUMN mood TEXT")
        connection.execute(f"PRAGMA user_version = {VERSION + 1}")
    yield spoken


def test_a_later_version_is_read_and_not_written(newer: Wxtui) -> None:
    assert newer("log", "李四").lines[0].endswith("今天下午开会")
    assert len(newer("export").json) == 3
    assert len(newer("log", "--search", "下午").lines) == 2
    contacts = newer("contacts", "zhangsan", "--json")
    assert (contacts.code, [row["name"] for row in contacts.json]) == (0, ["张三"])
    assert "Showing the stored list." in contacts.err
    refused = newer("send", "李四", "-m", "no")
    assert refused.code == 1
    assert "was written by a newer wxtui" in refused.err
    assert len(newer("export").json) == 3


@pytest.fixture
def read_only(spoken: Wxtui, home: Path, monkeypatch: pytest.MonkeyPatch) -> Wxtui:
    """What a disk that is mounted so says; the tests may run as root, who may write wherever a mode forbids it."""
    real = os.access
    monkeypatch.setattr(os, "access", lambda path, mode: not mode & os.W_OK and real(path, mode))
    return spoken


def test_a_home_that_can_only_be_read(read_only: Wxtui, home: Path) -> None:
    before = store_file(home).read_bytes()
    assert len(read_only("export").json) == 3
    assert read_only("log", "李四").lines[0].endswith("今天下午开会")
    assert len(read_only("log", "--search", "下午").lines) == 2
    refused = read_only("send", "李四", "-m", "no")
    assert refused.code == 1
    assert "it is read-only" in refused.err
    assert store_file(home).read_bytes() == before


def test_the_face_says_so_before_it_takes_the_screen(
    read_only: Wxtui, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tui.cli.full_screen.check_terminal", lambda: None)
    monkeypatch.setattr("tui.app.WxtuiApp.run_async", None)
    result = read_only()
    gc.enable()  # a program that has ended needs no collector
    assert result.code == 1
    assert "it is read-only" in result.err
    assert "\x1b" not in result.out + result.err
