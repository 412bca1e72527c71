"""`wxtui requests`: friend requests, and answering them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from tui import errors
from tui.cli.shared.client_opening import AnyClient, with_client
from tui.cli.shared.global_options import Setup, global_options
from tui.cli.shared.output import clean, tell_person, write_json, write_outcome, write_rows
from tui.i18n import _

if TYPE_CHECKING:
    from tui.store.models import ReceivedRequest, StoredMessage


@click.command(
    help=_(
        "List the friend requests that wait for an answer. A line has ID, name and what they wrote. --accept makes "
        "somebody your contact, and tells them."
    )
)
@click.option("--accept", "accepted", metavar="ID", help=_("Accept this friend request."))
@click.option("--ignore", "ignored", metavar="ID", help=_("Put this friend request aside. Nobody is told."))
@click.option("--all", "everything", is_flag=True, help=_("List those that were answered, too."))
@global_options()
def requests(setup: Setup, accepted: str | None, ignored: str | None, everything: bool) -> None:
    """See the help text."""
    if accepted is not None and ignored is not None:
        raise errors.UsageError(why=_("Give either --accept or --ignore."))
    if accepted is not None or ignored is not None:
        _answer(setup, accepted or ignored or "", accept=accepted is not None)
        return

    async def work(client: AnyClient) -> list[ReceivedRequest]:
        return await client.people.friend_requests.received()

    found = with_client(setup, work)
    shown = [one for one in found if everything or _waits(one)]
    if setup.json:
        for one in shown:
            write_json(_facts(one))
        return
    write_rows([_columns(one) for one in shown])
    if not shown:
        tell_person(_("No friend requests. Only a running wxtui, or wxtui listen, receives them."))


def _answer(setup: Setup, msg_id: str, *, accept: bool) -> None:
    from tui.services.people import people_words

    async def work(client: AnyClient) -> str:
        message: StoredMessage | None = await client.store.message(msg_id)
        if message is None:
            raise errors.NoFriendRequest(id=clean(msg_id))
        friend_requests = client.people.friend_requests
        return await (friend_requests.accept(message) if accept else friend_requests.ignore(message))

    name = with_client(setup, work)
    sentence = people_words.request_accepted(name) if accept else people_words.request_ignored(name)
    write_outcome({"accepted" if accept else "ignored": name, "id": msg_id}, sentence, as_json=setup.json)


def _waits(request: ReceivedRequest) -> bool:
    from tui.wire.bodies import FriendRequest

    body = request.message.body
    return isinstance(body, FriendRequest) and request.current and body.waits


def _columns(request: ReceivedRequest) -> tuple[str, ...]:
    from tui.message_summary import answer_words
    from tui.wire.bodies import FriendRequest

    body = request.message.body
    assert isinstance(body, FriendRequest)
    return request.message.msg_id or "-", body.nick_name, body.text, answer_words(body.answer)


def _facts(request: ReceivedRequest) -> dict[str, object]:
    from tui.wire.bodies import FriendRequest

    message = request.message
    body = message.body
    assert isinstance(body, FriendRequest)
    return {
        "id": message.msg_id,
        "name": body.nick_name,
        "text": body.text,
        "time": message.time.isoformat(),
        "state": body.answer.value or "open",
        "can_accept": _waits(request),
    }
