"""Probes of the terminal: its environment variables, its own answers, and the settings of tmux."""

from __future__ import annotations

import codecs
import locale
import os
import re
import select
import shutil
import termios
import time
import tty
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager, suppress
from typing import Any, Final

from tui.config.settings import Settings
from tui.doctor.finding import Finding, bad, fine, warning
from tui.errors import Phrase
from tui.terminal import tmux
from tui.terminal.clipboard import CopyReach, choose
from tui.terminal.desktop.clipboard_contents import reader_for
from tui.terminal.desktop.launching import FileUse, launcher_for
from tui.terminal.hyperlinks import LinkReach, link_reach
from tui.terminal.passthrough import Multiplexer, multiplexer_of

_LEAST_COLUMNS, _LEAST_ROWS = 40, 10
_DUMB: Final = ("", "dumb", "unknown")
_ANSWER: Final = 0.5
"""Seconds for a terminal's answer, over a slow link too."""
_ESCAPE_TIME: Final = 50
"""Milliseconds; tmux before 3.5 waits for 500 after Esc."""


def look(environ: Mapping[str, str]) -> Iterator[Finding]:
    """Describe the terminal: its type, size and colours."""
    term = environ.get("TERM", "")
    if term in _DUMB:
        yield warning(
            "terminal",
            Phrase("TERM is “{term}”: the full-screen client needs a real terminal", term=term),
            Phrase("The commands work. For the client: a terminal, and TERM=xterm-256color if it is not set."),
            term=term,
        )
    columns, rows = shutil.get_terminal_size()
    facts = {"term": term, "columns": columns, "rows": rows}
    size = Phrase("{term}, {columns}x{rows}", **facts)
    if columns < _LEAST_COLUMNS or rows < _LEAST_ROWS:
        yield warning("terminal", size, Phrase("It is small; everything fits in 80x24."), **facts)
    elif term not in _DUMB:
        yield fine("terminal", size, **facts)
    yield _colours(environ)


def colours_of(environ: Mapping[str, str]) -> int:
    """Return the number of colours, by the environment."""
    term = environ.get("TERM", "")
    if environ.get("NO_COLOR"):
        return 0
    if environ.get("COLORTERM", "").lower() in ("truecolor", "24bit") or "direct" in term:
        return 1 << 24
    if "256color" in term or term in ("xterm-kitty", "alacritty", "foot", "xterm-ghostty"):
        return 256
    return 0 if term in _DUMB else 16


def _colours(environ: Mapping[str, str]) -> Finding:
    colours = colours_of(environ)
    match colours:
        case 0:
            what = Phrase("none (NO_COLOR is set)") if environ.get("NO_COLOR") else Phrase("none")
        case 16:
            what = Phrase("16; maybe more with TERM=xterm-256color")
        case 256:
            what = Phrase("256")
        case _:
            what = Phrase("16 million")
    return fine("colours", what, colours=colours)


def words(environ: Mapping[str, str]) -> Finding:
    """Check that the locale is one of UTF-8: else Chinese arrives as question marks."""
    name = next((environ[one] for one in ("LC_ALL", "LC_CTYPE", "LANG") if environ.get(one)), "")
    try:
        encoding = codecs.lookup(locale.getencoding()).name
    except LookupError:
        encoding = "?"
    shown = Phrase("{locale}, {encoding}", locale=name or "C", encoding=encoding)
    if encoding == "utf-8":
        return fine("locale", shown, locale=name, encoding=encoding)
    advice = Phrase("Use a UTF-8 locale, for example: export LANG=C.UTF-8")
    return warning("locale", shown, advice, locale=name, encoding=encoding)


def clipboard(environ: Mapping[str, str], ask: Callable[[], tmux.Tmux | None] = tmux.ask) -> Finding:
    """Return how far a copy would get, by the route that a copy takes. Runs tmux where wxtui runs inside it."""
    route = choose(environ).route(ask)
    facts = {"way": route.reach.value, "missing": route.missing}
    match route.reach:
        case CopyReach.DESKTOP:
            what = Phrase("copies go to the desktop clipboard")
        case CopyReach.TERMINAL:
            what = Phrase("copies go to the terminal (OSC 52), which does not confirm them")
        case CopyReach.SCREEN:
            what = Phrase("copies go through screen to the terminal (OSC 52), which does not confirm them")
        case CopyReach.TMUX_HANDS_ON | CopyReach.TMUX_PASSES:
            what = Phrase("copies go to tmux and on to the terminal (OSC 52), which does not confirm them")
        case CopyReach.TMUX_DETACHED:
            what = Phrase("copies stay in tmux: no terminal is attached to it")
        case CopyReach.TMUX_KEEPS:
            what = Phrase("copies stay in tmux")
            return warning("clipboard", what, _to_conf(route.missing), **facts)
        case CopyReach.TMUX_UNKNOWN:
            what = Phrase("copies go to tmux (OSC 52), which does not say where they end up")
            return warning("clipboard", what, _to_conf("set -s set-clipboard on"), **facts)
        case CopyReach.NOWHERE:
            advice = Phrase("Install wl-clipboard or xclip, or use a terminal that supports OSC 52.")
            return warning("clipboard", Phrase("copying does not work here"), advice, **facts)
    return fine("clipboard", what, **facts)


def opening(environ: Mapping[str, str], settings: Settings) -> Finding:
    """Return which programs files and voice are handed to."""
    opener = launcher_for(
        FileUse.OPEN, settings.open_command, in_terminal=settings.open_in_terminal, environ=environ, which=shutil.which
    )
    player = launcher_for(FileUse.PLAY, settings.play_command, environ=environ)
    facts = {"open": opener.name if opener else "", "play": player.name if player else ""}
    for launcher in (opener, player):
        if launcher is not None and shutil.which(launcher.command[0]) is None:
            missing = Phrase("“{program}” is not installed here", program=launcher.name)
            return warning("open", missing, Phrase("Change open_command or play_command in config.toml."), **facts)
    if opener is None:
        what = Phrase("no desktop: files are saved, and you are told how to fetch them")
        return fine("open", what, **facts)
    if player is None:
        return fine("open", Phrase("files are opened with {open}; no player for voice was found", **facts), **facts)
    return fine("open", Phrase("files are opened with {open}, voice is played with {play}", **facts), **facts)


def pasting(environ: Mapping[str, str]) -> Finding:
    """Return what can be pasted into a message besides what the terminal pastes itself."""
    tool = choose(environ).tool
    reader = reader_for(tool, shutil.which)
    through = multiplexer_of(environ)
    if reader is not None and reader.types:
        return fine("paste", Phrase("images, files and text of the desktop clipboard can be pasted"), way=tool)
    if reader is not None:
        advice = Phrase("Install xclip to paste images, too.")
        return warning("paste", Phrase("only text of the desktop clipboard can be pasted"), advice, way=tool)
    if through is not Multiplexer.NOTHING:
        what = Phrase("{multiplexer} does not hand on images of the terminal's clipboard", multiplexer=through.value)
        return fine("paste", what, way="")
    return fine("paste", Phrase("images can be pasted if the terminal gives its clipboard (OSC 5522)"), way="terminal")


def links(environ: Mapping[str, str], run: tmux.Run = tmux.run) -> Finding:
    """Return whether addresses in messages can be clicked in the terminal. Runs tmux where wxtui runs inside it."""
    reach = link_reach(environ)
    match reach:
        case LinkReach.TERMINAL:
            what = Phrase("URLs and saved files are links (OSC 8) if the terminal supports them")
        case LinkReach.TMUX if _tmux_keeps_links(environ, run):
            what = Phrase("tmux does not know that the terminal supports links (OSC 8)")
            return warning("links", what, _to_conf("set -as terminal-features ',*:hyperlinks'"), way=reach.value)
        case LinkReach.TMUX:
            what = Phrase("URLs and saved files are links (OSC 8) through tmux if the terminal supports them")
        case LinkReach.TMUX_OLD:
            what = Phrase("this tmux does not support links (OSC 8); tmux 3.4 and later do")
        case LinkReach.SCREEN:
            what = Phrase("screen does not support links (OSC 8)")
        case LinkReach.NOWHERE:
            what = Phrase("this terminal does not support links (OSC 8)")
    return fine("links", what, way=reach.value)


def _tmux_keeps_links(environ: Mapping[str, str], run: tmux.Run) -> bool:
    """Return True when the tmux of this machine has features of the terminal outside, and links are not among them."""
    features = run("tmux", "display-message", "-p", "#{client_termfeatures}") if environ.get("TMUX") else ""
    return bool(features) and "hyperlinks" not in (features or "").split(",")


# ---------------------------------------------------------------- what the terminal answers

_AMBIGUOUS: Final = "①"
_WIDE: Final = "中"
_EMOJI: Final = "😀"
_POSITION: Final = re.compile(rb"\x1b\[(\d{1,4});(\d{1,4})R")


def ask(device: str = "/dev/tty") -> Iterator[Finding]:
    """Draw three characters, ask where the cursor is after each, and erase them. Yields nothing without a terminal.

    Only for a program that is in the foreground.
    """
    with own_terminal(device) as handle:
        if handle is None:
            return
        try:
            widths = [_width(handle, char) for char in (_AMBIGUOUS, _WIDE, _EMOJI)]
        except OSError:
            return
    yield from _judged(*widths)


@contextmanager
def own_terminal(device: str) -> Iterator[int | None]:
    """Give a terminal that neither echoes nor collects lines meanwhile; None where there is none, or not ours."""
    try:
        handle = os.open(device, os.O_RDWR | os.O_NOCTTY | os.O_CLOEXEC)
    except OSError:
        yield None
        return
    with ExitStack() as ending:
        ending.callback(os.close, handle)
        try:
            if not os.isatty(handle) or os.tcgetpgrp(handle) != os.getpgrp():
                raise OSError
            before = termios.tcgetattr(handle)
            ending.callback(_restore, handle, before)
            tty.setcbreak(handle, termios.TCSAFLUSH)
        except (OSError, termios.error):
            yield None
            return
        yield handle


def _restore(handle: int, attributes: list[Any]) -> None:
    with suppress(OSError, termios.error):
        termios.tcsetattr(handle, termios.TCSAFLUSH, attributes)


def _width(handle: int, char: str) -> int | None:
    os.write(handle, f"\r{char}\x1b[6n".encode())
    deadline, heard = time.monotonic() + _ANSWER, b""
    while (left := deadline - time.monotonic()) > 0 and not _POSITION.search(heard):
        if select.select([handle], [], [], left)[0]:
            heard += os.read(handle, 64)
    os.write(handle, b"\r\x1b[K")
    found = _POSITION.search(heard)
    return int(found[2]) - 1 if found else None


def _judged(ambiguous: int | None, wide: int | None, emoji: int | None) -> Iterator[Finding]:
    facts = {"ambiguous": ambiguous, "chinese": wide, "emoji": emoji}
    if None in (ambiguous, wide, emoji):
        what = Phrase("the terminal does not report its cursor position")
        yield warning("widths", what, Phrase("If lines look shifted, use another terminal."), **facts)
        return
    if wide != 2 or emoji != 2:
        what = Phrase("Chinese is drawn {chinese} cells wide, emoji {emoji}; both should be 2", **facts)
        yield bad("widths", what, Phrase("Use a UTF-8 locale on both ends of SSH, and inside tmux (tmux -u)."), **facts)
        return
    if ambiguous != 1:
        what = Phrase("characters of ambiguous width (① … ▰) are drawn 2 cells wide: lines will be shifted")
        yield bad("widths", what, Phrase("Set “ambiguous width” to narrow in the terminal's settings."), **facts)
        return
    yield fine("widths", Phrase("Chinese and emoji 2 cells, ambiguous characters 1"), **facts)


# ---------------------------------------------------------------- tmux and screen


def between_us(environ: Mapping[str, str], run: tmux.Run = tmux.run) -> Iterator[Finding]:
    """Check the settings of tmux or screen, if one of them stands between wxtui and the terminal."""
    match multiplexer_of(environ):
        case Multiplexer.TMUX if environ.get("TMUX"):
            yield from _tmux(run)
        case Multiplexer.TMUX:
            what = Phrase("tmux runs on the machine you connect from; its settings are there")
            yield fine("tmux", what)
        case Multiplexer.SCREEN:
            version = (run("screen", "-v") or "GNU screen").splitlines()[0]
            what = Phrase("{version}: passes on the clipboard, but no notifications", version=version)
            yield warning("screen", what, Phrase("tmux supports both."), version=version)


def _tmux(run: tmux.Run) -> Iterator[Finding]:
    version = run("tmux", "-V")
    if version is None:
        yield warning("tmux", Phrase("tmux does not answer"), Phrase("Check that it is in PATH."))
        return
    yield fine("tmux", Phrase("{version}", version=version), version=version)
    delay = run("tmux", "show-options", "-sv", "escape-time") or ""
    if delay.isdecimal() and int(delay) > _ESCAPE_TIME:
        what = Phrase("it waits {delay} ms after Esc: Esc is slow and Alt+key is unreliable", delay=int(delay))
        yield warning("tmux.keys", what, _to_conf("set -s escape-time 10"), escape_time=int(delay))
    through = run("tmux", "show-options", "-Apv", "allow-passthrough") or ""
    facts = {"allow_passthrough": through}
    if through not in ("on", "all"):
        what = Phrase("it blocks notifications of new messages")
        yield warning("tmux.notices", what, _to_conf("set -g allow-passthrough on"), **facts)
    if run("tmux", "show-options", "-gv", "focus-events") == "off":
        what = Phrase("it does not report which window has the focus")
        yield warning("tmux.focus", what, _to_conf("set -g focus-events on"))


def _to_conf(line: str) -> Phrase:
    return Phrase("Add to ~/.tmux.conf: {line}", line=line)
