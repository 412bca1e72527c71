"""`wxtui listen`: messages as they come, until it is stopped."""

from __future__ import annotations

import asyncio

import click

from tui import errors
from tui.cli.lines import facts, line, sender_name
from tui.cli.opening import choice
from tui.cli.output import tell, write, write_json
from tui.cli.reading_commands import names_of
from tui.cli.running import run_async
from tui.cli.setup import Setup, current, global_options
from tui.cli.targets import TARGET
from tui.config import load
from tui.i18n import _, say
from tui.services.client import Client, open_client
from tui.services.keeping import kept
from tui.services.lock import OwnerLock
from tui.services.sync import Sync
from tui.store.changes import MessagesAdded
from tui.store.models import StoredMessage
from tui.store.subscription import Subscription


@click.command(help=_("Print messages as they arrive, all or those of the conversation with TARGET, until Ctrl+C."))
@click.argument("target", required=False, type=TARGET)
@global_options()
def listen(target: str | None) -> None:
    """See the help text."""
    setup = current()
    with OwnerLock(setup.profile):
        run_async(_listen(setup, target))


async def _listen(setup: Setup, target: str | None) -> None:
    keep = load().keep
    async with open_client(setup.profile, choice(setup)) as client, kept(client.store, keep, client.link.ids.now):
        only = None
        if target is not None:
            contact = await client.directory.resolve(target)
            only = (await client.store.conversation_for(contact.user_name)).id
        with client.store.subscribe() as changes:
            syncing = asyncio.create_task(Sync(client.link, client.store, client.directory, _trouble).run())
            printing = asyncio.create_task(_print_all(setup, client, changes, only))
            try:
                await asyncio.wait({syncing, printing}, return_when=asyncio.FIRST_COMPLETED)
            finally:
                syncing.cancel()
                # What was stored before the end is printed before the end.
                changes.close()
                ends = await asyncio.gather(printing, syncing, return_exceptions=True)
            for end in ends:
                if isinstance(end, Exception):
                    raise end


def _trouble(error: errors.WxtuiError, seconds: float) -> None:
    what = say(error, advice=False)
    tell("wxtui: " + _("{what} Trying again in {seconds} s.").format(what=what, seconds=round(seconds, 1)))


async def _print_all(setup: Setup, client: Client, changes: Subscription, only: int | None) -> None:
    async for change in changes:
        if isinstance(change, MessagesAdded) and only in (None, change.conversation_id):
            await _print(setup, client, change.conversation_id, change.messages)


async def _print(setup: Setup, client: Client, conversation_id: int, messages: tuple[StoredMessage, ...]) -> None:
    conversation = await client.store.conversation(conversation_id)
    chat = await client.store.contact(conversation.user_name)
    strangers = {message.sender for message in messages}
    known = [contact for name in strangers if (contact := await client.store.contact(name)) is not None]
    names = names_of(known, chat)
    for message in messages:
        if setup.json:
            write_json(facts(message, conversation.name, sender_name(message, names)))
        else:
            write(line(message, conversation.name, sender_name(message, names)))
