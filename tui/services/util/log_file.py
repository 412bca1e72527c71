"""Log file of a profile: lines about wxtui's own work, never a message, a name, a path or a secret.

Several processes of a profile write to one file, each line in one piece. A file that is full is moved aside, and
replaces the one before. Nothing that the disk does stops or delays the program: a thread writes, which lives only while
there are lines, and what cannot be written is left out.
"""

from __future__ import annotations

import contextlib
import fcntl
import logging
import os
import stat
import threading
import time
from collections import deque
from pathlib import Path
from typing import Final

from tui import __version__
from tui.breakage import frames
from tui.errors import WxtuiError
from tui.paths import PRIVATE_FILE, Profile
from tui.wire.text import printable

LARGEST: Final = 1024 * 1024
"""Bytes after which a file is moved aside."""
_LONGEST: Final = 16 * 1024
"""Characters of a line, with all that is below it."""
_MOST_WAITING: Final = 10_000
"""Lines that wait for a disk that does not answer."""
_PATIENCE: Final = 1.0
"""Seconds that the end of a process waits for that disk."""
_FLAGS: Final = os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW | os.O_NONBLOCK
_ROOT: Final = "wxtui"
_log: Final = logging.getLogger("wxtui.command")
_OFF: Final = logging.CRITICAL + 1


def older(path: str) -> str:
    """Return the path of the file that was moved aside."""
    return f"{path}.1"


def open_log(profile: Profile, level: str) -> LogFile:
    """Take the lines of this process from now on, until the file is closed as often as it was opened.

    Without it, warnings would go to standard error.
    """
    place = profile.log_place
    file = next((one for one in _files() if one.path == place), None)
    if file is None:
        file = LogFile(profile, level)
        logging.getLogger(_ROOT).addHandler(file)
    file.users += 1
    file.use(level)
    return file


def _files() -> list[LogFile]:
    return [one for one in logging.getLogger(_ROOT).handlers if isinstance(one, LogFile)]


class LogFile(logging.Handler):
    """Takes the lines of a level and above, and has them written by a thread."""

    def __init__(self, profile: Profile, level: str) -> None:
        super().__init__(_number_of(level))
        self.path = profile.log_place
        self.users = 0
        self._waiting: deque[str] = deque()
        self._left_out = 0
        self._writer: threading.Thread | None = None
        # Not the handler's own lock, which the end of the process holds while it waits for the writer.
        self._guard = threading.RLock()

    def use(self, level: str) -> None:
        """Take the lines of another level."""
        self.setLevel(_number_of(level))
        _settle()

    def close(self) -> None:
        """Take no more lines; those that came are written, for as long as the disk answers."""
        self.users -= 1
        if self.users > 0:
            return
        logging.getLogger(_ROOT).removeHandler(self)
        _settle()
        self.flush()
        super().close()

    def filter(self, record: logging.LogRecord) -> bool:
        """Leave out what comes with each request, and what stands below another line already, unless all is wanted."""
        return bool(super().filter(record)) and (self.level <= logging.DEBUG or not hasattr(record, "often"))

    def emit(self, record: logging.LogRecord) -> None:
        """Have a line written; returns at once."""
        try:
            text = line(record)
        except Exception:
            # A template that its arguments do not fit. logging itself would print them.
            text = f"{_head(record)}a line that does not fit: {record.msg!r}\n"
        with self._guard:
            if len(self._waiting) >= _MOST_WAITING:
                self._left_out += 1
                return
            self._waiting.append(text)
            if self._writer is not None:
                return
            writer = self._writer = threading.Thread(target=self._write, name="wxtui-log", daemon=True)
            try:
                writer.start()
            except RuntimeError:
                # The interpreter ends, or there are no threads left.
                self._write()

    def flush(self) -> None:
        """Wait until all lines are written, or the disk does not answer."""
        writer = self._writer
        if writer is not None and writer is not threading.current_thread():
            with contextlib.suppress(RuntimeError):
                writer.join(_PATIENCE)

    def _write(self) -> None:
        while True:
            with self._guard:
                if not self._waiting:
                    self._writer = None
                    return
                lines, left_out = list(self._waiting), self._left_out
                self._waiting.clear()
                self._left_out = 0
            if left_out:
                lines.append(f"  {left_out} lines were left out: the disk did not answer\n")
            for one in lines:
                # A full or broken disk costs lines, and nothing else; doctor says why.
                with contextlib.suppress(OSError):
                    append(self.path, one.encode("utf-8", "replace"))


def keep_log(profile: Profile, level: str, command: str) -> None:
    """Take the lines of this process, which runs a command, until it ends; again does nothing."""
    if not any(one.path == profile.log_place for one in _files()):
        open_log(profile, level)
        _log.info("wxtui %s: %s", __version__, command)


def note_failure(command: str, error: WxtuiError) -> None:
    """Write how a command ended, where its lines go to a log file."""
    if _files():
        _log.warning("%s ended with exit code %d: %s", command, error.exit_code, error.code)


def _number_of(level: str) -> int:
    """Return logging's number of a value of the setting `log`."""
    return _OFF if level == "off" else logging.getLevelNamesMapping()[level.upper()]


def _settle() -> None:
    """Let the loggers make the lines that somebody wants, and no others."""
    logger = logging.getLogger(_ROOT)
    wanted = min((one.level for one in logger.handlers), default=logging.WARNING)
    logger.setLevel(wanted if wanted < logging.WARNING else logging.NOTSET)


# ---------------------------------------------------------------- lines


def line(record: logging.LogRecord) -> str:
    """Return a record as a line; what it has below is indented, so that no text begins a line of its own.

    An exception is named by its class: its text may hold anything.
    """
    arguments = record.args or ()
    if isinstance(arguments, tuple):
        arguments = tuple(type(one).__name__ if isinstance(one, BaseException) else one for one in arguments)
    text = str(record.msg) % arguments if arguments else str(record.msg)
    broken = getattr(record, "broken", None)
    if isinstance(broken, BaseException):
        text += f"\n{frames(broken)}"
    text = printable(text[:_LONGEST].strip("\n"), newlines=True).replace("\n", "\n  ")
    return f"{_head(record)}{text}\n"


def _head(record: logging.LogRecord) -> str:
    at = time.localtime(record.created)
    moment = f"{time.strftime('%Y-%m-%d %H:%M:%S', at)}.{int(record.msecs):03d} {time.strftime('%z', at)}"
    return f"{moment} {record.levelname.lower()} {record.name.removeprefix(f'{_ROOT}.')}[{record.process}]: "


# ---------------------------------------------------------------- the file


def append(path: str, text: bytes, largest: int = LARGEST) -> None:
    """Append a line to the file, which is made where its folder is; a full one is moved aside before.

    Raises `OSError`: also for what is no file of one's own, and where the full one cannot be moved.
    """
    while True:
        handle = os.open(path, _FLAGS, PRIVATE_FILE)
        try:
            status = os.fstat(handle)
            if not stat.S_ISREG(status.st_mode) or status.st_uid != os.geteuid():
                raise PermissionError
            if stat.S_IMODE(status.st_mode) != PRIVATE_FILE:
                os.fchmod(handle, PRIVATE_FILE)
            if status.st_size and status.st_size + len(text) > largest:
                if _moved_aside(path, handle, status):
                    continue
                if status.st_size > 2 * largest:
                    raise PermissionError
            while text:
                text = text[os.write(handle, text) :]
            return
        finally:
            os.close(handle)


def _moved_aside(path: str, handle: int, status: os.stat_result) -> bool:
    """Move a full file aside, unless another process has just done so; return False where that cannot be."""
    try:
        # Of two processes that find it full, one moves it: the other would move the new one.
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    try:
        if os.path.samestat(status, os.lstat(path)):
            Path(path).replace(older(path))
    except FileNotFoundError:
        pass
    except OSError:
        return False
    return True
