"""PROTOCOL section 2 and traps 1 to 3, 12."""

from __future__ import annotations

import asyncio

from tests.sandbox.conftest import Connect, Start
from tests.support.raw_client import CGI, Client, ret
from tests.support.waiting import idle
from tui.sandbox.server import SandboxServer


async def _phone(client: Client, what: str, **body: object) -> int:
    return (await client.http.post(f"/_sandbox/{what}", json=body)).status_code


async def test_the_poll_hangs_until_the_phone_acts(start: Start, connect: Connect) -> None:
    client = connect(await start(scan_delay=None, poll_seconds=20))
    uuid = await client.new_code()
    waiting = asyncio.create_task(client.poll(uuid))
    await idle()
    assert not waiting.done()
    assert await _phone(client, "scan") == 200
    code, text = await waiting
    assert code == 201
    assert "window.userAvatar = 'data:img/jpg;base64," in text
    waiting = asyncio.create_task(client.poll(uuid, tip=0))
    assert await _phone(client, "confirm") == 200
    code, text = await waiting
    assert code == 200
    assert f'window.redirect_uri="{client.http.base_url}'.rstrip("/") in text


async def test_a_quiet_phone_gives_408(start: Start, connect: Connect) -> None:
    client = connect(await start(scan_delay=None, poll_seconds=0.05))
    assert (await client.poll(await client.new_code()))[0] == 408


async def test_cancel_then_scan_the_same_code_again(start: Start, connect: Connect) -> None:
    client = connect(await start(scan_delay=None, poll_seconds=20))
    uuid = await client.new_code()
    await _phone(client, "scan")
    assert (await client.poll(uuid))[0] == 201
    waiting = asyncio.create_task(client.poll(uuid, tip=0))
    await idle()
    await _phone(client, "cancel")
    assert (await waiting)[0] == 408
    await _phone(client, "scan")
    assert (await client.poll(uuid))[0] == 201
    await _phone(client, "confirm")
    assert (await client.poll(uuid, tip=0))[0] == 200


async def test_a_lost_201_is_told_again_when_asked_with_tip_1(start: Start, connect: Connect) -> None:
    client = connect(await start(scan_delay=None, poll_seconds=20))
    uuid = await client.new_code()
    await _phone(client, "scan")
    assert [(await client.poll(uuid, tip=1))[0] for _ in range(2)] == [201, 201]


async def test_the_phone_cannot_confirm_what_it_did_not_scan(start: Start, connect: Connect) -> None:
    client = connect(await start(scan_delay=None))
    assert await _phone(client, "scan") == 409
    await client.new_code()
    assert await _phone(client, "confirm") == 409


async def test_an_expired_code_gives_400_and_so_does_a_made_up_one(start: Start, connect: Connect) -> None:
    client = connect(await start(scan_delay=None, poll_seconds=20))
    uuid = await client.new_code()
    waiting = asyncio.create_task(client.poll(uuid))
    await idle()
    await _phone(client, "expire")
    assert (await waiting)[0] == 400
    assert (await client.poll("nobody=="))[0] == 400


async def test_a_code_dies_of_age(start: Start, connect: Connect) -> None:
    client = connect(await start(scan_delay=None, poll_seconds=20, qr_seconds=0.1))
    assert (await client.poll(await client.new_code()))[0] == 400


async def test_newloginpage_gives_301_without_fun_new_and_no_location(server: SandboxServer, connect: Connect) -> None:
    client = connect(server)
    redirect = await client.wait_for_redirect(await client.new_code())
    answer = await client.http.get(redirect, follow_redirects=False)
    assert answer.status_code == 301
    assert "location" not in answer.headers
    assert "<ret>0</ret>" in answer.text
    again = await client.http.get(redirect + "&fun=new&version=v2")
    assert again.status_code == 200
    assert "<ret>1</ret>" in again.text


async def test_credentials_hold_what_has_to_be_encoded(server: SandboxServer, connect: Connect) -> None:
    client = connect(server)
    redirect = await client.wait_for_redirect(await client.new_code())
    assert "/" not in redirect.split("?")[1]
    answer = await client.enter(redirect)
    names = {"wxsid", "wxuin", "webwxuvid", "webwx_data_ticket", "webwx_auth_ticket", "wxloadtime"}
    assert names <= set(answer.cookies)
    assert "%" in answer.text.split("<pass_ticket>")[1].split("<")[0]
    for value in (client.sid, answer.cookies["webwx_data_ticket"] or ""):
        assert "+" in value
        assert "/" in value
    assert '"' not in "".join(answer.headers.get_list("set-cookie"))


async def test_a_barred_account_gets_1203(server: SandboxServer, connect: Connect) -> None:
    client = connect(server)
    await client.http.post("/_sandbox/fault", json={"login_ret": 1203})
    answer = await client.enter(await client.wait_for_redirect(await client.new_code()))
    assert "<ret>1203</ret>" in answer.text
    assert not answer.cookies
    transfer = connect(server, "wx_webfilehelper")
    await transfer.login()
    assert transfer.me


async def test_names_are_fresh_at_each_login_and_the_same_for_the_same_seed(start: Start, connect: Connect) -> None:
    server = await start(seed=7)
    first = await connect(server).login()
    second = await connect(server).login()
    twin = await connect(await start(seed=7)).login()
    assert first.uin == second.uin == twin.uin
    assert first.to("张三") != second.to("张三")
    assert first.to("张三") == twin.to("张三")
    assert first.skey != second.skey
    assert first.contacts["文件传输助手"]["UserName"] == "filehelper"
    assert (await first.check())[0] == "1101"
    assert ret(await first.call("webwxinit")) == 1101


async def test_a_login_can_be_pushed_to_the_phone(server: SandboxServer, connect: Connect) -> None:
    client = await connect(server).login()
    answer = await client.http.get(CGI + "webwxpushloginurl", params={"uin": client.uin})
    assert answer.json()["ret"] == "0"
    await client.enter(await client.wait_for_redirect(answer.json()["uuid"]))
    await client.init()
    stranger = await client.http.get(CGI + "webwxpushloginurl", params={"uin": "1"})
    assert stranger.json()["ret"] == "1"
    assert "uuid" not in stranger.json()


async def test_logout_ends_the_session(client: Client) -> None:
    form = {"sid": client.sid, "uin": client.uin}
    await client.http.post(CGI + "webwxlogout", params={"redirect": 1, "type": 0, "skey": client.skey}, data=form)
    assert await client.check() == ("1100", "0")
    assert ret(await client.call("webwxinit")) == 1100


async def test_qr_code_and_its_address(server: SandboxServer, connect: Connect) -> None:
    client = connect(server)
    uuid = await client.new_code()
    picture = await client.http.get(f"/qrcode/{uuid}")
    assert picture.content.startswith(b"\x89PNG")
    assert (await client.http.get(f"/l/{uuid}")).status_code == 200
    assert "uuid" in (await client.http.post("/jslogin", params={"appid": client.appid})).text
    assert "400" in (await client.http.get("/jslogin", params={"appid": "wx0"})).text
