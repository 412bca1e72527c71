"""Lines that a person types in plain mode: for which conversation they are, and drafts beside them."""

from __future__ import annotations

import asyncio
from typing import Any, cast

from tests.support.command_line import Wxtui
from tests.support.line_pilot import LinePilot, run_lines
from tests.support.sandbox_thread import Sandbox
from tests.support.scripted_console import Hasty, Pasted, ScriptedConsole
from tests.support.waiting import until
from tui import errors
from tui.plain.line_events import LineEvents
from tui.plain.line_reader import LineReader
from tui.plain.prompt_terminal import PromptTerminal


async def typed(pilot: LinePilot, console: ScriptedConsole) -> None:
    """Let the person type all lines."""
    found = cast(Any, console)
    events = LineEvents(pilot.chat, found, lambda: None)
    reader = LineReader(pilot.chat, PromptTerminal(found), found, events, lambda: None, lambda: console.time)
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


async def test_what_was_typed_before_the_first_prompt_is_not_sent(logged_in: Wxtui, sandbox: Sandbox) -> None:
    """It was for the shell, say. The conversation of the last run stands open, and somebody would have it."""
    async with run_lines(sandbox, prefills=True) as pilot:
        await pilot.chat.open(next(one for one in pilot.chat.conversation_list.every if one.name == "张三"))
        console = ScriptedConsole(Hasty("ls"), "", " -l")
        await typed(pilot, console)
        assert "You typed this before you could read the lines above it. Nothing was sent." in pilot.text
        await until(lambda: [one["content"] for one in sandbox.sent()] == ["ls -l"])


async def test_what_was_typed_before_a_failure_could_be_read_is_not_sent(logged_in: Wxtui, sandbox: Sandbox) -> None:
    async with run_lines(sandbox, prefills=True) as pilot:
        console = ScriptedConsole("/goto 张三", errors.UsageError(why="no text"), Hasty("and what came with it"))
        await typed(pilot, console)
        assert sandbox.sent() == []
        assert console.said[-2:] == ["Draft: and what came with it", "An empty line puts it behind the prompt."]


async def test_a_paste_is_one_message_whatever_its_lines_are(logged_in: Wxtui, sandbox: Sandbox) -> None:
    """Terminals that tell of no pastes: an empty line ended it, and a command in it was done."""
    async with run_lines(sandbox, prefills=True) as pilot:
        paste = (Pasted("one"), Pasted(""), Pasted("/quit"), "/revoke")
        console = ScriptedConsole(
            "/goto 张三", *paste, Pasted("/usr/bin: no"), "such file", *paste[:2], KeyboardInterrupt
        )
        await typed(pilot, console)
        await until(lambda: [one["content"] for one in sandbox.sent()] == ["one\n\n/quit\n/revoke"])
        assert "Unknown command: /usr/bin:" in pilot.text
        assert console.kept == ["one\n\n"]
