"""What waits to be sent, in words: on its row, and in the last line."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from tui.i18n import _, counted
from tui.keymap import hint
from tui.widgets.message_log.delivery_status import Wait, minutes

if TYPE_CHECKING:
    from tui.services.outbox import Outbox


def wait_of(outbox: Outbox, message_id: int) -> Wait | None:
    """What a row that has not left is waiting for; None when that is nothing worth a word."""
    waits = outbox.waits(message_id)
    match waits.name if waits is not None else "":
        case "CONNECTION":
            return Wait(_("waiting for the connection"), _("waiting"))
        case "HOLD":
            return Wait(_("on hold"), _("on hold"), hold_left(outbox) or None)
        case "IDENTITY":
            return Wait(_("waits: this conversation is not known in this login"), _("waits: not known in this login"))
        case _:
            return None


def why_not_now(outbox: Outbox, message_id: int) -> str:
    """Why trying it again at once makes no sense; "" when it does."""
    waits = outbox.waits(message_id)
    if waits is None:
        return ""
    if not outbox.in_session:
        return _("There is no connection yet. It goes out by itself when there is one.")
    if waits.name == "IDENTITY":
        return hint(
            "Nobody in this login is known to be this conversation. It waits until that is settled;"
            " {transfers.cancel} gives it up."
        )
    return ""


def stuck(outbox: Outbox) -> int:
    """How many texts wait for more than their turn."""
    return sum(wait_of(outbox, message_id) is not None for message_id in outbox.waiting)


def hold_left(outbox: Outbox) -> float:
    """The seconds until something may leave again; 0 when it may."""
    hold = outbox.hold
    return 0.0 if hold is None else max(0.0, hold.until - time.monotonic())


def hold_words(seconds: int) -> str:
    """`too fast: on hold 0:28`."""
    return _("too fast: on hold {time}").format(time=minutes(seconds))


def waiting_words(count: int) -> str:
    """How many texts wait."""
    return counted("{count} text waits", "{count} texts wait", count)


def leaving_question(outbox: Outbox) -> str:
    """What is asked before the program is left in the middle of something; "" when nothing is lost or broken off by
    that. What waits, waits for the next start.
    """
    files = [one for one in outbox.transfers if not one.state.over]
    states = {one.state.name for one in files if one.state.running and not one.paused}
    if outbox.leaving or "SENDING" in states:
        return _("A message is just leaving: whether it arrives would not be known. Leave all the same?")
    if any(not one.queued for one in files):
        return _("Another shell is sending a file through this wxtui; it would not be sent. Leave all the same?")
    if states - {"WAITING"}:
        return _("A file is being uploaded; it goes on when wxtui is started again. Leave all the same?")
    return ""


def parting_words(count: int) -> str:
    """What is said after the program was left; "" when nothing waits."""
    if not count:
        return ""
    return counted(
        "{count} message was not sent yet; it goes out when wxtui is started again.",
        "{count} messages were not sent yet; they go out when wxtui is started again.",
        count,
    )
