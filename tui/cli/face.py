"""The way into the full-screen face. Nothing here costs time before it is wanted, not even click."""

from __future__ import annotations

import asyncio
import gc
import os
import signal
import sys
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from tui import errors

if TYPE_CHECKING:
    from tui.paths import Profile
    from tui.services.choice import Choice

_ENDINGS = (signal.SIGTERM, signal.SIGHUP)


def run_alone() -> int:
    """`wxtui` and nothing else, the everyday call; the exit code. It does without the command line's parser."""
    try:
        from tui.paths import find_profile
        from tui.services.choice import Choice

        profile = find_profile(os.environ.get("WXTUI_PROFILE") or "default")
        return open_face(profile, Choice(origin=os.environ.get("WXTUI_SERVER") or None))
    except errors.WxtuiError as error:
        from tui.cli.output import write_error

        write_error(error, as_json=False)
        return error.exit_code


def check_terminal() -> None:
    """Raises `UsageError` where a full screen makes no sense: in a pipe, a script, a dumb terminal."""
    from tui.i18n import _

    # Textual draws on standard error.
    if not all(stream is not None and stream.isatty() for stream in (sys.stdin, sys.stdout, sys.stderr)):
        why = _("The full-screen face needs a terminal; a script uses the commands. Try: wxtui --help")
        raise errors.UsageError(why=why)
    term = os.environ.get("TERM", "")
    if term in ("", "dumb"):
        why = _("This terminal (TERM is “{term}”) cannot show a full screen. Try: wxtui --help").format(term=term)
        raise errors.UsageError(why=why)
    encoding = getattr(sys.stderr, "encoding", None) or "utf-8"
    if encoding.lower().replace("_", "-") not in ("utf-8", "utf8"):
        why = _("This terminal's character set is {encoding}; wxtui needs UTF-8. Try: LC_ALL=C.UTF-8 wxtui")
        raise errors.UsageError(why=why.format(encoding=encoding))


def open_face(profile: Profile, choice: Choice) -> int:
    """Show the full-screen face until it is left; the exit code. Raises `UsageError`, `LocalError`."""
    from msgspec.structs import replace

    from tui.config import load
    from tui.i18n import use

    settings = load()
    if settings.language != "auto":
        use(settings.language)
    check_terminal()
    for name in ("COLUMNS", "LINES"):
        # Where a shell exports its size, Textual would believe that, and a resized window would never be noticed.
        os.environ.pop(name, None)
    # Nearly all that a start makes lives on: the collector would look through it again and again, in vain. It comes
    # back with the first screen.
    gc.disable()
    if choice.endpoint is None:
        choice = replace(choice, endpoint=settings.endpoint)
    from tui.app import WxtuiApp
    from tui.store.store import Store

    received: list[signal.Signals] = []

    async def run() -> int:
        # Before the screen is taken: what is wrong with the store is a sentence in the shell.
        async with await Store.open(profile.store_file, clock=lambda: datetime.now(UTC)) as store:
            app = WxtuiApp(profile, choice, settings, store)

            def stop(number: signal.Signals) -> None:
                received.append(number)
                app.exit()

            loop = asyncio.get_running_loop()
            for number in _ENDINGS:
                # nohup ignores the hangup, and that is meant.
                if signal.getsignal(number) is not signal.SIG_IGN:
                    loop.add_signal_handler(number, stop, number)
            await app.run_async()
            # Not every terminal forgets the colours of the other screen.
            sys.stderr.write("\x1b[m" + (f"{app.parting}\n" if app.parting else ""))
            sys.stderr.flush()
            if app.broken_by is not None:
                from tui.cli.crash import report

                raise report(app.broken_by, profile.state)
            return app.return_code or 0

    code = asyncio.run(run())
    return 128 + received[0] if received else code
