"""send: files that are no ordinary files."""

from __future__ import annotations

import os
import socket
from pathlib import Path

import pytest

from tests.support.command_line import Wxtui
from tests.support.sandbox_thread import Sandbox
from tui import errors
from tui.services.uploads.outgoing_file import open_file
from tui.wire.names import Endpoint

MADE_UP = [Path("/proc/cpuinfo"), Path("/sys/kernel/mm/transparent_hugepage/enabled")]


@pytest.mark.parametrize("path", MADE_UP, ids=lambda path: path.name)
def test_what_the_kernel_makes_up_is_sent_as_it_is_now(logged_in: Wxtui, sandbox: Sandbox, path: Path) -> None:
    if not path.exists():
        pytest.skip(f"no {path} here")
    result = logged_in("send", "张三", path)
    assert (result.code, result.err) == (0, "")
    (upload,) = sandbox.get("uploads")
    assert upload["name"] == path.name
    assert 0 < upload["size"] <= 2 * len(path.read_bytes()), "what it said when it was read"


@pytest.mark.parametrize("path", MADE_UP, ids=lambda path: path.name)
def test_where_it_must_be_opened_again_later_the_sentence_names_the_way(path: Path) -> None:
    if not path.exists():
        pytest.skip(f"no {path} here")
    with pytest.raises(errors.FileWithoutSize) as caught:
        open_file(path, Endpoint.WEB)
    assert "wxtui send TARGET - --name NAME < FILE" in str(caught.value)


def test_an_empty_file_is_empty(logged_in: Wxtui, tmp_path: Path) -> None:
    path = tmp_path / "empty.log"
    path.touch()
    result = logged_in("send", "张三", path)
    assert result.code == 5
    assert "is empty" in result.err


def test_a_log_that_grows_is_told_the_way(logged_in: Wxtui, sandbox: Sandbox, tmp_path: Path) -> None:
    path = tmp_path / "app.log"
    path.write_bytes(b"line\n" * 1000)
    with open_file(path, Endpoint.WEB) as file:
        with path.open("ab") as log:
            log.write(b"one more\n")
        with pytest.raises(errors.FileChanged) as caught:
            file.check_unchanged()
    assert "send its current contents: wxtui send TARGET - --name NAME < FILE" in str(caught.value)
    assert logged_in("send", "张三", "-", "--name", "app.log", stdin=path.read_bytes()).code == 0
    assert sandbox.sent()[0]["file_name"] == "app.log"


def test_what_is_no_file_at_all_is_a_sentence(logged_in: Wxtui, sandbox: Sandbox, tmp_path: Path) -> None:
    pipe, listening = tmp_path / "pipe", tmp_path / "s"
    os.mkfifo(pipe)
    with socket.socket(socket.AF_UNIX) as one:
        one.bind(str(listening))
        for path in (pipe, listening, tmp_path, Path("/dev/null"), Path("/dev/zero")):
            result = logged_in("send", "张三", path)
            assert result.code == 5, path
            assert "is a folder" if path is tmp_path else "is not a regular file" in result.err
            assert result.err.count("\n") == 1
    assert sandbox.sent() == []
