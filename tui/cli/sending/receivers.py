"""Receivers of one command: all are found before anything is sent; many need a word more; how long a pause is."""

from __future__ import annotations

import os
import time
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from tui import errors
from tui.i18n import _, counted
from tui.services.control.remote_client import RemoteClient

if TYPE_CHECKING:
    from tui.cli.shared.client_opening import AnyClient
    from tui.services.control.protocol import Recipient
    from tui.wire.contacts import Contact

MOST_UNASKED: Final = 20
"""Receivers of one command that need no --yes."""
_REQUEST: Final = 0.4
"""Seconds that a message takes besides the pause, about."""


class Receiver(NamedTuple):
    """Contact, and the word by which the person named it."""

    to: Contact | Recipient
    typed: str


async def find_receivers(client: Any, targets: Iterable[str]) -> list[Receiver]:
    """Return the contacts that the targets name, each once. Raises `TargetError`, which names every wrong target."""
    found: dict[str, Receiver] = {}
    wrong: list[errors.TargetError] = []
    for target in dict.fromkeys(targets):
        try:
            to = await client.directory.resolve(target)
        except errors.TargetError as error:
            wrong.append(error)
        else:
            found.setdefault(to.user_name, Receiver(to, target))
    if len(wrong) > 1:
        raise errors.TargetsWrong(why=errors.together([error.said for error in wrong]))
    if wrong:
        raise wrong[0]
    return list(found.values())


def expect_consent(receivers: int, items: int, pause: float, *, yes: bool) -> None:
    """Raise `UsageError` where so many are to get something that the person has to say it twice."""
    if receivers <= MOST_UNASKED or yes:
        return
    about = counted("{count} minute", "{count} minutes", max(1, round(receivers * items * (pause + _REQUEST) / 60)))
    raise errors.UsageError(
        why=_(
            "Sending to {count} takes about {time}, with {pause} s between two messages (send_pause). "
            "Nothing was sent; if you mean it, add --yes."
        ).format(count=receivers, time=about, pause=f"{pause:g}")
    )


def send_pause() -> float:
    """Return the setting `send_pause`, in seconds. Raises `SettingsWrong`."""
    from tui.config.settings import load

    return load().send_pause


async def pause_between(client: AnyClient, seconds: float) -> None:
    """Wait between two messages, from 3/4 to 5/4 of the pause: nobody's hand is a clock."""
    seconds *= 0.75 + os.urandom(1)[0] / 510
    if isinstance(client, RemoteClient):
        time.sleep(seconds)  # noqa: ASYNC251 - there is no event loop
    else:
        import asyncio  # A command that goes through a running wxtui does without.

        await asyncio.sleep(seconds)
