"""What a program that stays, and owns a session, does for other shells."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from tui.paths import Profile
from tui.services.client.authenticate import log_out
from tui.services.client.client import Client
from tui.services.control_server.control_server import ControlServer
from tui.services.outbox import Outbox
from tui.services.session.login_options import LoginOptions
from tui.services.uploads.upload_state import Upload
from tui.services.util.background import report, spawn
from tui.store.subscription import Subscription


@asynccontextmanager
async def serving(profile: Profile, client: Client) -> AsyncIterator[None]:
    """Other shells send through `client` as long as this lasts, and what an earlier run has left waiting goes out.

    The caller holds the `OwnerLock`, and runs the sync.
    """
    outbox = Outbox(client.store, Upload.moved)
    outbox.renew(client)

    async def end_session() -> None:
        await log_out(profile, LoginOptions())

    server = ControlServer(profile, client.store, outbox, lambda: client, log_out=end_session)
    with client.store.subscribe() as changes:
        applying = spawn(_apply_all(outbox, changes), "following the store")
        try:
            await outbox.resume()
            async with server:
                yield
        finally:
            await outbox.close()
            changes.close()
            await asyncio.gather(applying, return_exceptions=True)


async def _apply_all(outbox: Outbox, changes: Subscription) -> None:
    """Uploads hear of what sync brings."""
    async for change in changes:
        try:
            outbox.apply(change)
        except Exception as error:
            # One change that they cannot take hides none of the next.
            report(error, "following the store")
