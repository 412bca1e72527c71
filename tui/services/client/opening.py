"""The stored session, borrowed for fetching: beside whoever owns it, and without a trace."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from tui.paths import Profile
from tui.services.client.client import stored_session
from tui.services.http.transport import Transport
from tui.services.session.context import SessionContext
from tui.services.session.login_options import LoginOptions
from tui.services.session.session_file import SessionFile
from tui.services.util.ids import Ids


@asynccontextmanager
async def borrowed_context(profile: Profile, choice: LoginOptions) -> AsyncIterator[SessionContext]:
    """A link that only fetches: what the server renews meanwhile is not kept, that is the owner's to do.

    As the session is on the disk now: for a while, not for hours. Raises `NotLoggedIn`, `WrongServer`, `LocalError`.
    """
    stored = stored_session(profile, choice)
    ids = Ids()
    async with Transport(stored.session.hosts.api, ids, stored.cookies) as transport:
        yield SessionContext(stored.session, transport, ids, SessionFile(profile.session_file), stored.origin)
