"""What other shells ask of the running wxtui, done by its services."""

from __future__ import annotations

import asyncio
import logging
import os
from abc import ABC, abstractmethod
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, assert_never

from tui import errors
from tui.paths import Profile
from tui.services.control import protocol
from tui.services.uploads.upload_state import Upload, UploadState
from tui.store.delivery_state import DeliveryState
from tui.store.misuse import NoSuchRow
from tui.store.models import StoredMessage
from tui.store.store import Store
from tui.wire.contacts import Contact

if TYPE_CHECKING:
    from tui.services.client.client import Client
    from tui.services.outbox import Outbox

log = logging.getLogger("wxtui.control")

Tell = Callable[[protocol.FromOwner], None]

_LOOK: Final = 0.5
"""Seconds between two looks at a transfer that does not move."""


@dataclass(frozen=True, slots=True)
class Services:
    """What the owner has, or just has not."""

    profile: Profile
    store: Store
    outbox: Callable[[], Outbox | None]
    client: Callable[[], Client | None]
    trouble: Callable[[], errors.WxtuiError | None]
    log_out: Callable[[], Awaitable[None]] | None
    patience: float
    left: set[asyncio.Task[Any]] = field(default_factory=set)
    """What goes on although nobody waits for it any more."""

    async def get(self) -> tuple[Client, Outbox]:
        """The session in use; waited for a little. Raises what keeps the owner from having one, or `NotLoggedIn`."""
        end = asyncio.get_running_loop().time() + self.patience
        while True:
            client, outbox = self.client(), self.outbox()
            if client is not None and outbox is not None:
                return client, outbox
            if asyncio.get_running_loop().time() >= end:
                raise self.missing()
            await asyncio.sleep(0.05)

    def missing(self) -> errors.WxtuiError:
        """Why there is no session."""
        error = self.trouble()
        if isinstance(error, errors.NetworkError | errors.NotUsable):
            return error
        return errors.NotLoggedIn(profile=self.profile.name)

    async def contact(self, user_name: str) -> Contact:
        """The contact of the current login. Raises `TargetUnknown`: another login may have come between."""
        contact = await self.store.contact(user_name)
        if contact is None:
            raise errors.TargetUnknown(target=user_name)
        return contact

    async def message(self, row: int) -> StoredMessage:
        """The message of that row. Raises `MessageUnknown`."""
        try:
            return await self.store.row(row)
        except NoSuchRow:
            raise errors.MessageUnknown(msg_id="?") from None


class Job(ABC):
    """One request. `run` does it; `give_up` is called when nobody wants it any more."""

    def __init__(self, services: Services, tell: Tell) -> None:
        self.services = services
        self.tell = tell
        self.row: StoredMessage | None = None

    @abstractmethod
    async def run(self) -> protocol.Done:
        """Do it. Raises `WxtuiError`."""

    async def give_up(self, work: asyncio.Task[protocol.Done]) -> bool:
        """Stop what has not begun; False when it is too late, and `work` goes on."""
        work.cancel()
        return True

    def leave(self, work: asyncio.Task[protocol.Done]) -> None:
        """Let it go on with nobody to tell."""
        self.services.left.add(work)
        work.add_done_callback(self._forget)

    def _forget(self, work: asyncio.Task[protocol.Done]) -> None:
        self.services.left.discard(work)
        if not work.cancelled() and (error := work.exception()) is not None:
            log.info("what nobody waited for ended with %s", type(error).__name__)

    async def stands(self) -> protocol.Done:
        """How the message stands just now; without one, nothing was done."""
        row = self.row
        if row is None:
            return protocol.Done(state=DeliveryState.CANCELLED.value)
        return done(await self.services.store.row(row.id))

    def written(self, row: StoredMessage) -> None:
        """The message is written down; said before anything of it leaves."""
        self.row = row
        self.tell(protocol.Row(row.id))


def done(row: StoredMessage) -> protocol.Done:
    """The answer about a message."""
    return protocol.Done(row.id, row.msg_id, row.state.value)


class SendJob(Job):
    """A text, or a stored message sent on: in its place among what the owner sends there, and not kept for later."""

    def __init__(
        self,
        services: Services,
        tell: Tell,
        to: str,
        send: Callable[[Outbox, Contact, Callable[[StoredMessage], None]], Awaitable[StoredMessage]],
    ) -> None:
        super().__init__(services, tell)
        self._to = to
        self._send = send
        self._written = asyncio.Event()
        self._sending = False

    async def run(self) -> protocol.Done:
        """Write it down, then send it when it is its turn."""
        _client, outbox = await self.services.get()
        contact = await self.services.contact(self._to)
        if outbox.hold is not None:
            # The server wants us slower: nobody who waits for the answer waits that long.
            raise outbox.hold.error
        self._sending = True
        try:
            return done(await self._send(outbox, contact, self.written))
        finally:
            self._written.set()

    def written(self, row: StoredMessage) -> None:
        """As `Job.written`."""
        super().written(row)
        self._written.set()

    async def give_up(self, work: asyncio.Task[protocol.Done]) -> bool:
        """While it waits for its turn. Then it leaves, and only its end says whether it arrived."""
        if not self._sending:
            return await super().give_up(work)
        await self._written.wait()
        # Its place in the line it has a moment later.
        await asyncio.sleep(0)
        outbox = self.services.outbox()
        if self.row is None or outbox is None or work.done():
            return work.done()
        return outbox.cancel_row(self.row.id)


class FileJob(Job):
    """A file, in the owner's queue."""

    def __init__(self, services: Services, tell: Tell, request: protocol.SendFile) -> None:
        super().__init__(services, tell)
        self._request = request
        self._transfer: Upload | None = None
        self._outbox: Outbox | None = None

    async def run(self) -> protocol.Done:
        """Queue it, tell of its progress, and what became of it."""
        client, outbox = await self.services.get()
        contact = await self.services.contact(self._request.to)
        path = Path(os.fsdecode(self._request.path))
        await asyncio.to_thread(self._compare, path, client)
        self._outbox = outbox
        transfer = self._transfer = outbox.file(contact, path, self._request.kind, self._request.name, queued=False)
        try:
            await self._accompany(transfer)
        except asyncio.CancelledError:
            outbox.cancel(transfer)
            raise
        finally:
            transfer.watch = None
        return self._ended(transfer)

    async def give_up(self, work: asyncio.Task[protocol.Done]) -> bool:
        """Cancel the upload, unless its message is just leaving; what becomes of it is waited for."""
        if self._transfer is None or self._outbox is None:
            return await super().give_up(work)
        return self._transfer.state.over or self._outbox.cancel(self._transfer)

    def _compare(self, path: Path, client: Client) -> None:
        """Raises `FileChanged` when it is not what the command looked at, and what else is wrong with it now."""
        from tui.services.uploads.outgoing_file import open_file

        request = self._request
        with open_file(path, client.context.session.endpoint, request.kind, request.name) as file:
            if file.stamp != request.stamp:
                raise errors.FileChanged(name=file.name)

    async def _accompany(self, transfer: Upload) -> None:
        """Until it is over."""
        loop, moved = asyncio.get_running_loop(), asyncio.Event()

        def watch(_transfer: Upload) -> None:
            # At once, not when this task has its turn: nothing leaves before its row was told.
            if self.row is None and transfer.row is not None:
                self.written(transfer.row)
            self._tell_progress(transfer)
            moved.set()

        transfer.watch = watch
        alone = loop.time()
        while not transfer.state.over:
            if transfer.state is not UploadState.QUEUED or self.services.client() is not None:
                alone = loop.time()
            elif loop.time() - alone > self.services.patience:
                # A queue may wait for days for the network; a command does not.
                transfer.error = self.services.missing()
                self._outbox_cancel(transfer)
                alone = loop.time()
            moved.clear()
            with suppress(TimeoutError):
                async with asyncio.timeout(_LOOK):
                    await moved.wait()

    def _outbox_cancel(self, transfer: Upload) -> None:
        if self._outbox is not None:
            self._outbox.cancel(transfer)

    def _tell_progress(self, transfer: Upload) -> None:
        state = transfer.state
        if state is UploadState.WAITING:
            self.tell(protocol.UploadMoved(UploadState.UPLOADING.value, transfer.done, transfer.size, waiting=True))
        elif state.running:
            self.tell(protocol.UploadMoved(state.value, transfer.done, transfer.size))

    def _ended(self, transfer: Upload) -> protocol.Done:
        self.row = transfer.row
        if transfer.state is UploadState.SENT and transfer.row is not None:
            return done(transfer.row)
        if transfer.error is not None:
            raise transfer.error
        if transfer.state is UploadState.CANCELLED:
            raise errors.GivenUp(what=transfer.name)
        raise errors.WxtuiError()


class PlainJob(Job):
    """Anything that has no message of its own: a mark, a question."""

    def __init__(self, services: Services, tell: Tell, do: Callable[[Client], Awaitable[protocol.Done]]) -> None:
        super().__init__(services, tell)
        self._do = do

    async def run(self) -> protocol.Done:
        """Do it, with the session there is."""
        client, _outbox = await self.services.get()
        return await self._do(client)


class RevokeJob(Job):
    """A message is taken back; what has not left is given up, for which no session is needed."""

    def __init__(self, services: Services, tell: Tell, row: int) -> None:
        super().__init__(services, tell)
        self._row = row

    async def run(self) -> protocol.Done:
        """Cancel it, or have it revoked."""
        message, outbox = await self.services.message(self._row), self.services.outbox()
        if message.state is DeliveryState.PENDING and outbox is not None and outbox.cancel_row(message.id):
            return protocol.Done(message.id, state=DeliveryState.CANCELLED.value)
        client, _outbox = await self.services.get()
        return protocol.Done(message.id, text=await client.chat.revoke(message))


class Leaving(Job):
    """The end of the session."""

    async def run(self) -> protocol.Done:
        """As the owner's own logout."""
        if self.services.log_out is None:
            raise errors.ProfileBusy(profile=self.services.profile.name, pid=os.getpid())
        await self.services.log_out()
        return protocol.Done()


def job_for(request: protocol.Request, services: Services, tell: Tell) -> Job:
    """The job that carries it out."""
    match request:
        case protocol.SendText(to=to, text=text):
            return SendJob(
                services,
                tell,
                to,
                lambda outbox, contact, on_row: outbox.text(contact, text, on_row, queued=False),
            )
        case protocol.Forward(row=row, to=to):

            async def forward(
                outbox: Outbox, contact: Contact, on_row: Callable[[StoredMessage], None]
            ) -> StoredMessage:
                return await outbox.forward(await services.message(row), contact, on_row, queued=False)

            return SendJob(services, tell, to, forward)
        case protocol.SendFile():
            return FileJob(services, tell, request)
        case protocol.RevokeRequest(row=row):
            return RevokeJob(services, tell, row)
        case protocol.MarkRead(to=to):

            async def mark_read(client: Client) -> protocol.Done:
                await client.chat.mark_read(await services.contact(to))
                return protocol.Done()

            return PlainJob(services, tell, mark_read)
        case protocol.Resolve(target=target):

            async def resolve(client: Client) -> protocol.Done:
                return protocol.Done(text=(await client.directory.resolve(target)).user_name)

            return PlainJob(services, tell, resolve)
        case protocol.Refresh():

            async def refresh(client: Client) -> protocol.Done:
                await client.directory.refresh()
                return protocol.Done()

            return PlainJob(services, tell, refresh)
        case protocol.CheckRequest():

            async def check(client: Client) -> protocol.Done:
                await client.check()
                return protocol.Done()

            return PlainJob(services, tell, check)
        case protocol.LogOut():
            return Leaving(services, tell)
        case protocol.Follow():
            raise AssertionError("it is answered where it is read")
        case _:
            assert_never(request)
