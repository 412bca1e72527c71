"""The order of the conversation list: after any changes it is what sorting all of them gives."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.support.examples import examples
from tests.support.stored_messages import text
from tui.store.models import Conversation
from tui.widgets.conversation_list.order import ConversationOrder
from tui.wire.contacts import ContactKind


def conversation(id: int, at: int | None, *, pinned: bool, unread: int, earlier: bool) -> Conversation:
    last = None if at is None else text(at)
    return Conversation(id, f"@{id}", "", ContactKind.PERSON, False, pinned, unread, "", last, earlier=earlier)


CONVERSATIONS = st.builds(
    conversation,
    st.integers(1, 40),
    st.none() | st.integers(1, 9),
    pinned=st.booleans(),
    unread=st.integers(0, 2),
    earlier=st.booleans(),
)
CHANGES = st.lists(CONVERSATIONS, max_size=60) | st.integers(1, 40)


def sorted_by_the_rules(held: dict[int, Conversation]) -> list[Conversation]:
    def newest(one: Conversation) -> float:
        return one.last.time.timestamp() if one.last else 0.0

    rows = sorted(held.values(), key=lambda one: (newest(one), one.id), reverse=True)
    return sorted(rows, key=lambda one: 2 if one.earlier else 0 if one.pinned else 1)


@given(st.lists(CHANGES, max_size=12))
@settings(max_examples=examples(300), deadline=None)
def test_any_changes_leave_it_sorted(changes: list[list[Conversation] | int]) -> None:
    order, held = ConversationOrder(), dict[int, Conversation]()
    for change in changes:
        if isinstance(change, int):
            order.drop(change)
            held.pop(change, None)
        else:
            order.put(change)
            held |= {one.id: one for one in change}
        wanted = sorted_by_the_rules(held)
        assert list(order.rows) == wanted
        assert [order.find(one.id) for one in wanted] == list(range(len(wanted)))
        assert order.unread == {one.id: one for one in wanted if one.unread}
        assert [order.get(one) for one in (41, *held)] == [None, *held.values()]
    assert order.find(41) is None
