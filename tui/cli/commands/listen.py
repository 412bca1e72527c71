"""`wxtui listen`: prints messages as they come, until Ctrl+C."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, ExitStack, aclosing

import click

from tui import errors
from tui.cli.shared.client_opening import expect_session, tell_loading, tell_of_long_loads, tell_waiting
from tui.cli.shared.global_options import Setup, global_options
from tui.cli.shared.lines import named_line
from tui.cli.shared.message_schema import schema_option
from tui.cli.shared.output import tell_person, tell_trouble, write
from tui.cli.shared.running import ended_by_signals, run_async
from tui.cli.shared.targets import TARGET
from tui.config import load
from tui.i18n import _
from tui.services.client.profile_opening import open_session, open_store
from tui.services.control.arrivals import arrivals, resolve
from tui.services.control.owner_connection import Owner, join
from tui.services.message_json import MessageFacts
from tui.services.util.background import child
from tui.store.changes import Change, ConversationMerged, MessagesAdded
from tui.store.models import StoredMessage
from tui.store.store import Store


@click.command(
    help=_("Print messages as they arrive. From all conversations, or only from the one with TARGET. Ctrl+C stops.")
)
@click.argument("target", required=False, type=TARGET)
@schema_option(MessageFacts)
@global_options()
def listen(setup: Setup, target: str | None) -> None:
    """Print what a running wxtui receives. When none runs, or it ends, take over its session."""
    expect_session(setup)
    tell_person(_("Waiting for messages. Ctrl+C stops."))
    with ended_by_signals():
        while True:
            with ExitStack() as stack:
                owner = join(setup.profile, stack, tell_waiting, brief=False)
                if owner is None:
                    run_async(_own(setup, target))
                    return
                run_async(_follow(setup, target, owner))


async def _follow(setup: Setup, target: str | None, owner: Owner) -> None:
    """Print what the owner of the profile receives, until that program ends."""
    async with open_store(setup.profile) as store:
        only = None
        if target is not None:
            only = (await store.conversation_for((await resolve(owner, target, tell_loading)).user_name)).id
        try:
            async with aclosing(arrivals(setup.profile, owner.pid, store)) as stream:
                async for added in stream:
                    if only in (None, added.conversation_id):
                        await _print(setup, store, added.messages)
        except errors.OwnerGone:
            return


async def _own(setup: Setup, target: str | None) -> None:
    """Receive and print with the stored session, which other shells may use meanwhile."""
    from tui.services.runtime import receiving

    profile, options = setup.profile, setup.login_options
    async with open_store(profile) as store, AsyncExitStack() as stack:
        only = None
        if target is not None:
            # First: with a target that does not exist, what is received would be printed nowhere.
            async with open_session(profile, options, store) as client:
                tell_of_long_loads(client.directory)
                only = (await store.conversation_for((await client.directory.resolve(target)).user_name)).id
        source = await stack.enter_async_context(receiving(profile, store, options, load().keep, tell_trouble))
        printing = child(_print_all(setup, store, source, only))
        try:
            await asyncio.wait({printing})
        finally:
            # What was stored before the end is printed before the end.
            await stack.aclose()
            await asyncio.wait({printing})
        printing.result()


async def _print_all(setup: Setup, store: Store, source: AsyncIterator[Change], only: int | None) -> None:
    async for change in source:
        if isinstance(change, MessagesAdded) and only in (None, change.conversation_id):
            await _print(setup, store, change.messages)
        elif isinstance(change, ConversationMerged) and only == change.gone:
            only = change.into


async def _print(setup: Setup, store: Store, messages: tuple[StoredMessage, ...]) -> None:
    # What other shells send through this one does not arrive here.
    for named in await store.named(message for message in messages if not message.outgoing):
        write(named_line(named, as_json=setup.json, with_chat=True), exact=setup.json)
