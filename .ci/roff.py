"""Writes a man page: man(7) macros, read by groff and mandoc alike."""

from __future__ import annotations

import re
from collections.abc import Iterable

_SPECIAL = {"\\": r"\e", "-": r"\-", "'": r"\(aq", "`": r"\(ga", "^": r"\(ha", "~": r"\(ti", '"': r"\(dq"}
_OPTION = r"(?<![\w\\/-])--?[a-zA-Z][\w-]*"
_WIDE = "\u2e80-\u9fff\uac00-\ud7ff\uff00-\uffef\U0001f000-\U0001ffff"
_OPENS = "（《「『“‘〈【([<"
_CLOSES = "，。、；：？！）》」』”’〉】…,.;:?!)]>%"
NULL = "\0"
"""Stands for BREAK until the text is written."""
BREAK = "\\:"
"""A place where a line may end, inside a word."""


def escaped(text: str, *, ascii_only: bool) -> str:
    """Return a text that means nothing to roff; other characters by their number where the page is ASCII."""
    out = "".join(_SPECIAL.get(char, char) for char in text)
    if ascii_only:
        out = "".join(char if char.isascii() else f"\\[u{ord(char):04X}]" for char in out)
    return out


def breakable(text: str) -> str:
    """Return a text with a place to break between Chinese characters, as readers of roff have no rule for them."""
    between = rf"(?<=[{_WIDE}])(?=\S)|(?<=[^\s])(?=[{_WIDE}])"

    def mark(found: re.Match[str]) -> str:
        before, behind = text[found.start() - 1], text[found.start()]
        return "" if before in _OPENS or behind in _CLOSES else NULL

    return re.sub(between, mark, text)


def parted(text: str) -> str:
    """Return a text whose long words, as paths and choices, may break behind a sign; names that are sought may not."""
    return re.sub(r"\S{16,}", lambda word: re.sub(r"(?<=\w[/|])(?=[\w~])", NULL, word[0]), text)


class Page:
    """Lines of a man page. An English one is ASCII; a Chinese one is UTF-8 and may break between any two characters."""

    def __init__(self, title: str, section: int, version: str, manual: str, *, chinese: bool) -> None:
        self._chinese = chinese
        self._lines = [
            '.\\" -*- coding: utf-8 -*-',
            '.\\" Made by .ci/pages.py from the tables of the program: do not edit.',
            f'.TH {title} {section} "" "{version}" "{self._plain(manual)}"',
            ".nh",
            ".ad l",
        ]

    def __str__(self) -> str:
        return "\n".join(self._lines) + "\n"

    def _plain(self, text: str) -> str:
        return escaped(text, ascii_only=not self._chinese)

    def _text(self, text: str) -> str:
        """Return running text: options bold, one line that begins with no control character."""
        text = parted(" ".join(text.split()))
        if self._chinese:
            text = breakable(text)
        parts = re.split(f"({_OPTION})", text)
        text = "".join(
            f"\\fB{self._plain(part)}\\fR" if at % 2 else self._plain(part) for at, part in enumerate(parts)
        ).replace(NULL, BREAK)
        return f"\\&{text}" if text.startswith((".", "\\(aq")) else text

    def name(self, name: str, what: str) -> None:
        """Write the line that `whatis` reads."""
        self._lines.append(f"{self._plain(name)} \\- {self._plain(what)}")

    def section(self, title: str) -> None:
        """Begin a section."""
        self._lines.append(f'.SH "{self._plain(title)}"')

    def part(self, title: str) -> None:
        """Begin a part of a section."""
        self._lines.append(f'.SS "{self._plain(title)}"')

    def paragraphs(self, text: str) -> None:
        """Write paragraphs, which an empty line parts."""
        for one in text.split("\n\n"):
            self._lines += [".PP", self._text(one)]

    def synopsis(self, name: str, rest: Iterable[str]) -> None:
        """Write a usage line."""
        self._lines += [".PP", " ".join([f"\\fB{self._plain(name)}\\fR", *map(self._plain, rest)])]

    def item(self, tag: str, *texts: str) -> None:
        """Write a word and what it means, in one or more paragraphs."""
        self._lines += [".TP", f"\\fB{self._plain(parted(tag)).replace(NULL, BREAK)}\\fR"]
        for at, text in enumerate(filter(None, texts)):
            self._lines += [*([".IP"] if at else []), self._text(text)]

    def example(self, text: str) -> None:
        """Write lines as they are."""
        self._lines += [".PP", ".RS 4", ".nf"]
        self._lines += (f"\\&{self._plain(line)}" for line in text.splitlines())
        self._lines += [".fi", ".RE"]
