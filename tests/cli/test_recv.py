"""recv: what was received, on the disk, whole, under a name that harms nobody, and its path on standard output."""

from __future__ import annotations

import base64
import hashlib
import json
import os
import signal
import sqlite3
import stat
import subprocess
import sys
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from tests.support.command_line import Wxtui
from tests.support.command_process import command_process
from tests.support.message_schema import checked
from tests.support.sandbox_thread import Sandbox
from tests.support.waiting import wait_until
from tui.cli.shared.message_schema import SavedFacts
from tui.paths import find_profile
from tui.services.session.profile_lock import OwnerLock

DATA = os.urandom(300_000)


@pytest.fixture
def inbox(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty folder, in which one is."""
    path = tmp_path / "inbox"
    path.mkdir()
    monkeypatch.chdir(path)
    return path


@pytest.fixture
def logged_in(logged_in: Wxtui, tmp_path: Path) -> Wxtui:
    """Logged in, and what waited at the login is taken."""
    assert logged_in("recv", "--wait", "--all-kinds", "--timeout", "1", "--dir", tmp_path / "before").code == 0
    return logged_in


def push(sandbox: Sandbox, kind: str = "file", name: str = "报告.pdf", data: bytes = DATA, **more: object) -> str:
    """Let a file arrive; its MsgID."""
    content: dict[str, Any] = {"base64": base64.b64encode(data).decode()} | ({"name": name} if kind == "file" else {})
    answer = sandbox.post("push", type=kind, content=content, **more)
    return str(answer["MsgId"])


def left_over(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


# ---------------------------------------------------------------- waiting


def test_a_script_gets_the_path_of_what_arrives(logged_in: Wxtui, sandbox: Sandbox, inbox: Path) -> None:
    push(sandbox)
    result = logged_in("recv", "张三", "--wait", "--count", "1")
    assert result.code == 0, result.err
    assert result.out == f"{inbox / '报告.pdf'}\n"
    assert (inbox / "报告.pdf").read_bytes() == DATA
    assert left_over(inbox) == ["报告.pdf"]
    assert result.err == "", "nobody watches: no bar"


OLD = {"path", "msg_id", "conversation", "sender", "kind", "size", "sha256"}


def test_json_says_all_there_is_to_know(logged_in: Wxtui, sandbox: Sandbox, inbox: Path) -> None:
    msg_id = push(sandbox, group=True, **{"from": "李四"})
    (row,) = logged_in("recv", "--wait", "--count", "1", "--json", "--dir", inbox).json
    assert row.pop("time")
    checked({**row, "time": ""}, SavedFacts)
    assert row["file"] == {"name": "报告.pdf", "size": len(DATA)}
    assert {name: row[name] for name in row if name in OLD} == {
        "path": str(inbox / "报告.pdf"),
        "msg_id": msg_id,
        "conversation": "项目群",
        "sender": "李四",
        "kind": "file",
        "size": len(DATA),
        "sha256": hashlib.sha256(DATA).hexdigest(),
    }


def test_a_saved_picture_is_told_by_its_name(logged_in: Wxtui, sandbox: Sandbox, inbox: Path) -> None:
    msg_id = push(sandbox, "image")
    (path,) = map(Path, logged_in("recv", "--wait", "--count", "1", "--dir", inbox).lines)
    (row,) = [row for row in logged_in("log", "张三", "--json").json if row["msg_id"] == msg_id]
    assert row["file"] == {"name": path.name, "size": len(DATA)}
    assert f"[image] {path.name} (293 KiB)" in logged_in("export", "张三", "--format", "text").out


def test_a_name_with_entities_is_saved_without(logged_in: Wxtui, sandbox: Sandbox, inbox: Path) -> None:
    push(sandbox, name="a&amp;b.zip")
    result = logged_in("recv", "--wait", "--count", "1", "--dir", inbox)
    assert result.lines == [str(inbox / "a&b.zip")], result.err
    assert (inbox / "a&b.zip").read_bytes() == DATA
    assert "[file] a&b.zip (" in logged_in("log", "张三").out


def test_a_file_without_a_msgid_is_saved(logged_in: Wxtui, sandbox: Sandbox, inbox: Path) -> None:
    """It is fetched by its MediaId."""
    msg_id = push(sandbox)
    assert logged_in("recv", "--wait", "--count", "1", "--dir", inbox).code == 0
    with closing(sqlite3.connect(find_profile("default").store_file)) as connection, connection:
        assert connection.execute("UPDATE message SET msg_id = NULL WHERE msg_id = ?", (msg_id,)).rowcount == 1
    result = logged_in("recv", "张三", "--last", "1", "--kind", "file", "--dir", inbox)
    assert result.lines == [str(inbox / "报告 (2).pdf")], result.err
    assert (inbox / "报告 (2).pdf").read_bytes() == DATA


def test_only_from_the_target_and_only_files(logged_in: Wxtui, sandbox: Sandbox, inbox: Path) -> None:
    push(sandbox, name="other.txt", **{"from": "李四"})
    sandbox.post("push", type="text", content="look at this")
    push(sandbox, "voice")
    push(sandbox, "emoticon")
    push(sandbox, "image")
    push(sandbox, name="mine.txt", to="张三", **{"from": "self"})
    push(sandbox, name="wanted.txt")
    result = logged_in("recv", "张三", "--wait", "--count", "2")
    assert result.code == 0, result.err
    assert [Path(line).suffix for line in result.lines] == [".jpg", ".txt"]
    assert result.lines[1] == str(inbox / "wanted.txt")
    assert len(left_over(inbox)) == 2


def test_the_phone_sends_to_the_server_by_file_transfer(logged_in: Wxtui, sandbox: Sandbox, inbox: Path) -> None:
    push(sandbox, name="来自手机.zip", to="文件传输助手", **{"from": "self"})
    result = logged_in("recv", "filehelper", "--wait", "--count", "1")
    assert result.lines == [str(inbox / "来自手机.zip")], result.err


def test_files_of_every_kind_are_received(logged_in: Wxtui, sandbox: Sandbox, inbox: Path) -> None:
    ids = {}
    for kind in ("image", "voice", "video", "short_video", "emoticon", "app_emoticon"):
        answer = sandbox.post("push", type=kind)
        ids[kind] = (answer["MsgId"], answer["sha256"])
    result = logged_in("recv", "--wait", "--all-kinds", "--count", "6", "--json")
    assert result.code == 0, result.err
    rows = {row["msg_id"]: row for row in result.json}
    names = {kind: Path(rows[msg_id]["path"]).name for kind, (msg_id, _) in ids.items()}
    assert names == {
        "image": f"image-{ids['image'][0]}.jpg",
        "voice": f"voice-{ids['voice'][0]}.mp3",
        "video": f"video-{ids['video'][0]}.mp4",
        "short_video": f"video-{ids['short_video'][0]}.mp4",
        "emoticon": f"animated-{ids['emoticon'][0]}.gif",
        "app_emoticon": f"animated-{ids['app_emoticon'][0]}.gif",
    }
    assert all(rows[msg_id]["sha256"] == sha for msg_id, sha in ids.values())
    warnings = {row["call"] for row in sandbox.get("state")["warnings"]}
    assert not warnings & {"webwxgetmsgimg", "webwxgetvoice", "webwxgetvideo", "webwxgetmedia"}


def test_nothing_came_in_time(logged_in: Wxtui, sandbox: Sandbox, inbox: Path) -> None:
    result = logged_in("recv", "--wait", "--timeout", "0.3")
    assert result.code == 1
    assert result.err == "wxtui: Nothing arrived within 0.3 s.\n"
    push(sandbox)
    result = logged_in("recv", "--wait", "--count", "2", "--timeout", "1")
    assert (result.code, len(result.lines)) == (6, 1)
    assert "1 of 2 done. 1 more did not arrive in time." in result.err
    push(sandbox)
    assert logged_in("recv", "--wait", "--timeout", "1").code == 0


def test_new_is_what_comes_from_now_on(logged_in: Wxtui, sandbox: Sandbox, inbox: Path) -> None:
    push(sandbox, name="before.txt")
    result = logged_in("recv", "--new", "--timeout", "0.5")
    assert (result.code, result.out) == (1, ""), "what came since the last sync is of before"
    push(sandbox, name="between.txt")
    before = sandbox.calls().get("synccheck", 0)
    with command_process("recv", "张三", "--new", "--dir", inbox) as waiting:
        wait_until(lambda: sandbox.calls().get("synccheck", 0) > before)
        push(sandbox, name="next.txt")
        push(sandbox, name="later.txt")
        result = waiting.end()
    assert (result.code, result.lines) == (0, [str(inbox / "next.txt")]), result.err
    result = logged_in("recv", "--wait", "--count", "2")
    assert result.lines == [str(inbox / "before.txt"), str(inbox / "between.txt")], "nothing is lost for another --wait"


def test_what_fails_is_said_and_the_rest_is_saved(logged_in: Wxtui, sandbox: Sandbox, inbox: Path) -> None:
    push(sandbox, name="one.txt")
    push(sandbox, name="two.txt")
    sandbox.fault("webwxgetmedia", "ret", 1)
    result = logged_in("recv", "--wait", "--count", "2")
    assert result.code == 6
    assert result.lines == [str(inbox / "two.txt")]
    assert "WeChat did not accept this (code 1)" in result.err
    assert left_over(inbox) == ["two.txt"]


def test_a_session_that_ends_is_said(logged_in: Wxtui, sandbox: Sandbox, inbox: Path) -> None:
    push(sandbox)
    sandbox.fault("webwxgetmedia", "ret", 1101)
    result = logged_in("recv", "--wait")
    assert result.code == 3
    sandbox.post("expire", retcode=1100)
    assert logged_in("recv", "--wait").code == 3


def test_one_owner_a_profile(logged_in: Wxtui, inbox: Path) -> None:
    with OwnerLock(find_profile("default")):
        result = logged_in("recv", "--wait", "--timeout", "5")
    assert result.code == 1
    assert "is in use by another wxtui" in result.err


def test_interrupted_in_the_middle_nothing_is_left(logged_in: Wxtui, sandbox: Sandbox, inbox: Path) -> None:
    push(sandbox, name="big.bin")
    sandbox.fault("webwxgetmedia", "truncate", times=0)
    process = subprocess.Popen(
        [sys.executable, "-m", "tui", "recv", "--wait"], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    wait_until(lambda: left_over(inbox))
    (part,) = left_over(inbox)
    assert part.startswith("."), "it is not seen under its name"
    assert stat.S_IMODE((inbox / part).stat().st_mode) == 0o600
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=20)
    assert (process.returncode, out) == (130, "")
    assert "Traceback" not in err
    assert left_over(inbox) == []


def test_killed_in_the_middle_the_next_one_tidies_up(logged_in: Wxtui, sandbox: Sandbox, inbox: Path) -> None:
    msg_id = push(sandbox, name="big.bin")
    sandbox.fault("webwxgetmedia", "truncate", times=0)
    process = subprocess.Popen([sys.executable, "-m", "tui", "recv", "--wait"], stderr=subprocess.DEVNULL)
    wait_until(lambda: left_over(inbox))
    process.kill()
    process.wait()
    assert len(left_over(inbox)) == 1
    sandbox.post("fault", clear=True)
    assert logged_in("recv", msg_id).code == 0
    assert left_over(inbox) == ["big.bin"]


# ---------------------------------------------------------------- what is stored


def test_by_msgid_and_the_newest(logged_in: Wxtui, sandbox: Sandbox, inbox: Path) -> None:
    ids = [push(sandbox, name=f"{number}.txt", data=b"%d" % number) for number in range(4)]
    assert logged_in("recv", "--wait", "--count", "4", "--dir", "all").code == 0
    result = logged_in("recv", ids[2], ids[0], ids[2])
    assert [Path(line).name for line in result.lines] == ["2.txt", "0.txt"]
    result = logged_in("recv", "--last", "2", "张三", "--dir", "last")
    assert [Path(line).name for line in result.lines] == ["2.txt", "3.txt"]
    assert (inbox / "last" / "3.txt").read_bytes() == b"3"
    result = logged_in("recv", ids[0])
    assert result.lines == [str(inbox / "0 (2).txt")]


def test_some_of_several(logged_in: Wxtui, sandbox: Sandbox, inbox: Path) -> None:
    text = sandbox.post("push", type="text", content="no file")["MsgId"]
    msg_id = push(sandbox)
    assert logged_in("recv", "--wait", "--count", "1", "--dir", "first").code == 0
    result = logged_in("recv", text, msg_id)
    assert (result.code, len(result.lines)) == (6, 1)
    assert "has nothing to save" in result.err
    assert "No message with MsgID 1" in logged_in("recv", "1").err
    result = logged_in("recv", "--last", "1", "filehelper", "--kind", "voice")
    assert (result.code, "No messages of that kind" in result.err) == (1, True)


@pytest.mark.parametrize(
    "arguments",
    [
        [],
        ["--wait", "--last", "1"],
        ["--new", "--last", "1", "one"],
        ["--count", "1", "123"],
        ["--wait", "one", "two"],
        ["--last", "1"],
        ["--wait", "--count", "0"],
        ["--wait", "--timeout", "0"],
        ["--wait", "--kind", "text"],
    ],
)
def test_a_command_line_that_makes_no_sense(logged_in: Wxtui, arguments: list[str]) -> None:
    result = logged_in("recv", *arguments)
    assert result.code == 2
    assert result.err.count("\n") == 1


@pytest.mark.parametrize(("target", "code"), [("nobody at all", 4), ("王", 4)])
def test_a_target_that_is_none(logged_in: Wxtui, inbox: Path, target: str, code: int) -> None:
    assert logged_in("recv", "--wait", "--timeout", "5", target).code == code


# ---------------------------------------------------------------- the folder


def test_a_folder_that_cannot_be_written_is_said_before_the_wait(
    logged_in: Wxtui, sandbox: Sandbox, inbox: Path, tmp_path: Path
) -> None:
    (inbox / "file").write_text("")
    (inbox / "dangling").symlink_to(tmp_path / "gone")
    calls = sandbox.calls()
    for folder, why in (
        ("file", "Not a directory"),
        ("no/such/folder", "No such file or directory"),
        ("dangling", "it is a link to a missing file"),
    ):
        result = logged_in("recv", "--wait", "--timeout", "5", "--dir", folder)
        assert result.code == 1, folder
        assert "Nothing can be saved in" in result.err
        assert why in result.err
        assert result.err.count("\n") == 1
    assert sandbox.calls() == calls


def test_a_link_to_a_folder_is_followed(logged_in: Wxtui, sandbox: Sandbox, inbox: Path, tmp_path: Path) -> None:
    (tmp_path / "real").mkdir()
    (inbox / "link").symlink_to(tmp_path / "real")
    push(sandbox, name="a.txt")
    result = logged_in("recv", "--wait", "--count", "1", "--dir", "link")
    assert result.lines == [str(inbox / "link" / "a.txt")]
    assert (tmp_path / "real" / "a.txt").is_file()


def test_the_rights_are_those_that_the_umask_leaves(logged_in: Wxtui, sandbox: Sandbox, inbox: Path) -> None:
    for mask, mode in ((0o022, 0o644), (0o077, 0o600), (0o002, 0o664)):
        push(sandbox, name=f"{mask:o}.txt")
        before = os.umask(mask)
        try:
            assert logged_in("recv", "--wait", "--count", "1").code == 0
        finally:
            os.umask(before)
        assert stat.S_IMODE((inbox / f"{mask:o}.txt").stat().st_mode) == mode


def test_the_output_that_goes_nowhere_does_not_hide_the_path(logged_in: Wxtui, sandbox: Sandbox, inbox: Path) -> None:
    push(sandbox, name="a.txt")
    with Path("/dev/full").open("w") as full:
        done = subprocess.run(
            [sys.executable, "-m", "tui", "recv", "--wait", "--count", "1"], stdout=full, stderr=subprocess.PIPE
        )
    assert done.returncode == 1
    assert str(inbox / "a.txt") in done.stderr.decode()


def test_paths_are_bytes_whatever_the_locale(logged_in: Wxtui, sandbox: Sandbox, inbox: Path) -> None:
    push(sandbox, name="合同.txt")
    done = subprocess.run(
        [sys.executable, "-m", "tui", "recv", "--wait", "--count", "1"],
        capture_output=True,
        env=os.environ | {"PYTHONIOENCODING": "ascii", "LC_ALL": "C"},
    )
    assert done.stdout == os.fsencode(inbox / "合同.txt") + b"\n", done.stderr


def test_a_name_that_would_do_harm(logged_in: Wxtui, sandbox: Sandbox, inbox: Path) -> None:
    push(sandbox, name="../../.bashrc")
    push(sandbox, name="-rf *\x1b]0;x\x07\u202egpj.exe")
    result = logged_in("recv", "--wait", "--count", "2")
    assert result.code == 0, result.err
    assert left_over(inbox) == ["_-rf *]0;xgpj.exe", "_.bashrc"]
    assert not {"\x1b", "\u202e"} & set(result.out)
    assert json.loads(json.dumps(result.lines)) == [str(inbox / "_.bashrc"), str(inbox / "_-rf *]0;xgpj.exe")]


# ---------------------------------------------------------------- one at a time


def test_what_comes_in_one_batch_is_taken_one_by_one(logged_in: Wxtui, sandbox: Sandbox, inbox: Path) -> None:
    """The server tells each batch once: a loop of `recv --count 1` must not lose the second file of it."""
    for name in ("1.txt", "2.txt", "3.txt"):
        push(sandbox, name=name)
    for name in ("1.txt", "2.txt", "3.txt"):
        result = logged_in("recv", "张三", "--wait", "--count", "1", "--timeout", "5")
        assert result.lines == [str(inbox / name)], result.err
    assert "Nothing arrived" in logged_in("recv", "张三", "--wait", "--count", "1", "--timeout", "0.3").err
    kept = find_profile("default").state / "unsaved.json"
    assert json.loads(kept.read_text()) == []
    assert stat.S_IMODE(kept.stat().st_mode) == 0o600


def test_what_was_interrupted_is_taken_up(logged_in: Wxtui, sandbox: Sandbox, inbox: Path) -> None:
    push(sandbox, name="a.txt")
    sandbox.fault("webwxgetmedia", "ret", 1101)
    assert logged_in("recv", "--wait").code == 3
    result = logged_in("recv", "李四", "--wait", "--timeout", "0.3")
    assert result.lines == [], "it is not of this target"
    assert logged_in("recv", "--wait", "--count", "1").lines == [str(inbox / "a.txt")]


def test_what_was_given_up_is_not_tried_for_ever(logged_in: Wxtui, sandbox: Sandbox, inbox: Path) -> None:
    push(sandbox, name="a.txt")
    sandbox.fault("webwxgetmedia", "ret", 1)
    assert logged_in("recv", "--wait", "--count", "1").code == 1
    assert logged_in("recv", "--wait", "--count", "1", "--timeout", "0.3").lines == []


@pytest.mark.parametrize("kept", ["{", "null", '["../../x", "1"]'])
def test_a_note_of_the_unsaved_that_makes_no_sense(logged_in: Wxtui, sandbox: Sandbox, inbox: Path, kept: str) -> None:
    (find_profile("default").state / "unsaved.json").write_text(kept)
    push(sandbox, name="a.txt")
    assert logged_in("recv", "--wait", "--count", "1").lines == [str(inbox / "a.txt")]
