"""Progress bar on standard error; draws nothing where that is no terminal."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Final

from tui.cli.shared.output import clean
from tui.cli.shared.step_line import StepLine
from tui.i18n import _
from tui.services.uploads.upload_state import Progress, UploadState
from tui.units import shown_seconds, shown_size

if TYPE_CHECKING:
    # A command that sends through a running wxtui does without the network.
    from tui.services.downloads.download import DownloadProgress

_CELLS: Final = 20
_LEAST_NAME: Final = 12
"""Columns of the name that are shown however narrow the terminal is."""


class ProgressBar:
    """Line that is redrawn while a file is sent or received, and erased at the end."""

    def __init__(self, name: str) -> None:
        self._line = StepLine()
        self._name = clean(name)
        self._moving_since: float | None = None

    def __call__(self, progress: Progress | DownloadProgress) -> None:
        """Draw, unless the last drawing is too recent."""
        now = time.monotonic()
        if _moves(progress) and self._moving_since is None:
            self._moving_since = now
        if self._line.due or (self._line.on and progress.done == progress.total):
            self._line.show(self._text(progress, now))

    def erase(self) -> None:
        """Leave the line empty for whatever is said next."""
        self._line.erase()

    def _text(self, progress: Progress | DownloadProgress, now: float) -> str:
        """Return the text; of a long name as much as leaves room for the rest."""
        from tui.terminal.graphemes import cell_len, cut  # scripts have no bar

        state = f"{_bar(progress)}{_stage_words(progress)}"
        elapsed = now - (self._moving_since or now)
        if _moves(progress) and elapsed > 0.5 and progress.done and progress.total:
            rate = progress.done / elapsed
            left = (progress.total - progress.done) / rate
            state += f"  {shown_size(rate)}/s  {shown_seconds(left)}"
        name = cut(self._name, max(_LEAST_NAME, self._line.columns - cell_len(state) - 2))
        return f"{name}  {state}"


def _moves(progress: Progress | DownloadProgress) -> bool:
    """Return whether bytes go over the network, or would if there was one."""
    return not isinstance(progress, Progress) or progress.state in (UploadState.UPLOADING, UploadState.WAITING)


def _bar(progress: Progress | DownloadProgress) -> str:
    if not progress.total and not isinstance(progress, Progress):
        return ""
    share = min(1.0, progress.done / progress.total) if progress.total else 1.0
    full = int(share * _CELLS)
    return f"{'▰' * full}{'▱' * (_CELLS - full)} {share:4.0%}  "


def _stage_words(progress: Progress | DownloadProgress) -> str:
    match progress:
        case Progress(state=UploadState.HASHING):
            return _("hashing")
        case Progress(state=UploadState.CHECKING):
            return _("checking whether the server has it")
        case Progress(state=UploadState.WAITING):
            return _("connection lost, trying again")
        case Progress(state=UploadState.UPLOADING):
            return f"{shown_size(progress.done)} / {shown_size(progress.total)}"
        case Progress():
            return _("sending")
        case _ if progress.waiting:
            return _("connection lost, trying again")
        case _ if not progress.total:
            return shown_size(progress.done)
        case _:
            return f"{shown_size(progress.done)} / {shown_size(progress.total)}"
