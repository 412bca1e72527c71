"""Filters of a search: what a person writes, which messages it means, and how SQLite finds them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from babel.messages.pofile import read_po
from hypothesis import given, settings
from hypothesis import strategies as st

import tui
from tests.support.examples import examples
from tests.support.fresh_store import fresh_store, run_example
from tests.support.query_plans import Plans, whole_tables
from tests.support.sync_batches import ANN, BEN, ME, START, TEAM, UIN, at, batch, incoming, keys
from tui.errors import UsageError
from tui.store.mapping.codec import pack
from tui.store.models import Place, StoredMessage
from tui.store.search import tokenizer
from tui.store.search.days import midnight
from tui.store.search.query import KIND_NAMES, MessageQuery, kinds_named, parse_query
from tui.store.store import Store
from tui.wire import bodies
from tui.wire.bodies import File, Image, Link, Message, Quote, RedPacket, System, Text, Transfer
from tui.wire.contacts import Contact, ContactKind, Member

NOW = datetime(2026, 11, 29, 12, tzinfo=UTC)
TODAY = NOW.astimezone().date()


# ---------------------------------------------------------------- what a person writes


@pytest.mark.parametrize(
    ("text", "words", "senders", "kinds"),
    [
        ("from:张三 report", "report", ("张三",), ()),
        ("a from:张三 b kind:file c", "a b c", ("张三",), (File,)),
        ('from:"Zhang San" from:李四', "", ("Zhang San", "李四"), ()),
        ("from：“张 三”　类型：文件", "", ("张 三",), (File,)),
        ("来自:me KIND:Image,文件", "", ("me",), (Image, File)),
        ("kind:money", "", (), (Transfer, RedPacket, bodies.Gift)),
        ("https://a.example/x 10:30 c: error:", "https://a.example/x 10:30 c: error:", (), ()),
        ('"from:张三" “kind:x”', '"from:张三" “kind:x”', (), ()),
        ("注意:别忘了", "注意:别忘了", (), ()),
        ("看from:张三", "看from:张三", (), ()),
        ("", "", (), ()),
    ],
)
def test_filters_and_words_in_any_order(
    text: str, words: str, senders: tuple[str, ...], kinds: tuple[type, ...]
) -> None:
    assert parse_query(text, NOW) == MessageQuery(words, senders, kinds)


def test_days_are_local_and_the_last_one_is_meant_to_its_end() -> None:
    found = parse_query("since:2026-11-01 until:yesterday", NOW)
    assert found.since == midnight(datetime(2026, 11, 1).date())
    assert found.before == midnight(TODAY)
    assert parse_query("after:11-01", NOW) == parse_query("起始:11月1日", NOW)
    assert parse_query("since:2026-11-01 since:2026-11-05", NOW).since == midnight(datetime(2026, 11, 5).date())


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("form:张三", "There is no filter “form:”"),
        ("from:", "Something is missing after “from:”."),
        ('from:"" x', "Something is missing after “from:”."),
        ("kind:fille", "“fille” is not a kind of message. There are: text, image,"),
        ("kind:file,", "“” is not a kind of message."),
        ("since:2026-13-01", "“2026-13-01” is not a date. Write 2026-11-01, 11-01, today or yesterday."),
        ("since:2026-11-05 until:2026-11-01", "2026-11-05 is later than 2026-11-01."),
    ],
)
def test_a_filter_that_makes_no_sense_is_one_sentence(text: str, sentence: str) -> None:
    with pytest.raises(UsageError) as raised:
        parse_query(text, NOW)
    assert sentence in str(raised.value)


def test_the_sentence_names_every_kind_in_both_languages() -> None:
    with pytest.raises(UsageError) as raised:
        kinds_named("x")
    phrase = raised.value.facts["why"]
    named = str(phrase).partition("There are: ")[2].rstrip(".").split(", ")
    assert named == list(KIND_NAMES)
    assert all(kinds_named(name) for name in named)
    assert all(kinds_named(bodies.kind_name(kind)) for kind in bodies.KINDS if kind is not bodies.StatusNotify)
    with (Path(tui.__file__).parent / "locale/zh_CN/LC_MESSAGES/wxtui.po").open("rb") as file:
        chinese = next(str(one.string) for one in read_po(file) if str(one.id).startswith("“{name}” is not a kind"))
    assert [kinds_named(name) for name in chinese.partition("：")[2].rstrip("。").split("、")] == [
        kinds_named(name) for name in KIND_NAMES
    ]


PIECES = st.sampled_from([
    "from:", "kind:", "since:", "until:", "foo:", "张三", "file", "2026-11-01", '"', "“", "”", "：", ":", " ", "\u3000",
    "//", "a", "，", "类型", "\n", "来自", "图片",
])  # fmt: skip


@given(st.lists(PIECES | st.text(max_size=3), max_size=10).map("".join))
def test_whatever_is_typed_is_a_query_or_a_sentence(text: str) -> None:
    try:
        found = parse_query(text, NOW)
    except UsageError as error:
        assert str(error)
        return
    again = parse_query(found.words, NOW)
    assert not again.filtered, "no filter is left in the words"


@given(st.lists(st.text('ab张 :"', min_size=1, max_size=5), max_size=3), st.text("xyz中 ", max_size=9))
def test_a_name_in_quotation_marks_comes_out_as_it_is(names: list[str], words: str) -> None:
    names = [bare for name in names if (bare := name.replace('"', "").strip())]
    text = " ".join([*(f'from:"{name}"' for name in names), words])
    assert parse_query(text, NOW) == MessageQuery(" ".join(words.split()), tuple(names))


# ---------------------------------------------------------------- which messages

CHAT = (
    incoming("1", "report one", chat="@ann", seconds=1),
    incoming("2", File("report.pdf"), chat="@ann", seconds=2),
    incoming("3", "report mine", chat="@ann", seconds=3, mine=True),
    Message("4", "@@team", "@ben", False, at(4), Image(name="report.png")),
    Message("5", "@@team", "@ann", False, at(5), Quote("report?", quoted="x", quoted_sender="Ben")),
    incoming("6", Link("report", "https://a.example"), chat="@ben", seconds=6),
    incoming("7", System("report"), chat="@@team", seconds=7),
    incoming("8", Transfer("report"), chat="@ben", seconds=24 * 3600 * 2),
)


@pytest.fixture
async def filled(store: Store) -> Store:
    team = Contact(
        "@@team",
        nick_name="项目群",
        kind=ContactKind.GROUP,
        members=(Member("@ann", nick_name="Ann", display_name="组长"), Member("@ben", nick_name="Ben")),
        member_count=2,
    )
    await store.save_contacts([ME, ANN, BEN, team])
    await store.apply(batch(*CHAT))
    return store


async def ids(store: Store, text: str, **where: Any) -> list[str]:
    query = parse_query(text, NOW)
    return [message.msg_id for message in await store.search(query, **where)]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("report", "87654321"),
        ("kind:file", "2"),
        ("kind:file report", "2"),
        ("kind:file nothing", ""),
        ("kind:text", "531"),
        ("kind:image,file", "42"),
        ("kind:link kind:money", "86"),
        ("kind:system", "7"),
        ("from:Ann", "521"),
        ("from:ann", "521"),
        ("from:组长", "521"),
        ("from:老本", "864"),
        ("from:本", "864"),
        ("from:me", "3"),
        ("from:我 from:ann", "5321"),
        ("from:nobody", ""),
        ("from:nobody report", ""),
        ("from:%", ""),
        ('from:"\\"', ""),
        ("since:2024-05-02", "8"),
        ("until:2024-05-02", "7654321"),
        ("since:2024-05-01 until:2024-05-01 from:Ann kind:file", "2"),
        ("，。", ""),
        ("", ""),
    ],
)
async def test_a_query_means_these_messages(filled: Store, text: str, found: str) -> None:
    assert "".join(await ids(filled, text)) == found


async def test_filters_alone_come_in_pages_in_both_directions_and_in_one_conversation(filled: Store) -> None:
    first = await filled.search(parse_query("kind:text,file", NOW), limit=2)
    assert [one.msg_id for one in first] == ["5", "3"]
    assert await ids(filled, "kind:text,file", before=first[-1].place) == ["2", "1"]
    assert await ids(filled, "kind:text,file", after=first[-1].place) == ["5"]
    team = (await filled.conversation_for("@@team")).id
    assert await ids(filled, "kind:text,image", conversation_id=team) == ["5", "4"]
    assert await ids(filled, "from:Ann", conversation_id=team, after=Place(START, 0)) == ["5"]


async def test_a_body_that_was_written_in_the_other_way_is_found(filled: Store) -> None:
    await filled.apply(batch(incoming("9", File("\ud800.txt"), seconds=9), number=2))
    assert pack(File("\ud800.txt")).startswith('{"type": "File"')
    assert await ids(filled, "kind:file") == ["9", "2"]


async def test_a_contact_of_an_earlier_login_is_still_found_by_name(filled: Store) -> None:
    await filled.begin_login(Contact("@me2", nick_name="我", kind=ContactKind.SELF), UIN, keys(1))
    await filled.save_contacts([Contact("@ann2", nick_name="Ann", pinyin=("ann",))])
    await filled.apply(batch(Message("20", "@ann2", "@ann2", False, at(90), Text("new")), number=2))
    assert await ids(filled, "from:ann") == ["20", "5", "2", "1"]


BODIES = st.sampled_from([Text("a b"), Text("b"), File("a"), Image(), Quote("a"), Link("b", "https://x")])
SENDERS = st.sampled_from(["@ann", "@ben", "@me"])


@settings(max_examples=examples(60), deadline=None)
@given(
    st.lists(st.tuples(BODIES, SENDERS, st.integers(0, 5)), max_size=12),
    st.sampled_from(["", "a", "b", "a b"]),
    st.sampled_from([(), ("Ann",), ("me",), ("Ben", "我"), ("nobody",)]),
    st.sampled_from([(), (Text,), (File, Image), (Quote,)]),
    st.tuples(st.none() | st.integers(0, 5), st.none() | st.integers(0, 6)),
    st.integers(1, 5),
)
def test_a_query_finds_what_reading_every_message_finds(
    said: list[tuple[bodies.Body, str, int]],
    words: str,
    senders: tuple[str, ...],
    kinds: tuple[type[bodies.Body], ...],
    days: tuple[int | None, int | None],
    limit: int,
) -> None:
    since, before = (None if day is None else at(day * 86400) for day in days)
    query = MessageQuery(words, senders, kinds, since, before)
    known = {"Ann": "@ann", "me": "@me", "Ben": "@ben", "我": "@me"}

    def meant(message: StoredMessage) -> bool:
        name = "@me" if message.mine else message.sender
        text = tokenizer.findable(message.body)
        return (
            set(words.split()) <= set(tokenizer.split(text))
            and (not senders or name in {known.get(one) for one in senders})
            and (not kinds or isinstance(message.body, kinds))
            and (since is None or message.time >= since)
            and (before is None or message.time < before)
        )

    async def run() -> None:
        async with fresh_store() as store:
            await check(store)

    async def check(store: Store) -> None:
        await store.save_contacts([ME, ANN, BEN, TEAM])
        messages = [
            Message(f"m{n}", "@@team", "" if who == "@me" else who, who == "@me", at(day * 86400 + n), body)
            for n, (body, who, day) in enumerate(said)
        ]
        await store.apply(batch(*messages))
        team = await store.conversation_for("@@team")
        every = (await store.messages_before(team.id, None, 100))[::-1]
        wanted = [one.msg_id for one in every if meant(one)] if words or query.filtered else []
        for where in ({}, {"conversation_id": team.id}):
            found = await store.search(query, limit=limit, **where)
            assert [one.msg_id for one in found] == wanted[:limit]

    run_example(run)


# ---------------------------------------------------------------- how they are found


async def test_filters_walk_an_index_between_their_days_and_read_no_whole_table(filled: Store) -> None:
    team = (await filled.conversation_for("@@team")).id
    async with Plans(filled) as plans:
        await filled.search(parse_query("kind:file since:2024-05-01 until:2024-05-02", NOW))
        await filled.search(parse_query("kind:file since:2024-05-01", NOW), conversation_id=team)
        await filled.search(parse_query("kind:file report", NOW))
    steps = [step.split(" <- ")[0] for step in await plans.steps()]
    assert whole_tables(steps) == []
    assert "SEARCH m USING INDEX message_time (time_ms>? AND time_ms<?)" in steps
    assert "SEARCH m USING INDEX message_place (conversation_id=? AND time_ms>?)" in steps
    assert "SEARCH m USING INTEGER PRIMARY KEY (rowid=?)" in steps


async def test_without_days_the_log_is_walked_in_its_order_and_a_page_ends_the_walk(filled: Store) -> None:
    async with Plans(filled) as plans:
        await filled.search(parse_query("kind:file", NOW), limit=1)
        await filled.search(parse_query("", NOW, mentions=True), limit=1)
        await filled.search(parse_query("", NOW, mentions=True), conversation_id=1, limit=1)
    steps = [step.split(" <- ")[0] for step in await plans.steps()]
    assert steps == ["SCAN m USING INDEX message_time", *["SCAN m USING INDEX message_mention"] * 2]


def test_options_and_words_make_one_query() -> None:
    made = parse_query("report", NOW, senders=["张三"], kinds=["file"], since=["2026-11-01"], until=["11-02"])
    assert made == parse_query("from:张三 kind:file since:2026-11-01 until:11-02 report", NOW)
    assert parse_query("since:2026-11-05", NOW, since=["11-01"]) == parse_query("since:11-05", NOW)
    assert parse_query("", NOW, since=["today"]).since == midnight(TODAY)
    assert midnight(TODAY + timedelta(days=1)) == parse_query("", NOW, until=["today"]).before
