"""What several tests of the screens need."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import TypeAlias

import pytest

from tui import keymap

OwnKeys: TypeAlias = Callable[[Mapping[str, Sequence[str]]], None]


@pytest.fixture
def own_keys() -> Iterator[OwnKeys]:
    """Give a person keys of their own, by binding id, until the test is over."""
    yield lambda overrides: keymap.use(keymap.checked(overrides))
    keymap.use({})
