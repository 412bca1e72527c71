"""Sends what is written down, each row in its turn, as soon as something can leave; texts and forwards, not files."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from enum import Enum, auto
from typing import Any

from tui import errors
from tui.services.sending.conversation_queue import ConversationQueue
from tui.services.sending.dispatcher import Dispatcher
from tui.services.sending.outcome import passes, too_fast
from tui.services.sending.throttle import Throttle
from tui.store.delivery_state import DeliveryEvent, DeliveryState
from tui.store.models import StoredMessage

log = logging.getLogger("wxtui.deliveries")


class Waits(Enum):
    """What a pending text is waiting for."""

    TURN = auto()
    """Nothing but its turn."""
    CONNECTION = auto()
    """A session, or the network."""
    HOLD = auto()
    """The server wants us slower; `Outbox.hold` says how long."""
    IDENTITY = auto()
    """Its conversation is not known in this login (PROTOCOL section 3)."""


class TextSender:
    """The rows that have a place in the line, each with the task that sends it. Part of `Outbox`."""

    def __init__(
        self, dispatcher: Dispatcher, throttle: Throttle, clock: Callable[[], float], on_change: Callable[[], None]
    ) -> None:
        self._dispatcher = dispatcher
        self._throttle = throttle
        self._clock = clock
        self._on_change = on_change
        self._turns = ConversationQueue()
        self._waiting: dict[int, tuple[int, asyncio.Task[Any]]] = {}
        self._impatient: set[int] = set()
        self._turned_away: dict[int, errors.WxtuiError] = {}
        self.closing = False
        """Once it is set, whoever is cancelled waits for the next start."""

    def join(self, row: StoredMessage) -> None:
        """Give a row its place in the line of its conversation; then somebody has to `deliver` it."""
        self._turns.join(row)

    def merge(self, gone: int, into: int) -> None:
        """A conversation has become a part of another one."""
        self._turns.merge(gone, into)

    async def deliver(self, row: StoredMessage) -> StoredMessage:
        """Until its fate is known, however long that takes; `row` has its place in the line."""
        self._waiting[row.id] = row.conversation_id, _this_task()
        if not row.queued:
            self._impatient.add(row.id)
            asyncio.get_running_loop().call_soon(self.turn_away)
        self._tell_if_stuck(row.id)
        try:
            async with self._turns.mine(row):
                while True:
                    began = self._clock()
                    try:
                        client, row = await self._dispatcher.ready(row)
                        if row.state is not DeliveryState.PENDING:
                            return row
                        async with self._throttle.going(row.conversation_id) as free:
                            if not free:
                                continue
                            began = self._clock()
                            # From here it is too late to give it up.
                            self._waiting.pop(row.id)
                            sent = await client.chat.send_row(row)
                            self._throttle.arrived(began)
                            return sent
                    except errors.WxtuiError as error:
                        if self.closing:
                            # It came instead of the word that the program ends, which is said only once.
                            return await self._given_up(row)
                        if not (row.queued and _waits_after(error)):
                            if too_fast(error):
                                # Whoever it was told to: it goes for all.
                                self._throttle.shut(error, began)
                            raise
                        log.info("a message waits: %s", error.code)
                        self._waiting[row.id] = row.conversation_id, _this_task()
                        self._throttle.shut(error, began)
        except asyncio.CancelledError:
            if self._waiting.pop(row.id, None) is not None and not self.closing:
                self._on_change()
            why = self._turned_away.get(row.id)
            if why is None or self.closing:
                return await self._given_up(row)
            await self._ended(row, DeliveryEvent.REFUSED, type(why).__name__)
            raise why from None
        except Exception as error:
            # Whatever it was: nobody sends this row any more, so it must not stay pending. It goes on to who called.
            self._waiting.pop(row.id, None)
            await self._ended(row, DeliveryEvent.REFUSED, type(error).__name__)
            raise
        finally:
            self._waiting.pop(row.id, None)
            self._impatient.discard(row.id)
            self._turned_away.pop(row.id, None)

    def turn_away(self) -> None:
        """While nothing leaves, who waits for the answer is not left waiting, at the gate or behind others."""
        shut = self._throttle.hold or self._throttle.pause
        if shut is None:
            return
        for row_id in self._impatient & self._waiting.keys():
            self._impatient.discard(row_id)
            self._turned_away[row_id] = shut.error
            self._waiting[row_id][1].cancel()

    def _tell_if_stuck(self, message_id: int) -> None:
        """The store told of the row before it was here."""
        if self.waits(message_id) is not Waits.TURN:
            self._on_change()

    async def _given_up(self, row: StoredMessage) -> StoredMessage:
        """By the person; or the program ends, and then it waits for the next start."""
        if self.closing:
            return await asyncio.shield(self._dispatcher.store.row(row.id))
        return await self._ended(row, DeliveryEvent.CANCEL, "")

    async def _ended(self, row: StoredMessage, event: DeliveryEvent, reason: str) -> StoredMessage:
        """What became of it; a row that is still pending will not be sent."""
        store = self._dispatcher.store

        async def end() -> StoredMessage:
            now = await store.row(row.id)
            return await store.move(row.id, event, reason=reason) if now.state is DeliveryState.PENDING else now

        return await asyncio.shield(end())

    def waits(self, message_id: int) -> Waits | None:
        """What a text or forward is waiting for; None when it is not waiting, or not here."""
        if message_id not in self._waiting:
            return None
        conversation_id, _ = self._waiting[message_id]
        if not self._dispatcher.connected:
            return Waits.CONNECTION
        if self._dispatcher.unknown(conversation_id):
            return Waits.IDENTITY
        if self._throttle.hold is not None:
            return Waits.HOLD
        return Waits.TURN if self._throttle.pause is None else Waits.CONNECTION

    @property
    def waiting(self) -> tuple[int, ...]:
        """The rows of all texts and forwards that have not left."""
        return tuple(self._waiting)

    def try_now(self, message_id: int) -> bool:
        """A person wants it to leave now: the oldest of its conversation does. False for what does not wait."""
        if message_id not in self._waiting:
            return False
        self._throttle.let(self._waiting[message_id][0])
        return True

    def give_up(self, message_id: int) -> bool:
        """A person takes it back before it leaves; False when it is too late for that."""
        if message_id not in self._waiting:
            return False
        _, task = self._waiting[message_id]
        return task.cancel()


def _waits_after(error: errors.WxtuiError) -> bool:
    """Whether the message did certainly not arrive, and goes on waiting. A local error: its row could not be moved."""
    return passes(error) or isinstance(error, errors.LocalError)


def _this_task() -> asyncio.Task[Any]:
    task = asyncio.current_task()
    assert task is not None, "only asked in a coroutine"
    return task
