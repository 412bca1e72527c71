"""Masks what looks like a secret in a report and its log."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import BinaryIO

import msgspec

from tui.services.program_run.last_lines import LastLines
from tui.services.util.secret_patterns import SecretMask, safe_end

_BLOCK = 1024 * 1024
_LONGEST = 8192
"""Bytes of a secret with its name, at most: a line that is cut is cut before it."""


class Content(msgspec.Struct):
    """Content of a report: what was run, the last lines of its output, and its log."""

    what: str
    """The command line, or the title that stands for it."""
    lines: list[str]
    log: BinaryIO | None = None


class Masked(msgspec.Struct):
    """A report without its secrets. `found` are lines with something masked in them, as they are sent then."""

    content: Content
    found: list[str]
    count: int
    """Lines with something masked, also those that `found` does not have."""


def mask_report(
    what: str,
    last: LastLines,
    log: BinaryIO | None,
    folder: Path,
    on_bytes: Callable[[int], None] = lambda done: None,
) -> Masked:
    """Return the report without its secrets; a log is written anew below `folder` where it has any. Raises `OSError`.

    The log is read to its end, and stands at its beginning again; it stays open. `on_bytes` hears how far that is.
    """
    mask = SecretMask()
    what = mask.feed(what.encode("utf-8", "replace")).decode("utf-8", "replace")
    count, found = mask.count, [line for _number, line in mask.lines]
    # Lines before the wanted ones belong to it: a private key may have begun there.
    mask = SecretMask()
    lines = mask.feed("\n".join(last.all).encode("utf-8", "replace")).decode("utf-8", "replace").split("\n")
    shown = last.last(lines)
    wanted = len(lines) - len(shown)
    seen = [line for number, line in mask.lines if number > wanted]
    in_text = max(len(seen), _masked_in(shown))
    if log is None:
        return Masked(Content(what, shown), _texts(found + seen), count + in_text)
    mask = SecretMask()
    whole = _without(log, mask, folder, on_bytes)
    # The lines of the text are most often those of the log, but not always: a line that is written over, say.
    if in_text <= mask.count:
        seen = [line for _number, line in mask.lines]
    return Masked(Content(what, shown, whole), _texts(found + seen), count + max(in_text, mask.count))


def _masked_in(lines: list[str]) -> int:
    from tui.services.util.secret_patterns import MASK

    return sum(MASK in line for line in lines)


def _texts(lines: list[bytes]) -> list[str]:
    return [line.decode("utf-8", "replace").strip() for line in lines]


def _without(log: BinaryIO, mask: SecretMask, folder: Path, on_bytes: Callable[[int], None]) -> BinaryIO:
    """Return a log without its secrets: the same file where it has none."""
    log.seek(0)
    copy: BinaryIO | None = None
    rest, done = b"", 0
    try:
        while block := log.read(_BLOCK):
            whole, line_end, begun = (rest + block).rpartition(b"\n")
            whole, rest = whole + line_end, begun
            if len(rest) > _BLOCK:
                end = safe_end(rest, len(rest) - _LONGEST) or len(rest)
                whole, rest = rest[:end], rest[end:]
            copy = _put(mask, whole, log, copy, folder, done)
            done += len(whole)
            on_bytes(done)
        copy = _put(mask, rest, log, copy, folder, done)
        log.seek(0)
    except BaseException:
        if copy is not None:
            copy.close()
        raise
    if copy is None:
        return log
    copy.seek(0)
    return copy


def _put(
    mask: SecretMask, lines: bytes, log: BinaryIO, copy: BinaryIO | None, folder: Path, done: int
) -> BinaryIO | None:
    """Write lines to the copy, which is made, with the `done` bytes before, when something is masked first."""
    shown = mask.feed(lines)
    if copy is None:
        if shown == lines:
            return None
        at = log.tell()
        log.seek(0)
        copy = tempfile.TemporaryFile(dir=folder)  # noqa: SIM115 - it is returned
        while done and (block := log.read(min(_BLOCK, done))):
            copy.write(block)
            done -= len(block)
        log.seek(at)
    copy.write(shown)
    return copy
