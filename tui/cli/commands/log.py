"""`wxtui log`: stored messages."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, cast

import click

from tui import errors
from tui.cli.shared.global_options import Setup, global_options
from tui.cli.shared.lines import gap_line, named_line
from tui.cli.shared.message_filters import MessageFilters, message_filters
from tui.cli.shared.message_schema import schema_option
from tui.cli.shared.output import tell_person, write
from tui.cli.shared.running import ended_by_signals, run_async
from tui.cli.shared.targets import TARGET
from tui.i18n import _
from tui.services.control.owner_connection import find_owner
from tui.services.control.protocol import MOST_LOGGED
from tui.services.control.remote_client import RemoteClient, finished
from tui.services.message_json import MessageFacts

if TYPE_CHECKING:
    from tui.store.models import LogEntry
    from tui.store.search.query import MessageQuery

_PATIENCE: Final = 0.3
"""Seconds that a running wxtui may take to say that it is there, before its store is read instead."""
_WHOLE: Final = 4.0
"""Seconds that it may take to tell the messages."""


@click.command(
    help=_(
        "Print the stored messages of the conversation with TARGET. Does not contact the server. --search finds "
        "messages with TEXT, in all conversations if there is no TARGET; exit code 1 if there are none.\n\n"
        "TEXT may have filters, as in the full-screen client: from:NAME kind:KIND since:DAY until:DAY."
    )
)
@click.argument("target", required=False, type=TARGET)
@click.option(
    "-n", "count", metavar="N", type=click.IntRange(1, 1_000_000), default=20, help=_("Number of messages; default 20.")
)
@click.option("--search", "text", metavar="TEXT", help=_("Only messages with these words."))
@message_filters
@click.option("--ids", is_flag=True, help=_("Start each line with the MsgID, to recall or forward it; “-” for none."))
@schema_option(MessageFacts)
@global_options()
def log(
    setup: Setup,
    target: str | None,
    count: int,
    text: str | None,
    ids: bool,
    filters: MessageFilters,
) -> int:
    """See the help text. As grep: nothing found is 1, and no error."""
    asked = filters.query(text or "")
    searching = text is not None or asked.filtered
    if target is None and not searching:
        raise errors.UsageError(why=_("Give a TARGET, or search all conversations with --search TEXT."))

    found = run_async(_found(setup, asked, target, count)) if searching else _newest(setup, cast(str, target), count)
    for entry in found:
        # With --json every line is a message: who reads that by program asks for no sentence between them.
        if entry.gap is not None and not setup.json:
            write(gap_line(entry.gap))
        shown = named_line(entry.named, as_json=setup.json, with_chat=target is None)
        msg_id = entry.named.message.msg_id or "-"
        write(f"{msg_id}\t{shown}" if ids and not setup.json else shown, exact=setup.json)
    if not found and not setup.json:
        nothing = _("No messages are stored here yet. wxtui listen stores them as they arrive.")
        tell_person(_("No matches.") if searching else nothing)
    return 1 if searching and not found else 0


def _newest(setup: Setup, target: str, count: int) -> list[LogEntry]:
    """Return the newest messages of a conversation: from the running wxtui, which has the store open, else from it."""
    try:
        owner = find_owner(setup.profile, _PATIENCE, _WHOLE) if count <= MOST_LOGGED else None
        if owner is not None:
            with ended_by_signals(), owner:
                return finished(RemoteClient(setup.profile, owner).store.log(target, count))
    except errors.WxtuiError:
        # Whatever is wrong with the owner hinders no reader; and what is wrong with TARGET is said in the language and
        # the time zone of this shell.
        pass
    # Imported before there is a loop: Ctrl+C is heard at once.
    from tui.services.client.profile_opening import open_store_to_read
    from tui.services.contacts.history import newest

    async def stored() -> list[LogEntry]:
        async with open_store_to_read(setup.profile) as store:
            return await newest(store, target, count, setup.profile_name)

    return run_async(stored())


async def _found(setup: Setup, asked: MessageQuery, target: str | None, count: int) -> list[LogEntry]:
    """Search the file itself: that may take a while, in which the running wxtui would read nothing."""
    from tui.services.client.profile_opening import open_store_to_read
    from tui.services.contacts.history import conversation_of
    from tui.store.models import LogEntry

    async with open_store_to_read(setup.profile) as store:
        chat_id = None
        if target is not None:
            conversation = await conversation_of(store, target, setup.profile_name)
            if conversation is None:
                return []
            chat_id = conversation.id
        hits = await store.search(asked, conversation_id=chat_id, limit=count)
        return [LogEntry(named) for named in await store.named(reversed(hits))]
