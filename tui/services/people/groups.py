"""Groups: made, filled, emptied and renamed, each change once, and held against what the server tells afterwards."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Collection, Sequence
from contextlib import suppress
from enum import Enum
from typing import TYPE_CHECKING, Final, TypeAlias

import msgspec

from tui import errors
from tui.store.store import Store
from tui.wire.contacts import Contact, ContactKind, Member
from tui.wire.names import Endpoint, MemberStatus
from tui.wire.people import group_calls
from tui.wire.people.group_calls import MOST_TOPIC, CreatedGroup, MembersTaken

if TYPE_CHECKING:
    from tui.services.contacts.directory import Directory
    from tui.services.people.contact_changes import ContactChanges
    from tui.services.session.context import SessionContext
    from tui.wire.call import Call

LEAST_OTHERS: Final = 2
"""People besides oneself that a new group needs."""
_LOOKS: Final = 10
_LOOK: Final = 0.5
"""How often, and after how many seconds each, sync is looked at for a new group that the answer did not name."""

Person: TypeAlias = Contact | Member


class GroupChange(Enum):
    """Change of a group."""

    NEW = "new"
    ADD = "add"
    REMOVE = "remove"
    RENAME = "rename"


class WantedChange(msgspec.Struct, frozen=True):
    """Change that a person wants: of `group` (None for a new one), with `people`, or to the name `topic`."""

    change: GroupChange
    group: Contact | None = None
    people: tuple[Person, ...] = ()
    topic: str = ""

    @property
    def invites(self) -> bool:
        """True where the group is too large to take somebody in at once: each gets an invitation."""
        count = 0 if self.group is None else self.group.member_count
        return self.change is GroupChange.ADD and group_calls.must_invite(count)


class LeftOut(msgspec.Struct, frozen=True):
    """Person whom the server did not take into a group, and the status that it gave."""

    name: str
    status: int

    @property
    def said(self) -> errors.Phrase:
        """Why, in a sentence."""
        if self.status == MemberStatus.BLOCKED:
            return errors.Phrase("“{name}” was not added: they have blocked you.", name=self.name)
        if self.status == MemberStatus.DELETED:
            return errors.Phrase("“{name}” was not added: they have deleted you from their contacts.", name=self.name)
        return errors.Phrase(
            "“{name}” was not added: they have to agree first. Ask them on your phone.", name=self.name
        )


class GroupOutcome(msgspec.Struct, frozen=True):
    """Group after a change. `done` people are in it, invited or removed; `unseen` are those of whom nobody said so."""

    user_name: str
    name: str
    done: int = 0
    left_out: tuple[LeftOut, ...] = ()
    unseen: tuple[str, ...] = ()


# ---------------------------------------------------------------- before anything leaves


def check(wanted: WantedChange, me: str) -> None:
    """Raise `GroupUnfit` for a change that no server would make. `me` is one's own UserName."""
    people = wanted.people
    match wanted.change:
        case GroupChange.NEW:
            _expect_persons(people, me)
            if len({one.user_name for one in people}) < LEAST_OTHERS:
                raise errors.GroupUnfit(why=errors.Phrase("A group needs at least two people besides you."))
            if wanted.topic:
                _expect_name(wanted.topic)
        case GroupChange.ADD:
            _expect_persons(people, me)
            inside = _members(wanted.group)
            for one in people:
                if one.user_name in inside:
                    why = errors.Phrase("“{name}” is already in “{group}”.", name=one.name, group=_name(wanted.group))
                    raise errors.GroupUnfit(why=why)
        case GroupChange.REMOVE:
            inside = _members(wanted.group)
            for one in people:
                if one.user_name == me:
                    why = errors.Phrase("The web version cannot leave a group; leave it on your phone.")
                    raise errors.GroupUnfit(why=why)
                if one.user_name not in inside:
                    why = errors.Phrase("“{name}” is not in “{group}”.", name=one.name, group=_name(wanted.group))
                    raise errors.GroupUnfit(why=why)
        case GroupChange.RENAME:
            _expect_name(wanted.topic)
            if wanted.topic == _name(wanted.group):
                raise errors.GroupUnfit(why=errors.Phrase("The group already has this name."))
    if not people and wanted.change is not GroupChange.RENAME:
        raise errors.GroupUnfit(why=errors.Phrase("Name at least one person."))


def expect_group(contact: Contact) -> Contact:
    """Return a group. Raises `GroupUnfit` for anybody else."""
    if contact.kind is not ContactKind.GROUP:
        raise errors.GroupUnfit(why=errors.Phrase("“{name}” is not a group.", name=contact.name))
    return contact


def _expect_persons(people: Sequence[Person], me: str) -> None:
    for one in people:
        if one.user_name == me:
            raise errors.GroupUnfit(why=errors.Phrase("You are in the group anyway; name only the others."))
        if isinstance(one, Contact) and one.kind is not ContactKind.PERSON:
            why = errors.Phrase("“{name}” is not a person; only people can be in a group.", name=one.name)
            raise errors.GroupUnfit(why=why)


def _expect_name(topic: str) -> None:
    if not topic.strip():
        raise errors.GroupUnfit(why=errors.Phrase("The name of the group is empty."))
    if len(topic) > MOST_TOPIC:
        why = errors.Phrase("The name of the group is longer than {limit} characters.", limit=MOST_TOPIC)
        raise errors.GroupUnfit(why=why)
    if any(not sign.isprintable() and sign not in _JOINERS for sign in topic):
        raise errors.GroupUnfit(why=errors.Phrase("The name of the group must be one line of text."))


_JOINERS: Final = "\u200d\ufe0f\u200c"
"""Signs within an emoji, or within words of some languages, that Python does not call printable."""


def _members(group: Contact | None) -> set[str]:
    return set() if group is None else {member.user_name for member in group.members}


def _name(group: Contact | None) -> str:
    return "" if group is None else group.name


# ---------------------------------------------------------------- the change


class Groups:
    """Makes and changes the groups of one session. What it raises beside its own is what `ContactChanges.run` raises.

    `pause` waits so many seconds.
    """

    def __init__(
        self,
        context: SessionContext,
        store: Store,
        directory: Directory,
        changes: ContactChanges,
        pause: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._context = context
        self._store = store
        self._directory = directory
        self._changes = changes
        self._pause = pause

    async def fresh(self, group: Contact) -> Contact:
        """Return a group as the server has it now, with its members. Raises `GroupUnfit`, `NetworkError`, …"""
        await self._directory.fetch([expect_group(group).user_name])
        return await self._store.contact(group.user_name) or group

    async def check(self, wanted: WantedChange) -> None:
        """Raise `GroupUnfit` for a change that no server would make."""
        session = self._context.session
        if session.endpoint is Endpoint.FILEHELPER:
            raise errors.GroupUnfit(why=errors.Phrase("File Transfer has no groups."))
        check(wanted, session.user_name)

    async def carry_out(self, wanted: WantedChange) -> GroupOutcome:
        """Make a change that a person has agreed to. Nothing is ever asked of the server twice.

        Raises `GroupUnfit`, `MembersLeftOut`, `GroupChangeRefused`, `GroupGone`, `TooFrequent`, `ChangeUnknown` where
        the answer was lost and the group does not show the change either, and for a new group `GroupUnknown`.
        """
        await self.check(wanted)
        if wanted.change is GroupChange.NEW:
            return await self._create(wanted)
        assert wanted.group is not None, "every other change is of a group"
        try:
            taken = await self._changes.run(self._call(wanted, wanted.group.user_name), _what(wanted))
        except errors.ChangeUnknown:
            group = await self._look(wanted.group)
            if group is None or not _shows(group, wanted):
                raise
            taken = MembersTaken()
        else:
            group = await self._look(wanted.group)
        return _outcome(wanted, group or wanted.group, taken, seen=group is not None)

    def _call(self, wanted: WantedChange, group: str) -> Call[MembersTaken]:
        session, names = self._context.session, [one.user_name for one in wanted.people]
        match wanted.change:
            case GroupChange.ADD if wanted.invites:
                return group_calls.invite(session, group, names)
            case GroupChange.REMOVE:
                return group_calls.remove(session, group, names)
            case GroupChange.RENAME:
                return group_calls.rename(session, group, wanted.topic.strip())
            case _:
                return group_calls.add(session, group, names)

    async def _create(self, wanted: WantedChange) -> GroupOutcome:
        context, names = self._context, list(dict.fromkeys(one.user_name for one in wanted.people))
        before = {group.user_name for group in await self._groups()}
        call = group_calls.create(context.session, names, wanted.topic.strip(), now_ms=context.ids.now_ms())
        lost: object = errors.Phrase("WeChat did not say which group it is.")
        try:
            made = await self._changes.run(call, _what(wanted))
        except errors.ChangeUnknown as error:
            made, lost = CreatedGroup("", MembersTaken()), error.facts.get("why", "")
        left_out = _left_out(wanted, made.taken)
        if not made.user_name and len(left_out) == len(names):
            raise errors.MembersLeftOut(why=errors.together([one.said for one in left_out]))
        user_name = made.user_name or await self._appeared(before, {*names, context.session.user_name})
        if not user_name:
            raise lost_answer(wanted, lost)
        # Sync may bring it later, or has brought it already: what is stored is not made worse.
        told = Contact(user_name, wanted.topic.strip(), kind=ContactKind.GROUP)
        group = await self._look(told) or await self._store.contact(user_name)
        if group is None:
            out = {name for name, _status in made.taken.left_out}
            people = tuple(Member(one.user_name, one.name) for one in wanted.people if one.user_name not in out)
            group = msgspec.structs.replace(told, members=people, member_count=len(people) + 1)
            with suppress(errors.SessionOver):
                await self._store.save_fetched(context.session, [group])
        await self._store.conversation_for(user_name)
        return _outcome(wanted, group, made.taken, seen=True)

    async def _groups(self) -> list[Contact]:
        return await self._store.contacts_of(self._context.session, ContactKind.GROUP)

    async def _appeared(self, before: Collection[str], people: set[str]) -> str:
        """Return the group of nobody but these people that sync has brought meanwhile; "" where none comes."""
        for _look in range(_LOOKS):
            await self._pause(_LOOK)
            for group in await self._groups():
                inside = _members(group)
                if group.user_name not in before and len(inside) > 1 and inside <= people:
                    return group.user_name
        return ""

    async def _look(self, group: Contact) -> Contact | None:
        """Return a group as the server has it now; None where that cannot be told: what was done is done."""
        with suppress(errors.NetworkError, errors.ServerRefused, errors.SessionOver):
            await self._directory.fetch([group.user_name])
            found = await self._store.contact(group.user_name)
            return found if found is not None and found.members else None
        return None


def lost_answer(wanted: WantedChange, why: object) -> errors.ChangeUnknown:
    """Return the error about an answer that did not come, where nothing shows what came of the request."""
    if wanted.change is GroupChange.NEW:
        return errors.GroupUnknown(what=_what(wanted), why=why)
    return errors.ChangeUnknown(what=_what(wanted), why=why)


def _what(wanted: WantedChange) -> errors.Phrase:
    """Return words for a change, for a sentence about a lost answer."""
    names, group = _listed([one.name for one in wanted.people]), _name(wanted.group)
    match wanted.change:
        case GroupChange.NEW:
            return errors.Phrase("create a group with {names}", names=names)
        case GroupChange.ADD:
            return errors.Phrase("add {names} to “{group}”", names=names, group=group)
        case GroupChange.REMOVE:
            return errors.Phrase("remove {names} from “{group}”", names=names, group=group)
        case GroupChange.RENAME:
            return errors.Phrase("rename “{group}” to “{name}”", group=group, name=wanted.topic.strip())


def _listed(names: Sequence[str]) -> object:
    """Return at most three names, and how many more there are."""
    shown = "、".join(names[:3])
    return shown if len(names) <= 3 else f"{shown}… (+{len(names) - 3})"


def _shows(group: Contact, wanted: WantedChange) -> bool:
    """Return whether a group is as a change would have made it."""
    inside, people = _members(group), {one.user_name for one in wanted.people}
    match wanted.change:
        case GroupChange.RENAME:
            return group.nick_name == wanted.topic.strip()
        case GroupChange.REMOVE:
            return not inside & people
        case _:
            return people <= inside


def _left_out(wanted: WantedChange, taken: MembersTaken) -> tuple[LeftOut, ...]:
    names = {one.user_name: one.name for one in wanted.people}
    return tuple(LeftOut(names[one], status) for one, status in taken.left_out if one in names)


def _outcome(wanted: WantedChange, group: Contact, taken: MembersTaken, *, seen: bool) -> GroupOutcome:
    """Hold the answer against the group: status 0 in the answer, or a place among the members, makes a member.

    Not `seen`: nobody knows who is in the group, and the answer alone counts.
    """
    left_out = _left_out(wanted, taken)
    if left_out and len(left_out) == len(wanted.people):
        raise errors.MembersLeftOut(why=errors.together([one.said for one in left_out]))
    out, inside = {name for name, _status in taken.left_out}, _members(group)
    asked = [one for one in wanted.people if one.user_name not in out]
    match wanted.change:
        case GroupChange.NEW | GroupChange.ADD if not wanted.invites:
            unseen = [one.name for one in asked if one.user_name not in {*inside, *taken.joined}]
        case GroupChange.REMOVE if seen:
            unseen = [one.name for one in asked if one.user_name in inside]
        case _:
            unseen = []
    name = wanted.topic.strip() if wanted.change is GroupChange.RENAME else group.name
    return GroupOutcome(group.user_name, name, len(asked) - len(unseen), left_out, tuple(unseen))
