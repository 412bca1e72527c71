"""Commands of the full screen in lines."""

from __future__ import annotations

from tests.support.command_line import Wxtui
from tests.support.line_pilot import run_lines
from tests.support.sandbox_thread import Sandbox
from tests.support.waiting import until
from tui.store.delivery_state import DeliveryState


async def test_a_conversation_is_opened_written_to_and_a_text_recalled_by_its_number(
    logged_in: Wxtui, sandbox: Sandbox
) -> None:
    async with run_lines(sandbox) as lines:
        said = await lines.line("/goto 项目群")
        assert "Conversation: 项目群 (group, 5 members)" in said
        assert "[2] " in said and "李四: 明天能上线吗？" in said
        await lines.line("one")
        await lines.line("two")
        await until(lambda: all(one.state is DeliveryState.SENT for one in lines.chat.message_log.own_messages))
        first = lines.chat.message_log.own_messages[1]
        number = lines.chat.message_log.number(first)
        await lines.line(f"/revoke {number}")
        await lines.says("Recalled.")
        assert (await lines.chat.context.store.message(first.msg_id)).state is DeliveryState.REVOKED
        assert "“why” is not one of the answers" in await lines.line("/logout", "why", "n")
        assert "Conversation: 张三" in await lines.line("/logout", "/goto 张三"), "a command leaves a question"
        assert "webwxlogout" not in sandbox.calls()
        said = await lines.line("/goto", "项目")
        assert "1. " in said and "Conversation: 项目群" in said
