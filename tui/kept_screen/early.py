"""Screen of the last run on the terminal while the program is still being imported.

Here nothing is imported that costs time: the picture is on the screen before Python has loaded `typing`. From then on
every ending restores the terminal, until the live program takes it over.
"""

from __future__ import annotations

# `signal` makes enums of its numbers, which takes longer than all that is done here.
import _signal  # type: ignore[import-not-found]
import os
import sys
import termios
import time

TYPE_CHECKING = False
if TYPE_CHECKING:
    from types import FrameType
    from typing import Any, Final

    from tui.kept_screen.picture import KeptPicture
    from tui.paths import Profile

_INPUT: Final = 0
_OUTPUT: Final = 2
"""Textual reads from standard input and draws on standard error."""
_ENTER: Final = b"\x1b[?1049h\x1b[?7l\x1b[?2004h"
"""The other screen, no line wrap, bracketed paste."""
_AGAIN: Final = _ENTER.replace(b"1049", b"1047")
"""After a stop that nobody announced: 1049 would save the cursor a second time, from where it is now."""
_LEAVE: Final = b"\x1b[?2004l\x1b[?7h\x1b[?1049l\x1b[?25h\x1b[m"
_ENDINGS: Final = (_signal.SIGINT, _signal.SIGTERM, _signal.SIGHUP, _signal.SIGQUIT)
_LFLAG, _IFLAG, _CC = 3, 0, 6
_CHUNK: Final = 4096
_OTHERS: Final = 0o077
_KIND, _REGULAR = 0o170000, 0o100000
_FUTURE: Final = 60
"""Seconds that a clock may have been set back since the screen was kept."""
_PATIENCE: Final = 0.5
"""Seconds in which a terminal must take what restores it: it may be stopped, or at the end of a line that is dead."""


class EarlyScreen:
    """Kept screen on the terminal, and how that was before."""

    __slots__ = ("_entered", "_handlers", "attributes", "intact", "painted_at", "picture", "reader", "typed")

    def __init__(self, picture: KeptPicture) -> None:
        """Note the terminal's modes; nothing is shown before `begin`. Raises `termios.error`."""
        self.picture = picture
        self.attributes: list[Any] = termios.tcgetattr(_INPUT)
        """Modes of the terminal before."""
        self.painted_at = 0.0
        """When the picture was shown (`time.monotonic`)."""
        self.intact = True
        """False once the window had another size, or somebody else wrote: the terminal may show something else."""
        self.typed = b""
        """Bytes that were typed before a stop; what the terminal holds came after them."""
        self.reader: Any = None
        """Reader of the program that had the terminal before, with the beginning of a paste or a key; None: nobody."""
        self._handlers: dict[int, Any] = {}
        self._entered = False

    def begin(self) -> None:
        """Take the terminal and show the picture. Raises `OSError`, `termios.error`."""
        for number in _ENDINGS:
            if _signal.getsignal(number) is not _signal.SIG_IGN:
                self._handlers[number] = _signal.signal(number, _end)
        if _signal.getsignal(_signal.SIGTSTP) is _signal.SIG_DFL:
            self._handlers[_signal.SIGTSTP] = _signal.signal(_signal.SIGTSTP, _stop)
            self._handlers[_signal.SIGCONT] = _signal.signal(_signal.SIGCONT, _go_on)
        self._handlers[_signal.SIGWINCH] = _signal.signal(_signal.SIGWINCH, _resized)
        self.draw()

    def follow(self) -> None:
        """Show the picture where a program has just left its screen. What ends the process is handled by others.

        Raises `OSError`, `termios.error`.
        """
        self._entered = True
        for number, handler in ((_signal.SIGTSTP, _stop), (_signal.SIGCONT, _go_on), (_signal.SIGWINCH, _resized)):
            _signal.signal(number, handler)
            self._handlers[number] = _signal.SIG_DFL
        self.draw()

    def draw(self) -> None:
        """Set the terminal's modes as Textual does it, and show the picture. Raises `OSError`, `termios.error`."""
        _take_keys(least=1)
        # Noted before: a stop in between leaves the other screen.
        entered, self._entered = self._entered, True
        _write((_AGAIN if entered else _ENTER) + self.picture.painted())
        self.painted_at = time.monotonic()

    def lend(self) -> None:
        """Give the terminal back until `draw`. What was typed is kept: it is for the program. Never raises."""
        try:
            # Where the handler came before `draw`, too: a line without its end could not be read.
            _take_keys(least=0)
            while data := os.read(_INPUT, _CHUNK):
                self.typed += data
        except (OSError, termios.error):
            pass
        self.restore()

    def hear_interrupt(self) -> None:
        """Let Ctrl+C be a signal, and keep what was typed. Raises `termios.error`."""
        modes = termios.tcgetattr(_INPUT)
        modes[_LFLAG] |= termios.ISIG | termios.NOFLSH
        termios.tcsetattr(_INPUT, termios.TCSANOW, modes)

    def restore(self) -> None:
        """Give the terminal back as it was. What was typed is for nobody: a shell would run it. Never raises."""
        try:
            termios.tcflush(_INPUT, termios.TCIFLUSH)
            termios.tcsetattr(_INPUT, termios.TCSANOW, self.attributes)
        except (OSError, termios.error):
            pass  # The terminal is gone; `contextlib` is not imported here.
        self._entered = False
        try:
            _write(_LEAVE)
        except OSError:
            pass

    def release(self) -> None:
        """Leave signals to others, unless somebody else has them already."""
        for number, before in self._handlers.items():
            if _signal.getsignal(number) in (_end, _stop, _go_on, _resized):
                _signal.signal(number, before)


current: EarlyScreen | None = None
"""Kept screen on the terminal, until somebody takes it over or it is restored."""


def show(arguments: list[str]) -> None:
    """Show the kept screen of the profile that the command line means, if there is one and everything is as it was."""
    global current
    try:
        picture = _kept(arguments)
        if picture is not None:
            current = EarlyScreen(picture)
            current.begin()
    except Exception:
        # A file that is not there, most of the time. Whatever it is, it keeps nobody from starting.
        restore()


def show_next(picture: KeptPicture, attributes: list[Any], reader: object) -> None:
    """Show a picture where a program has just left its screen, and its terminal as it was.

    `attributes` are the terminal's modes of before that program, `reader` read its keys.
    """
    global current
    try:
        screen = EarlyScreen(picture)
        screen.attributes, screen.reader = attributes, reader
        # Restored from here on by every ending.
        current = screen
        screen.follow()
    except (OSError, termios.error):
        restore()


def stop() -> None:
    """Stop the process; a kept screen on the terminal gives that back until `go_on`."""
    if current is not None:
        current.lend()
    os.kill(os.getpid(), _signal.SIGSTOP)


def go_on() -> None:
    """Show the kept screen again, if there is one: the shell has had the terminal."""
    if current is not None:
        try:
            current.draw()
        except (OSError, termios.error):
            pass


def take_over() -> None:
    """Leave the terminal to the caller, who restores it from now on (`current`, before this)."""
    global current
    taken, current = current, None
    if taken is not None:
        taken.release()


def hear_interrupt() -> None:
    """Let Ctrl+C end the program if it still shows a kept screen: nobody reads keys, and the start takes long."""
    if current is not None:
        try:
            current.hear_interrupt()
        except termios.error:
            pass


def restore() -> None:
    """Give the terminal back if it shows a kept screen; nobody has taken it over then. Never raises."""
    global current
    if current is not None:
        # `current` stays until it is done: a signal in between does it again.
        current.restore()
        current.release()
        current = None


def _take_keys(least: int) -> None:
    """Get each key at once from now on, as Textual does it, or wait for none (`least`: 0). Raises `termios.error`."""
    modes = termios.tcgetattr(_INPUT)
    modes[_LFLAG] &= ~(termios.ECHO | termios.ICANON | termios.IEXTEN | termios.ISIG)
    modes[_IFLAG] &= ~(termios.IXON | termios.IXOFF | termios.ICRNL | termios.INLCR | termios.IGNCR)
    modes[_CC][termios.VMIN], modes[_CC][termios.VTIME] = least, 0
    termios.tcsetattr(_INPUT, termios.TCSANOW, modes)


def _write(data: bytes) -> None:
    while data:
        data = data[os.write(_OUTPUT, data) :]


# ---------------------------------------------------------------- what is shown


def _kept(arguments: list[str]) -> KeptPicture | None:
    """Return the picture that is to be shown. Raises `OSError`, and `UsageError` for a profile's name that is none."""
    name = _profile_name(arguments)
    if name is None or not _is_terminal():
        return None
    from tui.paths import find_profile

    return kept_picture(find_profile(name))


def kept_picture(profile: Profile) -> KeptPicture | None:
    """Return the kept screen of a profile, if everything is as it was. Raises `OSError` where there is none."""
    # Commands do without these.
    from tui.kept_screen.conditions import FILE_NAME, conditions
    from tui.kept_screen.picture import MOST_BYTES, decode
    from tui.paths import SESSION, config_place

    picture = decode(_read(profile.within(FILE_NAME), MOST_BYTES))
    # Somebody who removed the session by hand is logged out as well.
    os.stat(profile.within(SESSION))
    now, (width, height) = time.time(), os.get_terminal_size(_OUTPUT)
    if picture is None or (picture.width, picture.height) != (width, height):
        return None
    if picture.conditions != conditions(config_place(), width, height):
        return None
    if picture.kept_at > now + _FUTURE or 0 < picture.expires_at <= now:
        return None
    if time.localtime(now)[:3] != time.localtime(picture.kept_at)[:3]:
        picture.use_date()
    return picture


def first_picture(profile: Profile) -> KeptPicture:
    """Return what stands on the terminal until a profile's live screen does: its kept screen, else nothing."""
    from tui.kept_screen.picture import KeptPicture

    try:
        picture = kept_picture(profile)
    except OSError:
        picture = None
    if picture is not None:
        return picture
    width, height = os.get_terminal_size(_OUTPUT)
    return KeptPicture(width, [[(("", "", ""), width, 1, " " * width)] for _line in range(height)])


def _profile_name(arguments: list[str]) -> str | None:
    """Return the profile that a command line of global options means; None where it names a command, or a mistake."""
    if os.environ.get("_WXTUI_COMPLETE") or os.environ.get("WXTUI_PLAIN"):
        return None
    name = os.environ.get("WXTUI_PROFILE") or "default"
    waiting = iter(arguments)
    for argument in waiting:
        option, equals, value = argument.partition("=")
        if option in ("--profile", "--server", "--endpoint"):
            value = value if equals else next(waiting, "")
            if option == "--profile":
                name = value
        else:
            return None
    return name


def _is_terminal() -> bool:
    """Return True where all three streams are one terminal that takes UTF-8, and this program is in its foreground."""
    encoding = getattr(sys.stderr, "encoding", None) or ""
    if encoding.lower().replace("_", "-") not in ("utf-8", "utf8") or os.environ.get("TERM", "dumb") in ("", "dumb"):
        return False
    if not (os.isatty(0) and os.isatty(1) and os.isatty(2)):
        return False
    if len({os.fstat(stream).st_rdev for stream in range(3)}) > 1:
        return False
    try:
        return os.tcgetpgrp(_INPUT) == os.getpgrp()
    except OSError:
        return True  # Without a shell that stops what is in its background.


def _read(path: str, most: int) -> bytes:
    """Return the contents of a file that is one's own, private and small; b"" for any other. Raises `OSError`."""
    descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    try:
        found = os.fstat(descriptor)
        private = found.st_uid == os.geteuid() and not found.st_mode & _OTHERS and found.st_mode & _KIND == _REGULAR
        return os.read(descriptor, most + 1) if private and found.st_size <= most else b""
    finally:
        os.close(descriptor)


# ---------------------------------------------------------------- signals


def _end(number: int, frame: FrameType | None) -> None:
    """End the process at once: nothing but the terminal has been touched. One that takes nothing keeps nobody."""
    _signal.signal(_signal.SIGALRM, lambda *_: os._exit(128 + number))
    _signal.setitimer(_signal.ITIMER_REAL, _PATIENCE)
    restore()
    os._exit(128 + number)


def _stop(number: int, frame: FrameType | None) -> None:
    """Stop, with the terminal as it was; `_go_on` follows. SIGTSTP would stop no process without a shell above it."""
    stop()


def _resized(number: int, frame: FrameType | None) -> None:
    """Note that the terminal has cut or moved what it shows, even if it has the same size again."""
    if current is not None:
        current.intact = False


def _go_on(number: int, frame: FrameType | None) -> None:
    """Show the picture again: the shell has had the terminal."""
    go_on()
