"""Revoking: one policy for the key, the slash command, the command line and other shells.

A message that has not left, or whose file is still uploading, is given up. Of a message that the server has, the server
is asked: the row says `REVOKING` first, then the request leaves, then the row says the outcome, as for what is sent.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from typing import TYPE_CHECKING

from tui import errors
from tui.message_summary import in_short
from tui.services.sending.recall_window import RecallWindow
from tui.services.sending.send_once import note_outcome
from tui.services.util.retry import may_have_arrived
from tui.services.util.shielded import whole
from tui.store.delivery_state import DeliveryEvent, DeliveryState, ImpossibleStep
from tui.store.models import StoredMessage
from tui.store.store import Store
from tui.wire import send

if TYPE_CHECKING:
    from tui.services.session.context import SessionContext


class Revoker:
    """Decides whether a message can be taken back, and takes it back."""

    def __init__(self, store: Store, window: RecallWindow, give_up: Callable[[StoredMessage], Awaitable[bool]]) -> None:
        """`give_up` cancels a pending message; False when it is just leaving."""
        self._store = store
        self._give_up = give_up
        self.window = window

    def obstacle(self, message: StoredMessage) -> errors.WxtuiError | None:
        """Return why a message cannot be taken back; None when it can, or when it has not left and can be given up.

        The server decides about the two minutes, unless they are over for certain.
        """
        if not message.mine:
            return errors.NotYours()
        what = in_short(message.body)
        match message.state:
            case DeliveryState.PENDING:
                return None
            case DeliveryState.SENT | DeliveryState.REVOKE_UNKNOWN if message.msg_id:
                return errors.RevokeTooLate() if self.window.is_over(message) else None
            case DeliveryState.SENT:
                why = errors.Phrase("the server gave it no MsgID")
            case DeliveryState.REVOKED | DeliveryState.RECALLED:
                return errors.AlreadyRevoked(what=what)
            case DeliveryState.REVOKING:
                return errors.BeingRevoked()
            case DeliveryState.RECEIVED:
                why = errors.Phrase("another device sent it; recall it there")
            case DeliveryState.UNKNOWN | DeliveryState.SENDING:
                why = errors.Phrase("it is not known whether it arrived")
            case _:
                why = errors.Phrase("it was not sent")
        return errors.NotRevocable(what=what, why=why)

    def promising(self, message: StoredMessage) -> bool:
        """Return True when a recall will probably work: nothing is known against it, not even the clock on the wall."""
        sent = message.state is DeliveryState.SENT
        return self.obstacle(message) is None and (not sent or self.window.seconds_left(message) > 0)

    def why_none(self, own: Iterable[StoredMessage]) -> errors.WxtuiError:
        """Return why none of these messages of one's own, the newest first, can be taken back."""
        over = (DeliveryState.REVOKED, DeliveryState.CANCELLED, DeliveryState.FAILED)
        newest = next((message for message in own if message.state not in over), None)
        return (None if newest is None else self.obstacle(newest)) or errors.NothingToRevoke()

    async def revoke(self, message: StoredMessage, session: Callable[[], Awaitable[SessionContext]]) -> str | None:
        """Take a message back; return the server's sentence, or None when it had not left and was given up.

        `session` is asked for only when the server has to be asked. Raises `NotYours`, `NotRevocable`,
        `AlreadyRevoked`, `BeingRevoked`, `RevokeTooLate`, what `session` raises, `RevokeUnknown` when the request left
        and no usable answer came, else what the server refused it with. An earlier request that got no answer stays in
        doubt when a later one is refused: that may be because it had worked.
        """
        row = await self._store.row(message.id)
        if row.state is DeliveryState.PENDING:
            if await self._give_up(row):
                return None
            row = await self._store.row(row.id)
        if (why := self.obstacle(row)) is not None:
            raise why
        if row.state is DeliveryState.PENDING:
            # Nobody here is about to send it, or its file's message is just leaving.
            raise errors.NotRevocable(what=in_short(row.body), why=errors.Phrase("it was not sent"))
        return await self._ask(await session(), row)

    async def _ask(self, context: SessionContext, row: StoredMessage) -> str:
        """Ask the server, and write down what came of it."""
        call = send.revoke(context.session, row.to_user_name, row.msg_id, row.client_msg_id)
        doubtful = row.state is DeliveryState.REVOKE_UNKNOWN
        no = DeliveryEvent.REVOKE_LOST if doubtful else DeliveryEvent.REVOKE_REFUSED
        try:
            await whole(self._store.move(row.id, DeliveryEvent.REVOKE_START))
        except ImpossibleStep:
            # Another shell asked for the same in this moment.
            raise self.obstacle(await self._store.row(row.id)) or errors.BeingRevoked() from None
        except asyncio.CancelledError:
            await note_outcome(self._store, row, no, row.reason)
            raise
        try:
            sentence = await context.transport.run(call)
        except errors.WxtuiError as error:
            if not doubtful and not may_have_arrived(error):
                await note_outcome(self._store, row, no)
                raise
            await note_outcome(self._store, row, DeliveryEvent.REVOKE_LOST, error.code)
            raise errors.RevokeUnknown(what=in_short(row.body), why=error.said) from None
        except (Exception, asyncio.CancelledError):
            # Ctrl+C, or a mistake of ours: it may have left all the same.
            await note_outcome(self._store, row, DeliveryEvent.REVOKE_LOST, "Interrupted")
            raise
        try:
            await whole(self._store.move(row.id, DeliveryEvent.REVOKE_DONE))
        except errors.LocalError as error:
            raise errors.RevokeUnknown(what=in_short(row.body), why=error.said) from None
        return sentence
