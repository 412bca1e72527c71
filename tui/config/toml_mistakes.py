"""Mistakes of TOML itself, all of them and not only the first: what stands around them is read all the same.

A line that is wrong is left out, and the rest is read again. Only what is not closed takes all that follows with it.
"""

from __future__ import annotations

import re
import tomllib
from typing import Any, Final

from tui.config.config_file import TOO_DEEP, has_long_names, is_deep, start_of_unfinished
from tui.errors import Phrase

_LARGEST: Final = 64 * 1024
"""Characters of a text that is read again and again; of a larger one the first mistake is told."""
_MOST: Final = 20
"""Mistakes that are told; a file with more is something else than settings."""
_NAME: Final = re.compile(r"[ \t]*([A-Za-z0-9_.-]{1,60})[ \t]*=")
_SWITCH: Final = re.compile(r"=[ \t]*(?:true|false|yes|no|on|off)[ \t]*(?:#.*)?$", re.IGNORECASE)

_HEAD: Final = re.compile(r"[ \t]*\[")
_BEGIN: Final = re.compile(r"[ \t]*(?:\[|[^\s=\[\]#][^=\[\]#]{0,200}=)")
_UNFINISHED: Final = Phrase("a quote or ] at the end is missing")
_REASONS: Final = (
    (r"Invalid value(?s:.*)=[ \t]*(?:#.*)?$", Phrase("the value is missing")),
    (r"Invalid value(?s:.*)[“”‘’「」＂]", Phrase("texts need straight quotes: theme = {text}", text='"dark"')),
    (r"Invalid value", Phrase("texts need quotes: theme = {text}", text='"dark"')),
    (r"Unescaped|Invalid hex", Phrase("write \\\\ for \\ in a text, or put the text between '…'")),
    (r"Illegal character '\\n'|Unterminated string", Phrase("the quote at the end is missing")),
    (r"Cannot declare|already defined", Phrase("this table is here twice")),
    (r"Expected '=' after", Phrase("= is missing behind the name")),
    (r"Unclosed inline", Phrase("{brace} is missing on the same line", brace="}")),
    (r"Expected ']' at|Unclosed array", Phrase("] is missing, or a comma between two values")),
    (r"Expected newline", Phrase("each setting needs a line of its own")),
)
"""What the parser says, a line break, and the line; the reason in words."""


def recovered(text: str) -> tuple[dict[str, Any], str, list[tuple[int, Phrase]]]:
    """Return what a text that is not TOML sets nevertheless, the text without the wrong lines, (line, why) of each."""
    if has_long_names(text):
        return {}, "", [(0, TOO_DEEP)]
    lines = text.removeprefix("\ufeff").replace("\r\n", "\n").split("\n")
    wrong: list[tuple[int, Phrase]] = []
    while True:
        left = "\n".join(lines) + "\n"
        try:
            tables = tomllib.loads(left)
            return ({}, "", [*wrong, (0, TOO_DEEP)]) if is_deep(tables) else (tables, left, wrong)
        except (ValueError, RecursionError) as error:
            if len(wrong) == _MOST:
                return {}, "", wrong
            at = re.search(r"\(at line (\d+)", str(error))
            line = int(at[1]) if at else start_of_unfinished(left)
            is_open = isinstance(error, tomllib.TOMLDecodeError) and not at
            why = _UNFINISHED if is_open else _why(error, lines[line - 1])
            wrong.append((line, Phrase("it is not TOML: {why}", why=why)))
        if len(text) > _LARGEST:
            return {}, "", wrong
        first, behind = (line - 1, len(lines)) if is_open else _statement(lines, line)
        lines[first:behind] = [""] * (behind - first)


def _statement(lines: list[str], line: int) -> tuple[int, int]:
    """Return the index of the first line of a statement, and of the one behind its last; of a head, of its table.

    What stands in a table whose head is wrong is of no other one.
    """
    is_head = lines[line - 1].lstrip().startswith("[")
    begins = _HEAD.match if is_head else _BEGIN.match
    first = next((at for at in range(line - 1, -1, -1) if begins(lines[at])), line - 1)
    return first, next((at for at in range(line, len(lines)) if begins(lines[at])), len(lines))


def _why(error: Exception, line: str) -> Phrase | str:
    """Return the reason inside a sentence. It has no part of the value, which may be a password."""
    if not isinstance(error, tomllib.TOMLDecodeError):
        return Phrase("no setting has such a value")
    said = str(error).split(" (at ")[0]
    if said.startswith(("Cannot overwrite", "Duplicate")) and (name := _NAME.match(line)):
        return Phrase("“{name}” is set twice", name=name[1])
    if said == "Invalid value" and _SWITCH.search(line):
        return Phrase("a switch is true or false, in small letters")
    return next((why for pattern, why in _REASONS if re.match(pattern, f"{said}\n{line}")), said)
