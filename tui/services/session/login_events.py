"""Events of a login while it goes on; they are apart from `qr_login` so that a screen need not import the network."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

from tui import errors

if TYPE_CHECKING:
    from tui.wire.login import Phase


@dataclass(frozen=True, slots=True)
class ShowCode:
    """Text of a QR code to draw; it replaces any earlier one."""

    text: str


@dataclass(frozen=True, slots=True)
class PhoneAsked:
    """The phone shows a question; there is no code to scan."""


@dataclass(frozen=True, slots=True)
class PhaseChanged:
    """The login has entered another phase."""

    phase: Phase


@dataclass(frozen=True, slots=True)
class LoginDelayed:
    """The network fails; the login goes on by itself in `seconds`."""

    error: errors.NetworkError
    seconds: float


LoginEvent: TypeAlias = ShowCode | PhoneAsked | PhaseChanged | LoginDelayed
