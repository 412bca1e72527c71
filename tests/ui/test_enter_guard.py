"""Enter pressed for one thing sends nothing else: a draft that came into the bar meanwhile was not read by then."""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from functools import partial
from itertools import count
from pathlib import Path

import pytest

from tests.support.keys_at_once import press_at_once
from tests.support.program_pilot import ProgramPilot, run_program
from tests.support.sandbox_thread import Sandbox
from tests.support.text_fields_app import key
from tui.config.settings import Settings
from tui.screens.dialogs.help import HelpScreen
from tui.screens.files.file_picker import FilePicker
from tui.services.uploads.preflight import PreflightResult

pytestmark = pytest.mark.usefixtures("logged_in")

LONG_AGO = 1_700_000_000


@pytest.fixture
def gate(monkeypatch: pytest.MonkeyPatch) -> list[asyncio.Event]:
    """Holds the picker's last check of a file: set the event to let it end."""
    held: list[asyncio.Event] = []
    real = FilePicker._check

    async def slowly(self: FilePicker, paths: tuple[Path, ...]) -> list[PreflightResult]:
        if held:
            await held[0].wait()
        return await real(self, paths)

    monkeypatch.setattr(FilePicker, "_check", slowly)
    return held


@asynccontextmanager
async def picking(sandbox: Sandbox, folder: Path) -> AsyncIterator[ProgramPilot]:
    """A draft in the bar, and the picker with the cursor moved to a file."""
    for name in ("a.txt", "b.txt"):
        (folder / name).write_text(name)
        # A file of just now may still be written to: the picker asks about it.
        os.utime(folder / name, (LONG_AGO, LONG_AGO))
    async with run_program(sandbox, settings=Settings(start_dir=folder)) as program:
        await program.opened("Alice")
        await program.type("draft")
        await program.press("ctrl+o")
        await program.sees("a.txt")
        await program.press("end")
        yield program


def at_cursor(program: ProgramPilot) -> str:
    screen = program.app.screen
    assert isinstance(screen, FilePicker) and screen.at_cursor is not None
    return screen.at_cursor[1].name


def has_sent(sandbox: Sandbox, count: int) -> bool:
    """Whether so many messages have arrived."""
    return len(sandbox.sent()) == count


def left(program: ProgramPilot) -> Callable[[], bool]:
    return lambda: program.app.screen is program.chat and not program.app.input_waiting


async def test_a_second_enter_while_the_picker_checks_does_not_send_the_draft(
    sandbox: Sandbox, tmp_path: Path, gate: list[asyncio.Event]
) -> None:
    async with picking(sandbox, tmp_path) as program:
        gate.append(asyncio.Event())
        press_at_once(program.app, "\r")
        await program.until(lambda: any(one.group == "leave" for one in program.app.workers))
        press_at_once(program.app, "\r")
        await program.pilot.pause()
        assert isinstance(program.app.screen, FilePicker)
        gate[0].set()
        await program.until(left(program))
        await program.sees("Nothing was sent")
        assert program.chat.composer.text == "draft"
        await program.until(lambda: len(sandbox.sent()) == 1)
        # Read now: Enter sends it.
        await program.until(program.chat.enter_guard.settling.answers)
        await program.press("enter")
        await program.until(lambda: len(sandbox.sent()) == 2)
        assert [one["content"] for one in sandbox.sent() if not one["file_name"]] == ["draft"]


async def test_letters_typed_while_the_picker_checks_are_in_the_bar_and_cancel_no_file(
    sandbox: Sandbox, tmp_path: Path, gate: list[asyncio.Event]
) -> None:
    async with picking(sandbox, tmp_path) as program:
        program.chat.composer.load("")
        gate.append(asyncio.Event())
        name = at_cursor(program)
        press_at_once(program.app, "\r")
        await program.until(lambda: any(one.group == "leave" for one in program.app.workers))
        press_at_once(program.app, "hello\r")
        await program.pilot.pause()
        gate[0].set()
        await program.until(lambda: len(sandbox.sent()) == 2)
        assert {one["file_name"] or one["content"] for one in sandbox.sent()} == {name, "hello"}


async def test_what_is_typed_behind_a_draft_that_nobody_has_read_does_not_send_it(sandbox: Sandbox) -> None:
    async with run_program(sandbox) as program:
        await program.opened("李四")
        await program.type("half a sentence")
        await program.opened("Alice")
        press_at_once(program.app, "\x0b李四\rhi\r")
        await program.sees("Nothing was sent")
        assert program.chat.composer.text == "half a sentencehi"
        assert sandbox.sent() == []


@pytest.mark.parametrize("way", ["\x0b李四\r\r", "down", "list"])
async def test_enter_does_not_send_a_draft_that_nobody_has_read(sandbox: Sandbox, way: str) -> None:
    """Enter twice in Ctrl+K or in the list, or Alt+Down and Enter in one packet."""
    async with run_program(sandbox) as program:
        await program.opened("李四")
        await program.type("half a sentence")
        await program.opened("Alice")
        chat = program.chat
        shown = [one.name for one in chat.conversation_list.shown]
        if way == "down":
            step = "alt+down" if shown.index("李四") > shown.index("Alice") else "alt+up"
            for _ in range(abs(shown.index("李四") - shown.index("Alice"))):
                program.app.post_message(key(step, 0.0))
            program.app.post_message(key("enter", 0.0))
        elif way == "list":
            chat.conversation_list.focus()
            chat.conversation_list.action_jump(shown.index("李四"))
            await program.pilot.pause()
            press_at_once(program.app, "\r\r")
        else:
            press_at_once(program.app, way)
        await program.until(lambda: chat.conversation is not None and chat.conversation.name == "李四")
        await program.sees("Nothing was sent")
        assert chat.composer.text == "half a sentence"
        assert sandbox.sent() == []


async def test_an_enter_that_is_held_down_sends_nothing(sandbox: Sandbox) -> None:
    async with run_program(sandbox) as program:
        await program.opened("Alice")
        await program.type("draft")
        await program.press("f1")
        # The program comes to each of them only seconds after it was pressed.
        late = count(0.0, 10.0)
        program.chat.enter_guard.settling._clock = lambda: next(late)
        press_at_once(program.app, "\x1b" + "\r" * 5, step=0.03, after=time.perf_counter())
        await program.until(lambda: not program.app.input_waiting)
        await program.sees("Nothing was sent")
        assert program.chat.composer.text == "draft"
        assert sandbox.sent() == []


async def test_a_screen_that_leaves_by_itself_below_another_one_leaves_alone(
    sandbox: Sandbox, tmp_path: Path, gate: list[asyncio.Event]
) -> None:
    """The login screen, which came over the picker by itself, was taken away, and the picker could never be left."""
    async with picking(sandbox, tmp_path) as program:
        gate.append(asyncio.Event())
        name = at_cursor(program)
        press_at_once(program.app, "\r")
        await program.until(lambda: any(one.group == "leave" for one in program.app.workers))
        above = HelpScreen()
        program.app.push_screen(above)
        gate[0].set()
        await program.until(lambda: not any(one.group == "leave" for one in program.app.workers))
        assert program.app.screen is above
        above.dismiss(None)
        await program.until(left(program))
        await program.until(lambda: [one["file_name"] for one in sandbox.sent()] == [name])


@pytest.mark.parametrize(
    ("opening", "eaten"), [("o", "hello"), ("f1", "wh?"), ("f1", "q"), ("ctrl+t", "q")], ids=["o", "?", "q", "uploads"]
)
async def test_what_is_left_of_a_text_whose_beginning_closed_a_dialog_waits_for_another_enter(
    sandbox: Sandbox, opening: str, eaten: str
) -> None:
    """Of “hello there” the details took “hello”, and “there” went to whoever was open, however slowly it was typed."""
    async with run_program(sandbox) as program:
        chat = program.chat
        await program.opened("Alice")
        await program.type("first")
        await program.press("enter")
        await program.until(lambda: len(sandbox.sent()) == 1)
        # The slow one comes last: its keys come in later than now, by their times.
        for sent, (draft, step) in enumerate([("", 0.00005), ("draft ", 0.00005), ("", 0.2)], 1):
            await program.type(draft)
            chat.message_log.focus()
            await program.press(opening)
            await program.until(lambda: program.app.screen is not chat)
            press_at_once(program.app, eaten + " there", step=step, after=time.perf_counter())
            await program.until(lambda: program.app.screen is chat and "there" in chat.composer.text)
            await program.until(chat.enter_guard.settling.answers)
            await program.press("enter")
            await program.sees("Nothing was sent")
            await program.idle()
            assert len(sandbox.sent()) == sent, (draft, step)
            await program.until(chat.enter_guard.settling.answers)
            await program.press("enter")
            await program.until(partial(has_sent, sandbox, sent + 1))


async def test_what_is_typed_a_moment_after_a_letter_closed_a_dialog_is_sent_at_once(sandbox: Sandbox) -> None:
    async with run_program(sandbox) as program:
        await program.opened("Alice")
        await program.press("f1")
        await program.until(lambda: isinstance(program.app.screen, HelpScreen))
        press_at_once(program.app, "q")
        await program.until(left(program))
        press_at_once(program.app, "hello\r", after=1.0)
        await program.until(lambda: len(sandbox.sent()) == 1)
