"""`wxtui` alone: the way into the full-screen program costs nothing, and says in a sentence why it cannot be had."""

from __future__ import annotations

import signal
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.command_line import Wxtui
from tests.support.loaded_modules import loaded_by
from tui import __main__
from tui.cli import full_screen
from tui.cli.main import run


@pytest.fixture(autouse=True)
def ctrl_c() -> Iterator[None]:
    """`main` leaves a handler of its own behind, for the end of the process."""
    before = signal.getsignal(signal.SIGINT)
    yield
    signal.signal(signal.SIGINT, before)


class Terminal:
    """Says that it is one."""

    def __init__(self, yes: bool = True) -> None:
        self._yes = yes

    def isatty(self) -> bool:
        return self._yes

    def write(self, text: str) -> int:
        return len(text)

    def flush(self) -> None:
        """Nothing is kept."""


def test_the_way_in_loads_neither_the_parser_nor_a_screen() -> None:
    loaded = loaded_by("tui.__main__", "tui.cli.full_screen")
    assert not loaded & {"click", "textual", "rich", "httpx", "sqlite3", "segno", "humanize"}


def test_the_screen_loads_neither_the_parser_nor_the_network() -> None:
    assert not loaded_by("tui.app") & {"click", "httpx", "segno", "humanize", "starlette"}


@pytest.mark.parametrize("missing", ["stdin", "stdout", "stderr"])
def test_all_three_streams_must_be_a_terminal(monkeypatch: pytest.MonkeyPatch, missing: str) -> None:
    monkeypatch.setenv("TERM", "xterm")
    for name in ("stdin", "stdout", "stderr"):
        monkeypatch.setattr(sys, name, Terminal(name != missing))
    with pytest.raises(full_screen.errors.UsageError, match="needs a terminal"):
        full_screen.check_terminal()
    monkeypatch.setattr(sys, missing, Terminal())
    full_screen.check_terminal()
    monkeypatch.setenv("TERM", "dumb")
    with pytest.raises(full_screen.errors.UsageError, match=r"TERM is “dumb”.* Try: wxtui demo --plain"):
        full_screen.check_terminal("wxtui demo")
    with pytest.raises(full_screen.errors.UsageError, match="TERM is “dumb”"):
        full_screen.check_terminal()


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["sendd"], "No such command 'sendd'. Did you mean 'send'? Try: wxtui --help"),
        (["demo", "x"], "Got unexpected extra argument (x). Try: wxtui demo --help"),
    ],
)
def test_a_mistyped_command_line_is_told_in_whole_sentences(
    arguments: list[str], told: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(arguments) == 2
    assert capsys.readouterr().err == f"wxtui: {told}\n"


def test_a_mistake_in_the_settings_is_a_sentence(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], home: Path
) -> None:
    home.mkdir()
    (home / "config.toml").write_text('theme = "pink"\n')
    monkeypatch.setattr(sys, "argv", ["wxtui"])
    assert __main__.main() == 2
    assert "line 1: “theme” must be one of" in capsys.readouterr().err


def test_a_wrong_profile_name_is_a_sentence(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("WXTUI_PROFILE", "../x")
    monkeypatch.setattr(sys, "argv", ["wxtui"])
    assert __main__.main() == 2
    assert "is not a valid profile name" in capsys.readouterr().err


def test_a_mistake_on_the_way_in_is_a_sentence_and_a_report(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], home: Path
) -> None:
    def broken(*_: object) -> None:
        raise KeyError("ticket-8c1f")

    monkeypatch.setattr(full_screen, "check_terminal", broken)
    monkeypatch.setattr(sys, "argv", ["wxtui"])
    assert __main__.main() == 70
    said = capsys.readouterr().err
    assert "KeyError" in said and str(home / "state/default/crash.txt") in said and "8c1f" not in said


def test_options_alone_open_the_face_too(wxtui: Wxtui) -> None:
    result = wxtui("--profile", "work")
    assert result.code == 2
    assert "needs a terminal" in result.err
