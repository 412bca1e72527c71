"""The socket of the program that owns a session: what goes through it, what is refused, what survives."""

from __future__ import annotations

import asyncio
import hashlib
import io
import os
import socket
import stat
import tempfile
import threading
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest

from tests.support.profile_owner import Command, Interrupted, Owner, command, open_client, owning
from tests.support.waiting import idle, until
from tui import errors
from tui.cli.shared import completion_names
from tui.cli.shared.completion_names import stored_names
from tui.paths import Profile, find_profile
from tui.services.client.client import Client
from tui.services.control import owner_connection, protocol, unix_socket
from tui.services.control.arrivals import ToldRows, arrivals
from tui.services.control.owner_connection import find_owner
from tui.services.control.remote_client import RemoteClient
from tui.services.control_server import control_server, limits
from tui.services.control_server.control_server import ControlServer
from tui.services.control_server.owner_services import OwnerServices
from tui.services.session.login_options import LoginOptions
from tui.services.session.profile_lock import OwnerLock
from tui.services.uploads.outgoing_file import from_stream, open_file
from tui.services.uploads.upload_state import Progress, UploadState
from tui.store.delivery_state import DeliveryState
from tui.store.models import StoredMessage
from tui.wire import bodies
from tui.wire.contacts import Contact, ContactKind, Member
from tui.wire.media_types import MediaKind
from tui.wire.names import Endpoint


async def called(owner: Owner, name: str) -> None:
    """Wait until the sandbox has got such a call."""

    async def has_come() -> bool:
        return name in await owner.control.calls()

    await until(has_come)


async def moved_on(client: Command, row: int, state: DeliveryState) -> StoredMessage:
    """Wait until a row is not in this state any more."""

    async def has_moved() -> bool:
        return (await client.store.row(row)).state is not state

    await until(has_moved)
    found: StoredMessage = await client.store.row(row)
    return found


async def raw(owner: Owner) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    return await asyncio.open_unix_connection(os.fspath(owner.socket), limit=protocol.LINE)


async def ended(reader: asyncio.StreamReader) -> bytes:
    """All that comes until the other side hangs up."""
    async with asyncio.timeout(30):
        try:
            return await reader.read()
        except ConnectionError:
            return b""


@pytest.fixture
def short() -> Iterator[Path]:
    """A directory whose path leaves room for a socket's name."""
    with tempfile.TemporaryDirectory(prefix="wx", dir="/tmp") as name:
        yield Path(name)


# ---------------------------------------------------------------- what goes through


async def test_a_text_goes_out_once_and_its_row_is_the_owners() -> None:
    async with owning() as owner, command() as client:
        with owner.client.store.subscribe() as changes:
            rows: list[StoredMessage] = []
            to = await client.directory.resolve("张三")
            sent = await client.chat.send_text(to, "你好\n二", rows.append)
            assert (await anext(changes)) is not None, "the owner's own log hears of it"
        assert (sent.state, sent.body) == (DeliveryState.SENT, bodies.Text("你好\n二"))
        assert [row.id for row in rows] == [sent.id]
        assert await owner.client.store.row(sent.id) == sent
        there = await owner.control.get("sent")
        assert [(row["MsgID"], row["content"]) for row in there] == [(sent.msg_id, "你好\n二")]


async def test_a_file_stands_among_the_owners_uploads_and_its_progress_is_told(tmp_path: Path) -> None:
    path = tmp_path / "日志.bin"
    path.write_bytes(os.urandom(1_200_000))
    async with owning() as owner, command() as client:
        to = await client.directory.resolve("张三")
        heard: list[Progress] = []
        rows: list[StoredMessage] = []
        with open_file(path, Endpoint.WEB) as file:
            sent = await client.file_upload.send_file(to, file, heard.append, rows.append)
        assert sent.state is DeliveryState.SENT
        assert [row.id for row in rows] == [sent.id]
        [upload] = owner.outbox.files.uploads
        assert (upload.state, upload.name, upload.row) == (UploadState.SENT, "日志.bin", sent)
        assert owner.told, "the owner's screen hears of it too"
        assert (
            {UploadState.HASHING, UploadState.UPLOADING, UploadState.SENDING}
            >= {one.state for one in heard}
            >= {UploadState.UPLOADING}
        )
        assert all(0 <= one.done <= one.total == 1_200_000 for one in heard)
        [there] = await owner.control.get("sent")
        assert there["sha256"] == hashlib.sha256(path.read_bytes()).hexdigest()
        assert there["file_name"] == "日志.bin"


async def test_standard_input_goes_too_and_leaves_nothing(tmp_path: Path) -> None:
    data = os.urandom(700_000)
    async with owning() as owner, command() as client:
        to = await client.directory.resolve("张三")
        stream = io.BytesIO(data)
        cache = owner.profile.cache
        with from_stream(stream, cache, Endpoint.WEB, MediaKind.FILE, "dump.bin") as file:
            sent = await client.file_upload.send_file(to, file)
        assert [*cache.iterdir()] == [owner.profile.spool] and [*owner.profile.spool.iterdir()] == []
        [there] = await owner.control.get("sent")
        assert (there["MsgID"], there["file_name"]) == (sent.msg_id, "dump.bin")
        assert there["sha256"] == hashlib.sha256(data).hexdigest()


async def test_a_name_that_is_no_unicode_is_found_again(tmp_path: Path) -> None:
    path = Path(os.fsdecode(os.fsencode(tmp_path) + b"/\xff\xfe.bin"))
    await asyncio.to_thread(path.write_bytes, b"x")
    async with owning() as owner, command() as client:
        with open_file(path, Endpoint.WEB) as file:
            await client.file_upload.send_file(await client.directory.resolve("张三"), file)
        assert (await owner.control.get("sent"))[0]["file_name"] == "__.bin"


async def test_revoke_forward_read_check_and_refresh() -> None:
    async with owning() as owner, command() as client:
        one, other = await client.directory.resolve("张三"), await client.directory.resolve("李四")
        sent = await client.chat.send_text(one, "oops")
        forwarded = await client.chat.forward(sent, other)
        assert forwarded.state is DeliveryState.SENT and forwarded.id != sent.id
        assert isinstance(await client.chat.revoke(sent), str)
        assert (await client.store.row(sent.id)).state is DeliveryState.REVOKED
        await owner.control.post("push", type="text", content="hello", **{"from": "张三"})
        await client.chat.mark_read(one)
        await client.check()
        await client.directory.refresh()
        calls = await owner.control.calls()
        assert (calls["webwxrevokemsg"], calls["webwxsendmsg"]) == (1, 2)
        there = await owner.control.get("sent")
        assert [(row["content"], row["to_name"]) for row in there][-1] == ("oops", "李四")
        with pytest.raises(errors.AlreadyRevoked) as caught:
            await client.chat.revoke(await client.store.row(sent.id))
        assert caught.value.facts == {"what": "oops"}


async def test_new_messages_are_told_as_they_are_stored() -> None:
    async with owning() as owner:
        to = await owner.contact("张三")
        stream = arrivals(owner.profile, "?", owner.client.store, ToldRows())
        first = asyncio.ensure_future(anext(stream))
        row = await owner.client.chat.send_text(to, "seen elsewhere")

        async def is_told() -> bool:
            nonlocal row
            if not first.done():
                row = await owner.client.chat.send_text(to, "again")
            return first.done()

        await until(is_told, every=0.05)  # Nothing tells when it has begun.
        added = first.result()
        assert added.conversation_id == row.conversation_id
        assert [await owner.client.store.row(one.id) for one in added.messages]
        await stream.aclose()


async def test_several_commands_at_once_have_their_own_answers() -> None:
    async with owning() as owner:

        async def one(number: int) -> str:
            async with command() as client:
                return (await client.chat.send_text(await client.directory.resolve("张三"), str(number))).msg_id

        ids = await asyncio.gather(*map(one, range(12)))
        there = {row["MsgID"]: row["content"] for row in await owner.control.get("sent")}
        assert [there[msg_id] for msg_id in ids] == [str(number) for number in range(12)]


# ---------------------------------------------------------------- errors


@pytest.mark.parametrize(
    ("ret", "kind"), [(1205, errors.TooFrequent), (1101, errors.LoggedInElsewhere), (4242, errors.ServerRefused)]
)
async def test_what_the_server_says_is_the_same_error_here(ret: int, kind: type[errors.WxtuiError]) -> None:
    async with owning() as owner, command() as client:
        to = await client.directory.resolve("张三")
        await owner.control.fault("webwxsendmsg", "ret", ret)
        with pytest.raises(kind) as caught:
            await client.chat.send_text(to, "x")
        assert type(caught.value) is kind
        assert caught.value.facts["ret"] == ret
        assert str(caught.value)


async def test_a_lost_answer_is_unknown_here_too() -> None:
    async with owning() as owner, command() as client:
        to = await client.directory.resolve("张三")
        await owner.control.fault("webwxsendmsg", "drop_after")
        with pytest.raises(errors.DeliveryUnknown, match="“only once” may or may not have arrived") as caught:
            await client.chat.send_text(to, "only once")
        assert isinstance(caught.value.facts["why"], errors.Phrase), "it can still be translated"
        assert (await owner.control.calls())["webwxsendmsg"] == 1


@pytest.mark.parametrize("target", ["nobody at all", "王伟"])
async def test_targets_are_refused_as_ever(target: str) -> None:
    async with owning(), command() as client:
        with pytest.raises(errors.TargetError) as caught:
            await client.directory.resolve(target)
        assert caught.value.exit_code == 4 and target in str(caught.value)


async def test_a_file_that_is_replaced_between_is_noticed(tmp_path: Path) -> None:
    path = tmp_path / "log"
    path.write_bytes(b"one")
    async with owning() as owner, command() as client:
        to = await client.directory.resolve("张三")
        with open_file(path, Endpoint.WEB) as file:
            path.unlink()
            path.write_bytes(b"two")
            with pytest.raises(errors.FileChanged):
                await client.file_upload.send_file(to, file)
        assert owner.outbox.files.uploads == []
        assert await owner.control.get("sent") == []


async def test_without_a_session_it_waits_a_little_and_says_why() -> None:
    trouble: list[errors.WxtuiError] = [errors.Unreachable(host="wx.qq.com", why="Network is unreachable")]
    async with owning(patience=0.2, trouble=lambda: trouble[0] if trouble else None) as owner:
        async with command() as client:
            to = await client.directory.resolve("张三")
            owner.session = None
            with pytest.raises(errors.Unreachable, match=r"wx\.qq\.com"):
                await client.chat.send_text(to, "x")
            trouble.clear()
            with pytest.raises(errors.NotLoggedIn) as caught:
                await client.chat.send_text(to, "x")
            assert caught.value.exit_code == 3
            again = asyncio.create_task(client.chat.send_text(to, "patience"))
            await idle(owner.client.store)
            assert not again.done()
            owner.session = owner.client
            assert (await again).state is DeliveryState.SENT
        assert [row["content"] for row in await owner.control.get("sent")] == ["patience"]


async def test_a_text_that_no_line_holds_is_refused_here() -> None:
    async with owning() as owner, command() as client:
        to = await client.directory.resolve("张三")
        with pytest.raises(errors.TextTooLong) as caught:
            await client.chat.send_text(to, "x" * protocol.LINE)
        assert caught.value.exit_code == 5
        assert (await client.chat.send_text(to, "y")).state is DeliveryState.SENT, "and the connection is still good"
        assert len(await owner.control.get("sent")) == 1


# ---------------------------------------------------------------- going away


async def test_ctrl_c_cancels_an_upload_and_says_so(tmp_path: Path) -> None:
    path = tmp_path / "big.bin"
    path.write_bytes(os.urandom(3_000_000))
    async with owning() as owner, command() as client:
        await owner.control.fault("webwxuploadmedia", "slow", 200_000, times=0)
        to = await client.directory.resolve("张三")
        rows: list[protocol.Row] = []

        def interrupt(progress: Progress) -> None:
            if progress.state is UploadState.UPLOADING:
                raise KeyboardInterrupt

        with open_file(path, Endpoint.WEB) as file, pytest.raises(Interrupted):
            await client.file_upload.send_file(to, file, interrupt, rows.append)
        assert (await client.store.row(rows[0].id)).state is DeliveryState.CANCELLED
        assert owner.outbox.files.uploads[0].state is UploadState.CANCELLED
        assert (await client.chat.send_text(to, "next")).state is DeliveryState.SENT


async def test_a_command_that_is_killed_takes_its_upload_with_it(tmp_path: Path) -> None:
    path = tmp_path / "big.bin"
    path.write_bytes(os.urandom(3_000_000))
    async with owning() as owner:
        await owner.control.fault("webwxuploadmedia", "slow", 200_000, times=0)
        to = await owner.contact("张三")
        reader, writer = await raw(owner)
        with open_file(path, Endpoint.WEB) as file:
            request = protocol.SendFile(to.user_name, os.fsencode(path), file.version, MediaKind.FILE, "big.bin")
        for said in (protocol.Hello(protocol.VERSION, "x"), request, protocol.Go()):
            writer.write(protocol.line(said))
        await until(lambda: any(one.state is UploadState.UPLOADING for one in owner.outbox.files.uploads))
        writer.transport.abort()
        await until(lambda: owner.outbox.files.uploads[0].state is UploadState.CANCELLED)
        assert await owner.control.get("sent") == []
        assert reader is not None


async def test_what_has_left_is_done_to_its_end_when_the_command_goes() -> None:
    async with owning() as owner, command() as client:
        to = await client.directory.resolve("张三")
        await owner.control.fault("webwxsendmsg", "delay", 0.5)
        rows: list[protocol.Row] = []
        has_left = threading.Event()

        def interrupt(row: protocol.Row) -> None:
            rows.append(row)
            has_left.wait(30)
            raise KeyboardInterrupt

        sending = asyncio.create_task(client.chat.send_text(to, "going", interrupt))
        await called(owner, "webwxsendmsg")
        has_left.set()
        with pytest.raises(Interrupted):
            await sending
        assert (await client.store.row(rows[0].id)).state is DeliveryState.SENDING, "which is what the person is told"
        assert (await moved_on(client, rows[0].id, DeliveryState.SENDING)).state is DeliveryState.SENT
        assert len(await owner.control.get("sent")) == 1


async def test_an_upload_that_is_cancelled_in_the_owner_fails_here(tmp_path: Path) -> None:
    path = tmp_path / "big.bin"
    path.write_bytes(os.urandom(2_000_000))
    async with owning() as owner, command() as client:
        await owner.control.fault("webwxuploadmedia", "slow", 200_000, times=0)
        to = await client.directory.resolve("张三")
        with open_file(path, Endpoint.WEB) as file:
            sending = asyncio.create_task(client.file_upload.send_file(to, file))
            await until(lambda: any(one.state is UploadState.UPLOADING for one in owner.outbox.files.uploads))
            assert owner.outbox.files.cancel(owner.outbox.files.uploads[0])
            with pytest.raises(errors.GivenUp, match=r"big\.bin"):
                await sending


async def test_without_go_nothing_is_done() -> None:
    """What an owner finds that was suspended while a command gave up."""
    async with owning() as owner:
        to = await owner.contact("张三")
        _reader, writer = await raw(owner)
        writer.write(protocol.line(protocol.Hello(protocol.VERSION, "x")))
        writer.write(protocol.line(protocol.SendText(to.user_name, "late")))
        writer.close()
        async with command() as client:
            await client.chat.send_text(to, "after it")
        assert [row["content"] for row in await owner.control.get("sent")] == ["after it"]


async def test_an_owner_that_ends_in_the_middle_tells_the_truth(tmp_path: Path) -> None:
    profile = find_profile("default")
    async with owning() as owner:
        await owner.control.fault("webwxsendmsg", "delay", 3)
        found = await asyncio.to_thread(find_owner, profile)
        assert found is not None
        to = await owner.contact("张三")
        client = Command(RemoteClient(profile, found))
        sending = asyncio.create_task(client.chat.send_text(to, "in the middle"))
        await called(owner, "webwxsendmsg")
        await stop_listening(owner)
        with pytest.raises(errors.DeliveryUnknown, match="in the middle"):
            await sending
        found.__exit__(None, None, None)
        assert not owner.socket.exists()


async def stop_listening(owner: Owner) -> None:
    [server] = [one for one in _SERVERS if one._services.profile == owner.profile]
    await server.__aexit__(None, None, None)


_SERVERS: list[control_server.ControlServer] = []


@pytest.fixture(autouse=True)
def _remember(monkeypatch: pytest.MonkeyPatch) -> None:
    _SERVERS.clear()
    enter = control_server.ControlServer.__aenter__

    async def remembering(self: control_server.ControlServer) -> control_server.ControlServer:
        _SERVERS.append(self)
        return await enter(self)

    monkeypatch.setattr(control_server.ControlServer, "__aenter__", remembering)


# ---------------------------------------------------------------- strangers, rubbish, old things


@pytest.mark.parametrize(
    "rubbish",
    [b"\n", b"GET / HTTP/1.1\r\n\r\n", b"{}\n", b'{"is":"go"}\n', b"\xff\xfe\x00" * 100 + b"\n", b"[" * 100_000 + b"\n",
     b'{"is":"hello","version":1,"program":"x"}\n{"is":"sendtext"}\n', b"x" * (protocol.LINE + 9),
     b'{"is":"hello","version":1,"program":"x"}\n' + b"y" * (3 * protocol.LINE),
     b'{"is":"hello","version":1,"program":"x"}\n{"is":"row","row":1}\n',
     b'{"is":"hello","version":1,"program":"x"}\n{"is":"revoke","row":9223372036854775808}\n{"is":"go"}\n',
     b'{"is":"hello","version":1,"program":"x"}\n{"is":"forward","row":-1,"to":"@x"}\n{"is":"go"}\n',
     b'{"is":"hello","version":18446744073709551616,"program":"x"}\n'],
)  # fmt: skip
async def test_rubbish_ends_its_own_connection_only(rubbish: bytes) -> None:
    async with owning() as owner, command() as client:
        to = await client.directory.resolve("张三")
        reader, writer = await raw(owner)
        writer.write(rubbish)
        answer = await ended(reader)
        assert answer.count(b"\n") <= 2 and b"done" not in answer
        writer.transport.abort()
        assert (await client.chat.send_text(to, "unharmed")).state is DeliveryState.SENT


async def test_who_says_nothing_is_not_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "GREETING", 0.05)
    async with owning() as owner:
        reader, writer = await raw(owner)
        assert await ended(reader) == b""
        writer.close()


@pytest.mark.parametrize("idle", ["before its greeting", "after its greeting", "before its go"])
async def test_as_many_idle_connections_as_there_may_be_lock_nobody_out(
    idle: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(limits, "MOST", 2)
    async with owning() as owner:
        others = [await raw(owner) for _ in range(2)]
        for reader, writer in others:
            if idle != "before its greeting":
                writer.write(protocol.line(protocol.Hello(protocol.VERSION, "x")))
                await reader.readline()
            if idle == "before its go":
                writer.write(protocol.line(protocol.CheckRequest()))
                await reader.readline()
        assert (await _send("through")).state is DeliveryState.SENT
        assert await ended(others[0][0]) == b"", "the one that was idle longest is gone"
        for _reader, writer in others:
            writer.close()


async def test_too_many_at_work_are_turned_away_and_come_again_later(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "MOST", 2)
    async with owning() as owner:
        others = [await raw(owner) for _ in range(2)]
        for reader, writer in others:
            for said in (protocol.Hello(protocol.VERSION, "x"), protocol.Follow(), protocol.Go()):
                writer.write(protocol.line(said))
            while not isinstance(protocol.read_owner(await reader.readline()), protocol.Working):
                pass
        reader, writer = await raw(owner)
        assert await ended(reader) == b""
        writer.close()
        waiting = asyncio.create_task(_send("later"))
        await idle(owner.client.store)
        assert not waiting.done()
        for _reader, writer in others:
            writer.close()
        assert (await waiting).state is DeliveryState.SENT


async def test_followers_leave_room_for_commands(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "MOST_FOLLOWERS", 1)
    async with owning() as owner:
        streams = [arrivals(owner.profile, "?", owner.client.store, ToldRows()) for _ in range(2)]
        following = [asyncio.ensure_future(anext(stream)) for stream in streams]
        await until(lambda: any(one.done() for one in following))
        refused, heard = sorted(following, key=lambda one: not one.done())
        with pytest.raises(errors.OwnerRefused, match="Too many shells"):
            await refused
        assert (await _send("through")).state is DeliveryState.SENT
        assert [message.body for message in (await heard).messages] == [bodies.Text("through")]
        for stream in streams:
            await stream.aclose()


async def test_who_goes_away_in_the_middle_of_a_long_answer_is_no_mistake_of_ours(
    caplog: pytest.LogCaptureFixture,
) -> None:
    async with owning() as owner:
        await owner.client.store.save_contacts([Contact(f"@{number}", "人" * 60) for number in range(5000)])
        for _ in range(5):
            reader, writer = await raw(owner)
            for said in (protocol.Hello(protocol.VERSION, "x"), protocol.ListContacts(""), protocol.Go()):
                writer.write(protocol.line(said))
            for _ in range(3):
                await reader.readline()
            writer.transport.abort()
            await until(lambda: not _SERVERS[-1]._connections)
    assert not [record for record in caplog.records if "broke" in record.message]


async def test_a_long_answer_comes_in_pieces_no_faster_than_it_is_read() -> None:
    people = [Contact(f"@{number:040}", f"人{number}" * 20) for number in range(6000)]
    async with owning() as owner:
        await owner.client.store.save_contacts(people)
        reader, writer = await raw(owner)
        for said in (protocol.Hello(protocol.VERSION, "x"), protocol.ListContacts(""), protocol.Go()):
            writer.write(protocol.line(said))
        await reader.readline()
        # Nobody reads: kernel and stream take what they can, and the owner does not go on.
        incoming = cast(asyncio.Transport, writer.transport)
        incoming.pause_reading()
        [connection] = _SERVERS[0]._connections.values()
        transport = connection.writer.transport
        await until(lambda: transport.get_write_buffer_size() > 0)
        await idle(owner.client.store)
        assert transport.get_write_buffer_size() < 200_000
        assert (await _send("between")).state is DeliveryState.SENT, "the owner goes on with everything else"
        incoming.resume_reading()
        names: list[str] = []
        while not isinstance(said := protocol.read_owner(line := await reader.readline()), protocol.Done):
            assert len(line) < 100_000
            if isinstance(said, protocol.Piece):
                names += [item["nick_name"] for item, _handle in said.items if item["nick_name"].startswith("人")]
        assert names == [one.nick_name for one in people]
        writer.close()


async def test_a_session_that_ends_while_a_command_waits_for_names_is_no_broken_network() -> None:
    """The next session has the names; without one, the shell hears that it is not logged in."""
    following: list[Any] = []

    class Ending:
        async def resolve(self, target: str) -> None:
            owner.session = following.pop()
            raise errors.Unreachable(host="wx.qq.com", why="this session was closed")

    async with owning(patience=0.2) as owner, command() as client:
        following = [None, owner.client]
        owner.session = SimpleNamespace(directory=Ending())
        assert (await client.directory.resolve("张三")).name == "张三"
        owner.session = SimpleNamespace(directory=Ending())
        with pytest.raises(errors.NotLoggedIn):
            await client.directory.resolve("张三")


CUT = errors.Unreachable(host="wx.qq.com", why="Network is unreachable")


@pytest.mark.parametrize(
    ("silence", "trouble", "asked"), [(None, None, 1), (61.0, None, 1), (5.0, None, 0), (5.0, CUT, 1)]
)
async def test_a_check_asks_the_server_where_it_was_not_heard_just_now(
    silence: float | None, trouble: errors.WxtuiError | None, asked: int
) -> None:
    """Nor believes what was heard before the network went away."""
    async with owning(silence=lambda: silence, trouble=lambda: trouble) as owner, command() as client:
        before = (await owner.control.calls()).get("webwxstatusnotify", 0)
        assert (await client.check()).name == owner.client.context.session.nick_name
        assert (await owner.control.calls()).get("webwxstatusnotify", 0) - before == asked


async def test_the_owner_searches_its_contacts_and_tells_the_same() -> None:
    async with owning() as owner, command() as client:
        await owner.client.store.save_contacts([Contact(f"@wang{number}", f"王{number}") for number in range(50)])
        for query in ("", "张", "王7", "nobody"):
            through, there = await client.directory.search(query), await owner.client.directory.search(query)
            assert [(one.name, handle) for one, handle in through] == [(one.name, handle) for one, handle in there]
        assert await client.directory.search("王7") == [(Contact("@wang7", "王7"), "@wang7")]


async def test_the_same_names_are_completed_with_and_without_an_owner() -> None:
    profile = find_profile("default")
    begun = ["", "张", "zhangs", "file transfer", "nobody"]

    async def completed() -> list[list[str]]:
        return [await asyncio.to_thread(stored_names, profile, one) for one in begun]

    async with owning() as owner:
        several = (*(Member(f"@{one}", one) for one in "甲乙丁戊"), Member("@e", "己"))
        several = (several[0], Member("@b", "乙", "丙"), Member("@c", "x", remark_name="丁"), *several[3:])
        group = Contact("@@nameless", kind=ContactKind.GROUP, members=several)
        await owner.client.store.save_contacts([group, Contact("@o", "--option"), Contact("@i", "id:7", "")])
        through = await completed()
        assert {"甲、丙、丁、戊", "\\id:7"} <= set(through[0]) and "--option" not in through[0]
        assert through[1] == through[2] == ["张三"] and through[3:] == [["文件传输助手"], []]
    assert await completed() == through


async def test_names_are_read_from_the_file_where_an_owner_works_and_works(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(completion_names, "_PATIENCE", 30.0)
    monkeypatch.setattr(completion_names, "_WHOLE", 0.2)
    profile = find_profile("default")
    async with owning() as owner:
        await owner.client.directory.refresh()

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        said = [protocol.Welcome(protocol.VERSION, "x", 77), protocol.RequestReady(), protocol.Working()]
        for one in said:
            await reader.readline()
            writer.write(protocol.line(one))
        with suppress(ConnectionError):
            while not reader.at_eof():
                writer.write(protocol.line(protocol.Working()) * 10_000)
                await writer.drain()
        writer.close()

    with unix_socket.bind(profile) as listener:
        server = await asyncio.start_unix_server(answer, sock=listener)
        async with asyncio.timeout(30):
            assert await asyncio.to_thread(stored_names, profile, "zhangs") == ["张三"]
        server.close()
        await server.wait_closed()


async def _send(text: str) -> StoredMessage:
    async with command() as client:
        return await client.chat.send_text(await client.directory.resolve("张三"), text)


async def test_another_user_is_turned_away_at_both_ends(monkeypatch: pytest.MonkeyPatch) -> None:
    async with owning() as owner:
        monkeypatch.setattr(unix_socket, "peer_uid", lambda connection: os.geteuid() + 1)
        reader, writer = await raw(owner)
        writer.write(protocol.line(protocol.Hello(protocol.VERSION, "x")))
        assert await ended(reader) == b""
        writer.close()
        with pytest.raises(errors.HomeUnusable, match="belongs to another user"):
            async with open_client(owner.profile, LoginOptions()):
                pass


async def test_the_kernel_says_who_is_at_the_other_end() -> None:
    here, there = socket.socketpair()
    with here, there:
        assert unix_socket.peer_uid(here) == os.geteuid()


async def test_another_version_is_answered_and_sent_away() -> None:
    async with owning() as owner:
        reader, writer = await raw(owner)
        writer.write(protocol.line(protocol.Hello(99, "9.9")))
        lines = (await ended(reader)).splitlines()
        assert len(lines) == 1
        assert isinstance(protocol.read_owner(lines[0]), protocol.Welcome)
        writer.close()


async def test_an_owner_of_another_version_is_a_sentence() -> None:
    profile = find_profile("default")
    async with owning():
        pass

    async def older(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readline()
        writer.write(protocol.line(protocol.Welcome(0, "0.0.1", 77)))
        assert await reader.read() == b"", "nothing is asked of it"
        writer.close()

    with unix_socket.bind(profile) as listener:
        server = await asyncio.start_unix_server(older, sock=listener)
        with pytest.raises(errors.OwnerDiffers, match=r"process 77\) is version 0\.0\.1.*cannot work together"):
            async with open_client(profile, LoginOptions()):
                pass
        server.close()
        await server.wait_closed()


async def test_a_silent_owner_is_a_sentence_and_nothing_is_left_for_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(owner_connection, "GREETING", 0.2)
    profile = find_profile("default")
    async with owning():
        pass
    with OwnerLock(profile), unix_socket.bind(profile) as listener:
        # It listens, and nobody takes the call: what Ctrl+Z does to it.
        with pytest.raises(errors.OwnerSilent, match=f"process {os.getpid()}.*may be suspended.*Nothing was done.*fg"):
            async with open_client(profile, LoginOptions()):
                pass
        listener.setblocking(True)
        taken, _address = listener.accept()
        with taken:
            said = taken.recv(65536)
            assert said.count(b"\n") == 1 and b"hello" in said
            assert taken.recv(1) == b""
    unix_socket.remove(profile)


@pytest.mark.parametrize("rubbish", [b"\n", b"220 mail ready\r\n", b"x" * (protocol.LINE + 9), b'{"is":"done"}\n'])
async def test_an_owner_that_answers_rubbish_is_a_sentence_while_it_has_the_profile(rubbish: bytes) -> None:
    profile = find_profile("default")
    async with owning():
        pass

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(rubbish)
        assert b"hello" in await reader.readline()
        assert await ended(reader) == b"", "nothing is asked of it"
        writer.close()
        over.set()

    over = asyncio.Event()
    with OwnerLock(profile), unix_socket.bind(profile) as listener:
        server = await asyncio.start_unix_server(answer, sock=listener)
        with pytest.raises(errors.OwnerGarbled, match=f"process {os.getpid()}.*Nothing was done"):
            async with asyncio.timeout(30), open_client(profile, LoginOptions()):
                pass
        await asyncio.wait_for(over.wait(), 30)
        server.close()
        await server.wait_closed()


async def test_an_owner_that_answers_rubbish_to_a_request_is_a_sentence() -> None:
    profile = find_profile("default")
    async with owning():
        pass

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readline()
        writer.write(protocol.line(protocol.Welcome(protocol.VERSION, "x", 77)))
        await reader.readline()
        writer.write(b"what?\n")
        assert await reader.read() == b"", "and it is not told to do it"
        writer.close()
        over.set()

    over = asyncio.Event()
    with unix_socket.bind(profile) as listener:
        server = await asyncio.start_unix_server(answer, sock=listener)
        async with asyncio.timeout(30), command() as client:
            with pytest.raises(errors.OwnerGarbled, match="process 77"):
                await client.check()
        await asyncio.wait_for(over.wait(), 30)
        server.close()
        await server.wait_closed()


async def test_a_message_whose_row_nobody_can_read_may_have_arrived() -> None:
    profile = find_profile("default")
    async with owning():
        pass

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readline()
        writer.write(protocol.line(protocol.Welcome(protocol.VERSION, "x", 77)))
        await reader.readline()
        writer.write(protocol.line(protocol.RequestReady()))
        await reader.readline()
        writer.write(protocol.line(protocol.Row(12345)))
        writer.close()
        await writer.wait_closed()
        over.set()

    over = asyncio.Event()
    with unix_socket.bind(profile) as listener:
        server = await asyncio.start_unix_server(answer, sock=listener)
        async with asyncio.timeout(30), command() as client:
            with pytest.raises(errors.DeliveryUnknown, match="“hi” may or may not have arrived"):
                await client.chat.send_text(protocol.Recipient("@ann", "Ann"), "hi")
        await asyncio.wait_for(over.wait(), 30)
        server.close()
        await server.wait_closed()


async def test_a_socket_of_the_dead_is_replaced_without_a_word(caplog: pytest.LogCaptureFixture) -> None:
    profile = find_profile("default")
    async with owning():
        pass
    # As kill -9 leaves it: the socket is there, nobody listens, the lock file has a number in it.
    dead = socket.socket(socket.AF_UNIX)
    dead.bind(os.fspath(profile.socket_file))
    dead.close()
    profile.lock_file.write_text("1")
    assert await asyncio.to_thread(find_owner, profile) is None
    async with open_client(profile, LoginOptions()) as client:
        assert isinstance(client, Client)
    async with owning() as owner:
        assert (await _send("alive")).state is DeliveryState.SENT
        assert stat.S_ISSOCK(owner.socket.stat().st_mode)
    assert not profile.socket_file.exists()
    assert caplog.text == ""


@pytest.mark.parametrize("long", [False, True])
async def test_nobody_else_can_open_it_whatever_the_umask(
    long: bool, monkeypatch: pytest.MonkeyPatch, short: Path
) -> None:
    home = short / ("h" * (100 if long else 1))
    monkeypatch.setenv("WXTUI_HOME", str(home))
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(short))
    before = os.umask(0)
    try:
        async with owning() as owner:
            place = owner.socket.resolve()
            assert place.parent == (short / "wxtui" if long else owner.profile.state)
            assert stat.S_IMODE(place.stat().st_mode) == 0o600
            assert stat.S_IMODE(place.parent.stat().st_mode) == 0o700
            assert stat.S_IMODE(owner.profile.state.stat().st_mode) == 0o700
            # Another shell need not have the same variables.
            monkeypatch.delenv("XDG_RUNTIME_DIR")
            assert (await _send("through")).state is DeliveryState.SENT
        assert not place.exists() and not owner.socket.is_symlink()
    finally:
        os.umask(before)


def test_nobody_listens_at_a_path_that_is_too_long_for_a_socket(short: Path) -> None:
    assert unix_socket.connect(Profile("default", short / ("long" * 30), short), 0) is None


def test_a_directory_that_others_may_enter_is_not_used(monkeypatch: pytest.MonkeyPatch, short: Path) -> None:
    (short / "run/wxtui").mkdir(parents=True)
    (short / "run/wxtui").chmod(0o750)
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(short / "run"))
    monkeypatch.setattr(tempfile, "gettempdir", lambda: str(short))
    profile = Profile("default", short / ("long" * 30), short)
    with unix_socket.bind(profile):
        assert profile.socket_file.readlink().parent == short / f"wxtui-{os.geteuid()}"
    unix_socket.remove(profile)
    mine = short / f"wxtui-{os.geteuid()}"
    assert not mine.exists(), "it is not left behind empty"
    # A link may lead into a directory of somebody else.
    mine.symlink_to(profile.state)
    assert not unix_socket._is_ours(mine)


def test_the_directory_goes_with_the_last_socket_in_it(monkeypatch: pytest.MonkeyPatch, short: Path) -> None:
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(short))
    one, other = (Profile(name, short / (name * 40), short) for name in ("one", "other"))
    place, whole = short / "wxtui", unix_socket._short_place

    def just_taken_away(profile: Profile) -> Path:
        found = whole(profile)
        monkeypatch.undo()
        monkeypatch.setenv("XDG_RUNTIME_DIR", str(short))
        place.rmdir()
        return found

    with unix_socket.bind(one):
        with unix_socket.bind(other):
            assert len(list(place.iterdir())) == 2
        unix_socket.remove(other)
        assert len(list(place.iterdir())) == 1
    unix_socket.remove(one)
    assert not place.exists()
    monkeypatch.setattr(unix_socket, "_short_place", just_taken_away)
    with unix_socket.bind(one):
        assert one.socket_file.readlink().parent == place, "between its making and its use another owner ended"
    unix_socket.remove(one)


async def test_a_socket_that_cannot_be_made_costs_only_the_way_in(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(profile: Profile) -> socket.socket:
        raise errors.HomeUnusable(path=profile.socket_file, why="Read-only file system")

    monkeypatch.setattr(unix_socket, "bind", refuse)
    async with owning() as owner:
        assert not owner.socket.exists()
        assert (await owner.client.chat.send_text(await owner.contact("张三"), "x")).state is DeliveryState.SENT


async def test_who_ends_while_the_socket_is_made_leaves_none(monkeypatch: pytest.MonkeyPatch) -> None:
    made: list[socket.socket] = []
    ends, bind = threading.Event(), unix_socket.bind

    def late(profile: Profile) -> socket.socket:
        beginning.set()
        ends.wait(30)
        made.append(bind(profile))
        return made[0]

    beginning = threading.Event()
    monkeypatch.setattr(unix_socket, "bind", late)
    profile = find_profile("default")
    server = ControlServer(cast(OwnerServices, SimpleNamespace(profile=profile)))
    starting = asyncio.create_task(server.__aenter__())
    await asyncio.to_thread(beginning.wait, 30)
    starting.cancel()
    await asyncio.sleep(0)
    ends.set()
    with pytest.raises(asyncio.CancelledError):
        await starting
    assert [one.fileno() for one in made] == [-1]
    assert not profile.socket_file.exists()


# ---------------------------------------------------------------- one after another


async def test_commands_without_an_owner_come_one_after_the_other() -> None:
    profile = find_profile("default")
    async with owning():
        pass
    waited: list[str] = []
    order: list[str] = []
    inside = asyncio.Event()
    leave = asyncio.Event()

    async def first() -> None:
        async with open_client(profile, LoginOptions()):
            inside.set()
            await leave.wait()
            order.append("first")

    async def second() -> None:
        async with open_client(profile, LoginOptions(), waited.append) as client:
            assert isinstance(client, Client)
            order.append("second")

    one = asyncio.create_task(first())
    await inside.wait()
    with pytest.raises(errors.BusyBriefly), OwnerLock(profile):
        pass
    other = asyncio.create_task(second())
    await until(lambda: waited)
    assert waited == [str(os.getpid())]
    leave.set()
    await asyncio.gather(one, other)
    assert order == ["first", "second"]


async def test_a_recall_of_what_has_not_left_cancels_it_with_or_without_a_session() -> None:
    async with owning() as owner, command() as client:
        to = await owner.contact("张三")
        await owner.control.fault("webwxsendmsg", "ret", 1205)
        rows: list[StoredMessage] = []
        sending = asyncio.create_task(owner.outbox.text(to, "not after all", rows.append))
        await until(lambda: owner.outbox.throttle.hold is not None)
        owner.session = None
        assert await client.chat.revoke(rows[0]) is None
        assert (await sending).state is DeliveryState.CANCELLED
        assert await owner.client.store.waiting() == []


async def test_a_recall_whose_answer_is_lost_is_in_doubt_on_both_sides() -> None:
    async with owning() as owner, command() as client:
        row = await client.chat.send_text(await owner.contact("张三"), "oops")
        await owner.control.fault("webwxrevokemsg", "drop_after")
        with pytest.raises(errors.RevokeUnknown):
            await client.chat.revoke(row)
        assert (await client.store.row(row.id)).state is DeliveryState.REVOKE_UNKNOWN
