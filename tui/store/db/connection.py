"""The one thread that owns the connection, and transactions on it. Nothing of SQLite runs on the event loop."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import TypeVar, assert_never

from tui.errors import HomeUnusable, Phrase, StoreBroken, StoreDamaged
from tui.kept_screen.keeping import dropping
from tui.store.changes import (
    TAKEN_BACK,
    Change,
    ContactsChanged,
    ConversationMerged,
    ConversationsChanged,
    ConversationSplit,
    GapsChanged,
    MessageChanged,
    MessagesAdded,
    MessagesRemoved,
    taken_away,
)
from tui.store.db import integrity
from tui.store.db.opening import Opened
from tui.store.db.transaction import committed, roll_back
from tui.store.errors import StoreClosed, explained, is_damage
from tui.store.mapping import column_types
from tui.store.mapping.column_types import WrongType
from tui.store.search import index

T = TypeVar("T")


def _takes_away(change: Change) -> bool:
    """Return True for a change after which the kept screen may show what is not there any more.

    Each kind of change is named: mypy refuses a new one that does not decide.
    """
    match change:
        case MessageChanged(message=message):
            return message.state in TAKEN_BACK
        case MessagesRemoved() | ConversationMerged() | ConversationSplit():
            return True
        case MessagesAdded() | ConversationsChanged() | ContactsChanged() | GapsChanged():
            return False
        case _:
            assert_never(change)


class Database:
    """An open database file. Jobs run one after another, in the order in which they were asked for.

    A cancelled caller does not undo its job: it was either never begun, or it runs to its end and is published.
    """

    def __init__(self, path: Path, publish: Callable[[Iterable[Change]], None], pictures: Path | None = None) -> None:
        """`pictures`: folder of the pictures that are cached, see `picture_files`."""
        self._path = path
        self._pictures = pictures
        self.folder = path.parent
        self._publish = publish
        self._loop = asyncio.get_running_loop()
        self._opened: Opened | None = None
        self.set_aside: Path | None = None
        self.check_due = False
        self._executor: ThreadPoolExecutor | None = ThreadPoolExecutor(1, thread_name_prefix="wxtui-store")

    async def open(self, connect: Callable[[Path], Opened]) -> None:
        """Open the file by `connect`, and raise what it raises; then the database is closed again."""
        try:
            await self._run(lambda: self._connect(connect))
        except BaseException:
            await self.close()
            raise

    async def read(self, job: Callable[[sqlite3.Connection], T]) -> T:
        """Return the result of `job`, which sees one state of the file. Raises `StoreBroken`, `HomeUnusable`."""
        return await self._run(lambda: self._read(job))

    async def write(self, job: Callable[[sqlite3.Connection], tuple[T, list[Change]]]) -> T:
        """Run `job` as one transaction, then publish the changes it names.

        When this returns, it is committed. Whatever `job` raises undoes all of it. Raises `StoreBroken` and
        `HomeUnusable`.
        """
        return await self._run(lambda: self._write(job))

    async def maintain(self, job: Callable[[sqlite3.Connection], T]) -> T:
        """Return the result of `job`, run outside of any transaction. Raises `StoreBroken`, `HomeUnusable`."""

        def run() -> T:
            connection = self._connection
            with self._explained():
                return job(connection)

        return await self._run(run)

    async def check(self) -> None:
        """Look for damage on a thread of its own, so that other jobs go on. Raises `StoreDamaged`."""

        def check() -> str:
            with explained(self._path):
                return integrity.check(self._path)

        complaint = await asyncio.to_thread(check)
        if complaint:
            raise StoreDamaged(path=self._path, why=complaint)
        self.check_due = False

    async def close(self) -> None:
        """Let what was asked for end, then close the file. Idempotent."""
        executor, self._executor = self._executor, None
        if executor is None:
            return
        closing = executor.submit(self._disconnect)
        executor.shutdown(wait=False)
        await asyncio.shield(asyncio.wrap_future(closing))

    async def _run(self, job: Callable[[], T]) -> T:
        if self._executor is None:
            raise StoreClosed("the store is closed")
        return await self._loop.run_in_executor(self._executor, job)

    # ---------------------------------------------------------------- on the thread

    def _connect(self, connect: Callable[[Path], Opened]) -> None:
        index.require()
        with explained(self._path):
            self._opened = opened = connect(self._path)
        self.set_aside, self.check_due = opened.set_aside, opened.check_due

    def _disconnect(self) -> None:
        opened, self._opened = self._opened, None
        if opened is not None:
            with explained(self._path):
                try:
                    opened.connection.close()
                finally:
                    opened.lock.release()

    @contextmanager
    def _explained(self) -> Iterator[None]:
        """Translate errors; where they mean damage, have the file checked when it is opened next."""
        with explained(self._path):
            try:
                yield
            except sqlite3.DatabaseError as error:
                if is_damage(error):
                    integrity.suspect(self._path)
                raise
            except (WrongType, TypeError, ValueError, KeyError, OverflowError, AttributeError) as error:
                # Values that this program never wrote make its functions raise; or there is a mistake in the program.
                found = column_types.complaint(self._connection)
                if not found and not isinstance(error, WrongType):
                    raise
                integrity.suspect(self._path)
                raise StoreDamaged(
                    path=self._path, why=found or Phrase("it contains a value that wxtui never writes")
                ) from error

    @property
    def _connection(self) -> sqlite3.Connection:
        if self._opened is None:
            raise StoreClosed("the store is not open")
        return self._opened.connection

    def _read(self, job: Callable[[sqlite3.Connection], T]) -> T:
        connection = self._connection
        with self._explained():
            connection.execute("BEGIN")
            try:
                return job(connection)
            finally:
                roll_back(connection)

    def _write(self, job: Callable[[sqlite3.Connection], tuple[T, list[Change]]]) -> T:
        connection = self._connection
        with ExitStack() as stack, self._explained(), committed(connection):
            result, changes = job(connection)
            indexed = index.catch_up(connection)
            # Before the commit: whoever is killed now has no picture of what is gone.
            stack.enter_context(dropping(self.folder, any(map(_takes_away, changes))))
            gone = [one for change in changes for one in taken_away(change)]
            if gone:
                from tui.store.db import picture_files  # the first screen does without

                stack.enter_context(picture_files.dropping(self._pictures, gone))
        if changes:
            # Published from this thread, for the caller may have been cancelled; a closed loop has no subscribers.
            with suppress(RuntimeError):
                self._loop.call_soon_threadsafe(self._publish, changes)
        if indexed:
            # The commit is done; a merge that fails is tried again after the next message.
            with suppress(StoreBroken, HomeUnusable), self._explained():
                index.tidy(connection)
        return result
