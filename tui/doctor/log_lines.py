"""Lines of the log file, read again: how many there are of each level, and the last ones. Looking changes nothing."""

from __future__ import annotations

import errno
import os
import re
import stat
from collections.abc import Iterator
from contextlib import suppress
from datetime import datetime
from pathlib import Path
from typing import Final

import msgspec

from tui.doctor.finding import Finding, fine, warning
from tui.errors import Phrase
from tui.paths import Profile
from tui.services.util.log_file import LARGEST, older
from tui.units import shown_age, shown_size

_HEAD: Final = r"(\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d{3} [+-]\d{4}) (\w+) \w+\[\d+\]: "
_GRAVE: Final = frozenset({"warning", "error", "critical"})
_MISTAKES: Final = frozenset({"error", "critical"})
_RECENT: Final = 7 * 24 * 3600.0
"""Seconds after which a mistake of wxtui is no news."""


class LogFileEntry(msgspec.Struct, frozen=True):
    """Line of the log file, with what is indented below it; `at` is aware."""

    at: datetime
    level: str
    lines: tuple[str, ...]

    @property
    def grave(self) -> bool:
        """True for a warning, and for what is worse."""
        return self.level in _GRAVE


def entries(profile: Profile) -> list[LogFileEntry]:
    """Return what the two files have, the oldest first. Raises `OSError` where one is there and cannot be read."""
    found: list[LogFileEntry] = []
    for path in (older(profile.log_place), profile.log_place):
        with suppress(FileNotFoundError):
            found += _entries(_read(path))
    return found


def _read(path: str) -> str:
    handle = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NOFOLLOW | os.O_NONBLOCK)
    with os.fdopen(handle, "rb") as file:
        if not stat.S_ISREG(os.fstat(handle).st_mode):
            raise OSError(0, "")
        return file.read(3 * LARGEST).decode("utf-8", "replace")


def _entries(text: str) -> Iterator[LogFileEntry]:
    at, level, lines = None, "", list[str]()
    for line in text.split("\n"):
        head = re.match(_HEAD, line)
        if head is None:
            if line.startswith("  "):
                lines.append(line)
            continue
        if at is not None:
            yield LogFileEntry(at, level, tuple(lines))
        at, level, lines = _moment(head[1]), head[2], [line]
    if at is not None:
        yield LogFileEntry(at, level, tuple(lines))


def _moment(text: str) -> datetime | None:
    try:
        return datetime.strptime(text, "%Y-%m-%d %H:%M:%S.%f %z")
    except ValueError:
        return None


def log_file(profile: Profile, level: str, now: datetime) -> Finding:
    """Describe the log file: where it is, how large, and what is in it; `now` is aware."""
    path = Path(profile.log_place)
    facts: dict[str, object] = {"path": str(path), "log_level": level}
    if level == "off":
        return fine("log", Phrase("there is no log file (log = “{log_level}”)", log_level=level), **facts)
    try:
        status = path.lstat()
    except FileNotFoundError:
        return fine("log", Phrase("nothing was worth a line yet (it would be {path})", path=path), **facts)
    except OSError as error:
        return _unusable(path, error.strerror, facts)
    if not stat.S_ISREG(status.st_mode) or status.st_uid != os.geteuid():
        return _unusable(path, Phrase("it is not a file of yours"), facts)
    if not os.access(path, os.R_OK | os.W_OK):
        return _unusable(path, os.strerror(errno.EACCES), facts)
    try:
        found = [one for one in entries(profile) if one.grave]
    except OSError as error:
        return _unusable(path, error.strerror, facts)
    facts |= {"size": shown_size(status.st_size), "warnings": len(found)}
    mistakes = sum(one.level in _MISTAKES and (now - one.at).total_seconds() < _RECENT for one in found)
    if mistakes:
        what = Phrase("{path}: mistakes of wxtui in the last week: {count}", path=path, count=mistakes)
        return warning("log", what, Phrase("To report them: wxtui doctor --report"), mistakes=mistakes, **facts)
    what = Phrase("{path}, {size}, warnings: {warnings}", path=path, size=facts["size"], warnings=len(found))
    if found:
        age = shown_age(max(0.0, (now - found[-1].at).total_seconds()))
        what = Phrase("{what}, the last one {age}", what=what, age=age)
    return fine("log", what, **facts)


def _unusable(path: Path, why: object, facts: dict[str, object]) -> Finding:
    what = Phrase("the log file “{path}” cannot be used: {why}", path=path, why=why)
    return warning("log", what, Phrase("Remove it, or check its permissions."), **facts)
