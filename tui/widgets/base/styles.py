"""Styles of characters: one accent, and shades of importance. Data, one row a theme."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Iterator
from enum import Enum
from functools import lru_cache
from itertools import pairwise
from typing import Final, TypeAlias

import msgspec
from rich.style import Style


class Tone(Enum):
    """Importance of words. No meaning hangs on colour alone: each also has a sign, a word or a place."""

    TEXT = "text"
    """Written by people."""
    STRONG = "strong"
    """Names, titles, what is unread."""
    DIM = "dim"
    """Times, hints, MsgIDs: there when looked for."""
    ACCENT = "accent"
    """Oneself, the open conversation, what has the focus."""
    GOOD = "good"
    """Arrived, done."""
    WARN = "warn"
    """Unknown, waiting, about to end."""
    BAD = "bad"
    """Failed, refused."""
    FOUND = "found"
    """Found by a search."""

    @property
    def sign(self) -> str:
        """Sign, with a blank, before a sentence about what happened; "" for none."""
        return {Tone.GOOD: "✓ ", Tone.WARN: "! ", Tone.BAD: "✗ "}.get(self, "")


Run: TypeAlias = tuple[str, Tone]
"""Words in one tone; safe for a terminal."""


class Styles(msgspec.Struct, frozen=True):
    """A theme's styles: one for each tone, and two more."""

    text: Style
    strong: Style
    dim: Style
    accent: Style
    good: Style
    warn: Style
    bad: Style
    found: Style
    rule: Style
    """Lines between things."""
    chosen: Style
    """Laid under the row that a key would act on. Its colour is that of words which are dim elsewhere; reverse video
    has none, and no colours at all."""

    def __getitem__(self, tone: Tone) -> Style:
        return getattr(self, tone.value)  # type: ignore[no-any-return]

    def on_chosen(self, style: Style) -> Style:
        """Return a style as it looks in the chosen row: legible, and on the same tint as the rest of the row."""
        return _on_chosen(style, self.chosen, self.text, self.dim)


@lru_cache(maxsize=512)
def _on_chosen(style: Style, chosen: Style, text: Style, dim: Style) -> Style:
    if chosen.reverse:
        # A colour would be the background of its words, and a dim word could not be read on it.
        return text + Style(bold=style.bold, underline=style.underline) + chosen
    if style.color == dim.color:
        return style + chosen
    return style + Style(bgcolor=chosen.bgcolor)


def _styles(**named: str) -> Styles:
    styles = {name: Style.parse(text) for name, text in named.items()}
    # Underlined, so that it is seen without colours.
    return Styles(**styles, found=styles["accent"] + Style(underline=True))


THEME_STYLES: Final = {
    # The terminal's own colours on its own background: right in light and dark ones, and with 16 colours.
    "terminal": _styles(
        text="none",
        strong="bold",
        dim="dim",
        accent="bold green",
        good="green",
        warn="yellow",
        bad="red",
        rule="dim",
        chosen="reverse",
    ),
    "dark": _styles(
        text="#d7dbd8 on #14181a",
        strong="bold #f2f4f3 on #14181a",
        dim="#7d8784 on #14181a",
        accent="bold #2fd07f on #14181a",
        good="#2fd07f on #14181a",
        warn="#e3b341 on #14181a",
        bad="#f47067 on #14181a",
        rule="#2b3234 on #14181a",
        chosen="#a3ada9 on #28332d",
    ),
    "light": _styles(
        text="#1f2624 on #fbfbf9",
        strong="bold #0b0f0e on #fbfbf9",
        dim="#6c7673 on #fbfbf9",
        accent="bold #067a3e on #fbfbf9",
        good="#067a3e on #fbfbf9",
        warn="#8a6100 on #fbfbf9",
        bad="#b3261e on #fbfbf9",
        rule="#d9dcd8 on #fbfbf9",
        chosen="#57605d on #dff1e6",
    ),
}
"""Theme → its styles. `text` carries the background, which the others share."""

_SIXTEEN: Final = {
    # The nearest of sixteen colours to the ones above would be one and the same for the tint and the background.
    "dark": _styles(
        text="white on black",
        strong="bold bright_white on black",
        dim="white on black",
        accent="bold bright_green on black",
        good="bright_green on black",
        warn="bright_yellow on black",
        bad="bright_red on black",
        rule="bright_black on black",
        chosen="reverse",
    ),
    "light": _styles(
        text="black on bright_white",
        strong="bold black on bright_white",
        dim="bright_black on bright_white",
        accent="bold green on bright_white",
        good="green on bright_white",
        warn="magenta on bright_white",
        bad="red on bright_white",
        rule="white on bright_white",
        chosen="reverse",
    ),
}
FEW_COLORS: Final = frozenset({"", "standard", "windows"})
"""Names of what a terminal with at most sixteen colours can show."""


def styles_of(theme: str, colors: str | None) -> Styles:
    """Return a theme's styles on a terminal; `colors` is rich's name of what it can, "" for no colour at all."""
    if colors == "":
        return THEME_STYLES["terminal"]
    found = _SIXTEEN.get(theme) if colors in FEW_COLORS else None
    return found or THEME_STYLES.get(theme, THEME_STYLES["terminal"])


def marked_runs(runs: Iterable[Run], places: Iterable[tuple[int, int]]) -> Iterator[Run]:
    """Yield runs with the words between `begin` and `end` of each place in the tone `FOUND`.

    Places are counted over all runs, ascending and apart.
    """
    edges = [edge for place in places for edge in place]
    at = 0
    for text, tone in runs:
        cuts = [0, *(edge - at for edge in edges if 0 < edge - at < len(text)), len(text)]
        for begin, end in pairwise(cuts):
            if begin < end:
                inside = bisect_right(edges, at + begin) % 2 == 1
                yield text[begin:end], Tone.FOUND if inside else tone
        at += len(text)
