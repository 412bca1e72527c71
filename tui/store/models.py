"""Values that the store returns: rows as they were when they were read."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from enum import Enum
from typing import Final, Protocol

import msgspec

from tui.store.delivery_state import DeliveryState
from tui.wire.bodies import Body, is_notice
from tui.wire.contacts import Contact, ContactKind
from tui.wire.mentions import Mention
from tui.wire.names import SERVICE_ACCOUNTS


class NotifyRule(Enum):
    """Rule of a conversation, or of a kind of them: which of its messages ring."""

    ALL = "all"
    MENTIONS = "mentions"
    NONE = "none"


class NotifyKind(Enum):
    """Kind of conversations that has a rule of its own in `[notify]` of the settings."""

    PERSON = "person"
    GROUP = "group"
    OFFICIAL = "official"
    SERVICE = "service"


_NOTIFY_KINDS: Final = {ContactKind.GROUP: NotifyKind.GROUP, ContactKind.OFFICIAL: NotifyKind.OFFICIAL}


class Place(msgspec.Struct, frozen=True, order=True):
    """Position of a message in its conversation: by time, and by arrival within one time."""

    time: datetime
    id: int


class StoredMessage(msgspec.Struct, frozen=True, gc=False):
    """A message as it is stored. Times are aware, in UTC.

    `time` is its place in the log: the server's CreateTime, or when it was written here, in whole seconds as the server
    counts. `sender` is a UserName of the login it came in ("" for the system). `msg_id` is "" while the server has not
    given one. What this program sends has a `client_msg_id` and a `to_user_name`, which a revoke needs again,
    `media_id` once its file is uploaded, and a `reason` when it failed. `sent_at` is when it left, once it has, and
    when the server had it, once that is known. `queued`: it waits in the outbox of a program that stays (see `outbox`).
    `mention`: how it names oneself; None, too, for what an earlier version stored.
    """

    id: int
    conversation_id: int
    time: datetime
    mine: bool
    sender: str
    state: DeliveryState
    body: Body
    msg_id: str = ""
    client_msg_id: str = ""
    to_user_name: str = ""
    media_id: str = ""
    sent_at: datetime | None = None
    reason: str = ""
    content: str = ""
    queued: bool = False
    mention: Mention | None = None

    @property
    def place(self) -> Place:
        """Position of the message; the next page starts from it."""
        return Place(self.time, self.id)

    @property
    def from_others(self) -> bool:
        """True for what somebody wrote, not oneself and not the server: it counts as unread, and may ring."""
        return not self.mine and not is_notice(self.body)

    @property
    def outgoing(self) -> bool:
        """True for what this program sends or sent; not for what oneself sent on the phone."""
        return bool(self.client_msg_id)

    def is_hidden(self, *, show_recalled: bool) -> bool:
        """Return True for what somebody else took back, where a setting says that it is not to be read."""
        return not show_recalled and not self.mine and self.state is DeliveryState.RECALLED


class Conversation(msgspec.Struct, frozen=True, gc=False):
    """A line of the conversation list. `id` stays for good; `user_name` is its address in the current login.

    `muted` is said by the phone, `hushed` on this computer, for good or `hushed_until` a time. `notify`: the rule that
    was given to it here, None where that of its kind counts. `earlier`: of an earlier login, and nobody of the current
    one is known to be the same; it can be read, not written to. `mentions`: how many unread messages name oneself.
    """

    id: int
    user_name: str
    title: str
    kind: ContactKind
    muted: bool
    pinned: bool
    unread: int
    draft: str
    last: StoredMessage | None = None
    hushed: bool = False
    earlier: bool = False
    mentions: int = 0
    notify: NotifyRule | None = None
    hushed_until: datetime | None = None

    @property
    def quiet(self) -> bool:
        """True when not all of its messages are to ring, by what is said of itself; a rule given here is before the
        phone's.
        """
        if self.hushed or self.notify is None:
            return self.muted or self.hushed
        return self.notify is not NotifyRule.ALL

    def is_quiet(self, quiet_kinds: Collection[str]) -> bool:
        """Return True when not all of its messages are to ring, by itself or by the rule of its kind."""
        return self.quiet or (self.notify is None and self.notify_kind.value in quiet_kinds)

    @property
    def notify_kind(self) -> NotifyKind:
        """Kind whose rule counts where it has none of its own."""
        if self.user_name in SERVICE_ACCOUNTS:
            return NotifyKind.SERVICE
        return _NOTIFY_KINDS.get(self.kind, NotifyKind.PERSON)

    @property
    def foldable(self) -> bool:
        """True for an official account or a service that may stand behind one row with all others.

        Not for one that is pinned, or that was told to ring.
        """
        notices = self.notify_kind in (NotifyKind.OFFICIAL, NotifyKind.SERVICE)
        return notices and not self.pinned and self.notify is not NotifyRule.ALL

    @property
    def name(self) -> str:
        """Shown name; the UserName while no contact is known."""
        return self.title or self.user_name


class Gap(msgspec.Struct, frozen=True):
    """A time in which messages may have come that never reached this computer; aware, in UTC.

    It stands before whatever was stored later than the row `after`. `times`: how many there were between two messages.
    """

    since: datetime
    until: datetime
    after: int
    times: int = 1


class Doubt(msgspec.Struct, frozen=True):
    """A contact of the current login that may be the one of these earlier conversations, the newest first."""

    contact: Contact
    candidates: tuple[Conversation, ...]


class LoginIdentity(Protocol):
    """Facts by which a session and a stored login are the same: the account, and one's own UserName in it."""

    @property
    def uin(self) -> str:
        """Number of the account."""

    @property
    def user_name(self) -> str:
        """UserName of oneself, good for one login."""


class Login(msgspec.Struct, frozen=True):
    """A login. `user_name` is one's own; `contacts_refreshed_at` is when all contacts last came, if ever."""

    id: int
    uin: str
    user_name: str
    contacts_refreshed_at: datetime | None = None


class ExportedMessage(msgspec.Struct, frozen=True):
    """A message, the name of its conversation and of its sender, "" for oneself, the system and strangers."""

    message: StoredMessage
    chat: str
    sender: str


class ReceivedRequest(msgspec.Struct, frozen=True):
    """A friend request: the message in which it came; `current`: in this login, whose addresses are good."""

    message: StoredMessage
    current: bool


class ReceivedSticker(msgspec.Struct, frozen=True):
    """A sticker: the message in which it came last, and how often it came."""

    message: StoredMessage
    times: int


class LogEntry(msgspec.Struct, frozen=True):
    """A message of a log; `gap` is a time before it from which messages may be missing."""

    named: ExportedMessage
    gap: Gap | None = None
