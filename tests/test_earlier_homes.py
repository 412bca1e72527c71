"""What an earlier version left in a person's home opens with this one, and means what it meant.

`homes/version_COMMIT` is `WXTUI_HOME` as the program of that commit wrote it: the settings, with every key by its id,
and profiles with all that lies in them. The files were made by running that program, and are never edited. The store
is kept as SQL; its messages are of every kind and in every state, one failed message for each reason.
"""

from __future__ import annotations

import os
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

import msgspec
import pytest

from tests.support.command_line import Wxtui
from tests.support.earlier_home import lay_earlier_home
from tui import keymap
from tui.config.settings import Settings, load
from tui.paths import find_profile
from tui.screens.chat.last_position import LogPosition
from tui.services.downloads.inbox import UnsavedFiles
from tui.services.file_browser.bookmarks import Bookmarks, BookmarksFile
from tui.services.http.stored_cookie import StoredCookie
from tui.services.session.profile_lock import OwnerLock
from tui.services.session.session_file import SessionFile, StoredSession
from tui.store.delivery_state import DeliveryState
from tui.store.models import StoredMessage
from tui.store.store import Store
from tui.store.tables.uploads import UploadFile
from tui.widgets.base.reason_words import reason_words
from tui.wire import bodies
from tui.wire.contacts import ContactKind
from tui.wire.hosts import entry_hosts
from tui.wire.media_types import MediaKind
from tui.wire.names import Endpoint
from tui.wire.session import Session
from tui.wire.sync import SyncKey, SyncKeys

NOW: Final = datetime(2026, 5, 1, 12, 0, tzinfo=UTC)


@pytest.fixture
def earlier(home: Path) -> Path:
    """The home, as that version left it."""
    lay_earlier_home(home)
    return home


async def opened() -> Store:
    return await Store.open(find_profile("default").store_file, clock=lambda: NOW)


def text_of(message: StoredMessage) -> str:
    return message.body.text if isinstance(message.body, bodies.Text) else ""


# ---------------------------------------------------------------- settings and keys


def test_every_setting_is_taken(earlier: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", "/home/me")
    settings = load(environ={})
    assert settings == Settings(
        theme="dark",
        language="zh_CN",
        bell=False,
        desktop_notices=False,
        show_recalled=False,
        endpoint=Endpoint.FILEHELPER,
        start_dir=Path("/home/me/Downloads"),
        bookmarks=(Path("/home/me/Pictures"), Path("/srv/共享")),
        keep=90,
        download_dir=Path("/home/me/下载"),
        keys=settings.keys,
    )


def test_every_key_keeps_its_id(earlier: Path) -> None:
    keys = load(environ={}).keys
    assert len(keys) == 141
    own = keymap.checked(keys)
    assert own.keys() == keys.keys()
    assert (own["revoke"], own["mute"], own["file"]) == (("d",), (), ("f5",))
    assert own["text.word_left"] == ("alt+b", "alt+left", "ctrl+left")


# ---------------------------------------------------------------- the session


def test_the_session_is_still_one(earlier: Path) -> None:
    assert SessionFile(find_profile("default").session_file).load() == StoredSession(
        Session(
            Endpoint.WEB,
            entry_hosts(Endpoint.WEB),
            uin="210000000",
            sid="sid+/==",
            skey="@crypt_skey",
            pass_ticket="pass/ticket==",
            data_ticket="gSdata",
            device_id="e123456789012345",
            user_name="@me2",
            nick_name="我",
        ),
        [
            StoredCookie("wxuin", "210000000", "wx.qq.com", secure=True),
            StoredCookie("wxsid", "sid+/==", "wx.qq.com"),
            StoredCookie("webwx_data_ticket", "gSdata", ".qq.com"),
        ],
    )
    stored = SessionFile(find_profile("filehelper").session_file).load()
    assert stored is not None
    assert (stored.session.endpoint, stored.session.user_name) == (Endpoint.FILEHELPER, "@fh")
    assert (stored.session.hosts.file, stored.origin) == ("http://127.0.0.1:8787", "http://127.0.0.1:8787")


# ---------------------------------------------------------------- what else lies in a profile


def test_the_bookmarks_and_recent_folders_are_there(earlier: Path) -> None:
    assert BookmarksFile(find_profile("default").state / "places.json").load() == Bookmarks(
        (Path("/home/me/图片"), Path(os.fsdecode(b"/srv/\xff"))), (Path("/home/me/Downloads"), Path("/tmp"))
    )


def test_what_was_not_saved_yet_is_known(earlier: Path) -> None:
    assert UnsavedFiles(find_profile("default").state / "unsaved.json").msg_ids == ["8000000000000000016"]


def test_nobody_owns_the_profile(earlier: Path) -> None:
    with OwnerLock(find_profile("default")):
        pass


# ---------------------------------------------------------------- the store


async def test_the_conversations_are_there(earlier: Path) -> None:
    async with await opened() as store:
        assert store.set_aside is None
        assert {one.name: (one.kind, one.unread, one.draft) for one in await store.conversations()} == {
            "安": (ContactKind.PERSON, 23, "草稿：半句话"),
            "项目群": (ContactKind.GROUP, 2, "/send ~/图.png"),
            "文件传输助手": (ContactKind.SPECIAL, 0, ""),
            "Ben": (ContactKind.PERSON, 2, ""),
            "小明": (ContactKind.PERSON, 0, ""),
            "早报": (ContactKind.OFFICIAL, 0, ""),
        }
        assert [one.name for one in await store.conversations() if one.pinned] == ["安"]
        assert [one.name for one in await store.conversations() if one.muted] == ["早报", "项目群"]
        assert [one.name for one in await store.conversations() if one.hushed] == ["Ben"]
        assert [one.name for one in await store.earlier_conversations()] == ["小明"]
        assert [(one.contact.user_name, len(one.candidates)) for one in await store.doubts()] == [("@twin2", 1)]
        assert await store.keys() == SyncKeys(SyncKey(((1, 4), (2, 7))), SyncKey(((1, 5),)))
        assert await store.synced() == datetime(2026, 5, 1, 11, 6, 40, tzinfo=UTC)
        (gap,) = await store.gaps()
        assert (gap.since.hour, gap.until.hour, gap.after) == (10, 11, 6)
        login = await store.current_login()
        assert login is not None
        assert (login.id, login.uin, login.user_name) == (2, "210000000", "@me2")


async def test_two_logins_of_one_person_are_one_conversation(earlier: Path) -> None:
    async with await opened() as store:
        ann = await store.conversation_for("@ann2")
        said = [text_of(message) for message in await store.messages_before(ann.id, None, 1000)]
        assert said[:3] == ["上次登录：你好 [微笑]", "断线时写的", "列表之前到的"]
        assert await store.former_names(ann.id) == {"@ann1": "安", "@me1": ""}
        # The number of the conversation that was merged is not given out again.
        assert (await store.conversation_for("@new")).id == 9


async def test_every_kind_of_body_is_read(earlier: Path) -> None:
    async with await opened() as store:
        ann = await store.conversation_for("@ann2")
        said = await store.messages_before(ann.id, None, 1000)
    received = [message.body for message in said if message.state is DeliveryState.RECEIVED][2:]
    assert received == [
        bodies.Text('你好 "quoted" it\'s 😀 [微笑]\n第二行'),
        bodies.Image(120, 90),
        bodies.Voice(3.5),
        bodies.Video(12, 640, 360),
        bodies.Video(3, 0, 0, True),
        bodies.Emoticon("md5md5", "http://emoji.example/1.gif"),
        bodies.Emoticon(),
        bodies.Link("How to sleep", "https://example.com/s?x=1", "zzz"),
        bodies.Link("Channels card", app_type=51),
        bodies.File("季度报告.xlsx", 12345, "@media", "enc%20name"),
        bodies.Location("人民广场", 31.23, 121.47, "https://apis.map.qq.com/"),
        bodies.LiveLocation("共享位置"),
        bodies.MiniProgram("点餐", "某小程序"),
        bodies.Quote("同意", "明天开会？", "Ann"),
        bodies.Transfer("转账给你 ¥8.88"),
        bodies.RedPacket("恭喜发财"),
        bodies.Card("Cy", "@cy2", "cy_1"),
        bodies.FriendRequest("Dee", "我是 Dee", "@dee2", "v2_ticket"),
        bodies.PhoneCall("语音通话"),
        bodies.System("你已添加了Ann"),
        bodies.Unknown(4242, 7, "谁也不知道"),
        bodies.Revoke("8000000000000000028", '"Ann" 撤回了一条消息'),
    ]
    (image,) = (message for message in said if message.body == bodies.Image(120, 90))
    assert image.content == '<msg><img aeskey="k"/></msg>', "which a forward needs"


async def test_every_state_is_read_and_what_was_left_is_repaired(earlier: Path) -> None:
    async with await opened() as store:

        async def states(*user_names: str) -> dict[str, tuple[DeliveryState, bool]]:
            found = {}
            for user_name in user_names:
                there = await store.conversation_for(user_name)
                for message in await store.messages_before(there.id, None, 1000):
                    if message.outgoing and text_of(message):
                        found[text_of(message)] = message.state, message.queued
            return found

        everywhere = "@ann2", "@ben2", "@@team2"
        before = await states(*everywhere)
        assert before == {
            "断线时写的": (DeliveryState.PENDING, True),
            "发出去的": (DeliveryState.SENT, False),
            "撤回了的": (DeliveryState.REVOKED, False),
            "排队的": (DeliveryState.PENDING, True),
            "命令留下的": (DeliveryState.PENDING, False),
            "正在发": (DeliveryState.SENDING, True),
            "正在发，命令": (DeliveryState.SENDING, False),
            "不知道到没到": (DeliveryState.UNKNOWN, True),
            "太快了": (DeliveryState.FAILED, True),
            "不发了": (DeliveryState.CANCELLED, True),
            "又排上了": (DeliveryState.PENDING, True),
        }
        await store.repair()
        assert await states(*everywhere) == before | {
            "命令留下的": (DeliveryState.CANCELLED, False),
            "正在发": (DeliveryState.UNKNOWN, True),
            "正在发，命令": (DeliveryState.UNKNOWN, False),
        }
        assert [text_of(message) for message in await store.waiting()] == ["断线时写的", "排队的", "又排上了"]
        assert len(await store.unfinished_uploads()) == 4
        recalled = await store.message("8000000000000000028")
        assert recalled is not None
        assert (text_of(recalled), recalled.state) == ("会被撤回", DeliveryState.RECALLED)


async def test_every_reason_has_its_words(earlier: Path) -> None:
    async with await opened() as store:
        shop = await store.conversation_for("@shop2")
        failed = [
            message
            for message in await store.messages_before(shop.id, None, 1000)
            if message.state is DeliveryState.FAILED
        ]
    assert len(failed) == 61
    assert [message.reason for message in failed if not reason_words(message.reason)] == []


async def test_every_upload_goes_on(earlier: Path) -> None:
    async with await opened() as store:
        folder = Path("/tmp/wxtui-fixture")
        uploads = await store.unfinished_uploads()
        assert [one.paused for one in uploads] == [False, True, False, False]
        entries = [await store.upload_of(one.message.id) for one in uploads]
        mtime_ns = 1_777_629_000_123_456_789
        assert [entry.file for entry in entries if entry is not None] == [
            UploadFile(folder / "长.zip", "长.zip", MediaKind.FILE, 5_000_000, mtime_ns),
            UploadFile(folder / "图.png", "图.png", MediaKind.IMAGE, 2345, mtime_ns),
            UploadFile(Path(os.fsdecode(b"/tmp/wxtui-fixture/\xff.bin")), "\ufffd.bin", MediaKind.FILE, 7, mtime_ns),
            UploadFile(folder / "片.mp4", "片.mp4", MediaKind.VIDEO, 99, mtime_ns),
        ]
        begun = entries[0]
        assert begun is not None
        assert (begun.login_id, begun.client_media_id, begun.parts_done) == (2, "1777629000123", 4)
        assert (begun.md5, begun.aes_key, begun.signature) == ("m" * 32, "k" * 16, "sig")


async def test_the_place_in_the_messages_is_there(earlier: Path) -> None:
    async with await opened() as store:
        position = msgspec.json.decode(await store.value("where"), type=LogPosition)
        assert (await store.conversation(position.conversation)).name == "安"
        assert position.anchor is not None
        assert (position.anchor.row, text_of(await store.row(position.anchor.place.id))) == (-1, "排队的")


async def test_the_words_are_found(earlier: Path) -> None:
    async with await opened() as store:
        assert [message.msg_id for message in await store.search("季度报告")] == ["8000000000000000016"]
        assert [text_of(message) for message in await store.search("群里的话")] == ["上次登录：群里的话"]
        assert [text_of(message) for message in await store.search("排上")] == ["又排上了"]


async def test_what_that_version_did_not_know_is_as_if_nobody_had_said_it(earlier: Path) -> None:
    async with await opened() as store:
        every = [*await store.conversations(), *await store.earlier_conversations()]
        # Ben is muted for good: nothing ends that, and nothing wakes up for it.
        assert {(one.mentions, one.notify, one.hushed_until) for one in every} == {(0, None, None)}
        assert await store.unread_mentions() == []
        assert [(one.message.body, one.current) for one in await store.friend_requests()] == [
            (bodies.FriendRequest("Dee", "我是 Dee", "@dee2", "v2_ticket"), True)
        ]


async def test_what_that_version_joined_can_be_split_and_no_message_is_lost(earlier: Path) -> None:
    async with await opened() as store:
        ann = await store.conversation_for("@ann2")

        async def said(conversation_id: int) -> list[int]:
            return [one.id for one in await store.messages_before(conversation_id, None, 1000)]

        before = await said(ann.id)
        (joined,) = (await store.identity_record(ann.id)).joined
        apart = await store.split(joined.identification)
        parts = [await said(ann.id), await said(apart.id)]
        assert len(parts[1]) == joined.part.messages > 0
        assert sorted(parts[0] + parts[1]) == sorted(before)
        whole = await store.join(ann.id, apart.id)
        assert await said(whole.id) == before


def test_it_is_exported_whole(earlier: Path, wxtui: Wxtui) -> None:
    exported = wxtui("--json", "export")
    assert (exported.code, exported.err) == (0, "")
    assert len(exported.json) == 115
