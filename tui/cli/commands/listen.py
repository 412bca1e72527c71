"""`wxtui listen`: prints messages as they come, until Ctrl+C."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, ExitStack, aclosing, asynccontextmanager
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final, TypeAlias

import click
import msgspec

from tui import errors
from tui.cli.shared.client_opening import expect_session, tell_loading, tell_of_long_loads, tell_waiting
from tui.cli.shared.global_options import Setup, global_options
from tui.cli.shared.lines import named_line
from tui.cli.shared.message_schema import schema_option
from tui.cli.shared.output import tell_person, tell_trouble, write_patiently
from tui.cli.shared.running import ended_by_signals, run_async
from tui.cli.shared.targets import TARGET
from tui.config.settings import Settings, command_words, examine, load
from tui.i18n import _
from tui.services.attention.attention import rings_now
from tui.services.client.profile_opening import open_session, open_store
from tui.services.control.arrivals import ToldRows, arrivals, resolve
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
_LAST: Final = 5.0
"""Seconds for printing what is stored at the end; a reader that has stopped would keep the program for ever."""


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
    told = ToldRows()
    with ended_by_signals():
        while True:
            with ExitStack() as stack:
                owner = join(setup.profile, stack, tell_waiting, brief=False)
                if owner is None:
                    run_async(_own(setup, target, words, told))
                    return
                run_async(_follow(setup, target, owner, words, told))


async def _follow(setup: Setup, target: str | None, owner: Owner, command: Command, told: ToldRows) -> None:
    """Print what the owner of the profile receives, until that program ends, and what it had stored by then."""
    async with open_store(setup.profile) as store, _executing(setup, command) as queue:
        printer, only = _Printer(setup, store, queue, examine().settings), None
        if target is not None:
            only = (await store.conversation_for((await resolve(owner, target, tell_loading)).user_name)).id
        try:
            async with aclosing(arrivals(setup.profile, owner.pid, store, told)) as stream:
                async for added in stream:
                    if only in (None, added.conversation_id):
                        await printer.show(added.messages)
        except errors.OwnerGone:
            return


async def _own(setup: Setup, target: str | None, command: Command, told: ToldRows) -> None:
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
            receiving(profile, store, options, settings.keep, tell_trouble, settings)
        )
        printing = child(_Printer(setup, store, queue, settings).show_all(told.then(source, store), only))
        try:
            await asyncio.wait({printing})
        finally:
            # What was stored before the end is printed before the end.
            await stack.aclose()
            await asyncio.wait({printing}, timeout=_LAST)
            printing.cancel()
            await asyncio.wait({printing})
        if not printing.cancelled():
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


class _Printer(msgspec.Struct, frozen=True):
    """Prints messages, and gives them to the command that runs for each."""

    setup: Setup
    store: Store
    queue: HookQueue | None
    settings: Settings

    async def show_all(self, source: AsyncIterator[Change], only: int | None) -> None:
        """Show what comes, or only what comes into one conversation."""
        async for change in source:
            if isinstance(change, MessagesAdded) and only in (None, change.conversation_id):
                await self.show(change.messages)
            elif isinstance(change, ConversationMerged) and only == change.gone:
                only = change.into

    async def show(self, messages: tuple[StoredMessage, ...]) -> None:
        """Show messages. What other shells send through this one does not arrive here."""
        as_json, settings = self.setup.json, self.settings
        for named in await self.store.named(message for message in messages if not message.outgoing):
            rings = None
            if as_json or self.queue is not None:
                rings = await rings_now(self.store, named.message, settings, datetime.now(UTC))
            if self.queue is not None:
                self.queue.put_ready(facts(named, rings))
            await write_patiently(named_line(named, as_json=as_json, with_chat=True, rings=rings), exact=as_json)
