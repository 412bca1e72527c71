"""TARGET on the command line: completes it in the shell, and finds the stored conversation that it means."""

from __future__ import annotations

import asyncio
import os
import re
from typing import TYPE_CHECKING, Any, NamedTuple

import click
from click.shell_completion import CompletionItem

from tui.cli.shared.global_options import Setup
from tui.errors import HistoryAmbiguous, TargetUnknown, UsageError, WxtuiError
from tui.i18n import _, listed, with_details

if TYPE_CHECKING:
    from tui.store.models import Conversation
    from tui.store.store import Store
    from tui.wire.contacts import Contact


def _escaped(name: str) -> str:
    """Return the name as it is safe in bash's command line, which takes a completed word as it stands: others choose
    their names, and `$(…)` in one would be run. zsh and fish escape by themselves."""
    if not os.environ.get("_WXTUI_COMPLETE", "").startswith("bash"):
        return name
    # The variable has a word a line; a word that began with a quotation mark still has it.
    typed = os.environ.get("COMP_WORDS", "").split("\n")
    number = int(os.environ.get("COMP_CWORD") or -1)
    quote = typed[number][:1] if 0 <= number < len(typed) else ""
    if quote == "'":
        return name.replace("'", r"'\''")
    if quote == '"':
        return re.sub(r'["\\$`]', r"\\\g<0>", name)
    return re.sub(r"[^\w@%+=:,./-]", r"\\\g<0>", name)


class Target(click.ParamType[str]):
    """Contact or group; the shell completes it with stored names, without asking the server."""

    name = "target"

    def convert(self, value: str, param: click.Parameter | None, ctx: click.Context | None) -> str:
        """Refuse an empty target, as `"$UNSET"` gives: it must not mean everybody. Raises `UsageError`."""
        if not value.strip():
            raise UsageError(why=_("TARGET is empty: give a contact, a group or a MsgID."))
        return value

    def shell_complete(self, ctx: click.Context, param: click.Parameter, incomplete: str) -> list[CompletionItem]:
        """Return the names that match the typed letters, also by pinyin."""
        from tui.services.client.profile_opening import open_store
        from tui.services.contacts.directory import as_target, matches

        setup = ctx.find_root().ensure_object(Setup)

        async def names() -> list[str]:
            profile = setup.profile
            if not profile.store_file.exists():
                return []
            async with open_store(profile) as store:
                found = await store.contacts()
            wanted = [contact.name for contact in found if not incomplete or matches(contact, incomplete)]
            # A name that looks like an option would be read as one.
            return [as_target(name) for name in wanted if name.isprintable() and not name.startswith("-")]

        try:
            return [CompletionItem(_escaped(found)) for found in asyncio.run(names())]
        except WxtuiError:
            return []


class StoredConversation(NamedTuple):
    """A stored conversation, None when there is none yet; `contact` is its contact in this login, if any."""

    conversation: Conversation | None
    contact: Contact | None


async def history_of(store: Store, target: str) -> StoredConversation:
    """Return the one stored conversation that `target` means: of a contact, of an earlier login, or by `id:N`.

    Raises `TargetUnknown`, `TargetAmbiguous`, and `HistoryAmbiguous` where it is uncertain whose messages they are.
    """
    from tui.services.contacts.directory import choose, conversation_number, plain

    earlier, now = await store.earlier_conversations(), await store.conversations()
    if (number := conversation_number(target)) is not None:
        found = next((one for one in (*now, *earlier) if one.id == number), None)
        if found is None:
            raise TargetUnknown(target=target)
        return StoredConversation(found, None if found.earlier else await store.contact(found.user_name))
    try:
        contact = choose(target, await store.contacts())
    except TargetUnknown:
        wanted = plain(target)
        alike = [one for one in earlier if plain(one.name) == wanted]
        alike = alike or [one for one in earlier if wanted and wanted in plain(one.name)]
        if not alike:
            raise
        if len(alike) > 1:
            raise _ambiguous(target, alike) from None
        return StoredConversation(alike[0], None)
    # A UserName means this contact, not a namesake of an earlier login.
    by_user_name = target.startswith("@") or target.strip() == contact.user_name
    names = set() if by_user_name else {plain(contact.name), plain(target)}
    doubt = await store.doubt(contact.user_name)
    candidates = [*(doubt.candidates if doubt else ()), *(one for one in earlier if plain(one.name) in names)]
    if candidates:
        own = [one for one in now if one.user_name == contact.user_name and one.last is not None]
        raise _ambiguous(target, [*own, *candidates])
    return StoredConversation(await store.conversation_with(contact.user_name), contact)


def _ambiguous(target: str, conversations: list[Conversation]) -> HistoryAmbiguous:
    from tui.wire.text import printable

    each = {one.id: with_details(f"id:{one.id}", _described(one)) for one in conversations}
    return HistoryAmbiguous(target=target, candidates=printable(listed(list(each.values())), newlines=False))


def _described(conversation: Conversation) -> list[str]:
    """Return a conversation's name, the time of its last message, and whether it is of an earlier login."""
    last = [f"{conversation.last.time.astimezone():%Y-%m-%d %H:%M}"] if conversation.last else []
    return [conversation.name, *last, *([_("earlier")] if conversation.earlier else [])]


class NamedPath(click.Path):
    """Path that is not empty: click would take an empty one for the current folder."""

    def convert(self, value: str | os.PathLike[str], param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """Refuse an empty path. Raises `UsageError`."""
        if value == "":
            raise UsageError(why=_("The file name is empty."))
        return super().convert(value, param, ctx)


TARGET = Target()
