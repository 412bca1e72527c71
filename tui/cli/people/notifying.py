"""`wxtui mute`, `unmute`, `notify`: what notifies of a conversation, on this computer."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from contextlib import AbstractAsyncContextManager, ExitStack
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, TypeAlias

import click

from tui import errors
from tui.cli.sending.command_words import global_words
from tui.cli.shared.client_opening import tell_waiting
from tui.cli.shared.global_options import Setup, global_options
from tui.cli.shared.output import write_outcome
from tui.cli.shared.running import ended_by_signals, run_async
from tui.cli.shared.targets import TARGET
from tui.config.settings import examine
from tui.i18n import _
from tui.services.control.owner_connection import join
from tui.services.util.shell_words import shell_word

if TYPE_CHECKING:
    from tui.services.attention.notifying import ChangedNotifying, Notifying, NotifyingStore
    from tui.store.models import Conversation
    from tui.store.store import Store

    Change: TypeAlias = Callable[[Notifying, Conversation], Coroutine[Any, Any, ChangedNotifying]]


@click.command(
    help=_(
        "Mute the conversation with TARGET on this computer. It stays so until wxtui unmute, or for a time: 8h, 30m, "
        "2d, until 18:00. The phone's own setting stays."
    )
)
@click.argument("target", type=TARGET)
@click.argument("how_long", metavar="[HOW LONG]", nargs=-1)
@global_options()
def mute(setup: Setup, target: str, how_long: tuple[str, ...]) -> None:
    """See the help text."""
    _change(setup, target, lambda notifying, conversation: notifying.mute(conversation, " ".join(how_long)))


@click.command(help=_("Unmute the conversation with TARGET on this computer."))
@click.argument("target", type=TARGET)
@global_options()
def unmute(setup: Setup, target: str) -> None:
    """See the help text."""
    _change(setup, target, lambda notifying, conversation: notifying.unmute(conversation))


def _rules(_context: click.Context, _argument: click.Parameter, typed: str) -> list[str]:
    from tui.services.attention.notifying import RULES

    return [name for name in RULES if name.startswith(typed)]


@click.command(
    help=_(
        "Choose what notifies you of TARGET, on this computer. RULE is all, mentions, none, or "
        "default: what the settings say for its kind. Without RULE, print what notifies now."
    )
)
@click.argument("target", type=TARGET)
@click.argument("rule", required=False, shell_complete=_rules)
@global_options()
def notify(setup: Setup, target: str, rule: str | None) -> None:
    """See the help text."""
    if rule is None:
        _tell(setup, run_async(_look(setup, target)))
    else:
        _change(setup, target, lambda notifying, conversation: notifying.set_rule(conversation, rule))


# ---------------------------------------------------------------- what they share


def _change(setup: Setup, target: str, change: Change) -> None:
    """Have a change made by the running wxtui, which must hear of it, else in the store; tell of it."""
    from tui.services.attention.notifying import Notifying

    def notifying(store: NotifyingStore) -> Notifying:
        unmute, notify_all = [*global_words(setup), "unmute", target], [*global_words(setup), "notify", target, "all"]
        return Notifying(
            store,
            examine().settings,
            datetime.now(UTC),
            unmute=" ".join(map(shell_word, unmute)),
            notify_all=" ".join(map(shell_word, notify_all)),
        )

    with ended_by_signals(), ExitStack() as stack:
        owner = join(setup.profile, stack, tell_waiting)
        if owner is None:
            changed = run_async(_alone(setup, target, lambda store, one: change(notifying(store), one)))
        else:
            from tui.services.control.remote_client import finished
            from tui.services.control.remote_people import RemoteNotifying

            conversation = run_async(_look(setup, target))
            changed = finished(change(notifying(RemoteNotifying(owner)), conversation))
    _tell(setup, changed.conversation, changed.said)


async def _look(setup: Setup, target: str) -> Conversation:
    """Return the conversation that is meant; the running wxtui may have the store open as well."""
    async with _store(setup) as store:
        return await _meant(setup, store, target)


async def _alone(
    setup: Setup, target: str, change: Callable[[Store, Conversation], Coroutine[Any, Any, ChangedNotifying]]
) -> ChangedNotifying:
    async with _store(setup) as store:
        return await change(store, await _meant(setup, store, target))


def _store(setup: Setup) -> AbstractAsyncContextManager[Store]:
    from tui.services.client.profile_opening import open_store

    if not setup.profile.store_file.exists():
        raise errors.NotLoggedIn(profile=setup.profile_name)
    return open_store(setup.profile)


async def _meant(setup: Setup, store: Store, target: str) -> Conversation:
    """Return the conversation with TARGET, also one in which nothing was said yet. Raises as `history_of`."""
    from tui.services.contacts.history import history_of

    if await store.current_login() is None:
        raise errors.NotLoggedIn(profile=setup.profile_name)
    conversation, contact = await history_of(store, target)
    if conversation is not None:
        return conversation
    if contact is None:
        raise errors.TargetUnknown(target=target)
    return await store.conversation_for(contact.user_name)


def _tell(setup: Setup, conversation: Conversation, said: str = "") -> None:
    """Write what notifies of a conversation: what is `said` of a change, else how it is now."""
    from tui.message_summary import conversation_name, notify_summary

    name = conversation_name(conversation)
    facts = {
        "target": name,
        "user_name": conversation.user_name,
        "muted": conversation.hushed,
        "muted_on_phone": conversation.muted,
        "until": conversation.hushed_until.isoformat() if conversation.hushed_until is not None else None,
        "rule": conversation.notify.value if conversation.notify is not None else "default",
    }
    if not said:
        rules = examine().settings.notify_rules
        said = _("Notifications: {rule}").format(rule=notify_summary(conversation, rules, datetime.now(UTC)))
    write_outcome(facts, _("{name}: {said}").format(name=name, said=said), as_json=setup.json)
