"""Keeps the ledger's word about one upload: what it says is done, is done; it may lag behind by a moment."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable
from typing import Final

from tui import errors
from tui.services.util.background import child, spawn

log = logging.getLogger("wxtui.uploads")

_OFTEN: Final = 0.25
"""Seconds between two writes: a fast link has a thousand parts a second, and repeating those of a quarter of one, after
a kill, costs a quarter of a second."""


class Checkpoint:
    """Writes down acknowledged parts while the next ones are on their way.

    A context: at its beginning the upload is in the ledger, at its end all of its parts that were acknowledged.
    """

    def __init__(self, first: int, write: Callable[[int, str], Awaitable[None]] | None) -> None:
        """`write` commits how many parts the server has, `first` of them by now, and the MediaId that it gave for all.

        None where nothing is kept.
        """
        self._write = write
        self._media_id = ""
        self._done = self._written = first
        self._at = -_OFTEN
        self._task: asyncio.Task[None] | None = None

    async def __aenter__(self) -> Checkpoint:
        await self._commit()
        return self

    async def __aexit__(self, *_: object) -> None:
        """Also of an upload that is cancelled: a pause forgets no part."""
        ending = child(self._end())
        try:
            await asyncio.shield(ending)
        except asyncio.CancelledError:
            await ending
            raise

    def acknowledged(self, parts: int, media_id: str = "") -> None:
        """The server has the first `parts` parts; `media_id`: the whole file."""
        self._done, self._media_id = parts, media_id
        now = time.monotonic()
        if self._write is not None and self._task is None and now - self._at >= _OFTEN:
            self._at = now
            self._task = spawn(self._commit(), "the ledger of an upload")
            self._task.add_done_callback(self._over)

    def _over(self, task: asyncio.Task[None]) -> None:
        self._task = None

    async def _end(self) -> None:
        if self._task is not None:
            await asyncio.wait({self._task})
        if self._done > self._written:
            await self._commit()

    async def _commit(self) -> None:
        parts = self._done
        if self._write is None:
            return
        try:
            await self._write(parts, self._media_id)
        except errors.LocalError as error:
            # A full disk does not keep a file from being sent; it only begins anew after a break.
            log.info("the ledger cannot be written: %s", error.code)
        self._written = parts
