"""Actors of the sandbox: an echo, a slow writer, somebody who recalls his messages, and a busy group."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING

from tui.sandbox.world import people_data as data

if TYPE_CHECKING:
    from tui.sandbox.session.state import State
    from tui.sandbox.world.message import MessageParts

Actor = Callable[["State", str, "MessageParts"], Awaitable[None]]

_BUSY_LINES = (
    ("bob", "+1"),
    ("kitty", "[旺柴]"),
    ("liuyang", "同意楼上"),
    ("tomjerry", "What did I miss?"),
    ("wangwei2", "刚开完会，发生什么了"),
    ("kitty", "快看群公告"),
)


async def _echo(state: State, _text: str, parts: MessageParts) -> None:
    await state.pause(state.options.reply_delay)
    state.deliver(state.compose(parts, state.world.contacts[data.ECHO], data.ECHO))


async def _slow(state: State, text: str, _parts: MessageParts) -> None:
    chat = state.world.contacts[data.SLOW]
    await state.pause(state.options.reply_delay * 8)
    state.arrive("text", chat, data.SLOW, "我想想……")
    await state.pause(state.options.reply_delay * 12)
    state.arrive("text", chat, data.SLOW, f"关于“{text[:20]}”，我觉得可以。")


async def _recaller(state: State, text: str, _parts: MessageParts) -> None:
    chat = state.world.contacts[data.RECALLER]
    await state.pause(state.options.reply_delay)
    said = state.arrive("text", chat, data.RECALLER, f"其实我早就知道{text[:20]}")
    await state.pause(state.options.reply_delay * 4)
    state.take_back(said)


async def _busy_group(state: State, _text: str, _parts: MessageParts) -> None:
    chat = state.world.contacts[data.BUSY_GROUP]
    for member, line in _BUSY_LINES:
        await state.pause(state.options.reply_delay / 2)
        state.arrive("text", chat, member, line)


ACTORS: dict[str, Actor] = {
    data.ECHO: _echo,
    data.SLOW: _slow,
    data.RECALLER: _recaller,
    data.BUSY_GROUP: _busy_group,
}
"""People who answer, by key; nobody else does."""


def react(state: State, chat: str, text: str, parts: MessageParts) -> None:
    """Let the people of a chat answer a message; `text` is its text, or describes it, and `parts` are the whole."""
    actor = ACTORS.get(chat) if state.options.replies else None
    if actor is None:
        return

    async def act() -> None:
        await actor(state, text, parts)

    state.start(act())
