"""How many examples property tests try: a share of what each asks for, all of it with WXTUI_HYPOTHESIS=thorough."""

from __future__ import annotations

import os

THOROUGH = os.environ.get("WXTUI_HYPOTHESIS") == "thorough"
SHARE = 4  # one example in so many is tried by a submission's run
FEWEST = 5


def examples(thorough: int) -> int:
    """Return a value for `max_examples` of a test whose thorough run tries so many."""
    return thorough if THOROUGH else min(thorough, max(FEWEST, thorough // SHARE))
