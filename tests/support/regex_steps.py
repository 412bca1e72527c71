"""A model of `re` that counts its steps, and texts that make a pattern work as hard as it can.

`re` backtracks: what a pattern costs shows only on texts that nearly match. The model walks the tree that `re` itself
parses, in the same order, and counts every look at a character. Bounds of repeats are cut to a few, so that what is
bounded grows no more on short texts; what grows faster than its text does so here as in `re`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import product

# The parse tree of `re` has no public name, and no types: mypy knows neither module.
from re import _constants as sre  # type: ignore[attr-defined]
from re import _parser as parser  # type: ignore[attr-defined]
from typing import Any

MOST = 6
"""What bounds of repeats are cut to."""
STOP = 20_000
"""Steps after which nobody needs to know more."""
_CATEGORIES = {
    sre.CATEGORY_DIGIT: str.isdecimal,
    sre.CATEGORY_SPACE: str.isspace,
    sre.CATEGORY_WORD: lambda char: char.isalnum() or char == "_",
}
_NOT = {
    sre.CATEGORY_NOT_DIGIT: sre.CATEGORY_DIGIT,
    sre.CATEGORY_NOT_SPACE: sre.CATEGORY_SPACE,
    sre.CATEGORY_NOT_WORD: sre.CATEGORY_WORD,
}
_SAMPLES = "a0 \n_Z.-<>&;\"'[]{}/\\\x00\x7f\u2028中\u0301\u1160\U0001f600"


class TooManySteps(Exception):
    """More than `STOP`."""


class Model:
    """Pattern, and the steps that it took so far."""

    def __init__(self, pattern: str | bytes, flags: int = 0) -> None:
        text = pattern.decode("latin-1") if isinstance(pattern, bytes) else pattern
        self.tree = parser.parse(text, flags)
        self.flags = self.tree.state.flags
        self.steps = 0
        self._groups: dict[int, str] = {}

    def restart(self) -> None:
        """Count from nothing again, for another text."""
        self.steps = 0
        self._groups.clear()

    def search_all(self, text: str, *, at_start: bool = False) -> list[tuple[int, int]]:
        """Where `finditer` finds it; `at_start`: where `match` does."""
        found, start = [], 0
        while start <= len(text):
            end = next(self._sequence(list(self.tree), text, start), None)
            self._step()
            if at_start:
                break
            if end is not None:
                found.append((start, end))
            start = end if end is not None and end > start else start + 1
        return found

    def _step(self) -> None:
        self.steps += 1
        if self.steps > STOP:
            raise TooManySteps

    def _sequence(self, nodes: list[Any], text: str, place: int) -> Iterator[int]:
        if not nodes:
            yield place
            return
        for after in self._node(nodes[0], text, place):
            yield from self._sequence(nodes[1:], text, after)

    def _node(self, node: Any, text: str, place: int) -> Iterator[int]:
        self._step()
        kind, value = node
        match kind:
            case sre.LITERAL | sre.NOT_LITERAL | sre.ANY | sre.IN | sre.RANGE:
                if place < len(text) and self._takes(node, text[place]):
                    yield place + 1
            case sre.BRANCH:
                for branch in value[1]:
                    yield from self._sequence(list(branch), text, place)
            case sre.SUBPATTERN:
                for after in self._sequence(list(value[3]), text, place):
                    self._groups[value[0]] = text[place:after]
                    yield after
            case sre.GROUPREF:
                if text.startswith(said := self._groups.get(value, "\0none"), place):
                    yield place + len(said)
            case sre.ATOMIC_GROUP:
                yield from _first(self._sequence(list(value), text, place))
            case sre.MAX_REPEAT | sre.MIN_REPEAT:
                low, high, inner = value
                yield from self._repeat(list(inner), min(low, MOST), _cut(high), text, place, kind is sre.MAX_REPEAT)
            case sre.POSSESSIVE_REPEAT:
                low, high, inner = value
                yield from _first(self._repeat(list(inner), min(low, MOST), _cut(high), text, place, True))
            case sre.AT:
                if self._at(value, text, place):
                    yield place
            case sre.ASSERT | sre.ASSERT_NOT:
                if self._asserted(value, text, place) == (kind is sre.ASSERT):
                    yield place
            case _:
                # A pattern that the model cannot judge fails its test, with the name of what it holds.
                raise NotImplementedError(kind)

    def _repeat(self, inner: list[Any], low: int, high: float, text: str, place: int, greedy: bool) -> Iterator[int]:
        self._step()
        if not greedy and low <= 0:
            yield place
        if high > 0:
            for after in self._sequence(inner, text, place):
                if after > place or low > 0:
                    yield from self._repeat(inner, low - 1, high - 1, text, after, greedy)
        if greedy and low <= 0:
            yield place

    def _takes(self, node: Any, char: str) -> bool:
        kind, value = node
        if self.flags & re.IGNORECASE:
            return any(
                self._takes_as_is(kind, value, one) for one in {char, char.lower(), char.upper()} if len(one) == 1
            )
        return self._takes_as_is(kind, value, char)

    def _takes_as_is(self, kind: Any, value: Any, char: str) -> bool:
        match kind:
            case sre.LITERAL:
                return ord(char) == value
            case sre.NOT_LITERAL:
                return ord(char) != value
            case sre.ANY:
                return char != "\n" or bool(self.flags & re.DOTALL)
            case sre.RANGE:
                return bool(value[0] <= ord(char) <= value[1])
            case sre.CATEGORY:
                if self.flags & re.ASCII and not char.isascii():
                    return value in _NOT
                return not _CATEGORIES[_NOT[value]](char) if value in _NOT else _CATEGORIES[value](char)
            case _:
                negated = value[0][0] is sre.NEGATE
                return any(self._takes_as_is(*item, char) for item in value[negated:]) != negated

    def _at(self, where: Any, text: str, place: int) -> bool:
        word = _CATEGORIES[sre.CATEGORY_WORD]
        match where:
            case sre.AT_BEGINNING | sre.AT_BEGINNING_STRING:
                return place == 0 or bool(self.flags & re.MULTILINE and text[place - 1] == "\n")
            case sre.AT_END:
                return text[place:] in ("", "\n")
            case sre.AT_END_STRING:
                return place == len(text)
            case _:
                before = place > 0 and word(text[place - 1])
                boundary = before != (place < len(text) and word(text[place]))
                return boundary == (where is sre.AT_BOUNDARY)

    def _asserted(self, value: Any, text: str, place: int) -> bool:
        direction, inner = value
        start = place - inner.getwidth()[0] if direction < 0 else place
        return start >= 0 and next(self._sequence(list(inner), text, start), None) is not None


def _first(ends: Iterator[int]) -> Iterator[int]:
    end = next(ends, None)
    if end is not None:
        yield end


def _cut(high: Any) -> float:
    return float("inf") if high is sre.MAXREPEAT else min(int(high), MOST)


# ---------------------------------------------------------------- texts that are hard for a pattern


_LONGEST_START = 20
"""Characters of a start that is repeated: the model goes one call deeper for each."""


def hard_texts(model: Model, count: int) -> Iterator[str]:
    """A beginning that matches, then one thing `count` times, then something that does not match."""
    items = _alphabet(model, list(model.tree))
    stop = next((char for char in "\x00\x7f!" if char not in items), "\x00")
    pumps = dict.fromkeys(
        [
            *items,
            *(a + b for a, b in product(items[:4], repeat=2)),
            *_samples(model, list(model.tree)),
            *(start for start in _starts(model, list(model.tree)) if len(start) <= _LONGEST_START),
        ]
    )
    beginnings = dict.fromkeys(_beginnings(model))
    for beginning, pump in product(beginnings, pumps):
        if pump:
            yield beginning + pump * count + stop


def _beginnings(model: Model) -> Iterator[str]:
    so_far = ""
    yield so_far
    for node in model.tree:
        so_far += _sample(model, node)
        # Before a repeat, or anything that holds one; the rest is no place where work begins.
        if node[0] not in (sre.LITERAL, sre.IN, sre.AT):
            yield so_far


def _starts(model: Model, nodes: list[Any]) -> list[str]:
    """What a search begins with again and again: the nodes up to one that is behind a long repeat, in each branch."""
    found, so_far, repeats = [], "", False
    for node in nodes:
        so_far += _sample(model, node)
        if repeats:
            found.append(so_far)
            repeats = False
        repeats = node[0] in (sre.MAX_REPEAT, sre.MIN_REPEAT) and node[1][1] == sre.MAXREPEAT
        for inner in _inner(node):
            found += _starts(model, inner)
    return list(dict.fromkeys(filter(None, found)))[:12]


def _alphabet(model: Model, nodes: list[Any]) -> list[str]:
    return list(dict.fromkeys(char for sample in _samples(model, nodes) for char in sample))[:8]


def _samples(model: Model, nodes: list[Any]) -> list[str]:
    """A short text for each node of the tree, the inner ones too."""
    found = []
    for node in nodes:
        found.append(_sample(model, node))
        for inner in _inner(node):
            found += _samples(model, inner)
    return list(dict.fromkeys(filter(None, found)))[:12]


def _inner(node: Any) -> list[list[Any]]:
    kind, value = node
    match kind:
        case sre.BRANCH:
            return [list(branch) for branch in value[1][:6]]
        case sre.SUBPATTERN:
            return [list(value[3])]
        case sre.ATOMIC_GROUP:
            return [list(value)]
        case sre.MAX_REPEAT | sre.MIN_REPEAT | sre.POSSESSIVE_REPEAT:
            return [list(value[2])]
        case _:
            return []


def _sample(model: Model, node: Any) -> str:
    kind, value = node
    if kind in (sre.LITERAL, sre.NOT_LITERAL, sre.ANY, sre.IN):
        if kind is sre.LITERAL:
            return chr(value)
        ranges = [chr(item[1][0]) for item in value if item[0] is sre.RANGE] if kind is sre.IN else []
        literals = [chr(item[1]) for item in value if item[0] is sre.LITERAL] if kind is sre.IN else []
        return next((char for char in [*_SAMPLES, *ranges, *literals] if model._takes(node, char)), "")
    if kind in (sre.MAX_REPEAT, sre.MIN_REPEAT, sre.POSSESSIVE_REPEAT):
        return "".join(_sample(model, inner) for inner in value[2]) * max(1, min(value[0], MOST))
    inner = _inner(node)
    return "".join(_sample(model, one) for one in inner[0]) if inner else ""
