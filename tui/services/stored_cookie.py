"""A cookie as the session file keeps it."""

from __future__ import annotations

import msgspec


class StoredCookie(msgspec.Struct, frozen=True):
    """One cookie; `expires` in seconds since 1970."""

    name: str
    value: str
    domain: str
    path: str = "/"
    expires: int | None = None
    secure: bool = False

    def __repr__(self) -> str:
        return f"StoredCookie({self.name!r})"
