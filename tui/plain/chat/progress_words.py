"""Progress in words: a line at each quarter of the way, and where it stops for a while."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from tui.i18n import _
from tui.services.uploads.upload_state import Upload, UploadState
from tui.units import shown_seconds
from tui.widgets.base.one_line import one_line
from tui.widgets.base.styles import Tone

_QUARTERS: Final = 4
_LARGE: Final = 1_000_000
"""Bytes from which on the way is told of, not only its end."""
_MOST: Final = 200
"""Things whose last quarter is remembered."""


class ProgressWords:
    """Remembers what was said of each thing that is under way, and says no more than is new."""

    def __init__(self, say: Callable[[str, Tone], None]) -> None:
        self._say = say
        self._said: dict[object, object] = {}

    def tell(self, what: str, sentence: str, part: float | None) -> None:
        """Say a sentence when `what` has come to another quarter, or begins to wait (None). Its end has a sentence."""
        now = None if part is None else int(part * _QUARTERS)
        if now not in (0, _QUARTERS) and self._is_new(what, now):
            self._say(" ".join(sentence.split()), Tone.TEXT)

    def moved(self, upload: Upload) -> None:
        """Say how far an upload is; how it ends is said of its message."""
        name = one_line(upload.name)
        match upload.state:
            case UploadState.UPLOADING if upload.size >= _LARGE:
                quarter = upload.done * _QUARTERS // upload.size
                if 0 < quarter < _QUARTERS and self._is_new(upload.id, quarter):
                    said = _("Uploading “{name}”: {percent} %")
                    self._say(said.format(name=name, percent=quarter * 100 // _QUARTERS), Tone.TEXT)
            case UploadState.WAITING if self._is_new(upload.id, UploadState.WAITING):
                left = shown_seconds(upload.seconds_left) if upload.seconds_left is not None else "…"
                said = _("“{name}”: connection lost, trying again in {seconds}.")
                self._say(said.format(name=name, seconds=left), Tone.WARN)
            case UploadState.CANCELLED if self._is_new(upload.id, UploadState.CANCELLED):
                self._say(_("“{name}”: cancelled.").format(name=name), Tone.TEXT)
            case _ if upload.state.over and upload.state is not UploadState.CANCELLED:
                self._said.pop(upload.id, None)
            case _:
                pass

    def _is_new(self, what: object, now: object) -> bool:
        if self._said.get(what, 0) == now:
            return False
        self._said[what] = now
        for oldest in list(self._said)[:-_MOST]:
            del self._said[oldest]
        return True
