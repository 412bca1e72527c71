"""Searching in one conversation and in all: keys, marks, and where one comes out."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from functools import partial

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.support.command_line import Wxtui
from tests.support.examples import examples
from tests.support.program_pilot import ProgramPilot, run_program
from tests.support.sandbox_thread import Sandbox
from tests.support.store_files import run_sql
from tests.support.stored_messages import HOSTILE, START, text
from tui.config.settings import Settings
from tui.screens.dialogs.message_search import MessageSearch
from tui.store.models import ExportedMessage
from tui.store.search.tokenizer import query
from tui.terminal.graphemes import cell_len
from tui.widgets.base.styles import THEME_STYLES, Styles, Tone, marked_runs
from tui.widgets.lists.found_list import FoundList, _shown
from tui.widgets.message_log.body_text import body_text_of, highlighted
from tui.wire.bodies import Message, Text
from tui.wire.sync import SyncBatch

NOW = START + timedelta(days=1)


# ---------------------------------------------------------------- marks


def runs_of(said: str, asked: str) -> list[tuple[str, bool]]:
    form = highlighted(body_text_of(text(1, said), show_recalled=True), query(asked))
    return [(words, tone is Tone.FOUND) for paragraph in form.paragraphs for words, tone in paragraph.runs]


@pytest.mark.parametrize(
    ("said", "asked", "marks"),
    [
        ("今天下午开会", "下午", [("今天", False), ("下午", True), ("开会", False)]),
        ("a Build, a building", "build", [("a ", False), ("Build", True), (", a ", False), ("building", True)]),
        ("下午下午", "下午", [("下午下午", True)]),
        ("one\ntwo", "two", [("one", False), ("two", True)]),
        ("nothing", "else", [("nothing", False)]),
        ("[bold]x[/]", "bold", [("[", False), ("bold", True), ("]x[/]", False)]),
        ("ＡＢＣ", "abc", [("ＡＢＣ", True)]),
    ],
)
def test_found_words_are_marked(said: str, asked: str, marks: list[tuple[str, bool]]) -> None:
    assert runs_of(said, asked) == marks


@given(st.lists(st.text("ab字👩\u200d ", max_size=8), max_size=5), st.text("ab字👩 ", max_size=4))
@settings(deadline=None)
def test_marks_change_no_word(pieces: list[str], asked: str) -> None:
    runs = [(piece, Tone.TEXT) for piece in pieces]
    whole = "".join(pieces)
    found = list(marked_runs(runs, query(asked).places(whole)))
    assert "".join(words for words, _ in found) == whole
    assert all(words for words, _ in found)
    strong = "".join(words for words, tone in found if tone is Tone.FOUND)
    assert strong == "".join(whole[begin:end] for begin, end in query(asked).places(whole))


# ---------------------------------------------------------------- a row of what was found


class Alone(FoundList):
    """Draws without an app."""

    @property
    def theme_styles(self) -> Styles:
        return THEME_STYLES["terminal"]


def row(said: str, asked: str, width: int, *, chat: str = "项目群", sender: str = "张三") -> tuple[str, str]:
    """The row, and what of it is marked."""
    rows = Alone(NOW)
    rows._query = query(asked)
    rows.shown = [ExportedMessage(text(1, said), chat, sender)]
    strip = rows.row(0, width, at_cursor=True)
    assert sum(cell_len(segment.text) for segment in strip) == strip.cell_length == width
    shown = "".join(segment.text for segment in strip)
    return shown, "".join(one.text for one in strip if one.style is not None and one.style.underline)


def test_why_nothing_was_found_brings_nothing_hidden() -> None:
    rows = Alone(NOW)
    rows.show("", (), said="“\x1b[2J\u202e” is not a kind of message.")
    shown = rows.draw(0, 60).text
    assert "is not a kind of message." in shown
    assert shown.isprintable()


def test_a_row_says_when_where_who_and_what() -> None:
    shown, strong = row("今天下午开会", "下午", 80)
    assert shown.split() == ["›", "2024-11-21", "项目群", "张三:", "今天下午开会"]
    assert strong == "下午"
    assert row("hi there", "hi", 80, chat="张三")[0].split() == ["›", "2024-11-21", "张三", "hi", "there"]


def test_the_words_are_in_the_row_wherever_they_stand() -> None:
    shown, strong = row("first line\n" + "很长" * 200 + " needle in it " + "x" * 200, "needle", 80)
    assert strong == "needle"
    assert "…" in shown
    assert "first" not in shown
    assert row("needle\nand more", "needle", 80)[0].rstrip().endswith("needle and more")


def test_words_in_a_quote_stand_behind_the_answer() -> None:
    said = "「林小满：周五去爬山吗」\n- - - - - - - - - - - - - - -\n我去！"
    shown, strong = row(said, "爬山", 80)
    assert shown.rstrip().endswith("我去！ > 林小满: 周五去爬山吗") and strong == "爬山"
    assert row(said, "我去", 80)[0].rstrip().endswith("我去！ > 林小满: 周五去爬山吗")
    shown, strong = row(said.replace("我去！", "很长的回答" * 40), "爬山", 80)
    assert "很长的" in shown and strong == "爬山", "neither hides the other"


@given(st.sampled_from(HOSTILE), st.sampled_from(HOSTILE), st.sampled_from(HOSTILE), st.integers(12, 120))
@settings(max_examples=examples(80), deadline=None)
def test_hostile_messages_keep_to_their_row(said: str, asked: str, name: str, width: int) -> None:
    shown, _ = row(said, asked[:40], width, chat=name, sender=name)
    assert not any(ord(char) < 32 or 0x7F <= ord(char) < 0xA0 or "\u202a" <= char <= "\u202e" for char in shown)


def test_the_cut_leaves_the_found_word() -> None:
    runs = _shown("a" * 50 + " 下午 " + "b" * 50, query("下午"), 30)
    assert [words for words, tone in runs if tone is Tone.FOUND] == ["下午"]
    assert cell_len("".join(words for words, _ in runs)) <= 30


# ---------------------------------------------------------------- in the program


async def said(program: ProgramPilot, *texts: str, chat: str = "李四") -> None:
    """Messages of earlier hours, from that contact."""
    store = program.chat.context.store
    contact = next(one for one in await store.contacts() if one.name == chat)
    begin = datetime.now(UTC).replace(microsecond=0) - timedelta(hours=5)
    keys = await store.keys()
    assert keys is not None
    messages = tuple(
        Message(f"{chat}{n}", contact.user_name, contact.user_name, False, begin + timedelta(seconds=n), Text(one), "")
        for n, one in enumerate(texts)
    )
    await store.apply(SyncBatch(messages, (), (), keys))
    await store.mark_read((await store.conversation_for(contact.user_name)).id)


def selected(program: ProgramPilot) -> str:
    message = program.chat.message_log.selected
    assert message is not None
    return message.body.text if isinstance(message.body, Text) else ""


def is_selected(program: ProgramPilot, wanted: str) -> bool:
    return selected(program) == wanted


async def test_a_search_goes_up_and_down_through_a_long_conversation(sandbox: Sandbox, logged_in: Wxtui) -> None:
    async with run_program(sandbox) as program:
        lines = [f"消息 {n}" for n in range(1200)]
        for at in (3, 500, 1000):
            lines[at] = f"下午开会 {at}"
        await said(program, *lines)
        await program.opened("李四")
        await program.type("/search 下午")
        await program.press("enter")
        await program.until(lambda: program.chat.message_log.selected is not None)
        assert selected(program) == "下午开会 1000"
        await program.sees("n next above")
        for key, wanted in (("n", "下午开会 500"), ("n", "下午开会 3"), ("N", "下午开会 500"), ("N", "下午开会 1000")):
            await program.press(key)
            await program.until(partial(is_selected, program, wanted))
            await program.sees(wanted)
        await program.press("N")
        await program.sees("No more matches below.")
        assert program.chat.message_log.sought == "下午"
        await program.press("escape")
        assert program.chat.message_log.sought == ""
        assert program.chat.composer.has_focus


async def test_n_without_a_search_is_a_sentence(sandbox: Sandbox, logged_in: Wxtui) -> None:
    async with run_program(sandbox) as program:
        await said(program, "hello")
        await program.opened("李四")
        await program.press("tab", "n")
        await program.sees("Search first: / searches this conversation.")


async def test_slash_in_the_log_begins_a_search(sandbox: Sandbox, logged_in: Wxtui) -> None:
    async with run_program(sandbox) as program:
        await said(program, "hello")
        await program.opened("李四")
        await program.press("tab", "slash")
        assert program.chat.composer.text == "/search "
        await program.type("nothing like it")
        await program.press("enter")
        await program.sees("No matches.")
        await program.press("tab", "slash")
        await program.type("mute 8h")
        await program.press("enter")
        await program.sees("No matches. If you meant the command: /mute")


async def test_all_conversations_are_searched_and_enter_goes_there(sandbox: Sandbox, logged_in: Wxtui) -> None:
    async with run_program(sandbox) as program:
        await said(program, *(f"消息 {n}" for n in range(300)))
        await said(program, "前面", "明天爬山去吗", *(f"后面 {n}" for n in range(400)), chat="张三")
        await program.opened("李四")
        await program.press("f3")
        await program.sees("Search all conversations")
        await program.type("爬山")
        await program.sees("明天爬山去吗")
        await program.press("enter")
        await program.until(lambda: not isinstance(program.app.screen, MessageSearch))
        await program.until(lambda: program.chat.message_log.selected is not None)
        assert program.chat.conversation is not None
        assert program.chat.conversation.name == "张三"
        assert selected(program) == "明天爬山去吗"
        await program.sees("明天爬山去吗")
        assert program.chat.message_log.has_focus
        assert program.chat.message_log.sought == "爬山"
        await program.opened("李四")
        assert program.chat.message_log.sought == "", "marks belong to the conversation in which was searched"


async def test_all_that_is_found_can_be_paged_through(sandbox: Sandbox, logged_in: Wxtui) -> None:
    async with run_program(sandbox) as program:
        await said(program, *(f"爬山 {n}" for n in range(130)))
        await program.opened("李四")
        await program.type("/grep 爬山")
        await program.press("enter")
        await program.sees("50+")
        screen = program.app.screen
        assert isinstance(screen, MessageSearch)
        for count in (100, 130):
            await program.press("ctrl+end")
            await program.sees(f"{count}+" if count == 100 else " 130 ")
            assert screen.query_one(FoundList).count == count
        await program.press("ctrl+end", "enter")
        await program.until(lambda: program.chat.message_log.selected is not None)
        assert selected(program) == "爬山 0"


async def test_a_quick_enter_takes_what_the_letters_find(sandbox: Sandbox, logged_in: Wxtui) -> None:
    async with run_program(sandbox) as program:
        await said(program, "apple", "pear")
        await program.press("f3")
        await program.sees("Search all conversations")
        for key in ("a", "p", "p", "l", "enter"):
            program.app.simulate_key(key)
        await program.until(lambda: program.chat.message_log.selected is not None)
        assert selected(program) == "apple"


async def test_leaving_changes_nothing(sandbox: Sandbox, logged_in: Wxtui) -> None:
    async with run_program(sandbox) as program:
        await said(program, "apple")
        await program.opened("李四")
        await program.press("f3")
        await program.sees("searches messages")
        await program.type("xyzzy")
        await program.sees("No matches.")
        await program.press("enter", "escape")
        await program.until(lambda: not isinstance(program.app.screen, MessageSearch))
        assert program.chat.message_log.selected is None


async def test_what_is_hidden_is_not_found(sandbox: Sandbox, logged_in: Wxtui) -> None:
    async with run_program(sandbox, settings=Settings(show_recalled=False)) as program:
        await said(program, "open secret", "closed secret")
        store = program.chat.context.store
        await run_sql(store, "UPDATE message SET state = 'recalled' WHERE msg_id = '李四1'")
        await program.opened("李四")
        await program.type("/search secret")
        await program.press("enter")
        await program.until(lambda: program.chat.message_log.selected is not None)
        assert selected(program) == "open secret"
        await program.press("f3")
        await program.sees("open secret")
        await program.idle()
        assert "closed secret" not in program.text


# ---------------------------------------------------------------- filters, and the last search


async def test_filters_narrow_the_search_of_all_conversations_and_mistakes_are_said(
    sandbox: Sandbox, logged_in: Wxtui
) -> None:
    async with run_program(sandbox) as program:
        await said(program, "report of 李四", "other")
        await said(program, "report of 张三", chat="张三")
        await program.opened("李四")
        await program.press("f3")
        await program.sees("Search all conversations")
        await program.type("report from")
        await program.press("colon", "张", "三")
        screen = program.app.screen
        assert isinstance(screen, MessageSearch)
        found = screen.query_one(FoundList)
        await program.until(lambda: [named.message.body for named in found.shown] == [Text("report of 张三")])
        await program.type(" form")
        await program.press("colon", "x")
        await program.sees("There is no filter “form:”")
        await program.press("enter")
        assert isinstance(program.app.screen, MessageSearch)
        await program.press("ctrl+w", "enter")
        await program.until(lambda: program.chat.message_log.selected is not None)
        assert selected(program) == "report of 张三"
        assert program.chat.message_log.sought == "report from:张三"
        await program.press("n")
        await program.sees("No more matches above. The selected message is the only one.")


async def test_filters_without_words_list_the_newest_first(sandbox: Sandbox, logged_in: Wxtui) -> None:
    async with run_program(sandbox) as program:
        await said(program, "first", "second")
        await program.opened("李四")
        await program.chat.do("search_all", "from:李四 since:yesterday")
        await program.sees("second")
        screen = program.app.screen
        assert isinstance(screen, MessageSearch)
        found = screen.query_one(FoundList).shown
        texts = [named.message.body.text for named in found if isinstance(named.message.body, Text)]
        assert [text for text in texts if text in ("first", "second")] == ["second", "first"]
        assert "report" not in texts


async def test_f3_opens_with_the_last_search_selected_and_typing_replaces_it(
    sandbox: Sandbox, logged_in: Wxtui
) -> None:
    async with run_program(sandbox) as program:
        await said(program, "apple", "pear")
        await program.opened("李四")
        await program.press("f3")
        await program.sees("Search all conversations")
        await program.type("apple")
        await program.sees(lambda text: text.count("apple") > 1)
        await program.press("escape")
        await program.until(lambda: not isinstance(program.app.screen, MessageSearch))
        await program.press("f3")
        await program.sees("› apple")
        await program.type("pear")
        await program.sees("› pear")
        await program.press("escape")
        await program.until(lambda: not isinstance(program.app.screen, MessageSearch))
        await program.type("/searchall app")
        await program.press("enter")
        await program.sees("› app")
        await program.type("le")
        await program.sees("› apple")


async def test_a_search_in_one_conversation_takes_filters_too(sandbox: Sandbox, logged_in: Wxtui) -> None:
    async with run_program(sandbox) as program:
        await said(program, "one", "two")
        await program.opened("李四")
        await program.chat.do("search", "from:李四 since:today-nonsense")
        await program.sees("“today-nonsense” is not a date.")
        await program.chat.do("search", "from:李四 two")
        await program.until(partial(is_match, program, "two"))
        await program.press("n")
        await program.sees("The selected message is the only one.")
        await program.press("N")
        await program.sees("No more matches below. The selected message is the only one.")


def is_match(program: ProgramPilot, wanted: str) -> bool:
    return program.chat.message_log.selected is not None and selected(program) == wanted


async def test_a_mistake_in_a_filter_is_said_whole_on_a_narrow_screen(sandbox: Sandbox, logged_in: Wxtui) -> None:
    async with run_program(sandbox, size=(50, 20)) as program:
        await program.opened("李四")
        await program.press("f3")
        await program.sees("Search all conversations")
        await program.type("form")
        await program.press("colon", "x")
        words = "There is no filter “form:”, only from:, kind:, since: and until:. To find the words themselves,"
        await program.sees(lambda text: words in " ".join(text.replace("│", " ").split()))
