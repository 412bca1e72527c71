"""The ASGI application: all routes behind the fault layer."""

from __future__ import annotations

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import ASGIApp, Receive, Scope, Send

from tui.sandbox import (
    contact_routes,
    control,
    login_routes,
    media_routes,
    send_routes,
    sync_routes,
    upload_routes,
)
from tui.sandbox.control_push import sorry
from tui.sandbox.fault_layer import FaultLayer
from tui.sandbox.http import Refusal, refused
from tui.sandbox.options import SandboxOptions
from tui.sandbox.state import State

ROOMS = (login_routes, contact_routes, sync_routes, send_routes, upload_routes, media_routes, control)


class NoBrowsers:
    """Keeps pages in a browser away from the control API: they always send an Origin."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] == "http" and scope["path"].startswith("/_sandbox") and "origin" in Request(scope).headers:
            await Response("not for browsers", 403)(scope, receive, send)
            return
        await self.app(scope, receive, send)


async def unheard(_: Request, error: Exception) -> Response:
    """The client went in the middle of its request, as Ctrl+C in an upload does; nobody hears this answer."""
    return Response(status_code=400)


async def nothing_there(request: Request) -> Response:
    """What a control call that does not exist hears."""
    return sorry(404, f"There is no {request.method} {request.url.path}; wxtui sandbox --help lists what there is.")


def build(what: SandboxOptions | State | None = None) -> Starlette:
    """The application for a state, or for a new sandbox; the state is its `state.sandbox`, to be closed by the caller.

    Without a socket (httpx.ASGITransport) everything works but the faults that break connections: they raise
    `ConnectionResetError`.
    """
    state = what if isinstance(what, State) else State(what or SandboxOptions())
    nothing = Route("/_sandbox{rest:path}", nothing_there, methods=["GET", "POST", "PUT", "PATCH", "DELETE"])
    app = Starlette(
        routes=[*(route for room in ROOMS for route in room.ROUTES), nothing],
        middleware=[Middleware(NoBrowsers), Middleware(FaultLayer, state=state)],
        exception_handlers={
            Refusal: refused,
            ClientDisconnect: unheard,
            **dict.fromkeys(control.CONTROL_ERRORS, control.control_error),
        },
    )
    app.state.sandbox = state
    return app
