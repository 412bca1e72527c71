"""Streams that are closed, full or not read any more: no traceback, the right exit code, and no MsgID lost."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.conftest import Sandbox, Wxtui


def shell(command: str) -> subprocess.CompletedProcess[str]:
    """Run `command` in bash; `$W` is wxtui."""
    script = f'W="{sys.executable} -m tui"; {command}'
    done = subprocess.run(["bash", "-c", script], capture_output=True, text=True, env=os.environ)
    assert "Traceback" not in done.stderr
    return done


@pytest.fixture
def full() -> Iterator[None]:
    if not Path("/dev/full").exists():
        pytest.skip("no /dev/full here")
    yield


@pytest.mark.parametrize("command", ["--help", "--version", "send --help"])
@pytest.mark.usefixtures("full")
def test_what_click_prints_onto_a_full_disk_is_a_sentence(command: str) -> None:
    done = shell(f"$W {command} > /dev/full")
    assert (done.returncode, done.stderr.count("\n")) == (1, 1)
    assert "The output cannot be written: No space left on device." in done.stderr


@pytest.mark.parametrize("command", ["nosuch", "--profile ../x status"])
@pytest.mark.usefixtures("full")
def test_an_error_keeps_its_exit_code_when_its_json_finds_no_room(command: str) -> None:
    done = shell(f"$W --json {command} > /dev/full")
    assert done.returncode == 2
    assert '"exit_code":2' in done.stderr


def test_an_error_never_goes_to_standard_output() -> None:
    done = shell("$W nosuch 2>&-")
    assert (done.returncode, done.stdout) == (2, "")


@pytest.mark.parametrize("arguments", ["nosuch", "--json nosuch", "--profile ../x status"])
def test_an_error_that_nobody_reads_keeps_its_exit_code(arguments: str) -> None:
    done = shell(f"(sleep 1; $W {arguments}) 2>&1 | true; echo ${{PIPESTATUS[0]}}")
    assert done.stdout == "2\n"
    assert done.stderr == ""


@pytest.mark.usefixtures("full")
def test_revoke_tells_on_standard_error_what_it_did_and_leaves_the_rest(logged_in: Wxtui, sandbox: Sandbox) -> None:
    ids = [logged_in("send", "张三", "-m", text).out.split()[0] for text in "abc"]
    done = shell(f"$W revoke {' '.join(ids)} > /dev/full")
    assert done.returncode == 6
    assert ids[0] in done.stderr
    assert "1 of 3 were done. The output cannot be written" in done.stderr
    assert "2 were not tried." in done.stderr
    assert [row["revoked"] for row in sandbox.sent()] == [True, False, False]


def test_a_reader_who_went_away_does_not_hide_what_was_sent(logged_in: Wxtui, sandbox: Sandbox, tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    path.write_text("x")
    done = shell(f"(sleep 1; $W send 张三 -m x {path} {path}) | true; echo ${{PIPESTATUS[0]}}")
    assert done.stdout == "6\n"
    (sent,) = sandbox.sent()
    assert sent["MsgID"] in done.stderr
    assert "1 of 3 were done." in done.stderr


@pytest.mark.usefixtures("full")
def test_everything_sent_and_nothing_printed_is_a_failed_output(logged_in: Wxtui, sandbox: Sandbox) -> None:
    done = shell("$W send 张三 -m x > /dev/full")
    assert done.returncode == 1
    assert "The output cannot be written" in done.stderr
    assert len(sandbox.sent()) == 1
