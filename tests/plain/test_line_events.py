"""What happens beside the lines, as a person reads it: arrivals, and what became of messages."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any, cast

from msgspec import structs

from tests.support.command_line import Wxtui
from tests.support.line_pilot import run_lines
from tests.support.sandbox_thread import Sandbox
from tests.support.scripted_console import ScriptedConsole
from tests.support.waiting import until
from tui.config.settings import Settings
from tui.plain.line_events import LineEvents
from tui.store.changes import MessageChanged, MessagesAdded
from tui.store.delivery_state import DeliveryState
from tui.wire.bodies import Text
from tui.wire.mentions import Mention


async def test_what_became_of_a_message_is_said_once_with_its_number(logged_in: Wxtui, sandbox: Sandbox) -> None:
    async with run_lines(sandbox) as lines:
        events = LineEvents(lines.chat, cast(Any, ScriptedConsole()), lambda: None)
        said = await lines.line("/goto 张三")
        assert "Conversation: 张三" in said
        assert await lines.line("/goto 张三") == "Conversation: 张三", "also where it is open already"
        await lines.line("hello")
        [own] = lines.chat.message_log.own_messages
        number = lines.chat.message_log.number(own)
        lines.terminal.said.clear()
        for state in (DeliveryState.FAILED, DeliveryState.FAILED, DeliveryState.UNKNOWN, DeliveryState.SENT):
            events.hear(MessageChanged(structs.replace(own, state=state, reason="")))
        assert lines.terminal.said == [
            f"[{number}] Not sent: hello\n/retry {number} sends it again.",
            f"[{number}] No reply from WeChat; it may or may not have arrived: hello\n"
            "Check your phone before you send it again.",
            f"[{number}] Sent: hello",
        ]
        theirs = structs.replace(
            own, id=own.id + 1, client_msg_id="", mine=False, sender="", state=DeliveryState.RECALLED
        )
        events.hear(MessageChanged(theirs))
        await lines.says("recalled: hello")


async def test_a_silent_conversation_says_nothing_unless_it_names_oneself(logged_in: Wxtui, sandbox: Sandbox) -> None:
    async with run_lines(sandbox, Settings(notify={"group": "none"})) as lines:
        console = ScriptedConsole()
        events = LineEvents(lines.chat, cast(Any, console), lambda: None)
        panes = lines.chat.conversation_list
        silent = next(one for one in panes.every if one.name == "项目群")
        loud = next(one for one in panes.every if one.name == "李四")
        assert panes.is_silent(silent) and not panes.is_silent(loud)
        page = await lines.chat.context.store.messages_before(silent.id, None, 9)
        came = next(one for one in page if one.from_others)

        def arrives(where: int, words: str, mention: Mention | None = None) -> None:
            new = structs.replace(
                came, conversation_id=where, body=Text(words), time=datetime.now(UTC), mention=mention
            )
            events.hear(MessagesAdded(where, (new,)))

        arrives(silent.id, "among us")
        arrives(loud.id, "to you")
        await until(lambda: any("to you" in one for one in console.said))
        assert not any("among us" in one for one in console.said)
        arrives(silent.id, "you there", Mention.ME)
        await until(lambda: any("项目群" in one and "you there" in one for one in console.said))
