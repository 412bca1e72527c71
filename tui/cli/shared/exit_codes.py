"""Exit codes that belong to no error class; the others stand in `tui.errors`."""

from __future__ import annotations

from typing import Final

INTERRUPTED: Final = 128 + 2
"""130, after Ctrl+C."""

READER_GONE: Final = 128 + 13
"""141, when nobody reads standard output any more, as `cat` ends then."""
