"""QR codes and the phone that scans them (PROTOCOL section 2)."""

from __future__ import annotations

import random
from dataclasses import dataclass, field
from enum import Enum

from tui.sandbox.session.bell import Bell
from tui.sandbox.session.session import token
from tui.wire.names import Endpoint, PollCode


class PhonePhase(Enum):
    """Phase of a login attempt; the value is what its poll answers."""

    WAITING = PollCode.WAITING
    SCANNED = PollCode.SCANNED
    CONFIRMED = PollCode.CONFIRMED
    EXPIRED = PollCode.EXPIRED


FOLLOWS: dict[PhonePhase, frozenset[PhonePhase]] = {
    PhonePhase.WAITING: frozenset({PhonePhase.SCANNED, PhonePhase.EXPIRED}),
    PhonePhase.SCANNED: frozenset({PhonePhase.CONFIRMED, PhonePhase.WAITING, PhonePhase.EXPIRED}),
    PhonePhase.CONFIRMED: frozenset(),
    PhonePhase.EXPIRED: frozenset(),
}
"""Phases that may follow; from SCANNED back to WAITING when the person cancels on the phone."""


@dataclass(slots=True)
class Attempt:
    """QR code (or push login). `told` is the phase that a poll has answered last; `dies` when the code expires."""

    uuid: str
    endpoint: Endpoint
    dies: float
    ticket: str = ""
    phase: PhonePhase = PhonePhase.WAITING
    told: PhonePhase = PhonePhase.WAITING
    bell: Bell = field(default_factory=Bell)

    def move(self, phase: PhonePhase) -> bool:
        """Go to a phase if it may follow, and wake the polls; return whether it did."""
        if phase not in FOLLOWS[self.phase]:
            return False
        self.phase = phase
        self.bell.ring()
        return True

    @property
    def open(self) -> bool:
        """True while the phone can do something with the code."""
        return bool(FOLLOWS[self.phase])


def new_attempt(endpoint: Endpoint, dies: float, rng: random.Random) -> Attempt:
    """Return a fresh code; neither uuid nor ticket holds a `/` or a `+`, which published clients would spoil."""
    return Attempt(token(rng, 10) + "==", endpoint, dies, f"A{token(rng, 22)}@qrticket_0")
