"""A call: the request that leaves, and the function that reads its answer; run by whoever has a socket."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from enum import Enum
from typing import Generic, TypeVar

import msgspec

from tui.wire.json_shape import JsonShape

T = TypeVar("T")

JSON_TYPE = "application/json; charset=UTF-8"


class Pace(Enum):
    """Kind of a call, which decides how long it may take and how large its answer may be (`services.http.limits`)."""

    CALL = "call"
    LONG_POLL = "long poll"
    """A poll: its answer, of some hundred bytes, may be held back for half a minute."""
    SYNC = "sync"
    """News: as large as a list, and asked for again by whoever waits for them."""
    LIST = "list"
    """Contacts and groups: megabytes."""
    UPLOAD = "upload"
    MEDIA = "media"
    """A download, which goes to the disk piece by piece."""


class Request(msgspec.Struct, frozen=True):
    """HTTP request. `url` has no query; `query` is percent-encoded once, by the transport.

    `repeatable` is true only where doing it twice is harmless; nothing else is ever retried.
    """

    method: str
    url: str
    query: tuple[tuple[str, str], ...] = ()
    headers: tuple[tuple[str, str], ...] = ()
    body: bytes = b""
    pace: Pace = Pace.CALL
    repeatable: bool = False

    def __repr__(self) -> str:
        """Without query, headers and body: they carry secrets."""
        return f"Request({self.method} {self.url})"


class Answer(msgspec.Struct, frozen=True):
    """HTTP answer, whole, and the cookies that it sets. `shape` is the body's as JSON, where it is known."""

    status: int
    body: bytes
    cookies: Mapping[str, str] = msgspec.field(default_factory=dict)
    shape: JsonShape | None = None

    def __repr__(self) -> str:
        return f"Answer({self.status}, {len(self.body)} bytes)"


class Call(msgspec.Struct, Generic[T], frozen=True):
    """Request and how to read its answer. `name` is the server's for the call; `read` raises only `tui.errors`."""

    name: str
    request: Request
    read: Callable[[Answer], T]

    def __repr__(self) -> str:
        """Without the function, which may hold a session."""
        return f"Call({self.name!r}, {self.request!r})"
