"""The file `config.toml` as text: reading it, finding the line of a setting, and changing one setting in it.

A change leaves every other character as it is: comments, order, blanks. What a setting means is in `settings`.
"""

from __future__ import annotations

import codecs
import fcntl
import os
import re
import stat
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final, TypeAlias

import msgspec

from tui.errors import Phrase, UsageError

Value: TypeAlias = str | bool | int | float | tuple[str, ...]
"""A value that can be written."""

_LARGEST: Final = 1024 * 1024
_LONG: Final = 128 * 1024
_MOST_TRIES: Final = 300
"""Lines of one statement at which it may end, each of which is tried."""
_MANY_DOTS: Final = 500
_LONG_NAME: Final = r"""(?<![\w"'.-])(?:[\w"'-]{1,80}\.){100}"""
_DEEPEST: Final = 10
"""Tables within tables."""
TOO_DEEP: Final = Phrase("its tables are too deep for settings")
_PATIENCE: Final = 2.0
"""Seconds that a change waits for one that another program is making."""
_LOOK_AGAIN: Final = 0.002
_PART: Final = r"""(?:"(?:\\.|[^"\\\n])*"|'[^'\n]*'|[A-Za-z0-9_-]+)"""
_KEY: Final = rf"[ \t]*{_PART}(?:[ \t]*\.[ \t]*{_PART})*[ \t]*=[ \t]*"
_BARE: Final = r"[A-Za-z0-9_-]+"
_CLOSING: Final = ("]", '"""', "'''")
"""Ends of a statement that has several lines."""

# ---------------------------------------------------------------- reading


def read_text(path: Path) -> str:
    """Return the file's text, "" where there is none. Raises `UsageError` for what can be no settings file."""
    try:
        # A pipe in its place would be waited for.
        with open(path, "rb", opener=lambda name, flags: os.open(name, flags | os.O_NONBLOCK)) as file:
            if stat.S_ISFIFO(os.fstat(file.fileno()).st_mode):
                raise UsageError(why=located(path, 0, Phrase("it is not a file")))
            data = file.read(_LARGEST + 1)
    except (FileNotFoundError, NotADirectoryError):
        return ""
    except OSError as error:
        raise UsageError(why=located(path, 0, Phrase("it cannot be read: {why}", why=error.strerror or ""))) from None
    if len(data) > _LARGEST:
        raise UsageError(why=located(path, 0, Phrase("the file is too large for settings")))
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError as error:
        if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
            raise UsageError(why=located(path, 0, Phrase("it is UTF-16 text; save it as UTF-8"))) from None
        line = data.count(b"\n", 0, error.start) + 1
        raise UsageError(why=located(path, line, Phrase("it is not UTF-8 text"))) from None


def parse(path: Path, text: str) -> dict[str, Any]:
    """Return the file's tables. Raises `UsageError` when it is not TOML."""
    import tomllib  # most people have no such file

    if has_long_names(text):
        raise UsageError(why=located(path, 0, TOO_DEEP))
    try:
        tables = tomllib.loads(text.removeprefix("\ufeff"))
    except (ValueError, RecursionError) as error:
        # Also a number of thousands of digits.
        at = re.search(r"\(at line (\d+)", str(error))
        line = int(at[1]) if at else len(text.splitlines())
        said = str(error).split(" (at ")[0]
        raise UsageError(why=located(path, line, Phrase("it is not TOML: {why}", why=said))) from None
    if is_deep(tables):
        raise UsageError(why=located(path, 0, TOO_DEEP))
    return tables


def has_long_names(text: str) -> bool:
    """Return whether a name has a hundred dots: reading thousands of them takes the parser seconds."""
    return text.count(".") > _MANY_DOTS and re.search(_LONG_NAME, text) is not None


def is_deep(tables: Mapping[str, Any]) -> bool:
    """Return whether tables lie within tables as those of no settings do: a `[a.b.c]` with a dozen of names, say."""
    level: list[Any] = [tables]
    for _depth in range(_DEEPEST):
        level = [one for table in level for one in table.values() if isinstance(one, dict)]
    return bool(level)


def located(path: Path, line: int, why: Phrase) -> Phrase:
    """Return the sentence for a mistake in this line; 0 for one of the whole file."""
    if line:
        return Phrase("{path}, line {line}: {why}.", path=path, line=line, why=why)
    return Phrase("{path}: {why}.", path=path, why=why)


def line_numbers(text: str) -> dict[str, int]:
    """Return by name the line of valid TOML on which each setting, or part of one (`keys.revoke`), first stands.

    Of a text that is far larger than settings are, and of a list of hundreds of lines and what follows it, none.
    """
    found: dict[str, int] = {}
    counted, line = 0, 1
    for part in _parts(text) if len(text) <= _LONG else ():
        line += text.count("\n", counted, part.start)
        counted = part.start
        for name in part.names:
            while name:
                found.setdefault(name, line)
                name = name.rpartition(".")[0]
    return found


# ---------------------------------------------------------------- the parts of a text


def start_of_unfinished(text: str) -> int:
    """Return the line on which a statement begins that is not finished at the end of the text; else the last line."""
    end = 1 if text.startswith("\ufeff") else 0
    for part in _parts(text):
        end = part.end
    rest = text[end:]
    blank = re.match(r"(?:[ \t\r]*(?:#[^\n]*)?\n)*", rest)
    start = end + (blank.end() if blank else 0)
    return text.count("\n", 0, start if text[start:].strip() else len(text.rstrip())) + 1


class _Part(msgspec.Struct, frozen=True):
    """Statement of a TOML text, from `start` to `end`: a table's head, or a key and its value.

    `names`: what it sets, from the top, with dots between; of a head the table's own name.
    """

    start: int
    end: int
    names: tuple[str, ...]
    is_head: bool


def _parts(text: str) -> Iterator[_Part]:
    """Yield the statements of a valid TOML text in their order; blank lines and comments are between them."""
    import tomllib

    table = ""
    start = end = 1 if text.startswith("\ufeff") else 0
    tries = 0
    while end < len(text) and tries < _MOST_TRIES:
        line, end = end, text.find("\n", end) + 1 or len(text)
        words = text[line:end].strip()
        if line == start and (not words or words.startswith("#")):
            start = end
            continue
        if line > start and not any(mark in words for mark in _CLOSING):
            continue  # Each try reads all lines of a statement anew, and a list may have thousands.
        tries += 1
        try:
            # The least number of lines that is TOML by itself is one statement.
            found = tomllib.loads(text[start:end])
        except (ValueError, RecursionError):
            continue
        is_head = text[start:end].lstrip().startswith("[")
        names = tuple(_names(found, is_head))
        table = names[0] if is_head else table
        yield _Part(start, end, names if is_head or not table else tuple(f"{table}.{name}" for name in names), is_head)
        start, tries = end, 0


def _names(found: object, is_head: bool) -> Iterator[str]:
    """Yield the names of all values of a statement, or the name of the table that it begins."""
    waiting = [("", found)]
    while waiting:
        prefix, value = waiting.pop()
        inner = value[0] if is_head and isinstance(value, list) and value else value
        if not isinstance(inner, dict) or not inner:
            yield prefix
            continue
        waiting += reversed([(f"{prefix}.{name}" if prefix else name, one) for name, one in inner.items()])


# ---------------------------------------------------------------- changing


def edited(text: str, name: str, value: Value | None) -> str:
    """Return valid TOML with one setting changed (`theme`, or `keys.` and an id), without it for None.

    Raises `ValueError` where it is written in a way in which it cannot be changed alone.
    """
    import tomllib

    before = tomllib.loads(text.removeprefix("\ufeff"))
    parts = list(_parts(text))
    table, _dot, key = name.partition(".")
    there = next((part for part in parts if not part.is_head and name in part.names), None)
    if there is not None:
        result = _replaced(text, there, value)
    elif value is None:
        return text
    elif not key:
        at = _behind_default(text, parts, name) or _end_of_top(text, parts)
        result = _inserted(text, at, f"{name} = {written(value)}")
    else:
        result = _added(text, parts, table, key, value)
    after = tomllib.loads(result.removeprefix("\ufeff"))
    if flat(after) != _changed(flat(before), name, value):
        raise ValueError(name)
    return result


def flat(tables: Mapping[str, Any], prefix: str = "") -> dict[str, object]:
    """Return every value by its name with dots: an id with a dot in it, written without quotes, is a table in TOML."""
    found: dict[str, object] = {}
    for name, value in tables.items():
        if isinstance(value, dict):
            found |= flat(value, f"{prefix}{name}.")
        else:
            found[f"{prefix}{name}"] = value
    return found


def _changed(before: dict[str, object], name: str, value: Value | None) -> dict[str, object]:
    if value is None:
        return {one: other for one, other in before.items() if one != name}
    return before | {name: list(value) if isinstance(value, tuple) else value}


def _replaced(text: str, part: _Part, value: Value | None) -> str:
    """Return the text with the value of a statement replaced, its key, indent and comment kept."""
    statement = text[part.start : part.end]
    begin = re.match(_KEY, statement)
    if begin is None or len(part.names) != 1:
        raise ValueError(part.names[0])
    end = _value_end(statement, begin.end())
    if value is None:
        # Its comment stays: it may be about more than this line.
        comment = statement[end:].lstrip(" \t")
        return text[: part.start] + (comment if comment.startswith("#") else "") + text[part.end :]
    return text[: part.start] + statement[: begin.end()] + written(value) + statement[end:] + text[part.end :]


def _value_end(statement: str, begin: int) -> int:
    """Return where the value ends: before the blanks, comment and line end behind it."""
    import tomllib

    for mark in re.finditer("#|$(?![\\s\\S])", statement):
        if mark.start() < begin:
            continue
        value = statement[begin : mark.start()].rstrip()
        if value.endswith((",", "[")):
            continue  # A comment within a list.
        try:
            tomllib.loads(f"x = {value}")
        except tomllib.TOMLDecodeError:
            continue
        return begin + len(value)
    raise ValueError("no end")


def _behind_default(text: str, parts: list[_Part], name: str) -> int:
    """Return the place behind the line on which the setting stands as a comment, as `wxtui config init` writes it; 0
    where there is none before the first table."""
    found = re.search(rf"^#[ \t]*{re.escape(name)}[ \t]*=.*(?:\n|\Z)", text, re.MULTILINE)
    first = next((part.start for part in parts if part.is_head), len(text))
    inside = found is None or any(part.start < found.start() < part.end for part in parts)
    return 0 if found is None or inside or found.end() > first else found.end()


def _end_of_top(text: str, parts: list[_Part]) -> int:
    """Return where a setting is added: behind the last one before the first table."""
    first = next((part.start for part in parts if part.is_head), None)
    last = max((part.end for part in parts if first is None or part.start < first), default=None)
    if last is not None:
        return last
    if first is None:
        return len(text)
    # A comment right above the first table is about that table.
    at = first
    while at:
        above = text.rfind("\n", 0, at - 1) + 1
        if not text[above:at].lstrip("\ufeff \t").startswith("#"):
            break
        at = above
    return 1 if text.startswith("\ufeff") and at == 0 else at


def _added(text: str, parts: list[_Part], table: str, key: str, value: Value) -> str:
    """Return the text with a key that a table does not have, or with that table at the end."""
    line = f"{key_written(key)} = {written(value)}"
    inside, found, at = False, False, 0
    for part in parts:
        if part.is_head:
            inside = part.names == (table,)
        if inside:
            found, at = True, part.end
    if found:
        return _inserted(text, at, line)
    dotted = [part for part in parts if not part.is_head and len(part.names) == 1]
    for part in reversed(dotted):
        first_head = next((one.start for one in parts if one.is_head), len(text))
        if part.start < first_head and part.names[0].startswith(f"{table}."):
            return _inserted(text, part.end, f"{table}.{line}")
    gap = "\n" if text.strip("\ufeff \t\r\n") else ""
    return _inserted(text, len(text), f"{gap}[{table}]\n{line}")


def _inserted(text: str, at: int, lines: str) -> str:
    """Return the text with whole lines added at the beginning of a line, or at its end."""
    ending = "\r\n" if "\r\n" in text.split("\n", 1)[0] + "\n" else "\n"
    before = text[:at]
    if before.strip("\ufeff") and not before.endswith("\n"):
        before += ending
    behind = text[at:]
    gap = ending if behind.lstrip(" \t").startswith(("[", "#")) and not before.strip("\ufeff") else ""
    return before + lines.replace("\n", ending) + ending + gap + behind


def key_written(name: str) -> str:
    """Return the name of a key as TOML, in quotes where it has to."""
    return name if re.fullmatch(_BARE, name) else written(name)


def written(value: Value) -> str:
    """Return a value as TOML."""
    import json

    match value:
        case bool():
            return "true" if value else "false"
        case int() | float():
            return str(value)
        case str():
            return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007F")
        case _:
            return f"[{', '.join(map(written, value))}]"


def save(path: Path, name: str, value: Value | None) -> None:
    """Change one setting in the file, made where it is missing; a link stays one, and a file's mode is kept.

    The file is replaced whole or not at all, and two programs may do so at once. Raises `UsageError` when it is not
    TOML, and `HomeUnusable`.
    """
    from tui.services.util.private_file import replace_whole

    with _alone(path):
        text = read_text(path)
        parse(path, text)
        try:
            changed = edited(text, name, value)
        except ValueError:
            why = Phrase("“{name}” is written in a way that wxtui cannot edit", name=name)
            raise UsageError(why=located(path, line_numbers(text).get(name, 0), why)) from None
        if changed != text:
            replace_whole(path.resolve(), changed.encode())


@contextmanager
def _alone(path: Path) -> Iterator[None]:
    """Keep another program from replacing the file between reading and replacing it: its change would be lost.

    A file that cannot be locked, or is locked for long, is changed all the same.
    """
    end = time.monotonic() + _PATIENCE
    while (handle := _opened(path)) is not None:
        try:
            if _is_locked(handle, path) or time.monotonic() > end:
                yield
                return
        finally:
            os.close(handle)
        # In a thread of the settings; the event loop goes on.
        time.sleep(_LOOK_AGAIN)
    yield


def _is_locked(handle: int, path: Path) -> bool:
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        # Whoever had it before has put another file in its place.
        return os.path.samestat(os.fstat(handle), path.stat())
    except (BlockingIOError, FileNotFoundError):
        return False
    except OSError:
        return True  # Nobody can lock it here.


def _opened(path: Path) -> int | None:
    try:
        return os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError:
        return None
