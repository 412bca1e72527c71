"""Whatever the server repeats, overlaps or reorders: the same log comes out, and the list agrees with it."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.support.examples import examples
from tests.support.fresh_store import fresh_store, run_example
from tests.support.sync_batches import batch, incoming, keys, log, revoke, write
from tui.store.delivery_state import DeliveryEvent, DeliveryState, ImpossibleStep, next_state
from tui.store.models import StoredMessage
from tui.store.store import Store
from tui.wire.bodies import Message, Revoke, System

CHATS = ("@ann", "@ben", "@@team")

_plain = st.builds(
    lambda number, chat, seconds, mine: incoming(str(number), f"text {number}", chat=chat, seconds=seconds, mine=mine),
    st.integers(100, 130),
    st.sampled_from(CHATS),
    st.integers(0, 5),
    st.booleans(),
)
_notice = st.builds(
    lambda number, of, chat: revoke(str(number), str(of), chat=chat),
    st.integers(200, 205),
    st.integers(100, 110),
    st.sampled_from(CHATS),
)
worlds = st.lists(st.one_of(_plain, _notice), max_size=14, unique_by=lambda message: message.msg_id)


@st.composite
def streams(draw: st.DrawFn) -> tuple[list[Message], list[list[Message]]]:
    """The messages of a world in order, and answers that bring each at least once, some more often."""
    world = draw(worlds)
    answers: list[list[Message]] = []
    sent = 0
    while sent < len(world):
        start = draw(st.integers(0, sent))  # what was answered before may come again
        end = draw(st.integers(sent + 1, len(world)))
        answer = world[start:end]
        answers.append(answer + (draw(st.lists(st.sampled_from(answer), max_size=2))))
        sent = end
    return world, answers


async def check_lists(store: Store) -> None:
    """The last message and the unread count of every line are those of its log (nothing was read here)."""
    for line in await store.conversations():
        stored = await store.messages_before(line.id, None, 1000)
        assert line.last == (stored[-1] if stored else None)
        assert line.unread == sum(not row.mine and not isinstance(row.body, Revoke | System) for row in stored)


@settings(max_examples=examples(60), deadline=None)
@given(streams())
def test_overlapping_answers_store_each_message_once_and_in_order(
    stream: tuple[list[Message], list[list[Message]]],
) -> None:
    world, answers = stream

    async def check() -> None:
        async with fresh_store() as store:
            new: list[StoredMessage] = []
            for number, answer in enumerate(answers):
                new += await store.apply(batch(*answer, number=number))
                assert await store.keys() == keys(number)
            assert [row.msg_id for row in new] == [message.msg_id for message in world]
            recalled = {message.body.msg_id for message in world if isinstance(message.body, Revoke)}
            for chat in CHATS:
                expected = sorted((m for m in world if m.chat == chat), key=lambda message: message.time)
                stored = await log(store, chat)
                assert [row.msg_id for row in stored] == [message.msg_id for message in expected]
                for row in stored:
                    assert (row.state is DeliveryState.RECALLED) == (row.msg_id in recalled)
            await check_lists(store)

    run_example(check)


@settings(max_examples=examples(40), deadline=None)
@given(worlds, st.data())
def test_any_order_of_arrival_ends_with_the_same_messages(world: list[Message], data: st.DataObject) -> None:
    order = data.draw(st.permutations(world))

    async def check() -> None:
        async with fresh_store() as store, fresh_store() as other:
            await store.apply(batch(*world))
            for message in order:
                await other.apply(batch(message))
            for chat in CHATS:
                assert {(row.msg_id, row.time, row.state) for row in await log(store, chat)} == {
                    (row.msg_id, row.time, row.state) for row in await log(other, chat)
                }
            await check_lists(other)

    run_example(check)


@settings(max_examples=examples(60), deadline=None)
@given(st.lists(st.tuples(st.integers(0, 1), st.sampled_from([*DeliveryEvent, "echo", "answer"])), max_size=20))
def test_two_messages_go_by_the_table_whatever_happens(steps: list[tuple[int, DeliveryEvent | str]]) -> None:
    """Each of two messages: any events, with its echo and the friend's answers coming in between."""

    async def check() -> None:
        async with fresh_store() as store:
            ours = [await write(store, f"ours {n}", client_msg_id=f"{n}") for n in (1, 2)]
            arrived = 0
            for which, step in steps:
                before = next(row for row in await log(store) if row.id == ours[which].id)
                text = f"ours {which + 1}"
                if step == "answer":
                    arrived += 1
                    await store.apply(batch(incoming(f"a{arrived}")))
                elif step == "echo":
                    await store.apply(batch(incoming(f"e{which}", text, mine=True)))
                elif isinstance(step, DeliveryEvent):
                    msg_id = f"e{which}" if step is DeliveryEvent.ACCEPTED else ""
                    try:
                        expected = next_state(before.state, step)
                    except ImpossibleStep:
                        try:
                            await store.move(before.id, step, msg_id=msg_id)
                        except ImpossibleStep:
                            assert before in await log(store)
                            continue
                        raise AssertionError("the table was not asked") from None
                    moved = await store.move(before.id, step, msg_id=msg_id)
                    echoed = expected is DeliveryState.UNKNOWN and moved.msg_id == f"e{which}"
                    assert moved.state is (DeliveryState.SENT if echoed else expected)
            rows = await log(store)
            given_ids = [row.msg_id for row in rows if row.msg_id]
            assert len(given_ids) == len(set(given_ids))
            assert {row.id for row in ours} <= {row.id for row in rows}
            assert [row.place for row in rows] == sorted(row.place for row in rows)
            await check_lists(store)

    run_example(check)
