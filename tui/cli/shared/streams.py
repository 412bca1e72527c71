"""Handles standard streams that are closed, or that nobody reads any more."""

from __future__ import annotations

import errno
import io
import os
import select
import sys
from collections.abc import Iterator
from contextlib import contextmanager

_FIRST_FREE = 3
"""Descriptors below are standard input, output and error."""


class ReaderGone(Exception):
    """Nobody reads standard output any more. Not an `OSError`: click would end with 1 for any of EPIPE."""


class ClosedOutput(io.TextIOBase):
    """Standard output that was closed by whoever started the program: writing to it fails, as it does for `cat`."""

    def write(self, text: str | bytes) -> int:
        """Raise `OSError`."""
        raise OSError(errno.EBADF, os.strerror(errno.EBADF))

    @property
    def buffer(self) -> ClosedOutput:
        """Its stream of bytes, which fails as well."""
        return self


def open_closed_streams() -> None:
    """Give standard streams that were closed a descriptor and an object; writing to standard output still fails."""
    descriptor = os.open(os.devnull, os.O_RDWR)
    while descriptor < _FIRST_FREE:
        # Else the next file that is opened would get the number of a standard stream.
        os.set_inheritable(descriptor, True)
        descriptor = os.open(os.devnull, os.O_RDWR)
    os.close(descriptor)
    if sys.stdout is None:
        sys.stdout = ClosedOutput()
    if sys.stderr is None:
        sys.stderr = os.fdopen(os.open(os.devnull, os.O_WRONLY), "w", encoding="utf-8")


def give_up_stdout() -> None:
    """Drop the buffer's contents, or Python would complain at exit."""
    if isinstance(sys.stdout, ClosedOutput):
        return
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, sys.stdout.fileno())
    os.close(nowhere)


async def stdout_has_room() -> None:
    """Wait until standard output takes some kilobytes, or fails, without making anything else wait."""
    try:
        output = sys.stdout.fileno()
        poll = select.poll()
        poll.register(output, select.POLLOUT)
        if poll.poll(0):
            return
    except (OSError, ValueError):
        return
    import asyncio

    loop, room = asyncio.get_running_loop(), asyncio.Event()
    loop.add_writer(output, room.set)
    try:
        await room.wait()
    finally:
        loop.remove_writer(output)


@contextmanager
def own_broken_pipes() -> Iterator[None]:
    """Turn a broken pipe into `ReaderGone`, or into an error where it was not standard output that broke.

    Without this, click would end with 1, and silently, for both.
    """
    try:
        yield
    except BrokenPipeError as error:
        if not _reader_is_gone():
            raise RuntimeError("a pipe broke that is not standard output") from error
        give_up_stdout()
        raise ReaderGone from None


def _reader_is_gone() -> bool:
    poll = select.poll()
    try:
        poll.register(sys.stdout.fileno(), select.POLLOUT)
    except (OSError, ValueError):
        return False
    return any(events & select.POLLERR for _, events in poll.poll(0))
