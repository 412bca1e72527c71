"""`wxtui contacts` and `log`: what is known, and what was said."""

from __future__ import annotations

import click

from tui import errors
from tui.cli.lines import facts, line, sender_name
from tui.cli.opening import opened
from tui.cli.output import clean, write, write_json
from tui.cli.running import run_async
from tui.cli.setup import current, global_options
from tui.cli.targets import TARGET
from tui.i18n import _
from tui.services.client import open_store
from tui.services.directory import choose, handles, matches
from tui.services.ids import Ids
from tui.store.models import StoredMessage
from tui.wire.contacts import Contact, ContactKind

_KINDS = {
    ContactKind.PERSON: _("person"),
    ContactKind.GROUP: _("group"),
    ContactKind.OFFICIAL: _("official"),
    ContactKind.SPECIAL: _("special"),
    ContactKind.SELF: _("myself"),
}


@click.command(
    help=_("List contacts and groups: kind, name, nickname, and a UserName that tells namesakes apart as a TARGET.")
)
@click.argument("query", required=False)
@global_options()
def contacts(query: str | None) -> None:
    """See the help text."""
    setup = current()

    async def work() -> list[Contact]:
        async with opened(setup) as client:
            await client.directory.refresh()
            return await client.store.contacts()

    everyone = run_async(work())
    found = [contact for contact in everyone if not query or matches(contact, query)]
    short = handles(everyone)
    for contact in sorted(found, key=lambda contact: (contact.kind.value, contact.name)):
        if setup.json:
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
        else:
            nick = contact.nick_name if contact.remark_name else ""
            columns = (_KINDS[contact.kind], clean(contact.name), clean(nick), short[contact.user_name])
            write("\t".join(columns))
    if query and not found:
        raise errors.TargetUnknown(target=query)


@click.command(help=_("Print the stored history of the conversation with TARGET; asks no server."))
@click.argument("target", type=TARGET)
@click.option("-n", "count", type=click.IntRange(1, 1_000_000), default=20, help=_("How many messages; default 20."))
@global_options()
def log(target: str, count: int) -> None:
    """See the help text."""
    setup = current()

    async def work() -> tuple[list[StoredMessage], Contact, dict[str, str]]:
        async with open_store(setup.profile, Ids()) as store:
            if await store.current_login() is None:
                raise errors.NotLoggedIn(profile=setup.profile_name)
            known = await store.contacts()
            contact = choose(target, known)
            conversation = await store.conversation_for(contact.user_name)
            page = await store.messages_before(conversation.id, None, count)
            return page, contact, names_of(known, contact)

    messages, contact, names = run_async(work())
    for message in messages:
        if setup.json:
            write_json(facts(message, contact.name, sender_name(message, names)))
        else:
            write(line(message, "", sender_name(message, names)))


def names_of(known: list[Contact], chat: Contact | None) -> dict[str, str]:
    """UserName → shown name, as seen in `chat`: a group's own names for its members come first."""
    names = {contact.user_name: contact.name for contact in known}
    if chat is not None:
        names |= {member.user_name: member.name for member in chat.members if member.name}
    return names
