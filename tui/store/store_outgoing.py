"""What this program sends: messages in their states, and the ledger of uploads."""

from __future__ import annotations

from pathlib import Path

from tui.store.db.transaction import Transaction
from tui.store.delivery_state import DeliveryEvent
from tui.store.mapping import rows
from tui.store.models import StoredMessage
from tui.store.store_base import StoreBase
from tui.store.tables import conversations, logins, messages, outbox, uploads
from tui.store.tables.outbox import ReachableMessage, Repair
from tui.store.tables.uploads import Ledger, UnfinishedUpload, UploadFile
from tui.wire.bodies import Body
from tui.wire.media_types import MediaKind


class OutgoingOfStore(StoreBase):
    """See `Store`."""

    # ---------------------------------------------------------------- what this program sends

    async def add_outgoing(
        self,
        *,
        conversation_id: int | None = None,
        to_user_name: str,
        client_msg_id: str,
        body: Body,
        content: str = "",
        media_id: str = "",
        queued: bool = False,
        upload: UploadFile | None = None,
    ) -> StoredMessage:
        """Write down, as `PENDING`, what is going to be sent; it is committed when this returns.

        Without `conversation_id` it belongs to the conversation with `to_user_name`, see `conversation_for`.
        `queued`: it belongs to a program that stays, and outlives that program's death (see `outbox`).
        `upload` is noted in the same breath, where such a program has queued a file (see `ledger`).
        """

        def add(writing: Transaction) -> StoredMessage:
            login = logins.required(writing.connection)
            place = conversation_id
            if place is None:
                place = conversations.written_to(writing, login, to_user_name)
            message_id = messages.add_outgoing(
                writing,
                login,
                conversation_id=place,
                to_user_name=to_user_name,
                client_msg_id=client_msg_id,
                body=body,
                content=content,
                media_id=media_id,
                queued=queued,
            )
            if upload is not None:
                uploads.note(writing, message_id, upload)
            return rows.message(writing.connection, message_id)

        return await self._write(add)

    async def move(
        self,
        message_id: int,
        event: DeliveryEvent,
        *,
        msg_id: str = "",
        reason: str = "",
        media_id: str = "",
        content: str = "",
        queued: bool = False,
    ) -> StoredMessage:
        """Let `event` happen to a message, by the table in `delivery`; returns what it is then.

        `reason` is that of the new state; the others are kept when empty; `queued` is for good. A message that becomes
        `UNKNOWN` may come back `SENT`, when sync has already brought it (see `echo`). Raises `ImpossibleStep`; then
        nothing has changed.
        """

        def step(writing: Transaction) -> StoredMessage:
            messages.move(
                writing,
                message_id,
                event,
                msg_id=msg_id,
                reason=reason,
                media_id=media_id,
                content=content,
                queued=queued,
            )
            return rows.message(writing.connection, message_id)

        return await self._write(step)

    async def repair(self) -> Repair:
        """What a dead process left is made true: see `outbox.repair`. Only for who holds the profile's `OwnerLock`."""
        return await self._write(outbox.repair)

    async def waiting(self) -> list[StoredMessage]:
        """The outbox: what is pending and queued, in the order in which it was written; files stand in the ledger."""
        return await self._database.read(outbox.waiting)

    async def reach(self, message_id: int) -> ReachableMessage:
        """A message as it is now, and where its conversation is in the current login."""
        return await self._database.read(lambda connection: outbox.reach(connection, message_id))

    async def readdress(self, message_id: int, to_user_name: str) -> StoredMessage:
        """A pending message goes to this UserName of the current login, and is of that login from now on.

        The rest of it stays. One that is not pending is returned as it is: what left has its address for good.
        """

        def readdress(writing: Transaction) -> StoredMessage:
            outbox.readdress(writing, message_id, to_user_name)
            return rows.message(writing.connection, message_id)

        return await self._write(readdress)

    async def last_sent(self, conversation_id: int | None) -> StoredMessage | None:
        """The newest message that this program sent or may have sent, and that is not revoked; there, or anywhere."""
        return await self._database.read(lambda connection: messages.last_sent(connection, conversation_id))

    # ---------------------------------------------------------------- the upload ledger

    async def note_upload(
        self, message_id: int, *, path: Path, name: str, kind: MediaKind, size: int, mtime_ns: int
    ) -> None:
        """Write down which file a message is of; what was known of another one is forgotten."""
        file = UploadFile(path, name, kind, size, mtime_ns)
        await self._write(lambda writing: uploads.note(writing, message_id, file))

    async def upload_progress(
        self,
        message_id: int,
        *,
        login_id: int,
        md5: str,
        client_media_id: str,
        aes_key: str,
        signature: str,
        parts_done: int,
        number: int = 0,
        media_id: str = "",
    ) -> None:
        """The server has acknowledged the first `parts_done` parts, in this login; nothing where there is no entry."""
        await self._write(
            lambda writing: uploads.progress(
                writing,
                message_id,
                login_id=login_id,
                md5=md5,
                client_media_id=client_media_id,
                aes_key=aes_key,
                signature=signature,
                parts_done=parts_done,
                number=number,
                media_id=media_id,
            )
        )

    async def next_file_number(self, login_id: int) -> int:
        """n of the next upload's `WU_FILE_n` in this login, counted for every process that uploads in it."""
        return await self._write(lambda writing: logins.count_file(writing, login_id))

    async def upload_of(self, message_id: int) -> Ledger | None:
        """What the ledger knows of a message; None once it is sent or cancelled, and for what is no queued file."""
        return await self._database.read(lambda connection: uploads.find(connection, message_id))

    async def pause_upload(self, message_id: int, on: bool) -> None:
        """It waits for a person, also after a restart; or not any more."""
        await self._write(lambda writing: uploads.pause(writing, message_id, on))

    async def forget_upload(self, message_id: int) -> None:
        """Its file is not needed any more. `move` does so itself when a message is sent or cancelled."""
        await self._write(lambda writing: uploads.forget(writing, message_id))

    async def unfinished_uploads(self) -> list[UnfinishedUpload]:
        """Every pending message whose file is noted, oldest first."""
        return await self._database.read(uploads.unfinished)
