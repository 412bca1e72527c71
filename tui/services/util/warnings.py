"""Warnings for the person although everything went well, handed to the screen or the command that runs."""

from __future__ import annotations

from collections.abc import Callable

from tui.errors import WxtuiError

_listeners: list[Callable[[WxtuiError], None]] = []


def listen(listener: Callable[[WxtuiError], None] | None) -> None:
    """Let `listener` hear the warnings from now on, or nobody."""
    _listeners[:] = [] if listener is None else [listener]


def tell(notice: WxtuiError) -> None:
    """Hand a warning to the listener."""
    for listener in _listeners:
        listener(notice)
