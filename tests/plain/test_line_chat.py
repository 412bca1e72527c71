"""Commands of the full screen in lines."""

from __future__ import annotations

from pathlib import Path

from tests.support.command_line import Wxtui
from tests.support.line_pilot import run_lines
from tests.support.sandbox_thread import Sandbox
from tests.support.waiting import until
from tui.keymap import hint
from tui.plain.chat.progress_words import ProgressWords
from tui.plain.dialogs.files import complete_path
from tui.store.delivery_state import DeliveryState
from tui.wire import bodies


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
        await lines.says("/edit edits it.")
        assert (await lines.chat.context.store.message(first.msg_id)).state is DeliveryState.REVOKED
        assert "“why” is not one of the answers" in await lines.line("/logout", "why", "n")
        assert "Conversation: 张三" in await lines.line("/logout", "/goto 张三"), "a command leaves a question"
        assert "webwxlogout" not in sandbox.calls()
        said = await lines.line("/goto", "项目")
        assert "1. " in said and "Conversation: 项目群" in said


async def test_a_number_names_a_message_for_commands_that_have_another_argument(
    logged_in: Wxtui, sandbox: Sandbox, tmp_path: Path
) -> None:
    async with run_lines(sandbox) as lines:
        await lines.line("/goto 项目群")
        log = lines.chat.message_log
        asked = next(one for one in lines.terminal.said if "明天能上线吗" in one)
        number = asked.partition("]")[0].removeprefix("[")
        await lines.line(f"/forward {number} 文件传输助手")
        await lines.says("Forwarded to 文件传输助手.")
        assert log.selected is None, "the next command is about something else"
        video = next(
            one
            for one in await lines.chat.context.store.messages_before(lines.chat.conversation.id, None, 9)
            if isinstance(one.body, bodies.Video)
        )
        await lines.line(f"/save {log.number(video)} {tmp_path}")
        await lines.says("Saved: ")
        assert "video-" in lines.text and str(tmp_path) in lines.text


async def test_a_quotation_is_sent_with_the_next_line_and_only_in_its_own_conversation(
    logged_in: Wxtui, sandbox: Sandbox
) -> None:
    async with run_lines(sandbox) as lines:
        await lines.line("/goto 项目群")
        asked = next(one for one in lines.terminal.said if "明天能上线吗" in one)
        number = asked.partition("]")[0].removeprefix("[")
        opened = list(lines.terminal.said)
        assert "「李四：明天能上线吗？」" in await lines.line(f"/reply {number}")
        assert "Nothing was sent." in await lines.line("")
        await lines.line(f"/reply {number}")
        await lines.line("yes")
        [sent] = lines.chat.message_log.own_messages
        assert sent.body.text.endswith("yes") and sent.body.text.startswith("「李四：")
        await lines.line("/goto 张三")
        assert "another conversation" in await lines.line(f"/reply {number}")
        assert lines.chat.composer.text == ""
        answer = next(one for one in opened if "收到，马上改" in one)
        await lines.line("/quoted " + answer.partition("]")[0].removeprefix("["))
        assert lines.chat.conversation is not None and lines.chat.conversation.name == "项目群"


async def test_what_stood_in_the_bar_is_sent_only_where_it_can_be_seen(logged_in: Wxtui, sandbox: Sandbox) -> None:
    async with run_lines(sandbox, prefills=True) as lines:
        await lines.line("/goto 项目群")
        await lines.line("/remark")
        lines.chat.begin_command("/remark 小明")
        await lines.line("/remark -")
        assert lines.chat.composer.text == "", "what was begun goes with the command"
        lines.chat.composer.load("half a thought")
        lines.chat.begin_command("/remark 小明")
        await lines.line("/goto 张三")
        here = await lines.chat.context.store.conversation(
            lines.chat.recent.in_order(lines.chat.conversation_list.every, ())[1].id
        )
        assert here.draft == "half a thought"
    async with run_lines(sandbox) as lines:
        lines.chat.composer.load("refused")
        await lines.line("/goto 张三")
        await lines.line("next")
        [sent] = lines.chat.message_log.own_messages
        assert sent.body.text == "next"


def test_progress_is_said_at_each_quarter() -> None:
    said: list[str] = []
    words = ProgressWords(lambda sentence, tone: said.append(sentence))
    for percent in range(101):
        words.tell("a.mp4", f"a.mp4 {percent} %", percent / 100)
    words.tell("a.mp4", "lost", None)
    words.tell("a.mp4", "lost", None)
    assert said == ["a.mp4 25 %", "a.mp4 50 %", "a.mp4 75 %", "lost"]


async def test_files_are_named_checked_and_sent_after_a_question(
    logged_in: Wxtui, sandbox: Sandbox, tmp_path: Path
) -> None:
    for name in ("a b.txt", "id_rsa"):
        (tmp_path / name).write_text("-----BEGIN OPENSSH PRIVATE KEY-----" if name == "id_rsa" else "x")
    async with run_lines(sandbox) as lines:
        await lines.line("/goto 文件传输助手")
        typed = complete_path(f"{tmp_path}/a")
        assert typed == [f"{tmp_path}/a b.txt"]
        said = await lines.line("/send", *typed, "", "n")
        assert "Send “a b.txt” (1 B) to 文件传输助手?" in said
        said = await lines.line("/send", f"{tmp_path}/id_rsa", f"{tmp_path}/none", "", "n")
        assert "looks like a private key" in said and "No such file" in said and "anyway" in said
        assert not lines.chat.context.runtime.outbox.files.uploads
        await lines.line("/send", *typed, "", "y")
        assert [one.name for one in lines.chat.context.runtime.outbox.files.uploads] == ["a b.txt"]
        assert "a b.txt to 文件传输助手" in await lines.line("/transfers")
        assert "No message has the number 99." in await lines.line("/view 99")


async def test_lines_behind_a_command_that_leads_nowhere_are_for_nobody(logged_in: Wxtui, sandbox: Sandbox) -> None:
    """A pipe's lines were written beforehand: they went to the conversation that had been open before."""
    async with run_lines(sandbox) as pilot:
        pilot.terminal.attended = False
        for way in (("/goto nobody",), ("/goto 王伟", ""), ("/goto 王伟", "/redraw")):
            await pilot.line("/goto 张三")
            await pilot.line(*way)
            assert "Open a conversation first" in await pilot.line("for somebody else")
            assert "no sent message" in await pilot.line("/revoke")
        assert sandbox.sent() == []
        assert "Conversation: 张三" in await pilot.line("/goto 张三")
        assert "Conversation: 张三" in await pilot.line("/goto 张三"), "it is open already"
        assert "Nothing more is read.\nleft" in await pilot.line("/profile nobody", "n")


async def test_a_command_that_was_begun_is_finished_by_the_next_line(logged_in: Wxtui, sandbox: Sandbox) -> None:
    """Where it cannot stand behind the prompt, what was to complete it was sent as a message."""
    async with run_lines(sandbox) as lines:
        await lines.line("/goto 张三")
        assert "Write the remark" in await lines.line("/remark", "老张")
        await lines.says("老张")
        assert "Now: 老张" in await lines.line("/remark", "")
        assert "not a group" in await lines.line("/remark", "/members")
        assert sandbox.sent() == []


async def test_what_is_known_is_said_once(logged_in: Wxtui, sandbox: Sandbox) -> None:
    """Of a recall its message tells; a search without matches asks for nothing."""
    async with run_lines(sandbox) as lines:
        assert hint("Recalled.") == ""
        assert await lines.line("/searchall nothing has this") == "Search all conversations\nNo matches."
