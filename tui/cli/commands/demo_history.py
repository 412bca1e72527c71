"""Writes any number of past messages for the demo, in one transaction."""

from __future__ import annotations

import asyncio
import random
import sqlite3
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Final

from tui.paths import Profile
from tui.services.session.login_options import LoginOptions
from tui.services.session.profile_lock import OwnerLock
from tui.store.db.opening import open_connection
from tui.store.db.transaction import Transaction
from tui.store.delivery_state import DeliveryState
from tui.store.mapping.codec import pack, to_ms
from tui.store.models import Login
from tui.store.search import index
from tui.store.tables import contacts, conversations, logins
from tui.wire import bodies
from tui.wire.contacts import Contact, ContactKind

_LINES: Final = (
    "好的",
    "收到，谢谢",
    "晚上一起吃饭？",
    "Sounds good to me.",
    "这个需求改了三次了……",
    "会议改到下午三点，会议室在 5 楼",
    "Can you review my patch? It is the one that touches the parser.",
    "哈哈哈哈哈",
    "路上堵车，晚到十分钟 🚗",
    "文件我放到共享盘了，路径在群公告里，有问题再找我",
    "👍🏽",
    "The build broke again:\n  error: expected ‘;’ before ‘}’ token\nCan somebody look at it?",
    "周末带孩子去植物园 👨‍👩‍👧‍👦，谁一起？",
    "下周的排期表我发你邮箱了，麻烦今天之内确认一下，不然又要往后拖一周，产品那边已经催了三次，我这边实在顶不住了。",
)
_BODIES: Final = (
    *(pack(bodies.Text(line)) for line in _LINES * 4),
    pack(bodies.Image(120, 90)),
    pack(bodies.Voice(4.2)),
    pack(bodies.File("第三季度 报表 (终版) & 附件.xlsx", 18432)),
    pack(bodies.Link("今日头条：一切正常", "https://example.com/a?b=1&c=2", "点开看看")),
)
_PAST: Final = timedelta(days=3)
"""Age of the newest message: the messages that wait at the server are younger."""
_PACE: Final = 30_000
"""Milliseconds between two messages."""
_MINE: Final = 0.3
_BUSIEST: Final = 0.5
"""Share of all messages that belong to one conversation."""
_REGULARS: Final = 12
"""Conversations that share most of the rest."""

_INSERT: Final = (
    "INSERT INTO message (conversation_id, login_id, time_ms, mine, sender, state, msg_id, body)"
    " VALUES (?, ?, ?, ?, ?, ?, ?, ?)"
)
_NEWEST: Final = (
    "UPDATE conversation SET (last_ms, last_message_id) ="
    " (SELECT time_ms, id FROM message WHERE conversation_id = conversation.id ORDER BY time_ms DESC, id DESC LIMIT 1)"
    " WHERE login_id = ?"
)


def stock(profile: Profile, options: LoginOptions, count: int, seed: int) -> None:
    """Log in, and give the profile `count` messages of earlier days: equal ones for an equal seed.

    Every contact has at least one, if there are enough messages. Raises as a login and as a store do.
    """
    with OwnerLock(profile):
        asyncio.run(_log_in(profile, options))
    connection = open_connection(profile.store_file, 10)
    try:
        connection.execute("BEGIN IMMEDIATE")
        fill(connection, count, seed, datetime.now(UTC))
        connection.execute("COMMIT")
    finally:
        connection.close()


async def _log_in(profile: Profile, options: LoginOptions) -> None:
    from tui.services.client.authenticate import log_in

    async with log_in(profile, options, lambda event: None):
        pass


def fill(connection: sqlite3.Connection, count: int, seed: int, now: datetime) -> None:
    """Insert `count` messages into the current login's conversations, within the caller's transaction."""
    rng = random.Random(f"demo history {seed}")
    writing = Transaction(connection, now)
    login = logins.required(connection)
    everybody = [one for one in contacts.every(connection, login) if one.kind is not ContactKind.SELF]
    everybody.sort(key=lambda one: one.kind is not ContactKind.GROUP)
    chats = [
        (conversations.find_or_make(writing, login, contact.user_name), _senders(contact))
        for contact in everybody[:count]
    ]
    connection.executemany(_INSERT, _rows(rng, login, chats, count, to_ms(now - _PAST)))
    connection.execute(_NEWEST, (login.id,))
    index.catch_up(connection)
    index.settle(connection)


def _senders(contact: Contact) -> list[str]:
    return [member.user_name for member in contact.members] or [contact.user_name]


def _rows(
    rng: random.Random, login: Login, chats: list[tuple[int, list[str]]], count: int, newest_ms: int
) -> Iterator[tuple[int, int, int, bool, str, str, str, str]]:
    """Yield the rows, the oldest first, so that ids grow with time."""
    received = DeliveryState.RECEIVED.value
    regulars = chats[: min(_REGULARS, len(chats))]
    once = rng.sample(range(count), len(chats))
    first = dict(zip(once, chats, strict=True))
    number = rng.randrange(10**18, 2 * 10**18)
    for at in range(count):
        luck = rng.random()
        chat = first.get(at) or (chats[0] if luck < _BUSIEST else rng.choice(regulars))
        mine = rng.random() < _MINE
        sender = login.user_name if mine else rng.choice(chat[1])
        number += rng.randrange(1, 10**12)
        body = _BODIES[int(rng.random() * len(_BODIES))]
        yield chat[0], login.id, newest_ms - (count - at) * _PACE, mine, sender, received, str(number), body
