"""Writes down what is going to be sent. It needs no session: what is typed offline is committed all the same."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from tui import errors
from tui.services.sending.forwarding import forward_text, forwardable
from tui.services.util.background import child
from tui.services.util.ids import Ids
from tui.store.delivery_state import DeliveryEvent
from tui.store.models import StoredMessage
from tui.store.store import Store
from tui.store.tables.uploads import UploadFile
from tui.wire.bodies import Body, Emoticon, File, Image, Text, Video
from tui.wire.contacts import Contact
from tui.wire.media_types import MediaKind


class MessageWriter:
    """Makes pending rows in the current login of the store, which need not be in use.

    `queued`: they belong to a program that stays, and outlive it (see `tui.store.tables.outbox`).
    """

    def __init__(self, ids: Ids, store: Store) -> None:
        self._ids = ids
        self._store = store

    async def add(
        self,
        to: Contact,
        body: Body,
        content: str = "",
        media_id: str = "",
        on_row: Callable[[StoredMessage], None] | None = None,
        *,
        queued: bool = False,
        upload: UploadFile | None = None,
        within: int | None = None,
    ) -> StoredMessage:
        """A new pending row; its ClientMsgId is fixed here and for good. `on_row` hears of it at once.

        `upload` is its file, where that is to be found again after this program's end. `within` is the id of its
        conversation, where that is known: another login may just have given `to` another UserName, under which this one
        would be a stranger's.
        """
        if within is None:
            within = (await self._store.conversation_for(to.user_name)).id
        adding = child(
            self._store.add_outgoing(
                conversation_id=within,
                to_user_name=to.user_name,
                client_msg_id=self._ids.client_msg_id(),
                body=body,
                content=content,
                media_id=media_id,
                queued=queued,
                upload=upload,
            )
        )
        try:
            row = await asyncio.shield(adding)
        except asyncio.CancelledError:
            row = await adding
            if not queued:
                await asyncio.shield(self._store.move(row.id, DeliveryEvent.CANCEL))
            raise
        if on_row is not None:
            on_row(row)
        return row

    async def add_file(
        self,
        to: Contact,
        kind: MediaKind,
        name: str,
        size: int,
        on_row: Callable[[StoredMessage], None] | None = None,
        upload: UploadFile | None = None,
        within: int | None = None,
    ) -> StoredMessage:
        """Write down a file; with `upload` it is queued, and in the ledger from the first moment on.

        `within` as in `add`.
        """
        queued = upload is not None
        return await self.add(to, _body(kind, name, size), on_row=on_row, queued=queued, upload=upload, within=within)

    async def add_text(
        self,
        to: Contact,
        text: str,
        on_row: Callable[[StoredMessage], None] | None = None,
        *,
        queued: bool = False,
        within: int | None = None,
    ) -> StoredMessage:
        """Write down a text; `within` as in `add`. Raises `EmptyText`."""
        clean = text.encode("utf-8", "replace").decode()
        if not clean.strip():
            raise errors.EmptyText()
        return await self.add(to, Text(clean), on_row=on_row, queued=queued, within=within)

    async def add_forward(self, message: StoredMessage, to: Contact, *, queued: bool = False) -> StoredMessage:
        """Write down a stored message that is sent on. Raises `NotForwardable`."""
        text = forward_text(message.body)
        if text is not None:
            return await self.add_text(to, text, queued=queued)
        if not forwardable(message):
            raise errors.NotForwardable()
        # What is copied belongs to the new row too: it can be sent again, and forwarded in its turn.
        return await self.add(to, message.body, message.content, message.media_id, queued=queued)


def _body(kind: MediaKind, name: str, size: int) -> Body:
    match kind:
        case MediaKind.IMAGE:
            return Image(name=name, size=size)
        case MediaKind.VIDEO:
            return Video(name=name, size=size)
        case MediaKind.GIF:
            return Emoticon(name=name, size=size)
        case _:
            return File(name, size)


def sendable(row: StoredMessage) -> bool:
    """Whether a row holds all that sending it needs: that of an upload which failed does not."""
    return isinstance(row.body, Text) or forwardable(row)
