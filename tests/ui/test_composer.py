"""The bar: what keys and pastes make of it, what it sends, what it draws and where its caret is."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from textual import events
from textual.geometry import Region
from textual.pilot import Pilot

from tests.support.emoji import FAMILY
from tests.support.examples import examples
from tests.support.screen_text import screen_text
from tests.support.text_fields_app import TextFieldsApp, type_burst
from tui.commands import Mistake
from tui.paste import is_one_path
from tui.terminal.graphemes import cell_len
from tui.widgets.composer.composer import Composer


async def paste(pilot: Pilot[object], text: str) -> None:
    assert pilot.app.focused is not None
    pilot.app.focused.post_message(events.Paste(text))
    await settle(pilot)


async def settle(pilot: Pilot[object]) -> None:
    await pilot.pause()
    await pilot.app.workers.wait_for_complete()
    await pilot.pause()


async def test_enter_sends_and_empties_the_bar() -> None:
    app = TextFieldsApp()
    async with app.run_test(size=(40, 12)) as pilot:
        app.bar.placeholder = "Message, or / for commands"
        await pilot.press(*"hi", "space", "你", "enter")
        assert app.sent() == [("hi 你", ())]
        assert app.bar.text == ""
        assert screen_text(app)[-1] == "› Message, or / for commands"


@pytest.mark.parametrize("key", ["alt+enter", "ctrl+j", "shift+enter"])
async def test_a_new_line(key: str) -> None:
    app = TextFieldsApp()
    async with app.run_test(size=(40, 12)) as pilot:
        await pilot.press("a", key, "b")
        assert screen_text(app)[-2:] == ["› a", "  b"]
        assert not app.sent()


async def test_nothing_is_not_sent() -> None:
    app = TextFieldsApp()
    async with app.run_test() as pilot:
        await pilot.press("enter", "space", "enter")
        assert not app.sent()


@pytest.mark.parametrize(
    ("typed", "keys", "text"),
    [
        ("one two", ["ctrl+a", "X"], "Xone two"),
        ("one two", ["ctrl+a", "ctrl+e", "X"], "one twoX"),
        ("one two", ["ctrl+b", "ctrl+b", "ctrl+f", "X"], "one twXo"),
        ("one two", ["alt+b", "X"], "one Xtwo"),
        ("one two", ["ctrl+a", "alt+f", "X"], "oneX two"),
        ("one two", ["ctrl+w"], "one "),
        ("a one/two", ["alt+backspace"], "a one/"),
        ("one two", ["ctrl+a", "alt+d"], " two"),
        ("one two", ["alt+b", "ctrl+u"], "two"),
        ("one two", ["alt+b", "ctrl+u", "ctrl+e", "ctrl+y"], "twoone "),
        ("ab", ["ctrl+t"], "ba"),
        ("ab", ["ctrl+a", "ctrl+d"], "b"),
        ("ab", ["left", "delete"], "a"),
        ("ab", ["ctrl+h"], "a"),
        ("ab", ["ctrl+underscore"], ""),
        ("ab", ["ctrl+underscore", "alt+z"], "ab"),
        ("ab", ["home", "right", "X", "end", "Y"], "aXbY"),
        (f"a{FAMILY}", ["backspace"], "a"),
    ],
)
async def test_keys_of_readline_edit_the_bar(typed: str, keys: list[str], text: str) -> None:
    app = TextFieldsApp()
    async with app.run_test() as pilot:
        app.bar.insert(typed)
        await pilot.press(*keys)
        assert app.bar.text == text


async def test_keys_are_handled_in_their_order() -> None:
    """Letters and bound keys of one packet must not overtake each other."""
    app = TextFieldsApp()
    async with app.run_test() as pilot:
        for _ in range(20):
            for name in ("a", "b", "backspace", "left", "c", "ctrl+e"):
                app.bar.post_message(events.Key(name, name if len(name) == 1 else None))
        await pilot.pause()
        assert app.bar.text == "ca" * 20


async def test_grows_to_six_lines_and_scrolls() -> None:
    app = TextFieldsApp()
    async with app.run_test(size=(40, 14)) as pilot:
        for number in range(9):
            app.bar.insert(f"line {number}" + ("\n" if number < 8 else ""))
        await pilot.pause()
        assert app.bar.size.height == 6
        assert screen_text(app)[-6:] == ["↑ line 3", "  line 4", "  line 5", "  line 6", "  line 7", "  line 8"]
        await pilot.press(*["up"] * 8)
        assert screen_text(app)[-6:] == ["› line 0", "  line 1", "  line 2", "  line 3", "  line 4", "↓ line 5"]
        app.bar.load("")
        await pilot.pause()
        assert app.bar.size.height == 1


async def test_up_and_down_keep_the_column() -> None:
    app = TextFieldsApp()
    async with app.run_test(size=(40, 14)) as pilot:
        app.bar.insert("long line\nx\nlong line")
        await pilot.press("left", "left", "up", "up", "X")
        assert app.bar.text.startswith("long liXne\n")


async def test_history_keeps_what_was_being_typed() -> None:
    app = TextFieldsApp()
    async with app.run_test() as pilot:
        app.bar.use_history(["one", "two"])
        await pilot.press(*"draft", "up")
        assert app.bar.text == "two"
        await pilot.press("up", "!", "down", "down")
        assert app.bar.text == "draft"
        await pilot.press("up", "up")
        assert app.bar.text == "one!"
        assert app.heard == []
        await pilot.press("up")
        assert app.heard == ["up"]
        await pilot.press("down", "down", "down")
        assert app.bar.text == "draft"
        assert app.heard == ["up", "down"]


async def test_what_was_sent_is_remembered_once() -> None:
    app = TextFieldsApp()
    async with app.run_test() as pilot:
        await pilot.press(*"hi", "enter", *"hi", "enter")
        await pilot.press("up")
        assert app.bar.text == "hi"
        await pilot.press("up")
        assert app.bar.text == "hi"


async def test_a_mistaken_command_stays() -> None:
    app = TextFieldsApp()
    async with app.run_test() as pilot:
        for text in ("/qiut", " /quit", "/quit smoking"):
            app.bar.load(text)
            await pilot.press("enter")
            assert app.bar.text == text
        app.bar.load("/revoke 3", [Path("/gone")])
        await pilot.press("enter")
        assert (app.bar.text, app.bar.attachments) == ("", (Path("/gone"),))


async def test_escape_tab_and_pages_are_for_others() -> None:
    app = TextFieldsApp()
    async with app.run_test() as pilot:
        await pilot.press("escape", "tab", "shift+tab", "pageup", "ctrl+g", "f1")
        assert app.heard == ["escape", "tab", "shift+tab", "pageup", "ctrl+g", "f1"]


async def test_a_persons_own_keys_edit_the_bar() -> None:
    app = TextFieldsApp()
    app.set_keymap({"text.undo": "ctrl+z"})
    async with app.run_test() as pilot:
        await pilot.press(*"ab", "ctrl+z")
        assert app.bar.text == ""


# ---------------------------------------------------------------- pastes


async def test_a_paste_of_lines_is_one_insertion() -> None:
    app = TextFieldsApp()
    async with app.run_test(size=(40, 12)) as pilot:
        await paste(pilot, "one\r\ntwo\rthree\x1b[31m\x07red\x00\n")
        assert app.bar.text == "one\ntwo\nthreered\n"
        assert not app.sent()
        await pilot.press("ctrl+underscore")
        assert app.bar.text == ""


@pytest.mark.parametrize("text", ["x" * 2001, "line\n" * 40 + "last"])
async def test_a_long_paste_is_asked_about_and_not_lost(text: str) -> None:
    app = TextFieldsApp()
    async with app.run_test() as pilot:
        await pilot.press("a")
        await paste(pilot, text)
        assert [one.text for one in app.of(Composer.LongPaste)] == [text]
        assert app.bar.text == "a"
        await pilot.press("ctrl+y")
        assert app.bar.text == "a" + text


async def test_a_paste_at_the_limit_is_inserted() -> None:
    app = TextFieldsApp()
    async with app.run_test() as pilot:
        await paste(pilot, "x" * 2000)
        await paste(pilot, "line\n" * 40)
        assert len(app.bar.text) == 2200
        assert not app.of(Composer.LongPaste)


async def test_keys_of_one_packet_are_keys() -> None:
    app = TextFieldsApp()
    async with app.run_test() as pilot:
        type_burst(app.bar, "first\rsecond\r\tthird\r", 100.0)
        await pilot.pause()
        assert [text for text, _files in app.sent()] == ["first", "second", "third"]


# ---------------------------------------------------------------- files


async def test_a_pasted_path_becomes_a_file(tmp_path: Path) -> None:
    log, other = tmp_path / "build log.txt", tmp_path / "b.png"
    log.write_bytes(b"x" * 1536)
    other.write_bytes(b"y")
    app = TextFieldsApp()
    async with app.run_test(size=(60, 12)) as pilot:
        await paste(pilot, f"'{log}' {other} ")
        assert app.bar.text == ""
        assert list(app.bar.attachments) == [log, other]
        assert screen_text(app)[-2].strip() == "▪ build log.txt 1.5 KiB  ▪ b.png 1 B"
        assert app.bar.size.height == 2
        await pilot.press(*"see", "home", "backspace")
        assert (app.bar.text, list(app.bar.attachments)) == ("see", [log])
        await pilot.press("enter")
        assert app.sent() == [("see", (log,))]
        assert not app.bar.attachments
        assert app.bar.size.height == 1


async def test_a_path_that_is_not_there_stays_text(tmp_path: Path) -> None:
    app = TextFieldsApp()
    async with app.run_test() as pilot:
        await paste(pilot, f"{tmp_path}/gone")
        await paste(pilot, f" {tmp_path}")
        assert app.bar.text == f"{tmp_path}/gone {tmp_path}"
        assert app.bar.attachments == ()


@pytest.mark.parametrize(
    ("text", "like_a_path"),
    [
        ("/etc/gone", True),
        ("~/gone.png", True),
        ("file:///gone", True),
        ("/home/x/two\\ words", True),
        ("'/home/x/quoted'", True),
        ("/etc", False),
        ("/me too", False),
        ("/and/or he said", False),
        ("http://a/b", False),
    ],
)
def test_what_is_so_like_a_path_that_its_absence_is_said(text: str, like_a_path: bool) -> None:
    assert is_one_path(text) is like_a_path


async def test_of_a_typed_path_that_leads_nowhere_it_is_said_and_it_stays() -> None:
    app = TextFieldsApp()
    async with app.run_test() as pilot:
        app.bar.load("/etc/gone.txt")
        await pilot.press("enter")
        await settle(pilot)
        (sent,) = app.of(Composer.Submitted)
        assert isinstance(sent.meaning, Mistake)
        assert str(sent.meaning.sentence).startswith("No such file: “/etc/gone.txt”.")
        assert app.bar.text == "/etc/gone.txt"


async def test_enter_right_after_a_pasted_path_sends_the_file(tmp_path: Path) -> None:
    log = tmp_path / "build.log"
    log.write_bytes(b"x")
    app = TextFieldsApp()
    async with app.run_test() as pilot:
        app.bar.post_message(events.Paste(f'"{log}"'))
        app.bar.post_message(events.Key("enter", "\r"))
        await settle(pilot)
        assert app.sent() == [("", (log,))]


async def test_enter_pressed_twice_on_a_path_that_is_not_there_sends_nothing_with_the_next_paste(
    tmp_path: Path,
) -> None:
    app = TextFieldsApp()
    async with app.run_test() as pilot:
        app.bar.load(f"{tmp_path}/gone")
        for _ in range(2):
            app.bar.post_message(events.Key("enter", "\r"))
        await settle(pilot)
        submitted = app.sent()
        await paste(pilot, f"{tmp_path}/gone")
        assert app.sent() == submitted


async def test_a_typed_path_is_attached_and_no_unknown_command(tmp_path: Path) -> None:
    log = tmp_path / "build.log"
    log.write_bytes(b"x")
    app = TextFieldsApp()
    async with app.run_test() as pilot:
        app.bar.load(str(log))
        await pilot.press("enter")
        await settle(pilot)
        assert (app.sent(), app.bar.text, app.bar.attachments) == ([], "", (log,))
        app.bar.load(f"{log}.gone")
        await pilot.press("enter")
        await settle(pilot)
        assert app.sent() == [(f"{log}.gone", ())]
        assert app.bar.text == f"{log}.gone"


async def test_a_draft_knows_what_is_gone(tmp_path: Path) -> None:
    app = TextFieldsApp()
    async with app.run_test(size=(60, 12)) as pilot:
        app.bar.load("text", [tmp_path / "gone.txt"])
        await settle(pilot)
        assert screen_text(app)[-2:] == ["  ▪ gone.txt is gone", "› text"]


async def test_many_files_fit_in_one_line(tmp_path: Path) -> None:
    paths = [tmp_path / f"文件{number}名字很长很长很长很长\x1b很长.log" for number in range(20)]
    app = TextFieldsApp()
    async with app.run_test(size=(40, 12)) as pilot:
        app.bar.attach(paths)
        await settle(pilot)
        line = screen_text(app)[-2]
        assert cell_len(line) <= 40
        assert "+19" in line and "\x1b" not in line


# ---------------------------------------------------------------- drawing


async def test_a_letter_redraws_its_line_only() -> None:
    app = TextFieldsApp()
    async with app.run_test(size=(40, 14)) as pilot:
        app.bar.insert("one\ntwo\nthree")
        await pilot.press("up")
        app.bar.stale = []
        await pilot.press("X")
        assert app.bar.stale == [Region(0, 1, 40, 1)]
        app.bar.stale = []
        await pilot.press("left")
        assert app.bar.stale == [Region(5, 1, 1, 1)]


async def test_typing_causes_no_layout() -> None:
    app = TextFieldsApp()
    async with app.run_test(size=(40, 14)) as pilot:
        await pilot.press("a")
        before = app.screen._layout_updates
        await pilot.press(*"bcd", "left", "backspace")
        assert app.screen._layout_updates == before


@pytest.mark.parametrize(
    ("text", "caret"),
    [
        ("", (2, 0)),
        ("ab", (4, 0)),
        ("你好", (6, 0)),
        (FAMILY, (4, 0)),
        ("e\u0301", (3, 0)),
        ("a\n", (2, 1)),
        ("x" * 18, (2, 1)),
        ("x" * 17, (19, 0)),
        ("中" * 9, (2, 1)),
        ("\u202e", (10, 0)),
        ("a\tb", (8, 0)),
    ],
)
async def test_where_the_caret_is(text: str, caret: tuple[int, int]) -> None:
    app = TextFieldsApp()
    async with app.run_test(size=(20, 14)) as pilot:
        app.bar.load(text)
        await pilot.pause()
        assert app.bar.caret == caret


async def test_an_input_method_types_an_emoji_piece_by_piece() -> None:
    app = TextFieldsApp()
    async with app.run_test() as pilot:
        for char in FAMILY + "\u3000":
            app.bar.post_message(events.Key("x", char))
        await pilot.pause()
        assert app.bar.text == FAMILY + "\u3000"


async def test_a_click_puts_the_caret_there() -> None:
    app = TextFieldsApp()
    async with app.run_test(size=(20, 10)) as pilot:
        app.bar.insert("你好吗\nab")
        await pilot.pause()
        await pilot.click(app.bar, offset=(4, 0))
        await pilot.press("X")
        assert app.bar.text == "你X好吗\nab"


async def test_narrower_and_wider() -> None:
    app = TextFieldsApp()
    async with app.run_test(size=(40, 12)) as pilot:
        app.bar.insert("word " * 12)
        await pilot.pause()
        assert app.bar.size.height == 2
        await pilot.resize_terminal(20, 12)
        await pilot.pause()
        assert app.bar.size.height == 4
        await pilot.resize_terminal(80, 12)
        await pilot.pause()
        assert app.bar.size.height == 1


HOSTILE = st.text(
    st.one_of(
        st.characters(),
        st.sampled_from("\x1b\x07\u202e\u2066\u200d\ufe0f\u0301\t\n\r[/]@你👩🇨"),
    ),
    max_size=120,
)


async def test_whatever_stands_there_is_inert_and_fits() -> None:
    app = TextFieldsApp()
    async with app.run_test(size=(30, 12)) as pilot:

        @settings(max_examples=examples(60), deadline=None)
        @given(text=HOSTILE)
        def look(text: str) -> None:
            app.bar.load(text)
            for y in range(app.bar._input.height):
                strip = app.bar.draw(y, 30)
                assert strip.cell_length == 30 == cell_len(strip.text)
                assert not set(strip.text) & set("\x1b\x07\u202e\u2066\r\n\t")
            x, y = app.bar.caret or (-1, -1)
            assert 2 <= x < 30 and 0 <= y < 6

        await asyncio.sleep(0)
        look()
        await pilot.pause()
