"""What can happen to a message, as a table (ARCHITECTURE). Nothing else decides a state."""

from __future__ import annotations

from enum import Enum
from typing import Final


class DeliveryState(Enum):
    """State of a message. The first nine are of what this program sends, the last two of what it receives."""

    PENDING = "pending"
    """Committed here; the request that sends it has not left (a file may be uploading), or was certainly in vain."""
    SENDING = "sending"
    """The request has left, or is just leaving."""
    SENT = "sent"
    """The server has it."""
    FAILED = "failed"
    """The server certainly does not have it."""
    UNKNOWN = "unknown"
    """The request left and no answer came: the server may have it."""
    REVOKING = "revoking"
    """The request that takes it back has left, or is just leaving."""
    REVOKE_UNKNOWN = "revoke_unknown"
    """Sent; the request that takes it back left, and no answer came: it may be taken back."""
    REVOKED = "revoked"
    """Taken back, here or on the phone; the text is kept."""
    CANCELLED = "cancelled"
    """Given up before it left."""
    RECEIVED = "received"
    """Came through sync: from others, or oneself on another device."""
    RECALLED = "recalled"
    """Came through sync, and its sender took it back; it is kept."""


class DeliveryEvent(Enum):
    """What happens to a message."""

    START = "start"
    """The request that sends it leaves now; uploads are over."""
    ACCEPTED = "accepted"
    """The server answered with success."""
    REFUSED = "refused"
    """The server said no, or nothing left this machine: it is certainly not sent."""
    LOST = "lost"
    """The connection died after the request left."""
    REQUEUE = "requeue"
    """It certainly did not arrive, for a reason that passes: no connection, no session, too fast. It waits again."""
    FOUND = "found"
    """Sync showed that an unknown one arrived after all."""
    RETRY = "retry"
    """Send a failed one again."""
    DECIDE_RESEND = "decide_resend"
    """A person, told that it may arrive twice, has an unknown one sent again. No program says this by itself."""
    CANCEL = "cancel"
    """A person gives it up before it has left."""
    REVOKE_START = "revoke_start"
    """The request that takes it back leaves now."""
    REVOKE_DONE = "revoke_done"
    """The server took it back at our request."""
    REVOKE_REFUSED = "revoke_refused"
    """The server said no, or the request did not leave, and no earlier one was lost: it is certainly still there."""
    REVOKE_LOST = "revoke_lost"
    """No usable answer came to the request that takes it back, or to an earlier one."""
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
"""Every step there is. A pair that is not here does not happen; `CANCEL` of a `SENDING` one would be a lie."""

SEND_AGAIN: Final = {
    DeliveryState.FAILED: DeliveryEvent.RETRY,
    DeliveryState.UNKNOWN: DeliveryEvent.DECIDE_RESEND,
}
"""States in which a person can send a message again, and the event that does it."""


class ImpossibleStep(ValueError):
    """An event that cannot happen in this state: a mistake of the calling code; nothing was changed."""

    def __init__(self, state: DeliveryState, event: DeliveryEvent) -> None:
        super().__init__(f"a message that is {state.value} cannot take “{event.value}”")
        self.state = state
        self.event = event


def next_state(state: DeliveryState, event: DeliveryEvent) -> DeliveryState:
    """The state after `event`. Raises `ImpossibleStep` when the table has no such step."""
    try:
        return TRANSITIONS[state, event]
    except KeyError:
        raise ImpossibleStep(state, event) from None
