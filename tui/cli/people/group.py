"""`wxtui group`: members of a group; making, filling, emptying and renaming one."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypeVar

import click

from tui import errors
from tui.cli.sending.receivers import find_receivers
from tui.cli.shared.client_opening import AnyClient, with_client
from tui.cli.shared.global_options import Setup, global_options
from tui.cli.shared.output import clean, tell, write, write_json, write_rows
from tui.cli.shared.targets import TARGET
from tui.i18n import _

if TYPE_CHECKING:
    from tui.services.people.groups import GroupChange, GroupOutcome, Person, WantedChange
    from tui.wire.contacts import Contact, Member

F = TypeVar("F", bound=Callable[..., Any])
_PATIENCE = 60
"""Seconds that a question waits for its answer."""


@click.group(
    help=_(
        "List the members of a group; create, fill or rename one. Everybody in the group sees a change: it is asked "
        "about first, or needs --yes."
    )
)
def group() -> None:
    """See the help text."""


def _yes() -> Callable[[F], F]:
    return click.option("--yes", is_flag=True, help=_("Do it without a question."))


@group.command(help=_("List the members of a group: name, nickname and UserName."))
@click.argument("target", metavar="GROUP", type=TARGET)
@click.argument("query", required=False)
@global_options()
def members(setup: Setup, target: str, query: str | None) -> None:
    """See the help text."""
    found = with_client(setup, lambda client: _fresh(client, target))
    shown = [member for member in found.members if not query or _fits(member, query)]
    if setup.json:
        for member in shown:
            write_json(
                {
                    "name": member.name,
                    "nick_name": member.nick_name,
                    "display_name": member.display_name,
                    "user_name": member.user_name,
                }
            )
    else:
        write_rows([(one.name, one.nick_name if one.nick_name != one.name else "", one.user_name) for one in shown])
    if query and not shown:
        raise errors.TargetUnknown(target=query)


def _fits(member: Member, query: str) -> bool:
    from tui.services.contacts.matching import plain
    from tui.services.people.members import names_of

    return any(plain(query) in name for name in names_of(member))


@group.command(help=_("Create a group with at least two others. Prints UserName<TAB>name."))
@click.argument("people", metavar="NAME NAME...", nargs=-1, type=TARGET, required=True)
@click.option("--name", "topic", default="", metavar="TEXT", help=_("Name of the group."))
@_yes()
@global_options()
def new(setup: Setup, people: tuple[str, ...], topic: str, yes: bool) -> None:
    """See the help text."""
    from tui.services.people.groups import GroupChange

    _change(setup, GroupChange.NEW, "", people, topic, yes=yes)


@group.command(help=_("Add people to a group. A group of more than 40 sends them an invitation."))
@click.argument("target", metavar="GROUP", type=TARGET)
@click.argument("people", metavar="NAME...", nargs=-1, type=TARGET, required=True)
@_yes()
@global_options()
def add(setup: Setup, target: str, people: tuple[str, ...], yes: bool) -> None:
    """See the help text."""
    from tui.services.people.groups import GroupChange

    _change(setup, GroupChange.ADD, target, people, yes=yes)


@group.command(help=_("Remove members from a group that you own."))
@click.argument("target", metavar="GROUP", type=TARGET)
@click.argument("people", metavar="NAME...", nargs=-1, required=True)
@_yes()
@global_options()
def remove(setup: Setup, target: str, people: tuple[str, ...], yes: bool) -> None:
    """See the help text."""
    from tui.services.people.groups import GroupChange

    _change(setup, GroupChange.REMOVE, target, people, yes=yes)


@group.command(help=_("Rename a group, for everybody in it."))
@click.argument("target", metavar="GROUP", type=TARGET)
@click.argument("name")
@_yes()
@global_options()
def rename(setup: Setup, target: str, name: str, yes: bool) -> None:
    """See the help text."""
    from tui.services.people.groups import GroupChange

    _change(setup, GroupChange.RENAME, target, (), name, yes=yes)


# ---------------------------------------------------------------- what they share


def _change(
    setup: Setup, change: GroupChange, target: str, people: tuple[str, ...], topic: str = "", *, yes: bool
) -> None:
    """Find out what is wanted, ask, and do it. Raises `PartlyDone` where some were left out."""
    from tui.services.people import group_words

    wanted = with_client(setup, lambda client: _wanted(client, change, target, people, topic))
    if not yes and not _agreed(group_words.question(wanted)):
        tell("wxtui: " + _("Nothing was changed."))
        raise click.exceptions.Exit(1)
    outcome = with_client(setup, lambda client: _carry_out(client, wanted))
    _report(setup, wanted, outcome)


def _agreed(question: str) -> bool:
    from tui.cli.sending.asking import letter_typed, somebody_there

    if not somebody_there():
        raise errors.UsageError(why=_("Nobody is there to be asked: {question} Add --yes.").format(question=question))
    return letter_typed(f"{question} " + _("(y) yes, (n) no:"), _PATIENCE) == "y"


async def _wanted(
    client: AnyClient, change: GroupChange, target: str, people: tuple[str, ...], topic: str
) -> WantedChange:
    """Return the change that the words mean. Raises `TargetError`, `GroupUnfit`."""
    from tui.services.people.groups import GroupChange, WantedChange

    found = await _fresh(client, target) if target else None
    if found is not None and change is GroupChange.REMOVE:
        named: list[Person] = [await _member(client, found, one) for one in dict.fromkeys(people)]
    else:
        named = [_contact(one.to) for one in await find_receivers(client, people)]
    wanted = WantedChange(change, found, tuple(named), topic.strip())
    await client.groups.check(wanted)
    return wanted


async def _fresh(client: AnyClient, target: str) -> Contact:
    from tui.services.people.groups import expect_group

    return await client.groups.fresh(expect_group(_contact(await client.directory.resolve(target))))


async def _member(client: AnyClient, of: Contact, target: str) -> Person:
    """Return the member that a name means: one there, else the contact of that name, who may be called otherwise."""
    from tui.services.people.members import find_member

    found = find_member(of, target)
    return found if found is not None else _contact(await client.directory.resolve(target))


def _contact(found: Any) -> Contact:
    """Return a contact; of one that the running wxtui has found, as much as is told."""
    from tui.wire.contacts import Contact, kind_of

    if isinstance(found, Contact):
        return found
    return Contact(found.user_name, found.name, kind=kind_of(found.user_name))


async def _carry_out(client: AnyClient, wanted: WantedChange) -> GroupOutcome:
    try:
        return await client.groups.carry_out(wanted)
    except BaseException as ending:
        if not isinstance(ending, Exception):
            # Ctrl+C: the request may have left.
            tell(_("Interrupted: the group may or may not have been changed. Check your phone."))
        raise


def _report(setup: Setup, wanted: WantedChange, outcome: GroupOutcome) -> None:
    from tui.services.people import group_words
    from tui.services.people.groups import GroupChange

    if setup.json:
        left_out = [{"name": one.name, "status": one.status} for one in outcome.left_out]
        facts = {"group": outcome.name, "user_name": outcome.user_name, "done": outcome.done}
        write_json({**facts, "left_out": left_out, "unseen": list(outcome.unseen)}, keep=True)
    elif wanted.change is GroupChange.NEW:
        write(f"{outcome.user_name}\t{clean(outcome.name)}", keep=True)
    elif said := group_words.done(wanted, outcome):
        write(said, keep=True)
    if why := group_words.undone(wanted, outcome):
        raise errors.PartlyDone(done=outcome.done, total=len(wanted.people), why=errors.together(why))
