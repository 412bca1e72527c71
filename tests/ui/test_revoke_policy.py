"""One policy takes messages back, however a person asks: by key or slash command, from a shell, beside a running wxtui.

A table: what the message is like, and what comes of it. Whatever the way, it is the same sentence, the same exit code,
the same effect on the row, and the same requests to the server.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

import pytest

from tests.support.command_line import Wxtui
from tests.support.program_pilot import ProgramPilot, run_program
from tests.support.sandbox_thread import Sandbox
from tests.support.waiting import until
from tui import errors
from tui.i18n import say
from tui.message_summary import in_short
from tui.paths import find_profile
from tui.screens.dialogs.question import Question
from tui.services.client import authenticate
from tui.services.client.client import Client
from tui.services.client.profile_opening import open_session
from tui.services.control_server.control_server import ControlServer
from tui.services.control_server.owner_services import OwnerServices
from tui.services.outbox import Outbox
from tui.services.sending.recall_window import RecallWindow
from tui.services.session.login_options import LoginOptions
from tui.services.session.profile_lock import OwnerLock
from tui.services.sync.sync_loop import SyncLoop
from tui.services.uploads.upload_state import Upload, UploadState
from tui.store.delivery_state import DeliveryEvent, DeliveryState
from tui.store.models import StoredMessage
from tui.wire.media_types import MediaKind


@dataclass(frozen=True)
class End:
    """What comes of it: an error or none, the row's state, and how often the server was asked."""

    error: errors.WxtuiError | None
    after: DeliveryState
    asked: int = 0


TABLE = {
    "late": End(errors.RevokeTooLate(), DeliveryState.SENT),
    "running upload": End(None, DeliveryState.CANCELLED),
    "waiting text": End(None, DeliveryState.CANCELLED),
    "not mine": End(errors.NotYours(), DeliveryState.RECEIVED),
    "already recalled": End(errors.AlreadyRevoked(what="oops"), DeliveryState.REVOKED),
    "being recalled": End(errors.BeingRevoked(), DeliveryState.REVOKING),
    "unknown outcome": End(
        errors.NotRevocable(what="oops", why=errors.Phrase("it is not known whether it arrived")),
        DeliveryState.UNKNOWN,
    ),
    "fine": End(None, DeliveryState.REVOKED, asked=1),
}
ALONE = {**TABLE, "being recalled": End(None, DeliveryState.REVOKED, asked=1)}
"""Where nothing else runs, whoever was recalling a message is dead: that is in doubt, and may be tried again."""


@dataclass
class Program:
    """The program that has the profile."""

    client: Client
    outbox: Outbox
    sync: bool = False
    """Whether it fetches messages by itself."""
    sending: list[asyncio.Task[StoredMessage]] = field(default_factory=list)


@asynccontextmanager
async def headless(*, listening: bool) -> AsyncIterator[Program]:
    """A program that has the profile, and shows nothing; what waits there waits on when it ends."""
    profile = find_profile("default")
    with OwnerLock(profile):
        async with open_session(profile, LoginOptions()) as client:
            outbox = Outbox(client.store, Upload.moved)
            outbox.renew(client)
            program = Program(client, outbox)
            try:
                if not listening:
                    yield program
                else:
                    log_out = partial(authenticate.log_out, profile, LoginOptions())
                    services = OwnerServices(profile, client.store, outbox, lambda: client, lambda: None, log_out)
                    async with ControlServer(services):
                        yield program
            finally:
                await outbox.close()
                await asyncio.gather(*program.sending, return_exceptions=True)


async def arranged(case: str, program: Program, sandbox: Sandbox, folder: Path) -> StoredMessage:
    """Bring about a message that is like this, in the conversation with 张三."""
    client, outbox = program.client, program.outbox
    to = await client.directory.resolve("张三")
    rows: list[StoredMessage] = []
    match case:
        case "running upload":
            path = folder / "large.bin"
            path.write_bytes(os.urandom(2_000_000))
            sandbox.fault("webwxuploadmedia", "slow", 200_000, times=0)
            upload = outbox.files.add(to, path, MediaKind.FILE)
            await until(lambda: upload.state is UploadState.UPLOADING and upload.row is not None)
            assert upload.row is not None
            return upload.row
        case "waiting text":
            sandbox.fault("webwxsendmsg", "ret", 1205)
            program.sending.append(asyncio.ensure_future(outbox.text(to, "oops", rows.append)))
            await until(lambda: outbox.throttle.hold is not None)
        case "not mine":
            msg_id = sandbox.post("push", type="text", content="theirs", **{"from": "张三"})["MsgId"]
            if not program.sync:
                await SyncLoop(client.context, client.store, client.directory).drain()
            await until(lambda: client.store.message(msg_id))
            message = await client.store.message(msg_id)
            assert message is not None
            return message
        case "unknown outcome":
            sandbox.fault("webwxsendmsg", "drop_after")
            with pytest.raises(errors.DeliveryUnknown):
                await outbox.text(to, "oops", rows.append)
        case _:
            rows.append(await outbox.text(to, "oops"))
            if case == "already recalled":
                await client.chat.revoke(rows[0])
            elif case == "being recalled":
                await client.store.move(rows[0].id, DeliveryEvent.REVOKE_START)
    return await client.store.row(rows[0].id)


async def state_of(client: Client, message: StoredMessage, wanted: DeliveryState) -> DeliveryState:
    """Return the state; a cancelled upload says so when its task has ended."""
    if wanted is DeliveryState.CANCELLED:
        await until(partial(_is_in, client, message, wanted))
    return (await client.store.row(message.id)).state


async def _is_in(client: Client, message: StoredMessage, wanted: DeliveryState) -> bool:
    return (await client.store.row(message.id)).state is wanted


@pytest.fixture(params=list(TABLE))
def case(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    if request.param == "late":
        monkeypatch.setattr(RecallWindow, "is_over", lambda self, message: True)
    return str(request.param)


# ---------------------------------------------------------------- the full-screen program


async def by_key(program: ProgramPilot, message: StoredMessage) -> None:
    log = program.chat.message_log
    await log.go_to(message)
    log.focus()
    await program.until(lambda: log.has_focus)
    await program.press("d")
    await program.until(lambda: isinstance(program.app.screen, Question) or bool(program.chat.status.said))
    if isinstance(asked := program.app.screen, Question):
        await program.until(asked.settling.answers)
        await program.press("y")


async def by_slash_command(program: ProgramPilot, message: StoredMessage) -> None:
    await program.type("/revoke ")
    # A MsgID of 19 digits is pasted, not typed.
    program.chat.composer.insert(message.msg_id or "1")
    await program.press("enter")


@pytest.mark.usefixtures("logged_in")
@pytest.mark.parametrize("way", [by_key, by_slash_command])
async def test_the_full_screen_program(
    way: Callable[[ProgramPilot, StoredMessage], Awaitable[None]], case: str, sandbox: Sandbox, tmp_path: Path
) -> None:
    end = TABLE[case]
    async with run_program(sandbox) as shown:
        await shown.opened("张三")
        client = shown.chat.context.runtime.client
        assert client is not None
        program = Program(client, shown.chat.context.runtime.outbox, sync=True)
        message = await arranged(case, program, sandbox, tmp_path)
        if message.mine:
            own = (message.id, message.state)
            await shown.until(lambda: own in [(one.id, one.state) for one in shown.chat.message_log.own_messages])
        shown.chat.status.say("")
        before = sandbox.calls().get("webwxrevokemsg", 0)
        await way(shown, message)
        await shown.until(lambda: bool(shown.chat.status.said))
        done = "Recalled. e edits it." if end.asked else "Cancelled; nothing was sent."
        assert shown.chat.status.said == (done if end.error is None else say(end.error))
        assert await state_of(client, message, end.after) is end.after
        assert sandbox.calls().get("webwxrevokemsg", 0) - before == end.asked
    await asyncio.gather(*program.sending, return_exceptions=True)


# ---------------------------------------------------------------- a command


def line(message: StoredMessage) -> list[str]:
    return ["revoke", *([message.msg_id] if message.msg_id else ["--last", "张三"])]


def test_a_command_without_a_running_wxtui(case: str, logged_in: Wxtui, sandbox: Sandbox, tmp_path: Path) -> None:
    async def arrange() -> StoredMessage:
        async with headless(listening=False) as program:
            return await arranged(case, program, sandbox, tmp_path)

    async def state(message: StoredMessage) -> DeliveryState:
        async with headless(listening=False) as program:
            return (await program.client.store.row(message.id)).state

    end = ALONE[case]
    message = asyncio.run(arrange())
    before = sandbox.calls().get("webwxrevokemsg", 0)
    result = logged_in(*line(message))
    assert (result.code, result.err) == expected(end, message)
    assert asyncio.run(state(message)) is end.after
    assert sandbox.calls().get("webwxrevokemsg", 0) - before == end.asked


@pytest.mark.usefixtures("logged_in")
async def test_a_command_beside_a_running_wxtui(case: str, real_wxtui: Wxtui, sandbox: Sandbox, tmp_path: Path) -> None:
    end = TABLE[case]
    async with headless(listening=True) as program:
        message = await arranged(case, program, sandbox, tmp_path)
        before = sandbox.calls().get("webwxrevokemsg", 0)
        result = await asyncio.to_thread(real_wxtui, *line(message))
        assert (result.code, result.err) == expected(end, message)
        assert await state_of(program.client, message, end.after) is end.after
        assert sandbox.calls().get("webwxrevokemsg", 0) - before == end.asked


def expected(end: End, message: StoredMessage) -> tuple[int, str]:
    """Return the exit code and what stands on standard error."""
    if end.error is not None:
        return end.error.exit_code, f"wxtui: {say(end.error)}\n"
    if end.asked:
        return 0, ""
    return 0, f"“{in_short(message.body)}” was not sent yet; sending is cancelled.\n"
