"""A sandbox in a thread of its own, and its control API for plain tests and other processes."""

from __future__ import annotations

import asyncio
import ssl
import threading
from dataclasses import dataclass, field
from typing import Any

import httpx

from tui.sandbox.server import SandboxServer
from tui.sandbox.session.state import State
from tui.sandbox.world.options import SandboxOptions

OPTIONS = SandboxOptions(scan_delay=0.0, replies=False, poll_seconds=2.0, strict_revoke=True)


@dataclass
class Sandbox:
    """A running sandbox and its control API."""

    origin: str
    http: httpx.Client = field(repr=False)
    touched: bool = field(default=False, repr=False)
    """True once a test has changed it since it was reset, otherwise than through a client."""

    def post(self, path: str, **body: object) -> dict[str, Any]:
        self.touched = path != "reset"
        answer = self.http.post(f"{self.origin}/_sandbox/{path}", json=body)
        assert answer.status_code == 200, answer.text
        found: dict[str, Any] = answer.json()
        return found

    def get(self, path: str) -> Any:
        return self.http.get(f"{self.origin}/_sandbox/{path}").json()

    def fault(self, call: str, kind: str, value: object = None, times: int = 1) -> None:
        self.post("fault", call=call, kind=kind, times=times, **({} if value is None else {"value": value}))

    def sent(self) -> list[dict[str, Any]]:
        rows: list[dict[str, Any]] = self.get("sent")
        return rows

    def calls(self) -> dict[str, int]:
        """How often each call was made."""
        counts: dict[str, int] = self.get("state")["calls"]
        return counts


class SandboxThread:
    """A sandbox in an event loop of its own, so that plain tests and other processes can use it."""

    def __init__(self, options: SandboxOptions) -> None:
        self._options = options
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._ready = threading.Event()
        self._stop = asyncio.Event()
        self.origin = ""
        self.state: State | None = None

    def __enter__(self) -> Sandbox:
        self._thread.start()
        assert self._ready.wait(30)
        # It speaks plain HTTP: to read all certificates of the world takes longer than many a test.
        self._http = httpx.Client(trust_env=False, verify=ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT))
        return Sandbox(self.origin, self._http)

    def __exit__(self, *_: object) -> None:
        self._http.close()
        self._loop.call_soon_threadsafe(self._stop.set)
        self._thread.join(30)
        assert not self._thread.is_alive()

    def _serve(self) -> None:
        async def serve() -> None:
            async with SandboxServer(self._options) as server:
                self.origin, self.state = server.origin, server.state
                self._ready.set()
                await self._stop.wait()

        with asyncio.Runner(loop_factory=lambda: self._loop) as runner:
            runner.run(serve())
