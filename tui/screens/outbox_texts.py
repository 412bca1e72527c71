"""Texts about the outbox: on the rows that wait, in the last line, and when the program is left."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from tui.i18n import _, counted
from tui.keymap import hint
from tui.widgets.message_log.delivery_status import WaitReason

if TYPE_CHECKING:
    from tui.services.outbox import Outbox


def wait_of(outbox: Outbox, message_id: int, *, wants_person: bool = False) -> WaitReason | None:
    """Return why a message has not left yet; None when it only waits for its turn.

    `wants_person`: nothing leaves before somebody logs in.
    """
    from tui.services.sending.text_sender import Waits

    match outbox.sender.waits(message_id):
        case Waits.CONNECTION if wants_person:
            return WaitReason(_("waiting for a login"), _("waiting"))
        case Waits.CONNECTION:
            return WaitReason(_("waiting for the connection"), _("waiting"))
        case Waits.HOLD:
            return WaitReason(_("on hold"), _("on hold"), hold_left(outbox) or None)
        case Waits.IDENTITY:
            return WaitReason(
                _("waiting: this conversation has no contact in this login"), _("waiting: no contact in this login")
            )
        case Waits.TURN | None:
            return None


def why_not_now(outbox: Outbox, message_id: int) -> str:
    """Return why trying a row again at once makes no sense; "" when it does."""
    from tui.services.sending.text_sender import Waits

    waits = outbox.sender.waits(message_id)
    if waits is None:
        return ""
    if not outbox.dispatcher.connected:
        return _("Not connected yet. It will be sent automatically.")
    if waits is Waits.IDENTITY:
        return hint(
            "This conversation has no contact in this login yet. It is sent once that is settled; {transfers.cancel} "
            "cancels it."
        )
    return ""


def hold_left(outbox: Outbox) -> float:
    """Return the seconds until something may leave again; 0.0 when it may."""
    hold = outbox.throttle.hold
    return 0.0 if hold is None else max(0.0, hold.until - time.monotonic())


def parting_words(count: int) -> str:
    """Return the sentence that is printed after the program was left; "" when nothing waits."""
    if not count:
        return ""
    return counted(
        "{count} message is not sent yet; it will be sent at the next start.",
        "{count} messages are not sent yet; they will be sent at the next start.",
        count,
    )
