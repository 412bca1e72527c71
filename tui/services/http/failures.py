"""Failures of HTTP: whatever httpx, the layers below it and a new connection can raise, as errors of ours."""

from __future__ import annotations

import os
import re
import ssl
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any, Final

from socksio.exceptions import SOCKSError

from tui import errors
from tui.services.http.body import BadBody
from tui.services.http.environment import certificate_variable
from tui.services.http.httpx_import import httpx

_PROXY_LOGIN: Final = r"407 |Invalid username/password|Requested .* but got (NO ACCEPTABLE METHODS|USERNAME/PASSWORD)"
"""Words of httpcore for a proxy that wants to know who asks."""


class RequestStart:
    """Knows by httpcore's trace whether a request began to leave."""

    def __init__(self) -> None:
        self.began = False
        self.proxy_asked = False
        """True while a proxy has been asked for a tunnel, and has not answered."""

    async def trace(self, event: str, info: Mapping[str, Any]) -> None:
        """Hear what a connection does."""
        if event.endswith("send_request_headers.started"):
            # httpcore sends CONNECT as one more request, with the extensions of the one that shall go through.
            request = info["request"]
            self.proxy_asked = request.method == b"CONNECT"
            self.began = self.began or not self.proxy_asked
            if self.proxy_asked:
                seconds = request.extensions["timeout"]["connect"]
                request.extensions = request.extensions | {"timeout": {"read": seconds, "write": seconds}}
        elif event.endswith("setup_socks5_connection.started"):
            self.proxy_asked = True
        elif event.endswith(("receive_response_headers.complete", "setup_socks5_connection.complete")):
            self.proxy_asked = False


@contextmanager
def as_our_errors(host: str, name: str, status: int = 0, start: RequestStart | None = None) -> Iterator[None]:
    """Turn what httpx and the layers below it raise into the errors that stand for it.

    `start` knows whether a request is on its way; what breaks before that has certainly not been sent.
    """
    try:
        yield
    except Exception as error:
        # All of them: what opening a connection can raise is in nobody's documentation.
        one = _one_of(error)
        if one is not error and start is not None and not start.began and not isinstance(one, errors.WxtuiError):
            # Groups come from below httpx's own connections, and only while these are made.
            raise errors.Unreachable(host=host, call=name, why=_why(one)) from None
        ours = _ours(one, host, name, status, start)
        if ours is None:
            raise
        try:
            raise ours from None
        finally:
            # Its traceback holds this frame: an answer of megabytes would stay until the garbage is collected.
            del one, ours


def _one_of(error: BaseException) -> BaseException:
    """Return the first error in a group; anyio raises groups of one, and of all the addresses that did not answer."""
    while isinstance(error, BaseExceptionGroup):
        error = error.exceptions[0]
    return error


def _ours(
    error: BaseException, host: str, name: str, status: int, start: RequestStart | None
) -> errors.WxtuiError | None:
    match error:
        case errors.WxtuiError():
            return error
        case BadBody():
            return errors.BadAnswer(host=host, call=name, why=error.why, status=status if status >= 400 else 0)
        case _ if start is not None and start.proxy_asked and isinstance(error, httpx.TransportError | OSError):
            return errors.Unreachable(host=host, call=name, why=_why_of_proxy(error))
        case httpx.ProxyError() | SOCKSError():
            return errors.Unreachable(host=host, call=name, why=_why_of_proxy(error))
        case httpx.ConnectError() | httpx.ConnectTimeout() | httpx.PoolTimeout():
            return errors.Unreachable(host=host, call=name, why=_why(error))
        case httpx.TimeoutException():
            return errors.TimedOut(host=host, call=name)
        case httpx.TransportError() | OSError():
            # httpx lets through what breaks TLS once the handshake is over.
            return errors.ConnectionBroken(host=host, call=name)
        case httpx.InvalidURL():
            return errors.Unreachable(host=host, call=name, why=errors.Phrase("not a valid address"))
        case httpx.HTTPError():
            why = errors.Phrase("it violates the HTTP protocol")
            return errors.BadAnswer(host=host, call=name, why=why, status=0)
        case ValueError() | ArithmeticError() | RuntimeError() if start is not None and not start.began:
            # A port of 99999, a name that cannot be encoded, a resolver with ideas of its own.
            return errors.Unreachable(host=host, call=name, why=errors.Phrase("a connection could not be opened"))
        case _:
            return None


def _why_of_proxy(error: BaseException) -> errors.Phrase:
    """Return why a proxy opens no tunnel; its own words are never a part of it."""
    if isinstance(error, httpx.ProxyError) and re.match(_PROXY_LOGIN, str(error)):
        return errors.Phrase("the proxy wants another name or password")
    return errors.Phrase("the proxy does not connect")


def _why(error: BaseException) -> object:
    """Return the operating system's own word for why there is no connection."""
    cause: BaseException | None = error
    seen: set[int] = set()
    while cause is not None and id(cause) not in seen:
        seen.add(id(cause))
        if isinstance(cause, BaseExceptionGroup):
            cause = cause.exceptions[0]
            continue
        if isinstance(cause, ssl.SSLCertVerificationError):
            return untrusted(cause)
        if isinstance(cause, ssl.SSLError):
            return errors.Phrase("a secure connection could not be opened")
        if isinstance(cause, OSError) and cause.errno:
            # asyncio puts its own words and the address in; a name that is not found has a negative errno of its own.
            return os.strerror(cause.errno) if cause.errno > 0 else cause.strerror or errors.Phrase("unknown host name")
        cause = cause.__cause__ or cause.__context__
    if isinstance(error, httpx.TimeoutException):
        return errors.Phrase("it did not answer in time")
    return errors.Phrase("a connection could not be opened")


def untrusted(error: ssl.SSLCertVerificationError) -> errors.Phrase:
    """Return why a certificate is not trusted, and which variable says what is."""
    why = getattr(error, "verify_message", "") or error.strerror or ""
    variable = certificate_variable()
    if not variable:
        return errors.Phrase("its certificate is not trusted ({why})", why=why)
    return errors.Phrase(
        "its certificate is not trusted ({why}; trusted ones come from {variable})", why=why, variable=variable
    )
