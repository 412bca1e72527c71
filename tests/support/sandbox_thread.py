"""A sandbox in a thread of its own, and its control API for plain tests and other processes."""

from __future__ import annotations

import ssl
from dataclasses import dataclass, field
from typing import Any

import httpx

from tui.sandbox.double import ServingThread
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
        self._serving = ServingThread(options)

    @property
    def state(self) -> State:
        """Its state; it belongs to the other thread."""
        return self._serving.server.state

    def __enter__(self) -> Sandbox:
        self._serving.start()
        # It speaks plain HTTP: to read all certificates of the world takes longer than many a test.
        self._http = httpx.Client(trust_env=False, verify=ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT))
        return Sandbox(self._serving.origin, self._http)

    def __exit__(self, *_: object) -> None:
        self._http.close()
        self._serving.stop()
