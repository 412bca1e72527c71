"""Who is who after another login: the table of rules, and what the store makes of it."""

from __future__ import annotations

import random
from collections.abc import Sequence
from itertools import count

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.query_plans import Plans, whole_tables
from tests.support.store_files import run_sql
from tests.support.sync_batches import (
    ME,
    UIN,
    batch,
    drain,
    end_loading,
    incoming,
    keys,
    save_listing,
    save_whole_list,
    texts,
    write,
)
from tui.errors import TargetUnknown
from tui.store.changes import ConversationMerged, ConversationsChanged, MessagesAdded
from tui.store.delivery_state import DeliveryState
from tui.store.errors import NoSuchRow
from tui.store.identity.evidence import ContactEvidence, EarlierContact, Generation, NamedMember
from tui.store.identity.matching import SamePerson, Unsure, Verdict, recognise
from tui.store.models import Conversation
from tui.store.store import Store
from tui.wire.bodies import Text
from tui.wire.contacts import Contact, ContactKind, Member
from tui.wire.names import ContactFlag

# ---------------------------------------------------------------- the table


def one(name: str = "@new", **marks: object) -> ContactEvidence:
    return msgspec.convert({"user_name": name, **marks}, ContactEvidence)


def judge(
    current: Sequence[ContactEvidence], *generations: Sequence[ContactEvidence], decided: Sequence[str] = ()
) -> dict[str, Verdict]:
    """Conversations are numbered as the former contacts stand there, from 1 on."""
    numbers = count(1)
    earlier = [Generation([EarlierContact(marks, next(numbers)) for marks in generation]) for generation in generations]
    return recognise(current, set(decided), earlier)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ({"alias": "wx1", "nick_name": "A"}, {"alias": "wx1", "nick_name": "B"}),
        ({"alias": "wx1", "attr_status": "1"}, {"alias": "wx1", "attr_status": "2", "remark_name": "x"}),
        ({"remark_name": "妈妈", "nick_name": "A"}, {"remark_name": "妈妈", "nick_name": "A", "head_img": "seq=1"}),
        ({"remark_name": "妈妈", "attr_status": "7", "nick_name": "A"}, {"remark_name": "妈妈", "attr_status": "7"}),
        ({"remark_name": "妈妈", "head_img": "seq=1", "nick_name": "A"}, {"remark_name": "妈妈", "head_img": "seq=1"}),
        ({"attr_status": "7", "nick_name": "A"}, {"attr_status": "7", "nick_name": "A", "remark_name": "new"}),
        ({"attr_status": "7", "nick_name": "A", "head_img": "seq=1"}, {"attr_status": "7", "nick_name": "A"}),
        (
            {"attr_status": "7", "nick_name": "A", "head_img": "seq=1"},
            {"attr_status": "7", "nick_name": "A", "head_img": "seq=2"},
        ),
        (
            {"attr_status": "7", "head_img": "seq=1", "nick_name": "A"},
            {"attr_status": "7", "head_img": "seq=1", "nick_name": "B"},
        ),
        ({"head_img": "seq=1", "nick_name": "A"}, {"head_img": "seq=1", "nick_name": "A", "attr_status": "9"}),
        ({"nick_name": "A"}, {"nick_name": "A"}),
        ({"nick_name": "A", "kind": "official"}, {"nick_name": "A", "kind": "official"}),
        ({"kind": "self", "nick_name": "A"}, {"kind": "self", "nick_name": "B"}),
    ],
)
def test_evidence_that_is_enough(old: dict[str, object], new: dict[str, object]) -> None:
    assert judge([one(**new)], [one("@old", **old)]) == {"@new": SamePerson(1)}


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ({"nick_name": "A", "attr_status": "1"}, {"nick_name": "A", "attr_status": "2"}),
        ({"nick_name": "A", "head_img": "seq=1"}, {"nick_name": "A", "head_img": "seq=2"}),
        ({"nick_name": "A", "remark_name": "work"}, {"nick_name": "A", "remark_name": "gym"}),
        ({"nick_name": "A", "remark_name": "房东"}, {"nick_name": "B", "remark_name": "房东"}),
        (
            {"nick_name": "A", "remark_name": "房东", "attr_status": "1", "head_img": "seq=1"},
            {"nick_name": "B", "remark_name": "房东", "attr_status": "1", "head_img": "seq=2"},
        ),
        ({"nick_name": "A", "head_img": "seq=1"}, {"nick_name": "B", "head_img": "seq=1"}),
        (
            {"alias": "wx1", "nick_name": "A", "attr_status": "1", "head_img": "seq=1"},
            {"alias": "wx2", "nick_name": "A", "attr_status": "1", "head_img": "seq=1"},
        ),
    ],
)
def test_evidence_that_only_a_person_can_weigh(old: dict[str, object], new: dict[str, object]) -> None:
    assert judge([one(**new)], [one("@old", **old)]) == {"@new": Unsure((1,))}


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ({"nick_name": "A"}, {"nick_name": "B"}),
        ({"nick_name": "A", "alias": "wx1"}, {"nick_name": "A", "alias": "wx2"}),
        (
            {"nick_name": "A", "alias": "wx1", "attr_status": "7"},
            {"nick_name": "A", "alias": "wx2", "attr_status": "7"},
        ),
        ({"remark_name": "x", "alias": "wx1"}, {"remark_name": "x", "alias": "wx2"}),
        ({"attr_status": "7", "nick_name": "A"}, {"attr_status": "7", "nick_name": "B"}),
        ({"nick_name": "A", "kind": "group"}, {"nick_name": "A"}),
        ({"nick_name": "A", "kind": "self"}, {"nick_name": "A"}),
        ({}, {}),
    ],
)
def test_evidence_of_two(old: dict[str, object], new: dict[str, object]) -> None:
    assert judge([one(**new)], [one("@old", **old)]) == {}


def circle(*names: str) -> tuple[NamedMember, ...]:
    return tuple(NamedMember(name) for name in names)


def group(name: str = "@@new", **marks: object) -> ContactEvidence:
    return one(name, kind="group", **marks)


GROUPS: list[tuple[dict[str, object], dict[str, object], Verdict | None]] = [
    ({"encry_chat_room_id": "r", "nick_name": "A"}, {"encry_chat_room_id": "r", "nick_name": "B"}, SamePerson(1)),
    ({"nick_name": "A", "members": circle(*"abcd")}, {"nick_name": "A", "members": circle(*"abce")}, SamePerson(1)),
    (
        {"head_img": "seq=1", "members": circle(*"abcd")},
        {"head_img": "seq=1", "members": circle(*"abcd")},
        SamePerson(1),
    ),
    ({"nick_name": "A", "head_img": "seq=1"}, {"nick_name": "A", "head_img": "seq=1"}, SamePerson(1)),
    ({"nick_name": "A", "encry_chat_room_id": "r"}, {"nick_name": "A"}, SamePerson(1)),
    ({"nick_name": "A", "members": circle(*"abc")}, {"nick_name": "B", "members": circle(*"cab")}, Unsure((1,))),
    (
        {"nick_name": "A", "members": circle(*"abc"), "encry_chat_room_id": "r"},
        {"nick_name": "A", "members": circle(*"abc"), "encry_chat_room_id": "s"},
        Unsure((1,)),
    ),
    ({"nick_name": "A", "encry_chat_room_id": "r"}, {"nick_name": "A", "encry_chat_room_id": "s"}, None),
    ({"nick_name": "A", "members": circle(*"abcd")}, {"nick_name": "A", "members": circle(*"wxyz")}, None),
    ({"members": circle("a")}, {"members": circle("a")}, None),
]


@pytest.mark.parametrize(("old", "new", "verdict"), GROUPS)
def test_a_group_is_known_again_by_its_evidence(
    old: dict[str, object], new: dict[str, object], verdict: Verdict | None
) -> None:
    assert judge([group(**new)], [group("@@old", **old)]).get("@@new") == verdict


def test_twins_are_never_merged() -> None:
    twins = [one("@a2", nick_name="王伟"), one("@b2", nick_name="王伟")]
    formers = [one("@a1", nick_name="王伟"), one("@b1", nick_name="王伟")]
    assert judge(twins, formers) == {"@a2": Unsure((1, 2)), "@b2": Unsure((1, 2))}
    assert judge(twins[:1], formers) == {"@a2": Unsure((1, 2))}
    assert judge(twins, formers[:1]) == {"@a2": Unsure((1,)), "@b2": Unsure((1,))}


def test_twins_that_share_even_their_status_are_told_apart_by_their_pictures() -> None:
    marks: dict[str, object] = {"nick_name": "王伟", "attr_status": "7"}
    now = [one("@a2", head_img="seq=1", **marks), one("@b2", head_img="seq=2", **marks)]
    then = [one("@b1", head_img="seq=2", **marks), one("@a1", head_img="seq=1", **marks)]
    assert judge(now, then) == {"@a2": SamePerson(2), "@b2": SamePerson(1)}
    # One has gone, and a third of the same name has come.
    third = one("@c2", head_img="seq=3", **marks)
    assert judge([now[0], third], then) == {"@a2": SamePerson(2), "@c2": Unsure((1,))}


def test_a_twin_without_a_conversation_keeps_what_is_his() -> None:
    then = Generation(
        [
            EarlierContact(one("@a1", nick_name="王伟", attr_status="7", head_img="seq=1"), 5),
            EarlierContact(one("@b1", nick_name="王伟", attr_status="7", head_img="seq=2")),
        ]
    )
    now = [one("@b2", nick_name="王伟", attr_status="7", head_img="seq=2")]
    assert recognise(now, set(), [then]) == {}


def test_a_remark_that_was_given_to_another_does_not_take_a_history_along() -> None:
    then = [one("@a1", nick_name="A", remark_name="房东", attr_status="7"), one("@b1", nick_name="B", attr_status="7")]
    now = [one("@a2", nick_name="A", attr_status="7"), one("@b2", nick_name="B", remark_name="房东", attr_status="7")]
    assert judge(now, then) == {"@a2": SamePerson(1), "@b2": SamePerson(2)}


def test_who_took_the_name_of_another_gets_nothing_of_his() -> None:
    then = [one("@a1", nick_name="A", attr_status="1", head_img="seq=1")]
    now = [
        one("@a2", nick_name="A+", attr_status="1", head_img="seq=1"),
        one("@b2", nick_name="A", attr_status="2", head_img="seq=2"),
    ]
    assert judge(now, then) == {"@a2": SamePerson(1)}


def test_a_later_login_counts_before_an_earlier_one() -> None:
    now, then = [one(nick_name="A", alias="wx1")], [one("@old", nick_name="A", alias="wx1")]
    assert judge(now, then, then) == {"@new": SamePerson(1, (2,))}
    assert judge(now, [], then) == {"@new": SamePerson(1)}


def test_a_namesake_of_a_later_login_does_not_outweigh_certainty() -> None:
    """Of a property test: who was away in a login, where a namesake was, and came back."""
    his = {"nick_name": "王伟", "attr_status": "102", "head_img": "seq=9"}
    namesake = one("@4p0", nick_name="王伟", attr_status="100")
    assert judge([one(**his)], [namesake], [one("@3p2", **his)]) == {"@new": SamePerson(2)}
    # Not so where the later one has as much to say for himself, nor without anything that is certain.
    assert judge([one(**his)], [one("@4a", **his), one("@4b", **his)], [one("@3p2", **his)]) == {
        "@new": Unsure((1, 2, 3))
    }
    assert judge([one(**his)], [namesake], [one("@3p2", nick_name="王伟")]) == {"@new": Unsure((1, 2))}


def test_doubts_of_all_logins_come_together() -> None:
    now = [one("@a3", nick_name="王伟"), one("@b3", nick_name="王伟")]
    assert judge(now, [one("@a2", nick_name="王伟")], [one("@a1", nick_name="王伟")]) == {
        "@a3": Unsure((1, 2)),
        "@b3": Unsure((1, 2)),
    }


def test_who_is_decided_is_not_asked_about_but_counts_as_a_rival() -> None:
    now = [one("@a2", nick_name="王伟"), one("@b2", nick_name="王伟")]
    assert judge(now, [one("@a1", nick_name="王伟")], decided=["@b2"]) == {"@a2": Unsure((1,))}


def test_who_is_known_already_is_out_of_the_question() -> None:
    then = Generation(
        [EarlierContact(one("@a1", nick_name="王伟"), 1, now="@a2"), EarlierContact(one("@b1", nick_name="王伟"), 2)]
    )
    now = [one("@a2", nick_name="王伟"), one("@b2", nick_name="王伟")]
    # He is the only one left, but a name that two have proves nothing.
    assert recognise(now, {"@a2"}, [then]) == {"@b2": Unsure((2,))}


def test_of_a_login_that_was_not_read_whole_only_strong_evidence_counts() -> None:
    def then(**marks: object) -> list[Generation]:
        return [Generation([EarlierContact(one("@old", **marks), 1)], whole=False)]

    weak: dict[str, object] = {"nick_name": "A", "attr_status": "7"}
    assert recognise([one(**weak)], set(), then(**weak)) == {"@new": Unsure((1,))}
    strong = weak | {"head_img": "seq=1"}
    assert recognise([one(**strong)], set(), then(**strong)) == {"@new": SamePerson(1)}
    assert recognise([one(nick_name="A")], set(), then(nick_name="A")) == {"@new": Unsure((1,))}


def test_a_name_that_hundreds_have_is_no_question() -> None:
    crowd = [one(f"@{number}", nick_name=".") for number in range(200)]
    assert judge([one(nick_name=".")], crowd) == {}
    marked = one("@marked", nick_name=".", head_img="seq=1")
    assert judge([marked, *crowd], [*crowd, marked]) == {"@marked": SamePerson(201)}


def test_a_mark_that_changes_with_every_login_is_none() -> None:
    then = [group(f"@@{at}", nick_name=f"g{at}", encry_chat_room_id=f"r{at}") for at in range(5)]
    now = [group(f"@@{at}+", nick_name=f"g{at}", encry_chat_room_id=f"s{at}") for at in range(5)]
    assert judge(now, then) == {f"@@{at}+": SamePerson(at + 1) for at in range(5)}
    # One of them lasts: so they do, and the others are other groups.
    now[0] = group("@@0+", nick_name="g0", encry_chat_room_id="r0")
    assert judge(now, then) == {"@@0+": SamePerson(1)}


word = st.sampled_from(("", "a", "b", "c"))
anybody = st.builds(
    lambda *drawn: dict(zip(("nick_name", "remark_name", "alias", "attr_status", "head_img"), drawn, strict=True)),
    *[word] * 5,
)


@given(st.lists(anybody, max_size=6), st.lists(st.lists(anybody, max_size=6), max_size=3), st.randoms())
def test_nobody_shares_and_the_order_does_not_matter(
    now: list[dict[str, str]], then: list[list[dict[str, str]]], rng: random.Random
) -> None:
    current = [one(f"@{at}", **marks) for at, marks in enumerate(now)]
    numbers = count(1)
    generations = [Generation([EarlierContact(one(**marks), next(numbers)) for marks in several]) for several in then]
    verdicts = recognise(current, set(), generations)
    owned = [verdict.conversation_id for verdict in verdicts.values() if isinstance(verdict, SamePerson)]
    assert len(set(owned)) == len(owned)
    asked = {
        which for verdict in verdicts.values() if isinstance(verdict, Unsure) for which in verdict.conversation_ids
    }
    assert not asked & set(owned)
    rng.shuffle(current)
    mixed = [Generation(rng.sample(list(each.contacts), len(each.contacts))) for each in generations]
    again_ = recognise(current, set(), mixed)
    assert {name: which for name, which in again_.items() if isinstance(which, SamePerson)} == {
        name: which for name, which in verdicts.items() if isinstance(which, SamePerson)
    }
    assert set(again_) == set(verdicts)


# ---------------------------------------------------------------- the store

ANN = Contact("@ann", nick_name="Ann", attr_status="11", head_img="seq=1")
BEN = Contact("@ben", nick_name="Ben", remark_name="老本", attr_status="12", head_img="seq=2")
TEAM = Contact(
    "@@team",
    nick_name="项目群",
    kind=ContactKind.GROUP,
    members=(Member("@ann", "Ann"), Member("@ben", "Ben", display_name="本"), Member("@me", "我")),
    member_count=3,
    encry_chat_room_id="@room",
)


def again(contact: Contact, **changed: object) -> Contact:
    """The same one in the next login."""
    members = tuple(msgspec.structs.replace(one, user_name=one.user_name + "2") for one in contact.members)
    renewed = msgspec.structs.replace(contact, user_name=contact.user_name + "2", members=members)
    return msgspec.structs.replace(renewed, **changed)


async def next_login(store: Store, *contacts: Contact, uin: str = UIN, me: str = "@me2") -> None:
    await store.begin_login(msgspec.structs.replace(ME, user_name=me), uin, keys(0))
    await save_whole_list(store, contacts)


async def history(store: Store, conversation: Conversation) -> list[str]:
    found = await store.messages_before(conversation.id, None, 1000)
    return [message.body.text for message in found if isinstance(message.body, Text)]


@pytest.fixture
async def full(store: Store) -> Store:
    await save_whole_list(store, [ANN, BEN, TEAM])
    await store.apply(
        batch(
            incoming("1", "from Ann"),
            incoming("2", "from Ben", chat="@ben", seconds=1),
            incoming("3", "in the group", chat="@@team", seconds=2),
        )
    )
    return store


async def test_everything_of_a_conversation_comes_back(full: Store) -> None:
    line = await full.conversation_for("@ann")
    await full.set_draft(line.id, "half a sen")
    await full.set_hushed(line.id, True)
    changes = full.subscribe()
    await next_login(full, again(ANN, nick_name="Anna", muted=True, flags=int(ContactFlag.PINNED)), again(BEN))
    after = await full.conversation_for("@ann2")
    assert after.id == line.id
    assert (after.user_name, after.name, after.draft, after.unread) == ("@ann2", "Anna", "half a sen", 1)
    assert (after.hushed, after.muted, after.pinned, after.earlier) == (True, True, True, False)
    assert await texts(full, "@ann2") == ["from Ann"]
    assert [line.user_name for line in await full.conversations()] == ["@ann2", "@ben2"]
    assert [line.name for line in await full.earlier_conversations()] == ["项目群"]
    assert any(isinstance(one, ConversationsChanged) and line.id in one.ids for one in await drain(changes))


async def test_what_comes_next_goes_to_the_same_conversation(full: Store) -> None:
    line = await full.conversation_for("@ann")
    await next_login(full, again(ANN))
    await full.apply(batch(incoming("4", "and again", chat="@ann2", seconds=9)))
    await write(full, "mine", to="@ann2")
    assert await texts(full, "@ann2") == ["from Ann", "and again", "mine"]
    await next_login(full, again(again(ANN)), me="@me3")
    assert (await full.conversation_for("@ann22")).id == line.id


async def test_what_is_written_to_a_name_of_an_earlier_login_goes_to_who_had_it(full: Store) -> None:
    """Somebody is chosen in one moment and written to in the next, in which another login has begun."""
    carol = Contact("@carol", nick_name="Carol")
    await save_whole_list(full, [ANN, BEN, TEAM, carol])
    ann = await full.conversation_for("@ann")
    await next_login(full, again(ANN), again(carol))
    assert (await full.conversation_for("@ann")).id == ann.id
    row = await write(full, "just now", to="@ann")
    assert row.conversation_id == ann.id and (await full.reach(row.id)).user_name == "@ann2"
    # In the next login nobody is known yet: it waits there, and not with a stranger.
    await full.begin_login(msgspec.structs.replace(ME, user_name="@me3"), UIN, keys(0))
    assert (await full.conversation_for("@ann2")).id == (await full.conversation_for("@ann")).id == ann.id
    with pytest.raises(TargetUnknown, match="Carol"):
        await full.conversation_for("@carol2")
    assert [line.id for line in await full.conversations()] == []
    assert (await full.conversation_for("@new")).name == "@new", "of a login that nobody else was in"


async def test_a_group_comes_back_when_its_details_do(full: Store) -> None:
    bare = again(TEAM, encry_chat_room_id="", members=(Member("@ann2"), Member("@ben2")))
    await full.begin_login(msgspec.structs.replace(ME, user_name="@me2"), UIN, keys(0))
    await save_listing(full, [again(ANN), bare])
    assert await texts(full, "@ann2") == ["from Ann"]
    assert "@@team2" not in [line.user_name for line in await full.conversations()]
    await full.save_contacts([again(TEAM, nick_name="Renamed")], recognise=False)
    await end_loading(full)
    assert await texts(full, "@@team2") == ["in the group"]
    assert (await full.conversation_for("@@team2")).name == "Renamed"


async def test_a_group_of_which_no_more_is_told_comes_back_by_its_name(full: Store) -> None:
    await full.begin_login(msgspec.structs.replace(ME, user_name="@me2"), UIN, keys(0))
    await save_listing(full, [Contact("@@team2", nick_name="项目群", kind=ContactKind.GROUP)])
    assert await full.conversations() == []
    await end_loading(full)
    assert await texts(full, "@@team2") == ["in the group"]


async def test_nobody_is_recognised_before_the_whole_list_is_there(store: Store) -> None:
    await save_whole_list(store, [Contact("@a", nick_name="王伟")])
    await store.apply(batch(incoming("1", chat="@a")))
    await store.begin_login(msgspec.structs.replace(ME, user_name="@me2"), UIN, keys(0))
    await store.save_contacts([Contact("@a2", nick_name="王伟")])
    assert await store.conversations() == []
    await save_whole_list(store, [Contact("@a2", nick_name="王伟"), Contact("@b2", nick_name="王伟")])
    assert await store.conversations() == []
    assert [doubt.contact.user_name for doubt in await store.doubts()] == ["@a2", "@b2"]


async def test_a_login_that_broke_before_its_list_was_there_parts_nobody_from_his_history(full: Store) -> None:
    """What arrived in it, and what was to be sent before it, are not left alone for ever."""
    before = await write(full, "to be sent", to="@ann")
    await full.begin_login(msgspec.structs.replace(ME, user_name="@me2"), UIN, keys(0))
    await full.save_contacts([again(ANN)])
    await full.apply(batch(incoming("4", "in between", chat="@ann2", seconds=30)))
    await next_login(full, again(again(ANN)), again(again(BEN)), me="@me3")
    assert await texts(full, "@ann22") == ["from Ann", "to be sent", "in between"]
    assert (await full.row(before.id)).conversation_id == (await full.conversation_for("@ann22")).id
    assert [line.user_name for line in await full.conversations()] == ["@ann22", "@ben22"]


async def test_a_message_that_comes_before_its_name_is_moved(full: Store) -> None:
    old = await full.conversation_for("@@team")
    await full.set_draft(old.id, "old draft")
    await next_login(full, again(ANN))
    await full.apply(batch(incoming("9", "who am I", chat="@@team2", seconds=60)))
    younger = await full.conversation_for("@@team2")
    assert younger.id != old.id
    sent = await write(full, "to whom?", to="@@team2")
    changes = full.subscribe()
    await full.save_contacts([again(TEAM)])
    merged = await full.conversation_for("@@team2")
    assert (merged.id, merged.unread, merged.draft) == (old.id, 2, "old draft")
    assert merged.last is not None and merged.last.id == sent.id
    assert await texts(full, "@@team2") == ["in the group", "who am I", "to whom?"]
    assert (await full.row(sent.id)).conversation_id == old.id
    assert await full.conversations_of([younger.id, old.id]) == [merged]
    assert await full.conversation(younger.id) == merged, "who still holds the old id finds it"
    assert (await full.conversation_for("@somebody")).id > younger.id, "and never somebody else"
    told = await drain(changes)
    assert ConversationMerged(younger.id, old.id) in told
    assert not [one for one in told if isinstance(one, MessagesAdded)], "nothing of it is new"
    # Who still holds the old id may write.
    late = await full.add_outgoing(
        conversation_id=younger.id, to_user_name="@@team2", client_msg_id="5", body=Text("late")
    )
    assert (late.conversation_id, late.state) == (old.id, DeliveryState.PENDING)
    await full.apply(batch(incoming("9", "who am I", chat="@@team2", seconds=60)))
    assert (await texts(full, "@@team2")).count("who am I") == 1


async def test_both_drafts_stay(full: Store) -> None:
    old = await full.conversation_for("@@team")
    await full.set_draft(old.id, "old")
    await next_login(full)
    younger = await full.conversation_for("@@team2")
    await full.set_draft(younger.id, "new")
    await full.set_hushed(younger.id, True)
    await full.save_contacts([again(TEAM)])
    after = await full.conversation_for("@@team2")
    assert (after.id, after.draft, after.hushed) == (old.id, "old\nnew", True)


async def test_a_change_that_comes_with_messages_is_heard_first(full: Store) -> None:
    old = await full.conversation_for("@@team")
    await next_login(full)
    [new] = await full.apply(batch(incoming("9", "hi", chat="@@team2", seconds=60), changed=(again(TEAM),)))
    assert new.conversation_id == old.id


async def test_another_account_gets_nothing_and_the_first_finds_its_own(full: Store) -> None:
    await next_login(full, again(ANN), again(BEN), again(TEAM), uin="999")
    assert await full.conversations() == [] and await full.earlier_conversations() == []
    assert await full.doubts() == []
    await full.apply(batch(incoming("9", "to the other", chat="@ann2", seconds=9)))
    await next_login(full, again(again(ANN)), me="@me3")
    assert await texts(full, "@ann22") == ["from Ann"]


async def test_a_resumed_login_changes_nothing(full: Store) -> None:
    before = await full.conversations()
    changes = full.subscribe()
    assert await full.resume_login(ME, UIN)
    await save_whole_list(full, [ANN, BEN, TEAM])
    assert await full.conversations() == before
    assert await drain(changes) == []


async def test_who_wrote_then_is_still_named(full: Store) -> None:
    await next_login(full, again(ANN, nick_name="Anna"))
    await full.save_contacts([again(TEAM)])
    line = await full.conversation_for("@@team2")
    assert await full.former_names(line.id) == {"@@team": "项目群", "@ann": "Ann", "@ben": "老本", "@me": ""}
    ann = await full.conversation_for("@ann2")
    assert await full.former_names(ann.id) == {"@ann": "Ann", "@me": ""}


async def test_what_nobody_claims_can_still_be_read(full: Store) -> None:
    await full.conversation_for("@nobody")
    await next_login(full, again(ANN))
    earlier = await full.earlier_conversations()
    assert [(line.name, line.earlier) for line in earlier] == [("项目群", True), ("老本", True)]
    assert await full.earlier_conversations(limit=1, offset=1) == earlier[1:]
    assert await history(full, earlier[1]) == ["from Ben"]


# ---------------------------------------------------------------- doubts

WEI, WEI2 = Contact("@wei", nick_name="王伟"), Contact("@wei_", nick_name="王伟")


@pytest.fixture
async def twins(store: Store) -> Store:
    """Two of one name, with a conversation each, and both again in a second login."""
    await save_whole_list(store, [WEI, WEI2, BEN])
    await store.apply(batch(incoming("1", "first", chat="@wei"), incoming("2", "second", chat="@wei_", seconds=1)))
    await next_login(store, again(WEI), again(WEI2), again(BEN))
    return store


async def test_twins_are_asked_about(twins: Store) -> None:
    doubts = await twins.doubts()
    assert [doubt.contact.user_name for doubt in doubts] == ["@wei2", "@wei_2"]
    assert [[line.last and line.last.msg_id for line in doubt.candidates] for doubt in doubts] == [["2", "1"]] * 2
    assert all(line.earlier for line in doubts[0].candidates)
    assert await twins.doubt("@wei2") == doubts[0]
    assert await twins.doubt("@ben2") is None
    assert await texts(twins, "@wei2") == [] and await texts(twins, "@wei_2") == []


async def test_an_answer_brings_the_history_and_narrows_the_other_question(twins: Store) -> None:
    await twins.apply(batch(incoming("3", "news", chat="@wei2", seconds=9)))
    second, first = (await twins.doubts())[0].candidates
    settled = await twins.settle("@wei2", first.id)
    assert (settled.id, settled.user_name, settled.earlier, settled.unread) == (first.id, "@wei2", False, 2)
    assert await texts(twins, "@wei2") == ["first", "news"]
    [left] = await twins.doubts()
    assert (left.contact.user_name, [line.id for line in left.candidates]) == ("@wei_2", [second.id])
    with pytest.raises(NoSuchRow):
        await twins.settle("@wei_2", first.id)
    await twins.settle("@wei_2", second.id)
    assert await texts(twins, "@wei_2") == ["second"]
    assert await twins.doubts() == []


async def test_somebody_else_is_an_answer_too_and_is_not_asked_again(twins: Store) -> None:
    own = await twins.settle("@wei2", None)
    assert (own.user_name, own.last, own.earlier) == ("@wei2", None, False)
    await save_whole_list(twins, [again(WEI, pinyin=("wangwei",)), again(WEI2), again(BEN)])
    assert [doubt.contact.user_name for doubt in await twins.doubts()] == ["@wei_2"]
    assert len((await twins.doubts())[0].candidates) == 2


async def test_an_answer_holds_in_the_next_login(twins: Store) -> None:
    """The remark that somebody gives them at last tells them apart; who was told to be new is not asked about."""
    await twins.settle("@wei2", None)
    await twins.apply(batch(incoming("3", "news", chat="@wei2", seconds=9)))
    marked, other = again(WEI, alias="wei-the-new"), again(WEI2, alias="wei-the-old")
    await save_whole_list(twins, [marked, other])
    await next_login(twins, again(marked), again(other), me="@me3")
    assert await texts(twins, "@wei22") == ["news"]
    assert [doubt.contact.user_name for doubt in await twins.doubts()] == ["@wei_22"]


async def test_a_question_that_was_never_answered_is_carried_on(twins: Store) -> None:
    await twins.apply(batch(incoming("3", "news", chat="@wei2", seconds=9)))
    marked = again(WEI, alias="wei")
    await twins.save_contacts([marked])
    asked = await twins.doubt("@wei2")
    assert asked is not None
    await next_login(twins, again(marked), me="@me3")
    assert await texts(twins, "@wei22") == ["news"], "that one is his without doubt"
    carried = await twins.doubt("@wei22")
    assert carried is not None
    assert [line.id for line in carried.candidates] == [line.id for line in asked.candidates]
    first = carried.candidates[1]
    await twins.settle("@wei22", first.id)
    assert await texts(twins, "@wei22") == ["first", "news"]
    assert await twins.doubts() == []


async def test_new_evidence_ends_a_doubt(store: Store) -> None:
    await save_whole_list(store, [Contact("@a", nick_name="A", attr_status="1", alias="wx-a")])
    await store.apply(batch(incoming("1", "first", chat="@a")))
    new = Contact("@a2", nick_name="A", attr_status="2")
    await next_login(store, new)
    assert len(await store.doubts()) == 1
    await store.apply(batch(changed=(msgspec.structs.replace(new, alias="wx-a"),)))
    assert await store.doubts() == []
    assert await texts(store, "@a2") == ["first"]


async def test_an_unknown_answer_is_a_mistake(twins: Store) -> None:
    helper = await twins.conversation_for("filehelper")
    for wrong in (helper.id, 999):
        with pytest.raises(NoSuchRow):
            await twins.settle("@wei2", wrong)
    assert len(await twins.doubts()) == 2
    await next_login(twins, again(again(WEI)), again(again(WEI2)), me="@me3")
    with pytest.raises(NoSuchRow):
        await twins.settle("@wei2", None)  # of the login before
    assert "@wei2" not in [line.user_name for line in await twins.conversations()]


async def test_nothing_is_in_doubt_before_the_first_login(fresh: Store) -> None:
    assert await fresh.doubts() == [] and await fresh.doubt("@x") is None
    assert await fresh.earlier_conversations() == []
    assert await fresh.conversations_of([1]) == []


async def test_what_this_version_cannot_read_has_no_marks(full: Store) -> None:
    await run_sql(full, "UPDATE contact SET data = '[]' WHERE user_name = '@ann'")
    await next_login(full, again(ANN), again(BEN))
    assert await texts(full, "@ann2") == []
    assert await texts(full, "@ben2") == ["from Ben"]


async def test_no_statement_of_it_reads_a_whole_table(twins: Store) -> None:
    async with Plans(twins) as plans:
        await next_login(twins, again(again(WEI)), again(again(WEI2)), again(again(BEN)), me="@me3")
        await twins.apply(batch(incoming("7", chat="@@new"), changed=(Contact("@@new", kind=ContactKind.GROUP),)))
        await end_loading(twins)
        [doubt, _] = await twins.doubts()
        await twins.doubt("@wei22")
        await twins.earlier_conversations(limit=5)
        await twins.conversations_of([1, 2])
        await twins.former_names(1)
        await twins.settle("@wei22", doubt.candidates[0].id)
        await twins.settle("@wei_22", None)
    few = ("SCAN j", "SCAN doubt", "SCAN login", "SCAN i USING INDEX identification_apart")
    steps = [step for step in whole_tables(await plans.steps()) if not step.startswith(few)]
    # Questions are few, those of one login that nobody has answered; so are logins, looked at from the newest on,
    # and what a person undid or denied.
    assert steps == []
