"""Names of the stored contacts, read at once and alone: for the shell's completion, which waits for no event loop.

Only a finished file is read, in one statement; what is wrong with it is told by everything else that opens it.
"""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any, Final, NamedTuple

from tui.wire.names import NAMED_AFTER

_NAMES: Final = (
    "SELECT user_name, data FROM contact WHERE login_id = (SELECT max(id) FROM login) AND gone = 0 ORDER BY id"
)
_PATIENCE: Final = 0.5
"""Seconds that a person who has pressed Tab waits for a program that is writing."""


class ContactNames(NamedTuple):
    """Names by which a contact is found."""

    user_name: str
    name: str
    nick_name: str = ""
    remark_name: str = ""
    alias: str = ""
    pinyin: tuple[str, ...] = ()


def read_names(path: Path) -> list[ContactNames]:
    """Return the names of all contacts of the current login; none where they cannot be read."""
    if not path.exists():
        return []
    try:
        with closing(sqlite3.connect(f"{path.as_uri()}?mode=ro", uri=True, timeout=_PATIENCE)) as connection:
            return [_names(user_name, json.loads(data)) for user_name, data in connection.execute(_NAMES)]
    except (sqlite3.Error, ValueError, TypeError, AttributeError):
        return []


def _names(user_name: str, facts: dict[str, Any]) -> ContactNames:
    nick, remark = facts.get("nick_name", ""), facts.get("remark_name", "")
    # As `Contact.name` and `Member.name`, without msgspec; a test holds them together.
    members = (
        one.get("display_name") or one.get("remark_name") or one.get("nick_name", "")
        for one in facts.get("members", ())[:NAMED_AFTER]
    )
    name = remark or nick or "、".join(filter(None, members)) or user_name
    return ContactNames(user_name, name, nick, remark, facts.get("alias", ""), tuple(facts.get("pinyin", ())))
