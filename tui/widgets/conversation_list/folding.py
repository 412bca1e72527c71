"""Official accounts behind one row, and the rows of the list with or without that."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import TypeAlias, overload

import msgspec

from tui.i18n import _
from tui.store.models import Conversation
from tui.widgets.conversation_list.order import ConversationOrder


class OfficialFold(msgspec.Struct, frozen=True):
    """Row behind which official accounts stand. It has the place of the newest of them."""

    newest: Conversation
    unfolded: bool

    @property
    def id(self) -> int:
        """Id of the row: no conversation has it, and it is not the 0 of a list in which nothing is open."""
        return -1

    @property
    def name(self) -> str:
        """Name of the row."""
        return _("Official accounts")

    @property
    def earlier(self) -> bool:
        """False: the row is there to be opened."""
        return False


ListEntry: TypeAlias = Conversation | OfficialFold


class FoldedRows(Sequence[ListEntry]):
    """All conversations in the order of the list; `folds`: the official accounts stand behind one row.

    Nothing is copied when a conversation changes: the rows are looked up in two orders.
    """

    def __init__(self, *, folds: bool = True) -> None:
        self.folds = folds
        self.unfolded = False
        self._others = ConversationOrder()
        self._official = ConversationOrder()

    # ---------------------------------------------------------------- what it holds

    def put(self, several: Sequence[Conversation]) -> None:
        """Add or replace conversations."""
        official = [one for one in several if self.is_folded(one)]
        others = [one for one in several if not self.is_folded(one)]
        for order, gone in ((self._others, official), (self._official, others)):
            for one in gone:
                order.drop(one.id)
        self._official.put(official)
        self._others.put(others)

    def drop(self, conversation_id: int) -> None:
        """Remove a conversation."""
        self._others.drop(conversation_id)
        self._official.drop(conversation_id)

    def is_folded(self, conversation: Conversation) -> bool:
        """Return True for a conversation that stands behind the row of official accounts."""
        return self.folds and conversation.foldable

    def of(self, ids: Collection[int]) -> list[Conversation]:
        """Return the conversations with these ids that are here, in the order of the ids."""
        return [found for one in ids if (found := self._others.get(one) or self._official.get(one)) is not None]

    @property
    def every(self) -> list[Conversation]:
        """All conversations, those behind the row of official accounts last."""
        return [*self._others.rows, *self._official.rows]

    @property
    def unread(self) -> list[Conversation]:
        """All conversations with unread messages."""
        return [*self._others.unread.values(), *self._official.unread.values()]

    def next_unread(self, unread: Collection[int], quiet_kinds: Collection[str]) -> Conversation | None:
        """Return the topmost of these unread ones; a muted one if there is no other, and an official account last.

        One in which somebody names oneself is as good as not muted.
        """
        return min(
            (one for one in self.every if one.id in unread),
            key=lambda one: (self.is_folded(one), one.is_quiet(quiet_kinds) and not one.mentions),
            default=None,
        )

    @property
    def folded_unread(self) -> Collection[Conversation]:
        """Official accounts with unread messages, behind their row."""
        return self._official.unread.values()

    # ---------------------------------------------------------------- rows

    @property
    def fold_row(self) -> int | None:
        """Row of the official accounts; None when there are none."""
        accounts = self._official.rows
        return self._others.place_for(accounts[0]) if accounts else None

    def find(self, conversation_id: int) -> int | None:
        """Return the row of a conversation; for one that is folded away, the row it stands behind."""
        fold = self.fold_row
        at = self._others.find(conversation_id)
        if at is not None:
            behind = fold is not None and at >= fold
            return at + (1 + self._open_count if behind else 0)
        within = self._official.find(conversation_id)
        if within is None or fold is None:
            return None
        return fold + 1 + within if self.unfolded else fold

    @property
    def _open_count(self) -> int:
        return len(self._official.rows) if self.unfolded else 0

    def __len__(self) -> int:
        accounts = len(self._official.rows)
        return len(self._others.rows) + (1 + self._open_count if accounts else 0)

    @overload
    def __getitem__(self, index: int) -> ListEntry: ...
    @overload
    def __getitem__(self, index: slice) -> list[ListEntry]: ...
    def __getitem__(self, index: int | slice) -> ListEntry | list[ListEntry]:
        if isinstance(index, slice):
            return [self[at] for at in range(*index.indices(len(self)))]
        if index < 0:
            index += len(self)
        fold = self.fold_row
        if fold is None or index < fold:
            return self._others.rows[index]
        if index == fold:
            return OfficialFold(self._official.rows[0], self.unfolded)
        within = index - fold - 1
        opened = self._open_count
        return self._official.rows[within] if within < opened else self._others.rows[fold + within - opened]
