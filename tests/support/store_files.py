"""Files of a store: laid down before it opens, filled, read."""

from __future__ import annotations

import stat
from pathlib import Path

from tests.support.sync_batches import ANN, ME, UIN, Clock, batch, incoming, keys
from tui.store.store import Store


async def fill_store(path: Path, clock: Clock, count: int = 3) -> None:
    async with await Store.open(path, clock=clock) as store:
        await store.begin_login(ME, UIN, keys(0))
        await store.apply(batch(*(incoming(str(n), f"你好 {n}", seconds=n) for n in range(count)), changed=(ANN,)))


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def lay_down(path: Path, content: bytes | bytearray, mode: int = 0o600) -> None:
    """A file that is there before the store comes."""
    path.parent.mkdir(mode=0o755, exist_ok=True)
    path.write_bytes(content)
    path.chmod(mode)


def content_of(path: Path) -> bytes:
    return path.read_bytes()


async def run_sql(store: Store, statement: str, values: tuple[object, ...] = ()) -> None:
    """Change the file behind the store's back; nobody is told."""
    await store._database.write(lambda connection: (connection.execute(statement, values).fetchall(), []))
