"""Jumps: to the quoted message, to a day, and back."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest

from tests.support.command_line import Wxtui
from tests.support.program_pilot import ProgramPilot, run_program
from tests.support.sandbox_thread import Sandbox
from tui.message_summary import describe
from tui.screens.dialogs.details import MessageDetails
from tui.wire import bodies
from tui.wire.bodies import Body, Message, Quote, Text
from tui.wire.sync import SyncBatch
from tui.wire.text import quotation

NOW = datetime.now(UTC).replace(microsecond=0)
NOON = datetime.now().astimezone().replace(hour=12, minute=0, second=0, microsecond=0)


async def said(
    program: ProgramPilot, *several: tuple[Body | str, datetime], chat: str = "李四", mine: bool = False, tag: str = ""
) -> None:
    """Messages with their times; each has the MsgID `NAME`, its number, and `tag`."""
    store = program.chat.context.store
    contact = next(one for one in await store.contacts() if one.name == chat)
    keys = await store.keys()
    assert keys is not None
    messages = tuple(
        Message(
            f"{chat}{n}{tag}",
            contact.user_name,
            "" if mine else contact.user_name,
            mine,
            time,
            Text(body) if isinstance(body, str) else body,
            "",
        )
        for n, (body, time) in enumerate(several)
    )
    await store.apply(SyncBatch(messages, (), (), keys))
    await store.mark_read((await store.conversation_for(contact.user_name)).id)


def selected(program: ProgramPilot) -> str:
    message = program.chat.message_log.selected
    return "" if message is None else describe(message.body)


def at_selected(program: ProgramPilot, wanted: str) -> Callable[[], bool]:
    return lambda: selected(program) == wanted


async def enter_on(program: ProgramPilot, number: str) -> None:
    """Press Enter on the message with this MsgID."""
    message = await program.chat.context.store.message(number)
    assert message is not None
    await program.chat.message_log.go_to(message)
    program.chat.focus_log()
    await program.press("enter")


FILLER = [(f"between {n}", NOW - timedelta(hours=5) + timedelta(seconds=n)) for n in range(300)]


@pytest.mark.parametrize(
    ("answer", "target"),
    [
        (Quote("yes", quoted="shall we?", quoted_sender="李四", quoted_id="李四0"), "shall we?"),
        (Quote("yes", quoted="shall we?", quoted_sender="李四"), "shall we?"),
        (Quote("yes", quoted="shall we?", quoted_sender="what others call somebody"), "shall we?"),
        (Text(quotation("李四", "shall we?") + "yes"), "shall we?"),
        (Quote("nice", quoted_kind="image", quoted_sender="李四"), "[image]"),
        (Quote("read it", quoted="report.pdf", quoted_kind="file", quoted_sender="李四"), "[file] report.pdf (12 KiB)"),
        (Text(quotation("李四", "[file] report.pdf (12 KiB)") + "read it"), "[file] report.pdf (12 KiB)"),
        (Quote("so", quoted="one two three fo…", quoted_sender="李四"), "one two three four five"),
    ],
)
async def test_enter_goes_to_the_quoted_message_and_back(
    sandbox: Sandbox, logged_in: Wxtui, answer: Body, target: str
) -> None:
    async with run_program(sandbox) as program:
        begin = NOW - timedelta(days=2)
        await said(
            program,
            ("shall we?", begin),
            (bodies.Image(), begin + timedelta(seconds=1)),
            (bodies.File("report.pdf", 12 * 1024), begin + timedelta(seconds=2)),
            ("one two three four five", begin + timedelta(seconds=3)),
            ("shall we? no, something else", begin + timedelta(seconds=4)),
            *FILLER,
            (answer, NOW - timedelta(hours=1)),
        )
        await program.opened("李四")
        await enter_on(program, f"李四{5 + len(FILLER)}")
        await program.until(at_selected(program, target))
        await program.sees("This is the quoted message.")
        assert target.partition(" (")[0].removeprefix("[file] ").strip("[]") in program.text
        await program.press("backspace")
        await program.until(at_selected(program, describe(answer)))
        await program.press("backspace")
        await program.sees("There is no jump to go back from.")


async def test_the_last_of_several_alike_before_the_answer_is_meant_and_ones_own_by_ones_own_name(
    sandbox: Sandbox, logged_in: Wxtui
) -> None:
    async with run_program(sandbox) as program:
        begin = NOW - timedelta(hours=9)
        await said(program, *(("ok", begin + timedelta(minutes=n)) for n in range(3)))
        await said(program, ("ok", begin + timedelta(minutes=1, seconds=30)), mine=True, tag="a")
        own = program.chat.context.names.own
        later = begin + timedelta(minutes=10)
        await said(program, (Quote("why", "ok", "李四"), later), ("ok", later), tag="b")
        await program.opened("李四")
        await enter_on(program, "李四0b")
        await program.sees("This is the quoted message.")
        chosen = program.chat.message_log.selected
        assert chosen is not None
        assert (chosen.mine, chosen.time) == (False, begin + timedelta(minutes=2))
        assert own
        await said(program, (Quote("mine?", "ok", own), later + timedelta(minutes=1)), tag="c")
        [asked] = await program.chat.context.store.search("mine")
        await program.chat.do("quoted", asked.msg_id)
        await program.until(
            lambda: program.chat.message_log.selected is not None and program.chat.message_log.selected.mine
        )


async def test_a_quoted_message_that_is_not_stored_is_a_sentence_and_no_quotation_is_shown_whole(
    sandbox: Sandbox, logged_in: Wxtui
) -> None:
    async with run_program(sandbox) as program:
        await said(
            program,
            ("plain words", NOW - timedelta(hours=2)),
            (Quote("yes", quoted="never said here", quoted_sender="李四", quoted_id="1234"), NOW - timedelta(hours=1)),
        )
        await program.opened("李四")
        await enter_on(program, "李四1")
        await program.sees("The quoted message is not stored here.")
        await enter_on(program, "李四0")
        await program.until(lambda: isinstance(program.app.screen, MessageDetails))


# ---------------------------------------------------------------- days


async def test_goto_a_day_selects_its_first_message_below_the_date(sandbox: Sandbox, logged_in: Wxtui) -> None:
    async with run_program(sandbox) as program:
        days = [NOON - timedelta(days=n) for n in (40, 20, 10)]
        spread = [
            (f"day {n} message {m}", day + timedelta(minutes=m)) for n, day in enumerate(days) for m in range(150)
        ]
        await said(program, *spread)
        await program.opened("李四")
        await program.type(f"/goto {days[1]:%Y-%m-%d}")
        await program.press("enter")
        await program.until(at_selected(program, "day 1 message 0"))
        await program.sees("day 1 message 5")
        lines = [line for line in program.lines if "day 1 message 0" in line or f"{days[1].day} " in line]
        assert lines
        assert program.chat.message_log.has_focus
        await program.chat.do("goto", f"{days[1] + timedelta(days=3):%Y-%m-%d}")
        await program.until(at_selected(program, "day 2 message 0"))
        await program.sees(f"No messages on {days[1] + timedelta(days=3):%Y-%m-%d}; the next ones are from")
        await program.press("backspace")
        await program.until(at_selected(program, "day 1 message 0"))
        await program.chat.do("goto", "1999-01-01")
        await program.until(at_selected(program, "day 0 message 0"))
        await program.until(lambda: bool(program.chat.header.place))
        await program.opened("张三")
        await program.until(lambda: not program.chat.header.place)


async def test_a_day_that_is_none_or_has_nothing_after_it_is_a_sentence_and_names_still_work(
    sandbox: Sandbox, logged_in: Wxtui
) -> None:
    async with run_program(sandbox) as program:
        await said(program, ("yesterday's", NOON - timedelta(days=1)))
        await program.opened("李四")
        await program.chat.do("goto", "2026-13-01")
        await program.sees("“2026-13-01” is not a date.")
        await program.chat.do("goto", "8999-01-01")
        await program.sees("No messages on 8999-01-01 or later.")
        await program.chat.do("goto", "昨天")
        await program.until(at_selected(program, "yesterday's"))
        await program.chat.do("goto", "张三")
        await program.until(lambda: program.chat.conversation is not None and program.chat.conversation.name == "张三")


async def test_back_returns_from_a_search_in_all_conversations(sandbox: Sandbox, logged_in: Wxtui) -> None:
    async with run_program(sandbox) as program:
        await said(program, ("here", NOW - timedelta(hours=3)))
        await said(program, ("needle", NOW - timedelta(hours=4)), chat="张三")
        await program.opened("李四")
        await program.press("f3")
        await program.sees("Search all conversations")
        await program.type("needle")
        await program.sees(lambda text: text.count("needle") > 1)
        await program.press("enter")
        await program.until(at_selected(program, "needle"))
        await program.press("backspace")
        await program.until(lambda: program.chat.conversation is not None and program.chat.conversation.name == "李四")
