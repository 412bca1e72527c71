"""Client of a running wxtui, for a command in another shell: offers what `client.Client` does, over the socket.

Contacts and history are read from the store's file, which takes any number of readers beside its one writer (WAL); what
the owner has committed is there before the owner says so. Requests to the server, and changes of the store, are asked
of the owner. Nothing here imports the network.
"""

from __future__ import annotations

import asyncio
import os
import tempfile
from collections.abc import AsyncGenerator, AsyncIterator, Callable
from contextlib import ExitStack, aclosing, asynccontextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO, TYPE_CHECKING, Final

from tui import errors
from tui.paths import Profile, make_private_dir
from tui.services.control import protocol
from tui.services.control.error_codec import valid
from tui.services.control.owner_connection import Lost, Owner, find_owner
from tui.services.uploads.upload_state import Progress, UploadState
from tui.store.changes import MessagesAdded
from tui.store.delivery_state import DeliveryState
from tui.store.errors import NoSuchRow
from tui.store.models import StoredMessage
from tui.store.store import Store
from tui.wire.contacts import Contact
from tui.wire.text import short

if TYPE_CHECKING:
    from tui.services.uploads.outgoing_file import OutgoingFile

_BLOCK: Final = 1024 * 1024
"""Bytes that are copied at a time."""


class RemoteClient:
    """Stands for `client.Client`, as far as commands need it. `store` is the profile's file, opened here to be read."""

    def __init__(self, profile: Profile, owner: Owner, store: Store) -> None:
        self.profile = profile
        self.store = store
        self.directory = RemoteDirectory(profile, owner, store)
        self.chat = RemoteChat(profile, owner, store)
        self.file_upload = RemoteFileUpload(profile, owner, store)
        self._owner = owner

    async def check(self) -> None:
        """As `Client.check`, with the owner's session."""
        await self._owner.ask(protocol.CheckRequest())

    async def arrivals(self) -> AsyncGenerator[MessagesAdded, None]:
        """Yield new messages as the owner stores them, also those sent through it. Raises `OwnerGone` when it ends."""
        owner = await find_owner(self.profile)
        if owner is None:
            raise errors.OwnerGone(pid=self._owner.pid)
        # A connection of its own: the command may send requests while it waits for messages.
        async with owner, aclosing(owner.follow()) as stream:
            async for added in stream:
                # A message that sync found to be a duplicate is gone again.
                rows = [row for one in added.rows if (row := await self._row(one)) is not None]
                if rows:
                    yield MessagesAdded(added.conversation, tuple(rows))

    async def _row(self, message_id: int) -> StoredMessage | None:
        try:
            return await self.store.row(message_id)
        except NoSuchRow:
            return None


@dataclass(frozen=True, slots=True)
class _OwnerService:
    """Service that the owner does the work of; `store` shows what came of it."""

    profile: Profile
    owner: Owner
    store: Store


class RemoteDirectory(_OwnerService):
    """Stands for `directory.Directory`. Every method raises `OwnerError` besides."""

    async def refresh(self) -> None:
        """As `Directory.refresh`."""
        await self.owner.ask(protocol.Refresh())

    async def resolve(self, target: str) -> Contact:
        """As `Directory.resolve`."""
        found = (await self.owner.ask(protocol.Resolve(valid(target)))).text
        contact = await self.store.contact(found)
        if contact is None:
            raise errors.TargetUnknown(target=target)
        return contact


class RemoteChat(_OwnerService):
    """Stands for `chat.Chat`. Every method raises `OwnerError` besides."""

    async def send_text(
        self, to: Contact, text: str, on_row: Callable[[StoredMessage], None] | None = None
    ) -> StoredMessage:
        """As `Chat.send_text`."""
        clean = valid(text)
        if not clean.strip():
            raise errors.EmptyText()
        delivery = _Delivery(self.owner, self.store, short(clean), on_row)
        return await delivery.run(protocol.SendText(to.user_name, clean))

    async def forward(self, message: StoredMessage, to: Contact) -> StoredMessage:
        """As `Chat.forward`."""
        from tui.message_summary import in_short

        delivery = _Delivery(self.owner, self.store, in_short(message.body))
        return await delivery.run(protocol.Forward(message.id, to.user_name))

    async def revoke(self, message: StoredMessage) -> str | None:
        """As `Revoker.revoke`, which the owner does."""
        try:
            done = await self.owner.hand_over(protocol.RevokeRequest(message.id))
        except Lost as lost:
            error = lost.error
        else:
            return None if done.state == DeliveryState.CANCELLED.value else done.text
        row = await self.store.row(message.id)
        if row.state is DeliveryState.CANCELLED:
            return None
        if row.state is DeliveryState.REVOKED:
            return ""
        if row.state in (DeliveryState.REVOKING, DeliveryState.REVOKE_UNKNOWN) or isinstance(
            error, errors.OwnerStalled
        ):
            from tui.message_summary import in_short

            raise errors.RevokeUnknown(what=in_short(row.body), why=error.said)
        raise error

    async def mark_read(self, contact: Contact) -> None:
        """As `Chat.mark_read`."""
        await self.owner.ask(protocol.MarkRead(contact.user_name))


class RemoteFileUpload(_OwnerService):
    """Stands for `FileUpload`: the owner, which has the same user, opens the file again and sends it."""

    async def send_file(
        self,
        to: Contact,
        file: OutgoingFile,
        on_progress: Callable[[Progress], None] = lambda progress: None,
        on_row: Callable[[StoredMessage], None] | None = None,
    ) -> StoredMessage:
        """As `FileUpload.send_file`; `FileChanged` also when it was written to or replaced since it was opened here."""
        delivery = _Delivery(self.owner, self.store, file.name, on_row, on_progress)
        async with self._on_disk(file) as (path, stamp):
            request = protocol.SendFile(to.user_name, os.fsencode(path), stamp, file.kind, valid(file.name))
            return await delivery.run(request)

    @asynccontextmanager
    async def _on_disk(self, file: OutgoingFile) -> AsyncIterator[tuple[Path, tuple[int, ...]]]:
        """Yield a path at which the owner finds the file, and its version; a nameless one gets a copy meanwhile."""
        if file.path is not None:
            yield file.path, file.version
            return
        from tui.services.uploads.outgoing_file import file_version

        folder = self.profile.cache
        make_private_dir(folder)
        with ExitStack() as stack:
            try:
                copy = stack.enter_context(tempfile.NamedTemporaryFile(dir=folder, prefix="stdin-"))
            except OSError as error:
                raise _unwritable(folder, error) from None
            await asyncio.to_thread(_copy, file, copy)
            yield Path(copy.name), file_version(copy.fileno())


@dataclass(slots=True)
class _Delivery:
    """Message that the owner sends, from the request until its row has its final state."""

    owner: Owner
    store: Store
    what: str
    on_row: Callable[[StoredMessage], None] | None = None
    on_progress: Callable[[Progress], None] = lambda progress: None
    row: int = 0

    async def run(self, request: protocol.Request) -> StoredMessage:
        """Have it sent; return the sent row. Raises what the owner failed with, `DeliveryUnknown` when nobody knows."""
        try:
            done = await self.owner.hand_over(request, self._hear)
        except Lost as lost:
            return await self._after(lost.error)
        except BaseException:
            # The caller needs the row, after Ctrl+C most of all.
            await asyncio.shield(self._tell_row())
            raise
        self.row = done.row or self.row
        await self._tell_row()
        # An owner that ends may answer with any other state than “sent”.
        return await self._after(errors.OwnerGone(pid=self.owner.pid))

    def _hear(self, said: protocol.FromOwner) -> None:
        if isinstance(said, protocol.Row | protocol.Done):
            self.row = said.row or self.row
        elif isinstance(said, protocol.UploadMoved):
            with suppress(ValueError):
                state = UploadState.WAITING if said.waiting else UploadState(said.stage)
                self.on_progress(Progress(state, said.done, said.total))

    async def _tell_row(self) -> None:
        if self.row and self.on_row is not None:
            on_row, self.on_row = self.on_row, None
            on_row(await self.store.row(self.row))

    async def _after(self, error: errors.OwnerError) -> StoredMessage:
        """Return the message's row after the owner has gone, or raise the error that the row's state means."""
        if not self.row:
            raise error
        await self._tell_row()
        row = await self.store.row(self.row)
        match row.state:
            case DeliveryState.SENT | DeliveryState.REVOKING | DeliveryState.REVOKE_UNKNOWN | DeliveryState.REVOKED:
                return row
            case DeliveryState.SENDING | DeliveryState.UNKNOWN:
                unknown = True
            case DeliveryState.PENDING:
                # No process sends it any more, unless the owner is only suspended.
                unknown = isinstance(error, errors.OwnerStalled)
            case _:
                unknown = False
        if not unknown:
            raise errors.OwnerGone(pid=self.owner.pid)
        lead = errors.Phrase("No reply from the running wxtui:")
        raise errors.DeliveryUnknown(lead=lead, what=self.what, why=error.said)


def _copy(file: OutgoingFile, copy: IO[bytes]) -> None:
    """Copy a whole file. Raises `HomeUnusable`, `FileUnreadable`."""
    try:
        for offset in range(0, file.size, _BLOCK):
            block = memoryview(bytearray(min(_BLOCK, file.size - offset)))
            file.read_into(offset, block)
            copy.write(block)
        copy.flush()
    except OSError as error:
        raise _unwritable(Path(copy.name), error) from None


def _unwritable(path: Path, error: OSError) -> errors.HomeUnusable:
    return errors.HomeUnusable(path=path, why=error.strerror or errors.Phrase("it cannot be written"))
