"""Printing: words for people, one JSON object a line for scripts; never a control character to a terminal."""

from __future__ import annotations

import contextlib
import json
import os
import re
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Final

from tui.cli.shared.streams import ReaderGone, give_up_stdout, stdout_has_room
from tui.cli.word_wrap import columns_of, in_lines
from tui.errors import OutputFailed, Phrase, SettingsWrong, WxtuiError
from tui.i18n import _, say, translated
from tui.kept_screen import early
from tui.wire.text import printable

if TYPE_CHECKING:
    from pathlib import Path

_UNSAFE: Final = "[\x7f-\x9f\u200e\u200f\u061c\u2028-\u202e\u2066-\u2069\ufeff\ufff9-\ufffb\ud800-\udfff]"
_PIECE: Final = 1000
"""Characters of which a pipe that has room at all takes all: it has room for 4096 bytes."""


_quiet = False


def be_quiet(quiet: bool) -> None:
    """Print no progress, notices and hints from now on (`--quiet`), or print them again."""
    global _quiet
    _quiet = quiet


def is_quiet() -> bool:
    """Return True where only results, warnings and errors are wanted."""
    return _quiet


def clean(text: str) -> str:
    """Return a text as a single line that is safe for a terminal."""
    return printable(text, newlines=False)


def write(text: str, *, keep: bool = False, raw: bytes = b"", exact: bool = False) -> None:
    """Write a line and flush it: whoever reads a pipe wants it now. All but tabs is made safe for a terminal.

    `exact`: the text is written as it is; for a drawing, JSON, or a path for a program.

    `keep`: the line says what was done, so it goes to standard error when standard output fails. `raw` is written
    instead of `text` where standard output takes bytes. Raises `OutputFailed`; `ReaderGone` where nobody reads
    the output and the line need not be kept.
    """
    out = sys.stdout
    if not exact:
        text = "\t".join(printable(column, newlines=True) for column in text.split("\t"))
    try:
        binary = getattr(out, "buffer", None) if raw else None
        if binary is not None:
            out.flush()
            binary.write(raw + b"\n")
        else:
            out.write(text + "\n")
        out.flush()
    except OSError as error:
        give_up_stdout()
        if isinstance(error, BrokenPipeError) and not keep:
            raise ReaderGone from None
        if keep:
            # A full disk must not cost a MsgID.
            _to_stderr(text)
        raise OutputFailed(why=error.strerror or Phrase("input/output error")) from None


async def write_patiently(text: str, *, exact: bool) -> None:
    """Write a line as `write` does; while its reader takes nothing, everything else goes on."""
    if not exact:
        text = "\t".join(printable(column, newlines=True) for column in text.split("\t"))
    text += "\n"
    for start in range(0, len(text), _PIECE):
        await stdout_has_room()
        with _failing_as_ours():
            sys.stdout.write(text[start : start + _PIECE])
            sys.stdout.flush()


def write_bytes(data: bytes) -> None:
    """Write bytes, of a file say, to standard output. Raises `OutputFailed`, `ReaderGone`."""
    with _failing_as_ours():
        sys.stdout.buffer.write(data)
        sys.stdout.buffer.flush()


@contextlib.contextmanager
def _failing_as_ours() -> Iterator[None]:
    try:
        yield
    except OSError as error:
        give_up_stdout()
        if isinstance(error, BrokenPipeError):
            raise ReaderGone from None
        raise OutputFailed(why=error.strerror or Phrase("input/output error")) from None


def takes_colours() -> bool:
    """Return whether standard output is a terminal that somebody wants colours on."""
    return sys.stdout.isatty() and not os.environ.get("NO_COLOR") and os.environ.get("TERM", "dumb") != "dumb"


def write_rows(rows: Sequence[Sequence[str]]) -> None:
    """Write rows of texts: to a terminal in columns, into a pipe with tabs between them. Raises as `write` does."""
    if not sys.stdout.isatty():
        for row in rows:
            write("\t".join(map(clean, row)))
        return
    for line in in_columns([[clean(text) for text in row] for row in rows]):
        write(line)


def in_columns(rows: Sequence[Sequence[str]]) -> list[str]:
    """Return a line for each row, in which the columns are aligned; one that is always empty is left out."""
    from tui.terminal.graphemes import cell_len, pad  # Loads rich, which nothing needs that prints no table.

    wide = [max(map(cell_len, column)) for column in zip(*rows, strict=True)]
    used = [at for at, cells in enumerate(wide) if cells]
    return ["  ".join(pad(row[at], wide[at]) for at in used).rstrip() for row in rows]


def write_path(path: Path, *, keep: bool = False) -> None:
    """Write a path on a line; into a pipe its exact bytes, whatever the locale. `keep` and errors as in `write`."""
    if sys.stdout.isatty():
        write(clean(str(path)), keep=keep)
    else:
        write(str(path), keep=keep, raw=os.fsencode(path), exact=True)


def _to_stderr(text: str) -> None:
    """Write a line to standard error; where that fails, nobody is left to be told."""
    early.restore()
    with contextlib.suppress(OSError):
        sys.stderr.write(text + "\n")
        sys.stderr.flush()


def tell(text: str) -> None:
    """Write a sentence for the person to standard error, also with `--quiet`: what failed, is missing or is unsure. A
    terminal is given lines that break between words; what begins with a blank is to be copied, and stays in one.
    """
    text = clean(text)
    if not text.startswith(" ") and (width := columns_of(sys.stderr)):
        text = "\n".join(in_lines(text, width))
    _to_stderr(text)


def tell_notice(text: str) -> None:
    """Write a line to standard error that somebody can do without who wants only the result: what is waited for, and
    what went as it should."""
    if not _quiet:
        tell(text)


def tell_person(text: str) -> None:
    """Write a notice for somebody who reads the output on a terminal; a script needs none."""
    if sys.stdout.isatty() and sys.stderr.isatty():
        tell_notice(text)


def tell_trouble(error: WxtuiError, seconds: float) -> None:
    """Tell the person of a network failure after which wxtui tries again by itself."""
    what = say(error, advice=False)
    tell_notice("wxtui: " + _("{what} Trying again in {seconds} s.").format(what=what, seconds=round(seconds, 1)))


def json_line(value: Mapping[str, object]) -> str:
    """Return a JSON object on one line; characters that could move a terminal's cursor are escaped."""
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    return re.sub(_UNSAFE, lambda match: f"\\u{ord(match[0]):04x}", text)


def write_json(value: Mapping[str, object], *, keep: bool = False) -> None:
    """Write a JSON object as a line to standard output. `keep` as in `write`."""
    write(json_line(value), keep=keep, exact=True)


def write_outcome(facts: Mapping[str, object], sentence: str, *, as_json: bool) -> None:
    """Write what a command has done: the facts for scripts, a sentence for people."""
    if as_json:
        write_json(facts)
    else:
        write(clean(sentence))


def write_error(error: WxtuiError, *, as_json: bool) -> None:
    """Write an error's sentence to standard error, and for scripts as JSON to standard output as well."""
    if as_json:
        # An output that fails does not change what went wrong first.
        with contextlib.suppress(OutputFailed):
            write_json({"error": error.code, "message": str(error), "exit_code": error.exit_code}, keep=True)
    if isinstance(error, SettingsWrong):
        tell_mistakes(error.mistakes)
    else:
        tell(f"wxtui: {say(error)}")


def tell_mistakes(mistakes: Iterable[Phrase]) -> None:
    """Write each mistake in the settings on a line of standard error."""
    for mistake in mistakes:
        tell(f"wxtui: {translated(mistake)}")
