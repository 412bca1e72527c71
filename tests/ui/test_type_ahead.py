"""Who believes to be typing in the bar takes nothing back, sends nothing, and loses no letter."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from textual import events

from tests.support.program_pilot import ProgramPilot, run_program
from tests.support.sandbox_thread import Sandbox
from tui.commands import parse
from tui.screens.dialogs.question import Question
from tui.widgets.composer.composer import Composer
from tui.wire.bodies import Text

NAMES = {" ": "space", "\r": "enter", "!": "exclamation_mark", "/": "slash"}


def at_once(program: ProgramPilot, text: str) -> None:
    """Keys that come in one packet, as from a slow link or quick fingers."""
    now = time.perf_counter()
    for char in text:
        key = events.Key(NAMES.get(char, char), char)
        key.time = now
        program.app.post_message(key)


def paste_at_once(program: ProgramPilot, text: str, time_of_letter: float) -> None:
    """Paste behind a letter, at the same moment, however long the machine took in between."""
    paste = events.Paste(text)
    paste.time = time_of_letter
    program.app.post_message(paste)


@asynccontextmanager
async def with_two_sent(sandbox: Sandbox) -> AsyncIterator[ProgramPilot]:
    """A conversation with two messages that can be recalled; the messages have the focus."""
    async with run_program(sandbox) as program:
        await program.opened("张三")
        for text in ("first one", "second one"):
            await program.type(text)
            await program.press("enter")
        await program.until(lambda: [row["content"] for row in sandbox.sent()] == ["first one", "second one"])
        await program.until(lambda: all(one.msg_id for one in program.chat.message_log.own_messages))
        await program.press("tab")
        assert program.chat.message_log.has_focus
        yield program


def revoked(sandbox: Sandbox) -> list[bool]:
    return [row["revoked"] for row in sandbox.sent()]


@pytest.mark.parametrize("text", ["understood", "ddl", "dy", "uy", "cancel it", "Really", "hello", "好的"])
async def test_what_is_typed_in_one_go_stands_in_the_bar(sandbox: Sandbox, text: str) -> None:
    async with with_two_sent(sandbox) as program:
        at_once(program, text)
        await program.until(lambda: program.chat.composer.text == text and program.chat.composer.has_focus)
        await program.until(lambda: program.app.screen is program.chat)
        await program.press("!")
        assert program.chat.composer.text == text + "!"
        assert revoked(sandbox) == [False, False]
        assert "webwxrevokemsg" not in sandbox.calls()


async def test_letter_by_letter_too(sandbox: Sandbox) -> None:
    """The question is on the screen before the second letter comes."""
    async with with_two_sent(sandbox) as program:
        now = time.perf_counter()
        for number, char in enumerate("dy, understood"):
            key = events.Key({" ": "space", ",": "comma"}.get(char, char), char)
            key.time = now + number * 0.02
            program.app.post_message(key)
            if not number:
                await program.until(lambda: isinstance(program.app.screen, Question))
        await program.until(lambda: program.chat.composer.text == "dy, understood")
        await program.until(lambda: program.app.screen is program.chat and program.chat.composer.has_focus)
        assert revoked(sandbox) == [False, False]


async def test_enter_behind_it_sends_it_as_from_the_bar(sandbox: Sandbox) -> None:
    async with with_two_sent(sandbox) as program:
        at_once(program, "understood\r")

        def sent() -> list[str]:
            return [row["content"] for row in sandbox.sent()][2:]

        # On a busy machine the question may have been painted between the letters: then the text that moved into the
        # bar by itself wants to be seen first, and Enter says so.
        await program.until(lambda: sent() or "Enter again" in program.text)
        if not sent():
            assert program.chat.composer.text == "understood"
            await program.press_until("enter", lambda: bool(sent()), every=0.5)
        assert sent() == ["understood"]
        assert not any(revoked(sandbox))


@pytest.mark.parametrize("letter", ["r", "e"])
async def test_enter_right_behind_a_letter_that_fills_the_bar_sends_nothing(sandbox: Sandbox, letter: str) -> None:
    async with with_two_sent(sandbox) as program:
        if letter == "e":
            await program.press("u")
            await program.asked("Recall")
            await program.answer("y")
            await program.sees("you recalled")
            await program.press_until("e", lambda: program.chat.composer.text != "")
            await program.press("enter")
        else:
            program.chat.message_log.select(program.chat.message_log.own_messages[0])
            at_once(program, "r\r")
        await program.sees("Nothing was sent")
        assert program.chat.composer.text
        assert len(sandbox.sent()) == 2


@pytest.mark.parametrize("paste", ["y", "dyyy", "a longer one\nwith two lines"])
async def test_a_paste_moves_to_the_bar(sandbox: Sandbox, paste: str) -> None:
    async with with_two_sent(sandbox) as program:
        program.app.post_message(events.Paste(paste))
        await program.until(lambda: program.chat.composer.text == paste and program.chat.composer.has_focus)


async def test_a_paste_behind_a_letter_that_asks_is_text_with_it(sandbox: Sandbox) -> None:
    async with with_two_sent(sandbox) as program:
        now = time.perf_counter()
        at_once(program, "d")
        await program.until(lambda: isinstance(program.app.screen, Question))
        paste_at_once(program, "yes", now)
        await program.until(lambda: program.chat.composer.text == "dyes" and program.app.screen is program.chat)
        assert revoked(sandbox) == [False, False]


async def test_a_letter_that_opened_a_list_is_no_part_of_what_is_typed_after_it(sandbox: Sandbox) -> None:
    async with with_two_sent(sandbox) as program:
        program.chat.message_log.select(program.chat.message_log.own_messages[0])
        for key in "f\x1bx":
            # All in the moment in which letters belong together.
            event = events.Key("escape" if key == "\x1b" else key, key)
            event.time = 1000.0
            program.app.post_message(event)
        await program.until(lambda: program.chat.composer.text != "" and program.app.screen is program.chat)
        assert program.chat.composer.text == "x"


async def test_a_letter_before_another_key_is_no_part_of_what_is_typed_after_it(sandbox: Sandbox) -> None:
    async with with_two_sent(sandbox) as program:
        for name in ("c", "insert", "x"):
            event = events.Key(name, name if len(name) == 1 else None)
            event.time = 1000.0
            program.app.post_message(event)
        await program.until(lambda: program.chat.composer.text != "")
        assert program.chat.composer.text == "x"


async def test_a_paste_in_the_list_moves_to_the_bar(sandbox: Sandbox) -> None:
    async with with_two_sent(sandbox) as program:
        await program.press("tab")
        assert program.chat.conversation_list.has_focus
        program.app.post_message(events.Paste("pasted"))
        await program.until(lambda: program.chat.composer.text == "pasted" and program.chat.composer.has_focus)


async def test_a_click_points_and_the_caret_stays_in_the_bar(sandbox: Sandbox) -> None:
    async with with_two_sent(sandbox) as program:
        await program.press("escape")
        y = next(at for at, line in enumerate(program.lines) if "first one" in line)
        await program.pilot.click(offset=(60, y))
        await program.pilot.pause()
        selected = program.chat.message_log.selected
        assert selected is not None and selected.body == Text("first one")
        assert program.chat.composer.has_focus
        assert "Tab, then d recall" in program.lines[-1]
        for text in ("understood", "ry", "e"):
            at_once(program, text)
        await program.until(lambda: program.chat.composer.text == "understoodrye")
        assert program.app.screen is program.chat
        assert revoked(sandbox) == [False, False]


async def test_a_click_in_the_messages_takes_the_keys_to_the_bar(sandbox: Sandbox) -> None:
    async with with_two_sent(sandbox) as program:
        y = next(at for at, line in enumerate(program.lines) if "first one" in line)
        await program.pilot.click(offset=(60, y))
        await program.until(lambda: program.chat.composer.has_focus)


@pytest.mark.parametrize(("key", "recalled"), [("u", [False, True]), ("d", [True, False])])
async def test_who_means_it_is_asked_and_answers(sandbox: Sandbox, key: str, recalled: list[bool]) -> None:
    async with with_two_sent(sandbox) as program:
        program.chat.message_log.select(program.chat.message_log.own_messages[1])
        await program.press(key)
        await program.asked("Recall “second one”?" if key == "u" else "Recall “first one”?")
        await program.press("n")
        await program.until(lambda: program.app.screen is program.chat)
        assert revoked(sandbox) == [False, False]
        await program.press(key)
        await program.asked("Recall “")
        await program.press("y")
        await program.sees("✓ Recalled. e edits it.")
        assert revoked(sandbox) == recalled


async def test_u_takes_the_newest_that_can_still_be_recalled(sandbox: Sandbox) -> None:
    async with with_two_sent(sandbox) as program:
        for expected in ([False, True], [True, True]):
            await program.press("u")
            await program.asked("Recall “")
            await program.press("y")
            await program.until(lambda expected=expected: revoked(sandbox) == expected)  # type: ignore[misc]
            await program.sees("✓ Recalled")
        await program.press("u")
        await program.sees("You have no sent message to recall.")


async def test_revoke_1_twice_recalls_both(sandbox: Sandbox) -> None:
    async with with_two_sent(sandbox) as program:
        await program.press("escape")
        for text, expected in (("second one", [False, True]), ("first one", [True, True])):
            assert program.chat.composer.completing.providers.recallable()[0] == ("1", text)
            await program.type("/revoke 1")
            await program.press("enter")
            await program.until(lambda expected=expected: revoked(sandbox) == expected)  # type: ignore[misc]
            await program.sees("✓ Recalled")


async def test_somebody_elses_message_is_not_asked_about(sandbox: Sandbox) -> None:
    async with with_two_sent(sandbox) as program:
        sandbox.post("push", type="text", content="their words", **{"from": "张三"})
        await program.sees("their words")
        await program.press("G", "d")
        await program.sees("You can only recall your own messages.")
        assert program.app.screen is program.chat


async def test_a_recall_without_an_answer_is_in_doubt_until_the_second(sandbox: Sandbox) -> None:
    async with with_two_sent(sandbox) as program:
        sandbox.fault("webwxrevokemsg", "drop_after")
        await program.press("u")
        await program.asked("Recall “second one”?")
        await program.press("y")
        await program.sees("“second one” may or may not be recalled.")
        await program.sees("recall?")
        await program.press("u")
        await program.asked("Recall “second one”?")
        await program.press("escape")


@pytest.mark.parametrize("text", ["for zhang\r", "/no/such/file for zhang\r"])
async def test_what_was_sent_goes_where_it_was_typed(sandbox: Sandbox, text: str) -> None:
    """Another conversation is opened by a key in the same packet."""
    async with run_program(sandbox) as program:
        await program.opened("张三")
        program.chat.composer.focus()
        at_once(program, text)
        program.app.post_message(events.Key("alt+down", None))
        await program.until(lambda: program.chat.conversation is not None and program.chat.conversation.name != "张三")
        await program.idle()
        await program.press("x", "backspace")
        assert {row["to_name"] for row in sandbox.sent()} <= {"张三"}


@pytest.mark.parametrize("text", ["for zhang", "/send /etc/hostname"])
async def test_enter_heard_when_another_conversation_is_open_already_sends_nothing(sandbox: Sandbox, text: str) -> None:
    async with run_program(sandbox) as program:
        await program.opened("张三")
        assert program.chat.conversation is not None
        zhang = program.chat.conversation.id
        await program.opened("李四")
        program.chat.post_message(Composer.Submitted(parse(text), text, (), zhang))
        await program.sees("Nothing was sent; the text was kept as a draft.")
        assert (await program.chat.context.store.conversation(zhang)).draft == text
        assert sandbox.sent() == []
        assert program.chat.context.runtime.outbox.files.uploads == []
