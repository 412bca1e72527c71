"""Mentions in the store: found when a message arrives, and counted for as long as they are unread."""

from __future__ import annotations

from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.support.examples import examples
from tests.support.fresh_store import fresh_store, run_example
from tests.support.query_plans import Plans, whole_tables
from tests.support.store_files import run_sql
from tests.support.sync_batches import ANN, ME, UIN, at, batch, drain, incoming, keys, login_of, notify, revoke, send
from tui.store.changes import ConversationsChanged, MessageChanged
from tui.store.models import StoredMessage
from tui.store.search.query import MessageQuery
from tui.store.store import Store
from tui.store.tables import mentions as table
from tui.wire.bodies import Body, Image, Message, Quote, Revoke, System, Text
from tui.wire.contacts import Contact, ContactKind, Member
from tui.wire.mentions import Mention
from tui.wire.names import NotifyCode

SEP = "\u2005"
GROUP = "@@team"
CALL = f"@我{SEP}看一下"


def team(*members: Member, chat: str = GROUP) -> Contact:
    return Contact(chat, nick_name="项目群", kind=ContactKind.GROUP, members=members, member_count=len(members))


MYSELF = Member("@me", "我", "小我")
TEAM = team(Member("@ann", "Ann"), MYSELF)


def said(msg_id: str, body: Body | str, *, seconds: int = 0, chat: str = GROUP, mine: bool = False) -> Message:
    body = Text(body) if isinstance(body, str) else body
    return Message(msg_id, chat, "@me" if mine else "@ann", mine, at(seconds), body)


async def mentions(store: Store, chat: str = GROUP) -> int:
    return (await store.conversation_for(chat)).mentions


async def stored(store: Store, msg_id: str) -> StoredMessage:
    message = await store.message(msg_id)
    assert message is not None
    return message


async def test_who_calls_me_is_found_at_arrival(store: Store) -> None:
    new = await store.apply(
        batch(
            said("1", CALL),
            said("2", f"@小我{SEP}看一下"),
            said("3", "@所有人 开会"),
            said("4", f"@我们{SEP}看一下"),
            said("5", CALL, mine=True),
            said("6", Image()),
            said("7", System("“Ann” invited @我 ")),
            incoming("8", CALL),
            changed=(ANN, TEAM),
        )
    )
    found = [Mention.ME, Mention.ME, Mention.ALL, None, None, None, None, None]
    assert [message.mention for message in new] == found
    assert [(await stored(store, message.msg_id)).mention for message in new] == found
    group = await store.conversation_for(GROUP)
    assert (group.mentions, group.unread) == (3, 5)
    assert await mentions(store, "@ann") == 0, "in a conversation of two nobody is called"


async def test_a_quote_of_mine(store: Store) -> None:
    await store.apply(batch(said("1", "在吗", mine=True), said("2", "在吗"), changed=(ANN, TEAM)))
    mine = await send(store, "在吗", to=GROUP, msg_id="3")
    new = await store.apply(
        batch(
            said("11", Quote("在", "在吗", "小我", quoted_id="1")),
            said("12", Quote("在", "在吗", "小我", quoted_id="2")),  # somebody with my name
            said("13", Quote("在", "在吗", "whoever", quoted_id=mine.msg_id)),
            said("14", Quote("在", "在吗", "小我", quoted_id="99")),  # a message that never came here
            said("15", Quote("在", "在吗", "Ann")),
            number=2,
        )
    )
    quote = Mention.QUOTE
    assert [message.mention for message in new] == [quote, None, quote, quote, None]


async def test_a_name_that_is_changed_in_the_same_answer(store: Store) -> None:
    """Who writes with the name of a moment ago means me as well."""
    await store.apply(batch(changed=(ANN, TEAM)))
    renamed = team(Member("@ann", "Ann"), Member("@me", "我", "新我"))
    new = await store.apply(batch(said("1", f"@小我{SEP}hi"), said("2", f"@新我{SEP}hi"), changed=(renamed,), number=2))
    assert [message.mention for message in new] == [Mention.ME, Mention.ME]
    (late,) = await store.apply(batch(said("3", f"@小我{SEP}hi"), number=3))
    assert late.mention is None


async def test_who_is_not_in_the_group_is_not_called(store: Store) -> None:
    without = team(Member("@ann", "Ann"), Member("@ben", "Ben"))
    (before,) = await store.apply(batch(said("1", CALL), changed=(ANN, without)))
    assert before.mention is None
    (after,) = await store.apply(batch(said("2", CALL), changed=(TEAM,), number=2))
    assert after.mention is Mention.ME
    assert (await stored(store, "1")).mention is None, "it was said before I joined"
    assert await mentions(store) == 1


async def test_names_that_come_later(store: Store) -> None:
    """A group's members come after its first messages, after a login: those are looked at again."""
    bare = team(Member("@ann"), Member("@me"), Member("@ben"))
    await store.apply(
        batch(said("1", f"@小我{SEP}hi"), said("2", "@我 们 hi"), said("3", "@所有人 hi"), changed=(bare,))
    )
    await store.apply(batch(said("4", f"@小我{SEP}oops"), revoke("5", "4", chat=GROUP), number=2))  # and taken back
    assert [(await stored(store, one)).mention for one in "123"] == [None, Mention.ME, Mention.ALL]
    assert await mentions(store) == 2
    changes = store.subscribe()
    await store.save_contacts([team(Member("@ann", "Ann"), MYSELF, Member("@ben", "我 们"))])
    assert [(await stored(store, one)).mention for one in "123"] == [Mention.ME, None, Mention.ALL]
    assert await mentions(store) == 2
    told = await drain(changes)
    assert {one.message.msg_id for one in told if isinstance(one, MessageChanged)} == {"1", "2"}


async def test_what_was_read_before_the_names_came_stays_read(store: Store) -> None:
    await store.apply(batch(said("1", f"@小我{SEP}hi"), changed=(team(Member("@ann"), Member("@me")),)))
    await store.mark_read((await store.conversation_for(GROUP)).id)
    await store.apply(batch(said("2", f"@小我{SEP}hi"), number=2))
    await store.save_contacts([TEAM])
    assert [(await stored(store, one)).mention for one in "12"] == [Mention.ME, Mention.ME]
    assert await mentions(store) == 1


async def called(store: Store, *, chat: str = GROUP) -> None:
    await store.apply(
        batch(*(said(str(n), CALL if n % 2 else "hi", seconds=n, chat=chat) for n in range(6)), changed=(ANN, TEAM))
    )


async def test_reading_here(store: Store) -> None:
    await called(store)
    assert await mentions(store) == 3
    await store.mark_read((await store.conversation_for(GROUP)).id)
    assert await mentions(store) == 0
    assert (await stored(store, "1")).mention is Mention.ME, "it can still be found"
    until = await store.last_row()
    await store.apply(batch(said("7", CALL, seconds=7), number=2))
    await store.mark_read((await store.conversation_for(GROUP)).id, until)
    assert await mentions(store) == 1, "it came while an earlier read mark was on its way"
    await store.mark_read((await store.conversation_for(GROUP)).id)
    await store.apply(batch(said("9", CALL), number=2))
    assert await mentions(store) == 1


@pytest.mark.parametrize("code", [NotifyCode.READ, NotifyCode.ENTERED])
async def test_reading_on_the_phone(store: Store, code: NotifyCode) -> None:
    await called(store)
    await store.apply(batch(said("9", CALL), notify(code, GROUP), said("10", CALL), number=2))
    assert await mentions(store) == 1, "only what came after it"


async def test_a_recall_takes_one_off_once(store: Store) -> None:
    await called(store)
    changes = store.subscribe()
    await store.apply(batch(revoke("100", "1", chat=GROUP), revoke("101", "2", chat=GROUP), number=2))
    assert await mentions(store) == 2
    assert any(isinstance(change, ConversationsChanged) for change in await drain(changes))
    await store.apply(batch(revoke("102", "1", chat=GROUP), number=3))
    assert await mentions(store) == 2
    # The notice may come before its message.
    await store.apply(batch(said("103", Revoke("104")), said("104", CALL), number=4))
    assert await mentions(store) == 2
    await store.mark_read((await store.conversation_for(GROUP)).id)
    await store.apply(batch(revoke("105", "3", chat=GROUP), said("106", CALL), number=5))
    assert await mentions(store) == 1, "3 was read already"


async def test_retention(store: Store) -> None:
    await called(store)
    await store.remove_before(at(2))
    assert await mentions(store) == 2
    await store.remove_before(None)
    assert await mentions(store) == 0


async def test_a_merge_adds_them_up(store: Store) -> None:
    """A group of an earlier login is found to be one that was written to before it was recognised."""
    await called(store)
    first = await store.conversation_for(GROUP)
    await store.begin_login(ME, UIN, keys(0))
    twins = [team(Member("@ann", "Ann"), MYSELF, chat=chat) for chat in ("@@one", "@@two")]
    await store.save_contacts(twins, recognise=False)
    await store.end_listing(await login_of(store), set())
    await store.end_loading(await login_of(store))
    await store.apply(batch(said("50", CALL, chat="@@one"), said("51", "hi", chat="@@one"), number=2))
    assert await mentions(store, "@@one") in (1, 4)
    if await mentions(store, "@@one") == 1:
        await store.settle("@@one", first.id)
    merged = await store.conversation_for("@@one")
    assert (merged.id, merged.mentions) == (first.id, 4)
    await store.mark_read(first.id)
    assert await mentions(store, "@@one") == 0


async def test_counting_walks_an_index(store: Store) -> None:
    await called(store)
    async with Plans(store) as plans:
        await store.apply(batch(revoke("100", "1", chat=GROUP), number=2))
        await store.mark_read((await store.conversation_for(GROUP)).id)
    assert not [step for step in whole_tables(await plans.steps()) if not step.startswith("SCAN search")]


STEPS = st.lists(
    st.sampled_from(("call", "call", "say", "mine", "read", "read to", "phone", "recall", "forget", "login")),
    min_size=1,
    max_size=24,
)


@given(STEPS, st.randoms(use_true_random=False))
@settings(max_examples=examples(60), deadline=None)
def test_the_number_is_always_that_of_the_unread_ones(steps: list[str], random: Random) -> None:
    """Whatever happens to a group, as its members see it: what was read, taken back or deleted does not count."""
    run_example(lambda: _live(steps, random))


async def _live(steps: list[str], random: Random) -> None:
    async with fresh_store() as store:
        chat, number, logins = GROUP, 1, 1
        await store.apply(batch(changed=(ANN, TEAM)))
        unread: dict[str, int] = {}
        for second, step in enumerate(steps):
            number += 1
            match step:
                case "call" | "say" | "mine":
                    text = "hi" if step == "say" else CALL
                    message = said(str(number), text, seconds=second, chat=chat, mine=step == "mine")
                    await store.apply(batch(message, number=number))
                    if step == "call":
                        unread[str(number)] = second
                case "read":
                    await store.mark_read((await store.conversation_for(chat)).id)
                    unread.clear()
                case "read to":
                    until = random.randint(0, await store.last_row())
                    await store.mark_read((await store.conversation_for(chat)).id, until)
                    unread = {one: when for one, when in unread.items() if (await stored(store, one)).id > until}
                case "phone":
                    await store.apply(batch(notify(NotifyCode.READ.value, chat), number=number))
                    if await store.messages_before((await store.conversation_for(chat)).id, None, 1):
                        unread.clear()
                case "recall":
                    of = random.randint(1, number)
                    await store.apply(batch(revoke(f"9{number}", str(of), chat=chat, seconds=second), number=number))
                    unread.pop(str(of), None)
                case "forget":
                    before = random.randint(0, second)
                    await store.remove_before(at(before))
                    unread = {msg_id: when for msg_id, when in unread.items() if when >= before}
                case _:
                    logins += 1
                    chat = f"@@{logins}"
                    await store.begin_login(ME, UIN, keys(0))
                    await store.save_contacts([team(Member("@ann", "Ann"), MYSELF, chat=chat)], recognise=False)
                    await store.end_listing(await login_of(store), set())
                    await store.end_loading(await login_of(store))
            assert await mentions(store, chat) == len(unread), step
            assert {one.msg_id for one in await store.unread_mentions()} == set(unread)


# ---------------------------------------------------------------- what an earlier version stored


async def test_what_an_earlier_version_stored_is_looked_at_once(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    """Newest first, with the names of the login in which it came, and bit by bit."""
    monkeypatch.setattr(table, "_LOOKED_BACK", 3)
    await called(store)
    await store.begin_login(ME, UIN, keys(0))
    later = team(Member("@ann", "Ann"), Member("@me", "别的名字"), chat="@@later")
    await store.apply(batch(*(said(f"5{n}", CALL, chat="@@later", seconds=20 + n) for n in range(4)), changed=(later,)))
    await store.mark_read((await store.conversation_for("@@later")).id)
    found = {one.msg_id for one in await store.search(MessageQuery(mentions=True))}
    assert found >= {"1", "3", "5"}
    for forget in (
        "UPDATE message SET mention = '', mention_unread = 0",
        "UPDATE conversation SET mentions = 0",
        f"INSERT INTO memory VALUES ('{table.LOOK_BACK}', (SELECT max(id) FROM message WHERE msg_id <> '53'))",
    ):
        await run_sql(store, forget)
    while await store.look_back():
        pass
    again = {one.msg_id for one in await store.search(MessageQuery(mentions=True))}
    assert again == found - {"53"}, "that one came afterwards"
    unread = {one.msg_id for one in await store.unread_mentions()}
    assert unread == {"1", "3", "5"}, "as they were"
    assert await store.value(table.LOOK_BACK) == ""
    changes = store.subscribe()
    assert not await store.look_back()
    assert await drain(changes) == []
