"""Events of a session's supervisor, and the connection's state that follows from them. Importing them costs nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

import msgspec

from tui import errors
from tui.services.session.login_events import LoginEvent

if TYPE_CHECKING:
    from tui.services.client.client import Client


class LoggedIn(msgspec.Struct, frozen=True):
    """A session has begun; `client` is good until the next `SessionEnded` or `ActionNeeded`."""

    client: Client


class Trouble(msgspec.Struct, frozen=True):
    """The network or the server fails; it is tried again by itself in `seconds`."""

    error: errors.WxtuiError
    seconds: float


class Recovered(msgspec.Struct, frozen=True):
    """A call succeeded after `Trouble`."""


class ActionNeeded(msgspec.Struct, frozen=True):
    """Nothing goes on by itself: a person has to do something, and then `SessionSupervisor.again` is called."""

    error: errors.WxtuiError


class SessionEnded(msgspec.Struct, frozen=True):
    """The session is over. After `SessionOver` a login follows by itself, after `NotLoggedIn` (logged out) it waits."""

    error: errors.WxtuiError


class ContactsLoading(msgspec.Struct, frozen=True):
    """More contacts have come, or all: `ConnectionState.contacts`."""


SessionEvent: TypeAlias = LoginEvent | LoggedIn | Trouble | Recovered | ActionNeeded | SessionEnded | ContactsLoading


class ConnectionState(msgspec.Struct, frozen=True):
    """State of the session at this moment, read from the tasks that live."""

    session: bool = False
    """True when there is a session, and the task that receives for it runs."""
    trouble: errors.WxtuiError | None = None
    """Error that is in the way, as far as it was told."""
    retry: float | None = None
    """Seconds that the program waits before it tries again by itself; None when it does not."""
    wants_person: bool = False
    """True while there is no session and none comes without a person: nobody is logged in."""
    contacts: int | None = None
    """Contacts that have come so far; None while none are on their way."""

    @property
    def online(self) -> bool:
        """Messages come and go."""
        return self.session and self.trouble is None
