"""Status behind one's own messages: how far they are, and how long they can still be recalled.

The layout keeps `reserved` cells for it, which depend on the message alone: neither a second nor a byte moves a line.
A part of a MsgID takes no line of its own: where it does not fit beside the words, it is left out.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Final, NamedTuple

from tui.i18n import _
from tui.keymap import hint
from tui.services.uploads.upload_state import Upload, UploadState
from tui.store.delivery_state import DeliveryState
from tui.store.models import StoredMessage
from tui.terminal.graphemes import cell_len, cut
from tui.widgets.base.progress_text import BAR, bar_runs, detail, state_text
from tui.widgets.base.reason_words import reason_words
from tui.widgets.base.styles import Run, Tone
from tui.wire import bodies
from tui.wire.names import REVOKE_WINDOW
from tui.wire.text import printable

_HURRY: Final = 15
"""Seconds at which the countdown begins to stand out."""
_PROGRESS: Final = 38
"""Cells of `▰▰▰▱▱ 100% 1023.9 MiB 10.2 MiB/s 12:34`."""
_SHORT_ID: Final = 4
_FILES: Final = (bodies.File, bodies.Image, bodies.Video, bodies.Emoticon)


class WaitReason(NamedTuple):
    """Reason why a text has not left: words, and the seconds until it is tried again, if that is known.

    `MessageLog.progress` must be called when a second of it is over.
    """

    words: str
    short: str
    seconds: float | None = None


def uploads(message: StoredMessage) -> bool:
    """Return True when a file is, or may be, on its way."""
    return message.outgoing and message.state is DeliveryState.PENDING and isinstance(message.body, _FILES)


def reserved(message: StoredMessage, *, selected: bool) -> int:
    """Return the cells beside the words that the status needs; 0 for none."""
    match message.state:
        case DeliveryState.PENDING if uploads(message):
            return _PROGRESS
        case DeliveryState.SENT if message.outgoing:
            return cell_len(_text_of(_sent_id(message, REVOKE_WINDOW))) if selected else 1
        case _:
            return cell_len(_text_of(status(message, None, 0.0, selected=selected, room=1000)))


def status(
    message: StoredMessage,
    upload: Upload | None,
    left: float,
    *,
    selected: bool,
    room: int,
    wait: WaitReason | None = None,
) -> tuple[Run, ...]:
    """Return the words of a status, in at most `room` cells; none for what others said.

    `left`: seconds in which the message can still be recalled.
    """
    match message.state:
        case DeliveryState.RECEIVED:
            runs: Sequence[Run] = (("✓", Tone.DIM),) if message.mine else ()
        case DeliveryState.RECALLED:
            runs = ((_("recalled"), Tone.WARN),)
        case DeliveryState.PENDING if upload is not None:
            runs = _moving(upload, room)
        case DeliveryState.PENDING if wait is not None:
            runs = _waiting(wait, room)
        case DeliveryState.PENDING:
            runs = (("…", Tone.DIM),)
        case DeliveryState.SENDING:
            runs = ((_("sending") + "…", Tone.DIM),)
        case DeliveryState.SENT:
            seconds = math.ceil(left)
            runs = _sent_id(message, seconds) if selected else _sent(message, seconds, room)
        case DeliveryState.FAILED:
            runs = _failed(message, room)
        case DeliveryState.UNKNOWN:
            runs = (("? " + _("may have arrived"), Tone.WARN),)
        case DeliveryState.REVOKING:
            runs = ((_("recalling") + "…", Tone.DIM),)
        case DeliveryState.REVOKE_UNKNOWN:
            runs = ((_("recall?"), Tone.WARN),)
        case DeliveryState.REVOKED:
            runs = _revoked(message)
        case DeliveryState.CANCELLED:
            runs = ((_("cancelled"), Tone.DIM),)
    return _fitted(runs, room)


def _waiting(wait: WaitReason, room: int) -> tuple[Run, ...]:
    """Return `… on hold 0:28`; the short words, or only the sign, where there is too little room."""
    seconds = "" if wait.seconds is None else " " + minutes(math.ceil(wait.seconds))
    for words in (wait.words, wait.short):
        said = f"… {words}{seconds}"
        if cell_len(said) <= room:
            return ((said, Tone.WARN),)
    return (("…", Tone.WARN),)


def minutes(seconds: int) -> str:
    """Return seconds as `1:48`."""
    whole, rest = divmod(max(0, seconds), 60)
    return f"{whole}:{rest:02}"


def _sent_id(message: StoredMessage, seconds: int) -> tuple[Run, ...]:
    """Return `✓ 7041234567890123321 · 1:48`."""
    return _ticked(printable(message.msg_id, newlines=False), seconds)


def _sent(message: StoredMessage, seconds: int, room: int) -> tuple[Run, ...]:
    """Return `✓ 7041…3321 · 1:48`, or `✓ · 1:48`, or `✓`: as much as has room while a countdown runs."""
    whole = printable(message.msg_id, newlines=False)
    short = whole if len(whole) <= 2 * _SHORT_ID + 1 else f"{whole[:_SHORT_ID]}…{whole[-_SHORT_ID:]}"
    for msg_id in (short, ""):
        if cell_len(_text_of(_ticked(msg_id, REVOKE_WINDOW))) <= room:
            return _ticked(msg_id, seconds)
    return _ticked("", 0)


def _ticked(msg_id: str, seconds: int) -> tuple[Run, ...]:
    """Return a tick, with a MsgID and the seconds that are left where there are such."""
    between = f"{msg_id} · " if msg_id and seconds else "· " if seconds else msg_id
    hurry = Tone.WARN if seconds <= _HURRY else Tone.TEXT
    return (("✓ " if between else "✓", Tone.GOOD), (between, Tone.DIM), (minutes(seconds) if seconds else "", hurry))


def _failed(message: StoredMessage, room: int) -> tuple[Run, ...]:
    """Return `✗ not sent: no connection · R retries`; the key is named even where the reason must be cut."""
    why = reason_words(message.reason)
    said = _("not sent: {why}").format(why=why) if why else _("not sent")
    again = "· " + hint("{retry} retries")
    said = cut(f"✗ {said}", max(0, room - cell_len(again) - 1))
    return ((f"{said} ", Tone.BAD), (again, Tone.DIM))


def _revoked(message: StoredMessage) -> tuple[Run, ...]:
    if not isinstance(message.body, bodies.Text):
        return ((_("you recalled"), Tone.WARN),)
    return ((_("you recalled") + " ", Tone.WARN), ("· " + hint("{edit} edits"), Tone.DIM))


def _moving(upload: Upload, room: int) -> tuple[Run, ...]:
    """Return the bar of an upload, or the words of a state without one. How it ended stands in the row's own state."""
    state = upload.state
    if state in (UploadState.FAILED, UploadState.UNKNOWN):
        return (("…", Tone.DIM),)
    said = state_text(UploadState.SENDING if state is UploadState.SENT else state)
    if said is not None:
        return ((said.words + (detail(upload) or "…"), Tone.DIM),)
    return bar_runs(upload, room, BAR)


def _text_of(runs: Sequence[Run]) -> str:
    return "".join(text for text, _tone in runs)


def _fitted(runs: Sequence[Run], room: int) -> tuple[Run, ...]:
    kept: list[Run] = []
    for text, tone in runs:
        short = cut(text, room)
        if short:
            kept.append((short, tone))
            room -= cell_len(short)
    return tuple(kept)
