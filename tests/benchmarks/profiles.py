"""Profiles that are logged in, made in a directory of their own."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tui.paths import Profile, find_profile
from tui.services.client.authenticate import log_in
from tui.services.client.profile_opening import open_store
from tui.services.contacts.contact_loading import FILEHELPER_CONTACT
from tui.services.http.transport import StoredCookie
from tui.services.session.login_options import LoginOptions
from tui.services.session.session_file import SessionFile, StoredSession
from tui.wire.contacts import Contact, ContactKind
from tui.wire.hosts import one_origin
from tui.wire.names import Endpoint
from tui.wire.session import Session
from tui.wire.sync import SyncKey, SyncKeys

ME = "@" + "5e1f" * 16


@contextmanager
def environment(**values: str) -> Iterator[None]:
    """These variables for a while, for us and for the processes that we start."""
    before = {name: os.environ.get(name) for name in values}
    os.environ.update(values)
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                del os.environ[name]
            else:
                os.environ[name] = value


def _profile(home: Path) -> Profile:
    with environment(WXTUI_HOME=str(home)):
        return find_profile("default")


async def at_sink(home: Path, origin: str) -> StoredSession:
    """A File Transfer session that was never logged in; the sink asks for none."""
    profile = _profile(home)
    session = Session(
        endpoint=Endpoint.FILEHELPER,
        hosts=one_origin(origin),
        uin="2100000000",
        sid="c2lkK2ZvciticmVuY2g=",
        skey="@crypt_a6f3c0de_6b1d2c3e4f5a69788796a5b4c3d2e1f0",
        pass_ticket="dGlja2V0K2Zvcg==",
        data_ticket="ZGF0YSt0aWNrZXQ=",
        device_id="e980123456789012",
        user_name=ME,
        nick_name="bench",
    )
    key = SyncKey(((1, 1),))
    stored = StoredSession(session, [StoredCookie("webwx_data_ticket", session.data_ticket, "127.0.0.1")], origin)
    async with open_store(profile) as store:
        SessionFile(profile.session_file).save(stored)
        await store.begin_login(Contact(ME, "bench", kind=ContactKind.SELF), session.uin, SyncKeys(key, key))
        await store.save_contacts([FILEHELPER_CONTACT])
    return stored


async def at_sandbox(home: Path, origin: str) -> StoredSession:
    """A File Transfer session of the real sandbox, whose phone scans and confirms by itself."""
    profile = _profile(home)
    choice = LoginOptions(Endpoint.FILEHELPER, origin)
    async with log_in(profile, choice, lambda event: None, fresh=True, patience=60) as client:
        await client.context.save()
    stored = SessionFile(profile.session_file).load()
    assert stored is not None
    return stored
