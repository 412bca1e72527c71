"""A program that owns a profile and listens for other shells, in the test's own loop."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

from tests.support.async_sandbox import SandboxControl, client_of, run_sandbox
from tui.errors import WxtuiError
from tui.paths import Profile, find_profile
from tui.services.client.authenticate import log_out
from tui.services.client.client import Client
from tui.services.client.profile_opening import open_client
from tui.services.control import unix_socket
from tui.services.control.remote_client import RemoteClient
from tui.services.control_server.control_server import ControlServer
from tui.services.control_server.handlers import OwnerServices
from tui.services.outbox import Outbox
from tui.services.session.login_options import LoginOptions
from tui.services.session.profile_lock import OwnerLock
from tui.services.uploads.upload_state import Upload
from tui.wire.contacts import Contact


@dataclass
class Owner:
    """Program that owns a profile; a test may take its session away."""

    profile: Profile
    control: SandboxControl
    client: Client
    outbox: Outbox
    told: list[Upload] = field(default_factory=list)
    session: Client | None = None

    async def contact(self, name: str) -> Contact:
        return await self.client.directory.resolve(name)

    @property
    def socket(self) -> Path:
        return self.profile.socket_file


@asynccontextmanager
async def owning(
    sandbox: dict[str, Any] | None = None,
    *,
    patience: float = 5.0,
    trouble: Callable[[], WxtuiError | None] = lambda: None,
) -> AsyncIterator[Owner]:
    """Logged in at a sandbox of its own, with the lock, and listening."""
    profile = find_profile("default")
    async with run_sandbox(**(sandbox or {})) as control:
        with OwnerLock(profile):
            async with client_of(control) as client:
                told: list[Upload] = []

                def moved(upload: Upload) -> None:
                    upload.moved()
                    told.append(upload)

                outbox = Outbox(client.store, moved)
                outbox.renew(client)
                owner = Owner(profile, control, client, outbox, told, client)
                services = OwnerServices(
                    profile,
                    client.store,
                    outbox,
                    lambda: owner.session,
                    trouble,
                    partial(log_out, profile, LoginOptions()),
                    patience,
                )
                async with ControlServer(services):
                    try:
                        yield owner
                    finally:
                        await owner.outbox.close()


@asynccontextmanager
async def command() -> AsyncIterator[RemoteClient]:
    """Open the profile as a command does, through its owner."""
    async with open_client(find_profile("default"), LoginOptions()) as client:
        assert isinstance(client, RemoteClient)
        yield client


__all__ = ["Owner", "command", "owning", "unix_socket"]
