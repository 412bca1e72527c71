"""Formats sizes and times for people. humanize, which takes 10 ms to import, is imported when first needed."""

from __future__ import annotations

from datetime import datetime
from typing import Final

from tui.errors import N_
from tui.i18n import NN_, _, counted

_AGES: Final = (
    (86400, NN_("a day ago", "{count} days ago")),
    (3600, NN_("an hour ago", "{count} hours ago")),
    (60, NN_("a minute ago", "{count} minutes ago")),
    (1, NN_("a second ago", "{count} seconds ago")),
)

_MONTHS: Final = N_("Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec")
_WEEKDAYS: Final = N_("Mon Tue Wed Thu Fri Sat Sun")
_MANY: Final = 99
_WEEK: Final = 7
"""Days after which a weekday would name two days."""


def shown_size(size: float) -> str:
    """Return bytes as `512 B`, `12.4 MiB`: the one way in which this program writes a size."""
    if abs(size) < 1024:
        # humanize would translate the unit, by its own setting.
        return f"{int(size)} B"
    from humanize import naturalsize

    return naturalsize(size, binary=True, format="%.1f").replace(".0 ", " ")


def shown_unread(count: int) -> str:
    """Return a number of unread messages, "" for none."""
    return f"{_MANY}+" if count > _MANY else str(count or "")


def line_count(text: str) -> int:
    """Return how many lines a person sees: a newline at the end of a copied text begins no further line."""
    return text.removesuffix("\n").count("\n") + 1


def shown_seconds(seconds: float) -> str:
    """Return a remaining time in short: `8 s`, `3:05`, `1:02:33`."""
    whole = max(0, round(seconds))
    if whole < 60:
        return _("{seconds} s").format(seconds=whole)
    minutes, rest = divmod(whole, 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"


def short_time(time: datetime, now: datetime) -> str:
    """Return a time in short: the clock of today, the date of any other day. Both times are aware."""
    here = time.astimezone()
    return here.strftime("%H:%M") if here.date() == now.astimezone().date() else here.strftime("%Y-%m-%d")


def list_time(time: datetime, now: datetime) -> str:
    """Return a time in short, for a list: the clock of today, else the day. Both times are aware."""
    here = time.astimezone()
    return here.strftime("%H:%M") if here.date() == now.astimezone().date() else day_in_short(time, now)


def coming_time(time: datetime, now: datetime) -> str:
    """Return a time that comes, in short: the clock of today, else the day with the clock. Both times are aware."""
    here, days = time.astimezone(), (time.astimezone().date() - now.astimezone().date()).days
    clock = here.strftime("%H:%M")
    if days == 0:
        return clock
    if 0 < days < _WEEK:
        return f"{_(_WEEKDAYS).split()[here.weekday()]} {clock}"
    return here.strftime("%Y-%m-%d %H:%M")


def day_in_short(time: datetime, now: datetime) -> str:
    """Return the day of a time: today, the weekday of this week, the date, or year and month. Both times are aware."""
    here, today = time.astimezone(), now.astimezone().date()
    days = (today - here.date()).days
    if days == 0:
        return _("today")
    if 0 < days < _WEEK:
        return _(_WEEKDAYS).split()[here.weekday()]
    if here.year == today.year:
        return _("{day} {mon}").format(day=here.day, mon=_(_MONTHS).split()[here.month - 1])
    return here.strftime("%Y-%m")


def kept_at(time: datetime) -> tuple[str, str]:
    """Return the words for what was so at an earlier time: with the clock alone for that day, with the day later."""
    here = time.astimezone()
    day = _("{day} {mon}").format(day=here.day, mon=_(_MONTHS).split()[here.month - 1])
    clock = here.strftime("%H:%M")
    return _("as of {time}").format(time=clock), _("as of {time}").format(time=f"{day} {clock}")


def shown_age(seconds: float) -> str:
    """Return an age in words: `3 minutes ago`. Not humanize's: its Chinese is none that people speak."""
    for unit, (one, more) in _AGES:
        count = int(seconds // unit)
        if count >= 1:
            return counted(one, more, count)
    return _("now")


def shown_duration(seconds: float) -> str:
    """Return how long something took, in words: `0.4 s`, `3 min 5 s`, `2 h 10 min`."""
    if seconds < 10:
        return _("{seconds} s").format(seconds=f"{seconds:.1f}")
    whole = round(seconds)
    if whole < 60:
        return _("{seconds} s").format(seconds=whole)
    minutes, rest = divmod(whole, 60)
    if minutes < 60:
        return _("{minutes} min {seconds} s").format(minutes=minutes, seconds=rest)
    hours, minutes = divmod(minutes, 60)
    return _("{hours} h {minutes} min").format(hours=hours, minutes=minutes)
