"""States of a message, and the table of all steps between them. Nothing else decides a state."""

from __future__ import annotations

from enum import Enum
from typing import Final


class DeliveryState(Enum):
    """State of a message. The first nine are for messages that this program sends, the last two for received ones."""

    PENDING = "pending"
    """Stored; the request that sends it has not left (a file may be uploading), or certainly came to nothing."""
    SENDING = "sending"
    """The request has left, or is just leaving."""
    SENT = "sent"
    """The server has it."""
    FAILED = "failed"
    """The server certainly does not have it."""
    UNKNOWN = "unknown"
    """The request left and no answer came: the server may have it."""
    REVOKING = "revoking"
    """The request that recalls it has left, or is just leaving."""
    REVOKE_UNKNOWN = "revoke_unknown"
    """Sent; the request that recalls it left, and no answer came: it may be recalled."""
    REVOKED = "revoked"
    """Recalled by oneself, here or on the phone; the text is kept."""
    CANCELLED = "cancelled"
    """Given up before it left."""
    RECEIVED = "received"
    """Came through sync: from others, or oneself on another device."""
    RECALLED = "recalled"
    """Came through sync, and its sender recalled it; the text is kept."""


class DeliveryEvent(Enum):
    """Event in the life of a message."""

    START = "start"
    """The request that sends it leaves now; uploads are over."""
    ACCEPTED = "accepted"
    """The server answered with success."""
    REFUSED = "refused"
    """The server refused it, or nothing left this machine: it is certainly not sent."""
    LOST = "lost"
    """The connection died after the request left."""
    REQUEUE = "requeue"
    """The message certainly did not arrive, for a passing reason: no connection, no session, too fast. It waits."""
    FOUND = "found"
    """Sync showed that an unknown message arrived after all."""
    RETRY = "retry"
    """A person sends a failed message again."""
    DECIDE_RESEND = "decide_resend"
    """A person sends an unknown message again, told that it may arrive twice. The program never does so by itself."""
    CANCEL = "cancel"
    """A person gives the message up before it has left."""
    REVOKE_START = "revoke_start"
    """The request that recalls it leaves now."""
    REVOKE_DONE = "revoke_done"
    """The server recalled it at our request."""
    REVOKE_REFUSED = "revoke_refused"
    """The server refused, or the request did not leave, and no earlier request was lost: the message is still there."""
    REVOKE_LOST = "revoke_lost"
    """No usable answer came to the request that recalls it, or to an earlier one."""
    RECALL = "recall"
    """A revoke notice came through sync."""


_S: Final = DeliveryState
_E: Final = DeliveryEvent

TRANSITIONS: Final[dict[tuple[DeliveryState, DeliveryEvent], DeliveryState]] = {
    (_S.PENDING, _E.START): _S.SENDING,
    (_S.PENDING, _E.REFUSED): _S.FAILED,
    (_S.PENDING, _E.CANCEL): _S.CANCELLED,
    (_S.SENDING, _E.ACCEPTED): _S.SENT,
    (_S.SENDING, _E.REFUSED): _S.FAILED,
    (_S.SENDING, _E.LOST): _S.UNKNOWN,
    (_S.SENDING, _E.REQUEUE): _S.PENDING,
    (_S.FAILED, _E.RETRY): _S.PENDING,
    (_S.FAILED, _E.CANCEL): _S.CANCELLED,
    (_S.UNKNOWN, _E.FOUND): _S.SENT,
    (_S.UNKNOWN, _E.DECIDE_RESEND): _S.PENDING,
    (_S.SENT, _E.REVOKE_START): _S.REVOKING,
    (_S.SENT, _E.RECALL): _S.REVOKED,
    (_S.REVOKING, _E.REVOKE_DONE): _S.REVOKED,
    (_S.REVOKING, _E.REVOKE_REFUSED): _S.SENT,
    (_S.REVOKING, _E.REVOKE_LOST): _S.REVOKE_UNKNOWN,
    (_S.REVOKING, _E.RECALL): _S.REVOKED,
    (_S.REVOKE_UNKNOWN, _E.REVOKE_START): _S.REVOKING,
    (_S.REVOKE_UNKNOWN, _E.RECALL): _S.REVOKED,
    (_S.RECEIVED, _E.RECALL): _S.RECALLED,
    # The answer to our own revoke and the notice about it come in either order.
    (_S.REVOKED, _E.REVOKE_DONE): _S.REVOKED,
    (_S.REVOKED, _E.REVOKE_REFUSED): _S.REVOKED,
    (_S.REVOKED, _E.REVOKE_LOST): _S.REVOKED,
    (_S.REVOKED, _E.RECALL): _S.REVOKED,
    (_S.RECALLED, _E.RECALL): _S.RECALLED,
}
"""Every step there is. A pair that is missing cannot happen: to `CANCEL` a `SENDING` message would be a lie."""

SEND_AGAIN: Final = {
    DeliveryState.FAILED: DeliveryEvent.RETRY,
    DeliveryState.UNKNOWN: DeliveryEvent.DECIDE_RESEND,
}
"""States in which a person can send a message again, and the event that does it."""


class ImpossibleStep(ValueError):
    """Raised for an event that cannot happen in a state: a mistake of the calling code; nothing was changed."""


def next_state(state: DeliveryState, event: DeliveryEvent) -> DeliveryState:
    """Return the state after `event`. Raises `ImpossibleStep` when the table has no such step."""
    try:
        return TRANSITIONS[state, event]
    except KeyError:
        raise ImpossibleStep(f"a message that is {state.value} cannot take “{event.value}”") from None
