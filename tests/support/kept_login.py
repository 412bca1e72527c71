"""One login for many tests: what it sent is sent again to a sandbox that was reset, what it wrote is laid down again.

A sandbox that is reset answers the same login with the same session. So a profile that is logged in need not be made by
the whole program again for each of hundreds of tests; how that works has tests of its own.
"""

from __future__ import annotations

import shutil
import time
from collections.abc import Awaitable, Callable
from http.client import HTTPConnection, HTTPResponse
from pathlib import Path
from unittest.mock import patch
from urllib.parse import urlsplit

import httpx

from tests.support.sandbox_thread import Sandbox

FRESH = 20.0
"""Seconds that a login is used again: what it wrote says when it was."""


class KeptLogin:
    """The last real login in a sandbox: its requests, and the files that it left."""

    def __init__(self, sandbox: Sandbox, files: Path) -> None:
        self._sandbox = sandbox
        self._files = files
        self._requests: list[httpx.Request] = []
        self._made = -FRESH
        place = urlsplit(sandbox.origin)
        self._http = HTTPConnection(place.hostname or "", place.port, timeout=30)

    def close(self) -> None:
        self._http.close()

    def log_in(self, home: Path, really: Callable[[], None]) -> None:
        """Leave `home` as after a login. `really` makes one: at first, and where what was kept does not fit."""
        if self._sandbox.touched or home.exists():
            really()
        elif time.monotonic() - self._made > FRESH:
            self._requests = []
            with patch.object(httpx.AsyncClient, "send", _recording(self._requests)):
                really()
            shutil.rmtree(self._files, ignore_errors=True)
            shutil.copytree(home, self._files)
            self._made = time.monotonic()
        else:
            for request in self._requests:
                path, headers = request.url.raw_path.decode(), dict(request.headers)
                answer = self._asked(request.method, path, request.content, headers)
                answer.read()
                assert answer.status in (200, 301)
            shutil.copytree(self._files, home)

    def _asked(self, method: str, path: str, content: bytes, headers: dict[str, str]) -> HTTPResponse:
        """Send a request; the sandbox closes a connection that was idle for some seconds, maybe just now."""
        try:
            self._http.request(method, path, content, headers)
            return self._http.getresponse()
        except ConnectionError:
            self._http.close()
            self._http.request(method, path, content, headers)
            return self._http.getresponse()


def _recording(requests: list[httpx.Request]) -> Callable[..., Awaitable[httpx.Response]]:
    send = httpx.AsyncClient.send

    def recorded(self: httpx.AsyncClient, request: httpx.Request, **options: bool) -> Awaitable[httpx.Response]:
        requests.append(request)
        return send(self, request, **options)

    return recorded
