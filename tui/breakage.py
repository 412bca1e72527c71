"""A mistake of ours, said without its words: they, and what variables hold, may be a message, a name or a ticket."""

from __future__ import annotations

import logging
import traceback


def frames(error: BaseException) -> str:
    """Where it happened: the kind of each error that led to it, and the lines of code; no value, no error's words."""
    parts: list[str] = []
    at: BaseException | None = error
    while at is not None:
        parts += [f"\n{type(at).__module__}.{type(at).__qualname__}\n", *traceback.format_tb(at.__traceback__)]
        at = at.__cause__ or at.__context__
    return "".join(parts)


def log_breakage(log: logging.Logger, what: str, error: BaseException) -> None:
    """Write down that something of ours broke; where it did is in the more talkative log only."""
    log.error("%s: %s", what, type(error).__name__)
    log.info("%s", frames(error))
