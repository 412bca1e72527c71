"""What a login tells while it goes on. Apart from `login`, so that a screen knows them before the network is loaded."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

from tui import errors

if TYPE_CHECKING:
    from tui.wire.login import Phase


@dataclass(frozen=True, slots=True)
class ShowCode:
    """Draw this QR code; it replaces any earlier one."""

    text: str


@dataclass(frozen=True, slots=True)
class PhoneAsked:
    """No code: the phone shows a question."""


@dataclass(frozen=True, slots=True)
class PhaseChanged:
    """The login went on."""

    phase: Phase


@dataclass(frozen=True, slots=True)
class LoginDelayed:
    """The network fails; the login goes on by itself in `seconds`."""

    error: errors.NetworkError
    seconds: float


LoginEvent: TypeAlias = ShowCode | PhoneAsked | PhaseChanged | LoginDelayed
