"""Stands for `Groups` of the services, for a command in another shell: the running wxtui asks the server."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tui import errors
from tui.services.control import protocol
from tui.services.control.owner_connection import Lost, Owner

if TYPE_CHECKING:
    from tui.services.people.groups import GroupOutcome, WantedChange
    from tui.wire.contacts import Contact


class RemoteGroups:
    """Offers what `Groups` does. Every method raises `OwnerError` besides its own."""

    def __init__(self, owner: Owner) -> None:
        self._owner = owner

    async def fresh(self, group: Contact | protocol.Recipient) -> Contact:
        """As `Groups.fresh`."""
        from tui.services.control import row_codec
        from tui.services.control.remote_client import as_rows, pieces

        found = pieces(self._owner, protocol.ListMembers(group.user_name))
        with as_rows(self._owner):
            return row_codec.group(found)

    async def check(self, wanted: WantedChange) -> None:
        """As `Groups.check`."""
        self._owner.ask(_request(wanted, only_check=True))

    async def carry_out(self, wanted: WantedChange) -> GroupOutcome:
        """As `Groups.carry_out`. An owner that is gone may have done it."""
        from tui.services.control import row_codec
        from tui.services.control.remote_client import as_rows
        from tui.services.people.groups import lost_answer

        try:
            outcome = self._owner.hand_over(_request(wanted))
        except Lost as lost:
            raise lost_answer(wanted, lost.error.said) from None
        if not isinstance(outcome, protocol.GroupChanged):
            raise errors.OwnerGarbled(pid=self._owner.pid)
        with as_rows(self._owner):
            return row_codec.group_outcome(outcome.outcome)


def _request(wanted: WantedChange, *, only_check: bool = False) -> protocol.ChangeGroup:
    group = "" if wanted.group is None else wanted.group.user_name
    people = tuple(one.user_name for one in wanted.people)
    return protocol.ChangeGroup(wanted.change.value, group, people, wanted.topic, only_check)
