"""What each key of the program can do to others, by the ids of its bindings.

What leaves, or is taken back, was named by the person: written in the bar, marked, or pointed at. Every other key that
acts on others asks first (see `tui.screens.ask`). A test walks all bindings: none is missing here.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import Enum
from typing import Final


class Consequence(Enum):
    """What a key can do to others."""

    HARMLESS = "harmless"
    """Nothing is sent, and nothing that was sent is touched."""
    ASKS = "asks"
    """A question stands on the screen first, and another key answers it."""
    NAMED = "named"
    """It sends what the person wrote, marked or moved the cursor to."""


_ASKS: Final = (
    "revoke", "revoke_last", "forward", "retry", "cancel", "logout", "quit", "login.quit", "transfers.cancel",
    "transfers.retry",
)  # fmt: skip
_NAMED: Final = ("bar.send", "list.choose", "field.submit", "picker.send", "identity.take")

_HARMLESS: Final = (
    "send", "image", "video", "gif", "file", "reply", "edit", "copy", "copy_id", "open", "save", "pause", "resume",
    "goto", "unread", "read", "search", "search_older", "search_newer", "search_all", "whose", "mute", "transfers",
    "editor", "login", "palette", "redraw", "help", "help.quiet", "list.up", "list.down", "list.page_up",
    "list.page_down", "list.first", "list.last", "bar.newline", "bar.up", "bar.down", "picker.mark", "picker.enter",
    "picker.up", "picker.hidden", "picker.sort", "picker.kind", "picker.bookmark", "picker.tree", "picker.filter",
    "picker.home", "tree.unfold", "tree.fold", "tree.toggle", "tree.forget", "tree.hidden", "tree.list",
    "tree.filter", "text.left", "text.right", "text.word_left", "text.word_right", "text.line_start", "text.line_end",
    "text.backspace", "text.delete", "text.cut_blank_back", "text.cut_word_back", "text.cut_word_ahead",
    "text.cut_line_back", "text.yank", "text.yank_older", "text.transpose", "text.undo", "text.redo", "log.down",
    "log.up", "log.page_down", "log.page_up", "log.half_down", "log.half_up", "log.first", "log.last", "page.down",
    "page.up", "page.page_down", "page.page_up", "page.half_down", "page.half_up", "page.first", "page.last",
    "sidebar.filter", "sidebar.details", "overlay.leave", "back", "interrupt", "suspend", "pane.next",
    "pane.previous", "conversation.previous", "conversation.next", "details.leave", "details.copy", "details.copy_id",
    "details.filter", "picker.hidden.anywhere", "picker.pane.next", "picker.pane.previous", "picker.up.anywhere",
    "picker.back", "picker.mark.anywhere", "help.filter", "help.leave", "identity.up", "identity.down",
    "login.switch", "login.code", "login.again", "login.invert", "login.blocks", "login.address", "login.back",
    "login.redraw", "pick.up", "pick.down", "pick.page_up", "pick.page_down", "pick.first", "pick.last", "pick.mark",
    "pick.mark_up", "transfers.leave", "transfers.pause", "transfers.later", "transfers.sooner", "transfers.clear",
)  # fmt: skip

ASKING: Final = frozenset(_ASKS)
"""Ids of the bindings that ask before they act."""

CONSEQUENCES: Final[Mapping[str, Consequence]] = {
    **dict.fromkeys(_HARMLESS, Consequence.HARMLESS),
    **dict.fromkeys(_ASKS, Consequence.ASKS),
    **dict.fromkeys(_NAMED, Consequence.NAMED),
}
