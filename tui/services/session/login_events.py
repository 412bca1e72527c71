"""Events of a login while it goes on. They are not in `qr_login`, so that a screen need not import the network."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

import msgspec

from tui import errors

if TYPE_CHECKING:
    from tui.wire.login import Phase


class ShowCode(msgspec.Struct, frozen=True):
    """Text of a QR code to draw; it replaces any earlier one."""

    text: str


class PhoneAsked(msgspec.Struct, frozen=True):
    """The phone shows a question; there is no code to scan."""


class PhaseChanged(msgspec.Struct, frozen=True):
    """The login has entered another phase."""

    phase: Phase


class LoginDelayed(msgspec.Struct, frozen=True):
    """The network fails; the login goes on by itself in `seconds`."""

    error: errors.NetworkError
    seconds: float


LoginEvent: TypeAlias = ShowCode | PhoneAsked | PhaseChanged | LoginDelayed
