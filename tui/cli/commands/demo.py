"""`wxtui demo`: the full-screen program in a small world of its own, with no account and no network."""

from __future__ import annotations

import contextlib
import os
import shutil
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import click
import msgspec

import tui
from tui import errors
from tui.cli.full_screen import check_terminal, open_full_screen
from tui.cli.shared.global_options import Setup, global_options, plain_by_variable, plain_option
from tui.cli.shared.step_line import StepLine
from tui.i18n import _
from tui.paths import Profile, find_profile
from tui.services.session.login_options import LoginOptions
from tui.wire.names import Endpoint

_PATIENCE = 10
"""Seconds that the sandbox gets to end."""


@click.command(
    help=_(
        "Try wxtui without an account, with a simulated WeChat. The full-screen client opens, and active "
        "contacts write. A simulated phone scans the QR code. Nothing is kept after you quit."
    )
)
@click.option("--seed", metavar="N", type=int, default=1, help=_("Random seed; default 1."))
@click.option(
    "--contacts", metavar="N", type=click.IntRange(0, 100_000), default=0, help=_("Minimum number of contacts.")
)
@click.option(
    "--history",
    metavar="N",
    type=click.IntRange(0, 10_000_000),
    default=0,
    help=_("Number of stored messages; starts already logged in."),
)
@plain_option()
@global_options()
def demo(setup: Setup, seed: int, contacts: int, history: int, plain: bool) -> None:
    """See the help text."""
    plain = plain or plain_by_variable()
    if not plain:
        check_terminal("wxtui demo")
    reports = _reports(setup)
    with living_sandbox(seed, contacts, at_once=history > 0) as world, _moved_in(world):
        profile, options = find_profile("default"), LoginOptions(setup.endpoint or Endpoint.WEB, world.origin)
        if history:
            from tui.cli.commands.demo_history import stock

            with StepLine() as line:
                # Where the screen will be drawn: nothing of it stays.
                line.show(_("Writing {count} messages…").format(count=history))
                stock(profile, options, history, seed)
        code = _open(profile, options, reports, plain=plain)
    if code:
        sys.exit(code)


def _reports(setup: Setup) -> Path | None:
    """Return where a report of a crash goes: the demo's own home is deleted at its end. None where there is no home."""
    try:
        return setup.profile.state
    except errors.NoHome:
        return None


def _open(profile: Profile, options: LoginOptions, reports: Path | None, *, plain: bool) -> int:
    if plain:
        from tui.cli.plain_mode import open_plain

        return open_plain(profile, options, reports)
    return open_full_screen(profile, options, reports)


class DemoWorld(msgspec.Struct, frozen=True):
    """A running sandbox: its address, a home for a profile in it, and a folder with files to send."""

    origin: str
    home: Path
    samples: Path


@contextmanager
def living_sandbox(seed: int, contacts: int, *, at_once: bool) -> Iterator[DemoWorld]:
    """Run a sandbox in which people live, as long as this block runs; `at_once`: the first login is confirmed at once.

    The sandbox is a process of its own. On the screen's event loop it would block for 135 ms to make 5,000 people, and
    for 20 to 40 ms now and then; on another thread it would block for less, but still take interpreter time and memory
    from the screen. The socket is open from the start, so that nobody has to wait for the process.
    """
    import msgspec

    from tui.sandbox.world.deserted_folders import lock_folder
    from tui.sandbox.world.world_request import HOMES, PROGRAM, WorldRequest

    home = Path(tempfile.mkdtemp(prefix=HOMES))
    lock = -1
    try:
        lock = lock_folder(home)
        samples = home / "files"
        samples.mkdir()
        with _listening() as listening:
            wanted = WorldRequest(
                listening=listening.fileno(),
                seed=seed,
                contacts=contacts,
                at_once=at_once,
                samples=str(samples),
                home=str(home),
            )
            process = subprocess.Popen(
                [sys.executable, "-P", "-m", PROGRAM, msgspec.json.encode(wanted).decode()],
                stdin=subprocess.PIPE,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                pass_fds=(listening.fileno(), lock),
                env=os.environ | {"PYTHONPATH": _own_path()},
                start_new_session=True,
            )
            origin = f"http://127.0.0.1:{listening.getsockname()[1]}"
        try:
            yield DemoWorld(origin, home, samples)
        finally:
            _end(process)
    finally:
        shutil.rmtree(home, ignore_errors=True)
        if lock >= 0:
            os.close(lock)


def _listening() -> socket.socket:
    # With the protocol named, asyncio sets TCP_NODELAY on accepted connections.
    listening = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    try:
        listening.bind(("127.0.0.1", 0))
        listening.listen(128)
    except OSError as error:
        listening.close()
        why = _("The sandbox cannot be started: {why}.").format(why=error.strerror)
        raise errors.UsageError(why=why) from None
    return listening


def _own_path() -> str:
    """Return a PYTHONPATH by which the other process finds this very program, installed or not."""
    return os.pathsep.join(filter(None, [str(Path(tui.__file__).parents[1]), os.environ.get("PYTHONPATH")]))


def _end(process: subprocess.Popen[bytes]) -> None:
    """End the sandbox's process by closing its standard input."""
    with process:
        assert process.stdin is not None
        process.stdin.close()
        try:
            process.wait(_PATIENCE)
        except subprocess.TimeoutExpired:
            process.kill()


@contextmanager
def _moved_in(world: DemoWorld) -> Iterator[None]:
    """Put settings, session, store and what is saved into the world's home, and go to the folder of its files."""
    before = Path.cwd()
    downloads = world.home / "downloads"
    downloads.mkdir()
    os.environ |= {
        "WXTUI_HOME": str(world.home),
        "WXTUI_START_DIR": str(world.samples),
        "WXTUI_DOWNLOAD_DIR": str(downloads),
    }
    os.chdir(world.samples)
    try:
        yield
    finally:
        with contextlib.suppress(OSError):
            os.chdir(before)
