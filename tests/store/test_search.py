"""Full-text search: which words find a message, and an index that agrees with the messages."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from tests.support.examples import examples
from tests.support.query_plans import Plans, whole_tables
from tests.support.search_index import assert_in_step
from tests.support.store_files import run_sql
from tests.support.sync_batches import ME, UIN, Clock, at, batch, incoming, keys, lose, revoke, write
from tui.errors import SearchMissing
from tui.store.changes import Change
from tui.store.db.inspect import inspect
from tui.store.delivery_state import DeliveryEvent
from tui.store.mapping.codec import unpack_body
from tui.store.models import Place
from tui.store.search import index, tokenizer
from tui.store.store import Store
from tui.wire.bodies import (
    Body,
    Card,
    File,
    FriendRequest,
    Image,
    Link,
    Location,
    MiniProgram,
    PhoneCall,
    Quote,
    System,
    Text,
    Unknown,
)

E = DeliveryEvent


async def fill(store: Store, *said: Body | str, chat: str = "@ann", first: int = 1) -> None:
    await store.apply(
        batch(*(incoming(f"{chat}{n}", body, chat=chat, seconds=n) for n, body in enumerate(said, first)))
    )


def says(text: str, asked: str) -> bool:
    """What the index is to find, by reading the words of a text one after another."""
    wanted, words = tokenizer.query(asked), tuple(tokenizer.split(text))

    def there(phrase: tuple[str, ...], begun: bool) -> bool:
        size = len(phrase)
        parts = (words[at : at + size] for at in range(len(words) - size + 1))
        return any(part[:-1] == phrase[:-1] and (part[-1].startswith(phrase[-1]) if begun else part == phrase)
                   for part in parts)  # fmt: skip

    *whole, last = wanted.phrases or ((),)
    return bool(wanted) and all(there(phrase, False) for phrase in whole) and there(last, wanted.open_end)


async def found(store: Store, text: str, limit: int = 50) -> list[str]:
    """What is found by the index, which is what reading every message finds."""
    by_index = [tokenizer.findable(message.body) for message in await store.search(text, limit=limit)]
    said = await store._database.read(
        lambda c: c.execute("SELECT body FROM message ORDER BY time_ms DESC, id DESC").fetchall()
    )
    by_reading = [words for (body,) in said if says(words := tokenizer.findable(unpack_body(body)), text)]
    assert by_index == by_reading[:limit]
    return by_index


# ---------------------------------------------------------------- what is found


@pytest.mark.parametrize(
    ("text", "asked"),
    [
        ("今天下午开会", "下午"),
        ("今天下午开会", "开会"),
        ("今天下午开会", "会"),
        ("今天下午开会", "今天下午开会"),
        ("今天下午开会", "今天 开会"),
        ("今天,下午", "今天下午"),
        ("see BUILD.log for details", "build"),
        ("see BUILD.log for details", "build.log"),
        ("see BUILD.log for details", "Details buil"),
        ("用Python写的", "python"),
        ("用Python写的", "用pyth"),
        ("用Python写的", "写的"),
        ("ＡＢＣ　１２３", "abc 123"),
        ("abc 123", "ＡＢＣ"),
        ("STRASSE", "straße"),
        ("😀 好的", "😀"),
        ("👨‍👩‍👧 一家", "👨"),
        ("하늘이 파랗다", "하늘"),
        ("ありがとう", "がと"),
        ("Привет, мир", "привет"),
        ("naïve café", "CAFÉ"),
        ("cafe\u0301", "café"),
        ("report_final_v2.pdf", "final"),
        ("第3章", "3"),
        ("[微笑]谢谢", "谢谢"),
        ("line one\nline two", "two"),
    ],
)
async def test_a_text_is_found_by_its_words(store: Store, text: str, asked: str) -> None:
    await fill(store, text, "something else", "别的")
    assert len(await found(store, asked)) == 1
    assert tokenizer.query(asked).places(text), "what is found can be marked"


@pytest.mark.parametrize(
    ("text", "asked"),
    [
        ("今天下午开会", "午下"),
        ("今天下午开会", "今下"),
        ("今天下午开会", "明天"),
        ("report", "port"),
        ("build the log", "build.log"),
        ("reporter", "report x"),
        ("reporter here", "report here"),
        ("你好", "你好吗"),
    ],
)
async def test_a_text_is_not_found_by_other_words(store: Store, text: str, asked: str) -> None:
    await fill(store, text)
    assert await found(store, asked) == []
    assert not says(text, asked)


@pytest.mark.parametrize("nothing", ["", "   ", "?!。，", '"', "*", "\0", "\u200d", "_ - _"])
async def test_no_word_finds_nothing(store: Store, nothing: str) -> None:
    await fill(store, "hello", '"', "*")
    assert await found(store, nothing) == []
    assert not tokenizer.query(nothing)


@pytest.mark.parametrize(
    ("body", "asked"),
    [
        (File("季度报告.xlsx", 12), "报告"),
        (Link("How to sleep", "https://example.com/sleep?from=timeline&token=zzz"), "sleep"),
        (Link("How to sleep", "https://example.com/sleep?from=timeline"), "example.com/sleep"),
        (Location("杭州市西湖区"), "西湖"),
        (MiniProgram("拼单", "美团"), "美团"),
        (Quote("同意", "下周去爬山", "张三"), "爬山"),
        (Quote("同意", "下周去爬山", "张三"), "张三"),
        (Card("李四", "@x", "lisi99"), "lisi"),
        (FriendRequest("王五", "我是王五的同学", "@w", "secret-ticket"), "同学"),
        (System("“Ann” joined the group"), "joined"),
        (PhoneCall("视频通话"), "通话"),
        (Unknown(99, text="什么东西"), "东西"),
    ],
)
async def test_bodies_that_are_found(store: Store, body: Body, asked: str) -> None:
    await fill(store, body, Image(3, 4))
    assert len(await found(store, asked)) == 1


@pytest.mark.parametrize("asked", ["secret", "token", "timeline", "Text", "app_type", "https://example.com/?token=zzz"])
async def test_what_nobody_said_is_not_found(store: Store, asked: str) -> None:
    await fill(
        store,
        Link("How to sleep", "https://example.com/sleep?from=timeline&token=zzz"),
        FriendRequest("王五", "hi", "@w", "secret-ticket"),
        Text("plain"),
    )
    assert await found(store, asked) == []


# ---------------------------------------------------------------- any text at all

_signs = st.text(
    st.one_of(
        st.sampled_from("你好吗今天abAB01 \"'*():^-+.,，。{}[]\\/\0\n\t_%😀👨‍👩é"),
        st.characters(exclude_categories=["Cs"]),
    ),
    max_size=40,
)


@settings(max_examples=examples(150), deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@example(said=["a"], asked='" OR NEAR(a b) words:a -a a* ^a')
@example(said=["x AND y"], asked="x AND y")
@example(said=["ab"], asked="a" * 3000)
@example(said=["a b"], asked="a " * 3000)
@example(said=["ß"], asked="ẞ")
@example(said=["你" * 600], asked="你" * 600)
@example(said=["好"], asked="好 " * 300)
@given(said=st.lists(_signs, max_size=4), asked=_signs)
def test_the_index_finds_what_reading_finds(said: list[str], asked: str) -> None:
    connection = sqlite3.connect(":memory:", isolation_level=None)
    try:
        connection.execute(index._TABLE)
        for number, text in enumerate(said):
            connection.execute(
                "INSERT INTO search (rowid, words) VALUES (?, ?)", (number, " ".join(tokenizer.split(text)))
            )
        wanted = tokenizer.query(asked)
        by_index = (
            [
                n
                for (n,) in connection.execute(
                    "SELECT rowid FROM search WHERE search MATCH ?", (index._expression(wanted),)
                )
            ]
            if wanted
            else []
        )
        by_reading = [n for n, text in enumerate(said) if says(text, asked)]
        assert by_index == by_reading
    finally:
        connection.close()


@settings(max_examples=examples(200), deadline=None)
@given(text=_signs, asked=_signs)
def test_places_are_within_the_text_and_apart(text: str, asked: str) -> None:
    places = tokenizer.query(asked).places(text)
    ends = [0, *(edge for place in places for edge in place)]
    assert all(begin < end for begin, end in places)
    assert ends == sorted(ends)
    assert not places or places[-1][1] <= len(text)


@settings(max_examples=examples(200), deadline=None)
@given(text=_signs)
def test_a_text_is_found_by_its_own_words(text: str) -> None:
    assert says(text, text) or not tokenizer.query(text)


async def test_half_a_character_in_a_query(store: Store) -> None:
    await fill(store, "hello")
    assert await found(store, "\ud83d hello") == ["hello"]
    assert await found(store, "\udcff") == []


def test_words_are_what_they_were() -> None:
    """Stores are full of them: who changes this lets a migration call `search.rebuild`."""
    text = "Hello, Wörld! 你好「世界」 ＡＢＣ１２３ café 😀👍🏽 foo_bar v2.0 ①㌔ ﬁn"
    text += " हिन्दी ไทย 한글 かな カタ・カナ ½ → 々〇 ʰ"
    assert tokenizer.split(text) == [
        "hello", "wörld", "你", "好", "世", "界", "abc123", "café", "😀", "👍", "🏽", "foo", "bar", "v2", "0", "1",
        "キ", "ロ", "fin", "ह", "न", "द", "ไ", "ท", "ย", "한", "글", "か", "な", "カ", "タ", "カ", "ナ", "1", "2", "→",
        "々", "〇", "h",
    ]  # fmt: skip


# ---------------------------------------------------------------- order, pages, places


async def everything(store: Store) -> None:
    for chat in ("@ann", "@ben"):
        await fill(store, *(f"你好 {n}" if n % 3 else "别的" for n in range(30)), chat=chat)


@pytest.mark.parametrize("few", [2000, 3], ids=["looked up", "walked"])
async def test_newest_first_and_paged(store: Store, few: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(index, "_FEW", few)
    await everything(store)
    whole = await store.search("你好", limit=1000)
    assert len(whole) == 40
    assert [message.place for message in whole] == sorted((message.place for message in whole), reverse=True)
    paged, before = [], None
    while page := await store.search("你好", before=before, limit=7):
        paged += page
        before = page[-1].place
    assert paged == whole
    there = [message for message in whole if message.conversation_id == whole[0].conversation_id]
    assert await store.search("你好", conversation_id=whole[0].conversation_id) == there
    middle = whole[20]
    newer = await store.search("你好", after=middle.place, limit=5)
    assert newer == whole[19:14:-1]
    newer = await store.search("你好", after=there[10].place, conversation_id=there[0].conversation_id, limit=5)
    assert newer == there[9:4:-1]
    assert await store.search("你好", limit=0) == []
    assert await store.search("你好", conversation_id=999) == []


async def test_a_place_that_is_no_message(store: Store) -> None:
    await fill(store, "你好", "你好")
    assert len(await store.search("你好", before=Place(at(2), 0))) == 1
    assert len(await store.search("你好", after=Place(at(0), 0))) == 2


@pytest.mark.parametrize("few", [2000, 3], ids=["looked up", "walked"])
async def test_searching_reads_no_whole_table(store: Store, few: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(index, "_FEW", few)
    await everything(store)
    async with Plans(store) as plans:
        page = await store.search("你好")
        await store.search("你好", conversation_id=1, before=page[0].place)
        await store.search("你好", after=page[-1].place)
    steps = await plans.steps()
    # FTS5 calls every question a scan of itself; walking the index in order, until a page is full, is meant. A dozen
    # tables are no whole table.
    meant = ("SCAN search VIRTUAL TABLE", "SCAN main.sqlite_master")
    whole = [step for step in whole_tables(steps) if not step.startswith(meant)]
    assert all("SCAN m USING INDEX message_time" in step for step in whole)
    if few > 3:
        assert whole == []
    else:
        assert not [step for step in steps if "TEMP B-TREE" in step]
        assert any("SEARCH m USING INDEX message_place" in step for step in steps)


# ---------------------------------------------------------------- in step with the messages


async def test_whatever_happens_to_a_message_the_index_follows(store: Store) -> None:
    await fill(store, "你好", Image(), "third")
    await assert_in_step(store)
    mine = await write(store, "outgoing 消息")
    await assert_in_step(store)
    assert [message.id for message in await store.search("消息")] == [mine.id]
    # The same message comes through sync before the answer does: its row goes.
    await store.move(mine.id, E.START)
    await store.apply(batch(incoming("77", "outgoing 消息", mine=True, seconds=9)))
    assert len(await store.search("消息")) == 2
    await store.move(mine.id, E.ACCEPTED, msg_id="77")
    assert [message.id for message in await store.search("消息")] == [mine.id]
    await assert_in_step(store)
    await store.apply(batch(revoke("78", of="77", seconds=10)))
    assert len(await store.search("消息")) == 2, "what was taken back stays readable; the notice is one more"
    await lose(store, "gone astray")
    await assert_in_step(store)


async def test_statements_of_others_are_followed(store: Store) -> None:
    await fill(store, "你好", "再见")

    def change(connection: sqlite3.Connection) -> tuple[None, list[Change]]:
        connection.execute("UPDATE message SET body = ? WHERE id = 1", ('{"type":"Text","text":"changed words"}',))
        connection.execute("UPDATE message SET state = 'recalled' WHERE id = 2")
        return None, []

    await store._database.write(change)
    await assert_in_step(store)
    assert len(await store.search("changed")) == 1
    await run_sql(store, "DELETE FROM conversation WHERE id = 1")
    assert await store.search("changed") == []
    await assert_in_step(store)


async def test_a_transaction_that_fails_leaves_no_words(store: Store) -> None:
    class Stop(Exception):
        pass

    def job(connection: sqlite3.Connection) -> tuple[None, list[Change]]:
        connection.execute("UPDATE message SET body = ?", ('{"type":"Text","text":"never"}',))
        raise Stop

    await fill(store, "你好")
    with pytest.raises(Stop):
        await store._database.write(job)
    assert await store.search("never") == []
    assert len(await store.search("你好")) == 1
    await assert_in_step(store)


# ---------------------------------------------------------------- without FTS5


async def test_without_fts5_one_sentence_says_so(path: Path, clock: Clock, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(index, "_PROBE", "SELECT no_such_function()")
    for opened in (Store.open, Store.open_to_read):
        with pytest.raises(SearchMissing, match=r"SQLite 3\S+ of this Python cannot search texts"):
            await opened(path, clock=clock)
    with pytest.raises(SearchMissing):
        inspect(path)
    assert not path.parent.exists()


@pytest.mark.parametrize(
    "left",
    ["DROP TABLE search", "DELETE FROM search", "DROP TABLE search; CREATE TABLE search (something)"],
    ids=["no index", "behind", "another index"],
)
async def test_an_earlier_version_without_fts5_wrote_to_the_file(path: Path, clock: Clock, left: str) -> None:
    async with await Store.open(path, clock=clock) as store:
        await store.begin_login(ME, UIN, keys(0))
        await fill(store, "你好")
    with closing(sqlite3.connect(path)) as connection:
        connection.executescript(left)
        connection.execute("INSERT INTO memory (key, value) VALUES ('search.behind', '')")
        connection.commit()
    async with await Store.open_to_read(path, clock=clock) as store:
        assert len(await store.search("你好")) == 1
    async with await Store.open(path, clock=clock) as store:
        assert len(await store.search("你好")) == 1
        await assert_in_step(store)
        assert await store.value("search.behind") == ""
