"""`wxtui revoke`, `forward`: act on messages that exist."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from tui import errors
from tui.cli.sending.sent_lines import report_sent, tell_what_became_of_it
from tui.cli.shared.batch import do_all
from tui.cli.shared.client_opening import AnyClient, with_client
from tui.cli.shared.global_options import Setup, global_options
from tui.cli.shared.output import clean, tell, write, write_json
from tui.cli.shared.targets import TARGET
from tui.i18n import _

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tui.services.control.protocol import Recipient
    from tui.services.control.remote_client import RemoteStore
    from tui.store.models import StoredMessage
    from tui.store.store import Store
    from tui.wire.contacts import Contact


@click.command(
    help=_(
        "Recall sent messages, within two minutes. --last recalls the newest one that wxtui sent, only to TARGET if "
        "given."
    )
)
@click.argument("msg_ids", metavar="MSGID...|TARGET", nargs=-1, type=TARGET)
@click.option("--last", is_flag=True, help=_("Recall the newest sent message; an argument is then a TARGET."))
@global_options()
def revoke(setup: Setup, msg_ids: tuple[str, ...], last: bool) -> None:
    """See the help text."""
    if last and len(msg_ids) > 1:
        raise errors.UsageError(why=_("--last takes at most one TARGET."))
    if not last and not msg_ids:
        raise errors.UsageError(why=_("Which message? Give a MSGID, or --last [TARGET]."))

    async def work(client: AnyClient) -> None:
        if last:
            messages = [await _last(client, *msg_ids)]
        else:
            messages = [await find(client.store, msg_id) for msg_id in dict.fromkeys(msg_ids)]
        await do_all(messages, lambda message: _revoke(setup, client, message), go_on=True)

    with_client(setup, work)


async def _revoke(setup: Setup, client: AnyClient, message: StoredMessage) -> None:
    from tui.message_summary import in_short

    try:
        answer = await client.chat.revoke(message)
    except BaseException as ending:
        if not isinstance(ending, Exception):
            await _tell_what_became_of_it(client, message)
        raise
    what, left = in_short(message.body), answer is not None
    if setup.json:
        facts = {"msg_id": message.msg_id, "revoked": left, "what": what, "answer": answer or ""}
        write_json(facts, keep=True)
    else:
        write(f"{message.msg_id or '-'}\t{clean(what)}", keep=True)
    if not left:
        tell(_("“{what}” was not sent yet; sending is cancelled.").format(what=clean(what)))


async def _tell_what_became_of_it(client: AnyClient, message: StoredMessage) -> None:
    """Tell the person, after Ctrl+C, whether the message is recalled."""
    from tui.message_summary import in_short
    from tui.store.delivery_state import DeliveryState

    row, what = await client.store.row(message.id), clean(in_short(message.body))
    state = DeliveryState.REVOKE_UNKNOWN if row is None else row.state
    if state in (DeliveryState.REVOKING, DeliveryState.REVOKE_UNKNOWN):
        tell(_("Interrupted: “{what}” may or may not be recalled. Check your phone.").format(what=what))
    elif state in (DeliveryState.REVOKED, DeliveryState.CANCELLED):
        tell(_("Interrupted: “{what}” was recalled.").format(what=what))
    else:
        tell(_("Interrupted: “{what}” was not recalled.").format(what=what))


async def _last(client: AnyClient, target: str | None = None) -> StoredMessage:
    to = "" if target is None else (await client.directory.resolve(target)).user_name
    last = await client.store.last_sent_to(to)
    if last is None:
        raise errors.NothingToRevoke()
    return last


async def find(store: Store | RemoteStore, msg_id: str) -> StoredMessage:
    """Return the stored message with this MsgID. Raises `MessageUnknown`."""
    message = await store.message(msg_id)
    if message is None:
        raise errors.MessageUnknown(msg_id=msg_id)
    return message


@click.command(
    help=_(
        "Forward a stored message to other conversations. Also works for recalled images. Prints MsgID<TAB>what, for "
        "several receivers MsgID<TAB>what<TAB>to, with a pause between two (setting send_pause)."
    )
)
@click.argument("msg_id", metavar="MSGID")
@click.argument("targets", metavar="[TARGET]...", nargs=-1, type=TARGET)
@click.option(
    "--to", "more", multiple=True, metavar="TARGET", type=TARGET, help=_("Receiver; may be given several times.")
)
@click.option("--yes", is_flag=True, help=_("Forward to more than 20 receivers."))
@global_options()
def forward(setup: Setup, msg_id: str, targets: tuple[str, ...], more: tuple[str, ...], yes: bool) -> None:
    """See the help text."""
    from tui.cli.sending.command_words import global_words
    from tui.cli.sending.receivers import MOST_UNASKED, Receiver, expect_consent, find_receivers, send_pause
    from tui.cli.sending.sending_round import SendingRound
    from tui.message_summary import in_short

    if not targets and not more:
        raise errors.UsageError(why=_("To whom? Give a TARGET."))

    def again(receivers: Sequence[Receiver], items: Sequence[int]) -> list[str]:
        names = [word for receiver in receivers for word in ("--to", receiver.typed)]
        return [*global_words(setup), "forward", msg_id, *names, *(["--yes"] if len(receivers) > MOST_UNASKED else [])]

    async def work(client: Any) -> None:
        message = await find(client.store, msg_id)
        # All targets are resolved first: a wrong one means that nothing is sent.
        receivers = await find_receivers(client, [*targets, *more])
        pause = send_pause() if len(receivers) > 1 else 0.0
        expect_consent(len(receivers), 1, pause, yes=yes)
        several, what = bool(more) or len(receivers) > 1, in_short(message.body)

        async def one(to: Contact | Recipient, item: int) -> None:
            said, rows = what if several else f"{to.name}: {what}", list[int]()
            try:
                sent = await client.chat.forward(message, to, lambda row: rows.append(row.id))
            except BaseException as ending:
                if not isinstance(ending, Exception) and await tell_what_became_of_it(
                    setup, client, to, said, rows, several=several
                ):
                    sending.settled(item)
                raise
            report_sent(setup, sent, to, said, several=several)

        sending = SendingRound(setup, receivers, [what], again, pause)
        await sending.run(client, one)

    with_client(setup, work)
