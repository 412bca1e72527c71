"""Copying: the desktop's clipboard where it is there, else the terminal's through whatever stands in between."""

from __future__ import annotations

import base64
import re
import sys
from types import ModuleType

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tui.errors import UsageError
from tui.terminal.clipboard import LARGEST, Clipboard, choose
from tui.terminal.passing import Between, between, passed

XTERM = {"TERM": "xterm-256color"}
TMUX = {"TERM": "tmux-256color", "TMUX": "/tmp/tmux-1000/default,1,0"}


def chosen(environ: dict[str, str], *programs: str, there: str = "", platform: str = "linux") -> Clipboard:
    return choose(
        environ,
        platform,
        which=lambda name: f"/usr/bin/{name}" if name in programs else None,
        exists=lambda path: path == there,
    )


@pytest.mark.parametrize(
    ("environ", "programs", "there", "platform", "name"),
    [
        (XTERM, (), "", "linux", "OSC 52"),
        (XTERM, ("xclip", "wl-copy"), "", "linux", "OSC 52"),
        (TMUX, (), "", "linux", "OSC 52 (tmux)"),
        ({"TERM": "screen", "STY": "1.pts"}, (), "", "linux", "OSC 52 (screen)"),
        ({"TERM": "tmux"}, (), "", "linux", "OSC 52 (tmux)"),
        ({"TERM": "linux"}, (), "", "linux", "none"),
        ({"TERM": "dumb"}, (), "", "linux", "none"),
        ({}, (), "", "linux", "none"),
        (XTERM | {"DISPLAY": ":0"}, ("xclip", "xsel"), "/tmp/.X11-unix/X0", "linux", "xclip"),
        (XTERM | {"DISPLAY": ":1.0"}, ("xsel",), "/tmp/.X11-unix/X1", "linux", "xsel"),
        (XTERM | {"DISPLAY": ":0"}, (), "/tmp/.X11-unix/X0", "linux", "OSC 52"),
        (XTERM | {"DISPLAY": ":0"}, ("xclip",), "", "linux", "OSC 52"),
        (XTERM | {"DISPLAY": ":0", "SSH_TTY": "/dev/pts/1"}, ("xclip",), "/tmp/.X11-unix/X0", "linux", "OSC 52"),
        (XTERM | {"DISPLAY": "localhost:10.0", "SSH_TTY": "/dev/pts/1"}, ("xclip",), "", "linux", "xclip"),
        (TMUX | {"DISPLAY": "localhost:10.0"}, ("xclip",), "", "linux", "OSC 52 (tmux)"),
        (
            XTERM | {"WAYLAND_DISPLAY": "wayland-0", "XDG_RUNTIME_DIR": "/run/user/1", "DISPLAY": ":0"},
            ("wl-copy", "wl-paste", "xclip"),
            "/run/user/1/wayland-0",
            "linux",
            "wl-clipboard",
        ),
        (XTERM | {"WAYLAND_DISPLAY": "/w"}, ("wl-copy", "wl-paste"), "/w", "linux", "wl-clipboard"),
        (XTERM, ("pbcopy",), "", "darwin", "pbcopy"),
        (XTERM | {"SSH_CONNECTION": "a b"}, ("pbcopy",), "", "darwin", "OSC 52"),
    ],
)  # fmt: skip
def test_what_is_there_is_chosen(
    environ: dict[str, str], programs: tuple[str, ...], there: str, platform: str, name: str
) -> None:
    assert chosen(environ, *programs, there=there, platform=platform).name == name


def test_choosing_in_the_real_world_runs_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    def no(*arguments: object, **more: object) -> None:
        raise AssertionError("a program was run")

    monkeypatch.setattr("subprocess.Popen", no)
    monkeypatch.setattr("os.posix_spawn", no)
    assert choose().name


def unwrapped(text: str) -> str:
    """What a terminal behind tmux gets."""
    found = re.fullmatch("\x1bPtmux;(.*)\x1b\\\\", text, re.DOTALL)
    assert found is not None
    assert "\x1b" not in found[1].replace("\x1b\x1b", "")
    return found[1].replace("\x1b\x1b", "\x1b")


@given(st.text(max_size=300))
def test_every_text_arrives_whole(text: str) -> None:
    encoded = base64.b64encode(text.encode("utf-8", "replace")).decode()
    plain = f"\x1b]52;c;{encoded}\x07"
    assert chosen(XTERM).copy(text) == plain
    both = chosen(TMUX).copy(text)
    assert both.startswith(plain)
    assert unwrapped(both[len(plain) :]) == plain
    pieces = chosen({"TERM": "screen", "STY": "1"}).copy(text)
    assert all(len(piece) < 256 for piece in pieces.split("\x1b\\"))
    assert re.sub("\x1bP|\x1b\\\\", "", pieces) == plain


def test_half_a_character_does_not_stop_it() -> None:
    assert chosen(XTERM).copy("a\ud83d") == "\x1b]52;c;YT8=\x07"


def test_too_long_is_said_and_not_dropped() -> None:
    assert len(chosen(XTERM).copy("x" * (LARGEST // 4 * 3))) > LARGEST
    with pytest.raises(UsageError, match=r"too long.*75001 bytes; 75000 fit"):
        chosen(XTERM).copy("x" * (LARGEST // 4 * 3 + 1))


def test_without_any_clipboard_a_sentence() -> None:
    with pytest.raises(UsageError, match="no clipboard"):
        chosen({"TERM": "linux"}).copy("x")


class FakePyperclip(ModuleType):
    class PyperclipException(RuntimeError): ...

    def __init__(self, fault: Exception | None) -> None:
        super().__init__("pyperclip")
        self.fault = fault
        self.copied: list[tuple[str, str]] = []

    def set_clipboard(self, tool: str) -> None:
        self.tool = tool

    def copy(self, text: str) -> None:
        if self.fault is not None:
            raise self.fault
        self.copied.append((self.tool, text))


def test_the_desktop_takes_it_and_the_terminal_gets_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    fake = FakePyperclip(None)
    monkeypatch.setitem(sys.modules, "pyperclip", fake)
    desktop = chosen(XTERM | {"DISPLAY": ":0"}, "xclip", there="/tmp/.X11-unix/X0")
    assert desktop.copy("x" * 200_000 + "\ud800") == ""
    assert fake.copied == [("xclip", "x" * 200_000 + "?")]


@pytest.mark.parametrize(
    "fault", [FakePyperclip.PyperclipException("no"), FileNotFoundError(2, "gone"), BrokenPipeError()]
)
def test_a_desktop_that_fails_gives_way_to_the_terminal(fault: Exception, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pyperclip", FakePyperclip(fault))
    desktop = chosen(XTERM | {"DISPLAY": ":0"}, "xclip", there="/tmp/.X11-unix/X0")
    assert desktop.copy("hi") == "\x1b]52;c;aGk=\x07"


@pytest.mark.parametrize("tool", ["xclip", "xsel", "wl-clipboard", "pbcopy"])
def test_pyperclip_knows_the_names(tool: str) -> None:
    import pyperclip

    copy = pyperclip.copy
    pyperclip.set_clipboard(tool)
    assert pyperclip.copy is not copy
    pyperclip.set_clipboard("no")


def test_screen_within_nothing() -> None:
    assert between({"TERM": "screen-256color"}) is Between.NOTHING
    assert passed("\x1b]9;x\x07", Between.NOTHING) == "\x1b]9;x\x07"
