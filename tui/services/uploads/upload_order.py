"""Whose turn it is: one upload at a time, in an order that a person can change."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager

from tui.services.uploads.upload_state import Upload, UploadState


class UploadOrder:
    """All transfers, the waiting ones in the order of their turn; who does not ask for a turn keeps its place."""

    def __init__(self) -> None:
        self.transfers: list[Upload] = []
        self._asking: dict[Upload, asyncio.Event] = {}
        self._running: Upload | None = None
        self._holds = 0
        self._coming: set[Upload] = set()

    def __contains__(self, transfer: Upload) -> bool:
        """Whether it asks for a turn, or has it."""
        return transfer in self._asking

    @asynccontextmanager
    async def turn(self, transfer: Upload) -> AsyncIterator[None]:
        """Waits until those before it had theirs."""
        turn = self._asking[transfer] = asyncio.Event()
        self._coming.discard(transfer)
        self._advance()
        try:
            await turn.wait()
            yield
        finally:
            self._asking.pop(transfer, None)
            if self._running is transfer:
                self._running = None
            self._advance()

    @contextmanager
    def held(self) -> Iterator[None]:
        """Nobody's turn begins meanwhile: one that goes before the others may still be on its way here."""
        self._holds += 1
        try:
            yield
        finally:
            self._holds -= 1
            self._advance()

    def expect(self, transfer: Upload) -> None:
        """It is about to ask for its turn; until then, or `dismiss`, those behind it wait."""
        self._coming.add(transfer)

    def dismiss(self, transfer: Upload) -> None:
        """It does not ask after all."""
        if transfer in self._coming:
            self._coming.discard(transfer)
            self._advance()

    def _advance(self) -> None:
        """The next one's turn, if it is anyone's."""
        if self._running is None and not self._holds:
            first = next((one for one in self.transfers if one in self._asking or one in self._coming), None)
            if first is not None and first in self._asking:
                self._running = first
                self._asking[first].set()

    def reorder(self, transfer: Upload, by: int) -> bool:
        """Move a waiting or paused one past `by` other such ones, up when negative; False when it is neither."""
        places = [at for at, one in enumerate(self.transfers) if one.state in (UploadState.QUEUED, UploadState.PAUSED)]
        waiting = [self.transfers[at] for at in places]
        if transfer not in waiting:
            return False
        old = waiting.index(transfer)
        new = min(max(old + by, 0), len(waiting) - 1)
        waiting.insert(new, waiting.pop(old))
        for at, one in zip(places, waiting, strict=True):
            self.transfers[at] = one
        return True
