"""Opens the session that the global options ask for."""

from __future__ import annotations

from contextlib import AbstractAsyncContextManager

from tui.cli.shared.global_options import Setup
from tui.cli.shared.output import tell
from tui.i18n import _
from tui.services.client.profile_opening import AnyClient, open_client


def opened(setup: Setup) -> AbstractAsyncContextManager[AnyClient]:
    """Open the running wxtui's session, or the stored one. Raises as `open_client`."""
    return open_client(setup.profile, setup.login_options, tell_waiting)


def tell_waiting(pid: str) -> None:
    """Tell the person which process is waited for."""
    tell("wxtui: " + _("Waiting for another wxtui (process {pid}) to finish.").format(pid=pid))
