"""SIGKILL at every point between the commit of a text and its answer: what the store says afterwards is true."""

from __future__ import annotations

import asyncio
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime

import pytest

from tests.support.async_sandbox import SandboxControl, run_sandbox
from tests.support.waiting import until
from tui.paths import find_profile
from tui.store.delivery_state import DeliveryState
from tui.store.models import StoredMessage
from tui.store.store import Store
from tui.wire.bodies import Text

S = DeliveryState


class Program:
    """One run, read line by line."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self._process = process
        self.said: list[str] = []

    async def says(self, line: str, times: int = 1) -> None:
        assert self._process.stdout is not None
        async with asyncio.timeout(60):
            while self.said.count(line) < times:
                heard = await self._process.stdout.readline()
                assert heard, self.said
                self.said.append(heard.decode().strip())

    async def dies(self) -> None:
        """Wait until it has killed itself."""
        async with asyncio.timeout(60):
            await self._process.communicate()
        assert self._process.returncode == -signal.SIGKILL

    async def kill(self) -> None:
        if self._process.returncode is None:
            self._process.send_signal(signal.SIGKILL)
            await self._process.communicate()


@asynccontextmanager
async def program(control: SandboxControl, *texts: str) -> AsyncIterator[Program]:
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "tests.support.sending_program", control.server.origin, *texts,
        stdout=asyncio.subprocess.PIPE,
    )  # fmt: skip
    run = Program(process)
    try:
        await run.says("ready")
        yield run
    finally:
        await run.kill()


async def rows() -> list[StoredMessage]:
    async with await Store.open(find_profile("default").store_file, clock=lambda: datetime.now(UTC)) as store:
        found = [
            row
            for one in await store.conversations()
            for row in await store.messages_before(one.id, None, 100)
            if row.outgoing
        ]
    return sorted(found, key=lambda row: row.id)


async def got(control: SandboxControl) -> list[str]:
    return [one["content"] for one in await control.get("sent")]


async def taken(control: SandboxControl) -> None:
    """The fault that was switched on has been met: the request is out."""

    async def is_taken() -> bool:
        return not (await control.get("fault"))["active"]

    await until(is_taken)


async def until_states(*wanted: DeliveryState) -> None:
    async def are_so() -> bool:
        return [row.state for row in await rows()] == list(wanted)

    await until(are_so)


async def test_killed_while_the_request_is_out_it_is_unknown_until_sync_brings_it() -> None:
    async with run_sandbox() as control:
        await control.fault("webwxsendmsg", "delay", 2)
        async with program(control, "one", "two") as run:
            await run.says("typed 1")
            await taken(control)
        assert [row.state for row in await rows()] == [S.SENDING, S.PENDING]
        async with program(control) as run:
            assert run.said[0] == "repaired 1 0 1"
            # The first may have arrived, and is not sent again.
            await until_states(S.UNKNOWN, S.SENT)
            first, second = await rows()
            assert first.reason == "Interrupted"
            assert await got(control) in (["one", "two"], ["two"])
            # The phone shows that it had arrived after all.
            await control.post("push", type="text", content="one", **{"from": "林小满", "to": "李四"})
            await until_states(S.SENT, S.SENT)
        assert [row.id for row in await rows()] == [first.id, second.id]
        assert (await got(control)).count("one") <= 1


async def test_killed_before_anything_left_it_goes_out_at_the_next_start() -> None:
    async with run_sandbox() as control:
        await control.fault("webwxsendmsg", "ret", 1205)
        async with program(control, "one", "two", "three") as run:
            await run.says("typed 2")
            await taken(control)
            await until_states(*[S.PENDING] * 3)  # The server has refused what it was asked.
        assert [row.state for row in await rows()] == [S.PENDING] * 3
        assert await got(control) == []
        async with program(control) as run:
            assert run.said[0] == "repaired 0 0 3"
            await until_states(S.SENT, S.SENT, S.SENT)
        assert await got(control) == ["one", "two", "three"]


@pytest.mark.parametrize("wait", [0.0, 0.003, 0.01, 0.03, 0.1])
async def test_killed_anywhere_each_text_arrives_once_or_is_shown_as_unknown(wait: float) -> None:
    texts = [f"text {number}" for number in range(6)]
    async with run_sandbox() as control:
        await control.fault("webwxsendmsg", "delay", 0.02, times=0)
        async with program(control, *texts) as run:
            await run.says("typed 5")
            await asyncio.sleep(wait)
        async with program(control):

            async def is_over() -> bool:
                return not any(row.state in (S.PENDING, S.SENDING) for row in await rows())

            await until(is_over)
        found, sent = await rows(), await got(control)
        assert [row.body for row in found] == [Text(text) for text in texts]
        assert {row.state for row in found} <= {S.SENT, S.UNKNOWN}
        assert sum(row.state is S.UNKNOWN for row in found) <= 1
        assert sent == sorted(set(sent)), "once, and in order"
        for row, text in zip(found, texts, strict=True):
            assert row.state is S.UNKNOWN or text in sent


async def test_killed_while_a_recall_is_out_the_text_in_its_place_is_kept_and_never_sent() -> None:
    async with run_sandbox() as control:
        await control.fault("webwxrevokemsg", "delay", 2)
        async with program(control, "hello wrold", "s/wrold/world/") as run:
            await run.says("correcting")
            await taken(control)
        assert [row.state for row in await rows()] == [S.REVOKING, S.PENDING]
        async with program(control):
            await until_states(S.REVOKE_UNKNOWN, S.CANCELLED)
            _old, new = await rows()
            assert isinstance(new.body, Text)
            assert (new.body.text, new.reason) == ("hello world", "Interrupted"), "it can be edited, and is not lost"
        assert await got(control) == ["hello wrold"]


@pytest.mark.parametrize("wait", [0.0, 0.003, 0.01, 0.03, 0.1])
async def test_killed_anywhere_in_a_change_both_texts_never_stand_there(wait: float) -> None:
    async with run_sandbox() as control:
        async with program(control, "hello wrold", "s/wrold/world/") as run:
            await run.says("correcting")
            await asyncio.sleep(wait)
        async with program(control):

            async def is_settled() -> bool:
                return all(row.state not in (S.SENDING, S.PENDING, S.REVOKING) for row in await rows())

            await until(is_settled)
        sent = {one["content"]: one["revoked"] for one in await control.get("sent")}
        if "hello world" in sent:
            assert sent["hello wrold"] is True
        assert len(await control.get("sent")) == len(sent), "nothing twice"


@pytest.mark.parametrize(
    ("states", "old", "new"),
    [
        ("sent pending", {S.SENT}, {S.CANCELLED}),  # The text is written down.
        ("revoking pending", {S.REVOKE_UNKNOWN}, {S.CANCELLED}),  # The recall is about to leave.
        ("revoked pending", {S.REVOKED}, {S.CANCELLED}),  # It is certain.
        ("revoked pending+", {S.REVOKED}, {S.SENT}),  # The text is queued.
        ("revoked sending", {S.REVOKED}, {S.UNKNOWN, S.SENT}),  # It is about to leave.
        ("revoked sent", {S.REVOKED}, {S.SENT}),
    ],
)
async def test_killed_at_each_step_of_a_change_the_text_leaves_once_it_was_queued_and_never_before(
    states: str, old: set[DeliveryState], new: set[DeliveryState]
) -> None:
    async with run_sandbox() as control:
        async with program(control, "hello wrold", "s/wrold/world/", "die", states) as run:
            await run.dies()
        assert [row.state.value for row in await rows()] == states.rstrip("+").split()
        async with program(control):

            async def is_settled() -> bool:
                return all(row.state not in (S.SENDING, S.PENDING, S.REVOKING) for row in await rows())

            await until(is_settled)
        first, second = await rows()
        assert (first.state in old, second.state in new) == (True, True), (first.state, second.state)
        assert second.body == Text("hello world"), "it is not lost"
        sent = {one["content"]: one["revoked"] for one in await control.get("sent")}
        assert len(await control.get("sent")) == len(sent), "nothing twice"
        assert sent["hello wrold"] or "hello world" not in sent
        assert "hello world" not in sent or S.CANCELLED not in new
