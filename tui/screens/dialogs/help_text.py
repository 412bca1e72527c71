"""Contents of the help, from the tables of commands and keys, and the signs that no key has."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

import msgspec

from tui.commands import BY_ID, COMMANDS, Command, KeyScope
from tui.errors import N_
from tui.i18n import _
from tui.key_table import BESIDE, HELP_LINES, KEY_TABLE, PLAIN, Area
from tui.keymap import BINDINGS, hint, keys_of, shown_key, shown_keys
from tui.widgets.conversation_list.row_facts import DRAFT, EARLIER, MENTION, MUTED, PINNED, SIGNS
from tui.widgets.message_log.painter import MARK
from tui.wire.contacts import ContactKind


class HelpEntry(msgspec.Struct, frozen=True):
    """Line of help: keys or a sign, its help, and the slash names of a command. All as shown."""

    keys: str
    help: str
    names: str = ""

    def fits(self, sought: str) -> bool:
        """Return True when the entry contains `sought`, which is in small letters."""
        return sought in f"{self.keys} {self.help} {self.names}".lower()


class Section(msgspec.Struct, frozen=True):
    """Help about a part of the program."""

    title: str
    entries: tuple[HelpEntry, ...]


_WIDE: Final = 9
"""Cells that the second key of a binding may reach to."""

_TYPED: Final[tuple[tuple[str, str], ...]] = (
    ("/ //", N_("Command; // sends a slash")),
    ("s/old/new/", N_("Correct your last message")),
    ("@", N_("Member of the group")),
    (":smile: [微笑]", N_("Emoji by name")),
    ("~/a.png", N_("A pasted path is attached")),
)
_NAMES: Final[tuple[tuple[str, str], ...]] = (("abc", N_("Go to the name that begins so")),)
"""Letters that are typed in a list of files."""
_KINDS: Final = {
    ContactKind.GROUP: N_("group"),
    ContactKind.OFFICIAL: N_("official account"),
    ContactKind.SPECIAL: N_("WeChat's own"),
}
_SIGNS: Final[tuple[tuple[str, str], ...]] = (
    *((sign, _KINDS[kind]) for kind, sign in SIGNS.items()),
    (f"3 {MENTION}", N_("unread, mentioned")),
    (f"{MUTED} {PINNED}", N_("muted, pinned")),
    (DRAFT, N_("draft")),
    (MARK, N_("marked")),
    (EARLIER, N_("earlier login")),
    ("✓", N_("WeChat has it")),
    ("?", N_("may have arrived")),
    ("✗", N_("not sent, and why")),
    ("1:48", N_("time to recall")),
)


def sections(areas: Sequence[Area], own: Sequence[tuple[str, str]] = ()) -> tuple[Section, ...]:
    """Return the help of these areas, in the interface's language and with this person's keys.

    `own` are keys, as shown, that belong into the first area, with what they do.
    """
    also = {Area.INPUT: (Area.INPUT, Area.EDITING)}
    found = [[entry for one in also.get(area, (area,)) for entry in _entries(one)] for area in areas]
    if found:
        found[0][:0] = [HelpEntry(keys, words) for keys, words in own]
    return tuple(Section(_(area.value), tuple(entries)) for area, entries in zip(areas, found, strict=True) if entries)


def _entries(area: Area) -> Iterator[HelpEntry]:
    for of, ids, words in HELP_LINES:
        if of is area:
            yield HelpEntry(_keys(ids.split()), hint(words), _names(ids.split()))
    for command in COMMANDS:
        if _area(command) is area and command.id not in _TOLD:
            yield HelpEntry(_keys([command.id]), _(command.help), _names([command.id]))
    rows = [row for row in KEY_TABLE if row.area is area and row.help is not PLAIN]
    for at, row in enumerate(rows):
        if row.help:
            beside = []
            for other in rows[at + 1 :]:
                if other.help != BESIDE:
                    break
                beside.append(other.id)
            yield HelpEntry(_keys([row.id, *beside]), hint(row.help))
    signs = {Area.INPUT: _TYPED, Area.FILES: _NAMES, Area.SIGNS: _SIGNS}.get(area, ())
    yield from (HelpEntry(sign, hint(words)) for sign, words in signs)


_TOLD: Final = frozenset(one for _area_of, ids, _words in HELP_LINES for one in ids.split())


def _area(command: Command) -> Area:
    if command.where is KeyScope.LOG:
        return Area.MESSAGES
    return Area.EVERYWHERE if command.keys else Area.COMMANDS


def _names(ids: Sequence[str]) -> str:
    commands = (BY_ID[one] for one in ids if one in BY_ID)
    return " ".join(f"/{name}" for command in commands for name in command.names)


def _keys(ids: Sequence[str]) -> str:
    """Return the first key of each binding; of one alone also the second, where it is short."""
    if len(ids) > 1:
        return " ".join(filter(None, (shown_keys(keys_of(one)[:1]) for one in ids)))
    quiet = f"{ids[0]}.quiet"
    keys = [*keys_of(ids[0]), *(keys_of(quiet) if quiet in BINDINGS else ())][:2]
    both = shown_keys(keys)
    return both if len(both) <= _WIDE else shown_key(keys[0])
