"""The table of states and events of a message."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tui.store.delivery_state import TRANSITIONS, DeliveryEvent, DeliveryState, ImpossibleStep, next_state

S, E = DeliveryState, DeliveryEvent


@pytest.mark.parametrize(
    ("events", "state"),
    [
        ([E.START, E.ACCEPTED], S.SENT),
        ([E.START, E.ACCEPTED, E.REVOKE_START, E.REVOKE_DONE], S.REVOKED),
        ([E.START, E.ACCEPTED, E.REVOKE_START, E.RECALL, E.REVOKE_DONE], S.REVOKED),
        ([E.START, E.ACCEPTED, E.REVOKE_START, E.RECALL, E.REVOKE_LOST], S.REVOKED),
        ([E.START, E.ACCEPTED, E.REVOKE_START, E.REVOKE_REFUSED], S.SENT),
        ([E.START, E.ACCEPTED, E.REVOKE_START, E.REVOKE_LOST], S.REVOKE_UNKNOWN),
        ([E.START, E.ACCEPTED, E.REVOKE_START, E.REVOKE_LOST, E.RECALL], S.REVOKED),
        ([E.START, E.ACCEPTED, E.REVOKE_START, E.REVOKE_LOST, E.REVOKE_START, E.REVOKE_DONE], S.REVOKED),
        ([E.START, E.REFUSED], S.FAILED),
        ([E.REFUSED, E.RETRY, E.START, E.ACCEPTED], S.SENT),
        ([E.START, E.REQUEUE, E.START, E.ACCEPTED], S.SENT),
        ([E.START, E.REQUEUE, E.CANCEL], S.CANCELLED),
        ([E.START, E.LOST], S.UNKNOWN),
        ([E.START, E.LOST, E.FOUND], S.SENT),
        ([E.START, E.LOST, E.DECIDE_RESEND], S.PENDING),
        ([E.CANCEL], S.CANCELLED),
    ],
)
def test_the_ways_of_a_message(events: list[DeliveryEvent], state: DeliveryState) -> None:
    now = S.PENDING
    for event in events:
        now = next_state(now, event)
    assert now is state


def test_every_pair_outside_the_table_is_refused_by_name() -> None:
    for state in S:
        for event in E:
            if (state, event) not in TRANSITIONS:
                with pytest.raises(ImpossibleStep, match=f"{state.value} cannot take .{event.value}."):
                    next_state(state, event)


def test_only_a_person_or_proof_ends_the_unknown() -> None:
    assert {event for state, event in TRANSITIONS if state is S.UNKNOWN} == {E.FOUND, E.DECIDE_RESEND}
    assert [state for state, event in TRANSITIONS if event is E.DECIDE_RESEND] == [S.UNKNOWN]


def test_only_an_answer_or_a_notice_ends_the_doubt_about_a_recall() -> None:
    ways = {event: after for (state, event), after in TRANSITIONS.items() if state is S.REVOKE_UNKNOWN}
    assert ways == {E.REVOKE_START: S.REVOKING, E.RECALL: S.REVOKED}


def test_nothing_leaves_the_end_states_of_what_was_sent() -> None:
    ends = {S.REVOKED, S.RECALLED, S.CANCELLED}
    assert all(after is state for (state, _), after in TRANSITIONS.items() if state in ends)


@given(st.lists(st.sampled_from(E)))
def test_what_may_have_left_is_never_sent_again_without_a_word(events: list[DeliveryEvent]) -> None:
    """Between two STARTs there was a certain failure, or a person's decision."""
    state, excused = S.PENDING, True
    for event in events:
        try:
            after = next_state(state, event)
        except ImpossibleStep:
            continue
        if event is E.START:
            assert excused
            excused = False
        excused = excused or event in (E.DECIDE_RESEND, E.REFUSED, E.REQUEUE)
        state = after


@given(st.lists(st.sampled_from(E)))
def test_what_was_received_never_becomes_ours(events: list[DeliveryEvent]) -> None:
    state = S.RECEIVED
    for event in events:
        try:
            state = next_state(state, event)
        except ImpossibleStep:
            continue
    assert state in (S.RECEIVED, S.RECALLED)
