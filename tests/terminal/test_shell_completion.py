"""Completion as README sets it up, and by the files of the wheel: in a real interactive bash, zsh and fish."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

import tui
from tests.support.command_line import Wxtui
from tests.support.pty_program import Program
from tests.support.sandbox_thread import Sandbox

BIN = Path(sys.executable).parent
WXTUI = BIN / "wxtui"
SHELLS = {
    "bash": ["bash", "--norc", "--noprofile", "-i"],
    "zsh": ["zsh", "-f", "-i"],
    "fish": ["fish", "--no-config", "-i"],
}
SET_UP = {
    "bash": 'PS1="ready> "; bind "set enable-bracketed-paste off"; eval "$(_WXTUI_COMPLETE=bash_source wxtui)"',
    "zsh": 'PS1="ready> "; autoload -U compinit; compinit -D; eval "$(_WXTUI_COMPLETE=zsh_source wxtui)"',
    "fish": 'function fish_prompt; echo -n "ready> "; end; eval "$(_WXTUI_COMPLETE=fish_source wxtui)"',
}

FILES = Path(tui.__file__).parent / "pages" / "completions"
"""Files that the wheel puts where the shells look."""
INSTALLED = {
    "bash": f'PS1="ready> "; bind "set enable-bracketed-paste off"; . {FILES}/bash/wxtui',
    "zsh": f'PS1="ready> "; fpath=({FILES}/zsh $fpath); autoload -U compinit; compinit -D',
    "fish": f'function fish_prompt; echo -n "ready> "; end; set -p fish_complete_path {FILES}/fish',
}


def needs(shell: str) -> None:
    if shutil.which(shell) is None:
        pytest.skip(f"{shell} is not installed")
    if not WXTUI.exists():
        pytest.skip("wxtui is not installed beside this Python")


@contextmanager
def interactive(shell: str, tmp_path: Path, set_up: dict[str, str] = SET_UP) -> Iterator[Program]:
    """`shell` with the line of the README run in it, or another one."""
    environ = {"PATH": f"{BIN}{os.pathsep}{os.environ['PATH']}", "HOME": str(tmp_path), "LC_ALL": "C.UTF-8"}
    with Program(command=SHELLS[shell], environ=environ, columns=100) as program:
        program.type(set_up[shell] + "\r")
        program.wait_for(r"(?m)^ready> $|^ready>$")
        yield program


@pytest.mark.parametrize("shell", SHELLS)
def test_the_line_of_the_readme_works_through_a_pipe(shell: str) -> None:
    needs(shell)
    environ = os.environ | {"_WXTUI_COMPLETE": f"{shell}_source"}
    done = subprocess.run([WXTUI], env=environ, capture_output=True, text=True, stdin=subprocess.DEVNULL)
    assert (done.returncode, done.stderr) == (0, "")
    assert "_wxtui_completion" in done.stdout
    check = {"fish": "--no-execute"}.get(shell, "-n")
    assert subprocess.run([shell, check], input=done.stdout, text=True).returncode == 0


@pytest.mark.usefixtures("logged_in")
@pytest.mark.parametrize("shell", SHELLS)
def test_tab_completes_a_contact_by_the_files_of_the_wheel(shell: str, tmp_path: Path) -> None:
    needs(shell)
    with interactive(shell, tmp_path, INSTALLED) as program:
        program.type("wxtui send 张\t")
        program.wait_for("wxtui send 张三")


@pytest.mark.usefixtures("logged_in")
@pytest.mark.parametrize("shell", ["bash", "zsh"])
def test_tab_completes_a_contact_by_pinyin(shell: str, tmp_path: Path) -> None:
    needs(shell)
    with interactive(shell, tmp_path) as program:
        program.type("wxtui send zhangs\t")
        program.wait_for("wxtui send 张三")
        # Several, whose names have nothing in common with this: it stays, and they are listed.
        program.type("\x15wxtui send hui\t\t")
        program.wait_for(r"wxtui send hui[\s\S]*回声")
        program.type("sheng\t")
        program.wait_for("wxtui send 回声")


HOSTILE = "evil, $(touch PWNED)`touch PWNED`'\"\\;&|{a,b}*?#~END"


@pytest.mark.parametrize(("shell", "quote"), [("bash", ""), ("bash", '"'), ("bash", "'"), ("zsh", ""), ("fish", "")])
def test_a_completed_name_is_one_word_and_nothing_in_it_is_run(
    shell: str, quote: str, wxtui: Wxtui, sandbox: Sandbox, tmp_path: Path
) -> None:
    needs(shell)
    sandbox.post("person", nickname=HOSTILE)
    assert wxtui("--server", sandbox.origin, "login", "--qr", "ascii").code == 0
    with interactive(shell, tmp_path) as program:
        program.type(f"cd {tmp_path}\r")
        program.type(f"wxtui send {quote}evil\t")
        program.wait_for("END")
        program.type("\x01printf '<%s>' \x05\r")
        shown = program.wait_for(r"<wxtui><send><[\s\S]*END[\s\S]*>")
    assert f"<wxtui><send><{HOSTILE}>" in shown
    assert not (tmp_path / "PWNED").exists()
