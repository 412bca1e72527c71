"""Evidence of who a contact is that outlives a login, as it is stored, and its weight (PROTOCOL section 3)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from enum import Enum
from typing import Final

import msgspec

from tui.wire.contacts import ContactKind

FEW_NAMES: Final = 3
"""Names of members below which a group cannot be known by them."""


class EvidenceKind(Enum):
    """Kind of evidence that tells contacts apart, with its weight where several contacts claim one conversation."""

    ACCOUNT = "account", 16  # oneself
    ALIAS = "alias", 8
    ROOM = "room", 8
    REMARK = "remark", 3
    AVATAR = "avatar", 4
    STATUS = "status", 2
    NICK = "nick", 2
    MEMBERS = "members", 4
    COUNT = "count", 1

    @property
    def weight(self) -> int:
        """Points that are added when this evidence agrees, and subtracted when it differs."""
        return self.value[1]

    @property
    def word(self) -> str:
        """Name of it in the database."""
        return self.value[0]


class NamedMember(msgspec.Struct, frozen=True):
    """A member of a group, by name. A part of `wire.contacts.Member`, as it is stored."""

    nick_name: str = ""
    display_name: str = ""


class ContactEvidence(msgspec.Struct, frozen=True):
    """The part of a stored `wire.contacts.Contact` that outlives a login. "" and () are not known."""

    user_name: str
    kind: ContactKind = ContactKind.PERSON
    nick_name: str = ""
    remark_name: str = ""
    alias: str = ""
    attr_status: str = ""
    head_img: str = ""
    encry_chat_room_id: str = ""
    members: tuple[NamedMember, ...] = ()
    member_count: int = 0

    @property
    def pending(self) -> bool:
        """True for a group of which the server told no more than that it exists; the rest comes in another answer."""
        named = any(member.nick_name or member.display_name for member in self.members)
        return self.kind is ContactKind.GROUP and not (self.encry_chat_room_id or named)


class EarlierContact(msgspec.Struct, frozen=True):
    """A contact of an earlier login. `conversation_id` is 0 when it has none that could be claimed.

    `now` is the UserName that the same contact has in the current login, "" while that is not known. `asks`: a person
    took that conversation out of another one, and only a person says whose it is.
    """

    evidence: ContactEvidence
    conversation_id: int = 0
    now: str = ""
    asks: bool = False


class Generation(msgspec.Struct, frozen=True):
    """Contacts of an earlier login. `whole`: all of them; without it some rivals for a conversation are not heard."""

    contacts: Sequence[EarlierContact]
    whole: bool = True


_decoder: Final = msgspec.json.Decoder(ContactEvidence)


def read_evidence(data: str, user_name: str) -> ContactEvidence:
    """Return the evidence of a stored contact, or none where this version cannot read it."""
    try:
        return _decoder.decode(data)
    except msgspec.MsgspecError:
        return ContactEvidence(user_name)


def members_of(evidence: ContactEvidence) -> Counter[str]:
    """Return how often each name occurs among a group's members."""
    names = (member.nick_name or member.display_name for member in evidence.members)
    return Counter(name for name in names if name)
