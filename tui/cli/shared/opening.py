"""From the global options to what the services take."""

from __future__ import annotations

from contextlib import AbstractAsyncContextManager

from tui.cli.options import Setup
from tui.cli.output import tell
from tui.i18n import _
from tui.services.client.client import AnyClient, open_client
from tui.services.session.login_options import LoginOptions


def choice(setup: Setup) -> LoginOptions:
    """The variant and server that the options ask for."""
    return LoginOptions(setup.endpoint, setup.server)


def opened(setup: Setup, *, brief: bool = True) -> AbstractAsyncContextManager[AnyClient]:
    """The session: the running wxtui's, or one's own. `brief` and what it raises as for `open_client`."""
    return open_client(setup.profile, choice(setup), tell_waiting, brief=brief)


def tell_waiting(pid: str) -> None:
    """The person is told why nothing happens."""
    tell("wxtui: " + _("Waiting for another wxtui (process {pid}) to finish.").format(pid=pid))
