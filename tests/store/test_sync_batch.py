"""Answers of webwxsync: stored whole or not at all, once, with their contacts and keys."""

from __future__ import annotations

import pytest

from tests.support.store_files import run_sql
from tests.support.sync_batches import ANN, BEN, at, batch, drain, incoming, keys, log, notify, revoke, send, texts
from tui.errors import StoreBroken
from tui.store.changes import ContactsChanged, ConversationsChanged, MessageChanged, MessagesAdded
from tui.store.delivery_state import DeliveryState
from tui.store.mapping.codec import pack, unpack_body
from tui.store.models import StoredMessage
from tui.store.store import Store
from tui.wire.bodies import (
    Announcement,
    Body,
    Card,
    Channels,
    Emoticon,
    File,
    FriendRequest,
    Gift,
    History,
    Image,
    Link,
    LiveLocation,
    Location,
    MiniProgram,
    Note,
    PhoneCall,
    Quote,
    RedPacket,
    Revoke,
    StatusNotify,
    System,
    Text,
    Transfer,
    TransferState,
    Unknown,
    Video,
    Voice,
)
from tui.wire.names import NotifyCode

BODIES: tuple[Body, ...] = (
    Text("a < b & c\n“引号” \x1b[31m"),
    Image(120, 80, "a.jpg", 7),
    Voice(1.5, size=8),
    Video(12, 320, 240, True, "a.mp4", 9),
    Emoticon("0cc175b9c0f1b6a831c399e269772661", "http://emoji.example/x"),
    Link("标题", "https://example.com/?a=1&b=2", "说明", 4),
    File("报告 & <v2>.pdf", 2**40, "@crypt_1", "a%2Epdf"),
    Location("天安门", 39.9, 116.4, "http://apis.map.example/"),
    LiveLocation("共享"),
    MiniProgram("小程序", "来源"),
    Quote("好", "原文", "Ann", "image"),
    Channels("频道", "今天的视频", live=True),
    Announcement("明天放假\n请注意"),
    History("聊天记录", "甲: 你好"),
    Note("笔记", "清单"),
    Gift("花"),
    Transfer("转账", "￥1", "午饭", TransferState.RECEIVED),
    RedPacket("恭喜发财"),
    Card("名片", "@card", "alias"),
    FriendRequest("新朋友", "你好", "@new", "v2_ticket"),
    PhoneCall("语音通话"),
    System("“Ann” 加入了群聊"),
    Unknown(9998, 77, "?"),
)


async def unread(store: Store, chat: str = "@ann") -> int:
    return (await store.conversation_for(chat)).unread


async def test_a_batch_is_stored_with_its_contacts_and_keys(store: Store) -> None:
    changes = store.subscribe()
    new = await store.apply(batch(incoming("1", "first"), incoming("2", "second"), changed=(ANN,), number=4))
    assert [message.msg_id for message in new] == ["1", "2"]
    assert await log(store) == new
    assert await store.keys() == keys(4)
    line = await store.conversation_for("@ann")
    assert (line.name, line.unread, line.last) == ("Ann", 2, new[1])
    assert await drain(changes) == [
        ContactsChanged(),
        MessagesAdded(line.id, tuple(new)),
        ConversationsChanged((line.id,)),
    ]


@pytest.mark.parametrize("body", BODIES, ids=lambda body: type(body).__name__)
async def test_every_body_comes_back_as_it_was(store: Store, body: Body) -> None:
    [stored] = await store.apply(batch(incoming("1", body, content="<msg>&amp;</msg>", seconds=3)))
    assert await store.message("1") == stored
    assert (stored.body, stored.content, stored.time) == (body, "<msg>&amp;</msg>", at(3))
    assert (stored.state, stored.mine, stored.sender, stored.outgoing) == (DeliveryState.RECEIVED, False, "@ann", False)


@pytest.mark.parametrize(
    ("stored", "read"),
    [
        ('{"type":"Hologram","title":"来自未来"}', Unknown(0, 0, "来自未来")),
        ('{"type":"Text","text":7}', Unknown(0)),
        ('{"type":"Text"', Unknown(0)),
        ("[1]", Unknown(0)),
        ('{"type":"Text","text":"x","since":"1.5"}', Text("x")),
    ],
)
def test_a_body_that_this_version_does_not_know(stored: str, read: Body) -> None:
    assert unpack_body(stored) == read


def test_half_a_character_does_not_keep_a_body_from_being_stored() -> None:
    assert unpack_body(pack(Text("a\ud83db"))) == Text("a?b")
    assert unpack_body(pack(File("n", 2**70))) in (File("n", 2**70), Unknown(0, 0, "n"))


async def test_a_strange_message_does_not_stop_the_stream(store: Store) -> None:
    strange = incoming("\ud83d", "\udcff\x00", chat="@\udcff", content="\udcff")
    await store.apply(batch(strange, incoming("2")))
    await store.apply(batch(strange, number=2))
    assert [line.unread for line in await store.conversations()] == [1, 1]
    assert await texts(store, "@\udcff") == ["?\x00"]


async def test_the_same_message_twice_is_one(store: Store) -> None:
    message = incoming("7041234567890123456")
    await store.apply(batch(message, message))
    changes = store.subscribe()
    assert await store.apply(batch(message, number=2)) == []
    assert len(await log(store)) == 1
    assert await unread(store) == 1
    assert await drain(changes) == []
    assert await store.keys() == keys(2), "the keys move on all the same"


async def test_messages_without_an_id_are_all_kept(store: Store) -> None:
    assert len(await store.apply(batch(incoming("", "a"), incoming("", "a")))) == 2
    assert await store.message("") is None


async def test_messages_without_an_id_that_are_told_again_are_left_out(store: Store) -> None:
    first = (incoming("", "a"), incoming("", "a"), incoming("", "b", seconds=1))
    assert len(await store.apply(batch(*first, number=5))) == 3
    assert await store.apply(batch(*first, number=5)) == [], "the server's place has not moved: it is the same answer"
    more = await store.apply(batch(*first, incoming("", "a"), incoming("", "b", seconds=2), number=5))
    assert [text_of(message) for message in more] == ["a", "b"], "one more than before, and one of another second"


async def test_a_message_with_an_id_tells_that_an_answer_is_repeated(store: Store) -> None:
    first = (incoming("", "a"), incoming("77", "with an id"))
    await store.apply(batch(*first, number=5))
    assert await store.apply(batch(*first, number=6)) == []
    assert await texts(store) == ["a", "with an id"]


async def test_what_is_alike_in_a_new_answer_is_new(store: Store) -> None:
    await store.apply(batch(incoming("", "ok"), number=5))
    assert len(await store.apply(batch(incoming("", "ok"), incoming("78"), number=6))) == 1 + 1
    for other in (incoming("", "ok", mine=True), incoming("", "ok", chat="@ben"), incoming("", "ok", content="x")):
        assert len(await store.apply(batch(other, number=6))) == 1, "not the same, though the answer is repeated"


def text_of(message: StoredMessage) -> str:
    assert isinstance(message.body, Text)
    return message.body.text


async def test_the_file_as_which_a_picture_was_saved_is_remembered_and_found(store: Store) -> None:
    picture, file = await store.apply(batch(incoming("1", Image(3, 4)), incoming("2", File("a.txt", 1))))
    await store.note_file(picture.id, "海边.jpg", 99)
    await store.note_file(file.id, "a (2).txt", 99)
    await store.note_file(10_000, "x", 1)
    assert [(await store.row(one.id)).body for one in (picture, file)] == [
        Image(3, 4, "海边.jpg", 99),
        File("a.txt", 1),
    ]
    assert [one.id for one in await store.search("海边")] == [picture.id]


async def test_arrival_decides_within_a_second(store: Store) -> None:
    await store.apply(batch(incoming("9", "b", seconds=5), incoming("3", "c", seconds=5), incoming("5", "a")))
    assert await texts(store) == ["a", "b", "c"]


async def test_a_late_old_message_does_not_become_the_last(store: Store) -> None:
    await store.apply(batch(incoming("1", seconds=10)))
    await store.apply(batch(incoming("2", seconds=5)))
    line = await store.conversation_for("@ann")
    assert line.last is not None and line.last.msg_id == "1"
    assert line.unread == 2


async def test_what_counts_as_unread(store: Store) -> None:
    await store.apply(
        batch(
            incoming("1"),
            incoming("2", "from the phone", mine=True),
            incoming("3", System("“Ben” 加入了群聊")),
            revoke("4", "nothing"),
            incoming("5", PhoneCall("missed")),
        )
    )
    assert await unread(store) == 2


async def test_reading_resets_and_tells_it_once(store: Store) -> None:
    await store.apply(batch(incoming("1")))
    line = await store.conversation_for("@ann")
    changes = store.subscribe()
    await store.mark_read(line.id)
    await store.mark_read(line.id)
    assert await unread(store) == 0
    assert await drain(changes) == [ConversationsChanged((line.id,))]


async def test_what_comes_after_the_row_that_was_read_stays_unread(store: Store) -> None:
    """Also a late one, whose place is before what was read."""
    await store.apply(batch(incoming("1", seconds=5), incoming("2", chat="@ben"), incoming("3", seconds=6)))
    line, until = await store.conversation_for("@ann"), await store.last_row()
    late = (incoming("4", seconds=1), incoming("5", System("joined")), incoming("6", mine=True, seconds=9))
    await store.apply(batch(*late, number=2))
    await store.mark_read(line.id, until)
    assert await unread(store) == 1
    await store.mark_read(line.id, until)
    assert await unread(store) == 1, "marked twice it is the same"
    await store.mark_read(line.id)
    assert await unread(store) == 0


@pytest.mark.parametrize("code", [NotifyCode.READ, NotifyCode.ENTERED])
async def test_the_phone_reads(store: Store, code: NotifyCode) -> None:
    await store.apply(batch(incoming("1"), incoming("2", chat="@ben"), incoming("3", chat="@@team")))
    news = (notify(code, "@ann", "@ben", "@stranger"), incoming("4", chat="@ben"))
    new = await store.apply(batch(*news))
    assert [message.msg_id for message in new] == ["4"]
    assert await store.apply(batch(*news)) == [], "an answer that is told again reads no more than it did"
    assert {line.user_name: line.unread for line in await store.conversations()} == {
        "@ann": 0,
        "@ben": 1,
        "@@team": 1,
    }


@pytest.mark.parametrize("code", [NotifyCode.INITIAL, NotifyCode.LEFT, 99])
async def test_other_notices_of_the_phone_are_nothing(store: Store, code: int) -> None:
    await store.apply(batch(incoming("1")))
    changes = store.subscribe()
    assert await store.apply(batch(notify(code, "@ann", "@ben"))) == []
    assert [(line.user_name, line.unread) for line in await store.conversations()] == [("@ann", 1)]
    assert await drain(changes) == []


async def test_a_revoke_marks_an_earlier_message(store: Store) -> None:
    [original] = await store.apply(batch(incoming("1", "oops", content="oops")))
    changes = store.subscribe()
    [notice] = await store.apply(batch(revoke("2", of="1", seconds=4)))
    marked = await store.message("1")
    assert marked is not None
    assert (marked.state, marked.body, marked.content) == (DeliveryState.RECALLED, Text("oops"), "oops")
    assert marked.place == original.place
    assert notice.body == Revoke("1", "“Ann” 撤回了一条消息")
    assert await log(store) == [marked, notice]
    assert await drain(changes) == [
        MessagesAdded(notice.conversation_id, (notice,)),
        MessageChanged(marked),
        ConversationsChanged((notice.conversation_id,)),
    ]


async def test_a_revoke_in_the_same_batch_is_seen_at_once(store: Store) -> None:
    changes = store.subscribe()
    new = await store.apply(batch(incoming("1"), revoke("2", of="1")))
    assert [message.state for message in new] == [DeliveryState.RECALLED, DeliveryState.RECEIVED]
    assert (await drain(changes))[0] == MessagesAdded(new[0].conversation_id, tuple(new))


async def test_a_revoke_before_its_message(store: Store) -> None:
    assert len(await store.apply(batch(revoke("2", of="1")))) == 1
    [late] = await store.apply(batch(incoming("1")))
    assert late.state is DeliveryState.RECALLED


async def test_a_revoke_that_comes_twice(store: Store) -> None:
    await store.apply(batch(incoming("1"), revoke("2", of="1"), revoke("2", of="1")))
    await store.apply(batch(revoke("3", of="1")))
    marked = await store.message("1")
    assert marked is not None and marked.state is DeliveryState.RECALLED
    assert len(await log(store)) == 3


async def test_our_own_message_revoked_on_the_phone(store: Store) -> None:
    sent = await send(store, "mine", msg_id="900")
    await store.apply(batch(revoke("901", of="900")))
    marked = await store.message("900")
    assert marked is not None and (marked.id, marked.state) == (sent.id, DeliveryState.REVOKED)


async def test_deleted_contacts_are_gone_and_their_history_stays(store: Store) -> None:
    await store.save_contacts([ANN, BEN])
    await store.apply(batch(incoming("1")))
    await store.apply(batch(deleted=("@ann", "@nobody")))
    assert await store.contact("@ann") is None
    assert [line.name for line in await store.conversations()] == ["Ann"]
    assert await texts(store) == ["hello"]


async def test_a_failing_batch_leaves_neither_messages_nor_keys(store: Store) -> None:
    await store.save_contacts([BEN])
    changes = store.subscribe()
    await store._database.write(
        lambda c: (
            c.execute("CREATE TRIGGER no BEFORE UPDATE OF keys ON login BEGIN SELECT raise(ABORT, 'x'); END"),
            [],
        )
    )
    with pytest.raises(StoreBroken):
        await store.apply(batch(incoming("1"), changed=(ANN,), deleted=("@ben",), number=8))
    assert await store.keys() == keys(0)
    assert await store.message("1") is None
    assert await store.conversations() == []
    assert await store.contact("@ann") is None
    assert await store.contact("@ben") == BEN
    assert await drain(changes) == []
    await run_sql(store, "DROP TRIGGER no")
    assert len(await store.apply(batch(incoming("1"), number=8))) == 1


def test_every_kind_of_body_is_tried_above() -> None:
    assert {type(body) for body in BODIES} | {Revoke, StatusNotify} == set(Body.__args__)
