"""What several tests of plain mode need."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tui import keymap


@pytest.fixture(autouse=True)
def keys_again() -> Iterator[None]:
    """Let hints name keys again when a test of plain mode is over."""
    yield
    keymap.speak_of_lines(None)
