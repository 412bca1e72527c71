"""Keys that act on other people, by the ids of their bindings.

Some send only what the person wrote, marked or pointed at (`NAMING`); all others ask first (`ASKING`, see
`tui.screens.dialogs.question`). A test walks all bindings: each is in one of the two, or harmless.
"""

from __future__ import annotations

from typing import Final

ASKING: Final = frozenset({
    "revoke", "revoke_last", "forward", "retry", "cancel", "logout", "quit", "login.quit", "transfers.cancel",
    "transfers.retry",
})  # fmt: skip
"""Keys after which a question stands on the screen; another key answers it."""

NAMING: Final = frozenset({"bar.send", "list.choose", "field.submit", "picker.send", "identity.take"})
"""Keys that send what the person wrote, marked or moved the cursor to."""
