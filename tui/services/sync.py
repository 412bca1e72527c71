"""The sync loop: waits for news, fetches them, commits them with their key (protocol.md section 4)."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import NoReturn, TypeVar

from tui import errors
from tui.services.backoff import Backoff
from tui.services.directory import Directory
from tui.services.link import Link
from tui.store.store import Store
from tui.wire import bodies, sync_calls
from tui.wire.call import Call
from tui.wire.contacts import Contact, ContactKind
from tui.wire.names import NotifyCode
from tui.wire.sync import SyncBatch

T = TypeVar("T")

log = logging.getLogger("wxtui.sync")

POLL_LIMIT = 90
"""Seconds after which a call of the loop that says nothing, not even that it broke, is given up."""
EMPTY_PAUSE = 1.0
"""Seconds to wait when the server keeps announcing news and has none."""
FREE_STEPS = 8
"""Answers in a row without a new message that are fetched without a pause: contacts and notices come in such."""


class Sync:
    """Runs until the session is over.

    `on_trouble` hears what failed and how many seconds until the next try, `on_recovered` when a call works again.
    """

    def __init__(
        self,
        link: Link,
        store: Store,
        directory: Directory,
        on_trouble: Callable[[errors.WxtuiError, float], None] = lambda error, seconds: None,
        on_recovered: Callable[[], None] | None = None,
    ) -> None:
        self._link = link
        self._store = store
        self._directory = directory
        self._on_trouble = on_trouble
        self._on_recovered = on_recovered
        self._troubled = False
        self._backoff = Backoff(link.ids.jitter, first=0.5, most=60)
        self._asked: set[tuple[str, str]] = set()
        self._hollow = 0
        self.last_sync: datetime | None = None

    async def run(self) -> NoReturn:
        """Loop for ever; whatever the network or the server does is waited out.

        Raises `SessionOver` when the server ended the session, `LocalError` when nothing can be stored.
        """
        await self._retrying(self.drain)
        while True:
            await self._retrying(self._round)

    async def _retrying(self, step: Callable[[], Awaitable[object]]) -> None:
        try:
            await step()
        except errors.SessionOver:
            raise
        except (errors.NetworkError, errors.ServerRefused) as error:
            seconds = self._backoff.wait()
            log.info("sync waits %.1f s: %s", seconds, error.code)
            self._troubled = True
            self._on_trouble(error, seconds)
            await asyncio.sleep(seconds)
        else:
            self._backoff.reset()

    async def _round(self) -> None:
        if self._troubled and self._on_recovered is not None:
            # The long poll may keep silent for half a minute before it says that all is well; fetching answers at once.
            await self.drain()
            self._on_recovered()
        self._troubled = False
        keys = await self._store.keys()
        if keys is None:
            raise errors.CookieInvalid()
        call = sync_calls.check(self._link.session, keys.check, now_ms=self._link.ids.now_ms())
        began = time.monotonic()
        news = (await self._run(call)).news
        self.last_sync = self._link.ids.now()
        quick = time.monotonic() - began < EMPTY_PAUSE
        if not news:
            if quick:
                await asyncio.sleep(EMPTY_PAUSE)
            return
        found = await self.drain()
        if not found and quick:
            await asyncio.sleep(EMPTY_PAUSE)

    async def _run(self, call: Call[T]) -> T:
        """Run a call, but not for ever: a server that trickles bytes keeps every time-out of the transport waiting."""
        try:
            async with asyncio.timeout(POLL_LIMIT):
                return await self._link.run(call)
        except TimeoutError:
            raise errors.TimedOut(host=errors.Phrase("The server"), call=call.name) from None

    async def drain(self) -> int:
        """Fetch and store everything there is now; how many messages were new.

        A batch is stored in the transaction that moves the key on, so a crash in between repeats it and loses nothing.
        """
        found = 0
        while True:
            keys = await self._store.keys()
            if keys is None:
                return found
            call = sync_calls.fetch(self._link.session, keys.sync, now_ms=self._link.ids.now_ms())
            batch = await self._run(call)
            new = len(await self._store.apply(batch))
            found += new
            self._hollow = 0 if new else self._hollow + 1
            self.last_sync = self._link.ids.now()
            if self._link.renew(skey=batch.skey):
                await self._link.save()
            else:
                await self._link.keep_cookies()
            await self._meet_strangers(batch)
            if not batch.more:
                return found
            if batch.keys == keys or self._hollow > FREE_STEPS:
                # "More" without a step forward would spin, and so would steps that lead nowhere, or round in a circle.
                await asyncio.sleep(EMPTY_PAUSE)

    async def _meet_strangers(self, batch: SyncBatch) -> None:
        """Fetch the names that messages need and the list of contacts does not have; ask once for each stranger."""
        unknown = {who: chat for who, chat in (await self._strangers(batch)).items() if who not in self._asked}
        if not unknown:
            return
        self._asked.update(unknown)
        try:
            await self._directory.fetch(unknown.values())
        except (errors.NetworkError, errors.ServerRefused) as error:
            # Names are a comfort, messages are the duty: ask again with the next message.
            self._asked.difference_update(unknown)
            log.info("names could not be fetched: %s", error.code)

    async def _strangers(self, batch: SyncBatch) -> dict[tuple[str, str], str]:
        """(chat, member) → what to fetch: chats that nobody knows, groups in which a newcomer writes."""
        found: dict[tuple[str, str], str] = {}
        for message in batch.messages:
            if isinstance(message.body, bodies.StatusNotify):
                # The phone's list of chats: groups that are not saved to contacts appear nowhere else.
                if message.body.code == NotifyCode.INITIAL:
                    groups = (name for name in message.body.user_names if name.startswith("@@"))
                    found |= {(name, ""): name for name in groups if await self._store.contact(name) is None}
                continue
            chat = await self._store.contact(message.chat)
            if chat is None:
                found[message.chat, ""] = message.chat
            elif chat.kind is ContactKind.GROUP and not message.mine and not _knows(chat, message.sender):
                found[message.chat, message.sender] = message.chat
        found.pop(("", ""), None)
        return found


def _knows(group: Contact, sender: str) -> bool:
    return not sender or any(member.user_name == sender for member in group.members)
