"""Start of the full-screen program; nothing is imported before it is needed, not even click."""

from __future__ import annotations

import contextlib
import gc
import os
import sys
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final

from tui import errors
from tui.kept_screen import early
from tui.terminal.deferred_modules import STANDARD, TOOLKIT, deferred

with deferred(*STANDARD):
    import asyncio

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    from tui.app import Succession, WxtuiApp
    from tui.cli.endings import Endings
    from tui.config.settings import Settings
    from tui.paths import Profile
    from tui.services.session.login_options import LoginOptions
    from tui.store.store import Store

_LOG_LINES: Final = 10_000
_LONG: Final = 0.5
"""Seconds after which somebody who looks at a kept screen, and cannot be heard, may want to leave."""
BROKEN = errors.BrokenDown.exit_code


def run_alone() -> int:
    """Run `wxtui` without arguments, and without the command line's parser; return the exit code."""
    profile: Profile | None = None
    try:
        with deferred(*STANDARD):
            from tui.paths import find_profile
            from tui.services.session.login_options import LoginOptions

        profile = find_profile(os.environ.get("WXTUI_PROFILE") or "default")
        return open_full_screen(profile, LoginOptions(origin=os.environ.get("WXTUI_SERVER") or None))
    except errors.WxtuiError as error:
        return _tell(error)
    except Exception as error:
        return broke_down(error, profile.state if profile is not None else None)


def broke_down(error: Exception, folder: Path | None = None) -> int:
    """Tell a mistake of ours: a sentence and a report, no traceback on somebody's screen. Return the exit code."""
    from tui.cli.crash import report

    return _tell(report(error, folder))


def _tell(error: errors.WxtuiError) -> int:
    from tui.cli.shared.output import write_error

    write_error(error, as_json=False)
    return error.exit_code


def check_terminal(command: str = "wxtui") -> None:
    """Raise `UsageError` where a full screen makes no sense: in a pipe, a script, a dumb terminal.

    `command`: how it was started, for the advice.
    """
    from tui.i18n import _

    # Textual draws on standard error.
    if not all(stream is not None and stream.isatty() for stream in (sys.stdin, sys.stdout, sys.stderr)):
        why = _("The full-screen client needs a terminal. In scripts, use a subcommand (wxtui --help) or --plain.")
        raise errors.UsageError(why=why)
    term = os.environ.get("TERM", "")
    if term in ("", "dumb"):
        why = _("This terminal (TERM is “{term}”) cannot show a full screen. Try: {command} --plain")
        raise errors.UsageError(why=why.format(term=term, command=command))
    encoding = getattr(sys.stderr, "encoding", None) or "utf-8"
    if encoding.lower().replace("_", "-") not in ("utf-8", "utf8"):
        why = _("This terminal's character set is {encoding}; wxtui needs UTF-8. Try: LC_ALL=C.UTF-8 {command}")
        raise errors.UsageError(why=why.format(encoding=encoding, command=command))


@contextlib.contextmanager
def _log_after_screen() -> Iterator[None]:
    """Keep what `-v` logs, the newest of it, until the terminal is free: it would be written across the screen."""
    import logging
    from collections import deque

    logger = logging.getLogger("wxtui")
    handlers = logger.handlers
    if not handlers:
        yield
        return
    records: deque[logging.LogRecord] = deque(maxlen=_LOG_LINES)
    holder = logging.Handler(min(one.level for one in handlers))
    holder.emit = records.append  # type: ignore[method-assign,assignment]
    logger.handlers = [holder]
    try:
        yield
    finally:
        logger.handlers = handlers
        for record in records:
            logger.handle(record)


def open_full_screen(profile: Profile, options: LoginOptions, reports: Path | None = None) -> int:
    """Run the full-screen program until it is left, and return the exit code.

    Raises `UsageError`, `LocalError`, and `BrokenDown` when a mistake of ours ended it; its report is in `reports`, or
    in the profile's folder.
    """
    with deferred(*STANDARD):
        from tui.config.settings import load
    from tui.i18n import use

    settings = load()
    if settings.language != "auto":
        use(settings.language)
    check_terminal()
    for name in ("COLUMNS", "LINES"):
        # Where a shell exports its size, Textual would believe that, and a resized window would never be noticed.
        os.environ.pop(name, None)
    # No garbage is collected before the first screen: nearly all that a start makes lives on. The app lets it be
    # collected again (`tui.terminal.idle_collector`).
    gc.disable()
    options = options.of_program(settings.endpoint)
    with deferred(*STANDARD, *TOOLKIT):
        from tui.app import WxtuiApp
        from tui.cli.endings import Endings
        from tui.store.store import Store

    endings = Endings()

    async def run() -> int:
        loop, task = asyncio.get_running_loop(), asyncio.current_task()
        assert task is not None
        endings.on_signal(lambda: loop.call_soon_threadsafe(task.cancel))
        slow = loop.call_later(_LONG, early.hear_interrupt)
        # Before the screen is taken: what is wrong with the store is a sentence in the shell.
        store = await Store.open(profile.store_file, clock=lambda: datetime.now(UTC), pictures=profile.pictures)
        slow.cancel()
        with _log_after_screen():
            return await _run_profiles(WxtuiApp, profile, store, options, settings, endings, reports)

    with endings:
        try:
            code = asyncio.run(run())
        except asyncio.CancelledError:
            code = 0
    return endings.code or code


async def _run_profiles(
    program: type[WxtuiApp],
    profile: Profile,
    store: Store,
    options: LoginOptions,
    settings: Settings,
    endings: Endings,
    reports: Path | None,
) -> int:
    """Run the program on a profile, and on each to which somebody switches; return the exit code.

    Raises what `_parting` does.
    """
    loop, task = asyncio.get_running_loop(), asyncio.current_task()
    assert task is not None
    left: dict[str, str] = {}
    follows: Succession | None = None
    while True:
        app = await _run_profile(program, profile, store, options, settings, endings, follows)
        follows = app.successor
        if follows is None:
            return _parting(app, endings, reports or profile.state, left.values())
        endings.on_signal(lambda: loop.call_soon_threadsafe(task.cancel))
        left[profile.name] = app.parting
        profile, store, settings = follows.profile, follows.store, app.context.settings
        left.pop(profile.name, None)
        options = options.of_next(profile, settings.endpoint, os.environ.get("WXTUI_SERVER") or None)
        # All of that run is garbage now.
        del app


async def _run_profile(
    program: type[WxtuiApp],
    profile: Profile,
    store: Store,
    options: LoginOptions,
    settings: Settings,
    endings: Endings,
    follows: Succession | None,
) -> WxtuiApp:
    """Run the program on one profile until that is left, and close its `store`; return what ran.

    It has a successor only where the terminal was left to that.
    """
    from tui.terminal.driver import hear_threads

    loop = asyncio.get_running_loop()
    async with store:
        app = program(
            profile,
            options,
            settings,
            store,
            on_mistake=lambda: endings.end_soon(BROKEN),
            shown=early.current,
            follows=follows,
        )
        endings.on_signal(lambda: loop.call_soon_threadsafe(app.exit), app.restore_terminal)
        hear_threads(app.thread_ended)
        whole = False
        try:
            await app.run_async(mouse=settings.mouse)
            whole = app.broken_by is None and endings.received is None
        finally:
            successor = app.successor
            if successor is None or not whole:
                app.successor = None
                app.restore_terminal()
                if successor is not None:
                    await successor.store.close()
    return app


def _parting(app: WxtuiApp, endings: Endings, reports: Path, left: Iterable[str]) -> int:
    """Print the program's last sentences, and those of profiles that were `left`; return the exit code. Raises what
    broke the program."""
    for sentence in filter(None, (*left, app.parting)):
        # The terminal itself may be gone.
        with contextlib.suppress(OSError):
            sys.stderr.write(f"{sentence}\n")
            sys.stderr.flush()
    if isinstance(app.broken_by, errors.WxtuiError):
        # No mistake of ours: a damaged store, say.
        raise app.broken_by
    if app.broken_by is not None and endings.received is None:
        from tui.cli.crash import report

        raise report(app.broken_by, reports)
    return app.return_code or 0
