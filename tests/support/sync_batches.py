"""A small world that the tests of the store share: oneself, two friends, a group, a clock that is set by hand."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from tui.store.changes import Change
from tui.store.delivery_state import DeliveryEvent
from tui.store.models import Login, StoredMessage
from tui.store.store import Store
from tui.store.subscription import Subscription
from tui.wire.bodies import Body, Message, Revoke, StatusNotify, Text
from tui.wire.contacts import Contact, ContactKind, Member
from tui.wire.sync import SyncBatch, SyncKey, SyncKeys

UIN = "210000000"
START = datetime(2024, 5, 1, 10, 0, 0, 500_000, tzinfo=UTC)

ME = Contact("@me", nick_name="我", kind=ContactKind.SELF)
ANN = Contact("@ann", nick_name="Ann", pinyin=("ann",))
BEN = Contact("@ben", nick_name="Ben", remark_name="老本")
TEAM = Contact(
    "@@team", nick_name="项目群", kind=ContactKind.GROUP, members=(Member("@ann"), Member("@ben")), member_count=2
)
FILEHELPER = Contact("filehelper", nick_name="文件传输助手", kind=ContactKind.SPECIAL)


class Clock:
    """Stands still until it is told to move."""

    def __init__(self) -> None:
        self.now = START

    def __call__(self) -> datetime:
        return self.now

    def pass_(self, seconds: float) -> None:
        self.now += timedelta(seconds=seconds)


async def save_listing(store: Store, contacts: Sequence[Contact]) -> None:
    """Store the list of all contacts, as `ContactLoading` does page by page: who is not on it is gone."""
    known = await store.listed_names()
    await store.save_contacts(contacts, recognise=False)
    await store.end_listing(await login_of(store), known - {contact.user_name for contact in contacts})


async def save_whole_list(store: Store, contacts: Sequence[Contact]) -> None:
    """Store it, and that nothing more is told of groups."""
    await save_listing(store, contacts)
    await end_loading(store)


async def end_loading(store: Store) -> None:
    """Note that all contacts are there, as the session of the current login does."""
    await store.end_loading(await login_of(store))


async def login_of(store: Store) -> Login:
    login = await store.current_login()
    assert login is not None
    return login


def keys(number: int) -> SyncKeys:
    return SyncKeys(SyncKey(((1, number), (2, 7))), SyncKey(((1, number + 1),)))


def at(seconds: int) -> datetime:
    """Whole seconds after the start, as the server counts."""
    return START.replace(microsecond=0) + timedelta(seconds=seconds)


def incoming(
    msg_id: str,
    body: Body | str = "hello",
    *,
    chat: str = "@ann",
    seconds: int = 0,
    mine: bool = False,
    content: str = "",
) -> Message:
    body = Text(body) if isinstance(body, str) else body
    return Message(msg_id, chat, "@me" if mine else chat, mine, at(seconds), body, content)


def revoke(msg_id: str, of: str, *, chat: str = "@ann", seconds: int = 0) -> Message:
    return incoming(msg_id, Revoke(of, "“Ann” 撤回了一条消息"), chat=chat, seconds=seconds)


def notify(code: int, *user_names: str) -> Message:
    return incoming("", StatusNotify(code, user_names), chat="@me", mine=True)


def batch(
    *messages: Message, changed: tuple[Contact, ...] = (), deleted: tuple[str, ...] = (), number: int = 1
) -> SyncBatch:
    return SyncBatch(messages, changed, deleted, keys(number))


async def write(store: Store, text: str = "hi", *, to: str = "@ann", client_msg_id: str = "17145") -> StoredMessage:
    conversation = await store.conversation_for(to)
    return await store.add_outgoing(
        conversation_id=conversation.id, to_user_name=to, client_msg_id=client_msg_id, body=Text(text)
    )


async def send(store: Store, text: str = "hi", *, to: str = "@ann", msg_id: str = "900") -> StoredMessage:
    message = await write(store, text, to=to)
    await store.move(message.id, DeliveryEvent.START)
    return await store.move(message.id, DeliveryEvent.ACCEPTED, msg_id=msg_id)


async def lose(store: Store, text: str = "hi", *, to: str = "@ann") -> StoredMessage:
    message = await write(store, text, to=to)
    await store.move(message.id, DeliveryEvent.START)
    return await store.move(message.id, DeliveryEvent.LOST, reason="the connection broke")


async def log(store: Store, chat: str = "@ann") -> list[StoredMessage]:
    conversation = await store.conversation_for(chat)
    return await store.messages_before(conversation.id, None, 1000)


async def texts(store: Store, chat: str = "@ann") -> list[str]:
    return [message.body.text for message in await log(store, chat) if isinstance(message.body, Text)]


async def drain(subscription: Subscription) -> list[Change]:
    """Everything published so far."""
    subscription.close()
    return [change async for change in subscription]
