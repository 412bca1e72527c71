"""`wxtui contacts` and `log`: the list of contacts, and stored messages."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

import click

from tui import errors
from tui.cli.shared.client_opening import opened
from tui.cli.shared.global_options import Setup, global_options
from tui.cli.shared.lines import gap_line, named_line
from tui.cli.shared.message_json import MessageFacts, schema_option
from tui.cli.shared.output import tell, tell_person, write, write_json, write_rows
from tui.cli.shared.running import run_async
from tui.cli.shared.targets import TARGET, history_of
from tui.i18n import _, say
from tui.message_summary import KIND_WORDS
from tui.services.client.profile_opening import open_store_to_read
from tui.services.contacts.directory import handles, matches
from tui.store.models import Conversation, StoredMessage
from tui.store.search.query import KIND_NAMES, parse_query
from tui.store.store import Store
from tui.store.tables.export import ExportedMessage
from tui.store.tables.gaps import GapLines
from tui.wire.contacts import Contact


def _offer(*words: str) -> Callable[[click.Context, click.Parameter, str], list[str]]:
    """Return what completes an option in the shell by some words."""
    return lambda _context, _option, typed: [word for word in words if word.startswith(typed)]


@click.command(
    help=_(
        "List contacts and groups: kind, name, nickname and UserName. When names are the same, use the UserName "
        "as TARGET."
    )
)
@click.argument("query", required=False)
@global_options()
def contacts(setup: Setup, query: str | None) -> None:
    """See the help text."""

    async def work() -> list[Contact]:
        try:
            async with opened(setup) as client:
                await client.directory.refresh()
                return await client.store.contacts()
        except (errors.StoreTooNew, errors.HomeUnusable) as error:
            # What cannot be written can be read: the list as it was last fetched.
            async with open_store_to_read(setup.profile) as store:
                tell("wxtui: " + _("{what} Showing the stored list.").format(what=say(error, advice=False)))
                return await store.contacts()

    everyone = run_async(work())
    found = [contact for contact in everyone if not query or matches(contact, query)]
    short = handles(everyone)
    found.sort(key=lambda contact: (contact.kind.value, contact.name))
    if not setup.json:
        write_rows([_columns(contact, short[contact.user_name]) for contact in found])
    else:
        for contact in found:
            write_json(
                {
                    "name": contact.name,
                    "kind": contact.kind.value,
                    "nick_name": contact.nick_name,
                    "remark_name": contact.remark_name,
                    "user_name": contact.user_name,
                    "members": contact.member_count,
                    "muted": contact.muted,
                    "pinned": contact.pinned,
                    "pinyin": list(contact.pinyin),
                }
            )
    if query and not found:
        raise errors.TargetUnknown(target=query)


def _columns(contact: Contact, handle: str) -> tuple[str, ...]:
    nick = contact.nick_name if contact.remark_name else ""
    return _(KIND_WORDS[contact.kind]), contact.name, nick, handle


@click.command(
    help=_(
        "Print the stored messages of the conversation with TARGET. Does not contact the server. --search finds "
        "messages with TEXT, in all conversations if there is no TARGET; exit code 1 if there are none.\n\n"
        "TEXT may have filters, as in the full-screen client: from:NAME kind:KIND since:DAY until:DAY."
    )
)
@click.argument("target", required=False, type=TARGET)
@click.option("-n", "count", type=click.IntRange(1, 1_000_000), default=20, help=_("Number of messages; default 20."))
@click.option("--search", "text", metavar="TEXT", help=_("Only messages with these words."))
@click.option(
    "--from", "senders", metavar="NAME", type=TARGET, multiple=True, help=_("Only messages from NAME; “me” is you.")
)
@click.option(
    "--kind",
    "kinds",
    metavar="KIND",
    multiple=True,
    shell_complete=_offer(*KIND_NAMES),
    help=_("Only messages of this kind, or of several with commas: {kinds}.").format(kinds=", ".join(KIND_NAMES)),
)
@click.option(
    "--since",
    metavar="DAY",
    multiple=True,
    shell_complete=_offer("today", "yesterday"),
    help=_("Only messages from this day on: 2026-11-01, 11-01, today, yesterday."),
)
@click.option(
    "--until",
    metavar="DAY",
    multiple=True,
    shell_complete=_offer("today", "yesterday"),
    help=_("Only messages up to the end of this day."),
)
@click.option("--ids", is_flag=True, help=_("Start each line with the MsgID, to recall or forward it; “-” for none."))
@schema_option(MessageFacts)
@global_options()
def log(
    setup: Setup,
    target: str | None,
    count: int,
    text: str | None,
    senders: tuple[str, ...],
    kinds: tuple[str, ...],
    since: tuple[str, ...],
    until: tuple[str, ...],
    ids: bool,
) -> int:
    """See the help text. As grep: nothing found is 1, and no error."""
    asked = parse_query(text or "", datetime.now(UTC), senders=senders, kinds=kinds, since=since, until=until)
    searching = text is not None or asked.filtered
    if target is None and not searching:
        raise errors.UsageError(why=_("Give a TARGET, or search all conversations with --search TEXT."))

    async def work() -> tuple[list[ExportedMessage], GapLines]:
        async with open_store_to_read(setup.profile) as store:
            if target is None:
                chat_id = None
            elif (conversation := await conversation_of(store, target, setup.profile_name)) is not None:
                chat_id = conversation.id
            else:
                return [], GapLines()
            if searching:
                hits = await store.search(asked, conversation_id=chat_id, limit=count)
                return await store.named(reversed(hits)), GapLines()
            assert chat_id is not None, "without a search there is a target"
            page = await store.messages_before(chat_id, None, count)
            return await store.named(page), await store.gap_lines(chat_id)

    found, gaps = run_async(work())
    before: StoredMessage | None = None
    for named in found:
        # With --json every line is a message: who reads that by program asks for no sentence between them.
        gap = None if before is None or setup.json else gaps.between(before, named.message)
        if gap is not None:
            write(gap_line(gap))
        before = named.message
        shown = named_line(named, as_json=setup.json, with_chat=target is None)
        write(f"{named.message.msg_id or '-'}\t{shown}" if ids and not setup.json else shown, exact=setup.json)
    if not found and not setup.json:
        nothing = _("No messages are stored here yet. wxtui listen stores them as they arrive.")
        tell_person(_("No matches.") if searching else nothing)
    return 1 if searching and not found else 0


async def conversation_of(store: Store, target: str, profile_name: str) -> Conversation | None:
    """Return the stored conversation with TARGET, if there is one. Raises `NotLoggedIn`, `TargetUnknown` …"""
    if await store.current_login() is None:
        raise errors.NotLoggedIn(profile=profile_name)
    return (await history_of(store, target)).conversation
