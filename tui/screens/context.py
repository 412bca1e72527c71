"""What the screens share: the profile's store and services, and how one talks to the terminal."""

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
    """One open profile in the full-screen face.

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
    """Sends something to the terminal that is not drawn: a bell, the clipboard."""
    show_login: Callable[[], None]
    redraw: Callable[[], None]
    begin: Callable[[], None]
    """To be called when the first screen is drawn: goes for a session."""
    _presence: SessionSupervisor | None = None
    outbox: Outbox | None = None
    busy: ProfileBusy | None = None

    @property
    def presence(self) -> SessionSupervisor:
        """The session's keeper. It comes after the first screen, and before anything that needs it."""
        assert self._presence is not None, "nobody asks before the first screen is drawn"
        return self._presence

    @presence.setter
    def presence(self, presence: SessionSupervisor) -> None:
        self._presence = presence

    @cached_property
    def clipboard(self) -> Clipboard:
        """How text leaves for the clipboard, chosen once; nothing is run for that."""
        from tui.terminal.clipboard import choose

        return choose()

    @property
    def client(self) -> Client | None:
        """The session, while there is one."""
        return None if self._presence is None else self._presence.client

    @property
    def connection(self) -> Connection | None:
        """State of the session, read from the tasks that live; None before the first screen is drawn."""
        return None if self._presence is None else self._presence.connection

    @property
    def silence(self) -> float | None:
        """Seconds since the server was last heard; None while it was not."""
        return None if self._presence is None else self._presence.silence
