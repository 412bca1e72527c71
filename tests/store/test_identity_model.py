"""Any sequence of logins, renames, departures and messages: no two people ever share a conversation."""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import count
from random import Random
from typing import TypeAlias

import msgspec
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.support.examples import examples
from tests.support.fresh_store import fresh_store, run_example
from tests.support.sync_batches import ME, UIN, batch, end_loading, incoming, keys, save_listing
from tui.store.store import Store
from tui.wire.bodies import Text
from tui.wire.contacts import Contact, ContactKind, Member

Step: TypeAlias = tuple[str, object]

PEOPLE, TWINS = 4, 2
"""People whose names change, and people of one name whom nothing tells apart; these change nothing, and stay."""
NICKS = ("王伟", "张三", "A", "B", "C", "D")
REMARKS = ("", "", "老板", "房东")


@dataclass
class Person:
    """Somebody of the model. `status` and the picture are his own; the names may be those of others, too.

    `steady`: has a WeChat id that everybody may see, or never changes status and picture: nothing may part him from
    his conversation.
    """

    number: int
    nick: str
    remark: str = ""
    alias: str = ""
    picture: int = 0
    status: str = ""
    steady: bool = False
    there: bool = True
    said: list[str] = field(default_factory=list)

    def contact(self, login: int) -> Contact:
        return Contact(
            f"@{login}p{self.number}",
            nick_name=self.nick,
            remark_name=self.remark,
            alias=self.alias,
            attr_status=self.status,
            head_img=f"seq={self.picture}" if self.picture else "",
        )


@dataclass
class Circle:
    """A group: its room number is its own, and told with its details."""

    number: int
    nick: str
    members: list[int]
    said: list[str] = field(default_factory=list)

    def contact(self, login: int, people: list[Person], *, details: bool) -> Contact:
        members = tuple(Member(f"@{login}p{number}", people[number].nick if details else "") for number in self.members)
        return Contact(
            f"@@{login}g{self.number}",
            nick_name=self.nick,
            kind=ContactKind.GROUP,
            members=members,
            member_count=len(members),
            encry_chat_room_id=f"@room{self.number}" if details else "",
        )


def person() -> st.SearchStrategy[tuple[str, str, str, bool, bool]]:
    return st.tuples(st.sampled_from(NICKS), st.sampled_from(REMARKS), st.booleans(), st.booleans(), st.booleans()).map(
        lambda drawn: (drawn[0], drawn[1], "alias" if drawn[2] else "", drawn[3], drawn[4])
    )


anyone = st.integers(0, PEOPLE + TWINS - 1)
number = st.integers(0, PEOPLE - 1)
step = st.one_of(
    st.tuples(st.just("takes the name of"), number, number),
    st.tuples(st.just("takes the name of"), number, number),
    st.tuples(st.just("gets the remark of"), number, number),
    st.tuples(st.just("broken login"), number),
    st.tuples(st.just("nick"), number, st.sampled_from(NICKS)),
    st.tuples(st.just("remark"), number, st.sampled_from(REMARKS)),
    st.tuples(st.just("picture"), number),
    st.tuples(st.just("leave"), number),
    st.tuples(st.just("return"), number),
    st.tuples(st.just("says"), anyone),
    st.tuples(st.just("says"), anyone),
    st.tuples(st.just("stranger says"), number),
    st.tuples(st.just("group nick"), st.integers(0, 1), st.sampled_from(NICKS)),
    st.tuples(st.just("group says"), st.integers(0, 1)),
    st.tuples(st.just("settle"), anyone),
)


class Model:
    """What there is, and the store that follows it."""

    def __init__(self, store: Store, drawn: list[tuple[str, str, str, bool, bool]], status: str) -> None:
        self.store = store
        self.login = 1
        self.ids = count(1)
        self.pictures = count(1000)
        self.people = [
            Person(at, nick, remark, f"{alias}{at}" if alias else "", next(self.pictures) if seen else 0, f"{100 + at}")
            for at, (nick, remark, alias, seen, _) in enumerate(drawn)
        ]
        for one, (*_, wants) in zip(self.people, drawn, strict=True):
            # Whoever keeps status and picture does so whatever the names are.
            one.steady = bool(one.alias) or (wants and bool(one.picture))
        self.people += [Person(PEOPLE + at, "王伟", status=status) for at in range(TWINS)]
        self.circles = [Circle(0, "王伟", [0, 1, 2]), Circle(1, "王伟", [0, 1, 2])]

    async def contacts(self, shuffle: list[Person] | None = None) -> None:
        several = [one.contact(self.login) for one in shuffle or self.people if one.there]
        bare = [one.contact(self.login, self.people, details=False) for one in self.circles]
        await save_listing(self.store, [*several, *bare])
        detailed = [one.contact(self.login, self.people, details=True) for one in self.circles]
        await self.store.save_contacts(detailed, recognise=False)
        await end_loading(self.store)

    async def changed(self, one: Person) -> None:
        if one.there:
            await self.store.apply(batch(changed=(one.contact(self.login),)))

    async def says(self, chat: str, said: list[str], owner: str) -> None:
        at = next(self.ids)
        text = f"{owner} {at}"
        said.append(text)
        await self.store.apply(batch(incoming(str(at), text, chat=chat, seconds=at)))

    async def begin(self) -> None:
        self.login += 1
        me = msgspec.structs.replace(ME, user_name=f"@{self.login}me")
        await self.store.begin_login(me, UIN, keys(0))

    async def step(self, what: str, *facts: object) -> None:
        if what == "login":
            await self.begin()
            if self.people[0].there:
                # He writes before the list is there.
                await self.says(f"@{self.login}p0", self.people[0].said, "p0")
            people = list(self.people)
            (order,) = facts
            assert isinstance(order, Random)
            order.shuffle(people)
            await self.contacts(people)
            return
        at = facts[0]
        assert isinstance(at, int)
        if what == "broken login":
            # It ends before the list comes; recent ones are told at once, and may write.
            await self.begin()
            one = self.people[at]
            if one.there:
                await self.store.save_contacts([one.contact(self.login)])
                await self.says(one.contact(self.login).user_name, one.said, f"p{at}")
            await self.begin()
            await self.contacts()
            return
        if what.startswith("group"):
            circle = self.circles[at]
            if what == "group nick":
                circle.nick = str(facts[1])
                await self.store.apply(batch(changed=(circle.contact(self.login, self.people, details=True),)))
            else:
                await self.says(f"@@{self.login}g{at}", circle.said, f"g{at}")
            return
        one = self.people[at]
        match what:
            case "nick":
                one.nick = str(facts[1])
                await self.changed(one)
            case "remark":
                one.remark = str(facts[1])
                await self.changed(one)
            case "takes the name of" if (other := self.people[int(str(facts[1]))]) is not one:
                # Meanwhile the other one has another name; who is told first is the worse order.
                one.nick, other.nick = other.nick, f"{other.nick}+"[:3]
                await self.changed(one)
                await self.changed(other)
            case "gets the remark of" if (other := self.people[int(str(facts[1]))]) is not one:
                one.remark, other.remark = other.remark, ""
                await self.changed(one)
                await self.changed(other)
            case "picture" if one.picture and (one.alias or not one.steady):
                one.picture = next(self.pictures)
                await self.changed(one)
            case "leave":
                one.there = False
                await self.store.apply(batch(deleted=(one.contact(self.login).user_name,)))
            case "return":
                one.there = True
                await self.changed(one)
            case "says" if one.there:
                await self.says(one.contact(self.login).user_name, one.said, f"p{at}")
            case "stranger says" if not one.there:
                # No contact, but in a chat; who that is comes after what he says. He may have the name
                # that another one had when he left: then the person is asked, for the name speaks against the rest.
                if not one.alias and any(not other.there for other in self.people if other is not one):
                    one.steady = False
                await self.says(one.contact(self.login).user_name, one.said, f"p{at}")
                await self.store.save_contacts([one.contact(self.login)])
            case "settle":
                # A person who knows answers rightly; one who does not see the right one says: somebody else.
                doubt = await self.store.doubt(one.contact(self.login).user_name)
                if doubt is not None:
                    right = [line.id for line in doubt.candidates if await self.owner(line.id) == f"p{at}"]
                    await self.store.settle(doubt.contact.user_name, right[0] if right else None)

    async def owner(self, conversation_id: int) -> str:
        found = await self.store.messages_before(conversation_id, None, 1)
        return found[0].body.text.split()[0] if found and isinstance(found[0].body, Text) else ""

    async def check(self) -> None:
        lines = [*await self.store.conversations(), *await self.store.earlier_conversations()]
        assert len({line.id for line in lines}) == len(lines)
        found: dict[str, list[list[str]]] = {}
        for line in lines:
            messages = await self.store.messages_before(line.id, None, 1000)
            texts = [message.body.text for message in messages if isinstance(message.body, Text)]
            owners = {text.split()[0] for text in texts}
            assert len(owners) <= 1, f"{owners} share a conversation"
            for owner in owners:
                found.setdefault(owner, []).append(texts)
        for name, said in [(f"p{one.number}", one.said) for one in self.people] + [
            (f"g{one.number}", one.said) for one in self.circles
        ]:
            stored = [text for texts in found.get(name, []) for text in texts]
            assert sorted(stored) == sorted(said), "nothing is lost, nothing is doubled"
        for one in self.people:
            if one.steady and one.said:
                assert found[f"p{one.number}"] == [one.said], "one conversation, with everything in order"
        for circle in self.circles:
            if circle.said:
                assert found[f"g{circle.number}"] == [circle.said]


login = st.tuples(st.just("login"), st.randoms(use_true_random=False))
# What happens in one login, and then another one.
rounds = st.lists(st.tuples(st.lists(step, min_size=2, max_size=8), login), min_size=2, max_size=5)


@settings(max_examples=examples(400), deadline=None)
@given(st.lists(person(), min_size=PEOPLE, max_size=PEOPLE), st.sampled_from(("", "7")), rounds)
def test_no_two_people_ever_share_a_conversation(
    drawn: list[tuple[str, str, str, bool, bool]],
    status: str,
    rounds: list[tuple[list[tuple[str, object]], tuple[str, object]]],
) -> None:
    async def check() -> None:
        async with fresh_store() as store:
            model = Model(store, drawn, status)
            await model.contacts()
            for at in range(PEOPLE + TWINS):
                await model.step("says", at)
            for steps, login in rounds:
                for what, *facts in (*steps, login):
                    await model.step(what, *facts)
            await model.check()

    run_example(check)
