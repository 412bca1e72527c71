"""Alerts: what a person is told of although no message came, once each, with what to do; whatever is muted."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import datetime
from enum import Enum
from typing import Final

import msgspec

from tui import errors
from tui.config.quiet_hours import quiet_hours
from tui.config.settings import Settings
from tui.i18n import _, joined, say
from tui.services.client.events import ActionNeeded, LoggedIn, Recovered, SessionEnded, SessionEvent, Trouble
from tui.services.outbox import Outbox
from tui.services.uploads.upload_state import Upload, UploadState

NETWORK_GONE: Final = 60.0
"""Seconds without a connection after which a person is told."""

_FAILED: Final = frozenset({UploadState.FAILED, UploadState.UNKNOWN})


class AlertKind(Enum):
    """Kind of what happened."""

    SESSION = "session"
    """The session is over, or a login needs a person."""
    NETWORK = "network"
    """For a minute nothing comes and nothing leaves."""
    HELD = "held"
    """The server wants fewer messages, and some wait."""
    UPLOAD = "upload"
    """A file did not go, or nobody knows whether it did."""


class Alert(msgspec.Struct, frozen=True):
    """Something that a person should know now, in a sentence that says what to do."""

    kind: AlertKind
    sentence: str


class Alerts:
    """Hears what happens to the session and the outbox, and tells what a person must know. Used on the event loop."""

    def __init__(self, tell: Callable[[Alert], None]) -> None:
        self._tell = tell
        self._session = False
        self._gone: asyncio.TimerHandle | None = None
        self._gone_told = False
        self._held = False
        self._failed: set[object] = set()

    def close(self) -> None:
        """Tell nothing more."""
        self._connected()

    def session_event(self, event: SessionEvent) -> None:
        """Hear an event of the session."""
        match event:
            case LoggedIn():
                self._session = True
                self._connected()
            case Recovered():
                self._connected()
            case Trouble(error=errors.BusyBriefly()):
                pass
            case Trouble(error=error):
                if self._gone is None and not self._gone_told:
                    self._gone = asyncio.get_running_loop().call_later(NETWORK_GONE, self._network_gone, error)
            case SessionEnded(error=error):
                self._connected()
                # Who logs out knows; and who has just started the program sees how it stands.
                self._session_over(error, wanted=not isinstance(error, errors.NotLoggedIn))
            case ActionNeeded(error=error):
                self._session_over(error, wanted=not isinstance(error, errors.ProfileBusy | errors.RiskUntold))
            case _:
                pass

    def _session_over(self, error: errors.WxtuiError, *, wanted: bool) -> None:
        had, self._session = self._session, False
        if had and wanted:
            self._tell(Alert(AlertKind.SESSION, joined(say(error, advice=False), _("Open wxtui to log in again."))))

    def _connected(self) -> None:
        self._gone_told = False
        if self._gone is not None:
            self._gone.cancel()
            self._gone = None

    def _network_gone(self, error: errors.WxtuiError) -> None:
        self._gone, self._gone_told = None, True
        what = _("No connection for a minute. wxtui keeps trying, and what you send waits.")
        if not isinstance(error, errors.NetworkError):
            what = _("WeChat has refused for a minute to say what is new. wxtui keeps trying, and what you send waits.")
        self._tell(Alert(AlertKind.NETWORK, joined(what, say(error, advice=False))))

    def outbox_moved(self, outbox: Outbox) -> None:
        """Hear that something in the outbox waits for something else now."""
        waiting = len(outbox.sender.waiting) + outbox.unfinished
        if not waiting:
            self._held = False
        elif outbox.throttle.hold is not None and not self._held:
            self._held = True
            what = _("WeChat wants fewer messages. Waiting: {count}; they leave by themselves. Send less until then.")
            self._tell(Alert(AlertKind.HELD, what.format(count=waiting)))

    def upload_moved(self, upload: Upload) -> None:
        """Hear that an upload went on, or is over."""
        one: object = upload.series or upload
        if upload.state in _FAILED:
            if one not in self._failed:
                self._failed.add(one)
                self._tell(Alert(AlertKind.UPLOAD, _upload_sentence(upload)))
        elif not any(other.state in _FAILED for other in upload.alike):
            # Tried again: should that fail, it is news.
            self._failed.discard(one)


def _upload_sentence(upload: Upload) -> str:
    if upload.state is UploadState.UNKNOWN:
        return _("It is unknown whether “{name}” was sent. Check your phone before you send it again.").format(
            name=upload.name
        )
    why = "" if upload.error is None else say(upload.error)
    return joined(_("“{name}” was not sent.").format(name=upload.name), why)


def bell_rings(settings: Settings, now: datetime) -> bool:
    """Return whether an alert rings the bell: in quiet hours it is only shown."""
    return settings.bell and not quiet_hours(settings.quiet).cover(now)
