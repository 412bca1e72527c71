"""Authentication: resume, push login or QR code; logout (PROTOCOL section 2)."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, nullcontext

from tui import errors
from tui.kept_screen import keeping
from tui.paths import Profile
from tui.services.client.client import Client
from tui.services.client.profile_opening import open_store, stored_session
from tui.services.contacts.contact_loading import FILEHELPER_CONTACT
from tui.services.http.transport import Transport
from tui.services.session.context import SessionContext, cookies_kept
from tui.services.session.login_events import LoginEvent
from tui.services.session.login_options import LAST_VARIANT, LoginOptions
from tui.services.session.qr_login import QrLogin
from tui.services.session.session_file import SessionFile, StoredSession
from tui.services.util.ids import Ids
from tui.store.store import Store
from tui.wire import login as wire
from tui.wire.hosts import entry_hosts
from tui.wire.names import FILEHELPER, Endpoint

log = logging.getLogger("wxtui.login")


@asynccontextmanager
async def log_in(
    profile: Profile,
    options: LoginOptions,
    on_event: Callable[[LoginEvent], None],
    *,
    fresh: bool = False,
    patience: float = 600,
    extspam: str = "",
    store: Store | None = None,
    contacts: bool = True,
) -> AsyncIterator[Client]:
    """Resume, else ask the phone, else show a QR code, for at most `patience` seconds; `fresh`: the code at once.

    `contacts`: after a new login with all of them; without it the caller has them fetched, and goes on meanwhile.
    `store` is the profile's, where it is open already; it stays open then. The caller holds the profile's `OwnerLock`.
    Raises `LoginFailed` and its kin, `NetworkError`, `LocalError`, and in a bad moment of the server `ServerFault`,
    `TooFrequent`.
    """
    file = SessionFile(profile.session_file)
    known = None if fresh else _matching(file, options)
    endpoint = options.endpoint or (known.session.endpoint if known else options.first)
    origin = options.origin
    if origin is None and known is not None:
        origin = known.origin
    hosts = entry_hosts(endpoint, origin)
    ids = Ids()
    async with (
        Transport(hosts.api, ids, known.cookies if known else ()) as transport,
        nullcontext(store) if store is not None else open_store(profile) as opened,
    ):
        if known is not None:
            context = SessionContext(known.session, transport, ids, file, origin)
            client = Client(profile, context, opened)
            if await _resumed(client):
                await _note_variant(opened, endpoint)
                async with cookies_kept(context):
                    yield client
                return
        login = QrLogin(transport, ids, on_event, deadline=time.monotonic() + patience, extspam=extspam)
        session = None
        if known is not None:
            try:
                session = await login.by_push(known.session)
            except (errors.LoginFailed, errors.BadAnswer) as error:
                log.info("no push login: %s", error.code)
        if session is None:
            session = await login.by_code(endpoint, hosts)
        context = SessionContext(session, transport, ids, file, origin)
        # It may be another account: what the one before has left is not shown to it.
        keeping.drop(profile.state)
        # From here on a crash needs no second scan.
        await context.save()
        try:
            client = await _settle(Client(profile, context, opened), contacts=contacts)
        except errors.SessionOver:
            await asyncio.to_thread(file.delete)
            raise errors.LoggedOutAtOnce(why="") from None
        await _note_variant(opened, endpoint)
        async with cookies_kept(context):
            yield client


async def _note_variant(store: Store, endpoint: Endpoint) -> None:
    """Keep for the next login, also after a logout, which variant this profile uses."""
    if await store.value(LAST_VARIANT) != endpoint.value:
        await store.set_value(LAST_VARIANT, endpoint.value)


def _matching(file: SessionFile, options: LoginOptions) -> StoredSession | None:
    """Load the stored session, if it is of the variant and server that were asked for."""
    stored = file.load()
    if stored is None or options.endpoint not in (None, stored.session.endpoint):
        return None
    if options.origin is not None and options.origin.rstrip("/") != (stored.origin or "").rstrip("/"):
        return None
    return stored


async def _resumed(client: Client) -> bool:
    """Resume by webwxinit; False when the session is over (PROTOCOL section 2)."""
    context, store = client.context, client.store
    try:
        init = await _init(client)
    except (errors.ServerFault, errors.TooFrequent):
        # A bad moment of the server ends no session. Asking the phone now would give this one up, and with it all that
        # came since the last sync.
        raise
    except (errors.SessionOver, errors.ServerRefused):
        # Perhaps nobody logs in any more.
        keeping.drop(store.folder)
        return False
    if not await store.resume_login(init.me, context.session.uin):
        # The session lives, but this store does not know its login: it was moved away, or is another account's.
        keeping.drop(store.folder)
        await store.begin_login(init.me, context.session.uin, init.keys)
    await store.save_contacts(init.recent)
    return True


async def _init(client: Client) -> wire.Init:
    context = client.context
    init = await context.transport.run(wire.init(context.session, now_ms=context.ids.now_ms()))
    context.renew(skey=init.skey, user_name=init.me.user_name, nick_name=init.me.nick_name)
    client.directory.mention([name for name in init.chat_set if name.startswith("@@")])
    await context.save()
    return init


async def _settle(client: Client, *, contacts: bool) -> Client:
    """Do what follows newloginpage: webwxinit, hello to the phone, contacts (PROTOCOL sections 2.5 to 2.8)."""
    context, store = client.context, client.store
    init = await _init(client)
    await store.begin_login(init.me, context.session.uin, init.keys)
    await store.save_contacts(init.recent)
    await client.check()
    if context.session.endpoint is Endpoint.FILEHELPER and await store.contact(FILEHELPER) is None:
        await store.save_contacts([FILEHELPER_CONTACT])
    if contacts:
        await client.directory.refresh()
    return client


async def log_out(profile: Profile, options: LoginOptions) -> None:
    """End the session whatever the server says, and delete its file and the kept screen.

    Raises as `stored_session`, `LocalError`.
    """
    stored = stored_session(profile, options)
    ids = Ids()
    try:
        async with Transport(stored.session.hosts.api, ids, stored.cookies) as transport:
            await transport.run(wire.logout(stored.session))
    except errors.WxtuiError as error:
        log.info("the server did not hear of the logout: %s", error.code)
    finally:
        keeping.drop(profile.state)
        SessionFile(profile.session_file).delete()
