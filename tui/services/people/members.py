"""Members of a group by their names, as people type them."""

from __future__ import annotations

from collections.abc import Mapping

from tui import errors
from tui.services.contacts.matching import plain
from tui.wire.contacts import Contact, Member

_SHOWN = 8


def names_of(member: Member, remark: str = "") -> set[str]:
    """Return all names of a member in the form in which names are compared; `remark` is one's own name for them."""
    names = (member.display_name, member.nick_name, member.remark_name, remark)
    return {plain(name) for name in names if name}


def find_member(group: Contact, target: str, remarks: Mapping[str, str] | None = None) -> Member | None:
    """Return the member with exactly this UserName or name, else the only one with it as a part of a name.

    None where nobody has it. `remarks`: one's own names for people, by UserName. Raises `TargetAmbiguous`.
    """
    target, remarks = target.strip(), remarks or {}
    for member in group.members:
        if member.user_name == target:
            return member
    wanted = plain(target)
    if not wanted:
        return None
    named = [(member, names_of(member, remarks.get(member.user_name, ""))) for member in group.members]
    found = [member for member, names in named if wanted in names]
    found = found or [member for member, names in named if any(wanted in name for name in names)]
    if len(found) > 1:
        shown = ", ".join(f"{member.name} ({member.user_name[:8]})" for member in found[:_SHOWN])
        raise errors.TargetAmbiguous(target=target, candidates=shown + ("…" if len(found) > _SHOWN else ""))
    return found[0] if found else None
