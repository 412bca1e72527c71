"""How far a transfer is, in words and a bar: the same in the log and in the list of transfers."""

from __future__ import annotations

import math
from enum import Enum
from typing import Final, Protocol

from rich.segment import Segment

from tui.errors import N_
from tui.i18n import _
from tui.terminal.graphemes import cell_len, cut
from tui.units import shown_seconds, shown_size
from tui.widgets.inks import Inks
from tui.widgets.message_forms import Run, Tone, tone_styles

_BAR: Final = 5
_WIDE_BAR: Final = 10
_WIDE_FROM: Final = 42
"""Cells from which on there is room for a bar that shows more."""

WORDS: Final[dict[str, tuple[str, str, Tone]]] = {
    "QUEUED": ("", N_("queued"), Tone.DIM),
    "CHECKING": ("", N_("checking"), Tone.DIM),
    "PAUSED": ("", N_("paused"), Tone.WARN),
    "WAITING": ("! ", N_("waiting for the network"), Tone.WARN),
    "SENDING": ("", N_("sending"), Tone.TEXT),
    "SENT": ("✓ ", N_("sent"), Tone.GOOD),
    "FAILED": ("✗ ", N_("not sent"), Tone.BAD),
    "UNKNOWN": ("? ", N_("may have arrived"), Tone.WARN),
    "CANCELLED": ("", N_("cancelled"), Tone.DIM),
}
"""A sign and words for the states that have no bar; by the name of a `TransferState`."""


class Moving(Protocol):
    """What is shown of a transfer; see `tui.services.transfer.Transfer`."""

    @property
    def state(self) -> Enum:
        """One of `TransferState`."""

    @property
    def size(self) -> int:
        """Bytes in all."""

    @property
    def done(self) -> int:
        """Bytes so far."""

    @property
    def rate(self) -> float:
        """Bytes a second."""

    @property
    def seconds_left(self) -> float | None:
        """How long it will take; None when nobody can say."""


def progress_runs(transfer: Moving, room: int) -> tuple[Run, ...]:
    """`▰▰▰▱▱ 71% 8.8 MiB 3.1 MiB/s 2 s` in at most `room` cells: what matters least stays away first."""
    state = transfer.state.name
    share = min(1.0, max(0.0, transfer.done / transfer.size)) if transfer.size > 0 else 0.0
    percent = f"{int(share * 100)}%"
    if state in WORDS:
        sign, words, tone = WORDS[state]
        return ((cut(sign + _(words) + detail(transfer), max(0, room)), tone),)
    bar = _WIDE_BAR if room >= _WIDE_FROM else _BAR
    if room < bar + 5:
        return ((cut(percent, max(0, room)), Tone.TEXT),)
    full = int(share * bar)
    parts: list[str] = []
    if state == "HASHING":
        parts.append(_("reading the file"))
    else:
        # In the order in which they are missed the least.
        parts.append(shown_size(max(0, transfer.done)))
        parts.append(f"{shown_size(transfer.rate)}/s" if transfer.rate > 0 else "")
        left = transfer.seconds_left
        parts.append(shown_seconds(left) if left is not None and math.isfinite(left) else "")
    figures = [" " + part for part in parts if part]
    while figures and bar + 5 + sum(map(cell_len, figures)) > room:
        del figures[0]
    return (
        ("▰" * full, Tone.ACCENT),
        ("▱" * (bar - full), Tone.DIM),
        (f" {percent:>4}", Tone.TEXT),
        ("".join(figures), Tone.DIM),
    )


def detail(transfer: Moving) -> str:
    """What stands behind the words of a state: how far a paused one is, when the network is tried again."""
    left = transfer.seconds_left
    match transfer.state.name:
        case "PAUSED" if 0 < transfer.done <= transfer.size:
            return f" · {int(transfer.done / transfer.size * 100)}%"
        case "WAITING" if left is not None and math.isfinite(left):
            return f" · {shown_seconds(left)}"
        case _:
            return ""


def progress_text(transfer: Moving, width: int, inks: Inks) -> list[Segment]:
    """The same in the styles of a theme."""
    styles = tone_styles(inks)
    return [Segment(text, styles[tone]) for text, tone in progress_runs(transfer, width) if text]
