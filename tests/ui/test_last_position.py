"""The next start begins where the last one ended, and shows what it cannot know."""

from __future__ import annotations

import asyncio
import re
from datetime import UTC, datetime, timedelta

import msgspec
import pytest

from tests.support.command_line import Wxtui
from tests.support.program_pilot import ProgramPilot, run_program
from tests.support.sandbox_thread import Sandbox
from tests.support.waiting import until
from tui.paths import find_profile
from tui.screens.chat.last_position import LogPosition
from tui.services.client.supervisor import SessionSupervisor
from tui.store.store import Store

pytestmark = pytest.mark.usefixtures("logged_in")


@pytest.fixture(autouse=True)
def first_steps_are_done(logged_in: Wxtui) -> None:
    """The line of first steps comes after the first picture: the log would have other rows then."""

    async def note() -> None:
        async with await Store.open(find_profile("default").store_file, clock=lambda: datetime.now(UTC)) as store:
            await store.set_value("sent", "1")

    asyncio.run(note())


async def scrolled(program: ProgramPilot, sandbox: Sandbox) -> list[str]:
    """A long conversation, some pages up; the lines in sight."""
    for number in range(120):
        sandbox.post("push", type="text", content=f"number {number:03}", **{"from": "张三"})
    await program.opened("张三")
    await program.sees("number 119")
    await program.press("shift+tab", "shift+tab")
    assert program.chat.message_log.has_focus
    await program.press("pageup", "pageup")
    await program.sees(lambda text: "number 119" not in text)
    return talk(program)


def talk(program: ProgramPilot) -> list[str]:
    return [line.split("number ")[1][:3] for line in program.lines if "number " in line[26:]]


async def test_the_conversation_and_the_place_in_it_come_back(sandbox: Sandbox) -> None:
    async with run_program(sandbox) as program:
        seen = await scrolled(program, sandbox)
    async with run_program(sandbox, online=False) as program:
        assert program.chat.conversation is not None and program.chat.conversation.name == "张三"
        assert talk(program) == seen
        await program.sees("online")
        assert talk(program) == seen
        # What arrives now is below: the place stays.
        sandbox.post("push", type="text", content="number 120", **{"from": "张三"})
        await program.sees("1 new")
        assert talk(program)[:3] == seen[:3]


async def test_who_was_at_the_bottom_is_there_again(sandbox: Sandbox) -> None:
    async with run_program(sandbox) as program:
        await scrolled(program, sandbox)
        await program.press("G")
        await program.sees("number 119")
    async with run_program(sandbox) as program:
        assert talk(program)[-1] == "119"
        assert program.chat.message_log.at_bottom
        sandbox.post("push", type="text", content="number 120", **{"from": "张三"})
        await program.sees("number 120")


async def test_a_crash_loses_a_second_at_most(sandbox: Sandbox) -> None:
    async with run_program(sandbox) as program:
        await scrolled(program, sandbox)
        await program.press("k")
        seen = talk(program)
        chat = program.chat
        assert chat.conversation is not None and chat.message_log.scroll_anchor is not None
        place = LogPosition(chat.conversation.id, chat.message_log.scroll_anchor)

        async def written() -> bool:
            return await chat.context.store.value("where") == msgspec.json.encode(place).decode()

        # By the clock's one write for all moves, or by the next one's: both come by themselves.
        await until(written)

        async def nothing() -> None:
            pass

        program.chat.last_position.keep = nothing  # type: ignore[method-assign]  # killed: nothing is written at the end
    async with run_program(sandbox) as program:
        assert talk(program) == seen


@pytest.mark.parametrize("kept", ['{"conversation":9999}', "{", '{"conversation":"x"}', '{"conversation":1,"spot":[]}'])
async def test_a_place_that_is_gone_is_no_harm(sandbox: Sandbox, kept: str) -> None:
    async with run_program(sandbox) as program:
        await program.until(lambda: bool(program.chat.conversation_list.shown))
        top = program.chat.conversation_list.shown[0].id
        await program.opened("张三")
    async with await Store.open(find_profile("default").store_file, clock=lambda: datetime.now(UTC)) as store:
        await store.set_value("where", kept)
    async with run_program(sandbox) as program:
        assert program.chat.conversation is not None
        assert program.chat.conversation.id == program.chat.conversation_list.shown[0].id == top


async def test_what_is_typed_comes_back_with_its_conversation(sandbox: Sandbox) -> None:
    async with run_program(sandbox) as program:
        await program.opened("Alice")
        await program.type("half a sent")
    async with run_program(sandbox, online=False) as program:
        assert program.chat.conversation is not None and program.chat.conversation.name == "Alice"
        assert program.chat.composer.text == "half a sent"


# ---------------------------------------------------------------- gaps


async def forget_for(hours: float) -> None:
    """As if the last run had ended so many hours ago."""
    async with await Store.open(find_profile("default").store_file, clock=lambda: datetime.now(UTC)) as store:
        await store.set_synced(datetime.now(UTC) - timedelta(hours=hours))


async def helper_text(sandbox: Sandbox, text: str) -> None:
    sandbox.post("push", type="text", content=text, **{"from": "self", "to": "文件传输助手"})


async def at_helper(program: ProgramPilot) -> None:
    """To the account whose conversation goes on at every login."""
    await program.until(lambda: any(one.user_name == "filehelper" for one in program.chat.conversation_list.every))
    (helper,) = [one for one in program.chat.conversation_list.every if one.user_name == "filehelper"]
    await program.chat.open(helper)


async def test_a_new_login_leaves_a_line_where_messages_may_be_missing(sandbox: Sandbox, wxtui: Wxtui) -> None:
    async with run_program(sandbox) as program:
        await helper_text(sandbox, "before")
        await at_helper(program)
        await program.sees("before")
    await forget_for(0.2)
    sandbox.post("expire", retcode=1101)
    async with run_program(sandbox) as program:
        assert program.chat.conversation is not None and program.chat.conversation.user_name == "filehelper"
        assert "messages may be missing" not in program.text, "there is nothing after it yet"
        await helper_text(sandbox, "after")
        text = await program.sees("messages may be missing")
        lines = [line for line in text.splitlines() if any(word in line for word in ("before", "may be", "after"))]
        assert ["before" in lines[-3], "may be missing" in lines[-2], "after" in lines[-1]] == [True] * 3


async def test_a_session_that_goes_on_has_no_gap(sandbox: Sandbox) -> None:
    async with run_program(sandbox) as program:
        await helper_text(sandbox, "before")
        await at_helper(program)
        await program.sees("before")
    await forget_for(5)
    await helper_text(sandbox, "while nobody looked")
    async with run_program(sandbox) as program:
        await program.sees("while nobody looked")
        assert "missing" not in program.text


def test_the_log_of_the_command_line_has_the_line_too(sandbox: Sandbox, logged_in: Wxtui) -> None:
    """For people; with --json every line is a message."""

    async def after_a_new_login() -> None:
        async with run_program(sandbox) as program:
            sandbox.post("push", type="text", content="before", **{"from": "self", "to": "文件传输助手"})
            await at_helper(program)
            await program.sees("before")
        await forget_for(26)
        sandbox.post("expire", retcode=1101)
        async with run_program(sandbox) as program:
            sandbox.post("push", type="text", content="after", **{"from": "self", "to": "文件传输助手"})
            await program.sees("after")

    asyncio.run(after_a_new_login())
    lines = logged_in("log", "文件传输助手").lines
    assert [line.endswith(word) for line, word in zip(lines[-3:], ("before", "──", "after"), strict=True)] == [True] * 3
    assert re.fullmatch(r"── not connected (\S+ \S+) – (\S+ \S+) · messages may be missing ──", lines[-2])
    shown = logged_in("log", "文件传输助手", "--json").json
    assert [row["text"] for row in shown[-2:]] == ["before", "after"]


# ---------------------------------------------------------------- last sync


async def test_the_header_says_when_the_server_was_last_heard_once_that_is_long_ago(sandbox: Sandbox) -> None:
    async with run_program(sandbox) as program:
        await program.idle()
        assert program.chat.context.runtime.silence is not None
        assert "last sync" not in program.text, "that all is well is no news"
    await forget_for(3)
    sandbox.fault("*", "drop_before", times=0)
    async with run_program(sandbox, online=False) as program:
        await program.sees("last sync 3 hours ago")


async def test_the_age_is_told_in_steps_and_nothing_is_drawn_in_between(
    sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with run_program(sandbox) as program:
        await program.idle()
        chat, drawn = program.chat, 0
        refresh = chat.header.refresh

        def counted(*given: object, **named: object) -> object:
            nonlocal drawn
            drawn += 1
            return refresh(*given, **named)  # type: ignore[arg-type]

        told: list[str] = []
        for silence in (3, 30, 59, 61, 90, 119, 121, 130, 3599, 3601, 7000, 7201, 5):
            monkeypatch.setattr(SessionSupervisor, "silence", silence)
            # Only what comes of the age is counted: news of the server may change the header at any time.
            with monkeypatch.context() as counting:
                counting.setattr(chat.header, "refresh", counted)
                chat.refresh_status()
            told.append(chat.header.sync.removeprefix("last sync "))
            await program.until(lambda: program.lines[0].partition("last sync ")[2].split(" ·")[0] == told[-1])
        assert list(dict.fromkeys(told)) == [
            "", "a minute ago", "2 minutes ago", "59 minutes ago", "an hour ago", "2 hours ago"
        ]  # fmt: skip
        assert drawn == 6


@pytest.mark.parametrize("width", [40, 60, 80])
async def test_a_late_sync_is_told_also_where_there_is_little_room(
    sandbox: Sandbox, width: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with run_program(sandbox, (width, 24)) as program:
        await program.opened("张三")
        await program.press("escape")
        assert "last sync" not in program.text
        monkeypatch.setattr(SessionSupervisor, "silence", 150)
        program.chat.refresh_status()
        text = await program.sees("last sync 2 minutes ago")
        assert "张三" in "\n".join(text.splitlines()[:1])


# ---------------------------------------------------------------- the way back into a session


async def test_while_the_session_lives_a_start_needs_nobody(sandbox: Sandbox) -> None:
    codes = sandbox.calls()["jslogin"]
    async with run_program(sandbox) as program:
        await program.sees("online")
    assert sandbox.calls()["jslogin"] == codes
    assert "webwxpushloginurl" not in sandbox.calls()


async def test_a_session_that_is_over_asks_the_phone_and_shows_no_code(sandbox: Sandbox) -> None:
    codes = sandbox.calls()["jslogin"]
    sandbox.post("expire", retcode=1101)
    async with run_program(sandbox) as program:
        await program.sees("online")
    assert sandbox.calls()["jslogin"] == codes
    assert sandbox.calls()["webwxpushloginurl"] == 1


@pytest.mark.parametrize("fault", [("empty", 0), ("html", 0), ("ret", 1)])
async def test_a_phone_that_cannot_be_asked_leads_to_a_code(sandbox: Sandbox, fault: tuple[str, int]) -> None:
    codes = sandbox.calls()["jslogin"]
    sandbox.post("expire", retcode=1101)
    sandbox.fault("webwxpushloginurl", *fault, times=9)
    async with run_program(sandbox) as program:
        await program.sees("online")
    assert sandbox.calls()["jslogin"] == codes + 1


@pytest.mark.parametrize("fault", [("ret", -1), ("status", 502), ("drop_before", 0), ("html", 0)])
async def test_a_bad_moment_of_the_server_is_no_new_login(sandbox: Sandbox, fault: tuple[str, int]) -> None:
    codes = sandbox.calls()["jslogin"]
    sandbox.fault("webwxinit", *fault, times=1)
    await helper_text(sandbox, "while nobody looked")
    async with run_program(sandbox) as program:
        await at_helper(program)
        await program.sees("while nobody looked")
    assert sandbox.calls()["jslogin"] == codes
    assert "webwxpushloginurl" not in sandbox.calls()


async def test_the_end_of_the_program_is_the_end_of_what_it_knows(sandbox: Sandbox) -> None:
    async with run_program(sandbox) as program:
        polls = sandbox.calls().get("synccheck", 0)
        await program.until(lambda: sandbox.calls().get("synccheck", 0) > polls + 1)
        heard = program.app.context.runtime.supervisor.last_sync
        synced = await program.chat.context.store.synced()
        assert heard is not None and synced is not None and synced < heard - timedelta(seconds=1)
    async with await Store.open(find_profile("default").store_file, clock=lambda: datetime.now(UTC)) as store:
        at_end = await store.synced()
    assert at_end is not None and at_end >= heard - timedelta(milliseconds=1)
