"""Typing without a session, a network, or a server's patience: what is shown of it, and what becomes of it."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path

import pytest

from tests.support.command_line import Wxtui
from tests.support.outbox_run import unsent
from tests.support.program_pilot import ProgramPilot, run_program
from tests.support.sandbox_thread import Sandbox
from tests.support.tcp_relay import TcpRelay
from tests.support.text_fields_app import key
from tui import errors
from tui.paths import find_profile
from tui.services.client.authenticate import log_in
from tui.services.session.login_options import LoginOptions
from tui.services.session.profile_lock import OwnerLock
from tui.store.delivery_state import DeliveryState
from tui.store.models import StoredMessage
from tui.store.store import Store
from tui.wire.names import Endpoint

S = DeliveryState


@asynccontextmanager
async def relayed(sandbox: Sandbox) -> AsyncIterator[tuple[TcpRelay, Sandbox]]:
    """A relay to the sandbox, and the sandbox as it is seen through it; the profile is logged in through it."""
    async with TcpRelay(sandbox.origin) as relay:
        near = Sandbox(relay.origin, sandbox.http)
        async with log_in(find_profile("default"), LoginOptions(Endpoint.WEB, relay.origin), lambda event: None):
            pass
        yield relay, near


async def rows(program: ProgramPilot) -> list[StoredMessage]:
    conversation = program.chat.conversation
    assert conversation is not None
    found = await program.chat.context.store.messages_before(conversation.id, None, 100)
    return [row for row in found if row.outgoing]


async def waiting() -> list[StoredMessage]:
    async with await Store.open(find_profile("default").store_file, clock=lambda: datetime.now(UTC)) as store:
        return await store.waiting()


def sent_in(text: str) -> int:
    """How many messages of ours the screen shows with their MsgID."""
    return len(re.findall(r"✓ \d", text))


async def typed(program: ProgramPilot, text: str) -> None:
    await program.type(text)
    await program.press("enter")
    await program.sees(text)


async def test_typed_before_there_is_a_network_it_goes_out_when_there_is_one(sandbox: Sandbox) -> None:
    async with relayed(sandbox) as (relay, near):
        await relay.cut()
        async with run_program(near, online=False) as program:
            await program.opened("张三")
            await typed(program, "first")
            await typed(program, "second")
            text = await program.sees(lambda text: text.count("waiting for the connection") == 2)
            assert "2 texts waiting" in text.splitlines()[-1]
            assert program.chat.composer.text == ""
            assert [row.state for row in await rows(program)] == [S.PENDING] * 2
            assert sandbox.sent() == []
            await relay.restore()
            await program.sees(lambda text: sent_in(text) == 2 and "online" in text)
            assert [row["content"] for row in sandbox.sent()] == ["first", "second"]
            assert "wait" not in program.lines[-1]


async def test_what_is_typed_before_any_conversation_is_there_goes_to_whom_one_opens(sandbox: Sandbox) -> None:
    async with TcpRelay(sandbox.origin) as relay:
        await relay.cut()
        async with run_program(Sandbox(relay.origin, sandbox.http), online=False) as program:
            await program.press("tab")
            program.chat.composer.focus()
            await program.type("hello")
            await program.press("enter")
            await program.sees("Open a conversation first")
            await relay.restore()
            await program.sees("online")
            await program.until(lambda: program.chat.conversation is not None)
            newest = program.chat.conversation
            assert newest is not None and newest.name != "张三"
            await program.opened("张三")
            assert (await program.chat.context.store.conversation(newest.id)).draft == ""
            assert program.chat.composer.text == "hello"
            await program.until(program.chat.enter_guard.settling.answers)
            await program.press("enter")
            await program.sees(lambda text: sent_in(text) == 1)
            assert [(row["content"], row["to_name"]) for row in sandbox.sent()] == [("hello", "张三")]


async def test_a_network_that_goes_and_comes_back_in_the_middle(sandbox: Sandbox) -> None:
    async with relayed(sandbox) as (relay, near), run_program(near) as program:
        await program.opened("张三")
        await typed(program, "before")
        await program.sees(lambda text: sent_in(text) == 1)
        await relay.cut()
        await program.sees(lambda text: "online" not in text)
        await typed(program, "between")
        await program.sees("waiting for the connection")
        await relay.restore()
        await program.sees(lambda text: sent_in(text) == 2)
        assert [row["content"] for row in sandbox.sent()] == ["before", "between"]


async def test_leaving_with_a_draft_that_cannot_be_kept_gives_up_nothing_that_waits(
    sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with relayed(sandbox) as (relay, near):
        await relay.cut()
        async with run_program(near, online=False) as program:
            await program.opened("张三")
            await typed(program, "for later")
            await program.sees("waiting for the connection")

            async def full(*_: object) -> None:
                raise errors.HomeUnusable(path="store", why="no space left")

            monkeypatch.setattr(program.chat.context.store, "set_draft", full)
            await program.type("half a sentence")
            await program.press("ctrl+q")
            await program.until(lambda: not program.app.is_running)
            outbox = program.chat.context.runtime.loaded_outbox
        assert outbox is not None and unsent(outbox) == 0
        assert "no space left" in program.app.parting and "1 message is not sent" in program.app.parting
        assert [row.state for row in await waiting()] == [S.PENDING]


async def test_leaving_with_waiting_texts_asks_nothing_and_they_go_out_at_the_next_start(
    sandbox: Sandbox,
) -> None:
    async with relayed(sandbox) as (relay, near):
        await relay.cut()
        async with run_program(near, online=False) as program:
            await program.opened("张三")
            await typed(program, "for later")
            await program.sees("waiting for the connection")
            await program.press("ctrl+q")
            await program.until(lambda: not program.app.is_running)
            app = program.app
        assert app.parting == "1 message is not sent yet; it will be sent at the next start."
        assert [row.state for row in await waiting()] == [S.PENDING]
        await relay.restore()
        async with run_program(near) as program:
            await program.until(lambda: bool(sandbox.sent()))
            assert [row["content"] for row in sandbox.sent()] == ["for later"]
        assert program.app.parting == ""


async def test_a_login_screen_that_was_left_keeps_nobody_from_typing(logged_in: Wxtui, sandbox: Sandbox) -> None:
    sandbox.post("expire", session=True)
    sandbox.fault("webwxpushloginurl", "ret", 1, times=0)
    sandbox.fault("login", "ret", 408, times=0)
    async with run_program(sandbox, online=False) as program:
        await program.sees("Scan this code")
        await program.press("escape")
        await program.chat.open(await program.chat.context.store.conversation_for("filehelper"), write=True)
        await typed(program, "to myself")
        await program.sees("waiting for a login")
        assert "Not logged in" in program.text and "online" not in program.text
        assert sandbox.sent() == []
        sandbox.post("fault", clear=True)
        await program.until(lambda: bool(sandbox.sent()))
        assert [row["content"] for row in sandbox.sent()] == ["to myself"]


async def test_too_fast_is_counted_down_and_can_be_tried_now(logged_in: Wxtui, sandbox: Sandbox) -> None:
    async with run_program(sandbox) as program:
        await program.opened("张三")
        sandbox.fault("webwxsendmsg", "ret", 1205)
        await typed(program, "one")
        await program.sees("… on hold 0:")
        await typed(program, "two")
        text = await program.sees(lambda text: text.count("… on hold 0:") == 2)
        assert "too fast: on hold 0:" in text.splitlines()[-1]
        assert "2 texts waiting" in text.splitlines()[-1]
        before = text.splitlines()[-1]
        await program.sees(lambda text: text.splitlines()[-1] != before)
        assert sandbox.calls()["webwxsendmsg"] == 1, "nothing leaves meanwhile"
        await program.chat.do("retry", "1")
        await program.sees(lambda text: sent_in(text) == 2)
        assert [row["content"] for row in sandbox.sent()] == ["one", "two"]
        await program.until(lambda: program.chat._countdown is None)
        assert "hold" not in program.text, "nothing moves any more"


async def test_what_waits_can_be_given_up_by_c(sandbox: Sandbox) -> None:
    async with relayed(sandbox) as (relay, near):
        await relay.cut()
        async with run_program(near, online=False) as program:
            await program.opened("张三")
            await typed(program, "not after all")
            await program.sees("waiting for the connection")
            await program.chat.do("retry", "1")
            await program.sees("It will be sent automatically")
            await program.press("tab", "k", "c")
            await program.asked("Cancel “not after all”?")
            await program.press("y")
            await program.sees("cancelled")
            await relay.restore()
            await program.sees("online")
        assert sandbox.sent() == []
        assert await waiting() == []


async def test_after_a_login_nobody_gets_what_was_for_somebody_else(logged_in: Wxtui, sandbox: Sandbox) -> None:
    async with run_program(sandbox) as program:
        await program.opened("张三")
        sandbox.fault("webwxsendmsg", "ret", 1205)
        await typed(program, "for zhang")
        await program.sees("on hold")
        store = program.chat.context.store
        (row,) = await rows(program)
        # What the identity does not know of: a login in which no conversation goes on.
        await program.until(lambda: program.chat.context.runtime.client is not None)
        outbox = program.chat.context.runtime.outbox
        reach = store.reach

        async def nowhere(message_id: int) -> object:
            return (await reach(message_id)).__class__((await reach(message_id)).message, "", (await reach(1)).own)

        store.reach = nowhere  # type: ignore[method-assign,assignment]
        assert outbox.sender.try_now(row.id)
        await program.sees("… waiting: no contact in this login")
        assert sandbox.calls()["webwxsendmsg"] == 1
        assert "1 text waiting" in program.lines[-1]
        await program.chat.do("retry", "1")
        await program.sees("This conversation has no contact in this login")


async def test_a_text_that_cannot_be_written_down_goes_back_into_the_bar(logged_in: Wxtui, sandbox: Sandbox) -> None:
    async with run_program(sandbox) as program:
        await program.opened("张三")

        async def full(**given: object) -> StoredMessage:
            raise errors.HomeUnusable(path="/home", why="no space left on device")

        program.chat.context.store.add_outgoing = full  # type: ignore[method-assign,assignment]
        await program.type("precious")
        await program.press("enter")
        await program.sees("no space left")
        assert program.chat.composer.text == "precious"
        assert sandbox.sent() == []


@pytest.mark.parametrize("elsewhere", [False, True])
async def test_a_refused_text_is_kept_where_the_bar_holds_the_next_one(
    logged_in: Wxtui, sandbox: Sandbox, elsewhere: bool
) -> None:
    """Only the complaint was left of it: another text stood in the bar already, or another conversation was open."""
    async with run_program(sandbox) as program:
        await program.opened("张三")
        chat, asked, refuse = program.chat, asyncio.Event(), asyncio.Event()
        first = chat.conversation
        assert first is not None

        async def full(**given: object) -> StoredMessage:
            asked.set()
            await refuse.wait()
            raise errors.HomeUnusable(path="/home", why="no space left on device")

        chat.context.store.add_outgoing = full  # type: ignore[method-assign,assignment]
        await program.type("precious")
        program.app.post_message(key("enter", 0.0))
        await asked.wait()
        if elsewhere:
            await chat.open(next(one for one in chat.conversation_list.every if one.name == "Alice"))
        else:
            chat.composer.insert("next")
        refuse.set()
        await program.sees("The text was kept as a draft in 张三." if elsewhere else "Ctrl+Y restores the text")
        assert "no space left" in chat.status.said
        assert chat.composer.text == ("" if elsewhere else "next")
        if elsewhere:
            assert (await chat.context.store.conversation(first.id)).draft == "precious"
        else:
            await program.press("ctrl+y")
            assert chat.composer.text == "nextprecious"
        assert sandbox.sent() == []


async def test_a_second_program_on_the_profile_takes_nothing(logged_in: Wxtui, sandbox: Sandbox) -> None:
    with OwnerLock(find_profile("default")):
        async with run_program(sandbox, online=False) as program:
            await program.sees("in use by another")
            await program.press("escape")
            await program.opened("张三")
            await program.type("not lost")
            await program.press("enter")
            await program.until(lambda: "in use by another wxtui" in program.chat.status.said)
            assert program.chat.composer.text == "not lost"
    assert await waiting() == []


async def test_forwards_that_wait_are_all_written_down(sandbox: Sandbox) -> None:
    async with relayed(sandbox) as (relay, near):
        async with run_program(near) as program:
            await program.opened("张三")
            await typed(program, "pass it on")
            await program.sees(lambda text: sent_in(text) == 1)
            await relay.cut()
            await program.sees(lambda text: "online" not in text)
            store = program.chat.context.store
            people = {one.name: one for one in await store.contacts()}
            (row,) = await rows(program)
            program.chat.run(program.chat.actions.forwarding._forward([row], [people["李四"], people["Alice"]]), "send")
            await program.until(lambda: len(program.chat.context.runtime.outbox.sender.waiting) == 2)
        assert len(await waiting()) == 2


@pytest.mark.usefixtures("logged_in")
async def test_an_upload_that_fails_and_a_queue_that_is_held_are_told_with_a_bell(
    sandbox: Sandbox, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TERM", "xterm-256color")
    (tmp_path / "a.bin").write_bytes(b"a")
    async with run_program(sandbox) as program:
        written: list[str] = []
        program.chat.context.write = written.append
        await program.opened("张三")
        sandbox.fault("webwxuploadmedia", "ret", 1, times=0)
        await program.chat.do("send", str(tmp_path / "a.bin"))
        await program.until(
            lambda: any(text.startswith("\x07") and "“a.bin” was not sent." in text for text in written)
        )
        sandbox.fault("webwxsendmsg", "ret", 1205, times=1)
        await program.type("too fast")
        await program.press("enter")
        await program.until(lambda: any("WeChat wants fewer messages." in text for text in written))
        assert sum(";wxtui;" in text for text in written) == 2
