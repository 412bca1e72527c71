"""Names as people type them, compared with those of contacts. Light: the shell completes with it."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterable, Sequence
from os.path import commonprefix
from typing import Final, Protocol, TypeVar

from tui.wire.names import FILEHELPER, SPECIAL_ACCOUNTS

_FILEHELPER_NAMES: Final = ("filehelper", "文件传输助手", "file transfer")
_BY_ID = re.compile(r"id:(\d{1,18})", re.ASCII)
_RESERVED = re.compile(rf"\\*(id:\d{{1,18}}|{'|'.join(sorted(SPECIAL_ACCOUNTS))})", re.ASCII)
"""Targets that are never a name, and a name like that behind backslashes."""

LEAST: Final = 6
"""Characters of a UserName that are taken for it, where they are enough to be unique."""


class Named(Protocol):
    """A contact's names: a `Contact`, or as much of one as is read for completion."""

    @property
    def user_name(self) -> str:
        """Address, good for one login."""

    @property
    def name(self) -> str:
        """Shown name."""

    @property
    def nick_name(self) -> str:
        """Name that the contact chose."""

    @property
    def remark_name(self) -> str:
        """Name that oneself chose."""

    @property
    def alias(self) -> str:
        """WeChat ID."""

    @property
    def pinyin(self) -> tuple[str, ...]:
        """Names in letters."""


N = TypeVar("N", bound=Named)


def plain(text: str) -> str:
    """Return a name in the form in which names are compared."""
    return unicodedata.normalize("NFKC", text).casefold().strip()


def names_of(contact: Named) -> set[str]:
    """Return all names of a contact, in that form."""
    names = {contact.remark_name, contact.nick_name, contact.name, contact.alias}
    if contact.user_name == FILEHELPER:
        names.update(_FILEHELPER_NAMES)
    return {plain(name) for name in names if name}


def matches(contact: Named, query: str) -> bool:
    """Return whether a search for `query` shows this contact: as part of a name, or of its pinyin."""
    wanted = plain(query)
    squeezed = wanted.replace(" ", "")
    return any(wanted in name for name in names_of(contact)) or (
        bool(squeezed) and any(squeezed in pinyin for pinyin in contact.pinyin)
    )


def completions(contacts: Iterable[Named], begun: str, breath: Callable[[], None] = lambda: None) -> list[str]:
    """Return the targets that the shell may put in the place of some letters: names that hold them, or their pinyin.

    `breath` is called between two contacts.
    """
    wanted = []
    for contact in contacts:
        breath()
        if not begun or matches(contact, begun):
            wanted.append(contact.name)
    # A name that looks like an option would be read as one.
    return [as_target(name) for name in wanted if name.isprintable() and not name.startswith("-")]


def conversation_number(target: str) -> int | None:
    """Return the N of `id:N`, the number of a stored conversation; None for every other target."""
    found = _BY_ID.fullmatch(target.strip())
    return int(found[1]) if found else None


def as_target(name: str) -> str:
    """Return `name` as a target that means a name: a backslash before what would be read as an id or a UserName."""
    return "\\" + name if _RESERVED.fullmatch(name) else name


def handles(contacts: Iterable[Named], breath: Callable[[], None] = lambda: None) -> dict[str, str]:
    """Return, for each UserName, its shortest start that no other contact has: to type as a target."""
    names = sorted({contact.user_name for contact in contacts})
    short: dict[str, str] = {}
    for before, name, after in zip(["", *names], names, [*names[1:], ""], strict=False):
        breath()
        # In sorted order, the name that shares most of a name stands next to it.
        shared = max(len(commonprefix([name, other])) for other in (before, after))  # noqa: RUF071 - characters are meant
        short[name] = name if not name.startswith("@") else name[: max(shared + 1, LEAST + 2)]
    return short


def search(contacts: Sequence[N], query: str, breath: Callable[[], None] = lambda: None) -> list[tuple[N, str]]:
    """Return the contacts that a search for `query` shows, all of them for an empty one, each with its handle.

    `breath` is called between two contacts.
    """
    short, found = handles(contacts, breath), []
    for contact in contacts:
        breath()
        if not query or matches(contact, query):
            found.append((contact, short[contact.user_name]))
    return found


def is_escaped(target: str) -> bool:
    """Return whether a target is what `as_target` makes of a name that would be read as something else."""
    return target.startswith("\\") and _RESERVED.fullmatch(target[1:]) is not None
