"""Mentions in the full-screen program: seen in the log and the list, gone to with Alt+M, listed with /mentions."""

from __future__ import annotations

from tests.support.program_pilot import ProgramPilot, run_program
from tests.support.sandbox_thread import Sandbox
from tui.screens.dialogs.message_search import MessageSearch
from tui.store.models import StoredMessage
from tui.wire.bodies import Text

CALL = "@林小满\u2005"
GROUP = "项目群"


def said(sandbox: Sandbox, *texts: str, group: str = GROUP, by: str = "张三") -> None:
    for text in texts:
        sandbox.post("push", type="text", content=text, group=group, **{"from": by})


def unread(program: ProgramPilot) -> int:
    """Unread messages of the group that name me."""
    return next((one.mentions for one in program.chat.conversation_list.every if one.name == GROUP), -1)


def selected(program: ProgramPilot) -> str:
    message: StoredMessage | None = program.chat.message_log.selected
    return message.body.text if message is not None and isinstance(message.body, Text) else ""


async def test_from_mention_to_mention_and_back(sandbox: Sandbox) -> None:
    async with run_program(sandbox) as program:
        await program.opened("李四")
        await program.press("alt+m")
        await program.sees("No unread mentions. /mentions lists all.")
        said(sandbox, f"{CALL}first", "between", *(f"filler {n}" for n in range(40)), f"{CALL}second", "last")
        await program.until(lambda: unread(program) == 2)
        row = next(line for line in program.lines if GROUP in line)
        assert " @ " in row
        assert "@ 2 ·" in program.chat.status.state[0]

        await program.press("alt+m")
        await program.until(lambda: selected(program) == f"{CALL}first")
        await program.sees("1 more mention")
        assert any("@ @林小满" in line for line in program.lines), "the sign stands before its words"
        assert not any("@ between" in line for line in program.lines)
        # Both count as read, now that the conversation is open; the second one is gone to all the same.
        await program.until(lambda: unread(program) == 0)
        await program.press("alt+m")
        await program.until(lambda: selected(program) == f"{CALL}second")
        await program.press("alt+m")
        await program.sees("No unread mentions. /mentions lists all.")
        await program.press("backspace", "backspace")
        await program.until(lambda: program.chat.conversation is not None and program.chat.conversation.name == "李四")

        # Who opens the conversation, which marks it read, finds them as well; those of others come behind them.
        said(sandbox, f"{CALL}other", group="热闹群", by="小猫🐱")
        said(sandbox, f"{CALL}third")
        await program.until(lambda: program.chat.conversation_list.mention_count == 2)
        await program.opened(GROUP)
        await program.until(lambda: unread(program) == 0)
        await program.press("alt+m")
        await program.until(lambda: selected(program) == f"{CALL}third")
        await program.press("alt+m")
        await program.until(lambda: selected(program) == f"{CALL}other")


async def test_all_mentions_are_listed_and_searched(sandbox: Sandbox) -> None:
    async with run_program(sandbox) as program:
        await program.opened("李四")
        await program.chat.do("mentions", "")
        await program.sees("Nobody has mentioned you yet.")
        await program.press("escape")
        said(sandbox, f"{CALL}first", "between", "@所有人 second", "@林小满满 third")
        await program.until(lambda: unread(program) == 2)
        await program.chat.do("mentions", "")
        screen = await program.sees(lambda text: "second" in text and "first" in text)
        assert isinstance(program.app.screen, MessageSearch)
        assert screen.index("second") < screen.index("first"), "the newest is the first"
        assert "third" not in screen.split("Mentions")[1].split("╰")[0]
        await program.type("first")
        await program.sees(lambda text: "second" not in text)
        await program.press("enter")
        await program.until(lambda: selected(program) == f"{CALL}first")
