"""send: what a script gets back, and what is refused before anything leaves."""

from __future__ import annotations

import errno
import hashlib
import os
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from tests.support.command_line import Wxtui
from tests.support.sandbox_thread import Sandbox
from tui.paths import find_profile
from tui.services.uploads.chunks import ChunkSender
from tui.wire.media_types import LARGE_ANIMATION
from tui.wire.names import PART_SIZE
from tui.wire.upload import UploadForm

MIB = 1024 * 1024


def sha256(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def test_a_text_and_files_arrive_in_order_and_print_their_msgids(
    logged_in: Wxtui, sandbox: Sandbox, tmp_path: Path
) -> None:
    log = tmp_path / "build.log"
    log.write_bytes(os.urandom(5000))
    result = logged_in("send", "张三", log, "-m", "今天的日志")
    assert result.code == 0, result.err
    assert result.err == "", "no progress bar where nobody watches"
    sent = sandbox.sent()
    assert [line.split("\t") for line in result.lines] == [
        [sent[0]["MsgID"], "今天的日志"],
        [sent[1]["MsgID"], "build.log"],
    ]
    assert [row["to_name"] for row in sent] == ["张三", "张三"]
    assert (sent[0]["content"], sent[1]["sha256"], sent[1]["file_name"]) == ("今天的日志", sha256(log), "build.log")


def test_two_texts_for_one_command_are_refused(logged_in: Wxtui, sandbox: Sandbox) -> None:
    """The first one was dropped without a word."""
    result = logged_in("send", "张三", "-m", "one", "-m", "two")
    assert result.code == 2
    assert "-m once" in result.err
    assert sandbox.sent() == []


def test_json_names_everything_a_script_needs(logged_in: Wxtui, sandbox: Sandbox) -> None:
    row = logged_in("send", "张三", "-m", "hi", "--json").json[0]
    sent = sandbox.sent()[0]
    assert row["msg_id"] == sent["MsgID"]
    assert row["client_msg_id"] == sent["ClientMsgId"]
    assert (row["to"], row["to_user_name"], row["kind"], row["what"]) == ("张三", sent["to"], "text", "hi")
    assert row["time"].endswith("+00:00")


@pytest.mark.parametrize("size", [1, PART_SIZE - 1, PART_SIZE, PART_SIZE + 1, 3 * PART_SIZE + 7])
def test_sizes_round_the_part(logged_in: Wxtui, sandbox: Sandbox, tmp_path: Path, size: int) -> None:
    path = tmp_path / "data.bin"
    path.write_bytes(os.urandom(size))
    assert logged_in("send", "李四", path).code == 0
    upload = sandbox.get("uploads")[-1]
    assert (upload["size"], upload["sha256"]) == (size, sha256(path))
    assert sandbox.sent()[-1]["sha256"] == sha256(path)
    assert sandbox.calls()["webwxuploadmedia"] == -(-size // PART_SIZE)
    assert sandbox.calls().get("webwxcheckupload", 0) == 0


def test_a_large_file_is_checked_first_and_not_sent_twice(logged_in: Wxtui, sandbox: Sandbox, tmp_path: Path) -> None:
    path = tmp_path / "core.dump"
    path.write_bytes(os.urandom(1024) * (26 * 1024))
    assert logged_in("send", "--to", "李四", "--to", "张三", path).code == 0, "the second needs the Signature as well"
    assert [row["sha256"] for row in sandbox.sent()] == [sha256(path)] * 2
    parts = sandbox.calls()["webwxuploadmedia"]
    assert (parts, sandbox.calls()["webwxcheckupload"]) == (52, 1)
    assert logged_in("send", "李四", path).code == 0
    assert sandbox.calls()["webwxuploadmedia"] == parts, "the server has it already: nothing is uploaded"
    assert len(sandbox.sent()) == 3


NAMES = [
    "文" * 40 + ".tar.gz",
    "😀🎉.log",
    "R&D <v2> \"x\" 'y'.tar.gz",
    ".bashrc",
    "README",
    " lead and trail ",
    "semi;colon=100%.txt",
    "back\\slash",
]


@pytest.mark.parametrize("name", NAMES)
def test_names_arrive_intact(logged_in: Wxtui, sandbox: Sandbox, tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    path.write_bytes(b"x" * 10)
    assert logged_in("send", "李四", path).code == 0
    assert sandbox.sent()[-1]["file_name"] == name
    assert sandbox.get("uploads")[-1]["name"] == name
    assert sandbox.get("state")["warnings"] == []


@pytest.mark.parametrize(
    ("name", "kind", "call", "mediatype", "mime"),
    [
        ("a.png", "auto", "webwxsendmsgimg", "pic", "image/png"),
        ("a.jpg", "auto", "webwxsendmsgimg", "pic", "image/jpeg"),
        ("a.mp4", "auto", "webwxsendvideomsg", "video", "video/mp4"),
        ("a.gif", "auto", "webwxsendemoticon", "doc", "image/gif"),
        ("a.zip", "auto", "webwxsendappmsg", "doc", "application/zip"),
        ("a.png", "file", "webwxsendappmsg", "doc", "image/png"),
        ("a.gif", "image", "webwxsendemoticon", "doc", "image/gif"),
    ],
)
def test_a_file_is_sent_as_what_the_person_says(
    logged_in: Wxtui, sandbox: Sandbox, tmp_path: Path, name: str, kind: str, call: str, mediatype: str, mime: str
) -> None:
    path = tmp_path / name
    path.write_bytes(b"GIF89a" + b"x" * 100)
    assert logged_in("send", "李四", path, "--as", kind).code == 0
    upload = sandbox.get("uploads")[-1]
    assert (sandbox.sent()[-1]["call"], upload["mediatype"], upload["type"]) == (call, mediatype, mime)


@pytest.mark.parametrize(("kind", "told"), [("auto", True), ("file", False)])
def test_an_animated_image_that_may_be_refused_is_told_and_sent(
    logged_in: Wxtui, sandbox: Sandbox, tmp_path: Path, kind: str, told: bool
) -> None:
    (tmp_path / "a.gif").write_bytes(b"GIF89a".ljust(LARGE_ANIMATION + 1))
    result = logged_in("-q", "send", "李四", tmp_path / "a.gif", "--as", kind)
    assert (result.code, "a.gif” is an animated image over 1 MB" in result.err) == (0, told)
    assert len(sandbox.sent()) == 1


def test_standard_input_as_a_file_and_as_the_text(real_wxtui: Wxtui, logged_in: Wxtui, sandbox: Sandbox) -> None:
    assert real_wxtui("send", "李四", "-", "--name", "dmesg.txt", stdin=b"boom\n").code == 0
    assert sandbox.sent()[-1]["file_name"] == "dmesg.txt"
    assert sandbox.sent()[-1]["sha256"] == hashlib.sha256(b"boom\n").hexdigest()
    assert real_wxtui("send", "李四", "-m", "-", stdin="多行\n文字\n".encode()).code == 0
    assert sandbox.sent()[-1]["content"] == "多行\n文字"
    assert real_wxtui("send", "李四", "-", stdin=b"").code == 5
    assert real_wxtui("send", "李四", "-m", "-", stdin=b" \n").code == 5
    assert len(sandbox.sent()) == 2


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (["nobody at all", "-m", "hi"], 4, "No contact or group matches"),
        (["王伟", "-m", "hi"], 4, "more than one conversation"),
        (["张三"], 2, "Nothing to send"),
        (["张三", "-m", ""], 5, "no text"),
        (["张三", "missing.log"], 5, "No such file"),
        (["张三", "."], 5, "“.” is a folder. Send it packed: wxtui send TARGET FOLDER --pack"),
        (["张三", "empty"], 5, "empty"),
        (["张三", "large.bin"], 5, "limit"),
        (["张三", "large.mp4", "--as", "video"], 5, "limit"),
        (["张三", "good.txt", "missing.log"], 5, "No such file"),
        (["张三", "good.txt", "-", "-m", "-"], 2, "only once"),
        (["张三", "good.txt", "empty", "--name", "x"], 2, "--name"),
        (["张三", "good.txt", "--as", "sticker"], 2, "sticker"),
        ([], 2, "TARGET"),
    ],
)
def test_bad_input_is_one_sentence_and_nothing_is_sent(
    logged_in: Wxtui,
    sandbox: Sandbox,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    arguments: list[str],
    code: int,
    words: str,
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "good.txt").write_text("good")
    (tmp_path / "empty").touch()
    for name, size in (("large.bin", 50 * MIB + 1), ("large.mp4", 20 * MIB + 1)):
        with (tmp_path / name).open("wb") as file:
            file.truncate(size)
    result = logged_in("send", *arguments)
    assert result.code == code, result.err
    assert words in result.err
    assert result.err.count("\n") == 1
    assert result.out == ""
    assert sandbox.sent() == []
    assert sandbox.get("uploads") == []


def test_a_file_that_changes_meanwhile_is_not_sent(
    logged_in: Wxtui, sandbox: Sandbox, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "growing.log"
    path.write_bytes(b"x" * (2 * PART_SIZE))
    original = ChunkSender._part

    async def meanwhile(self: ChunkSender, form: UploadForm, index: int) -> Any:
        with path.open("r+b") as file:
            file.write(b"y")
        return await original(self, form, index)

    monkeypatch.setattr(ChunkSender, "_part", meanwhile)
    result = logged_in("send", "李四", path)
    assert result.code == 5, result.err
    assert "changed while it was being uploaded" in result.err
    assert sandbox.sent() == []
    assert sandbox.calls().get("webwxuploadmedia", 0) == 0


def test_a_stop_in_the_middle_says_what_was_done(logged_in: Wxtui, sandbox: Sandbox, tmp_path: Path) -> None:
    paths = [tmp_path / f"{number}.log" for number in range(3)]
    for path in paths:
        path.write_text(path.name)
    sandbox.fault("webwxsendappmsg", "ret", 1205)
    result = logged_in("send", "张三", *paths, "-m", "logs")
    assert result.code == 6
    assert len(result.lines) == 1
    assert "1 of 4 done" in result.err
    assert "too fast" in result.err
    assert "2 were not tried" in result.err
    assert len(sandbox.sent()) == 1


@pytest.mark.parametrize(
    ("ret", "code", "words"),
    [
        (1, 1, "something in it is wrong"),
        (-1, 1, "could not do this right now"),
        (-14, 1, "did not accept this session"),
        (1100, 3, "logged out"),
        (1101, 3, "expired"),
        (1102, 3, "cookies"),
        (1201, 1, "no longer exists"),
        (1205, 1, "too fast"),
        (4242, 1, "code 4242"),
    ],
)
def test_each_ret_is_a_sentence_and_the_message_is_marked_failed(
    logged_in: Wxtui, sandbox: Sandbox, ret: int, code: int, words: str
) -> None:
    sandbox.fault("webwxsendmsg", "ret", ret)
    result = logged_in("send", "张三", "-m", "hi")
    assert (result.code, result.out) == (code, "")
    assert words in result.err
    assert sandbox.calls()["webwxsendmsg"] == 1, "a refused message is not sent again"
    assert logged_in("log", "张三", "-n", "1", "--json").json[-1]["state"] == "failed"


@pytest.mark.parametrize(
    ("kind", "value"),
    [("drop_before", None), ("drop_after", None), ("truncate", None), ("html", None), ("empty", None), ("status", 502)],
)
def test_a_lost_answer_is_unknown_and_never_sent_again(
    logged_in: Wxtui, sandbox: Sandbox, kind: str, value: int | None
) -> None:
    sandbox.fault("webwxsendmsg", kind, value)
    result = logged_in("send", "张三", "-m", "only once")
    assert (result.code, result.out) == (1, "")
    assert "may or may not have arrived" in result.err
    assert sandbox.calls()["webwxsendmsg"] == 1
    row = logged_in("log", "张三", "-n", "1", "--json").json[-1]
    assert (row["state"], row["text"]) == ("unknown", "only once")


def test_a_refusal_by_the_web_server_itself_is_no_doubt(logged_in: Wxtui, sandbox: Sandbox) -> None:
    sandbox.fault("webwxsendmsg", "status", 413)
    assert "HTTP status 413" in logged_in("send", "张三", "-m", "x").err
    assert logged_in("log", "张三", "-n", "1", "--json").json[-1]["state"] == "failed"


@pytest.mark.parametrize(
    ("kind", "value"), [("drop_before", None), ("drop_after", None), ("status", 502), ("empty", None)]
)
def test_a_broken_part_is_repeated_and_the_file_arrives_once(
    logged_in: Wxtui, sandbox: Sandbox, tmp_path: Path, kind: str, value: int | None
) -> None:
    path = tmp_path / "data.bin"
    path.write_bytes(os.urandom(3 * PART_SIZE))
    sandbox.fault("webwxuploadmedia", kind, value, times=2)
    result = logged_in("send", "李四", path)
    assert result.code == 0, result.err
    assert [row["sha256"] for row in sandbox.sent()] == [sha256(path)]


def test_a_group_that_is_gone(logged_in: Wxtui, sandbox: Sandbox) -> None:
    sandbox.post("contact", name="项目群", gone=True)
    result = logged_in("send", "项目群", "-m", "anybody?")
    assert result.code == 1
    assert "no longer exists" in result.err


def test_a_target_by_pinyin_part_and_user_name(logged_in: Wxtui, sandbox: Sandbox) -> None:
    twins = [row for row in logged_in("contacts", "王伟", "--json").json if row["kind"] == "person"]
    assert len(twins) == 2
    for twin in twins:
        assert logged_in("send", twin["user_name"][:12], "-m", "you").code == 0
        assert sandbox.sent()[-1]["to"] == twin["user_name"]
    assert logged_in("send", "zhangsan", "-m", "hi").code == 0
    assert sandbox.sent()[-1]["to_name"] == "张三"


def test_hostile_text_reaches_the_server_as_it_is_and_the_terminal_clean(logged_in: Wxtui, sandbox: Sandbox) -> None:
    text = "a\x1b[2Jb\x07 \u202egnp.exe [/x] <br/> &amp; 你好"
    result = logged_in("send", "张三", "-m", text)
    assert result.code == 0
    assert sandbox.sent()[-1]["content"] == text
    for output in (result.out, logged_in("log", "张三").out, logged_in("log", "张三", "--json").out):
        assert "\x1b" not in output
        assert "\u202e" not in output
        assert "\x07" not in output


def test_a_wrong_target_is_said_before_standard_input_is_read(real_wxtui: Wxtui, logged_in: Wxtui) -> None:
    reading, writing = os.pipe()
    try:
        command = [sys.executable, "-m", "tui", "send", "无此人", "-"]
        assert subprocess.run(command, stdin=reading, capture_output=True, timeout=20).returncode == 4
    finally:
        os.close(reading)
        os.close(writing)


def test_usage_errors_are_json_too(wxtui: Wxtui) -> None:
    result = wxtui("--json", "send")
    assert (result.code, result.json[0]["error"], result.json[0]["exit_code"]) == (2, "UsageError", 2)


def test_sending_without_a_session_is_exit_code_3(wxtui: Wxtui) -> None:
    assert wxtui("send", "张三", "-m", "hi").code == 3


def test_the_session_ends_in_the_middle_of_a_batch(logged_in: Wxtui, sandbox: Sandbox, tmp_path: Path) -> None:
    (tmp_path / "a").write_text("a")
    sandbox.fault("webwxuploadmedia", "ret", 1101)
    result = logged_in("send", "张三", tmp_path / "a", "-m", "first")
    assert result.code == 6
    assert "expired" in result.err


def test_a_file_that_may_not_be_read_is_refused_as_such(
    logged_in: Wxtui, sandbox: Sandbox, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "secret.txt"
    path.write_text("x")
    really_open = os.open

    def denied(place: str | Path, flags: int, mode: int = 0o777) -> int:
        if Path(place) == path:
            raise PermissionError(errno.EACCES, "Permission denied")
        return really_open(place, flags, mode)

    # As the tests may run as root, who may read everything.
    monkeypatch.setattr(os, "access", lambda place, mode, **more: False)
    monkeypatch.setattr(os, "open", denied)
    result = logged_in("send", "张三", path)
    assert (result.code, result.err.count("\n")) == (5, 1)
    assert "“secret.txt” cannot be read: Permission denied." in result.err
    assert sandbox.sent() == []


@pytest.mark.parametrize(("arguments", "stdin"), [(["-m", "\udcff\udcfe"], b""), (["-m", "-"], b"\xc4\xe3\xba\xc3")])
def test_a_text_that_is_no_utf8_is_refused(
    logged_in: Wxtui, sandbox: Sandbox, arguments: list[str], stdin: bytes
) -> None:
    result = logged_in("send", "张三", *arguments, stdin=stdin)
    assert result.code == 5
    assert "not valid UTF-8" in result.err
    assert sandbox.sent() == []


def test_a_pipe_as_a_file_is_told_how_to_come_in(logged_in: Wxtui, tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    result = logged_in("send", "张三", pipe)
    assert result.code == 5
    assert "not a regular file" in result.err


def test_ones_own_name_is_never_a_group_that_has_it_in_its_name(logged_in: Wxtui, sandbox: Sandbox) -> None:
    result = logged_in("send", "林小满", "-m", "for me alone")
    assert result.code == 4
    assert "林小满、王伟、李四 (group" in result.err
    assert sandbox.sent() == []


def test_a_friend_who_calls_himself_filehelper_or_an_id_gets_nothing_that_was_not_meant_for_him(
    logged_in: Wxtui, sandbox: Sandbox
) -> None:
    for nickname in ("filehelper", "weixin", "id:1", "id:9"):
        sandbox.post("person", nickname=nickname)
    assert logged_in("contacts").code == 0
    result = logged_in("send", "filehelper", "-m", "to myself")
    assert result.code == 0, result.err
    assert [row["to"] for row in sandbox.sent()] == ["filehelper"]
    assert logged_in("send", "weixin", "-m", "x").code in (0, 4)
    assert logged_in("send", "id:9", "-m", "no such conversation").code == 4
    assert {row["to_name"] for row in sandbox.sent()}.isdisjoint({"filehelper", "weixin", "id:9"})
    assert logged_in("send", r"\id:9", "-m", "by name").code == 0
    assert sandbox.sent()[-1]["to_name"] == "id:9"
    with closing(sqlite3.connect(find_profile("default").store_file)) as store:
        [(number,)] = store.execute("SELECT conversation_id FROM message ORDER BY id DESC LIMIT 1")
    assert logged_in("send", f"id:{number}", "-m", "by its number").code == 0
    assert [row["to_name"] for row in sandbox.sent()[-2:]] == ["id:9", "id:9"]


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (("send", "张三", ""), 2, "The file name is empty."),
        (("send", "张三", "README.md", "--name", ""), 2, "The file name is empty."),
        (("send", "", "-m", "x"), 2, "TARGET is empty"),
        (("send", " ", "-m", "x"), 2, "TARGET is empty"),
        (("send", "张三", "-m", ""), 5, "There is no text to send."),
        (("revoke", ""), 2, "TARGET is empty"),
        (("revoke", "--last", ""), 2, "TARGET is empty"),
        (("forward", "1", ""), 2, "TARGET is empty"),
        (("read", ""), 2, "TARGET is empty"),
        (("log", ""), 2, "TARGET is empty"),
        (("export", ""), 2, "TARGET is empty"),
        (("export", "--output", ""), 2, "The file name is empty."),
        (("listen", ""), 2, "TARGET is empty"),
        (("recv", "--wait", ""), 2, "TARGET is empty"),
        (("recv", "--wait", "--dir", ""), 2, "The file name is empty."),
    ],
)
def test_an_unset_variable_is_said_and_means_nobody(
    wxtui: Wxtui, sandbox: Sandbox, arguments: tuple[str, ...], code: int, said: str
) -> None:
    assert wxtui("--server", sandbox.origin, "login", "--qr", "ascii").code == 0
    result = wxtui(*arguments)
    assert (result.code, result.out) == (code, "")
    assert result.err.startswith(f"wxtui: {said}")
    assert sandbox.sent() == []
