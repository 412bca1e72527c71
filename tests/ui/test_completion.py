"""Completion: what is asked, what is offered, what the keys of the rows above the bar do."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from textual.pilot import Pilot

from tests.support.screen_text import screen_text
from tests.support.text_fields_app import TextFieldsApp
from tui.terminal.graphemes import cell_len
from tui.widgets.composer.completions import CompletionKind, Providers, answers, paths, question
from tui.widgets.composer.emoji_names import emoji_like, emoji_named, emoticons_like
from tui.wire.emoticons import EMOTICONS


@pytest.mark.parametrize(
    ("text", "about", "word"),
    [
        ("/", CompletionKind.COMMAND, ""),
        ("/re", CompletionKind.COMMAND, "re"),
        ("/send ", CompletionKind.PATH, ""),
        ("/send a b", CompletionKind.PATH, "b"),
        ("/send a\\ b", CompletionKind.PATH, "a\\ b"),
        ("/send 'a b", CompletionKind.PATH, "'a b"),
        ("/revoke 1 2", CompletionKind.MESSAGE, "2"),
        ("/goto some one", CompletionKind.CONVERSATION, "some one"),
        ("/search x", CompletionKind.NOTHING, "x"),
        ("/mute ", CompletionKind.WORDS, ""),
        ("/group ", CompletionKind.WORDS, ""),
        ("/group ad", CompletionKind.WORDS, "ad"),
        ("/group add ", CompletionKind.PERSON, ""),
        ('/group new 张三 "Bob M', CompletionKind.PERSON, '"Bob M'),
        ("/group new 张三, Bob M", CompletionKind.PERSON, "Bob M"),
        ("/group remove 张", CompletionKind.GROUP_MEMBER, "张"),
        ("/group rename x", CompletionKind.NOTHING, "rename x"),
        ("@", CompletionKind.MEMBER, ""),
        ("hi @张", CompletionKind.MEMBER, "张"),
        ("你好@张", CompletionKind.MEMBER, "张"),
        (":smi", CompletionKind.EMOJI, "smi"),
        ("hi :+1", CompletionKind.EMOJI, "+1"),
        ("hi\n:微", CompletionKind.EMOJI, "微"),
        ("[微", CompletionKind.EMOTICON, "微"),
        ("好的[wei", CompletionKind.EMOTICON, "wei"),
    ],
)
def test_a_word_at_the_caret_is_completed(text: str, about: CompletionKind, word: str) -> None:
    asked = question(text, len(text))
    assert asked is not None
    assert (asked.about, asked.word, text[asked.start : asked.end]) == (about, word, text[asked.start : asked.end])


@pytest.mark.parametrize(
    "text",
    [
        "", "hi", "//x", " /x", "/nope x", "me@example", "@张三\u2005", "@a b", "10:30", "at 10:30", "http://", "x:smi",
        ":D", ":)", ": smi", "::", "地点:公", "a[i", "a[0", "[微笑]", "[ x", "好:smile",
    ],
)  # fmt: skip
def test_nothing_is_completed_elsewhere(text: str) -> None:
    assert question(text, len(text)) is None


@given(text=st.text(alphabet="/@ send'\\\"\n张\u2005", max_size=30), caret=st.integers(0, 30))
def test_a_question_is_about_what_stands_before_the_caret(text: str, caret: int) -> None:
    caret = min(caret, len(text))
    asked = question(text, caret)
    if asked is not None:
        assert 0 <= asked.start <= asked.end == caret
        assert text[asked.start : asked.end].endswith(asked.word)


def test_people_of_a_group_change_are_completed_as_words() -> None:
    known = Providers(
        conversations=lambda: ["Bob Miller", "项目群", "张三"],
        members=lambda: ["张三（组长）", "Al, B"],
        kinds=lambda: {"项目群": "group"},
    )

    def found(text: str) -> list[str]:
        asked = question(text, len(text))
        assert asked is not None
        return [one.insert for one in answers(asked, known)]

    assert found("/group re") == ["remove ", "rename "]
    assert found("/group new ") == ['"Bob Miller" ', "张三 "]
    assert found('/group add 张三 "bo') == ['"Bob Miller" ']
    assert found("/group remove a") == ['"Al, B" ']


def test_a_setting_whose_form_is_not_plain_offers_an_example() -> None:
    asked = question("/set quiet ", len("/set quiet "))
    assert asked is not None
    assert [one.insert for one in answers(asked, Providers())] == ["quiet 23:00-08:00", "quiet default"]


def test_paths_are_completed_with_what_is_there(tmp_path: Path) -> None:
    (tmp_path / "sub dir").mkdir()
    for name in ("build.log", "Build 2.log", ".hidden", "old-build.txt", "你好.txt", "a\nb", "esc\x1b.txt"):
        (tmp_path / name).write_bytes(b"")

    def found(word: str) -> list[tuple[str, str]]:
        return [(one.label, one.insert) for one in paths(word, tmp_path)]

    assert found("sub") == [("sub dir/", "sub\\ dir/")]
    assert found("build") == [
        ("build.log", "build.log "),
        ("Build 2.log", "Build\\ 2.log "),
        ("old-build.txt", "old-build.txt "),
    ]
    assert found("'Build") == [
        ("Build 2.log", "'Build 2.log' "),
        ("build.log", "'build.log' "),
        ("old-build.txt", "'old-build.txt' "),
    ]
    assert found(".h") == [(".hidden", ".hidden ")]
    assert [label for label, _ in found("")] == ["sub dir/", "Build 2.log", "build.log", "old-build.txt", "你好.txt"]
    assert found(f"{tmp_path}/你") == [("你好.txt", f"{tmp_path}/你好.txt ")]
    assert found("nowhere/x") == []
    assert found("~") == [("~/", "~/")]
    assert found("~nobody-of-that-name/") == []


def test_names_are_found_by_pinyin_too() -> None:
    providers = Providers(lambda: ["项目计划", ("Bob", "laobo"), "Anna"], lambda: ["张三", "李四"])
    asked = question("/goto xmjh", 10)
    assert asked is not None
    assert [one.label for one in answers(asked, providers)] == ["项目计划"]
    asked = question("/goto lao", 9)
    assert asked is not None
    assert [one.label for one in answers(asked, providers)] == ["Bob"]
    asked = question("@ls", 3)
    assert asked is not None
    assert [one.insert for one in answers(asked, providers)] == ["@李四\u2005"]


# ---------------------------------------------------------------- with the bar


def world() -> TextFieldsApp:
    app = TextFieldsApp()
    app.bar.completing.providers.members = lambda: ["张三", "李四", "evil\x1b[31m[/b]"]
    app.bar.completing.providers.messages = lambda: [("1", "你好"), ("2", "ok"), ("12", "again")]
    app.bar.completing.providers.conversations = lambda: [f"name {number}" for number in range(1000)]
    return app


async def settle(pilot: Pilot[object]) -> None:
    await pilot.app.workers.wait_for_complete()
    await pilot.pause()


async def test_commands_are_offered_above_the_bar() -> None:
    app = world()
    async with app.run_test(size=(60, 14)) as pilot:
        await pilot.press("/", "r", "e", "t")
        assert screen_text(app)[-1] == "› /ret"
        row = screen_text(app)[-2]
        assert (row[:48].rstrip(), row[48:].strip()) == ("  /retry [n|MsgID]  Send a failed message again", "Tab")
        assert app.completion.region.bottom == app.bar.region.y
        await pilot.press("tab")
        assert app.bar.text == "/retry "
        await pilot.press("escape", "enter")
        assert app.sent() == [("/retry ", ())]
        assert not app.completion.display


async def test_at_most_six_rows_and_the_list_scrolls() -> None:
    app = world()
    async with app.run_test(size=(60, 14)) as pilot:
        await pilot.press("/")
        assert app.completion.region.height == 6
        count = len(app.completion.suggestions)
        assert screen_text(app)[-2].endswith(f"6 of {count}"), "there are more"
        await pilot.press("tab", "tab")
        assert screen_text(app)[-2].endswith(f"2 of {count}"), "Tab goes on to the next"
        await pilot.press(*["down"] * 6)
        lines = screen_text(app)[-7:-1]
        assert [line.startswith("›") for line in lines] == [False] * 5 + [True]
        assert lines[-1].endswith(f"8 of {count}")
        await pilot.press(*["up"] * 8)
        assert app.completion.cursor == len(app.completion.suggestions) - 1


async def test_enter_sends_unless_a_row_is_chosen() -> None:
    app = world()
    async with app.run_test(size=(60, 14)) as pilot:
        await pilot.press("/", "q", "enter")
        assert app.sent() == [("/q", ())]
        await pilot.press("/", "r", "e", "down", "down", "enter")
        assert app.bar.text == "/reply "
        await pilot.press("down", "enter")
        assert app.bar.text == "/reply 1 "
        assert not app.completion.display


async def test_escape_closes_and_stays_closed_for_this_word() -> None:
    app = world()
    async with app.run_test(size=(60, 14)) as pilot:
        await pilot.press("/", "r", "escape", "e")
        assert not app.completion.display
        assert app.heard == []
        await pilot.press("escape")
        assert app.heard == ["escape"]
        await pilot.press("ctrl+u", "/")
        assert app.completion.display


async def test_members_of_a_group() -> None:
    app = world()
    async with app.run_test(size=(60, 14)) as pilot:
        await pilot.press(*"hi", "space", "@")
        assert [line.strip() for line in screen_text(app)[-4:-1]] == ["@张三", "@李四", "@evil␛[31m[/b]"]
        await pilot.press("l", "s", "tab", "!")
        assert app.bar.text == "hi @李四\u2005!"
        app.bar.completing.providers.members = list
        await pilot.press("space", "@")
        assert not app.completion.display


async def test_paths_are_offered_and_folders_entered(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "logs").mkdir()
    (tmp_path / "logs" / "build 1.log").write_bytes(b"")
    (tmp_path / "logs" / "build 2.log").write_bytes(b"")
    monkeypatch.chdir(tmp_path)
    app = world()
    async with app.run_test(size=(60, 14)) as pilot:
        app.bar.insert("/send lo")
        await settle(pilot)
        assert screen_text(app)[-3].startswith("  /send [file…]  Send files")
        assert screen_text(app)[-2].split() == ["logs/", "Tab"]
        await pilot.press("tab")
        await settle(pilot)
        assert app.bar.text == "/send logs/"
        await pilot.press("tab")
        await settle(pilot)
        assert app.bar.text == "/send logs/build"
        await pilot.press("down", "enter")
        assert app.bar.text == "/send logs/build\\ 1.log "


async def test_what_is_chosen_is_laid_under_to_the_end_of_its_row() -> None:
    app = world()
    async with app.run_test(size=(60, 14)) as pilot:
        await pilot.press("@", "tab")
        row = app.completion.draw(0, 60)
        laid_under = app.completion.theme_styles.chosen
        assert row.cell_length == 60
        assert all(style is not None and laid_under + style == style for _text, style, _control in row)


async def test_a_group_and_a_number_stand_at_the_end_of_a_row() -> None:
    app = world()
    app.bar.completing.providers.group = lambda: "项目组"
    async with app.run_test(size=(60, 14)) as pilot:
        await pilot.press("@")
        assert [line.split()[-1] for line in screen_text(app)[-4:-1]] == ["项目组"] * 3
        await pilot.press("ctrl+u", *"/revoke", "space")
        app.bar.completing.providers.recallable = lambda: [("1", "你好")]
        await pilot.press("backspace", "space")
        assert screen_text(app)[-2].split() == ["你好", "1", "·", "Tab"]
        app.bar.completing.providers.kinds = lambda: {"name 7": "group"}
        await pilot.press("ctrl+u", *"/goto", "space", *"name", "space", "7")
        await settle(pilot)
        assert any(line.split() == ["name", "7", "group"] for line in screen_text(app))


async def test_of_a_path_that_leads_nowhere_it_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "empty").mkdir()
    monkeypatch.chdir(tmp_path)
    app = world()
    async with app.run_test(size=(60, 14)) as pilot:
        app.bar.insert("/send gone.txt")
        await settle(pilot)
        assert screen_text(app)[-2].strip() == "No such file."
        app.bar.load("")
        app.bar.insert("/send empty/")
        await settle(pilot)
        assert "No such file." not in "".join(screen_text(app)), "it is there, and empty"


async def test_many_names_are_ranked_beside_the_loop() -> None:
    app = world()
    async with app.run_test(size=(60, 14)) as pilot:
        app.bar.insert("/goto 99")
        await settle(pilot)
        await settle(pilot)
        assert any(line.strip() == "name 99" for line in screen_text(app))


async def test_a_click_takes_a_row() -> None:
    app = world()
    async with app.run_test(size=(60, 14)) as pilot:
        await pilot.press("@")
        await pilot.click(app.completion, offset=(4, 1))
        assert app.bar.text == "@李四\u2005"


# ---------------------------------------------------------------- emoji


@pytest.mark.parametrize(
    ("word", "emoji"),
    [("smile", "😄"), ("SMILE", "😄"), ("hear", "❤️"), ("tada", "🎉"), ("微笑", "☺️"), ("weixiao", "☺️"), ("xkl", "😂")],
)
def test_emoji_are_found_by_english_and_chinese_names_and_pinyin(word: str, emoji: str) -> None:
    assert emoji_like(word, 3)[0][0] == emoji


@pytest.mark.parametrize(
    ("word", "name"),
    [("微", "微笑"), ("wei", "微笑"), ("smi", "Smile"), ("fad", "发呆"), ("wuy", "无语"), ("旺", "旺柴")],
)
def test_wechats_own_are_found_by_their_names_and_pinyin(word: str, name: str) -> None:
    assert name in [one for _emoji, one in emoticons_like(word, 50)][:2]


def test_every_name_of_an_emoji_can_be_typed_and_every_bracket_is_read_as_one() -> None:
    for letter in "abcdefghijklmnopqrstuvwxyz":
        for emoji, name in emoji_like(letter, 2000):
            assert emoji_named(name) or not name.isascii()
            assert cell_len(emoji) in (1, 2)
        for _emoji, name in emoticons_like(letter, 500):
            assert f"[{name}]" in EMOTICONS


async def test_tab_takes_an_emoji_and_enter_sends_what_stands_there() -> None:
    app = world()
    async with app.run_test(size=(60, 14)) as pilot:
        await pilot.press(*"hi", "space", ":", *"smi")
        await settle(pilot)
        first = screen_text(app)[-7]
        assert "smile" in first
        assert first.endswith("Tab"), "the row that Tab takes says so"
        await pilot.press("enter")
        assert app.sent() == [("hi :smi", ())]
        await pilot.press(":", *"smi")
        await settle(pilot)
        await pilot.press("tab")
        assert app.bar.text == "😄"
        assert not app.completion.display
        await pilot.press("ctrl+u", ":", *"smi")
        await settle(pilot)
        second = app.completion.suggestions[1]
        await pilot.press("down", "down", "enter")
        assert (app.bar.text, len(app.sent())) == (second.insert, 1), "a row that one went to is taken"


async def test_an_emoticon_of_wechat_completes_to_its_bracket() -> None:
    app = world()
    collected: list[str] = []
    app.bar.completing.providers.conversations = lambda: collected
    app.bar.completing.providers.kinds = lambda: dict.fromkeys(collected.append("all of them") or collected, "")
    async with app.run_test(size=(60, 14)) as pilot:
        app.bar.insert("好的[wei")
        await settle(pilot)
        assert collected == [], "an emoticon needs no names of conversations"
        await pilot.press("tab")
        assert app.bar.text == "好的[微笑]"


async def test_a_name_between_colons_becomes_its_emoji_and_undo_brings_the_letters_back() -> None:
    app = world()
    async with app.run_test(size=(60, 14)) as pilot:
        await pilot.press(":", *"tada", ":")
        assert app.bar.text == "🎉"
        await pilot.press("ctrl+underscore")
        assert app.bar.text == ":tada:"
        await pilot.press("ctrl+u", *"at", "space", "1", "0", ":", "3", "0", ":", "space", ":", *"nosuch", ":")
        assert app.bar.text == "at 10:30: :nosuch:"
        await pilot.press("ctrl+u", *"see", ":", *"tada", ":")
        assert app.bar.text == "see:tada:"


async def test_history_is_walked_through_commands() -> None:
    app = world()
    async with app.run_test(size=(60, 14)) as pilot:
        app.bar.use_history(["one", "/revoke 1", "/send"])
        await pilot.press("up", "up", "up")
        assert app.bar.text == "one"
