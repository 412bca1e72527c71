"""State of connection, outbox and unread messages in words, for the last line; age of the last sync, for the header."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Final

import msgspec

from tui import errors
from tui.i18n import _, counted, say
from tui.keymap import hint
from tui.screens.app_context import AppContext
from tui.screens.outbox_texts import hold_left, wait_of
from tui.units import shown_age, shown_seconds
from tui.widgets.base.one_line import one_line
from tui.widgets.base.styles import Run, Tone
from tui.widgets.message_log.delivery_status import minutes
from tui.wire.names import FILEHELPER

if TYPE_CHECKING:
    from tui.services.client.events import ConnectionState
    from tui.services.outbox import Outbox
    from tui.store.models import Conversation


class OutboxSummary(msgspec.Struct, frozen=True):
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


def status_text(connection: ConnectionState, outbox: OutboxSummary, unread: int, mentions: int = 0) -> Run:
    """Return `● online · 2 texts wait · @ 1 · unread in 3`, which are conversations; a warning without a session."""
    parts = []
    if outbox.stuck and outbox.hold:
        parts.append(_("too fast: on hold {time}").format(time=minutes(math.ceil(outbox.hold))))
    if outbox.stuck:
        parts.append(counted("{count} text waiting", "{count} texts waiting", outbox.stuck))
    if mentions:
        parts.append(f"@ {mentions}")
    if unread:
        parts.append(_("unread in {count}").format(count=unread))
    if outbox.uploads:
        parts.append(counted("{count} upload", "{count} uploads", outbox.uploads))
    if outbox.paused:
        parts.append(_("{count} paused").format(count=outbox.paused))
    if connection.online and connection.contacts is not None:
        # Quietly, behind what matters more: all but the names that are missing can be used.
        parts.append(_("loading names: {count}").format(count=connection.contacts))
    if connection.online:
        return " · ".join(["● " + _("online"), *parts]), Tone.DIM
    return " · ".join(["○ " + offline_words(connection), *parts]), Tone.WARN


def offline_words(connection: ConnectionState) -> str:
    """Return why there is no session, and when the next try is."""
    if isinstance(connection.trouble, errors.ProfileBusy) and connection.retry is None:
        return _("waiting for wxtui (process {pid}) to quit").format(pid=connection.trouble.facts["pid"])
    if connection.trouble is not None and connection.retry is not None:
        what, seconds = one_line(say(connection.trouble, advice=False)), shown_seconds(connection.retry)
        return _("{what} Retrying in {seconds}.").format(what=what, seconds=seconds)
    return not_logged_in() if connection.wants_person else _("Connecting…")


def not_logged_in() -> str:
    """Return the sentence of a screen without a session that only a person can get."""
    return hint("Not logged in. {login}")


def bar_words(connection: ConnectionState) -> str:
    """Return the words of an empty bar."""
    if connection.wants_person:
        return hint("Not logged in: messages wait until {login}")
    return _("Message, or / for commands")


def pane_words(connection: ConnectionState, conversation: Conversation | None, *, listed: bool) -> Run:
    """Return the words of a pane without messages: what one can do about it. `listed`: there are conversations."""
    if conversation is None and not connection.session:
        return offline_words(connection), Tone.WARN
    if conversation is None and listed:
        said = hint("{goto} opens a conversation.")
    elif conversation is None:
        said = hint("No conversations yet.\n{goto} finds somebody to write to.")
    elif conversation.earlier:
        said = _("No messages.")
    elif conversation.user_name == FILEHELPER:
        said = hint("No messages yet.\nWhat you write here arrives on your phone.\n{send} sends a file.")
    else:
        said = hint("No messages yet.\nWrite the first one; {send} sends a file.")
    return said, Tone.DIM


# ---------------------------------------------------------------- the header

FRESH: Final = 60.0
"""Seconds of silence that are no news: the server answers a poll every half minute."""


class LastSync:
    """Seconds since the server was last heard, by this run or an earlier one."""

    def __init__(self, context: AppContext) -> None:
        self._context = context
        self._stored: float | None = None

    async def load(self) -> None:
        """Read when an earlier run was last in sync."""
        synced = await self._context.store.synced()
        self._stored = synced.timestamp() if synced is not None else None

    @property
    def text(self) -> str:
        """Age in words, in whole minutes; "" while it is no older than expected: that is no news.

        A number that counts seconds is written anew all the time, also over a slow line, and says nothing while all is
        well; one that stands still is untrue after a second. This text is true for as long as it stands.
        """
        age = self._context.runtime.silence
        if age is None and self._stored is not None:
            age = max(0.0, self._context.clock().timestamp() - self._stored)
        if age is None or age < FRESH:
            return ""
        return _("last sync {ago}").format(ago=shown_age(age))
