"""The listener: where it listens, how it stops, what it leaves."""

from __future__ import annotations

import asyncio
import json
import signal
import ssl
import subprocess
import sys
from pathlib import Path

import httpx
import pytest
import trustme

from tests.sandbox.conftest import NO_CERTIFICATES, Connect, Start
from tests.support.raw_client import CGI, PART, Client, ret
from tests.support.waiting import idle, until
from tui.errors import UsageError
from tui.sandbox.server import SandboxServer
from tui.sandbox.world.options import SandboxOptions

PROGRAM = """
from tui.sandbox.world.options import SandboxOptions
from tui.sandbox.server import serve
serve(SandboxOptions(scan_delay=0), lambda origin: print(origin, flush=True))
"""


def _entries(directory: Path) -> list[Path]:
    return list(directory.iterdir())


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.0.2.1", "example.com", ""])
async def test_other_addresses_than_loopback_are_refused(host: str) -> None:
    with pytest.raises(UsageError, match="loopback"):
        async with SandboxServer(SandboxOptions(host=host)):
            raise AssertionError("it listens")


async def test_a_port_that_is_taken_or_is_none(server: SandboxServer) -> None:
    for port, word in ((int(server.origin.rpartition(":")[2]), "used by another program"), (70000, "70000")):
        with pytest.raises(UsageError, match=word):
            async with SandboxServer(SandboxOptions(port=port)):
                raise AssertionError("it listens")


async def test_it_stops_at_once_with_open_polls(start: Start, connect: Connect) -> None:
    server = await start(poll_seconds=60, scan_delay=0)
    client = await connect(server).login()
    await client.drain()
    polls = [asyncio.create_task(client.check()) for _ in range(3)]
    await idle()
    assert not any(poll.done() for poll in polls)
    async with asyncio.timeout(5):
        await server.__aexit__(None, None, None)
        for poll in polls:
            await asyncio.gather(poll, return_exceptions=True)
    with pytest.raises(httpx.ConnectError):
        await client.http.get("/_sandbox/state")


async def test_signals_stay_with_the_owner_of_the_loop(start: Start) -> None:
    numbers = (signal.SIGINT, signal.SIGTERM)
    before = [signal.getsignal(number) for number in numbers]
    server = await start()
    assert [signal.getsignal(number) for number in numbers] == before
    assert server.origin.startswith("http://127.0.0.1:")


async def test_it_speaks_tls_with_a_certificate(tmp_path: Path) -> None:
    authority = trustme.CA()
    authority.issue_cert("127.0.0.1").private_key_and_cert_chain_pem.write_to_path(tmp_path / "pem")
    trust = ssl.create_default_context()
    authority.configure_trust(trust)
    options = SandboxOptions(scan_delay=0)
    async with (
        SandboxServer(options, certfile=tmp_path / "pem") as server,
        httpx.AsyncClient(base_url=server.origin, verify=trust, trust_env=False) as http,
    ):
        client = Client(http)
        redirect = await client.wait_for_redirect(await client.new_code())
        assert redirect.startswith(server.origin)
        assert server.origin.startswith("https://")
    (tmp_path / "broken").write_text("no certificate")
    with pytest.raises(UsageError, match="certificate"):
        async with SandboxServer(options, certfile=tmp_path / "broken"):
            raise AssertionError("it listens")


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
async def test_the_program_ends_on_a_signal_and_leaves_no_files(tmp_path: Path, number: signal.Signals) -> None:
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-c", PROGRAM, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env={"TMPDIR": str(tmp_path)}
    )
    assert process.stdout is not None
    origin = (await process.stdout.readline()).decode().strip()
    async with httpx.AsyncClient(base_url=origin, trust_env=False) as http:
        client = await Client(http).login()
        await client.drain()
        await client.upload("a.txt", b"hello")
        assert len(_entries(tmp_path)) == 1
        checks = (await client.http.get("/_sandbox/state")).json()["calls"].get("synccheck", 0)
        poll = asyncio.create_task(client.check())

        async def has_come() -> bool:
            return (await client.http.get("/_sandbox/state")).json()["calls"].get("synccheck", 0) > checks

        await until(has_come)
        process.send_signal(number)
        _, errors = await asyncio.wait_for(process.communicate(), 10)
        await asyncio.gather(poll, return_exceptions=True)
    assert (process.returncode, errors) == (0, b"")
    assert _entries(tmp_path) == []


async def test_rubbish_leaves_no_traceback(
    client: Client, server: SandboxServer, caplog: pytest.LogCaptureFixture
) -> None:
    image = (await client.http.post("/_sandbox/push", json={"type": "image"})).json()["MsgId"]
    digits = "9" * 5000
    assert (await client.http.get("/qrcode/" + digits)).status_code == 404
    assert (
        await client.http.get(CGI + "webwxgetmsgimg", params={"MsgID": image}, headers={"Range": f"bytes={digits}-"})
    ).status_code == 400
    kind = f"multipart/form-data; boundary={digits}"
    answer = await client.http.post(CGI + "webwxuploadmedia", content=b"--9", headers={"Content-Type": kind})
    assert ret(answer.json()) == 1
    assert ret(await client.call("webwxgetcontact", {"seq": -3})) == 1
    assert [one for one in caplog.records if one.exc_info] == []


@pytest.mark.parametrize("call", ["webwxuploadmedia", "webwxsendmsg"])
async def test_who_leaves_in_the_middle_of_a_request_leaves_no_traceback(
    client: Client, server: SandboxServer, caplog: pytest.LogCaptureFixture, call: str
) -> None:
    cookies = "; ".join(f"{name}={value}" for name, value in client.http.cookies.items())
    _, writer = await asyncio.open_connection("127.0.0.1", int(server.origin.rpartition(":")[2]))
    head = f"POST {CGI}{call} HTTP/1.1\r\nHost: 127.0.0.1\r\nCookie: {cookies}\r\nContent-Length: 100\r\n"
    writer.write(f"{head}Content-Type: multipart/form-data; boundary=x\r\n\r\n--x".encode())
    await writer.drain()
    await idle()
    writer.close()
    await idle()
    assert server.state.calls[call] == 1
    assert [one for one in caplog.records if one.exc_info] == []


async def test_the_command_sets_the_largest_part_and_ends_with_its_input() -> None:
    options = ("--port", "0", "--scan-delay", "0", "--max-part", str(PART), "--empty", "--with-stdin", "--json")
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "tui", "sandbox", *options), stdout=subprocess.PIPE, stdin=subprocess.PIPE
    )
    try:
        assert process.stdout is not None
        told = json.loads(await process.stdout.readline())
        assert told["event"] == "listening"
        async with httpx.AsyncClient(base_url=told["origin"], trust_env=False, verify=NO_CERTIFICATES) as http:
            client = await Client(http).login()
            assert [one["MsgType"] for one in await client.drain()] in ([], [51]), "nothing waited"
            for size, expected in ((PART, 0), (PART + 1, 1)):
                form, _ = client.form("a.bin", bytes(size))
                assert ret(await client.part(form, bytes(size))) == expected
    finally:
        assert process.stdin is not None
        process.stdin.close()
        assert await asyncio.wait_for(process.wait(), 20) == 0
