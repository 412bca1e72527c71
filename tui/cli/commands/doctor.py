"""`wxtui doctor`: looks at everything that wxtui stands on, and says what to change."""

from __future__ import annotations

import os
import platform
import shutil
import sqlite3
import ssl
import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from datetime import UTC, date, datetime

import click

from tui import __version__, errors
from tui.cli.shared.global_options import Setup, global_options
from tui.cli.shared.output import clean, takes_colours, tell_notice, write, write_json
from tui.cli.shared.running import run_async
from tui.cli.word_wrap import in_lines
from tui.doctor import local, terminal
from tui.doctor.finding import Finding, Level, bad, fine, of_error
from tui.doctor.log_lines import log_file
from tui.errors import Phrase
from tui.i18n import _, translated
from tui.paths import Profile
from tui.services.session.session_file import SessionFile, StoredSession
from tui.terminal.graphemes import cell_len
from tui.wire.hosts import Hosts, entry_hosts
from tui.wire.names import Endpoint

_TITLES = {
    "wxtui": _("wxtui"),
    "browser": _("browser"),
    "terminal": _("terminal"),
    "colours": _("colours"),
    "widths": _("widths"),
    "locale": _("locale"),
    "tmux": _("tmux"),
    "screen": _("screen"),
    "clipboard": _("clipboard"),
    "paste": _("pasting"),
    "open": _("opening"),
    "links": _("links"),
    "pictures": _("pictures"),
    "settings": _("settings"),
    "home": _("files"),
    "log": _("log file"),
    "space": _("space"),
    "owner": _("in use"),
    "store": _("messages"),
    "session": _("session"),
    "online": _("server"),
    "environment": _("settings"),
    "proxy": _("proxy"),
    "network": _("network"),
    "answer": _("server"),
    "clock": _("clock"),
}
"""Titles of the lines, by the probe's name up to its dot."""

_SIGNS = {Level.OK: "✓", Level.WARNING: "!", Level.BAD: "✗"}
_PLAIN_SIGNS = {Level.OK: "+", Level.WARNING: "!", Level.BAD: "x"}
_COLOURS = {Level.OK: "32", Level.WARNING: "33", Level.BAD: "31"}
_TITLE_CELLS = 10


@click.command(
    help=_(
        "Check the environment and suggest fixes.\n\n"
        "Checks terminal, tmux, clipboard, locale, files, session, network and clock: ✓ fine  ! could be better  ✗ "
        "will not work. Exit code 1 if there is a ✗. Changes nothing and prints no password or ticket.\n\n"
        "--report prints the same as a text for an issue, in English, with versions, changed settings and the last "
        "warnings of the log file. No name, message, path or address of yours is in it."
    )
)
@click.option("--offline", is_flag=True, help=_("Skip the network checks."))
@click.option("--online", is_flag=True, help=_("Also ask the server whether the session is still valid."))
@click.option("--report", is_flag=True, help=_("Print a text for an issue, with nothing private in it."))
@global_options()
def doctor(setup: Setup, offline: bool, online: bool, report: bool) -> int:
    """See the help text."""
    if offline and online:
        raise errors.UsageError(why=_("--offline and --online cannot be combined."))
    if report:
        if setup.json:
            raise errors.UsageError(why=_("--report and --json cannot be combined."))
        return _report(setup, offline=offline, online=online)
    worst = Level.OK
    for finding in _examine(setup, offline=offline, online=online):
        _show(finding, as_json=setup.json)
        if finding.level is Level.BAD or worst is Level.OK:
            worst = finding.level
    return 1 if worst is Level.BAD else 0


def _report(setup: Setup, *, offline: bool, online: bool) -> int:
    """Print all findings as a text for others."""
    from tui import i18n
    from tui.cli.crash import NAME, surroundings
    from tui.doctor.log_lines import entries
    from tui.doctor.report import report

    look = _("Nothing private is meant to be in it. Look it through before you show it to others.")
    # For whoever reads the issue.
    i18n.use("en")
    findings, log = list(_examine(setup, offline=offline, online=online)), []
    crash = ""
    with suppress(OSError, errors.NoHome):
        log = entries(setup.profile)
    with suppress(OSError, errors.NoHome):
        crash = (setup.profile.state / NAME).read_text("utf-8", "replace")
    for line in report(surroundings(), findings, local.known_settings(), log, crash):
        write(line)
    tell_notice(f"wxtui: {look}")
    return 1 if any(one.level is Level.BAD for one in findings) else 0


def _examine(setup: Setup, *, offline: bool, online: bool) -> Iterator[Finding]:
    """Run one probe after the other; a probe that breaks down becomes a finding, and the next one runs."""
    environ = os.environ
    yield from _guarded("wxtui", lambda: [_versions()])
    yield from _guarded("browser", lambda: [local.browser(date.today())])
    yield from _guarded("terminal", lambda: terminal.look(environ))
    if sys.stdout is not None and sys.stdout.isatty():
        yield from _guarded("widths", terminal.ask)
    yield from _guarded("locale", lambda: [terminal.words(environ)])
    yield from _guarded("tmux", lambda: terminal.between_us(environ))
    yield from _guarded("clipboard", lambda: [terminal.clipboard(environ)])
    yield from _guarded("paste", lambda: [terminal.pasting(environ)])
    yield from _guarded("open", lambda: [terminal.opening(environ, local.known_settings())])
    yield from _guarded("links", lambda: [terminal.links(environ)])
    if sys.stdout is not None and sys.stdout.isatty():
        from tui.doctor.pictures import pictures

        yield from _guarded("pictures", lambda: [pictures(environ)])
    yield from _guarded("settings", local.settings)
    stored: list[StoredSession] = []
    try:
        profile = setup.profile
    except errors.NoHome as error:
        yield of_error("home", error)
    else:
        yield from _examine_profile(profile, stored)
    if not offline:
        yield from _guarded("network", lambda: run_async(_network(setup, next(iter(stored), None), online=online)))


def _examine_profile(profile: Profile, stored: list[StoredSession]) -> Iterator[Finding]:
    """Run the probes of a profile; the session that is found goes to `stored`."""
    yield from _guarded("home", lambda: local.home(profile))
    yield from _guarded("log", lambda: [log_file(profile, local.known_settings().log, datetime.now(UTC))])
    yield from _guarded("owner", lambda: local.owner(profile))
    yield from _guarded("store", lambda: local.store(profile))

    def session() -> Iterator[Finding]:
        found = SessionFile(profile.session_file).load()
        stored.extend([found] if found is not None else [])
        yield from local.session(profile, found)

    yield from _guarded("session", session)


async def _network(setup: Setup, stored: StoredSession | None, *, online: bool) -> list[Finding]:
    from tui.doctor import network

    found = await network.network(_hosts(setup, stored))
    if online and stored is not None:
        found += await network.online(setup.profile, stored)
    return found


def _hosts(setup: Setup, stored: StoredSession | None) -> Hosts:
    """Return the hosts that the options ask for, else those of the session."""
    if stored is not None and setup.server is None and setup.endpoint in (None, stored.session.endpoint):
        return stored.session.hosts
    return entry_hosts(setup.endpoint or Endpoint.WEB, setup.server)


def _versions() -> Finding:
    facts = {
        "wxtui": __version__,
        "python": platform.python_version(),
        "sqlite": sqlite3.sqlite_version,
        "openssl": ssl.OPENSSL_VERSION,
        "system": platform.system(),
    }
    return fine("wxtui", Phrase("{wxtui}, Python {python}, SQLite {sqlite}, {openssl}, {system}", **facts), **facts)


def _guarded(probe: str, look: Callable[[], Iterable[Finding]]) -> Iterator[Finding]:
    try:
        yield from look()
    except errors.WxtuiError as error:
        yield of_error(probe, error)
    except Exception as error:
        # Only the exception's class: its text may hold anything.
        what = Phrase("this could not be checked ({what})", what=type(error).__name__)
        yield bad(probe, what, error=type(error).__name__)


def _show(finding: Finding, *, as_json: bool) -> None:
    """Print a finding: a line, and its advice below."""
    what = translated(finding.what)
    advice = translated(finding.advice) if finding.advice is not None else ""
    if as_json:
        row = {"probe": finding.probe, "level": finding.level.value, "what": what, "advice": advice}
        write_json(row | {name: value for name, value in finding.facts.items() if name not in row})
        return
    unicode = (getattr(sys.stdout, "encoding", None) or "utf-8").lower().replace("-", "") == "utf8"
    title = _TITLES.get(finding.probe.partition(".")[0], finding.probe)
    blanks = " " * max(1, _TITLE_CELLS - cell_len(title))
    sign = (_SIGNS if unicode else _PLAIN_SIGNS)[finding.level]
    indent = " " * (_TITLE_CELLS + 2)
    write(f"{_inked(sign, finding.level)} {title}{blanks}{_wrapped(clean(what), indent)}", exact=True)
    if advice:
        write(f"{indent}{'→' if unicode else '->'} {_wrapped(clean(advice), indent + '  ')}")


def _inked(sign: str, level: Level) -> str:
    return f"\x1b[{_COLOURS[level]}m{sign}\x1b[0m" if takes_colours() else sign


def _wrapped(text: str, indent: str) -> str:
    """Return a text broken into lines of the terminal, the later ones indented; unbroken where there is no terminal."""
    if not sys.stdout.isatty():
        return text
    room = max(20, shutil.get_terminal_size().columns - len(indent))
    return f"\n{indent}".join(in_lines(text, room))
