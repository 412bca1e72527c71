"""Arrivals and departures of members, as notices in the conversation say; no call of the server tells them."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Final

import msgspec

from tui.store.models import StoredMessage
from tui.wire.bodies import System

_LONGEST: Final = 1000
"""Characters of a notice that are looked at."""


class MemberNews(msgspec.Struct, frozen=True):
    """Somebody came into a group, or left it."""

    name: str
    joined: bool
    time: datetime


_FORMS: Final[tuple[tuple[str, str, bool], ...]] = (
    ('邀请"', '"加入', True),
    ('将"', '"移出', False),
    ('"', '"退出', False),
    ('"', '"通过扫描', True),
    (' invited "', '" to the group', True),
    ("'ve invited \"", '" to the group', True),
    (' removed "', '" from the group', False),
    ('"', '" left the group', False),
    ('"', '" joined the group', True),
)
"""Words before and behind the names in a notice, and whether they came. Without words before, the notice begins so."""
_MARKS: Final = str.maketrans("“”", '""')


def read_notice(text: str) -> tuple[tuple[str, ...], bool] | None:
    """Return the names in a notice about members, and whether they came or left; None for every other notice.

    Notices name people as they were shown then. Oneself stands there as 你, without marks, and is no news.
    """
    text = text.strip()[:_LONGEST].translate(_MARKS)
    for before, behind, joined in _FORMS:
        start = (0 if text.startswith(before) else -1) if before == '"' else text.find(before)
        end = text.find(behind, start + len(before)) if start >= 0 else -1
        if end < 0:
            continue
        names = text[start + len(before) : end]
        if before == '"' and '"' in names:
            continue
        return tuple(filter(None, names.split("、"))), joined
    return None


def member_news(messages: Iterable[StoredMessage]) -> dict[str, MemberNews]:
    """Return the newest news of each name, of messages in the order of the conversation."""
    found: dict[str, MemberNews] = {}
    for message in messages:
        read = read_notice(message.body.text) if isinstance(message.body, System) else None
        if read is not None:
            names, joined = read
            found.update((name, MemberNews(name, joined, message.time)) for name in names)
    return found
