"""Message that an answer quotes, found in the store: by its MsgID, else by its words, kind and sender."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from tui.message_summary import describe
from tui.store.models import StoredMessage
from tui.store.search.query import MessageQuery, kinds_named
from tui.store.search.tokenizer import findable, split
from tui.store.store import Store
from tui.wire import bodies
from tui.wire.text import split_quotation

_PAGE: Final = 50
_MOST_PAGES: Final = 20
"""Pages of candidates that are looked through: who quotes “ok” means one of the last ones."""
_LABEL: Final = r"^\[[^\]\n]{1,20}\]\s?|\s?\([0-9.]{1,8} [A-Za-z]{1,3}\)$"
"""What stands before and behind a file's name where a quotation was typed: `[file] a.pdf (12 KiB)`."""


class Quotation:
    """Facts that an answer tells of the message that it quotes; None in `of` for a message that is no answer."""

    def __init__(self, sender: str, words: str, kind: str = "", msg_id: str = "") -> None:
        self.sender = sender
        self.words = words
        self.kind = kind
        self.msg_id = msg_id

    @classmethod
    def of(cls, body: bodies.Body) -> Quotation | None:
        """Return what a message quotes, in either form that quotations have."""
        match body:
            case bodies.Quote(quoted=words, quoted_sender=sender, quoted_kind=kind, quoted_id=msg_id):
                return cls(sender, words, kind, msg_id) if words or kind or msg_id else None
            case bodies.Text(text=text) if (typed := split_quotation(text)) is not None:
                return cls(typed[0], typed[1])
            case _:
                return None

    async def find(self, store: Store, answer: StoredMessage, own_name: str) -> StoredMessage | None:
        """Return the message that `answer` quotes, from the same conversation; None when it is not stored.

        `own_name`: how others call oneself. Raises `StoreBroken`, `HomeUnusable`.
        """
        if self.msg_id:
            found = await store.message(self.msg_id)
            if found is not None and found.conversation_id == answer.conversation_id:
                return found
        senders: tuple[str, ...] = ()
        if self.sender and self.sender == own_name:
            senders = ("me",)
        elif self.sender and await store.senders_named([self.sender]):
            senders = (self.sender,)
        # A name that nobody here has is how somebody else calls one of us: then the words alone must do.
        kinds = kinds_named(self.kind) if self.kind else ()
        bare = re.sub(_LABEL, "", self.words)
        for asked in dict.fromkeys(MessageQuery(words, senders, kinds) for words in (self.words, bare)):
            if (asked.words.strip() or asked.kinds) and (
                found := await self._nearest(store, answer, asked)
            ) is not None:
                return found
        return None

    async def _nearest(self, store: Store, answer: StoredMessage, asked: MessageQuery) -> StoredMessage | None:
        place = answer.place
        for _page in range(_MOST_PAGES):
            page = await store.search(asked, conversation_id=answer.conversation_id, before=place, limit=_PAGE)
            for message in page:
                if not bodies.is_notice(message.body) and (not asked.words or _says(message.body, asked.words)):
                    return message
            if len(page) < _PAGE:
                return None
            place = page[-1].place
        return None


def _says(body: bodies.Body, words: str) -> bool:
    """Return whether a message says these words and no others; or begins with them, where they were cut off."""
    wanted = split(words)
    cut_off = wanted[:-1] if words.rstrip().endswith(("…", "...")) else []
    return any(said == wanted or (cut_off and said[: len(cut_off)] == cut_off) for said in map(split, _forms(body)))


def _forms(body: bodies.Body) -> Iterator[str]:
    """Yield the words by which clients quote a message."""
    yield describe(body)
    yield findable(body)
    if isinstance(body, bodies.Quote):
        yield body.text
    elif isinstance(body, bodies.Text) and (typed := split_quotation(body.text)) is not None:
        yield typed[2]
    elif isinstance(body, bodies.Link | bodies.MiniProgram | bodies.History | bodies.Note | bodies.Gift):
        yield body.title
