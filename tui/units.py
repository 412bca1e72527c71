"""Sizes and times as people read them. humanize is imported when first needed: it costs 10 ms, most runs never do."""

from __future__ import annotations


def shown_size(size: float) -> str:
    """Bytes as `512 Bytes`, `12.4 MiB`."""
    from humanize import naturalsize

    return naturalsize(size, binary=True, format="%.1f").replace(".0 ", " ")


def shown_seconds(seconds: float) -> str:
    """A rest of time, short: `8 s`, `3:05`, `1:02:33`."""
    whole = max(0, round(seconds))
    if whole < 60:
        return f"{whole} s"
    minutes, rest = divmod(whole, 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"
