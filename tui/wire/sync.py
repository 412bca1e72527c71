"""Synchronisation: the keys, synccheck and webwxsync (PROTOCOL section 4)."""

from __future__ import annotations

import msgspec

from tui.wire.bodies import Message
from tui.wire.contacts import Contact


class SyncKey(msgspec.Struct, frozen=True):
    """The server's place in our stream: pairs of key number and value, opaque."""

    pairs: tuple[tuple[int, int], ...] = ()

    def __str__(self) -> str:
        """The form that synccheck takes: `1_x|2_y`."""
        return "|".join(f"{key}_{value}" for key, value in self.pairs)


class SyncKeys(msgspec.Struct, frozen=True):
    """`sync` goes into the next webwxsync, `check` into the next synccheck (trap 5)."""

    sync: SyncKey
    check: SyncKey


class SyncBatch(msgspec.Struct, frozen=True):
    """One answer of webwxsync. `more`: call again at once. `skey` is the renewed one, or empty."""

    messages: tuple[Message, ...]
    changed: tuple[Contact, ...]
    deleted: tuple[str, ...]
    keys: SyncKeys
    more: bool = False
    skey: str = ""

    def __repr__(self) -> str:
        """Without the skey."""
        return f"SyncBatch({len(self.messages)} messages, {len(self.changed)} contacts, more={self.more})"
