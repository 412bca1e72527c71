"""The control API and its text."""

from __future__ import annotations

import re

import httpx
import pytest

from tests.support.raw_client import Client, ret
from tui.sandbox.asgi import build
from tui.sandbox.control.api import ROUTES
from tui.sandbox.control.calls import control_help
from tui.sandbox.session.faults import FaultKind
from tui.sandbox.world.kinds import KINDS
from tui.sandbox.world.options import SandboxOptions


async def test_every_type_can_be_pushed_without_more(client: Client) -> None:
    for kind in KINDS:
        answer = await client.http.post("/_sandbox/push", json={"type": kind})
        assert answer.status_code == 200, kind
    messages = await client.drain()
    assert len(messages) == len(KINDS)
    assert len({one["MsgId"] for one in messages}) == len(KINDS)


@pytest.mark.parametrize(
    ("body", "status", "word"),
    [
        ({"type": "text", "from": "谁也不是"}, 404, "谁也不是"),
        ({"type": "text", "group": "没有的群"}, 404, "没有的群"),
        ({"type": "text", "group": True, "from": "回声"}, 404, "项目群"),
        ({"type": "telepathy"}, 400, "telepathy"),
        ({"type": "raw", "content": "x"}, 400, "raw"),
        ({"type": "text", "frm": "李四"}, 400, "frm"),
        ({"type": "text", "group": "张三"}, 404, "not a group"),
        ({"type": "status_notify", "content": {"code": 99}}, 400, "code"),
        ({"type": "file", "content": {"size": -1}}, 400, "size"),
        ({"type": "file", "content": {"size": 1e300}}, 400, "size"),
        ({"type": "voice", "content": {"milliseconds": 1e18}}, 400, "milliseconds"),
        ({"type": "image", "content": {"base64": "?"}}, 400, "base64"),
        ({"type": "revoke", "content": "1"}, 404, "revoke"),
        ({}, 400, "type"),
    ],
)
async def test_what_cannot_be_pushed_is_explained(
    client: Client, body: dict[str, object], status: int, word: str
) -> None:
    answer = await client.http.post("/_sandbox/push", json=body)
    assert answer.status_code == status
    assert word in answer.json()["error"]


@pytest.mark.parametrize(
    ("call", "body", "status", "word"),
    [
        ("expire", {"retcode": 77}, 400, "1101"),
        ("expire", {"sesion": True}, 400, "sesion"),
        ("contact", {"name": "张三", "pined": True}, 400, "pined"),
        ("fault", {}, 400, "call"),
        ("fault", {"kind": "delay"}, 400, "call"),
        ("fault", {"call": "webwxsendmsg"}, 400, "kind"),
        ("fault", {"call": "webwxsendmessage", "kind": "delay"}, 404, "webwxsendmsg"),
        ("fault", {"call": "*", "kind": "status", "value": 99}, 400, "status"),
        ("fault", {"call": "*", "kind": "delay", "value": -1}, 400, "delay"),
        ("fault", {"call": "*", "kind": "delay", "times": -1}, 400, "times"),
        ("sent", {}, 404, "POST /_sandbox/sent"),
        ("nothing", {}, 404, "POST /_sandbox/nothing"),
    ],
)
async def test_what_cannot_be_done_is_explained_and_not_done(
    client: Client, call: str, body: dict[str, object], status: int, word: str
) -> None:
    answer = await client.http.post(f"/_sandbox/{call}", json=body)
    assert (answer.status_code, word in answer.json()["error"]) == (status, True), answer.text
    assert (await client.http.get("/_sandbox/fault")).json()["active"] == []
    assert ret(await client.call("webwxinit")) == 0


async def test_the_last_message_is_revoked_where_it_was_asked_for(client: Client) -> None:
    for where in ({}, {"group": True}):
        await client.http.post("/_sandbox/push", json={"type": "text", "from": "张三"} | where)
    for where in ({}, {"group": True}):
        await client.http.post("/_sandbox/push", json={"type": "revoke", "from": "张三"} | where)
    said, said_in_group, revoke, revoke_in_group = await client.drain()
    assert said["MsgId"] in revoke["Content"]
    assert said_in_group["MsgId"] in revoke_in_group["Content"]


async def test_names_are_nicknames_or_remarks(client: Client) -> None:
    for name in ("妈妈", "岁月静好", "小猫\N{CAT FACE}", "Tom & Jerry"):
        await client.http.post("/_sandbox/push", json={"type": "text", "from": name})
    senders = [one["FromUserName"] for one in await client.drain()]
    assert senders[0] == senders[1] == client.to("妈妈")
    assert len(set(senders)) == 3


async def test_contacts_change_on_demand(client: Client) -> None:
    change = {"name": "读书会 & 茶", "muted": False, "pinned": True, "nickname": "读书会"}
    await client.http.post("/_sandbox/contact", json=change)
    (changed,) = (await client.sync())["ModContactList"]
    assert (changed["Statues"], changed["NickName"], changed["ContactFlag"] & 2048) == (1, "读书会", 2048)


async def test_reset_starts_over(client: Client) -> None:
    await client.text(client.to("张三"), "x")
    await client.upload("a.txt", b"x")
    await client.http.post("/_sandbox/reset")
    assert (await client.http.get("/_sandbox/sent")).json() == []
    assert (await client.http.get("/_sandbox/uploads")).json() == []
    assert ret(await client.call("webwxinit")) in (1100, 1102)
    client.http.cookies.clear()
    await client.login()
    assert len(await client.drain()) > 20


async def test_state_counts_calls_and_shows_no_secret(client: Client) -> None:
    answer = await client.http.get("/_sandbox/state")
    assert answer.json()["calls"]["webwxinit"] == 1
    assert answer.json()["sessions"][0]["ended"] is None
    for secret in (client.skey, client.sid, client.pass_ticket, client.http.cookies["webwx_auth_ticket"]):
        assert secret not in answer.text


async def test_browsers_are_kept_out(client: Client) -> None:
    for origin in ("http://evil.example", "null"):
        for send in (client.http.get, client.http.post):
            answer = await send("/_sandbox/state", headers={"Origin": origin})
            assert answer.status_code == 403
    assert ret(await client.call("webwxinit")) == 0


@pytest.mark.parametrize("kind", ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data", None])
async def test_a_control_call_takes_json_only(client: Client, kind: str | None) -> None:
    """A page in a browser can send these without asking first."""
    headers = {} if kind is None else {"Content-Type": kind}
    answer = await client.http.post("/_sandbox/push", content=b'{"type": "text"}', headers=headers)
    assert answer.status_code == 403
    assert (await client.http.post("/_sandbox/push", json={"type": "text"})).status_code == 200


CURL = {"User-Agent": "curl/7.88.1", "Content-Type": "application/x-www-form-urlencoded"}


@pytest.mark.parametrize(
    ("more", "status"),
    [
        ({}, 200),
        ({"Sec-Fetch-Site": "cross-site"}, 403),
        ({"Referer": "http://evil.example/"}, 403),
        ({"Origin": "http://evil.example"}, 403),
        ({"User-Agent": "Mozilla/5.0"}, 403),
        ({"Content-Type": "text/plain"}, 403),
    ],
)
async def test_curl_as_people_type_it(client: Client, more: dict[str, str], status: int) -> None:
    """`curl -d '{"type": "text"}' …/_sandbox/push`, as scripts write it: nothing that a page could send."""
    answer = await client.http.post("/_sandbox/push", content=b'{"type": "text"}', headers=CURL | more)
    assert answer.status_code == status


@pytest.mark.parametrize(
    ("host", "status"),
    [
        ("127.0.0.1:8787", 200),
        ("127.9.9.9", 200),
        ("localhost", 200),
        ("LocalHost:80", 200),
        ("[::1]:8787", 200),
        ("[::1]", 200),
        ("evil.example", 403),
        ("evil.example:8787", 403),
        ("127.0.0.1.evil.example:8787", 403),
        ("localhost.evil.example", 403),
        ("192.168.0.2:8787", 403),
        ("[2001:db8::1]:8787", 403),
        ("127.0.0.1:8787@evil.example", 403),
        ("::1", 403),
        ("0x7f000001", 403),
        ("", 403),
    ],
)
async def test_a_name_that_was_bound_to_this_machine_reads_nothing(client: Client, host: str, status: int) -> None:
    for path in ("/_sandbox/sent", "/jslogin?appid=wx782c26e4c19acffb"):
        assert (await client.http.get(path, headers={"Host": host})).status_code == status


def test_the_help_names_everything() -> None:
    shown = control_help()
    for route in ROUTES:
        assert re.search(rf"{route.path}\b", shown), route.path
    for word in [*KINDS, "revoke", *(kind.value for kind in FaultKind)]:
        assert re.search(rf"\b{word}\b", shown), word


async def test_the_application_works_without_a_socket() -> None:
    app = build(SandboxOptions(scan_delay=0, replies=False))
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://localhost") as http:
        client = await Client(http).login()
        assert ret((await client.text(client.to("张三"), "x"))[1]) == 0
    app.state.sandbox.close()
