"""Starting another program with a file: which one, with what arguments, and what becomes of it."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from tests.support.waiting import wait_until
from tui.errors import UsageError
from tui.terminal.desktop import launching
from tui.terminal.desktop.launching import FileUse, Launcher, fetching_command, launcher_for

EVERYTHING = {"xdg-open", "gio", "open", "wslview", "termux-open", "mpv", "ffplay", "afplay", "paplay"}
OPEN, PLAY = FileUse.OPEN, FileUse.PLAY


def there(*names: str) -> Callable[[str], str | None]:
    return lambda name: f"/bin/{name}" if name in names else None


@pytest.mark.parametrize(
    ("use", "wanted", "environ", "platform", "programs", "command"),
    [
        (OPEN, (), {"DISPLAY": ":0"}, "linux", EVERYTHING, ("xdg-open",)),
        (OPEN, (), {"WAYLAND_DISPLAY": "wayland-0"}, "linux", {"gio"}, ("gio", "open")),
        (OPEN, (), {}, "linux", EVERYTHING, None),
        (OPEN, (), {"SSH_CONNECTION": "1 2 3 4", "DISPLAY": "localhost:10.0"}, "linux", EVERYTHING, ("xdg-open",)),
        (OPEN, (), {}, "darwin", EVERYTHING, ("open",)),
        (OPEN, (), {"SSH_TTY": "/dev/pts/1"}, "darwin", EVERYTHING, None),
        (OPEN, (), {"WSL_DISTRO_NAME": "Debian"}, "linux", EVERYTHING, ("wslview",)),
        (OPEN, ("feh", "-F"), {}, "linux", EVERYTHING, ("feh", "-F")),
        (PLAY, (), {}, "linux", {"paplay", "ffplay"}, ("ffplay", "-nodisp", "-autoexit", "-loglevel", "quiet")),
        (PLAY, (), {"SSH_TTY": "/dev/pts/1"}, "linux", EVERYTHING, None),
        (PLAY, ("play",), {"SSH_TTY": "/dev/pts/1"}, "linux", EVERYTHING, ("play",)),
        (PLAY, (), {}, "linux", set(), None),
    ],
)
def test_the_persons_program_comes_first_then_the_desktops(
    use: FileUse,
    wanted: tuple[str, ...],
    environ: Mapping[str, str],
    platform: str,
    programs: set[str],
    command: tuple[str, ...] | None,
) -> None:
    found = launcher_for(use, wanted, environ=environ, platform=platform, which=there(*programs))
    assert (found.command if found else None) == command


def test_a_player_never_takes_the_terminal() -> None:
    found = launcher_for(PLAY, (), environ={}, which=there("mpv"))
    assert found is not None
    assert "--no-terminal" in found.command


def test_the_file_is_an_argument_of_its_own() -> None:
    path = Path("/tmp/a b;$(x).png")
    assert Launcher(("p", "-x")).command_for(path) == ["p", "-x", str(path)]
    assert Launcher(("p", "--file={}", "y")).command_for(path) == ["p", f"--file={path}", "y"]


def program(folder: Path, body: str, name: str = "viewer.py") -> Launcher:
    script = folder / name
    script.write_text(f"import json, os, pathlib, sys, time\nhere = pathlib.Path({str(folder)!r})\n{body}\n")
    return Launcher((sys.executable, str(script)))


@pytest.fixture(autouse=True)
def soon(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(launching, "_SECONDS", 0.3)


def test_it_is_alone_and_knows_nothing_of_us(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    seen = (
        "facts = dict(argv=sys.argv[1:], cwd=os.getcwd(), own=os.getsid(0) == os.getpid(), "
        "fds=len(os.listdir('/proc/self/fd')) if os.path.isdir('/proc/self/fd') else 4, "
        "ours=[name for name in os.environ if name.startswith('WXTUI')])\n"
        "(here / 'part').write_text(json.dumps(facts)); (here / 'part').rename(here / 'got')"
    )
    secret = os.open(tmp_path / "secret", os.O_RDWR | os.O_CREAT)
    os.set_inheritable(secret, True)
    launcher = program(tmp_path, seen)
    monkeypatch.setattr(launching, "_SECONDS", 20.0)
    assert launcher.start(tmp_path / "a b.png", {**os.environ, "WXTUI_TOKEN": "x"}) is None
    os.close(secret)
    facts = json.loads((tmp_path / "got").read_text())
    assert facts == {"argv": [str(tmp_path / "a b.png")], "cwd": "/", "own": True, "fds": 4, "ours": []}


def test_what_it_writes_goes_nowhere_and_it_is_not_waited_for(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    endless = "while True: sys.stdout.write('x' * 65536); sys.stderr.write('y' * 65536)"
    running = program(tmp_path, endless).start(tmp_path / "f")
    assert running is not None
    assert running.stop()
    wait_until(lambda: not running.stop())
    assert capfd.readouterr() == ("", "")


def test_one_that_fails_or_is_not_there_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(launching, "_SECONDS", 20.0)
    with pytest.raises(UsageError, match="exited with 4"):
        program(tmp_path, "sys.exit(4)").start(tmp_path / "f")
    with pytest.raises(UsageError, match="cannot be started: No such file"):
        Launcher((str(tmp_path / "none"),)).start(tmp_path / "f")
    opener = tmp_path / "xdg-open"
    opener.write_text("#!/bin/sh\nexit 3\n")
    opener.chmod(0o755)
    with pytest.raises(UsageError, match=r"knows no program for this kind of file \(\.xyz\)"):
        Launcher((str(opener),)).start(tmp_path / "f.xyz")


def test_in_the_terminal_no_shell_reads_the_name_and_the_exit_code_is_the_programs(tmp_path: Path) -> None:
    launcher = program(tmp_path, "print(sys.argv[1:]); sys.exit(7)")
    command = launcher.in_terminal_command(Path("/x/$(touch pwned) `id`"), "go on")
    done = subprocess.run(command, input="\n", capture_output=True, text=True, cwd=tmp_path)
    assert done.returncode == 7
    assert "['/x/$(touch pwned) `id`']" in done.stdout
    assert "go on" in done.stdout
    assert not (tmp_path / "pwned").exists()


@pytest.mark.parametrize(
    ("connection", "path", "command"),
    [
        ("", "/home/me/a.png", "scp me@box:/home/me/a.png ."),
        ("10.0.0.1 5 10.0.0.2 22", "/home/me/a b.png", "scp 'me@10.0.0.2:/home/me/a b.png' ."),
        ("fe80::1 5 fe80::2 2222", "/a", "scp -P 2222 'me@[fe80::2]:/a' ."),
        ("rubbish", "/a;b", "scp 'me@box:/a;b' ."),
    ],
)
def test_the_command_that_fetches_a_file(connection: str, path: str, command: str) -> None:
    assert fetching_command(Path(path), {"SSH_CONNECTION": connection}, "me", "box") == command


def test_a_stopped_player_leaves_no_zombie(tmp_path: Path) -> None:
    running = program(tmp_path, "(here / 'pid').write_text(str(os.getpid())); time.sleep(600)").start(tmp_path / "f")
    assert running is not None
    wait_until(lambda: (tmp_path / "pid").exists() and (tmp_path / "pid").read_text() != "")
    pid = int((tmp_path / "pid").read_text())
    assert running.stop()

    def gone() -> bool:
        try:
            os.kill(pid, signal.SIG_DFL)
        except ProcessLookupError:
            return True
        return False

    wait_until(gone)
