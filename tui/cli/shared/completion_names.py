"""Contacts' names for the shell's completion: from the running wxtui, which has them at hand, else from the store."""

from __future__ import annotations

from tui import errors
from tui.paths import Profile
from tui.services.contacts.matching import completions
from tui.services.control.owner_connection import find_owner
from tui.services.control.protocol import CompleteName
from tui.services.control.remote_client import pieces

_PATIENCE = 0.3
"""Seconds that a person who has pressed Tab waits for a running wxtui to say that it is there."""
_WHOLE = 2.0
"""Seconds that one waits for the names."""


def stored_names(profile: Profile, begun: str) -> list[str]:
    """Return the names that hold some letters, or whose pinyin does, as targets. No server is asked."""
    try:
        owner = find_owner(profile, _PATIENCE, _WHOLE)
        if owner is not None:
            with owner:
                return [name for name in pieces(owner, CompleteName(begun)) if isinstance(name, str)]
    except errors.WxtuiError:
        # Another version, one that is suspended or in trouble: the file tells as well.
        pass
    from tui.store.contact_names import read_names

    return completions(read_names(profile.store_file), begun)
