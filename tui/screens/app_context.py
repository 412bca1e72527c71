"""Context that all screens share: the profile's store and services, and ways to the terminal."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from functools import cached_property
from typing import TYPE_CHECKING

import msgspec

from tui.config import Settings
from tui.errors import ProfileBusy
from tui.paths import Profile
from tui.services.contacts.display_names import DisplayNames
from tui.services.runtime import Runtime
from tui.store.store import Store

if TYPE_CHECKING:
    from tui.services.client.client import Client
    from tui.services.client.events import ConnectionState
    from tui.services.client.supervisor import SessionSupervisor
    from tui.services.outbox import Outbox
    from tui.terminal.clipboard import Clipboard


class AppContext(msgspec.Struct, dict=True, eq=False):
    """Open profile of the full-screen program."""

    profile: Profile
    store: Store
    settings: Settings
    names: DisplayNames
    clock: Callable[[], datetime]
    runtime: Runtime
    write: Callable[[str], None]
    """Sends to the terminal a sequence that is not drawn: a bell, the clipboard."""
    show_login: Callable[[], None]
    redraw: Callable[[], None]
    begin: Callable[[], None]
    """Goes for a session; to be called when the first screen is drawn."""

    @property
    def presence(self) -> SessionSupervisor:
        """Supervisor of the session, once the first screen is drawn."""
        return self.runtime.supervisor

    @property
    def outbox(self) -> Outbox | None:
        """Outbox, once the first screen is drawn: there with or without a session."""
        return self.runtime.loaded_outbox

    @property
    def busy(self) -> ProfileBusy | None:
        """Error while another process owns the profile: nothing can be sent from here."""
        return self.runtime.busy

    @cached_property
    def clipboard(self) -> Clipboard:
        """Way of copying text that suits this terminal, chosen once; nothing is run for that."""
        from tui.terminal.clipboard import choose

        return choose()

    @property
    def client(self) -> Client | None:
        """Client of the session, while there is one."""
        return self.runtime.client

    @property
    def connection(self) -> ConnectionState:
        """State of the session."""
        return self.runtime.state

    @property
    def silence(self) -> float | None:
        """Seconds since the server was last heard; None while it was not."""
        return self.runtime.silence
