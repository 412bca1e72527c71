"""Logins, their sync keys and what came with them, and the contacts that a login knows."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable
from datetime import datetime

from tui.store import sync_batch
from tui.store.db import key_value
from tui.store.db.transaction import Transaction
from tui.store.identity import reattach
from tui.store.models import Gap, Login, StoredMessage
from tui.store.store_base import StoreBase
from tui.store.tables import contacts, gaps, logins
from tui.store.tables.gaps import GapLines
from tui.wire.contacts import Contact, ContactKind
from tui.wire.sync import SyncBatch, SyncKeys


class LoginsOfStore(StoreBase):
    """See `Store`."""

    # ---------------------------------------------------------------- logins

    async def begin_login(self, me: Contact, uin: str, keys: SyncKeys) -> None:
        """A new login becomes the current one. Special accounts keep their conversations, the others start anew."""
        await self._write(lambda writing: logins.begin(writing, me, uin, keys))

    async def resume_login(self, me: Contact, uin: str) -> bool:
        """Whether the current login goes on (same `uin`, same own UserName); if not, nothing changes."""
        return await self._write(lambda writing: logins.resume(writing, me, uin))

    async def current_login(self) -> Login | None:
        """The newest login, if there ever was one."""
        return await self._database.read(logins.current)

    async def keys(self) -> SyncKeys | None:
        """The sync keys of the current login."""
        return await self._database.read(logins.keys)

    async def set_keys(self, keys: SyncKeys) -> None:
        """Replace the sync keys of the current login."""
        await self._write(lambda writing: logins.set_keys(writing, logins.required(writing.connection), keys))

    async def set_synced(self, at: datetime) -> None:
        """Everything that came to the current login until then is stored; `apply` says so by itself."""
        await self._write(lambda writing: logins.set_synced(writing, logins.required(writing.connection), at))

    async def synced(self) -> datetime | None:
        """Until when everything that came to the current login is stored; None where nobody knows."""
        return await self._database.read(logins.synced)

    async def skip(self, keys: SyncKeys) -> None:
        """The server does not know our key any more: go on from `keys`; what lies between is a gap."""
        await self._write(lambda writing: logins.skip(writing, logins.required(writing.connection), keys))

    async def gaps(self, conversation_id: int | None = None) -> list[Gap]:
        """Times of which messages may be missing, in order: all, or those of that conversation's account."""
        return await self._database.read(lambda connection: gaps.every(connection, conversation_id))

    async def gap_lines(self, conversation_id: int) -> GapLines:
        """Return between which messages of this conversation others may be missing."""
        return await self._database.read(lambda connection: gaps.lines(connection, conversation_id))

    # ---------------------------------------------------------------- small things

    async def remember(self, key: str, value: str) -> None:
        """Keep `value` under `key` for the next start; "" forgets it."""
        await self._write(lambda writing: key_value.remember(writing, key, value))

    async def recall(self, key: str) -> str:
        """What was kept under `key`; "" for nothing."""
        return await self._database.read(lambda connection: key_value.recall(connection, key))

    # ---------------------------------------------------------------- contacts

    async def save_contacts(self, listed: Iterable[Contact], *, complete: bool = False) -> None:
        """Insert or replace contacts of the current login; members that a group is known to have are kept.

        `complete`: this is the whole list. Persons and official accounts that are not on it are forgotten; groups and
        special accounts are not, for they need not appear there. Stamps `contacts_refreshed_at`. Once the whole list
        was there, those who can be told to be somebody of an earlier login get their conversation back.
        """
        several = tuple(listed)

        def save(writing: Transaction) -> None:
            login = logins.required(writing.connection)
            if complete:
                contacts.save_whole_list(writing, login, several)
                reattach.recognise(writing, login)
            else:
                contacts.save(writing, login, several)
                reattach.meet(writing, login)

        await self._write(save)

    async def recognise(self) -> None:
        """Nothing more is told of the contacts of this login: groups that only have a name must do with that."""

        def recognise(writing: Transaction) -> None:
            login = logins.required(writing.connection)
            if login.contacts_refreshed_at is not None:
                reattach.recognise(writing, login, final=True)

        await self._write(recognise)

    async def contacts(self, kind: ContactKind | None = None) -> list[Contact]:
        """All contacts of the current login, oneself among them, or those of one kind; none before the first login."""

        def every(connection: sqlite3.Connection) -> list[Contact]:
            login = logins.current(connection)
            return [] if login is None else contacts.every(connection, login, kind)

        return await self._database.read(every)

    async def contact(self, user_name: str) -> Contact | None:
        """One contact of the current login."""

        def find(connection: sqlite3.Connection) -> Contact | None:
            login = logins.current(connection)
            return None if login is None else contacts.find(connection, login, user_name)

        return await self._database.read(find)

    async def contacts_named(self, user_names: Iterable[str]) -> list[Contact]:
        """Those of these that the current login knows, also who is no contact any more."""
        wanted = tuple(user_names)

        def find(connection: sqlite3.Connection) -> list[Contact]:
            login = logins.current(connection)
            return [] if login is None else contacts.named(connection, login, wanted)

        return await self._database.read(find)

    # ---------------------------------------------------------------- sync

    async def apply(self, batch: SyncBatch) -> list[StoredMessage]:
        """Store an answer of webwxsync, messages, contacts and keys, wholly or not at all. Returns what was new."""
        return await self._write(lambda writing: sync_batch.apply(writing, batch))
