"""`/sticker`: a sticker that was received is sent again by its MD5, without an upload."""

from __future__ import annotations

from tests.support.program_pilot import run_program
from tests.support.sandbox_thread import Sandbox
from tui.store.delivery_state import DeliveryState
from tui.widgets.text_input.line_edit import LineEdit


async def test_a_received_sticker_is_chosen_and_sent_without_an_upload(sandbox: Sandbox) -> None:
    async with run_program(sandbox) as program:
        await program.opened("Alice")
        sandbox.post("push", type="emoticon", **{"from": "张三"})
        sandbox.post("push", type="emoticon", group="项目群", **{"from": "李四"})
        while len(await program.app.context.store.stickers()) < 3:
            await program.pilot.pause()
        await program.type("/sticker")
        await program.press("escape", "enter")
        await program.sees("Send a sticker to Alice")
        await program.sees("李四 · 项目群")
        for key in "张三":
            program.app.screen.query_one(LineEdit).insert(key)
        await program.sees("1/3")
        await program.sees("▀")
        await program.press("enter")
        await program.until(lambda: len(sandbox.sent()) == 1)
        assert "webwxuploadmedia" not in sandbox.calls()
        sandbox.fault("webwxsendemoticon", "ret", 1)
        await program.type("/sticker")
        await program.press("escape", "enter")
        await program.sees("李四 · 项目群")
        await program.press("enter")
        await program.until(lambda: len(sandbox.sent()) == 2)
        assert "webwxuploadmedia" in sandbox.calls(), "refused as it is, it goes as a file"
        store = program.app.context.store
        conversation = program.chat.conversation
        assert conversation is not None
        rows = [one for one in await store.messages_before(conversation.id, None, 50) if one.mine][-2:]
        assert [row.state for row in rows] == [DeliveryState.SENT] * 2, "no failed row stays that could be sent again"
    sent, uploaded = sandbox.sent()
    assert uploaded["call"] == "webwxsendemoticon" and uploaded["MediaId"]
    assert (sent["call"], sent["to_name"]) == ("webwxsendemoticon", "Alice")
