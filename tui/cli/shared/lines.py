"""A stored message as one line for a person, or one JSON object for a script."""

from __future__ import annotations

from tui.cli.shared.output import json_line
from tui.i18n import _
from tui.message_summary import describe, shown_sender
from tui.services.message_json import facts
from tui.store.delivery_state import DeliveryState
from tui.store.models import ExportedMessage, Gap, StoredMessage
from tui.wire.text import printable

_STATES = {
    DeliveryState.PENDING: _("not sent yet"),
    DeliveryState.SENDING: _("being sent"),
    DeliveryState.FAILED: _("not sent"),
    DeliveryState.UNKNOWN: _("may or may not have arrived"),
    DeliveryState.REVOKING: _("being recalled"),
    DeliveryState.REVOKE_UNKNOWN: _("may or may not be recalled"),
    DeliveryState.REVOKED: _("you recalled"),
    DeliveryState.RECALLED: _("recalled"),
    DeliveryState.CANCELLED: _("cancelled"),
}
"""Words for each state but sent and received."""


def line(message: StoredMessage, chat: str, sender: str) -> str:
    """Return `2026-11-21 10:41:07  项目群 · 张三: text`; further lines are indented, lest one look like a message.

    A notice, which nobody said, has no name before it.
    """
    time = message.time.astimezone().strftime("%Y-%m-%d %H:%M:%S")
    who = " · ".join(dict.fromkeys(filter(None, (chat, sender))))
    text = printable(describe(message.body), newlines=True).replace("\n", "\n    ")
    state = _STATES.get(message.state)
    note = f"  ({state})" if state else ""
    named = f"{printable(who, newlines=False)}: " if who else ""
    return f"{time}  {named}{text}{note}"


def gap_line(gap: Gap) -> str:
    """Return `── not connected 2026-11-21 14:20 – 2026-11-21 16:05 · messages may be missing ──`."""
    since, until = (f"{time.astimezone():%Y-%m-%d %H:%M}" for time in (gap.since, gap.until))
    template = _("not connected {since} – {until}") if gap.times == 1 else _("not always connected {since} – {until}")
    missing = _("messages may be missing")
    return f"── {template.format(since=since, until=until)} · {missing} ──"


def named_line(named: ExportedMessage, *, as_json: bool, with_chat: bool, rings: bool | None = None) -> str:
    """Return a message as a line: JSON for scripts, text for people, with the chat's name where there are several.

    `rings`: as for `facts`.
    """
    if as_json:
        return json_line(facts(named, rings))
    return line(named.message, named.chat if with_chat else "", shown_sender(named.message, named.sender))
