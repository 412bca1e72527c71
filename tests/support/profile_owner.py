"""A program that owns a profile and listens for other shells, in the test's own loop."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, ExitStack, asynccontextmanager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

from tests.support.async_sandbox import SandboxControl, client_of, run_sandbox
from tui.errors import WxtuiError
from tui.paths import Profile, find_profile
from tui.services.client.authenticate import log_out
from tui.services.client.client import Client
from tui.services.client.profile_opening import open_session
from tui.services.control import unix_socket
from tui.services.control.owner_connection import join
from tui.services.control.protocol import Sent
from tui.services.control.remote_client import RemoteClient, finished
from tui.services.control_server.control_server import ControlServer
from tui.services.control_server.owner_services import OwnerServices
from tui.services.outbox import Outbox
from tui.services.session.login_options import LoginOptions
from tui.services.session.profile_lock import OwnerLock
from tui.services.uploads.upload_state import Upload
from tui.services.util.threads import in_own_thread
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
    silence: Callable[[], float | None] = lambda: None,
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
                    silence,
                )
                async with ControlServer(services):
                    try:
                        yield owner
                    finally:
                        await owner.outbox.close()


class Interrupted(Exception):
    """Ctrl+C in a command, which a callback of the test has raised as `KeyboardInterrupt`."""


class Command:
    """Command in another shell, which goes through the owner: a `RemoteClient`, each call in a thread.

    What it has sent is given as the row of the store.
    """

    def __init__(self, client: Any, remote: Any = None) -> None:
        self._client = client
        self._remote = remote or client

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._client, name)
        if not callable(found):
            return Command(found, self._remote)

        def call(arguments: tuple[Any, ...]) -> Any:
            try:
                result = finished(found(*arguments))
            except KeyboardInterrupt:
                raise Interrupted from None
            return finished(self._remote.store.row(result.id)) if isinstance(result, Sent) else result

        return lambda *arguments: in_own_thread(lambda _breath: call(arguments))


@asynccontextmanager
async def open_client(
    profile: Profile, options: LoginOptions, on_wait: Callable[[str], None] = lambda pid: None
) -> AsyncIterator[Any]:
    """Open the profile as a command does: a `Command` through its owner, else a `Client`."""
    async with AsyncExitStack() as stack:
        holding = stack.enter_context(ExitStack())
        owner = await asyncio.to_thread(join, profile, holding, on_wait)
        if owner is None:
            yield await stack.enter_async_context(open_session(profile, options))
        else:
            yield Command(RemoteClient(profile, owner))


@asynccontextmanager
async def command() -> AsyncIterator[Any]:
    """Open the profile as a command does, through its owner."""
    async with open_client(find_profile("default"), LoginOptions()) as client:
        assert isinstance(client, Command)
        yield client


__all__ = ["Command", "Interrupted", "Owner", "command", "open_client", "owning", "unix_socket"]
