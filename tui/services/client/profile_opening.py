"""Ways to open a profile: its store, and its stored session. The network is imported only where a session is opened."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager, nullcontext
from typing import TYPE_CHECKING

from tui import errors
from tui.kept_screen import keeping
from tui.paths import Profile
from tui.services.client.client import Client
from tui.services.session.login_options import LoginOptions
from tui.services.session.session_file import SessionFile, StoredSession
from tui.services.util import warnings
from tui.services.util.ids import Ids
from tui.store.store import Store
from tui.wire.hosts import entry_hosts

if TYPE_CHECKING:
    from tui.services.session.context import SessionContext


def stored_session(profile: Profile, options: LoginOptions) -> StoredSession:
    """Load the profile's session. Raises `NotLoggedIn`, or `WrongServer` when it is not the one asked for."""
    stored = SessionFile(profile.session_file).load()
    if stored is None:
        raise errors.NotLoggedIn(profile=profile.name)
    endpoint, origin = stored.session.endpoint, options.origin
    if options.endpoint not in (None, endpoint):
        raise errors.WrongServer(profile=profile.name, theirs=endpoint.value, asked=options.endpoint.value)
    if origin is not None and entry_hosts(endpoint, origin).api != stored.session.hosts.api:
        raise errors.WrongServer(profile=profile.name, theirs=stored.session.hosts.api, asked=origin)
    return stored


@asynccontextmanager
async def open_store(profile: Profile) -> AsyncIterator[Store]:
    """Open the profile's store, and warn when a damaged one was moved aside. Raises `LocalError`."""
    async with await Store.open(profile.store_file, clock=Ids().now, pictures=profile.pictures) as store:
        if store.set_aside is not None:
            warnings.tell(errors.StoreSetAside(path=store.set_aside))
        yield store


@asynccontextmanager
async def open_store_to_read(profile: Profile) -> AsyncIterator[Store]:
    """Open the store for reading, also where it cannot be written or was written by a later version.

    Raises `NotLoggedIn` where there is none, `LocalError`.
    """
    if not profile.store_file.exists():
        raise errors.NotLoggedIn(profile=profile.name)
    async with AsyncExitStack() as stack:
        try:
            store = await stack.enter_async_context(open_store(profile))
        except (errors.StoreTooNew, errors.HomeUnusable):
            store = await stack.enter_async_context(await Store.open_to_read(profile.store_file, clock=Ids().now))
        yield store


@asynccontextmanager
async def borrow_session(profile: Profile, options: LoginOptions) -> AsyncIterator[SessionContext]:
    """Use the stored session only to fetch, beside whoever owns it: what the server renews meanwhile is not kept.

    The session is as it is on the disk now: good for a while, not for hours. Raises `NotLoggedIn`, `WrongServer`,
    `LocalError`.
    """
    from tui.services.http.transport import Transport
    from tui.services.session.context import SessionContext

    stored = stored_session(profile, options)
    ids = Ids()
    async with Transport(stored.session.hosts.api, ids, stored.cookies) as transport:
        try:
            yield SessionContext(stored.session, transport, ids, SessionFile(profile.session_file), stored.origin)
        except errors.SessionOver:
            keeping.drop(profile.state)
            raise


@asynccontextmanager
async def open_session(profile: Profile, options: LoginOptions, store: Store | None = None) -> AsyncIterator[Client]:
    """Open the stored session; nothing is asked of the server yet. The caller holds the `OwnerLock`.

    `store` is the profile's, where it is open already; it stays open then, and is not repaired. Raises `NotLoggedIn`,
    `WrongServer`, `LocalError`.
    """
    from tui.services.session.context import cookies_kept

    async with (
        borrow_session(profile, options) as context,
        nullcontext(store) if store is not None else open_store(profile) as opened,
    ):
        login = await opened.current_login()
        if login is None or login.user_name != context.session.user_name:
            # The login broke before webwxinit, or its store is gone: only a login, which resumes it, repairs that.
            raise errors.NotLoggedIn(profile=profile.name)
        if store is None:
            # Whoever had the profile before may have died in the middle of something. An open store may be in use: its
            # rows may be those of a living outbox.
            await opened.repair()
        async with cookies_kept(context):
            yield Client(profile, context, opened)
