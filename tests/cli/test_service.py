"""`wxtui service print`: a unit that systemd accepts, wherever things lie, and that does not try a login for ever."""

from __future__ import annotations

import os
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.command_line import Wxtui
from tui import errors
from tui.cli.own_program import lay_own_program, own_program, own_program_by_python
from tui.cli.upkeep import service


def values(unit: str, name: str) -> list[str]:
    return [line.partition("=")[2] for line in unit.splitlines() if line.startswith(f"{name}=")]


def test_the_unit_runs_listen_for_this_profile_and_says_where_to_put_it(
    wxtui: Wxtui, monkeypatch: pytest.MonkeyPatch, home: Path
) -> None:
    monkeypatch.setattr(sys, "argv", [str(Path(service.__file__).with_name("__main__.py"))])
    unit = wxtui("--profile", "work", "--endpoint", "filehelper", "service", "print").out
    assert unit.startswith("# Put this into ~/.config/systemd/user/wxtui-work.service, then:\n")
    assert "systemctl --user enable --now wxtui-work.service" in unit
    (command,) = values(unit, "ExecStart")
    program, *words = command.split()
    assert Path(program).is_absolute() and os.access(program, os.X_OK)
    assert words[-3:] == ["--profile=work", "--endpoint=filehelper", "listen"]
    assert f"WXTUI_HOME={home}" in values(unit, "Environment")
    assert str(errors.NotLoggedIn.exit_code) in values(unit, "RestartPreventExitStatus")[0].split()
    # What it prints are messages, and the journal is no place for them.
    assert values(unit, "StandardOutput") == ["null"]
    (told,) = wxtui("service", "print", "--json").json
    assert (told["name"], told["place"]) == ("wxtui.service", "~/.config/systemd/user/wxtui.service")


@pytest.mark.parametrize("folder", ["plain", "a b", 'q"uote', "100%h", "$HOME", "反\\斜", "'", "a=b c"])
def test_systemd_takes_the_unit_and_finds_the_program_in_any_folder(
    folder: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    if shutil.which("systemd-analyze") is None:
        pytest.skip("systemd-analyze is not installed")
    program = tmp_path / folder / "wxtui"
    program.parent.mkdir()
    program.write_text("#!/bin/sh\n")
    program.chmod(0o755)
    monkeypatch.setenv("WXTUI_HOME", str(program.parent))
    file = tmp_path / "wxtui.service"
    file.write_text(
        service.unit_text("default", "wxtui.service", [str(program), "--profile=default", "listen"]), "utf-8"
    )
    environ = os.environ | {"XDG_RUNTIME_DIR": str(tmp_path)}
    done = subprocess.run(["systemd-analyze", "verify", "--user", file], capture_output=True, text=True, env=environ)
    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.parametrize("folder", ["plain", "a=b c", 'q"$HOME%h\\'])
def test_the_command_of_the_unit_runs_the_program(folder: str, tmp_path: Path) -> None:
    program = tmp_path / folder / "wxtui"
    program.parent.mkdir()
    program.write_text('#!/bin/sh\nprintf "%s\\n" "$@"\n')
    program.chmod(0o755)
    unit = service.unit_text("x", "wxtui-x.service", [str(program), "--profile=x", "--server=a b", "listen"])
    words = [one.replace("$$", "$").replace("%%", "%") for one in shlex.split(values(unit, "ExecStart")[0])]
    assert subprocess.run(words, capture_output=True, text=True).stdout == "--profile=x\n--server=a b\nlisten\n"


def test_a_path_with_a_line_break_is_refused() -> None:
    with pytest.raises(errors.UsageError, match="cannot hold such"):
        service.unit_text("default", "wxtui.service", ["/a\nExecStart=/bin/evil", "listen"])


def test_the_program_is_the_one_that_was_started(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    archive = tmp_path / "wxtui-0.1.0-linux.pyz"
    archive.write_text("#!/usr/bin/env python3\n")
    monkeypatch.setattr(sys, "argv", [str(archive)])
    assert own_program() == [sys.executable, str(archive)]
    archive.chmod(0o755)
    assert own_program() == [str(archive)]
    # The PATH of systemd may have no Python, or one that is too old.
    assert own_program_by_python() == [sys.executable, str(archive)]
    monkeypatch.setattr(sys, "executable", str(tmp_path / "python3"))
    monkeypatch.setattr(sys, "argv", ["/somewhere/tui/__main__.py"])
    assert own_program() == own_program_by_python() == [str(tmp_path / "python3"), "-m", "tui"]
    archive.write_text("#!/venv/bin/python\n")
    (tmp_path / "wxtui").symlink_to(archive)
    assert own_program() == own_program_by_python() == [str(tmp_path / "wxtui")]


def test_a_program_of_any_name_is_found_as_wxtui(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    archive = tmp_path / "wxtui-0.1.0 'linux.pyz"
    archive.write_text("#!/bin/sh\necho ran $*\n")
    monkeypatch.setattr(sys, "argv", [str(archive)])
    monkeypatch.setattr(sys, "executable", "/bin/sh")
    for mode in (0o644, 0o755):
        archive.chmod(mode)
        folder = tmp_path / oct(mode)
        folder.mkdir()
        lay_own_program(folder)
        assert subprocess.check_output([folder / "wxtui", "send"], text=True) == "ran send\n"
