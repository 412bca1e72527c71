"""Start of plain mode: reads settings, opens the store, and runs the program of lines until it is left."""

from __future__ import annotations

import os
import signal
from concurrent.futures import Future
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from tui import errors
from tui.cli.endings import Endings
from tui.cli.shared.exit_codes import READER_GONE
from tui.cli.shared.output import tell
from tui.config.settings import load
from tui.i18n import use
from tui.plain.line_console import LineConsole
from tui.plain.plain_app import PlainApp, ProfileSuccession
from tui.services.util.loop_thread import begin_on, loop_in_thread
from tui.store.store import Store

if TYPE_CHECKING:
    import asyncio
    from pathlib import Path

    from tui.config.settings import Settings
    from tui.paths import Profile
    from tui.services.session.login_options import LoginOptions


def open_plain(profile: Profile, options: LoginOptions, reports: Path | None = None) -> int:
    """Run plain mode until it is left, and return the exit code. Raises as `open_full_screen` does."""
    settings = load()
    if settings.language != "auto":
        use(settings.language)
    options = options.of_program(settings.endpoint)
    console = LineConsole()
    endings = Endings()
    endings.on_signal(console.stop_waiting)
    with endings, console, loop_in_thread() as loop:
        if console.attended:
            # Ctrl+C clears a line; it does not end the program.
            signal.signal(signal.SIGINT, signal.default_int_handler)
        code = _run_profiles(loop, profile, options, settings, console, reports)
    return endings.code or code


def _run_profiles(
    loop: asyncio.AbstractEventLoop,
    profile: Profile,
    options: LoginOptions,
    settings: Settings,
    console: LineConsole,
    reports: Path | None,
) -> int:
    """Run the profile, and each to which somebody switches; return the exit code. Raises what ended it."""
    follows: ProfileSuccession | None = None
    while True:
        app = _run_profile(loop, profile, options, settings, console, follows)
        if app.parting:
            console.flush()
            tell(app.parting)
        if app.broken_by is not None:
            if isinstance(app.broken_by, errors.WxtuiError):
                raise app.broken_by
            from tui.cli.crash import report

            assert isinstance(app.broken_by, Exception)
            raise report(app.broken_by, reports or profile.state)
        if (follows := app.successor) is None:
            return READER_GONE if console.gone and not console.attended else app.code
        profile, settings = follows.profile, app.context.settings
        options = options.of_next(profile, settings.endpoint, os.environ.get("WXTUI_SERVER") or None)
        console.go_on()


def _run_profile(
    loop: asyncio.AbstractEventLoop,
    profile: Profile,
    options: LoginOptions,
    settings: Settings,
    console: LineConsole,
    follows: ProfileSuccession | None,
) -> PlainApp:
    """Run one profile: its services on the loop, lines in this thread. Raises what kept it from beginning."""
    begun: Future[PlainApp] = Future()

    async def live() -> None:
        store = follows.store if follows is not None else await _opened(profile)
        async with store:
            app = PlainApp(profile, options, settings, store, console)

            def can_read() -> None:
                if not begun.done():
                    begun.set_result(app)

            await app.run_until_left(can_read)

    living = begin_on(loop, live())
    living.add_done_callback(lambda done: _give_up(begun, done))
    app = begun.result()
    try:
        app.converse()
    finally:
        app.leave_soon()
        living.result()
    return app


def _give_up(begun: Future[PlainApp], ended: Future[None]) -> None:
    """Hand on what kept a profile from beginning."""
    if not begun.done():
        begun.set_exception(ended.exception() or RuntimeError("it ended before it began"))


async def _opened(profile: Profile) -> Store:
    return await Store.open(profile.store_file, clock=lambda: datetime.now(UTC), pictures=profile.pictures)
