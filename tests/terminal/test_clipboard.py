"""Copying: the desktop's clipboard where it is there, else the terminal's through whatever stands in between."""

from __future__ import annotations

import base64
import re
import shutil
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.pty_program import Program
from tui.doctor import terminal
from tui.doctor.finding import Level
from tui.errors import UsageError
from tui.terminal.clipboard import LARGEST, Clipboard, Copied, CopyReach, Route, choose
from tui.terminal.passthrough import Multiplexer, multiplexer_of, wrapped
from tui.terminal.tmux import Tmux

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
    found = chosen(environ, *programs, there=there, platform=platform)
    way = found.tool or ("OSC 52" if found.terminal else "none")
    assert (f"{way} ({found.through.value})" if way == "OSC 52" and found.through.value else way) == name


def test_choosing_in_the_real_world_runs_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    def no(*arguments: object, **more: object) -> None:
        raise AssertionError("a program was run")

    monkeypatch.setattr("subprocess.Popen", no)
    monkeypatch.setattr("os.posix_spawn", no)
    assert choose()


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
    assert chosen(XTERM).copy(text).sequence == plain
    both = chosen(TMUX).copy(text, ask=lambda: None).sequence
    assert both.startswith(plain)
    assert unwrapped(both[len(plain) :]) == plain
    pieces = chosen({"TERM": "screen", "STY": "1"}).copy(text).sequence
    assert all(len(piece) < 256 for piece in pieces.split("\x1b\\"))
    assert re.sub("\x1bP|\x1b\\\\", "", pieces) == plain


def test_half_a_character_does_not_stop_it() -> None:
    assert chosen(XTERM).copy("a\ud83d").sequence == "\x1b]52;c;YT8=\x07"


def test_too_long_is_said_and_not_dropped() -> None:
    assert len(chosen(XTERM).copy("x" * (LARGEST // 4 * 3)).sequence) > LARGEST
    with pytest.raises(UsageError, match=r"too long.*75001 bytes, the limit is 75000"):
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
    copied = desktop.copy("x" * 200_000 + "\ud800")
    assert (copied.sequence, copied.known, str(copied.route.said)) == ("", True, "Copied.")
    assert fake.copied == [("xclip", "x" * 200_000 + "?")]


@pytest.mark.parametrize(
    "fault", [FakePyperclip.PyperclipException("no"), FileNotFoundError(2, "gone"), BrokenPipeError()]
)
def test_a_desktop_that_fails_gives_way_to_the_terminal(fault: Exception, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pyperclip", FakePyperclip(fault))
    desktop = chosen(XTERM | {"DISPLAY": ":0"}, "xclip", there="/tmp/.X11-unix/X0")
    copied = desktop.copy("hi")
    assert (copied.sequence, copied.known) == ("\x1b]52;c;aGk=\x07", False)


@pytest.mark.parametrize("tool", ["xclip", "xsel", "wl-clipboard", "pbcopy"])
def test_pyperclip_knows_the_names(tool: str) -> None:
    import pyperclip

    copy = pyperclip.copy
    pyperclip.set_clipboard(tool)
    assert pyperclip.copy is not copy
    pyperclip.set_clipboard("no")


def test_screen_within_nothing() -> None:
    assert multiplexer_of({"TERM": "screen-256color"}) is Multiplexer.NOTHING
    assert wrapped("\x1b]9;x\x07", Multiplexer.NOTHING) == "\x1b]9;x\x07"


# ---------------------------------------------------------------- within tmux

HANDS_ON, PASSES, KEEPS, UNKNOWN = (
    CopyReach.TMUX_HANDS_ON,
    CopyReach.TMUX_PASSES,
    CopyReach.TMUX_KEEPS,
    CopyReach.TMUX_UNKNOWN,
)
TO_CONF = "set -as terminal-features ',vt220:clipboard'"


@pytest.mark.parametrize(
    ("version", "setting", "passthrough", "takes", "route"),
    [
        ((3, 3), "external", False, True, Route(HANDS_ON)),
        ((3, 3), "on", False, True, Route(HANDS_ON)),
        ((3, 3), "off", True, True, Route(PASSES)),
        ((3, 3), "off", False, True, Route(KEEPS, "set -s set-clipboard on")),
        ((3, 3), "external", True, False, Route(PASSES)),
        ((3, 3), "external", False, False, Route(KEEPS, TO_CONF)),
        ((3, 1), "external", True, True, Route(PASSES)),
        ((3, 1), "on", False, True, Route(UNKNOWN)),
        (None, "", False, False, Route(UNKNOWN)),
    ],
)
def test_the_way_through_tmux(
    version: tuple[int, int] | None, setting: str, passthrough: bool, takes: bool, route: Route
) -> None:
    found = None if version is None else Tmux("tmux", version, setting, passthrough, "vt220", takes)
    assert chosen(TMUX).route(lambda: found) == route
    # `doctor` tells the same.
    finding = terminal.clipboard(TMUX, lambda: found)
    assert finding.level is (Level.OK if route.reach in (HANDS_ON, PASSES) else Level.WARNING)
    if route.missing:
        assert route.missing in str(finding.advice) and route.missing in str(route.said)


def test_a_tmux_without_a_terminal() -> None:
    found = Tmux("tmux 3.3a", (3, 3), "external", False, "", False)
    assert chosen(TMUX).route(lambda: found) == Route(CopyReach.TMUX_DETACHED)
    assert terminal.clipboard(TMUX, lambda: found).level is Level.OK


def test_tmux_of_another_machine_is_not_asked() -> None:
    def no() -> Tmux | None:
        raise AssertionError("asked")

    assert chosen({"TERM": "tmux-256color"}).route(no) == Route(UNKNOWN)


def test_nothing_but_the_desktop_is_claimed_to_have_it() -> None:
    assert [reach for reach in CopyReach if Copied(Route(reach)).known] == [CopyReach.DESKTOP]


@pytest.mark.skipif(shutil.which("tmux") is None, reason="tmux is not installed")
@pytest.mark.parametrize(
    ("outer", "options", "arrives", "said"),
    [
        ("xterm-256color", (), True, "Copied to tmux and sent to the terminal"),
        ("xterm-256color", ("set -s set-clipboard on",), True, "Copied to tmux and sent to the terminal"),
        ("xterm-256color", ("set -s set-clipboard off",), False, "Copied only to tmux"),
        ("vt220", (), False, "Copied only to tmux"),
        ("vt220", ("set -g allow-passthrough on",), True, "Copied to tmux and sent through it"),
    ],
)
def test_a_copy_within_a_real_tmux(
    outer: str, options: tuple[str, ...], arrives: bool, said: str, tmp_path: Path
) -> None:
    """Run the copy in a pane, and see what tmux sends to the terminal outside."""
    settings = tmp_path / "tmux.conf"
    settings.write_text("\n".join(options))
    script = tmp_path / "copying.py"
    script.write_text(
        "import sys\n"
        "from tui.terminal.clipboard import choose\n"
        "copied = choose().copy('in the clipboard')\n"
        "sys.stdout.write(copied.sequence + f'\\r\\nsaid: {copied.route.said}\\r\\n')\n"
        "sys.stdout.flush()\n"
        "sys.stdin.read()\n"
    )
    socket = str(tmp_path / "socket")
    command = ["tmux", "-S", socket, "-f", str(settings), "new-session", f"{sys.executable} {script}"]
    gone: dict[str, str | None] = dict.fromkeys(("TMUX", "TMUX_PANE", "STY", "DISPLAY", "WAYLAND_DISPLAY"))
    try:
        with Program(command=command, columns=120, environ=gone | {"TERM": outer}) as program:
            program.wait_for(f"said: {said}")
            program.settle(0.2)
            sent = base64.b64encode(b"in the clipboard")
            assert (b"]52;" in program.raw and sent in program.raw) is arrives
            shown = subprocess.run(["tmux", "-S", socket, "show-buffer"], capture_output=True, text=True, check=True)
            assert shown.stdout == "in the clipboard"
    finally:
        subprocess.run(["tmux", "-S", socket, "kill-server"], capture_output=True, check=False)
