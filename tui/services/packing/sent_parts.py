"""Parts of a file that were sent already: noted in the profile's cache, so that the same command again goes on.

What the note says is held against the store: a part counts only where its message is known to be sent, and in the
conversation of the same receiver, also after another login.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import time
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from tui.errors import HomeUnusable
from tui.services.packing.splitting import SplitFile
from tui.services.util.private_file import write_private
from tui.store.delivery_state import DeliveryState

if TYPE_CHECKING:
    from tui.store.store import Store

SENT_PARTS: Final = "parts"
"""Folder of the notes, in the profile's cache."""
_KEPT: Final = 30 * 86400.0
"""Seconds for which a note is kept: whoever has not gone on by then begins anew."""


class PartSending(NamedTuple):
    """Message about a part, on its way or sent: its row, and the MsgID once the server has given one."""

    part: str
    to: str
    row: int
    msg_id: str


class SentParts:
    """Note about the parts of one file, as they are: other contents or another part size are another file."""

    def __init__(self, cache: Path, split: SplitFile) -> None:
        facts = [split.name, split.sums]
        name = hashlib.sha256(json.dumps(facts).encode(), usedforsecurity=False).hexdigest()[:32]
        self._file = cache / SENT_PARTS / f"{name}.json"
        self._sendings = {(one.part, one.row): one for one in _read(self._file)}

    @property
    def sendings(self) -> tuple[PartSending, ...]:
        """All sendings of these parts, to whomever."""
        return tuple(self._sendings.values())

    def begin(self, part: str, to: str, row: int) -> None:
        """Note a message before anything of it leaves: a program that is killed then knows it again."""
        self._write(PartSending(part, to, row, ""))

    def done(self, part: str, to: str, row: int, msg_id: str) -> None:
        """Note that a part was sent."""
        self._write(PartSending(part, to, row, msg_id))

    def forget(self, to: str) -> None:
        """Forget what went to this receiver: all of it is there, and the same command again means it."""
        self._sendings = {key: one for key, one in self._sendings.items() if one.to != to}
        if self._sendings:
            self._save()
        else:
            with contextlib.suppress(OSError):
                self._file.unlink()

    def _write(self, sending: PartSending) -> None:
        self._sendings[sending.part, sending.row] = sending
        self._save()

    def _save(self) -> None:
        # A note that cannot be written costs parts that are sent twice, never one that is missing.
        with contextlib.suppress(HomeUnusable):
            write_private(self._file, json.dumps(list(self._sendings.values())).encode())
        _sweep(self._file.parent)


def _read(file: Path) -> list[PartSending]:
    try:
        found: Any = json.loads(file.read_bytes())
        sendings = [PartSending(*one) for one in found]
    except (OSError, ValueError, TypeError):
        return []
    types = (str, str, int, str)
    return [one for one in sendings if tuple(map(type, one)) == types]


def _sweep(folder: Path) -> None:
    with contextlib.suppress(OSError):
        for file in folder.iterdir():
            if time.time() - file.stat().st_mtime > _KEPT:
                file.unlink()


class RowStates(NamedTuple):
    """Rows that were `sent` to one receiver, that may have been (`unsure`), and that are not stored any more."""

    sent: set[int]
    unsure: set[int]
    gone: set[int]


async def row_states(store: Store, rows: Sequence[int], user_name: str) -> RowStates:
    """Return what became of messages to this UserName's conversation."""
    from tui.store.errors import NoSuchRow

    conversation = await store.conversation_with(user_name)
    found = RowStates(set(), set(), set())
    for row in rows:
        try:
            message = await store.row(row)
        except NoSuchRow:
            found.gone.add(row)
        else:
            same = conversation is not None and message.conversation_id == conversation.id
            if same and message.state is DeliveryState.SENT:
                found.sent.add(row)
            elif same and message.state in (DeliveryState.SENDING, DeliveryState.UNKNOWN):
                found.unsure.add(row)
    return found


def known_as_sent(sendings: Sequence[PartSending], to: str, states: RowStates) -> tuple[set[str], set[str]]:
    """Return the parts that need not be sent again to `to`, and those that may have arrived, but nobody knows.

    A message that is not kept (`keep = "nothing"`) was sent if the server gave its MsgID.
    """
    sent = {
        one.part
        for one in sendings
        if one.row in states.sent or (one.row in states.gone and one.msg_id and one.to == to)
    }
    return sent, {one.part for one in sendings if one.row in states.unsure} - sent
