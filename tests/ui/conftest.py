"""What several tests of the screens need."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import TypeAlias

import pytest
from textual.css.model import RuleSet
from textual.css.stylesheet import Stylesheet

from tui import keymap

OwnKeys: TypeAlias = Callable[[Mapping[str, Sequence[str]]], None]


@pytest.fixture(scope="session", autouse=True)
def styles_are_parsed_once() -> Iterator[None]:
    """Let all programs of these tests share what Textual parses: that was a tenth of their time."""
    parsed: dict[tuple[object, ...], list[RuleSet]] = {}
    parse = Stylesheet._parse_rules

    def parse_once(self: Stylesheet, *given: object, **named: object) -> list[RuleSet]:
        key = (given, tuple(named.items()), tuple(self._variables.items()))
        if key not in parsed:
            parsed[key] = parse(self, *given, **named)  # type: ignore[arg-type]
        return parsed[key]

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Stylesheet, "_parse_rules", parse_once)
        yield


@pytest.fixture
def own_keys() -> Iterator[OwnKeys]:
    """Give a person keys of their own, by binding id, until the test is over."""
    yield lambda overrides: keymap.use(keymap.checked(overrides))
    keymap.use({})
