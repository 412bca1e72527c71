"""Services of the running wxtui, as the requests of other shells use them."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, TypeVar

import msgspec

from tui import errors
from tui.config.settings import Settings
from tui.paths import Profile
from tui.store.errors import NoSuchRow
from tui.store.models import StoredMessage
from tui.store.store import Store
from tui.wire.contacts import Contact

if TYPE_CHECKING:
    from tui.services.client.client import Client
    from tui.services.outbox import Outbox
    from tui.services.session.context import SessionContext

T = TypeVar("T")


class OwnerServices(msgspec.Struct, frozen=True):
    """Services of the running wxtui. The `on_upload` of `outbox` calls `Upload.moved`."""

    profile: Profile
    store: Store
    outbox: Outbox
    client: Callable[[], Client | None]
    """Gives the session in use: sessions come and go."""
    trouble: Callable[[], errors.WxtuiError | None]
    """Says why there is no session."""
    log_out: Callable[[], Awaitable[None]]
    patience: float = 5.0
    """Seconds that a request waits for a session, while the owner is just logging in or reconnecting."""
    silence: Callable[[], float | None] = lambda: None
    """Gives the seconds since the server was last heard."""
    settings: Callable[[], Settings] = Settings
    """Gives the person's settings, which say what rings."""
    on_mute: Callable[[], None] = lambda: None
    """Is told when a mute began or ended: its time must be waited for."""

    async def session(self) -> Client:
        """Return the session in use, after waiting a little for one. Raises as `missing` says."""
        end = asyncio.get_running_loop().time() + self.patience
        while True:
            if (client := self.client()) is not None:
                return client
            if asyncio.get_running_loop().time() >= end:
                raise self.missing()
            await asyncio.sleep(0.05)

    async def in_session(self, ask: Callable[[Client], Awaitable[T]]) -> T:
        """Ask the server for what may be asked twice. Where the session ends meanwhile, the next one is asked.

        Raises what `ask` and `session` raise.
        """
        client = await self.session()
        try:
            return await ask(client)
        except (errors.NetworkError, errors.SessionOver):
            if self.client() is client:
                raise
        return await ask(await self.session())

    async def context(self) -> SessionContext:
        """Return the context of `session`."""
        return (await self.session()).context

    def missing(self) -> errors.WxtuiError:
        """Return why there is no session: `NetworkError`, `NotUsable`, else `NotLoggedIn`."""
        error = self.trouble()
        if isinstance(error, errors.NetworkError | errors.NotUsable):
            return error
        return errors.NotLoggedIn(profile=self.profile.name)

    async def contact(self, user_name: str) -> Contact:
        """Return a contact of the current login. Raises `TargetUnknown`: another login may have come between."""
        contact = await self.store.contact(user_name)
        if contact is None:
            raise errors.TargetUnknown(target=user_name)
        return contact

    async def message(self, row: int) -> StoredMessage:
        """Return the message of a row. Raises `RowUnknown`."""
        try:
            return await self.store.row(row)
        except NoSuchRow:
            raise errors.RowUnknown(row=row) from None
