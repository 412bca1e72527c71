"""Requests of a session. JSON is as the seeds document it: compact, UTF-8 unescaped, keys in the seeds' order."""

from __future__ import annotations

from collections.abc import Mapping

import msgspec

from tui.wire.call import JSON_TYPE, Pace, Request
from tui.wire.session import Session

LANG = "zh_CN"
"""Language of the server's own sentences."""


def get(
    session: Session,
    url: str,
    *query: tuple[str, str],
    headers: tuple[tuple[str, str], ...] = (),
    pace: Pace = Pace.CALL,
) -> Request:
    """Return a GET of a session; doing one twice is harmless."""
    return Request("GET", url, query=query, headers=(*headers, *session.headers), pace=pace, repeatable=True)


def json_post(
    session: Session,
    name: str,
    body: Mapping[str, object],
    *,
    query: tuple[tuple[str, str], ...] = (),
    repeatable: bool = False,
    pace: Pace = Pace.CALL,
) -> Request:
    """Return the POST of a JSON body that makes call `name`."""
    return Request(
        "POST",
        session.hosts.cgi(session.hosts.api, name),
        query=query,
        headers=(("Content-Type", JSON_TYPE), *session.headers),
        body=msgspec.json.encode(body),
        repeatable=repeatable,
        pace=pace,
    )


def with_ticket(session: Session, *query: tuple[str, str]) -> tuple[tuple[str, str], ...]:
    """Return `query` and, last, the `pass_ticket`, unless the session has none (only some domains hand it out)."""
    return (*query, ("pass_ticket", session.pass_ticket)) if session.pass_ticket else query


def inverted(now_ms: int) -> str:
    """Return `r=~ms`: the bitwise complement of the time in milliseconds, cut to 32 bits as web clients do."""
    value = ~now_ms & 0xFFFFFFFF
    return str(value - (1 << 32) if value >> 31 else value)
