"""Commands that mean something else in lines than on a screen."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import TYPE_CHECKING, Final

from tui.i18n import _

if TYPE_CHECKING:
    from tui.plain.chat.line_chat import LineChat


async def _redraw(chat: LineChat, argument: str) -> None:
    chat.tell(_("Plain mode has no screen to redraw."))


OWN: Final[Mapping[str, Callable[[LineChat, str], Awaitable[None]]]] = {"redraw": _redraw}
"""Command id → what it does in plain mode, in place of its action."""
