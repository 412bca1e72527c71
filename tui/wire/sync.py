"""Synchronisation: keys, and the answer of webwxsync (PROTOCOL section 4). `sync_calls` makes the calls."""

from __future__ import annotations

import msgspec

from tui.wire.bodies import Message
from tui.wire.contacts import Contact


class SyncKey(msgspec.Struct, frozen=True):
    """The server's place in the stream of our messages: pairs of key number and value, opaque."""

    pairs: tuple[tuple[int, int], ...] = ()

    def __str__(self) -> str:
        """Return the form that synccheck takes: `1_x|2_y`."""
        return "|".join(f"{key}_{value}" for key, value in self.pairs)


class SyncKeys(msgspec.Struct, frozen=True):
    """`sync` goes into the next webwxsync, `check` into the next synccheck (trap 5)."""

    sync: SyncKey
    check: SyncKey


class SyncBatch(msgspec.Struct, frozen=True):
    """Answer of webwxsync. `more`: call again at once. `skey` is the renewed skey, or empty."""

    messages: tuple[Message, ...]
    changed: tuple[Contact, ...]
    deleted: tuple[str, ...]
    keys: SyncKeys
    more: bool = False
    skey: str = ""

    def __repr__(self) -> str:
        """Without the skey."""
        return f"SyncBatch({len(self.messages)} messages, {len(self.changed)} contacts, more={self.more})"
