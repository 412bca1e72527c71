"""Fuzzy search: which names a query fits, how well, and where. Pure text; no screen and no clock.

A query is words; each must be found, and the worse the fit, the higher its cost: the whole name, its beginning, the
beginning of a word, the first letters of words, somewhere inside, and last the letters in order with others between.
Names of equal cost keep their order, so a list sorted by date stays so.
"""

from __future__ import annotations

import re
import unicodedata
from bisect import bisect_right
from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import Final, TypeVar

T = TypeVar("T")

EXACT: Final = 0
PREFIX: Final = 1
WORD: Final = 2
STARTS: Final = 3
INSIDE: Final = 4
SPREAD: Final = 5
"""Costs of one word of a query; SPREAD grows by the number of other characters between its letters."""
_MOST: Final = 255
_LONGEST: Final = 64
"""Letters of a word; a longer one is only looked for in one piece: nobody types more, but people paste."""
SLICE: Final = 256
"""Names that are compared between two calls of `breathe`."""


class _Folds(dict[int, int]):
    """Maps a character to its form for comparing: lower case, half-width, no accents; one to one, so places stay."""

    def __missing__(self, code: int) -> int:
        parts = unicodedata.normalize("NFKD", chr(code))
        plain = parts[0] if all(map(unicodedata.combining, parts[1:])) else chr(code)
        small = plain.lower()
        # İ becomes two characters in lower case, ẞ and its like more when folded: those stay.
        folded = self[code] = ord(small) if len(small) == 1 else ord(plain)
        return folded


_FOLDS: Final = _Folds()


def fold(text: str) -> str:
    """Return `text` in its form for comparing, character for character."""
    return text.lower() if text.isascii() else text.translate(_FOLDS)


_BEGIN: Final = r"(?<![^\W_])"
_IDEOGRAPHS: Final = "\u2e80"


@lru_cache(maxsize=64)
def _in_order(word: str) -> re.Pattern[str]:
    """Return a pattern of the letters of `word` in order; atomic, so a name that does not fit takes linear time."""
    return re.compile("".join(f"(?>[^{re.escape(char)}]*{re.escape(char)})" for char in word))


@lru_cache(maxsize=64)
def _beginning_words(word: str) -> re.Pattern[str]:
    """Return a pattern of the letters of `word`, each at the beginning of a word."""
    return re.compile("".join(f"(?>.*?{_BEGIN}({re.escape(char)}))" for char in word), re.DOTALL)


@lru_cache(maxsize=64)
def _beginning(word: str) -> re.Pattern[str]:
    """Return a pattern of `word` where a word begins: after anything but a letter or digit, and at every ideograph."""
    return re.compile(("" if word > _IDEOGRAPHS else _BEGIN) + re.escape(word))


class Needle:
    """Query, prepared to be compared with many names. Names are given folded."""

    def __init__(self, query: str) -> None:
        self._words = fold(query).split()

    @property
    def empty(self) -> bool:
        """True for a query without words, which fits every name."""
        return not self._words

    def costs(self, folded: Sequence[str]) -> list[int | None]:
        """Return the costs of many names, which is faster than one after the other."""
        if not self._words:
            return [0] * len(folded)
        first, *others = (_costs(word, folded) for word in self._words)
        for more in others:
            first = [None if a is None or b is None else a + b for a, b in zip(first, more, strict=True)]
        return first

    def positions(self, folded: str) -> tuple[int, ...] | None:
        """Return the places of the query's letters in a name, in order; None when it does not fit."""
        found: set[int] = set()
        for word in self._words:
            places = _positions(word, folded)
            if places is None:
                return None
            found.update(places)
        return tuple(sorted(found))


def _costs(word: str, texts: Sequence[str]) -> list[int | None]:
    """Return the costs of one word for many names; written for speed: each typed letter runs it on every name."""
    size = len(word)
    spread = _in_order(word).match if 1 < size <= _LONGEST else None
    begins = _beginning(word).search
    costs: list[int | None] = []
    add = costs.append
    for text in texts:
        at = text.find(word)
        if at == 0:
            add(EXACT if size == len(text) else PREFIX)
        elif at > 0:
            add(WORD if begins(text) else INSIDE)
        elif spread is None or (found := spread(text)) is None:
            add(None)
        elif _beginning_words(word).match(text):
            add(STARTS)
        else:
            end = found.end()
            add(min(_MOST, SPREAD + end - _tight(word, text, end)[0] - size))
    return costs


def _tight(word: str, text: str, end: int) -> list[int]:
    """Return the places of the letters in order, before `end` and as late as possible."""
    places = []
    for char in reversed(word):
        end = text.rfind(char, 0, end)
        places.append(end)
    return places[::-1]


def _positions(word: str, text: str) -> list[int] | None:
    """Return the places of the letters by which `_costs` judges; None when the word does not fit."""
    at = text.find(word)
    if at > 0 and (found := _beginning(word).search(text)):
        at = found.start()
    if at >= 0:
        return list(range(at, at + len(word)))
    if not 1 < len(word) <= _LONGEST or (found := _in_order(word).match(text)) is None:
        return None
    if starts := _beginning_words(word).match(text):
        return [starts.start(group) for group in range(1, len(word) + 1)]
    return _tight(word, text, found.end())


def match(query: str, text: str) -> tuple[int, ...] | None:
    """Return where in `text` the letters of `query` stand, to be emphasised; None when it does not fit."""
    return Needle(query).positions(fold(text))


def rank(
    query: str,
    items: Sequence[T],
    key: Callable[[T], Sequence[str]],
    *,
    breathe: Callable[[], None] | None = None,
) -> list[T]:
    """Return the items that `query` fits, best first; `key` gives an item's names (remark, pinyin), the best counts.

    In a thread, `breathe` is called every few names and may end the work by raising.
    """
    needle = Needle(query)
    if needle.empty:
        return list(items)
    found = RankedMatches()
    for start in range(0, len(items), SLICE):
        if breathe is not None:
            breathe()
        slice_ = enumerate(items[start : start + SLICE], start)
        some = [(index, fold(name)) for index, item in slice_ for name in key(item)]
        best: dict[int, int] = {}
        for (index, _), cost in zip(some, needle.costs([name for _, name in some]), strict=True):
            if cost is not None and cost < best.get(index, cost + 1):
                best[index] = cost
        for index in sorted(best):
            found.add(best[index], index)
    return [items[index] for index in found.best_first()]


class RankedMatches:
    """Items by cost. Only the few different costs are sorted: sorting 50,000 items would hold up a screen."""

    def __init__(self) -> None:
        self._by_cost: dict[int, list[int]] = {}

    def add(self, cost: int, index: int) -> None:
        """Add an item by its index."""
        self._by_cost.setdefault(cost, []).append(index)

    def best_first(self) -> list[int]:
        """Return all indexes, the lowest cost first; among equals the first added."""
        return [index for cost in sorted(self._by_cost) for index in self._by_cost[cost]]


_FIRST_OF: Final = (
    (0xB0A1, "a"), (0xB0C5, "b"), (0xB2C1, "c"), (0xB4EE, "d"), (0xB6EA, "e"), (0xB7A2, "f"), (0xB8C1, "g"),
    (0xB9FE, "h"), (0xBBF7, "j"), (0xBFA6, "k"), (0xC0AC, "l"), (0xC2E8, "m"), (0xC4C3, "n"), (0xC5B6, "o"),
    (0xC5BE, "p"), (0xC6DA, "q"), (0xC8BB, "r"), (0xC8F6, "s"), (0xCBFA, "t"), (0xCDDA, "w"), (0xCEF4, "x"),
    (0xD1B9, "y"), (0xD4D1, "z"), (0xD7FA, ""),
)  # fmt: skip
"""First code of each letter: GB 2312 has its 3,755 common characters in the order of their pinyin."""
_CODES: Final = [code for code, _ in _FIRST_OF]


@lru_cache(maxsize=4096)
def _initial(char: str) -> str:
    try:
        high, low = char.encode("gb2312")
    except (UnicodeEncodeError, ValueError):
        return char
    at = bisect_right(_CODES, high << 8 | low) - 1
    return (_FIRST_OF[at][1] if at >= 0 else "") or char


def initials(text: str) -> str:
    """Return `text` with the first letter of its pinyin for each common Chinese character; "" where it has none.

    A second key for names that nobody spells out: `xmjh` finds 项目计划. Characters with two readings have one here.
    """
    if text.isascii():
        return ""
    spelled = "".join(map(_initial, text))
    return spelled if spelled != text else ""
