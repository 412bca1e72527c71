"""Text sender: sends texts and forwards that are written down, each in its turn, as soon as one can leave."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Callable, Collection
from contextlib import asynccontextmanager
from enum import Enum, auto
from typing import Any

import msgspec

from tui import errors
from tui.services.sending.dispatcher import Dispatcher
from tui.services.sending.send_once import send_row
from tui.services.sending.throttle import Pace
from tui.services.util.background import this_task
from tui.services.util.retry import passes, too_fast
from tui.store.conversation_aliases import ConversationAliases
from tui.store.delivery_state import DeliveryEvent, DeliveryState
from tui.store.errors import AddressChanged
from tui.store.models import StoredMessage

log = logging.getLogger("wxtui.sending")


class Waits(Enum):
    """Reasons why a pending text has not left."""

    TURN = auto()
    """Nothing but its turn."""
    CONNECTION = auto()
    """A session, or the network."""
    HOLD = auto()
    """The server wants fewer messages; `Throttle.hold` says how long."""
    IDENTITY = auto()
    """Its conversation is not known in this login (PROTOCOL section 3)."""


class _Line:
    """Rows of one conversation that have not been answered, each with the event that begins its turn.

    The smallest row id is the oldest, also after a restart. One is sent at a time; after two lines became one, perhaps
    one of each.
    """

    def __init__(self) -> None:
        self.turns: dict[int, asyncio.Event] = {}
        self._sending: set[int] = set()

    def join(self, row_id: int) -> None:
        self.turns[row_id] = asyncio.Event()
        self._advance()

    def leave(self, row_id: int) -> None:
        del self.turns[row_id]
        self._sending.discard(row_id)
        self._advance()

    def take(self, other: _Line) -> None:
        self.turns |= other.turns
        self._sending |= other._sending

    def give(self, row_ids: Collection[int]) -> _Line:
        """Return a line of some of these rows; the rest go on without them."""
        apart = _Line()
        apart.turns = {row_id: self.turns.pop(row_id) for row_id in row_ids if row_id in self.turns}
        apart._sending = self._sending & apart.turns.keys()
        self._sending -= apart._sending
        self._advance()
        apart._advance()
        return apart

    def _advance(self) -> None:
        if self.turns and not self._sending:
            oldest = min(self.turns)
            self._sending.add(oldest)
            self.turns[oldest].set()


class _Waiting(msgspec.Struct, eq=False):
    """Message that has not left, and the task that is to send it."""

    conversation_id: int
    task: asyncio.Task[Any]
    patient: bool
    """Waits for better times; somebody who waits for the answer does not."""
    pace: Pace | None
    turned_away: errors.WxtuiError | None = None
    """Why it was told not to wait any longer."""


class TextSender:
    """Keeps the order within each conversation: a later text never overtakes an earlier one. Part of `Outbox`."""

    def __init__(
        self,
        dispatcher: Dispatcher,
        aliases: ConversationAliases,
        clock: Callable[[], float],
        on_change: Callable[[], None],
    ) -> None:
        self._dispatcher = dispatcher
        self._throttle = dispatcher.throttle
        self._aliases = aliases
        self._clock = clock
        self._on_change = on_change
        self._lines: dict[int, _Line] = {}
        self._waiting: dict[int, _Waiting] = {}
        self._split: dict[int, int] = {}
        """Rows whose conversation was split, each with the one in which it is now."""
        self.closing = False
        """The program ends: a row whose task is cancelled from now on waits for the next start."""

    # ---------------------------------------------------------------- the order

    def join(self, row: StoredMessage) -> None:
        """Give a row its place in the line of its conversation, at once; `deliver` must follow, or `leave`."""
        self._line(row).join(row.id)

    def leave(self, row: StoredMessage) -> None:
        """Take a row out of its line, and let the next one have its turn."""
        line = self._line(row)
        line.leave(row.id)
        if not line.turns:
            del self._lines[self._place(row)]
        self._split.pop(row.id, None)

    def merge(self, gone: int, into: int) -> None:
        """Merge the lines of two conversations that became one: from now on the row ids give one order."""
        line = self._lines.pop(gone, None)
        if line is not None:
            self._lines.setdefault(self._aliases.current(into), _Line()).take(line)

    def split(self, kept: int, apart: int, row_ids: Collection[int]) -> None:
        """Give rows a line of their own: their conversation is not `kept` any more."""
        line = self._lines.get(self._aliases.current(kept))
        given = _Line() if line is None else line.give(row_ids)
        if line is None or not given.turns:
            return
        self._lines.setdefault(self._aliases.current(apart), _Line()).take(given)
        for row_id in given.turns:
            self._split[row_id] = apart
            if row_id in self._waiting:
                self._waiting[row_id].conversation_id = apart
        if not line.turns:
            del self._lines[self._aliases.current(kept)]

    def _place(self, row: StoredMessage) -> int:
        return self._aliases.current(self._split.get(row.id, row.conversation_id))

    def _line(self, row: StoredMessage) -> _Line:
        return self._lines.setdefault(self._place(row), _Line())

    @asynccontextmanager
    async def _turn(self, row: StoredMessage) -> AsyncIterator[None]:
        """Wait for a row's turn, and let the next one have it afterwards."""
        try:
            await self._line(row).turns[row.id].wait()
            yield
        finally:
            self.leave(row)

    # ---------------------------------------------------------------- sending

    async def deliver(self, row: StoredMessage, pace: Pace | None = None) -> StoredMessage:
        """Send a row that has its place in the line, however long that takes; return it when its fate is known.

        `pace` is that of all messages that are for several receivers.
        """
        waiting = self._waiting[row.id] = _Waiting(row.conversation_id, this_task(), row.queued, pace)
        if not row.queued:
            asyncio.get_running_loop().call_soon(self.turn_away)
        if self.waits(row.id) is not Waits.TURN:
            # The store told of the row before the row waited here.
            self._on_change()
        try:
            async with self._turn(row):
                return await self._send(row, waiting)
        except asyncio.CancelledError:
            if self._waiting.pop(row.id, None) is not None and not self.closing:
                self._on_change()
            if waiting.turned_away is None or self.closing:
                return await self._given_up(row)
            await self._end(row, DeliveryEvent.REFUSED, type(waiting.turned_away).__name__)
            raise waiting.turned_away from None
        except Exception as error:
            # Nobody sends this row any more, so it must not stay pending. The caller gets the error.
            self._waiting.pop(row.id, None)
            await self._end(row, DeliveryEvent.REFUSED, type(error).__name__)
            raise
        finally:
            self._waiting.pop(row.id, None)

    async def _send(self, row: StoredMessage, waiting: _Waiting) -> StoredMessage:
        """Try until the row was answered, or was refused for a reason that does not pass."""
        while True:
            began = self._clock()
            try:
                context, row = await self._dispatcher.ready(row)
                if row.state is not DeliveryState.PENDING:
                    return row
                if waiting.pace is not None:
                    await waiting.pace.wait()
                async with self._throttle.leaving(row.conversation_id) as free:
                    if not free:
                        continue
                    began = self._clock()
                    # From here on it is too late to give the message up.
                    self._waiting.pop(row.id)
                    sent = await send_row(context, self._dispatcher.store, row)
                    self._throttle.accepted(began)
                    return sent
            except AddressChanged:
                if not row.queued:
                    raise errors.TargetUnknown(
                        target=(await self._dispatcher.store.conversation(row.conversation_id)).name
                    ) from None
                waiting.conversation_id = self._place(row)
                self._waiting[row.id] = waiting
            except errors.WxtuiError as error:
                if self.closing:
                    # The store failed in the moment in which the program ends; the cancellation is not repeated.
                    return await self._given_up(row)
                # A local error: the row could not be moved, and was certainly not sent.
                waits = row.queued and (passes(error) or isinstance(error, errors.LocalError))
                if waits:
                    log.info("a message waits: %s", error.code)
                    waiting.conversation_id = row.conversation_id
                    self._waiting[row.id] = waiting
                if waits or too_fast(error):
                    # The server means everything that this account sends, whichever message it said so about.
                    self._throttle.refused(error, began)
                if not waits:
                    raise

    async def _given_up(self, row: StoredMessage) -> StoredMessage:
        """Return a row whose task was cancelled: by a person, or by the end of the program."""
        if self.closing:
            return await asyncio.shield(self._dispatcher.store.row(row.id))
        return await self._end(row, DeliveryEvent.CANCEL, "")

    async def _end(self, row: StoredMessage, event: DeliveryEvent, reason: str) -> StoredMessage:
        """Let `event` end a row that is still pending, and return it; any other row is returned as it is."""
        store = self._dispatcher.store

        async def end() -> StoredMessage:
            now = await store.row(row.id)
            return await store.move(row.id, event, reason=reason) if now.state is DeliveryState.PENDING else now

        return await asyncio.shield(end())

    # ---------------------------------------------------------------- what waits

    def waits(self, message_id: int) -> Waits | None:
        """Return what a text or forward is waiting for; None when it is not waiting, or not here."""
        waiting = self._waiting.get(message_id)
        if waiting is None:
            return None
        if not self._dispatcher.connected:
            return Waits.CONNECTION
        if self._dispatcher.is_unknown(waiting.conversation_id):
            return Waits.IDENTITY
        if self._throttle.hold is not None:
            return Waits.HOLD
        return Waits.TURN if self._throttle.pause is None else Waits.CONNECTION

    @property
    def waiting(self) -> tuple[int, ...]:
        """Ids of all texts and forwards that have not left."""
        return tuple(self._waiting)

    def try_now(self, message_id: int) -> bool:
        """Let the oldest of a message's conversation leave now, in spite of the throttle; False for what does not wait.

        A person wants that.
        """
        waiting = self._waiting.get(message_id)
        if waiting is None:
            return False
        self._throttle.exempt(waiting.conversation_id)
        return True

    def give_up(self, message_id: int) -> bool:
        """Cancel a message that a person takes back before it leaves; False when it is too late for that."""
        waiting = self._waiting.get(message_id)
        return waiting is not None and waiting.task.cancel()

    async def given_up(self, message_id: int) -> bool:
        """Cancel a message, and return whether it is cancelled, once that is written down. Raises `LocalError`."""
        waiting = self._waiting.get(message_id)
        if waiting is None or not waiting.task.cancel():
            return False
        await asyncio.wait({waiting.task})
        error = None if waiting.task.cancelled() else waiting.task.exception()
        if isinstance(error, errors.LocalError):
            raise error
        return (await self._dispatcher.store.row(message_id)).state is DeliveryState.CANCELLED

    def turn_away(self) -> None:
        """End what somebody waits for while nothing leaves, be it held by the throttle or behind others."""
        hold = self._throttle.hold or self._throttle.pause
        if hold is None:
            return
        for waiting in self._waiting.values():
            if not waiting.patient and waiting.turned_away is None:
                waiting.turned_away = hold.error
                waiting.task.cancel()
