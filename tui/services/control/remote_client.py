"""Client of a running wxtui, for a command in another shell: offers what `client.Client` does, over the socket.

Its methods are coroutines that never wait for anything: each blocks until the owner has answered. So a command is
written once, for both clients, and needs no event loop here; `finished` runs it. Neither loop nor network nor store is
imported, but to tell what became of a message whose owner has gone: that is read from the store's file.
"""

from __future__ import annotations

from collections.abc import Callable, Coroutine, Iterator, Sequence
from contextlib import contextmanager, suppress
from time import monotonic
from typing import TYPE_CHECKING, Any, NoReturn, TypeVar

from tui import errors
from tui.paths import Profile
from tui.services.control import protocol
from tui.services.control.owner_connection import Heard, Lost, Owner
from tui.services.session.profile_lock import PATIENCE

if TYPE_CHECKING:
    from tui.services.control.remote_groups import RemoteGroups
    from tui.services.control.remote_people import RemotePeople
    from tui.services.control.remote_upload import RemoteFileUpload
    from tui.services.packing.sent_parts import PartSending, RowStates
    from tui.services.uploads.upload_state import Progress
    from tui.store.models import LogEntry, StoredMessage
    from tui.wire.contacts import Contact

T = TypeVar("T")
OnRow = Callable[[protocol.Row], None]


def finished(work: Coroutine[Any, Any, T]) -> T:
    """Run a coroutine that waits for nothing but a `RemoteClient`, and return its result."""
    try:
        work.send(None)
    except StopIteration as done:
        result: T = done.value
        return result
    raise RuntimeError("a command waits for an event loop that there is not")


class RemoteClient:
    """Stands for `client.Client`, as far as commands need it. Every method raises `OwnerError` besides its own."""

    def __init__(self, profile: Profile, owner: Owner, on_wait: Callable[[], None] = lambda: None) -> None:
        """`on_wait` is called where a name is waited for longer than two seconds: the contacts are loading."""
        self.profile = profile
        self.store = RemoteStore(profile, owner)
        self.directory = RemoteDirectory(owner, on_wait)
        self.chat = RemoteChat(owner, self.store)
        self._owner = owner

    @property
    def file_upload(self) -> RemoteFileUpload:
        """Stands for `FileUpload`."""
        from tui.services.control.remote_upload import RemoteFileUpload

        return RemoteFileUpload(self.profile, self._owner, self.store)

    @property
    def people(self) -> RemotePeople:
        """Stands for `PeopleService`."""
        from tui.services.control.remote_people import RemotePeople

        return RemotePeople(self._owner, self.store)

    @property
    def groups(self) -> RemoteGroups:
        """Stands for `Groups`."""
        from tui.services.control.remote_groups import RemoteGroups

        return RemoteGroups(self._owner)

    async def check(self) -> protocol.Account:
        """As `Client.check`, with the owner's session."""
        return self._owner.answer(protocol.CheckRequest(), protocol.Account)


class RemoteStore:
    """Stands for `Store`, for the little that commands read."""

    def __init__(self, profile: Profile, owner: Owner) -> None:
        self._profile = profile
        self._owner = owner

    async def message(self, msg_id: str) -> StoredMessage | None:
        """As `Store.message`."""
        return self._message(protocol.FindMessage(msg_id))

    async def last_sent_to(self, user_name: str) -> StoredMessage | None:
        """As `Store.last_sent_to`."""
        return self._message(protocol.FindLast(user_name))

    async def log(self, target: str, count: int) -> list[LogEntry]:
        """As `history.newest`."""
        from tui.services.control import row_codec

        found = pieces(self._owner, protocol.ReadLog(target, count))
        with as_rows(self._owner):
            return [row_codec.entry(item) for item in found]

    async def row(self, row_id: int) -> StoredMessage | None:
        """Return a row as it stands in the file now, whatever became of the owner; None where that cannot be told."""
        import asyncio

        from tui.services.util.ids import Ids
        from tui.store.errors import NoSuchRow
        from tui.store.store import Store

        async def read() -> StoredMessage:
            async with await Store.open(self._profile.store_file, clock=Ids().now) as store:
                return await store.row(row_id)

        try:
            return asyncio.run(read())
        except (NoSuchRow, errors.LocalError):
            return None

    def row_states(self, sendings: Sequence[PartSending], user_name: str) -> RowStates:
        """As `packing.sent_parts.row_states`, by what stands in the file now."""
        import asyncio

        from tui.services.packing.sent_parts import row_states
        from tui.services.util.ids import Ids
        from tui.store.store import Store

        async def read() -> RowStates:
            async with await Store.open_to_read(self._profile.store_file, clock=Ids().now) as store:
                return await row_states(store, sendings, user_name)

        return asyncio.run(read())

    def _message(self, request: protocol.FindMessage | protocol.FindLast) -> StoredMessage | None:
        from tui.services.control import row_codec

        with as_rows(self._owner):
            return row_codec.message(self._owner.answer(request, protocol.Stored).message)


class RemoteDirectory:
    """Stands for `directory.Directory`."""

    def __init__(self, owner: Owner, on_wait: Callable[[], None]) -> None:
        self._owner = owner
        self._on_wait = on_wait

    async def refresh(self) -> None:
        """As `Directory.refresh`."""
        self._owner.ask(protocol.Refresh(), self._patient())

    async def search(self, query: str) -> list[tuple[Contact, str]]:
        """As `Directory.search`."""
        from tui.services.control import row_codec

        found = pieces(self._owner, protocol.ListContacts(query))
        with as_rows(self._owner):
            return [row_codec.contact(item) for item in found]

    async def resolve(self, target: str) -> protocol.Recipient:
        """As `Directory.resolve`."""
        return self._owner.answer(protocol.Resolve(target), protocol.Recipient, self._patient())

    def _patient(self) -> Heard:
        return patient(self._on_wait)


def patient(on_wait: Callable[[], None]) -> Heard:
    """Return what hears the owner work, and tells of a long wait once."""
    end, left = monotonic() + PATIENCE, [on_wait]

    def heard(said: protocol.FromOwner) -> None:
        if left and monotonic() >= end:
            left.pop()()

    return heard


class RemoteChat:
    """Stands for `chat.Chat`."""

    def __init__(self, owner: Owner, store: RemoteStore) -> None:
        self._owner = owner
        self._store = store

    async def send_text(self, to: protocol.Recipient, text: str, on_row: OnRow = lambda row: None) -> protocol.Sent:
        """As `Chat.send_text`."""
        if not text.strip():
            raise errors.EmptyText()
        return await deliver(self._owner, self._store, protocol.SendText(to.user_name, text), text, on_row)

    async def forward(
        self, message: StoredMessage, to: protocol.Recipient, on_row: OnRow = lambda row: None
    ) -> protocol.Sent:
        """As `Chat.forward`."""
        from tui.message_summary import describe

        request = protocol.Forward(message.id, to.user_name)
        return await deliver(self._owner, self._store, request, describe(message.body), on_row)

    async def revoke(self, message: StoredMessage) -> str | None:
        """As `Revoker.revoke`, which the owner does."""
        from tui.store.delivery_state import DeliveryState

        try:
            done = self._owner.hand_over(protocol.RevokeRequest(message.id))
        except Lost as lost:
            error = lost.error
        else:
            if not isinstance(done, protocol.Done):
                raise errors.OwnerGarbled(pid=self._owner.pid)
            return None if done.state == DeliveryState.CANCELLED.value else done.text
        row = await self._store.row(message.id)
        state = DeliveryState.REVOKE_UNKNOWN if row is None else row.state
        if state is DeliveryState.CANCELLED:
            return None
        if state is DeliveryState.REVOKED:
            return ""
        if state in (DeliveryState.REVOKING, DeliveryState.REVOKE_UNKNOWN) or isinstance(error, errors.OwnerStalled):
            from tui.message_summary import in_short

            raise errors.RevokeUnknown(what=in_short(message.body), why=error.said)
        raise error

    async def mark_read(self, contact: protocol.Recipient) -> None:
        """As `Chat.mark_read`."""
        self._owner.ask(protocol.MarkRead(contact.user_name))


@contextmanager
def as_rows(owner: Owner) -> Iterator[None]:
    """Raise `OwnerGarbled` where something else was told than rows."""
    try:
        yield
    except protocol.Malformed:
        raise errors.OwnerGarbled(pid=owner.pid) from None


def pieces(owner: Owner, request: protocol.ControlRequest) -> list[protocol.Json]:
    """Return an answer that comes in pieces."""
    found: list[protocol.Json] = []

    def heard(said: protocol.FromOwner) -> None:
        if isinstance(said, protocol.Piece):
            found.extend(said.items)

    owner.ask(request, heard)
    return found


async def deliver(
    owner: Owner,
    store: RemoteStore,
    request: protocol.ControlRequest,
    what: str,
    on_row: OnRow = lambda row: None,
    on_progress: Callable[[Progress], None] = lambda progress: None,
) -> protocol.Sent:
    """Have the owner send a message; return it as sent.

    Raises what the owner failed with, `DeliveryUnknown` when nobody knows. `what` it is, for that sentence.
    """
    row = 0

    def heard(said: protocol.FromOwner) -> None:
        nonlocal row
        if isinstance(said, protocol.Row):
            row = said.id
            on_row(said)
        elif isinstance(said, protocol.UploadMoved):
            from tui.services.uploads.upload_state import Progress, UploadState

            with suppress(ValueError):
                state = UploadState.WAITING if said.waiting else UploadState(said.stage)
                on_progress(Progress(state, said.done, said.total))

    try:
        outcome = owner.hand_over(request, heard)
    except Lost as lost:
        if not row:
            raise lost.error from None
        return await _after(owner, store, row, what, lost.error)
    if isinstance(outcome, protocol.Sent) and outcome.state == "sent":
        return outcome
    # An owner that ends may answer with any other state.
    gone = errors.OwnerGone(pid=owner.pid)
    row = outcome.id if isinstance(outcome, protocol.Sent) else row
    if not row:
        raise gone
    return await _after(owner, store, row, what, gone)


async def _after(owner: Owner, store: RemoteStore, row_id: int, what: str, error: errors.OwnerError) -> protocol.Sent:
    """Return the message after the owner has gone, or raise the error that its row's state means."""
    from tui.services.control import row_codec
    from tui.store.delivery_state import DeliveryState

    row = await store.row(row_id)
    if row is None:
        _raise_unknown(what, error)
    match row.state:
        case DeliveryState.SENT | DeliveryState.REVOKING | DeliveryState.REVOKE_UNKNOWN | DeliveryState.REVOKED:
            return row_codec.sent(row)
        case DeliveryState.SENDING | DeliveryState.UNKNOWN:
            unknown = True
        case DeliveryState.PENDING:
            # No process sends it any more, unless the owner is only suspended.
            unknown = isinstance(error, errors.OwnerStalled)
        case _:
            unknown = False
    if not unknown:
        raise errors.OwnerGone(pid=owner.pid)
    _raise_unknown(what, error)


def _raise_unknown(what: str, error: errors.OwnerError) -> NoReturn:
    from tui.wire.text import short

    lead = errors.Phrase("No reply from the running wxtui:")
    raise errors.DeliveryUnknown(lead=lead, what=short(what), why=error.said)
