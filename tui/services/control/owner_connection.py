"""A command's connection to the running wxtui, the owner: finds it, and asks it for one thing at a time.

Each side greets before anything is asked. A request that was taken and whose end is not heard is not repeated.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Callable
from contextlib import AsyncExitStack, suppress
from typing import Final

from tui import __version__, errors
from tui.paths import Profile
from tui.services.control import protocol, unix_socket
from tui.services.control.error_codec import rebuilt
from tui.services.session.profile_lock import PATIENCE, LockWait, OwnerLock, owner_pid
from tui.units import shown_size

GREETING: Final = 4.0
"""Seconds that an owner which is awake needs at most to answer the greeting, and to take a request."""
SILENCE: Final = 8.0
"""Seconds without a message, not even `Working`, after which an owner counts as suspended."""
STOPPING: Final = 3.0
"""Seconds after Ctrl+C in which a command waits for the outcome."""

Heard = Callable[[protocol.FromOwner], None]


class Lost(Exception):
    """The owner took the request, and then ended or stopped answering."""

    def __init__(self, error: errors.OwnerError) -> None:
        super().__init__()
        self.error = error


class Owner:
    """Connection to the running wxtui; an async context manager that closes it. Carries one request at a time."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, pid: str) -> None:
        self._reader = reader
        self._writer = writer
        self.pid = pid

    async def __aenter__(self) -> Owner:
        return self

    async def __aexit__(self, *_: object) -> None:
        self._writer.close()
        with suppress(OSError):
            await self._writer.wait_closed()

    async def ask(self, request: protocol.Request) -> protocol.Done:
        """Have a request carried out.

        Raises what the owner failed with, `OwnerSilent` or `OwnerGarbled` when it did not take the request,
        `OwnerGone`, `OwnerStalled`.
        """
        try:
            return await self.hand_over(request)
        except Lost as lost:
            raise lost.error from None

    async def hand_over(self, request: protocol.Request, heard: Heard = lambda said: None) -> protocol.Done:
        """Do as `ask`, but raise `Lost` where the request was taken and the owner went away.

        `heard` gets the messages about the request, and after Ctrl+C its outcome.
        """
        await self._begin(request)
        try:
            while True:
                said = await self._next()
                if isinstance(said, protocol.Done):
                    return said
                if isinstance(said, protocol.Failure):
                    raise rebuilt(said)
                heard(said)
        except asyncio.CancelledError:
            await self._stop(heard)
            raise

    async def follow(self) -> AsyncGenerator[protocol.Added, None]:
        """Yield new messages, by row, as they are stored. Raises `OwnerGone`."""
        await self._begin(protocol.Follow())
        while True:
            # Without a limit: a suspended owner has no messages, and it may come back.
            said = None
            with suppress(protocol.Malformed):
                said = await self._read()
            if said is None:
                raise errors.OwnerGone(pid=self.pid)
            if isinstance(said, protocol.Added):
                yield said

    async def greet(self) -> bool:
        """Greet the owner; False when it is just ending. Raises `OwnerDiffers`, `OwnerGarbled`, `TimeoutError`."""
        self._say(protocol.Hello(protocol.VERSION, __version__))
        try:
            welcome = await self._read()
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

    async def _begin(self, request: protocol.Request) -> None:
        """Hand a request to the owner. An owner that does not answer gets no `Go`, and will not carry it out later."""
        self._say(request)
        try:
            async with asyncio.timeout(GREETING):
                ready = await self._read()
        except TimeoutError:
            raise errors.OwnerSilent(pid=self.pid) from None
        except protocol.Malformed:
            raise errors.OwnerGarbled(pid=self.pid) from None
        if not isinstance(ready, protocol.RequestReady):
            raise errors.OwnerGone(pid=self.pid)
        self._say(protocol.Go())

    async def _next(self) -> protocol.FromOwner:
        try:
            async with asyncio.timeout(SILENCE):
                said = await self._read()
        except TimeoutError:
            raise Lost(errors.OwnerStalled(pid=self.pid)) from None
        except protocol.Malformed:
            said = None
        if said is None:
            raise Lost(errors.OwnerGone(pid=self.pid))
        return said

    async def _stop(self, heard: Heard) -> None:
        """Cancel the request after Ctrl+C, and hear its outcome."""
        self._say(protocol.Cancel())
        with suppress(TimeoutError, protocol.Malformed):
            async with asyncio.timeout(STOPPING):
                while (said := await self._read()) is not None:
                    heard(said)
                    if isinstance(said, protocol.Done | protocol.Failure):
                        return

    def _say(self, said: protocol.FromCommand) -> None:
        try:
            written = protocol.line(said)
        except protocol.Malformed:
            raise errors.TextTooLong(limit=shown_size(protocol.LINE)) from None
        if not self._writer.is_closing():
            self._writer.write(written)

    async def _read(self) -> protocol.FromOwner | None:
        """Return the owner's next line; None when it has gone. Raises `Malformed`."""
        try:
            return protocol.read_owner(await self._reader.readuntil(b"\n"))
        except (asyncio.IncompleteReadError, OSError):
            return None
        except asyncio.LimitOverrunError:
            raise protocol.Malformed("too long") from None


async def find_owner(profile: Profile) -> Owner | None:
    """Return a connection to the running wxtui that owns the profile; None when there is none that could be asked.

    Raises `OwnerSilent` when it does not answer, `OwnerGarbled`, `OwnerDiffers`, `HomeUnusable`.
    """
    async with AsyncExitStack() as stack:
        try:
            async with asyncio.timeout(GREETING):
                connection = await unix_socket.connect(profile)
                if connection is None:
                    return None
                reader, writer = await asyncio.open_unix_connection(sock=connection, limit=protocol.LINE)
                owner = await stack.enter_async_context(Owner(reader, writer, owner_pid(profile)))
                if not await owner.greet():
                    return None
        except TimeoutError:
            raise errors.OwnerSilent(pid=owner_pid(profile)) from None
        stack.pop_all()
        return owner


async def join(
    profile: Profile, stack: AsyncExitStack, on_wait: Callable[[str], None], *, brief: bool = True
) -> Owner | None:
    """Connect to the running wxtui; None when there is none: then this process holds the profile's lock.

    `stack` closes the connection, or releases the lock. Waits for a process that has the lock and does not listen:
    another command, a login; `on_wait` hears its process id after two seconds. A process that is not `brief` waits no
    longer than that for one that stays. Raises `ProfileBusy`, `OwnerSilent`,
    `OwnerGarbled`, `OwnerDiffers`, `HomeUnusable`.
    """
    waiting, loop = LockWait(on_wait), asyncio.get_running_loop()
    end = loop.time() + PATIENCE
    while True:
        owner = await find_owner(profile)
        if owner is not None:
            return await stack.enter_async_context(owner)
        try:
            stack.enter_context(OwnerLock(profile, brief=brief))
            return None
        except errors.ProfileBusy as busy:
            if not (brief or isinstance(busy, errors.BusyBriefly) or loop.time() < end):
                raise
            await asyncio.sleep(waiting.pause(busy))
