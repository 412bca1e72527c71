"""What a person asked for, as far as it decides whom to talk to. Nothing here imports the network."""

from __future__ import annotations

import msgspec

from tui.wire.names import Endpoint


class LoginOptions(msgspec.Struct, frozen=True):
    """Which variant, and one origin for every host. None: whatever the session has."""

    endpoint: Endpoint | None = None
    origin: str | None = None
