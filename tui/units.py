"""Sizes and times as people read them. humanize is imported when first needed: it costs 10 ms, most runs never do."""

from __future__ import annotations

from datetime import datetime
from typing import Final

from tui.errors import N_
from tui.i18n import _

_AGES: Final = (
    (86400, N_("a day ago"), N_("{count} days ago")),
    (3600, N_("an hour ago"), N_("{count} hours ago")),
    (60, N_("a minute ago"), N_("{count} minutes ago")),
    (1, N_("a second ago"), N_("{count} seconds ago")),
)


def shown_size(size: float) -> str:
    """Bytes as `512 Bytes`, `12.4 MiB`."""
    if abs(size) < 1024:
        # humanize's own words follow a language of its own.
        return _("1 Byte") if int(size) == 1 else _("{count} Bytes").format(count=int(size))
    from humanize import naturalsize

    return naturalsize(size, binary=True, format="%.1f").replace(".0 ", " ")


def shown_seconds(seconds: float) -> str:
    """A rest of time, short: `8 s`, `3:05`, `1:02:33`."""
    whole = max(0, round(seconds))
    if whole < 60:
        return _("{seconds} s").format(seconds=whole)
    minutes, rest = divmod(whole, 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"


def short_time(time: datetime, now: datetime) -> str:
    """A moment in little room, both aware: the clock of today, the day of all others."""
    here = time.astimezone()
    return here.strftime("%H:%M") if here.date() == now.astimezone().date() else here.strftime("%Y-%m-%d")


def shown_age(seconds: float) -> str:
    """How long ago, for hours and days: `3 minutes ago`. Not humanize's: its Chinese is none that people speak."""
    for unit, one, more in _AGES:
        count = int(seconds // unit)
        if count >= 1:
            return _(one) if count == 1 else _(more).format(count=count)
    return _("now")
