"""Conditions of SQL for what a query asks for besides words: senders, kinds and days."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from typing import TypeAlias

from tui.store.mapping.codec import to_ms, unpack_contact
from tui.store.search.query import ONESELF, MessageQuery
from tui.wire.bodies import Body
from tui.wire.contacts import Contact

Conditions: TypeAlias = tuple[Sequence[str], Sequence[object]]
"""What holds for each message `m` that is meant, as `AND …`, and the values in it."""


def conditions(connection: sqlite3.Connection, asked: MessageQuery) -> tuple[list[str], list[object]] | None:
    """Return what holds for each message `m` that is meant, as `AND …`, and the values in it; None when none can be."""
    clauses: list[str] = []
    values: list[object] = []
    for time, sign in ((asked.since, ">="), (asked.before, "<")):
        if time is not None:
            clauses.append(f"AND m.time_ms {sign} ?")
            values.append(to_ms(time))
    if asked.kinds:
        begins = [begin for kind in asked.kinds for begin in beginnings(kind)]
        clauses.append(f"AND ({' OR '.join('m.body GLOB ?' for _begin in begins)})")
        values += begins
    if asked.mentions:
        clauses.append("AND m.mention <> ''")
    if asked.senders:
        mine = any(name.strip().lower() in ONESELF for name in asked.senders)
        senders = senders_named(connection, asked.senders)
        if not mine and not senders:
            return None
        import json  # No first screen asks for senders.

        or_mine = " OR m.mine" if mine else ""
        clauses.append(f"AND (NOT m.mine AND m.sender IN (SELECT value FROM json_each(?)){or_mine})")
        values.append(json.dumps(sorted(senders)))
    return clauses, values


def beginnings(kind: type[Body]) -> tuple[str, str]:
    """Return the patterns of bodies of a kind, as `codec.pack` writes them in its two ways; none is read as a whole."""
    tag = kind.__struct_config__.tag
    return f'{{"type":"{tag}"*', f'{{"type": "{tag}"*'


def senders_named(connection: sqlite3.Connection, names: Iterable[str]) -> set[str]:
    """Return the UserNames, of all logins, of people with one of these names: the whole name, else a part of it."""
    found: set[str] = set()
    for name in names:
        wanted = name.strip().casefold()
        if not wanted or wanted in ONESELF:
            continue
        whole: set[str] = set()
        partly: set[str] = set()
        for user_name, known in _similar(connection, name.strip()):
            if wanted == known.casefold():
                whole.add(user_name)
            elif wanted in known.casefold():
                partly.add(user_name)
        found |= whole or partly
    return found


def _similar(connection: sqlite3.Connection, name: str) -> Iterator[tuple[str, str]]:
    """Yield UserName and names of the contacts in whose JSON a name stands, which are few, and of their members."""
    import json

    written = json.dumps(name, ensure_ascii=False)[1:-1]
    pattern = re.sub(r"[\\%_]", r"\\\g<0>", written)
    found = connection.execute("SELECT data, user_name FROM contact WHERE data LIKE ? ESCAPE '\\'", (f"%{pattern}%",))
    for data, user_name in found:
        contact = unpack_contact(data, user_name)
        for known in _names_of(contact):
            yield user_name, known
        for member in contact.writers:
            for known in {member.display_name, member.nick_name, member.remark_name} - {""}:
                yield member.user_name, known


def _names_of(contact: Contact) -> set[str]:
    return {contact.name, contact.nick_name, contact.remark_name, contact.alias, *contact.pinyin} - {""}
