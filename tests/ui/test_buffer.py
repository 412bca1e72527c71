"""The text-editing model against a naive one, and its own rules."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from tests.support.emoji import FAMILY, FLAG
from tests.support.examples import examples
from tui.widgets.text_input.buffer import Buffer
from tui.widgets.text_input.word_motion import steps

TEXTS = st.lists(
    st.sampled_from(
        ["a", "b", "Z", "1", "_", " ", "\n", "-", "你", "好", "，", FAMILY, FLAG, "🇨", "é", "e\u0301", "\u0301",
         "\u200d", "\ufe0f", "👍🏽", "❤️", "\u3000", "\t"]
    ),
    max_size=8,
).map("".join)  # fmt: skip


def bounds(text: str) -> list[int]:
    """Every place between two clusters, found the slow way."""
    found = [0]
    for at, line in enumerate(text.split("\n")):
        if at:
            found.append(found[-1] + 1)
        for cluster in steps(line):
            found.append(found[-1] + len(cluster))
    return found


class AgainstNaive(RuleBasedStateMachine):
    """A list of clusters and a place in it; undo by remembering whole texts."""

    def __init__(self) -> None:
        super().__init__()
        self.buffer = Buffer()
        self.text, self.at = "", 0

    def settle(self, text: str, at: int) -> None:
        self.text = text
        self.at = next(bound for bound in bounds(text) if bound >= at)

    @property
    def before(self) -> int:
        return max((bound for bound in bounds(self.text) if bound < self.at), default=0)

    @property
    def behind(self) -> int:
        return next((bound for bound in bounds(self.text) if bound > self.at), len(self.text))

    @rule(text=TEXTS)
    def insert(self, text: str) -> None:
        self.buffer.insert(text)
        self.settle(self.text[: self.at] + text + self.text[self.at :], self.at + len(text))

    @rule()
    def left(self) -> None:
        self.buffer.left()
        self.at = self.before

    @rule()
    def right(self) -> None:
        self.buffer.right()
        self.at = self.behind

    @rule(place=st.integers(0, 60))
    def move_to(self, place: int) -> None:
        self.buffer.move_to(place)
        self.settle(self.text, min(place, len(self.text)))

    @rule()
    def backspace(self) -> None:
        self.buffer.backspace()
        self.settle(self.text[: self.before] + self.text[self.at :], self.before)

    @rule()
    def delete(self) -> None:
        self.buffer.delete()
        self.settle(self.text[: self.at] + self.text[self.behind :], self.at)

    @rule()
    def line_start(self) -> None:
        self.buffer.line_start()
        self.at = len(self.text[: self.at].rpartition("\n")[0]) + ("\n" in self.text[: self.at])

    @rule()
    def line_end(self) -> None:
        self.buffer.line_end()
        self.at += len(self.text[self.at :].partition("\n")[0])

    @rule(name=st.sampled_from(["cut_word_back", "cut_blank_back", "cut_line_back"]))
    def cut_back(self, name: str) -> None:
        """What is cut is what a yank brings; where the caret was is not given away."""
        self.buffer.move_to(self.at)
        getattr(self.buffer, name)()
        start = self.buffer.caret
        assert self.buffer.text.endswith(self.text[self.at :])
        if self.at:
            self.buffer.yank()
            assert self.buffer.text == self.text
            self.buffer.undo()
        self.settle(self.buffer.text, self.buffer.caret)
        assert start == self.buffer.caret

    @rule()
    def cut_ahead(self) -> None:
        before = self.text
        self.buffer.move_to(self.at)
        self.buffer.cut_word_ahead()
        assert self.buffer.text.startswith(before[: self.at])
        self.settle(self.buffer.text, self.buffer.caret)

    @rule(name=st.sampled_from(["word_left", "word_right"]))
    def word(self, name: str) -> None:
        getattr(self.buffer, name)()
        assert (self.buffer.caret <= self.at) if name == "word_left" else (self.buffer.caret >= self.at)
        self.at = self.buffer.caret

    @rule()
    def transpose(self) -> None:
        self.buffer.transpose()
        assert sorted(self.buffer.text) == sorted(self.text)
        self.settle(self.buffer.text, self.buffer.caret)

    @rule(count=st.integers(1, 4))
    def undo_and_redo(self, count: int) -> None:
        """Whatever was undone is there again."""
        state = self.buffer.text, self.buffer.caret
        done = sum(self.buffer.undo() for _ in range(count))
        self.buffer_is_sound()
        for _ in range(done):
            assert self.buffer.redo()
        assert self.buffer.text == state[0]
        self.at = self.buffer.caret

    @rule()
    def undo(self) -> None:
        self.buffer.undo()
        self.text, self.at = self.buffer.text, self.buffer.caret

    def buffer_is_sound(self) -> None:
        assert self.buffer.caret in bounds(self.buffer.text)

    @invariant()
    def same(self) -> None:
        assert (self.buffer.text, self.buffer.caret) == (self.text, self.at)
        self.buffer_is_sound()


TestAgainstNaive = AgainstNaive.TestCase
TestAgainstNaive.settings = settings(max_examples=examples(120), stateful_step_count=25, deadline=None)


@given(texts=st.lists(TEXTS, max_size=6))
def test_everything_can_be_undone(texts: list[str]) -> None:
    buffer = Buffer()
    for text in texts:
        buffer.insert(text)
        buffer.cut_blank_back()
        buffer.yank()
    whole = buffer.text
    while buffer.undo():
        pass
    assert buffer.text == ""
    while buffer.redo():
        pass
    assert buffer.text == whole


def test_a_cluster_is_one_step_and_one_deletion() -> None:
    buffer = Buffer(f"a{FAMILY}{FLAG}e\u0301")
    for text in (f"a{FAMILY}{FLAG}", f"a{FAMILY}", "a", ""):
        buffer.backspace()
        assert buffer.text == text


def test_a_word_is_undone_at_a_time() -> None:
    buffer = Buffer()
    for char in "one two":
        buffer.insert(char)
    buffer.undo()
    assert buffer.text == "one"
    buffer.undo()
    assert buffer.text == ""
    buffer.redo()
    buffer.redo()
    assert (buffer.text, buffer.caret) == ("one two", 7)


def test_cuts_in_a_row_come_back_together() -> None:
    buffer = Buffer("one two three")
    buffer.cut_word_back()
    buffer.cut_word_back()
    assert buffer.text == "one "
    buffer.yank()
    assert buffer.text == "one two three"


def test_an_older_cut_takes_the_place_of_the_yanked() -> None:
    buffer = Buffer("one")
    buffer.cut_word_back()
    buffer.insert("two")
    buffer.cut_word_back()
    buffer.yank()
    assert buffer.text == "two"
    buffer.yank_older()
    assert buffer.text == "one"
    buffer.yank_older()
    assert buffer.text == "two"
    buffer.undo()
    assert buffer.text == ""


def test_what_was_cut_outlives_the_text() -> None:
    buffer = Buffer("kept")
    buffer.cut_line_back()
    other = buffer.another("new ")
    other.yank()
    assert (other.text, other.undo(), other.undo()) == ("new kept", True, False)


@pytest.mark.parametrize(
    ("text", "start"),
    [
        ("one two", 4),
        ("one  ", 0),
        ("你好世界", 0),
        ("wxtui你好", 5),
        ("你好，世界", 3),
        ("foo.bar", 4),
        ("a\nbc", 2),
        ("one cafe\u0301", 4),
        ("\u0301", 0),
    ],
)
def test_the_caret_moves_by_words(text: str, start: int) -> None:
    buffer = Buffer(text)
    buffer.word_left()
    assert buffer.caret == start


@pytest.mark.parametrize(
    ("text", "rest"),
    [("foo.bar baz", "foo.bar "), ("你好，世界", "你好，"), ("你好，", ""), ("see /a/b-c", "see "), ("a b  ", "a ")],
)
def test_cutting_to_the_blank(text: str, rest: str) -> None:
    buffer = Buffer(text)
    buffer.cut_blank_back()
    assert buffer.text == rest


def test_two_letters_change_places() -> None:
    buffer = Buffer("ab")
    buffer.transpose()
    assert buffer.text == "ba"
    buffer.move_to(1)
    buffer.transpose()
    assert (buffer.text, buffer.caret) == ("ab", 2)
    one = Buffer("a\nb")
    one.transpose()
    assert one.text == "a\nb"


def test_cutting_to_the_line_start_takes_one_line_and_then_its_break() -> None:
    buffer = Buffer("one\ntwo")
    buffer.cut_line_back()
    assert buffer.text == "one\n"
    buffer.cut_line_back()
    assert buffer.text == "one"


def test_a_mountain_of_marks_is_one_cluster() -> None:
    buffer = Buffer("x" + "\u0301" * 10_000)
    buffer.left()
    assert buffer.caret == 0
    buffer.right()
    assert buffer.caret == 10_001
