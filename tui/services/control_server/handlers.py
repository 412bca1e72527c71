"""Carries out the requests of other shells with the services of the running wxtui."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from functools import partial
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Final, TypeVar, assert_never

import msgspec

from tui import errors
from tui.paths import Profile
from tui.services.contacts.history import newest
from tui.services.contacts.matching import completions, search
from tui.services.control import protocol, row_codec
from tui.services.uploads.upload_state import Upload, UploadState
from tui.services.util.threads import Breath, in_own_thread
from tui.store.delivery_state import DeliveryState
from tui.store.errors import NoSuchRow
from tui.store.models import StoredMessage
from tui.store.store import Store
from tui.wire.contacts import Contact

if TYPE_CHECKING:
    from tui.services.client.client import Client
    from tui.services.outbox import Outbox
    from tui.services.session.context import SessionContext
    from tui.services.uploads.outgoing_file import FileSection

T = TypeVar("T")
Tell = Callable[[protocol.FromOwner], None]
Pour = Callable[[bytes], Awaitable[None]]
"""Writes lines, and returns when the reader has taken most of what was written before."""

_HEARD: Final = 60.0
"""Seconds in which a server that was heard need not be asked: a session that ends is told by the poll that waits."""
_PIECE: Final = 32 * 1024
"""Characters of a piece of a long answer, about."""
_LOOK: Final = 0.5
"""Seconds between two looks at an upload that does not move."""


class OwnerServices(msgspec.Struct, frozen=True):
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
    silence: Callable[[], float | None] = lambda: None
    """Gives the seconds since the server was last heard."""

    async def session(self) -> Client:
        """Return the session in use, after waiting a little for one. Raises as `missing` says."""
        end = asyncio.get_running_loop().time() + self.patience
        while True:
            if (client := self.client()) is not None:
                return client
            if asyncio.get_running_loop().time() >= end:
                raise self.missing()
            await asyncio.sleep(0.05)

    async def in_session(self, ask: Callable[[Client], Awaitable[T]]) -> T:
        """Ask the server for what may be asked twice. Where the session ends meanwhile, the next one is asked.

        Raises what `ask` and `session` raise.
        """
        client = await self.session()
        try:
            return await ask(client)
        except (errors.NetworkError, errors.SessionOver):
            if self.client() is client:
                raise
        return await ask(await self.session())

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
    """Request of a command, from `Go` to its outcome. `tell` sends its progress, `pour` what must not be missed."""

    def __init__(self, services: OwnerServices, request: protocol.Request, tell: Tell, pour: Pour) -> None:
        self._services = services
        self._request = request
        self._tell = tell
        self._pour = pour
        self._row: StoredMessage | None = None
        self._upload: Upload | None = None
        self._sending = False
        self._settled = asyncio.Event()

    async def run(self) -> protocol.Outcome:
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
                    return protocol.Done(state=DeliveryState.CANCELLED.value)
                return protocol.Done(text=answer)
            case protocol.MarkRead(to=to):
                await services.in_session(partial(self._mark_read, to))
            case protocol.Resolve(target=target):
                contact = await services.in_session(lambda client: client.directory.resolve(target))
                return protocol.Recipient(contact.user_name, contact.name)
            case protocol.Refresh():
                await services.in_session(lambda client: client.directory.refresh())
            case protocol.CheckRequest():
                return await services.in_session(self._check)
            case protocol.LogOut():
                await services.log_out()
            case protocol.Follow():
                raise AssertionError("the connection itself answers it")
            case _:
                return await self._query(request)
        return protocol.Done()

    async def _query(self, request: protocol.StoreQuery) -> protocol.Outcome:
        """Answer a request that only the store is read for."""
        store = self._services.store
        match request:
            case protocol.FindMessage(msg_id=msg_id):
                return protocol.Stored(row_codec.packed(await store.message(msg_id)))
            case protocol.FindLast(to=to):
                return protocol.Stored(row_codec.packed(await store.last_sent_to(to)))
            case protocol.ListContacts(query=query):
                everyone = await store.contacts()
                await self._tell_all(await in_own_thread(partial(search, everyone, query)), row_codec.listed)
            case protocol.CompleteName(begun=begun):
                everyone = await store.contacts()
                await self._tell_all(await in_own_thread(partial(completions, everyone, begun)), str)
            case protocol.ReadLog(target=target, count=count):
                count = min(count, protocol.MOST_LOGGED)
                await self._tell_all(await newest(store, target, count, self._services.profile.name), row_codec.packed)
            case _:
                assert_never(request)
        return protocol.Done()

    async def _mark_read(self, to: str, client: Client) -> None:
        await client.chat.mark_read(await self._services.contact(to))

    async def _check(self, client: Client) -> protocol.Account:
        """Tell of the session in use; the server is asked unless it was heard just now, and nothing failed since."""
        silence = self._services.silence()
        if silence is None or silence > _HEARD or self._services.trouble() is not None:
            return await client.check()
        return client.account

    async def _tell_all(self, items: Sequence[T], written: Callable[[T], protocol.Json]) -> None:
        """Tell a long answer, piece by piece, as fast as the reader takes it; made beside the event loop."""
        done = 0
        while done < len(items):
            lines, done = await in_own_thread(partial(_piece, items, done, written))
            await self._pour(lines)

    async def give_up(self, work: asyncio.Task[protocol.Outcome]) -> bool:
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

    async def stands(self) -> protocol.Outcome:
        """Return the present state of the message; CANCELLED when no message was written."""
        if self._row is None:
            return protocol.Done(state=DeliveryState.CANCELLED.value)
        return row_codec.sent(await self._services.store.row(self._row.id))

    def _written(self, row: StoredMessage) -> None:
        """Tell the command the row of its message, before anything of the message leaves."""
        self._row = row
        self._tell(protocol.Row(row.id))
        self._settled.set()

    # ---------------------------------------------------------------- texts and forwards

    async def _send(self, to: str, send: Callable[[Contact], Awaitable[StoredMessage]]) -> protocol.Sent:
        """Send a message in its turn. When it cannot leave now it fails: the command waits for the answer."""
        await self._services.session()
        contact = await self._services.contact(to)
        if (hold := self._services.outbox.throttle.hold) is not None:
            # The server wants fewer messages: a command that waits for the answer does not wait that long.
            raise hold.error
        self._sending = True
        try:
            return row_codec.sent(await send(contact))
        finally:
            self._settled.set()

    # ---------------------------------------------------------------- files

    async def _send_file(self, request: protocol.SendFile) -> protocol.Sent:
        """Queue a file; tell the command of its progress and its end."""
        client = await self._services.session()
        contact = await self._services.contact(request.to)
        path = Path(os.fsdecode(request.path))
        await asyncio.to_thread(_compare, request, path, client)
        outbox = self._services.outbox
        section = _section(request)
        upload = self._upload = outbox.files.add(
            contact, path, request.kind, request.name, queued=False, section=section
        )
        try:
            await self._accompany(upload)
        except asyncio.CancelledError:
            outbox.files.cancel(upload)
            raise
        finally:
            upload.watch = None
        self._row = upload.row
        if upload.state is UploadState.SENT and upload.row is not None:
            return row_codec.sent(upload.row)
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


def _section(request: protocol.SendFile) -> FileSection | None:
    from tui.services.uploads.outgoing_file import FileSection

    return FileSection(request.first, request.size) if request.size else None


def _compare(request: protocol.SendFile, path: Path, client: Client) -> None:
    """Raise `FileChanged` when the file is not the one that the command looked at, or what else is wrong with it."""
    from tui.services.uploads.outgoing_file import open_file

    endpoint = client.context.session.endpoint
    with open_file(path, endpoint, request.kind, request.name, _section(request)) as file:
        if file.version != request.stamp:
            raise errors.FileChanged(name=file.name)


def _piece(items: Sequence[T], first: int, written: Callable[[T], protocol.Json], breath: Breath) -> tuple[bytes, int]:
    """Return a line with the next items, and where those after it begin."""
    told: list[protocol.Json] = []
    size = 0
    for item in islice(items, first, None):
        told.append(written(item))
        size += len(repr(told[-1]))
        breath()
        if size > _PIECE:
            break
    return protocol.line(protocol.Piece(tuple(told))), first + len(told)
