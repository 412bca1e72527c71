"""State of a login, and its sentences: the sum of the supervisor's events. Neither draws nor waits."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from enum import Enum, auto
from typing import Final

import msgspec

from tui import errors
from tui.errors import N_
from tui.i18n import _, say, translated
from tui.keymap import hint
from tui.services.client.events import ActionNeeded, LoggedIn, Recovered, SessionEnded, SessionEvent, Trouble
from tui.services.session.login_events import LoginDelayed, PhaseChanged, PhoneAsked, ShowCode
from tui.wire.names import Endpoint


class LoginStage(Enum):
    """Stage of a login, as a person sees it."""

    ASKING = auto()
    """The server was asked for a code."""
    CODE = auto()
    """A code waits to be scanned."""
    EXPIRED = auto()
    SCANNED = auto()
    UNCONFIRMED = auto()
    TAP = auto()
    """No code: the phone shows a question."""
    CONFIRMED = auto()
    REFUSED = auto()
    """The person has to say how it goes on."""
    LOGGED_OUT = auto()
    """The person wanted that."""
    ONLINE = auto()
    """There is a session."""


WAITS_FOR_WISH: Final = frozenset({LoginStage.REFUSED, LoginStage.LOGGED_OUT, LoginStage.ONLINE})
"""Stages that Enter ends."""


SENTENCES: Final = {
    LoginStage.ASKING: N_("Asking WeChat for a QR code…"),
    LoginStage.CODE: N_("Scan this code with WeChat on your phone: + at the top right, then Scan."),
    LoginStage.EXPIRED: N_("The code expired. A new one is coming…"),
    LoginStage.SCANNED: N_("Scanned. Now tap “Log in” on the phone."),
    LoginStage.UNCONFIRMED: N_(
        "Not confirmed yet. Tap “Log in” on the phone; if you cancelled there, scan the code again."
    ),
    LoginStage.TAP: N_("Tap “Log in” on your phone; it knows this computer, so there is nothing to scan."),
    LoginStage.CONFIRMED: N_("Confirmed. Fetching your contacts…"),
    LoginStage.LOGGED_OUT: N_("Logged out. Your messages stay on this computer."),
    LoginStage.ONLINE: N_("You are logged in."),
}

_PHASES: Final = {"SCANNED": LoginStage.SCANNED, "UNCONFIRMED": LoginStage.UNCONFIRMED}
_COUNTED: Final = frozenset({LoginStage.SCANNED, LoginStage.UNCONFIRMED, LoginStage.TAP})
"""Stages in which the person is waited for, and seconds are shown."""


_POSSIBLE: Final[Mapping[str, Callable[[LoginState], bool]]] = {
    "switch": lambda login: login.stage is not LoginStage.CONFIRMED,
    "code": lambda login: login.stage is LoginStage.TAP,
    "again": lambda login: login.stage in WAITS_FOR_WISH,
    **dict.fromkeys(("invert", "blocks", "address"), lambda login: login.shows_code),
}
"""Actions of the login screen that some stages have no use for; the others are always possible."""


class LoginState(msgspec.Struct):
    """Login as it goes on. Times are seconds of a clock that never jumps, handed in."""

    endpoint: Endpoint = Endpoint.WEB
    stage: LoginStage = LoginStage.ASKING
    code: str = ""
    """Address in the QR code, "" while there is none."""
    renewed: bool = False
    """True when the code replaced one that expired."""
    error: errors.WxtuiError | None = None
    _since: float = 0.0
    _retry_at: float | None = None

    @property
    def shows_code(self) -> bool:
        """True while there is a code that can be scanned."""
        return bool(self.code) and self.stage is not LoginStage.CONFIRMED

    @property
    def logged_out(self) -> bool:
        """True after a logout that the person wanted."""
        return self.stage is LoginStage.LOGGED_OUT

    def offers(self, action: str) -> bool:
        """Return whether an action of the login screen does something now."""
        possible = _POSSIBLE.get(action)
        return possible is None or possible(self)

    def asked(self, endpoint: Endpoint) -> None:
        """Begin again, because the person asked for another way in."""
        self.endpoint = endpoint
        self.stage, self.code, self.renewed, self.error, self._retry_at = LoginStage.ASKING, "", False, None, None

    def apply(self, event: SessionEvent, now: float) -> None:
        """Take in an event of the login."""
        match event:
            case LoginDelayed(error=error, seconds=seconds) | Trouble(error=error, seconds=seconds):
                self.error, self._retry_at = error, now + seconds
                return
            case ShowCode(text=text):
                self.renewed = self.stage is LoginStage.EXPIRED
                self.code = text
                self._go(LoginStage.CODE, now)
            case PhoneAsked():
                self.code = ""
                self._go(LoginStage.TAP, now)
            case PhaseChanged(phase=phase):
                self._phase(phase.name, now)
            case ActionNeeded(error=error):
                self.code = ""
                self._go(LoginStage.REFUSED, now)
                self.error = error
            case SessionEnded(error=error):
                self.asked(self.endpoint)
                if isinstance(error, errors.NotLoggedIn):
                    self.stage = LoginStage.LOGGED_OUT
                else:
                    self.error = error
            case LoggedIn():
                self.code = ""
                self._go(LoginStage.ONLINE, now)
            case Recovered():
                if self._retry_at is not None:
                    self.error, self._retry_at = None, None

    def _phase(self, name: str, now: float) -> None:
        if name == "CONFIRMED":
            self._go(LoginStage.CONFIRMED, now)
        elif name == "EXPIRED":
            self._go(LoginStage.EXPIRED if self.code else LoginStage.ASKING, now)
        elif name == "WAITING":
            self._go(LoginStage.CODE if self.code else LoginStage.TAP, now)
        elif self.stage is not LoginStage.TAP:
            # A pushed login counts as scanned from the start; the person still has to tap.
            self._go(_PHASES[name], now)

    def _go(self, stage: LoginStage, now: float) -> None:
        if not (self.stage is LoginStage.SCANNED and stage is LoginStage.UNCONFIRMED):
            self._since = now
        self.stage, self.error, self._retry_at = stage, None, None

    # ---------------------------------------------------------------- in words

    def troubled(self, now: float) -> bool:
        """Return True while the next try of a failed network is waited for."""
        return self._retry_at is not None and now < self._retry_at

    def counts(self, now: float) -> bool:
        """Return True while seconds are shown."""
        return self.stage in _COUNTED or self.troubled(now)

    def count(self, now: float) -> str:
        """Return the seconds in words; "" where nothing is waited for."""
        if self._retry_at is not None and now < self._retry_at:
            return _("Trying again in {seconds} s.").format(seconds=math.ceil(self._retry_at - now))
        if self.stage in _COUNTED:
            return _("waiting for {seconds} s").format(seconds=int(now - self._since))
        return ""

    def sentence(self, now: float) -> str:
        """Return what is going on, and what the person can do."""
        if self.error is not None and (self.stage is LoginStage.REFUSED or self.troubled(now)):
            return say(self.error, advice=False)
        return _(SENTENCES[self.stage])

    def note(self) -> str:
        """Return a sentence of advice or about an error, "" for none."""
        if self.stage is LoginStage.REFUSED:
            return self._way_out()
        if self.error is not None and self._retry_at is None:
            return say(self.error, advice=False)
        if self.stage is LoginStage.CODE and self.renewed:
            return _("The previous code expired; this is a new one.")
        return ""

    def _way_out(self) -> str:
        match self.error:
            case errors.LoginBarred() | errors.LoggedOutAtOnce() if self.endpoint is Endpoint.WEB:
                return hint(
                    "Press {login.switch} for File Transfer, which works for every account: it sends to your own phone."
                )
            case errors.RiskUntold():
                return hint("Press {login.again} to read it, or {login.switch} for File Transfer.")
            case errors.LoginExpired():
                return hint("Press {login.again} for a new code.")
            case errors.ProfileBusy():
                return _("It continues here once that one quits. Or use another profile: wxtui --profile NAME …")
            case errors.LocalError() as error:
                return translated(errors.Phrase(error.advice, **error.facts))
            case _:
                return hint("Press {login.again} to try again, or {login.switch} to log in the other way.")
