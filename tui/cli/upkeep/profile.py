"""`wxtui profile`: the profiles on this computer; moving one to another computer, and removing one."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import PurePath
from typing import TYPE_CHECKING, Final

import click

from tui import errors
from tui.cli.shared.global_options import Setup, global_options
from tui.cli.shared.output import clean, tell, tell_notice, write, write_bytes, write_json, write_path, write_rows
from tui.cli.shared.targets import NamedPath
from tui.i18n import _, counted
from tui.paths import Profile, find_profile

if TYPE_CHECKING:
    from pathlib import Path

    from click.shell_completion import CompletionItem

    from tui.cli.shared.step_line import StepLine
    from tui.services.profiles.exporting import Exported
    from tui.services.profiles.importing import Imported
    from tui.services.profiles.profile_facts import Losses

_PATIENCE: Final = 60.0
"""Seconds that a question waits for its answer."""
_MOST: Final = 4096
"""Bytes of a passphrase, at most."""


class ProfileName(click.ParamType[str]):
    """Name of a profile, which the shell completes."""

    name = "profile"

    def shell_complete(self, ctx: click.Context, param: click.Parameter, incomplete: str) -> list[CompletionItem]:
        """Return the profiles that start so."""
        from click.shell_completion import CompletionItem

        from tui.services.session.profile_list import known_profiles

        return [CompletionItem(one.name) for one in known_profiles() if one.name.startswith(incomplete)]


_STANDARD: Final = PurePath("-")
"""Name of standard output and input."""
_NAME = ProfileName()
_PATH = NamedPath(readable=False)
_PASSPHRASE_FILE = click.option(
    "--passphrase-file",
    metavar="FILE",
    type=_PATH,
    help=_("Read the passphrase from the first line of FILE (/dev/fd/3: an open file); default: ask for it."),
)


@click.group(
    help=_(
        "List the profiles; export, import or remove one. A profile is one account: its messages, contacts and "
        "session. All of them share the settings."
    )
)
def profile() -> None:
    """See the help text."""


# ---------------------------------------------------------------- list


@profile.command(
    "list",
    short_help=_("List the profiles."),
    help=_("List the profiles: name, account, last use, size. * marks the one that is used when none is named."),
)
@global_options()
def list_profiles(setup: Setup) -> None:
    """See the help text."""
    from tui.services.profiles.profile_facts import profile_facts
    from tui.units import shown_size

    found = profile_facts()
    if setup.json:
        for one in found:
            write_json(
                {
                    "profile": one.name,
                    "account": one.account,
                    "logged_in": one.logged_in,
                    "last_used": one.used.isoformat(timespec="seconds") if one.used else None,
                    "size": one.size,
                    "pid": int(one.pid) if one.pid else None,
                    "default": one.name == setup.profile_name,
                }
            )
        return
    rows = []
    for one in found:
        mark = "*" if one.name == setup.profile_name else " "
        used = f"{one.used.astimezone():%Y-%m-%d %H:%M}" if one.used else ""
        state = _("running, process {pid}").format(pid=one.pid) if one.pid else ""
        if not one.logged_in:
            state = ", ".join(filter(None, (_("not logged in"), state)))
        rows.append((f"{mark} {one.name}", one.account, used, shown_size(one.size), state))
    if rows:
        write_rows(rows)
    else:
        tell_notice("wxtui: " + _("No profile yet. The first login makes one: wxtui login"))


# ---------------------------------------------------------------- export


@profile.command(
    "export",
    short_help=_("Export a profile to a file."),
    help=_(
        "Export the profile NAME to a new file, readable only by you: messages, contacts and drafts. wxtui may run "
        "meanwhile. Prints its path. FILE may be “-”, for standard output.\n\n"
        "Without --with-session no credentials are in it: log in again after the import. With it, or with --encrypt, "
        "all of it is encrypted with a passphrase, in the format of age: tar xf FILE; "
        "age -d -i key.age profile.tar.age | tar x\n\n"
        "A session is to be used on one computer only. After the import remove the profile here (wxtui profile "
        "remove); do not log out, that ends the session on both.\n\n"
        "Messages that wait to be sent stay here; in the file they are not sent. Settings and pictures are not in it."
    ),
)
@click.argument("name", metavar="NAME", type=_NAME)
@click.argument("file", metavar="[FILE]", required=False, type=_PATH)
@click.option("--with-session", is_flag=True, help=_("Export the session (the credentials), too; encrypted."))
@click.option("--encrypt", is_flag=True, help=_("Encrypt with a passphrase."))
@_PASSPHRASE_FILE
@global_options()
def export_one(
    setup: Setup, name: str, file: Path | None, with_session: bool, encrypt: bool, passphrase_file: Path | None
) -> None:
    """See the help text."""
    from pathlib import Path

    from tui.cli.shared.running import ended_by_signals
    from tui.cli.shared.step_line import StepLine
    from tui.services.profiles import exporting

    if passphrase_file is not None and not (encrypt or with_session):
        raise errors.UsageError(why=_("--passphrase-file needs --with-session or --encrypt."))
    exported = find_profile(name)
    path = file or Path(f"{exported.name}.wxtui.tar")
    out = _standard_output(setup) if path == _STANDARD else None
    exporting.check(exported, path, with_session=with_session, encrypted=encrypt or with_session, is_new=out is None)
    with ended_by_signals(within_sqlite=True):
        passphrase = _passphrase(passphrase_file, twice=True) if encrypt or with_session else None
        with StepLine() as line:
            done = exporting.export_profile(
                exported, path, with_session=with_session, passphrase=passphrase, on_bytes=_stepping(line), out=out
            )
    _tell_exported(setup, path, done, encrypted=passphrase is not None)


def _standard_output(setup: Setup) -> Callable[[bytes], None]:
    """Return what writes to standard output. Raises `UsageError` where that is a terminal, or is to have JSON."""
    if setup.json:
        raise errors.UsageError(why=_("“-” and --json cannot be combined."))
    if sys.stdout.isatty():
        raise errors.UsageError(why=_("Standard output is a terminal: redirect it, or give a FILE."))
    return write_bytes


def _tell_exported(setup: Setup, path: Path, done: Exported, *, encrypted: bool) -> None:
    from tui.units import shown_size

    if setup.json:
        write_json(
            {
                "path": str(path),
                "profile": done.manifest.profile,
                "size": done.size,
                "with_session": done.manifest.has_session,
                "encrypted": encrypted,
                "unsent": done.unsent,
            },
            keep=True,
        )
        return
    if path != _STANDARD:
        write_path(path, keep=True)
    size = shown_size(done.size)
    if done.manifest.has_session:
        tell_notice(_("{size}, with the session, encrypted.").format(size=size))
        tell(
            _(
                "Use the session on one computer only: after the import run “wxtui profile remove {profile}” here. Do "
                "not log out, that ends it on both."
            ).format(profile=done.manifest.profile)
        )
    elif encrypted:
        tell_notice(_("{size}, without the session, encrypted.").format(size=size))
    else:
        tell_notice(
            _("{size}, without the session, not encrypted: whoever has the file can read it.").format(size=size)
        )
    if done.unsent:
        tell_notice(
            counted(
                "{count} message still waits to be sent here; in the file it is not sent.",
                "{count} messages still wait to be sent here; in the file they are not sent.",
                done.unsent,
            )
        )


# ---------------------------------------------------------------- import


@profile.command(
    "import",
    short_help=_("Import a profile from a file."),
    help=_(
        "Import a profile from FILE, which “wxtui profile export” wrote. All of it is checked before anything is put "
        "in place; a profile that is there is never overwritten. Prints the profile's name. FILE may be "
        "“-”, for standard input."
    ),
)
@click.argument("file", metavar="FILE", type=_PATH)
@click.option("--as", "name", metavar="NAME", help=_("Name of the profile here; default: as it was called."))
@_PASSPHRASE_FILE
@global_options()
def import_one(setup: Setup, file: Path, name: str | None, passphrase_file: Path | None) -> None:
    """See the help text."""
    from tui.cli.shared.running import ended_by_signals
    from tui.cli.shared.step_line import StepLine
    from tui.services.profiles.importing import import_profile

    if file == _STANDARD and sys.stdin is None:
        raise errors.UsageError(why=_("Standard input is closed."))
    stream = sys.stdin.buffer if file == _STANDARD else None
    with ended_by_signals(within_sqlite=True), StepLine() as line:
        done = import_profile(file, name, lambda: _passphrase(passphrase_file), _stepping(line), stream)
    _tell_imported(setup, done)


def _tell_imported(setup: Setup, done: Imported) -> None:
    if setup.json:
        facts = {"profile": done.profile, "account": done.manifest.account, "made": done.manifest.made}
        write_json({**facts, "with_session": done.manifest.has_session, "server": done.server or None}, keep=True)
        return
    write(clean(done.profile), keep=True)
    account = clean(done.manifest.account)[:80] or "?"
    if done.manifest.has_session:
        tell(
            _(
                "Imported the profile of {account}, with its session at {server}. Do not use this session on the other "
                "computer any more, and do not log out there: that ends it here, too."
            ).format(account=account, server=done.server)
        )
    else:
        tell_notice(
            _("Imported the profile of {account}, without a session. Log in: {command}").format(
                account=account, command=f"wxtui --profile {done.profile} login"
            )
        )


# ---------------------------------------------------------------- remove


@profile.command(
    "remove",
    short_help=_("Remove a profile from this computer."),
    help=_(
        "Remove the profile NAME from this computer, with its messages and what waits to be sent. Asks first. The "
        "server is not told: to end the session, log out before."
    ),
)
@click.argument("name", metavar="NAME", type=_NAME)
@click.option("--yes", is_flag=True, help=_("Do it without a question."))
@global_options()
def remove_one(setup: Setup, name: str, yes: bool) -> None:
    """See the help text."""
    from tui.cli.shared.client_opening import tell_waiting
    from tui.cli.shared.running import ended_by_signals
    from tui.services.profiles.profile_facts import losses, size_of
    from tui.services.profiles.removing import check_removable, remove_profile
    from tui.services.session.profile_lock import owned
    from tui.units import shown_size

    removed = find_profile(name)
    check_removable(removed)
    with ended_by_signals():
        with owned(removed, tell_waiting):
            lost, size = losses(removed), size_of(removed)
        if not yes and not _agreed(removed, lost):
            tell("wxtui: " + _("Nothing was removed."))
            raise click.exceptions.Exit(1)
        remove_profile(removed)
    if setup.json:
        write_json({"profile": removed.name, "size": size, "messages": lost.messages, "unsent": lost.unsent}, keep=True)
    else:
        sentence = _("Removed profile {profile}: {size}.").format(profile=removed.name, size=shown_size(size))
        write(sentence, keep=True)


def _agreed(removed: Profile, lost: Losses) -> bool:
    from tui.cli.sending.asking import letter_typed, somebody_there

    question = _("Remove profile “{profile}” from this computer for good?").format(profile=removed.name)
    if not somebody_there():
        raise errors.UsageError(why=_("Nobody is there to be asked: {question} Add --yes.").format(question=question))
    if words := _lost_words(lost):
        tell(_("This goes with it:"))
    for line in words:
        tell(line)
    return letter_typed(f"{question} " + _("(y) yes, (n) no:"), _PATIENCE) == "y"


def _lost_words(lost: Losses) -> list[str]:
    """Return what goes, a line for each kind; what cannot be had again comes first."""
    words = []
    if lost.unsent:
        words.append(
            counted("{count} message that is not sent yet", "{count} messages that are not sent yet", lost.unsent)
        )
    if lost.drafts:
        words.append(counted("{count} draft", "{count} drafts", lost.drafts))
    if lost.files:
        words.append(counted("{count} file of its own", "{count} files of its own", lost.files))
    if not lost.known:
        words.append(_("a database that cannot be read"))
    elif lost.messages:
        words.append(counted("{count} stored message", "{count} stored messages", lost.messages))
    if lost.session:
        words.append(_("a session, which stays open at the server unless you log out first"))
    return [f"- {line}" for line in words]


# ---------------------------------------------------------------- what they share


def _stepping(line: StepLine) -> Callable[[int, int], None]:
    from tui.units import shown_size

    def step(done: int, total: int) -> None:
        if done >= total:
            line.show(_("checking…"))
        elif line.due:
            line.show(_("copying: {done} of {total}").format(done=shown_size(done), total=shown_size(total)))

    return step


def _passphrase(file: Path | None, *, twice: bool = False) -> str:
    """Return the passphrase, from the file or a person; it never stands on a command line. Raises `UsageError`."""
    if file is not None:
        return _read_passphrase(file)
    from tui.cli.sending.asking import somebody_there

    if not somebody_there():
        raise errors.UsageError(why=_("Nobody is there to be asked for the passphrase: give --passphrase-file FILE."))
    from getpass import getpass

    try:
        typed = getpass(_("Passphrase:") + " ")
        if twice and typed and getpass(_("Again:") + " ") != typed:
            raise errors.UsageError(why=_("The two passphrases differ; nothing was exported."))
    except EOFError:
        typed = ""
    if not typed:
        raise errors.UsageError(why=_("The passphrase is empty."))
    return typed


def _read_passphrase(file: Path) -> str:
    try:
        with file.open("rb") as opened:
            line = opened.readline(_MOST)
        typed = line.decode().rstrip("\r\n")
    except OSError as error:
        raise errors.UsageError(
            why=_("The passphrase cannot be read from “{path}”: {why}.").format(path=file, why=error.strerror)
        ) from None
    except UnicodeDecodeError:
        raise errors.UsageError(why=_("The passphrase in “{path}” is not UTF-8.").format(path=file)) from None
    if not typed:
        raise errors.UsageError(why=_("The passphrase is empty."))
    return typed
