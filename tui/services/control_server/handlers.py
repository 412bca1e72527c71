"""Carries out the requests of other shells with the services of the running wxtui."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final, assert_never

from tui import errors
from tui.paths import Profile
from tui.services.control import protocol
from tui.services.uploads.upload_state import Upload, UploadState
from tui.store.delivery_state import DeliveryState
from tui.store.errors import NoSuchRow
from tui.store.models import StoredMessage
from tui.store.store import Store
from tui.wire.contacts import Contact

if TYPE_CHECKING:
    from tui.services.client.client import Client
    from tui.services.outbox import Outbox
    from tui.services.session.context import SessionContext

Tell = Callable[[protocol.FromOwner], None]

_LOOK: Final = 0.5
"""Seconds between two looks at an upload that does not move."""


@dataclass(frozen=True, slots=True)
class OwnerServices:
    """Services of the running wxtui. The `on_upload` of `outbox` calls `Upload.moved`."""

    profile: Profile
    store: Store
    outbox: Outbox
    client: Callable[[], Client | None]
    """Gives the session in use: sessions come and go."""
    trouble: Callable[[], errors.WxtuiError | None]
    """Says why there is no session."""
    log_out: Callable[[], Awaitable[None]]
    patience: float = 5.0
    """Seconds that a request waits for a session, while the owner is just logging in or reconnecting."""

    async def session(self) -> Client:
        """Return the session in use, after waiting a little for one. Raises as `missing` says."""
        end = asyncio.get_running_loop().time() + self.patience
        while True:
            if (client := self.client()) is not None:
                return client
            if asyncio.get_running_loop().time() >= end:
                raise self.missing()
            await asyncio.sleep(0.05)

    async def context(self) -> SessionContext:
        """Return the context of `session`."""
        return (await self.session()).context

    def missing(self) -> errors.WxtuiError:
        """Return why there is no session: `NetworkError`, `NotUsable`, else `NotLoggedIn`."""
        error = self.trouble()
        if isinstance(error, errors.NetworkError | errors.NotUsable):
            return error
        return errors.NotLoggedIn(profile=self.profile.name)

    async def contact(self, user_name: str) -> Contact:
        """Return a contact of the current login. Raises `TargetUnknown`: another login may have come between."""
        contact = await self.store.contact(user_name)
        if contact is None:
            raise errors.TargetUnknown(target=user_name)
        return contact

    async def message(self, row: int) -> StoredMessage:
        """Return the message of a row. Raises `MessageUnknown`."""
        try:
            return await self.store.row(row)
        except NoSuchRow:
            raise errors.MessageUnknown(msg_id="?") from None


class Job:
    """Request of a command, from `Go` to its outcome. `tell` sends its progress."""

    def __init__(self, services: OwnerServices, request: protocol.Request, tell: Tell) -> None:
        self._services = services
        self._request = request
        self._tell = tell
        self._row: StoredMessage | None = None
        self._upload: Upload | None = None
        self._sending = False
        self._settled = asyncio.Event()

    async def run(self) -> protocol.Done:
        """Carry it out. Raises `WxtuiError`."""
        services, outbox, request = self._services, self._services.outbox, self._request
        match request:
            case protocol.SendText(to=to, text=text):
                return await self._send(to, lambda contact: outbox.text(contact, text, self._written, queued=False))
            case protocol.Forward(row=row, to=to):
                message = await services.message(row)
                return await self._send(
                    to, lambda contact: outbox.forward(message, contact, self._written, queued=False)
                )
            case protocol.SendFile():
                return await self._send_file(request)
            case protocol.RevokeRequest(row=row):
                answer = await outbox.revoker.revoke(await services.message(row), services.context)
                if answer is None:
                    return protocol.Done(row, state=DeliveryState.CANCELLED.value)
                return protocol.Done(row, text=answer)
            case protocol.MarkRead(to=to):
                client = await services.session()
                await client.chat.mark_read(await services.contact(to))
            case protocol.Resolve(target=target):
                client = await services.session()
                return protocol.Done(text=(await client.directory.resolve(target)).user_name)
            case protocol.Refresh():
                client = await services.session()
                await client.directory.refresh()
            case protocol.CheckRequest():
                client = await services.session()
                await client.check()
            case protocol.LogOut():
                await services.log_out()
            case protocol.Follow():
                raise AssertionError("the connection itself answers it")
            case _:
                assert_never(request)
        return protocol.Done()

    async def give_up(self, work: asyncio.Task[protocol.Done]) -> bool:
        """Stop what has not left, when nobody wants it any more; False when it is too late, and `work` goes on."""
        outbox = self._services.outbox
        if self._upload is not None:
            # `work` ends with the upload, and tells what became of it.
            return self._upload.state.over or outbox.files.cancel(self._upload)
        if not self._sending:
            work.cancel()
            return True
        await self._settled.wait()
        # It has its place in the queue a moment after it is written down.
        await asyncio.sleep(0)
        if self._row is None or work.done():
            return work.done()
        return outbox.cancel_row(self._row.id)

    async def stands(self) -> protocol.Done:
        """Return the present state of the message; CANCELLED when no message was written."""
        if self._row is None:
            return protocol.Done(state=DeliveryState.CANCELLED.value)
        return _done(await self._services.store.row(self._row.id))

    def _written(self, row: StoredMessage) -> None:
        """Tell the command the row of its message, before anything of the message leaves."""
        self._row = row
        self._tell(protocol.Row(row.id))
        self._settled.set()

    # ---------------------------------------------------------------- texts and forwards

    async def _send(self, to: str, send: Callable[[Contact], Awaitable[StoredMessage]]) -> protocol.Done:
        """Send a message in its turn. When it cannot leave now it fails: the command waits for the answer."""
        await self._services.session()
        contact = await self._services.contact(to)
        if (hold := self._services.outbox.throttle.hold) is not None:
            # The server wants fewer messages: a command that waits for the answer does not wait that long.
            raise hold.error
        self._sending = True
        try:
            return _done(await send(contact))
        finally:
            self._settled.set()

    # ---------------------------------------------------------------- files

    async def _send_file(self, request: protocol.SendFile) -> protocol.Done:
        """Queue a file; tell the command of its progress and its end."""
        client = await self._services.session()
        contact = await self._services.contact(request.to)
        path = Path(os.fsdecode(request.path))
        await asyncio.to_thread(_compare, request, path, client)
        outbox = self._services.outbox
        upload = self._upload = outbox.files.add(contact, path, request.kind, request.name, queued=False)
        try:
            await self._accompany(upload)
        except asyncio.CancelledError:
            outbox.files.cancel(upload)
            raise
        finally:
            upload.watch = None
        self._row = upload.row
        if upload.state is UploadState.SENT and upload.row is not None:
            return _done(upload.row)
        if upload.error is not None:
            raise upload.error
        if upload.state is UploadState.CANCELLED:
            raise errors.GivenUp(what=upload.name)
        raise errors.WxtuiError()

    async def _accompany(self, upload: Upload) -> None:
        """Tell of an upload until it is over."""
        loop, moved = asyncio.get_running_loop(), asyncio.Event()

        def watch(_upload: Upload) -> None:
            # Told at once, not when this task has its turn: nothing leaves before its row was told.
            if self._row is None and upload.row is not None:
                self._written(upload.row)
            waiting = upload.state is UploadState.WAITING
            if waiting or upload.state.running:
                stage = UploadState.UPLOADING if waiting else upload.state
                self._tell(protocol.UploadMoved(stage.value, upload.done, upload.size, waiting=waiting))
            moved.set()

        upload.watch = watch
        alone = loop.time()
        while not upload.state.over:
            if upload.state is not UploadState.QUEUED or self._services.client() is not None:
                alone = loop.time()
            elif loop.time() - alone > self._services.patience:
                # A queue may wait for days for the network; a command does not.
                upload.error = self._services.missing()
                self._services.outbox.files.cancel(upload)
                alone = loop.time()
            moved.clear()
            with suppress(TimeoutError):
                async with asyncio.timeout(_LOOK):
                    await moved.wait()


def _compare(request: protocol.SendFile, path: Path, client: Client) -> None:
    """Raise `FileChanged` when the file is not the one that the command looked at, or what else is wrong with it."""
    from tui.services.uploads.outgoing_file import open_file

    with open_file(path, client.context.session.endpoint, request.kind, request.name) as file:
        if file.version != request.stamp:
            raise errors.FileChanged(name=file.name)


def _done(row: StoredMessage) -> protocol.Done:
    return protocol.Done(row.id, row.msg_id, row.state.value)
