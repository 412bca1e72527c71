"""Limits of the control socket."""

from __future__ import annotations

from typing import Final

MOST: Final = 64
"""Connections at once. For one more, the connection that has been idle longest is ended."""
MOST_FOLLOWERS: Final = 48
"""Connections at once that follow messages, and stay: the others are for commands that come and go."""
GREETING: Final = 30.0
"""Seconds that a command or a program may take from connecting to its first line; a person may be typing it."""
FULL: Final = 256 * 1024
"""Bytes that may wait for a slow reader before it misses progress."""
PIECE: Final = 32 * 1024
"""Bytes of a long answer that are made at once, about."""
