"""Messages of one's own, from the written row to the answer and its recall."""

from __future__ import annotations

import pytest

from tests.support.sync_batches import Clock, at, batch, drain, incoming, log, lose, revoke, send, texts, write
from tui.store.changes import ConversationsChanged, MessageChanged, MessagesAdded, MessagesRemoved
from tui.store.delivery_state import DeliveryEvent, DeliveryState, ImpossibleStep
from tui.store.errors import NoSuchRow
from tui.store.store import Store
from tui.wire.bodies import Body, Emoticon, File, Image, Text

E, S = DeliveryEvent, DeliveryState


async def test_what_is_written_is_pending_and_shown(store: Store) -> None:
    changes = store.subscribe()
    conversation = await store.conversation_for("@ann")
    message = await store.add_outgoing(
        conversation_id=conversation.id,
        to_user_name="@ann",
        client_msg_id="17145",
        body=File("a.zip", 3),
        content="<appmsg/>",
        media_id="@crypt",
    )
    assert (message.state, message.mine, message.outgoing, message.sender) == (S.PENDING, True, True, "@me")
    assert (message.client_msg_id, message.to_user_name, message.msg_id) == ("17145", "@ann", "")
    assert (message.body, message.content, message.media_id) == (File("a.zip", 3), "<appmsg/>", "@crypt")
    assert (message.time, message.sent_at) == (at(0), None)
    line = await store.conversation(conversation.id)
    assert (line.last, line.unread) == (message, 0)
    assert await drain(changes) == [
        ConversationsChanged((line.id,)),
        MessagesAdded(line.id, (message,)),
        ConversationsChanged((line.id,)),
    ]


async def test_sending_fills_in_what_a_revoke_needs(store: Store, clock: Clock) -> None:
    message = await write(store)
    await store.move(message.id, E.START)
    clock.pass_(2)
    changes = store.subscribe()
    sent = await store.move(message.id, E.ACCEPTED, msg_id="900", media_id="@m", content="<appmsg/>")
    assert (sent.state, sent.msg_id, sent.sent_at) == (S.SENT, "900", clock.now)
    assert (sent.media_id, sent.content) == ("@m", "<appmsg/>")
    assert sent.place == message.place
    assert await store.message("900") == sent
    assert await drain(changes) == [MessageChanged(sent), ConversationsChanged((sent.conversation_id,))]
    clock.pass_(2)
    await store.move(message.id, E.REVOKE_START)
    back = await store.move(message.id, E.REVOKE_REFUSED)
    assert (back.state, back.sent_at) == (S.SENT, sent.sent_at), "the two minutes count from when it was sent"
    await store.move(message.id, E.REVOKE_START)
    revoked = await store.move(message.id, E.REVOKE_DONE)
    assert (revoked.state, revoked.body, revoked.msg_id, revoked.sent_at) == (
        S.REVOKED,
        Text("hi"),
        "900",
        sent.sent_at,
    )


async def test_a_reason_belongs_to_its_state(store: Store) -> None:
    message = await write(store)
    failed = await store.move(message.id, E.REFUSED, reason="too fast (1205)")
    assert (failed.state, failed.reason) == (S.FAILED, "too fast (1205)")
    assert (await store.move(message.id, E.RETRY)).reason == ""


async def test_an_impossible_step_changes_nothing(store: Store) -> None:
    message = await write(store)
    changes = store.subscribe()
    with pytest.raises(ImpossibleStep):
        await store.move(message.id, E.ACCEPTED, msg_id="900", reason="x")
    assert await log(store) == [message]
    assert await drain(changes) == []


async def test_ids_that_do_not_exist(store: Store) -> None:
    with pytest.raises(NoSuchRow):
        await store.move(77, E.START)
    with pytest.raises(NoSuchRow):
        await store.add_outgoing(conversation_id=77, to_user_name="@x", client_msg_id="1", body=Text("x"))
    with pytest.raises(NoSuchRow):
        await store.conversation(77)
    await store.mark_read(77)
    assert await store.messages_before(77, None, 10) == []


async def test_an_answer_within_the_second_stands_after_the_question(store: Store) -> None:
    await write(store, "question")
    await store.apply(batch(incoming("1", "answer", seconds=0)))
    assert await texts(store) == ["question", "answer"]


async def test_what_is_written_stands_after_what_was_there(store: Store, clock: Clock) -> None:
    await store.apply(batch(incoming("1", "question", seconds=20)))
    await write(store, "answer")
    assert await texts(store) == ["question", "answer"]


async def test_a_time_far_in_the_future_is_not_followed(store: Store) -> None:
    await store.apply(batch(incoming("1", seconds=86_400)))
    assert (await write(store)).time == at(0)


async def test_the_last_message_that_was_sent_is_found(store: Store, clock: Clock) -> None:
    assert await store.last_outgoing(None) is None
    first = await send(store, msg_id="900")
    clock.pass_(5)
    second = await send(store, to="@ben", msg_id="901")
    clock.pass_(5)
    waiting = await write(store)
    await store.apply(batch(incoming("5", mine=True, seconds=30)))
    assert await store.last_outgoing(None) == waiting, "another shell is just sending it"
    assert await store.last_outgoing(waiting.conversation_id) == waiting
    leaving = await store.move(waiting.id, E.START)
    assert await store.last_outgoing(None) == leaving
    await store.move(waiting.id, E.REFUSED)
    assert await store.last_outgoing(None) == second
    assert await store.last_outgoing(first.conversation_id) == first
    await store.move(second.id, E.REVOKE_START)
    in_doubt = await store.move(second.id, E.REVOKE_LOST, reason="TimedOut")
    assert await store.last_outgoing(None) == in_doubt, "who asks once more means the same message"
    await store.move(second.id, E.REVOKE_START)
    await store.move(second.id, E.REVOKE_DONE)
    assert await store.last_outgoing(None) == first
    assert await store.last_outgoing(second.conversation_id) is None
    lost = await lose(store)
    assert await store.last_outgoing(None) == lost, "the one before it is not the last"
    assert await store.last_outgoing(lost.conversation_id) == lost


async def test_the_last_sent_is_the_last_written_however_the_clock_was_set(store: Store, clock: Clock) -> None:
    await send(store, msg_id="900")
    clock.pass_(-30 * 86_400)
    last = await send(store, to="@ben", msg_id="901")
    assert await store.last_outgoing(None) == last
    there = await send(store, to="@ben", msg_id="902")
    assert await store.last_outgoing(there.conversation_id) == there


async def test_the_echo_of_a_sent_message_is_not_a_second_one(store: Store) -> None:
    sent = await send(store, msg_id="900")
    assert await store.apply(batch(incoming("900", "hi", mine=True))) == []
    assert await log(store) == [sent]


async def test_an_echo_before_the_answer_gives_way_to_it(store: Store) -> None:
    message = await write(store)
    await store.move(message.id, E.START)
    [echo] = await store.apply(batch(incoming("900", "hi", mine=True)))
    changes = store.subscribe()
    sent = await store.move(message.id, E.ACCEPTED, msg_id="900")
    assert await log(store) == [sent]
    assert (await store.conversation(sent.conversation_id)).last == sent
    assert await drain(changes) == [
        MessageChanged(sent),
        MessagesRemoved(sent.conversation_id, (echo.id,)),
        ConversationsChanged((sent.conversation_id,)),
    ]


async def test_a_msg_id_given_twice_breaks_nothing(store: Store) -> None:
    first = await send(store, "a", msg_id="900")
    second = await send(store, "b", msg_id="900")
    assert (second.state, second.msg_id) == (S.SENT, "")
    await store.apply(batch(incoming("55", "from Ann")))
    third = await send(store, "c", msg_id="55")
    assert third.msg_id == ""
    assert await store.message("900") == first
    assert len(await log(store)) == 4


async def test_an_unknown_message_is_found_through_sync(store: Store) -> None:
    lost = await lose(store)
    assert (lost.state, lost.reason) == (S.UNKNOWN, "the connection broke")
    changes = store.subscribe()
    assert await store.apply(batch(incoming("900", "hi", mine=True, seconds=299))) == []
    [found] = await log(store)
    assert (found.id, found.state, found.msg_id, found.reason) == (lost.id, S.SENT, "900", "")
    assert (found.sent_at, found.place, found.client_msg_id) == (at(299), lost.place, "17145")
    assert await drain(changes) == [MessageChanged(found), ConversationsChanged((found.conversation_id,))]
    assert await store.apply(batch(incoming("900", "hi", mine=True))) == []
    assert await log(store) == [found]


async def test_an_echo_before_the_loss_is_found_too(store: Store) -> None:
    message = await write(store)
    await store.move(message.id, E.START)
    [echo] = await store.apply(batch(incoming("900", "hi", mine=True, seconds=1)))
    changes = store.subscribe()
    found = await store.move(message.id, E.LOST, reason="the connection broke")
    assert (found.state, found.msg_id, found.sent_at, found.reason) == (S.SENT, "900", at(1), "")
    assert await log(store) == [found]
    assert await drain(changes) == [
        MessageChanged(found),
        MessagesRemoved(found.conversation_id, (echo.id,)),
        ConversationsChanged((found.conversation_id,)),
    ]


@pytest.mark.parametrize(
    ("text", "chat", "seconds", "mine"),
    [
        ("other", "@ann", 0, True),
        ("hi", "@ben", 0, True),
        ("hi", "@ann", 301, True),
        ("hi", "@ann", -301, True),
        ("hi", "@ann", 0, False),
    ],
)
async def test_what_is_not_an_echo(store: Store, text: str, chat: str, seconds: int, mine: bool) -> None:
    lost = await lose(store)
    assert len(await store.apply(batch(incoming("900", text, chat=chat, seconds=seconds, mine=mine)))) == 1
    assert lost in await log(store)


async def test_what_came_before_it_was_written_is_not_its_echo(store: Store) -> None:
    await store.apply(batch(incoming("900", "hi", mine=True)))
    lost = await lose(store)
    assert lost.state is S.UNKNOWN
    assert len(await log(store)) == 2


@pytest.mark.parametrize(
    ("ours", "echoed", "same"),
    [
        (File("a.zip", 3, "@ours"), File("a.zip", 3, "@theirs", "a%2Ezip"), True),
        (File("a.zip", 3), File("a.zip", 4), False),
        (Emoticon("m1"), Emoticon("m1", "http://x"), True),
        (Emoticon(), Emoticon(), False),
        (Image(), Image(), False),
        (Text("a.zip"), File("a.zip"), False),
    ],
)
async def test_what_counts_as_the_same_content(store: Store, ours: Body, echoed: Body, same: bool) -> None:
    conversation = await store.conversation_for("@ann")
    message = await store.add_outgoing(
        conversation_id=conversation.id, to_user_name="@ann", client_msg_id="1", body=ours
    )
    await store.move(message.id, E.START)
    await store.move(message.id, E.LOST)
    await store.apply(batch(incoming("900", echoed, mine=True)))
    assert [(row.state, row.body) for row in await log(store)] == (
        [(S.SENT, ours)] if same else [(S.UNKNOWN, ours), (S.RECEIVED, echoed)]
    )


async def test_of_two_alike_the_older_is_found_first(store: Store) -> None:
    older, younger = await lose(store), await lose(store)
    await store.apply(batch(incoming("900", "hi", mine=True)))
    assert {row.id: row.state for row in await log(store)} == {older.id: S.SENT, younger.id: S.UNKNOWN}
    await store.apply(batch(incoming("901", "hi", mine=True)))
    assert {row.id: row.msg_id for row in await log(store)} == {older.id: "900", younger.id: "901"}


async def test_an_echo_goes_to_a_like_message_that_is_being_sent_when_its_answer_says_so(store: Store) -> None:
    """Guessed at once, it went to the older one, and the younger one had no MsgID (campaign, seed 41177)."""
    lost, message = await lose(store), await write(store)
    await store.move(message.id, E.START)
    await store.apply(batch(incoming("900", "hi", mine=True)))
    await store.move(message.id, E.ACCEPTED, msg_id="900")
    assert [(row.id, row.state, row.msg_id) for row in await log(store)] == [
        (lost.id, S.UNKNOWN, ""),
        (message.id, S.SENT, "900"),
    ]


@pytest.mark.parametrize(("event", "msg_id", "state"), [(E.ACCEPTED, "901", S.SENT), (E.LOST, "", S.UNKNOWN)])
async def test_an_echo_goes_to_the_lost_message_when_the_one_being_sent_has_another(
    store: Store, event: E, msg_id: str, state: S
) -> None:
    lost, message = await lose(store), await write(store)
    await store.move(message.id, E.START)
    await store.apply(batch(incoming("900", "hi", mine=True)))
    await store.move(message.id, event, msg_id=msg_id)
    assert [(row.id, row.state, row.msg_id) for row in await log(store)] == [
        (lost.id, S.SENT, "900"),
        (message.id, state, msg_id),
    ]


async def test_an_echo_that_was_revoked_on_the_phone_stays_revoked(store: Store) -> None:
    message = await write(store)
    await store.move(message.id, E.START)
    await store.apply(batch(incoming("900", "hi", mine=True), revoke("901", of="900", seconds=9)))
    found = await store.move(message.id, E.LOST)
    assert found.state is S.REVOKED
    assert [row.msg_id for row in await log(store)] == ["900", "901"]


async def test_sent_from_the_phone_and_revoked_there(store: Store) -> None:
    [mine] = await store.apply(batch(incoming("900", mine=True)))
    assert (mine.mine, mine.outgoing, mine.state) == (True, False, S.RECEIVED)
    await store.apply(batch(revoke("901", of="900")))
    marked = await store.message("900")
    assert marked is not None and marked.state is S.RECALLED
