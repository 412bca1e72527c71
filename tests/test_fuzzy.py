"""A few letters find names: what fits, how well, and where."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tui.fuzzy import Needle, fold, initials, match, rank

WORDS = st.text(alphabet="abcXY 张é_-.1İß\u0301👨\u200d", max_size=12)


def names(query: str, *items: str) -> list[str]:
    return rank(query, items, lambda item: (item,))


def test_the_better_the_fit_the_earlier() -> None:
    worst_first = ["a-r-e-p", "aarxexp", "areport", "my report", "report.txt", "rep"]
    assert names("rep", *worst_first) == ["rep", "report.txt", "my report", "a-r-e-p", "areport", "aarxexp"]


def test_among_equals_the_order_stays() -> None:
    assert names("log", "log 2", "log 1", "log 3") == ["log 2", "log 1", "log 3"]


def test_an_empty_query_keeps_all() -> None:
    assert names("  ", "b", "a") == ["b", "a"]
    assert match("", "a") == ()


def test_every_word_must_be_found_in_any_order() -> None:
    assert names("log build", "build.log", "build.txt", "catalog of builds") == ["build.log", "catalog of builds"]


def test_case_accents_and_width_do_not_matter() -> None:
    assert names("CAFE", "Café") == ["Café"]
    assert names("ｌｏｇ", "build.log") == ["build.log"]
    assert names("é", "cafe\u0301") == ["cafe\u0301"]


def test_the_best_of_many_keys_counts() -> None:
    people = [("王小明", "wangxiaoming"), ("小红", "xiaohong")]
    assert rank("xiao", people, lambda person: person) == [people[1], people[0]]
    assert rank("小明", people, lambda person: person) == [people[0]]


def test_an_ideograph_begins_a_word() -> None:
    assert names("计划", "旧x计划", "项目计划") == ["旧x计划", "项目计划"]
    assert match("计划", "项目计划") == (2, 3)


@pytest.mark.parametrize(
    ("query", "text", "places"),
    [
        ("rep", "my report", (3, 4, 5)),
        ("mr", "my report", (0, 3)),
        ("mrt", "my report", (0, 7, 8)),
        ("ab", "xaxab", (3, 4)),
        ("acb", "a-c xacxb", (5, 6, 8)),
        ("zz", "z", None),
        ("log bui", "build.log", (0, 1, 2, 6, 7, 8)),
    ],
)
def test_where_the_letters_stand(query: str, text: str, places: tuple[int, ...] | None) -> None:
    assert match(query, text) == places


@pytest.mark.parametrize(
    ("text", "spelled"), [("项目计划.xlsx", "xmjh.xlsx"), ("张三", "zs"), ("plain", ""), ("é", ""), ("鑫", "")]
)
def test_chinese_names_by_the_first_letters_of_their_pinyin(text: str, spelled: str) -> None:
    assert initials(text) == spelled


@given(WORDS, WORDS)
def test_places_are_those_of_the_letters(query: str, text: str) -> None:
    places = match(query, text)
    cost = Needle(query).costs([fold(text)])[0]
    assert (places is None) == (cost is None)
    if places is not None:
        assert list(places) == sorted(set(places))
        assert all(place < len(text) for place in places)
        shown = [fold(text)[place] for place in places]
        assert all(letter in shown for letter in fold(query) if not letter.isspace())


@given(st.text(max_size=30))
def test_folding_keeps_places(text: str) -> None:
    assert len(fold(text)) == len(text)
    assert fold(fold(text)) == fold(text)


@given(WORDS, WORDS, st.text(alphabet="abc ", min_size=1, max_size=3))
def test_a_longer_query_fits_no_more_names(query: str, text: str, more: str) -> None:
    """A filter that grows looks only among what fitted before."""
    if match(query, text) is None:
        assert match(query + more, text) is None


@given(st.lists(WORDS, max_size=20), WORDS)
def test_ranking_is_a_selection(items: list[str], query: str) -> None:
    found = rank(query, list(enumerate(items)), lambda pair: (pair[1],))
    assert len(found) == len(set(found))
    assert {at for at, _ in found} == {at for at, item in enumerate(items) if match(query, item) is not None}


def test_names_that_would_make_a_pattern_run_away() -> None:
    """Backtracking over these would take longer than the test may."""
    hostile = "a-" * 50_000
    assert match("a" * 30 + "b", hostile) is None
    assert match("ab" * 2000, hostile) is None


def test_work_is_cut_into_pieces() -> None:
    breaths = []
    rank("x", range(10_000), lambda number: (str(number),), breathe=lambda: breaths.append(1))
    assert len(breaths) >= 30

    def stop() -> None:
        raise InterruptedError

    with pytest.raises(InterruptedError):
        rank("x", range(10), lambda number: (str(number),), breathe=stop)
