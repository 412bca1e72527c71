"""The few ways in which this program draws a character: one accent, and shades of importance. Data, one row a theme."""

from __future__ import annotations

from typing import Final

import msgspec
from rich.style import Style


class Styles(msgspec.Struct, frozen=True):
    """Styles by meaning. No meaning hangs on colour alone: each also has a sign, a word or a place."""

    text: Style
    """What people wrote."""
    strong: Style
    """Names, titles, what is unread."""
    dim: Style
    """Times, hints, MsgIDs: there when looked for."""
    accent: Style
    """Oneself, the open conversation, what has the focus."""
    good: Style
    """Arrived, done."""
    warn: Style
    """Unknown, waiting, about to end."""
    bad: Style
    """Failed, refused."""
    rule: Style
    """Lines between things."""
    chosen: Style
    """Laid under the line that a key would act on."""


def _inks(
    *, text: str, strong: str, dim: str, accent: str, good: str, warn: str, bad: str, rule: str, chosen: str
) -> Styles:
    style = Style.parse
    return Styles(
        style(text), style(strong), style(dim), style(accent), style(good), style(warn), style(bad), style(rule),
        style(chosen),
    )  # fmt: skip


INKS: Final = {
    # The terminal's own colours on its own background: right in light and dark ones, and with 16 colours.
    "terminal": _inks(
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
    "dark": _inks(
        text="#d7dbd8 on #14181a",
        strong="bold #f2f4f3 on #14181a",
        dim="#7d8784 on #14181a",
        accent="bold #2fd07f on #14181a",
        good="#2fd07f on #14181a",
        warn="#e3b341 on #14181a",
        bad="#f47067 on #14181a",
        rule="#2b3234 on #14181a",
        chosen="on #22302a",
    ),
    "light": _inks(
        text="#1f2624 on #fbfbf9",
        strong="bold #0b0f0e on #fbfbf9",
        dim="#6c7673 on #fbfbf9",
        accent="bold #067a3e on #fbfbf9",
        good="#067a3e on #fbfbf9",
        warn="#8a6100 on #fbfbf9",
        bad="#b3261e on #fbfbf9",
        rule="#d9dcd8 on #fbfbf9",
        chosen="on #dff1e6",
    ),
}
"""Theme → its inks. `text` carries the background, which the others share."""
