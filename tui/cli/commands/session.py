"""`wxtui login`, `logout`."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Final

import click

from tui import errors
from tui.cli.sending.asking import letter_typed, somebody_there
from tui.cli.shared.client_opening import keep_log, tell_waiting
from tui.cli.shared.global_options import Setup, global_options
from tui.cli.shared.output import clean, is_quiet, takes_colours, tell, write, write_json, write_outcome
from tui.cli.shared.qr_drawing import Style, draw, save_png
from tui.cli.shared.running import ended_by_signals, run_async
from tui.cli.shared.targets import NamedPath
from tui.config.settings import examine
from tui.i18n import _, joined, say
from tui.paths import Profile
from tui.services.client.profile_opening import stored_session
from tui.services.control.owner_connection import find_owner
from tui.services.control.protocol import LogOut
from tui.services.session.login_events import LoginDelayed, LoginEvent, PhaseChanged, PhoneAsked, ShowCode
from tui.services.session.login_options import FOR_EVERYBODY, LoginOptions
from tui.services.session.profile_lock import owned
from tui.services.session.risk import VARIANTS, note_told, risk_to_tell, risk_words
from tui.wire.login import Phase
from tui.wire.names import Endpoint
from tui.wire.session import Session

_IN_FILE_TRANSFER: Final = f"wxtui --endpoint {FOR_EVERYBODY.value} login"
_PATIENCE: Final = 300
"""Seconds that the question about the risk waits for its answer."""
_PHASES = {
    Phase.WAITING: _("Waiting for the phone."),
    Phase.SCANNED: _("Scanned. Confirm on the phone; this can take some seconds."),
    Phase.UNCONFIRMED: _("Not confirmed yet. If you cancelled on the phone, scan the code again."),
    Phase.CONFIRMED: _("Confirmed. Fetching contacts…"),
    Phase.EXPIRED: _("The QR code expired; here is a new one."),
}


@click.command(
    help=_(
        "Log in: resume the session, confirm on the phone, or scan a code.\n\n"
        "Before a profile's first login to the web version it says what has happened to accounts, and asks. In a "
        "script it says so on standard error, and continues. File Transfer: wxtui --endpoint filehelper login"
    )
)
@click.option(
    "--qr",
    "style",
    default="terminal",
    metavar="terminal|ascii|png:PATH",
    help=_("How to show the QR code; ascii for simple terminals."),
)
@click.option("--fresh", is_flag=True, help=_("Do not resume; show a QR code right away."))
@click.option(
    "--wait", "patience", default=600.0, metavar="SECONDS", help=_("Seconds to wait for the phone; default 600.")
)
@click.option(
    "--extspam-file",
    type=NamedPath(dir_okay=False),
    help=_("Desktop variant: file with the extspam of your own desktop client; it has a risk of its own."),
)
@click.option("--yes", is_flag=True, help=_("Do not ask about the risk to the account; it is told anyway."))
@global_options()
def login(setup: Setup, style: str, fresh: bool, patience: float, extspam_file: Path | None, yes: bool) -> None:
    """See the help text."""
    drawing, path = _qr_style(style)
    extspam = _read_extspam(extspam_file)
    options = LoginOptions(setup.endpoint or examine().settings.endpoint, setup.server)

    async def work(face: _Face) -> Session:
        from tui.services.client.authenticate import log_in

        async with log_in(setup.profile, options, face.show, fresh=fresh, patience=patience, extspam=extspam) as client:
            return client.context.session

    # Another wxtui may have the profile: then there is nothing to ask.
    with owned(setup.profile, tell_waiting):
        told = _told_risk(setup.profile, options, desktop=bool(extspam), asks=not (yes or setup.json))
        chosen = told or options.endpoint is not None or _has_session(setup)
        keep_log(setup)
        session = run_async(work(_Face(setup.json, drawing, path, chosen=chosen)))
    facts = {"event": "logged_in", "profile": setup.profile_name, "name": session.nick_name}
    write_outcome(facts, _("Logged in as {name}.").format(name=session.nick_name), as_json=setup.json)


def _told_risk(profile: Profile, options: LoginOptions, *, desktop: bool, asks: bool) -> bool:
    """Tell what may happen to the account, once for each profile, and on a terminal ask; scripts go on.

    Return False where there is nothing to tell.
    """
    risk = risk_to_tell(profile, options, desktop=desktop)
    if risk is None:
        return False
    # Among the lines of a script it must say whose they are.
    lead = "" if somebody_there() else "wxtui: "
    for sentence in (*risk_words(risk), joined(_(VARIANTS[FOR_EVERYBODY]), _IN_FILE_TRANSFER)):
        tell(lead + sentence)
    if asks and somebody_there():
        question = _("Log in to the web version anyway?") + " " + _("(y) yes, (n) no:")
        if letter_typed(question, _PATIENCE) != "y":
            tell("wxtui: " + _("Not logged in."))
            raise click.exceptions.Exit(1)
    note_told(profile, risk)
    return True


def _has_session(setup: Setup) -> bool:
    try:
        stored_session(setup.profile, LoginOptions())
    except errors.NotLoggedIn:
        return False
    return True


def _qr_style(text: str) -> tuple[Style, Path | None]:
    name, _colon, path = text.partition(":")
    if name == Style.PNG.value and path:
        return Style.PNG, Path(path)
    if text in (Style.TERMINAL.value, Style.ASCII.value):
        return Style(text), None
    raise errors.UsageError(why=_("--qr takes terminal, ascii or png:PATH, not “{text}”.").format(text=text))


def _read_extspam(path: Path | None) -> str:
    if path is None:
        return ""
    try:
        return path.read_text("ascii").strip()
    except (OSError, UnicodeDecodeError):
        raise errors.UsageError(why=_("“{path}” cannot be read as text.").format(path=path)) from None


class _Face:
    """Tells the person at the terminal, or the script, how the login goes."""

    def __init__(self, as_json: bool, style: Style, path: Path | None, *, chosen: bool) -> None:
        """`chosen`: the variant was chosen, now or before."""
        self._chosen = chosen
        self._json = as_json
        self._style = style
        self._path = path
        self._began = time.monotonic()

    def show(self, event: LoginEvent) -> None:
        match event:
            case ShowCode(text=text):
                self._show_code(text)
            case PhoneAsked():
                self._say("phone_asked", _("Confirm the login on your phone."))
            case PhaseChanged(phase=phase):
                self._say(phase.name.lower(), _PHASES[phase], notice=True)
            case LoginDelayed(error=error, seconds=seconds):
                text = _("{what} Trying again in {seconds} s.").format(
                    what=say(error, advice=False), seconds=round(seconds, 1)
                )
                self._say("waiting", text, notice=True)

    def _show_code(self, text: str) -> None:
        if not (self._chosen or self._json):
            # Scripts that choose nothing have the web version, as ever.
            self._chosen = True
            write(_(VARIANTS[Endpoint.WEB]))
            write(joined(_(VARIANTS[FOR_EVERYBODY]), _IN_FILE_TRANSFER))
        if self._path is not None:
            save_png(text, self._path)
        if self._json:
            write_json({"event": "qr", "text": text})
        elif self._path is not None:
            write(_("The QR code is in {path}").format(path=clean(str(self._path))))
        else:
            write(draw(text, self._style, colour=takes_colours()), exact=True)
            write(text)
        if not (self._json or is_quiet()):
            write(_("Scan the code with WeChat on your phone."))

    def _say(self, name: str, text: str, *, notice: bool = False) -> None:
        """Say how far it is; a `notice` asks for nothing, and is left out where only the result is wanted."""
        if notice and is_quiet() and not self._json:
            return
        seconds = round(time.monotonic() - self._began)
        sentence = _("{text} ({seconds} s)").format(text=text, seconds=seconds)
        write_outcome({"event": name}, sentence, as_json=self._json)


@click.command(help=_("Log out and delete the stored session."))
@global_options()
def logout(setup: Setup) -> None:
    """See the help text."""
    from tui.services.client.authenticate import log_out

    stored_session(setup.profile, setup.login_options)
    if not _log_out_through_owner(setup):
        with owned(setup.profile, tell_waiting):
            keep_log(setup)
            run_async(log_out(setup.profile, setup.login_options))
    write_outcome({"event": "logged_out", "profile": setup.profile_name}, _("Logged out."), as_json=setup.json)


def _log_out_through_owner(setup: Setup) -> bool:
    """Let a running wxtui log out; return False when none runs."""
    with ended_by_signals():
        owner = find_owner(setup.profile)
        if owner is None:
            return False
        with owner:
            owner.ask(LogOut())
    return True
