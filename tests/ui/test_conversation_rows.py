"""Rows of the conversation list: the last message, by whom and when; marks; official accounts behind one row."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import msgspec
import pytest
from hypothesis import given, strategies
from textual.app import App, ComposeResult

from tests.support.program_pilot import run_program
from tests.support.sandbox_thread import Sandbox
from tests.support.stored_messages import text
from tui import i18n
from tui.store.delivery_state import DeliveryState
from tui.store.models import Conversation, StoredMessage
from tui.terminal.graphemes import cell_len
from tui.units import list_time
from tui.widgets.base.styles import THEME_STYLES
from tui.widgets.conversation_list.conversation_list import ConversationList
from tui.widgets.conversation_list.folding import OfficialFold
from tui.widgets.conversation_list.row_facts import LastWords, facts_of
from tui.widgets.conversation_list.row_painter import RowLook, RowPainter
from tui.wire import bodies
from tui.wire.contacts import ContactKind

NOW = datetime(2024, 11, 21, 6, 20, tzinfo=UTC)
NAMES = {"@li": "李四", "@stranger": ""}
FOLD = -1
"""Id of the row of official accounts."""


class Shelf(App[None]):
    def __init__(self, *, folds: bool = True) -> None:
        super().__init__()
        self.asked: list[Conversation] = []
        self.conversation_list = ConversationList(self.sender_of, lambda: NOW, folds=folds)

    def sender_of(self, group: Conversation) -> str | None:
        assert group.last is not None
        return NAMES.get(group.last.sender) if group.kind is ContactKind.GROUP else ""

    def compose(self) -> ComposeResult:
        yield self.conversation_list

    def on_conversation_list_names_wanted(self, event: ConversationList.NamesWanted) -> None:
        self.asked += event.groups


def said(number: int, words: str = "see you", **other: object) -> StoredMessage:
    message = msgspec.structs.replace(text(number), body=bodies.Text(words), mine=False, sender="@li", time=NOW)
    return msgspec.structs.replace(message, **other)


def conversation(number: int, name: str = "Alice", **other: object) -> Conversation:
    one = Conversation(number, f"@{number}", name, ContactKind.PERSON, False, False, 0, "", said(number))
    return msgspec.structs.replace(one, **other)


@pytest.mark.parametrize(
    ("one", "name"),
    [
        (conversation(1, "@@442a7bba", user_name="@@442a7bba", kind=ContactKind.GROUP), "group"),
        (conversation(1, "", user_name="@@442a7bba", kind=ContactKind.GROUP), "group"),
        (conversation(1, "", user_name="@442a7bba"), "unknown 442a"),
        (conversation(1, "@@me", user_name="@@442a7bba", kind=ContactKind.GROUP), "@@me"),
        (conversation(1, "", user_name="filehelper", kind=ContactKind.SPECIAL), "filehelper"),
    ],
)
def test_before_its_name_is_known_a_conversation_has_a_word_for_one(one: Conversation, name: str) -> None:
    assert facts_of(one, (), NOW, unread=0, draft="").name == name


async def drawn(*conversations: Conversation, width: int = 40, lines: int = 2, folds: bool = True) -> list[str]:
    """The list's lines, without the rule beside it and the bar of the row that keys act on."""
    app = Shelf(folds=folds)
    async with app.run_test(size=(width, 12)) as pilot:
        app.conversation_list.set_lines(lines)
        app.conversation_list.update(conversations)
        await pilot.pause()
        strips = [app.conversation_list.draw(y, width) for y in range(12)]
        assert all(cell_len(strip.text) == width for strip in strips)
        lines_of_rows = (strip.text.removesuffix("│").replace("▌", " ") for strip in strips)
        return [line.rstrip() for line in lines_of_rows if line.strip()]


async def test_a_bar_stands_before_each_line_of_the_row_that_keys_act_on() -> None:
    app = Shelf()
    async with app.run_test(size=(40, 12)) as pilot:
        listed = app.conversation_list
        listed.set_lines(2)
        listed.update([conversation(1), conversation(2, "Bob")])
        listed.focus()
        await pilot.pause()
        listed.point_at(1)
        assert [listed.draw(y, 40).text[0] for y in range(4)] == [" ", " ", "▌", "▌"]
        # No more than that and a bold name: a step through the list is to cost a slow line little.
        before, now = ({segment.style for segment in listed.draw(y, 40)} for y in (1, 3))
        assert now == before


async def test_two_lines_say_who_wrote_what_and_when() -> None:
    group = conversation(1, "Book club", kind=ContactKind.GROUP, unread=3, muted=True)
    name, words = await drawn(group)
    assert name == f" # Book club{'':>21}{NOW.astimezone():%H:%M}".rstrip()
    assert words.startswith("   李四: see you")
    assert words.endswith(" ⊘ 3")


async def test_a_mention_stands_before_the_number_and_is_heard_through_mute() -> None:
    group = conversation(1, "Book club", kind=ContactKind.GROUP, unread=3, muted=True, mentions=1)
    _name, words = await drawn(group)
    assert words.endswith(" ⊘ @ 3")
    facts = facts_of(group, (), NOW, unread=3, draft="")
    assert facts.loud and facts.mentioned
    being_read = facts_of(group, (), NOW, unread=0, draft="")
    assert not being_read.loud and not being_read.mentioned


@pytest.mark.parametrize(
    ("last", "words"),
    [
        (said(1, "one\ntwo"), "one"),
        (said(1, mine=True), "me: see you"),
        (said(1, body=bodies.Image(10, 20)), "[image]"),
        (said(1, mine=True, state=DeliveryState.FAILED), "✗ me: see you"),
        (said(1, mine=True, state=DeliveryState.UNKNOWN), "? me: see you"),
        (said(1, mine=True, state=DeliveryState.REVOKED), "You recalled a message"),
        (said(1, state=DeliveryState.RECALLED), "Alice recalled a message"),
        (said(1, "\x1b[2Jred\x07"), "␛[2Jred␇"),
    ],
)
async def test_the_last_message_in_words(last: StoredMessage, words: str) -> None:
    _name, shown = await drawn(conversation(1, last=last))
    assert shown.strip() == words
    assert "\x1b" not in shown


async def test_a_draft_stands_in_place_of_the_last_message_but_not_where_it_is_written() -> None:
    app = Shelf()
    async with app.run_test(size=(40, 12)) as pilot:
        listed = app.conversation_list
        listed.set_lines(2)
        listed.update([conversation(1, draft="half a sentence")])
        await pilot.pause()
        assert "draft: half a sentence" in listed.draw(1, 40).text
        listed.open(1)
        assert "see you" in listed.draw(1, 40).text
    (line,) = await drawn(conversation(1, draft="half a sentence"), lines=1)
    assert "✎" in line


async def test_one_line_has_name_and_time_and_the_message_where_it_fits() -> None:
    one = conversation(1, unread=2, pinned=True)
    (narrow,) = await drawn(one, width=24, lines=1)
    assert narrow == f"   Alice     ▴ 2 {NOW.astimezone():%H:%M}"
    (wide,) = await drawn(one, width=60, lines=1)
    assert "Alice" in wide and "see you" in wide and wide.endswith(f"▴ 2 {NOW.astimezone():%H:%M}")
    (least,) = await drawn(one, width=16, lines=1)
    assert "Alice" in least
    days_ago = conversation(2, last=said(1, time=NOW - timedelta(days=2)))
    for few in (15, 16):
        (today,), (earlier,) = (
            await drawn(conversation(1), width=few, lines=1),
            await drawn(days_ago, width=few, lines=1),
        )
        assert (":" in today) == ("Wed" in earlier or "Tue" in earlier), "a short day is no exception"


@pytest.mark.parametrize(
    ("days", "english", "chinese"),
    [
        (0, "14:20", "14:20"),
        (1, "Wed", "周三"),
        (6, "Fri", "周五"),
        (7, "14 Nov", "11月14日"),
        (400, "2023-10", "2023-10"),
    ],
)
def test_times_are_short_in_both_languages(
    days: int, english: str, chinese: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    noon = NOW.astimezone().replace(hour=14, minute=20)
    for language, wanted in (("en", english), ("zh_CN", chinese)):
        i18n.use(language)
        try:
            assert list_time(noon - timedelta(days=days), noon) == wanted
        finally:
            i18n.use("en")


async def test_a_sender_who_is_not_known_is_asked_for_and_named_then() -> None:
    app = Shelf()
    async with app.run_test(size=(40, 12)) as pilot:
        listed = app.conversation_list
        listed.set_lines(2)
        listed.update([conversation(1, "Club", kind=ContactKind.GROUP, last=said(1, sender="@new"))])
        await pilot.pause()
        listed.draw(1, 40)
        await pilot.pause()
        assert {one.id for one in app.asked} == {1}
        assert "see you" in listed.draw(1, 40).text
        try:
            NAMES["@new"] = "王伟"
            listed.name_senders(app.asked)
            await pilot.pause()
            assert "王伟: see you" in listed.draw(1, 40).text
        finally:
            del NAMES["@new"]


async def test_rows_out_of_sight_are_not_put_into_words() -> None:
    asked: set[int] = set()
    app = Shelf()
    app.conversation_list = ConversationList(lambda one: "" if asked.add(one.id) is None else None, lambda: NOW)
    async with app.run_test(size=(40, 12)) as pilot:
        app.conversation_list.update([conversation(number) for number in range(1, 5001)])
        await pilot.pause()
    assert 0 < len(asked) < 40


BITS = [
    "a",
    "王",
    "👨‍👩‍👧",
    "❤️",
    "☺︎",
    "🏳️‍🌈",
    "e\u0301",
    "\u200b",
    "ｱ",
    "ᄒ",
    "🇨🇳",
    "🇨",
    "#️⃣",
    "ع",
    "\u202e",
    "ㅤ",
    " ",
    "\x1b",
]
WORDS = strategies.lists(strategies.sampled_from(BITS), max_size=40).map("".join)


@given(
    name=WORDS,
    mark=WORDS,
    words=WORDS,
    draft=WORDS,
    unread=strategies.sampled_from([0, 3, 1000]),
    kind=strategies.sampled_from([ContactKind.PERSON, ContactKind.GROUP]),
    width=strategies.integers(1, 90),
    look=strategies.builds(RowLook, strategies.booleans(), strategies.booleans(), strategies.booleans()),
)
def test_any_row_has_the_width_of_the_list_and_brings_nothing_hidden(
    name: str, mark: str, words: str, draft: str, unread: int, kind: ContactKind, width: int, look: RowLook
) -> None:
    one = conversation(1, name, kind=kind, pinned=True, last=said(1, words))
    facts = facts_of(one, LastWords(lambda group: name).of(one), NOW, mark=mark, unread=unread, draft=draft)
    for lines in (1, 2):
        for strip in RowPainter().paint(1, facts, look, THEME_STYLES["dark"], width, lines):
            assert cell_len(strip.text) == strip.cell_length == width
            assert not {"\x1b", "\u202e"} & {*strip.text}


# ---------------------------------------------------------------- official accounts


def official(number: int, minutes: int, **other: object) -> Conversation:
    last = said(number, f"news {number}", time=NOW - timedelta(minutes=minutes))
    return conversation(number, f"Daily {number}", kind=ContactKind.OFFICIAL, last=last, **other)


def person(number: int, minutes: int, **other: object) -> Conversation:
    last = said(number, time=NOW - timedelta(minutes=minutes))
    return conversation(number, f"No. {number}", last=last, **other)


FOUR = (person(1, 1), official(2, 2, unread=1), person(3, 3), official(4, 4, unread=2))


async def test_official_accounts_are_one_row_with_the_newest_of_them() -> None:
    shown = await drawn(*FOUR)
    assert "No. 1" in shown[0] and "Official accounts" in shown[2] and "No. 3" in shown[4]
    assert len(shown) == 6
    assert "Daily 2: news 2" in shown[3] and shown[3].endswith(" 3")


async def test_they_are_rows_like_others_where_somebody_wants_that_and_pinned_ones_always() -> None:
    shown = await drawn(*FOUR, lines=1, folds=False)
    assert [line[3:].split("  ")[0] for line in shown] == ["No. 1", "Daily 2", "No. 3", "Daily 4"]
    shown = await drawn(*FOUR[:3], official(4, 4, pinned=True), lines=1)
    assert [line[3:].split("  ")[0] for line in shown] == ["Daily 4", "No. 1", "Official accounts", "No. 3"]


async def test_enter_on_the_row_shows_them_and_again_hides_them() -> None:
    app = Shelf()
    async with app.run_test(size=(40, 12)) as pilot:
        listed = app.conversation_list
        listed.focus()
        listed.update(FOUR)
        listed.point_at(1)
        assert isinstance(listed.at_cursor, OfficialFold) and listed.conversation_at_cursor is None
        await pilot.press("enter")
        assert [one.id for one in listed.shown] == [1, FOLD, 2, 4, 3]
        listed.update([official(5, 0)])
        assert [one.id for one in listed.shown] == [FOLD, 5, 2, 4, 1, 3], "it goes with the newest"
        listed.open(4)
        assert listed.cursor == 3
        assert listed.unfold(False)
        assert [one.id for one in listed.shown] == [FOLD, 1, 3]
        assert listed.cursor == 0, "the cursor stands on the row behind which its conversation is now"
        assert not listed.unfold(False)


async def test_the_row_is_folded_only_by_who_stands_at_it_or_behind_it() -> None:
    app = Shelf()
    async with app.run_test(size=(40, 12)):
        listed = app.conversation_list
        listed.update(FOUR)
        for row, folds in ((0, False), (1, True), (2, True), (3, True), (4, False)):
            listed.unfold(True)
            listed.point_at(row)
            assert listed.fold_at_cursor() is folds


async def test_what_is_above_and_below_passes_the_row_by() -> None:
    app = Shelf()
    async with app.run_test(size=(40, 12)):
        listed = app.conversation_list
        listed.update(FOUR)
        listed.open(1)
        below = listed.neighbour(1)
        assert below is not None and below.id == 3
        assert listed.neighbour(-1) is None
        listed.open(4)
        below = listed.neighbour(1)
        assert below is not None and below.id == 3, "from one that is folded away"


async def test_unread_people_come_first_then_muted_ones_and_official_accounts_last() -> None:
    app = Shelf()
    async with app.run_test(size=(40, 12)):
        listed = app.conversation_list
        listed.update([official(1, 0, unread=5), person(2, 1, unread=1, muted=True), person(3, 2, unread=1)])
        for wanted in (3, 2, 1):
            found = listed.next_unread()
            assert found is not None and found.id == wanted
            listed.seen(wanted, True)
        assert listed.mention_count == 0
        listed.update([person(4, 3, unread=2, muted=True, mentions=1), person(5, 4, unread=9, mentions=3)])
        listed.open(5)
        found = listed.next_unread()
        assert found is not None and found.id == 4
        listed.update([person(6, 2, unread=1)])
        assert (listed.mention_count, listed.unread_count) == (4, 1), "nobody reads the open one"
        listed.seen(5, True)
        assert listed.mention_count == 1


async def test_official_accounts_are_silent_and_do_not_count_but_can_be_gone_to(
    logged_in: object, sandbox: Sandbox
) -> None:
    async with run_program(sandbox) as program:
        await program.opened("Alice")
        await program.idle()
        unread = program.chat.status.state[0]
        program.written.clear()
        sandbox.post("push", type="text", content="今日要闻", **{"from": "每日科技"})
        await program.until(
            lambda: any(one.name == "每日科技" and one.unread > 0 for one in program.chat.conversation_list.unread)
        )
        await program.idle()
        assert program.chat.status.state[0] == unread
        assert program.written == []
        await program.opened("每日科技")
        await program.sees("今日要闻")


async def test_escape_in_the_list_hides_them_first(logged_in: object, sandbox: Sandbox) -> None:
    async with run_program(sandbox) as program:
        listed = program.chat.conversation_list
        await program.until(lambda: any(isinstance(one, OfficialFold) for one in listed.shown))
        await program.idle()
        listed.focus()
        listed.point_at(next(at for at, one in enumerate(listed.shown) if isinstance(one, OfficialFold)))
        await program.press("enter")
        await program.sees("每日科技")
        await program.press("escape")
        assert listed.has_focus
        assert "每日科技" not in program.text
        await program.press("escape")
        assert program.chat.composer.has_focus


async def test_what_comes_into_the_open_conversation_is_said_at_once_and_never_over_something_newer() -> None:
    app = Shelf()
    async with app.run_test(size=(40, 12)):
        listed = app.conversation_list
        listed.set_lines(2)
        listed.update([person(1, 5), person(2, 3)])
        listed.open(1)
        listed.arrived(1, [said(8, "newest", time=NOW), said(7, "older", time=NOW - timedelta(minutes=1))])
        assert [one.id for one in listed.shown] == [1, 2]
        assert "newest" in listed.draw(1, 40).text
        listed.arrived(1, [said(9, "late", time=NOW - timedelta(hours=1))])
        assert "newest" in listed.draw(1, 40).text
        listed.arrived(2, [said(10, "elsewhere", time=NOW)])
        assert "elsewhere" not in listed.draw(3, 40).text, "it is read with its number first"


async def test_nothing_is_marked_as_open_before_anything_is() -> None:
    app = Shelf()
    async with app.run_test(size=(40, 12)) as pilot:
        listed = app.conversation_list
        listed.set_lines(1)
        app.screen.set_focus(None)
        listed.update([conversation(1, kind=ContactKind.OFFICIAL), conversation(2)])
        await pilot.pause()
        rows = [listed.draw(y, 40) for y in range(2)]
        assert [row.text[0] for row in rows] == [" ", " "]
        assert listed.theme_styles.accent not in {
            segment.style for row in rows for segment in row if segment.text.strip()
        }
