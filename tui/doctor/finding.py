"""What a probe found out: one sentence, how bad it is, and what to do about it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum

from tui.errors import Phrase, WxtuiError


class Level(Enum):
    """BAD: something will not work. WARNING: it works, but worse than it could."""

    OK = "ok"
    WARNING = "warning"
    BAD = "bad"


@dataclass(frozen=True, slots=True)
class Finding:
    """`probe` is a stable name for scripts; `facts` are for them too, and hold no secret."""

    probe: str
    level: Level
    what: Phrase
    advice: Phrase | None = None
    facts: Mapping[str, object] = field(default_factory=dict)


def fine(probe: str, what: Phrase, **facts: object) -> Finding:
    """Nothing to do."""
    return Finding(probe, Level.OK, what, None, facts)


def warning(probe: str, what: Phrase, advice: Phrase | None = None, **facts: object) -> Finding:
    """Worth a change."""
    return Finding(probe, Level.WARNING, what, advice, facts)


def bad(probe: str, what: Phrase, advice: Phrase | None = None, **facts: object) -> Finding:
    """Has to be changed."""
    return Finding(probe, Level.BAD, what, advice, facts)


def of_error(probe: str, error: WxtuiError) -> Finding:
    """An error's sentence and advice."""
    advice = Phrase(error.advice, **error.facts) if error.advice else None
    return bad(probe, error.said, advice, error=error.code)
