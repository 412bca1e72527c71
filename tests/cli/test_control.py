"""One session, many shells, as processes: what a command does beside a running wxtui, and beside a dead one."""

from __future__ import annotations

import base64
import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from pathlib import Path

import pytest

from tests.support.command_line import Result, Wxtui
from tests.support.command_process import CommandProcess, command_process
from tests.support.sandbox_thread import Sandbox
from tests.support.waiting import wait_until
from tui.paths import find_profile
from tui.services.control.owner_connection import find_owner


@contextmanager
def listening(*arguments: str) -> Iterator[CommandProcess]:
    """`wxtui listen`, when it owns the profile and other shells can come in."""
    with command_process("listen", *arguments) as owner:
        # The file is there a moment before anybody listens at it.
        wait_until(_can_come_in)
        yield owner


def _can_come_in() -> bool:
    owner = find_owner(find_profile("default"))
    if owner is None:
        return False
    with owner:
        return True


def test_every_command_works_beside_a_running_one(
    logged_in: Wxtui, real_wxtui: Wxtui, sandbox: Sandbox, tmp_path: Path
) -> None:
    path = tmp_path / "build.log"
    path.write_bytes(os.urandom(900_000))
    logins = sandbox.calls()["webwxinit"]
    with listening() as owner:
        result = real_wxtui("send", "张三", path, "-m", "今天的日志")
        assert (result.code, result.err) == (0, "")
        sent = sandbox.sent()
        assert [line.split("\t") for line in result.lines] == [
            [sent[0]["MsgID"], "今天的日志"],
            [sent[1]["MsgID"], "build.log"],
        ]
        assert real_wxtui("send", "--to", "张三", "--to", "李四", "-", "--name", "x.txt", stdin=b"boom\n").code == 0
        assert real_wxtui("forward", sent[0]["MsgID"], "李四").code == 0
        assert real_wxtui("revoke", "--last", "张三").code == 0
        assert real_wxtui("revoke", sent[0]["MsgID"], "--json").json[0]["revoked"] is True
        sandbox.post("push", type="text", content="hello", **{"from": "张三"})
        assert not [line for line in owner.sees("hello") if "日志" in line], "only what arrives is printed"
        assert real_wxtui("read", "张三").code == 0
        assert real_wxtui("status", "--json").json[0]["usable"] is True
        assert any(row["name"] == "张三" for row in real_wxtui("contacts", "--json").json)
        assert real_wxtui("log", "张三", "-n", "5", "--json").json[-1]["text"] == "hello"
        assert real_wxtui("login").code == 1, "two cannot own it"
        owner.signal(signal.SIGINT)
        assert owner.end().code == 130
    assert sandbox.calls()["webwxinit"] == logins, "it is one session"
    assert sandbox.calls()["webwxuploadmedia"] == 2 + 1, "standard input for two is uploaded once"
    assert not find_profile("default").socket_file.exists()
    assert [(row["file_name"] or row["content"], row["to_name"]) for row in sandbox.sent()] == [
        ("今天的日志", "张三"),
        ("build.log", "张三"),
        ("x.txt", "张三"),
        ("x.txt", "李四"),
        ("今天的日志", "李四"),
    ]
    assert list(find_profile("default").cache.glob("stdin-*")) == []


@pytest.mark.parametrize(
    ("ret", "code", "words"), [(1205, 1, "too fast"), (1101, 3, "expired"), (1201, 1, "no longer exists")]
)
def test_exit_codes_and_sentences_are_the_same(
    logged_in: Wxtui, real_wxtui: Wxtui, sandbox: Sandbox, ret: int, code: int, words: str
) -> None:
    with listening():
        sandbox.fault("webwxsendmsg", "ret", ret)
        result = real_wxtui("send", "张三", "-m", "hi")
        assert (result.code, result.out) == (code, "")
        assert words in result.err
        assert real_wxtui("send", "王伟", "-m", "hi").code == 4
        assert real_wxtui("send", "无此人", "-m", "hi", "--json").json[0]["error"] == "TargetUnknown"


def test_a_stop_in_the_middle_of_a_batch(logged_in: Wxtui, real_wxtui: Wxtui, sandbox: Sandbox, tmp_path: Path) -> None:
    (tmp_path / "a").write_text("a")
    with listening():
        sandbox.fault("webwxuploadmedia", "ret", 1205)
        result = real_wxtui("send", "张三", tmp_path / "a", "-m", "first")
        assert (result.code, len(result.lines)) == (6, 1)
        assert "too fast" in result.err


def test_the_owner_is_killed_in_the_middle_of_a_text(logged_in: Wxtui, sandbox: Sandbox) -> None:
    sandbox.fault("webwxsendmsg", "delay", 20)
    with listening() as owner, command_process("send", "张三", "-m", "did it go?") as command:
        wait_until(lambda: "webwxsendmsg" in sandbox.calls())
        owner.signal(signal.SIGKILL)
        result = command.end()
        assert (result.code, result.out) == (1, "")
        assert "“did it go?” may or may not have arrived" in result.err
        assert "quit before this was done" in result.err
    # What the dead one left hinders nobody.
    sandbox.post("fault", clear=True)
    assert logged_in("send", "张三", "-m", "next").code == 0


def test_the_owner_is_killed_in_the_middle_of_an_upload(logged_in: Wxtui, sandbox: Sandbox, tmp_path: Path) -> None:
    path = tmp_path / "big.bin"
    path.write_bytes(os.urandom(2_000_000))
    sandbox.fault("webwxuploadmedia", "slow", 100_000, times=0)
    with listening() as owner, command_process("send", "张三", path) as command:
        wait_until(lambda: "webwxuploadmedia" in sandbox.calls())
        owner.signal(signal.SIGKILL)
        result = command.end()
        assert (result.code, result.out) == (1, "")
        assert "quit before this was done. Nothing was sent; try again." in result.err
    # Nor does the next owner go on with what a shell was told is not sent.
    sandbox.post("fault", clear=True)
    with listening() as owner:
        sandbox.post("push", type="text", content="awake", **{"from": "张三"})
        owner.sees("awake")
    assert sandbox.sent() == []
    row = next(row for row in logged_in("log", "张三", "--json").json if "big.bin" in row["text"])
    assert row["state"] == "cancelled"


def test_ctrl_c_cancels_the_upload_in_the_owner(logged_in: Wxtui, sandbox: Sandbox, tmp_path: Path) -> None:
    path = tmp_path / "big.bin"
    path.write_bytes(os.urandom(2_000_000))
    sandbox.fault("webwxuploadmedia", "slow", 100_000, times=0)
    with listening(), command_process("send", "张三", path) as command:
        wait_until(lambda: "webwxuploadmedia" in sandbox.calls())
        command.signal(signal.SIGINT)
        result = command.end()
        assert result.code == 130
        assert "Interrupted: “big.bin” was not sent." in result.err
    assert sandbox.sent() == []
    assert logged_in("log", "张三", "-n", "1", "--json").json[0]["state"] == "cancelled"


def test_revoke_last_means_the_file_that_another_shell_is_sending(
    logged_in: Wxtui, real_wxtui: Wxtui, sandbox: Sandbox, tmp_path: Path
) -> None:
    path = tmp_path / "big.bin"
    path.write_bytes(os.urandom(2_000_000))
    assert logged_in("send", "张三", "-m", "meant to stay").code == 0
    sandbox.fault("webwxuploadmedia", "slow", 100_000, times=0)
    with listening(), command_process("send", "张三", path) as command:
        wait_until(lambda: "webwxuploadmedia" in sandbox.calls())
        result = real_wxtui("revoke", "--last", "张三")
        assert (
            result.code,
            "“[file] big.bin" in result.err,
            "was not sent yet; sending is cancelled" in result.err,
        ) == (0, True, True)
        assert command.end().code != 0
    assert [(row["content"], row["revoked"]) for row in sandbox.sent()] == [("meant to stay", False)]


@pytest.mark.parametrize("beside", [False, True], ids=["alone", "beside an owner"])
def test_ctrl_c_in_a_recall_tells_that_it_is_in_doubt(logged_in: Wxtui, sandbox: Sandbox, beside: bool) -> None:
    msg_id = logged_in("send", "张三", "-m", "a slip").out.split("\t")[0]
    sandbox.fault("webwxrevokemsg", "late", 30)
    with listening() if beside else nullcontext(), command_process("revoke", msg_id) as command:
        wait_until(lambda: "webwxrevokemsg" in sandbox.calls())
        command.signal(signal.SIGINT)
        result = command.end()
    assert result.code == 130
    assert "Interrupted: “a slip” may or may not be recalled. Check your phone." in result.err


def test_a_suspended_owner_is_a_sentence_and_does_it_not_later(
    logged_in: Wxtui, real_wxtui: Wxtui, sandbox: Sandbox
) -> None:
    with listening() as owner:
        owner.signal(signal.SIGSTOP)
        result = real_wxtui("send", "张三", "-m", "into the void")
        assert result.code == 1
        assert (
            f"(process {owner.process.pid}) is using this profile but does not answer; it may be suspended"
            in result.err
        )
        assert real_wxtui("status").code == 1
        assert real_wxtui("log", "张三").code == 0, "what is stored is there all the same"
        owner.signal(signal.SIGCONT)
        assert real_wxtui("send", "张三", "-m", "awake").code == 0
    assert [row["content"] for row in sandbox.sent()] == ["awake"]


def test_an_owner_that_is_suspended_with_a_message_in_its_hands(logged_in: Wxtui, sandbox: Sandbox) -> None:
    sandbox.fault("webwxsendmsg", "delay", 2)
    with listening() as owner, command_process("send", "张三", "-m", "hm") as command:
        wait_until(lambda: "webwxsendmsg" in sandbox.calls())
        owner.signal(signal.SIGSTOP)
        result = command.end()
        assert result.code == 1
        assert "“hm” may or may not have arrived" in result.err
        assert "stopped answering" in result.err


def test_two_commands_at_once_without_an_owner(logged_in: Wxtui, sandbox: Sandbox) -> None:
    sandbox.fault("webwxsendmsg", "delay", 4, times=1)
    with command_process("send", "张三", "-m", "one") as first:
        wait_until(lambda: "webwxsendmsg" in sandbox.calls())
        with (
            command_process("send", "张三", "-m", "two") as second,
            command_process("send", "张三", "-m", "three") as third,
        ):
            wait_until(lambda: not third.errors.empty())
            third.signal(signal.SIGINT)
            result = third.end()
            assert result.code == 130, "Ctrl+C works while it waits"
            assert f"Waiting for another wxtui (process {first.process.pid}) to finish." in result.err
            assert (first.end().code, second.end().code) == (0, 0)
    assert [row["content"] for row in sandbox.sent()] == ["one", "two"]


def test_listening_twice_and_taking_over(logged_in: Wxtui, real_wxtui: Wxtui, sandbox: Sandbox) -> None:
    def push(text: str, who: str = "李四") -> None:
        sandbox.post("push", type="text", content=text, **{"from": who})

    with listening() as first, command_process("listen", "李四") as second:

        def is_heard() -> bool:
            push("are you there?")
            return not second.lines.empty()

        wait_until(is_heard, every=0.3)  # Nothing tells when it has joined.
        push("not for the second", "张三")
        push("to both")
        first.sees("not for the second")
        first.sees("to both")
        assert not [line for line in second.sees("to both") if "not for" in line]
        first.signal(signal.SIGINT)
        assert first.end().code == 130
        wait_until(find_profile("default").socket_file.exists)
        push("now mine")
        second.sees("now mine")
        assert real_wxtui("send", "李四", "-m", "through the second").code == 0
        push("last")
        assert second.sees("last") == []


def test_logging_out_beside_a_running_one(logged_in: Wxtui, real_wxtui: Wxtui, sandbox: Sandbox) -> None:
    with listening() as owner:
        assert real_wxtui("logout").lines == ["Logged out."]
        assert real_wxtui("status").code == 3
        assert owner.end().code == 3
    assert sandbox.calls()["webwxlogout"] == 1


LOADED = """
import json, os, sys
import tui.__main__
for command in json.loads(sys.argv[1]):
    child = os.fork()
    if not child:
        os.environ.update(command.pop(0))
        sys.argv[1:] = command
        try:
            code = tui.__main__.main()
        except SystemExit as end:
            code = end.code
        print("loaded", code, *sys.modules, flush=True)
        os._exit(0)
    os.waitpid(child, 0)
"""
"""Runs commands, each as in a process of its own, and prints what each has imported."""
TAB = {"_WXTUI_COMPLETE": "bash_complete", "COMP_WORDS": "wxtui\nsend\nzhangs", "COMP_CWORD": "2"}
NEVER = {
    "asyncio",
    "httpx",
    "httpcore",
    "h11",
    "anyio",
    "textual",
    "rich",
    "sqlite3",
    "ssl",
    "tui.store.store",
    "tui.config.settings",
}
NOT_FOR_A_LINE = NEVER | {"msgspec", "pathlib", "inspect", "dataclasses", "socket", "gettext", "locale", "uuid"}


def test_commands_with_an_owner_do_without_event_loop_network_and_store(logged_in: Wxtui, sandbox: Sandbox) -> None:
    msg_id = logged_in("send", "张三", "-m", "first").out.split("\t")[0]
    # A line to send or to complete, and the rest.
    prompt = [{}, "status", "--format", "x"]
    short = [[{}, "send", "张三", "-m", "light"], [{}, "status"], prompt, [{}, "read", "张三"], [TAB]]
    long = [[{}, "contacts"], [{}, "log", "张三"], [{}, "forward", msg_id, "李四"], [{}, "revoke", msg_id]]
    with listening():
        done = subprocess.run(
            [sys.executable, "-c", LOADED, json.dumps(short + long)], capture_output=True, text=True, timeout=60
        )
    lines = done.stdout.splitlines()
    assert "plain,张三" in lines
    assert [(row["content"], row["revoked"]) for row in sandbox.sent()] == [
        ("first", True), ("light", False), ("first", False)
    ], done.stderr  # fmt: skip
    loaded = [line.split()[1:] for line in lines if line.startswith("loaded ")]
    assert [code for code, *_modules in loaded] == ["0"] * len(short + long), done.stderr
    for number, (_code, *modules) in enumerate(loaded):
        assert set(modules) & (NOT_FOR_A_LINE if number < len(short) else NEVER) == set()


def test_what_is_read_through_an_owner_is_what_is_read_alone(logged_in: Wxtui, sandbox: Sandbox) -> None:
    assert logged_in("send", "张三", "-m", "one\ntwo  <b>\u202e").code == 0
    commands = [
        ["log", "张三", "-n", "5"], ["log", "张三", "-n", "3", "--json"], ["log", "项目群", "--ids"], ["log", "id:1"],
        ["log", "王伟"], ["log", "nobody", "--json"], ["log", "张三", "--search", "two"], ["log", "--from", "me"],
        ["contacts"], ["contacts", "--json"], ["contacts", "zhang"], ["contacts", "nobody"], ["status"],
    ]  # fmt: skip
    with listening() as owner:
        # What the server had for it is stored now.
        sandbox.post("push", type="text", content="last", **{"from": "张三"})
        owner.sees("last")
        through = [logged_in(*command) for command in commands]
    assert {result.code for result in through} == {0, 4}
    for command, result in zip(commands, through, strict=True):
        assert logged_in(*command) == result


def test_files_are_received_beside_a_running_one(
    logged_in: Wxtui, real_wxtui: Wxtui, sandbox: Sandbox, tmp_path: Path
) -> None:
    data = os.urandom(300_000)
    content = {"name": "报告.pdf", "base64": base64.b64encode(data).decode()}
    with listening(), command_process("recv", "--wait", "张三", "--count", "1", "--dir", tmp_path / "in") as command:
        pushed: list[object] = []

        def is_served() -> bool:
            if command.process.poll() is None:
                pushed.append(sandbox.post("push", type="file", content=content, **{"from": "张三"})["MsgId"])
            return command.process.poll() is not None

        wait_until(is_served, every=0.5)  # Nothing tells when it has joined.
        assert command.end() == Result(0, f"{tmp_path / 'in' / '报告.pdf'}\n", "")
        assert (tmp_path / "in" / "报告.pdf").read_bytes() == data
        result = real_wxtui("recv", str(pushed[-1]), "--dir", tmp_path / "in")
        assert result.lines == [str(tmp_path / "in" / "报告 (2).pdf")]
        assert real_wxtui("recv", "1", "--dir", tmp_path / "in").code == 1


def test_who_waits_for_files_lets_others_send(
    logged_in: Wxtui, real_wxtui: Wxtui, sandbox: Sandbox, tmp_path: Path
) -> None:
    with command_process("recv", "--wait", "--dir", tmp_path / "in") as waiting:
        wait_until(find_profile("default").socket_file.exists)
        assert real_wxtui("send", "张三", "-m", "meanwhile").code == 0
        waiting.signal(signal.SIGINT)
        assert waiting.end().code == 130
    assert [row["content"] for row in sandbox.sent()] == ["meanwhile"]
