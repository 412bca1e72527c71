"""State of a login, in words: what the events of `services.client.supervisor` add up to. It neither draws nor waits."""

from __future__ import annotations

import math
from dataclasses import dataclass
from enum import Enum, auto
from typing import Final

from tui import errors
from tui.errors import N_
from tui.i18n import _, say, translated
from tui.keymap import hint
from tui.services.client.supervisor import LoggedIn, PresenceEvent, Recovered, Refused, SessionEnded, Trouble
from tui.services.session.login_events import PhaseChanged, PhoneAsked, ShowCode, Waiting
from tui.wire.names import Endpoint


class Stage(Enum):
    """Where a login stands, as a person sees it."""

    ASKING = auto()
    """Nothing to see yet."""
    CODE = auto()
    """A code waits to be scanned."""
    EXPIRED = auto()
    SCANNED = auto()
    UNCONFIRMED = auto()
    TAP = auto()
    """No code: the phone shows a question."""
    CONFIRMED = auto()
    REFUSED = auto()
    """It goes on only when the person says how."""
    LOGGED_OUT = auto()
    """As the person wanted it."""
    ONLINE = auto()
    """There is a session: nothing to do here."""


WAITS_FOR_WISH: Final = frozenset({Stage.REFUSED, Stage.LOGGED_OUT, Stage.ONLINE})
"""Stages that Enter ends."""


SENTENCES: Final = {
    Stage.ASKING: N_("Asking WeChat for a QR code…"),
    Stage.CODE: N_("Scan this code with WeChat on your phone: + at the top right, then Scan."),
    Stage.EXPIRED: N_("The code expired. A new one is coming…"),
    Stage.SCANNED: N_("Scanned. Now tap “Log in” on the phone."),
    Stage.UNCONFIRMED: N_("Not confirmed yet. Tap “Log in” on the phone; if you cancelled there, scan the code again."),
    Stage.TAP: N_("Tap “Log in” on your phone; it knows this computer, so there is nothing to scan."),
    Stage.CONFIRMED: N_("Confirmed. Fetching your contacts…"),
    Stage.LOGGED_OUT: N_("Logged out. Your messages stay on this computer."),
    Stage.ONLINE: N_("You are logged in."),
}

DIFFERENCES: Final = {
    Endpoint.WEB: N_(
        "Web version: all your chats, but WeChat lets only some accounts use it; File Transfer works for every account."
    ),
    Endpoint.FILEHELPER: N_(
        "File Transfer: works for every account, but reaches only your own phone; the web version has all your chats."
    ),
}

_PHASES: Final = {"SCANNED": Stage.SCANNED, "UNCONFIRMED": Stage.UNCONFIRMED}
_COUNTED: Final = frozenset({Stage.SCANNED, Stage.UNCONFIRMED, Stage.TAP})
"""Stages in which the person is waited for, and seconds are shown."""


@dataclass(slots=True)
class SignIn:
    """One login as it goes on. Times are seconds of a clock that never jumps, handed in."""

    endpoint: Endpoint = Endpoint.WEB
    stage: Stage = Stage.ASKING
    code: str = ""
    """What the QR code says, "" while there is none."""
    renewed: bool = False
    """Whether the code replaced one that expired."""
    error: errors.WxtuiError | None = None
    _since: float = 0.0
    _retry_at: float | None = None

    def asked(self, endpoint: Endpoint) -> None:
        """The person asked for another way in: what was shown is void."""
        self.endpoint = endpoint
        self.stage, self.code, self.renewed, self.error, self._retry_at = Stage.ASKING, "", False, None, None

    def apply(self, event: PresenceEvent, now: float) -> None:
        """The login went on."""
        match event:
            case Waiting(error=error, seconds=seconds) | Trouble(error=error, seconds=seconds):
                self.error, self._retry_at = error, now + seconds
                return
            case ShowCode(text=text):
                self.renewed = self.stage is Stage.EXPIRED
                self.code = text
                self._go(Stage.CODE, now)
            case PhoneAsked():
                self.code = ""
                self._go(Stage.TAP, now)
            case PhaseChanged(phase=phase):
                self._phase(phase.name, now)
            case Refused(error=error):
                self.code = ""
                self._go(Stage.REFUSED, now)
                self.error = error
            case SessionEnded(error=error):
                self.asked(self.endpoint)
                if isinstance(error, errors.NotLoggedIn):
                    self.stage = Stage.LOGGED_OUT
                else:
                    self.error = error
            case LoggedIn():
                self.code = ""
                self._go(Stage.ONLINE, now)
            case Recovered():
                if self._retry_at is not None:
                    self.error, self._retry_at = None, None

    def _phase(self, name: str, now: float) -> None:
        if name == "CONFIRMED":
            self._go(Stage.CONFIRMED, now)
        elif name == "EXPIRED":
            self._go(Stage.EXPIRED if self.code else Stage.ASKING, now)
        elif name == "WAITING":
            self._go(Stage.CODE if self.code else Stage.TAP, now)
        elif self.stage is not Stage.TAP:
            # A pushed login counts as scanned from the start; the person still has to tap.
            self._go(_PHASES[name], now)

    def _go(self, stage: Stage, now: float) -> None:
        if not (self.stage is Stage.SCANNED and stage is Stage.UNCONFIRMED):
            self._since = now
        self.stage, self.error, self._retry_at = stage, None, None

    # ---------------------------------------------------------------- in words

    def troubled(self, now: float) -> bool:
        """Whether the network failed and is tried again later."""
        return self._retry_at is not None and now < self._retry_at

    def counts(self, now: float) -> bool:
        """Whether something is waited for whose seconds are shown."""
        return self.stage in _COUNTED or self.troubled(now)

    def count(self, now: float) -> str:
        """The seconds, in words; "" where nothing is waited for."""
        if self._retry_at is not None and now < self._retry_at:
            return _("Trying again in {seconds} s.").format(seconds=math.ceil(self._retry_at - now))
        if self.stage in _COUNTED:
            return _("waiting for {seconds} s").format(seconds=int(now - self._since))
        return ""

    def sentence(self, now: float) -> str:
        """What is going on, and what the person can do about it."""
        if self.error is not None and (self.stage is Stage.REFUSED or self.troubled(now)):
            return say(self.error, advice=False)
        return _(SENTENCES[self.stage])

    def note(self) -> str:
        """What else is worth knowing, "" for nothing."""
        if self.stage is Stage.REFUSED:
            return self._way_out()
        if self.error is not None and self._retry_at is None:
            return say(self.error, advice=False)
        if self.stage is Stage.CODE and self.renewed:
            return _("The earlier code expired; this is a new one.")
        return ""

    def _way_out(self) -> str:
        match self.error:
            case errors.LoginBarred() | errors.LoggedOutAtOnce() if self.endpoint is Endpoint.WEB:
                return hint(
                    "Press {login.switch} for File Transfer, which works for every account: it sends to your own phone."
                )
            case errors.LoginExpired():
                return hint("Press {login.again} for a new code.")
            case errors.ProfileBusy():
                return _("It goes on here by itself when that one ends. Or use another profile: wxtui --profile NAME …")
            case errors.LocalError() as error:
                return translated(errors.Phrase(error.advice, **error.facts))
            case _:
                return hint("Press {login.again} to try again, or {login.switch} for the other way in.")

    def difference(self) -> str:
        """Web version or File Transfer, and what the other one is for."""
        return _(DIFFERENCES[self.endpoint])
