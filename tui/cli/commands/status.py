"""`wxtui status`: whether the session is usable."""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import TYPE_CHECKING, Final

import click

from tui.cli.shared.client_opening import AnyClient, with_client
from tui.cli.shared.global_options import Setup, global_options
from tui.cli.shared.output import tell_mistakes, write_outcome
from tui.i18n import _, translated
from tui.paths import config_place

if TYPE_CHECKING:
    from tui.errors import Phrase
    from tui.services.control.protocol import Account

_NO_SETTINGS: Final = frozenset({"WXTUI_HOME", "WXTUI_LANG", "WXTUI_PROFILE", "WXTUI_SERVER"})
"""Variables in which no setting can be wrong."""


@click.command(
    help=_(
        "Check whether the session is valid. Exit code 0 if it is, 3 if not. The server is asked, unless a "
        "running wxtui has heard it within the last minute."
    )
)
@global_options()
def status(setup: Setup) -> None:
    """See the help text. Mistakes in the settings are told besides; the exit code is about the session."""
    mistakes = _mistakes()
    tell_mistakes(mistakes)

    async def work(client: AnyClient) -> Account:
        return await client.check()

    account = with_client(setup, work)
    facts = {
        "profile": setup.profile_name,
        "name": account.name,
        "endpoint": account.endpoint,
        "server": account.server,
    }
    sentence = _("{name} is logged in ({endpoint}, {server}, profile {profile}).").format(**facts)
    wrong = {"settings": [translated(one) for one in mistakes]} if mistakes else {}
    write_outcome({**facts, "usable": True, **wrong}, sentence, as_json=setup.json)


def _mistakes() -> Sequence[Phrase]:
    """Return what is wrong in the settings; they are read only where somebody has set something."""
    variables = {name for name in os.environ if name.startswith("WXTUI_")} - _NO_SETTINGS
    if not (variables or os.path.lexists(config_place())):
        return ()
    from tui.config import examine

    return examine().mistakes
