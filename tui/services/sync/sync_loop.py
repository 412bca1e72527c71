"""Sync loop: waits for news, fetches them, commits them with their key (PROTOCOL section 4)."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable
from contextlib import suppress
from datetime import datetime
from typing import NoReturn, TypeVar

from tui import errors
from tui.services.contacts.directory import Directory
from tui.services.session.context import SessionContext
from tui.services.util.retry import CALM, Backoff
from tui.services.util.suspend import Pause, steady, watching
from tui.store.errors import StoreClosed
from tui.store.store import Store
from tui.wire import bodies, login, sync_calls
from tui.wire.call import Call
from tui.wire.contacts import Contact, ContactKind
from tui.wire.names import NotifyCode
from tui.wire.sync import SyncBatch

T = TypeVar("T")

log = logging.getLogger("wxtui.sync")

SYNCED_EVERY = 60.0
"""Seconds between two notes in the store that the server was heard, while nothing comes."""
EMPTY_PAUSE = 1.0
"""Seconds to wait when the server keeps announcing news and has none."""
FREE_STEPS = 8
"""Answers in a row without a new message that are fetched without a pause: contacts and notices come like that."""


class SyncLoop:
    """Fetches and stores news for one session, until the session is over.

    `on_trouble` hears what failed and how many seconds until the next try, `on_recovered` when a call works again.
    """

    def __init__(
        self,
        context: SessionContext,
        store: Store,
        directory: Directory,
        on_trouble: Callable[[errors.WxtuiError, float], None] = lambda error, seconds: None,
        on_recovered: Callable[[], None] = lambda: None,
    ) -> None:
        self._context = context
        self._store = store
        self._directory = directory
        self._on_trouble = on_trouble
        self._on_recovered = on_recovered
        self._troubled = False
        self._backoff = Backoff(context.ids.jitter, first=0.5, most=60)
        self._pause = Pause()
        self._anew = False
        self._replaced = False
        self._in_sync: datetime | None = None
        self._noted = steady()
        self._heard: float | None = None
        self._asked: set[tuple[str, str]] = set()
        self._hollow = 0
        self.last_sync: datetime | None = None

    @property
    def silence(self) -> float | None:
        """Seconds since the server was last heard, by a clock that nobody sets; None while it was not."""
        return None if self._heard is None else steady() - self._heard

    def wake(self) -> None:
        """Ask at once, on a new connection, after the machine has slept."""
        self._anew = True
        self._backoff.reset()
        self._pause.cut()

    async def run(self) -> NoReturn:
        """Loop for ever; whatever the network or the server does is waited out, and so is a full disk.

        Raises `SessionOver` when the server ended the session, `LocalError` when the store cannot be used any more.
        """
        try:
            async with watching(self.wake):
                await self._retrying(self.drain)
                while True:
                    await self._retrying(self._round)
        finally:
            await self._note_end()

    async def catch_up(self) -> None:
        """Fetch and store what there is now, and try until that works. Raises as `run`."""
        while self._in_sync is None:
            await self._retrying(self.drain)

    async def _retrying(self, step: Callable[[], Awaitable[object]]) -> None:
        try:
            await step()
        except errors.SessionOver:
            raise
        except (errors.NetworkError, errors.ServerRefused, errors.HomeUnusable) as error:
            seconds = self._backoff.wait(CALM if isinstance(error, errors.TooFrequent) else 0.0)
            log.info("sync waits %.1f s: %s", seconds, error.code)
            self._troubled = True
            # The poll does not take the key: only fetching finds out whether another one is needed.
            self._anew = self._anew or isinstance(error, errors.BadParameter)
            self._on_trouble(error, seconds)
            with suppress(TimeoutError):
                async with self._pause.waiting():
                    await asyncio.sleep(seconds)
        else:
            self._backoff.reset()

    async def _round(self) -> None:
        if self._anew:
            # Fetch first, and on a new connection.
            self._anew = False
            await self._context.transport.drop_idle()
            await self.drain()
        elif self._troubled:
            # The long poll may be silent for half a minute before it says that all is well; fetching answers at once.
            await self.drain()
        if self._troubled:
            self._troubled = False
            self._on_recovered()
        keys = await self._store.keys()
        if keys is None:
            raise errors.CookieInvalid()
        call = sync_calls.check(self._context.session, keys.check, now_ms=self._context.ids.now_ms())
        began = time.monotonic()
        try:
            async with self._pause.waiting():
                news = await self._context.transport.run(call)
        except (TimeoutError, errors.TimedOut):
            # Its connection is closed with it. The same is asked at once on another; if that is answered, nobody needs
            # to hear of it.
            log.info("a long poll was silent for %.0f s", time.monotonic() - began)
            self._anew = True
            return
        quick = time.monotonic() - began < EMPTY_PAUSE
        if not news:
            await self._note_heard(in_sync=True)
            if quick:
                await asyncio.sleep(EMPTY_PAUSE)
            return
        await self._note_heard(in_sync=False)
        found = await self.drain()
        if not found and quick:
            await asyncio.sleep(EMPTY_PAUSE)

    async def _run(self, call: Call[T]) -> T:
        """Run a call. Raises `TimedOut` when the machine slept meanwhile: its connection is not worth waiting for."""
        try:
            async with self._pause.waiting():
                return await self._context.transport.run(call)
        except TimeoutError:
            raise errors.TimedOut(host=errors.Phrase("The server"), call=call.name) from None

    # ---------------------------------------------------------------- when the server was last heard

    async def _note_heard(self, *, in_sync: bool) -> None:
        """Note that the server was heard now; with `in_sync`, that it has nothing more, in the store once a minute."""
        self._heard = steady()
        self.last_sync = self._context.ids.now()
        if in_sync:
            self._in_sync = self.last_sync
            if self._heard - self._noted >= SYNCED_EVERY:
                self._noted = self._heard
                await self._store.set_synced(self._in_sync)

    async def _note_end(self) -> None:
        """Write down when the server was last heard: the next login may have to tell since when nothing was."""
        if self._in_sync is not None:
            with suppress(errors.LocalError, StoreClosed):
                await self._store.set_synced(self._in_sync)

    # ---------------------------------------------------------------- fetching

    async def drain(self) -> int:
        """Fetch and store everything there is now, and return how many messages were new.

        A batch is stored in the transaction that moves the key on, so a crash in between repeats it and loses nothing.
        """
        found = 0
        while True:
            keys = await self._store.keys()
            if keys is None:
                return found
            call = sync_calls.fetch(self._context.session, keys.sync, now_ms=self._context.ids.now_ms())
            try:
                batch = await self._run(call)
            except errors.BadParameter:
                if self._replaced:
                    raise  # A new key cannot be too old: something else is wrong.
                await self._replace_key()
                continue
            self._replaced = False
            # Before the batch is stored: after a kill between the two the old skey would be used for ever.
            if self._context.renew(skey=batch.skey):
                await self._context.save()
            else:
                await self._context.keep_cookies()
            self._directory.supersede([*(one.user_name for one in batch.changed), *batch.deleted])
            new = len(await self._store.apply(batch))
            found += new
            self._hollow = 0 if new else self._hollow + 1
            if not batch.more:
                self._noted = steady()  # `apply` wrote it down
            await self._note_heard(in_sync=not batch.more)
            await self._meet_strangers(batch)
            if not batch.more:
                return found
            if batch.keys == keys or self._hollow > FREE_STEPS:
                # “More” without a step forward would spin, and so would steps that lead nowhere, or round in a circle.
                await asyncio.sleep(EMPTY_PAUSE)

    async def _replace_key(self) -> None:
        """Get another SyncKey by webwxinit: the server does not know ours any more, and what lies between is a gap.

        Asking with the old key again and again would lose all that is still to come as well.
        """
        log.info("the SyncKey is refused; another one is asked for")
        init = await self._run(login.init(self._context.session, now_ms=self._context.ids.now_ms()))
        self._replaced = True
        if self._context.renew(skey=init.skey):
            await self._context.save()
        await self._store.skip(init.keys)

    async def _meet_strangers(self, batch: SyncBatch) -> None:
        """Fetch names that messages need and the list of contacts does not have, once for each stranger."""
        unknown = {who: chat for who, chat in (await self._strangers(batch)).items() if who not in self._asked}
        if not unknown:
            return
        self._asked.update(unknown)
        try:
            await self._directory.fetch(unknown.values())
        except (errors.NetworkError, errors.ServerRefused) as error:
            # Messages go on without names; the next message asks again.
            self._asked.difference_update(unknown)
            log.info("names could not be fetched: %s", error.code)

    async def _strangers(self, batch: SyncBatch) -> dict[tuple[str, str], str]:
        """Map (chat, member) to the UserName to fetch: unknown chats, and groups in which a newcomer writes."""
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
