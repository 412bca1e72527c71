"""`wxtui read`: one conversation, or all of them, one after the other."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from tui import errors
from tui.cli.shared.client_opening import AnyClient, with_client
from tui.cli.shared.global_options import Setup, global_options
from tui.cli.shared.output import tell, tell_person, write, write_json, write_outcome
from tui.cli.shared.targets import TARGET
from tui.i18n import _
from tui.services.people import people_words

if TYPE_CHECKING:
    from tui.services.control.protocol import Recipient
    from tui.wire.contacts import Contact


@click.command(
    help=_(
        "Mark the conversation with TARGET as read. The phone shows it as read, too. --all marks one after the other, "
        "with a pause between two; it stops when WeChat finds that too fast."
    )
)
@click.argument("target", type=TARGET, required=False)
@click.option("--all", "everything", is_flag=True, help=_("Mark all conversations as read."))
@global_options()
def read(setup: Setup, target: str | None, everything: bool) -> None:
    """See the help text."""
    if everything == (target is not None):
        raise errors.UsageError(why=_("Which conversation? Give a TARGET, or --all."))
    if target is None:
        _read_all(setup)
        return

    async def work(client: Any) -> Contact | Recipient:
        contact: Contact | Recipient = await client.directory.resolve(target)
        await client.chat.mark_read(contact)
        return contact

    contact = with_client(setup, work)
    facts = {"read": contact.name, "user_name": contact.user_name}
    write_outcome(facts, people_words.marked_read(contact.name), as_json=setup.json)


def _read_all(setup: Setup) -> None:
    """Mark everything as read; a line for each conversation as it is done. Ctrl+C stops, and says how far it came."""
    done = 0

    def read(name: str, left: int) -> None:
        nonlocal done
        done += 1
        if setup.json:
            write_json({"read": name, "left": left}, keep=True)
        else:
            write(people_words.marked_read(name), keep=True)

    async def work(client: AnyClient) -> int:
        return await client.people.read_all(read)

    try:
        count = with_client(setup, work)
    except BaseException as ending:
        if done and not isinstance(ending, Exception):
            tell("wxtui: " + people_words.reading_stopped(done))
        raise
    if not count:
        tell_person(people_words.nothing_unread())
