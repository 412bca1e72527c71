"""The shell completes contacts' names from what is stored, and asks no server."""

from __future__ import annotations

import click
import pytest
from click.shell_completion import ShellComplete

from tests.conftest import Sandbox, Wxtui
from tui.cli.main import wxtui as command


def completed(*arguments: str, incomplete: str) -> list[str]:
    shell = ShellComplete(command, {}, "wxtui", "_WXTUI_COMPLETE")
    return [item.value for item in shell.get_completions(list(arguments), incomplete)]


def test_names_by_their_beginning_and_by_pinyin(logged_in: Wxtui, sandbox: Sandbox) -> None:
    before = sandbox.calls()
    assert completed("send", incomplete="张") == ["张三"]
    assert completed("send", incomplete="zhangs") == ["张三"]
    assert "项目群" in completed("listen", incomplete="")
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
