"""Keys that act on others, by the ids of their bindings.

Things that leave, or are taken back, were named by the person: written in the bar, marked, or pointed at. Every other
key that acts on others asks first (see `tui.screens.dialogs.question`). A test walks all bindings: each is here, or
harmless.
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
