"""send --to, forward to several: each gets all of it once, uploaded once, and what was not sent is told exactly."""

from __future__ import annotations

import shlex
import signal
from dataclasses import replace
from pathlib import Path

import pytest

from tests.support.command_line import Wxtui
from tests.support.command_process import command_process
from tests.support.sandbox_thread import OPTIONS, Sandbox, SandboxThread
from tests.support.waiting import wait_until
from tui import errors
from tui.cli.sending.receivers import Receiver, expect_consent
from tui.cli.sending.sending_round import SendingRound
from tui.cli.shared.global_options import Setup
from tui.services.control.protocol import Recipient
from tui.services.control.remote_client import RemoteClient, finished
from tui.services.util.shell_words import shell_word


@pytest.fixture(autouse=True)
def no_pause(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WXTUI_SEND_PAUSE", "0")


@pytest.fixture
def log(tmp_path: Path) -> Path:
    path = tmp_path / "build.log"
    path.write_bytes(b"x" * 900_000)
    return path


def rest(err: str) -> list[list[str]]:
    """The command lines that were told for the rest."""
    lines = err.splitlines()
    return [shlex.split(line)[1:] for line in lines if line.startswith("  wxtui ")]


def arrived(sandbox: Sandbox) -> list[tuple[str, str]]:
    return [(row["to_name"], row["file_name"] or row["content"]) for row in sandbox.sent()]


def test_each_receiver_gets_all_of_it_and_a_file_is_uploaded_once(
    logged_in: Wxtui, sandbox: Sandbox, log: Path
) -> None:
    result = logged_in("send", "--to", "张三", log, "--to", "项目群", "--to", "张三", "-m", "今天的日志")
    assert (result.code, result.err) == (0, "")
    everything = [(name, what) for name in ("张三", "项目群") for what in ("今天的日志", "build.log")]
    assert arrived(sandbox) == everything
    assert [tuple(line.split("\t")) for line in result.lines] == [
        (row["MsgID"], what, name) for row, (name, what) in zip(sandbox.sent(), everything, strict=True)
    ]
    assert sandbox.calls()["webwxuploadmedia"] == 2, "two parts, once"
    assert len({row["sha256"] for row in sandbox.sent() if row["file_name"]}) == 1
    piped = logged_in("send", "--to", "张三", "--to", "李四", "-", "--name", "x.txt", "--json", stdin=b"boom\n")
    assert [row["to"] for row in piped.json] == ["张三", "李四"]
    assert sandbox.calls()["webwxuploadmedia"] == 3, "standard input is spooled and uploaded once"


def test_a_server_that_binds_a_mediaid_to_its_receiver_gets_the_file_again(wxtui: Wxtui, log: Path) -> None:
    with SandboxThread(replace(OPTIONS, bound_media=True)) as sandbox:
        assert wxtui("--server", sandbox.origin, "login", "--qr", "ascii").code == 0
        result = wxtui("send", "--to", "张三", "--to", "李四", "--to", "项目群", log)
        assert (result.code, result.err) == (0, "")
        assert arrived(sandbox) == [(name, "build.log") for name in ("张三", "李四", "项目群")]
        assert sandbox.calls()["webwxuploadmedia"] == 6
        assert sandbox.calls()["webwxsendappmsg"] == 4, "one refusal, and the third receiver is not tried that way"
        assert [one["what"] for one in sandbox.get("state")["warnings"]] == [
            "refused with 1: the MediaId was uploaded for somebody else"
        ]
        states = [row["state"] for row in wxtui("log", "李四", "--json").json]
        assert states == ["sent"], "nothing stands there that failed"


def test_all_wrong_names_are_told_and_nothing_is_sent(logged_in: Wxtui, sandbox: Sandbox) -> None:
    result = logged_in("send", "--to", "无此人", "--to", "张三", "--to", "王伟", "-m", "hi")
    assert (result.code, result.out) == (4, "")
    assert "无此人" in result.err
    assert "“王伟” matches more than one" in result.err
    assert logged_in("forward", "1", "无此人").code == 1, "the message is looked for first"
    assert sandbox.sent() == []


@pytest.mark.parametrize("words", [["send"], ["send", "-m", "hi"], ["send", "--to", "", "-m", "hi"]])
def test_nobody_is_a_usage_error(logged_in: Wxtui, words: list[str]) -> None:
    assert logged_in(*words).code == 2


def test_so_many_want_to_be_said_twice() -> None:
    expect_consent(20, 5, 1, yes=False)
    expect_consent(100, 1, 1, yes=True)
    with pytest.raises(errors.UsageError, match=r"to 34 takes about 2 minutes, with 1 s .* --yes"):
        expect_consent(34, 2, 1, yes=False)


def test_one_that_fails_keeps_no_other_from_it_and_the_rest_can_be_pasted(
    logged_in: Wxtui, sandbox: Sandbox, log: Path
) -> None:
    sandbox.fault("webwxsendmsg", "ret", 1201)
    result = logged_in("send", "--to", "项目群", "--to", "张三", "-m", "it's\nready", log)
    assert result.code == 6
    assert arrived(sandbox) == [("张三", "it's\nready"), ("张三", "build.log")]
    assert "项目群: “it's” was not sent. This group no longer exists" in result.err
    assert "项目群: not tried: “build.log”" in result.err
    assert "2 of 4 done. Not everything was sent to: 项目群." in result.err
    assert "$'it\\'s\\nready'" in result.err
    last = rest(result.err.replace("$'it\\'s\\nready'", '"it\'s READY"'))
    assert last == [["send", "--to", "项目群", "-m", "it's READY", str(log)]]
    assert logged_in(*last[0]).code == 0
    assert arrived(sandbox)[2:] == [("项目群", "it's READY"), ("项目群", "build.log")]


def test_too_fast_stops_and_says_who_is_left(logged_in: Wxtui, sandbox: Sandbox, log: Path) -> None:
    sandbox.fault("webwxsendappmsg", "ret", 1205)
    result = logged_in("send", "--to", "张三", "--to", "李四", log, "--to", "项目群", "-m", "hi", "--json")
    assert result.code == 6
    states = [row["state"] for row in result.json[1:-1]]
    assert states == ["failed", *["not_tried"] * 4]
    assert "Not tried: 李四, 项目群" in result.err
    assert rest(result.err) == [
        ["--json", "send", "--to", "张三", str(log)],
        ["--json", "send", "--to", "李四", "--to", "项目群", "-m", "hi", str(log)],
    ]
    assert arrived(sandbox) == [("张三", "hi")]


def test_forward_to_several_has_three_columns_and_one_mechanism(logged_in: Wxtui, sandbox: Sandbox) -> None:
    number = logged_in("send", "张三", "-m", "first").lines[0].split("\t")[0]
    assert logged_in("forward", number, "李四").lines[0].split("\t")[1:] == ["李四: first"]
    result = logged_in("forward", number, "李四", "--to", "项目群", "李四")
    assert [line.split("\t")[1:] for line in result.lines] == [["first", "李四"], ["first", "项目群"]]
    sandbox.fault("webwxsendmsg", "ret", 1205)
    result = logged_in("forward", number, "李四", "项目群")
    assert (result.code, rest(result.err)) == (1, []), "nothing was sent: it is the same command again"
    assert "Not tried: 项目群" in result.err


def test_a_lost_answer_is_told_and_not_of_the_rest(logged_in: Wxtui, sandbox: Sandbox) -> None:
    sandbox.fault("webwxsendmsg", "drop_after")
    result = logged_in("send", "--to", "张三", "--to", "李四", "-m", "hi")
    assert result.code == 6
    assert "张三: No reply from WeChat: “hi” may or may not have arrived." in result.err
    assert "To send the rest" not in result.err
    assert arrived(sandbox)[-1] == ("李四", "hi")
    sandbox.fault("webwxsendmsg", "drop_after", times=2)
    result = logged_in("send", "--to", "张三", "--to", "李四", "--to", "项目群", "-m", "hi")
    assert "Not tried: 项目群" in result.err, "where the network is gone, the others are not tried"
    assert rest(result.err) == [["send", "--to", "项目群", "-m", "hi"]]


def test_ctrl_c_tells_what_arrived_what_may_have_and_who_was_not_tried(logged_in: Wxtui, sandbox: Sandbox) -> None:
    sandbox.fault("webwxsendmsg", "delay", 0.01)
    sandbox.fault("webwxsendmsg", "delay", 20)
    with command_process("send", "--to", "张三", "--to", "李四", "--to", "项目群", "-m", "hi") as command:
        wait_until(lambda: sandbox.calls().get("webwxsendmsg", 0) == 2)
        command.signal(signal.SIGINT)
        result = command.end()
    assert (result.code, [line.split("\t")[2] for line in result.lines]) == (130, ["张三"])
    assert "Interrupted: “hi → 李四” may or may not have arrived." in result.err
    assert "Not tried: 项目群" in result.err
    assert rest(result.err) == [["send", "--to", "项目群", "-m", "hi"]]


@pytest.mark.parametrize("pause", [0.0, 2.0])
def test_a_pause_lies_between_two_messages_and_before_none(pause: float, monkeypatch: pytest.MonkeyPatch) -> None:
    events: list[object] = []
    monkeypatch.setattr("time.sleep", events.append)
    receivers = [Receiver(Recipient(f"@{name}", name), name) for name in "ab"]

    async def send(to: Recipient, item: int) -> None:
        events.append((to.name, item))

    sending = SendingRound(Setup(), receivers, ["x", "y"], lambda _to, _items: [], pause)
    finished(sending.run(RemoteClient.__new__(RemoteClient), send))
    waits = [event for event in events if isinstance(event, float)]
    assert [event for event in events if event not in waits] == [("a", 0), ("a", 1), ("b", 0), ("b", 1)]
    assert isinstance(events[0], tuple)
    assert len(waits) == (3 if pause else 0)
    assert all(1.5 <= one <= 2.5 for one in waits)


def test_what_a_shell_reads_is_what_was_meant() -> None:
    assert [shell_word(text) for text in ("a", "a b", "it's", "$(x)")] == ["a", "'a b'", "'it'\"'\"'s'", "'$(x)'"]
    assert shell_word("\x1b[2J\n'\\") == "$'\\x1b[2J\\n\\'\\\\'"
