"""Events that a session's supervisor tells, and the state that they add up to; importing them costs nothing."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

from tui import errors
from tui.services.session.login_events import LoginEvent

if TYPE_CHECKING:
    from tui.services.client.client import Client


@dataclass(frozen=True, slots=True)
class LoggedIn:
    """A session has begun; `client` is good until the next `SessionEnded` or `ActionNeeded`."""

    client: Client


@dataclass(frozen=True, slots=True)
class Trouble:
    """The network or the server fails; it is tried again by itself in `seconds`."""

    error: errors.WxtuiError
    seconds: float


@dataclass(frozen=True, slots=True)
class Recovered:
    """A call succeeded after `Trouble`."""


@dataclass(frozen=True, slots=True)
class ActionNeeded:
    """Nothing goes on by itself: a person has to do something, and then `SessionSupervisor.again` is called."""

    error: errors.WxtuiError


@dataclass(frozen=True, slots=True)
class SessionEnded:
    """The session is over. After `SessionOver` a login follows by itself, after `NotLoggedIn` (logged out) it waits."""

    error: errors.WxtuiError


SessionEvent: TypeAlias = LoginEvent | LoggedIn | Trouble | Recovered | ActionNeeded | SessionEnded


@dataclass(frozen=True, slots=True)
class ConnectionState:
    """State of the session at this moment, read from the tasks that live."""

    session: bool = False
    """True when there is a session, and the task that receives for it runs."""
    trouble: errors.WxtuiError | None = None
    """Error that is in the way, as far as it was told."""
    retry: float | None = None
    """Seconds that the program waits before it tries again by itself; None when it does not."""

    @property
    def online(self) -> bool:
        """Messages come and go."""
        return self.session and self.trouble is None
