"""When to try again: which failures pass by themselves, and how long to wait."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

import msgspec

from tui import errors

CALM: Final = 30.0
"""Seconds to wait at least when the server says that requests come too fast: to ask again at once makes it worse
(PROTOCOL section 5)."""


class Backoff(msgspec.Struct):
    """Seconds that double from `first` to `most`, each shortened by up to half at random so that clients spread."""

    jitter: Callable[[], float]
    first: float = 1.0
    most: float = 60.0
    tries: int = 0

    def wait(self, at_least: float = 0.0) -> float:
        """Return the seconds to wait now; the next wait is longer."""
        whole = min(self.most, self.first * 2.0**self.tries)
        self.tries = min(self.tries + 1, 30)
        return max(at_least, whole * (1 - self.jitter() / 2))

    def reset(self) -> None:
        """Begin at `first` again, after a success."""
        self.tries = 0


def too_fast(error: BaseException) -> bool:
    """Return True when the server wants fewer requests (PROTOCOL section 5)."""
    return isinstance(error, errors.TooFrequent) or (isinstance(error, errors.NetworkError) and error.status == 429)


def passes(error: BaseException) -> bool:
    """Return True when a message was certainly not sent, for a reason that passes by itself: it can be sent later."""
    return too_fast(error) or isinstance(error, errors.Unreachable | errors.SessionOver)


def may_mean_media(error: errors.WxtuiError) -> bool:
    """Return True for a refusal by which a server may mean the media that a message names, and not the message: it was
    uploaded for somebody else, or long ago, or is not known by its MD5. Uploaded now, it may be taken."""
    others = errors.TooFrequent | errors.GroupGone | errors.LoginEnvironment | errors.BadTicket
    return isinstance(error, errors.ServerRefused) and not isinstance(error, others)


def may_have_arrived(error: errors.WxtuiError) -> bool:
    """Return True when the server may have done what it was asked although no usable answer came.

    A 4xx is the only sure sign that it did not read a request that has left.
    """
    return isinstance(error, errors.NetworkError) and not isinstance(error, errors.Unreachable) and not error.refused
