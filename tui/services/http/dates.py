"""Dates in headers: `Sun, 29 Nov 2026 12:00:00 GMT`, and whatever else servers write there."""

from __future__ import annotations

from datetime import UTC, datetime
from email.utils import parsedate_to_datetime


def read_date(text: str | None) -> datetime | None:
    """Return the moment that a header names, aware, in UTC where it names no zone; None for what is no date."""
    try:
        found = parsedate_to_datetime(text or "")
        return found.replace(tzinfo=found.tzinfo or UTC)
    except (ValueError, TypeError, IndexError, OverflowError):
        return None
