"""Mentions: who is called by a text. Nobody rings for a name that only begins like theirs."""

from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from tui.wire.bodies import Announcement, Body, Image, Quote, Text
from tui.wire.mentions import GroupNames, Mention, may_mention, mention_in
from tui.wire.text import decode_content, decode_name, quotation

ME, ALL, QUOTE = Mention.ME, Mention.ALL, Mention.QUOTE
SEP = "\u2005"


def names(*mine: str, others: tuple[str, ...] = ()) -> GroupNames:
    return GroupNames(frozenset(mine), frozenset(others))


def of(text: str, who: GroupNames) -> Mention | None:
    body = Text(text)
    found = mention_in(body, who)
    assert found is None or may_mention(body), "what may name nobody is not looked at"
    return found


XIAOMING = names("小明", "Ming (产品部)", others=("小明明", "小明 大", "小明，你好", "老王", "all-in", "Tom@work"))


@pytest.mark.parametrize(
    ("text", "found"),
    [
        # As a phone writes it.
        (f"@小明{SEP}看一下", ME),
        (f"看一下@小明{SEP}", ME),
        (f"@小明{SEP}", ME),
        (f"@Ming (产品部){SEP}看一下", ME),
        (f"@老王{SEP}@小明{SEP}一起", ME),
        (f"@老王{SEP} 看一下", None),
        (f"@ 小明 {SEP}hi", ME),  # a name with blanks around it, which we show without
        # By hand.
        ("@小明 看一下", ME),
        ("到 @小明", ME),
        ("@小明\n看一下", ME),
        ("@小明\u3000看一下", ME),
        ("@小明\xa0看一下", ME),
        ("@小明，看一下", ME),
        ("@小明: 看一下", ME),
        ("(@小明)", ME),
        ("@小明 和 @老王" + SEP, ME),  # the second one from a phone
        ("@小明看一下", None),
        ("小明 来了吗", None),
        ("@ 小明", None),
        ("@小明:)看一下", None),
        # Names within names.
        (f"@小明明{SEP}看一下", None),
        ("@小明明 看一下", None),
        (f"@小明 大{SEP}看一下", None),
        ("@小明 大 看一下", None),
        ("@小明 大", None),
        ("@小明 大家看一下", ME),
        ("@小明，你好 看一下", None),
        (f"@小明二号{SEP}看一下", None),  # nobody knows him
        (f"@小明 二号{SEP}看一下", None),
        (f"@小{SEP}看一下", None),
        ("@Tom@work 看", None),
        (f"@Tom@work{SEP}看", None),
        # Everybody.
        (f"@所有人{SEP}开会", ALL),
        ("@所有人 开会", ALL),
        ("@all now", ALL),
        (f"@All{SEP}now", ALL),
        ("@everyone: now", ALL),
        (f"@所有人{SEP}@小明{SEP}先", ME),
        ("@所有人都知道", None),
        ("@all-in now", None),
        ("@allan now", None),
        ("post@all", None),
        ("https://example.com/@all", None),
        ("https://example.com/@小明 看", None),
        (f"https://example.com/ @小明{SEP}看", ME),
        (f"hi@all{SEP}", ALL),
        # Hostile.
        ("@" * 5000, None),
        ("@" * 5000 + SEP, None),
        ("@小明" * 5000, None),
        ("@", None),
        ("", None),
        (SEP, None),
    ],
)
def test_who_is_called(text: str, found: Mention | None) -> None:
    assert of(text, XIAOMING) is found


def test_a_quotation_calls_nobody_for_the_words_in_it() -> None:
    assert of(quotation("老王", f"@小明{SEP}看") + "好", XIAOMING) is None
    assert of(quotation("老王", "好") + f"@小明{SEP}看", XIAOMING) is ME
    assert of(quotation("小明", "在吗") + "在", XIAOMING) is QUOTE


@pytest.mark.parametrize(
    ("name", "written"),
    [
        ("🌸小明", "@🌸小明\u2005"),
        ("小明🌸", "@小明🌸 hi"),
        ("❤️小明", "@❤小明\u2005"),  # without its selector
        ("❤小明", "@❤️小明\u2005"),
        ("👨\u200d👩\u200d👧", "@👨\u200d👩\u200d👧\u2005"),
        ('小明<span class="emoji emoji1f338"></span>', "@小明🌸\u2005"),
        ("Tom &amp; Jerry", "@Tom &amp; Jerry\u2005"),
        ("e\u0301mile", "@\xe9mile hi"),
        ("a@b", "@a@b\u2005hi"),
        ("@home", "@@home\u2005hi"),
        ("all", "@all\u2005"),
        ("名\u2005字", "@名\u2005字\u2005hi"),
        ("[烟花]小明", "@[烟花]小明\u2005"),
    ],
)
def test_odd_names(name: str, written: str) -> None:
    assert of(decode_content(written), names(decode_name(name))) is ME


def test_a_name_behind_an_at_in_another_name_is_not_called() -> None:
    assert of("@Tom@work 看", names("work", others=("Tom@work",))) is None
    assert of(f"@Tom@work{SEP}看", names("work", others=("Tom@work",))) is None


def test_half_of_an_emoji_is_another_name() -> None:
    assert of("@👨\u200d👩\u200d👧 hi", names("👨")) is None
    assert of("@👍🏽 hi", names("👍")) is None
    assert of("@小明🌸 hi", names("小明")) is None


def test_without_a_name_only_everybody_is_called() -> None:
    assert of(f"@{SEP}hi", names("")) is None
    assert of("@ hi", names("", " ")) is None
    assert of("@all hi", names()) is ALL


@pytest.mark.parametrize(
    ("body", "known", "found"),
    [
        (Quote("好", "在吗", "小明"), True, QUOTE),
        (Quote("好", "在吗", "小明"), False, None),  # of a namesake
        (Quote("好", "在吗", "小明"), None, QUOTE),
        (Quote("好", "在吗", "小明明"), None, None),
        (Quote("好", "在吗", ""), None, None),
        (Quote("好", "在吗", "老王"), True, QUOTE),  # he has another name for me
        (Quote(f"@小明{SEP}好", "在吗", "老王"), None, ME),
        (Quote("@all 好", "在吗", "老王"), None, ALL),
        (Quote("@all 好", "在吗", "小明"), None, QUOTE),  # rather of me than of all
        (Quote("好", f"@小明{SEP}在吗", "老王"), False, None),
        (Announcement("明天放假"), None, ALL),
        (Image(), None, None),
    ],
)
def test_other_bodies(body: Body, known: bool | None, found: Mention | None) -> None:
    assert mention_in(body, XIAOMING, quotes_mine=known) is found


def test_a_namesake_in_the_group_is_called_as_well_but_his_words_are_his() -> None:
    two = names("小明", others=("小明",))
    assert of(f"@小明{SEP}", two) is ME
    assert mention_in(Quote("好", "在吗", "小明"), two) is None


NAME = st.text(st.sampled_from("小明王a bB.@(:，🌸❤\ufe0f\u0301-"), min_size=1, max_size=6).filter(
    lambda name: name.strip(" \ufe0f")
)
AFTER = st.text(st.sampled_from("小明a b.，:)🌸❤\u0301-!"), min_size=1, max_size=5)


@given(NAME, AFTER, st.text(max_size=5), st.booleans())
@example("小明", "明", "", False)
@example("a", " b", "", True)
@example("a", "\u0301", "", True)
def test_a_name_that_only_begins_like_mine_never_rings(mine: str, more: str, before: str, known: bool) -> None:
    """`more` follows my name in his: from a phone always, and by hand where the group is known to have him."""
    mine = decode_name(mine)
    his = decode_name(mine + more)
    if his.replace("\ufe0f", "") == mine.replace("\ufe0f", "") or "@" in mine or "@" in before:
        return
    assert of(f"{before}@{his}{SEP}看一下", names(mine, others=(his,) if known else ())) is None
    assert of(f"{before} @{his} 看一下", names(mine, others=(his,))) is None


@given(NAME, st.text(max_size=5), st.text(max_size=5))
def test_a_phone_s_call_of_me_always_counts(mine: str, before: str, after: str) -> None:
    if "@" not in before + mine:
        assert of(f"{before}@{mine}{SEP}{after}", names(decode_name(mine))) is ME
