"""Sending, forwarding, revoking, marking read: what the row says afterwards is the truth, whatever got lost."""

from __future__ import annotations

import asyncio
import json
import ssl
import threading
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

import pytest

from tests.support.async_sandbox import client_of, run_sandbox
from tests.support.fake_time import FakeTime
from tests.support.scripted_session import ANN, START, call_of, said, scripted
from tui import errors
from tui.services.http.httpx_import import httpx
from tui.services.sending.chat import Chat
from tui.services.sending.recall_window import RecallWindow
from tui.services.sending.revoking import Revoker
from tui.services.session.context import SessionContext
from tui.services.sync.sync_loop import SyncLoop
from tui.store.delivery_state import DeliveryEvent, DeliveryState
from tui.store.models import StoredMessage
from tui.store.store import Store
from tui.wire import bodies
from tui.wire.bodies import Message
from tui.wire.contacts import Contact
from tui.wire.sync import SyncBatch
from tui.wire.text import short

HTML = "<!DOCTYPE html><html><body>502</body></html>"
BEN = Contact("@ben", "Ben")
UNSAID = [
    f'{{"BaseResponse": {base}, "MsgID": "7"}}'
    for base in ("null", "[]", "{}", '{"Ret": null}', '{"Ret": true}', '{"Ret": ""}', '{"Ret": "ok"}', '{"Ret": [0]}')
]
"""Answers that say neither yes nor no: what was sent, or taken back, may or may not be."""


class Server:
    """Answers everything with success, but for one call."""

    def __init__(self, call: str = "", fault: Exception | httpx.Response | None = None) -> None:
        self.call = call
        self.fault = fault
        self.seen: list[tuple[str, dict[str, Any]]] = []

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.seen.append((call_of(request), json.loads(request.content)))
        if call_of(request) == self.call and self.fault is not None:
            if isinstance(self.fault, Exception):
                raise self.fault
            return self.fault
        return said({"MsgID": f"{900 + len(self.seen)}", "LocalID": "1", "Introduction": "done"})

    @property
    def names(self) -> list[str]:
        return [name for name, _ in self.seen]


async def rows(store: Store, to: Contact = ANN) -> list[StoredMessage]:
    conversation = await store.conversation_for(to.user_name)
    return await store.messages_before(conversation.id, None, 100)


async def states(store: Store, to: Contact = ANN) -> list[tuple[DeliveryState, str]]:
    return [(row.state, row.reason) for row in await rows(store, to)]


def received(number: int, body: bodies.Body, content: str = "") -> Message:
    return Message(str(number), "@ann", "@ann", False, datetime(2024, 5, 1, tzinfo=UTC), body, content)


async def receive(store: Store, *messages: Message) -> list[StoredMessage]:
    return await store.apply(SyncBatch(messages, (), (), START))


# ---------------------------------------------------------------- sending


@pytest.mark.parametrize(
    ("fault", "state", "error"),
    [
        (httpx.ConnectError("x"), DeliveryState.FAILED, errors.Unreachable),
        (httpx.ConnectTimeout("x"), DeliveryState.FAILED, errors.Unreachable),
        (httpx.Response(404, text=HTML), DeliveryState.FAILED, errors.BadAnswer),
        (httpx.Response(413), DeliveryState.FAILED, errors.BadAnswer),
        (said(ret=1), DeliveryState.FAILED, errors.BadParameter),
        (said(ret=-1), DeliveryState.FAILED, errors.ServerFault),
        (said(ret=-14), DeliveryState.FAILED, errors.BadTicket),
        (said(ret=1101), DeliveryState.FAILED, errors.LoggedInElsewhere),
        (said(ret=1201), DeliveryState.FAILED, errors.GroupGone),
        (said(ret=1205), DeliveryState.FAILED, errors.TooFrequent),
        (said(ret=4711), DeliveryState.FAILED, errors.ServerRefused),
        (httpx.ReadError("x"), DeliveryState.UNKNOWN, errors.DeliveryUnknown),
        (httpx.WriteError("x"), DeliveryState.UNKNOWN, errors.DeliveryUnknown),
        (httpx.ReadTimeout("x"), DeliveryState.UNKNOWN, errors.DeliveryUnknown),
        (httpx.RemoteProtocolError("x"), DeliveryState.UNKNOWN, errors.DeliveryUnknown),
        (ssl.SSLError(1, "x"), DeliveryState.UNKNOWN, errors.DeliveryUnknown),
        (httpx.Response(500), DeliveryState.UNKNOWN, errors.DeliveryUnknown),
        (httpx.Response(502, text=HTML), DeliveryState.UNKNOWN, errors.DeliveryUnknown),
        (httpx.Response(200, text=HTML), DeliveryState.UNKNOWN, errors.DeliveryUnknown),
        (httpx.Response(200), DeliveryState.UNKNOWN, errors.DeliveryUnknown),
        (httpx.Response(200, text='{"BaseResponse": {"Ret": 0}, "Msg'), DeliveryState.UNKNOWN, errors.DeliveryUnknown),
        (said(), DeliveryState.UNKNOWN, errors.DeliveryUnknown),
        *((httpx.Response(200, text=answer), DeliveryState.UNKNOWN, errors.DeliveryUnknown) for answer in UNSAID),
    ],
    ids=lambda value: getattr(value, "__name__", None) or type(value).__name__,
)
async def test_what_became_of_a_text_is_written_down(
    fault: Exception | httpx.Response, state: DeliveryState, error: type[errors.WxtuiError], tmp_path: Path
) -> None:
    server = Server("webwxsendmsg", fault)
    async with scripted(server, tmp_path) as (context, store):
        with pytest.raises(errors.WxtuiError) as caught:
            await Chat(context, store).send_text(ANN, "hi")
        assert type(caught.value) is error
        ((found, reason),) = await states(store)
    assert found is state
    assert reason
    assert server.names == ["webwxsendmsg"], "a send is never repeated"


async def test_the_row_is_there_before_the_request_leaves(tmp_path: Path) -> None:
    found: list[StoredMessage] = []

    async def handler(request: httpx.Request) -> httpx.Response:
        found.extend(await rows(store))
        return said({"MsgID": "901"})

    async with scripted(handler, tmp_path) as (context, store):
        sent = await Chat(context, store).send_text(ANN, "hi \ud800!")
    assert [(row.state, row.body) for row in found] == [(DeliveryState.SENDING, bodies.Text("hi ?!"))]
    assert (sent.id, sent.client_msg_id, sent.msg_id) == (found[0].id, found[0].client_msg_id, "901")


@pytest.mark.parametrize("text", ["", " ", "\n\t \u3000"])
async def test_an_empty_text_leaves_no_trace(text: str, tmp_path: Path) -> None:
    server = Server()
    async with scripted(server, tmp_path) as (context, store):
        with pytest.raises(errors.EmptyText):
            await Chat(context, store).send_text(ANN, text)
        assert await rows(store) == []
    assert server.names == []


def test_a_long_text_is_cut_in_sentences() -> None:
    assert short("  first\nsecond") == "first"
    assert len(short("字" * 100)) == 40


# ---------------------------------------------------------------- cancelling (Ctrl+C)


async def test_cancelled_while_the_answer_is_out_is_unknown(tmp_path: Path) -> None:
    left = asyncio.Event()

    async def handler(request: httpx.Request) -> httpx.Response:
        left.set()
        await asyncio.Event().wait()
        return said()

    async with scripted(handler, tmp_path) as (context, store):
        task = asyncio.create_task(Chat(context, store).send_text(ANN, "hi"))
        await left.wait()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert await states(store) == [(DeliveryState.UNKNOWN, "Interrupted")]


async def test_whatever_goes_wrong_in_a_send_no_row_says_for_ever_that_it_is_being_sent(tmp_path: Path) -> None:
    # No RuntimeError: opening a connection raises those too, and then nothing has left.
    async with scripted(Server("webwxsendmsg", KeyError("a mistake of ours")), tmp_path) as (context, store):
        with pytest.raises(KeyError):
            await Chat(context, store).send_text(ANN, "hi")
        assert await states(store) == [(DeliveryState.UNKNOWN, "Interrupted")]


@pytest.mark.parametrize(
    ("fault", "error"),
    [
        (None, errors.DeliveryUnknown),
        (httpx.ReadError("x"), errors.DeliveryUnknown),
        (said(ret=1205), errors.TooFrequent),
    ],
    ids=["sent", "lost", "refused"],
)
async def test_a_disk_that_fills_up_meanwhile_does_not_hide_what_became_of_a_text(
    fault: Exception | httpx.Response | None,
    error: type[errors.WxtuiError],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async with scripted(Server("webwxsendmsg", fault), tmp_path) as (context, store):
        move = store.move

        async def full(message_id: int, event: DeliveryEvent, **more: Any) -> StoredMessage:
            if event is DeliveryEvent.START:
                return await move(message_id, event, **more)
            raise errors.HomeUnusable(path="store", why="the disk is full")

        monkeypatch.setattr(store, "move", full)
        with pytest.raises(error):
            await Chat(context, store).send_text(ANN, "hi")


@pytest.mark.parametrize("refusal", [httpx.ReadError("x"), said(ret=1)], ids=["lost", "refused"])
async def test_cancelled_while_a_failure_is_written_down(
    refusal: Exception | httpx.Response, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with scripted(Server("webwxsendmsg", refusal), tmp_path) as (context, store):
        move = store.move

        async def interrupted(*arguments: Any, **more: Any) -> StoredMessage:
            if "reason" in more:
                # The cancel comes while the write waits for its turn behind another one.
                store_busy = asyncio.ensure_future(store.set_draft(1, "x"))
                asyncio.get_running_loop().call_soon(task.cancel)
                try:
                    return await move(*arguments, **more)
                finally:
                    await store_busy
            return await move(*arguments, **more)

        monkeypatch.setattr(store, "move", interrupted)
        task = asyncio.create_task(Chat(context, store).send_text(ANN, "hi"))
        with pytest.raises(asyncio.CancelledError):
            await task
        ((found, _),) = await states(store)
    assert found in (DeliveryState.UNKNOWN, DeliveryState.FAILED)


@pytest.mark.parametrize("queued", [False, True], ids=["under way", "behind another write"])
@pytest.mark.parametrize("point", ["add_outgoing", DeliveryEvent.START, DeliveryEvent.ACCEPTED])
async def test_cancelled_while_the_store_writes(
    point: str | DeliveryEvent, queued: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No row says for ever that it is being sent, and none forgets that it was."""
    server, gate = Server(), threading.Event()
    async with scripted(server, tmp_path) as (context, store):
        await store.conversation_for(ANN.user_name)
        clock, waiting = store._clock, list[asyncio.Task[None]]()

        def closed() -> datetime:
            # The store's thread stands here until the cancel has come.
            gate.wait(5)
            return clock()

        def interrupt(method: Callable[..., Awaitable[Any]]) -> Callable[..., Awaitable[Any]]:
            async def call(*arguments: object, **more: object) -> Any:
                if point in (method.__name__, *arguments) and not gate.is_set():
                    monkeypatch.setattr(store, "_clock", closed)
                    if queued:
                        waiting.append(asyncio.create_task(store.set_draft(1, "")))
                        await asyncio.sleep(0)
                    loop = asyncio.get_running_loop()
                    loop.call_later(0.01, task.cancel)
                    loop.call_later(0.02, gate.set)
                return await method(*arguments, **more)

            return call

        monkeypatch.setattr(store, "add_outgoing", interrupt(store.add_outgoing))
        monkeypatch.setattr(store, "move", interrupt(store.move))
        task = asyncio.create_task(Chat(context, store).send_text(ANN, "hi"))
        with pytest.raises(asyncio.CancelledError):
            await task
        await asyncio.gather(*waiting)
        found = [state for state, _ in await states(store)]
    if server.names:
        assert found == [DeliveryState.SENT]
    else:
        assert found in ([DeliveryState.CANCELLED], [DeliveryState.FAILED])


# ---------------------------------------------------------------- revoking


async def sent_row(chat: Chat) -> StoredMessage:
    return await chat.send_text(ANN, "hi")


async def test_a_revoke_says_the_original_ids_and_keeps_the_text(tmp_path: Path) -> None:
    server = Server()
    async with scripted(server, tmp_path) as (context, store):
        chat = Chat(context, store)
        row = await sent_row(chat)
        assert await chat.revoke(row) == "done"
        (after,) = await rows(store)
        assert (after.state, after.body) == (DeliveryState.REVOKED, bodies.Text("hi"))
        with pytest.raises(errors.AlreadyRevoked):
            await chat.revoke(after)
    name, body = server.seen[-1]
    assert name == "webwxrevokemsg"
    assert (body["SvrMsgId"], body["ClientMsgId"], body["ToUserName"]) == (row.msg_id, row.client_msg_id, "@ann")
    assert server.names.count("webwxrevokemsg") == 1


@pytest.mark.parametrize(
    ("events", "error"),
    [
        ((DeliveryEvent.CANCEL,), errors.NotRevocable),
        ((DeliveryEvent.START,), errors.NotRevocable),
        ((DeliveryEvent.START, DeliveryEvent.REFUSED), errors.NotRevocable),
        ((DeliveryEvent.START, DeliveryEvent.LOST), errors.NotRevocable),
        ((DeliveryEvent.START, DeliveryEvent.ACCEPTED, DeliveryEvent.RECALL), errors.AlreadyRevoked),
    ],
)
async def test_only_what_was_sent_is_revoked(
    events: tuple[DeliveryEvent, ...], error: type[errors.WxtuiError], tmp_path: Path
) -> None:
    server = Server()
    async with scripted(server, tmp_path) as (context, store):
        conversation = await store.conversation_for("@ann")
        row = await store.add_outgoing(
            conversation_id=conversation.id, to_user_name="@ann", client_msg_id="17", body=bodies.Text("hi")
        )
        for event in events:
            row = await store.move(row.id, event, msg_id="900" if event is DeliveryEvent.ACCEPTED else "")
        with pytest.raises(error):
            await Chat(context, store).revoke(row)
        assert (await rows(store))[0] == row
    assert server.names == []


@pytest.mark.parametrize("here", [True, False])
async def test_what_has_not_left_is_given_up_or_left_alone_and_no_server_is_asked(here: bool, tmp_path: Path) -> None:
    server = Server()
    async with scripted(server, tmp_path) as (context, store):
        conversation = await store.conversation_for("@ann")
        row = await store.add_outgoing(
            conversation_id=conversation.id,
            to_user_name="@ann",
            client_msg_id="17",
            body=bodies.Text("hi"),
            queued=True,
        )

        async def give_up(message: StoredMessage) -> bool:
            # Of another process, or just leaving: False.
            return here and await store.move(message.id, DeliveryEvent.CANCEL) is not None

        async def session() -> SessionContext:
            return context

        revoker = Revoker(store, RecallWindow(context.ids.now), give_up)
        if here:
            assert await revoker.revoke(row, session) is None
        else:
            with pytest.raises(errors.NotRevocable):
                await revoker.revoke(row, session)
        assert (await rows(store))[0].state is (DeliveryState.CANCELLED if here else DeliveryState.PENDING)
    assert server.names == []


async def test_what_came_in_is_not_revoked(tmp_path: Path) -> None:
    server = Server()
    async with scripted(server, tmp_path) as (context, store):
        (row,) = await receive(store, received(1, bodies.Text("theirs")))
        with pytest.raises(errors.NotYours):
            await Chat(context, store).revoke(row)
    assert server.names == []


_LOST: Final = [
    httpx.ReadError("x"),
    httpx.ReadTimeout("x"),
    httpx.Response(502),
    httpx.Response(200, text=HTML),
    httpx.Response(200),
    *(httpx.Response(200, text=answer) for answer in UNSAID),
]
_NO: Final = [
    (said({"SysWording": "too late"}, ret=-1), errors.RevokeRefused),
    (said(ret=1101), errors.LoggedInElsewhere),
    (said(ret=1205), errors.TooFrequent),
    (httpx.Response(403), errors.BadAnswer),
    (httpx.ConnectError("x"), errors.Unreachable),
]


@pytest.mark.parametrize(("fault", "error"), _NO, ids=lambda value: getattr(value, "__name__", type(value).__name__))
async def test_a_refused_revoke_can_be_tried_again(
    fault: Exception | httpx.Response, error: type[errors.WxtuiError], tmp_path: Path
) -> None:
    server = Server("webwxrevokemsg", fault)
    async with scripted(server, tmp_path) as (context, store):
        chat = Chat(context, store)
        row = await sent_row(chat)
        with pytest.raises(error):
            await chat.revoke(row)
        assert (await rows(store))[0] == row
        assert server.names.count("webwxrevokemsg") == 1, "a revoke is not repeated by itself"
        server.fault = None
        await chat.revoke(row)
        assert [state for state, _ in await states(store)] == [DeliveryState.REVOKED]


async def test_a_servers_own_words_are_a_sentence_and_no_book(tmp_path: Path) -> None:
    async with scripted(Server("webwxrevokemsg", said({"SysWording": "x" * 100_000}, ret=-1)), tmp_path) as (
        context,
        store,
    ):
        chat = Chat(context, store)
        with pytest.raises(errors.RevokeRefused) as caught:
            await chat.revoke(await sent_row(chat))
    assert 300 < len(str(caught.value)) < 500


@pytest.mark.parametrize("fault", _LOST, ids=lambda value: type(value).__name__)
async def test_a_revoke_whose_answer_was_lost_is_in_doubt(fault: Exception | httpx.Response, tmp_path: Path) -> None:
    server = Server("webwxrevokemsg", fault)
    async with scripted(server, tmp_path) as (context, store):
        chat = Chat(context, store)
        row = await sent_row(chat)
        with pytest.raises(errors.RevokeUnknown, match=r"“hi” may or may not be recalled\."):
            await chat.revoke(row)
        assert [state for state, _ in await states(store)] == [DeliveryState.REVOKE_UNKNOWN]
        assert server.names.count("webwxrevokemsg") == 1, "a revoke is not repeated by itself"
        for no, _error in _NO:
            server.fault = no
            with pytest.raises(errors.RevokeUnknown):
                await chat.revoke(row)
            assert [state for state, _ in await states(store)] == [DeliveryState.REVOKE_UNKNOWN], (
                "the server may refuse it because it was done before"
            )
        server.fault = None
        await chat.revoke(row)
        assert [state for state, _ in await states(store)] == [DeliveryState.REVOKED]


async def test_a_row_says_that_its_revoke_is_leaving_before_it_leaves(tmp_path: Path) -> None:
    found = []

    async def handler(request: httpx.Request) -> httpx.Response:
        if call_of(request) == "webwxrevokemsg":
            found.extend(state for state, _ in await states(store))
            with pytest.raises(errors.BeingRevoked):
                await chat.revoke(row)
        return said({"MsgID": "901"})

    async with scripted(handler, tmp_path) as (context, store):
        chat = Chat(context, store)
        row = await sent_row(chat)
        await chat.revoke(row)
    assert found == [DeliveryState.REVOKING], "a program killed now leaves a doubt, not “sent”"


async def test_the_notice_may_come_before_the_answer(tmp_path: Path) -> None:
    async def handler(request: httpx.Request) -> httpx.Response:
        if call_of(request) == "webwxrevokemsg":
            await receive(store, received(5, bodies.Revoke(row.msg_id, "you recalled a message")))
        return said({"MsgID": "901"})

    async with scripted(handler, tmp_path) as (context, store):
        chat = Chat(context, store)
        row = await sent_row(chat)
        await chat.revoke(row)
        after = await store.message(row.msg_id)
        assert after is not None
        assert after.state is DeliveryState.REVOKED


async def test_a_cancelled_revoke_is_in_doubt(tmp_path: Path) -> None:
    left = asyncio.Event()

    async def handler(request: httpx.Request) -> httpx.Response:
        if call_of(request) == "webwxrevokemsg":
            left.set()
            await asyncio.Event().wait()
        return said({"MsgID": "901"})

    async with scripted(handler, tmp_path) as (context, store):
        chat = Chat(context, store)
        task = asyncio.create_task(chat.revoke(await sent_row(chat)))
        await left.wait()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert [state for state, _ in await states(store)] == [DeliveryState.REVOKE_UNKNOWN]


async def test_over_a_socket_a_lost_revoke_was_carried_out_all_the_same() -> None:
    async with run_sandbox() as control, client_of(control) as client:
        to = await client.directory.resolve("李四")
        row = await client.chat.send_text(to, "hi")
        await control.fault("webwxrevokemsg", "drop_after")
        with pytest.raises(errors.RevokeUnknown):
            await client.chat.revoke(row)
        await SyncLoop(client.context, client.store, client.directory).drain()
        again = await client.store.message(row.msg_id)
        assert again is not None
        assert again.state in (DeliveryState.REVOKE_UNKNOWN, DeliveryState.REVOKED)


# ---------------------------------------------------------------- forwarding

IMAGE = (
    '<?xml version="1.0"?><msg><img aeskey="k" cdnthumbaeskey="k" cdnthumburl="u" cdnmidimgurl="u" length="9" '
    'md5="m"/></msg>'
)


async def test_a_text_and_a_link_go_on_as_text(tmp_path: Path) -> None:
    server = Server()
    async with scripted(server, tmp_path) as (context, store):
        rows = await receive(
            store,
            received(1, bodies.Text("a < b")),
            received(2, bodies.Link("Title", url="https://a.example/?a=1&b")),
            received(3, bodies.Link("Words", description="has no address")),
            received(4, bodies.Announcement("tomorrow")),
        )
        for row in rows:
            await Chat(context, store).forward(row, BEN)
        assert [state for state, _ in await states(store, BEN)] == [DeliveryState.SENT] * 4
    assert [body["Msg"]["Content"] for _, body in server.seen] == [
        *("a < b", "Title\nhttps://a.example/?a=1&b", "Words\nhas no address", "tomorrow")
    ]
    assert {body["Msg"]["ToUserName"] for _, body in server.seen} == {"@ben"}


async def test_a_recalled_image_goes_on_and_can_go_on_again(tmp_path: Path) -> None:
    server = Server()
    async with scripted(server, tmp_path) as (context, store):
        chat = Chat(context, store)
        await receive(store, received(1, bodies.Image(), IMAGE))
        await receive(store, received(2, bodies.Revoke("1")))
        recalled = await store.message("1")
        assert recalled is not None
        assert recalled.state is DeliveryState.RECALLED
        first = await chat.forward(recalled, BEN)
        second = await chat.forward(first, ANN)
        assert first.state is second.state is DeliveryState.SENT
    assert server.names == ["webwxsendmsgimg"] * 2
    contents = [body["Msg"]["Content"] for _, body in server.seen]
    assert 'aeskey="k"' in contents[0]
    assert contents[0] == contents[1]


async def test_what_cannot_be_forwarded_leaves_no_row(tmp_path: Path) -> None:
    server = Server()
    async with scripted(server, tmp_path) as (context, store):
        found = await receive(
            store,
            received(1, bodies.Voice(3)),
            received(2, bodies.RedPacket("money")),
            received(3, bodies.Image()),
            received(4, bodies.Card("Carl")),
            # Read and written again on the event loop, it would hold it up.
            received(5, bodies.Image(), IMAGE.replace("<img", f"<img x='{'x' * 100_000}'")),
        )
        for row in found:
            with pytest.raises(errors.NotForwardable):
                await Chat(context, store).forward(row, BEN)
        assert await rows(store, BEN) == []
    assert server.names == []


async def test_a_forward_whose_answer_was_lost_is_unknown(tmp_path: Path) -> None:
    server = Server("webwxsendmsgimg", httpx.ReadError("x"))
    async with scripted(server, tmp_path) as (context, store):
        (image,) = await receive(store, received(1, bodies.Image(), IMAGE))
        with pytest.raises(errors.DeliveryUnknown, match="image"):
            await Chat(context, store).forward(image, BEN)
        assert await states(store, BEN) == [(DeliveryState.UNKNOWN, "ConnectionBroken")]
    assert server.names == ["webwxsendmsgimg"]


# ---------------------------------------------------------------- marking read


async def unread(store: Store) -> int:
    return (await store.conversation_for("@ann")).unread


async def test_read_is_read_only_when_the_phone_knows(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    FakeTime(monkeypatch, "tui.services.http.transport")
    server = Server("webwxstatusnotify", httpx.Response(502))
    async with scripted(server, tmp_path) as (context, store):
        chat = Chat(context, store)
        await receive(store, received(1, bodies.Text("hi")), received(2, bodies.Text("ho")))
        with pytest.raises(errors.BadAnswer):
            await chat.mark_read(ANN)
        assert await unread(store) == 2
        assert server.names == ["webwxstatusnotify"] * 3, "marking read twice is harmless"
        server.fault = None
        await chat.mark_read(ANN)
        assert await unread(store) == 0
    _, body = server.seen[-1]
    assert (body["Code"], body["FromUserName"], body["ToUserName"]) == (1, "@me", "@ann")
    assert isinstance(body["ClientMsgId"], int)


async def test_what_comes_while_the_server_is_told_of_reading_stays_unread(tmp_path: Path) -> None:
    told = 0

    async def while_told(request: httpx.Request) -> httpx.Response:
        nonlocal told
        told += 1
        await receive(store, received(10 + told, bodies.Text("and")))
        return Server()(request)

    async with scripted(while_told, tmp_path) as (context, store):
        (seen,) = await receive(store, received(1, bodies.Text("hi")))
        await Chat(context, store).mark_read(ANN)
        assert await unread(store) == 1
        await Chat(context, store).mark_read(ANN, seen.id)
        assert await unread(store) == 2, "up to what was seen, not up to now"


async def test_what_was_read_is_noted_though_the_command_is_interrupted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with scripted(Server(), tmp_path) as (context, store):
        await receive(store, received(1, bodies.Text("hi")))
        begun, write = asyncio.Event(), store.mark_read

        async def slow(conversation_id: int, until: int | None = None) -> None:
            begun.set()
            await asyncio.sleep(0)
            await write(conversation_id, until)

        monkeypatch.setattr(store, "mark_read", slow)
        marking = asyncio.ensure_future(Chat(context, store).mark_read(ANN))
        await begun.wait()
        marking.cancel()
        await asyncio.wait({marking})
        assert await unread(store) == 0
