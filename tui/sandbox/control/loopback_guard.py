"""Keeping web pages away: by DNS rebinding they could read the sandbox, and by a plain form drive it."""

from __future__ import annotations

import ipaddress
from typing import Final

from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

_BROWSERS: Final = ("origin", "referer", "sec-fetch-site", "sec-fetch-mode")
"""Headers of which every browser sends at least one with a request that a page makes."""
_FORM: Final = "application/x-www-form-urlencoded"


class LoopbackGuard:
    """Refuses with 403 what is not addressed to this machine, and control calls that a web page could have made."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve or refuse one request."""
        why = _objection(Request(scope)) if scope["type"] == "http" else ""
        if why:
            await Response(f"{why}\n", 403, media_type="text/plain")(scope, receive, send)
            return
        await self.app(scope, receive, send)


def _objection(request: Request) -> str:
    """Return why a request is refused, "" when it is not."""
    host = request.headers.get("host", "")
    if not is_loopback(host):
        # A name that points here now: the page that was loaded under it may read what comes from it.
        return "The sandbox answers only under a loopback name: 127.0.0.1, localhost or [::1]."
    if not request.url.path.startswith("/_sandbox"):
        return ""
    if "origin" in request.headers:
        return "The control API is not for web pages."
    if request.method != "POST" or _is_json(request) or _from_a_shell(request):
        return ""
    return "The control API takes JSON: send Content-Type: application/json."


def is_loopback(host: str) -> bool:
    """Return whether a `Host` header, with or without a port, names this machine by a loopback name or address."""
    name, colon, port = host.rpartition(":")
    if not colon or host.endswith("]"):
        name, port = host, "0"
    if not (port.isascii() and port.isdecimal()):
        return False
    if name.lower() == "localhost":
        return True
    try:
        if name.startswith("[") and name.endswith("]"):
            return ipaddress.IPv6Address(name[1:-1]).is_loopback
        return ipaddress.IPv4Address(name).is_loopback
    except ValueError:
        return False


def _is_json(request: Request) -> bool:
    return request.headers.get("content-type", "").partition(";")[0].strip().lower() == "application/json"


def _from_a_shell(request: Request) -> bool:
    """Return whether no page can have sent a POST without JSON: `curl -d` as people type it, or one without a body.

    A page can send a form, but neither choose another User-Agent for it nor leave all of a browser's headers out.
    """
    headers = request.headers
    if any(name in headers for name in _BROWSERS):
        return False
    if headers.get("content-length", "0") == "0" and "transfer-encoding" not in headers:
        return True
    return headers.get("user-agent", "").startswith("curl/") and headers.get("content-type", "") == _FORM
