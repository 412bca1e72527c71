"""Whose turn it is: one upload at a time, in an order that a person can change."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from tui.services.transfer import Transfer, TransferState


class UploadTurns:
    """All transfers, the waiting ones in the order of their turn; who does not ask for a turn keeps its place."""

    def __init__(self) -> None:
        self.transfers: list[Transfer] = []
        self._asking: dict[Transfer, asyncio.Event] = {}
        self._running: Transfer | None = None

    def __contains__(self, transfer: Transfer) -> bool:
        """Whether it asks for a turn, or has it."""
        return transfer in self._asking

    @asynccontextmanager
    async def turn(self, transfer: Transfer) -> AsyncIterator[None]:
        """Waits until those before it had theirs."""
        turn = self._asking[transfer] = asyncio.Event()
        self._advance()
        try:
            await turn.wait()
            yield
        finally:
            self._asking.pop(transfer, None)
            if self._running is transfer:
                self._running = None
            self._advance()

    def _advance(self) -> None:
        """The next one's turn, if it is anyone's."""
        if self._running is None:
            self._running = next((one for one in self.transfers if one in self._asking), None)
            if self._running is not None:
                self._asking[self._running].set()

    def reorder(self, transfer: Transfer, by: int) -> bool:
        """Move a waiting or paused one past `by` other such ones, up when negative; False when it is neither."""
        places = [
            at for at, one in enumerate(self.transfers) if one.state in (TransferState.QUEUED, TransferState.PAUSED)
        ]
        waiting = [self.transfers[at] for at in places]
        if transfer not in waiting:
            return False
        old = waiting.index(transfer)
        new = min(max(old + by, 0), len(waiting) - 1)
        waiting.insert(new, waiting.pop(old))
        for at, one in zip(places, waiting, strict=True):
            self.transfers[at] = one
        return True
