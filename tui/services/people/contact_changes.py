"""Contact changes: one lock and one pace for the calls that the service watches (PROTOCOL section 3).

Remark, pin, accepting a friend request, and all that changes a group. They leave one at a time, with a pause between
two, and none is ever repeated by itself: a request whose answer was lost may have worked.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Coroutine
from typing import TYPE_CHECKING, Any, Final, TypeVar

from tui import errors
from tui.services.sending.throttle import Pace
from tui.services.util.retry import may_have_arrived, too_fast
from tui.services.util.shielded import whole
from tui.wire.call import Call

if TYPE_CHECKING:
    from tui.services.session.context import SessionContext
    from tui.store.store import Store

T = TypeVar("T")

_LAST: Final = "people.changed"
"""Key of the store's value: when the last change left, in milliseconds."""

PAUSE: Final = 2.0
"""Seconds between two changes, about."""


class ContactChanges:
    """Makes the changes of one session, each in its turn."""

    def __init__(self, context: SessionContext, pause: float = PAUSE, store: Store | None = None) -> None:
        """`store` keeps when the last change left: commands of a loop in a shell wait for each other, too."""
        self.context = context
        self._pause = pause
        self._store = store
        self._pace = Pace(pause, context.ids.jitter)
        self._turn = asyncio.Lock()
        self._stopped: errors.WxtuiError | None = None

    @property
    def under_way(self) -> bool:
        """True while a change waits for its turn, or for its answer."""
        return self._turn.locked()

    async def run(
        self,
        call: Call[T],
        what: errors.Phrase,
        leaving: Callable[[], Awaitable[None]] | None = None,
        taken: Callable[[], Coroutine[Any, Any, None]] | None = None,
    ) -> T:
        """Make a change when its turn has come, and return its answer. `what` names it for `ChangeUnknown`.

        `leaving` is awaited just before the request leaves; what it raises keeps it from leaving. `taken` is awaited
        when the server has taken the change, before the next one has its turn.

        Raises `ChangeUnknown` when the request left and no usable answer came, else what refused it. Once the server
        finds them too frequent, those that wait for their turn raise the same and are not made; one that a person
        asks for later is. Cancelled while it waits, nothing has left; cancelled later, it may have worked.
        """
        stopped = self._stopped
        async with self._turn:
            if self._stopped is not None and self._stopped is not stopped:
                raise self._stopped
            await self._pace.wait()
            await self._wait_for_others()
            if leaving is not None:
                await leaving()
            try:
                answer = await self.context.transport.run(call)
            except errors.WxtuiError as error:
                if too_fast(error):
                    self._stopped = error
                if may_have_arrived(error):
                    raise errors.ChangeUnknown(what=what, why=error.said) from None
                raise
            if taken is not None:
                await whole(taken())
            return answer

    async def _wait_for_others(self) -> None:
        """Wait as long as the pause after the change that another process has made is not over, and note this one."""
        if self._store is None:
            return
        last = await self._store.value(_LAST)
        passed = (self.context.ids.now_ms() - int(last)) / 1000 if last.isdecimal() else self._pause
        # A clock that was set back must not make anybody wait.
        if 0 <= passed < self._pause:
            await asyncio.sleep(self._pause - passed)
        await self._store.set_value(_LAST, str(self.context.ids.now_ms()))
