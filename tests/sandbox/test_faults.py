"""Every fault of the control API does what it says, and nothing else."""

from __future__ import annotations

import asyncio
import json
import zlib

import httpx
import pytest

from tests.sandbox.conftest import Connect, Start
from tests.support.raw_client import CGI, Client, ret


async def _fault(client: Client, call: str, kind: str, **more: object) -> None:
    answer = await client.http.post("/_sandbox/fault", json={"call": call, "kind": kind} | more)
    assert answer.status_code == 200


async def _count(client: Client) -> int:
    return len((await client.http.get("/_sandbox/sent")).json())


@pytest.mark.parametrize(("kind", "expected"), [("drop_before", 0), ("drop_after", 1)])
async def test_a_dropped_call_counts_if_it_is_dropped_after_it_was_taken(
    client: Client, kind: str, expected: int
) -> None:
    await _fault(client, "webwxsendmsg", kind)
    with pytest.raises((httpx.RemoteProtocolError, httpx.ReadError)):
        await client.text(client.to("张三"), "x")
    assert await _count(client) == expected
    assert ret((await client.text(client.to("张三"), "y"))[1]) == 0


async def test_a_lost_sync_answer_loses_nothing(client: Client) -> None:
    await client.http.post("/_sandbox/push", json={"type": "text", "content": "wichtig"})
    await _fault(client, "webwxsync", "drop_after")
    with pytest.raises((httpx.RemoteProtocolError, httpx.ReadError)):
        await client.sync()
    assert [one["Content"] for one in await client.drain()] == ["wichtig"]


async def test_a_truncated_answer_is_shorter_than_it_says(client: Client) -> None:
    await _fault(client, "webwxsendmsg", "truncate")
    with pytest.raises(httpx.RemoteProtocolError, match="peer closed connection"):
        await client.text(client.to("张三"), "x")
    assert await _count(client) == 1


async def test_answers_that_are_none(client: Client) -> None:
    url, body = CGI + "webwxinit", {"BaseRequest": client.base}
    for kind, status, start in (("html", 200, "<!DOCTYPE"), ("empty", 200, ""), ("status", 502, "<!DOCTYPE")):
        await _fault(client, "webwxinit", kind)
        answer = await client.http.post(url, json=body)
        assert (answer.status_code, answer.text[:9]) == (status, start)
    await _fault(client, "webwxinit", "status", value=503)
    assert (await client.http.post(url, json=body)).status_code == 503


async def test_ret_in_each_calls_own_form(client: Client) -> None:
    await _fault(client, "*", "ret", value=1205, times=0)
    assert ret((await client.text(client.to("张三"), "x"))[1]) == 1205
    assert await client.check() == ("1205", "0")
    assert await client.poll("x") == (1205, "window.code=1205;")
    assert "<ret>1205</ret>" in (await client.http.get(CGI + "webwxnewloginpage")).text
    await client.http.post("/_sandbox/fault", json={"clear": True})
    assert await _count(client) == 0
    assert ret((await client.text(client.to("张三"), "x"))[1]) == 0


async def test_times_are_counted_and_listed(client: Client) -> None:
    await _fault(client, "webwxsendmsg", "ret", value=-1, times=2)
    codes = [ret((await client.text(client.to("张三"), "x"))[1]) for _ in range(3)]
    assert codes == [-1, -1, 0]
    await _fault(client, "webwxsync", "delay", value=1, times=5)
    active = (await client.http.get("/_sandbox/fault")).json()["active"]
    assert active == [{"call": "webwxsync", "kind": "delay", "value": 1.0, "times": 5}]


async def test_duplicate_and_reorder(client: Client) -> None:
    for text in ("一", "二"):
        await client.http.post("/_sandbox/push", json={"type": "text", "content": text})
    old = client.sync_key
    await _fault(client, "webwxsync", "duplicate")
    assert [one["Content"] for one in (await client.sync())["AddMsgList"]] == ["一", "一", "二", "二"]
    client.sync_key = old
    await _fault(client, "webwxsync", "reorder")
    assert [one["Content"] for one in (await client.sync())["AddMsgList"]] == ["二", "一"]


async def test_delay_holds_only_its_own_call(client: Client) -> None:
    await _fault(client, "webwxsendmsg", "delay", value=30)
    waiting = asyncio.create_task(client.text(client.to("张三"), "x"))
    await client.check()
    assert not waiting.done()
    waiting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await waiting


async def test_an_upload_is_read_slowly(client: Client) -> None:
    loop = asyncio.get_running_loop()
    await _fault(client, "webwxuploadmedia", "slow", value=100_000)
    before = loop.time()
    await client.upload("a.bin", bytes(20_000))
    assert loop.time() - before > 0.15


async def test_a_fault_that_makes_no_sense(client: Client) -> None:
    answer = await client.http.post("/_sandbox/fault", json={"call": "webwxsync", "kind": "explode"})
    assert answer.status_code == 400
    assert "explode" in answer.json()["error"]


async def test_faults_leave_the_log_alone(start: Start, connect: Connect, capfd: pytest.CaptureFixture[str]) -> None:
    client = await connect(await start()).login()
    for kind in ("drop_before", "drop_after", "truncate"):
        await _fault(client, "webwxsendmsg", kind)
        with pytest.raises(httpx.TransportError):
            await client.text(client.to("张三"), "x")
    assert capfd.readouterr() == ("", "")


async def test_a_request_that_breaks_halfway_is_not_done(client: Client) -> None:
    await _fault(client, "webwxsendmsg", "reset")
    with pytest.raises((httpx.RemoteProtocolError, httpx.ReadError)):
        await client.text(client.to("张三"), "x" * 2000)
    assert await _count(client) == 0
    await _fault(client, "webwxuploadmedia", "reset", value=100_000)
    with pytest.raises(httpx.TransportError):
        await client.upload("a.bin", bytes(400_000))
    assert (await client.http.get("/_sandbox/uploads")).json() == []
    await client.upload("a.bin", bytes(400_000))


async def test_a_late_answer_is_to_what_was_done_at_once(client: Client) -> None:
    await _fault(client, "webwxsendmsg", "late", value=30)
    waiting = asyncio.create_task(client.text(client.to("张三"), "x"))
    for _ in range(1000):
        if await _count(client):
            break
    assert (await _count(client), waiting.done()) == (1, False)
    waiting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await waiting
    await _fault(client, "webwxsendmsg", "late", value=0.05)
    assert ret((await client.text(client.to("张三"), "y"))[1]) == 0


async def test_the_session_expires_at_a_call(client: Client) -> None:
    await _fault(client, "webwxsendmsg", "expire", value=1100)
    assert await client.check() == ("0", "0")
    assert ret((await client.text(client.to("张三"), "x"))[1]) == 1100
    assert (await client.check())[0] == "1100"
    assert await _count(client) == 0
    answer = await client.http.post("/_sandbox/fault", json={"call": "*", "kind": "expire", "value": 7})
    assert (answer.status_code, "1102" in answer.json()["error"]) == (400, True)


async def test_what_was_told_is_told_again(client: Client) -> None:
    for text in ("一", "二", "三"):
        await client.http.post("/_sandbox/push", json={"type": "text", "content": text})
    assert len(await client.drain()) == 3
    await client.http.post("/_sandbox/push", json={"type": "text", "content": "四"})
    await _fault(client, "webwxsync", "repeat", value=2)
    assert [one["Content"] for one in (await client.sync())["AddMsgList"]] == ["二", "三", "四"]
    assert (await client.sync())["AddMsgList"] == []


async def test_a_sent_message_comes_back_to_its_sender(client: Client) -> None:
    await _fault(client, "webwxsendmsg", "echo")
    await _fault(client, "webwxsendmsg", "drop_after")
    with pytest.raises((httpx.RemoteProtocolError, httpx.ReadError)):
        await client.text(client.to("张三"), "both")
    await client.text(client.to("张三"), "not this one")
    (sent, _) = (await client.http.get("/_sandbox/sent")).json()
    (echo,) = await client.drain()
    assert (echo["MsgId"], echo["Content"], echo["FromUserName"]) == (sent["MsgID"], "both", client.me)


async def test_what_was_reordered_can_be_looked_up(client: Client) -> None:
    for text in ("一", "二"):
        await client.http.post("/_sandbox/push", json={"type": "text", "content": text})
    await _fault(client, "webwxsync", "reorder")
    told = [one["MsgId"] for one in await client.drain()]
    assert (await client.http.get("/_sandbox/state")).json()["reordered"] == sorted(told)


async def _body(client: Client, most: int) -> tuple[httpx.Response, bytes]:
    """The raw bytes of an answer to a text, as far as `most`."""
    url, msg = CGI + "webwxsendmsg", client.msg(client.to("张三"), 1, Content="x")
    body = {"BaseRequest": client.base, "Msg": msg, "Scene": 0}
    came = b""
    async with client.http.stream("POST", url, json=body) as answer:
        async for piece in answer.aiter_raw():
            came += piece
            if len(came) >= most:
                break
    return answer, came


async def test_bodies_that_no_client_may_take_in(client: Client) -> None:
    await _fault(client, "webwxsendmsg", "oversized", value=1_000_000)
    _, came = await _body(client, 10_000_000)
    assert 900_000 < len(came) < 1_100_000
    assert json.loads(came)["BaseResponse"]["Ret"] == 0
    await _fault(client, "webwxsendmsg", "bomb", value=64 * 1024 * 1024)
    answer, came = await _body(client, 10_000_000)
    assert (answer.headers["content-encoding"], len(came) < 200_000) == ("gzip", True)
    assert len(zlib.decompressobj(31).decompress(came[:-8])) == 64 * 1024 * 1024
    await _fault(client, "webwxsendmsg", "endless")
    assert len((await _body(client, 5_000_000))[1]) >= 5_000_000
    await _fault(client, "webwxsendmsg", "trickle", value=0.001)
    assert (await _body(client, 5))[1] == b"     "
    assert await _count(client) == 4, "all of them were sent all the same"


async def test_an_answer_that_is_deeper_than_it_should_be(client: Client) -> None:
    await client.http.post("/_sandbox/push", json={"type": "text", "content": "一"})
    await _fault(client, "webwxsync", "nested", value=50)
    answer = await client.sync()
    assert answer["AddMsgList"][0]["Content"] == "一"
    nested, levels = answer["Nested"], 0
    while True:
        levels += 1
        if not nested:
            break
        (nested,) = nested
    assert levels == 50
