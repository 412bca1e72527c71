"""No home, a file in its place, one in which nothing can be written: each command ends with a sentence.

They run as a user who has no rights and stands in no list of users, also where the tests run as root.
"""

from __future__ import annotations

import ast
import os
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tui.cli.main import COMMANDS, module_of

NOBODY = ["unshare", "--user", "--map-user=4242"]
"""In a namespace of its own the process may no more than others, and its user has no entry in /etc/passwd."""
EACH = """
import os, sys
from importlib import import_module
for module in sys.argv[3].split():
    import_module(module)
import httpx, tui.store.store, tui.services.client.client
from tui.cli.main import run
from tui.doctor import network
home, commands = sys.argv[1], sys.argv[2].split("\\n")
for command in commands:
    read, write = os.pipe()
    child = os.fork()
    if not child:
        os.dup2(write, 1)
        os.dup2(write, 2)
        os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
        try:
            code = run(command.split())
            sys.stdout.flush()
            sys.stderr.flush()
        except SystemExit as error:
            code = error.code
        os._exit(code or 0)
    os.close(write)
    said = os.fdopen(read, "rb").read().decode()
    print(repr((command, os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), said)), flush=True)
"""
ARGUMENTS = {
    "login": "--server http://127.0.0.1:9 login",
    **dict.fromkeys(("read", "pin", "unpin", "mute", "unmute", "notify", "log"), "X"),
    "send": "X -m x",
    "run": "X -- true",
    "revoke": "--last",
    "forward": "1 X",
    "remark": "X y",
    "group": "group members X",
    "recv": "--wait X",
    "join": "/proc/nonexistent/x",
    "api": "api path",
    "service": "service print",
    "config": "config init",
    "profile": "profile list",
    "doctor": "doctor --offline",
    "demo": "demo --help",
    "sandbox": "sandbox --help",
}
"""What a command that needs something is given; with the command itself where that is not its first word."""
BY_THEMSELVES = ["--version", "--help", "config schema", "config init --stdout", "config check /dev/null"]
"""Command lines that need no home."""
REPORT = "doctor --offline --report"


def line_of(command: str) -> str:
    words = ARGUMENTS.get(command, "")
    return words if command in words.split() else f"{command} {words}".strip()


def answers(home: str | None) -> dict[str, tuple[int, str]]:
    """Return the exit code and all that is said by every command, for somebody who has this home."""
    if shutil.which("unshare") is None or subprocess.run([*NOBODY, "true"], capture_output=True).returncode:
        pytest.skip("no namespace for a user without rights can be made here")
    environ = {name: os.environ[name] for name in ("PATH", "LANG", "PYTHONPATH") if name in os.environ}
    environ |= {"WXTUI_LANG": "en", "PYTHONUTF8": "1"} | ({} if home is None else {"HOME": home})
    lines = [*BY_THEMSELVES, REPORT, *map(line_of, COMMANDS)]
    modules = " ".join(sorted(set(map(module_of, COMMANDS))))
    command = [*NOBODY, sys.executable, "-c", EACH, home or "", "\n".join(lines), modules]
    done = subprocess.run(command, capture_output=True, text=True, env=environ, cwd="/")
    assert (done.returncode, done.stderr) == (0, "")
    found = {command: (code, said) for command, code, said in map(ast.literal_eval, done.stdout.splitlines())}
    for command, (code, said) in found.items():
        assert "Traceback" not in said and "crashed" not in said and code in (0, 1, 2, 3), (command, code, said)
        if code and not command.startswith("doctor"):
            assert said.splitlines()[-1].startswith("wxtui: "), (command, said)
    assert all(found[command][0] == 0 for command in BY_THEMSELVES)
    assert found[REPORT][0] == 1 and "SQLite" in found[REPORT][1]
    return found


def test_without_a_home_every_command_says_what_to_set() -> None:
    needing = {line_of(command) for command in COMMANDS} - {line_of(one) for one in ("demo", "sandbox", "join")}
    for command, (code, said) in answers(None).items():
        if command in needing:
            assert (code, said.count("There is no home folder: HOME is not set")) == (1, 1), (command, said)
            assert "WXTUI_HOME to a folder of your own" in said


@pytest.mark.parametrize("kind", ["file", "read-only"])
def test_a_home_in_which_nothing_can_be_written_is_named(kind: str, tmp_path: Path) -> None:
    place = tmp_path / "me"
    if kind == "file":
        place.touch()
    else:
        place.mkdir(0o500)
    found = answers(str(place))
    for command in ("config init", line_of("login")):
        code, said = found[command]
        assert (code, f"“{place}/." in said, "cannot be used" in said) == (1, True, True), (command, said)
    code, said = found["doctor --offline"]
    assert code == 1 and str(place) in said
    assert not place.is_dir() or not list(place.iterdir())


def test_the_installed_program_says_so_too() -> None:
    wxtui = Path(sys.executable).parent / "wxtui"
    if not wxtui.exists() or shutil.which("unshare") is None:
        pytest.skip("wxtui is not installed beside this Python, or no namespace can be made here")
    script = f"for c in --version status; do {shlex.quote(str(wxtui))} $c; echo $?; done; {wxtui}; echo $?"
    done = subprocess.run(
        [*NOBODY, "sh", "-c", script], capture_output=True, text=True, cwd="/", env={"PATH": os.environ["PATH"]}
    )
    assert [line for line in done.stdout.splitlines() if not line.startswith("wxtui ")] == ["0", "1", "1"]
    assert done.stderr.count("There is no home folder") == 2
