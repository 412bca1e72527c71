"""`wxtui listen`: messages as they come, until it is stopped."""

from __future__ import annotations

import asyncio
from contextlib import AsyncExitStack, aclosing

import click

from tui import errors
from tui.cli.global_options import Setup, current, global_options
from tui.cli.output import tell_trouble, write
from tui.cli.shared.client_opening import choice, tell_waiting
from tui.cli.shared.lines import named_line
from tui.cli.shared.message_json import MessageFacts, schema_option
from tui.cli.shared.running import run_async
from tui.cli.shared.targets import TARGET
from tui.config import load
from tui.i18n import _
from tui.services.client.client import AnyClient, open_session, open_store, stored_session
from tui.services.control.owner_connection import Owner, join
from tui.services.control.remote_client import RemoteClient
from tui.services.maintenance import kept
from tui.services.util.background import child
from tui.services.util.ids import Ids
from tui.store.changes import ConversationMerged, MessagesAdded
from tui.store.models import StoredMessage
from tui.store.store import Store
from tui.store.subscription import Subscription


@click.command(help=_("Print messages as they arrive, all or those of the conversation with TARGET, until Ctrl+C."))
@click.argument("target", required=False, type=TARGET)
@schema_option(MessageFacts)
@global_options()
def listen(target: str | None) -> None:
    """See the help text."""
    run_async(_listen(current(), target))


async def _listen(setup: Setup, target: str | None) -> None:
    """Beside a running wxtui what it receives is printed; when it ends, or there is none, this is the one."""
    stored_session(setup.profile, choice(setup))
    while True:
        async with AsyncExitStack() as stack:
            owner = await join(setup.profile, stack, tell_waiting, brief=False)
            if owner is None:
                await _own(setup, target)
                return
            await _follow(setup, target, owner)


async def _follow(setup: Setup, target: str | None, owner: Owner) -> None:
    """Until the owner ends."""
    async with open_store(setup.profile, Ids()) as store:
        client = RemoteClient(setup.profile, owner, store)
        only = await _only(client, target)
        try:
            async with aclosing(client.arrivals()) as stream:
                async for added in stream:
                    if only in (None, added.conversation_id):
                        await _print(setup, store, added.messages)
        except errors.OwnerGone:
            return


async def _only(client: AnyClient, target: str | None) -> int | None:
    """The conversation that is meant, if only one is."""
    if target is None:
        return None
    contact = await client.directory.resolve(target)
    return (await client.store.conversation_for(contact.user_name)).id


async def _own(setup: Setup, target: str | None) -> None:
    """With a session of our own, which other shells may use too. The profile's lock is ours."""
    from tui.services.runtime import serving
    from tui.services.sync.sync_loop import SyncLoop

    async with (
        open_session(setup.profile, choice(setup)) as client,
        kept(client.store, load().keep, client.context.surely_past),
    ):
        only = await _only(client, target)
        with client.store.subscribe() as changes:
            async with serving(setup.profile, client):
                syncing = child(SyncLoop(client.context, client.store, client.directory, tell_trouble).run())
                printing = child(_print_all(setup, client.store, changes, only))
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


async def _print_all(setup: Setup, store: Store, changes: Subscription, only: int | None) -> None:
    async for change in changes:
        if isinstance(change, MessagesAdded) and only in (None, change.conversation_id):
            await _print(setup, store, change.messages)
        elif isinstance(change, ConversationMerged) and only == change.gone:
            only = change.into


async def _print(setup: Setup, store: Store, messages: tuple[StoredMessage, ...]) -> None:
    # What other shells send through this one does not arrive here.
    for named in await store.named(message for message in messages if not message.outgoing):
        write(named_line(named, as_json=setup.json, with_chat=True), exact=setup.json)
