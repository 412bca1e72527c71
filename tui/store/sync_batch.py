"""Storing what sync brings: contacts, messages and the keys to the next answer, all in one transaction."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Collection, Sequence
from functools import partial
from typing import TYPE_CHECKING, Final

from tui.store.db.transaction import Transaction
from tui.store.identity import reattach
from tui.store.mapping.codec import to_ms
from tui.store.models import Login, StoredMessage
from tui.store.tables import contacts, conversations, echo_matching, logins, messages
from tui.wire.bodies import Message, Revoke, StatusNotify
from tui.wire.contacts import Contact
from tui.wire.mentions import may_mention
from tui.wire.names import NotifyCode
from tui.wire.sync import SyncBatch

if TYPE_CHECKING:
    from tui.store.tables.mentions import MentionFinder

_READ_ON_PHONE: Final = frozenset({NotifyCode.READ.value, NotifyCode.ENTERED.value})


def save_contacts(
    transaction: Transaction, login: Login, listed: Collection[Contact], *, recognise: bool = True
) -> None:
    """Insert or replace contacts of the current login; members that a group is known to have are kept.

    Not `recognise`: more of the same list follows, and then `end_listing` or `end_loading`, for to recognise people of
    earlier logins takes as long for one contact as for all.
    """
    contacts.save(transaction, login, listed)
    _look_again(transaction, login)
    if recognise:
        reattach.meet(transaction, login)


def end_listing(transaction: Transaction, login: Login, gone: Collection[str]) -> None:
    """Note that the whole list of contacts was stored, in parts; those `gone` are not on it any more.

    Contacts that are certainly somebody of an earlier login get their conversation back. `end_loading` follows: groups
    that the list leaves out may still come, and a group's name with its members.
    """
    contacts.forget(transaction, login, gone)
    reattach.recognise(transaction, login)


def end_loading(transaction: Transaction, login: Login) -> None:
    """Note that all contacts were there just now, with what is told of groups; decide what is still open."""
    contacts.set_refreshed(transaction, login)
    reattach.recognise(transaction, login, final=True)


def apply(transaction: Transaction, login: Login, batch: SyncBatch) -> list[StoredMessage]:
    """Store an answer of webwxsync wholly or not at all: messages, contacts and keys. Return what was new.

    Contacts come first, so that a new conversation has its name at once.
    """
    finder = _finder(transaction, login, batch)
    befriended = _befriended(transaction, login, batch)
    contacts.save(transaction, login, batch.changed)
    contacts.forget(transaction, login, batch.deleted)
    reattach.meet(transaction, login)
    _look_again(transaction, login)
    told_again = _ToldAgain(transaction.connection, login, batch)
    for at, message in enumerate(batch.messages):
        if isinstance(message.body, StatusNotify):
            _notify(transaction, login, message.body, batch.messages[at + 1 :])
        elif message.msg_id or not told_again.has(message):
            _take(transaction, login, message, finder)
    befriended()
    logins.set_keys(transaction, login, batch.keys)
    if not batch.more:
        logins.set_synced(transaction, login, transaction.now)
    return transaction.added()


def _befriended(transaction: Transaction, login: Login, batch: SyncBatch) -> Callable[[], None]:
    """Return what settles, once all is stored, the friend requests of those who become contacts with this answer."""
    if not batch.changed:
        return lambda: None
    from tui.store.tables import friend_requests  # Few answers tell of contacts.

    friends = friend_requests.befriended(transaction.connection, login, batch.changed)
    return partial(friend_requests.settle, transaction, login, friends)


class _ToldAgain:
    """Finds messages without an id that a repeated answer brings once more.

    Such a message is known only by what is in it, and two people may well write "ok" in one second; so nothing is left
    out unless the answer shows that it tells things again: its SyncKey is the one that is stored already, or a message
    with an id in it is. Then as many are left out as are stored in this login with the same time, sender and contents.
    A message too many is better than one that is lost.
    """

    def __init__(self, connection: sqlite3.Connection, login: Login, batch: SyncBatch) -> None:
        self._connection = connection
        self._login = login
        self._left: dict[tuple[object, ...], int] = {}
        self._repeated = any(not message.msg_id for message in batch.messages) and self._is_repeated(batch)

    def _is_repeated(self, batch: SyncBatch) -> bool:
        known = logins.keys(self._connection)
        if known is not None and known.sync == batch.keys.sync:
            return True
        ids = (message.msg_id for message in batch.messages if message.msg_id)
        return any(messages.find(self._connection, msg_id) is not None for msg_id in ids)

    def has(self, message: Message) -> bool:
        """Return whether this message is stored already; each stored one counts for one."""
        if not self._repeated:
            return False
        conversation_id = conversations.find(self._connection, self._login, message.chat)
        if conversation_id is None:
            return False
        mark = messages.contents(conversation_id, message)
        if mark not in self._left:
            self._left[mark] = messages.without_id(self._connection, self._login, mark)
        self._left[mark] -= 1
        return self._left[mark] >= 0


def _finder(transaction: Transaction, login: Login, batch: SyncBatch) -> MentionFinder | None:
    """Return who finds mentions in messages that may have some, with the names before the contacts with them came."""
    if not any(message.chat.startswith("@@") and may_mention(message.body) for message in batch.messages):
        return None
    from tui.store.tables.mentions import MentionFinder  # Most messages name nobody.

    finder = MentionFinder(transaction.connection, login)
    if batch.changed:
        finder.note_names(batch.messages)
    return finder


def _look_again(transaction: Transaction, login: Login) -> None:
    """Look for mentions in groups whose members' names have just come."""
    if transaction.named:
        from tui.store.tables.mentions import MentionFinder  # No first screen needs it.

        finder = MentionFinder(transaction.connection, login)
        for user_name in sorted(transaction.named):
            finder.look_again(transaction, user_name)


def _take(transaction: Transaction, login: Login, message: Message, finder: MentionFinder | None) -> None:
    if message.msg_id and messages.find(transaction.connection, message.msg_id) is not None:
        return  # the same message can come twice (PROTOCOL section 4)
    conversation_id = conversations.find_or_make(transaction, login, message.chat)
    if message.mine and message.msg_id:
        time_ms = to_ms(message.time)
        unknown = echo_matching.waiting_for(transaction.connection, conversation_id, time_ms, message.body)
        if unknown is not None:
            messages.resolve(transaction, unknown, msg_id=message.msg_id, sent_ms=time_ms)
            return
    mention = None if finder is None else finder.mention_of(message)
    messages.add_incoming(transaction, login, conversation_id, message, mention)
    if isinstance(message.body, Revoke):
        messages.recall(transaction, message.body.msg_id)


def _notify(transaction: Transaction, login: Login, notify: StatusNotify, later: Sequence[Message]) -> None:
    """Mark what was read or opened on the phone as read. A name that is no conversation yet has nothing to read.

    `later` are the messages that the same answer tells after it. Where the answer is told again they are stored
    already, and were not read then.
    """
    if notify.code not in _READ_ON_PHONE:
        return
    for user_name in notify.user_names:
        conversation_id = conversations.find(transaction.connection, login, user_name)
        if conversation_id is not None:
            there = (message.msg_id for message in later if message.chat == user_name)
            first = next(filter(None, (messages.find(transaction.connection, msg_id) for msg_id in there)), None)
            conversations.mark_read(transaction, conversation_id, None if first is None else first.id - 1)
