"""Streams that are closed, full or not read any more: no traceback, the right exit code, and no MsgID lost."""

from __future__ import annotations

import ast
import asyncio
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.command_line import Wxtui
from tests.support.sandbox_thread import Sandbox
from tui import errors
from tui.cli.shared.output import (
    be_quiet,
    tell,
    tell_notice,
    tell_person,
    tell_trouble,
    write,
    write_json,
    write_patiently,
)
from tui.cli.shared.step_line import StepLine


def shell(command: str) -> subprocess.CompletedProcess[str]:
    """Run `command` in bash; `$W` is wxtui."""
    script = f'W="{sys.executable} -m tui"; {command}'
    done = subprocess.run(["bash", "-c", script], capture_output=True, text=True, env=os.environ)
    assert "Traceback" not in done.stderr
    return done


@pytest.fixture
def full() -> Iterator[None]:
    if not Path("/dev/full").exists():
        pytest.skip("no /dev/full here")
    yield


@pytest.mark.parametrize("command", ["--help", "--version", "send --help"])
@pytest.mark.usefixtures("full")
def test_what_click_prints_onto_a_full_disk_is_a_sentence(command: str) -> None:
    done = shell(f"$W {command} > /dev/full")
    assert (done.returncode, done.stderr.count("\n")) == (1, 1)
    assert "The output cannot be written: No space left on device." in done.stderr


@pytest.mark.parametrize("command", ["nosuch", "--profile ../x status"])
@pytest.mark.usefixtures("full")
def test_an_error_keeps_its_exit_code_when_its_json_finds_no_room(command: str) -> None:
    done = shell(f"$W --json {command} > /dev/full")
    assert done.returncode == 2
    assert '"exit_code":2' in done.stderr


def test_an_error_never_goes_to_standard_output() -> None:
    done = shell("$W nosuch 2>&-")
    assert (done.returncode, done.stdout) == (2, "")


@pytest.mark.parametrize("arguments", ["nosuch", "--json nosuch", "--profile ../x status"])
def test_an_error_that_nobody_reads_keeps_its_exit_code(arguments: str) -> None:
    done = shell(f"(sleep 1; $W {arguments}) 2>&1 | true; echo ${{PIPESTATUS[0]}}")
    assert done.stdout == "2\n"
    assert done.stderr == ""


PRINTING = [
    "--help",
    "--version",
    "contacts",
    "contacts --json",
    "group members 项目群",
    "status",
    "status --local",
    "api --schema",
    "service print",
    "config show",
    "config init --stdout",
    "log 张三",
    "log 张三 --json",
    "log --search line",
    "export",
    "export 张三 --format text",
    "profile list",
    "profile list --json",
    "doctor --offline",
    "doctor --offline --report",
]


@pytest.fixture
def talked(logged_in: Wxtui) -> None:
    """A conversation to print."""
    assert logged_in("send", "张三", "-m", "line").code == 0


EACH_COMMAND = """
import os, shlex, sys
from tui.cli.main import run
from tui.cli.commands import contacts, doctor, export, log
import tui.store.store
for command in sys.argv[2:]:
    read, errors = os.pipe()
    child = os.fork()
    if not child:
        os.dup2(errors, 2)
        if sys.argv[1] == "closed":
            os.close(1)
            sys.stdout = None
        elif sys.argv[1] == "full":
            os.dup2(os.open("/dev/full", os.O_WRONLY), 1)
        else:
            gone, out = os.pipe()
            os.dup2(out, 1)
            os.close(gone)
        try:
            code = run(shlex.split(command))
            sys.stdout and sys.stdout.flush()
            sys.stderr.flush()
        except BaseException as error:
            code = error.code if isinstance(error, SystemExit) else 99
        os._exit(code)
    os.close(errors)
    said = os.fdopen(read, "rb").read().decode()
    print(repr((command, os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), said)))
"""


def each_command(output: str) -> dict[str, tuple[int, str]]:
    """Exit code and standard error of all commands that print, with standard output `closed`, `full` or `gone`."""
    done = subprocess.run(
        [sys.executable, "-c", EACH_COMMAND, output, *PRINTING], capture_output=True, text=True, check=True
    )
    rows = [ast.literal_eval(line) for line in done.stdout.splitlines()]
    return {command: (code, said) for command, code, said in rows}


@pytest.mark.usefixtures("talked")
def test_every_command_whose_reader_is_gone_ends_quietly_with_141() -> None:
    assert each_command("gone") == dict.fromkeys(PRINTING, (141, ""))


@pytest.mark.usefixtures("talked")
@pytest.mark.parametrize("command", ["log 张三", "contacts"])
def test_the_installed_program_ends_as_cat_does_when_its_reader_is_gone(command: str) -> None:
    wxtui = Path(sys.executable).parent / "wxtui"
    if not wxtui.exists():
        pytest.skip("wxtui is not installed beside this Python")
    done = shell(f"exec 3> >(true); wait $!; {wxtui} {command} >&3; echo $?")
    assert (done.stdout, done.stderr) == ("141\n", "")


@pytest.mark.usefixtures("talked", "full")
@pytest.mark.parametrize("output", ["closed", "full"])
def test_every_command_whose_output_is_closed_or_full_says_so_in_one_sentence(output: str) -> None:
    for command, (code, said) in each_command(output).items():
        sentences = [line for line in said.splitlines() if not line.startswith('{"error"')]
        assert (code, len(sentences)) == (1, 1), (command, said)
        assert sentences[0].startswith("wxtui: The output cannot be written: "), command


@pytest.mark.usefixtures("full")
def test_revoke_tells_on_standard_error_what_it_did_and_leaves_the_rest(logged_in: Wxtui, sandbox: Sandbox) -> None:
    ids = [logged_in("send", "张三", "-m", text).out.split()[0] for text in "abc"]
    done = shell(f"$W revoke {' '.join(ids)} > /dev/full")
    assert done.returncode == 6
    assert ids[0] in done.stderr
    assert "1 of 3 done. The output cannot be written" in done.stderr
    assert "2 were not tried." in done.stderr
    assert [row["revoked"] for row in sandbox.sent()] == [True, False, False]


def test_a_reader_who_went_away_does_not_hide_what_was_sent(logged_in: Wxtui, sandbox: Sandbox, tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    path.write_text("x")
    done = shell(f"(sleep 1; $W send 张三 -m x {path} {path}) | true; echo ${{PIPESTATUS[0]}}")
    assert done.stdout == "6\n"
    (sent,) = sandbox.sent()
    assert sent["MsgID"] in done.stderr
    assert "1 of 3 done." in done.stderr


@pytest.mark.usefixtures("full")
def test_everything_sent_and_nothing_printed_is_a_failed_output(logged_in: Wxtui, sandbox: Sandbox) -> None:
    done = shell("$W send 张三 -m x > /dev/full")
    assert done.returncode == 1
    assert "The output cannot be written" in done.stderr
    assert len(sandbox.sent()) == 1


def test_what_is_printed_is_safe_for_a_terminal_whatever_a_command_forgot(capsys: pytest.CaptureFixture[str]) -> None:
    """The start of a UserName with escape sequences in it went to the terminal as it was."""
    hostile = "@a\x1b]0;pwn\x07\x1b[2J\x9b5n\u202e"
    write(f"person\t{hostile}\tline\n    next")
    write_json({"user_name": hostile})
    printed = capsys.readouterr().out
    assert printed.startswith("person\t@a␛]0;pwn␇␛[2J<U+009B>5n<U+202E>\tline\n    next\n")
    assert not set(printed) & set("\x1b\x07\x9b\u202e")
    assert json.loads(printed.splitlines()[-1]) == {"user_name": hostile}


async def test_a_reader_that_takes_nothing_holds_up_only_its_own_lines(monkeypatch: pytest.MonkeyPatch) -> None:
    """`wxtui listen | less` stopped all of wxtui once the pipe was full: other shells were told it is suspended."""
    reading, writing = os.pipe()
    os.set_blocking(reading, False)
    with os.fdopen(reading, "rb", 0) as reader, os.fdopen(writing, "w", encoding="utf-8", newline="\n") as out:
        monkeypatch.setattr("sys.stdout", out)
        lines = [f"{number} " + "好" * 30_000 for number in range(3)]

        async def listen() -> None:
            for line in lines:
                await write_patiently(line, exact=True)

        listening = asyncio.ensure_future(listen())
        for _turn in range(200):
            await asyncio.sleep(0)
        assert not listening.done()
        got = bytearray()
        while not listening.done():
            got += reader.read(10_000) or b""
            await asyncio.sleep(0)
        listening.result()
        out.close()
        got += reader.read()
        assert got.decode() == "".join(f"{line}\n" for line in lines)


# ---------------------------------------------------------------- --quiet


def test_quiet_leaves_results_and_what_goes_wrong(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    for stream in (sys.stdout, sys.stderr):
        monkeypatch.setattr(stream, "isatty", lambda: True)

    def say_everything() -> tuple[str, str]:
        write("result")
        tell("wxtui: it failed")
        tell_notice("notice")
        tell_person("hint")
        tell_trouble(errors.Unreachable(host="h", call="c", why="w"), 3)
        return capsys.readouterr()

    _out, told = say_everything()
    assert all(word in told for word in ("it failed", "notice", "hint", "Trying again"))
    assert StepLine().on
    be_quiet(True)
    try:
        assert say_everything() == ("result\n", "wxtui: it failed\n")
        assert not StepLine().on, "no progress either"
    finally:
        be_quiet(False)


@pytest.mark.parametrize("arguments", [("-q", "-v", "log", "x"), ("-v", "log", "--quiet", "x"), ("log", "-vq", "x")])
def test_quiet_and_verbose_contradict_each_other(arguments: tuple[str, ...], wxtui: Wxtui) -> None:
    result = wxtui(*arguments)
    assert (result.code, result.out) == (2, "")
    assert "--quiet and --verbose cannot be combined." in result.err


def test_quiet_commands_have_the_same_results_and_exit_codes(logged_in: Wxtui, sandbox: Sandbox) -> None:
    login = logged_in("--server", sandbox.origin, "-q", "login", "--fresh", "--qr", "ascii")
    assert (login.code, login.err) == (0, "")
    assert "/l/" in login.out and login.lines[-1].startswith("Logged in as "), "the code has to be seen"
    assert not any(word in login.out for word in ("Waiting", "Scan", "Fetching"))
    sent = logged_in("send", "张三", "-m", "hi", "-q")
    assert (sent.code, sent.err, sent.out.split("\t")[1]) == (0, "", "hi\n")
    failed = logged_in("-q", "log", "nobody")
    assert (failed.code, failed.out) == (4, "") and "nobody" in failed.err
    assert logged_in("doctor", "--offline").out, "and the next command of this process is not quiet"
