"""Parts of a file that were sent already: noted in the profile's cache, so that the same command again goes on.

What the note says is held against the store: a part counts only where its message is known to be sent, and in the
conversation of the same receiver, also after another login. It is kept until all receivers of a command have all.
"""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import json
import os
import time
from collections.abc import Callable, Collection, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from tui.errors import HomeUnusable
from tui.paths import make_private_dir
from tui.services.packing.splitting import SplitFile
from tui.services.util.private_file import write_private
from tui.store.delivery_state import DeliveryState

if TYPE_CHECKING:
    from tui.store.models import StoredMessage
    from tui.store.store import Store

SENT_PARTS: Final = "parts"
"""Folder of the notes, in the profile's cache."""
_KEPT: Final = 30 * 86400.0
"""Seconds for which a note is kept: whoever has not gone on by then begins anew."""


class PartSending(NamedTuple):
    """Message about a part, on its way or sent: its row, and the MsgID once the server has given one.

    `part` is the part's name, that of the sums, or the whole file's: the text that says how to join them.
    """

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
        self._all = {*(part.name for part in split.parts), split.sums_name, split.name}

    @property
    def sendings(self) -> tuple[PartSending, ...]:
        """All sendings of these parts, to whomever."""
        return tuple(_read(self._file))

    def begin(self, part: str, to: str, row: int) -> None:
        """Note a message before anything of it leaves: a program that is killed then knows it again."""
        self.done(part, to, row, "")

    def done(self, part: str, to: str, row: int, msg_id: str) -> None:
        """Note that a part was sent."""
        sending = PartSending(part, to, row, msg_id)
        self._change(lambda noted: [*(one for one in noted if (one.part, one.row) != (part, row)), sending])

    def forget(self, receivers: Collection[str]) -> None:
        """Forget what went to these receivers: each has all of it, and the same command again means it.

        Others who have all of it got it by a command that was not done with somebody; now nobody is left.
        """

        def rest(noted: list[PartSending]) -> list[PartSending]:
            has: dict[str, set[str]] = {}
            for one in noted:
                if one.msg_id:
                    has.setdefault(one.to, set()).add(one.part)
            return [one for one in noted if one.to not in receivers and has.get(one.to) != self._all]

        self._change(rest)

    def _change(self, change: Callable[[list[PartSending]], list[PartSending]]) -> None:
        # A note that cannot be written costs parts that are sent twice, never one that is missing.
        with contextlib.suppress(HomeUnusable, OSError), _alone(self._file.parent):
            if noted := change(_read(self._file)):
                # Quickly: through a running wxtui the message may leave meanwhile.
                write_private(self._file, json.dumps(noted).encode(), on_disk=False)
            else:
                self._file.unlink(missing_ok=True)
            _sweep(self._file.parent)


@contextlib.contextmanager
def _alone(folder: Path) -> Iterator[None]:
    """Keep other commands, which may send the same file, from changing its note meanwhile."""
    make_private_dir(folder)
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        os.close(handle)


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
            # A hidden one was begun by a command that was killed: nobody else writes now.
            if file.name.startswith(".") or time.time() - file.stat().st_mtime > _KEPT:
                file.unlink()


class RowStates(NamedTuple):
    """Rows that were `sent` to one receiver, that may have been (`unsure`), and that are not stored any more."""

    sent: set[int]
    unsure: set[int]
    gone: set[int]


async def row_states(store: Store, sendings: Sequence[PartSending], user_name: str) -> RowStates:
    """Return what became of messages to this UserName's conversation.

    Where messages are not kept, a later one may have the row; it is none of these.
    """
    from tui.store.errors import NoSuchRow

    conversation = await store.conversation_with(user_name)
    found = RowStates(set(), set(), set())
    for row, one in {one.row: one for one in sendings}.items():
        try:
            message = await store.row(row)
        except NoSuchRow:
            message = None
        if message is None or not _is_about(message, one):
            found.gone.add(row)
        else:
            same = conversation is not None and message.conversation_id == conversation.id
            if same and message.state is DeliveryState.SENT:
                found.sent.add(row)
            elif same and message.state in (DeliveryState.SENDING, DeliveryState.UNKNOWN):
                found.unsure.add(row)
    return found


def _is_about(message: StoredMessage, sending: PartSending) -> bool:
    if sending.msg_id:
        return message.msg_id == sending.msg_id
    name = getattr(message.body, "name", None)
    return name == sending.part or (name is None and f"“{sending.part}”" in getattr(message.body, "text", ""))


def known_as_sent(sendings: Sequence[PartSending], to: str, states: RowStates) -> tuple[set[str], set[str]]:
    """Return the parts that need not be sent again to `to`, and those that may have arrived, but nobody knows.

    A message that is not kept (`keep = "nothing"`) was sent if the server gave its MsgID; without one nobody knows.
    """
    sent = {
        one.part
        for one in sendings
        if one.row in states.sent or (one.row in states.gone and one.msg_id and one.to == to)
    }
    unsure = {
        one.part for one in sendings if one.row in states.unsure or (one.row in states.gone and one.to == to)
    }  # fmt: skip
    return sent, unsure - sent
