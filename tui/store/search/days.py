"""Days as people write them: `2026-11-01`, `11-01`, `11月1日`, `yesterday`, `昨天`. Days are local."""

from __future__ import annotations

import re
from datetime import date, datetime, time, timedelta
from typing import Final

from tui.errors import Phrase, UsageError

_WORDS: Final = {"today": 0, "今天": 0, "yesterday": 1, "昨天": 1, "前天": 2}
"""Word → how many days ago that is."""
_WRITTEN: Final = r"(?:(\d{4})\s?[-/.年]\s?)?(\d{1,2})\s?[-/.月]\s?(\d{1,2})\s?日?"
_COMPACT: Final = r"(\d{4})(\d\d)(\d\d)"
_FIRST_YEAR, _LAST_YEAR = 1970, 9000


def is_day(text: str) -> bool:
    """Return True for what is written like a day, also one that no calendar has."""
    return text.strip().lower() in _WORDS or _parts(text) is not None


def read_day(text: str, today: date) -> date:
    """Return the day that a text means; without a year the last one of that name. Raises `UsageError` for no day."""
    ago = _WORDS.get(text.strip().lower())
    if ago is not None:
        return today - timedelta(days=ago)
    parts = _parts(text)
    if parts is not None:
        year, month, day = parts
        for guess in [year] if year is not None else range(today.year, today.year - 8, -1):
            # Without a year 02-29 is that of the last leap year.
            found = _date(guess, month, day)
            if found is not None and (year is not None or found <= today):
                return found
    raise UsageError(why=Phrase("“{text}” is not a date. Write 2026-11-01, 11-01, today or yesterday.", text=text))


def midnight(day: date) -> datetime:
    """Return the moment at which a day begins here, aware."""
    return datetime.combine(day, time()).astimezone()


def local_day(moment: datetime) -> date:
    """Return the day of an aware time here."""
    return moment.astimezone().date()


def _parts(text: str) -> tuple[int | None, int, int] | None:
    """Return year, month and day as they are written, None where a text is written otherwise."""
    text = text.strip()
    match = re.fullmatch(_WRITTEN, text, re.ASCII) or re.fullmatch(_COMPACT, text, re.ASCII)
    return None if match is None else (int(match[1]) if match[1] else None, int(match[2]), int(match[3]))


def _date(year: int, month: int, day: int) -> date | None:
    try:
        return date(year, month, day) if _FIRST_YEAR <= year <= _LAST_YEAR else None
    except ValueError:
        return None
