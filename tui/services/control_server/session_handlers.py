"""Requests about the session, and those that ask the server for contacts."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from tui.services.control import protocol
from tui.services.control_server.job import Handlers, Job

if TYPE_CHECKING:
    from tui.services.client.client import Client

_HEARD: Final = 60.0
"""Seconds in which a server that was heard need not be asked: a session that ends is told by the poll that waits."""


async def _check(job: Job, _request: protocol.CheckRequest) -> protocol.Outcome:
    """Tell of the session in use; the server is asked unless it was heard just now, and nothing failed since."""
    services = job.services

    async def check(client: Client) -> protocol.Account:
        silence = services.silence()
        if silence is None or silence > _HEARD or services.trouble() is not None:
            return await client.check()
        return client.account

    return await services.in_session(check)


async def _log_out(job: Job, _request: protocol.LogOut) -> protocol.Outcome:
    await job.services.log_out()
    return protocol.Done()


async def _resolve(job: Job, request: protocol.Resolve) -> protocol.Outcome:
    contact = await job.services.in_session(lambda client: client.directory.resolve(request.target))
    return protocol.Recipient(contact.user_name, contact.name)


async def _refresh(job: Job, _request: protocol.Refresh) -> protocol.Outcome:
    await job.services.in_session(lambda client: client.directory.refresh())
    return protocol.Done()


HANDLERS: Final[Handlers] = {
    protocol.CheckRequest: _check,
    protocol.LogOut: _log_out,
    protocol.Resolve: _resolve,
    protocol.Refresh: _refresh,
}
