"""Logins: the current one, its sync keys and its contacts."""

from __future__ import annotations

import msgspec

from tests.support.store_files import run_sql
from tests.support.sync_batches import (
    ANN,
    BEN,
    FILEHELPER,
    ME,
    TEAM,
    UIN,
    Clock,
    batch,
    drain,
    incoming,
    keys,
    save_whole_list,
    texts,
    write,
)
from tui.store.changes import ContactsChanged, ConversationsChanged
from tui.store.store import Store
from tui.wire.contacts import Contact, ContactKind, Member
from tui.wire.names import ContactFlag
from tui.wire.sync import SyncKey, SyncKeys

NEW_ME = msgspec.structs.replace(ME, user_name="@me2")


async def names(store: Store) -> list[str]:
    return [contact.user_name for contact in await store.contacts()]


async def test_a_login_is_current_with_its_keys(store: Store) -> None:
    login = await store.current_login()
    assert login is not None
    assert (login.uin, login.user_name, login.contacts_refreshed_at) == (UIN, "@me", None)
    assert await store.keys() == keys(0)
    assert await store.contact("@me") == ME


async def test_keys_of_any_size_survive(store: Store) -> None:
    large = SyncKeys(SyncKey(((1, 2**63 - 1), (1000, 0))), SyncKey())
    await store.apply(msgspec.structs.replace(batch(), keys=large))
    assert await store.keys() == large


async def test_an_empty_key_takes_no_place(store: Store) -> None:
    """As refusals bring one; with it the next sync would begin from nowhere."""
    empty = SyncKeys(SyncKey(), SyncKey())
    await store.skip(empty)
    await store.apply(msgspec.structs.replace(batch(incoming("1", "hi")), keys=empty))
    assert await store.keys() == keys(0)
    assert await texts(store, "@ann") == ["hi"]


async def test_resume_keeps_keys_and_contacts(store: Store) -> None:
    await store.save_contacts([ANN])
    await store.apply(batch(number=5))
    assert await store.resume_login(msgspec.structs.replace(ME, nick_name="新"), UIN)
    assert await store.keys() == keys(5)
    assert await names(store) == ["@me", "@ann"]
    me = await store.contact("@me")
    assert me is not None and me.nick_name == "新"


async def test_resume_of_another_login_changes_nothing(store: Store, fresh: Store) -> None:
    assert not await store.resume_login(NEW_ME, UIN)
    assert not await store.resume_login(ME, "999")
    assert await store.keys() == keys(0)
    assert await names(store) == ["@me"]


async def test_resume_before_any_login(fresh: Store) -> None:
    assert not await fresh.resume_login(ME, UIN)
    assert await fresh.current_login() is None


async def test_a_new_login_starts_anew_except_for_special_accounts(store: Store) -> None:
    await store.save_contacts([ANN, FILEHELPER])
    await store.apply(batch(incoming("1", "old"), incoming("2", "file", chat="filehelper")))
    old, helper = await store.conversation_for("@ann"), await store.conversation_for("filehelper")
    await store.begin_login(NEW_ME, UIN, keys(9))
    assert await store.keys() == keys(9)
    assert await names(store) == ["@me2"]
    assert [line.id for line in await store.conversations()] == [helper.id]
    assert (await store.conversation_for("filehelper")).id == helper.id
    assert await texts(store, "filehelper") == ["file"]
    assert (await store.conversation_for("@ann")).id == old.id, "who writes to it had chosen whom it meant"
    await store.apply(batch(incoming("3", "new")))
    assert (await store.conversation_for("@ann")).id != old.id, "the same word may be somebody else now"
    assert await texts(store, "@ann") == ["new"]
    assert (await store.conversation(old.id)).name == "Ann", "history is kept"
    assert len(await store.messages_before(old.id, None, 10)) == 1


async def test_special_accounts_of_another_account_are_not_ours(store: Store) -> None:
    await store.apply(batch(incoming("1", "mine", chat="filehelper")))
    await store.begin_login(NEW_ME, "999", keys(0))
    assert await texts(store, "filehelper") == []
    await store.begin_login(ME, UIN, keys(0))
    assert await texts(store, "filehelper") == ["mine"]


async def test_contacts_round_trip(store: Store) -> None:
    await store.save_contacts([ANN, BEN, TEAM, FILEHELPER])
    assert await store.contacts() == [ME, ANN, BEN, TEAM, FILEHELPER]
    assert await store.contact("@@team") == TEAM
    assert await store.contact("@nobody") is None


async def test_a_whole_list_forgets_who_is_not_on_it(store: Store, clock: Clock) -> None:
    official = Contact("@news", kind=ContactKind.OFFICIAL)
    await store.save_contacts([ANN, BEN, TEAM, FILEHELPER, official])
    clock.pass_(60)
    await save_whole_list(store, [BEN])
    assert await names(store) == ["@me", "@ben", "@@team", "filehelper"]
    login = await store.current_login()
    assert login is not None and login.contacts_refreshed_at == clock.now
    await store.save_contacts([ANN])
    assert "@ann" in await names(store), "who comes back is there again"


async def test_a_part_of_the_list_forgets_nobody(store: Store) -> None:
    await save_whole_list(store, [ANN])
    await store.save_contacts([BEN])
    assert await names(store) == ["@me", "@ann", "@ben"]


async def test_a_nameless_group_keeps_its_members_names(store: Store) -> None:
    """webwxinit lists members without their names: after a resume such a group was once called `@@…`."""
    group = Contact("@@none", kind=ContactKind.GROUP, members=(Member("@ann", "Ann"), Member("@ben", "Ben")))
    await store.save_contacts([group])
    conversation = await store.conversation_for("@@none")
    bare = msgspec.structs.replace(group, members=(Member("@ann"), Member("@carl")))
    await store.save_contacts([bare])
    assert (await store.conversation(conversation.id)).name == "Ann"


async def test_members_survive_an_answer_without_them(store: Store) -> None:
    detailed = msgspec.structs.replace(TEAM, encry_chat_room_id="@room")
    await store.save_contacts([detailed])
    bare = Contact("@@team", nick_name="改名", kind=ContactKind.GROUP)
    await store.save_contacts([bare])
    assert await store.contact("@@team") == msgspec.structs.replace(detailed, nick_name="改名")
    fewer = msgspec.structs.replace(detailed, members=(Member("@ann"),), member_count=1)
    await store.save_contacts([fewer])
    assert await store.contact("@@team") == fewer


async def test_a_line_follows_its_contact(store: Store) -> None:
    before = await store.conversation_for("@ann")
    assert (before.name, before.kind, before.muted, before.pinned) == ("@ann", ContactKind.PERSON, False, False)
    changes = store.subscribe()
    await store.save_contacts(
        [msgspec.structs.replace(ANN, remark_name="安", muted=True, flags=ContactFlag.PINNED | ContactFlag.MUTED)]
    )
    after = await store.conversation(before.id)
    assert (after.name, after.muted, after.pinned) == ("安", True, True)
    assert await drain(changes) == [ContactsChanged(), ConversationsChanged((before.id,))]


async def test_saving_what_is_known_changes_nothing(store: Store) -> None:
    await store.save_contacts([ANN, BEN])
    await store.conversation_for("@ann")
    changes = store.subscribe()
    await store.save_contacts([BEN, ANN])
    await store.save_contacts([])
    assert await drain(changes) == []


async def test_kinds_of_unknown_names(store: Store) -> None:
    kinds = {name: (await store.conversation_for(name)).kind for name in ("@x", "@@x", "filehelper", "@me")}
    assert kinds == {
        "@x": ContactKind.PERSON,
        "@@x": ContactKind.GROUP,
        "filehelper": ContactKind.SPECIAL,
        "@me": ContactKind.SELF,
    }


async def test_conversations_are_pinned_first_then_newest(store: Store) -> None:
    await store.save_contacts([msgspec.structs.replace(BEN, flags=int(ContactFlag.PINNED))])
    await store.apply(
        batch(
            incoming("1", chat="@ben", seconds=1),
            incoming("2", chat="@ann", seconds=3),
            incoming("3", chat="@@team", seconds=2),
        )
    )
    await store.conversation_for("@quiet")
    listed = await store.conversations()
    assert [line.user_name for line in listed] == ["@ben", "@ann", "@@team", "@quiet"]
    assert [line.last and line.last.msg_id for line in listed] == ["1", "2", "3", None]
    assert await store.conversations(limit=2, offset=1) == listed[1:3]
    assert await store.conversations(limit=0) == []
    assert [await store.conversation(line.id) for line in listed] == listed


async def test_a_draft_is_kept(store: Store) -> None:
    line = await store.conversation_for("@ann")
    changes = store.subscribe()
    await store.set_draft(line.id, "半句\ud83d")
    await store.set_draft(line.id, "半句\ud83d")
    assert (await store.conversation(line.id)).draft == "半句?"
    await store.set_draft(line.id, "")
    assert (await store.conversation(line.id)).draft == ""
    assert await drain(changes) == [ConversationsChanged((line.id,))] * 2


async def test_writing_makes_a_conversation_rise(store: Store, clock: Clock) -> None:
    await store.apply(batch(incoming("1", chat="@ann"), incoming("2", chat="@ben", seconds=1)))
    clock.pass_(60)
    await write(store, to="@ann")
    assert [line.user_name for line in await store.conversations()] == ["@ann", "@ben"]


async def test_what_this_version_cannot_read_is_as_good_as_absent(store: Store) -> None:
    await store.save_contacts([ANN])
    await store._database.write(lambda c: (c.execute('UPDATE contact SET data = \'{"kind":"robot"}\''), []))
    await run_sql(store, "UPDATE login SET keys = '[]'")
    assert await store.contact("@ann") == Contact("@ann")
    assert await store.keys() is None
    await store.save_contacts([ANN])
    assert await store.contact("@ann") == ANN


async def test_a_hushed_conversation_stays_so_whatever_the_phone_says(store: Store) -> None:
    conversation = await store.conversation_for("@ann")
    await store.set_hushed(conversation.id, True)
    await store.save_contacts([msgspec.structs.replace(ANN, remark_name="安")])
    after = await store.conversation(conversation.id)
    assert (after.hushed, after.muted, after.quiet) == (True, False, True)
    await store.set_hushed(conversation.id, False)
    assert not (await store.conversation(conversation.id)).quiet
