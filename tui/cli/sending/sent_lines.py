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
    from tui.store.delivery_state import DeliveryState
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


async def what_became_of(client: AnyClient, rows: Sequence[int]) -> tuple[DeliveryState, StoredMessage | None]:
    """Return the state of a message after Ctrl+C, and its row where it was sent. `rows`: none before it was written."""
    from tui.store.delivery_state import DeliveryState

    if not rows:
        return DeliveryState.CANCELLED, None
    now = await client.store.row(rows[-1])
    state = DeliveryState.UNKNOWN if now is None else now.state
    return state, now if state is DeliveryState.SENT else None


async def tell_what_became_of_it(
    setup: Setup, client: AnyClient, to: Contact | Recipient, what: str, rows: Sequence[int], *, several: bool
) -> bool:
    """Tell the person, after Ctrl+C, whether the message had left; return that, True also where nobody knows."""
    from tui.store.delivery_state import DeliveryState

    state, sent = await what_became_of(client, rows)
    if sent is not None:
        report_sent(setup, sent, to, what, several=several)
    if several:
        what = _("{what} → {name}").format(what=what, name=to.name)
    if state in (DeliveryState.UNKNOWN, DeliveryState.SENDING):
        tell(_("Interrupted: “{what}” may or may not have arrived. Check your phone.").format(what=what))
    elif state is not DeliveryState.SENT:
        tell(_("Interrupted: “{what}” was not sent.").format(what=what))
        return False
    return True
