"""Unix socket of a profile: makes it, connects to it, and checks the user at its other end.

A command connects by the C module below `socket`, whose enums take longer to import than all that it does.
"""

from __future__ import annotations

import _socket
import contextlib
import os
import stat
import sys
import time
from typing import TYPE_CHECKING, Final

from tui import errors
from tui.paths import PRIVATE_FILE, SOCKET, Profile, make_private_dir

if TYPE_CHECKING:
    import socket
    from pathlib import Path

_LONGEST: Final = 107 if sys.platform == "linux" else 103
"""Bytes of a path that fit into `sun_path`, without the final NUL."""
_SOL_LOCAL: Final = 0
_LOCAL_PEERCRED: Final = 1
_XUCRED: Final = "IIh"
"""How BSD's and macOS's `struct xucred` begins: version, uid, number of groups."""
_BACKLOG: Final = 64


def bind(profile: Profile) -> socket.socket:
    """Return the profile's listening socket, mode 0600 in a directory of 0700. Only for the holder of the `OwnerLock`.

    A file in its place was left by a process that is dead, and is replaced. Raises `HomeUnusable`.
    """
    import socket

    make_private_dir(profile.state)
    with contextlib.ExitStack() as stack:
        listener = stack.enter_context(socket.socket(socket.AF_UNIX, socket.SOCK_STREAM))
        listener.setblocking(False)
        try:
            try:
                _take_place(profile, listener)
            except FileNotFoundError:
                # The folder was empty, and another owner that ended took it away: it is made again.
                _take_place(profile, listener)
            listener.listen(_BACKLOG)
        except OSError as error:
            why = error.strerror or errors.Phrase("it cannot be created")
            raise errors.HomeUnusable(path=profile.socket_file, why=why) from None
        stack.pop_all()
    return listener


def _take_place(profile: Profile, listener: socket.socket) -> None:
    link = profile.socket_file
    place = link if _fits(link) else _short_place(profile)
    for path in {link, place}:
        path.unlink(missing_ok=True)
    listener.bind(os.fspath(place))
    # Nobody can connect before `listen`; the directory lets nobody in anyway.
    place.chmod(PRIVATE_FILE)
    if place != link:
        # The link leads to the socket, whatever XDG_RUNTIME_DIR and TMPDIR say in another shell.
        link.symlink_to(place)


def remove(profile: Profile) -> None:
    """Delete the socket. Only for the holder of the `OwnerLock`."""
    with contextlib.suppress(OSError):
        if profile.socket_file.is_symlink():
            place = profile.socket_file.readlink()
            place.unlink(missing_ok=True)
            with contextlib.suppress(OSError):
                place.parent.rmdir()  # Sockets of other profiles may be in it.
        profile.socket_file.unlink(missing_ok=True)


def connect(profile: Profile, end: float) -> _socket.socket | None:
    """Connect to the owner; return None when nobody listens: there is no socket, or its process is dead.

    Waits until `end`, by `time.monotonic`, while its queue is full. Raises `TimeoutError`, and `HomeUnusable` when the
    socket belongs to another user.
    """
    path = profile.within(SOCKET)
    with contextlib.suppress(OSError):
        path = os.readlink(path)
    if not _fits(path):
        # An owner would have left a link there.
        return None
    with contextlib.ExitStack() as stack:
        connection = _socket.socket(_socket.AF_UNIX, _socket.SOCK_STREAM)
        stack.callback(connection.close)
        connection.settimeout(max(0.001, end - time.monotonic()))
        try:
            _connect(connection, path, end)
            if peer_uid(connection) != os.geteuid():
                raise errors.HomeUnusable(path=path, why=errors.Phrase("it belongs to another user"))
        except (FileNotFoundError, NotADirectoryError, ConnectionRefusedError):
            return None
        except TimeoutError:
            raise
        except OSError as error:
            raise errors.HomeUnusable(path=path, why=error.strerror or errors.Phrase("it cannot be used")) from None
        stack.pop_all()
    return connection


def _connect(connection: _socket.socket, path: str, end: float) -> None:
    while True:
        try:
            connection.connect(path)
            return
        except BlockingIOError:
            # The owner's queue is full, and nothing tells when it is not.
            if time.monotonic() > end:
                raise TimeoutError from None
            time.sleep(0.05)  # This client blocks: no event loop runs in its thread.


def peer_uid(connection: _socket.socket) -> int:
    """Return the effective user of the process at the other end, as the kernel knows it. Raises `OSError`."""
    if sys.platform == "linux":
        # Three integers: process, user, group.
        credentials = connection.getsockopt(_socket.SOL_SOCKET, _socket.SO_PEERCRED, 12)
        return int.from_bytes(credentials[4:8], sys.byteorder)
    import struct

    answer = connection.getsockopt(_SOL_LOCAL, _LOCAL_PEERCRED, 128)
    return int(struct.unpack_from(_XUCRED, answer)[1])


def hung_up(connection: socket.socket) -> bool:
    """Return True when the other end is closed, and not only done with writing; False where the system cannot tell."""
    import select

    if sys.platform != "linux":
        return False
    poll = select.poll()
    poll.register(connection.fileno(), 0)  # POLLHUP and POLLERR are always told.
    return bool(poll.poll(0))


def _fits(path: str | Path) -> bool:
    return len(os.fsencode(path)) <= _LONGEST


def _short_place(profile: Profile) -> Path:
    """Return a shorter path, in a private directory, by a name that no other profile has. Raises `HomeUnusable`."""
    import hashlib
    import tempfile
    from pathlib import Path

    name = hashlib.sha256(os.fsencode(profile.state.absolute())).hexdigest()[:24] + ".sock"
    runtime = os.environ.get("XDG_RUNTIME_DIR", "")
    folders = [Path(runtime) / "wxtui"] if runtime else []
    folders += [Path(base) / f"wxtui-{os.geteuid()}" for base in dict.fromkeys((tempfile.gettempdir(), "/tmp"))]
    folder = next((one for one in folders if _fits(one / name) and _is_ours(one)), None)
    if folder is None:
        raise errors.HomeUnusable(path=profile.socket_file, why=errors.Phrase("its path is too long for a socket"))
    return folder / name


def _is_ours(folder: Path) -> bool:
    """Make the folder, if need be; return whether it is a real directory of this user that no other may look into."""
    try:
        with contextlib.suppress(FileExistsError):
            folder.mkdir(mode=0o700)
            folder.chmod(0o700)
        found = folder.lstat()
    except OSError:
        return False
    return stat.S_ISDIR(found.st_mode) and found.st_uid == os.geteuid() and not found.st_mode & 0o077
