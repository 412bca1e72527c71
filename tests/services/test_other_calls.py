"""The wire's calls that no command has yet, against the sandbox over a real socket: media, remarks, pins, friends."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest

from tests.support.async_sandbox import SandboxControl, client_of, run_sandbox
from tui.services.client.client import Client
from tui.services.sync.sync_loop import SyncLoop
from tui.services.uploads.outgoing_file import open_file
from tui.store.models import StoredMessage
from tui.wire import media
from tui.wire.bodies import Message
from tui.wire.names import Endpoint


async def arrived(control: SandboxControl, client: Client, kind: str) -> tuple[StoredMessage, str, Message]:
    """A pushed message as it is stored, its media's sha256, and the message as the wire reads it."""
    pushed = await control.post("push", type=kind)
    await SyncLoop(client.context, client.store, client.directory).drain()
    stored = await client.store.message(pushed["MsgId"])
    assert stored is not None
    chat = (await client.store.conversation(stored.conversation_id)).user_name
    read = Message(stored.msg_id, chat, stored.sender, False, stored.time, stored.body, stored.content)
    return stored, pushed["sha256"], read


@pytest.mark.parametrize("kind", ["image", "emoticon", "voice", "video", "file"])
async def test_the_bytes_of_a_received_message(kind: str) -> None:
    async with run_sandbox() as control, client_of(control) as client:
        _stored, sha256, message = await arrived(control, client, kind)
        request = media.request_for(client.context.session, message)
        assert request is not None
        answer = await client.context.transport.send(kind, request)
        assert answer.status in (200, 206)
        assert hashlib.sha256(answer.body).hexdigest() == sha256


async def test_a_thumbnail_and_a_message_without_bytes() -> None:
    async with run_sandbox() as control, client_of(control) as client:
        _stored, _sha256, message = await arrived(control, client, "image")
        small = media.image(client.context.session, message.msg_id, thumbnail=True)
        assert (await client.context.transport.send("thumbnail", small)).body
        _stored, _sha256, text = await arrived(control, client, "text")
        assert media.request_for(client.context.session, text) is None


async def test_a_remark_and_a_pin_come_back_with_the_contacts() -> None:
    async with run_sandbox() as control, client_of(control) as client:
        li = await client.directory.resolve("李四")
        await control.post("contact", name="李四", remark="老李", pinned=True)
        await client.directory.refresh()
        changed = await client.directory.resolve("老李")
        assert (changed.user_name, changed.nick_name, changed.pinned) == (li.user_name, "李四", True)
        await control.post("contact", name="老李", pinned=False)
        await client.directory.refresh()
        assert not (await client.directory.resolve("李四")).pinned


@pytest.mark.parametrize("name", ["a.png", "a.mp4", "a.gif", "a.zip"])
@pytest.mark.parametrize("endpoint", Endpoint)
async def test_what_was_uploaded_is_forwarded_by_its_media_id(tmp_path: Path, name: str, endpoint: Endpoint) -> None:
    path = tmp_path / name
    path.write_bytes(b"content of " + name.encode())
    async with run_sandbox() as control, client_of(control, endpoint) as client:
        to = await client.directory.resolve("filehelper")
        with open_file(path, endpoint) as file:
            sent = await client.file_upload.send_file(to, file)
        await client.chat.forward(sent, to)
        first, second = await control.get("sent")
        assert first["sha256"] == second["sha256"] == hashlib.sha256(path.read_bytes()).hexdigest()
        assert (await control.calls())["webwxuploadmedia"] == 1
