"""Whatever happens, in whatever order: nothing is doubled, nothing is lost, no text overtakes an earlier one.

A program types into two conversations and File Transfer, while its server refuses, is gone, wants it slower, loses
answers or gives none, while sessions end and logins change every UserName, and while it is killed and started again.
"""

from __future__ import annotations

import asyncio
import json
import tempfile
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import httpx
import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.support.examples import examples
from tests.support.raw_server import late
from tests.support.scripted_session import ME, SESSION, START, PlainIds, said
from tests.support.waiting import until
from tui import errors
from tui.paths import find_profile
from tui.services.client.client import Client
from tui.services.http.transport import Transport
from tui.services.outbox import Outbox
from tui.services.session.context import SessionContext
from tui.services.session.session_file import SessionFile
from tui.services.util.retry import Backoff
from tui.store.changes import Change, ConversationsChanged
from tui.store.delivery_state import DeliveryState
from tui.store.errors import StoreClosed
from tui.store.models import StoredMessage
from tui.store.store import Store
from tui.wire.bodies import Text
from tui.wire.contacts import Contact

S = DeliveryState
HELPER = "filehelper"
HOWS = ("takes it", "refuses it", "not there", "too fast", "loses the answer", "is silent", "is slow")


@dataclass
class Server:
    """Does with the next calls what was planned, else takes them. UserNames are of one login, as those of a person."""

    plan: list[str] = field(default_factory=list)
    people: dict[str, int] = field(default_factory=dict)
    took: list[tuple[int, str, str]] = field(default_factory=list)
    """Whose conversation, ClientMsgId, text."""
    astray: list[str] = field(default_factory=list)

    async def __call__(self, request: httpx.Request) -> httpx.Response:
        how = self.plan.pop(0) if self.plan else "takes it"
        if how == "not there":
            raise httpx.ConnectError("no")
        if how == "refuses it":
            return said(ret=-1)
        if how == "too fast":
            return said(ret=1205)
        if how == "is slow":
            await late(0.01)
        message = json.loads(request.content)["Msg"]
        whose = self.people.get(message["ToUserName"])
        if whose is None:
            self.astray.append(message["Content"])
            return said(ret=1)
        self.took.append((whose, message["ClientMsgId"], message["Content"]))
        if how == "loses the answer":
            raise httpx.ReadError("gone")
        if how == "is silent":
            await asyncio.Event().wait()
        return said({"MsgID": str(9000 + len(self.took)), "LocalID": message["ClientMsgId"]})


class Life:
    """One profile, over several runs of the program and several logins."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.server = Server()
        self.logins = 0
        self.conversations: list[int] = []
        self.typed: list[tuple[int, str]] = []
        self.committed: set[str] = set()
        self.given_up: set[int] = set()
        self.transport: Transport | None = None
        self.tasks: list[asyncio.Task[StoredMessage]] = []

    @property
    def names(self) -> list[str]:
        """What the conversations are called in the current login."""
        return [f"@ann{self.logins}", f"@ben{self.logins}", HELPER]

    async def start(self) -> None:
        """The program is started: it takes the lock, repairs, and queues what waits."""
        self.store = await Store.open(self.folder / "store.sqlite3", clock=lambda: datetime.now(UTC))
        await self.store.repair()
        self.outbox = Outbox(
            self.store,
            lambda upload: None,
            holds=Backoff(lambda: 0.0, first=0.004, most=0.02),
            pauses=Backoff(lambda: 0.0, first=0.002, most=0.01),
        )
        if self.logins:
            await self.outbox.resume()

    async def log_in(self) -> None:
        """Everybody has another UserName; who they are is found out by and by (see `find_out`)."""
        await self.drop()
        self.logins += 1
        me = msgspec.structs.replace(ME, user_name=f"@me{self.logins}")
        await self.store.begin_login(me, SESSION.uin, START)
        self.server.people = {name: number for number, name in enumerate(self.names)}
        if not self.conversations:
            self.conversations = [(await self.store.conversation_for(name)).id for name in self.names]

    async def find_out(self) -> None:
        """The identity attaches the conversations to their new names."""
        pairs = list(zip(self.conversations, self.names, strict=True))

        def attach(connection: object) -> tuple[None, list[Change]]:
            assert hasattr(connection, "execute")
            for conversation, name in pairs:
                connection.execute(
                    "UPDATE conversation SET login_id = (SELECT max(id) FROM login), user_name = ? WHERE id = ?",
                    (name, conversation),
                )
                connection.execute("INSERT OR REPLACE INTO peer SELECT max(id), ?, ? FROM login", (name, conversation))
            return None, []

        await self.store._database.write(attach)
        self.outbox.apply(ConversationsChanged(tuple(self.conversations)))

    async def connect(self) -> None:
        """A session of the current login."""
        await self.drop()
        ids = PlainIds()
        self.transport = Transport(SESSION.hosts.api, ids, network=httpx.MockTransport(self.server))
        session = msgspec.structs.replace(SESSION, user_name=f"@me{self.logins}")
        context = SessionContext(session, self.transport, ids, SessionFile(self.folder / "session.json"))
        self.outbox.renew(Client(find_profile("default"), context, self.store))

    async def drop(self) -> None:
        """The session is over."""
        if self.transport is not None:
            await self.transport.close()
            self.transport = None

    async def type(self, number: int) -> None:
        text = f"{len(self.typed):03}"
        self.typed.append((number, text))
        to = Contact(self.names[number], "somebody")
        self.tasks.append(
            asyncio.create_task(
                self.outbox.text(
                    to, text, lambda row, text=text: self.committed.add(text), within=self.conversations[number]
                )
            )
        )
        await asyncio.sleep(0)

    async def rows(self) -> list[StoredMessage]:
        found = [row for one in self.conversations for row in await self.store.messages_before(one, None, 1000)]
        return sorted(found, key=lambda row: row.id)

    async def cancel(self, number: int) -> None:
        rows = await self.rows()
        if rows and self.outbox.cancel_row(rows[number % len(rows)].id):
            self.given_up.add(rows[number % len(rows)].id)

    async def shoot(self, number: int) -> None:
        """It is killed while a request is out: the server has it, or is just about to."""
        self.server.plan.insert(0, "is silent")
        await self.type(number)
        with suppress(TimeoutError):
            async with asyncio.timeout(0.05):
                while True:
                    if not self.server.plan or self.server.plan[0] != "is silent":
                        break
                    await asyncio.sleep(0)
        await self.kill()

    async def kill(self) -> None:
        """Nothing is written any more, whatever the tasks of that life still say; then it is started again."""
        await self.store.close()
        for task in (*self.tasks, *self.outbox._tasks):
            task.cancel()
        ends = await asyncio.gather(*self.tasks, *self.outbox._tasks, return_exceptions=True)
        assert all(_is_an_end(end) for end in ends), ends
        self.tasks.clear()
        await self.drop()
        await self.start()

    async def quit(self) -> None:
        """Left as one leaves it, and started again."""
        await self.outbox.close()
        ends = await asyncio.gather(*self.tasks, return_exceptions=True)
        assert all(_is_an_end(end) for end in ends), ends
        self.tasks.clear()
        await self.store.close()
        await self.drop()
        await self.start()

    async def check(self) -> None:
        """What must hold at any time."""
        committed = set(self.committed)
        rows = await self.rows()
        texts = [row.body.text for row in rows if isinstance(row.body, Text)]
        assert len(texts) == len(set(texts)) == len(rows), "each is there once"
        assert committed <= set(texts), "what was committed is there"
        known = {text: number for number, text in self.typed}
        for row in rows:
            assert isinstance(row.body, Text)
            assert self.conversations[known[row.body.text]] == row.conversation_id
        assert self.server.astray == [], "nobody else was written to"
        for whose in range(3):
            got = [text for who, _, text in self.server.took if who == whose]
            assert got == sorted(set(got)), "once, and in the order in which they were typed"
            assert all(known[text] == whose for text in got), "to whom they were meant"

    async def ends_well(self) -> None:
        """With a server that behaves, and everybody known, all of it comes to its end."""
        self.server.plan.clear()
        await self.find_out()
        await self.connect()
        await until(lambda: not self.outbox.sender.waiting and not self.outbox.leaving, every=0.002)
        await self.check()
        times = [client_msg_id for _, client_msg_id, _ in self.server.took]
        for row in await self.rows():
            count = times.count(row.client_msg_id)
            assert row.state in (S.SENT, S.FAILED, S.UNKNOWN, S.CANCELLED)
            assert row.state is not S.CANCELLED or row.id in self.given_up, "nobody gave it up"
            if row.state is S.SENT:
                assert count == 1
            elif row.state is not S.UNKNOWN:
                assert count == 0, f"{row.state} is a lie"
        assert not await self.store.waiting()
        assert {row.body.text for row in await self.rows() if isinstance(row.body, Text)} >= self.committed


def _is_an_end(end: object) -> bool:
    return isinstance(end, StoredMessage | errors.WxtuiError | StoreClosed | asyncio.CancelledError)


STEPS = st.one_of(
    st.tuples(st.just("type"), st.integers(0, 2)),
    st.tuples(st.just("type"), st.integers(0, 2)),
    st.tuples(st.just("plan"), st.integers(0, len(HOWS) - 1)),
    st.tuples(st.sampled_from(["kill", "quit", "connect", "drop", "log_in", "find_out", "back", "now"]), st.just(0)),
    st.tuples(st.just("cancel"), st.integers(0, 20)),
    st.tuples(st.just("shoot"), st.integers(0, 2)),
    st.tuples(st.just("pause"), st.integers(0, 4)),
)


async def live(steps: list[tuple[str, int]], folder: Path) -> None:
    life = Life(folder)
    await life.start()
    await life.log_in()
    await life.connect()
    try:
        for step, value in steps:
            match step:
                case "type":
                    await life.type(value)
                case "plan":
                    life.server.plan.append(HOWS[value])
                case "cancel":
                    await life.cancel(value)
                case "shoot":
                    await life.shoot(value)
                case "pause":
                    await asyncio.sleep(value / 500)
                case "back":
                    life.outbox.throttle.connected()
                case "now":
                    for message_id in life.outbox.sender.waiting:
                        life.outbox.sender.try_now(message_id)
                case _:
                    await getattr(life, step)()
            await life.check()
        # What a silent server has is known to be unknown once the program is left.
        await (life.kill if "kill" in dict(steps) else life.quit)()
        await life.ends_well()
    finally:
        await life.outbox.close()
        await asyncio.gather(*life.tasks, return_exceptions=True)
        await life.store.close()
        await life.drop()


@settings(max_examples=examples(60), deadline=None)
@given(st.lists(STEPS, min_size=4, max_size=30))
def test_any_life_loses_nothing_and_doubles_nothing(steps: list[tuple[str, int]]) -> None:
    with tempfile.TemporaryDirectory() as folder, pytest.MonkeyPatch.context() as monkeypatch:
        monkeypatch.setenv("WXTUI_HOME", folder)
        asyncio.run(live(steps, Path(folder)))
