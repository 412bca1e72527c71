"""What is worth a line in the log file, how grave it is, and that each kind of event is thought of."""

from __future__ import annotations

import logging
import re
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any, get_args

import pytest

from tui import errors
from tui.paths import Profile
from tui.services import event_log
from tui.services.client.events import (
    ActionNeeded,
    ContactsLoading,
    LoggedIn,
    Recovered,
    SessionEnded,
    SessionEvent,
    Trouble,
)
from tui.services.event_log import EventLog
from tui.services.session.login_events import LoginDelayed, PhaseChanged, PhoneAsked, ShowCode
from tui.services.uploads.upload_state import UploadState
from tui.store import changes
from tui.store.delivery_state import DeliveryState
from tui.wire.login import Phase
from tui.wire.names import Endpoint

GONE = errors.Unreachable(host="secret.example", call="webwxsync", why="secret")


@pytest.fixture
def kept(tmp_path: Path) -> Iterator[EventLog]:
    log = EventLog(Profile("default", tmp_path, tmp_path), "debug")
    yield log
    log.close()


def told(kept: EventLog) -> list[str]:
    """The lines but the first one: level and text."""
    kept._file.flush()
    lines = Path(kept._file.path).read_text("utf-8").splitlines()[1:]
    return [re.sub(r"^.{29} (\w+) (\w+)\[\d+\]", r"\1 \2", line) for line in lines]


def test_each_event_of_the_session_has_a_line(kept: EventLog) -> None:
    client: Any = SimpleNamespace(context=SimpleNamespace(session=SimpleNamespace(endpoint=Endpoint.WEB)))
    events: list[SessionEvent] = [
        ShowCode("https://secret"),
        PhoneAsked(),
        PhaseChanged(Phase.SCANNED),
        LoginDelayed(GONE, 2),
        Trouble(errors.BusyBriefly(pid=1), 0.3),
        LoggedIn(client),
        ContactsLoading(),
        Trouble(GONE, 1.5),
        Trouble(GONE, 3),
        Recovered(),
        Recovered(),
        SessionEnded(errors.NotLoggedIn(profile="secret")),
        SessionEnded(errors.LoggedInElsewhere()),
        ActionNeeded(errors.ProfileBusy(pid=1)),
        ActionNeeded(errors.LoginBarred(why="secret")),
    ]
    assert {type(one) for one in events} == set(get_args(SessionEvent)), "a new event is worth a thought here"
    for one in events:
        kept.session_event(one)
    assert told(kept) == [
        "info session: login: a QR code is shown",
        "info session: login: the phone is asked",
        "info session: login: SCANNED",
        "info session: login: Unreachable, next try in 2.0 s",
        "debug session: a command has the session",
        "info session: a session has begun: web",
        "debug session: contacts are coming",
        "warning session: no connection: Unreachable, next try in 1.5 s",
        "info session: no connection: Unreachable, next try in 3.0 s",
        "warning session: the connection is back after 0 s",
        "info session: logged out",
        "warning session: the session has ended: LoggedInElsewhere",
        "info session: another process has the profile: ProfileBusy",
        "warning session: a person is needed: LoginBarred",
    ]


def test_each_change_of_the_store_has_a_line_and_a_message_one_for_each_state(kept: EventLog) -> None:
    def changed(row: int, state: DeliveryState, reason: str = "") -> changes.MessageChanged:
        message: Any = SimpleNamespace(id=row, state=state, reason=reason, body="secret")
        return changes.MessageChanged(message)

    events: list[changes.Change] = [
        changes.MessagesAdded(7, ()),
        changed(3, DeliveryState.SENDING),
        changed(3, DeliveryState.SENT),
        changed(3, DeliveryState.SENT),
        changed(4, DeliveryState.FAILED, "TooFrequent"),
        changed(5, DeliveryState.UNKNOWN, "what a server said: secret"),
        changed(6, DeliveryState.RECALLED),
        changes.MessagesRemoved(7, (1, 2)),
        changes.ConversationMerged(7, 8),
        changes.ConversationSplit(8, 7, ()),
        changes.GapsChanged(),
        changes.ConversationsChanged((7, 8)),
        changes.ContactsChanged(),
    ]
    assert {type(one) for one in events} == set(get_args(changes.Change)), "a new change is worth a thought here"
    for one in events:
        kept.changed(one)
    assert told(kept) == [
        "debug messages: 0 new in conversation 7",
        "info messages: message 3: sending",
        "info messages: message 3: sent",
        "warning messages: message 4: failed (TooFrequent)",
        "warning messages: message 5: unknown",
        "info store: 2 messages removed",
        "info store: conversation 7 is part of 8 now",
        "info store: conversation 7 was taken out of 8",
        "info store: messages may be missing from here on",
        "debug store: 2 conversations changed",
        "debug store: contacts changed",
    ]


def test_an_upload_has_a_line_for_each_state_and_is_forgotten_then(kept: EventLog) -> None:
    upload: Any = SimpleNamespace(row=None, state=UploadState.QUEUED, size=9, error=None, name="secret")
    kept.upload_moved(upload)
    upload.row = SimpleNamespace(id=4)
    for state in (UploadState.QUEUED, UploadState.UPLOADING, UploadState.UPLOADING, UploadState.FAILED):
        upload.state = state
        upload.error = errors.UploadLost(name="secret") if state is UploadState.FAILED else None
        kept.upload_moved(upload)
    assert told(kept) == [
        "info uploads: upload of message 4, 9 bytes: queued",
        "info uploads: upload of message 4, 9 bytes: uploading",
        "warning uploads: upload of message 4, 9 bytes: failed (UploadLost)",
    ]
    assert not kept._steps


def test_a_store_that_was_damaged_is_said(tmp_path: Path) -> None:
    log = EventLog(Profile("default", tmp_path, tmp_path), "warning", set_aside=True)
    log.close()
    assert "warning store" in Path(log._file.path).read_text("utf-8")


def test_what_is_remembered_of_messages_has_an_end(kept: EventLog, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(event_log, "_REMEMBERED", 10)
    kept.use("error")
    for row in range(50):
        kept._message(row, DeliveryState.SENT, "")
    assert len(kept._states) == 10
    assert not logging.getLogger("wxtui.messages").isEnabledFor(logging.INFO)
