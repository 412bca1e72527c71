"""Connections that are kept between calls, straight to a host or through a proxy."""

from __future__ import annotations

import ssl
from typing import TYPE_CHECKING

from tui.services.http.body import PIECE
from tui.services.http.environment import Proxy, ProxyRoutes
from tui.services.http.httpx_import import httpx

if TYPE_CHECKING:
    from httpcore import AsyncHTTP11Connection

IDLE_SECONDS = 4.0
"""How long a connection is kept for the next call. Servers close idle ones after 5 s or more: a send on a connection
that the server is just closing would be “unknown”, for nothing but the handshake that was saved."""
_HEAD_AT_ONCE = 4 * 1024
"""Bytes of a head that are read at once. A server may fill them with “100 Continue”, and the event loop waits until
each is gone through; a body's pieces are counted one by one."""


class ConnectionPools(httpx.AsyncBaseTransport):
    """Pools of connections: one for hosts without a proxy, and one for each proxy that the environment names."""

    def __init__(self, tls: ssl.SSLContext, routes: ProxyRoutes) -> None:
        self._tls = tls
        self._routes = routes
        self._pools: dict[Proxy | None, httpx.AsyncHTTPTransport] = {}

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Send a request through the pool for its host."""
        proxy = self._routes.proxy_for(str(request.url))
        if proxy not in self._pools:
            self._pools[proxy] = self._new_pool(proxy)
        for connection in self._pools[proxy]._pool.connections:
            if connection.is_idle() and _has_more(connection):
                await connection.aclose()
        return await self._pools[proxy].handle_async_request(request)

    def _new_pool(self, proxy: Proxy | None) -> httpx.AsyncHTTPTransport:
        # With the first pool, not before.
        from tui.services.http.httpcore_import import httpcore
        from tui.services.http.sockets import SocketBackend

        httpcore.AsyncHTTP11Connection.READ_NUM_BYTES = property(_read_at_once)  # type: ignore[assignment]  # a number there
        through = None
        if proxy is not None:
            through = httpx.Proxy(proxy.url, ssl_context=self._tls if proxy.url.startswith("https:") else None)
        made = httpx.AsyncHTTPTransport(
            verify=self._tls,
            trust_env=False,
            proxy=through,
            limits=httpx.Limits(max_connections=16, max_keepalive_connections=8, keepalive_expiry=IDLE_SECONDS),
        )
        made._pool._network_backend = SocketBackend()
        return made

    async def drop_idle(self) -> None:
        """Close the connections that wait for their next call."""
        for pool in self._pools.values():
            for connection in pool._pool.connections:
                if connection.is_idle():
                    await connection.aclose()

    async def aclose(self) -> None:
        """Close every connection."""
        for pool in self._pools.values():
            await pool.aclose()


def _read_at_once(connection: AsyncHTTP11Connection) -> int:
    return _HEAD_AT_ONCE if connection._h11_state.their_state.__name__ == "SEND_RESPONSE" else PIECE


def _has_more(connection: object) -> bool:
    """Return whether more came on a connection than the answer to its call: the next call would take it for its own.

    httpcore looks at the socket before it uses a connection again, but not at what it has read of it already.
    """
    while connection is not None:
        http = getattr(connection, "_h11_state", None)
        if http is not None and http.trailing_data[0]:
            return True
        connection = getattr(connection, "_connection", None)
    return False
