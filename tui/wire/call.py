"""A call: the request that leaves, and the function that reads its answer. Whoever has a socket runs it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import Generic, TypeVar

T = TypeVar("T")

JSON_TYPE = "application/json; charset=UTF-8"


class Pace(Enum):
    """How long an answer may take; the transport maps each to its time-outs."""

    CALL = "call"
    LONG_POLL = "long poll"
    MEDIA = "media"


@dataclass(frozen=True, slots=True, repr=False)
class Request:
    """One HTTP request. `url` has no query; `query` is percent-encoded once, by the transport.

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


@dataclass(frozen=True, slots=True, repr=False)
class Answer:
    """One HTTP answer, whole, and the cookies that it sets."""

    status: int
    body: bytes
    cookies: Mapping[str, str] = field(default_factory=dict)

    def __repr__(self) -> str:
        return f"Answer({self.status}, {len(self.body)} bytes)"


@dataclass(frozen=True, slots=True)
class Call(Generic[T]):
    """`name` is the server's name for the call; `read` raises only `tui.errors`."""

    name: str
    request: Request
    read: Callable[[Answer], T] = field(repr=False)
