"""Exit codes that belong to no error class; the others stand in `tui.errors`."""

from __future__ import annotations

import signal
from typing import Final

INTERRUPTED: Final = 128 + signal.SIGINT
"""130, after Ctrl+C."""

READER_GONE: Final = 128 + signal.SIGPIPE
"""141, when nobody reads standard output any more, as `cat` ends then."""
