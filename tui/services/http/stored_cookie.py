"""Cookie as the session file keeps it."""

from __future__ import annotations

import msgspec


class StoredCookie(msgspec.Struct, frozen=True):
    """Cookie without a time: it is good until the server takes it back."""

    name: str
    value: str
    domain: str
    path: str = "/"
    secure: bool = False

    def __repr__(self) -> str:
        return f"StoredCookie({self.name!r})"
