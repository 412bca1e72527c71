"""Outbox: what this program sends, shown at once, sent in typed order within a conversation, never sent twice.

A text does not wait for a file, nor one conversation for another. What is typed is committed before anything else, and
waits for whatever is missing: a session, a network, a server that wants fewer messages; also for the next start. The
tasks here belong to the program and not to a screen: the caller may go, the message is sent all the same.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Coroutine, Sequence
from contextlib import suppress
from typing import TYPE_CHECKING, Any, Final, TypeVar

from tui import errors
from tui.services.sending.correcting import CorrectedMessage
from tui.services.sending.dispatcher import Dispatcher
from tui.services.sending.forwarding import copy_of
from tui.services.sending.recall_window import RecallWindow
from tui.services.sending.revoking import Revoker
from tui.services.sending.send_once import sendable
from tui.services.sending.text_sender import TextSender
from tui.services.sending.throttle import HOLD_FIRST, HOLD_MOST, PAUSE, PAUSE_MOST, Pace, Throttle
from tui.services.uploads.upload_queue import UploadQueue
from tui.services.uploads.upload_state import Upload
from tui.services.util.background import child, report
from tui.services.util.ids import Ids
from tui.services.util.retry import Backoff
from tui.services.util.shielded import whole
from tui.store.changes import Change, ContactsChanged, ConversationMerged, ConversationsChanged, ConversationSplit
from tui.store.conversation_aliases import ConversationAliases
from tui.store.delivery_state import SEND_AGAIN, DeliveryEvent, DeliveryState
from tui.store.models import StoredMessage
from tui.store.store import Store
from tui.store.tables.outbox import INTERRUPTED
from tui.wire.bodies import Body, typed_text
from tui.wire.contacts import Contact

if TYPE_CHECKING:
    from pathlib import Path

    from tui.services.client.client import Client
    from tui.services.session.context import SessionContext

T = TypeVar("T")

_AT_ONCE: Final = 5
"""Conversations to which what an earlier run left goes without a pause."""


class _Once:
    """Calls something at the first of its own calls only: a row was written, or will never be."""

    def __init__(self, do: Callable[[], object]) -> None:
        self._do: Callable[[], object] | None = do

    def __call__(self, _said: object) -> None:
        do, self._do = self._do, None
        if do is not None:
            do()


class Outbox:
    """Messages on their way, for as long as the program runs; sessions come and go below it (`renew`).

    `files` has the uploads, `sender` the texts that wait; `throttle` and `dispatcher` say what holds them up.

    Only for the process that holds the profile's `OwnerLock`: its rows are queued, and sent by whoever holds it next.
    """

    def __init__(
        self,
        store: Store,
        on_upload: Callable[[Upload], None],
        *,
        on_change: Callable[[], None] = lambda: None,
        clock: Callable[[], float] = time.monotonic,
        holds: Backoff | None = None,
        pauses: Backoff | None = None,
        window: RecallWindow | None = None,
        spool: Path | None = None,
    ) -> None:
        """`on_upload` hears of every change of state, and of progress at most ten times a second an upload.

        `on_change` hears when what waits waits for something else. `holds` and `pauses` say how long nothing leaves
        when the server says "too fast", and when nothing can be reached. `window` is told of every change.
        `spool` as for `UploadQueue`.
        """
        ids = Ids()
        self._store = store
        self._on_change = on_change
        self._aliases = ConversationAliases()
        self.throttle = Throttle(
            clock,
            self._throttle_changed,
            holds or Backoff(ids.jitter, first=HOLD_FIRST, most=HOLD_MOST),
            pauses or Backoff(ids.jitter, first=1, most=PAUSE_MOST),
            self._aliases,
        )
        self.dispatcher = Dispatcher(store, self.throttle, on_change)
        self.files = UploadQueue(self.dispatcher, on_upload, clock, spool)
        self.sender = TextSender(self.dispatcher, self._aliases, clock, on_change)
        self.revoker = Revoker(store, window or RecallWindow(ids.now), self._give_up)
        self._resuming: asyncio.Task[None] | None = None
        self._restored = False
        self._tasks: set[asyncio.Task[StoredMessage]] = set()

    # ---------------------------------------------------------------- sessions

    def renew(self, client: Client) -> None:
        """Send through this session from now on, the first or another, to whom each message was written for."""
        self.dispatcher.renew(client.context)

    def apply(self, change: Change) -> None:
        """Take in a change of the store."""
        self.revoker.window.note(change)
        self.files.apply(change)
        if isinstance(change, ConversationMerged):
            self._aliases.add(change.gone, change.into)
            self.sender.merge(change.gone, change.into)
        elif isinstance(change, ConversationSplit):
            self.sender.split(change.kept, change.apart, change.waiting)
        elif isinstance(change, ContactsChanged | ConversationsChanged):
            self.dispatcher.look_again()

    async def resume(self) -> None:
        """Queue what waits in the store since an earlier run, oldest first. What is typed meanwhile comes after it.

        That happens once; the first text that is sent asks for it too, but for the files. Raises `LocalError`.
        """
        with self.files.held():
            await self._resume()
            if not self._restored:
                await self.files.restore()
                self._restored = True

    async def _resume(self) -> None:
        if self._resuming is None or (self._resuming.done() and self._resuming.exception() is not None):
            self._resuming = child(self._take_up())
        await asyncio.shield(self._resuming)

    async def _take_up(self) -> None:
        rows = await self._store.waiting()
        for row in rows:
            if not sendable(row):
                # Of a file that was never noted in the table of uploads: nobody knows which one it was.
                await self._store.move(row.id, DeliveryEvent.REFUSED, reason=INTERRUPTED)
        # All of them or, when something went wrong above, none: it is tried again, and each has one place in the line.
        left = list(filter(sendable, rows))
        # So many were for several, and came out one by one before.
        pace = self.pace(PAUSE) if len({row.conversation_id for row in left}) > _AT_ONCE else None
        for row in left:
            self.sender.join(row)
            self._keep(child(self.sender.deliver(row, pace)))

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
        """Show a text at once, send it after what was typed before it; return it when its fate is known.

        `on_row` hears when it is committed: it is not lost any more. `within` is the id of its conversation, where that
        is known: another login may just have given `to` another UserName, under which this one would be a stranger's.
        Not `queued`: it is for somebody who waits for the answer; it has its place in the order, but fails at once, and
        outlives nothing. Raises as `Chat.send_text`. Given up before it left, it is returned as CANCELLED.
        """
        body = typed_text(text)
        return await self._owned(self._send(to, body, on_row=on_row, within=within, queued=queued))

    async def forward(
        self,
        message: StoredMessage,
        to: Contact,
        on_row: Callable[[StoredMessage], None] = lambda row: None,
        *,
        queued: bool = True,
        pace: Pace | None = None,
    ) -> StoredMessage:
        """Send a stored message on, as `text` does; `pace` where several get it. Raises as `Chat.forward`."""
        return await self._owned(self._send(to, *copy_of(message), on_row=on_row, queued=queued, pace=pace))

    async def forward_to_several(
        self, messages: Sequence[StoredMessage], receivers: Sequence[Contact], seconds: float
    ) -> list[StoredMessage | BaseException]:
        """Send messages on to each receiver, with a pause of so many seconds between two; return what came of each.

        All are written down before one leaves: no end of the program loses some. They leave in their order.
        """
        pace, tasks = self.pace(seconds), list[asyncio.Task[StoredMessage]]()
        settled = asyncio.Semaphore(0)
        async with pace.held():
            for to in receivers:
                for message in messages:
                    written = _Once(settled.release)
                    tasks.append(child(self.forward(message, to, written, pace=pace)))
                    tasks[-1].add_done_callback(written)
            for _task in tasks:
                await settled.acquire()
        return await asyncio.gather(*tasks, return_exceptions=True)

    def pace(self, seconds: float) -> Pace:
        """Return a new pause, in seconds, between messages that go to several."""
        return Pace(seconds, self.dispatcher.ids.jitter)

    async def correct(
        self,
        corrected: CorrectedMessage,
        to: Contact,
        session: Callable[[], Awaitable[SessionContext]],
        on_row: Callable[[StoredMessage], None] = lambda row: None,
    ) -> StoredMessage:
        """Recall a message, and send another text in its place only when the recall is certain; `to` is its receiver.

        The text is written down first, at its place in the order: what is typed later comes after it, and waits. Until
        the message is recalled it belongs to nobody's queue; when that fails, or the program dies meanwhile, it is
        cancelled and never sent. It is returned as soon as it is queued; `on_row` hears when it is written. Raises as
        `Revoker.revoke`, and `LocalError` when the message is recalled and the text could not be queued.
        """
        return await self._owned(self._correct(corrected, typed_text(corrected.text), to, session, on_row))

    async def _correct(
        self,
        corrected: CorrectedMessage,
        body: Body,
        to: Contact,
        session: Callable[[], Awaitable[SessionContext]],
        on_row: Callable[[StoredMessage], None],
    ) -> StoredMessage:
        within = corrected.message.conversation_id
        row = await self._in_order(lambda: self._write(to, body, within=within, queued=False))
        # Nothing is awaited since it was written: its place in the line is that of its id.
        self.sender.join(row)
        on_row(row)
        try:
            await self.revoker.revoke(corrected.message, session)
            row = await whole(self._store.enqueue(row.id))
        except BaseException:
            self.sender.leave(row)
            await whole(self._drop(row.id))
            raise
        self._keep(child(self.sender.deliver(row)))
        return row

    async def _drop(self, message_id: int) -> None:
        """Cancel a text that nobody's queue has. Where the store fails, the next start does."""
        with suppress(errors.LocalError):
            row = await self._store.row(message_id)
            if row.state is DeliveryState.PENDING and not row.queued:
                await self._store.move(message_id, DeliveryEvent.CANCEL, reason=INTERRUPTED)

    async def resend(self, message: StoredMessage) -> StoredMessage:
        """Send a failed message again, in its old row, with its old ClientMsgId.

        An unknown one too: only when a person, told that it may arrive twice, has said so. One that waits tries now,
        whatever it waits for. One that is neither is returned as it is. An upload is queued again, and returned at
        once.
        """
        upload = await self.files.adopt(message)
        if upload is not None:
            self.files.again(upload)
            return upload.row or message
        if self.sender.try_now(message.id):
            return message
        return await self._owned(self._resend(message.id))

    async def _send(
        self,
        to: Contact,
        body: Body,
        content: str = "",
        media_id: str = "",
        *,
        on_row: Callable[[StoredMessage], None],
        within: int | None = None,
        queued: bool,
        pace: Pace | None = None,
    ) -> StoredMessage:
        async def write() -> StoredMessage:
            row = await self._write(to, body, content, media_id, within=within, queued=queued)
            on_row(row)
            return row

        return await self._deliver(await self._in_order(write), pace)

    async def _write(
        self, to: Contact, body: Body, content: str = "", media_id: str = "", *, within: int | None, queued: bool
    ) -> StoredMessage:
        return await self._store.add_outgoing(
            conversation_id=within,
            to_user_name=to.user_name,
            client_msg_id=self.dispatcher.ids.client_msg_id(),
            body=body,
            content=content,
            media_id=media_id,
            queued=queued,
        )

    async def _resend(self, message_id: int) -> StoredMessage:
        async def write() -> tuple[StoredMessage, bool]:
            row = await self._store.row(message_id)
            event = SEND_AGAIN.get(row.state)
            if event is None:
                return row, False  # The key was pressed twice, or sync has shown meanwhile that the message arrived.
            if not sendable(row):
                raise errors.UsageError(
                    why=errors.Phrase("wxtui no longer knows which file this was; choose it again to send it.")
                )
            return await self._store.move(message_id, event, queued=True), True

        row, again = await self._in_order(write)
        return await self._deliver(row) if again else row

    async def _in_order(self, write: Callable[[], Awaitable[T]]) -> T:
        """Write a row after the rows that were typed before it, also while the program is being closed."""

        async def written() -> T:
            async with self.dispatcher.writing:
                await self._resume()
                return await write()

        return await whole(written())

    async def _deliver(self, row: StoredMessage, pace: Pace | None = None) -> StoredMessage:
        # Nothing is awaited since the row was written: its place in the line is that of its id.
        self.sender.join(row)
        return await self.sender.deliver(row, pace)

    async def _owned(self, sending: Coroutine[Any, Any, StoredMessage]) -> StoredMessage:
        """Send in a task of our own: a worker that is cancelled with its screen takes no message with it."""
        task = child(sending)
        self._keep(task)
        await asyncio.wait({task})
        return task.result()

    def _keep(self, task: asyncio.Task[StoredMessage]) -> None:
        self._tasks.add(task)
        task.add_done_callback(self._forget)

    def _forget(self, task: asyncio.Task[StoredMessage]) -> None:
        self._tasks.discard(task)
        error = None if task.cancelled() else task.exception()
        if error is not None and not isinstance(error, errors.WxtuiError):
            # The row says that it failed, and nobody may be left to be told of the mistake.
            report(error, "sending a message")

    def _throttle_changed(self) -> None:
        self.sender.turn_away()
        self._on_change()

    # ---------------------------------------------------------------- what waits

    def cancel_row(self, message_id: int) -> bool:
        """Give up a message that has not left, text or file; False when it is too late for that."""
        upload = self.files.of_row(message_id)
        if upload is not None:
            return self.files.cancel(upload)
        return self.sender.give_up(message_id)

    async def _give_up(self, row: StoredMessage) -> bool:
        """Give up a message that has not left; True only once that is written down: nothing may send it after all."""
        if self.files.of_row(row.id) is not None:
            return self.cancel_row(row.id)
        return await self.sender.given_up(row.id)

    # ---------------------------------------------------------------- the end

    @property
    def unfinished(self) -> int:
        """Number of files that are waiting or running; a paused one does neither."""
        return sum(not (one.state.over or one.paused) for one in self.files.uploads)

    @property
    def leaving(self) -> int:
        """Number of texts and forwards that have left: their answers are lost if the program ends now."""
        return len(self._tasks) - len(self.sender.waiting)

    async def close(self) -> None:
        """End every task. A message that has left is unknown then; what waits, waits for the next start."""
        self.sender.closing = True
        if self._resuming is not None:
            await asyncio.gather(self._resuming, return_exceptions=True)
        tasks = list(self._tasks)
        for task in tasks:
            task.cancel()
        await asyncio.gather(self.files.close(), *tasks, return_exceptions=True)
