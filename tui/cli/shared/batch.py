"""Runs a command on several items: successes are printed as they happen, failures are reported at the end."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from typing import TypeVar

from tui import errors
from tui.i18n import counted, joined, say

T = TypeVar("T")


async def do_all(items: Sequence[T], do: Callable[[T], Awaitable[None]], *, go_on: bool) -> None:
    """Call `do` with one item after the other. `go_on`: a failure does not stop the rest; else the rest is left undone.

    Raises the first failure itself when no item was done, and `PartlyDone` when some were.
    """
    done = 0
    failures: list[errors.WxtuiError] = []
    unseen: errors.OutputFailed | None = None
    for item in items:
        try:
            await do(item)
        except errors.OutputFailed as error:
            # This item was done; more would be done with nobody told.
            done += 1
            unseen = error
            break
        except errors.WxtuiError as error:
            failures.append(error)
            if not go_on or isinstance(error, (errors.SessionOver, errors.TooFrequent)):
                break
        else:
            done += 1
    left = len(items) - done - len(failures)
    if unseen is not None:
        if done == len(items):
            raise unseen
        failures.append(unseen)
    if not failures:
        return
    if not done:
        raise failures[0]
    why = joined(*dict.fromkeys(say(error) for error in failures))
    if left:
        why = joined(why, counted("{count} was not tried.", "{count} were not tried.", left))
    raise errors.PartlyDone(done=done, total=len(items), why=why)
