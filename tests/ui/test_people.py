"""Friend requests, remarks, pins and reading everything in the whole program."""

from __future__ import annotations

import pytest

from tests.support.program_pilot import ProgramPilot, run_program
from tests.support.sandbox_thread import Sandbox
from tui.commands import Invocation, parse
from tui.services.people import contact_changes, people
from tui.store.models import Conversation
from tui.wire.bodies import Text


@pytest.fixture(autouse=True)
def no_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(contact_changes, "PAUSE", 0.0)
    monkeypatch.setattr(people, "READ_PAUSE", 0.0)


async def says(program: ProgramPilot, command: str, wanted: str) -> None:
    """Run a slash command and wait for what the screen says."""
    meant = parse(command)
    assert isinstance(meant, Invocation)
    await program.chat.do(meant.command.id, meant.argument)
    await program.sees(wanted)


def said_hi(one: Conversation) -> bool:
    """Whether the last message of a conversation is this text, unread."""
    return bool(one.unread) and one.last is not None and one.last.body == Text("hi")


async def test_a_request_is_chosen_from_the_list_and_accepted_after_a_question(sandbox: Sandbox) -> None:
    async with run_program(sandbox) as program:
        sandbox.post("push", type="friend_request")
        await program.until(lambda: any(one.user_name == "fmessage" for one in program.chat.conversation_list.every))
        await program.opened("张三")
        await says(program, "/requests", "新朋友")
        await program.press("enter")
        await program.sees("a accept · i ignore")
        await program.press("a")
        await program.asked("Accept the friend request of “新朋友”?")
        await program.answer("escape")
        assert not sandbox.calls().get("webwxverifyuser")
        await program.press_until("i", lambda: "“新朋友”. a still accepts it." in program.text)
        await program.sees("新朋友  ignored")
        await program.press("a")
        await program.asked("Accept the friend request of “新朋友”?")
        await program.press("a")  # the same key once more agrees
        await program.sees("新朋友  added")
        assert sandbox.calls()["webwxverifyuser"] == 1
        await program.press("a")
        await program.sees("You have already accepted “新朋友”.")
        program.chat.composer.focus()
        await program.type("a")
        await program.press("enter")
        await program.sees("Friend requests are not answered with text. Select one: a accepts, i ignores.")
        assert program.chat.composer.text == "a" and not sandbox.sent()


async def test_remark_pin_and_reading_everything_by_slash_commands(sandbox: Sandbox) -> None:
    async with run_program(sandbox) as program:
        await program.opened("张三")
        await says(program, "/remark old Zhang", "张三 is now shown as old Zhang.")
        await program.sees("old Zhang")
        # In groups too, before the name that one has there, as the messages themselves have it.
        program.chat.run(program.chat.do("search_all", "收到"), "test")
        await program.sees("old Zhang: 收到")
        await program.press("escape")
        await says(program, f"/remark {'x' * 65}", "it is longer than 64 characters")
        await says(program, "/remark", "/remark old Zhang")
        await program.sees("Write the remark that only you see; - removes it.")
        await says(program, "/remark -", "Removed the remark of old Zhang.")
        await program.type("mine")
        await program.chat.do("remark", "", by_key=True)
        await program.sees("Ctrl+Y restores the text.")
        await program.press("ctrl+y")
        assert program.chat.composer.text.endswith("mine"), "no command replaces a text for good"
        await program.press("ctrl+u")
        await says(program, "/pin", "Pinned: 张三.")
        await says(program, "/pin", "张三 is pinned already.")
        await says(program, "/unpin", "Unpinned: 张三.")
        await says(program, "/accept 98", "“98” is not a friend request. /requests lists them.")
        await says(program, "/group new Alice Nobody", "A part of the name is enough")
        await says(program, "/accept", "新同事小周")
        await program.answer("escape")
        for name in ("李四", "Alice"):
            sandbox.post("push", type="text", content="hi", **{"from": name})
        # What comes after it has begun stays unread.
        await program.until(lambda: sum(said_hi(one) for one in program.chat.conversation_list.every) == 2)
        await says(program, "/readall", "as read.")
        await program.until(lambda: not any(one.unread for one in program.chat.conversation_list.every))
        await says(program, "/readall", "Everything is read already.")


async def test_reading_everything_is_stopped_by_ctrl_c(sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(people, "READ_PAUSE", 1000.0)
    async with run_program(sandbox) as program:
        await program.opened("张三")
        for name in ("李四", "Alice"):
            sandbox.post("push", type="text", content="hi", **{"from": name})
        await program.until(lambda: sum(bool(one.unread) for one in program.chat.conversation_list.every) >= 2)
        await says(program, "/readall", "Ctrl+C stops.")
        await program.press("ctrl+c")
        await program.sees("Stopped: 1 is read.")
        await program.press("ctrl+c")
        await program.sees("quits wxtui.")
