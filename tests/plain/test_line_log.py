"""Numbers before messages, and what they name once messages change, go, or are too many."""

from __future__ import annotations

from typing import Any, cast

import pytest

from tests.support.stored_messages import CONVERSATION, replaced, text
from tui import errors
from tui.plain.chat import line_log
from tui.plain.chat.line_log import LineLog
from tui.store.changes import MessageChanged, MessagesRemoved
from tui.store.delivery_state import DeliveryState


@pytest.fixture
def log() -> LineLog:
    return LineLog(cast(Any, None), lambda: False)


def test_a_number_stays_with_its_message_as_it_is_now(log: LineLog) -> None:
    first, second = text(11), text(12)
    assert [log.number(first), log.number(second), log.number(first)] == [1, 2, 1]
    recalled = replaced(first, state=DeliveryState.RECALLED)
    log.toggle_mark(first)
    log.apply(MessageChanged(recalled))
    assert log.numbered(1, ()) == recalled
    assert log.marked == [recalled]


def test_a_number_names_nothing_when_its_message_is_gone(log: LineLog) -> None:
    """The store gives the row's id to nobody else, but a command would ask for a row that is not there."""
    log.number(text(11))
    log.number(text(12))
    log.toggle_mark(text(11))
    log.apply(MessagesRemoved(CONVERSATION, (11,)))
    assert log.known(1) is None and log.marked == []
    with pytest.raises(errors.UsageError, match="1"):
        log.numbered(1, ())
    assert log.numbered(0, ()) is None, "no number: the newest, or a MsgID"
    assert log.number(text(13)) == 3


def test_numbers_begin_again_and_name_the_newer_message_then(log: LineLog, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(line_log, "_MOST_NUMBERED", 2)
    assert [log.number(text(number)) for number in (11, 12, 13)] == [1, 2, 1]
    assert log.numbered(1, ()) == text(13)
    assert log.number(text(11)) == 2, "its number names another one by now"
    assert log.numbered(2, ()) == text(11)


def test_what_others_took_back_is_hidden_as_the_setting_says_now() -> None:
    shows = True
    log = LineLog(cast(Any, None), lambda: shows)
    recalled = replaced(text(11), state=DeliveryState.RECALLED)
    assert not log.is_hidden(recalled)
    shows = False
    assert log.is_hidden(recalled)
    assert not log.is_hidden(replaced(recalled, mine=True)), "one's own"
    assert not log.is_hidden(text(12))
