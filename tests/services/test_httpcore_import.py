"""httpcore runs without anyio."""

from __future__ import annotations

import subprocess
import sys

_CALL = """
import asyncio, sys
from tui.services.http import sockets
from tui.services.http.httpx_import import httpx
from tui.services.http.connections import ConnectionPools
from tui.services.http.environment import ProxyRoutes
import ssl

async def main():
    answered = []
    async def answer(reader, writer):
        await reader.readuntil(b"\\r\\n\\r\\n")
        writer.write(b"HTTP/1.1 200 OK\\r\\ncontent-length: 2\\r\\n\\r\\nok")
        answered.append(writer)
    server = await asyncio.start_server(answer, "127.0.0.1", 0)
    origin = "http://127.0.0.1:%d/" % server.sockets[0].getsockname()[1]
    pools = ConnectionPools(ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT), ProxyRoutes())
    async with httpx.AsyncClient(transport=pools) as http:
        found = await asyncio.gather(*(http.get(origin) for _ in range(3)))
        assert [one.text for one in found] == ["ok"] * 3
    for writer in answered:
        writer.close()
    server.close()

asyncio.run(main())
print("anyio" in sys.modules)
"""


def test_calls_need_no_anyio() -> None:
    done = subprocess.run([sys.executable, "-c", _CALL], capture_output=True, text=True, check=False)
    assert (done.stdout, done.stderr) == ("False\n", "")
