"""`wxtui contacts`: the list of contacts."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from tui import errors
from tui.cli.shared.client_opening import AnyClient, with_client
from tui.cli.shared.global_options import Setup, global_options
from tui.cli.shared.output import tell, write_json, write_rows
from tui.cli.shared.running import run_async
from tui.i18n import _, say

if TYPE_CHECKING:
    from tui.wire.contacts import Contact


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

    async def work(client: AnyClient) -> list[tuple[Contact, str]]:
        await client.directory.refresh()
        return await client.directory.search(query or "")

    try:
        found = with_client(setup, work)
    except (errors.StoreTooNew, errors.HomeUnusable) as error:
        found = run_async(_stored(setup, error, query or ""))
    found.sort(key=lambda one: (one[0].kind.value, one[0].name))
    if not setup.json:
        write_rows([_columns(contact, handle) for contact, handle in found])
    else:
        for contact, _handle in found:
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


async def _stored(setup: Setup, error: errors.LocalError, query: str) -> list[tuple[Contact, str]]:
    """Return the list as it was last fetched: what cannot be written can be read."""
    from tui.services.client.profile_opening import open_store_to_read
    from tui.services.contacts.matching import search

    async with open_store_to_read(setup.profile) as store:
        tell("wxtui: " + _("{what} Showing the stored list.").format(what=say(error, advice=False)))
        return search(await store.contacts(), query)


def _columns(contact: Contact, handle: str) -> tuple[str, ...]:
    from tui.message_summary import KIND_WORDS

    nick = contact.nick_name if contact.remark_name else ""
    return _(KIND_WORDS[contact.kind]), contact.name, nick, handle
