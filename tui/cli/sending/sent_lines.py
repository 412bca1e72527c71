"""Lines about a message that was sent, or was to be."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from tui.cli.shared.global_options import Setup
from tui.cli.shared.output import clean, tell, write, write_json
from tui.i18n import _
from tui.services.control.protocol import Recipient, Sent

if TYPE_CHECKING:
    from tui.cli.shared.client_opening import AnyClient
    from tui.store.models import StoredMessage
    from tui.wire.contacts import Contact


def report_sent(
    setup: Setup, sent: StoredMessage | Sent, to: Contact | Recipient, what: str, *, several: bool = False
) -> None:
    """Print the line of a sent message: `MsgID<TAB>what`, where several get it with `<TAB>to`; or its JSON."""
    if not setup.json:
        write("\t".join([sent.msg_id, clean(what), *([clean(to.name)] if several else [])]), keep=True)
        return
    if not isinstance(sent, Sent):
        from tui.services.control import row_codec

        sent = row_codec.sent(sent)
    write_json(
        {
            "msg_id": sent.msg_id,
            "client_msg_id": sent.client_msg_id,
            "to": to.name,
            "to_user_name": to.user_name,
            "kind": sent.kind,
            "what": what,
            "time": sent.time,
        },
        keep=True,
    )


async def tell_what_became_of_it(
    setup: Setup, client: AnyClient, to: Contact | Recipient, what: str, rows: Sequence[int], *, several: bool
) -> bool:
    """Tell the person, after Ctrl+C, whether the message had left; return that, True also where nobody knows."""
    from tui.store.delivery_state import DeliveryState

    state = DeliveryState.CANCELLED
    for row in rows:
        now = await client.store.row(row)
        state = DeliveryState.UNKNOWN if now is None else now.state
        if now is not None and state is DeliveryState.SENT:
            report_sent(setup, now, to, what, several=several)
    if several:
        what = _("{what} → {name}").format(what=what, name=to.name)
    if state in (DeliveryState.UNKNOWN, DeliveryState.SENDING):
        tell(_("Interrupted: “{what}” may or may not have arrived. Check your phone.").format(what=what))
    elif state is not DeliveryState.SENT:
        tell(_("Interrupted: “{what}” was not sent.").format(what=what))
        return False
    return True
