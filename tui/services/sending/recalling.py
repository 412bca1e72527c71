"""Recalls: a row says it first, then the request leaves, then the row says the outcome, as for what is sent."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING

from tui import errors
from tui.message_summary import in_short
from tui.services.util.shielded import whole
from tui.store.delivery_state import DeliveryEvent, DeliveryState, ImpossibleStep
from tui.store.models import StoredMessage
from tui.store.store import Store
from tui.wire import send

if TYPE_CHECKING:
    from tui.services.session.context import SessionContext

log = logging.getLogger("wxtui.recalling")


def _never(message: StoredMessage) -> bool:
    return False


def obstacle(message: StoredMessage, is_over: Callable[[StoredMessage], bool] = _never) -> errors.WxtuiError | None:
    """Return why the server cannot be asked to take this message back; None when it can.

    The server decides about the two minutes; `is_over` knows when they are over for certain (see `RecallWindow`).
    """
    if not message.mine:
        return errors.NotYours()
    what = in_short(message.body)
    match message.state:
        case DeliveryState.SENT | DeliveryState.REVOKE_UNKNOWN if message.msg_id:
            return errors.RevokeTooLate() if is_over(message) else None
        case DeliveryState.SENT:
            why = errors.Phrase("the server gave it no number")
        case DeliveryState.REVOKED | DeliveryState.RECALLED:
            return errors.AlreadyRevoked(what=what)
        case DeliveryState.REVOKING:
            return errors.BeingRevoked()
        case DeliveryState.RECEIVED:
            why = errors.Phrase("another device sent it; recall it there")
        case DeliveryState.UNKNOWN:
            why = errors.Phrase("it is not known whether it arrived")
        case _:
            why = errors.Phrase("it was not sent")
    return errors.NotRevocable(what=what, why=why)


def recallable(message: StoredMessage, is_over: Callable[[StoredMessage], bool]) -> bool:
    """Return whether a message of one's own can still be taken back, or, when it has not left, given up."""
    return message.state is DeliveryState.PENDING or obstacle(message, is_over) is None


def why_none(own: Iterable[StoredMessage], is_over: Callable[[StoredMessage], bool]) -> errors.WxtuiError:
    """Return why none of these messages of one's own, the newest first, can be taken back."""
    over = (DeliveryState.REVOKED, DeliveryState.CANCELLED, DeliveryState.FAILED)
    newest = next((message for message in own if message.state not in over), None)
    return (None if newest is None else obstacle(newest, is_over)) or errors.NothingToRevoke()


class Recalls:
    """Asks the server to take a message back, and writes down what came of it."""

    def __init__(self, context: SessionContext, store: Store) -> None:
        self._context = context
        self._store = store

    async def run(self, row: StoredMessage) -> str:
        """Take `row` back; return the server's sentence.

        Raises `RevokeUnknown` when the request left and no usable answer came, else what refused it. An earlier
        request that got no answer stays in doubt when a later one is refused: that may be because it had worked.
        """
        call = send.revoke(self._context.session, row.to_user_name, row.msg_id, row.client_msg_id)
        doubtful = row.state is DeliveryState.REVOKE_UNKNOWN
        no = DeliveryEvent.REVOKE_LOST if doubtful else DeliveryEvent.REVOKE_REFUSED
        try:
            await whole(self._store.move(row.id, DeliveryEvent.REVOKE_START))
        except ImpossibleStep:
            # Another shell asked for the same in this moment.
            raise obstacle(await self._store.row(row.id)) or errors.BeingRevoked() from None
        except asyncio.CancelledError:
            await self._note(row, no, row.reason)
            raise
        try:
            done = await self._context.transport.run(call)
        except errors.WxtuiError as error:
            # 4xx is the only sure sign that the server did not read the request.
            unread = isinstance(error, errors.Unreachable) or (isinstance(error, errors.NetworkError) and error.refused)
            if not doubtful and (unread or not isinstance(error, errors.NetworkError)):
                await self._note(row, no)
                raise
            await self._note(row, DeliveryEvent.REVOKE_LOST, error.code)
            raise errors.RevokeUnknown(what=in_short(row.body), why=error.said) from None
        except (Exception, asyncio.CancelledError):
            # Ctrl+C, or a mistake of ours: it may have left all the same.
            await self._note(row, DeliveryEvent.REVOKE_LOST, "Interrupted")
            raise
        try:
            await whole(self._store.move(row.id, DeliveryEvent.REVOKE_DONE))
        except errors.LocalError as error:
            raise errors.RevokeUnknown(what=in_short(row.body), why=error.said) from None
        return done.introduction

    async def _note(self, row: StoredMessage, event: DeliveryEvent, reason: str = "") -> None:
        """A store that fails too does not hide what became of the recall: that is said, whatever can be stored."""
        try:
            await whole(self._store.move(row.id, event, reason=reason))
        except errors.LocalError as error:
            log.info("what became of a recall could not be stored: %s", error.code)
