"""The help says everything that can be done, and with whose keys."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Iterator

import pytest

import tui.screens
from tests.support.dialog_app import DialogApp
from tests.support.program_pilot import ProgramPilot, run_program
from tests.support.sandbox_thread import Sandbox
from tests.support.screen_text import screen_text
from tests.ui.conftest import OwnKeys
from tui import i18n
from tui.commands import COMMANDS
from tui.key_table import CHAT_HELP, Area
from tui.keymap import shown_key
from tui.screens.dialogs.filter_dialog import FilterDialog
from tui.screens.dialogs.help import HelpScreen, _laid_out
from tui.screens.dialogs.help_text import sections
from tui.screens.dialogs.question import Question
from tui.screens.files.file_picker import FilePicker
from tui.screens.leave_once import LeavesOnce
from tui.screens.modal import Modal
from tui.screens.pickers.list_dialog import ListDialog
from tui.widgets.base.page import Page
from tui.widgets.conversation_list.row_facts import DRAFT, SIGNS


def page_of(program: ProgramPilot) -> list[str]:
    """Lines of the page on the screen."""
    return ["".join(text for text, _tone in line) for line in program.app.screen.query_one(Page).lines]


def everything(app: DialogApp) -> str:
    """All lines of the page, also those out of sight."""
    return "\n".join("".join(text for text, _tone in line) for line in app.screen.query_one(Page).lines)


@pytest.mark.parametrize("size", [(40, 12), (50, 20), (80, 24), (140, 40), (200, 60)])
async def test_every_command_key_and_sign_is_there(size: tuple[int, int]) -> None:
    app = DialogApp()
    async with app.run_test(size=size) as pilot:
        await app.show(HelpScreen())
        await pilot.pause()
        words = everything(app).split()
        for command in COMMANDS:
            for name in command.names:
                assert f"/{name}" in words
            for key in (*command.keys[:1], *command.quiet_keys):
                assert shown_key(key) in words
        for sign in (*SIGNS.values(), DRAFT):
            assert sign in words
        assert all(line[-1] in "╮│╯" for line in screen_text(app) if line.startswith(("╭", "│", "╰")))


@pytest.fixture
def english_again() -> Iterator[None]:
    yield
    i18n.use("en")


@pytest.mark.usefixtures("english_again")
@pytest.mark.parametrize("language", ["en", "zh_CN"])
async def test_it_fits_in_three_pages_and_nothing_is_cut(language: str) -> None:
    i18n.use(language)
    app = DialogApp()
    async with app.run_test(size=(80, 24)) as pilot:
        await app.show(HelpScreen())
        await pilot.pause()
        page = app.screen.query_one(Page)
        assert page.size.height == 22
        # A page begins with the last line of the one before.
        assert len(page.lines) <= 22 + 2 * 21, "shorten a help, or give the command a line in HELP_LINES"
        assert "…" not in everything(app)
        assert all(len("".join(text for text, _tone in line)) <= 76 for line in page.lines)
        await pilot.press("pagedown", "pagedown")
        assert page.top + page.size.height == len(page.lines)


def test_aliases_stand_on_the_line_of_their_command() -> None:
    lines = ["".join(text for text, _tone in line) for line in _laid_out(sections(CHAT_HELP), 76)]
    for command in COMMANDS:
        if len(command.names) > 1:
            assert any(" ".join(f"/{name}" for name in command.names) in line for line in lines), command.id


async def test_it_scrolls_and_says_where_one_is() -> None:
    app = DialogApp()
    async with app.run_test(size=(80, 14)) as pilot:
        await app.show(HelpScreen())
        await pilot.pause()
        assert "Everywhere" in screen_text(app)[1]
        assert "1–12/" in screen_text(app)[-1]
        await pilot.press("j")
        assert "2–13/" in screen_text(app)[-1]
        await pilot.press("pagedown")
        assert "13–24/" in screen_text(app)[-1]
        await pilot.press("G")
        assert "3 @   unread, mentioned" in screen_text(app)[-2]
        await pilot.press("j", "g", "k")
        assert "1–12/" in screen_text(app)[-1]


async def test_a_word_leaves_what_has_to_do_with_it_and_finds_what_other_screens_have() -> None:
    app = DialogApp()
    async with app.run_test(size=(80, 24)) as pilot:
        await app.show(HelpScreen())
        assert "Bookmark" not in everything(app)
        await pilot.press("G", "slash", *"recall")
        text = everything(app)
        assert "/revoke" in text
        assert "/goto" not in text
        await pilot.press("ctrl+u", *"bookmark")
        assert "Files" in everything(app) and "Alt+B" in everything(app)
        await pilot.press("ctrl+u", *"no such thing")
        assert "No matches." in everything(app)
        await pilot.press("escape")
        assert "/goto" in everything(app)
        assert isinstance(app.screen, HelpScreen)
        await pilot.press("escape")
        assert app.results == [None]


async def test_keys_after_enter_scroll_what_was_found() -> None:
    app = DialogApp()
    async with app.run_test(size=(50, 8)) as pilot:
        await app.show(HelpScreen())
        await pilot.press("slash", *"message", "enter", "j")
        assert app.screen.query_one(Page).top == 1
        await pilot.press("q", "question_mark")
        assert app.results == [None]


async def test_one_column_when_narrow_and_one_page_when_wide() -> None:
    app = DialogApp()
    async with app.run_test(size=(140, 48)) as pilot:
        await app.show(HelpScreen())
        await pilot.pause()
        page = app.screen.query_one(Page)
        wide = len(page.lines)
        assert page.size.height == wide
        await pilot.resize_terminal(50, 20)
        await pilot.pause()
        assert len(page.lines) > wide * 3 // 2


# ---------------------------------------------------------------- on every screen


def screens(base: type[LeavesOnce[object]]) -> Iterator[type[LeavesOnce[object]]]:
    for one in base.__subclasses__():
        if one.__module__.startswith("tui."):
            yield one
        yield from screens(one)


def test_every_screen_names_its_areas_of_the_help() -> None:
    for found in pkgutil.walk_packages(tui.screens.__path__, "tui.screens."):
        importlib.import_module(found.name)
    bases = {Modal, FilterDialog, ListDialog, HelpScreen}
    assert {one.__name__ for one in screens(LeavesOnce) if not one.HELP_AREAS and one not in bases} == set()


@pytest.mark.usefixtures("logged_in")
async def test_f1_shows_the_keys_of_each_screen(sandbox: Sandbox) -> None:
    wanted = {
        ("f1",): "Everywhere",
        ("ctrl+k",): "Finder",
        ("ctrl+o",): "Files",
        ("ctrl+t",): "Uploads",
        ("f3",): "Search",
        ("tab", "o"): "Details",
        ("tab", "u"): "Question",
    }
    async with run_program(sandbox, size=(80, 24)) as program:
        await program.opened("张三")
        await program.type("hello")
        await program.press("enter")
        await program.sees("✓")
        chat = program.chat
        for keys, title in wanted.items():
            await program.press(*keys)
            await program.until(lambda: program.app.screen is not chat)
            if not isinstance(program.app.screen, HelpScreen):
                await program.press("f1")
                await program.until(lambda: isinstance(program.app.screen, HelpScreen))
            assert page_of(program)[0].startswith(f"{title} ─")
            await program.press("f1")
            await program.until(lambda: not isinstance(program.app.screen, HelpScreen))
            await program.press_until("escape", lambda: program.app.screen is chat)
            await program.press("escape")


async def test_the_pickers_help_is_one_page_on_a_usual_screen() -> None:
    app = DialogApp()
    async with app.run_test(size=(80, 24)) as pilot:
        await app.show(HelpScreen(FilePicker.HELP_AREAS))
        await pilot.pause()
        assert "1–" not in screen_text(app)[-1]


def test_the_pickers_help_says_that_typing_goes_to_a_name() -> None:
    [files] = sections([Area.FILES])
    assert any(entry.keys == "abc" for entry in files.entries)


@pytest.mark.usefixtures("logged_in")
async def test_f1_in_a_question_shows_its_answers_and_answers_nothing(sandbox: Sandbox) -> None:
    async with run_program(sandbox, size=(80, 24)) as program:
        await program.opened("张三")
        await program.type("hello")
        await program.press("enter")
        await program.sees("✓")
        await program.press("tab", "u")
        await program.until(lambda: isinstance(program.app.screen, Question))
        await program.press("f1")
        await program.until(lambda: isinstance(program.app.screen, HelpScreen))
        assert page_of(program)[1].split()[:3] == ["y", "recall", "Esc"]
        assert len(page_of(program)) == 2
        await program.press("y", "escape")
        await program.until(lambda: isinstance(program.app.screen, Question))
        await program.answer("escape")


def test_a_persons_own_keys_are_shown(own_keys: OwnKeys) -> None:
    own_keys({"goto": ["ctrl+g", "f8"]})
    entries = {entry.names: entry for section in sections(CHAT_HELP) for entry in section.entries}
    assert entries["/goto /query /pm /dm"].keys == "Ctrl+G F8"


def test_keys_have_the_names_of_the_keyboard() -> None:
    keys = (
        "ctrl+k",
        "question_mark",
        "slash",
        "Y",
        "escape",
        "shift+tab",
        "alt+up",
        "f1",
        "full_stop",
        "ctrl+underscore",
    )
    assert [shown_key(key) for key in keys] == [
        "Ctrl+K",
        "?",
        "/",
        "Y",
        "Esc",
        "Shift+Tab",
        "Alt+↑",
        "F1",
        ".",
        "Ctrl+_",
    ]
