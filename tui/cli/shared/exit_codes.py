"""Exit codes that belong to no error class; the others stand in `tui.errors`."""

from __future__ import annotations

# As in `running`: `signal` makes enums of these numbers.
from _signal import SIGINT, SIGPIPE  # type: ignore[import-not-found]
from typing import Final

INTERRUPTED: Final = int(128 + SIGINT)
"""130, after Ctrl+C."""

READER_GONE: Final = int(128 + SIGPIPE)
"""141, when nobody reads standard output any more, as `cat` ends then."""
