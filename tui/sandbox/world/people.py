"""Conversation partners: persons, official accounts, special accounts and groups."""

from __future__ import annotations

import html
import re
from dataclasses import dataclass, field
from enum import Enum

from tui.wire.names import SPECIAL_ACCOUNTS, ContactFlag

SELF = "self"
"""Key of the account whose web client this is."""

_EMOJI = re.compile(r'<span class="emoji emoji([0-9a-f]+)"></span>')


class Standing(Enum):
    """Standing of oneself with a contact: decides what comes of adding them to a group."""

    FRIEND = "friend"
    DELETED = "deleted"
    BLOCKED = "blocked"
    ASKED_FIRST = "asks"
    """Wants to be asked before being in a group."""


@dataclass(frozen=True, slots=True)
class GroupMember:
    """Membership of the person `key` in a group, with the name used there."""

    key: str
    display: str = ""


@dataclass(slots=True)
class Partner:
    """Conversation partner. `key` never changes, as the UserName does; names are in the server's raw form.

    `saved` contacts are listed by webwxgetcontact; the others are known only from groups, chats or requests.
    `sequence` is the `seq` of the avatar's address and survives logins. A group's `owner` is a key; in one that
    `confirms`, its owner has to agree before somebody joins.
    """

    key: str
    nick: str
    remark: str = ""
    alias: str = ""
    sex: int = 0
    signature: str = ""
    province: str = ""
    city: str = ""
    initials: str = ""
    pinyin: str = ""
    remark_initials: str = ""
    remark_pinyin: str = ""
    flags: int = int(ContactFlag.CONTACT | ContactFlag.CHAT)
    verify_flag: int = 0
    attr_status: int = 0
    sequence: int = 0
    saved: bool = True
    is_group: bool = False
    muted: bool = False
    gone: bool = False
    encry_room: str = ""
    members: list[GroupMember] = field(default_factory=list)
    owner: str = ""
    confirms: bool = False
    standing: Standing = Standing.FRIEND

    @property
    def special(self) -> bool:
        """True when the UserName is a plain word, the same at every login."""
        return self.key in SPECIAL_ACCOUNTS

    @property
    def name(self) -> str:
        """Shown name, decoded."""
        return plain(self.remark or self.nick)

    def member(self, key: str) -> GroupMember | None:
        """Return the membership of a person, if any."""
        return next((member for member in self.members if member.key == key), None)


def plain(raw: str) -> str:
    """Return a name of the server's raw form decoded: emoji spans and entities as characters (PROTOCOL section 3)."""
    return html.unescape(_EMOJI.sub(lambda found: chr(int(found.group(1), 16)), raw))
