"""Text for an issue: what doctor has found, the settings and the last lines of the log file, with nothing private.

What is shown is chosen, not what is left out: a fact of a finding that nobody has named here is a `…`, and so is one
that does not look as such a fact does. It is English, whatever the language of the interface.
"""

from __future__ import annotations

import errno
import os
import re
import sys
from collections.abc import Iterable, Iterator, Mapping
from enum import Enum
from pathlib import Path, PurePath
from typing import Final
from urllib.parse import urlsplit

import tui
from tui import errors
from tui.config.settings import BY_NAME, HOOKS, SETTINGS, Settings
from tui.doctor.finding import Finding
from tui.doctor.log_lines import LogFileEntry
from tui.errors import Phrase, filled
from tui.wire.hosts import KNOWN_HOSTS, is_loopback

_HIDDEN: Final = "…"
_LAST: Final = 20
"""Warnings of the log file that are shown, the newest ones."""
_MOST_LINES: Final = 150
"""Lines of them, with the places in the code."""
_WORDS: Final = frozenset(
    {
        *("wxtui", "python", "sqlite", "openssl", "system"),
        *("term", "locale", "encoding", "version", "multiplexer", "endpoint", "variable", "hook", "log_level", "line"),
        *("size", "free", "age", "way", "day", "chrome"),
    }
)
"""Facts that are words of programs, and of nobody."""
_OURS: Final = frozenset(
    {*BY_NAME, *HOOKS, *Settings().notify_rules}
    | {one.variable for one in SETTINGS}
    | {choice for one in SETTINGS for choice in one.choices}
)
"""Words of the settings, which nobody has chosen."""
_HOSTS: Final = frozenset({"host", "hosts", "server"})
_PLAIN: Final = r"[A-Za-z0-9][A-Za-z0-9 ._+,:/()=;*'\"#-]{0,79}"
_NAMED: Final = {name: r"[A-Za-z0-9][A-Za-z0-9._+@:-]{0,39}" for name in ("term", "locale")}
"""Form of the names of terminals and locales."""
_WHY: Final = frozenset(map(os.strerror, errno.errorcode)) | {
    "Name or service not known",
    "nodename nor servname provided, or not known",
    "No address associated with hostname",
    "Temporary failure in name resolution",
}
"""Reasons of the system, and of its look-up of names, in the C locale."""
_FOLDERS: Final = frozenset(
    {
        *("/", "~", "home", "root", "tmp", "etc", "usr", "opt", "var", "run", "proc", "dev", "null"),
        *(".local", ".config", ".cache", "state", "share", "cache", "Library", "Application Support", "Caches"),
        *("wxtui", "default", "config.toml", "wxtui.log", "store.sqlite3", "session.json", "owner.lock"),
        *("resolv.conf", "tmux.conf"),
    }
)
"""Parts of a path that say nothing about anybody."""


def report(
    surroundings: str,
    findings: Iterable[Finding],
    settings: Settings,
    log: Iterable[LogFileEntry],
    crash: str = "",
) -> Iterator[str]:
    """Return the lines of the report. `surroundings` are versions and terminal, without names and paths; `crash` is the
    report of the last mistake that ended wxtui."""
    yield "```text"
    yield from map(_safe, _lines(surroundings, findings, settings, log))
    if crash:
        yield ""
        yield "the mistake that ended wxtui last:"
        yield from (f"  {_safe(_placeless(line))}" for line in crash.splitlines()[:_MOST_LINES])
    yield "```"


def _lines(
    surroundings: str,
    findings: Iterable[Finding],
    settings: Settings,
    log: Iterable[LogFileEntry],
) -> Iterator[str]:
    yield from surroundings.splitlines()
    yield ""
    for one in findings:
        kind = getattr(errors, str(one.facts.get("error")), None)
        error = f" [{kind.__name__}]" if isinstance(kind, type) else ""
        yield f"{one.level.value:8} {one.probe}: {shown(one.what)}{error}"
    yield ""
    yield "settings that are not as they are without any:"
    yield from (f"  {line}" for line in list(changed_settings(settings)) or ["none"])
    yield ""
    grave = [one for one in log if one.grave][-_LAST:]
    yield f"last warnings of the log file (log = {settings.log}):"
    yield from [f"  {_placeless(line)}" for one in grave for line in one.lines][-_MOST_LINES:] or ["  none"]


# ---------------------------------------------------------------- sentences


def shown(phrase: Phrase) -> str:
    """Return a sentence in English, in which only such facts are told that say nothing about anybody."""
    return filled(phrase.template, {name: _fact(name, value) for name, value in phrase.facts.items()})


def _fact(name: str, value: object) -> object:
    match value:
        case Phrase():
            return shown(value)
        case None | bool() | int() | float():
            return value
        case PurePath():
            return shown_path(str(value))
        case str() if name == "path":
            return shown_path(value)
        case str() if name in _HOSTS:
            return ", ".join(map(_host, value.split(", ")))
        case str() if value in _WHY or (name in ("name", "before", "all") and value in _OURS):
            return value
        case str() if name in _WORDS and re.fullmatch(_NAMED.get(name, _PLAIN), value):
            return value
        case _:
            return _HIDDEN


def _host(text: str) -> str:
    """Return a host of WeChat's, or of this computer; another one is the person's own."""
    parts = urlsplit(text if "://" in text else f"//{text}")
    name = (parts.hostname or "").removeprefix("login.").removeprefix("file.").removeprefix("webpush.")
    return text if name in KNOWN_HOSTS or is_loopback(name) else _HIDDEN


def shown_path(text: str) -> str:
    """Return a path with `~` for one's home, and nothing else in it that a person may have named."""
    path = PurePath(text)
    home = os.environ.get("HOME", "").rstrip("/")
    if home and path.is_relative_to(home):
        path = PurePath("~", path.relative_to(home))
    return str(PurePath(*(part if part in _FOLDERS else _HIDDEN for part in path.parts)))


# ---------------------------------------------------------------- settings


def changed_settings(settings: Settings) -> Iterator[str]:
    """Return a line for each setting that is not as it is without any; its value only where it is one of a choice."""
    default = Settings()
    for one in SETTINGS:
        value = getattr(settings, one.name)
        if value != getattr(default, one.name):
            yield f"{one.name} = {_setting(value, one.choices)}"


def _setting(value: object, choices: tuple[str, ...]) -> str:
    value = value.value if isinstance(value, Enum) else value
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, int | float) or value in choices:
        return str(value)
    if isinstance(value, Mapping):
        # The rules of kinds, which are words of ours; of keys and hooks, which ones there are.
        return ", ".join(name if re.fullmatch(r"[a-z_.]{1,40}", str(name)) else _HIDDEN for name in value)
    return "(set)"


# ---------------------------------------------------------------- the log file

_SOURCES: Final = tuple(
    sorted({str(Path(tui.__file__).parents[1]), sys.prefix, sys.base_prefix}, key=len, reverse=True)
)


def _placeless(line: str) -> str:
    """Return a line of the log file, without the folders in which the program lies."""
    for place in _SOURCES:
        line = line.replace(f"{place}/", "")
    return re.sub(r'File "/[^"]*/', 'File "…/', line)


def _safe(line: str) -> str:
    """Return a line that ends no block of code, without letters that none of ours has: a name that got in against all
    rules."""
    return re.sub(r"[^\x20-\x7e…“”①▰]+", _HIDDEN, line).replace("```", "'''")
