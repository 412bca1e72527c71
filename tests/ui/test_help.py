"""The help says everything that can be done, and with whose keys."""

from __future__ import annotations

import pytest

from tests.support.dialog_app import DialogApp
from tests.support.screen_text import screen_text
from tests.ui.conftest import OwnKeys
from tui.commands import COMMANDS
from tui.keymap import shown_key
from tui.screens.dialogs.help import HelpScreen
from tui.screens.dialogs.help_text import sections
from tui.widgets.base.page import Page
from tui.widgets.conversation_list.conversation_list import DRAFT, SIGNS


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
            for key in (*command.keys, *command.quiet_keys):
                assert shown_key(key) in words
        for sign in (*SIGNS.values(), DRAFT):
            assert sign in words
        assert all(line[-1] in "╮│╯" for line in screen_text(app) if line.startswith(("╭", "│", "╰")))


async def test_nothing_is_cut_at_80_columns() -> None:
    app = DialogApp()
    async with app.run_test(size=(80, 24)) as pilot:
        await app.show(HelpScreen())
        await pilot.pause()
        assert screen_text(app)[0].startswith("╭─ Help ")
        assert "…" not in everything(app).replace("[file…]", "")


async def test_it_scrolls_and_says_where_one_is() -> None:
    app = DialogApp()
    async with app.run_test(size=(80, 24)) as pilot:
        await app.show(HelpScreen())
        await pilot.pause()
        assert "Everywhere" in screen_text(app)[1]
        assert "1–22/" in screen_text(app)[-1]
        await pilot.press("j")
        assert "2–23/" in screen_text(app)[-1]
        await pilot.press("pagedown")
        assert "23–44/" in screen_text(app)[-1]
        await pilot.press("G")
        assert "still be taken back" in screen_text(app)[-2]
        await pilot.press("j", "g", "k")
        assert "1–22/" in screen_text(app)[-1]


async def test_a_word_leaves_what_has_to_do_with_it() -> None:
    app = DialogApp()
    async with app.run_test(size=(80, 24)) as pilot:
        await app.show(HelpScreen())
        await pilot.press("G", "slash", *"recall")
        text = everything(app)
        assert "/revoke" in text
        assert "/goto" not in text
        await pilot.press("ctrl+u", *"no such thing")
        assert "Nothing has to do with this." in everything(app)
        await pilot.press("escape")
        assert "/goto" in everything(app)
        assert isinstance(app.screen, HelpScreen)
        await pilot.press("escape")
        assert app.results == [None]


async def test_keys_after_enter_scroll_what_was_found() -> None:
    app = DialogApp()
    async with app.run_test(size=(50, 12)) as pilot:
        await app.show(HelpScreen())
        await pilot.press("slash", *"message", "enter", "j")
        assert app.screen.query_one(Page).top == 1
        await pilot.press("q", "question_mark")
        assert app.results == [None]


async def test_two_columns_when_wide() -> None:
    app = DialogApp()
    async with app.run_test(size=(140, 40)) as pilot:
        await app.show(HelpScreen())
        await pilot.pause()
        top = next(line for line in screen_text(app) if "Everywhere" in line)
        assert len(top.replace("│", " ").split()) > 1
        wide = len(app.screen.query_one(Page).lines)
        await pilot.resize_terminal(80, 24)
        await pilot.pause()
        assert len(app.screen.query_one(Page).lines) > wide * 5 // 4


def test_a_persons_own_keys_are_shown(own_keys: OwnKeys) -> None:
    own_keys({"goto": ["ctrl+g", "f4"]})
    entries = {entry.words: entry for section in sections() for entry in section.entries}
    assert entries["/goto [name|date]"].keys == "Ctrl+G F4"
    assert entries["/goto [name|date]"].also == "/query /pm /dm"


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
