"""Progress of an upload, in words and a bar, for the log and the list of uploads."""

from __future__ import annotations

import math
from typing import Final, NamedTuple

from rich.segment import Segment

from tui.errors import N_
from tui.i18n import _
from tui.services.uploads.upload_state import Upload, UploadState
from tui.terminal.graphemes import cell_len, cut
from tui.units import shown_seconds, shown_size
from tui.widgets.base.styles import Run, Styles, Tone

BAR: Final = 5
"""Cells of a bar in a line that has other words."""
_WIDE_BAR: Final = 10
_WIDE_FROM: Final = 42
"""Cells from which on there is room for a wider bar."""


class StateText(NamedTuple):
    """Words for a state that has no bar."""

    sign: str
    words: str
    tone: Tone


STATES: Final = {
    UploadState.QUEUED: StateText("", N_("queued"), Tone.DIM),
    UploadState.CHECKING: StateText("", N_("checking"), Tone.DIM),
    UploadState.PAUSED: StateText("", N_("paused"), Tone.WARN),
    UploadState.WAITING: StateText("! ", N_("waiting for the network"), Tone.WARN),
    UploadState.SENDING: StateText("", N_("sending"), Tone.TEXT),
    UploadState.SENT: StateText("✓ ", N_("sent"), Tone.GOOD),
    UploadState.FAILED: StateText("✗ ", N_("not sent"), Tone.BAD),
    UploadState.UNKNOWN: StateText("? ", N_("may have arrived"), Tone.WARN),
    UploadState.CANCELLED: StateText("", N_("cancelled"), Tone.DIM),
}
"""States without a bar, with their words; the two that have a bar are missing."""


def state_text(state: UploadState) -> StateText | None:
    """Return the words for a state, None for one that has a bar."""
    said = STATES.get(state)
    return said and StateText(said.sign, _(said.words), said.tone)


def progress_runs(upload: Upload, room: int) -> tuple[Run, ...]:
    """Return a line of a list: a bar with aligned figures, or sign and words for a state without one."""
    said = state_text(upload.state)
    if said is not None:
        return ((cut(said.sign + said.words + detail(upload), max(0, room)), said.tone),)
    return bar_runs(upload, room, _WIDE_BAR if room >= _WIDE_FROM else BAR, aligned=True)


def bar_runs(upload: Upload, room: int, bar: int, *, aligned: bool = False) -> tuple[Run, ...]:
    """Return `▰▰▰▱▱ 71% 8.8 MiB 3.1 MiB/s 2 s` in at most `room` cells, of which `bar` are the bar."""
    share = min(1.0, max(0.0, upload.done / upload.size)) if upload.size > 0 else 0.0
    percent = f"{int(share * 100)}%"
    if room < bar + 1 + len("100%"):
        return ((cut(percent, max(0, room)), Tone.TEXT),)
    full = int(share * bar)
    percent = f" {percent:>4}" if aligned else f" {percent}"
    figures = [" " + figure for figure in _figures(upload)]
    while figures and bar + len(percent) + sum(map(cell_len, figures)) > room:
        del figures[0]
    return (
        ("▰" * full, Tone.ACCENT),
        ("▱" * (bar - full), Tone.DIM),
        (percent, Tone.TEXT),
        ("".join(figures), Tone.DIM),
    )


def _figures(upload: Upload) -> list[str]:
    """Return the figures of a bar; the first is missed the least."""
    if upload.state is UploadState.HASHING:
        return [_("reading the file")]
    left = upload.seconds_left
    figures = [
        shown_size(max(0, upload.done)),
        f"{shown_size(upload.rate)}/s" if upload.rate > 0 else "",
        shown_seconds(left) if left is not None and math.isfinite(left) else "",
    ]
    return [figure for figure in figures if figure]


def detail(upload: Upload) -> str:
    """Return what follows the words of a state: how far a paused one is, when the network is tried again."""
    left = upload.seconds_left
    match upload.state:
        case UploadState.PAUSED if 0 < upload.done <= upload.size:
            return f" · {int(upload.done / upload.size * 100)}%"
        case UploadState.WAITING if left is not None and math.isfinite(left):
            return f" · {shown_seconds(left)}"
        case _:
            return ""


def progress_text(upload: Upload, width: int, styles: Styles) -> list[Segment]:
    """Return a line of a list in the styles of a theme."""
    return [Segment(text, styles[tone]) for text, tone in progress_runs(upload, width) if text]
