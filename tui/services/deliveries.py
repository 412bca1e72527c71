"""All that this face sends: shown at once, sent in typed order within a conversation, never sent twice.

A text does not wait for a file, nor one conversation for another. What runs here belongs to the program and not to a
screen: whoever called may go, the message is sent all the same. What is typed is committed before anything else, and
waits for whatever is missing: a session, a network, a server that wants us slower; also for the next start.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable, Coroutine
from enum import Enum, auto
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from tui import errors
from tui.services.backoff import Backoff
from tui.services.dispatch import Dispatch
from tui.services.gate import HOLD_FIRST, HOLD_MOST, PAUSE_MOST, Gate, Hold
from tui.services.ids import Ids
from tui.services.outcome import passes, too_fast
from tui.services.transfer import Transfer
from tui.services.turns import Turns
from tui.services.uncancelled import whole
from tui.services.uploads import Uploads
from tui.services.writer import sendable
from tui.store.changes import Change, ContactsChanged, ConversationMerged, ConversationsChanged
from tui.store.delivery import DeliveryEvent, DeliveryState
from tui.store.models import StoredMessage
from tui.store.outbox import INTERRUPTED
from tui.store.store import Store
from tui.wire.contacts import Contact
from tui.wire.media_types import MediaKind

if TYPE_CHECKING:
    from tui.services.client import Client

log = logging.getLogger("wxtui.deliveries")

_AGAIN: Final = {
    DeliveryState.FAILED: DeliveryEvent.RETRY,
    DeliveryState.UNKNOWN: DeliveryEvent.DECIDE_RESEND,
}


class Waits(Enum):
    """What a pending text is waiting for."""

    TURN = auto()
    """Nothing but its turn."""
    CONNECTION = auto()
    """A session, or the network."""
    HOLD = auto()
    """The server wants us slower; `Deliveries.hold` says how long."""
    IDENTITY = auto()
    """Its conversation is not known in this login (protocol.md section 3)."""


class _NothingToDo(Exception):
    """The row is not one to send again, or not any more: the key was pressed twice."""

    def __init__(self, row: StoredMessage) -> None:
        super().__init__()
        self.row = row


class Deliveries:
    """What is on its way, for as long as the program runs; sessions come and go below it (`renew`).

    Only for the process that holds the profile's `OwnerLock`: its rows are queued, and sent by whoever holds it next.
    """

    def __init__(
        self,
        store: Store,
        on_transfer: Callable[[Transfer], None],
        *,
        on_change: Callable[[], None] = lambda: None,
        clock: Callable[[], float] = time.monotonic,
        holds: Backoff | None = None,
        pauses: Backoff | None = None,
    ) -> None:
        """`on_transfer` hears of every change of state, and of progress at most ten times a second a transfer.

        `on_change` hears when what waits waits for something else. `holds` and `pauses` say how long the queue stands
        still when the server says "too fast", and when nothing can be reached.
        """
        jitter = Ids().jitter
        self._gate = Gate(
            clock,
            self._gate_moved,
            holds or Backoff(jitter, first=HOLD_FIRST, most=HOLD_MOST),
            pauses or Backoff(jitter, first=1, most=PAUSE_MOST),
        )
        self._clock = clock
        self._on_change = on_change
        self._dispatch = Dispatch(store, self._gate, on_change)
        self._uploads = Uploads(self._dispatch, on_transfer, clock)
        self._turns = Turns()
        self._resuming: asyncio.Task[None] | None = None
        self._restored = False
        self._closing = False
        self._tasks: set[asyncio.Task[StoredMessage]] = set()
        self._waiting: dict[int, tuple[int, asyncio.Task[Any]]] = {}
        self._impatient: set[int] = set()
        self._turned_away: dict[int, errors.WxtuiError] = {}

    # ---------------------------------------------------------------- sessions

    def renew(self, client: Client) -> None:
        """There is a session, the first or another: what waits goes on, to whom it was written for."""
        self._dispatch.renew(client)

    def connected(self) -> None:
        """The network is back: what could not leave tries again at once."""
        self._gate.connected()

    def apply(self, change: Change) -> None:
        """Hand on what the store tells."""
        self._uploads.apply(change)
        if isinstance(change, ConversationMerged):
            self._turns.merge(change.gone, change.into)
            self._gate.merge(change.gone, change.into)
        elif isinstance(change, ContactsChanged | ConversationsChanged):
            self._dispatch.look_again()

    async def resume(self) -> None:
        """Queue what waits in the store since an earlier run, oldest first. What is typed meanwhile comes after it.

        It happens once; the first text that is sent asks for it too, but for the files. Raises `LocalError`.
        """
        with self._uploads.held():
            await self._resume()
            if not self._restored:
                await self._uploads.restore()
                self._restored = True

    async def _resume(self) -> None:
        if self._resuming is None or (self._resuming.done() and self._resuming.exception() is not None):
            self._resuming = asyncio.create_task(self._take_up())
        await asyncio.shield(self._resuming)

    async def _take_up(self) -> None:
        rows = await self._dispatch.store.waiting()
        for row in rows:
            if not sendable(row):
                # Of a file that was never noted in the ledger: nobody knows which one it was.
                await self._dispatch.store.move(row.id, DeliveryEvent.REFUSED, reason=INTERRUPTED)
        # All of them or, when something went wrong above, none: it is tried again, and each has one place in the line.
        for row in filter(sendable, rows):
            self._turns.join(row)
            self._keep(asyncio.create_task(self._deliver(row)))

    # ---------------------------------------------------------------- messages

    async def text(
        self,
        to: Contact,
        text: str,
        on_row: Callable[[StoredMessage], None] = lambda row: None,
        *,
        within: int | None = None,
        queued: bool = True,
    ) -> StoredMessage:
        """Show a text at once, send it after what was typed before it; returns it when its fate is known.

        `on_row` hears when it is committed: it is not lost any more. `within` is the id of its conversation, where that
        is known (see `Writer.add`). Not `queued`: it is for somebody who waits for the answer; it has its place in the
        order, but fails at once, and outlives nothing. Raises as `Chat.send_text`. Given up before it left, it is
        returned as CANCELLED.
        """

        def write() -> Awaitable[StoredMessage]:
            return self._dispatch.writer.add_text(to, text, on_row, queued=queued, within=within)

        return await self._owned(self._send(to.user_name, write))

    async def forward(
        self,
        message: StoredMessage,
        to: Contact,
        on_row: Callable[[StoredMessage], None] = lambda row: None,
        *,
        queued: bool = True,
    ) -> StoredMessage:
        """The same with a stored message. Raises as `Chat.forward`."""

        async def write() -> StoredMessage:
            row = await self._dispatch.writer.add_forward(message, to, queued=queued)
            on_row(row)
            return row

        return await self._owned(self._send(to.user_name, write))

    async def resend(self, message: StoredMessage) -> StoredMessage:
        """Send a failed message again, in its old row, with its old ClientMsgId.

        An unknown one too: only when a person, told that it may arrive twice, has said so. One that waits tries now,
        whatever it waits for. One that is neither is returned as it is. An upload is queued again, and returned at
        once.
        """
        transfer = await self._uploads.adopt(message)
        if transfer is not None:
            self._uploads.again(transfer)
            return transfer.row or message
        if self.try_now(message.id):
            return message
        try:
            return await self._owned(self._send(message.to_user_name, lambda: self._pending_again(message)))
        except _NothingToDo as it:
            return it.row

    async def _pending_again(self, message: StoredMessage) -> StoredMessage:
        store = self._dispatch.store
        row = await store.row(message.id)
        event = _AGAIN.get(row.state)
        if event is None:
            raise _NothingToDo(row)
        if not sendable(row):
            raise errors.UsageError(
                why=errors.Phrase("Which file this was is not known any more; choose it again to send it.")
            )
        return await store.move(row.id, event, queued=True)

    async def _send(self, user_name: str, write: Callable[[], Awaitable[StoredMessage]]) -> StoredMessage:
        async def written() -> StoredMessage:
            lane = self._dispatch.lane(user_name)
            async with lane.writing:
                await self._resume()
                return await write()

        # What was typed is committed, even when the program is just being left.
        row = await whole(written())
        # Straight on: from here the place in the line is that of the row.
        self._turns.join(row)
        return await self._deliver(row)

    async def _deliver(self, row: StoredMessage) -> StoredMessage:
        """Until its fate is known, however long that takes; `row` has its place in the line."""
        self._waiting[row.id] = row.conversation_id, _this_task()
        if not row.queued:
            self._impatient.add(row.id)
            asyncio.get_running_loop().call_soon(self._turn_away)
        self._tell_if_stuck(row.id)
        try:
            async with self._turns.mine(row):
                while True:
                    began = self._clock()
                    try:
                        client, row = await self._dispatch.ready(row)
                        if row.state is not DeliveryState.PENDING:
                            return row
                        async with self._gate.going(row.conversation_id) as free:
                            if not free:
                                continue
                            began = self._clock()
                            # From here it is too late to give it up.
                            self._waiting.pop(row.id)
                            sent = await client.chat.send_row(row)
                            self._gate.arrived(began)
                            return sent
                    except errors.WxtuiError as error:
                        if self._closing:
                            # It came instead of the word that the program ends, which is said only once.
                            return await self._given_up(row)
                        if not (row.queued and _waits_after(error)):
                            if too_fast(error):
                                # Whoever it was told to: it goes for all.
                                self._gate.shut(error, began)
                            raise
                        log.info("a message waits: %s", error.code)
                        self._waiting[row.id] = row.conversation_id, _this_task()
                        self._gate.shut(error, began)
        except asyncio.CancelledError:
            if self._waiting.pop(row.id, None) is not None and not self._closing:
                self._on_change()
            why = self._turned_away.get(row.id)
            if why is None or self._closing:
                return await self._given_up(row)
            await self._ended(row, DeliveryEvent.REFUSED, type(why).__name__)
            raise why from None
        except Exception as error:
            self._waiting.pop(row.id, None)
            await self._ended(row, DeliveryEvent.REFUSED, type(error).__name__)
            raise
        finally:
            self._waiting.pop(row.id, None)
            self._impatient.discard(row.id)
            self._turned_away.pop(row.id, None)

    def _gate_moved(self) -> None:
        self._turn_away()
        self._on_change()

    def _turn_away(self) -> None:
        """While nothing leaves, who waits for the answer is not left waiting, at the gate or behind others."""
        shut = self._gate.hold or self._gate.pause
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
        if self._closing:
            return await asyncio.shield(self._dispatch.store.row(row.id))
        return await self._ended(row, DeliveryEvent.CANCEL, "")

    async def _ended(self, row: StoredMessage, event: DeliveryEvent, reason: str) -> StoredMessage:
        """What became of it; a row that is still pending will not be sent."""
        store = self._dispatch.store

        async def end() -> StoredMessage:
            now = await store.row(row.id)
            return await store.move(row.id, event, reason=reason) if now.state is DeliveryState.PENDING else now

        return await asyncio.shield(end())

    async def _owned(self, sending: Coroutine[Any, Any, StoredMessage]) -> StoredMessage:
        """Run it as ours: a worker that is cancelled with its screen takes no message with it."""
        task = asyncio.create_task(sending)
        self._keep(task)
        await asyncio.wait({task})
        return task.result()

    def _keep(self, task: asyncio.Task[StoredMessage]) -> None:
        self._tasks.add(task)
        task.add_done_callback(self._forget)

    def _forget(self, task: asyncio.Task[StoredMessage]) -> None:
        self._tasks.discard(task)
        if not task.cancelled():
            # Nobody may be left to be told; the row says it.
            task.exception()

    # ---------------------------------------------------------------- what waits

    @property
    def hold(self) -> Hold | None:
        """The server wants us slower: nothing leaves before that."""
        return self._gate.hold

    @property
    def in_session(self) -> bool:
        """Whether there is a session in use."""
        return self._dispatch.connected

    def waits(self, message_id: int) -> Waits | None:
        """What a text or forward is waiting for; None when it is not waiting, or not here."""
        if message_id not in self._waiting:
            return None
        conversation_id, _ = self._waiting[message_id]
        if not self._dispatch.connected:
            return Waits.CONNECTION
        if self._dispatch.unknown(conversation_id):
            return Waits.IDENTITY
        if self._gate.hold is not None:
            return Waits.HOLD
        return Waits.TURN if self._gate.pause is None else Waits.CONNECTION

    @property
    def waiting(self) -> tuple[int, ...]:
        """The rows of all texts and forwards that have not left."""
        return tuple(self._waiting)

    def try_now(self, message_id: int) -> bool:
        """A person wants it to leave now: the oldest of its conversation does. False for what does not wait."""
        if message_id not in self._waiting:
            return False
        self._gate.let(self._waiting[message_id][0])
        return True

    # ---------------------------------------------------------------- files

    def file(
        self,
        to: Contact,
        path: Path,
        kind: MediaKind,
        name: str | None = None,
        *,
        within: int | None = None,
        queued: bool = True,
    ) -> Transfer:
        """Check a file and queue it, shown at once. It is opened, and checked again, when its turn comes.

        `within` and not `queued`: as for `text`. Raises `FileRefused`; nothing is queued then. Looks at the disk.
        """
        return self._uploads.add(to, path, kind, name, within=within, queued=queued)

    @property
    def transfers(self) -> list[Transfer]:
        """Every file since the start; the waiting ones in the order of their turn."""
        return list(self._uploads.transfers)

    def cancel(self, transfer: Transfer) -> bool:
        """Give a transfer up, running or not; False when it is too late for that."""
        return self._uploads.cancel(transfer)

    def cancel_row(self, message_id: int) -> bool:
        """Give up what has not left, text or file; False when it is too late for that."""
        transfer = self.of_row(message_id)
        if transfer is not None:
            return self.cancel(transfer)
        if message_id not in self._waiting:
            return False
        _, task = self._waiting[message_id]
        return task.cancel()

    def pause(self, transfer: Transfer, on: bool) -> bool:
        """Let a file wait for a person, also after a restart, or go on; False when it does already, or is leaving."""
        return self._uploads.pause(transfer, on)

    def retry(self, transfer: Transfer) -> bool:
        """Queue a failed or cancelled transfer again; False when it is neither (an unknown one: see `resend`)."""
        return self._uploads.retry(transfer)

    def reorder(self, transfer: Transfer, by: int) -> None:
        """Move a waiting transfer past `by` other waiting ones, up when negative."""
        self._uploads.reorder(transfer, by)

    def of_row(self, message_id: int) -> Transfer | None:
        """The transfer whose message this is."""
        return self._uploads.of_row(message_id)

    # ---------------------------------------------------------------- the end

    @property
    def unfinished(self) -> int:
        """How many files are waiting or running; a paused one does neither."""
        return sum(not (one.state.over or one.paused) for one in self._uploads.transfers)

    @property
    def unsent(self) -> int:
        """How many texts and forwards have not been answered yet."""
        return len(self._tasks)

    @property
    def leaving(self) -> int:
        """How many of those have left: their answers are lost when the program ends now. The others wait on."""
        return len(self._tasks) - len(self._waiting)

    async def close(self) -> None:
        """End everything. What had left is unknown then; what waits, texts and files, waits for the next start.
        The rows say so.
        """
        self._closing = True
        if self._resuming is not None:
            await asyncio.gather(self._resuming, return_exceptions=True)
        tasks = list(self._tasks)
        for task in tasks:
            task.cancel()
        await asyncio.gather(self._uploads.close(), *tasks, return_exceptions=True)


def _waits_after(error: errors.WxtuiError) -> bool:
    """Whether the message did certainly not arrive, and goes on waiting. A local error: its row could not be moved."""
    return passes(error) or isinstance(error, errors.LocalError)


def _this_task() -> asyncio.Task[Any]:
    task = asyncio.current_task()
    assert task is not None, "only asked in a coroutine"
    return task
