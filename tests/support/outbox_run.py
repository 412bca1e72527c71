"""An outbox that runs on a store of its own, and a scripted server that takes its texts."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import msgspec

from tests.support.scripted_session import ANN, ME, SESSION, START, PlainIds, call_of, said
from tests.support.waiting import until
from tui.paths import find_profile
from tui.services.client.client import Client
from tui.services.http.transport import Transport
from tui.services.outbox import Outbox
from tui.services.sending.text_sender import Waits
from tui.services.session.context import SessionContext
from tui.services.session.session_file import SessionFile
from tui.services.util.retry import Backoff
from tui.store.changes import ConversationsChanged
from tui.store.delivery_state import DeliveryState
from tui.store.models import StoredMessage
from tui.store.store import Store
from tui.wire.contacts import Contact

BEN = Contact("@ben", "Ben")


@dataclass
class TextServer:
    """A server that takes texts, or does what the script says to the next ones; what it took, in its order.

    `"wait"` in the script lets a text wait until `answers` is set.
    """

    script: list[str | int] = field(default_factory=list)
    always: str | int = ""
    took: list[tuple[str, str]] = field(default_factory=list)
    calls: int = 0
    answers: asyncio.Event | None = None

    async def __call__(self, request: httpx.Request) -> httpx.Response:
        assert call_of(request) == "webwxsendmsg"
        self.calls += 1
        what = self.script.pop(0) if self.script else self.always
        if what == "unreachable":
            raise httpx.ConnectError("no")
        if what == "wait" and self.answers is not None:
            await self.answers.wait()
        if isinstance(what, int):
            return httpx.Response(what) if what > 2000 or what == 429 else said(ret=what)
        message = json.loads(request.content)["Msg"]
        self.took.append((message["ToUserName"], message["Content"]))
        if what == "lost":
            raise httpx.ReadError("gone")
        return said({"MsgID": str(9000 + len(self.took)), "LocalID": message["ClientMsgId"]})

    @property
    def texts(self) -> list[str]:
        return [text for _, text in self.took]


class OutboxRun:
    """Outbox of a program that runs: a store, its outbox, and a session that comes and goes."""

    def __init__(self, store: Store, post: TextServer, folder: Path, clock: Callable[[], float]) -> None:
        self.store = store
        self.post = post
        self.changes = 0
        self._folder = folder
        self._open: list[Transport] = []
        self.holds = Backoff(lambda: 0.0, first=0.15, most=1)
        self.pauses = Backoff(lambda: 0.0, first=0.02, most=0.1)
        self.outbox = Outbox(
            store,
            lambda upload: None,
            on_change=self._changed,
            clock=clock,
            holds=self.holds,
            pauses=self.pauses,
        )

    def _changed(self) -> None:
        self.changes += 1

    async def connect(self, me: str = "@me") -> None:
        """Begin a session of the store's login."""
        await self.disconnect()
        ids = PlainIds()
        transport = Transport(SESSION.hosts.api, ids, network=httpx.MockTransport(self.post))
        self._open.append(transport)
        session = msgspec.structs.replace(SESSION, user_name=me)
        context = SessionContext(session, transport, ids, SessionFile(self._folder / "session.json"))
        self.outbox.renew(Client(find_profile("default"), context, self.store))

    async def disconnect(self) -> None:
        for transport in self._open:
            await transport.close()
        self._open.clear()

    def type(self, text: str, to: Contact = ANN) -> asyncio.Task[StoredMessage]:
        return asyncio.create_task(self.outbox.text(to, text))

    async def typed(self, text: str, to: Contact = ANN) -> tuple[StoredMessage, asyncio.Task[StoredMessage]]:
        """Type a text; return its row, which is committed, and the task that ends when its fate is known."""
        rows: asyncio.Queue[StoredMessage] = asyncio.Queue()
        task = asyncio.create_task(self.outbox.text(to, text, rows.put_nowait))
        return await rows.get(), task

    async def states(self, to: Contact = ANN) -> list[DeliveryState]:
        conversation = await self.store.conversation_for(to.user_name)
        return [row.state for row in await self.store.messages_before(conversation.id, None, 100)]

    async def looks_again(self) -> None:
        """Wait until what is held back has looked twice whether it may leave now; with a clock that stands, in vain."""
        looks = self.changes + 2
        await until(lambda: self.changes >= looks)

    async def waits(self, row: StoredMessage, what: Waits | None) -> None:
        await until(lambda: self.outbox.sender.waits(row.id) is what)


@asynccontextmanager
async def run_outbox(
    folder: Path,
    post: TextServer | None = None,
    *,
    online: bool = False,
    clock: Callable[[], float] = time.monotonic,
) -> AsyncIterator[OutboxRun]:
    """A run on the store in `folder`, which knows Ann and Ben from its last login."""
    async with await Store.open(folder / "store.sqlite3", clock=lambda: datetime.now(UTC)) as store:
        if await store.current_login() is None:
            await store.begin_login(ME, SESSION.uin, START)
            await store.save_contacts([ANN, BEN])
        await store.repair()
        run = OutboxRun(store, post or TextServer(), folder, clock)
        if online:
            await run.connect()
        try:
            yield run
        finally:
            await run.outbox.close()
            await run.disconnect()
            assert unsent(run.outbox) == 0


async def attach_conversation(store: Store, row: StoredMessage, user_name: str) -> None:
    """Let a row's conversation go on under this name of the current login, as `tui.store.identity` does."""

    def move(connection: Any) -> tuple[None, list[Any]]:
        connection.execute(
            "UPDATE conversation SET login_id = (SELECT max(id) FROM login), user_name = ? WHERE id = ?",
            (user_name, row.conversation_id),
        )
        return None, [ConversationsChanged((row.conversation_id,))]

    await store._database.write(move)


def unsent(outbox: Outbox) -> int:
    """Return how many texts and forwards have not been answered yet."""
    return len(outbox.sender.waiting) + outbox.leaving
