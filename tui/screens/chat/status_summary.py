"""State of connection, outbox and unread messages as one value, and in words for the last line."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from tui import errors
from tui.i18n import _, counted, say
from tui.screens.outbox_texts import hold_left, wait_of
from tui.units import shown_seconds
from tui.widgets.base.styles import Run, Tone
from tui.widgets.message_log.delivery_status import minutes

if TYPE_CHECKING:
    from tui.services.client.events import ConnectionState
    from tui.services.outbox import Outbox


@dataclass(frozen=True, slots=True)
class OutboxSummary:
    """Counts of what has not left: texts that wait for more than their turn, and uploads.

    `hold` is the seconds until anything may leave again, 0.0 when it may.
    """

    stuck: int = 0
    hold: float = 0.0
    uploads: int = 0
    paused: int = 0


def summary_of(outbox: Outbox | None) -> OutboxSummary:
    """Return the counts of an outbox; of none, zeros."""
    if outbox is None:
        return OutboxSummary()
    stuck = sum(wait_of(outbox, message_id) is not None for message_id in outbox.sender.waiting)
    paused = sum(one.paused for one in outbox.files.uploads)
    return OutboxSummary(stuck, hold_left(outbox), outbox.unfinished, paused)


def status_text(connection: ConnectionState, outbox: OutboxSummary, unread: int) -> Run:
    """Return `● online · 2 texts wait · 3 unread`; a warning while there is no session."""
    parts = []
    if outbox.stuck and outbox.hold:
        parts.append(_("too fast: on hold {time}").format(time=minutes(math.ceil(outbox.hold))))
    if outbox.stuck:
        parts.append(counted("{count} text waits", "{count} texts wait", outbox.stuck))
    if unread:
        parts.append(_("{count} unread").format(count=unread))
    if outbox.uploads:
        parts.append(counted("{count} upload", "{count} uploads", outbox.uploads))
    if outbox.paused:
        parts.append(_("{count} paused").format(count=outbox.paused))
    if connection.online:
        return " · ".join(["● " + _("online"), *parts]), Tone.DIM
    return " · ".join(["○ " + offline_words(connection), *parts]), Tone.WARN


def offline_words(connection: ConnectionState) -> str:
    """Return why there is no session, and when the next try is."""
    if isinstance(connection.trouble, errors.ProfileBusy) and connection.retry is None:
        return _("waits until the wxtui of process {pid} ends").format(pid=connection.trouble.facts["pid"])
    if connection.trouble is None or connection.retry is None:
        return _("not connected")
    what, seconds = say(connection.trouble, advice=False), shown_seconds(connection.retry)
    return _("{what} Next try in {seconds}.").format(what=what, seconds=seconds)
