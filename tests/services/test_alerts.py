"""Alerts: each is told once, with what to do."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any, cast

import pytest

from tests.support.uploads_of_each_state import upload
from tui import errors
from tui.config.settings import Settings
from tui.services.attention import alerts as module
from tui.services.attention.alerts import Alert, AlertKind, Alerts, bell_rings
from tui.services.client.client import Client
from tui.services.client.events import ActionNeeded, LoggedIn, Recovered, SessionEnded, SessionEvent, Trouble
from tui.services.uploads.upload_state import UploadSeries, UploadState

SESSION, NETWORK, HELD, UPLOAD = AlertKind
LOGGED_IN = LoggedIn(cast(Client, None))
OVER = SessionEnded(errors.LoggedInElsewhere())
AWAY = Trouble(errors.Unreachable(host="wx.qq.com", why="no route"), 1.0)


@pytest.fixture
def told() -> list[Alert]:
    return []


@pytest.fixture
def alerts(told: list[Alert], monkeypatch: pytest.MonkeyPatch) -> Alerts:
    monkeypatch.setattr(module, "NETWORK_GONE", 0.0)
    return Alerts(told.append)


async def passed() -> None:
    for _ in range(3):
        await asyncio.sleep(0)


@pytest.mark.parametrize(
    ("events", "kinds"),
    [
        ([LOGGED_IN, OVER], [SESSION]),
        ([LOGGED_IN, OVER, OVER], [SESSION]),
        ([LOGGED_IN, OVER, LOGGED_IN, OVER], [SESSION, SESSION]),
        ([LOGGED_IN, ActionNeeded(errors.LoginBarred(why="1203"))], [SESSION]),
        # Who logs out knows it; who has just started the program looks at it; another wxtui has the session.
        ([LOGGED_IN, SessionEnded(errors.NotLoggedIn(profile="default"))], []),
        ([OVER], []),
        ([LOGGED_IN, ActionNeeded(errors.ProfileBusy(profile="default", pid=1))], []),
        ([LOGGED_IN, AWAY], [NETWORK]),
        ([LOGGED_IN, AWAY, AWAY], [NETWORK]),
        ([LOGGED_IN, AWAY, Recovered()], []),
        ([LOGGED_IN, AWAY, LOGGED_IN], []),
        ([LOGGED_IN, AWAY, OVER], [SESSION]),
        ([LOGGED_IN, Trouble(errors.BusyBriefly(profile="default", pid=1), 0.3)], []),
        ([AWAY, Recovered(), AWAY], [NETWORK]),
    ],
)
async def test_the_session_and_the_network(
    alerts: Alerts, told: list[Alert], events: list[SessionEvent], kinds: list[AlertKind]
) -> None:
    for event in events:
        alerts.session_event(event)
    await passed()
    for event in events[-1:]:
        # As it is told again for as long as it lasts.
        if event is AWAY:
            alerts.session_event(event)
    await passed()
    assert [one.kind for one in told] == kinds
    assert all(len(one.sentence) > 40 for one in told)
    alerts.close()


async def test_a_queue_that_is_held_is_told_once_until_nothing_waits(alerts: Alerts, told: list[Alert]) -> None:
    def outbox(waiting: int, held: bool) -> Any:
        sender, throttle = SimpleNamespace(waiting=range(waiting)), SimpleNamespace(hold=object() if held else None)
        return SimpleNamespace(sender=sender, throttle=throttle, unfinished=0)

    for waiting, held in [(2, False), (0, True), (3, True), (3, True), (3, False), (3, True), (0, False)]:
        alerts.outbox_moved(outbox(waiting, held))
    assert [one.kind for one in told] == [HELD]
    assert "3" in told[0].sentence
    alerts.outbox_moved(outbox(1, True))
    assert len(told) == 2


async def test_an_upload_that_fails_is_told_once_and_a_file_for_several_as_one(
    alerts: Alerts, told: list[Alert]
) -> None:
    one = upload(1, "a.zip", UploadState.UPLOADING)
    error = errors.FileChanged(name="a.zip")
    for state in (UploadState.FAILED, UploadState.FAILED, UploadState.QUEUED, UploadState.UNKNOWN, UploadState.SENT):
        one.state, one.error = state, error
        alerts.upload_moved(one)
    assert [one.kind for one in told] == [UPLOAD, UPLOAD]
    assert "“a.zip” was not sent." in told[0].sentence and str(error.said) in told[0].sentence
    series = UploadSeries([upload(number, "b.zip", UploadState.UPLOADING) for number in range(3)])
    for number, one in enumerate(series.uploads):
        one.series, one.state = series, (UploadState.FAILED, UploadState.UPLOADING, UploadState.FAILED)[number]
        alerts.upload_moved(one)
    assert len(told) == 3
    alerts.upload_moved(upload(9, "c", UploadState.CANCELLED))
    assert len(told) == 3


def test_in_quiet_hours_an_alert_is_shown_without_a_bell() -> None:
    now = datetime.now(UTC)
    always = f"{now.astimezone():%H:%M}-{now.astimezone():%H:%M}"
    assert [bell_rings(one, now) for one in (Settings(), Settings(bell=False), Settings(quiet=always))] == [
        True,
        False,
        False,
    ]
