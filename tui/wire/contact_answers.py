"""Contacts as the server lists them, in `ContactList`, `MemberList` and `ModContactList` (PROTOCOL section 3)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, Final
from urllib.parse import parse_qsl, urlsplit

from tui.wire.answers import Entries, read_lists
from tui.wire.call import Answer
from tui.wire.contacts import Contact, ContactKind, Member, kind_of
from tui.wire.fields import Fields
from tui.wire.names import ContactFlag
from tui.wire.text import decode_content, decode_name

_PINYIN: Final = ("PYInitial", "PYQuanPin", "RemarkPYInitial", "RemarkPYQuanPin")
_EMOJI_IN_PINYIN = re.compile(r"spanclassemojiemoji[0-9a-f]{2,64}span\??|<[^<>]{0,100}>")
_LONGEST: Final = 2000
"""Characters of a name or another short field; an emoji in a name has forty."""
_NOTIFY_OFF: Final = 0
"""`Statues` of a group whose messages do not ring."""


def read_contacts(entries: object, me: str) -> tuple[Contact, ...]:
    """Return the contacts among the entries of a list; `me` is one's own UserName. None for what is no list."""
    found = (read_contact(entry, me) for entry in entries) if isinstance(entries, list | Entries) else ()
    return tuple(contact for contact in found if contact is not None)


class Listing:
    """Contacts of an answer, which are read one by one, while they are iterated over.

    To decode and read thousands takes longer than a frame; an iteration can be done in a thread, with rests. Raises
    `BadAnswer` at an entry that is no JSON.
    """

    def __init__(self, entries: Entries, me: str) -> None:
        """Take the entries of a list; those that are no contact are left out, as by `read_contacts`."""
        self._entries = entries
        self._me = me

    def __iter__(self) -> Iterator[Contact]:
        for entry in self._entries:
            contact = read_contact(entry, self._me)
            if contact is not None:
                yield contact


def read_listing(call: str, answer: Answer, name: str, me: str) -> tuple[dict[str, Any], Listing]:
    """Return the fields of an answer whose Ret is 0, and the long list of contacts in its field `name`.

    Raises what `read_ok` raises.
    """
    fields, lists = read_lists(call, answer, name)
    return fields, Listing(lists[name], me)


def read_contact(entry: object, me: str) -> Contact | None:
    """Read a contact, group or account; None without a UserName. Never raises.

    `muted` is a ContactFlag of people and `Statues` 0 of groups, where the server says it at all. `head_img` keeps of
    `HeadImgUrl` only what another login repeats: its `seq`, and its `username` when that is a plain word.
    """
    fields = Fields(entry)
    user_name = fields.text("UserName")
    if not user_name:
        return None
    kind = kind_of(user_name, max(0, fields.number("VerifyFlag")), me)
    group = kind is ContactKind.GROUP
    members = tuple(filter(None, map(_member, fields.entries("MemberList")))) if group else ()
    flags = max(0, fields.number("ContactFlag"))
    muted_group = fields.has("Statues") and fields.number("Statues") == _NOTIFY_OFF
    return Contact(
        user_name=user_name,
        nick_name=_name(fields, "NickName"),
        remark_name=_name(fields, "RemarkName"),
        kind=kind,
        flags=flags,
        muted=muted_group if group else bool(flags & ContactFlag.MUTED),
        pinyin=_pinyin(fields),
        members=members,
        member_count=max(0, fields.number("MemberCount"), len(members)),
        alias=fields.text("Alias")[:_LONGEST],
        attr_status=_evidence(fields, "AttrStatus"),
        head_img=_head_img(fields.text("HeadImgUrl")[:_LONGEST]),
        encry_chat_room_id=_evidence(fields, "EncryChatRoomId"),
    )


def _member(entry: object) -> Member | None:
    fields = Fields(entry)
    user_name = fields.text("UserName")
    if not user_name:
        return None
    return Member(
        user_name=user_name,
        nick_name=_name(fields, "NickName"),
        display_name=_name(fields, "DisplayName"),
        remark_name=_name(fields, "RemarkName"),
        attr_status=_evidence(fields, "AttrStatus"),
    )


def _name(fields: Fields, name: str) -> str:
    return decode_name(fields.text(name)[:_LONGEST])


def _pinyin(fields: Fields) -> tuple[str, ...]:
    """Return initials and full pinyin, lower-case, each once, without emoji, whose HTML the server spells out."""
    cleaned = (
        _EMOJI_IN_PINYIN.sub("", decode_content(fields.text(name)[:_LONGEST]).lower()).strip(" ?") for name in _PINYIN
    )
    return tuple(dict.fromkeys(filter(None, cleaned)))


def _evidence(fields: Fields, name: str) -> str:
    """Return a field that tells contacts apart; 0 tells nothing."""
    value = fields.text(name)[:_LONGEST].strip()
    return "" if value == "0" else value


def _head_img(url: str) -> str:
    try:
        query = dict(parse_qsl(urlsplit(decode_content(url)).query, max_num_fields=20))
    except ValueError:
        return ""
    seq, user_name = query.get("seq", "0"), query.get("username", "")
    kept = (("seq", "" if seq == "0" else seq), ("username", "" if user_name.startswith("@") else user_name))
    return "&".join(f"{name}={value}" for name, value in kept if value)
