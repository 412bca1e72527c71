"""`wxtui remark`, `pin`, `unpin`: how one sees people oneself."""

from __future__ import annotations

from typing import Any

import click

from tui import errors
from tui.cli.shared.client_opening import with_client
from tui.cli.shared.global_options import Setup, global_options
from tui.cli.shared.output import write_outcome
from tui.cli.shared.targets import TARGET
from tui.i18n import _
from tui.services.people import people_words


@click.command(help=_("Set the remark of TARGET, the name that only you see. The phone shows it, too."))
@click.argument("target", type=TARGET)
@click.argument("name", required=False)
@click.option("--remove", is_flag=True, help=_("Take the remark away."))
@global_options()
def remark(setup: Setup, target: str, name: str | None, remove: bool) -> None:
    """See the help text."""
    if remove == (name is not None):
        raise errors.UsageError(why=_("Which remark? Give a NAME, or --remove."))
    # An empty name, as `"$UNSET"` gives, must not take a remark away.
    wanted = "" if remove else name or " "

    async def work(client: Any) -> tuple[Any, bool]:
        contact = await client.directory.resolve(target)
        return contact, await client.people.set_remark(contact.user_name, wanted)

    contact, changed = with_client(setup, work)
    facts = {"remark": wanted.strip(), "target": contact.name, "user_name": contact.user_name, "changed": changed}
    sentence = people_words.remark_set(contact.name, wanted.strip(), changed=changed)
    write_outcome(facts, sentence, as_json=setup.json)


@click.command(help=_("Pin the conversation with TARGET to the top. The phone does so, too."))
@click.argument("target", type=TARGET)
@global_options()
def pin(setup: Setup, target: str) -> None:
    """See the help text."""
    _set_pinned(setup, target, pinned=True)


@click.command(help=_("Unpin the conversation with TARGET."))
@click.argument("target", type=TARGET)
@global_options()
def unpin(setup: Setup, target: str) -> None:
    """See the help text."""
    _set_pinned(setup, target, pinned=False)


def _set_pinned(setup: Setup, target: str, *, pinned: bool) -> None:
    async def work(client: Any) -> tuple[Any, bool]:
        contact = await client.directory.resolve(target)
        return contact, await client.people.set_pinned(contact.user_name, pinned=pinned)

    contact, changed = with_client(setup, work)
    facts = {"pinned": pinned, "target": contact.name, "user_name": contact.user_name, "changed": changed}
    sentence = people_words.pin_set(contact.name, pinned=pinned, changed=changed)
    write_outcome(facts, sentence, as_json=setup.json)
