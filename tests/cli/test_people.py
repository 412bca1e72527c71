"""Friend requests, remarks, pins and reading everything, from the command line against the sandbox."""

from __future__ import annotations

import pytest

from tests.support.command_line import Wxtui
from tests.support.listen_process import WITHOUT_PAUSES, listening
from tests.support.sandbox_thread import Sandbox
from tui.services.people import people


@pytest.fixture(autouse=True)
def no_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tui.services.people.contact_changes.PAUSE", 0.0)
    monkeypatch.setattr(people, "READ_PAUSE", 0.0)


def asked(sandbox: Sandbox, name: str = "", age: float = 0) -> str:
    """Somebody asks to be a friend; the MsgID."""
    named = {"from": name} if name else {}
    return str(sandbox.post("push", type="friend_request", age=age, **named)["MsgId"])


def synced(*words: str) -> None:
    """Fetch what has arrived."""
    with listening() as listener:
        for one in words:
            listener.wait_for(one)


def line_of(wxtui: Wxtui, msg_id: str, *options: str) -> list[str]:
    """The columns after the ID of a listed request; none when it is not listed."""
    lines = [line.split("\t") for line in wxtui("requests", *options).lines]
    return next((columns for first, *columns in lines if first == msg_id), [])


def test_a_friend_request_is_listed_and_accepted_by_its_id(logged_in: Wxtui, sandbox: Sandbox) -> None:
    msg_id = asked(sandbox)
    synced("新朋友")
    assert line_of(logged_in, msg_id) == ["新朋友", "我是隔壁组的", ""]
    assert logged_in("requests", "--accept", msg_id).out == "“新朋友” is your contact now.\n"
    assert not line_of(logged_in, msg_id)
    row = logged_in("requests", "--all", "--json").json[0]
    assert (row["id"], row["state"], row["can_accept"]) == (msg_id, "accepted", False)
    again = logged_in("requests", "--accept", msg_id)
    assert (again.code, again.err) == (1, "wxtui: You have already accepted “新朋友”.\n")
    calls = sandbox.calls()
    assert calls["webwxverifyuser"] == 1
    assert logged_in("send", "新朋友", "-m", "你好").code == 0
    assert sandbox.calls()["webwxgetcontact"] == calls["webwxgetcontact"], "the new contact is known already"


def test_an_ignored_request_is_no_more_listed_and_can_be_accepted_later(logged_in: Wxtui, sandbox: Sandbox) -> None:
    msg_id = asked(sandbox)
    synced("新朋友")
    assert logged_in("requests", "--ignore", msg_id).out == "Ignored the friend request of “新朋友”.\n"
    assert not line_of(logged_in, msg_id)
    assert line_of(logged_in, msg_id, "--all")[2] == "ignored"
    assert logged_in("requests", "--accept", msg_id).code == 0


def test_an_expired_request_is_refused_in_a_sentence(logged_in: Wxtui, sandbox: Sandbox) -> None:
    msg_id = asked(sandbox, age=4 * 86400)
    synced("新朋友")
    found = logged_in("requests", "--accept", msg_id)
    assert found.code == 1
    assert "the friend request of “新朋友” has expired" in found.err
    assert line_of(logged_in, msg_id, "--all")[2] == "expired"


def test_an_accept_without_an_answer_is_a_doubt_that_may_be_tried_again(logged_in: Wxtui, sandbox: Sandbox) -> None:
    msg_id = asked(sandbox)
    synced("新朋友")
    sandbox.fault("webwxverifyuser", "empty")
    found = logged_in("requests", "--accept", msg_id)
    assert found.code == 1
    assert "may or may not have been done: accepting the friend request of “新朋友”" in found.err
    assert line_of(logged_in, msg_id)[2] == "not known whether accepted"
    assert logged_in("requests", "--accept", msg_id).code == 0


def test_a_lost_answer_to_an_accept_is_settled_by_the_contact_that_comes(logged_in: Wxtui, sandbox: Sandbox) -> None:
    msg_id = asked(sandbox)
    synced("新朋友")
    sandbox.fault("webwxverifyuser", "drop_after")
    assert "may or may not" in logged_in("requests", "--accept", msg_id).err
    synced("你已添加了新朋友")
    assert line_of(logged_in, msg_id, "--all")[2] == "added"
    assert sandbox.calls()["webwxverifyuser"] == 1


def test_who_asks_again_is_one_line_and_the_new_ticket_is_used(logged_in: Wxtui, sandbox: Sandbox) -> None:
    first = asked(sandbox)
    second = asked(sandbox, "新朋友")
    synced("新朋友", "新朋友")
    assert line_of(logged_in, second) and not line_of(logged_in, first)
    assert logged_in("requests", "--accept", first).code == 0
    assert not line_of(logged_in, second)


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (("requests", "--accept", "12345"), 1, "“12345” is not a friend request. To see the requests: wxtui requests"),
        (("requests", "--accept", "1", "--ignore", "1"), 2, "either --accept or --ignore"),
        (("remark", "张三", "长" * 200), 5, "it is longer than 64 characters"),
        (("remark", "张三", "a\nb"), 5, "control characters or line breaks"),
        (("remark", "张三", "a\x1b[31m"), 5, "control characters or line breaks"),
        (("remark", "张三", "x\u202ey"), 5, "control characters or line breaks"),
        (("remark", "张三", "   "), 5, "it is blank"),
        (("remark", "张三", ""), 5, "it is blank"),
        (("remark", "项目群", "群"), 5, "groups have no remark"),
        (("remark", "文件传输助手", "我"), 5, "only people have one"),
        (("remark", "张三"), 2, "Give a NAME, or --remove"),
        (("remark", "nobody", "x"), 4, "No contact or group matches"),
        (("read",), 2, "Give a TARGET, or --all"),
    ],
)
def test_bad_input_is_a_sentence_before_the_server_is_asked(
    logged_in: Wxtui, sandbox: Sandbox, arguments: tuple[str, ...], code: int, words: str
) -> None:
    found = logged_in(*arguments)
    assert found.code == code
    assert words in found.err
    assert not sandbox.calls().get("webwxoplog") and not sandbox.calls().get("webwxverifyuser")


def test_a_remark_is_set_once_found_by_and_removed(logged_in: Wxtui, sandbox: Sandbox) -> None:
    new = "老张 👨‍👩‍👧 A&B <x>"
    assert logged_in("remark", "张三", new).out == f"张三 is now shown as {new}.\n"
    assert logged_in("remark", new, new).out == f"{new} has this remark already.\n"
    assert sandbox.calls()["webwxoplog"] == 1
    row = next(row for row in logged_in("contacts", "--json").json if row["nick_name"] == "张三")
    assert row["remark_name"] == new, "as the server gives it back"
    assert logged_in("remark", new, "--remove", "--json").json[0]["changed"]
    assert logged_in("remark", "张三", "--remove").out == "张三 has no remark.\n"


def test_pinning_twice_asks_the_server_once(logged_in: Wxtui, sandbox: Sandbox) -> None:
    said = [logged_in(command, "项目群").out for command in ("pin", "pin", "unpin", "unpin")]
    assert "".join(said) == "Pinned: 项目群.\n项目群 is pinned already.\nUnpinned: 项目群.\n项目群 is not pinned.\n"
    assert sandbox.calls()["webwxoplog"] == 2


def test_reading_everything_stops_at_too_frequent_and_goes_on_later(logged_in: Wxtui, sandbox: Sandbox) -> None:
    for name in ("张三", "李四", "Alice"):
        sandbox.post("push", type="text", content="hi", **{"from": name})
    synced("张三: hi", "李四: hi", "Alice: hi")
    sandbox.fault("webwxstatusnotify", "ret", 1205)
    found = logged_in("read", "--all")
    assert (found.code, found.out) == (1, "")
    assert "too fast" in found.err
    read = logged_in("read", "--all").out
    assert all(f"Marked as read: {name}.\n" in read for name in ("张三", "李四", "Alice"))
    calls = sandbox.calls()["webwxstatusnotify"]
    assert logged_in("read", "--all").code == 0
    assert sandbox.calls()["webwxstatusnotify"] == calls, "nothing was unread"


def test_a_running_wxtui_does_the_same_for_other_shells(logged_in: Wxtui, sandbox: Sandbox) -> None:
    """The commands go through the program that owns the session."""
    with listening(through=WITHOUT_PAUSES) as owner:
        msg_id = asked(sandbox)
        owner.wait_for("新朋友")
        assert line_of(logged_in, msg_id) == ["新朋友", "我是隔壁组的", ""]
        assert logged_in("requests", "--ignore", msg_id).out == "Ignored the friend request of “新朋友”.\n"
        assert logged_in("requests", "--accept", msg_id).out == "“新朋友” is your contact now.\n"
        assert logged_in("requests", "--accept", msg_id).err == "wxtui: You have already accepted “新朋友”.\n"
        assert "it is longer than 64" in logged_in("remark", "张三", "x" * 200).err
        assert logged_in("unpin", "张三").out == "张三 is not pinned.\n"
        sandbox.fault("webwxoplog", "empty")
        found = logged_in("pin", "张三")
        assert (found.code, "may or may not have been done: pinning “张三”" in found.err) == (1, True)
        sandbox.post("push", type="text", content="hello", **{"from": "李四"})
        owner.wait_for("hello")
        assert "Marked as read: 李四.\n" in logged_in("read", "--all").out
        assert logged_in("read", "--all").out == ""


def test_the_ticket_of_a_request_is_never_shown(logged_in: Wxtui, sandbox: Sandbox) -> None:
    msg_id = asked(sandbox)
    synced("新朋友")
    commands = (
        ("-vv", "requests", "--all"),
        ("-vv", "--json", "requests"),
        ("-vv", "--json", "log", "fmessage"),
        ("-vv", "export"),
        ("-vv", "--json", "requests", "--accept", msg_id),
        ("-vv", "--json", "requests", "--accept", msg_id),
    )
    for command in commands:
        found = logged_in(*command)
        assert msg_id in found.out or "新朋友" in found.out, command
        assert "@stranger" not in found.out + found.err, command


def test_mutes_and_rules_are_those_of_the_full_screen_without_a_server(logged_in: Wxtui, sandbox: Sandbox) -> None:
    before = sandbox.calls()
    said = [
        logged_in(*words).out.rstrip("\n")
        for words in (
            ("notify", "项目群"),
            ("mute", "项目群"),
            ("notify", "项目群", "men"),
            ("unmute", "项目群"),
            ("unmute", "项目群"),
            ("notify", "项目群", "default"),
        )
    ]
    assert said == [
        "项目群: Notifications: all messages (default)",
        "项目群: Muted. Messages that mention you still notify you.",
        "项目群: Only messages that mention you notify you here. It is muted; wxtui unmute '项目群' ends that.",
        "项目群: Unmuted.",
        "项目群: This conversation is not muted.",
        "项目群: Notifications follow the settings again: all messages.",
    ]
    assert logged_in("mute", "项目群", "8x").err.startswith("wxtui: “8x” is not a time.")
    assert "“some” is not a rule." in logged_in("notify", "项目群", "some").err
    with listening():
        # The running wxtui makes the change: its timer ends the mute.
        muted = logged_in("mute", "张三", "8h", "--json").json[0]
        assert (muted["target"], muted["muted"], muted["rule"]) == ("张三", True, "default") and muted["until"]
        assert logged_in("notify", "张三").out.startswith("张三: Notifications: muted until ")
        assert logged_in("notify", "张三", "none", "--json").json[0]["rule"] == "none"
        assert logged_in("unmute", "张三").out == "张三: Unmuted.\n"
    assert logged_in("notify", "张三").out == "张三: Notifications: nothing\n"
    assert sandbox.calls().get("webwxoplog") == before.get("webwxoplog")
