"""The shell completes contacts' names from what is stored, and asks no server."""

from __future__ import annotations

import subprocess
from pathlib import Path

import click
import pytest
from click.shell_completion import ShellComplete

from tests.support.command_line import Wxtui
from tests.support.sandbox_thread import Sandbox
from tui.cli.main import wxtui as command


def completed(*arguments: str, incomplete: str) -> list[str]:
    shell = ShellComplete(command, {}, "wxtui", "_WXTUI_COMPLETE")
    return [item.value for item in shell.get_completions(list(arguments), incomplete)]


def test_names_by_their_beginning_and_by_pinyin(logged_in: Wxtui, sandbox: Sandbox) -> None:
    before = sandbox.calls()
    assert completed("send", incomplete="张") == ["张三"]
    assert completed("send", incomplete="zhangs") == ["张三"]
    assert "项目群" in completed("listen", incomplete="")
    assert completed("send", "--to", incomplete="zhangs") == ["张三"]
    assert completed("forward", "1", "--to", "李四", "--to", incomplete="zhangs") == ["张三"]
    for files in (("send", "--to", "李四"), ("send", "李四")):
        assert completed(*files, incomplete="张") == ["张"], "the shell itself completes files"
    assert sandbox.calls() == before


def test_names_of_the_profile_that_is_asked_for(
    wxtui: Wxtui, sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert wxtui("--server", sandbox.origin, "--profile", "other", "login", "--qr", "ascii").code == 0
    assert completed("send", incomplete="张") == []
    assert completed("--profile", "other", "send", incomplete="张") == ["张三"]
    monkeypatch.setenv("WXTUI_PROFILE", "other")
    assert completed("send", incomplete="张") == ["张三"]


@pytest.mark.usefixtures("home")
def test_nothing_stored_completes_to_nothing() -> None:
    assert completed("send", incomplete="张") == []
    assert completed("--profile", "../..", "send", incomplete="张") == []


def test_commands_and_options_complete() -> None:
    assert isinstance(command, click.Group)
    assert completed(incomplete="lo") == ["login", "logout", "log"]
    assert "--message" in completed("send", incomplete="--mes")


@pytest.mark.parametrize("name", ["evil$(touch PWNED)`id`", "Tom & Jerry; x", "a'b\"c\\d", "~# !1 {a,b} *", "小兔🐰"])
def test_bash_takes_a_completed_name_as_one_word_and_runs_nothing_in_it(
    wxtui: Wxtui, sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, name: str
) -> None:
    sandbox.post("contact", name="张三", nickname=name, remark="")
    assert wxtui("--server", sandbox.origin, "login", "--qr", "ascii").code == 0
    assert completed("send", incomplete=name) == [name], "other shells escape by themselves"
    monkeypatch.setenv("_WXTUI_COMPLETE", "bash_complete")
    (found,) = completed("send", incomplete=name)
    done = subprocess.run(["bash", "-c", f"printf '<%s>' {found}"], capture_output=True, text=True, cwd=tmp_path)
    assert done.stdout == f"<{name}>"
    assert not (tmp_path / "PWNED").exists()
