"""`wxtui status`: whether the session is usable; how things stand, for a prompt."""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import TYPE_CHECKING, Final

import click

from tui import errors
from tui.cli.shared.global_options import Setup, global_options
from tui.cli.shared.output import tell_mistakes, write, write_json, write_outcome
from tui.i18n import _, translated
from tui.paths import config_place

if TYPE_CHECKING:
    from tui.cli.api.local_status import Facts
    from tui.errors import Phrase
    from tui.services.control.protocol import Account

_NO_SETTINGS: Final = frozenset({"WXTUI_HOME", "WXTUI_LANG", "WXTUI_PROFILE", "WXTUI_SERVER"})
"""Variables in which no setting can be wrong."""
_TOLD: Final = ("unread", "mentions", "waiting", "uploads", "since")
"""What scripts are told besides of an account."""


@click.command(
    help=_(
        "Check whether the session is valid. Exit code 0 if it is, 3 if not. The server is asked, unless a "
        "running wxtui has heard it within the last minute.\n\n"
        "With --format or --local no server is asked: the running wxtui answers, else what is stored "
        "here. Fields: unread, unread_chats, mentions, waiting, uploads, badge, state, since, age, name, profile, "
        "trouble."
    )
)
@click.option("--format", "template", metavar="TEXT", help=_("Print TEXT, e.g. for a prompt: “{unread} @{mentions}”."))
@click.option("--local", is_flag=True, help=_("Do not ask the server; answer from this computer."))
@global_options()
def status(setup: Setup, template: str | None, local: bool) -> None:
    """See the help text. Mistakes in the settings are told besides; the exit code is about the session."""
    if template is not None or local:
        _tell_local(setup, template)
        return
    mistakes = _mistakes()
    tell_mistakes(mistakes)
    # Not imported for a prompt.
    from tui.cli.shared.client_opening import AnyClient, with_client

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
    counts = _counts(setup) if setup.json else {}
    write_outcome({**facts, "usable": True, **counts, **wrong}, sentence, as_json=setup.json)


def _tell_local(setup: Setup, template: str | None) -> None:
    from tui.cli.api.local_status import formatted, local_status

    if template is not None and setup.json:
        raise errors.UsageError(why=_("Give either --format or --json."))
    facts = local_status(setup.profile)
    if setup.json:
        write_json(facts)
        return
    usual = _(
        "{name}: {state}; unread {unread}, mentions {mentions}, waiting {waiting}, uploads {uploads}; as of {since}."
    )
    write(formatted(usual if template is None else template, facts), exact=True)


def _counts(setup: Setup) -> Facts:
    """Return what is unread and waits; a store that cannot be read is no matter of the session."""
    from tui.cli.api.local_status import local_status

    try:
        facts = local_status(setup.profile)
    except errors.WxtuiError:
        return {}
    return {name: facts[name] for name in _TOLD}


def _mistakes() -> Sequence[Phrase]:
    """Return what is wrong in the settings; they are read only where somebody has set something."""
    variables = {name for name in os.environ if name.startswith("WXTUI_")} - _NO_SETTINGS
    if not (variables or os.path.lexists(config_place())):
        return ()
    from tui.config.settings import examine

    return examine().sentences
