"""A command's connection to the running wxtui, the owner: finds it, and asks it for one thing at a time.

It blocks, and imports no event loop: most commands are over in less time than that would take. What has a loop calls it
in a thread, and ends it with `hang_up`.

Each side greets before anything is asked. A request that was taken and whose end is not heard is not repeated.
"""

from __future__ import annotations

import _socket
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, suppress
from typing import Final, TypeVar

from tui import __version__, errors
from tui.paths import Profile
from tui.services.control import protocol, unix_socket
from tui.services.control.error_codec import rebuilt
from tui.services.session.profile_lock import PATIENCE, LockWait, OwnerLock, owner_pid

GREETING: Final = 4.0
"""Seconds that an owner which is awake needs at most to answer the greeting, and to take a request."""
SILENCE: Final = 8.0
"""Seconds without a message, not even `Working`, after which an owner counts as suspended."""
STOPPING: Final = 3.0
"""Seconds after Ctrl+C in which a command waits for the outcome."""
_BLOCK: Final = 64 * 1024

O = TypeVar("O", bound=protocol.Outcome)  # noqa: E741 - an outcome
Heard = Callable[[protocol.FromOwner], None]


class Lost(Exception):
    """The owner took the request, and then ended or stopped answering."""

    def __init__(self, error: errors.OwnerError) -> None:
        super().__init__()
        self.error = error


class Owner:
    """Connection to the running wxtui; a context manager that closes it. Carries one request at a time."""

    def __init__(self, connection: _socket.socket, pid: str, end: float | None = None) -> None:
        """`end`, by `time.monotonic`: when the last answer must have come; None where a request may take its time."""
        self._connection = connection
        self._end = end
        self._waiting = bytearray()
        self.pid = pid

    def __enter__(self) -> Owner:
        return self

    def __exit__(self, *_: object) -> None:
        self.hang_up()
        self._connection.close()

    def hang_up(self) -> None:
        """End the connection, from any thread: whoever waits for its next line hears that the owner has gone."""
        with suppress(OSError):
            self._connection.shutdown(_socket.SHUT_RDWR)

    def ask(self, request: protocol.ControlRequest, heard: Heard = lambda said: None) -> protocol.Outcome:
        """Have a request carried out.

        Raises what the owner failed with, `OwnerSilent` or `OwnerGarbled` when it did not take the request,
        `OwnerGone`, `OwnerStalled`.
        """
        try:
            return self.hand_over(request, heard)
        except Lost as lost:
            raise lost.error from None

    def answer(self, request: protocol.ControlRequest, kind: type[O], heard: Heard = lambda said: None) -> O:
        """Return an outcome of this kind. Raises as `ask`."""
        outcome = self.ask(request, heard)
        if not isinstance(outcome, kind):
            raise errors.OwnerGarbled(pid=self.pid)
        return outcome

    def hand_over(self, request: protocol.ControlRequest, heard: Heard = lambda said: None) -> protocol.Outcome:
        """Do as `ask`, but raise `Lost` where the request was taken and the owner went away.

        `heard` gets the messages about the request, and after Ctrl+C its outcome.
        """
        self._begin(request)
        try:
            while True:
                said = self._next()
                if isinstance(said, protocol.Outcome):
                    return said
                if isinstance(said, protocol.Failure):
                    raise rebuilt(said)
                heard(said)
        except (KeyboardInterrupt, SystemExit):
            self._stop(heard)
            raise

    def follow(self) -> Iterator[protocol.Added]:
        """Yield new messages, by row, as they are stored. Raises `OwnerGone`, or what the owner refuses it with."""
        self._begin(protocol.Follow())
        while True:
            # Without a limit: a suspended owner has no messages, and it may come back.
            said = None
            with suppress(protocol.Malformed):
                said = self._read(None)
            if said is None:
                raise errors.OwnerGone(pid=self.pid)
            if isinstance(said, protocol.Failure):
                raise rebuilt(said)
            if isinstance(said, protocol.Added):
                yield said

    def greet(self, end: float) -> bool:
        """Greet the owner; False when it is just ending. Raises `OwnerDiffers`, `OwnerGarbled`, `TimeoutError`."""
        self._say(protocol.Hello(protocol.VERSION, __version__))
        try:
            welcome = self._read(end)
        except protocol.Malformed:
            raise errors.OwnerGarbled(pid=self.pid) from None
        if welcome is None:
            return False
        if not isinstance(welcome, protocol.Welcome):
            raise errors.OwnerGarbled(pid=self.pid)
        self.pid = str(welcome.pid)
        if welcome.version != protocol.VERSION:
            raise errors.OwnerDiffers(pid=self.pid, theirs=welcome.program, ours=__version__)
        return True

    def _begin(self, request: protocol.ControlRequest) -> None:
        """Hand a request to the owner. An owner that does not answer gets no `Go`, and will not carry it out later."""
        try:
            self._say(request)
            ready = self._read(self._within(GREETING))
        except TimeoutError:
            raise errors.OwnerSilent(pid=self.pid) from None
        except protocol.Malformed:
            raise errors.OwnerGarbled(pid=self.pid) from None
        if not isinstance(ready, protocol.RequestReady):
            raise errors.OwnerGone(pid=self.pid)
        self._say(protocol.Go())

    def _next(self) -> protocol.FromOwner:
        try:
            said = self._read(self._within(SILENCE))
        except TimeoutError:
            raise Lost(errors.OwnerStalled(pid=self.pid)) from None
        except protocol.Malformed:
            said = None
        if said is None:
            raise Lost(errors.OwnerGone(pid=self.pid))
        return said

    def _within(self, seconds: float) -> float:
        """Return the end of a wait of so many seconds. Raises `TimeoutError` where all answers should have come."""
        now = time.monotonic()
        if self._end is not None and now >= self._end:
            raise TimeoutError
        return now + seconds if self._end is None else min(now + seconds, self._end)

    def _stop(self, heard: Heard) -> None:
        """Cancel the request after Ctrl+C, and hear its outcome."""
        end = time.monotonic() + STOPPING
        with suppress(TimeoutError, protocol.Malformed):
            self._say(protocol.Cancel())
            while (said := self._read(end)) is not None:
                heard(said)
                if isinstance(said, protocol.Outcome | protocol.Failure):
                    return

    def _say(self, said: protocol.FromCommand) -> None:
        """Write a line. Raises `TimeoutError` when the owner reads nothing."""
        try:
            written = protocol.line(said)
        except protocol.Malformed:
            from tui.units import shown_size

            raise errors.TextTooLong(limit=shown_size(protocol.LINE)) from None
        self._connection.settimeout(GREETING)
        try:
            self._connection.sendall(written)
        except TimeoutError:
            raise
        except OSError:
            # It has gone: the next line that is awaited tells.
            return

    def _read(self, end: float | None) -> protocol.FromOwner | None:
        """Return the owner's next line, until `end`; None when it has gone. Raises `Malformed`, `TimeoutError`."""
        while (at := self._waiting.find(b"\n") + 1) == 0:
            if len(self._waiting) > protocol.LINE:
                raise protocol.Malformed("too long")
            # No time at all would mean not to block.
            self._connection.settimeout(None if end is None else max(0.001, end - time.monotonic()))
            try:
                block = self._connection.recv(_BLOCK)
            except TimeoutError:
                raise
            except OSError:
                return None
            if not block:
                return None
            self._waiting += block
        text = bytes(self._waiting[:at])
        del self._waiting[:at]
        return protocol.read_owner(text)


def find_owner(profile: Profile, patience: float | None = None, whole: float | None = None) -> Owner | None:
    """Return a connection to the running wxtui that owns the profile; None when there is none that could be asked.

    `whole`: seconds after which nothing more is waited for, for somebody who can do without the owner. Raises
    `OwnerSilent` when it does not answer in `patience`, else `GREETING`, seconds; `OwnerGarbled`, `OwnerDiffers`,
    `HomeUnusable`.
    """
    end = time.monotonic() + (GREETING if patience is None else patience)
    with ExitStack() as stack:
        try:
            connection = unix_socket.connect(profile, end)
            if connection is None:
                return None
            last = None if whole is None else time.monotonic() + whole
            owner = stack.enter_context(Owner(connection, owner_pid(profile), last))
            if not owner.greet(end):
                return None
        except TimeoutError:
            raise errors.OwnerSilent(pid=owner_pid(profile)) from None
        stack.pop_all()
        return owner


def join(profile: Profile, stack: ExitStack, on_wait: Callable[[str], None], *, brief: bool = True) -> Owner | None:
    """Connect to the running wxtui; None when there is none: then this process holds the profile's lock.

    `stack` closes the connection, or releases the lock. Waits for a process that has the lock and does not listen:
    another command, a login; `on_wait` hears its process id after two seconds. A process that is not `brief` waits no
    longer than that for one that stays. Raises `ProfileBusy`, `OwnerSilent`,
    `OwnerGarbled`, `OwnerDiffers`, `HomeUnusable`.
    """
    waiting, end = LockWait(on_wait), time.monotonic() + PATIENCE
    while True:
        owner = find_owner(profile)
        if owner is not None:
            return stack.enter_context(owner)
        try:
            stack.enter_context(OwnerLock(profile, brief=brief))
            return None
        except errors.ProfileBusy as busy:
            if not (brief or isinstance(busy, errors.BusyBriefly) or time.monotonic() < end):
                raise
            # The command has nothing else to do: this client blocks, and no event loop runs in its thread.
            time.sleep(waiting.pause(busy))
