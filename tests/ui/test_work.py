"""Workers of screens and widgets that never come to their first step."""

from __future__ import annotations

import gc
import warnings

from tests.support.dialog_app import DialogApp
from tui.widgets.base.work import begin


async def test_a_worker_that_is_cancelled_before_its_first_step_leaves_no_coroutine_unawaited() -> None:
    begun = []

    async def work() -> None:
        begun.append(True)

    app = DialogApp()
    with warnings.catch_warnings(record=True) as warned:
        warnings.simplefilter("always")
        async with app.run_test():
            begin(app.screen, work(), "work").cancel()
        gc.collect()
    assert (begun, [str(one.message) for one in warned]) == ([], [])
