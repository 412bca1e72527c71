"""What a person should be told although everything went well: said once, by whichever face there is."""

from __future__ import annotations

from collections.abc import Callable

from tui.errors import WxtuiError

_listeners: list[Callable[[WxtuiError], None]] = []


def listen(listener: Callable[[WxtuiError], None] | None) -> None:
    """From now on this one hears what is told, or nobody."""
    _listeners[:] = [] if listener is None else [listener]


def tell(notice: WxtuiError) -> None:
    """Tell it to who listens."""
    for listener in _listeners:
        listener(notice)
