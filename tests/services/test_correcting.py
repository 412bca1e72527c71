"""A message is recalled and another sent in its place only when the recall is certain; whatever fails, nothing is."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import pytest
from msgspec import structs

from tests.support.async_sandbox import SandboxControl, client_of, run_sandbox
from tests.support.outbox_run import unsent
from tests.support.waiting import until
from tui import errors
from tui.commands import Correction
from tui.services.client.client import Client
from tui.services.outbox import Outbox
from tui.services.sending.correcting import CorrectedMessage, corrected_of
from tui.services.session.context import SessionContext
from tui.services.util.retry import Backoff
from tui.store.delivery_state import DeliveryEvent, DeliveryState
from tui.store.models import StoredMessage
from tui.wire.bodies import Text
from tui.wire.contacts import Contact

S = DeliveryState


@dataclass
class Stage:
    """A sandbox, a client, its outbox, and somebody to write to."""

    control: SandboxControl
    client: Client
    outbox: Outbox
    ann: Contact

    async def session(self) -> SessionContext:
        return self.client.context

    async def rows(self) -> list[tuple[str, DeliveryState]]:
        conversation = await self.client.store.conversation_for(self.ann.user_name)
        rows = await self.client.store.messages_before(conversation.id, None, 100)
        return [(row.body.text, row.state) for row in rows if row.outgoing and isinstance(row.body, Text)]

    async def got(self) -> list[tuple[str, bool]]:
        """Return what the server has of us, and whether it is recalled."""
        return [(one["content"], one["revoked"]) for one in await self.control.get("sent")]


@asynccontextmanager
async def staged() -> AsyncIterator[Stage]:
    async with run_sandbox() as control, client_of(control) as client:
        outbox = Outbox(client.store, lambda one: None, holds=Backoff(lambda: 0.0, first=0.02, most=0.1))
        outbox.renew(client)
        changes = client.store.subscribe()

        async def follow() -> None:
            async for change in changes:
                outbox.apply(change)

        following = asyncio.create_task(follow())
        try:
            yield Stage(control, client, outbox, await client.directory.resolve("李四"))
        finally:
            await outbox.close()
            assert unsent(outbox) == 0
            changes.close()
            await following


async def test_the_text_leaves_when_the_message_before_it_is_recalled() -> None:
    async with staged() as stage:
        row = await stage.outbox.text(stage.ann, "hello wrold")
        await stage.outbox.correct(CorrectedMessage(row, "hello world"), stage.ann, stage.session)
        await until(lambda: unsent(stage.outbox) == 0)
        assert await stage.got() == [("hello wrold", True), ("hello world", False)]
        assert await stage.rows() == [("hello wrold", S.REVOKED), ("hello world", S.SENT)]


@pytest.mark.parametrize(
    ("fault", "error", "after"),
    [
        (("ret", -2), errors.WxtuiError, S.SENT),
        (("drop_before", 0), errors.WxtuiError, S.REVOKE_UNKNOWN),
        (("drop_after", 0), errors.RevokeUnknown, S.REVOKE_UNKNOWN),
    ],
)
async def test_nothing_is_sent_when_the_recall_is_refused_or_its_answer_lost(
    fault: tuple[str, int], error: type[errors.WxtuiError], after: DeliveryState
) -> None:
    async with staged() as stage:
        row = await stage.outbox.text(stage.ann, "hello wrold")
        await stage.control.fault("webwxrevokemsg", *fault)
        with pytest.raises(error):
            await stage.outbox.correct(CorrectedMessage(row, "hello world"), stage.ann, stage.session)
        # The line is free again, and what was never sent is not sent now.
        await stage.outbox.text(stage.ann, "next")
        assert [text for text, _ in await stage.got()] == ["hello wrold", "next"]
        found = dict(await stage.rows())
        assert found["hello world"] is S.CANCELLED
        assert found["hello wrold"] in (after, S.SENT)


async def test_without_a_session_nothing_is_recalled_and_nothing_sent() -> None:
    async with staged() as stage:
        row = await stage.outbox.text(stage.ann, "hello wrold")

        async def none() -> SessionContext:
            raise errors.NotLoggedIn(profile="default")

        with pytest.raises(errors.NotLoggedIn):
            await stage.outbox.correct(CorrectedMessage(row, "hello world"), stage.ann, none)
        assert await stage.rows() == [("hello wrold", S.SENT), ("hello world", S.CANCELLED)]
        assert await stage.got() == [("hello wrold", False)]


async def test_what_is_typed_while_the_recall_is_out_comes_after_it() -> None:
    async with staged() as stage:
        row = await stage.outbox.text(stage.ann, "hello wrold")
        await stage.control.fault("webwxrevokemsg", "delay", 0.3)
        corrected = CorrectedMessage(row, "hello world")
        correcting = asyncio.create_task(stage.outbox.correct(corrected, stage.ann, stage.session))

        async def is_written() -> bool:
            return len(await stage.rows()) == 2

        await until(is_written)
        await stage.outbox.text(stage.ann, "and more")
        await correcting
        assert [text for text, _ in await stage.got()] == ["hello wrold", "hello world", "and more"]


async def test_a_message_that_has_not_left_is_replaced_without_a_word_to_anybody() -> None:
    async with staged() as stage:
        await stage.control.fault("webwxsendmsg", "ret", 1205)
        rows: list[StoredMessage] = []
        typed = asyncio.create_task(stage.outbox.text(stage.ann, "hello wrold", rows.append))
        await until(lambda: stage.outbox.throttle.hold is not None)
        await stage.outbox.correct(CorrectedMessage(rows[0], "hello world"), stage.ann, stage.session)
        assert (await typed).state is S.CANCELLED
        await until(lambda: unsent(stage.outbox) == 0)
        assert await stage.got() == [("hello world", False)]


async def test_a_message_is_replaced_only_once_it_is_written_down_that_it_will_not_leave(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async with staged() as stage:
        await stage.control.fault("webwxsendmsg", "ret", 1205)
        rows: list[StoredMessage] = []
        typed = asyncio.create_task(stage.outbox.text(stage.ann, "hello wrold", rows.append))
        await until(lambda: stage.outbox.throttle.hold is not None)
        move = stage.client.store.move

        async def full(message_id: int, event: DeliveryEvent, **more: Any) -> StoredMessage:
            if event is DeliveryEvent.CANCEL and message_id == rows[0].id:
                raise errors.HomeUnusable(path="/home", why="no space left")
            return await move(message_id, event, **more)

        monkeypatch.setattr(stage.client.store, "move", full)
        with pytest.raises(errors.HomeUnusable):
            await stage.outbox.correct(CorrectedMessage(rows[0], "hello world"), stage.ann, stage.session)
        with pytest.raises(errors.HomeUnusable):
            await typed
        # The next start sends what is pending and queued: never both.
        assert [row.body for row in await stage.client.store.waiting()] == [Text("hello wrold")]


async def test_the_program_ends_while_the_recall_is_out() -> None:
    async with staged() as stage:
        row = await stage.outbox.text(stage.ann, "hello wrold")
        await stage.control.fault("webwxrevokemsg", "delay", 20)
        corrected = CorrectedMessage(row, "hello world")
        correcting = asyncio.create_task(stage.outbox.correct(corrected, stage.ann, stage.session))

        async def is_out() -> bool:
            return ("hello wrold", S.REVOKING) in await stage.rows()

        await until(is_out)
        assert stage.outbox.leaving == 1, "the person is asked before the program ends"
        await stage.outbox.close()
        await asyncio.gather(correcting, return_exceptions=True)
        assert await stage.rows() == [("hello wrold", S.REVOKE_UNKNOWN), ("hello world", S.CANCELLED)]


async def test_a_full_disk_after_the_recall_sends_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    async with staged() as stage:
        row = await stage.outbox.text(stage.ann, "hello wrold")

        async def full(message_id: int) -> StoredMessage:
            raise errors.HomeUnusable(path="/home", why="no space left")

        monkeypatch.setattr(stage.client.store, "enqueue", full)
        with pytest.raises(errors.LocalError):
            await stage.outbox.correct(CorrectedMessage(row, "hello world"), stage.ann, stage.session)
        assert await stage.got() == [("hello wrold", True)]
        assert await stage.rows() == [("hello wrold", S.REVOKED), ("hello world", S.CANCELLED)]


async def test_which_message_is_changed_and_what_is_in_the_way() -> None:
    async with staged() as stage:
        revoker = stage.outbox.revoker
        with pytest.raises(errors.UsageError, match="no message here"):
            corrected_of([], str.upper, revoker)
        first = await stage.outbox.text(stage.ann, "first wrold")
        last = await stage.outbox.text(stage.ann, "last wrold wrold")
        own = [last, first]
        once = Correction("wrold", "world")
        assert corrected_of(own, once.applied, revoker) == CorrectedMessage(last, "last world wrold")
        everywhere = Correction("wrold", "world", everywhere=True)
        assert corrected_of(own, everywhere.applied, revoker).text == "last world world"
        with pytest.raises(errors.UsageError, match="changes nothing in your last message, “last wrold wrold”"):
            corrected_of(own, Correction("first", "1st").applied, revoker)
        with pytest.raises(errors.UsageError, match="Nothing would be left"):
            corrected_of(own, lambda text: " ", revoker)
        recalled = structs.replace(last, state=S.REVOKED)
        assert corrected_of([recalled, first], Correction("wrold", "world").applied, revoker).message == first
        for state, error in ((S.UNKNOWN, errors.NotRevocable), (S.REVOKING, errors.BeingRevoked)):
            with pytest.raises(error):
                corrected_of([structs.replace(last, state=state), first], str.upper, revoker)
        with pytest.raises(errors.RevokeTooLate):
            # Of an earlier run of the program, an hour ago: the countdown is over.
            old = structs.replace(last, id=999, sent_at=None)
            corrected_of([old], str.upper, revoker)
