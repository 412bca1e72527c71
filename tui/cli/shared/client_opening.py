"""Opens the session that the global options ask for."""

from __future__ import annotations

from contextlib import AbstractAsyncContextManager

from tui.cli.shared.global_options import Setup
from tui.cli.shared.output import tell
from tui.i18n import _
from tui.services.client.profile_opening import AnyClient, open_client
from tui.services.session.login_options import LoginOptions


def choice(setup: Setup) -> LoginOptions:
    """Return the variant and server that the options ask for."""
    return LoginOptions(setup.endpoint, setup.server)


def opened(setup: Setup) -> AbstractAsyncContextManager[AnyClient]:
    """Open the running wxtui's session, or the stored one. Raises as `open_client`."""
    return open_client(setup.profile, choice(setup), tell_waiting)


def tell_waiting(pid: str) -> None:
    """Tell the person which process is waited for."""
    tell("wxtui: " + _("Waiting for another wxtui (process {pid}) to finish.").format(pid=pid))
