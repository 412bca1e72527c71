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
from tui.services.sending.recall_window import RecallWindow
from tui.store.store import Store

if TYPE_CHECKING:
    from tui.services.client.client import Client
    from tui.services.client.supervisor import Connection, SessionSupervisor
    from tui.services.outbox import Outbox
    from tui.terminal.clipboard import Clipboard


class AppContext(msgspec.Struct, dict=True, eq=False):
    """Open profile of the full-screen program.

    `outbox` is None until the first screen is drawn, then it is there, session or not. `busy` says why nothing can
    be sent from here at all: another process owns the profile.
    """

    profile: Profile
    store: Store
    settings: Settings
    names: DisplayNames
    clock: Callable[[], datetime]
    recall_window: RecallWindow
    write: Callable[[str], None]
    """Sends to the terminal a sequence that is not drawn: a bell, the clipboard."""
    show_login: Callable[[], None]
    redraw: Callable[[], None]
    begin: Callable[[], None]
    """Goes for a session; to be called when the first screen is drawn."""
    _presence: SessionSupervisor | None = None
    outbox: Outbox | None = None
    busy: ProfileBusy | None = None

    @property
    def presence(self) -> SessionSupervisor:
        """Supervisor of the session. It comes after the first screen, and before anything that needs it."""
        assert self._presence is not None, "nobody asks before the first screen is drawn"
        return self._presence

    @presence.setter
    def presence(self, presence: SessionSupervisor) -> None:
        self._presence = presence

    @cached_property
    def clipboard(self) -> Clipboard:
        """Way of copying text that suits this terminal, chosen once; nothing is run for that."""
        from tui.terminal.clipboard import choose

        return choose()

    @property
    def client(self) -> Client | None:
        """Client of the session, while there is one."""
        return None if self._presence is None else self._presence.client

    @property
    def connection(self) -> Connection | None:
        """State of the session; None before the first screen is drawn."""
        return None if self._presence is None else self._presence.connection

    @property
    def silence(self) -> float | None:
        """Seconds since the server was last heard; None while it was not."""
        return None if self._presence is None else self._presence.silence
