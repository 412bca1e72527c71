"""Contacts as the server lists them, in `ContactList`, `MemberList` and `ModContactList` (PROTOCOL section 3)."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from functools import cache
from typing import Annotated, Any, Final, TypeAlias, TypeVar
from urllib.parse import parse_qsl, urlsplit

import msgspec

from tui.wire.answers import Entries, read_lists
from tui.wire.call import Answer
from tui.wire.contacts import Contact, ContactKind, Member, kind_of
from tui.wire.fields import Fields
from tui.wire.names import ContactFlag
from tui.wire.text import decode_content, decode_name

_EMOJI_IN_PINYIN = re.compile(r"spanclassemojiemoji[0-9a-f]{2,64}span\??|<[^<>]{0,100}>")
_PLAIN_URL: Final = r"(?a)[\w/.:-]*\?seq=(\d+)&username=@[\w-]*(?:&(?!seq=|username=)[a-z]+=[\w@-]*){0,9}"
"""`HeadImgUrl` as servers send it."""
_MUTED: Final = int(ContactFlag.MUTED)
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
        for entry in self._entries.decoded(_listed):
            contact = read_contact(entry, self._me)
            if contact is not None:
                yield contact


def read_listing(call: str, answer: Answer, name: str, me: str) -> tuple[dict[str, Any], Listing]:
    """Return the fields of an answer whose Ret is 0, and the long list of contacts in its field `name`.

    Raises what `read_ok` raises.
    """
    fields, lists = read_lists(call, answer, name)
    return fields, Listing(lists[name], me)


_Count: TypeAlias = Annotated[int, msgspec.Meta(ge=0, le=2**53)]


class _ListedMember(msgspec.Struct, rename="pascal", gc=False):
    """Entry of a group's `MemberList`."""

    user_name: str = ""
    nick_name: str = ""
    display_name: str = ""
    remark_name: str = ""
    attr_status: str | _Count = ""


class _Listed(msgspec.Struct, rename="pascal"):
    """Entry of a list, as servers send it: msgspec reads it tenfold faster than the lenient way, `_leniently`."""

    user_name: str
    verify_flag: _Count = 0
    member_list: tuple[_ListedMember, ...] = ()
    contact_flag: _Count = 0
    statues: _Count | None = None
    nick_name: str = ""
    remark_name: str = ""
    member_count: _Count = 0
    alias: str = ""
    attr_status: str | _Count = ""
    head_img_url: str = ""
    encry_chat_room_id: str | _Count = ""
    province: str = ""
    city: str = ""
    signature: str = ""
    initials: str = msgspec.field(default="", name="PYInitial")
    pinyin: str = msgspec.field(default="", name="PYQuanPin")
    remark_initials: str = msgspec.field(default="", name="RemarkPYInitial")
    remark_pinyin: str = msgspec.field(default="", name="RemarkPYQuanPin")


_listed: Final = msgspec.json.Decoder(_Listed)

L = TypeVar("L", _Listed, _ListedMember)


def _leniently(entry: object, kind: type[L]) -> L:
    """Return an entry in which anything may stand for anything."""
    fields = Fields(entry)
    return kind(**{name: read(fields, wire_name) for name, wire_name, read in _lenient_fields(kind)})


@cache
def _lenient_fields(kind: type[L]) -> list[tuple[str, str, Callable[[Fields, str], Any]]]:
    """Return the fields of an entry, their names on the wire, and how each is read leniently."""
    read: dict[object, Callable[[Fields, str], Any]] = {
        str: Fields.text,
        str | _Count: Fields.text,
        _Count: lambda fields, name: max(0, fields.number(name)),
        _Count | None: lambda fields, name: fields.number(name) if fields.has(name) else None,
        tuple[_ListedMember, ...]: lambda fields, name: tuple(
            _leniently(member, _ListedMember) for member in fields.entries(name)
        ),
    }
    return [(one.name, one.encode_name, read[one.type]) for one in msgspec.structs.fields(kind)]


def read_contact(entry: object, me: str) -> Contact | None:
    """Read a contact, group or account; None without a UserName. Never raises.

    `muted` is a ContactFlag of people and `Statues` 0 of groups, where the server says it at all. `head_img` keeps of
    `HeadImgUrl` only what another login repeats: its `seq`, and its `username` when that is a plain word.
    """
    return _contact(entry if isinstance(entry, _Listed) else _leniently(entry, _Listed), me)


def _contact(listed: _Listed, me: str) -> Contact | None:
    user_name = listed.user_name
    if not user_name:
        return None
    kind = kind_of(user_name, listed.verify_flag, me)
    group = kind is ContactKind.GROUP
    members = tuple(_member(member) for member in listed.member_list if member.user_name) if group else ()
    muted = listed.statues == _NOTIFY_OFF if group else bool(listed.contact_flag & _MUTED)
    return Contact(
        user_name=user_name,
        nick_name=_name(listed.nick_name),
        remark_name=_name(listed.remark_name),
        kind=kind,
        flags=listed.contact_flag,
        muted=muted,
        pinyin=_pinyin(listed.initials, listed.pinyin, listed.remark_initials, listed.remark_pinyin),
        members=members,
        member_count=max(listed.member_count, len(members)),
        alias=listed.alias[:_LONGEST],
        attr_status=_evidence(listed.attr_status),
        head_img=_head_img(listed.head_img_url[:_LONGEST]),
        encry_chat_room_id=_evidence(listed.encry_chat_room_id),
        region=" ".join(filter(None, map(_name, (listed.province, listed.city)))),
        signature=_name(listed.signature),
    )


def _member(listed: _ListedMember) -> Member:
    return Member(
        user_name=listed.user_name,
        nick_name=_name(listed.nick_name),
        display_name=_name(listed.display_name),
        remark_name=_name(listed.remark_name),
        attr_status=_evidence(listed.attr_status),
    )


def _name(name: str) -> str:
    return decode_name(name[:_LONGEST])


def _pinyin(*several: str) -> tuple[str, ...]:
    """Return initials and full pinyin, lower-case, each once, without emoji, whose HTML the server spells out."""
    cleaned = []
    for text in several:
        if text:
            text = decode_content(text[:_LONGEST]).lower()
            if "<" in text or "span" in text:
                text = _EMOJI_IN_PINYIN.sub("", text)
            cleaned.append(text.strip(" ?"))
    return tuple(dict.fromkeys(filter(None, cleaned)))


def _evidence(value: str | int) -> str:
    """Return a field that tells contacts apart; 0 tells nothing."""
    text = str(value)[:_LONGEST].strip()
    return "" if text == "0" else text


def _head_img(url: str) -> str:
    if plain := re.fullmatch(_PLAIN_URL, url):
        seq = plain[1]
        return "" if seq == "0" else f"seq={seq}"
    try:
        query = dict(parse_qsl(urlsplit(decode_content(url)).query, max_num_fields=20))
    except ValueError:
        return ""
    seq, user_name = query.get("seq", "0"), query.get("username", "")
    kept = (("seq", "" if seq == "0" else seq), ("username", "" if user_name.startswith("@") else user_name))
    return "&".join(f"{name}={value}" for name, value in kept if value)
