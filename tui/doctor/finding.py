"""Findings of a probe: a sentence, how bad it is, and advice."""

from __future__ import annotations

from collections.abc import Mapping
from enum import Enum

import msgspec

from tui.errors import Phrase, WxtuiError


class Level(Enum):
    """Severity. BAD: something will not work. WARNING: it works, but worse than it could."""

    OK = "ok"
    WARNING = "warning"
    BAD = "bad"


class Finding(msgspec.Struct, frozen=True):
    """Result of a probe. `probe` is a stable name for scripts; `facts` are for scripts too, and hold no secret."""

    probe: str
    level: Level
    what: Phrase
    advice: Phrase | None = None
    facts: Mapping[str, object] = msgspec.field(default_factory=dict)


def fine(probe: str, what: Phrase, **facts: object) -> Finding:
    """Return a finding with nothing to do."""
    return Finding(probe, Level.OK, what, None, facts)


def warning(probe: str, what: Phrase, advice: Phrase | None = None, **facts: object) -> Finding:
    """Return a finding that is worth a change."""
    return Finding(probe, Level.WARNING, what, advice, facts)


def bad(probe: str, what: Phrase, advice: Phrase | None = None, **facts: object) -> Finding:
    """Return a finding about which something has to be done."""
    return Finding(probe, Level.BAD, what, advice, facts)


def of_error(probe: str, error: WxtuiError) -> Finding:
    """Return an error's sentence and advice as a finding."""
    advice = Phrase(error.advice, **error.facts) if error.advice else None
    return bad(probe, error.said, advice, error=error.code)
