"""Opening an address: which program, without a shell, and what is said when it fails."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.waiting import wait_until
from tui.errors import UsageError
from tui.terminal.browser import Browser, browser_of

EVERYTHING = {"xdg-open", "gio", "open", "firefox", "w3m", "wslview", "explorer.exe", "termux-open-url"}


def there(*names: str) -> Callable[[str], str | None]:
    return lambda name: f"/bin/{name}" if name in names else None


@pytest.mark.parametrize(
    ("environ", "platform", "programs", "command"),
    [
        ({"DISPLAY": ":0"}, "linux", EVERYTHING, ("xdg-open",)),
        ({"WAYLAND_DISPLAY": "wayland-0"}, "linux", {"gio"}, ("gio", "open")),
        ({}, "linux", EVERYTHING, None),
        ({"DISPLAY": ":0"}, "linux", set(), None),
        ({"BROWSER": "firefox --private-window %s"}, "linux", EVERYTHING, ("firefox", "--private-window", "%s")),
        ({"BROWSER": f"none{os.pathsep}w3m", "DISPLAY": ":0"}, "linux", EVERYTHING, ("w3m",)),
        ({"BROWSER": '"unbalanced', "DISPLAY": ":0"}, "linux", EVERYTHING, ("xdg-open",)),
        ({}, "darwin", EVERYTHING, ("open",)),
        ({"SSH_CONNECTION": "1 2"}, "darwin", EVERYTHING, None),
        ({"WSL_DISTRO_NAME": "Debian"}, "linux", {"explorer.exe"}, ("explorer.exe",)),
        ({"TERMUX_VERSION": "1"}, "linux", EVERYTHING, ("termux-open-url",)),
    ],
)
def test_the_persons_browser_comes_first_and_none_without_a_desktop(
    environ: Mapping[str, str], platform: str, programs: set[str], command: tuple[str, ...] | None
) -> None:
    found = browser_of(environ, platform, there(*programs))
    assert (found.command if found else None) == command


def test_the_address_is_an_argument_of_its_own() -> None:
    assert Browser(("b", "-x")).command_for("https://a.example/;rm") == ["b", "-x", "https://a.example/;rm"]
    assert Browser(("b", "--url=%s", "y")).command_for("https://a.example/") == ["b", "--url=https://a.example/", "y"]
    assert Browser(("/usr/bin/w3m",)).in_terminal
    assert not Browser(("firefox",)).in_terminal


@given(st.text(max_size=30) | st.sampled_from(["--help", "file:///etc/passwd", "javascript:x", "https://a b/"]))
def test_nothing_but_a_plain_address_reaches_a_program(written: str) -> None:
    with pytest.raises(ValueError):
        Browser(("b",)).command_for(f"-{written}")


def recorder(folder: Path, ending: str) -> Browser:
    program = folder / "browser.py"
    program.write_text(
        f"import json, pathlib, sys, time\npathlib.Path({str(folder / 'got')!r}).write_text(json.dumps(sys.argv[1:]))\n"
        + ending
    )
    return Browser((sys.executable, str(program)))


def test_a_browser_gets_the_address_and_no_shell_reads_it(tmp_path: Path) -> None:
    url = "https://a.example/$(touch%20x)?a=1&b='2'"
    recorder(tmp_path, "").open(url)
    assert json.loads((tmp_path / "got").read_text()) == [url]


def test_a_browser_is_told_nothing_of_ours(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WXTUI_SERVER", "https://secret.example")
    with pytest.raises(UsageError, match="exited with 7"):
        recorder(
            tmp_path, "import os; sys.exit(7 if 'PATH' in os.environ and 'WXTUI_SERVER' not in os.environ else 1)"
        ).open("https://a.example/")


def test_a_browser_that_fails_or_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="exited with 3"):
        recorder(tmp_path, "sys.exit(3)").open("https://a.example/")
    with pytest.raises(UsageError, match="cannot be started"):
        Browser((str(tmp_path / "none"),)).open("https://a.example/")


def test_a_browser_that_goes_on_is_not_waited_for_and_outlives_nothing_here(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tui.terminal.browser._SECONDS", 0.01)
    # It ends when the test says so.
    ending = f"while not pathlib.Path({str(tmp_path / 'end')!r}).exists(): time.sleep(0.01)\n"
    ending += f"pathlib.Path({str(tmp_path / 'done')!r}).write_text('')"
    recorder(tmp_path, ending).open("https://a.example/")
    (tmp_path / "end").write_text("")
    wait_until(lambda: (tmp_path / "done").exists())
