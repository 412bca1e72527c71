"""Does a command's work through the running wxtui, or with the stored session where none runs.

Through a running one, neither event loop, network nor store is imported; a test holds that.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Coroutine
from contextlib import ExitStack
from typing import TYPE_CHECKING, Any, TypeAlias, TypeVar

from tui import errors
from tui.cli.shared.global_options import Setup
from tui.cli.shared.output import tell_notice
from tui.cli.shared.running import ended_by_signals, run_async
from tui.i18n import _
from tui.paths import SESSION
from tui.services.control.owner_connection import join
from tui.services.control.remote_client import RemoteClient, finished
from tui.services.session.profile_lock import PATIENCE

if TYPE_CHECKING:
    from asyncio import TimerHandle

    from tui.services.client.client import Client
    from tui.services.contacts.directory import Directory

T = TypeVar("T")
AnyClient: TypeAlias = "Client | RemoteClient"
"""Client that a command uses: of a session opened here, or through a running wxtui. Both can do the same."""


def with_client(setup: Setup, work: Callable[[AnyClient], Coroutine[Any, Any, T]]) -> T:
    """Return what `work` does with an `AnyClient`; meanwhile the session is owned, here or by the running wxtui.

    Two commands without a running wxtui come one after the other. Raises `NotLoggedIn`, `WrongServer`, `OwnerError`,
    `LocalError`.
    """
    expect_session(setup)
    with ended_by_signals(), ExitStack() as stack:
        owner = join(setup.profile, stack, tell_waiting)
        if owner is not None:
            return finished(work(RemoteClient(setup.profile, owner, tell_loading)))
        # Imported before there is a loop: Ctrl+C is heard at once.
        from tui.services.client.profile_opening import open_session

        keep_log(setup)
        return run_async(_alone(setup, work, open_session))


def keep_log(setup: Setup) -> None:
    """Have a log file for what this process does with the session itself."""
    from tui.config.settings import examine
    from tui.services.util import log_file

    log_file.keep_log(setup.profile, examine().settings.log, setup.command)


async def _alone(setup: Setup, work: Callable[[AnyClient], Coroutine[Any, Any, T]], open_session: Any) -> T:
    async with open_session(setup.profile, setup.login_options) as client:
        tell_of_long_loads(client.directory)
        return await work(client)


def expect_session(setup: Setup) -> None:
    """Raise `NotLoggedIn` where no session is stored, `WrongServer` where it is not the one that was asked for."""
    if setup.endpoint is not None or setup.server is not None:
        from tui.services.client.profile_opening import stored_session

        stored_session(setup.profile, setup.login_options)
    elif not os.path.exists(setup.profile.within(SESSION)):
        raise errors.NotLoggedIn(profile=setup.profile_name)


def tell_waiting(pid: str) -> None:
    """Tell the person which process is waited for."""
    tell_notice("wxtui: " + _("Waiting for another wxtui (process {pid}) to finish.").format(pid=pid))


def tell_loading() -> None:
    """Tell the person that a name is waited for; a script needs no such line."""
    if sys.stderr.isatty():
        tell_notice("wxtui: " + _("Waiting for the contacts to load."))


def tell_of_long_loads(directory: Directory) -> None:
    """Have each load of contacts told of that takes longer than two seconds."""
    import asyncio

    waiting: list[TimerHandle] = []

    def moved() -> None:
        if directory.loading is None:
            while waiting:
                waiting.pop().cancel()
        elif not waiting:
            waiting.append(asyncio.get_running_loop().call_later(PATIENCE, tell_loading))

    directory.on_progress(moved)
