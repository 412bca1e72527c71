"""Words for a picture: who sent it, when, and of which kind it is."""

from __future__ import annotations

from tui.i18n import _
from tui.services.pictures.drawn import Drawn
from tui.store.models import StoredMessage
from tui.units import shown_size
from tui.widgets.base.one_line import one_line
from tui.wire.bodies import Body, Video


def picture_words(message: StoredMessage, sender: str, drawn: Drawn | None, number: tuple[int, int]) -> list[str]:
    """Return `2/12`, sender, time, format and pixels, size, name: what is known, the least wanted last."""
    size = getattr(message.body, "size", 0)
    place, count = number
    parts = [
        f"{place}/{count}" if count > 1 else "",
        one_line(sender),
        f"{message.time.astimezone():%m-%d %H:%M}",
        _facts(message.body, drawn),
        shown_size(size) if size else "",
        one_line(getattr(message.body, "name", "")),
    ]
    return [part for part in parts if part]


def _facts(body: Body, drawn: Drawn | None) -> str:
    """Return format and pixels; of a video, whose still these would be, how long it plays."""
    if isinstance(body, Video):
        return _("{seconds} s").format(seconds=body.seconds) if body.seconds else ""
    return f"{drawn.format} {drawn.width}×{drawn.height}" if drawn is not None else ""
