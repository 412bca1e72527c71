"""What rings: a table of cases, and times of day."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import get_args
from unittest.mock import AsyncMock, Mock

import pytest
from msgspec.structs import replace

from tui.config.quiet_hours import QuietHours
from tui.config.settings import RuleName, Settings
from tui.services.attention.attention import Cause, attention_for, rings_now
from tui.store.delivery_state import DeliveryState
from tui.store.models import Conversation, NotifyKind, NotifyRule, StoredMessage
from tui.store.stored_status import PERSONAL
from tui.wire import bodies
from tui.wire.contacts import ContactKind
from tui.wire.mentions import Mention
from tui.wire.names import SERVICE_ACCOUNTS, SPECIAL_ACCOUNTS

NOON = datetime(2026, 11, 30, 12, 0, tzinfo=UTC)
NIGHT = datetime(2026, 11, 30, 2, 0, tzinfo=UTC)
ALL, MENTIONS, NONE = NotifyRule
PERSON = Conversation(1, "@1", "张三", ContactKind.PERSON, False, False, 1, "")
GROUP = replace(PERSON, user_name="@@1", kind=ContactKind.GROUP)
OFFICIAL = replace(PERSON, kind=ContactKind.OFFICIAL)
SERVICE = replace(PERSON, user_name="notifymessage", kind=ContactKind.SPECIAL)
MUTED, HUSHED = replace(GROUP, muted=True), replace(GROUP, hushed=True)
UNTIL_ONE = replace(HUSHED, hushed_until=NOON + timedelta(hours=1))
PLAIN = StoredMessage(7, 1, NOON, False, "@9", DeliveryState.RECEIVED, bodies.Text("hello"))
ME, EVERYBODY, QUOTED = (replace(PLAIN, mention=one) for one in (Mention.ME, Mention.ALL, Mention.QUOTE))
USUAL = Settings(quiet="23:00-08:00")
RINGS, CALLS, IS_MUTED = (True, Cause.RULE), (True, Cause.MENTION), (False, Cause.MUTED)
RULED_OUT, SLEEPS = (False, Cause.RULE), (False, Cause.QUIET_HOURS)


@pytest.fixture(autouse=True)
def zone(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    yield from in_zone(monkeypatch, "UTC")


def in_zone(monkeypatch: pytest.MonkeyPatch, name: str) -> Iterator[None]:
    before = os.environ.get("TZ")
    monkeypatch.setenv("TZ", name)
    time.tzset()
    yield
    if before is None:
        monkeypatch.delenv("TZ")
    else:
        monkeypatch.setenv("TZ", before)
    time.tzset()


@pytest.mark.parametrize("unread", [0, 1])
async def test_what_the_phone_has_read_rings_for_no_hook(unread: int) -> None:
    """After a night without network, hooks and `listen` said of all that had been read on the phone that it rings."""
    store = Mock(conversation=AsyncMock(return_value=replace(PERSON, unread=unread)))
    assert await rings_now(store, PLAIN, USUAL, NOON) is bool(unread)


@pytest.mark.parametrize(
    ("message", "conversation", "settings", "now", "expected"),
    [
        # What nobody else wrote, or is read.
        (replace(PLAIN, mine=True), PERSON, USUAL, NOON, (False, Cause.NOBODY)),
        (replace(PLAIN, body=bodies.System("x")), GROUP, USUAL, NOON, (False, Cause.NOBODY)),
        (ME, replace(GROUP, unread=0), USUAL, NOON, (False, Cause.READ)),
        (replace(ME, state=DeliveryState.RECALLED), GROUP, USUAL, NOON, (False, Cause.RECALLED)),
        # Kinds.
        (PLAIN, PERSON, USUAL, NOON, RINGS),
        (PLAIN, GROUP, USUAL, NOON, RINGS),
        (PLAIN, OFFICIAL, USUAL, NOON, RULED_OUT),
        (PLAIN, SERVICE, USUAL, NOON, RULED_OUT),
        (PLAIN, replace(OFFICIAL, pinned=True), USUAL, NOON, RULED_OUT),
        (PLAIN, OFFICIAL, replace(USUAL, notify={"official": "all"}), NOON, RINGS),
        (PLAIN, SERVICE, replace(USUAL, notify={"service": "all"}), NOON, RINGS),
        (PLAIN, replace(PERSON, user_name="fmessage", kind=ContactKind.SPECIAL), USUAL, NOON, RINGS),
        (PLAIN, GROUP, replace(USUAL, notify={"group": "mentions"}), NOON, RULED_OUT),
        (ME, GROUP, replace(USUAL, notify={"group": "mentions"}), NOON, CALLS),
        (PLAIN, PERSON, replace(USUAL, notify={"group": "mentions"}), NOON, RINGS),
        # Muted on the phone or here: mentions ring, as far as the settings let them.
        *((PLAIN, one, USUAL, NOON, IS_MUTED) for one in (MUTED, HUSHED, UNTIL_ONE)),
        *((one, each, USUAL, NOON, CALLS) for one in (ME, QUOTED, EVERYBODY) for each in (MUTED, HUSHED, UNTIL_ONE)),
        (ME, MUTED, replace(USUAL, mentions_ring=False), NOON, IS_MUTED),
        (EVERYBODY, MUTED, replace(USUAL, mentions_all=False), NOON, IS_MUTED),
        (EVERYBODY, GROUP, replace(USUAL, mentions_all=False), NOON, RINGS),
        (ME, replace(HUSHED, notify=NONE), USUAL, NOON, IS_MUTED),
        # A mute whose time is over, also while the store still has it; and the next before it is over.
        (PLAIN, UNTIL_ONE, USUAL, NOON + timedelta(minutes=59, seconds=59), IS_MUTED),
        (PLAIN, UNTIL_ONE, USUAL, NOON + timedelta(hours=1), RINGS),
        # Rules of the conversation: before that of its kind, and before the phone's mute, behind a mute here.
        (PLAIN, replace(OFFICIAL, notify=ALL), USUAL, NOON, RINGS),
        (PLAIN, replace(GROUP, notify=NONE), USUAL, NOON, RULED_OUT),
        (ME, replace(GROUP, notify=NONE), USUAL, NOON, RULED_OUT),
        (PLAIN, replace(GROUP, notify=MENTIONS), USUAL, NOON, RULED_OUT),
        (QUOTED, replace(GROUP, notify=MENTIONS), USUAL, NOON, CALLS),
        (ME, replace(GROUP, notify=MENTIONS), replace(USUAL, mentions_ring=False), NOON, CALLS),
        (PLAIN, replace(MUTED, notify=ALL), USUAL, NOON, RINGS),
        (PLAIN, replace(HUSHED, notify=ALL), USUAL, NOON, IS_MUTED),
        # Quiet hours.
        (PLAIN, PERSON, USUAL, NIGHT, SLEEPS),
        (ME, GROUP, USUAL, NIGHT, SLEEPS),
        (ME, GROUP, replace(USUAL, quiet_mentions=True), NIGHT, CALLS),
        (ME, MUTED, replace(USUAL, quiet_mentions=True), NIGHT, CALLS),
        (PLAIN, GROUP, replace(USUAL, quiet_mentions=True), NIGHT, SLEEPS),
        (PLAIN, PERSON, Settings(), NIGHT, RINGS),
    ],
)
def test_what_rings(
    message: StoredMessage, conversation: Conversation, settings: Settings, now: datetime, expected: tuple[bool, Cause]
) -> None:
    found = attention_for(message, conversation, settings, now)
    assert (found.rings, found.cause) == expected


def test_every_kind_has_a_rule_in_the_settings_and_every_rule_a_name() -> None:
    assert set(Settings().notify_rules) == {kind.value for kind in NotifyKind}
    assert set(get_args(RuleName)) == {rule.value for rule in NotifyRule}


def test_services_are_folded_and_what_people_write_to_is_not() -> None:
    folded = {name for name in SPECIAL_ACCOUNTS if replace(PERSON, user_name=name, kind=ContactKind.SPECIAL).foldable}
    assert folded == SERVICE_ACCOUNTS >= {"weixin", "notifymessage"}
    assert not SERVICE_ACCOUNTS & {"filehelper", "fmessage", "medianote", "qmessage"}
    assert {*PERSONAL} == SPECIAL_ACCOUNTS - SERVICE_ACCOUNTS
    assert not replace(SERVICE, pinned=True).foldable and not replace(SERVICE, notify=ALL).foldable
    assert replace(SERVICE, notify=MENTIONS).foldable


@pytest.mark.parametrize(
    ("text", "quiet", "loud"),
    [
        ("23:00-08:00", ["23:00", "23:59", "00:00", "07:59"], ["08:00", "22:59", "12:00"]),
        ("12:30-14:00", ["12:30", "13:59"], ["12:29", "14:00", "00:00"]),
        ("23:00-08:00, 12:30-14:00", ["23:30", "13:00"], ["09:00", "15:00"]),
        ("22:00-24:00", ["22:00", "23:59"], ["00:00", "21:59"]),
        ("00:00-00:00", ["00:00", "12:00", "23:59"], []),
        ("23：00 至 8:00", ["23:00", "07:59"], ["08:00"]),
        ("", [], ["00:00", "12:00"]),
        ("off", [], ["00:00"]),
    ],
)
def test_quiet_hours(text: str, quiet: list[str], loud: list[str]) -> None:
    hours = QuietHours.parse(text)
    assert QuietHours.parse(str(hours)) == hours
    for shown, expected in [*((one, True) for one in quiet), *((one, False) for one in loud)]:
        hour, minute = map(int, shown.split(":"))
        assert hours.cover(NOON.replace(hour=hour, minute=minute)) is expected, shown


@pytest.mark.parametrize(
    "text", ["8", "23-8", "25:00-08:00", "23:60-08:00", "23:00-08:00,", "23:00", "a-b", "24:01-08:00"]
)
def test_what_is_no_time_of_day(text: str) -> None:
    with pytest.raises(ValueError):
        QuietHours.parse(text)


def test_quiet_hours_are_those_of_the_clock_on_the_wall(monkeypatch: pytest.MonkeyPatch) -> None:
    hours = QuietHours.parse("01:30-02:30")
    moved = in_zone(monkeypatch, "Europe/Berlin")
    next(moved)
    # In autumn 02:00 to 03:00 comes twice: quiet both times up to half past two. In spring it does not come.
    autumn = datetime(2026, 10, 24, 23, 0, tzinfo=UTC)  # 01:00
    shown = [hours.cover(autumn + timedelta(minutes=30 * step)) for step in range(8)]
    assert shown == [False, True, True, False, True, False, False, False]
    spring = datetime(2026, 3, 29, 0, 0, tzinfo=UTC)  # 01:00
    assert [hours.cover(spring + timedelta(minutes=30 * step)) for step in range(4)] == [False, True, False, False]
    next(moved, None)
