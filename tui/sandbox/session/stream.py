"""Stream of what happens to a session, in order; a SyncKey is a place in it (PROTOCOL section 4)."""

from __future__ import annotations

from dataclasses import dataclass

from tui.sandbox.session.bell import Bell
from tui.sandbox.world.message import SandboxMessage
from tui.wire.names import MsgType, NotifyCode

Pairs = list[tuple[int, int]]

_PLACE = 2
"""Key whose value is the place; the others only accompany it."""
_FIRST, _LOGIN = 620_000_000, 1_000_000
"""Values begin here, and a login's as far from those of the one before it."""
_CHECK_ONLY = (11, 201, 203)
"""Keys that only a SyncCheckKey has, so that taking one for the other is noticed (trap 5)."""


@dataclass(frozen=True, slots=True)
class ContactUpdated:
    """A contact is new or was changed; `joined`: it was added."""

    key: str
    joined: bool = False


@dataclass(frozen=True, slots=True)
class ContactDeleted:
    """A contact is gone; `user_name` was its name in the session."""

    key: str
    user_name: str


Event = SandboxMessage | ContactUpdated | ContactDeleted


class EventStream:
    """Events of one session. Places count from 0; `taken` is the last place that the client showed it has stored."""

    def __init__(self, login_number: int) -> None:
        self.events: list[Event] = []
        self.bell = Bell()
        self.taken = 0
        self.synced = False
        self._base = _FIRST + login_number * _LOGIN

    def add(self, event: Event) -> None:
        """Append, and wake the long polls."""
        self.events.append(event)
        self.bell.ring()

    def sync_key(self, place: int) -> Pairs:
        """Return the SyncKey of a place."""
        return [(1, self._base - 7), (_PLACE, self._base + place), (3, self._base - 3), (1000, self._base)]

    def check_key(self, place: int) -> Pairs:
        """Return the SyncCheckKey of a place."""
        return [*self.sync_key(place), *((key, self._base + key) for key in _CHECK_ONLY)]

    def place_of(self, pairs: Pairs) -> int | None:
        """Return the place of a SyncKey or SyncCheckKey; None when it is not of this session."""
        place = dict(pairs).get(_PLACE, -1) - self._base
        return place if 0 <= place <= len(self.events) else None

    def is_earlier(self, pairs: Pairs) -> bool:
        """Return whether this is a key of an earlier login of the account: clients carry it through a push login."""
        return _FIRST < dict(pairs).get(_PLACE, -1) < self._base

    @staticmethod
    def is_check_key(pairs: Pairs) -> bool:
        """Return True for a SyncCheckKey."""
        return any(key in _CHECK_ONLY for key, _ in pairs)

    def take(self, place: int) -> None:
        """Note that the client has everything before this place."""
        for event in self.events[self.taken : place]:
            if isinstance(event, SandboxMessage):
                event.seen = True
        self.taken = max(self.taken, place)

    def selector(self, place: int) -> int:
        """Return the selector of synccheck for what waits after a place, 0 for nothing."""
        waiting = self.events[place:]
        if not waiting:
            return 0
        messages = [event for event in waiting if isinstance(event, SandboxMessage)]
        opened = (NotifyCode.ENTERED, NotifyCode.LEFT)
        if messages:
            only_phone = all(
                message.parts.msg_type is MsgType.STATUS_NOTIFY
                and message.parts.fields.get("StatusNotifyCode") in opened
                for message in messages
            )
            return 7 if only_phone else 2
        simple = all(isinstance(event, ContactUpdated) and not event.joined for event in waiting)
        return 4 if simple else 6
