"""A logged-in profile with everything that can be done with it: one's own session, or that of a running wxtui.

`entry` is the way in and out. The network is imported only where a session of one's own is opened: a command that goes
through a running wxtui does without it.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from typing import TYPE_CHECKING, TypeAlias

from tui import errors
from tui.paths import Profile
from tui.services.contacts.directory import Directory
from tui.services.control.owner_connection import join
from tui.services.control.remote_client import RemoteClient
from tui.services.sending.chat import Chat
from tui.services.session.login_options import LoginOptions
from tui.services.session.session_file import SessionFile, StoredSession
from tui.services.uploads.file_upload import FileUpload
from tui.services.util import warnings
from tui.services.util.ids import Ids
from tui.store.store import Store
from tui.wire import send
from tui.wire.hosts import entry_hosts

if TYPE_CHECKING:
    from tui.services.session.context import SessionContext


class Client:
    """Services of one profile, on one session and one store."""

    def __init__(self, profile: Profile, context: SessionContext, store: Store) -> None:
        self.profile = profile
        self.context = context
        self.store = store
        self.directory = Directory(context, store)
        self.chat = Chat(context, store)
        self.transfers = FileUpload(context, store)

    async def check(self) -> None:
        """Ask the server whether the session is usable, by the lightest call there is. Raises `SessionOver` if not."""
        await self.context.transport.run(send.hello(self.context.session, str(self.context.ids.now_ms())))


def stored_session(profile: Profile, choice: LoginOptions) -> StoredSession:
    """The session of this profile. Raises `NotLoggedIn`, or `WrongServer` when it is not the one asked for."""
    stored = SessionFile(profile.session_file).load()
    if stored is None:
        raise errors.NotLoggedIn(profile=profile.name)
    endpoint, origin = stored.session.endpoint, choice.origin
    if choice.endpoint not in (None, endpoint):
        raise errors.WrongServer(profile=profile.name, theirs=endpoint.value, asked=choice.endpoint.value)
    if origin is not None and entry_hosts(endpoint, origin).api != stored.session.hosts.api:
        raise errors.WrongServer(profile=profile.name, theirs=stored.session.hosts.api, asked=origin)
    return stored


@asynccontextmanager
async def open_store(profile: Profile, ids: Ids) -> AsyncIterator[Store]:
    """The profile's store. Raises `LocalError`."""
    async with await Store.open(profile.store_file, clock=ids.now) as store:
        if store.set_aside is not None:
            warnings.tell(errors.StoreSetAside(path=store.set_aside))
        yield store


@asynccontextmanager
async def open_store_to_read(profile: Profile, ids: Ids) -> AsyncIterator[Store]:
    """The same for who only reads: also where it cannot be written, or was written by a later version.

    Raises `NotLoggedIn` where there is none, `LocalError`.
    """
    if not profile.store_file.exists():
        raise errors.NotLoggedIn(profile=profile.name)
    async with AsyncExitStack() as stack:
        try:
            store = await stack.enter_async_context(open_store(profile, ids))
        except (errors.StoreTooNew, errors.HomeUnusable):
            store = await stack.enter_async_context(await Store.open_to_read(profile.store_file, clock=ids.now))
        yield store


@asynccontextmanager
async def open_session(profile: Profile, choice: LoginOptions, *, owned: bool = True) -> AsyncIterator[Client]:
    """The stored session, ready to be used; nothing is asked of the server yet.

    `owned`: the caller holds the `OwnerLock`. Without it, only for what neither sends nor syncs: a download.
    Raises `NotLoggedIn`, `WrongServer`, `LocalError`.
    """
    from tui.services.http.transport import Transport
    from tui.services.session.context import SessionContext, cookies_kept

    stored = stored_session(profile, choice)
    ids = Ids()
    async with (
        Transport(stored.session.hosts.api, ids, stored.cookies) as transport,
        open_store(profile, ids) as store,
    ):
        login = await store.current_login()
        if login is None or login.user_name != stored.session.user_name:
            # The login broke before webwxinit, or its store is gone: only a login, which resumes it, repairs that.
            raise errors.NotLoggedIn(profile=profile.name)
        if owned:
            # Whoever had the profile before may have died in the middle of something.
            await store.repair()
        context = SessionContext(stored.session, transport, ids, SessionFile(profile.session_file), stored.origin)
        async with cookies_kept(context):
            yield Client(profile, context, store)


AnyClient: TypeAlias = Client | RemoteClient
"""What commands use; both do the same."""


@asynccontextmanager
async def open_client(
    profile: Profile, choice: LoginOptions, on_wait: Callable[[str], None] = lambda pid: None, *, brief: bool = True
) -> AsyncIterator[AnyClient]:
    """For a command: the session of the running wxtui, else the stored one, owned for as long as it is open.

    Two such commands come one after the other: `on_wait` hears whom this one is waiting for, after two seconds. Who is
    not `brief`, but stays, says so: others do not wait for it, so it lets them in (see `serving`). Who holds the
    `OwnerLock` already takes `open_session`: this would wait for itself.

    Raises `NotLoggedIn`, `WrongServer`, `OwnerError`, `LocalError`.
    """
    stored_session(profile, choice)
    async with AsyncExitStack() as stack:
        owner = await join(profile, stack, on_wait, brief=brief)
        if owner is None:
            yield await stack.enter_async_context(open_session(profile, choice))
        else:
            yield RemoteClient(profile, owner, await stack.enter_async_context(open_store(profile, Ids())))
