"""Private names of Textual that this program uses or overrides: all of them, each with its reason.

No other module may use one (`tests/terminal/test_patches.py`), and `pyproject.toml` allows one minor version only: a
release that renames or changes one fails in that test, by name. Of rich only public names are used.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import sys
import termios
import threading
import tty
from collections.abc import Callable, Iterator, Sequence
from enum import Enum
from queue import Empty
from time import monotonic
from typing import Any, Final, TypeAlias, cast

from rich.segment import Segment
from textual import constants, events
from textual._ansi_sequences import ANSI_SEQUENCES_KEYS
from textual._compositor import ChopsUpdate, Compositor, LayoutUpdate
from textual._styles_cache import StylesCache
from textual._xterm_parser import XTermParser
from textual.app import App
from textual.binding import Binding
from textual.dom import DOMNode
from textual.driver import Driver
from textual.drivers import linux_driver
from textual.drivers._writer_thread import WriterThread
from textual.drivers.linux_driver import LinuxDriver
from textual.geometry import Region, Size
from textual.message import Message
from textual.message_pump import MessagePump
from textual.screen import Screen
from textual.strip import Strip
from textual.widget import Widget

# ---------------------------------------------------------------- changes to Textual itself


class _Alt(Enum):
    """Textual's names for these keys."""

    ENTER = "alt+enter"
    BACKSPACE = "alt+backspace"


_ALT_KEYS: Final = {"\x1b\r": _Alt.ENTER, "\x1b\x7f": _Alt.BACKSPACE, "\x1b\x08": _Alt.BACKSPACE}


def apply() -> None:
    """Change what cannot be overridden. May be called again.

    - `ANSI_SEQUENCES_KEYS`: terminals without the extended key protocol (tmux, most over SSH) send Alt with a key as
      Escape and the key. Textual drops the Escape before Enter, so that Alt+Enter sends what should only get a new
      line, and takes Alt+Backspace for Ctrl+W (https://github.com/Textualize/textual/issues/6663).
    - `StylesCache.get_inner_outer` is a method with an `lru_cache`: it keeps the drawn lines of a thousand screens that
      are long closed (https://github.com/Textualize/textual/issues/6665).
    - `AppFocus` and `AppBlur` make Textual style every widget anew, in 4 ms, and a terminal may send thousands: of
      those that wait in the app's queue only the last one counts. `can_replace` is public, the parser's choice of class
      is not.
    - `Compositor.render_partial_update` has every widget draw all of its lines, whichever one has changed: a letter in
      the bar drew all messages and the list, three quarters of what it cost.
    - `Screen._on_idle` leaves drawing to a timer of 60 a second: what a key changes after its first draw, when the
      store has answered, waited for up to 16 ms.
    """
    table = cast("dict[str, object]", ANSI_SEQUENCES_KEYS)
    table.update({sequence: (key,) for sequence, key in _ALT_KEYS.items()})
    cached: Any = StylesCache.get_inner_outer
    _replace(StylesCache, "get_inner_outer", getattr(cached, "__wrapped__", cached))
    for report in (events.AppFocus, events.AppBlur):
        _replace(report, "can_replace", _is_focus_report)
    _replace(Compositor, "render_partial_update", _changed_strips)
    _replace(Screen, "_on_idle", _on_idle)


def _replace(owner: type, name: str, value: object) -> None:
    setattr(owner, name, value)


def _is_focus_report(_self: Message, pending: Message) -> bool:
    return isinstance(pending, events.AppFocus | events.AppBlur)


# ---------------------------------------------------------------- input


class SequenceParser:
    """Textual's parser, for complete sequences: none makes it raise, and one that it does not know is dropped.

    Textual's driver gives `XTermParser` whatever the terminal sends. One byte that is not UTF-8 ends the program
    (https://github.com/Textualize/textual/issues/6456), a sequence that it does not know is typed into the bar, and so
    are the parts of an Escape within a paste. Its `_awaiting` has a timeout as long as it waits for more of a sequence.
    """

    def __init__(self) -> None:
        apply()
        self._parser = XTermParser()

    def feed(self, text: str) -> list[Message]:
        """Return the messages of a piece of input, after which more may come."""
        messages: list[Message] = []
        parser = self._parser
        try:
            messages.extend(parser.feed(text))
            unknown = parser._awaiting.timeout is not None
        except Exception:
            # Numbers in a sequence that are none of Textual's, such as a code point beyond Unicode. Its parser is a
            # generator and ended with that; what the terminal sends next must be heard all the same.
            unknown = True
        if unknown:
            self._parser = XTermParser()
            self._parser.last_x, self._parser.last_y = parser.last_x, parser.last_y
        return messages


def parse_last(text: str) -> list[Message]:
    """Return the messages of a piece of input after which nothing came."""
    parser = XTermParser()
    messages: list[Message] = []
    with contextlib.suppress(StopIteration):
        messages += parser.feed(text)
        messages += parser.feed("")
    return messages


def is_idle(pump: MessagePump) -> bool:
    """Return True when a widget, screen or app has handled all its messages and waits for the next one.

    `_message_queue` with its `ready_event`, and asyncio's `Event._waiters`: nothing else tells.
    """
    ready: Any = pump._message_queue.ready_event
    return not ready.is_set() and bool(ready._waiters)


def bound_keys(node: DOMNode) -> dict[str, list[Binding]]:
    """Return what keys are bound to in a widget itself, under the person's keymap (`_bindings`, `_keymap`).

    `Screen.active_bindings` is public, but collects those of all ancestors, and is too slow for each letter.
    """
    bindings = node._bindings.copy()
    bindings.apply_keymap(node.app._keymap)
    return bindings.key_to_bindings


# ---------------------------------------------------------------- drawing

PlacedStrip: TypeAlias = tuple[int, int, Sequence[Segment]]
"""Segments, and the cell where they begin: x, y, segments."""


class StripsUpdate(tuple[PlacedStrip, ...]):
    """Parts of lines that may have changed."""

    __slots__ = ()

    def __rich_console__(self, console: object, options: object) -> Iterator[Segment]:
        """Yield nothing: `draw_update` draws it. Textual takes only what rich could print."""
        yield from ()


Update: TypeAlias = LayoutUpdate | ChopsUpdate | StripsUpdate
"""Changed parts of the screen: all of a region, or some spans of some lines."""


def _changed_strips(compositor: Compositor) -> StripsUpdate | None:
    """Draw the parts of lines in which something changed, each by the widget that is seen there, and no others."""
    dirty = compositor._dirty_regions.copy()
    compositor._dirty_regions.clear()
    if not dirty:
        return None
    spans: dict[int, list[tuple[int, int]]] = {}
    for y, x1, x2 in compositor._regions_to_spans(dirty):
        spans.setdefault(y, []).append((x1, x2))
    return StripsUpdate(_strips_of(compositor, spans))


def _strips_of(compositor: Compositor, spans: dict[int, list[tuple[int, int]]]) -> Iterator[PlacedStrip]:
    """Yield for each line the parts that touch one of its spans; a part is all that a widget shows of a line."""
    free = {y: [(0, compositor.size.width)] for y in spans}
    for widget, (region, clip) in compositor.visible_widgets.items():
        area = region.intersection(clip)
        parts: list[tuple[int, int, int]] = []
        for y in [y for y in area.line_range if y in free]:
            left: list[tuple[int, int]] = []
            for begin, end in free[y]:
                x1, x2 = max(begin, area.x), min(end, area.right)
                if x1 >= x2:
                    left.append((begin, end))
                    continue
                left += [(one, other) for one, other in ((begin, x1), (x2, end)) if one < other]
                if any(x1 < stop and start < x2 for start, stop in spans[y]):
                    parts.append((y, x1, x2))
            if left:
                free[y] = left
            else:
                del free[y]
        yield from _drawn(widget, region, parts)
        if not free:
            return


def _drawn(widget: Widget, region: Region, parts: Sequence[tuple[int, int, int]]) -> Iterator[PlacedStrip]:
    """Yield parts of lines (y, x1, x2) of a widget: of neighbouring lines, as many as it can draw in one go."""
    at = 0
    while at < len(parts):
        y, x1, x2 = parts[at]
        count = 1
        while at + count < len(parts) and parts[at + count] == (y + count, x1, x2):
            count += 1
        lines = widget.render_lines(Region(x1 - region.x, y - region.y, x2 - x1, count))
        for number, strip in enumerate(lines):
            yield x1, y + number, list(strip)
        at += count


_TURNS: Final = 20
"""Turns of the event loop in which what a key set off has nearly always been handled, from the widget to the app."""
_BURST: Final = 3
"""Draws that may follow each other at once; more of them are 1/60 s apart."""


class DrawAllowance:
    """Draws that need not wait for the next frame: some at once, and then one each 1/60 s.

    What a key brings in two or three steps is seen without delay; what comes in a flood is drawn 60 times a second.
    """

    def __init__(self, clock: Callable[[], float] = monotonic) -> None:
        """`clock` is monotonic, in seconds."""
        self._clock = clock
        self._left = float(_BURST)
        self._at = clock()

    def take(self) -> bool:
        """Return True, and count it, when a draw need not wait."""
        now = self._clock()
        self._left = min(_BURST, self._left + (now - self._at) * constants.MAX_FPS)
        self._at = now
        if self._left < 1:
            return False
        self._left -= 1
        return True


async def _on_idle(screen: Screen[Any], event: events.Idle) -> None:
    """Draw what changed, in one of the next turns of the loop."""
    event.prevent_default()
    app = screen.app
    if not app._batch_count and screen.is_current and _has_changed(screen):
        if not isinstance(app, PatchedApp):
            screen._update_timer.resume()
        elif screen not in app.drawn_soon:
            if app.draw_allowance.take():
                app.drawn_soon.add(screen)
                asyncio.get_running_loop().call_soon(_draw, screen, app)
            else:
                screen._update_timer.resume()
        return
    await screen._invoke_and_clear_callbacks()


def _has_changed(screen: Screen[Any]) -> bool:
    return bool(
        screen._layout_required
        or screen._scroll_required
        or screen._repaint_required
        or screen._recompose_required
        or screen._dirty_widgets
    )


def _draw(screen: Screen[Any], app: PatchedApp, turns: int = _TURNS) -> None:
    """Draw when all that was posted has been handled: one frame shows all that comes of a key."""
    if app._exit:
        return
    if turns and not all(map(is_idle, (app, screen, *screen._compositor.visible_widgets))):
        asyncio.get_running_loop().call_soon(_draw, screen, app, turns - 1)
        return
    app.drawn_soon.discard(screen)
    try:
        screen._on_timer_update()
    except Exception as error:
        app._handle_exception(error)


def placed_strips(update: Update) -> Iterator[tuple[int, int, Sequence[Segment]]]:
    """Yield the segments of an update with the cell where they begin (x, y); Textual only gives out bytes."""
    if isinstance(update, StripsUpdate):
        yield from update
        return
    if isinstance(update, LayoutUpdate):
        for y, line in enumerate(update.strips, update.region.y):
            yield update.region.x, y, [segment for strip in line if strip is not None for segment in strip]
        return
    for y, x1, x2 in update.spans:
        for end, (x, strip) in zip(update.chop_ends[y], update.chops[y].items(), strict=False):
            if strip is not None and x < x2 and end > x1:
                yield x, y, list(strip)


def whole_update(screen: Screen[Any], update: Update | None = None) -> LayoutUpdate:
    """Return an update with every line of a screen: `update`, where it has them all (`_compositor`)."""
    if isinstance(update, LayoutUpdate) and update.region == screen._compositor.size.region:
        return update
    return screen._compositor.render_full_update()


def screen_lines(screen: Screen[Any], size: Size) -> list[Strip]:
    """Return the lines of a screen that another one covers (`_compositor`).

    Textual would take them through rich's console for each frame.
    """
    return screen._compositor.render_strips(size)


def collects_changes(app: App[Any]) -> bool:
    """Return True while changes are collected for one frame, and nothing reaches the terminal (`_batch_count`)."""
    return bool(app._batch_count)


# ---------------------------------------------------------------- the app


class PatchedApp(App[None], inherit_bindings=False, inherit_css=False):
    """Textual's app with public methods in place of the private ones that this program overrides."""

    def __init__(self) -> None:
        super().__init__()
        apply()
        self.draw_allowance = DrawAllowance()
        self.drawn_soon: set[Screen[Any]] = set()
        """Screens that are drawn in one of the next turns of the loop."""
        # Nothing here has a tooltip or pops up: no screen needs Textual's widgets for that.
        self._disable_tooltips = self._disable_notifications = True

    # ------------------------------------------------ for subclasses

    def broke(self, error: BaseException) -> None:
        """End by an error that nobody caught. `_handle_exception`: a hangup is no mistake."""
        super()._handle_exception(cast("Exception", error))

    def breaking(self) -> None:
        """Hear that a mistake begins to end the program."""

    def draw_update(self, update: Update) -> None:
        """Draw what changed."""

    # ------------------------------------------------ what Textual calls

    def _handle_exception(self, error: Exception) -> None:
        self.broke(error)

    def _fatal_error(self) -> None:
        """Leave. Textual would show the way there with what every variable holds: messages, names, tickets."""
        self.breaking()
        self._close_messages_no_wait()

    def panic(self, *renderables: object) -> None:
        """Leave, and show nothing of what Textual would show: it may hold messages, names and tickets."""
        self._exception = self._exception or RuntimeError()
        self._fatal_error()

    def _display(self, screen: Screen[Any], renderable: object) -> None:
        """Hand on what changed, to be compared with what the terminal shows; Textual writes every touched line."""
        try:
            if isinstance(renderable, LayoutUpdate | ChopsUpdate | StripsUpdate):
                self.draw_update(renderable)
        finally:
            self.post_display_hook()

    # ------------------------------------------------ facts that have no public name

    @property
    def broken_by(self) -> Exception | None:
        """Error by which the program ended; None when it ended as it should."""
        return self._exception

    @property
    def terminal_driver(self) -> Driver | None:
        """The driver, from the start to the end of the program."""
        return self._driver

    @property
    def open_terminal(self) -> Driver | None:
        """The driver, while what is written reaches a terminal, which an editor may have now."""
        reached = self._running and not self._closed and not self.is_headless and not self._batch_count
        return self._driver if reached else None

    @property
    def synchronizes(self) -> bool:
        """True when the terminal has said that it knows synchronized updates."""
        return self._sync_available

    def call_threadsafe(self, callback: Callable[..., object], *arguments: object) -> None:
        """Have the event loop call this, from any thread; nothing where there is no loop, or none any more."""
        if self._loop is not None:
            with contextlib.suppress(RuntimeError):
                self._loop.call_soon_threadsafe(callback, *arguments)


# ---------------------------------------------------------------- the driver

_KITTY_KEYS: Final = (
    linux_driver.KITTY_DISAMBIGUATE_ESCAPE_CODES
    | linux_driver.KITTY_REPORT_ALL_KEYS
    | linux_driver.KITTY_REPORT_ASSOCIATED_TEXT
)


class PatchedDriver(LinuxDriver):
    """Textual's driver, whose threads and signals end nothing, with public names for what it keeps private."""

    @property
    def writes(self) -> bool:
        """True while the thread runs that writes to the terminal (`_writer_thread`)."""
        return self._writer_thread is not None and self._writer_thread.is_alive()

    @property
    def output_waiting(self) -> int:
        """Pieces that wait for the thread that writes to the terminal (`_queue`)."""
        return self._writer_thread._queue.qsize() if self._writer_thread is not None else 0

    @property
    def app(self) -> App[Any]:
        """The app that hears the keys."""
        return self._app

    def stop_reading(self) -> None:
        """Stop the thread that reads, without emptying the terminal (`_key_thread`); again does nothing."""
        if self._key_thread is not None:
            self.exit_event.set()
            self._key_thread.join()
            self._key_thread = None
            self.exit_event.clear()

    def write_last(self, data: bytes) -> None:
        """Write to the terminal past the thread that does it (`_file`). Raises `OSError`, `ValueError`."""
        if self._file is not None:
            os.write(self._file.fileno(), data)

    def _run_input_thread(self) -> None:
        """Read keys. An error ends the app; Textual would print it with all variables, and end with exit code 0."""
        try:
            self.run_input_thread()
        except BaseException as error:
            # Without this thread no key is heard any more: the program must end, whatever it was.
            self._app.call_later(self._app._handle_exception, error)

    def _get_terminal_size(self) -> tuple[int, int]:
        """Return columns and rows. Textual imports `shutil` for that, and so the libraries of all archives."""
        try:
            width, height = os.get_terminal_size(sys.__stdout__.fileno() if sys.__stdout__ is not None else 1)
        except (OSError, ValueError):
            width = height = 0
        return width or 80, height or 24

    def _query_in_band_window_resize(self) -> None:
        """Ask for nothing: sizes come by SIGWINCH, over SSH too, and need no trust in the terminal's numbers."""

    # ------------------------------------------------ the mouse

    def use_mouse(self, on: bool) -> None:
        """Let the terminal report the mouse from now on, or leave the mouse to the terminal (`_mouse`)."""
        if on != self._mouse:
            self._mouse = True  # Without it nothing is written.
            (self._enable_mouse_support if on else self._disable_mouse_support)()
            self._mouse = on

    def _enable_mouse_support(self) -> None:
        """Ask for clicks, the wheel and drags; Textual also asks for every move, of which nothing here makes use."""
        if self._mouse:
            self.write("\x1b[?1000h\x1b[?1002h\x1b[?1006h")
            self.flush()

    def _disable_mouse_support(self) -> None:
        if self._mouse:
            self.write("\x1b[?1006l\x1b[?1002l\x1b[?1000l")
            self.flush()

    # ------------------------------------------------ stopping and going on

    def _sigtstp_application(self, *_: object) -> None:
        """Stop soon: a signal handler may have interrupted the very queue that it would write to."""
        self._loop.call_soon_threadsafe(self._stop)

    @property
    def holds_terminal(self) -> bool:
        """True while a stop is this driver's: not before it has taken the terminal, nor once it is leaving it."""
        return True

    def stop_without(self) -> None:
        """Stop the process, or see to it, while the terminal is not this driver's."""

    def go_on_without(self) -> None:
        """Go on after a stop while the terminal is not this driver's: Textual would take it, and the app again."""

    def _stop(self) -> None:
        (super()._sigtstp_application if self.holds_terminal else self.stop_without)()

    def _sigcont_application(self, *_: object) -> None:
        """Go on soon."""
        self._loop.call_soon_threadsafe(self._go_on)

    def _go_on(self) -> None:
        if self._must_signal_resume:
            # It was stopped by Ctrl+Z or SIGTSTP, and has given the terminal back before.
            super()._sigcont_application()
        elif not self.holds_terminal:
            self.go_on_without()
        elif self._auto_restart:
            # SIGSTOP, which nobody hears. Textual would begin to read keys a second time, and never end.
            self._retake()
            self._app.post_message(self.SignalResume())

    def _retake(self) -> None:
        """Set every mode again after a stop that nobody announced: the shell has used the terminal."""
        with contextlib.suppress(termios.error):
            attributes = termios.tcgetattr(self.fileno)
            attributes[tty.LFLAG] = self._patch_lflag(attributes[tty.LFLAG])
            attributes[tty.IFLAG] = self._patch_iflag(attributes[tty.IFLAG])
            attributes[tty.CC][termios.VMIN] = 1
            termios.tcsetattr(self.fileno, termios.TCSANOW, attributes)
        # The other screen without 1049, which would save the cursor a second time, from where it is now.
        self.write("\x1b[?1047h\x1b[?1004h")
        # kitty's keys: set, not pushed; they were pushed at the start and are popped once at the end.
        if not constants.DISABLE_KITTY_KEY:
            self.write(f"\x1b[={_KITTY_KEYS};1u")
        self._enable_mouse_support()
        self._enable_bracketed_paste()
        self._disable_line_wrap()


def release_writers(thread: threading.Thread | None) -> bool:
    """Empty the queue of the thread that writes to the terminal, so that nobody waits for room in it (`WriterThread`).

    Returns False for any other thread.
    """
    if not isinstance(thread, WriterThread):
        return False
    with contextlib.suppress(Empty):
        while True:
            thread._queue.get_nowait()
    return True
