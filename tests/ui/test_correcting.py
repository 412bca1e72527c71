"""`s/old/new/` in the bar: what it will do is seen before it does it, and nothing leaves that nobody asked for."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

import pytest
from textual.app import App

from tests.support.keys_at_once import press_at_once
from tests.support.program_pilot import ProgramPilot, run_program
from tests.support.sandbox_thread import Sandbox
from tui import errors
from tui.config.settings import Settings
from tui.services.sending.recall_window import RecallWindow
from tui.services.session.context import SessionContext
from tui.store.models import Conversation, StoredMessage
from tui.widgets.base.styles import Tone
from tui.widgets.composer.correction_preview import CorrectionPreview
from tui.wire.contacts import Contact
from tui.wire.names import REVOKE_WINDOW


async def said(program: ProgramPilot, text: str) -> None:
    """Send a text, and wait until the server has it."""
    await program.type(text)
    await program.press("enter")
    await program.sees("✓")
    await program.until(lambda: program.chat.composer.text == "")


async def change_typed(program: ProgramPilot, text: str) -> None:
    """Type a change, and wait until it can be read above the bar what it will do."""
    await program.type(text)
    await program.until(lambda: program.chat.correction_guard.is_read)


def got(sandbox: Sandbox) -> list[tuple[str, bool]]:
    return [(row["content"], row["revoked"]) for row in sandbox.sent()]


async def test_what_enter_will_do_is_shown_and_then_it_does_it(sandbox: Sandbox) -> None:
    async with run_program(sandbox) as program:
        await program.opened("张三")
        await said(program, "hello wrold")
        await program.type("s/wrold/world")
        text = await program.sees("Others see that you recalled a message.")
        await program.until(lambda: program.chat.correction_guard.is_read)
        assert "Recalls: hello wrold" in text
        assert any(line.endswith("hello world") for line in text.split("\n"))
        assert "Enter recall and send · Alt+S as text · Esc cancel" in text
        await program.press("enter")
        await program.sees("Recalled, and sent again as changed.")
        await program.until(lambda: got(sandbox) == [("hello wrold", True), ("hello world", False)])
        assert program.chat.composer.text == ""
        assert not program.chat.correction_preview.display


async def test_of_a_text_with_dots_in_it_nothing_is_left_out_but_of_the_keys() -> None:
    app: App[None] = App()
    async with app.run_test(size=(30, 5)):
        preview = CorrectionPreview()
        await app.mount(preview)
        preview.show(
            ("the one · two · three · four · end", Tone.STRONG), ("Enter send · Alt+S as text · Esc cancel", Tone.DIM)
        )
        shown = [preview.draw(y, 30).text.strip() for y in range(2)]
        assert shown == ["the one · two · three · fo…", "Enter send · Esc cancel"]


@pytest.mark.parametrize(("fault", "value"), [("ret", -2), ("drop_after", 0), ("drop_before", 0)])
async def test_when_the_recall_is_not_certain_the_changed_text_stands_in_the_bar(
    sandbox: Sandbox, fault: str, value: int
) -> None:
    async with run_program(sandbox) as program:
        await program.opened("张三")
        await said(program, "hello wrold")
        sandbox.fault("webwxrevokemsg", fault, value)
        await change_typed(program, "s/wrold/world/")
        await program.press("enter")
        await program.until(lambda: program.chat.composer.text == "hello world")
        assert "it is in the input" in program.chat.status.said
        await program.idle()
        assert [text for text, _ in got(sandbox)] == ["hello wrold"]


async def test_who_goes_elsewhere_while_the_recall_is_out_sends_nothing_there(sandbox: Sandbox) -> None:
    async with run_program(sandbox) as program:
        await program.opened("张三")
        await said(program, "hello wrold")
        sandbox.fault("webwxrevokemsg", "delay", 1)
        await change_typed(program, "s/wrold/world/")
        await program.press("enter")
        await program.opened("李四")
        await program.type("to Li")
        await program.until(lambda: got(sandbox) == [("hello wrold", True), ("hello world", False)])
        assert [row["to_name"] for row in sandbox.sent()] == ["张三", "张三"]
        assert program.chat.composer.text == "to Li"


async def test_who_goes_elsewhere_finds_the_text_of_a_refused_recall_as_a_draft(
    sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    answer = asyncio.Event()

    async def refused(message: StoredMessage, session: object) -> None:
        await answer.wait()
        raise errors.RevokeTooLate()

    async with run_program(sandbox) as program:
        await program.opened("张三")
        await said(program, "hello wrold")
        monkeypatch.setattr(program.chat.context.runtime.outbox.revoker, "revoke", refused)
        await change_typed(program, "s/wrold/world/")
        await program.press("enter")
        await program.opened("李四")
        answer.set()
        await program.sees("The text was kept as a draft in 张三.")
        assert program.chat.composer.text == ""
        await program.opened("张三")
        assert program.chat.composer.text == "hello world"
        assert [text for text, _ in got(sandbox)] == ["hello wrold"]


@pytest.mark.parametrize(
    ("before", "change", "sentence"),
    [
        ("", "s/wrold/world/", "You have no message here to change."),
        ("hello", "s/wrold/world/", "This changes nothing in your last message, “hello”."),
        ("hello", "s/hello//", "Nothing would be left of your last message"),
    ],
)
async def test_where_nothing_can_be_changed_enter_sends_nothing_and_another_key_sends_the_letters(
    sandbox: Sandbox, before: str, change: str, sentence: str
) -> None:
    async with run_program(sandbox) as program:
        await program.opened("张三")
        if before:
            await said(program, before)
        await program.type(change)
        await program.sees(sentence)
        await program.press("enter")
        await program.sees("✗ Nothing was sent. Alt+S sends it as text.")
        assert program.chat.composer.text == change
        assert [text for text, _ in got(sandbox)] == [before][: len(before)]
        await program.press("alt+s")
        await program.until(lambda: change in [text for text, _ in got(sandbox)])
        assert not any(revoked for _, revoked in got(sandbox))


async def test_what_is_older_than_two_minutes_is_not_changed(sandbox: Sandbox) -> None:
    async with run_program(sandbox) as program:
        now = [0.0]
        program.chat.context.runtime.outbox.revoker.window = RecallWindow(program.chat.context.clock, lambda: now[0])
        await program.opened("张三")
        await said(program, "hello wrold")
        await program.type("s/wrold/world/")
        await program.sees("Recalls: hello wrold")
        await program.until(lambda: program.chat.correction_guard.is_read)
        now[0] = REVOKE_WINDOW + 1
        await program.press("enter")
        await program.sees("Too late: WeChat lets you recall a message for 2 minutes.")
        assert program.chat.composer.text == "s/wrold/world/"
        assert "webwxrevokemsg" not in sandbox.calls()


async def test_escape_sends_nothing_and_the_text_can_be_had_again(sandbox: Sandbox) -> None:
    async with run_program(sandbox) as program:
        await program.opened("张三")
        await said(program, "hello wrold")
        await program.type("s/wrold/world/")
        await program.press("escape")
        await program.sees("Nothing was sent. Ctrl+Y restores the text.")
        assert program.chat.composer.text == ""
        assert not program.chat.correction_preview.display
        await program.press("ctrl+y")
        assert program.chat.composer.text == "s/wrold/world/"
        assert got(sandbox) == [("hello wrold", False)]


async def test_a_change_that_means_another_message_now_waits_until_it_can_be_read(sandbox: Sandbox) -> None:
    async with run_program(sandbox) as program:
        await program.opened("张三")
        await said(program, "hello wrold")
        await program.type("s/wrold/world/")
        await program.sees("Recalls: hello wrold")
        await program.until(lambda: program.chat.correction_guard.is_read)
        # Another shell sends as well.
        runtime, conversation = program.chat.context.runtime, program.chat.conversation
        assert conversation is not None
        contact = await program.chat.contact()
        assert contact is not None
        await runtime.outbox.text(contact, "good wrold", within=conversation.id)
        program.chat.enter_guard.settling.anew()  # As if no time had gone by since.
        await program.press("enter")
        await program.sees("Nothing was sent. Enter again sends the message.")
        await program.sees("Recalls: good wrold")
        assert not any(revoked for _, revoked in got(sandbox))


async def test_who_looks_at_the_messages_sees_them_and_not_what_the_bar_would_do(sandbox: Sandbox) -> None:
    async with run_program(sandbox) as program:
        await program.opened("张三")
        await said(program, "hello wrold")
        await program.type("s/wrold/world/")
        await program.sees("Recalls: hello wrold")
        await program.until(lambda: program.chat.correction_guard.is_read)
        await program.press("tab")
        await program.sees(lambda text: "Recalls “hello wrold”" not in text)
        await program.press("shift+tab")
        await program.sees("Recalls: hello wrold")
        await program.until(lambda: program.chat.correction_guard.is_read)


async def test_a_change_that_was_a_draft_is_read_before_it_is_made(sandbox: Sandbox) -> None:
    async with run_program(sandbox) as program:
        await program.opened("张三")
        await said(program, "hello wrold")
        await program.type("s/wrold/world/")
        await program.opened("李四")
        assert not program.chat.correction_preview.display
        await program.opened("张三")
        await program.sees("Recalls: hello wrold")
        await program.until(lambda: program.chat.correction_guard.is_read)


async def test_the_preview_names_a_persons_own_keys(sandbox: Sandbox) -> None:
    async with run_program(sandbox, settings=Settings(keys={"bar.literal": ("ctrl+x",)})) as program:
        await program.opened("张三")
        await program.type("s/a/b/")
        await program.sees("Ctrl+X send as text")
        await program.press("ctrl+x")
        await program.until(lambda: got(sandbox) == [("s/a/b/", False)])


async def test_enter_in_one_packet_with_a_change_recalls_nothing_that_could_not_be_read(sandbox: Sandbox) -> None:
    async with run_program(sandbox) as program:
        await program.opened("张三")
        await said(program, "hello wrold")
        press_at_once(program.app, "s/wrold/world/\r")
        await program.sees("Nothing was sent. Enter again recalls and sends.")
        assert program.chat.composer.text == "s/wrold/world/"
        await program.sees("Recalls: hello wrold")
        await program.until(lambda: program.chat.correction_guard.is_read)
        assert got(sandbox) == [("hello wrold", False)]
        await program.press("enter")
        await program.until(lambda: got(sandbox) == [("hello wrold", True), ("hello world", False)])


async def test_a_message_that_came_between_the_preview_and_enter_is_not_recalled_for_the_one_that_was_read(
    sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with run_program(sandbox) as program:
        await program.opened("张三")
        await said(program, "hello wrold")
        await program.type("s/wrold/world/")
        await program.sees("Recalls: hello wrold")
        await program.until(lambda: program.chat.correction_guard.is_read)
        actions, asked = program.chat.actions.sending, program.chat.actions.sending._here

        async def slowly() -> tuple[Conversation, Contact]:
            conversation, contact = await asked()
            # Another shell sends as well.
            await program.chat.context.runtime.outbox.text(contact, "good wrold", within=conversation.id)
            return conversation, contact

        monkeypatch.setattr(actions, "_here", slowly)
        await program.press("enter")
        await program.until(lambda: ("hello world", False) in got(sandbox))
        assert got(sandbox) == [("hello wrold", True), ("good wrold", False), ("hello world", False)]


async def test_a_change_that_is_on_its_way_is_not_changed_again(
    sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with run_program(sandbox) as program:
        await program.opened("张三")
        await said(program, "hello wrold")
        revoker, answer = program.chat.context.runtime.outbox.revoker, asyncio.Event()
        ask = revoker.revoke

        async def late(message: StoredMessage, session: Callable[[], Awaitable[SessionContext]]) -> str | None:
            await answer.wait()
            return await ask(message, session)

        monkeypatch.setattr(revoker, "revoke", late)
        await program.type("s/wrold/world/")
        await program.sees("Recalls: hello wrold")
        await program.until(lambda: program.chat.correction_guard.is_read)
        await program.press("enter")
        await program.type("s/hello/bye/")
        await program.sees("Your last message is still being sent.")
        answer.set()
        await program.sees("Recalls: hello world")
        assert got(sandbox) == [("hello wrold", True), ("hello world", False)]
