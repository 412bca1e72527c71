"""`wxtui listen`: prints messages as they come, until Ctrl+C."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, ExitStack, aclosing, asynccontextmanager
from typing import TYPE_CHECKING, TypeAlias

import click

from tui import errors
from tui.cli.shared.client_opening import expect_session, tell_loading, tell_of_long_loads, tell_waiting
from tui.cli.shared.global_options import Setup, global_options
from tui.cli.shared.lines import named_line
from tui.cli.shared.message_schema import schema_option
from tui.cli.shared.output import tell_person, tell_trouble, write
from tui.cli.shared.running import ended_by_signals, run_async
from tui.cli.shared.targets import TARGET
from tui.config.settings import command_words, load
from tui.i18n import _
from tui.services.client.profile_opening import open_session, open_store
from tui.services.control.arrivals import arrivals, resolve
from tui.services.control.owner_connection import Owner, join
from tui.services.message_json import MessageFacts, facts
from tui.services.util.background import child
from tui.store.changes import Change, ConversationMerged, MessagesAdded
from tui.store.models import StoredMessage
from tui.store.store import Store

if TYPE_CHECKING:
    from tui.services.hooks.hook_queue import HookQueue

Command: TypeAlias = tuple[str, ...] | None
"""Words of the command that runs for each message, if any."""


@click.command(
    help=_("Print messages as they arrive. From all conversations, or only from the one with TARGET. Ctrl+C stops.")
)
@click.argument("target", required=False, type=TARGET)
@click.option(
    "--exec",
    "command",
    metavar="COMMAND",
    help=_("Run COMMAND for each message; it reads the message as JSON. No shell runs it."),
)
@schema_option(MessageFacts)
@global_options()
def listen(setup: Setup, target: str | None, command: str | None) -> None:
    """Print what a running wxtui receives. When none runs, or it ends, take over its session."""
    words = None if command is None else command_words(command)
    if command is not None and words is None:
        raise errors.UsageError(why=errors.Phrase("--exec needs a command."))
    expect_session(setup)
    tell_person(_("Waiting for messages. Ctrl+C stops."))
    with ended_by_signals():
        while True:
            with ExitStack() as stack:
                owner = join(setup.profile, stack, tell_waiting, brief=False)
                if owner is None:
                    run_async(_own(setup, target, words))
                    return
                run_async(_follow(setup, target, owner, words))


async def _follow(setup: Setup, target: str | None, owner: Owner, command: Command) -> None:
    """Print what the owner of the profile receives, until that program ends."""
    async with open_store(setup.profile) as store, _executing(setup, command) as queue:
        only = None
        if target is not None:
            only = (await store.conversation_for((await resolve(owner, target, tell_loading)).user_name)).id
        try:
            async with aclosing(arrivals(setup.profile, owner.pid, store)) as stream:
                async for added in stream:
                    if only in (None, added.conversation_id):
                        await _print(setup, store, added.messages, queue)
        except errors.OwnerGone:
            return


async def _own(setup: Setup, target: str | None, command: Command) -> None:
    """Receive and print with the stored session, which other shells may use meanwhile; the person's hooks run."""
    from tui.services.runtime import receiving

    profile, options, settings = setup.profile, setup.login_options, load()
    async with open_store(profile) as store, _executing(setup, command) as queue, AsyncExitStack() as stack:
        only = None
        if target is not None:
            # First: with a target that does not exist, what is received would be printed nowhere.
            async with open_session(profile, options, store) as client:
                tell_of_long_loads(client.directory)
                only = (await store.conversation_for((await client.directory.resolve(target)).user_name)).id
        source = await stack.enter_async_context(
            receiving(profile, store, options, settings.keep, tell_trouble, settings.hooks)
        )
        printing = child(_print_all(setup, store, source, only, queue))
        try:
            await asyncio.wait({printing})
        finally:
            # What was stored before the end is printed before the end.
            await stack.aclose()
            await asyncio.wait({printing})
        printing.result()


@asynccontextmanager
async def _executing(setup: Setup, command: Command) -> AsyncIterator[HookQueue | None]:
    """Give the queue of the command that runs for each message; when a person leaves, it has a moment more."""
    if command is None:
        yield None
        return
    from tui.services.hooks.hook_queue import LEAVING, HookQueue
    from tui.services.hooks.hook_run import LIMIT

    queue, patience = HookQueue("--exec", command, setup.profile.name), LEAVING
    try:
        yield queue
        patience = LIMIT
    except errors.WxtuiError:
        patience = LIMIT
        raise
    finally:
        await queue.close(patience)


async def _print_all(
    setup: Setup, store: Store, source: AsyncIterator[Change], only: int | None, queue: HookQueue | None
) -> None:
    async for change in source:
        if isinstance(change, MessagesAdded) and only in (None, change.conversation_id):
            await _print(setup, store, change.messages, queue)
        elif isinstance(change, ConversationMerged) and only == change.gone:
            only = change.into


async def _print(setup: Setup, store: Store, messages: tuple[StoredMessage, ...], queue: HookQueue | None) -> None:
    # What other shells send through this one does not arrive here.
    for named in await store.named(message for message in messages if not message.outgoing):
        if queue is not None:
            queue.put_ready(facts(named))
        write(named_line(named, as_json=setup.json, with_chat=True), exact=setup.json)
