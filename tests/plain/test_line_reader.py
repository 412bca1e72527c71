"""Lines that a person types in plain mode: for which conversation they are, and drafts beside them."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any, cast

from tests.support.command_line import Wxtui
from tests.support.line_pilot import LinePilot, run_lines
from tests.support.sandbox_thread import Sandbox
from tests.support.waiting import until
from tui.plain.line_console import Left
from tui.plain.line_events import LineEvents
from tui.plain.line_reader import LineReader
from tui.plain.prompt_terminal import PromptTerminal

Line = str | type[BaseException] | Callable[[], object]
"""A line, what reading raises, or what happens while the prompt stands there."""


class ScriptedConsole:
    """Person at the prompt whose lines are known beforehand; notes each prompt with the text behind it."""

    def __init__(self, *lines: Line, attended: bool = True) -> None:
        self._lines = list(lines)
        self.attended = self.edits = attended
        self.prompts: list[str] = []
        self.said: list[str] = []
        self.kept: list[str] = []
        self.typed = ""
        self.over = self.is_reading = self.is_lent = self.more_follows = False

    def read(self, prompt: str, text: str = "", *, history: bool = True) -> str:
        self.prompts.append(prompt + text)
        while self._lines:
            line = self._lines.pop(0)
            if isinstance(line, str):
                return text + line
            if isinstance(line, type):
                raise line
            line()
        raise Left

    def wait(self, done: Callable[[float], bool]) -> None:
        while not done(0.05):
            pass

    def say(self, text: str) -> None:
        self.said.append(text)

    def keep(self, text: str) -> None:
        self.kept.append(text)


async def typed(pilot: LinePilot, console: ScriptedConsole) -> None:
    """Let the person type all lines."""
    found = cast(Any, console)
    events = LineEvents(pilot.chat, found, lambda: None)
    reader = LineReader(pilot.chat, PromptTerminal(found), found, events, lambda: None)
    await asyncio.to_thread(reader.converse)


async def test_a_draft_comes_behind_the_prompt_only_when_asked_for(logged_in: Wxtui, sandbox: Sandbox) -> None:
    """A command that is typed behind it would be sent as a part of it."""
    async with run_lines(sandbox, prefills=True) as pilot:
        store = pilot.chat.context.store
        there = next(one for one in pilot.chat.conversation_list.every if one.name == "张三")
        await store.set_draft(there.id, "not yet")
        console = ScriptedConsole("/goto 张三", "/redraw", "hello", "", " sent")
        await typed(pilot, console)
        assert console.prompts == ["> ", "张三> ", "张三> ", "张三> ", "张三> not yet", "张三> "]
        assert "Draft: not yet" in console.said
        await until(lambda: [one["content"] for one in sandbox.sent()] == ["hello", "not yet sent"])
        assert (await store.conversation(there.id)).draft == ""


async def test_a_line_for_another_conversation_is_not_sent(logged_in: Wxtui, sandbox: Sandbox) -> None:
    async with run_lines(sandbox, prefills=True) as pilot:
        loop, chat = asyncio.get_running_loop(), pilot.chat
        other = next(one for one in chat.conversation_list.every if one.name == "李四")
        console = ScriptedConsole(
            "/goto 张三",
            lambda: asyncio.run_coroutine_threadsafe(chat.open(other), loop).result(30),
            "for 张三",
            "",
        )
        await typed(pilot, console)
        assert sandbox.sent() == []
        assert "Another conversation had just opened. Nothing was sent." in pilot.text
        assert console.prompts[2:4] == ["李四> ", "李四> for 张三"]
