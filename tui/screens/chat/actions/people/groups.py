"""Actions on groups: their members, and making, filling, emptying and renaming one, each after a question."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import TYPE_CHECKING, Final

from tui import errors
from tui.commands import BY_ID
from tui.i18n import _, joined
from tui.keymap import hint
from tui.message_summary import conversation_name
from tui.screens.chat.actions.base import ActionGroup, ConversationRow
from tui.store.models import Conversation
from tui.widgets.base.one_line import one_line
from tui.widgets.base.styles import Tone
from tui.wire.contacts import Contact, ContactKind
from tui.wire.names import ContactFlag

if TYPE_CHECKING:
    from datetime import datetime

    from tui.services.client.client import Client
    from tui.services.people.groups import GroupChange, Person, WantedChange
    from tui.store.models import StoredMessage
    from tui.widgets.lists.choice_list import Choice
    from tui.wire.contacts import Member

_LEFT: Final = "−"
"""Sign of somebody who is no member any more."""


class GroupActions(ActionGroup):
    """Shows the members of the open group, and changes groups."""

    # ---------------------------------------------------------------- members

    async def members(self, argument: str) -> None:
        """List the members of the open group, those who match where a name is given, and who has left it."""
        group = await self._group()
        if self._context.runtime.client is not None and not any(member.name for member in group.members):
            fresh = await self._from_server(self._client().groups.fresh(group))
            if fresh is None:
                return
            group = fresh
        choices = await self._member_choices(group)
        if argument:
            from tui.fuzzy import rank

            found = rank(argument, range(len(choices)), lambda number: choices[number].names)
            choices = [choices[number] for number in found]
            if not choices:
                raise errors.UsageError(why=_("No member matches “{name}”.").format(name=one_line(argument)))
        name = one_line(conversation_name(group))
        title = _("Members of {name}").format(name=name)
        for member in await self._pick(title, choices):
            await self._write_to(member)

    def rows(self, conversation: Conversation) -> list[ConversationRow]:
        """Return rows for the menu of a conversation."""
        if conversation.kind is not ContactKind.GROUP or conversation.earlier:
            return []

        async def members() -> None:
            await self._chat.open(conversation)
            await self._chat.do("members", "", by_key=True)

        async def change() -> None:
            await self._chat.open(conversation)
            await self._chat.do("group", "", by_key=True)

        return [
            ConversationRow(_("Members"), members, "/members"),
            ConversationRow(_("Change the group"), change, "/group"),
        ]

    async def _member_choices(self, group: Contact, *, news: bool = True) -> list[Choice[Member | None]]:
        """Return the members as choices, then those who left, which stand for nobody."""
        notices = await self._notices() if news else []
        login = await self._context.store.current_login()
        me = "" if login is None else login.user_name
        now, names = self._context.clock(), self._context.names
        # Two thousand members, and years of notices, take longer than a key may wait.
        return await asyncio.to_thread(_listed, group, notices, names.of, me, now)

    async def _notices(self) -> list[StoredMessage]:
        """Return the notices in the open conversation, the oldest first."""
        from tui.store.search.query import MessageQuery
        from tui.wire.bodies import System

        asked = MessageQuery(kinds=(System,))
        found: list[StoredMessage] = []
        async for page in self._context.store.export(self._open_conversation().id, asked):
            found += [one.message for one in page]
        return found

    async def _write_to(self, member: Member | None) -> None:
        """Open the conversation with a member who is a contact."""
        if member is None:
            self._chat.tell(_("They are no longer in this group."), Tone.TEXT)
            return
        contact = await self._context.store.contact(member.user_name)
        if contact is not None and contact.kind is ContactKind.SELF:
            self._chat.tell(_("That is you."), Tone.TEXT)
            return
        if contact is None or not contact.flags & ContactFlag.CONTACT:
            name = one_line(self._context.names.of(member.user_name) or member.name)
            self._chat.tell(_("“{name}” is not one of your contacts.").format(name=name), Tone.TEXT)
            return
        await self._chat.open(await self._context.store.conversation_for(contact.user_name), write=True)

    async def _group(self) -> Contact:
        """Return the open group. Raises `UsageError`."""
        conversation = self._open_conversation()
        if conversation.kind is not ContactKind.GROUP:
            name = one_line(conversation_name(conversation))
            raise errors.UsageError(why=hint("“{name}” is not a group. Open one first: {goto}.", name=name))
        return (await self._here())[1]

    # ---------------------------------------------------------------- changes

    async def group(self, argument: str) -> None:
        """Make a group, or change the open one: `new`, `add`, `remove` or `rename`, then names. Offer these if none."""
        typed, _blank, rest = argument.partition(" ")
        said = BY_ID["group"].word_of(typed)
        if argument and said is None:
            why = _("Say what to do: /group new, add, remove or rename, then names.")
            raise errors.UsageError(why=why)
        does: dict[str, Callable[[Client, str], Awaitable[WantedChange | None]]] = {
            "new": self._new,
            "add": self._add,
            "remove": self._remove,
            "rename": self._rename,
        }
        for chosen in [said.word] if said is not None else await self._pick_change():
            # Names are of one login, from the first look at them.
            client = self._client()
            wanted = await does[chosen](client, rest.strip())
            if wanted is not None:
                await self._ask_and_do(client, wanted)

    async def _pick_change(self) -> list[str]:
        from tui.services.people.groups import GroupChange
        from tui.widgets.lists.choice_list import Choice

        conversation = self._chat.conversation
        there = conversation is not None and conversation.kind is ContactKind.GROUP
        words = [one for one in BY_ID["group"].words if there or one.word == GroupChange.NEW.value]
        choices = [Choice(_(one.help), f"/group {one.word}", (), one.word) for one in words]
        return await self._pick(_("Group"), choices)

    async def _new(self, client: Client, rest: str) -> WantedChange | None:
        from tui.services.people.groups import GroupChange, WantedChange
        from tui.services.people.spoken_names import name_behind

        rest, topic = name_behind(rest)
        people = await self._people(client, rest, _("Who should be in the new group?"), set())
        return WantedChange(GroupChange.NEW, None, tuple(people), topic) if people else None

    async def _add(self, client: Client, rest: str) -> WantedChange | None:
        from tui.services.people.groups import GroupChange, WantedChange

        # How many are in it decides whether they are added or invited.
        group = await self._from_server(client.groups.fresh(await self._group()))
        if group is None:
            return None
        inside = {member.user_name for member in group.members}
        people = await self._people(client, rest, _("Who should be added?"), inside)
        return WantedChange(GroupChange.ADD, group, tuple(people)) if people else None

    async def _remove(self, client: Client, rest: str) -> WantedChange | None:
        from tui.services.people.groups import GroupChange, WantedChange

        group = await self._from_server(client.groups.fresh(await self._group()))
        if group is None:
            return None
        people: Sequence[Person] | None
        if rest:
            people = await self._from_server(self._named_members(client, group, rest))
        else:
            me = client.context.session.user_name
            choices = await self._member_choices(group, news=False)
            choices = [one for one in choices if one.value is not None and one.value.user_name != me]
            people = [
                one for one in await self._pick(_("Who should be removed?"), choices, many=True) if one is not None
            ]
        return WantedChange(GroupChange.REMOVE, group, tuple(people)) if people else None

    async def _named_members(self, client: Client, group: Contact, rest: str) -> list[Person]:
        """Return the members that the names mean, and contacts for who is none: that is said later."""
        from tui.services.people.members import find_member
        from tui.services.people.spoken_names import spoken_names

        remarks = {member.user_name: self._context.names.plain(member.user_name) for member in group.members}
        # Of thousands of members, a look at all names takes longer than a key may wait.
        found: list[Person] = []
        for name in spoken_names(rest):
            member = await asyncio.to_thread(find_member, group, name, remarks)
            found.append(member or await client.directory.resolve(name))
        return found

    async def _rename(self, client: Client, rest: str) -> WantedChange | None:
        from tui.services.people.groups import GroupChange, WantedChange

        group = await self._group()
        if not rest:
            self._chat.begin_command(" ".join(("/group", "rename", "")), group.nick_name)
            return None
        return WantedChange(GroupChange.RENAME, group, (), rest)

    async def _people(self, client: Client, rest: str, title: str, without: set[str]) -> Sequence[Contact]:
        """Return the people that the names mean, or that are picked where there are none. Raises `TargetError`."""
        from tui.screens.pickers.people_choices import people
        from tui.services.people.spoken_names import spoken_names

        async def resolved() -> list[Contact]:
            return [await client.directory.resolve(name) for name in spoken_names(rest)]

        if rest.strip():
            found = await self._from_server(resolved())
            return list({one.user_name: one for one in found or ()}.values())
        recent, _before = self._chat.recent.in_order(self._chat.conversation_list.every, ())
        choices = await people(self._context.store, self._context.clock(), recent)
        fitting = [
            one for one in choices if one.value.kind is ContactKind.PERSON and one.value.user_name not in without
        ]
        return await self._pick(title, fitting, many=True)

    async def _ask_and_do(self, client: Client, wanted: WantedChange) -> None:
        from tui.services.people import group_words

        await client.groups.check(wanted)
        if not await self._agreed(group_words.question(wanted), group_words.agreement(wanted)):
            return
        if self._client() is not client:
            # Who is meant had other UserNames then.
            raise errors.UsageError(why=_("There was another login meanwhile, so nothing was changed. Try again."))
        # In a group of workers for which no key waits: the server may take its time.
        self._chat.run(self._carry_out(client, wanted), "change")

    async def _carry_out(self, client: Client, wanted: WantedChange) -> None:
        from tui.services.people import group_words

        self._chat.tell(_("Waiting for WeChat…"), Tone.TEXT)
        outcome = await client.groups.carry_out(wanted)
        said = group_words.said(wanted, outcome)
        if _made(wanted.change):
            # Whoever is writing to somebody else goes on there.
            said = joined(said, hint("{goto} opens it."))
        self._chat.tell(said, Tone.BAD if group_words.undone(wanted, outcome) else Tone.GOOD)


def _listed(
    group: Contact, notices: Sequence[StoredMessage], shown_name: Callable[[str], str], me: str, now: datetime
) -> list[Choice[Member | None]]:
    """Return a choice for each member, with what else is known of them, and for each who left."""
    from tui.services.people.group_history import member_news
    from tui.units import day_in_short
    from tui.widgets.lists.choice_list import Choice

    told = member_news(notices)
    choices: list[Choice[Member | None]] = []
    for member in group.members:
        shown = shown_name(member.user_name) or member.name or member.user_name
        known = list(dict.fromkeys(filter(None, (shown, member.name, member.nick_name, member.remark_name))))
        came = next((one for one in map(told.get, known) if one is not None and one.joined), None)
        since = _("joined {day}").format(day=day_in_short(came.time, now)) if came is not None else ""
        nick = member.nick_name if member.nick_name != shown else ""
        own = _("you") if member.user_name == me else ""
        choices.append(Choice(shown, " · ".join(filter(None, (own, nick, since))), tuple(known[1:]), member))
    there = {name for choice in choices for name in (choice.label, *choice.keys)}
    gone = [one for one in told.values() if not one.joined and one.name not in there]
    for one in sorted(gone, key=lambda one: one.time, reverse=True):
        choices.append(Choice(one.name, _("left {day}").format(day=day_in_short(one.time, now)), (), None, _LEFT))
    return choices


def _made(change: GroupChange) -> bool:
    from tui.services.people.groups import GroupChange

    return change is GroupChange.NEW
