"""The ASGI application: all routes behind the fault layer."""

from __future__ import annotations

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.routing import Route

from tui.sandbox.control import api
from tui.sandbox.control.calls import METHODS, PREFIX
from tui.sandbox.control.fault_layer import FaultLayer
from tui.sandbox.control.loopback_guard import LoopbackGuard
from tui.sandbox.control.push import sorry
from tui.sandbox.routes import contacts, groups, login, media, send, sync, upload
from tui.sandbox.routes.http import Refusal, refused
from tui.sandbox.session.state import State
from tui.sandbox.world.options import SandboxOptions

_SERVED = (login, contacts, groups, sync, send, upload, media, api)


async def unheard(_: Request, error: Exception) -> Response:
    """Answer a client that went in the middle of its request, as Ctrl+C in an upload does; nobody hears it."""
    return Response(status_code=400)


async def nothing_there(request: Request) -> Response:
    """Answer a control call that does not exist."""
    path = request.url.path
    methods = METHODS.get(path.removeprefix(PREFIX), [])
    instead = "; ".join(f"there is {method} {path}" for method in methods) or "wxtui sandbox --help lists what there is"
    return sorry(404, f"There is no {request.method} {path}; {instead}.")


def build(what: SandboxOptions | State | None = None) -> Starlette:
    """Return the application for a state, or for a new sandbox; its `state.sandbox` is to be closed by the caller.

    Without a socket (httpx.ASGITransport) everything works but the faults that break connections: they raise
    `ConnectionResetError`. Its base URL has to be a loopback address all the same.
    """
    state = what if isinstance(what, State) else State(what or SandboxOptions())
    nothing = Route("/_sandbox{rest:path}", nothing_there, methods=["GET", "POST", "PUT", "PATCH", "DELETE"])
    app = Starlette(
        routes=[*(route for module in _SERVED for route in module.ROUTES), nothing],
        middleware=[Middleware(LoopbackGuard), Middleware(FaultLayer, state=state)],
        exception_handlers={
            Refusal: refused,
            ClientDisconnect: unheard,
            **dict.fromkeys(api.CONTROL_ERRORS, api.control_error),
        },
    )
    app.state.sandbox = state
    return app
