"""The one-line field."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from textual import events

from tests.support.emoji import FAMILY
from tests.support.examples import examples
from tests.support.screen_text import screen_text
from tests.support.text_fields_app import TextFieldsApp
from tui.terminal.graphemes import cell_len
from tui.widgets.text_input.line_edit import LONGEST, LineEdit


async def test_typing_and_sending() -> None:
    app = TextFieldsApp()
    async with app.run_test(size=(40, 10)) as pilot:
        assert screen_text(app)[0] == "/ filter"
        app.filter.focus()
        await pilot.press(*"ab", "你", "enter")
        assert [one.text for one in app.of(LineEdit.Changed)][-1] == "ab你"
        assert [one.text for one in app.of(LineEdit.Submitted)] == ["ab你"]
        assert screen_text(app)[0] == "/ ab你"
        assert app.filter.caret == (6, 0)


async def test_keys_for_others_go_on() -> None:
    app = TextFieldsApp()
    async with app.run_test(size=(40, 10)) as pilot:
        app.filter.focus()
        keys = ["up", "down", "pageup", "pagedown", "escape", "tab", "shift+tab"]
        await pilot.press("a", *keys)
        assert app.heard == keys


async def test_readline_keys_and_undo() -> None:
    app = TextFieldsApp()
    async with app.run_test(size=(40, 10)) as pilot:
        app.filter.focus()
        await pilot.press(*"one", "space", *"two", "ctrl+w", "ctrl+a", "X", "ctrl+underscore")
        assert app.filter.text == "one "
        await pilot.press("ctrl+u", "ctrl+y", "ctrl+y")
        assert app.filter.text == "two" or app.filter.text


async def test_a_paste_becomes_one_line() -> None:
    app = TextFieldsApp()
    async with app.run_test(size=(40, 10)) as pilot:
        app.filter.focus()
        app.filter.post_message(events.Paste("one\r\n  two\x1b[31m\tthree\n"))
        await pilot.pause()
        assert app.filter.text == "one two three "
        app.filter.load("x" * (LONGEST + 10))
        await pilot.press("y")
        assert len(app.filter.text) == LONGEST


async def test_load_is_no_change() -> None:
    app = TextFieldsApp()
    async with app.run_test(size=(40, 10)) as pilot:
        app.filter.load("text")
        await pilot.pause()
        assert not app.of(LineEdit.Changed)
        assert screen_text(app)[0] == "/ text"


@pytest.mark.parametrize("text", ["0123456789" * 5, "你好世界" * 12, FAMILY * 30, "a你" * 30])
async def test_scrolls_so_that_the_caret_is_in_sight(text: str) -> None:
    app = TextFieldsApp()
    async with app.run_test(size=(20, 10)) as pilot:
        app.filter.load(text)
        app.filter.focus()
        await pilot.pause()
        for _ in range(len(text) + 2):
            x, _y = app.filter.caret or (-1, 0)
            assert 2 <= x < 20
            app.filter.action_edit("left")
            before = app.filter.draw(0, 20).text
            assert cell_len(before) == 20
        assert app.filter.caret == (2, 0)
        assert screen_text(app)[0].startswith("/ ")
        await pilot.press("end")
        shown = screen_text(app)[0]
        assert shown.endswith(text[-1])


async def test_a_click_puts_the_caret_there() -> None:
    app = TextFieldsApp()
    async with app.run_test(size=(40, 10)) as pilot:
        app.filter.load("你好吗")
        await pilot.click(app.filter, offset=(4, 0))
        await pilot.press("X")
        assert app.filter.text == "你X好吗"


async def test_whatever_stands_there_fits() -> None:
    app = TextFieldsApp()
    async with app.run_test(size=(30, 10)) as pilot:

        @settings(max_examples=examples(80), deadline=None)
        @given(text=st.text(max_size=80), moves=st.integers(0, 80))
        def look(text: str, moves: int) -> None:
            app.filter.load(text)
            for _ in range(moves):
                app.filter.action_edit("left")
            strip = app.filter.draw(0, 30)
            assert strip.cell_length == 30 == cell_len(strip.text)
            assert all(char.isprintable() or ord(char) > 127 for char in strip.text)
            assert 2 <= (app.filter.caret or (0, 0))[0] < 30

        look()
        await pilot.pause()


@pytest.mark.parametrize(
    ("keys", "text"),
    [
        (["x"], "x"),
        (["x", "y"], "xy"),
        (["backspace"], ""),
        (["delete"], ""),
        (["ctrl+w"], ""),
        (["ctrl+u", "ctrl+y"], "old words"),
        (["end", "x"], "old wordsx"),
        (["left", "x"], "old wordxs"),
        (["home", "backspace"], "old words"),
        (["up", "x"], "x"),
        (["x", "ctrl+underscore", "ctrl+underscore"], "old words"),
    ],
)
async def test_a_selected_text_is_replaced_by_what_is_typed_and_kept_by_keys_that_move(
    keys: list[str], text: str
) -> None:
    app = TextFieldsApp()
    async with app.run_test(size=(40, 10)) as pilot:
        app.filter.load("old words")
        app.filter.select_all()
        app.filter.focus()
        await pilot.press(*keys)
        assert app.filter.text == text


async def test_a_paste_replaces_a_selected_text_and_the_selection_is_seen() -> None:
    app = TextFieldsApp()
    async with app.run_test(size=(40, 10)) as pilot:
        app.filter.load("old words")
        app.filter.select_all()
        app.filter.focus()
        await pilot.pause()
        marked = [segment.text for segment in app.filter.draw(0, 40) if segment.style and segment.style.reverse]
        assert marked == ["old words"]
        app.filter.post_message(events.Paste("new"))
        await pilot.pause()
        assert app.filter.text == "new"
        assert not any(segment.style and segment.style.reverse for segment in app.filter.draw(0, 40))
