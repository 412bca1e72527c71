"""What an error says about a message that was to be sent, and about the next one."""

from __future__ import annotations

from tui import errors


def passes(error: BaseException) -> bool:
    """Whether what kept a message from leaving passes by itself: it was certainly not sent, and can be sent later."""
    return too_fast(error) or isinstance(error, errors.Unreachable | errors.SessionOver)


def too_fast(error: BaseException) -> bool:
    """Whether the server wants us to slow down (PROTOCOL section 5)."""
    return isinstance(error, errors.TooFrequent) or (isinstance(error, errors.NetworkError) and error.status == 429)
