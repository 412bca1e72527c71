"""Requests about groups: their members, and changes of them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Final

from tui import errors
from tui.services.control import protocol, row_codec
from tui.services.control_server.job import Handlers, Job

if TYPE_CHECKING:
    from tui.services.people.groups import Person, WantedChange
    from tui.wire.contacts import Contact, Member


async def _members(job: Job, request: protocol.ListMembers) -> protocol.Outcome:
    services = job.services
    group = await (await services.session()).groups.fresh(await services.contact(request.group))
    told: list[Contact | Member] = [group, *group.members]
    return await job.tell_all(told, row_codec.member)


async def _change(job: Job, request: protocol.ChangeGroup) -> protocol.Outcome:
    client = await job.services.session()
    wanted = await _wanted(job, request)
    if request.only_check:
        await client.groups.check(wanted)
        return protocol.Done()
    return protocol.GroupChanged(row_codec.packed(await client.groups.carry_out(wanted)))


async def _wanted(job: Job, request: protocol.ChangeGroup) -> WantedChange:
    """Return the change that a request means, of people as they are stored here. Raises `TargetUnknown`."""
    from tui.services.people.groups import GroupChange, WantedChange, expect_group

    try:
        change = GroupChange(request.change)
    except ValueError:
        raise errors.UsageError(why=errors.Phrase("There is no such change of a group.")) from None
    group = expect_group(await job.services.contact(request.group)) if request.group else None
    if (group is None) is not (change is GroupChange.NEW):
        raise errors.TargetUnknown(target=request.group)
    members = {} if group is None else {member.user_name: member for member in group.members}
    people = [await _person(job, members if change is GroupChange.REMOVE else {}, str(name)) for name in request.people]
    return WantedChange(change, group, tuple(people), request.topic)


async def _person(job: Job, members: Mapping[str, Member], user_name: str) -> Person:
    """Return a member, else the contact, of whom is said then that they are no member."""
    return members.get(user_name) or await job.services.contact(user_name)


HANDLERS: Final[Handlers] = {
    protocol.ListMembers: _members,
    protocol.ChangeGroup: _change,
}
