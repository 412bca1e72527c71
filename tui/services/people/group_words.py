"""Sentences about changes of groups, on the command line and the full screen: questions, and what came of it."""

from __future__ import annotations

from collections.abc import Sequence

from tui import errors
from tui.i18n import _, counted, joined, listed, translated
from tui.services.people.groups import GroupChange, GroupOutcome, WantedChange
from tui.wire.text import printable

_SHOWN = 12
"""Names in a question; a question that is longer than the screen is not read."""
_LONGEST = 40
"""Characters of a name in a question: what a stranger calls themselves must not push the rest off the screen."""


def names(people: Sequence[str]) -> str:
    """Return names in a row, made safe for a terminal; of many the first ones, and how many more there are."""
    shown = [_short(name) for name in people[:_SHOWN]] or [""]
    return listed(shown) + (f" … (+{len(people) - _SHOWN})" if len(people) > _SHOWN else "")


def _short(name: str) -> str:
    return printable(name if len(name) <= _LONGEST else name[:_LONGEST] + "…", newlines=False)


def question(wanted: WantedChange) -> str:
    """Return the question before a change: it says what everybody will see."""
    who = names([one.name for one in wanted.people])
    topic = printable(wanted.topic.strip(), newlines=False)
    group = "" if wanted.group is None else _short(wanted.group.name)
    match wanted.change:
        case GroupChange.NEW if topic:
            return _("Create the group “{topic}” with {who}? They all see it at once, and that you created it.").format(
                topic=topic, who=who
            )
        case GroupChange.NEW:
            return _("Create a group with {who}? They all see it at once, and that you created it.").format(who=who)
        case GroupChange.ADD if wanted.invites:
            return _(
                "Invite {who} to “{group}”? Each gets an invitation, and is in the group after accepting it."
            ).format(who=who, group=group)
        case GroupChange.ADD:
            return _("Add {who} to “{group}”? Everybody in it sees that you invited them.").format(who=who, group=group)
        case GroupChange.REMOVE:
            return _("Remove {who} from “{group}”? They are told, and can no longer read or write there.").format(
                who=who, group=group
            )
        case GroupChange.RENAME:
            return _(
                "Rename “{group}” to “{topic}”? Everybody in it sees the new name, and that you changed it."
            ).format(group=group, topic=topic)


def agreement(wanted: WantedChange) -> str:
    """Return the answer that agrees, as the question's button has it."""
    match wanted.change:
        case GroupChange.NEW:
            return _("create")
        case GroupChange.ADD:
            return _("invite") if wanted.invites else _("add")
        case GroupChange.REMOVE:
            return _("remove")
        case GroupChange.RENAME:
            return _("rename")


def said(wanted: WantedChange, outcome: GroupOutcome) -> str:
    """Return what came of a change, and of whom it was not done."""
    return joined(done(wanted, outcome), *(translated(phrase) for phrase in undone(wanted, outcome)))


def done(wanted: WantedChange, outcome: GroupOutcome) -> str:
    """Return what was done, "" where that is nothing."""
    group, count = printable(outcome.name, newlines=False), outcome.done
    match wanted.change:
        case GroupChange.NEW:
            return _("Created “{group}”.").format(group=group)
        case GroupChange.RENAME:
            return _("The group is now called “{group}”.").format(group=group)
        case _ if not count:
            return ""
        case GroupChange.ADD if wanted.invites:
            return counted(
                "Invited {count} person to “{group}”.", "Invited {count} people to “{group}”.", count, group=group
            )
        case GroupChange.ADD:
            return counted(
                "Added {count} person to “{group}”.", "Added {count} people to “{group}”.", count, group=group
            )
        case GroupChange.REMOVE:
            return counted(
                "Removed {count} person from “{group}”.", "Removed {count} people from “{group}”.", count, group=group
            )


def undone(wanted: WantedChange, outcome: GroupOutcome) -> list[errors.Phrase]:
    """Return a sentence for each person of whom the server said no, and one for those of whom it said nothing."""
    found = [one.said for one in outcome.left_out]
    if outcome.unseen:
        who = names(outcome.unseen)
        if wanted.change is GroupChange.REMOVE:
            found.append(errors.Phrase("WeChat agreed, but still lists {who} as a member.", who=who))
        else:
            found.append(errors.Phrase("WeChat agreed, but did not say whether {who} is in the group now.", who=who))
    return found
