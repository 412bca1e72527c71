"""Two minutes to recall a message, whatever becomes of the clock on the wall."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import msgspec
import pytest

from tui.services.sending.recall_window import RecallWindow
from tui.store.changes import MessageChanged, MessagesAdded
from tui.store.delivery_state import DeliveryState
from tui.store.models import StoredMessage
from tui.wire.bodies import Text

START = datetime(2026, 7, 1, 12, tzinfo=UTC)
YEAR = 365 * 86400.0
PENDING = StoredMessage(1, 1, START, True, "@me", DeliveryState.PENDING, Text("hi"), client_msg_id="c")
SENT = msgspec.structs.replace(PENDING, state=DeliveryState.SENT, msg_id="7", sent_at=START)


@dataclass
class Clocks:
    """A time of day that can be set, and seconds that really go by."""

    wall: datetime = START
    lasting: float = 1000.0

    def pass_(self, seconds: float) -> None:
        self.wall += timedelta(seconds=seconds)
        self.lasting += seconds


@pytest.fixture
def clocks() -> Clocks:
    return Clocks()


@pytest.fixture
def window(clocks: Clocks) -> RecallWindow:
    return RecallWindow(lambda: clocks.wall, lambda: clocks.lasting)


def leave(window: RecallWindow) -> None:
    window.note(MessagesAdded(1, (PENDING,)))
    window.note(MessageChanged(msgspec.structs.replace(PENDING, state=DeliveryState.SENDING)))
    window.note(MessageChanged(SENT))


@pytest.mark.parametrize("jump", [0.0, -3600.0, YEAR, -YEAR])
def test_what_left_here_is_counted_down_however_the_clock_is_set(
    window: RecallWindow, clocks: Clocks, jump: float
) -> None:
    leave(window)
    clocks.pass_(20)
    clocks.wall += timedelta(seconds=jump)
    assert window.seconds_left(SENT) == 100
    assert not window.is_over(SENT)
    clocks.pass_(101)
    assert window.seconds_left(SENT) == 0
    assert window.is_over(SENT)


@pytest.mark.parametrize("jump", [-YEAR, -1.0, 121.0, YEAR])
def test_of_what_left_elsewhere_nobody_knows_and_the_server_is_asked(
    window: RecallWindow, clocks: Clocks, jump: float
) -> None:
    clocks.wall += timedelta(seconds=jump)
    assert window.seconds_left(SENT) == 0
    assert not window.is_over(SENT)


def test_what_left_elsewhere_a_moment_ago_is_counted_down(window: RecallWindow, clocks: Clocks) -> None:
    clocks.pass_(20)
    assert window.seconds_left(SENT) == 100
    window.note(MessageChanged(SENT))
    clocks.pass_(20)
    assert window.seconds_left(SENT) == 80, "a change of something else does not begin the two minutes again"
