"""Faults that tests switch on; `fault_layer` carries them out."""

from __future__ import annotations

from enum import Enum

import msgspec

from tui.wire.names import CGI


class FaultKind(Enum):
    """Kind of fault."""

    DROP_BEFORE = "drop_before"
    DROP_AFTER = "drop_after"
    RESET = "reset"
    DELAY = "delay"
    LATE = "late"
    TRUNCATE = "truncate"
    HTML = "html"
    STATUS = "status"
    RET = "ret"
    BARE = "bare"
    DUPLICATE = "duplicate"
    REORDER = "reorder"
    SLOW = "slow"
    EMPTY = "empty"
    EXPIRE = "expire"
    REPEAT = "repeat"
    ECHO = "echo"
    OVERSIZED = "oversized"
    BOMB = "bomb"
    ENDLESS = "endless"
    TRICKLE = "trickle"
    NESTED = "nested"
    PICTURE = "picture"
    REMEMBER = "remember"
    NO_MEDIA_ID = "no_media_id"


IN_ROUTES = frozenset(
    {
        FaultKind.DUPLICATE,
        FaultKind.REORDER,
        FaultKind.REPEAT,
        FaultKind.ECHO,
        FaultKind.REMEMBER,
        FaultKind.NO_MEDIA_ID,
    }
)
"""Kinds that webwxsync, webwxuploadmedia and the send calls carry out themselves."""


class Fault(msgspec.Struct):
    """Active fault. `value`: seconds, HTTP status, Ret, bytes, messages, levels or a picture's number.

    `times` left; 0 = for ever.
    """

    call: str
    kind: FaultKind
    value: float = 0
    times: int = 1


class Faults:
    """The active faults, oldest first."""

    def __init__(self) -> None:
        self.active: list[Fault] = []

    def take(self, call: str, kinds: frozenset[FaultKind]) -> Fault | None:
        """Return the first fault of these kinds for this call, and count it down."""
        for fault in self.active:
            if fault.kind in kinds and fault.call in (call, "*"):
                if fault.times == 1:
                    self.active.remove(fault)
                fault.times = max(0, fault.times - 1)
                return fault
        return None


def call_of(path: str) -> str:
    """Return the server's name for what a path calls: `webwxsendmsg`, `jslogin`, `qrcode`."""
    return path.removeprefix(CGI).strip("/").split("/")[0]
