"""Lines of the log file about what happens to a profile: its session, its messages and uploads, by their ids.

A table of what is worth a line, and how grave it is. No line has a text, a name or an address.
"""

from __future__ import annotations

import logging
import platform
import time
from typing import TYPE_CHECKING, Final

from tui import __version__, errors
from tui.services.client.events import (
    ActionNeeded,
    ContactsLoading,
    LoggedIn,
    Recovered,
    SessionEnded,
    SessionEvent,
    Trouble,
)
from tui.services.session.login_events import LoginDelayed, PhaseChanged, PhoneAsked, ShowCode
from tui.services.uploads.upload_state import Upload, UploadState
from tui.services.util.log_file import open_log
from tui.store.changes import (
    Change,
    ContactsChanged,
    ConversationMerged,
    ConversationsChanged,
    ConversationSplit,
    GapsChanged,
    MessageChanged,
    MessagesAdded,
    MessagesRemoved,
)
from tui.store.delivery_state import DeliveryState

if TYPE_CHECKING:
    from tui.paths import Profile

_session: Final = logging.getLogger("wxtui.session")
_store: Final = logging.getLogger("wxtui.store")
_messages: Final = logging.getLogger("wxtui.messages")
_uploads: Final = logging.getLogger("wxtui.uploads")

_GRAVE: Final = frozenset({DeliveryState.FAILED, DeliveryState.UNKNOWN, DeliveryState.REVOKE_UNKNOWN})
_GRAVE_UPLOADS: Final = frozenset({UploadState.FAILED, UploadState.UNKNOWN})
_FROM_OTHERS: Final = frozenset({DeliveryState.RECEIVED, DeliveryState.RECALLED})


_REMEMBERED: Final = 1000
"""Messages whose state is remembered, so that it is told once."""


def _in_brackets(reason: str) -> str:
    """Return why something failed, which is the name of an error's class and nothing else."""
    return f" ({reason})" if isinstance(getattr(errors, reason or "-", None), type) else ""


class EventLog:
    """Writes lines about the events of a runtime, to the log file that it keeps as long as that runs."""

    def __init__(self, profile: Profile, level: str, *, set_aside: bool = False) -> None:
        """`set_aside`: the store that was there is damaged, and was moved aside."""
        self._file = open_log(profile, level)
        self._states: dict[int, DeliveryState] = {}
        self._steps: dict[int, UploadState] = {}
        self._gone_since: float | None = None
        _session.info("wxtui %s begins, Python %s", __version__, platform.python_version())
        if set_aside:
            _store.warning("the store was damaged, and was moved aside; a new one has begun")

    def use(self, level: str) -> None:
        """Write lines of another level."""
        self._file.use(level)

    def close(self) -> None:
        """Write no more."""
        _session.info("wxtui ends")
        self._file.close()

    def session_event(self, event: SessionEvent) -> None:
        """Write a line about the session."""
        match event:
            case LoggedIn(client=client):
                self._back()
                _session.info("a session has begun: %s", client.context.session.endpoint.value)
            case Trouble(error=errors.BusyBriefly()):
                _session.debug("a command has the session")
            case Trouble(error=error, seconds=seconds):
                # A night without a network is one warning.
                grave = logging.INFO if self._gone_since is not None else logging.WARNING
                self._gone_since = self._gone_since or time.monotonic()
                _session.log(grave, "no connection: %s, next try in %.1f s", error.code, seconds)
            case Recovered():
                self._back()
            case ActionNeeded(error=errors.ProfileBusy() as error):
                _session.info("another process has the profile: %s", error.code)
            case ActionNeeded(error=error):
                _session.warning("a person is needed: %s", error.code)
            case SessionEnded(error=errors.NotLoggedIn()):
                _session.info("logged out")
            case SessionEnded(error=error):
                _session.warning("the session has ended: %s", error.code)
            case ShowCode():
                _session.info("login: a QR code is shown")
            case PhoneAsked():
                _session.info("login: the phone is asked")
            case PhaseChanged(phase=phase):
                _session.info("login: %s", phase.name)
            case LoginDelayed(error=error, seconds=seconds):
                _session.info("login: %s, next try in %.1f s", error.code, seconds)
            case ContactsLoading():
                _session.debug("contacts are coming")

    def _back(self) -> None:
        if self._gone_since is not None:
            _session.warning("the connection is back after %.0f s", time.monotonic() - self._gone_since)
            self._gone_since = None

    def changed(self, change: Change) -> None:
        """Write a line about a change of the store."""
        match change:
            case MessagesAdded(conversation_id=within, messages=messages):
                _messages.debug("%d new in conversation %d", len(messages), within)
            case MessageChanged(message=message):
                self._message(message.id, message.state, message.reason)
            case MessagesRemoved(message_ids=ids):
                _store.info("%d messages removed", len(ids))
            case ConversationMerged(gone=gone, into=into):
                _store.info("conversation %d is part of %d now", gone, into)
            case ConversationSplit(kept=kept, apart=apart):
                _store.info("conversation %d was taken out of %d", apart, kept)
            case GapsChanged():
                _store.info("messages may be missing from here on")
            case ConversationsChanged(ids=ids):
                _store.debug("%d conversations changed", len(ids))
            case ContactsChanged():
                _store.debug("contacts changed")

    def _message(self, row: int, state: DeliveryState, reason: str) -> None:
        if state in _FROM_OTHERS or self._states.get(row) is state:
            return
        self._states[row] = state
        if len(self._states) > _REMEMBERED:
            del self._states[next(iter(self._states))]
        grave = logging.WARNING if state in _GRAVE else logging.INFO
        _messages.log(grave, "message %d: %s%s", row, state.value, _in_brackets(reason))

    def upload_moved(self, upload: Upload) -> None:
        """Write a line about an upload in another state."""
        if upload.row is None or self._steps.get(upload.row.id) is upload.state:
            return
        self._steps[upload.row.id] = upload.state
        grave = logging.WARNING if upload.state in _GRAVE_UPLOADS else logging.INFO
        why = _in_brackets("" if upload.error is None else upload.error.code)
        _uploads.log(grave, "upload of message %d, %d bytes: %s%s", upload.row.id, upload.size, upload.state.value, why)
        if upload.state.over:
            del self._steps[upload.row.id]
