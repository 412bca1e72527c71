"""The stream of changes: every subscriber gets every change, in order."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable

from tui.store.changes import Change


class Subscription:
    """An async iterator of changes for one reader, on the event loop's thread.

    Its queue has no bound, so that no change is ever lost and no writer ever waits: read it, or close it.
    `close` ends the iteration after what is already queued. It is also a context manager.
    """

    def __init__(self, hub: Hub) -> None:
        self._hub = hub
        self._queue: asyncio.Queue[Change | None] = asyncio.Queue()
        self._ended = False

    def put(self, change: Change) -> None:
        """Queue a change; the hub calls it."""
        self._queue.put_nowait(change)

    def close(self) -> None:
        """End the subscription; may be called twice."""
        if self._hub.forget(self):
            self._queue.put_nowait(None)

    def __aiter__(self) -> Subscription:
        return self

    async def __anext__(self) -> Change:
        change = None if self._ended else await self._queue.get()
        if change is None:
            self._ended = True
            raise StopAsyncIteration
        return change

    def __enter__(self) -> Subscription:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


class Hub:
    """The open subscriptions. Used on the event loop's thread only."""

    def __init__(self) -> None:
        self._listening: dict[Subscription, None] = {}

    def subscribe(self) -> Subscription:
        """Return a new subscription, for changes from now on."""
        subscription = Subscription(self)
        self._listening[subscription] = None
        return subscription

    def forget(self, subscription: Subscription) -> bool:
        """Remove a subscription; return False when it was removed before."""
        if subscription not in self._listening:
            return False
        del self._listening[subscription]
        return True

    def publish(self, changes: Iterable[Change]) -> None:
        """Give changes to every subscription, in order."""
        for change in changes:
            for subscription in self._listening:
                subscription.put(change)

    def close(self) -> None:
        """End every subscription."""
        for subscription in tuple(self._listening):
            subscription.close()
