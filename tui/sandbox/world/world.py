"""The world: its people, found by key or by name. The same seed gives the same people."""

from __future__ import annotations

import random
from itertools import count

from tui.sandbox.world import people_data as data
from tui.sandbox.world.options import SandboxOptions
from tui.sandbox.world.people import SELF, GroupMember, Partner, plain
from tui.wire.names import ContactFlag


class UnknownName(LookupError):
    """Raised for a name that nobody has; the text is a sentence."""


class World:
    """Contacts by key, in the order in which webwxgetcontact lists them."""

    def __init__(self, options: SandboxOptions) -> None:
        self._random = random.Random(f"world {options.seed}")
        self.contacts: dict[str, Partner] = {}
        self.uin = str(self._random.randrange(2_100_000_000, 2_147_000_000))
        self.recent: list[str] = list(data.RECENT)
        for contact in data.people():
            self.add(contact)
        people = len(self.contacts)
        groups = data.groups()
        for number in range(max(0, options.contacts - people)):
            self.add(self._somebody(number))
        for group in groups:
            self.add(group)
        for number in range(max(0, options.groups - len(groups))):
            self.add(self._some_group(number))

    def add(self, contact: Partner) -> Partner:
        """Give a new contact its lasting numbers and let it in."""
        rng = random.Random(f"{self.uin} {contact.key}")
        contact.sequence = rng.randrange(600_000_000, 799_999_999)
        contact.attr_status = 0 if contact.is_group or contact.special else rng.randrange(1, 2**32)
        if contact.is_group:
            contact.encry_room = f"@{rng.randbytes(16).hex()}"
        self.contacts[contact.key] = contact
        return contact

    def add_stranger(self, nick: str) -> Partner:
        """Add a person who is not a contact yet."""
        return self.add(Partner(self._fresh("stranger"), nick, saved=False, flags=0))

    def add_friend(self, nick: str, *, remark: str = "", alias: str = "") -> Partner:
        """Add a contact; the nickname may be one that another has."""
        return self.add(Partner(self._fresh("friend"), nick, remark=remark, alias=alias))

    def add_group(self, topic: str, members: list[GroupMember]) -> Partner:
        """Add a group of one's own, at the head of the sidebar; `topic` is in the server's raw form, "" for none."""
        flags = int(ContactFlag.CHAT)
        members = [GroupMember(SELF), *members]
        key = self._fresh("made")
        made = Partner(key, topic, saved=False, is_group=True, flags=flags, owner=SELF, members=members)
        self.bump(key)
        return self.add(made)

    def _fresh(self, prefix: str) -> str:
        return next(key for number in count(1) if (key := f"{prefix}{number}") not in self.contacts)

    @property
    def me(self) -> Partner:
        """The account itself."""
        return self.contacts[SELF]

    def find(self, name: str) -> Partner:
        """Return a contact by remark, nickname or key; raise `UnknownName`."""
        for contact in self.contacts.values():
            if name in (plain(contact.remark), plain(contact.nick), contact.key) and name:
                return contact
        raise UnknownName(f"Nobody here is called “{name}”.")

    def bump(self, key: str) -> None:
        """Move a chat to the head of the sidebar."""
        if key in self.recent:
            self.recent.remove(key)
        self.recent.insert(0, key)

    def _somebody(self, number: int) -> Partner:
        rng = self._random
        contact = Partner(f"person{number}", "", sex=rng.randrange(3))
        if number % 8 == 7:
            first, last = rng.choice(data.ENGLISH_FIRST), rng.choice(data.ENGLISH_LAST)
            contact.nick, contact.pinyin, contact.initials = f"{first} {last}", first + plain(last), first[0]
        else:
            parts = [rng.choice(data.SURNAMES), rng.choice(data.SYLLABLES), rng.choice(data.SYLLABLES)]
            contact.nick = "".join(character for character, _ in parts)
            contact.pinyin = "".join(sound for _, sound in parts)
            contact.initials = "".join(sound[0] for _, sound in parts).upper()
        if number % 10 == 3:
            contact.remark = f"{contact.nick}-{number}"
            contact.remark_pinyin = f"{contact.pinyin}{number}"
            contact.remark_initials = contact.initials
        if number % 50 == 49:
            contact.flags |= ContactFlag.STARRED
        return contact

    def _some_group(self, number: int) -> Partner:
        rng = self._random
        topic, pinyin = rng.choice(data.TOPICS)
        everybody = [key for key, contact in self.contacts.items() if not contact.is_group and not contact.special]
        size = min(len(everybody), rng.randrange(3, 40))
        chosen = [GroupMember(key) for key in rng.sample(everybody, size) if key != SELF]
        return Partner(
            f"group{number}",
            f"{topic} {number + 1}",
            pinyin=pinyin.replace(" ", ""),
            is_group=True,
            flags=int(ContactFlag.CHAT),
            muted=number % 5 == 4,
            saved=number % 3 != 2,
            members=[GroupMember(SELF), *chosen],
        )
