"""Parts of a file that a command sends: which of them a receiver has already."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from tui.cli.shared.output import tell, tell_notice
from tui.i18n import _
from tui.services.control.remote_client import RemoteClient
from tui.services.packing import splitting
from tui.services.packing.sent_parts import SentParts, known_as_sent, row_states

if TYPE_CHECKING:
    from tui.cli.shared.client_opening import AnyClient
    from tui.services.control.protocol import Recipient, Sent
    from tui.store.models import StoredMessage
    from tui.wire.contacts import Contact


class SplitSending:
    """Parts of one file among the items of a command: which of them a receiver has already, and what is noted of them.

    The items are the parts, the file with their sums, and the text that says how to join them; each is known by its
    place among them.
    """

    def __init__(self, cache: Path, split: splitting.SplitFile, *, again: bool) -> None:
        self._split = split
        self._again = again
        self._note = SentParts(cache, split)
        self._names = [*(part.name for part in split.parts), split.sums_name, split.name]
        self._sent: dict[str, set[str]] = {}

    async def skips(self, client: AnyClient, to: Contact | Recipient, place: int) -> bool:
        """Return True for an item that this receiver has already; the first time tell how many these are."""
        if to.user_name not in self._sent:
            self._sent[to.user_name] = sent = set() if self._again else await self._known(client, to.user_name)
            self._tell_sent(sent)
        return self._names[place] in self._sent[to.user_name]

    def _tell_sent(self, sent: set[str]) -> None:
        name, total = self._split.name, len(self._split.parts)
        count = len(sent - {self._split.sums_name, name})
        if sent.issuperset(self._names):
            tell_notice("wxtui: " + _("“{name}” was sent already; --again sends it again.").format(name=name))
        elif count:
            said = _("{count} of {total} parts of “{name}” were sent already.")
            tell_notice("wxtui: " + said.format(count=count, total=total, name=name))

    async def _known(self, client: AnyClient, to: str) -> set[str]:
        sendings = self._note.sendings
        if not sendings:
            return set()
        if isinstance(client, RemoteClient):
            states = client.store.row_states(sendings, to)
        else:
            states = await row_states(client.store, sendings, to)
        sent, unsure = known_as_sent(sendings, to, states)
        for part in sorted(unsure - {self._split.name}):
            tell("wxtui: " + _("“{part}” may have arrived before; it is sent again.").format(part=part))
        if self._split.name in unsure:
            said = _("The text about the parts of “{name}” may have arrived before; it is sent again.")
            tell("wxtui: " + said.format(name=self._split.name))
        return sent

    def tell_rest(self) -> None:
        """Tell how to go on, when not all of it could be sent."""
        tell(
            "wxtui: " + _("“{name}”: the same command again sends what is missing of it.").format(name=self._split.name)
        )

    def begun(self, to: Contact | Recipient, place: int, row: int) -> None:
        """Note the row of an item, before anything of it leaves."""
        self._note.begin(self._names[place], to.user_name, row)

    def done(self, to: Contact | Recipient, place: int, sent: StoredMessage | Sent) -> None:
        """Note that an item was sent."""
        self._note.done(self._names[place], to.user_name, sent.id, sent.msg_id)

    def finished(self) -> None:
        """Forget what was noted: the command is done, and everybody has all of it."""
        self._note.forget(self._sent.keys())
