"""Entries of a folder, read in pieces and kept in columns: 50,000 are a few lists of strings and numbers.

Everything here blocks and belongs into a thread (`tui.services.util.threads`); nothing here opens a file. Names are as
the system gives them, undecodable bytes as surrogates, so that they can be sent; they are cleaned where they are drawn.
"""

from __future__ import annotations

import re
import threading
from array import array
from bisect import bisect_right
from collections.abc import Callable, Sequence
from enum import Enum, IntEnum
from pathlib import Path
from typing import Final, TypeVar

import msgspec

from tui.fuzzy import SLICE, Needle, RankedMatches, fold, initials
from tui.wire.text import printable, whole

K = TypeVar("K", str, float)

BATCH: Final = 4096
"""Entries that are handed over, or sorted, in one piece."""
UNKNOWN: Final = -1
GONE: Final = -2
DENIED: Final = -3
"""Values in place of a size: not asked yet, not there any more, not ours to know."""


def shown_name(name: str) -> str:
    """Return a name for a terminal: one line, nothing in it that acts, `�` for each byte that is no text."""
    return printable(whole(name), newlines=False)


class EntryKind(IntEnum):
    """Kind of an entry, links followed."""

    FOLDER = 0
    FILE = 1
    OTHER = 2
    """A device, a pipe, a socket: never opened, never sent."""
    BROKEN = 3
    """A link to nothing, or round in a circle."""


class Sort(Enum):
    """Order of entries; folders always come first."""

    NAME = "name"
    NEWEST = "newest"
    LARGEST = "largest"


class FolderEntry(msgspec.Struct, frozen=True):
    """Entry of a folder; `size` in bytes or UNKNOWN, GONE, DENIED; `modified` in seconds since 1970."""

    name: str
    kind: EntryKind
    size: int
    modified: float
    link: bool = False


LINK: Final = 16
"""Bit beside the kind in a flag: the entry is a link."""
_DIGITS = re.compile(r"\d+")


def _number(digits: re.Match[str]) -> str:
    bare = digits[0].lstrip("0")
    return f"{len(bare):03}{bare}"


def natural_key(name: str) -> str:
    """Return a key that sorts as people count and spell: `part 9` before `part 10`, 北京 before 上海.

    Common Chinese characters come by pinyin: that is how GB 18030 numbers them. One byte a character, since that is
    compared fastest.
    """
    small = _DIGITS.sub(_number, name.casefold())
    return small if small.isascii() else small.encode("gb18030", "replace").decode("latin-1")


class ListingBatch(msgspec.Struct):
    """Entries that come together, as columns."""

    names: list[str] = msgspec.field(default_factory=list)
    flags: bytearray = msgspec.field(default_factory=bytearray)
    sizes: array[int] = msgspec.field(default_factory=lambda: array("q"))
    times: array[float] = msgspec.field(default_factory=lambda: array("d"))
    keys: list[str] = msgspec.field(default_factory=list)


class StatDetails(msgspec.Struct):
    """Results of stats, as columns: an object an entry would keep the garbage collector busy."""

    indices: array[int] = msgspec.field(default_factory=lambda: array("q"))
    kinds: bytearray = msgspec.field(default_factory=bytearray)
    sizes: array[int] = msgspec.field(default_factory=lambda: array("q"))
    times: array[float] = msgspec.field(default_factory=lambda: array("d"))

    def add(self, index: int, kind: EntryKind, size: int, modified: float) -> None:
        """Add the facts that were read about the entry at `index`."""
        self.indices.append(index)
        self.kinds.append(kind)
        self.sizes.append(size)
        self.times.append(modified)


class FolderListing:
    """Entries of one folder, by index in the order in which they came."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.names: list[str] = []
        self.complete = False
        self._flags = bytearray()
        self._sizes = array("q")
        self._times = array("d")
        self.keys: list[str] = []
        self._folded: list[str] = []
        self._spelled: dict[int, str] = {}
        self._folding = threading.Lock()

    def __len__(self) -> int:
        return len(self.names)

    def entry(self, index: int) -> FolderEntry:
        """Return the facts about an entry, as far as they were read."""
        flags = self._flags[index]
        return FolderEntry(
            self.names[index],
            EntryKind(flags & ~LINK),
            self._sizes[index],
            self._times[index],
            bool(flags & LINK),
        )

    def kind(self, index: int) -> EntryKind:
        """Return the kind of one entry."""
        return EntryKind(self._flags[index] & ~LINK)

    def size(self, index: int) -> int:
        """Return the size of one entry, or UNKNOWN, GONE, DENIED."""
        return self._sizes[index]

    def modified(self, index: int) -> float:
        """Return when an entry was written to, in seconds since 1970; 0 while that is not known."""
        return self._times[index]

    def add(self, batch: ListingBatch) -> None:
        """Add entries."""
        self._flags += batch.flags
        self._sizes += batch.sizes
        self._times += batch.times
        self.keys += batch.keys
        # Last: threads count the names, and then look into the other columns.
        self.names += batch.names

    def learn(self, found: StatDetails) -> None:
        """Add results of stats."""
        flags, sizes, times = self._flags, self._sizes, self._times
        for index, kind, size, modified in zip(found.indices, found.kinds, found.sizes, found.times, strict=True):
            flags[index] = kind | flags[index] & LINK
            sizes[index] = size
            times[index] = modified

    def unknown(self) -> list[int]:
        """Return the entries whose size and time nobody asked for yet."""
        return [index for index, size in enumerate(self._sizes) if size == UNKNOWN]

    # ---------------------------------------------------------------- in a thread

    def order(self, sort: Sort, hidden: bool, breathe: Callable[[], None]) -> list[int]:
        """Return the indices in the order to be shown, folders first; without dot files unless `hidden`."""
        folders: list[int] = []
        others: list[int] = []
        names, flags = self.names, self._flags
        for start in range(0, len(names), SLICE):
            breathe()
            for index in range(start, min(start + SLICE, len(names))):
                if hidden or not names[index].startswith("."):
                    (others if flags[index] & ~LINK else folders).append(index)
        found = []
        for group in (folders, others):
            ordered = _sorted(group, self.keys.__getitem__, breathe)
            if sort is Sort.NEWEST:
                ordered = _sorted(ordered, lambda index: -self._times[index], breathe)
            elif sort is Sort.LARGEST and group is others:
                ordered = _sorted(ordered, lambda index: -self._sizes[index], breathe)
            found += ordered
        return found

    def find(self, query: str, among: Sequence[int], breathe: Callable[[], None]) -> tuple[list[int], list[int]]:
        """Return the entries of `among` that fit the query: best first, and in their own order (for a longer query)."""
        needle = Needle(query)
        if needle.empty:
            return list(among), list(among)
        names, spelled = self._fold(breathe)
        found, kept = RankedMatches(), []
        for start in range(0, len(among), SLICE):
            breathe()
            some = among[start : start + SLICE]
            costs = needle.costs([names[index] for index in some])
            chinese = [at for at, index in enumerate(some) if index in spelled]
            for at, other in zip(chinese, needle.costs([spelled[some[at]] for at in chinese]), strict=True):
                cost = costs[at]
                if other is not None and (cost is None or other < cost):
                    costs[at] = other
            for index, cost in zip(some, costs, strict=True):
                if cost is not None:
                    found.add(cost, index)
                    kept.append(index)
        return found.best_first(), kept

    def _fold(self, breathe: Callable[[], None]) -> tuple[list[str], dict[int, str]]:
        """Return the names as they are compared, Chinese ones by pinyin, too; made once, at the first query."""
        with self._folding:
            for start in range(len(self._folded), len(self.names), SLICE):
                breathe()
                some = self.names[start : start + SLICE]
                for index, name in enumerate(some, start):
                    if spelling := initials(name):
                        self._spelled[index] = spelling
                self._folded += map(fold, some)
        return self._folded, self._spelled


def _sorted(indices: list[int], key: Callable[[int], K], breathe: Callable[[], None]) -> list[int]:
    """Sort by `key`, in pieces: one call that sorts 50,000 would hold up the event loop for 15 ms and more."""
    if len(indices) <= BATCH:
        return sorted(indices, key=key)
    sample = sorted(map(key, indices[:: len(indices) // BATCH * 8]))
    borders = sample[:: max(1, len(sample) * BATCH // len(indices) // 2)]
    pieces: list[list[int]] = [[] for _ in range(len(borders) + 1)]
    for start in range(0, len(indices), SLICE):
        breathe()
        for index in indices[start : start + SLICE]:
            pieces[bisect_right(borders, key(index))].append(index)
    ordered: list[int] = []
    for piece in pieces:
        breathe()
        piece.sort(key=key)
        ordered += piece
    return ordered
