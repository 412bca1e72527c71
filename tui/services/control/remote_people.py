"""Stands for `PeopleService` of the services, for a command in another shell: the running wxtui asks the server."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from tui import errors
from tui.errors import Phrase
from tui.services.control import protocol
from tui.services.control.owner_connection import Lost, Owner

if TYPE_CHECKING:
    from datetime import datetime

    from tui.services.control.remote_client import RemoteStore
    from tui.store.models import NotifyRule, ReceivedRequest, StoredMessage


class RemotePeople:
    """Offers what `PeopleService` does. Every method raises `OwnerError` besides its own."""

    def __init__(self, owner: Owner, store: RemoteStore) -> None:
        self.friend_requests = RemoteFriendRequests(owner, store)
        self._owner = owner

    async def set_remark(self, user_name: str, remark: str) -> bool:
        """As `PeopleService.set_remark`."""
        return _changed(self._owner, protocol.SetRemark(user_name, remark), Phrase("the remark"))

    async def set_pinned(self, user_name: str, *, pinned: bool) -> bool:
        """As `PeopleService.set_pinned`."""
        what = Phrase("pinning") if pinned else Phrase("unpinning")
        return _changed(self._owner, protocol.SetPinned(user_name, pinned), what)

    async def read_all(self, on_read: Callable[[str, int], None]) -> int:
        """As `PeopleService.read_all`."""

        def heard(said: protocol.FromOwner) -> None:
            if isinstance(said, protocol.ConversationRead):
                on_read(said.name, said.left)

        return self._owner.answer(protocol.ReadAll(), protocol.AllRead, heard).count


class RemoteNotifying:
    """Stands for `Store` where notifications are changed: `NotifyingStore`."""

    def __init__(self, owner: Owner) -> None:
        self._owner = owner

    async def set_hushed(self, conversation_id: int, on: bool, until: datetime | None) -> None:
        """As `Store.set_hushed`."""
        until_ms = 0 if until is None else int(until.timestamp() * 1000)
        self._owner.ask(protocol.SetHushed(conversation_id, on, until_ms))

    async def set_notify(self, conversation_id: int, rule: NotifyRule | None) -> None:
        """As `Store.set_notify`."""
        self._owner.ask(protocol.SetNotify(conversation_id, "" if rule is None else rule.value))


class RemoteFriendRequests:
    """Offers what `FriendRequests` does."""

    def __init__(self, owner: Owner, store: RemoteStore) -> None:
        self._owner = owner
        self._store = store

    async def received(self) -> list[ReceivedRequest]:
        """As `FriendRequests.received`."""
        from tui.services.control import row_codec
        from tui.services.control.remote_client import as_rows, pieces

        found = pieces(self._owner, protocol.ListRequests())
        with as_rows(self._owner):
            return [row_codec.request(item) for item in found]

    async def accept(self, message: StoredMessage) -> str:
        """As `FriendRequests.accept`."""
        return await self._answer(message, accept=True)

    async def ignore(self, message: StoredMessage) -> str:
        """As `FriendRequests.ignore`."""
        return await self._answer(message, accept=False)

    async def _answer(self, message: StoredMessage, *, accept: bool) -> str:
        from tui.wire.bodies import FriendRequest, RequestAnswer

        try:
            done = self._owner.hand_over(protocol.AnswerRequest(message.id, accept))
        except Lost as lost:
            error = lost.error
        else:
            if not isinstance(done, protocol.Done):
                raise errors.OwnerGarbled(pid=self._owner.pid)
            return done.text
        row = await self._store.row(message.id)
        body = message.body if row is None else row.body
        name = body.nick_name if isinstance(body, FriendRequest) else ""
        answer = body.answer if isinstance(body, FriendRequest) and row is not None else RequestAnswer.UNKNOWN
        if answer is (RequestAnswer.ACCEPTED if accept else RequestAnswer.IGNORED):
            return name
        if accept and (answer is RequestAnswer.UNKNOWN or isinstance(error, errors.OwnerStalled)):
            what = Phrase("accepting the friend request of “{name}”", name=name)
            raise errors.ChangeUnknown(what=what, why=error.said)
        raise error


def _changed(owner: Owner, request: protocol.ControlRequest, what: Phrase) -> bool:
    """Have a change made; return whether it was one. An owner that is gone may have made it."""
    try:
        outcome = owner.hand_over(request)
    except Lost as lost:
        raise errors.ChangeUnknown(what=what, why=lost.error.said) from None
    if not isinstance(outcome, protocol.ContactChanged):
        raise errors.OwnerGarbled(pid=owner.pid)
    return outcome.changed
