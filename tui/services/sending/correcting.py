"""Correction of the last message, as `s/old/new/` asks for it. WeChat changes nothing that was sent: one recalls it,
and sends another. `Outbox.correct` does both."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Final

import msgspec

from tui import errors
from tui.errors import Phrase
from tui.message_summary import in_short
from tui.store.delivery_state import DeliveryState
from tui.store.models import StoredMessage
from tui.wire.bodies import Text

if TYPE_CHECKING:
    from tui.services.sending.revoking import Revoker

_GONE: Final = frozenset({DeliveryState.REVOKED, DeliveryState.RECALLED, DeliveryState.CANCELLED})


class CorrectedMessage(msgspec.Struct, frozen=True):
    """Message that is to be recalled, and the corrected text that goes in its place."""

    message: StoredMessage
    text: str


def corrected_of(own: Iterable[StoredMessage], change: Callable[[str], str], revoker: Revoker) -> CorrectedMessage:
    """Return what a change of the last text among `own` comes to; these are one's messages, the newest first.

    Raises what is in the way of its recall, also when the two minutes are only probably over, and `UsageError` where
    there is no text, where nothing would change or nothing be left.
    """
    last = next((one for one in own if isinstance(one.body, Text) and one.state not in _GONE), None)
    if last is None or not isinstance(last.body, Text):
        raise errors.UsageError(why=Phrase("You have no message here to change."))
    changes_another = last.state is DeliveryState.PENDING and not last.queued
    if last.state is DeliveryState.SENDING or changes_another:
        raise errors.UsageError(why=Phrase("Your last message is still being sent."))
    if (why := revoker.obstacle(last)) is not None:
        raise why
    if last.state is DeliveryState.SENT and not revoker.window.seconds_left(last):
        raise errors.RevokeTooLate()
    changed = change(last.body.text)
    if changed == last.body.text:
        raise errors.UsageError(
            why=Phrase("This changes nothing in your last message, “{what}”.", what=in_short(last.body))
        )
    if not changed.strip():
        raise errors.UsageError(why=Phrase("Nothing would be left of your last message: recall it instead."))
    return CorrectedMessage(last, changed)
