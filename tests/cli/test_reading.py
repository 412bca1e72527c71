"""contacts, log, listen: what is shown, and that it is shown safely."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.command_line import Wxtui
from tests.support.listen_process import listening
from tests.support.pushed_kinds import KINDS
from tests.support.sandbox_thread import Sandbox


def test_contacts_lists_and_filters(logged_in: Wxtui) -> None:
    everyone = logged_in("contacts", "--json").json
    names = {row["name"] for row in everyone}
    assert {"张三", "李四", "项目群", "文件传输助手"} <= names
    assert {row["kind"] for row in everyone} == {"person", "group", "official", "special", "self"}
    assert [row["name"] for row in logged_in("contacts", "zhangsan", "--json").json] == ["张三"]
    assert logged_in("contacts", "nobody at all").code == 4
    lines = [line.split("\t") for line in logged_in("contacts").lines]
    assert all(len(line) == 4 for line in lines)


def test_every_type_is_a_readable_line(logged_in: Wxtui, sandbox: Sandbox) -> None:
    with listening("--json") as listener:
        pushed = {kind: sandbox.post("push", type=kind)["MsgId"] for kind in KINDS}
        for msg_id in pushed.values():
            listener.wait_for(msg_id)
        code, out, err = listener.stop()
    assert (code, err) == (130, "")
    rows = {row["msg_id"]: row for row in map(json.loads, out.splitlines())}
    for kind, words in KINDS.items():
        text = rows[pushed[kind]]["text"]
        assert words in text, kind
        assert text.strip(), kind


def test_listen_shows_groups_strangers_unknown_types_and_one_conversation(logged_in: Wxtui, sandbox: Sandbox) -> None:
    with listening() as everything:
        everything.wait_for("张三")
        sandbox.post("push", type="text", content="in the group", group="项目群", **{"from": "李四"})
        everything.wait_for("项目群 · 李四: in the group")
        sandbox.post("push", type="raw", content={"MsgType": 777, "Content": "strange"})
        everything.wait_for("[message of type 777] strange")
        sandbox.post("push", type="text", content="two\nlines", **{"from": "张三"})
        everything.wait_for("张三: two\n    lines\n")
    with listening("李四") as only:
        sandbox.post("push", type="text", content="not for you", **{"from": "张三"})
        sandbox.post("push", type="text", content="for you", **{"from": "李四"})
        only.wait_for("for you")
        assert "not for you" not in only.stop()[1]


def test_hostile_messages_are_inert(logged_in: Wxtui, sandbox: Sandbox) -> None:
    text = "a\x1b]0;owned\x07b\x9b2Jc\u202edcba\rfake: line [/x] \u2028end"
    with listening() as listener:
        sandbox.post("push", type="text", content=text, **{"from": "张三"})
        shown = listener.wait_for("end")
    assert not set(shown) & set("\x1b\x07\x9b\u202e\r\u2028")
    shown = logged_in("log", "张三", "--json").out
    assert not set(shown) & set("\x1b\x07\x9b\u202e\r\u2028")
    assert text in [json.loads(line)["text"] for line in shown.splitlines()], "a script gets it whole"


def test_sending_while_somebody_listens(logged_in: Wxtui, sandbox: Sandbox) -> None:
    with listening() as listener:
        listener.wait_for("张三")
        assert logged_in("send", "张三", "-m", "meanwhile").code == 0
        result = logged_in("login")
        assert result.code == 1
        assert "in use by another wxtui (process" in result.err
        assert listener.stop(signal.SIGTERM)[0] == 143
    assert logged_in("login").code == 0, "the lock went with its owner"


def test_listen_ends_when_the_session_does(logged_in: Wxtui, sandbox: Sandbox) -> None:
    with listening() as listener:
        listener.wait_for("张三")
        sandbox.post("expire", retcode=1100)
        code, _out, err = listener.wait()
    assert code == 3
    assert err.count("\n") == 1
    assert "logged out" in err


@pytest.mark.parametrize(
    ("call", "kind", "value"),
    [
        ("webwxsync", "drop_before", None),
        ("webwxsync", "drop_after", None),
        ("webwxsync", "truncate", None),
        ("webwxsync", "html", None),
        ("webwxsync", "status", 502),
        ("webwxsync", "duplicate", None),
        ("synccheck", "drop_before", None),
        ("synccheck", "empty", None),
        ("synccheck", "status", 500),
        ("*", "delay", 0.2),
    ],
)
def test_listen_outlives_faults_and_loses_nothing(
    logged_in: Wxtui, sandbox: Sandbox, call: str, kind: str, value: object
) -> None:
    sandbox.fault(call, kind, value, times=2)
    with listening("--json") as listener:
        ids = [sandbox.post("push", type="text", content=f"n{number}")["MsgId"] for number in range(3)]
        listener.wait_for(ids[-1], seconds=25)
        sandbox.post("fault", clear=True)
        last = sandbox.post("push", type="text", content="last")["MsgId"]
        out = listener.wait_for(last)
    seen = [json.loads(line)["msg_id"] for line in out.splitlines()]
    assert [msg_id for msg_id in seen if msg_id in {*ids, last}] == [*ids, last], "each once, in order"


def test_log_reads_back_what_was_sent_and_received(logged_in: Wxtui, sandbox: Sandbox) -> None:
    logged_in("send", "李四", "-m", "question?")
    with listening() as listener:
        sandbox.post("push", type="text", content="answer!", **{"from": "李四"})
        listener.wait_for("answer!")
    lines = logged_in("log", "李四", "-n", "2").lines
    assert [line.split("  ", 1)[1] for line in lines] == ["me: question?", "李四: answer!"]
    assert logged_in("log", "无此人").code == 4
    assert logged_in("log", "李四", "-n", "0").code == 2


def test_log_needs_no_server_and_no_session(logged_in: Wxtui, sandbox: Sandbox) -> None:
    logged_in("send", "李四", "-m", "kept")
    assert logged_in("logout").code == 0
    before = sandbox.calls()
    assert "kept" in logged_in("log", "李四").out
    assert sandbox.calls() == before


def test_log_before_any_login(wxtui: Wxtui) -> None:
    assert wxtui("log", "张三").code == 3


def test_a_damaged_store_is_set_aside_with_a_sentence(logged_in: Wxtui, home: Path) -> None:
    path = home / "state" / "default" / "store.sqlite3"
    path.write_bytes(b"this is no database" * 100)
    for extra in path.parent.glob("store.sqlite3-*"):
        extra.unlink()
    result = logged_in("log", "张三")
    assert result.code == 3, "the new one knows nobody"
    (aside,) = path.parent.glob("store.sqlite3.damaged-*")
    assert aside.read_bytes().startswith(b"this is no database")
    assert f"The database was damaged. It is now at “{aside}”, and a new one" in result.err
    assert logged_in("login").code == 0
    assert "damaged" not in logged_in("log", "张三").err


def test_listen_ends_when_nobody_reads_it_any_more(logged_in: Wxtui, sandbox: Sandbox) -> None:
    command = [sys.executable, "-m", "tui", "listen"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=os.environ) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.readline()
        process.stdout.close()
        sandbox.post("push", type="text", content="for nobody")
        assert process.wait(15) == 141
        assert process.stderr.read() == b""
    assert logged_in("login").code == 0, "the lock is free again"


@pytest.mark.parametrize(("number", "code"), [(signal.SIGTERM, 143), (signal.SIGHUP, 129), (signal.SIGINT, 130)])
def test_signals_end_it_tidily(logged_in: Wxtui, number: int, code: int) -> None:
    with listening() as listener:
        listener.wait_for("张三")
        assert listener.stop(number)[0] == code
    assert logged_in("login").code == 0


def test_a_listener_under_nohup_outlives_the_terminal(logged_in: Wxtui, sandbox: Sandbox) -> None:
    with listening(through=["nohup"]) as listener:
        listener.wait_for("张三")
        os.kill(listener.process.pid, signal.SIGHUP)
        sandbox.post("push", type="text", content="after the hangup")
        listener.wait_for("after the hangup")
        assert listener.stop(signal.SIGTERM)[0] == 143
    assert logged_in("login").code == 0


@pytest.mark.parametrize("command", ["contacts", "log"])
def test_a_full_disk_under_the_output_is_a_sentence(logged_in: Wxtui, command: str) -> None:
    logged_in("send", "张三", "-m", "x")
    arguments = ["contacts"] if command == "contacts" else ["log", "张三"]
    with Path("/dev/full").open("wb") as full:
        done = subprocess.run([sys.executable, "-m", "tui", *arguments], stdout=full, stderr=subprocess.PIPE)
    assert done.returncode == 1
    assert "The output cannot be written: No space left on device." in done.stderr.decode()
    assert b"Traceback" not in done.stderr


def test_a_msgid_is_not_lost_when_the_output_is_full(logged_in: Wxtui, sandbox: Sandbox) -> None:
    with Path("/dev/full").open("wb") as full:
        command = [sys.executable, "-m", "tui", "send", "张三", "-m", "x"]
        done = subprocess.run(command, stdout=full, stderr=subprocess.PIPE)
    assert done.returncode == 1
    assert sandbox.sent()[0]["MsgID"] in done.stderr.decode()


@pytest.mark.parametrize("closed", ["<&-", ">&-", "2>&-"])
def test_closed_streams_are_no_tracebacks(logged_in: Wxtui, closed: str) -> None:
    wanted = {"<&-": 2, ">&-": 1, "2>&-": 0}[closed]
    what = "-" if closed == "<&-" else "-m x"
    shell = f"{sys.executable} -m tui send 张三 {what} {closed}"
    done = subprocess.run(["sh", "-c", shell], capture_output=True)
    assert done.returncode == wanted, done.stderr
    assert b"Traceback" not in done.stderr
