"""Start of plain mode: reads settings, opens the store, and runs the program of lines until it is left."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
import threading
from concurrent.futures import Future
from contextlib import suppress
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from tui import errors
from tui.cli.endings import Endings
from tui.cli.shared.output import tell
from tui.config.settings import load
from tui.i18n import use
from tui.plain.line_console import LineConsole
from tui.plain.plain_app import PlainApp, ProfileSuccession
from tui.services.session.login_options import FOR_EVERYBODY
from tui.store.store import Store

if TYPE_CHECKING:
    from pathlib import Path

    from tui.config.settings import Settings
    from tui.paths import Profile
    from tui.services.session.login_options import LoginOptions


def open_plain(profile: Profile, options: LoginOptions, reports: Path | None = None) -> int:
    """Run plain mode until it is left, and return the exit code. Raises as `open_full_screen` does."""
    settings = load()
    if settings.language != "auto":
        use(settings.language)
    options = options._replace(endpoint=options.endpoint or settings.endpoint, first=FOR_EVERYBODY)
    console = LineConsole()
    endings = Endings()
    endings.on_signal(console.stop_waiting)
    with endings, console:
        if console.attended:
            # Ctrl+C clears a line; it does not end the program.
            signal.signal(signal.SIGINT, signal.default_int_handler)
        app = _run_profiles(profile, options, settings, console, reports)
    return endings.code or app


def _run_profiles(
    profile: Profile, options: LoginOptions, settings: Settings, console: LineConsole, reports: Path | None
) -> int:
    """Run the profile, and each to which somebody switches; return the exit code. Raises what ended it."""
    follows: ProfileSuccession | None = None
    while True:
        app = _run_profile(profile, options, settings, console, follows)
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
            return app.code
        profile, settings = follows.profile, app.context.settings
        if profile.session_file.exists():
            # What was said for the first login is for no session of another profile.
            origin = os.environ.get("WXTUI_SERVER") or None
            options = options._replace(endpoint=settings.endpoint, origin=origin)
        console.go_on()


def _run_profile(
    profile: Profile,
    options: LoginOptions,
    settings: Settings,
    console: LineConsole,
    follows: ProfileSuccession | None,
) -> PlainApp:
    """Run one profile: the loop in a thread, lines in this one. Raises what kept it from beginning."""
    begun: Future[PlainApp] = Future()

    async def work() -> PlainApp:
        store = follows.store if follows is not None else await _opened(profile)
        async with store:
            app = PlainApp(profile, options, settings, store, console)

            def can_read() -> None:
                if not begun.done():
                    begun.set_result(app)

            await app.run_until_left(can_read)
            return app

    def in_thread() -> None:
        try:
            asyncio.run(work())
        except BaseException as error:
            if not begun.done():
                begun.set_exception(error)
        finally:
            console.end()

    thread = threading.Thread(target=in_thread, name="wxtui-loop", daemon=True)
    thread.start()
    app = begun.result()
    try:
        app.converse()
    finally:
        app.leave_soon()
        with suppress(RuntimeError):
            thread.join()
        sys.stdout.flush()
    return app


async def _opened(profile: Profile) -> Store:
    return await Store.open(profile.store_file, clock=lambda: datetime.now(UTC), pictures=profile.pictures)
