"""Client under test, without a screen: `python -m tests.campaign.client ORIGIN`, in the home of the environment.

It opens the profile's store and runs the same `Runtime` as the full-screen program and the commands that stay.
Commands come as JSON lines on standard input; what a person would be shown goes, as JSON lines too, to standard output:
rows when they are committed and whenever they change, how the session stands, and what was refused.

    {"n": 1, "to": NAME, "text": TEXT}    {"n": 2, "to": NAME, "file": PATH}
    {"several": [NAME, …], "file": PATH, "thinks": SECONDS}
    {"sticker": MSG_ID, "to": NAME, "thinks": SECONDS}
    {"correct": ROW, "person": NAME, "into": TEXT}
    {"revoke": ROW}                       {"retry": ROW}: a failed one, once more
    {"alter": "remark", "n": 3}           a contact or a group is changed (see `plan.ALTERATIONS`)
    {"apart": 0.4}                        an identification is undone or made again; {"whole": true}: all are
    {"settle": USER_NAME, "chosen": ID}   a person knows whose that conversation is
    {"break": 0.4}                        one of the program's long-lived tasks meets an exception
    {"clock": SECONDS}                    the clock is set

The end of the input is the person leaving; SIGKILL is what this program is for.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import sys
import time
from collections.abc import Awaitable, Callable, Coroutine
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from unittest.mock import patch

from msgspec.structs import replace

from tests.campaign.plan import TO
from tui import errors
from tui.cli.shared.global_options import start_log
from tui.config.settings import Settings
from tui.paths import find_profile
from tui.services.client.events import ActionNeeded, LoggedIn, SessionEnded, Trouble
from tui.services.http import limits
from tui.services.people import contact_changes
from tui.services.people.groups import GroupChange, WantedChange
from tui.services.pictures.drawn import PictureBox, PictureForm
from tui.services.pictures.message_picture import has_picture
from tui.services.runtime import Runtime, RuntimeEvent
from tui.services.sending.correcting import CorrectedMessage
from tui.services.session.context import SessionContext
from tui.services.session.login_options import LoginOptions
from tui.services.util import background, retry
from tui.services.util.ids import Ids
from tui.store.changes import ConversationSplit, MessageChanged, MessagesAdded, MessagesRemoved
from tui.store.delivery_state import DeliveryState
from tui.store.errors import NoSuchRow
from tui.store.identity.splitting import JoinedPart, SeparatePart
from tui.store.models import Conversation, StoredMessage
from tui.store.store import Store
from tui.wire import bodies
from tui.wire.call import Pace
from tui.wire.contacts import Contact
from tui.wire.media_types import MediaKind
from tui.wire.names import Endpoint

PATIENCE = 2.0
"""Seconds that a call may take here, so that a campaign sees time-outs."""
PAUSE = 0.2
"""Seconds between two messages of those that go to several."""
BOX = PictureBox(40, 12, (10, 20), PictureForm.KITTY, most_bytes=48 * 1024, frames=4)
"""Room that a picture has."""
PRESSES = 0.3
"""Seconds after which the person logs in anew, where only a person can."""


def show(**fact: object) -> None:
    """Print a fact as one line, in one write: a kill leaves it whole or out, or cut so that it counts for no line."""
    os.write(1, json.dumps(fact, ensure_ascii=False).encode() + b"\n")


def hurry(factor: float) -> None:
    """Make waits between tries this much shorter; what is waited for stays the same."""
    wait = retry.Backoff.wait

    def shorter(self: retry.Backoff, at_least: float = 0.0) -> float:
        return wait(self, at_least) * factor

    patch.object(retry.Backoff, "wait", shorter).start()
    patch.object(contact_changes, "PAUSE", PAUSE).start()
    for pace in Pace:
        # The sandbox holds a long poll for two seconds.
        whole = 3 * PATIENCE
        silence = whole if pace is Pace.LONG_POLL else PATIENCE
        limits.LIMITS[pace] = replace(limits.LIMITS[pace], silence=silence, connect=PATIENCE, whole=whole)


class Unexpected(Exception):
    """Exception that nobody expects."""


class Shifted:
    """Clock of the machine, which a person, or a time server, sets."""

    def __init__(self) -> None:
        self.by = timedelta()

    def now(self) -> datetime:
        """Return the time, aware, in UTC."""
        return datetime.now(UTC) + self.by

    def install(self) -> None:
        """Let the whole program read this clock."""
        real = time.time
        patch.object(time, "time", lambda: real() + self.by.total_seconds()).start()
        patch.object(Ids, "now", lambda ids: self.now()).start()
        patch.object(Ids, "now_ms", lambda ids: int(self.now().timestamp() * 1000)).start()


class LongLived:
    """Tasks of the program that live for a while, and a way to hurt one of them."""

    def __init__(self) -> None:
        self._before: set[asyncio.Task[Any]] = set()
        self._known: set[asyncio.Task[Any]] = set()

    async def watch(self) -> None:
        """Look again and again: a task that was there at two looks lives long."""
        while True:
            self._known, self._before = self._before, {task for task in asyncio.all_tasks() if _of_program(task)}
            await asyncio.sleep(0.15)

    def hurt(self, which: float) -> str:
        """Raise in one of them, at the place where it waits; return its name."""
        found = sorted(
            ((_name(task), task) for task in self._known & self._before if not task.done() and _waits_for(task)),
            key=lambda one: one[0],
        )
        if not found:
            return ""
        name, task = found[int(which * len(found))]
        waiter = _waits_for(task)
        assert waiter is not None
        waiter.set_exception(Unexpected("campaign"))
        return name


def _name(task: asyncio.Task[Any]) -> str:
    return getattr(task.get_coro(), "__qualname__", "")


def _of_program(task: asyncio.Task[Any]) -> bool:
    code = getattr(task.get_coro(), "cr_code", None)
    return code is not None and "/tui/" in code.co_filename


def _waits_for(task: asyncio.Task[Any]) -> asyncio.Future[Any] | None:
    """Return the plain future that a task waits for; None for a task, and for a thread, which would fill it later."""
    waiter: asyncio.Future[Any] | None = getattr(task, "_fut_waiter", None)
    if waiter is None or waiter.done() or isinstance(waiter, asyncio.Task):
        return None
    return None if "_call_check_cancel" in repr(waiter) else waiter


def shown_row(message: StoredMessage) -> dict[str, object]:
    """Return the facts that the log shows of a row."""
    body = message.body
    what = body.text if isinstance(body, bodies.Text) else body.name if isinstance(body, bodies.File) else ""
    return {
        "row": message.id,
        "conversation": message.conversation_id,
        "outgoing": message.outgoing,
        "state": message.state.value,
        "msg_id": message.msg_id,
        "client_msg_id": message.client_msg_id,
        "reason": message.reason,
        "what": what,
    }


class Face:
    """Shows a person's facts without a screen, and carries out their commands."""

    def __init__(self, store: Store, origin: str, clock: Shifted) -> None:
        self._store = store
        self._clock = clock
        self._long_lived = LongLived()
        self._tasks: set[asyncio.Task[None]] = set()
        self._looking: set[asyncio.Task[None]] = set()
        self._runtime = Runtime(
            find_profile("default"),
            store,
            LoginOptions(Endpoint.WEB, origin),
            "all",
            self._hear,
            clock=clock.now,
            patience=60,
            settings=Settings(log="debug"),
        )

    async def live(self) -> None:
        """Obey until the person leaves."""
        background.hear(lambda error: show(mistake=error.code))
        beside = [asyncio.create_task(self._long_lived.watch()), asyncio.create_task(self._say_how_it_stands())]
        try:
            async with self._runtime:
                await self._obey_all()
        finally:
            for task in beside:
                task.cancel()
            await asyncio.gather(*beside, return_exceptions=True)

    async def _obey_all(self) -> None:
        reader = asyncio.StreamReader()
        await asyncio.get_running_loop().connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin)
        try:
            while line := await reader.readline():
                await self._obey(json.loads(line))
        finally:
            # As the screens' workers: what was not begun is not begun any more.
            for task in (*self._tasks, *self._looking):
                task.cancel()
            await asyncio.gather(*self._tasks, *self._looking, return_exceptions=True)

    # ---------------------------------------------------------------- what is shown

    async def _say_how_it_stands(self) -> None:
        """Show whether the program is online whenever that changes, as the last line of the screen does."""
        said = None
        while True:
            online = self._runtime.state.online
            if online is not said:
                said = online
                show(online=online)
            await asyncio.sleep(0.05)

    def _hear(self, event: RuntimeEvent) -> None:
        match event:
            case MessagesAdded(messages=messages):
                for message in messages:
                    show(**shown_row(message))
                    if has_picture(message.body):
                        task = asyncio.create_task(self._look_at(message))
                        self._looking.add(task)
                        task.add_done_callback(self._looking.discard)
            case MessageChanged(message=message):
                show(**shown_row(message))
            case MessagesRemoved(message_ids=ids):
                show(removed=ids)
            case ConversationSplit(waiting=waiting):
                show(apart=waiting)
            case LoggedIn():
                show(session="in")
            case SessionEnded(error=error):
                show(session="ended", why=error.code)
            case ActionNeeded(error=error):
                show(session="refused", why=error.code)
                if not isinstance(error, errors.ProfileBusy):
                    again = self._runtime.supervisor.again
                    asyncio.get_running_loop().call_later(PRESSES, again, None, False)
            case Trouble(error=error):
                show(trouble=error.code)

    async def _look_at(self, message: StoredMessage) -> None:
        """Look at a picture as it stands in the log, and then on the whole screen."""
        pictures = self._runtime.pictures
        for look in (pictures.thumbnail, pictures.whole):
            try:
                drawn = await look(message, BOX)
            except errors.WxtuiError as error:
                show(picture=message.id, why=str(error.said))
            else:
                show(picture=message.id, format=drawn.format, width=drawn.width, height=drawn.height)

    # ---------------------------------------------------------------- what is done

    async def _obey(self, command: dict[str, Any]) -> None:
        try:
            await self._do(command)
        except errors.WxtuiError as error:
            show(refused=command, why=error.code)

    async def _do(self, command: dict[str, Any]) -> None:
        if self._runtime.busy is not None and not command.keys().isdisjoint(("to", "several", "correct")):
            raise self._runtime.busy
        outbox = self._runtime.outbox
        match command:
            case {"break": which}:
                show(hurt=self._long_lived.hurt(which))
            case {"clock": seconds}:
                self._clock.by += timedelta(seconds=seconds)
            case {"alter": what, "n": n}:
                self._go(self._tell(command, lambda: self._alter(what, n)))
            case {"apart": which}:
                ways = await self._ways()
                # What something waits in comes first, and then whom one writes to.
                ways = [way for way in ways if way[1].part.waiting] or [way for way in ways if way[0].name in TO]
                if ways:
                    await self._take_apart(*ways[int(which * len(ways))])
            case {"whole": True}:
                for _ in range(100):
                    apart = [way for way in await self._ways() if isinstance(way[1], SeparatePart)]
                    if not apart:
                        break
                    await self._take_apart(*apart[0])
                for contact in await self._store.contacts():
                    if doubt := await self._store.doubt(contact.user_name):
                        show(doubt=contact.user_name, candidates=[(one.id, one.user_name) for one in doubt.candidates])
            case {"settle": user_name, "chosen": chosen}:
                with suppress(NoSuchRow):
                    await self._store.settle(user_name, chosen)
            case {"several": names, "file": path, "thinks": seconds}:
                contacts = [await self._contact(name) for name in names]

                async def send() -> None:
                    await asyncio.sleep(seconds)
                    await outbox.files.add_for_several(contacts, Path(path), MediaKind.AUTO, outbox.pace(PAUSE))

                self._go(self._tell(command, send))
            case {"sticker": msg_id, "to": name, "thinks": seconds}:
                contact = await self._contact(name)
                self._go(self._tell(command, lambda: self._send_sticker(msg_id, contact, seconds)))
            case {"to": name, "text": text}:
                await self._say(command, await self._contact(name), text)
            case {"to": name, "file": path}:
                contact = await self._contact(name)
                outbox.files.add(contact, Path(path), MediaKind.AUTO)
            case {"retry": row}:
                message = await self._store.row(row)
                # A person who looks at the screen: an unknown one is never sent again here.
                if message.state is DeliveryState.FAILED:
                    self._go(self._tell(command, lambda: outbox.resend(message)))
            case {"revoke": row}:
                message = await self._store.row(row)
                client = self._runtime.client
                if client is not None:
                    context = client.context

                    async def session() -> SessionContext:
                        return context

                    self._go(self._tell(command, lambda: outbox.revoker.revoke(message, session)))
            case {"correct": row, "person": name, "into": text}:
                await self._change(command, await self._store.row(row), await self._contact(name), text)

    async def _alter(self, what: str, n: int) -> None:
        """Change a contact or a group, as the commands for it do."""
        client = self._runtime.client
        if client is None:
            raise errors.NotConnected()
        by_nick = {one.nick_name: one for one in await self._store.contacts()}
        match what:
            case "remark":
                await client.people.set_remark(by_nick["Bob Miller"].user_name, f"remark {n}")
            case "pin" | "unpin":
                await client.people.set_pinned(by_nick["刘洋"].user_name, pinned=what == "pin")
            case "accept":
                for one in (await self._store.friend_requests())[:1]:
                    await client.people.friend_requests.accept(one.message)
            case "rename":
                group = next(one for nick, one in by_nick.items() if nick == "热闹群" or nick.startswith("busy "))
                await client.groups.carry_out(WantedChange(GroupChange.RENAME, group, (), f"busy {n}"))
            case "create":
                people = by_nick["张三"], by_nick["刘洋"]
                await client.groups.carry_out(WantedChange(GroupChange.NEW, None, people, f"made {n}"))

    async def _ways(self) -> list[tuple[Conversation, JoinedPart | SeparatePart]]:
        """Return all identifications that can be undone, or made again."""
        found: list[tuple[Conversation, JoinedPart | SeparatePart]] = []
        for conversation in await self._store.conversations():
            record = await self._store.identity_record(conversation.id)
            found += ((conversation, joined) for joined in record.joined)
            found += ((conversation, separate) for separate in record.separate)
        return found

    async def _take_apart(self, conversation: Conversation, part: JoinedPart | SeparatePart) -> None:
        if self._runtime.busy is not None:
            raise self._runtime.busy
        try:
            if isinstance(part, JoinedPart):
                await self._store.split(part.identification)
            else:
                await self._store.join(conversation.id, part.conversation_id)
        except NoSuchRow:
            show(late=conversation.id)

    async def _change(self, command: dict[str, Any], message: StoredMessage, contact: Contact, text: str) -> None:
        """Recall a message and send another; return when that is written down, as `_say` does."""
        written = asyncio.Event()

        async def session() -> SessionContext:
            if self._runtime.client is None:
                raise errors.NotLoggedIn(profile="default")
            return self._runtime.client.context

        async def change() -> None:
            try:
                corrected = CorrectedMessage(message, text)
                await self._runtime.outbox.correct(corrected, contact, session, lambda row: written.set())
            finally:
                written.set()

        self._go(self._tell(command, change))
        await written.wait()

    async def _send_sticker(self, msg_id: str, contact: Contact, seconds: float) -> None:
        """Send a sticker on, as `/sticker` does."""
        known = await self._store.stickers()
        message = next((one.message for one in known if one.message.msg_id == msg_id), None)
        if message is None:
            raise errors.UsageError(why="no such sticker")
        await asyncio.sleep(seconds)
        from tui.screens.chat.actions.forwarding import ForwardActions

        chat: Any = SimpleNamespace(tell=lambda *said: None, context=SimpleNamespace(runtime=self._runtime))
        await ForwardActions(chat)._send_sticker(message, contact)

    async def _say(self, command: dict[str, Any], contact: Contact, text: str) -> None:
        """Send, and return when the text is written down or cannot be: until then a person cannot send the next."""
        written = asyncio.Event()

        async def send() -> None:
            try:
                await self._runtime.outbox.text(contact, text, lambda row: written.set())
            finally:
                written.set()

        self._go(self._tell(command, send))
        await written.wait()

    async def _contact(self, name: str) -> Contact:
        name, _, place = name.partition("/")
        for contact in await self._store.contacts():
            if contact.name == name and place in contact.region:
                return contact
        raise errors.TargetUnknown(target=name)

    async def _tell(self, command: dict[str, Any], work: Callable[[], Awaitable[object]]) -> None:
        try:
            await work()
        except errors.WxtuiError as error:
            show(failed=command, why=error.code)
        except Exception as error:
            # As the screens' workers: it is said, and never the end of the program.
            show(failed=command, why=type(error).__name__)
        else:
            show(done=command)

    def _go(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)


async def run(origin: str) -> None:
    """Run one life of the program."""
    profile, clock = find_profile("default"), Shifted()
    clock.install()
    async with await Store.open(profile.store_file, clock=clock.now) as store:
        await Face(store, origin, clock).live()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("origin")
    parser.add_argument("--hurry", type=float, default=0.1, help="how much shorter waits between tries are")
    arguments = parser.parse_args()
    start_log(2)
    hurry(arguments.hurry)
    asyncio.run(run(arguments.origin))


if __name__ == "__main__":
    main()
