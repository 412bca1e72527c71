"""The chat screen as a person uses it: real app, real services, the sandbox over a real socket."""

from __future__ import annotations

import asyncio
import hashlib
import os
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace
from textual import events

from tests.cases import PUSHED
from tests.support.program_pilot import ProgramPilot, run_program
from tests.support.sandbox_thread import Sandbox
from tui import i18n
from tui.app import WxtuiApp
from tui.paths import find_profile
from tui.screens.dialogs.help import HelpScreen
from tui.screens.dialogs.question import Question
from tui.screens.files.file_picker import FilePicker
from tui.services.sending.recall_window import RecallWindow
from tui.store.changes import ContactsChanged
from tui.store.conversation_view import ConversationView
from tui.store.db.connection import Database
from tui.store.delivery_state import DeliveryState
from tui.store.models import Conversation, Doubt, Place
from tui.store.store import Store
from tui.terminal.textual_patches import Update
from tui.wire.names import PART_SIZE

pytestmark = pytest.mark.usefixtures("logged_in")


def last(sandbox: Sandbox) -> dict[str, object]:
    return sandbox.sent()[-1]


async def test_a_typed_text_is_sent_once_and_shows_its_msgid(sandbox: Sandbox) -> None:
    async with run_program(sandbox) as program:
        await program.opened("张三")
        await program.type("你好 hello")
        await program.press("enter")
        await program.sees("✓")
        (sent,) = sandbox.sent()
        assert (sent["to_name"], sent["content"]) == ("张三", "你好 hello")
        (line,) = [line for line in program.lines if "你好 hello" in line]
        assert f"✓ {sent['MsgID'][:4]}…{sent['MsgID'][-4:]}" in line
        assert program.chat.composer.text == ""


async def test_what_arrives_is_shown_and_the_list_is_reordered(sandbox: Sandbox) -> None:
    async with run_program(sandbox) as program:
        await program.opened("张三")
        sandbox.post("push", type="text", content="刚到的消息", **{"from": "张三"})
        await program.sees("刚到的消息")
        sandbox.post("push", type="text", content="hi", **{"from": "Alice"})
        await program.sees(lambda text: "Alice" in text.splitlines()[1][:24])


async def test_u_takes_the_last_message_back_and_e_puts_it_into_the_bar(sandbox: Sandbox) -> None:
    async with run_program(sandbox) as program:
        await program.opened("张三")
        await program.type("oops")
        await program.press("enter")
        await program.sees("✓")
        await program.press("escape", "shift+tab", "shift+tab")
        assert program.chat.message_log.has_focus
        await program.press("u")
        await program.asked("Recall “oops”?")
        await program.press("y")
        await program.sees("you recalled")
        assert last(sandbox)["revoked"] is True
        await program.press_until("e", lambda: program.chat.composer.text == "oops")
        assert program.chat.composer.has_focus


@pytest.mark.parametrize("command", ["/revoke", "/undo", "/revoke 1", "/rm"])
async def test_slash_commands_take_back(sandbox: Sandbox, command: str) -> None:
    async with run_program(sandbox) as program:
        await program.opened("张三")
        await program.type("one")
        await program.press("enter")
        await program.sees("✓")
        await program.type(command)
        await program.press("enter")
        await program.sees("you recalled")
        assert [row["revoked"] for row in sandbox.sent()] == [True]


async def test_several_are_taken_back_only_after_a_question(sandbox: Sandbox) -> None:
    async with run_program(sandbox) as program:
        await program.opened("张三")
        for text in ("one", "two"):
            await program.type(text)
            await program.press("enter")
            await program.sees(
                lambda screen, text=text: any(text in line and "✓" in line for line in screen.splitlines())
            )
        await program.type("/revoke 1 2")
        await program.press("enter")
        await program.sees("Recall 2 messages for everyone?")
        await program.answer("y")
        await program.until(lambda: all(row["revoked"] for row in sandbox.sent()))


async def test_after_two_minutes_it_is_refused_with_a_sentence(sandbox: Sandbox) -> None:
    async with run_program(sandbox) as program:
        seconds = 0.0
        program.chat.context.runtime.outbox.revoker.window = RecallWindow(program.chat.context.clock, lambda: seconds)
        await program.opened("张三")
        await program.type("late")
        await program.press("enter")
        await program.sees("✓")
        sandbox.fault("webwxrevokemsg", "ret", -2)
        await program.type("/revoke")
        await program.press("enter")
        await program.until(lambda: bool(program.chat.status.said))
        said = " ".join(line.strip() for line in program.lines[-2:])
        assert said == f"✗ {program.chat.status.said}", "the whole of it, with the way out"
        assert [row["revoked"] for row in sandbox.sent()] == [False]


async def test_an_error_stays_until_somebody_writes_on_and_waits_while_a_dialog_is_open(sandbox: Sandbox) -> None:
    async with run_program(sandbox) as program:
        await program.opened("张三")
        await program.type("/foo")
        await program.press("enter")
        await program.sees("✗ ")
        await program.press("left", "tab", "tab", "tab")
        assert "✗ " in program.text, "keys that write nothing"
        program.chat.composer.focus()
        await program.press("backspace")
        assert "✗ " not in program.text
        await program.press("ctrl+k")
        await program.sees("Go to")
        program.chat.complain("The disk is full.")
        await program.idle()
        assert "The disk is full." not in program.text, "it would seem to be about the dialog"
        await program.press("escape")
        await program.sees("✗ The disk is full.")
        await program.type("x")
        await program.sees(lambda text: "The disk is full." not in text)


@pytest.mark.parametrize("way", ["d", "u", "/revoke 1"])
@pytest.mark.parametrize(
    ("language", "sentence"),
    [
        ("en", "Too late: WeChat lets you recall a message for 2 minutes."),
        ("zh_CN", "太晚了：微信只允许在 2 分钟内撤回消息。"),
    ],
)
async def test_what_is_older_than_two_minutes_is_too_late(
    sandbox: Sandbox, way: str, language: str, sentence: str
) -> None:
    async with run_program(sandbox) as program:
        seconds = 0.0
        program.chat.context.runtime.outbox.revoker.window = RecallWindow(program.chat.context.clock, lambda: seconds)
        await program.opened("张三")
        await program.type("late")
        await program.press("enter")
        await program.sees("✓")
        i18n.use(language)
        try:
            seconds = 121.0
            if way.startswith("/"):
                await program.type(way)
                await program.press("enter")
            else:
                program.chat.message_log.focus()
                await program.chat.do("revoke" if way == "d" else "revoke_last", "1" if way == "d" else "")
            await program.until(lambda: bool(program.chat.status.said) or isinstance(program.app.screen, Question))
            if isinstance(program.app.screen, Question):
                await program.answer("y")
            await program.until(lambda: program.chat.status.said == sentence)
        finally:
            i18n.use("en")
        assert [row["revoked"] for row in sandbox.sent()] == [False]
        assert "webwxrevokemsg" not in sandbox.calls()


async def test_a_file_is_uploaded_with_progress_and_arrives_whole(sandbox: Sandbox, tmp_path: Path) -> None:
    path = tmp_path / "日志 1.bin"
    path.write_bytes(os.urandom(1_500_000))
    sandbox.fault("webwxuploadmedia", "slow", 1_500_000, times=0)
    async with run_program(sandbox) as program:
        await program.opened("张三")
        await program.chat.do("send", f'"{path}"')
        await program.sees("▰")
        await program.until(lambda: bool(sandbox.sent()))
        sent = last(sandbox)
        assert (sent["to_name"], sent["file_name"]) == ("张三", "日志 1.bin")
        assert sent["sha256"] == hashlib.sha256(path.read_bytes()).hexdigest()


async def test_an_upload_goes_on_at_the_next_start(sandbox: Sandbox, tmp_path: Path) -> None:
    path = tmp_path / "build.log"
    path.write_bytes(bytes(3 * PART_SIZE))
    sandbox.fault("webwxuploadmedia", "delay", 0)
    sandbox.fault("webwxuploadmedia", "delay", 60)
    async with run_program(sandbox) as program:
        await program.opened("张三")
        await program.chat.do("file", str(path))
        await program.until(lambda: sandbox.calls().get("webwxuploadmedia") == 2)
    async with run_program(sandbox) as program:
        await program.until(lambda: bool(sandbox.sent()))
        assert last(sandbox)["sha256"] == hashlib.sha256(path.read_bytes()).hexdigest()
        assert sandbox.calls()["webwxuploadmedia"] == 4
        await program.opened("张三")
        await program.sees("build.log")
    assert len(sandbox.sent()) == 1


async def test_revoking_a_running_upload_cancels_it(sandbox: Sandbox, tmp_path: Path) -> None:
    path = tmp_path / "large.bin"
    path.write_bytes(os.urandom(3_000_000))
    sandbox.fault("webwxuploadmedia", "slow", 500_000, times=0)
    async with run_program(sandbox) as program:
        await program.opened("张三")
        await program.chat.do("send", str(path))
        await program.sees("▰")
        await program.chat.do("revoke", "1")
        await program.sees("cancelled")
        assert sandbox.sent() == []


async def test_a_refused_file_says_why_and_sends_nothing(sandbox: Sandbox, tmp_path: Path) -> None:
    empty = tmp_path / "empty.log"
    empty.touch()
    async with run_program(sandbox) as program:
        await program.opened("张三")
        await program.chat.do("send", str(empty))
        await program.sees("empty")
        assert sandbox.sent() == []


async def test_an_unknown_command_is_never_sent_and_stays(sandbox: Sandbox) -> None:
    async with run_program(sandbox) as program:
        await program.opened("张三")
        await program.type("/revoek")
        await program.press("escape", "enter")
        await program.sees("Unknown command: /")
        assert program.chat.composer.text == "/revoek"
        assert sandbox.sent() == []


async def test_two_slashes_send_one(sandbox: Sandbox) -> None:
    async with run_program(sandbox) as program:
        await program.opened("张三")
        await program.type("//etc")
        await program.press("enter")
        await program.until(lambda: bool(sandbox.sent()))
        assert last(sandbox)["content"] == "/etc"


async def test_a_draft_stays_with_its_conversation(sandbox: Sandbox) -> None:
    async with run_program(sandbox) as program:
        await program.opened("张三")
        await program.type("half a thought")
        await program.opened("Alice")
        assert program.chat.composer.text == ""
        await program.opened("张三")
        assert program.chat.composer.text == "half a thought"
    async with run_program(sandbox) as program:
        assert program.chat.conversation is not None and program.chat.conversation.name == "张三"
        assert program.chat.composer.text == "half a thought"


@pytest.mark.parametrize("reads", ["_names_changed", "catch_up", "_merged"])
async def test_a_conversation_opened_while_the_one_before_is_read_again_stays_open(
    sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch, reads: str
) -> None:
    """Else the bar would send what is typed in the new one to the one before."""
    async with run_program(sandbox) as program:
        await program.opened("张三")
        await program.idle()
        chat, store = program.chat, program.app.context.store
        assert chat.conversation is not None
        before = chat.conversation.id
        asked, opened = asyncio.Event(), asyncio.Event()
        read = store.conversation

        async def late(conversation_id: int) -> Conversation:
            found = await read(conversation_id)
            if conversation_id == before:
                asked.set()
                await opened.wait()
            return found

        monkeypatch.setattr(store, "conversation", late)
        reading = asyncio.create_task(getattr(chat, reads)())
        await asked.wait()
        await chat.open(next(one for one in chat.conversation_list.every if one.name == "Alice"))
        opened.set()
        await reading
        assert chat.conversation.name == "Alice"
        assert chat.message_log.conversation is not None and chat.message_log.conversation.name == "Alice"
        await program.type("for Alice")
        await program.press("enter")
        await program.sees("✓")
        assert last(sandbox)["to_name"] == "Alice"


async def test_the_header_names_the_conversation_that_is_open_when_the_one_before_was_still_being_looked_up(
    sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with run_program(sandbox) as program:
        await program.opened("张三")
        await program.idle()
        chat, store = program.chat, program.app.context.store
        assert chat.conversation is not None
        before = chat.conversation.user_name
        asked, opened = asyncio.Event(), asyncio.Event()
        look = store.doubt

        async def late(user_name: str) -> Doubt | None:
            found = await look(user_name)
            if user_name == before:
                asked.set()
                await opened.wait()
            return found

        monkeypatch.setattr(store, "doubt", late)
        looking = asyncio.create_task(chat.conversation_loader.tell_apart())
        await asked.wait()
        await chat.open(next(one for one in chat.conversation_list.every if one.name == "Alice"))
        opened.set()
        await looking
        await program.sees(lambda text: "Alice" in text.splitlines()[0])


async def test_of_two_conversations_that_are_opened_at_once_the_later_one_is_shown(
    sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A login opens the topmost one while a person opens another."""
    async with run_program(sandbox) as program:
        await program.opened("李四")
        await program.idle()
        chat, store = program.chat, program.app.context.store
        first = next(one for one in chat.conversation_list.every if one.name == "张三")
        asked, opened = asyncio.Event(), asyncio.Event()
        look = store.view

        async def late(conversation_id: int, around: Place | None, limit: int) -> ConversationView:
            found = await look(conversation_id, around, limit)
            if conversation_id == first.id:
                asked.set()
                await opened.wait()
            return found

        monkeypatch.setattr(store, "view", late)
        opening = asyncio.create_task(chat.open(first))
        await asked.wait()
        await chat.open(next(one for one in chat.conversation_list.every if one.name == "Alice"))
        opened.set()
        await opening
        assert chat.conversation is not None and chat.conversation.name == "Alice"
        assert chat.message_log.conversation is not None and chat.message_log.conversation.name == "Alice"


async def test_a_switch_asks_the_store_once_and_is_drawn_once(
    sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It asked eleven times, one after the other, and one of these read all contacts."""
    async with run_program(sandbox) as program:
        await program.opened("张三")
        await program.idle()
        log = program.chat.message_log
        askers: list[object] = []
        read, take, draw = Database.read, log.take, WxtuiApp.draw_update
        taken: list[int] = []
        draws: list[tuple[str, str]] = []

        def counted(database: Database, job: Any) -> Any:
            askers.append(asyncio.current_task())
            return read(database, job)

        def filled(*given: Any) -> None:
            # Of this task alone, and here: others ask for what the server says, and for what is not in sight.
            taken.append(askers.count(asyncio.current_task()))
            take(*given)

        def drawn(app: WxtuiApp, update: Update) -> None:
            draws.append((program.chat.header._title, log.conversation.name if log.conversation else ""))
            draw(app, update)

        monkeypatch.setattr(Database, "read", counted)
        monkeypatch.setattr(log, "take", filled)
        monkeypatch.setattr(WxtuiApp, "draw_update", drawn)
        await program.press("alt+down")
        await program.until(lambda: bool(draws))
        assert taken == [1]
        title, name = draws[0]
        assert title == name != "张三"


async def test_news_of_contacts_that_come_twice_leave_no_conversation_half_open(
    sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with run_program(sandbox) as program:
        await program.idle()
        chat, store = program.chat, program.app.context.store
        landed = chat.conversation
        other = next(one for one in chat.conversation_list.every if one.name == "张三")
        await chat.open(other, by_itself=True)
        # As if nothing were open: the newest opens again, under the messages of another one.
        chat.conversation = None
        asked, again = asyncio.Event(), asyncio.Event()
        look = store.view

        async def late(conversation_id: int, around: Place | None, limit: int) -> ConversationView:
            asked.set()
            await again.wait()
            return await look(conversation_id, around, limit)

        monkeypatch.setattr(store, "view", late)
        chat.apply(ContactsChanged())
        await asked.wait()
        chat.apply(ContactsChanged())
        again.set()
        await program.until(
            lambda: (
                chat.conversation is not None
                and chat.message_log.conversation is not None
                and chat.message_log.conversation.id == chat.conversation.id
            )
        )
        assert landed is not None and chat.conversation is not None and chat.conversation.id == landed.id


async def test_a_list_that_moves_after_the_key_opens_the_conversation_that_was_chosen(sandbox: Sandbox) -> None:
    async with run_program(sandbox) as program:
        await program.opened("张三")
        await program.idle()
        shown = program.chat.conversation_list
        wanted, last_one = shown.shown[2], shown.every[-2]
        shown.point_at(2)
        shown.action_choose()
        shown.update([replace(last_one, pinned=True)])
        assert shown.shown[2] != wanted
        await program.until(lambda: program.chat.composer.has_focus)
        await program.idle()
        assert program.chat.conversation is not None
        assert program.chat.conversation.id == wanted.id


async def test_a_lost_answer_is_unknown_and_asked_about(sandbox: Sandbox) -> None:
    async with run_program(sandbox) as program:
        await program.opened("张三")
        sandbox.fault("webwxsendmsg", "drop_after")
        await program.type("maybe")
        await program.press("enter")
        await program.sees("may have arrived")
        assert len(sandbox.sent()) == 1
        await program.chat.do("retry", "1")
        await program.sees("may have arrived. Send it again")
        await program.press("escape")
        await program.idle()
        assert len(sandbox.sent()) == 1


async def test_p_pauses_an_upload_and_resume_lets_it_go_on(sandbox: Sandbox, tmp_path: Path) -> None:
    path = tmp_path / "build.log"
    path.write_bytes(bytes(2 * PART_SIZE))
    async with run_program(sandbox) as program:
        await program.opened("张三")
        await program.type("/resume")
        await program.press("enter")
        await program.sees("Nothing is paused.")
        sandbox.fault("webwxuploadmedia", "delay", 0)
        sandbox.fault("webwxuploadmedia", "delay", 60)
        await program.chat.do("file", str(path))
        await program.until(lambda: sandbox.calls().get("webwxuploadmedia") == 2)
        await program.chat.do("pause", "")
        await program.sees("paused · 50%")
        program.chat.status.say("")
        await program.sees("1 paused")
        await program.type("/resume 1")
        await program.press("enter")
        await program.until(lambda: bool(sandbox.sent()))
        assert last(sandbox)["file_name"] == "build.log"
        assert sandbox.calls()["webwxuploadmedia"] == 3
        await program.chat.do("pause", "")
        await program.sees("Nothing is being uploaded.")


async def test_the_filter_finds_by_pinyin(sandbox: Sandbox) -> None:
    async with run_program(sandbox) as program:
        await program.press("shift+tab", "slash")
        assert any(line.startswith("▌") for line in program.lines[1:]), "no row says that Enter opens it"
        await program.type("zs")
        await program.sees(lambda text: text.splitlines()[1].startswith("▌  张三"))
        await program.press("enter")
        await program.until(lambda: program.chat.conversation is not None and program.chat.conversation.name == "张三")
        await program.sees(lambda text: "Alice" in text)


async def test_next_unread_and_read_on_the_server(sandbox: Sandbox) -> None:
    async with run_program(sandbox) as program:
        await program.opened("张三")
        sandbox.post("push", type="text", content="unread one", **{"from": "李四"})
        await program.until(
            lambda: any(one.name == "李四" and one.unread for one in program.chat.conversation_list.every)
        )
        await program.press("alt+a")
        await program.until(lambda: program.chat.conversation is not None and program.chat.conversation.name != "张三")
        opened = program.chat.conversation
        assert opened is not None
        await program.until(
            lambda: not next(one for one in program.chat.conversation_list.every if one.id == opened.id).unread
        )


async def stored_unread(name: str, count: int) -> None:
    """What another program, `wxtui listen`, has stored meanwhile."""
    async with await Store.open(find_profile("default").store_file, clock=lambda: datetime.now(UTC)) as store:
        (chat,) = [one for one in await store.conversations() if one.name == name]
        await store._database.write(
            lambda connection: (
                connection.execute("UPDATE conversation SET unread = ? WHERE id = ?", (count, chat.id)),
                [],
            )
        )


def unread(program: ProgramPilot, name: str) -> int:
    return next((one.unread for one in program.chat.conversation_list.every if one.name == name), -1)


async def test_the_conversation_that_is_there_at_the_start_is_read(sandbox: Sandbox) -> None:
    async with run_program(sandbox) as program:
        await program.opened("张三")
    await stored_unread("张三", 3)
    # The session is there long after the conversation is.
    sandbox.fault("webwxinit", "delay", 1)
    sandbox.fault("synccheck", "delay", 1)
    async with run_program(sandbox) as program:
        assert program.chat.conversation is not None and program.chat.conversation.name == "张三"
        await program.until(lambda: unread(program, "张三") == 0)


async def test_a_read_mark_that_fails_leaves_no_number_here(sandbox: Sandbox) -> None:
    async with run_program(sandbox) as program:
        await program.opened("张三")
    await stored_unread("张三", 3)
    sandbox.fault("webwxstatusnotify", "ret", 1, times=0)
    async with run_program(sandbox) as program:
        await program.until(lambda: unread(program, "张三") == 0)


async def test_what_comes_while_the_terminal_has_no_focus_is_read_when_it_gets_it(sandbox: Sandbox) -> None:
    async with run_program(sandbox) as program:
        await program.opened("张三")
        program.app.post_message(events.AppBlur())
        await program.until(lambda: not program.app.app_focus)
        number = 0
        while unread(program, "张三") < 1:
            # The mark that was set at the opening may still be on its way, and takes the first ones with it.
            number += 1
            sandbox.post("push", type="text", content=f"look {number}.", **{"from": "张三"})
            await program.sees(f"look {number}.")
        program.app.post_message(events.AppFocus())
        await program.until(lambda: unread(program, "张三") == 0)


async def test_many_messages_are_not_as_many_read_marks(sandbox: Sandbox) -> None:
    async with run_program(sandbox) as program:
        await program.opened("张三")
        before = sandbox.calls().get("webwxstatusnotify", 0)
        for number in range(12):
            sandbox.post("push", type="text", **{"from": "张三"}, content=f"number {number}.")
            await program.sees(f"number {number}.")
        await program.until(lambda: not program.chat.conversation_list.at_cursor.unread)
        assert 1 <= sandbox.calls().get("webwxstatusnotify", 0) - before <= 5


async def test_messages_that_came_out_wrong_are_shown_as_what_they_are(sandbox: Sandbox) -> None:
    async with run_program(sandbox, size=(140, 60)) as program:
        await program.opened("张三")
        for case in PUSHED:
            sandbox.post("push", **case["push"])
        links = ("声明在里面", "某某频道", "今天的视频", "明天放假", "请大家注意", "群聊的聊天记录", "乙: [图片]")
        for words in (*links, "对方已取消", "#接龙", "2. 乙", "no id A", "no id B"):
            await program.sees(words)
        assert "不支持" not in program.text
        await program.opened("项目群")
        await program.sees('"🏃甲" 拍了拍我')
        shown = await program.sees('"wxid_a" 拍了拍 "wxid_b"')
        [line] = [line for line in shown.split("\n") if "我是刚进群的" in line]
        assert "unknown dead" in line


async def test_narrow_screens_show_one_thing_at_a_time(sandbox: Sandbox) -> None:
    async with run_program(sandbox, size=(50, 20)) as program:
        await program.opened("张三")
        left = program.chat.query_one("#left")
        await program.until(lambda: not left.display)
        await program.press("shift+tab")
        await program.until(lambda: left.display)


async def test_copying_goes_to_the_terminal(sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("DISPLAY", "WAYLAND_DISPLAY", "TMUX", "STY"):
        monkeypatch.delenv(name, raising=False)
    async with run_program(sandbox) as program:
        await program.opened("张三")
        await program.type("copy me")
        await program.press("enter")
        await program.until(lambda: bool(sandbox.sent()))
        await program.chat.do("copy", "1")
        assert program.written[-1] == "\x1b]52;c;Y29weSBtZQ==\x07" or program.written[-1].startswith(
            "\x1b]52;c;Y29weSBtZQ=="
        )
        await program.chat.do("copy_id", "1")
        assert len(program.written[-1]) > 20


async def test_a_hostile_message_is_inert(sandbox: Sandbox) -> None:
    hostile = "[/x] [@click=app.quit]tap[/] \x1b[2J\x1b]0;title\x07 \u202egnp.exe a\u0301" + "\u0301" * 500
    async with run_program(sandbox) as program:
        await program.opened("张三")
        sandbox.post("push", type="text", content=hostile, **{"from": "张三"})
        text = await program.sees("[@click=app.quit]tap[/]")
        assert "\x1b" not in text
        assert "\u202e" not in text
        assert "<U+202E>" in text


async def test_a_session_that_ends_is_said_and_logged_in_again(
    sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TERM", "xterm-256color")
    async with run_program(sandbox) as program:
        written: list[str] = []
        program.chat.context.write = written.append
        await program.opened("张三")
        await program.type("typed meanwhile")
        sandbox.post("expire", session=True)
        await program.sees(lambda text: "online" not in text)
        await program.until(lambda: program.app.screen is program.chat)
        await program.sees("online")
        (alert,) = (one for one in written if ";wxtui;" in one)
        assert alert.startswith("\x07\x1b]777;notify;wxtui;This session ended"), "with a bell, once"
        assert alert.endswith("Open wxtui to log in again.\x07")
        assert program.chat.conversation is not None
        assert program.chat.conversation.name == "张三", "what is typed goes to nobody else"
        assert program.chat.composer.text == "typed meanwhile"
        assert [row.state for row in program.chat.message_log.own_messages if row.state is DeliveryState.SENDING] == []


def large(path: Path) -> Path:
    path.write_bytes(os.urandom(2_000_000))
    return path


async def leave_while_uploading(program: ProgramPilot, path: Path, sign: str) -> None:
    """Send the file, and when its row shows `sign`, want to leave; the question is there then."""
    await program.opened("张三")
    await program.chat.do("send", str(path))
    await program.sees(sign)
    await program.press("ctrl+q")
    await program.sees("A file is being uploaded. It resumes at the next start")


async def test_quitting_with_an_upload_asks(sandbox: Sandbox, tmp_path: Path) -> None:
    sandbox.fault("webwxuploadmedia", "slow", 300_000, times=0)
    async with run_program(sandbox) as program:
        await leave_while_uploading(program, large(tmp_path / "large.bin"), "▰")
        await program.answer("escape")
        assert program.app.is_running
        # To another profile, too: one that exists here by its folder alone.
        find_profile("work").store_file.parent.mkdir(parents=True)
        find_profile("work").store_file.touch()
        await program.chat.do("profile", "work")
        await program.asked("It resumes when this profile is")
        await program.answer("escape")
        # Paused, nothing is broken off by leaving; and a paused one does not go out by itself.
        await program.chat.do("pause", "")
        await program.sees("paused")
        # From the help over the file picker, too.
        await program.press("ctrl+o")
        await program.until(lambda: isinstance(program.app.screen, FilePicker))
        await program.press("f1")
        await program.until(lambda: isinstance(program.app.screen, HelpScreen))
        await program.press("ctrl+q")
        await program.until(lambda: not program.app.is_running)
    assert program.app.parting == ""


async def test_a_file_that_waits_is_told_at_the_end(sandbox: Sandbox, tmp_path: Path) -> None:
    sandbox.fault("webwxuploadmedia", "delay", 60, times=0)
    async with run_program(sandbox) as program:
        await leave_while_uploading(program, large(tmp_path / "first.bin"), "▱")
        await program.answer("y")
        await program.until(lambda: not program.app.is_running)
    assert program.app.parting == "1 message is not sent yet; it will be sent at the next start."


async def test_what_was_said_is_gone_when_the_next_message_is_sent(sandbox: Sandbox) -> None:
    async with run_program(sandbox) as program:
        await program.opened("张三")
        await program.type("/nosuch")
        await program.press("enter")
        await program.sees("Unknown command: /")
        await program.press("ctrl+c")
        await program.type("all is well")
        await program.press("enter")
        await program.until(lambda: len(sandbox.sent()) == 1)
        assert program.chat.status.said == ""


async def test_ctrl_c_empties_the_bar_and_ctrl_y_brings_it_back(sandbox: Sandbox) -> None:
    async with run_program(sandbox) as program:
        await program.opened("张三")
        await program.type("a long thought")
        await program.press("ctrl+c")
        assert program.chat.composer.text == ""
        await program.press("ctrl+y")
        assert program.chat.composer.text == "a long thought"
        await program.press("ctrl+c", "ctrl+c")
        assert "Ctrl+Q" in program.lines[-1]
        assert program.app.is_running


async def test_up_brings_what_was_sent_to_this_conversation(sandbox: Sandbox) -> None:
    async with run_program(sandbox) as program:
        for name, text in (("张三", "for zhang"), ("Alice", "for alice")):
            await program.opened(name)
            await program.type(text)
            await program.press("enter")
            await program.until(lambda text=text: any(row["content"] == text for row in sandbox.sent()))
    async with run_program(sandbox) as program:
        await program.opened("张三")
        await program.press("up")
        assert program.chat.composer.text == "for zhang"


async def test_ctrl_z_is_heard(sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    async with run_program(sandbox) as program:
        stopped: list[bool] = []
        monkeypatch.setattr(program.app, "action_suspend_process", lambda: stopped.append(True))
        await program.press("ctrl+z")
        assert stopped == [True]


async def test_a_mistake_of_ours_shows_nobody_what_variables_hold(sandbox: Sandbox) -> None:
    with pytest.raises(ZeroDivisionError):
        async with run_program(sandbox) as program:
            await program.opened("张三")
            app = program.app
            app._handle_exception(ZeroDivisionError())
            assert isinstance(app.broken_by, ZeroDivisionError)
            assert not app._exit_renderables


async def test_a_quotation_of_ones_own_says_the_name_that_others_know(sandbox: Sandbox) -> None:
    async with run_program(sandbox) as program:
        await program.opened("张三")
        await program.type("hello")
        await program.press("enter")
        await program.sees("✓")
        await program.type("/reply 1")
        await program.press("enter")
        await program.until(lambda: "hello" in program.chat.composer.text)
        assert program.chat.composer.text.startswith("「林小满：hello」\n")
