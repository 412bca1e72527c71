"""Friend requests: who asks, and answering them. A request that leaves is noted first, and its outcome after it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable
from contextlib import suppress
from typing import Final, TypeAlias

from tui import errors
from tui.services.people.contact_changes import ContactChanges
from tui.services.util.shielded import whole
from tui.store.errors import NoSuchRow
from tui.store.models import ReceivedRequest, StoredMessage
from tui.store.store import Store
from tui.wire.bodies import FriendRequest, RequestAnswer
from tui.wire.people.people_calls import accept_request

FetchContacts: TypeAlias = Callable[[Iterable[str]], Awaitable[None]]

_TRY_AGAIN: Final = (
    errors.TooFrequent,
    errors.ServerFault,
    errors.BadTicket,
    errors.LoginEnvironment,
)
"""Refusals that are about the session or the moment, and not about the request."""


class FriendRequests:
    """Lists and answers the friend requests of one session."""

    def __init__(self, changes: ContactChanges, store: Store, fetch: FetchContacts) -> None:
        """`fetch` asks the server for contacts by their UserNames."""
        self._changes = changes
        self._store = store
        self._fetch = fetch

    async def received(self) -> list[ReceivedRequest]:
        """Return all friend requests, the newest first."""
        return await self._store.friend_requests()

    async def accept(self, message: StoredMessage) -> str:
        """Accept a friend request; return the name of who is a friend now.

        Where the same person has asked again since, their newest request is accepted. Raises `NoFriendRequest`,
        `AlreadyFriends`, `RequestOutOfReach`, `RequestRefused`, `ChangeUnknown`, and what else refused it.
        """
        message, body = await self._latest(message)
        seen, name = body.answer, shown_name(body)
        if seen is RequestAnswer.ACCEPTED:
            raise errors.AlreadyFriends(name=name)
        context = self._changes.context
        call = accept_request(context.session, body.user_name, body.ticket, now_ms=context.ids.now_ms())

        async def leaving() -> None:
            # A program that is killed in between leaves a doubt and no untruth.
            if not await whole(self._store.answer_request(message.id, RequestAnswer.UNKNOWN, seen=seen)):
                raise await self._answered_meanwhile(message, name)

        left = RequestAnswer.UNKNOWN
        try:
            await self._changes.run(call, errors.Phrase("accepting the friend request of “{name}”", name=name), leaving)
        except (errors.ChangeUnknown, errors.AlreadyFriends):
            raise
        except errors.WxtuiError as error:
            refused = isinstance(error, errors.ServerRefused) and not isinstance(error, _TRY_AGAIN)
            # A doubt stays one: it may be refused because it had worked. Before it left, this changes nothing.
            given = RequestAnswer.REFUSED if refused and seen is not RequestAnswer.UNKNOWN else seen
            await whole(self._store.answer_request(message.id, given, seen=left))
            if isinstance(error, errors.ServerRefused) and refused:
                raise errors.RequestRefused(name=name, ret=error.facts.get("ret", "")) from None
            raise
        await whole(self._store.answer_request(message.id, RequestAnswer.ACCEPTED, seen=left))
        if await self._store.contact(body.user_name) is None:
            with suppress(errors.WxtuiError):
                # Sync tells of them as well, but perhaps later, and to a command it tells nothing.
                await self._fetch((body.user_name,))
        return name

    async def ignore(self, message: StoredMessage) -> str:
        """Put a friend request aside; return the name. Nobody is told, and it can still be accepted."""
        message, body = await self._latest(message, reachable=False)
        if body.answer is RequestAnswer.ACCEPTED:
            raise errors.AlreadyFriends(name=shown_name(body))
        await whole(self._store.answer_request(message.id, RequestAnswer.IGNORED, seen=body.answer))
        return shown_name(body)

    async def _latest(self, message: StoredMessage, *, reachable: bool = True) -> tuple[StoredMessage, FriendRequest]:
        """Return the newest request of whoever sent this one, as it is now."""
        if not isinstance(message.body, FriendRequest):
            raise errors.NoFriendRequest(id=message.msg_id)
        person = message.body.user_name
        found = latest_of(await self._store.friend_requests(), message)
        body = None if found is None else found.message.body
        if found is None or not isinstance(body, FriendRequest):
            raise errors.NoFriendRequest(id=message.msg_id)
        if reachable and body.answer is not RequestAnswer.ACCEPTED and not (found.current and person and body.ticket):
            raise errors.RequestOutOfReach(name=shown_name(body))
        return found.message, body

    async def _answered_meanwhile(self, message: StoredMessage, name: str) -> errors.WxtuiError:
        """Return why a request is not accepted that somebody else has answered since it was looked at."""
        with suppress(NoSuchRow):
            body = (await self._store.row(message.id)).body
            if isinstance(body, FriendRequest) and body.answer is RequestAnswer.ACCEPTED:
                return errors.AlreadyFriends(name=name)
        return errors.RequestAnswered(name=name)


def latest_of(requests: Iterable[ReceivedRequest], message: StoredMessage) -> ReceivedRequest | None:
    """Return the newest request of the person who sent this one in the same login, which may be this one."""
    body = message.body
    several = [one for one in requests if isinstance(one.message.body, FriendRequest)]
    same = [one for one in several if one.message.id == message.id]
    if not same and isinstance(body, FriendRequest) and body.user_name:
        same = [one for one in several if one.message.id > message.id and _asks(one, body.user_name)]
    return same[0] if same else None


def _asks(request: ReceivedRequest, user_name: str) -> bool:
    body = request.message.body
    return isinstance(body, FriendRequest) and body.user_name == user_name


def shown_name(body: FriendRequest) -> str:
    """Return the name of who asks, for a sentence."""
    return body.nick_name or "?"
