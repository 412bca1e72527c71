"""Work beside the keys. No other module begins Textual's workers, so that no failure is silent.

A worker that fails ends the program or, with `exit_on_error=False`, says nothing to anybody.
"""

from __future__ import annotations

import logging
import weakref
from collections.abc import Awaitable, Callable, Coroutine
from typing import Any

from textual.dom import DOMNode
from textual.worker import Worker

from tui.breakage import log_breakage
from tui.errors import Unexpected, WxtuiError
from tui.i18n import say
from tui.services.util.background import report
from tui.services.util.threads import Later, ThreadStopped

log = logging.getLogger("wxtui.screens")

Complain = Callable[[str], None]


def begin(
    node: DOMNode, work: Awaitable[Any], group: str, *, exclusive: bool = False, complain: Complain | None = None
) -> Worker[None]:
    """Do `work` while keys are heard, for as long as `node` is there; `exclusive` ends what else runs in its group.

    `complain` gets the sentence when it fails; without it `background.hear` does.
    """
    careful = Later(guarded, work, complain, group)
    if isinstance(work, Coroutine):
        # A worker whose node goes before its first step leaves a coroutine that nobody has awaited.
        weakref.finalize(careful, work.close)
    return node.run_worker(careful, group=group, exclusive=exclusive, exit_on_error=False)


async def guarded(work: Awaitable[Any], complain: Complain | None, what: str) -> None:
    """Await `work`, and report its failure; `what` names the work in the log."""
    try:
        await work
    except ThreadStopped:
        return
    except Exception as error:
        # Whatever failed: the conversation stays on the screen.
        if complain is None:
            report(error, what)
        elif isinstance(error, WxtuiError):
            complain(say(error, on_screen=True))
        else:
            complain(mistake(error, what))


def mistake(error: BaseException, what: str) -> str:
    """Log a mistake of ours, and return the sentence for it."""
    log_breakage(log, what, error)
    return say(Unexpected(what=type(error).__name__))
