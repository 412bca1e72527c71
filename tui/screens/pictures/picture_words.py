"""Words for a picture: who sent it, when, and of which kind it is."""

from __future__ import annotations

from tui.services.pictures.drawn import Drawn
from tui.store.models import StoredMessage
from tui.units import shown_size
from tui.widgets.base.one_line import one_line


def picture_words(message: StoredMessage, sender: str, drawn: Drawn | None, number: tuple[int, int]) -> list[str]:
    """Return `2/12`, the sender, the time, format and pixels, the size: the parts of a line that are known."""
    size = getattr(message.body, "size", 0)
    place, count = number
    parts = [
        f"{place}/{count}" if count > 1 else "",
        one_line(sender),
        f"{message.time.astimezone():%m-%d %H:%M}",
        one_line(getattr(message.body, "name", "")),
        f"{drawn.format} {drawn.width}×{drawn.height}" if drawn is not None else "",
        shown_size(size) if size else "",
    ]
    return [part for part in parts if part]
