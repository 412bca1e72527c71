"""`/_sandbox/push`: lets a message arrive. `calls` describes it."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from tui.sandbox.control.bodies import ControlMistake, Push, PushedMessage
from tui.sandbox.control.reading import read_control
from tui.sandbox.routes.http import state_of
from tui.sandbox.session.state import State
from tui.sandbox.world.kinds import SENDERLESS
from tui.sandbox.world.message import SandboxMessage
from tui.sandbox.world.people import SELF, Partner
from tui.sandbox.world.people_data import PROJECT_GROUP, REQUESTS
from tui.sandbox.world.world import UnknownName


def reply(fields: msgspec.Struct | Sequence[msgspec.Struct], status: int = 200) -> Response:
    """Answer with JSON."""
    return Response(msgspec.json.encode(fields), status, media_type="application/json")


def sorry(status: int, sentence: str) -> Response:
    """Answer with a sentence as `error`."""
    return reply(ControlMistake(sentence), status)


async def push(request: Request) -> Response:
    """Let a message arrive."""
    state, wanted = state_of(request), await read_control(request, Push)
    if wanted.type == "revoke":
        return _revoke(state, wanted)
    chat, sender = _who(state, wanted)
    about = _about(state, wanted)
    if wanted.type == "friend_request":
        chat, sender = state.world.contacts[REQUESTS], REQUESTS
    elif wanted.type == "status_notify":
        return _described(state, _from_phone(state, chat, wanted))
    content = None if wanted.type == "card" else wanted.content
    sender = "" if wanted.type in SENDERLESS else sender
    for _ in range(wanted.times):
        message = state.arrive(wanted.type, chat, sender, content, about=about, age=wanted.age)
    return _described(state, message)


def _from_phone(state: State, chat: Partner, wanted: Push) -> SandboxMessage:
    message = state.arrive("status_notify", chat, SELF, wanted.content)
    message.seen = True
    return message


def _who(state: State, wanted: Push) -> tuple[Partner, str]:
    """Return chat and sender of a pushed message; raise `UnknownName`."""
    world = state.world
    group = world.contacts[PROJECT_GROUP] if wanted.group is True else None
    if isinstance(wanted.group, str) and wanted.group:
        group = world.find(wanted.group)
        if not group.is_group:
            raise UnknownName(f"“{group.name}” is not a group.")
    if group is not None:
        sender = world.find(wanted.from_).key if wanted.from_ else group.members[1].key
        if group.member(sender) is None:
            raise UnknownName(f"“{wanted.from_}” is not in the group “{group.name}”.")
        return group, sender
    person = world.find(wanted.from_ or "张三")
    if person.key == SELF:
        return world.find(wanted.to or "张三"), SELF
    return person, "" if person.is_group else person.key


def _about(state: State, wanted: Push) -> Partner | None:
    """Return the contact of a card or friend request; a request is a stranger's unless `from` names somebody."""
    if wanted.type == "card":
        return state.world.find(wanted.content if isinstance(wanted.content, str) else "Alice")
    if wanted.type != "friend_request":
        return None
    return state.world.find(wanted.from_) if wanted.from_ else state.world.add_stranger("新朋友")


def _revoke(state: State, wanted: Push) -> Response:
    if isinstance(wanted.content, str) and wanted.content:
        message = state.messages.get(wanted.content)
    else:
        chat, sender = _who(state, wanted)
        message = state.last_from(sender, chat)
    if message is None:
        return sorry(404, "There is no such message to revoke.")
    return _described(state, state.take_back(message))


def _described(state: State, message: SandboxMessage) -> Response:
    sessions = [session for session in state.live() if session.sees(message.chat)]
    named = sessions[-1].names.of(message.sender) if sessions and message.group and message.sender else ""
    media = message.parts.media
    msg_id = str(message.parts.fields.get("MsgId", message.msg_id))
    return reply(PushedMessage(msg_id, named, media.sha256 if media else ""))
