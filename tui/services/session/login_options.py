"""Options of a login: which variant, which server. Importing them costs nothing."""

from __future__ import annotations

import msgspec

from tui.wire.names import Endpoint


class LoginOptions(msgspec.Struct, frozen=True):
    """Variant, and one origin for all hosts; None for what the stored session has."""

    endpoint: Endpoint | None = None
    origin: str | None = None
