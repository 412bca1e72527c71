"""A login with a QR code on a profile that has logged in before."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from tests.support.async_sandbox import SandboxControl
from tui.paths import find_profile
from tui.services.client.authenticate import log_in
from tui.services.client.client import Client
from tui.services.session.login_options import LoginOptions
from tui.services.sync.sync_loop import SyncLoop
from tui.wire.names import Endpoint


@asynccontextmanager
async def fresh_login(
    control: SandboxControl, endpoint: Endpoint = Endpoint.WEB
) -> AsyncIterator[tuple[Client, SyncLoop]]:
    """Another login of the default profile, with a QR code."""
    choice = LoginOptions(endpoint, control.server.origin)
    async with log_in(find_profile("default"), choice, lambda event: None, fresh=True) as client:
        yield client, SyncLoop(client.context, client.store, client.directory)
