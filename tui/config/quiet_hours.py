"""Quiet hours: times of day at which nothing rings, as they are written in the settings."""

from __future__ import annotations

import re
from datetime import datetime, time
from functools import lru_cache
from typing import Final

import msgspec

_SPAN: Final = r"(\d{1,2})[:：](\d{2})\s*(?:-|–|—|~|to|至|到)\s*(\d{1,2})[:：](\d{2})"
_NONE: Final = ("", "none", "off")


class QuietHours(msgspec.Struct, frozen=True):
    """Spans of local time, from one time of day up to another, over midnight where the second is not later."""

    spans: tuple[tuple[time, time], ...] = ()

    @classmethod
    def parse(cls, text: str) -> QuietHours:
        """Return what `23:00-08:00, 12:30-14:00` says. Raises `ValueError`."""
        if text.strip().lower() in _NONE:
            return cls()
        spans = []
        for part in re.split(r"[,，;；]", text):
            found = re.fullmatch(_SPAN, part.strip(), re.ASCII)
            if found is None:
                raise ValueError(part)
            hour, minute, end_hour, end_minute = map(int, found.groups())
            # 24:00 is how people write the end of a day.
            begin, end = time(hour % 24 if hour == 24 and not minute else hour, minute), time(0)
            if (end_hour, end_minute) != (24, 0):
                end = time(end_hour, end_minute)
            spans.append((begin, end))
        return cls(tuple(spans))

    def __str__(self) -> str:
        return ", ".join(f"{begin:%H:%M}-{end:%H:%M}" for begin, end in self.spans)

    def cover(self, now: datetime) -> bool:
        """Return True when it is quiet at `now`, aware: what counts is what a clock on the wall shows here.

        So a clock that is set forward or back in spring and autumn needs no care: it shows each time of day that it
        shows. Two equal times are a whole day.
        """
        shown = now.astimezone().time()
        return any(begin <= shown < end if begin < end else shown >= begin or shown < end for begin, end in self.spans)


@lru_cache(maxsize=8)
def quiet_hours(text: str) -> QuietHours:
    """Return the quiet hours of a setting, which was read before."""
    return QuietHours.parse(text)
