"""Contacts and groups: the models (PROTOCOL section 3). `contact_calls` fetches them."""

from __future__ import annotations

from enum import Enum
from typing import Final

import msgspec

from tui.wire.names import FILEHELPER, NAMED_AFTER, OFFICIAL_ACCOUNT, SPECIAL_ACCOUNTS, ContactFlag

_PINNED: Final = ContactFlag.PINNED.value


class ContactKind(Enum):
    """Kind of partner of a conversation."""

    PERSON = "person"
    GROUP = "group"
    OFFICIAL = "official"
    SPECIAL = "special"
    SELF = "self"


class Member(msgspec.Struct, frozen=True):
    """A member of a group. `display_name` is the name in that group."""

    user_name: str
    nick_name: str = ""
    display_name: str = ""
    remark_name: str = ""
    attr_status: str = ""

    @property
    def name(self) -> str:
        """Name that is shown in the group."""
        return self.display_name or self.remark_name or self.nick_name


class Contact(msgspec.Struct, frozen=True):
    """A person, group or account. Names are decoded; `user_name` is valid for one login only.

    `pinyin` holds what a search may match: initials and full pinyin of name and remark, lower-case.
    From `alias` on four fields are evidence for recognising the contact after another login. `former_members` have left
    a group in this login: the store keeps them, for what they wrote still stands there.
    """

    user_name: str
    nick_name: str = ""
    remark_name: str = ""
    kind: ContactKind = ContactKind.PERSON
    flags: int = 0
    muted: bool = False
    pinyin: tuple[str, ...] = ()
    members: tuple[Member, ...] = ()
    member_count: int = 0
    alias: str = ""
    attr_status: str = ""
    head_img: str = ""
    encry_chat_room_id: str = ""
    region: str = ""
    signature: str = ""
    former_members: tuple[Member, ...] = ()

    @property
    def name(self) -> str:
        """Shown name: the remark, else the nickname, else the first members of a nameless group."""
        if self.remark_name or self.nick_name:
            return self.remark_name or self.nick_name
        return "、".join(filter(None, (member.name for member in self.members[:NAMED_AFTER]))) or self.user_name

    @property
    def writers(self) -> tuple[Member, ...]:
        """Everybody who can have written in a group: its members, and those who were some."""
        return (*self.members, *self.former_members) if self.former_members else self.members

    @property
    def pinned(self) -> bool:
        """True for a contact that is pinned above the other conversations."""
        return bool(self.flags & _PINNED)


def kind_of(user_name: str, verify_flag: int = 0, self_name: str = "") -> ContactKind:
    """Return the kind that a UserName and its VerifyFlag say (PROTOCOL section 3)."""
    if user_name and user_name == self_name:
        return ContactKind.SELF
    if user_name.startswith("@@"):
        return ContactKind.GROUP
    if user_name == FILEHELPER or user_name in SPECIAL_ACCOUNTS:
        return ContactKind.SPECIAL
    return ContactKind.OFFICIAL if verify_flag & OFFICIAL_ACCOUNT else ContactKind.PERSON
