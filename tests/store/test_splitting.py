"""Undoing an identification: each message once, each address in its conversation, nothing sent to the other person."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.support.examples import examples
from tests.support.fresh_store import fresh_store, run_example
from tests.support.sync_batches import ME, UIN, batch, drain, incoming, keys, login_of, save_whole_list
from tui.store.changes import ConversationSplit, MessageChanged
from tui.store.db.transaction import Transaction
from tui.store.delivery_state import DeliveryEvent, DeliveryState
from tui.store.errors import AddressChanged, NoSuchRow
from tui.store.identity import ownership
from tui.store.identity.evidence import EvidenceKind
from tui.store.identity.identifications import DecidedBy, Identification, PeerAddress
from tui.store.models import Conversation, StoredMessage
from tui.store.store import Store
from tui.wire.bodies import System, Text
from tui.wire.contacts import Contact, ContactKind, Member


def wei(login: int, **marks: object) -> Contact:
    return msgspec.structs.replace(Contact(f"@wei{login}", nick_name="王伟"), **marks)


async def next_login(store: Store, login: int, *contacts: Contact) -> None:
    await store.begin_login(msgspec.structs.replace(ME, user_name=f"@me{login}"), UIN, keys(0))
    await save_whole_list(store, contacts)


async def texts(store: Store, conversation_id: int) -> list[str]:
    found = await store.messages_before(conversation_id, None, 1000)
    return [message.body.text for message in found if isinstance(message.body, Text)]


async def write(store: Store, conversation: Conversation, text: str) -> StoredMessage:
    return await store.add_outgoing(
        conversation_id=conversation.id,
        to_user_name=conversation.user_name,
        client_msg_id=text,
        body=Text(text),
        queued=True,
    )


async def joined(store: Store, *, alias: str = "") -> Conversation:
    """Three logins with one 王伟 each, who were taken for one; the conversation."""
    for login in (1, 2, 3):
        await next_login(store, login, wei(login, alias=alias))
        await store.apply(batch(incoming(f"{login}", f"of {login}", chat=f"@wei{login}", seconds=login)))
    [line] = await store.conversations()
    assert await texts(store, line.id) == ["of 1", "of 2", "of 3"]
    return line


async def cut(store: Store, conversation_id: int, before: int) -> Identification:
    """What ties the contact of login `before` to the one of the login before it."""
    [found] = [one for one in await store.identifications(conversation_id) if one.later.user_name == f"@wei{before}"]
    return found


async def test_a_record_counts_messages_by_whose_they_are_and_not_one_by_one(store: Store, path: Path) -> None:
    """There may be a hundred thousand of them, and a tie for each of a hundred logins."""
    line = await joined(store)
    news = (incoming(f"n{at}", "hi", chat="@wei3", seconds=10 + at) for at in range(200))
    await store.apply(batch(*news, number=2))
    with closing(sqlite3.connect(path)) as connection:
        found = list(ownership.counted(connection, line.id))
    assert sorted(one.count for one in found) == [1, 1, 201]
    record = await store.identity_record(line.id)
    assert [one.part.messages for one in record.joined] == [1, 2]


OWN, FRIEND, GONE = PeerAddress(1, "filehelper"), PeerAddress(2, "@a"), PeerAddress(2, "@b")
AGAIN = PeerAddress(2, "filehelper")


@pytest.mark.parametrize(
    ("login_id", "state", "sender", "to", "chat", "owner"),
    [
        (2, DeliveryState.RECEIVED, "@b", "", "", GONE),
        (2, DeliveryState.RECEIVED, "@b", "", "@a", FRIEND),
        (2, DeliveryState.RECEIVED, "@x", "", "", None),  # of a login with several addresses
        (3, DeliveryState.RECEIVED, "@x", "", "", None),
        (1, DeliveryState.RECEIVED, "@x", "", "", OWN),
        (1, DeliveryState.SENT, "@me", "filehelper", "", OWN),  # one name at every login
        (2, DeliveryState.SENT, "@me", "filehelper", "", AGAIN),
        (2, DeliveryState.PENDING, "@me", "@b", "@a", FRIEND),  # whom it was written for
        (2, DeliveryState.UNKNOWN, "@me", "@b", "@a", GONE),  # where it went
    ],
)
def test_whose_a_message_is(
    login_id: int, state: DeliveryState, sender: str, to: str, chat: str, owner: PeerAddress | None
) -> None:
    found = ownership.Ownership((OWN, FRIEND, GONE, AGAIN)).of(login_id, state.value, sender, to, chat)
    assert found == owner


async def test_a_split_gives_each_its_messages_and_says_so(store: Store) -> None:
    line = await joined(store, alias="wx1")
    record = await store.identity_record(line.id)
    assert [(one.part.name, one.part.messages) for one in record.joined] == [("王伟", 1), ("王伟", 2)]
    assert [one.identification.evidence for one in record.joined] == [(EvidenceKind.ALIAS, EvidenceKind.NICK)] * 2
    assert {one.identification.decided_by for one in record.joined} == {DecidedBy.PROGRAM}
    changes = store.subscribe()
    apart = await store.split(await cut(store, line.id, 3))
    assert ConversationSplit(line.id, apart.id, ()) in await drain(changes)
    assert (await texts(store, line.id), await texts(store, apart.id)) == (["of 3"], ["of 1", "of 2"])
    assert [one.id for one in await store.conversations()] == [line.id], "the id that is written to stays"
    assert [(one.id, one.earlier) for one in await store.earlier_conversations()] == [(apart.id, True)]
    with pytest.raises(NoSuchRow):
        await store.split(record.joined[-1].identification)


async def test_nothing_joins_again_by_itself_and_a_person_can(store: Store) -> None:
    line = await joined(store, alias="wx1")
    apart = await store.split(await cut(store, line.id, 3))
    await store.apply(batch(changed=(wei(3, alias="wx1", remark_name="new"),)))
    for login in (4, 5):
        await next_login(store, login, wei(login, alias="wx1"))
        assert [one.id for one in await store.conversations()] == [line.id]
        assert [one.id for one in await store.earlier_conversations()] == [apart.id]
        assert await store.doubts() == []
    record = await store.identity_record(line.id)
    assert [(one.conversation_id, one.part.messages) for one in record.separate] == [(apart.id, 2)]
    whole = await store.join(line.id, apart.id)
    assert await texts(store, whole.id) == ["of 1", "of 2", "of 3"]
    assert (whole.user_name, whole.earlier) == ("@wei5", False)
    assert (await store.conversation(line.id)).id == whole.id, "an old id leads there"
    record = await store.identity_record(whole.id)
    assert record.separate == () and len(record.joined) == 4
    assert [one.identification.decided_by for one in record.joined].count(DecidedBy.PERSON) == 1
    await next_login(store, 6, wei(6, alias="wx1"))
    assert [one.id for one in await store.conversations()] == [whole.id]
    with pytest.raises(NoSuchRow):
        await store.join(whole.id, apart.id)


async def test_a_login_between_the_question_and_the_answer_changes_nothing(store: Store) -> None:
    line = await joined(store, alias="wx1")
    asked = await cut(store, line.id, 3)
    row = await write(store, line, "waits")
    await store.begin_login(msgspec.structs.replace(ME, user_name="@me4"), UIN, keys(0))
    apart = await store.split(asked)
    assert await store.conversations() == [], "nobody has come yet"
    await save_whole_list(store, (wei(4, alias="wx1"), Contact("@wei5", nick_name="王伟", remark_name="2")))
    [found] = await store.conversations()
    assert (found.id, await texts(store, found.id)) == (line.id, ["of 3", "waits"])
    assert (await store.reach(row.id)).user_name == "@wei4"
    assert [one.id for one in await store.earlier_conversations()] == [apart.id]


async def test_what_was_split_off_is_a_question_for_others(store: Store) -> None:
    line = await joined(store, alias="wx1")
    apart = await store.split(await cut(store, line.id, 3))
    other = Contact("@other", nick_name="王伟", alias="wx1")
    await store.apply(batch(changed=(other,)))
    [doubt] = await store.doubts()
    assert (doubt.contact.user_name, [one.id for one in doubt.candidates]) == ("@other", [apart.id])
    await store.settle("@other", apart.id)
    assert {one.id for one in await store.conversations()} == {line.id, apart.id}
    assert (await store.identity_record(line.id)).separate == (), "two contacts of one login are two"
    # Now it is somebody's: the next login knows both without a question.
    await next_login(
        store, 4, wei(4, alias="wx1", remark_name="new"), Contact("@other4", nick_name="王伟", alias="wx1")
    )
    assert await store.doubts() == [] or len(await store.conversations()) < 2


async def test_who_was_taken_for_somebody_is_not_taken_for_the_next_one(store: Store) -> None:
    await next_login(store, 1, wei(1, alias="wx1"), Contact("@boss", remark_name="老板", head_img="seq=5"))
    await store.apply(batch(incoming("1", chat="@wei1"), incoming("2", chat="@boss")))
    await next_login(store, 2, wei(2, alias="wx1"))
    [line] = await store.conversations()
    await store.split(await cut(store, line.id, 2))
    await store.apply(batch(changed=(wei(2, alias="", remark_name="老板", head_img="seq=5"),)))
    assert len(await store.earlier_conversations()) == 2
    assert len(await store.identifications(line.id)) == 0


async def test_what_a_person_denied_once_no_later_login_says_by_itself(store: Store) -> None:
    await next_login(store, 1, wei(1, alias="wx1", attr_status="1"))
    await store.apply(batch(incoming("1", chat="@wei1")))
    await next_login(store, 2, wei(2, attr_status="2"))
    await store.settle("@wei2", None)
    await store.apply(batch(incoming("2", chat="@wei2")))
    await next_login(store, 3, wei(3, alias="wx1", attr_status="2"))
    [denied], [line] = await store.earlier_conversations(), await store.conversations()
    # Whoever denied it by mistake can join them after all.
    [part] = (await store.identity_record(line.id)).separate
    assert (part.conversation_id, part.part.messages) == (denied.id, 1)
    assert len(await store.messages_before((await store.join(line.id, denied.id)).id, None, 9)) == 2


async def test_a_store_of_an_earlier_version_can_be_split_and_says_that_nobody_knows_why(
    store: Store, path: Path
) -> None:
    line = await joined(store)
    await store._database.write(lambda connection: (connection.execute("DELETE FROM identification"), []))
    found = await store.identifications(line.id)
    assert [(one.decided_by, one.evidence, one.at) for one in found] == [(DecidedBy.UNKNOWN, (), None)] * 2
    apart = await store.split(await cut(store, line.id, 2))
    assert (await texts(store, line.id), await texts(store, apart.id)) == (["of 2", "of 3"], ["of 1"])
    assert [one.conversation_id for one in (await store.identity_record(line.id)).separate] == [apart.id]


async def test_unread_numbers_mentions_and_settings_are_shared_out(store: Store) -> None:
    line = await joined(store)
    await store.mark_read(line.id)
    await store.apply(batch(incoming("9", "unread", chat="@wei3", seconds=9)))
    await store.set_draft(line.id, "half")
    await store.set_hushed(line.id, True)
    apart = await store.split(await cut(store, line.id, 3))
    kept = await store.conversation(line.id)
    assert (kept.unread, kept.draft, kept.hushed) == (1, "half", True)
    assert (apart.unread, apart.draft, apart.hushed) == (0, "", True)
    assert apart.last is not None and kept.last is not None
    assert (apart.last.body, kept.last.body) == (Text("of 2"), Text("unread"))


# ---------------------------------------------------------------- what waits


async def test_what_was_written_for_one_never_leaves_for_the_other(store: Store) -> None:
    """It waited since a login before, and had the address of the wrong person already, about to leave."""
    await next_login(store, 1, wei(1))
    await store.apply(batch(incoming("1", "of 1", chat="@wei1", seconds=1)))
    [line] = await store.conversations()
    row = await write(store, line, "for the first")
    await next_login(store, 2, wei(2))
    reach = await store.reach(row.id)
    assert reach.user_name == "@wei2"
    ready = await store.readdress(row.id, reach.user_name)
    also = await write(store, await store.conversation(line.id), "for the second")
    record = await store.identity_record(line.id)
    assert [one.part.waiting for one in record.joined] == [1]
    changes = store.subscribe()
    apart = await store.split(await cut(store, line.id, 2))
    told = await drain(changes)
    assert ConversationSplit(line.id, apart.id, (row.id,)) in told
    assert [one.message.to_user_name for one in told if isinstance(one, MessageChanged)] == ["@wei1"]
    with pytest.raises(AddressChanged):
        await store.move(row.id, DeliveryEvent.START, address=ready.to_user_name)
    reach = await store.reach(row.id)
    assert (reach.message.state, reach.user_name) == (DeliveryState.PENDING, ""), "it waits for its person"
    reach = await store.reach(also.id)
    assert (reach.user_name, reach.message.conversation_id) == ("@wei2", line.id)
    await store.move(also.id, DeliveryEvent.START, address="@wei2")
    assert await texts(store, apart.id) == ["of 1", "for the first"]


async def test_what_has_left_stays_with_whom_it_reached(store: Store) -> None:
    await next_login(store, 1, wei(1))
    [line] = [await store.conversation_for("@wei1")]
    rows = [await write(store, line, text) for text in ("sent", "leaving", "failed")]
    await next_login(store, 2, wei(2))
    for row in rows:
        await store.readdress(row.id, "@wei2")
        await store.move(row.id, DeliveryEvent.START, address="@wei2")
    await store.move(rows[0].id, DeliveryEvent.ACCEPTED, msg_id="77")
    await store.move(rows[2].id, DeliveryEvent.REFUSED, reason="ServerRefused")
    apart = await store.split(await cut(store, line.id, 2))
    assert (await texts(store, line.id), await texts(store, apart.id)) == (["sent", "leaving"], ["failed"])
    done = await store.move(rows[1].id, DeliveryEvent.ACCEPTED, msg_id="78")
    assert (done.conversation_id, done.state) == (line.id, DeliveryState.SENT)


async def test_two_contacts_of_one_login_are_told_apart_after_they_were_one(store: Store) -> None:
    """A login broke off before its list came, and another knew both: they have an address in it each."""
    await next_login(store, 1, wei(1, alias="a"), Contact("@b1", nick_name="王伟", alias="b"))
    for chat in ("@wei1", "@b1"):
        own = msgspec.structs.replace(incoming(f"own {chat}", f"own to {chat}", chat=chat, mine=True), sender="@me1")
        notice = msgspec.structs.replace(incoming(f"n {chat}", System(f"notice {chat}"), chat=chat), sender="")
        await store.apply(batch(incoming(f"1 {chat}", f"of {chat}", chat=chat), own, notice))
    await next_login(store, 2, Contact("@x2", nick_name="王伟", remark_name="r"))
    [doubt] = await store.doubts()
    first, second = (one.id for one in doubt.candidates)
    await store.settle("@x2", first)
    await store.apply(batch(incoming("2", "of @x2", chat="@x2")))
    # The other one is claimed as well, as earlier versions could.
    await store._write(lambda transaction: _claim(transaction, second, first))
    [line] = await store.conversations()
    assert len(await texts(store, line.id)) == 5
    record = await store.identity_record(line.id)
    claimed = next(one for one in record.joined if one.part.messages == 3 and one.part.unclear == 0)
    apart = await store.split(claimed.identification)
    names = {text.split("@")[-1] for text in await texts(store, apart.id)}
    assert len(names) == 1 and len(await texts(store, apart.id)) == 2
    notices = [one.body for one in await store.messages_before(apart.id, None, 9) if isinstance(one.body, System)]
    assert [notice.text.split("@")[-1] for notice in notices] == list(names)


def _claim(transaction: Transaction, older: int, into: int) -> None:
    from tui.store.identity import reattach
    from tui.store.tables import logins

    reattach.adopt(transaction, logins.required(transaction.connection), older, into)


# ---------------------------------------------------------------- any sequence of all that


@dataclass
class World:
    """People of whom little is known, what was said to whom, and what a person decided.

    An address is the id of a login and a UserName. `owners`: text → address in which it came, or for which it was
    written; where it went, once it has left. `aside`: pairs of addresses that a person took for two.
    """

    store: Store
    path: Path
    login: int = 0
    login_id: int = 0
    numbers: count[int] = field(default_factory=lambda: count(1))
    owners: dict[str, tuple[int, str]] = field(default_factory=dict)
    unread: int = 0
    waiting: dict[str, StoredMessage] = field(default_factory=dict)
    aside: list[tuple[tuple[int, str], tuple[int, str]]] = field(default_factory=list)

    def user(self, person: int) -> str:
        return f"@{self.login}p{person}"

    async def begin(self, nicks: str) -> None:
        self.login += 1
        people = [Contact(self.user(at), nick_name=nick) for at, nick in enumerate(nicks)]
        await next_login(self.store, self.login, *people)
        self.login_id = (await login_of(self.store)).id

    async def lines(self) -> list[Conversation]:
        return [*await self.store.conversations(), *await self.store.earlier_conversations()]

    async def any_line(self, number: int) -> Conversation | None:
        lines = sorted(await self.lines(), key=lambda one: one.id)
        return lines[number % len(lines)] if lines else None

    async def step(self, what: str, number: int, other: int) -> None:
        store, user = self.store, self.user(number % 3)
        at = next(self.numbers)
        match what:
            case "says" | "from the phone":
                mine = what != "says"
                message = incoming(str(at), f"{at}", chat=user, seconds=at, mine=mine)
                await store.apply(batch(msgspec.structs.replace(message, sender="@me") if mine else message))
                self.owners[f"{at}"] = self.login_id, user
                self.unread += not mine
            case "write":
                row = await write(store, await store.conversation_for(user), f"{at}")
                self.owners[f"{at}"], self.waiting[f"{at}"] = (self.login_id, user), row
            case "find its address" if self.waiting:
                text = list(self.waiting)[number % len(self.waiting)]
                reach = await store.reach(self.waiting[text].id)
                if reach.user_name:
                    self.waiting[text] = await store.readdress(reach.message.id, reach.user_name)
            case "leave" if self.waiting:
                await self.leave(list(self.waiting)[number % len(self.waiting)], refused=bool(other % 2))
            case "read" if (line := await self.any_line(number)) is not None:
                self.unread -= line.unread
                await store.mark_read(line.id)
            case "settle" if doubts := await store.doubts():
                doubt = doubts[number % len(doubts)]
                several = [*(one.id for one in doubt.candidates), None]
                chosen = several[other % len(several)]
                line = await store.settle(doubt.contact.user_name, chosen)
                self.joined_by_person(line.id)
            case "split" if (line := await self.any_line(number)) is not None:
                if ties := (await store.identity_record(line.id)).joined:
                    tie = ties[other % len(ties)]
                    apart = await store.split(tie.identification)
                    assert len(await texts(store, apart.id)) == tie.part.messages
                    one, two = tie.identification.later, tie.identification.earlier
                    self.aside.append(((one.login_id, one.user_name), (two.login_id, two.user_name)))
            case "join" if (line := await self.any_line(number)) is not None:
                if parts := (await store.identity_record(line.id)).separate:
                    self.joined_by_person((await store.join(line.id, parts[other % len(parts)].conversation_id)).id)
            case "login":
                await self.begin("".join("王李"[(number >> bit) % 2] for bit in range(3)))

    async def leave(self, text: str, *, refused: bool) -> None:
        """Let a waiting message go to the address that was found for it, whatever happened since."""
        row = self.waiting[text]
        now = await self.store.row(row.id)
        there = {name for login_id, name in self.peers()[now.conversation_id]}
        try:
            await self.store.move(row.id, DeliveryEvent.START, address=row.to_user_name)
        except AddressChanged:
            self.waiting[text] = now
            return
        assert row.to_user_name in there, "it goes to nobody but those of its conversation"
        if refused:
            self.waiting[text] = await self.store.move(row.id, DeliveryEvent.REQUEUE)
            return
        await self.store.move(row.id, DeliveryEvent.ACCEPTED, msg_id=f"sent {text}")
        del self.waiting[text]
        login_id = next(login_id for login_id, name in self.peers()[now.conversation_id] if name == row.to_user_name)
        self.owners[text] = login_id, row.to_user_name

    def peers(self) -> dict[int, set[tuple[int, str]]]:
        found: dict[int, set[tuple[int, str]]] = {}
        with sqlite3.connect(self.path) as connection:
            for conversation_id, *address in connection.execute(
                "SELECT conversation_id, login_id, user_name FROM peer"
            ):
                found.setdefault(conversation_id, set()).add((address[0], address[1]))
        connection.close()
        return found

    def joined_by_person(self, conversation_id: int) -> None:
        there = self.peers().get(conversation_id, set())
        self.aside = [pair for pair in self.aside if not there.issuperset(pair)]

    async def check(self) -> None:
        lines, peers = await self.lines(), self.peers()
        seen: list[str] = []
        for line in lines:
            for text in await texts(self.store, line.id):
                assert self.owners[text] in peers[line.id], f"{text} is in a wrong conversation"
                seen.append(text)
        assert sorted(seen) == sorted(self.owners), "each message once"
        assert sum(line.unread for line in lines) == self.unread
        for there in peers.values():
            assert sum(login_id == self.login_id for login_id, _name in there) <= 1, "two contacts are two"
            assert not any(there.issuperset(pair) for pair in self.aside), "what a person split stays so"
        with sqlite3.connect(self.path) as connection:
            rows = connection.execute(
                "SELECT count(*) FROM conversation AS c WHERE (c.last_message_id, c.last_ms) IS NOT (SELECT m.id,"
                " m.time_ms FROM message AS m WHERE m.conversation_id = c.id ORDER BY m.time_ms DESC, m.id DESC"
                " LIMIT 1) AND c.last_message_id NOT NULL"
            )
            assert rows.fetchone() == (0,)
        connection.close()


number = st.integers(0, 63)
_WHAT = (
    "says",
    "says",
    "from the phone",
    "write",
    "find its address",
    "leave",
    "read",
    "settle",
    "split",
    "split",
    "join",
)
some = st.lists(st.tuples(st.sampled_from(_WHAT), number, number), min_size=3, max_size=8)
rounds = st.lists(st.tuples(some, number), min_size=2, max_size=5)


@settings(max_examples=examples(120), deadline=None)
@given(rounds)
def test_any_sequence_of_joins_and_splits_keeps_everything_in_its_place(
    rounds: list[tuple[list[tuple[str, int, int]], int]],
) -> None:
    async def check() -> None:
        async with fresh_store() as store:
            world = World(store, store.folder / "store.db")
            await world.begin("王王李")
            for steps, nicks in rounds:
                for step in steps:
                    await world.step(*step)
                    await world.check()
                await world.step("login", nicks, 0)
                await world.check()

    run_example(check)


async def test_the_page_of_a_contact_has_its_groups_and_when_it_was_last_heard(store: Store) -> None:
    line = await joined(store, alias="wx1")
    ours = Contact("@@1", "读书会", kind=ContactKind.GROUP, members=(Member("@wei3"), Member("@x")))
    others = Contact("@@2", '"@wei3"', kind=ContactKind.GROUP, members=(Member("@wei33"),))
    await store.apply(batch(changed=(ours, others)))
    record = await store.contact_record(line.id)
    assert record is not None and record.contact.user_name == "@wei3"
    assert [group.name for group in record.groups] == ["读书会"]
    assert record.last_heard == (await store.messages_before(line.id, None, 1))[0].time
    assert [one.later.user_name for one in record.identifications] == ["@wei3", "@wei2"]
