"""Read marks: what a person saw is read, and nothing that came later."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from types import SimpleNamespace
from typing import Any

import pytest

from tests.support.fake_time import FakeTime
from tui.screens.chat import read_marks as read_marks_module
from tui.screens.chat.read_marks import ReadMarks
from tui.store.models import Conversation
from tui.wire.contacts import ContactKind

TEAM = Conversation(7, "@@team", "Team", ContactKind.GROUP, False, False, 1, "")


class Marked:
    """A screen with one conversation, and a client that takes as long to tell the server as a test likes."""

    def __init__(self) -> None:
        self.newest, self.until = 10, list[int | None]()
        self.telling, self.told = asyncio.Event(), asyncio.Event()
        self.running: list[asyncio.Task[None]] = []
        client = SimpleNamespace(chat=SimpleNamespace(mark_read=self._tell))
        context = SimpleNamespace(store=self, runtime=SimpleNamespace(client=client))
        chat: Any = SimpleNamespace(conversation=TEAM, context=context, run=self._run)
        self.marks = ReadMarks(chat, lambda _id, _on: None)

    def _run(self, work: Coroutine[Any, Any, None], _name: str) -> None:
        self.running.append(asyncio.ensure_future(work))

    async def _tell(self, _contact: object, until: int | None) -> None:
        self.until.append(until)
        self.telling.set()
        await self.told.wait()

    async def last_row(self) -> int:
        return self.newest

    async def conversation(self, _conversation_id: int) -> Conversation:
        return TEAM

    async def contact(self, _user_name: str) -> str:
        return "team"

    async def end(self) -> list[int | None]:
        """Let the server answer, and return up to which rows it was told."""
        self.told.set()
        while self.running:
            await self.running.pop(0)
        return self.until


async def test_what_comes_while_the_server_is_told_is_not_read_unless_it_is_seen(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    FakeTime(monkeypatch, read_marks_module.__name__)
    marked = Marked()
    marked.marks.opened()
    await marked.telling.wait()
    marked.newest = 11  # nobody looks
    assert await marked.end() == [10]

    marked = Marked()
    marked.marks.read_open(10)
    marked.marks.read_open(11)
    marked.newest = 12  # nobody looks
    await marked.telling.wait()
    assert await marked.end() == [11], "what comes in a moment is one mark"

    marked = Marked()
    marked.marks.read_open(10)
    await marked.telling.wait()
    marked.marks.read_open(11)
    marked.newest = 12  # nobody looks
    assert await marked.end() == [10, 11]

    marked = Marked()
    marked.marks.read_open(10)
    marked.newest = 12
    marked.marks.opened()
    await marked.telling.wait()
    assert await marked.end() == [12], "who opens it sees all that is there"
