"""What messages hold: the cases that came out wrong, the fields of --json, and their schema."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.cases import PUSHED, right_text
from tests.support.command_line import Wxtui
from tests.support.examples import examples
from tests.support.listen_process import Listener, listening
from tests.support.message_schema import SCHEMAS, Row, checked
from tests.support.pushed_kinds import KINDS
from tests.support.recorded_messages import ME, RECORDED
from tests.support.sandbox_thread import Sandbox
from tui.cli.shared.lines import line
from tui.cli.shared.message_schema import SavedFacts
from tui.cli.shared.output import json_line
from tui.i18n import use
from tui.message_summary import describe, shown_sender, unknown_sender
from tui.sandbox.world import pictures
from tui.sandbox.world.kinds import KINDS as SANDBOX_KINDS
from tui.services.message_json import MessageFacts, facts
from tui.store.delivery_state import DeliveryState
from tui.store.mapping.codec import pack, unpack_body
from tui.store.models import ExportedMessage, StoredMessage
from tui.wire import bodies
from tui.wire.bodies import Body
from tui.wire.incoming import read_message
from tui.wire.names import AppMsgType, MsgType

KNOWN = Path(__file__).parents[1] / "cases" / "message_schema.json"


def rows_of(listener: Listener) -> list[Row]:
    code, out, err = listener.stop()
    assert code == 130, err
    return [checked(json.loads(line)) for line in out.splitlines()]


def push(sandbox: Sandbox, msg_type: int, content: str, **fields: object) -> None:
    sandbox.post("push", type="raw", **{"from": "张三"}, content={"MsgType": msg_type, "Content": content, **fields})


def test_every_case_says_what_it_holds(logged_in: Wxtui, sandbox: Sandbox, tmp_path: Path) -> None:
    with listening("--json") as listener:
        for case in PUSHED:
            sandbox.post("push", **case["push"])
        push(sandbox, 1, "the end")
        listener.wait_for("the end")
        rows = rows_of(listener)
    texts = [row["text"] for row in rows]
    assert [text for text in texts if text in map(right_text, PUSHED)] == [right_text(case) for case in PUSHED]
    chats = [logged_in("log", chat, "-n", "100", "--json").json for chat in ("张三", "项目群")]
    assert {row["text"] for chat in chats for row in chat} >= {right_text(case) for case in PUSHED}
    assert {row["text"] for row in logged_in("export").json} >= {right_text(case) for case in PUSHED}
    assert "Traceback" not in logged_in("log", "项目群").err


def test_a_sender_who_is_not_known_is_no_notice(logged_in: Wxtui, sandbox: Sandbox) -> None:
    [case] = [case for case in PUSHED if case["id"] == "M8"]
    with listening() as listener:
        sandbox.post("push", **case["push"])
        sandbox.post("push", type="system", content="我是刚进群的", group="项目群")
        listener.wait_for("项目群: 我是刚进群的\n")
        assert "项目群 · unknown dead: 我是刚进群的\n" in listener.text
    person, notice = logged_in("log", "项目群", "-n", "2", "--json").json
    assert (person["sender"], person["sender_known"], person["sender_id"]) == (
        "unknown dead",
        False,
        "@deadbeefdeadbeefdeadbeefdeadbeef",
    )
    assert (notice["sender"], notice["sender_known"], notice["kind"]) == ("", True, "system")
    lines = [line.split("  ", 1)[1] for line in logged_in("log", "项目群", "-n", "2").lines]
    assert lines == ["unknown dead: 我是刚进群的", "我是刚进群的"]
    exported = logged_in("export", "项目群", "--format", "text").lines
    assert [line.split("  ", 1)[1] for line in exported][-2:] == lines


def test_messages_without_an_id_are_told_once_each(logged_in: Wxtui, sandbox: Sandbox) -> None:
    """Also when the answer that brought them was lost, and the server gives it again."""
    for call, kind in (("webwxsync", "drop_after"), ("webwxsync", "truncate")):
        sandbox.fault(call, kind, times=2)
        with listening("--json") as listener:
            for text in ("A", "B"):
                push(sandbox, 1, f"{kind} {text}", MsgId="", NewMsgId=0)
            push(sandbox, 1, f"{kind} end")
            listener.wait_for(f"{kind} end", seconds=25)
            rows = [row for row in rows_of(listener) if row["text"].startswith(kind)]
        assert [(row["text"], bool(row["msg_id"])) for row in rows] == [
            (f"{kind} A", False),
            (f"{kind} B", False),
            (f"{kind} end", True),
        ]


# ---------------------------------------------------------------- fields


def test_every_kind_of_the_sandbox_is_as_the_schema_says(logged_in: Wxtui, sandbox: Sandbox) -> None:
    with listening("--json") as listener:
        kinds = [kind for kind in SANDBOX_KINDS if kind != "status_notify"]
        for kind in kinds:
            sandbox.post("push", type=kind)
        sandbox.post("push", type="text", content="the end")
        listener.wait_for("the end")
        rows = rows_of(listener)
    found = {row["kind"] for row in rows}
    assert len(rows) >= len(kinds)
    assert {"text", "image", "voice", "video", "file", "link", "quote", "card", "location", "transfer"} <= found
    assert set(KINDS) <= set(SANDBOX_KINDS)
    assert [row["file"] for row in rows if row["kind"] == "file"][-1] == {"name": "会议纪要 2024.pdf", "size": 2048}
    assert [row["location"] for row in rows if row["kind"] == "location"][-1] == {
        "label": "浙江省杭州市西湖区龙井路1号",
        "x": 30.242865,
        "y": 120.148681,
    }
    assert [checked(row) for row in logged_in("export").json]


def stored(body: Body) -> StoredMessage:
    return StoredMessage(1, 1, datetime(2024, 1, 1, tzinfo=UTC), False, "@ann", DeliveryState.RECEIVED, body, "17")


@pytest.mark.parametrize("path", sorted(RECORDED.glob("*.json")), ids=lambda path: path.stem)
def test_every_recorded_message_is_as_the_schema_says(path: Path) -> None:
    message = read_message(json.loads(path.read_bytes()), ME)
    row = checked(facts(ExportedMessage(stored(message.body), "chat", "Ann")))
    if not isinstance(message.body, bodies.StatusNotify):
        assert row["text"]


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (bodies.File("a.txt", 7), {"file": {"name": "a.txt", "size": 7}}),
        (bodies.File("a.txt"), {"file": {"name": "a.txt"}}),
        (
            bodies.Link("t", "http://u/", "d"),
            {"link": {"title": "t", "url": "http://u/", "description": "d"}},
        ),
        (bodies.Link("t"), {}),
        (bodies.Location("here", 1.5, 2), {"location": {"label": "here", "x": 1.5, "y": 2}}),
        (bodies.Location("here"), {"location": {"label": "here"}}),
        (bodies.Quote("a", "q", "Ann"), {"quote": {"sender": "Ann", "text": "q"}}),
        (bodies.Quote("a", "", "Ann", "image"), {"quote": {"sender": "Ann", "text": "[image]", "kind": "image"}}),
        (bodies.Image(3, 4, size=5), {"media": {"width": 3, "height": 4, "size": 5}}),
        (
            bodies.Image(name="a.jpg", size=5),
            {"file": {"name": "a.jpg", "size": 5}, "media": {"size": 5}},
        ),
        (bodies.Video(9, 3, 4), {"media": {"seconds": 9, "width": 3, "height": 4}}),
        (bodies.Voice(1.5), {"media": {"seconds": 1.5}}),
        (bodies.Card("Ben", "@b", "ben"), {"card": {"name": "Ben", "alias": "ben"}}),
        (bodies.FriendRequest("Ben", "hi"), {"card": {"name": "Ben", "answer": "open"}}),
        (
            bodies.Transfer("微信转账", "￥1", "lunch", bodies.TransferState.RECEIVED),
            {"transfer": {"amount": "￥1", "memo": "lunch", "state": "received"}},
        ),
        (bodies.Text("x"), {}),
    ],
)
def test_the_fields_of_a_kind(body: Body, expected: Row) -> None:
    row = checked(facts(ExportedMessage(stored(body), "chat", "Ann")))
    assert list(row)[:10] == [
        *("msg_id", "time", "chat", "sender", "mine", "kind", "text", "state", "sender_known", "mentions_me")
    ]
    assert {name: row[name] for name in list(row)[11:]} == expected


def test_the_schema_needs_no_profile(wxtui: Wxtui, home: Path) -> None:
    for command in (("log",), ("listen",), ("export",), ("recv",)):
        result = wxtui(*command, "--json-schema")
        assert (result.code, result.err) == (0, "")
        kind = SavedFacts if command == ("recv",) else MessageFacts
        assert json.loads(result.out) == SCHEMAS[kind]
    assert not home.exists()


def plain(value: object) -> object:
    """A schema without the words in it."""
    if isinstance(value, dict):
        return {name: plain(inner) for name, inner in value.items() if name != "description"}
    return value


def keeps(old: object, new: object, place: str = "") -> None:
    """Fail where something of `old` is not in `new`."""
    if isinstance(old, dict):
        assert isinstance(new, dict), place
        for name, inner in old.items():
            keeps(inner, new.get(name), f"{place}.{name}")
    elif isinstance(old, list):
        assert isinstance(new, list) and set(old) <= set(new), place
    else:
        assert old == new, place


def test_the_schema_keeps_what_scripts_know() -> None:
    """Fields, kinds and states may be added; none may go, or change.

    `python -m tests.cli.test_message_json` notes new ones.
    """
    keeps(msgspec.json.decode(KNOWN.read_bytes()), known())


def known() -> object:
    return plain({kind.__name__: found for kind, found in SCHEMAS.items()})


def test_who_is_mentioned_and_what_hooks_hear(logged_in: Wxtui, sandbox: Sandbox, home: Path, tmp_path: Path) -> None:
    texts = {
        "@林小满\u2005看一下": True,
        "@所有人\u2005开会": True,
        "@all now": True,
        "到 @林小满": True,
        "@林小满满\u2005看一下": False,
        "林小满 来了吗": False,
    }
    told = {name: tmp_path / name for name in ("on_message", "on_mention", "on_session_end", "--exec")}
    tables = [f"{name} = ['tee', '-a', '{path}']" for name, path in told.items() if name != "--exec"]
    home.joinpath("config.toml").write_text("\n".join(["[hooks]", *tables]))
    with listening("--json", "--exec", f"tee -a {told['--exec']}") as listener:
        for text in texts:
            sandbox.post("push", type="text", content=text, group="项目群", **{"from": "张三"})
        sandbox.post("push", type="text", content="@林小满\u2005 to me alone", **{"from": "张三"})
        listener.wait_for("to me alone")
        sandbox.post("expire", retcode=1101)
        code, out, err = listener.wait()
    # As a supervisor does it all night.
    assert logged_in("listen").code == 3
    *lines, _error = out.splitlines()
    printed = [checked(json.loads(line)) for line in lines]
    rows = {row["text"]: row["mentions_me"] for row in printed}
    heard = {name: [json.loads(line) for line in path.read_text().splitlines()] for name, path in told.items()}
    assert heard["--exec"] == heard["on_message"] == printed, "each is the object of the line, and none is left out"
    assert {row["text"]: row["rings"] for row in printed}["@林小满\u2005看一下"] is True
    assert not any(row["rings"] for row in printed if row["mine"] or row["kind"] == "system")
    assert heard["on_mention"] == [row for row in printed if row["mentions_me"]]
    assert [(row["profile"], row["reason"]) for row in heard["on_session_end"]] == [("default", "LoggedInElsewhere")]
    assert (code, "Hook" in err) == (3, False)
    assert {text: rows[text] for text in texts} == texts
    assert not rows["@林小满\u2005 to me alone"], "in a conversation of two nobody is called"
    how = {row["text"]: row.get("mention") for row in printed}
    assert [how[text] for text in texts] == ["me", "all", "all", "me", None, None]
    for command in (
        ("log", "--mentions"),
        ("log", "项目群", "--mentions"),
        ("export", "--mentions", "--format", "jsonl"),
    ):
        found = logged_in(*command, *(["--json"] if command[0] == "log" else [])).json
        assert [row["text"] for row in found] == [text for text, called in texts.items() if called]
    assert len(logged_in("log", "--mentions", "--search", "开会").lines) == 1
    alone = logged_in("log", "张三", "--mentions")
    assert (alone.code, alone.out) == (1, "")


def test_a_sent_picture_is_told_by_its_name(logged_in: Wxtui, tmp_path: Path) -> None:
    picture = tmp_path / "照片.png"
    picture.write_bytes(pictures.png(1, 24, 16))
    assert logged_in("send", "张三", picture).code == 0
    (row,) = logged_in("log", "张三", "--json").json
    assert (row["kind"], row["file"]) == ("image", {"name": "照片.png", "size": picture.stat().st_size})
    assert "[image] 照片.png (" in logged_in("log", "张三").out
    assert "[image] 照片.png (" in logged_in("export", "--format", "text").out


def test_of_several_pictures_the_one_that_may_have_arrived_is_named(
    logged_in: Wxtui, sandbox: Sandbox, tmp_path: Path
) -> None:
    for number, name in enumerate(("a.png", "b.png")):
        (tmp_path / name).write_bytes(pictures.png(number, 24, 16))
    assert logged_in("send", "张三", tmp_path / "a.png").code == 0
    sandbox.fault("webwxsendmsgimg", "drop_after")
    assert logged_in("send", "张三", tmp_path / "b.png").code == 1
    told = [line for line in logged_in("log", "张三").lines if "[image]" in line][-2:]
    assert ["a.png" in line for line in told] == [True, False]
    assert ["b.png" in line and "may or may not have arrived" in line for line in told] == [False, True]


@pytest.mark.parametrize(
    "data",
    [b"\xef\xbb\xbfx\r\nline\r\n", b"x\rline\r", "x\r\nline\r\n".encode("utf-16"), "\ufeffx\nline".encode("utf-16-be")],
)
def test_text_from_a_pipe_has_neither_mark_nor_cr(logged_in: Wxtui, sandbox: Sandbox, data: bytes) -> None:
    assert logged_in("send", "张三", "-m", "-", stdin=data).code == 0
    assert sandbox.sent()[-1]["content"] == "x\nline"
    assert logged_in("send", "张三", "-m", "a\r\nb\rc\n").code == 0
    assert sandbox.sent()[-1]["content"] == "a\nb\nc\n", "an argument is sent as it is, but for CR"


# ---------------------------------------------------------------- the words, and whatever comes

IN_CHINESE = {
    "M2": "[链接] 声明在里面 http://e.org/",
    "M3": "[视频号] 某某频道: 今天的视频",
    "M4": "[群公告] 明天放假\n请大家注意",
    "M5": "[聊天记录] 群聊的聊天记录\n甲: 你好\n乙: [图片]",
    "M6": "[通话] 对方已取消",
}


def test_the_words_are_those_of_the_interface() -> None:
    use("zh_CN")
    try:
        for case in PUSHED:
            if case["id"] in IN_CHINESE:
                body = read_message(case["push"]["content"] | {"FromUserName": "@a"}, ME).body
                assert describe(body) == IN_CHINESE[case["id"]]
        assert describe(bodies.Quote("好", "", "甲", "image")) == "好\n> 甲: [图片]"
        assert unknown_sender("@deadbeef") == "未知 dead"
    finally:
        use("en")


RAW = st.binary(max_size=200).map(lambda data: data.decode("utf-8", "replace"))
PIECES = st.sampled_from(
    [
        *("<msg>", "</msg>", "&lt;msg&gt;", "&amp;lt;msg&amp;gt;", "<appmsg>", "<title>", "</title>", "<br/>", "]]>"),
        *("<![CDATA[", "<?xml version='1.0'?>", "&#0;", "&nbsp;", "&", "<", "<!DOCTYPE a>", "\x1b[2J", "\ufeff", "a='"),
        *(
            "<des>x</des>",
            "<type>57</type>",
            "<type>19</type>",
            "<refermsg>",
            "<recorditem>",
            "<dataitem>",
            "${x}",
            "$y$",
        ),
        *("<finderFeed>", "<nickname>", "<patMsg><records><record><template>", "<template>", "<sysmsg>", "<wcpayinfo>"),
        *("<span class='emoji emoji1f3c3'></span>", "@a:<br/>", "@all", "\u2005", "$y$", "当前版本不支持展示该内容"),
    ]
)
CONTENT = RAW | st.lists(PIECES | st.text(max_size=4), max_size=24).map("".join)


@given(st.sampled_from([*MsgType, 0, 65]), st.sampled_from([*AppMsgType, 0, 77]), CONTENT, CONTENT, CONTENT)
@settings(max_examples=examples(400), deadline=None)
def test_whatever_comes_is_told(kind: int, app_type: int, content: str, name: str, origin: str) -> None:
    entry = {"MsgType": kind, "AppMsgType": app_type, "Content": content, "FileName": name, "OriContent": origin}
    for chat in ("@ann", "@@team"):
        message = read_message(entry | {"FromUserName": chat, "SubMsgType": 48 * (app_type % 2)}, ME)
        stored_message = stored(unpack_body(pack(message.body)))
        assert stored_message.body == message.body
        row = checked(json.loads(json_line(facts(ExportedMessage(stored_message, "chat", "")))))
        assert "\x1b" not in line(stored_message, "chat", shown_sender(stored_message, ""))
        assert (row["sender"] == "") == bodies.is_notice(message.body)


if __name__ == "__main__":
    KNOWN.write_text(json.dumps(known(), indent=2, ensure_ascii=False) + "\n")
