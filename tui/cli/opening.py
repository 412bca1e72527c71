"""From the global options to what the services take."""

from __future__ import annotations

from tui.cli.setup import Setup
from tui.services.client import Choice


def choice(setup: Setup) -> Choice:
    """The variant and server that the options ask for."""
    return Choice(setup.endpoint, setup.server)
