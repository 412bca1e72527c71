"""revoke, forward, read: what is done with messages that exist."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from tests.support.command_line import Wxtui
from tests.support.listen_process import listening
from tests.support.sandbox_thread import OPTIONS, Sandbox, SandboxThread
from tui.paths import find_profile
from tui.store.delivery_state import DeliveryState
from tui.store.store import Store
from tui.wire.bodies import Text


def send(wxtui: Wxtui, target: str, text: str) -> str:
    result = wxtui("send", target, "-m", text)
    assert result.code == 0, result.err
    return result.out.split("\t")[0]


def catch_up(last: str) -> None:
    """Let a listener store what has arrived, up to the MsgId `last`."""
    with listening("--json") as listener:
        listener.wait_for(last)


def test_revoke_by_msgid_from_another_process(logged_in: Wxtui, real_wxtui: Wxtui, sandbox: Sandbox) -> None:
    msg_id = send(logged_in, "张三", "oops")
    result = real_wxtui("revoke", msg_id)
    assert (result.code, result.out) == (0, f"{msg_id}\toops\n")
    assert sandbox.sent()[0]["revoked"] is True
    result = logged_in("revoke", msg_id)
    assert result.code == 1
    assert "was already recalled" in result.err


def test_revoke_the_last_one_anywhere_or_there(logged_in: Wxtui, sandbox: Sandbox) -> None:
    ids = [send(logged_in, target, "x") for target in ("张三", "李四", "张三")]
    assert logged_in("revoke", "--last", "李四").out.startswith(ids[1])
    assert logged_in("revoke", "--last").out.startswith(ids[2])
    assert logged_in("revoke", "--last").out.startswith(ids[0])
    result = logged_in("revoke", "--last")
    assert result.code == 1
    assert "no sent message" in result.err
    assert all(row["revoked"] for row in sandbox.sent())


@pytest.mark.parametrize("there", [[], ["张三"]])
def test_revoke_the_last_one_never_means_the_one_before_a_lost_answer(
    logged_in: Wxtui, sandbox: Sandbox, there: list[str]
) -> None:
    send(logged_in, "张三", "meant to stay")
    sandbox.fault("webwxsendmsg", "drop_after")
    assert logged_in("send", "张三", "-m", "a slip").code == 1
    result = logged_in("revoke", "--last", *there)
    assert result.code == 1
    assert "“a slip” cannot be recalled" in result.err
    assert [row["revoked"] for row in sandbox.sent()] == [False, False]


def test_revoke_several_and_say_which_were_not(logged_in: Wxtui, sandbox: Sandbox) -> None:
    ids = [send(logged_in, "张三", text) for text in ("a", "b", "c")]
    sandbox.fault("webwxrevokemsg", "ret", -1)
    result = logged_in("revoke", *ids)
    assert result.code == 6
    assert [line.split("\t")[0] for line in result.lines] == ids[1:]
    assert "2 of 3" in result.err


def test_a_revoke_whose_answer_is_lost_says_that_it_is_not_known(logged_in: Wxtui, sandbox: Sandbox) -> None:
    msg_id = send(logged_in, "张三", "oops")
    sandbox.fault("webwxrevokemsg", "drop_after")
    result = logged_in("revoke", msg_id)
    assert result.code == 1
    assert "may or may not be recalled" in result.err
    assert result.out == ""
    assert "(may or may not be recalled)" in logged_in("log", "张三").out
    assert '"state":"revoke_unknown"' in logged_in("--json", "log", "张三").out.replace(": ", ":")


def test_revoke_after_the_window_is_refused_by_the_server(wxtui: Wxtui) -> None:
    with SandboxThread(replace(OPTIONS, revoke_window=0.0)) as sandbox:
        assert wxtui("--server", sandbox.origin, "login").code == 0
        result = wxtui("revoke", send(wxtui, "张三", "too late"))
        assert result.code == 1
        assert "not recalled" in result.err
        assert "two minutes" in result.err
        assert wxtui("log", "张三", "-n", "1", "--json").json[0]["state"] == "sent"


@pytest.mark.parametrize(
    ("arguments", "code"), [(["1234567890123456789"], 1), ([], 2), (["--last", "a", "b"], 2), (["--last", "无此人"], 4)]
)
def test_what_cannot_be_revoked(logged_in: Wxtui, arguments: list[str], code: int) -> None:
    assert logged_in("revoke", *arguments).code == code


def test_a_received_message_cannot_be_revoked(logged_in: Wxtui, sandbox: Sandbox) -> None:
    msg_id = sandbox.post("push", type="text", **{"from": "张三"})["MsgId"]
    catch_up(msg_id)
    result = logged_in("revoke", msg_id)
    assert result.code == 1
    assert "You can only recall your own messages." in result.err


def test_a_revoke_whose_answer_is_lost_is_not_called_done(logged_in: Wxtui, sandbox: Sandbox) -> None:
    msg_id = send(logged_in, "张三", "x")
    sandbox.fault("webwxrevokemsg", "drop_before")
    result = logged_in("revoke", msg_id)
    assert (result.code, result.out) == (1, "")
    assert logged_in("revoke", msg_id).code == 0, "it can be tried again"


def test_forward_what_arrived(logged_in: Wxtui, sandbox: Sandbox) -> None:
    pushed = {
        kind: sandbox.post("push", type=kind, **{"from": "张三"})
        for kind in ("text", "image", "emoticon", "file", "video", "link", "voice", "card")
    }
    catch_up(pushed["card"]["MsgId"])
    for kind in ("text", "image", "emoticon", "file", "video", "link"):
        result = logged_in("forward", pushed[kind]["MsgId"], "李四", "项目群")
        assert result.code == 0, (kind, result.err)
        assert [row["to_name"] for row in sandbox.sent()[-2:]] == ["李四", "项目群"]
        if kind in ("image", "file", "video", "emoticon"):
            assert sandbox.sent()[-1]["sha256"] in ("", pushed[kind]["sha256"])
    for kind in ("voice", "card"):
        result = logged_in("forward", pushed[kind]["MsgId"], "李四")
        assert result.code == 1
        assert "cannot be forwarded" in result.err


def test_forward_a_recalled_image(logged_in: Wxtui, sandbox: Sandbox) -> None:
    """Seed 转发被撤回的图片消息."""
    image = sandbox.post("push", type="image", **{"from": "张三"})
    catch_up(image["MsgId"])
    notice = sandbox.post("push", type="revoke", content=image["MsgId"], **{"from": "张三"})
    catch_up(notice["MsgId"])
    states = {row["msg_id"]: row["state"] for row in logged_in("log", "张三", "--json").json}
    assert states[image["MsgId"]] == "recalled"
    result = logged_in("forward", image["MsgId"], "李四")
    assert result.code == 0, result.err
    sent = sandbox.sent()[-1]
    assert (sent["call"], sent["Type"], sent["MediaId"]) == ("webwxsendmsgimg", 3, "")
    assert "aeskey" in sent["content"]
    assert logged_in("revoke", sent["MsgID"]).code == 0


def test_forward_what_was_uploaded_here_without_a_second_upload(
    logged_in: Wxtui, sandbox: Sandbox, tmp_path: Path
) -> None:
    (tmp_path / "a.png").write_bytes(b"picture")
    msg_id = logged_in("send", "张三", tmp_path / "a.png").out.split("\t")[0]
    uploads = sandbox.calls()["webwxuploadmedia"]
    assert logged_in("forward", msg_id, "李四").code == 0
    assert sandbox.calls()["webwxuploadmedia"] == uploads
    assert len({row["sha256"] for row in sandbox.sent()}) == 1


def test_forward_sends_nothing_when_one_target_is_wrong(logged_in: Wxtui, sandbox: Sandbox) -> None:
    msg_id = send(logged_in, "张三", "hi")
    assert logged_in("forward", msg_id, "李四", "无此人").code == 4
    assert len(sandbox.sent()) == 1
    assert logged_in("forward", "42", "李四").code == 1
    assert logged_in("forward", msg_id).code == 2


def test_read_marks_the_conversation_read_on_the_phone(logged_in: Wxtui, sandbox: Sandbox) -> None:
    result = logged_in("read", "张三")
    assert result.code == 0, result.err
    assert "张三" in str(sandbox.get("state")["read"])
    assert logged_in("read", "无此人").code == 4


def test_revoke_last_gives_up_what_still_waits_in_the_outbox(logged_in: Wxtui, sandbox: Sandbox) -> None:
    msg_id = send(logged_in, "张三", "arrived")

    async def write() -> int:
        async with await Store.open(find_profile("default").store_file, clock=lambda: datetime.now(UTC)) as store:
            sent = await store.message(msg_id)
            assert sent is not None
            row = await store.add_outgoing(
                conversation_id=sent.conversation_id,
                to_user_name=sent.to_user_name,
                client_msg_id="17",
                body=Text("waits"),
                queued=True,
            )
            return row.id

    async def state(row: int) -> DeliveryState:
        async with await Store.open(find_profile("default").store_file, clock=lambda: datetime.now(UTC)) as store:
            return (await store.row(row)).state

    waits = asyncio.run(write())
    result = logged_in("revoke", "--last", "张三")
    assert (result.code, result.out) == (0, "-\twaits\n")
    assert "was not sent yet" in result.err
    assert asyncio.run(state(waits)) is DeliveryState.CANCELLED
    assert [row["revoked"] for row in sandbox.sent()] == [False]
