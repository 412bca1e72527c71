"""Errors on their way from the running wxtui to a command: the same class and facts on both sides."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache

from tui import errors
from tui.services.control.protocol import Fact, Failure, SpokenPhrase

_DEEPEST = 8
"""Phrases within phrases; ours have two."""


def failed(error: errors.WxtuiError) -> Failure:
    """The line that tells of it."""
    return Failure(type(error).__name__, _packed(error.facts), _valid(str(error)))


def rebuilt(told: Failure) -> errors.WxtuiError:
    """The error that was told of; an `OwnerRefused` with its sentence when there is no such class here."""
    kind = _kinds().get(told.error)
    if kind is None:
        return errors.OwnerRefused(why=told.why)
    error = kind(**{name: _unpacked(fact) for name, fact in told.facts.items()})
    # A class of that name with another sentence there: what it says there is better than half of ours.
    return errors.OwnerRefused(why=told.why) if error.lacks else error


def _packed(facts: Mapping[str, object], depth: int = 0) -> dict[str, Fact]:
    return {name: _fact(value, depth) for name, value in facts.items()}


def _fact(value: object, depth: int) -> Fact:
    if value is None or isinstance(value, bool | float):
        return value
    if isinstance(value, int):
        # JSON's integers of 64 bits; nothing of ours is larger.
        return value if -(2**63) <= value < 2**63 else str(value)
    if isinstance(value, errors.Phrase) and depth < _DEEPEST:
        return SpokenPhrase(value.template, _packed(value.facts, depth + 1))
    return _valid(str(value))


def _unpacked(fact: Fact) -> object:
    if isinstance(fact, SpokenPhrase):
        return errors.Phrase(fact.template, **{name: _unpacked(value) for name, value in fact.facts.items()})
    return fact


def _valid(text: str) -> str:
    """File names may hold what is no character."""
    return text.encode("utf-8", "replace").decode()


@cache
def _kinds() -> dict[str, type[errors.WxtuiError]]:
    """Every class of the tree by its name."""
    found: dict[str, type[errors.WxtuiError]] = {}
    waiting: list[type[errors.WxtuiError]] = [errors.WxtuiError]
    while waiting:
        kind = waiting.pop()
        found[kind.__name__] = kind
        waiting += kind.__subclasses__()
    return found
