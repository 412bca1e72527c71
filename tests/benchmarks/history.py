"""What a long history costs: `python -m tests.benchmarks.history`."""

from __future__ import annotations

import argparse
import asyncio
import random
import shutil
import sqlite3
import tempfile
import time
from collections.abc import Awaitable, Callable, Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

from tests.benchmarks import figures
from tui.store.db import integrity
from tui.store.db.opening import open_connection
from tui.store.db.schema import MIGRATIONS
from tui.store.search.query import MessageQuery
from tui.store.store import Store
from tui.wire.bodies import File, Message, Text
from tui.wire.contacts import Contact, ContactKind
from tui.wire.sync import SyncBatch, SyncKey, SyncKeys

ME: Final = Contact("@me", nick_name="我", kind=ContactKind.SELF)
KEYS: Final = SyncKeys(SyncKey(((1, 1),)), SyncKey(()))
START: Final = datetime(2026, 1, 1, tzinfo=UTC)
COMMON: Final = (
    "的一是在不了有和人这中大为上个国我以要他时来用们生到作地于出就分对成会可主发年动同工也能下过子说产种面而方后多定行学法所民得经"
    "十三之进着等部度家电力里如水化高自二理起小物现实加量都两体制机当使点从业本去把性好应开它合还因由其些然前外天政四日那社义事平形"
)
FREQUENT: Final = "你好"
"""In every third message."""
RARE: Final = "饕餮"
"""In ten messages."""
LATIN: Final = ("build", "report", "review", "meeting", "deploy", "invoice", "budget", "server", "release", "holiday")


def said(rng: random.Random, number: int, count: int) -> str:
    """A message as people write them: short, Chinese, now and then with words of another script."""
    text = "".join(rng.choices(COMMON, k=rng.randint(2, 30)))
    if number % 3 == 0:
        text += FREQUENT
    if number % 5 == 0:
        text += f" {rng.choice(LATIN)} {rng.choice(LATIN)} {number}"
    if number % max(1, count // 10) == 1:
        text += RARE
    return text


def rows(count: int, chats: int) -> Iterator[tuple[int, int, str, str, str]]:
    """Oldest first, mostly in a few conversations, with one at least in each."""
    rng = random.Random("history")
    begin = int(START.timestamp() * 1000)
    for number in range(count):
        chat = number if number < chats else int(chats * rng.random() ** 4)
        body = Text(said(rng, number, count))
        yield (
            chat + 1,
            begin + number * 60_000,
            f"@{chat}",
            str(10**18 + number),
            f'{{"type":"Text","text":"{body.text}"}}',
        )


def lay_down(path: Path, count: int, chats: int) -> None:
    """A file as version 2 left it: the update has everything to do."""
    path.touch(0o600)
    with closing(sqlite3.connect(path)) as connection:
        for step in MIGRATIONS[:2]:
            for part in step:
                assert isinstance(part, str)
                connection.execute(part)
        connection.execute("PRAGMA user_version = 2")
        connection.execute(
            "INSERT INTO login (uin, user_name, started_ms, keys) VALUES ('1', '@me', 0, ?)",
            ('{"sync":{"pairs":[[1,1]]},"check":{"pairs":[]}}',),
        )
        for table in ("contact (login_id, user_name, kind, data)",):
            connection.executemany(
                f"INSERT INTO {table} VALUES (1, ?, 'person', ?)",
                ((f"@{n}", f'{{"user_name":"@{n}","nick_name":"联系人 {n}"}}') for n in range(chats)),
            )
        connection.executemany(
            "INSERT INTO conversation (id, uin, login_id, user_name, title, kind) VALUES (?, '1', 1, ?, ?, 'person')",
            ((n + 1, f"@{n}", f"联系人 {n}") for n in range(chats)),
        )
        connection.executemany(
            "INSERT INTO peer (login_id, user_name, conversation_id) VALUES (1, ?, ?)",
            ((f"@{n}", n + 1) for n in range(chats)),
        )
        connection.executemany(
            "INSERT INTO message (conversation_id, login_id, time_ms, mine, sender, state, msg_id, body)"
            " VALUES (?, 1, ?, 0, ?, 'received', ?, ?)",
            rows(count, chats),
        )
        connection.execute(
            "UPDATE conversation SET (last_ms, last_message_id) = (SELECT time_ms, id FROM message"
            " WHERE conversation_id = conversation.id ORDER BY time_ms DESC, id DESC LIMIT 1)"
        )
        connection.commit()


class Contestants:
    """Two stores of one run, the long one and the empty one, and what is asked of them; each gives milliseconds."""

    def __init__(self, runner: asyncio.Runner, full: Path, empty: Path) -> None:
        self._runner = runner
        self._paths = {"full": full, "empty": empty}
        self._stores = {name: runner.run(Store.open(path, clock=self._clock)) for name, path in self._paths.items()}
        runner.run(self._stores["empty"].begin_login(ME, "1", KEYS))
        self._number = 0

    def _clock(self) -> datetime:
        return START + timedelta(days=365)

    def close(self) -> None:
        for store in self._stores.values():
            self._runner.run(store.close())

    def _timed(self, job: Callable[[], Awaitable[object]]) -> float:
        async def run() -> float:
            began = time.perf_counter()
            await job()
            return (time.perf_counter() - began) * 1000

        return self._runner.run(run())

    def opening(self, name: str) -> float:
        """Until the first screen can be drawn: the list's first page, and the newest messages of its first line."""

        async def job() -> None:
            async with await Store.open(self._paths[name], clock=self._clock) as store:
                for first in (await store.conversations(limit=60))[:1]:
                    await store.messages_before(first.id, None, 100)

        return self._timed(job)

    def incoming(self, name: str) -> float:
        """One answer of webwxsync with one message, stored, indexed and committed."""
        self._number += 1
        number = self._number
        message = Message(
            f"new {number}",
            "@7",
            "@7",
            False,
            START + timedelta(days=300, seconds=number),
            Text("你好 a new message"),
            "",
        )
        return self._timed(lambda: self._stores[name].apply(SyncBatch((message,), (), (), KEYS)))

    def searching(self, asked: MessageQuery | str, chat: int | None = None) -> float:
        """The first page of what is found."""
        return self._timed(lambda: self._stores["full"].search(asked, conversation_id=chat))

    def checking(self, name: str) -> float:
        """PRAGMA quick_check of the whole file."""
        return self._timed(lambda: asyncio.to_thread(integrity.check, self._paths[name]))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--messages", type=int, default=100_000)
    parser.add_argument("--conversations", type=int, default=5_000)
    parser.add_argument("--rounds", type=int, default=15, help="runs of each (default 15)")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="wxtui-bench-") as base, asyncio.Runner() as runner:
        full, empty = Path(base) / "full.sqlite3", Path(base) / "empty.sqlite3"
        lay_down(full, arguments.messages, arguments.conversations)
        updates = []
        for turn in range(3):
            copy = Path(base) / f"copy{turn}.sqlite3"
            shutil.copy(full, copy)
            # The processor's seconds: this is long enough for others to come in between.
            began = time.process_time()
            open_connection(copy, 10).close()
            updates.append(time.process_time() - began)
        full = copy
        here = Contestants(runner, full, empty)
        try:
            run: dict[str, dict[str, Callable[[], float]]] = {
                "open": {
                    "empty": lambda: here.opening("empty"),
                    "full": lambda: here.opening("full"),
                },
                "one incoming message": {
                    "empty": lambda: here.incoming("empty"),
                    "full": lambda: here.incoming("full"),
                },
                "search": {
                    "two characters, rare": lambda: here.searching(RARE),
                    "two characters, frequent": lambda: here.searching(FREQUENT),
                    "two characters, frequent, one conversation": lambda: here.searching(FREQUENT, 1),
                    "one character": lambda: here.searching("的"),
                    "the beginning of a word": lambda: here.searching("re"),
                    "two words": lambda: here.searching("build report"),
                    "of one person": lambda: here.searching(MessageQuery(senders=("联系人 7",))),
                    "of one person, and frequent words": lambda: here.searching(MessageQuery(FREQUENT, ("联系人 7",))),
                    "a kind of which there is none": lambda: here.searching(MessageQuery(kinds=(File,))),
                    "a kind of which there is none, of a week": lambda: here.searching(
                        MessageQuery(kinds=(File,), since=START + timedelta(days=7), before=START + timedelta(days=14))
                    ),
                },
                "quick_check": {
                    "empty": lambda: here.checking("empty"),
                    "full": lambda: here.checking("full"),
                },
            }
            for contestants in run.values():
                for contestant in contestants.values():
                    contestant()
            series = {title: figures.interleave(arguments.rounds, contestants) for title, contestants in run.items()}
        finally:
            here.close()
        size = full.stat().st_size / 2**20
    print(f"{arguments.messages:,} messages, {arguments.conversations:,} conversations, {size:.0f} MiB")
    print(f"update from version 2, with the index of all words: {min(updates):.1f}-{max(updates):.1f} s of one core")
    goals = {"open": "2", "one incoming message": "2", "search": "0.1 of reading", "quick_check": "none"}
    for title, found in series.items():
        print()
        print(figures.table(title, "ms", found, baseline=found[0].name, goal=goals[title], digits=2))


if __name__ == "__main__":
    main()
