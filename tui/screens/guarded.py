"""What a screen sets going is guarded: what goes wrong is said, never lost and never the end of the program."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable

from tui.breakage import log_breakage
from tui.errors import Unexpected, WxtuiError
from tui.i18n import say

log = logging.getLogger("wxtui.screens")


async def guarded(work: Awaitable[None], complain: Callable[[str], None], what: str) -> None:
    """Do it. `complain` gets the sentence when it fails, `what` is the log's word for it."""
    try:
        await work
    except WxtuiError as error:
        complain(say(error))
    except Exception as error:
        # Whatever it is: who sits in the middle of a conversation keeps it.
        complain(mistake(error, what))


def mistake(error: BaseException, what: str) -> str:
    """The sentence for a mistake of ours, which is logged."""
    log_breakage(log, what, error)
    return say(Unexpected(what=type(error).__name__))
