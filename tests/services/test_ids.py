"""Ids stay unique when the clock does not move, or jumps back."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tui.services.util.ids import Ids


@pytest.mark.parametrize(("make", "digits"), [(Ids.client_msg_id, 17), (Ids.client_media_id, 13)])
@pytest.mark.parametrize("step", [0, -1000])
def test_ids_are_unique_whatever_the_clock_does(make: Callable[[Ids], object], digits: int, step: int) -> None:
    class Odd(Ids):
        now = 1_714_500_000_000

        def now_ms(self) -> int:
            self.now += step
            return self.now

    ids = Odd()
    made = [str(make(ids)) for _ in range(1000)]
    assert made == sorted(set(made))
    assert {len(one) for one in made} == {digits}
