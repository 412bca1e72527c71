"""Logs an unexpected exception without its text and values: they may be a message, a name or a ticket.

Lines may say in `extra` how the log file takes them (`tui.services.util.log_file`), which standard error does not heed.
"""

from __future__ import annotations

import logging
import traceback
from typing import Final

OFTEN: Final = {"often": True}
"""`extra` of a line that comes with each request: the log file has it only where it has everything."""
_ENDS: Final = 40
"""Lines of code that are shown of each end of a very long traceback."""


def frames(error: BaseException) -> str:
    """Return a traceback of classes and lines of code, with all causes; no value, and no exception's text."""
    parts: list[str] = []
    waiting: list[BaseException | None] = [error]
    seen: set[int] = set()
    while waiting:
        at = waiting.pop()
        if at is None or id(at) in seen:
            continue
        seen.add(id(at))
        parts += [f"\n{type(at).__module__}.{type(at).__qualname__}\n", *_places(at)]
        waiting.append(at.__cause__ or at.__context__)
        if isinstance(at, BaseExceptionGroup):
            waiting += at.exceptions
    return "".join(parts)


def _places(error: BaseException) -> list[str]:
    """Return the lines of code; of a recursion that went too deep, its two ends."""
    places = traceback.format_tb(error.__traceback__)
    return places if len(places) <= 2 * _ENDS else [*places[:_ENDS], "  …\n", *places[-_ENDS:]]


def log_breakage(log: logging.Logger, what: str, error: BaseException) -> None:
    """Log an unexpected exception by its class; the traceback is in the more talkative log, and in the log file."""
    log.error("%s: %s", what, type(error).__name__, extra={"broken": error})
    log.info("%s", frames(error), extra=OFTEN)
