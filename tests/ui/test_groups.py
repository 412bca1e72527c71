"""Members of the open group, and changes of groups, each after a question."""

from __future__ import annotations

import time

import pytest

from tests.support.command_line import Wxtui
from tests.support.keys_at_once import press_at_once
from tests.support.program_pilot import run_program
from tests.support.sandbox_thread import Sandbox
from tui.services.people import contact_changes


async def test_groups_are_shown_made_and_changed_after_questions(
    logged_in: Wxtui, sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(contact_changes, "PAUSE", 0.0)
    async with run_program(sandbox) as program:
        await program.opened("项目群")
        await program.sees("大家好，我是小周")
        sandbox.post("contact", name="项目群", left="李四")
        await program.sees("退出了群聊")

        await program.type("/members")
        await program.press("enter")
        text = await program.sees("Members of 项目群 ")
        assert "张三（组长）" in text and "小周" in text
        await program.sees("− 李四")
        assert "left today" in program.text
        await program.press("escape")

        await program.chat.do("group", "add Tom")
        await program.asked("Add Tom & Jerry to “项目群”? Everybody")
        press_at_once(program.app, "yyes sir", after=time.perf_counter())
        await program.idle()
        await program.press("escape")
        assert "webwxupdatechatroom" not in sandbox.calls(), "a text in one packet answers nothing"
        await program.chat.do("group", "add Tom")
        await program.asked("Add Tom & Jerry")
        await program.answer("y")
        await program.sees("Added 1 person to “项目群”.")
        await program.sees("你邀请")
        await program.chat.do("members", "jerry")
        assert "joined today" in await program.sees("Members of 项目群 ")
        await program.press_until("enter", lambda: program.chat.conversation.name == "Tom & Jerry", 0.4)
        await program.opened("项目群")

        await program.chat.do("group", "remove 张三")
        await program.asked("Remove 张三（组长） from “项目群”?")
        await program.answer("y")
        await program.sees("Only the owner of a group can remove members.")

        await program.chat.do("group", "rename 新项目")
        await program.asked("Rename “项目群” to “新项目”?")
        await program.answer("y")
        await program.sees("The group is now called “新项目”.")

        await program.chat.do("group", "new 张三, Alice name:爬山 去")
        await program.asked("Create the group “爬山 去” with 张三, Alice?")
        await program.answer("y")
        await program.sees("Created “爬山 去”.")
        assert program.chat.conversation is not None and program.chat.conversation.name == "新项目", "nobody is moved"

        await program.chat.do("group", "new 张三")
        await program.sees("at least two people besides you")
        await program.chat.do("group", "explode")
        await program.sees("Say what to do")
        await program.opened("张三")
        await program.chat.do("members", "")
        await program.sees("“张三” is not a group")
        await program.opened("新项目")
        for command, argument in (("group", "add Alice"), ("group", "remove 张三"), ("group", "new 张三 Nobody")):
            asked = "webwxgetcontact" if "new" in argument else "webwxbatchgetcontact"
            before = sandbox.calls()[asked]
            sandbox.fault(asked, "delay", 60)
            await program.chat.do(command, argument)
            await program.until(lambda asked=asked, before=before: sandbox.calls()[asked] > before)
            await program.asked("Waiting for WeChat…")
            assert not program.app.is_busy(letter=False), "no key waits for the server, before a question either"
            await program.answer("escape")
            await program.idle()
            assert program.app.screen is program.chat, "no question comes late"
        await program.chat.do("read", "Nobody")
        assert not program.app.is_busy(letter=False)
        sandbox.fault("webwxupdatechatroom", "delay", 60)
        await program.chat.do("group", "rename 更新")
        await program.asked("Rename “新项目” to “更新”?")
        await program.answer("y")
        await program.sees("Waiting for WeChat…")
        await program.until(lambda: sandbox.calls()["webwxupdatechatroom"] == 4)
        assert not program.app.is_busy(letter=False), "no key waits for the server"
        await program.press("ctrl+q")
        await program.asked("A contact or group is being changed.")
        await program.press("escape")
    assert sandbox.sent() == []
    calls = sandbox.calls()
    assert (calls["webwxcreatechatroom"], calls["webwxupdatechatroom"]) == (1, 4)
