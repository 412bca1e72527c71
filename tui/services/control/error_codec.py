"""Encodes errors on their way from the running wxtui to a command: both sides have the same class and facts."""

from __future__ import annotations

import math
from collections.abc import Mapping
from functools import cache

from tui import errors
from tui.services.control.protocol import Fact, Failure, SpokenPhrase

_DEEPEST = 12
"""Levels of phrases within phrases; wxtui's own have eight, where it lists contacts of one name."""


def failed(error: errors.WxtuiError) -> Failure:
    """Encode an error."""
    return Failure(type(error).__name__, _packed(error.facts), str(error))


def rebuilt(told: Failure) -> errors.WxtuiError:
    """Decode an error; an `OwnerRefused` with its sentence when this version has no such class."""
    kind = _kinds().get(told.error)
    if kind is None:
        return errors.OwnerRefused(why=told.why)
    error = kind(**{name: _unpacked(fact) for name, fact in told.facts.items()})
    # The owner's class of that name has another sentence: its whole sentence is better than half of this one.
    return errors.OwnerRefused(why=told.why) if error.lacks else error


def _packed(facts: Mapping[str, object], depth: int = 0) -> dict[str, Fact]:
    return {name: _fact(value, depth) for name, value in facts.items()}


def _fact(value: object, depth: int) -> Fact:
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, float):
        # JSON has no word for these.
        return value if math.isfinite(value) else str(value)
    if isinstance(value, int):
        # JSON's integers have 64 bits here; no fact of wxtui is larger.
        return value if -(2**63) <= value < 2**63 else str(value)
    if isinstance(value, errors.Phrase) and depth < _DEEPEST:
        return SpokenPhrase(value.template, _packed(value.facts, depth + 1))
    return str(value)


def _unpacked(fact: Fact) -> object:
    if isinstance(fact, SpokenPhrase):
        return errors.Phrase(fact.template, **{name: _unpacked(value) for name, value in fact.facts.items()})
    return fact


@cache
def _kinds() -> dict[str, type[errors.WxtuiError]]:
    """Return every class of the tree of errors by its name."""
    found: dict[str, type[errors.WxtuiError]] = {}
    waiting: list[type[errors.WxtuiError]] = [errors.WxtuiError]
    while waiting:
        kind = waiting.pop()
        found[kind.__name__] = kind
        waiting += kind.__subclasses__()
    return found
