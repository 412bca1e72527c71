"""The moment from which nothing more happens by itself in an app under Textual's Pilot."""

from __future__ import annotations

from typing import Any

from textual.pilot import Pilot

from tests.support.waiting import idle, until
from tui.store.store import Store


async def app_idle(pilot: Pilot[Any], *stores: Store) -> None:
    """Wait until workers, messages and the threads of `stores` have nothing left to do, and the screen is drawn."""
    await until(lambda: all(worker.is_finished for worker in pilot.app.workers))
    await idle(*stores)
    await pilot.pause()
