"""Layer around all calls: counts each, and spoils it when a fault is switched on."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

import msgspec
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from tui.sandbox.control import hostile_bodies
from tui.sandbox.routes.skeletons import skeleton
from tui.sandbox.session.faults import IN_ROUTES, Fault, FaultKind, call_of
from tui.sandbox.session.state import State
from tui.wire.names import Ret

Breaker = Callable[[], None]
ABORT, CLOSE = "wxtui.abort", "wxtui.close"
"""Keys in `scope["extensions"]` under which the listener offers to end the connection."""

HTML = b"<!DOCTYPE html><html><head><title>502 Bad Gateway</title></head><body><center>nginx</center></body></html>"


def refusal(call: str, ret: int, *, bare: bool = False) -> bytes:
    """Return the answer with which this call says no, with a Ret code; `bare`: with nothing else in it."""
    if call == "synccheck":
        return f'window.synccheck={{retcode:"{ret}",selector:"0"}}'.encode()
    if call in ("login", "jslogin"):
        return f"window.code={ret};".encode() if call == "login" else f"window.QRLogin.code = {ret};".encode()
    if call == "webwxnewloginpage":
        return f"<error><ret>{ret}</ret><message></message></error>".encode()
    fields = {} if bare else skeleton(call)
    return msgspec.json.encode({"BaseResponse": {"Ret": ret, "ErrMsg": ""}, **fields})


class FaultLayer:
    """ASGI layer round the whole application; it also counts the calls."""

    def __init__(self, app: ASGIApp, state: State) -> None:
        self.app = app
        self.state = state

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve, or spoil, one request."""
        path = scope.get("path", "")
        if scope["type"] != "http" or path.startswith("/_sandbox"):
            await self.app(scope, receive, send)
            return
        call = call_of(path)
        self.state.calls[call] += 1
        fault = self.state.faults.take(call, frozenset(FaultKind) - IN_ROUTES)
        if fault is None:
            await self.app(scope, receive, send)
            return
        await self._spoil(fault, call, scope, receive, send)

    async def _spoil(self, fault: Fault, call: str, scope: Scope, receive: Receive, send: Send) -> None:
        match fault.kind:
            case FaultKind.DROP_BEFORE:
                await _break(scope, receive, ABORT)
            case FaultKind.DROP_AFTER:
                await self.app(scope, receive, _swallow)
                await _break(scope, receive, ABORT)
            case FaultKind.RESET:
                await _read_some(scope, receive, int(fault.value))
                await _break(scope, receive, ABORT)
            case FaultKind.LATE:
                await self._late(fault.value, scope, receive, send)
            case FaultKind.EXPIRE:
                for session in self.state.live():
                    session.end(Ret(int(fault.value) or Ret.LOGGED_IN_ELSEWHERE))
                await self.app(scope, receive, send)
            case FaultKind.DELAY:
                await self.state.pause(fault.value)
                await self.app(scope, receive, send)
            case FaultKind.TRUNCATE:
                await self._truncate(scope, receive, send)
            case FaultKind.SLOW:
                rate = fault.value or 65536
                await self.app(scope, self._slowly(receive, rate), self._dripping(send, rate))
            case FaultKind.HTML:
                await _instead(receive, send, 200, HTML, b"text/html")
            case FaultKind.STATUS:
                await _instead(receive, send, int(fault.value) or 502, HTML, b"text/html")
            case FaultKind.RET | FaultKind.BARE:
                refused = refusal(call, int(fault.value) or -1, bare=fault.kind is FaultKind.BARE)
                await _instead(receive, send, 200, refused, b"text/plain")
            case FaultKind.OVERSIZED | FaultKind.BOMB | FaultKind.ENDLESS | FaultKind.TRICKLE:
                await self._pour(fault, scope, receive, send)
            case FaultKind.PICTURE:
                pictures = hostile_bodies.pictures()
                await _instead(receive, send, 200, pictures[int(fault.value) % len(pictures)], b"image/jpeg")
            case FaultKind.NESTED:
                await self._nest(int(fault.value) or hostile_bodies.LEVELS, scope, receive, send)
            case _:
                await _instead(receive, send, 200, b"", b"text/plain")

    def _slowly(self, receive: Receive, rate: float) -> Receive:
        async def slow() -> Message:
            message = await receive()
            await self.state.pause(len(message.get("body", b"")) / rate)
            return message

        return slow

    def _dripping(self, send: Send, rate: float) -> Send:
        """Return a `send` that splits a large answer into ten pieces a second."""

        async def slow(message: Message) -> None:
            body, piece = message.get("body", b""), max(1024, int(rate / 10))
            while len(body) > piece:
                await send({**message, "body": body[:piece], "more_body": True})
                await self.state.pause(piece / rate)
                body = body[piece:]
            await send({**message, "body": body} if body else message)

        return slow

    async def _truncate(self, scope: Scope, receive: Receive, send: Send) -> None:
        kept = await self._kept(scope, receive)
        body = b"".join(message.get("body", b"") for message in kept)
        if not any(name.lower() == b"content-length" for name, _ in kept[0]["headers"]):
            kept[0]["headers"] = [*kept[0]["headers"], (b"content-length", str(len(body)).encode())]
        await send(kept[0])
        await send({"type": "http.response.body", "body": body[: len(body) // 2], "more_body": True})
        await _break(scope, receive, CLOSE)

    async def _pour(self, fault: Fault, scope: Scope, receive: Receive, send: Send) -> None:
        """Do what the call asks for, and answer with a hostile body, until it ends or the client hangs up."""
        await self.app(scope, receive, _swallow)
        packed = fault.kind is FaultKind.BOMB
        headers = [(b"content-type", b"text/plain"), *([(b"content-encoding", b"gzip")] if packed else [])]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        gone = asyncio.ensure_future(_hang_up(receive))
        try:
            for piece in hostile_bodies.pieces(fault.kind, int(fault.value)):
                await send({"type": "http.response.body", "body": piece, "more_body": True})
                await self.state.pause((fault.value or 1.0) if fault.kind is FaultKind.TRICKLE else 0)
                if gone.done() or self.state.closed:
                    return
            await send({"type": "http.response.body", "body": b""})
        finally:
            gone.cancel()

    async def _nest(self, levels: int, scope: Scope, receive: Receive, send: Send) -> None:
        """Send the call's own answer with a field more, of lists inside lists."""
        kept = await self._kept(scope, receive)
        body = hostile_bodies.nested(b"".join(message.get("body", b"") for message in kept), levels)
        headers = [(name, value) for name, value in kept[0]["headers"] if name.lower() != b"content-length"]
        headers.append((b"content-length", str(len(body)).encode()))
        await send({**kept[0], "headers": headers})
        await send({"type": "http.response.body", "body": body})

    async def _late(self, seconds: float, scope: Scope, receive: Receive, send: Send) -> None:
        kept = await self._kept(scope, receive)
        await self.state.pause(seconds)
        for message in kept:
            await send(message)

    async def _kept(self, scope: Scope, receive: Receive) -> list[Message]:
        """Serve the request, and hold the answer back."""
        kept: list[Message] = []

        async def keep(message: Message) -> None:
            kept.append(message)

        await self.app(scope, receive, keep)
        return kept


async def _swallow(_: Message) -> None:
    """Throw an answer away."""


async def _hang_up(receive: Receive) -> None:
    """Wait until the client hangs up."""
    while (await receive())["type"] != "http.disconnect":
        pass


async def _read_all(receive: Receive) -> None:
    """Read the whole request; an answer before its end would reset the connection."""
    while (message := await receive())["type"] == "http.request" and message.get("more_body", False):
        pass


async def _read_some(scope: Scope, receive: Receive, wanted: int) -> None:
    """Read `wanted` bytes of the request, half of it for 0, but never all of it when it comes in pieces."""
    length = next((int(value) for name, value in scope["headers"] if name.lower() == b"content-length"), 0)
    wanted, read = wanted or length // 2, 0
    while read < wanted and (message := await receive())["type"] == "http.request" and message.get("more_body", False):
        read += len(message.get("body", b""))


async def _instead(receive: Receive, send: Send, status: int, body: bytes, kind: bytes) -> None:
    await _read_all(receive)
    headers = [(b"content-type", kind), (b"content-length", str(len(body)).encode())]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})


async def _break(scope: Scope, receive: Callable[[], Awaitable[Message]], how: str) -> None:
    """End the connection, and wait until the listener knows it. Without a socket, raise as a socket would."""
    breaker: Breaker | None = scope.get("extensions", {}).get(how)
    if breaker is None:
        raise ConnectionResetError("the sandbox dropped this connection")
    breaker()
    async with asyncio.timeout(5):
        await _hang_up(receive)
