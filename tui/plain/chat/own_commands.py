"""Commands that mean something else in lines than on a screen."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import TYPE_CHECKING, Final

from tui.i18n import _, counted
from tui.keymap import hint

if TYPE_CHECKING:
    from tui.plain.chat.line_chat import LineChat


async def _redraw(chat: LineChat, argument: str) -> None:
    chat.tell(_("Plain mode has no screen to redraw."))


async def _mark(chat: LineChat, argument: str) -> None:
    await chat.actions.run("mark", argument)
    chat.tell(counted("{count} message marked.", "{count} messages marked.", len(chat.message_log.marked)))


async def _menu(chat: LineChat, argument: str) -> None:
    chat.tell(hint("{help} lists all commands."))


OWN: Final[Mapping[str, Callable[[LineChat, str], Awaitable[None]]]] = {
    "redraw": _redraw,
    "mark": _mark,
    "menu": _menu,
    "palette": _menu,
}
"""Command id → what it does in plain mode, in place of its action."""
