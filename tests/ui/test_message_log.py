"""The log in an app, on a real store: what a person sees and does."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from textual.app import App, ComposeResult
from textual.geometry import Region
from textual.pilot import Pilot

from tests.cases import PUSHED
from tests.support.examples import examples
from tests.support.screen_text import screen_strips, screen_text
from tests.support.stored_messages import texts
from tests.support.waiting import idle, until
from tui.config.settings import Settings
from tui.services.sending.recall_window import RecallWindow
from tui.services.uploads.upload_state import UploadState
from tui.store.conversation_view import LogPage
from tui.store.delivery_state import DeliveryEvent
from tui.store.models import Place, StoredMessage
from tui.store.search.query import MessageQuery
from tui.store.store import Store
from tui.store.subscription import Subscription
from tui.terminal.graphemes import cell_len
from tui.widgets.message_log.log_pictures import PictureDesk
from tui.widgets.message_log.message_log import MessageLog
from tui.widgets.message_log.viewport import LogAnchor
from tui.widgets.message_log.window import HOLD, PAGE
from tui.wire.bodies import Body, File, Message, Revoke, Text
from tui.wire.contacts import Contact, ContactKind
from tui.wire.incoming import read_message
from tui.wire.sync import SyncBatch, SyncKey, SyncKeys

START = datetime(2024, 11, 21, 14, 0, tzinfo=UTC)
KEYS = SyncKeys(SyncKey(((1, 1),)), SyncKey(((1, 2),)))
TEAM = "@@team"


def no_desk() -> PictureDesk:
    raise AssertionError("no picture is wanted")


@dataclass
class Clock:
    now: datetime = START

    def __call__(self) -> datetime:
        return self.now


class Names:
    def of(self, user_name: str) -> str:
        names = {"@ann": "Ann", "@ben": "本", "@wide": "Project lead", "@wider": "A name of twenty cells"}
        return names.get(user_name, "")


@dataclass
class Transfer:
    state: UploadState = UploadState.UPLOADING
    size: int = 100
    done: int = 0
    rate: float = 0.0
    seconds_left: float | None = None


@dataclass
class World:
    """A store with one group, a log on it, and whatever arrives."""

    store: Store
    clock: Clock
    uploads: dict[int, Transfer] = field(default_factory=dict)
    number: int = 0

    def incoming(self, said: str | Body, *, sender: str = "@ann", chat: str = TEAM) -> Message:
        self.number += 1
        body = Text(said) if isinstance(said, str) else said
        time = START - timedelta(hours=1) + timedelta(seconds=self.number)
        return Message(f"9000{self.number:06}", chat, sender, False, time, body)

    async def arrive(self, *said: str | Body, chat: str = TEAM, sender: str = "@ann") -> None:
        batch = tuple(self.incoming(one, chat=chat, sender=sender) for one in said)
        await self.store.apply(SyncBatch(batch, (), (), KEYS))

    async def own(self, said: str | Body, *events: DeliveryEvent, reason: str = "") -> StoredMessage:
        conversation = await self.store.conversation_for(TEAM)
        self.number += 1
        row = await self.store.add_outgoing(
            conversation_id=conversation.id,
            to_user_name=TEAM,
            client_msg_id=f"c{self.number}",
            body=Text(said) if isinstance(said, str) else said,
        )
        for event in events:
            accepted = event is DeliveryEvent.ACCEPTED
            row = await self.store.move(
                row.id,
                event,
                msg_id=f"704123456789{self.number:06}" if accepted else "",
                reason=reason if event is DeliveryEvent.REFUSED else "",
            )
        return row


@asynccontextmanager
async def world(path: Path) -> AsyncIterator[World]:
    clock = Clock()
    async with await Store.open(path / "store.db", clock=clock) as store:
        await store.begin_login(Contact("@me", kind=ContactKind.SELF), "1", KEYS)
        await store.save_contacts([Contact(TEAM, nick_name="Team", kind=ContactKind.GROUP)])
        yield World(store, clock)


class LogApp(App[None], inherit_bindings=False):
    CSS = "MessageLog { height: 1fr; }"

    def __init__(self, world: World) -> None:
        super().__init__()
        self.world = world
        self.subscription: Subscription = world.store.subscribe()
        self.heard: list[object] = []

    def compose(self) -> ComposeResult:
        here = self.world
        yield MessageLog(
            here.store,
            Names(),
            here.uploads.get,
            here.clock,
            RecallWindow(here.clock),
            settings=Settings(pictures="never"),
            desk=no_desk,
        )

    async def on_mount(self) -> None:
        self.run_worker(self.listen())

    async def listen(self) -> None:
        async for change in self.subscription:
            self.log_view.apply(change)

    @property
    def log_view(self) -> MessageLog:
        return self.query_one(MessageLog)

    def on_message_log_reached_bottom(self, message: MessageLog.ReachedBottom) -> None:
        self.heard.append(message)


Opened = tuple[MessageLog, Pilot[None], LogApp]


@asynccontextmanager
async def log_of(
    here: World, size: tuple[int, int] = (80, 12)
) -> AsyncIterator[tuple[MessageLog, Pilot[None], LogApp]]:
    app = LogApp(here)
    async with app.run_test(size=size) as pilot:
        log = app.log_view
        log.focus()
        await log.show(await here.store.conversation_for(TEAM))
        await settled(pilot)
        yield log, pilot, app
        app.subscription.close()


async def settled(pilot: Pilot[None]) -> None:
    """Pages that were asked for have come, and are drawn."""
    for _ in range(3):
        reading = [worker for worker in pilot.app.workers if worker.group == "log"]
        if reading:
            await pilot.app.workers.wait_for_complete(reading)
        await pilot.pause()


async def eventually(pilot: Pilot[None], holds: Callable[[], bool]) -> None:
    try:
        await until(holds)
    except TimeoutError:
        raise AssertionError("\n".join(screen_text(pilot.app))) from None


def on_screen(pilot: Pilot[None], *words: str) -> bool:
    shown = "\n".join(screen_text(pilot.app))
    return all(word in shown for word in words)


async def test_the_newest_messages_stand_at_the_bottom(tmp_path: Path) -> None:
    async with world(tmp_path) as here:
        await here.arrive("one", "two")
        async with log_of(here) as (log, pilot, _):
            shown = screen_text(pilot.app)
            assert shown[:8] == [""] * 8
            assert "21 November, Thursday" in shown[8]
            assert "new messages" in shown[9]
            assert shown[10].split()[1:] == ["Ann", "one"]
            assert shown[11].split() == ["▌", "two"], "keys go to the log, and act on the newest"
            assert log.at_bottom


async def test_names_get_the_room_that_they_need_and_keep_it(tmp_path: Path) -> None:
    def columns(pilot: Pilot[None]) -> set[int]:
        return {line.index("word") for line in screen_text(pilot.app) if "word" in line}

    async with world(tmp_path) as here:
        await here.arrive("word", sender="@wide")
        await here.arrive(*["word"] * 150)
        async with log_of(here, (58, 12)) as (_log, pilot, _app):
            assert columns(pilot) == {1 + 6 + 8 + 2}
            await pilot.press("g")
            await settled(pilot)
            assert "Project lead" in screen_text(pilot.app)[1]
            assert columns(pilot) == {1 + 6 + 13 + 2}
            await pilot.press("G")
            await settled(pilot)
            assert columns(pilot) == {1 + 6 + 13 + 2}, "it does not jump to and fro with the pages"
            await here.arrive("word", sender="@wider")
            await eventually(pilot, lambda: on_screen(pilot, "A name of twent…"))
            assert columns(pilot) == {1 + 6 + 16 + 2}
            await pilot.resize_terminal(50, 12)
            await eventually(pilot, lambda: columns(pilot) == {1 + 6 + 10 + 2})


async def test_unread_ones_stand_below_a_line(tmp_path: Path) -> None:
    async with world(tmp_path) as here:
        await here.arrive("old")
        await here.store.mark_read((await here.store.conversation_for(TEAM)).id)
        await here.arrive("new one", "new two")
        async with log_of(here) as (_, pilot, _app):
            shown = screen_text(pilot.app)
            at = next(index for index, line in enumerate(shown) if "── new messages ──" in line)
            assert "old" in shown[at - 1]
            assert "new one" in shown[at + 1]


async def test_what_is_kept_is_what_the_next_run_shows_first(tmp_path: Path) -> None:
    async with world(tmp_path) as here:
        await here.arrive("word", sender="@wide")
        await here.arrive(*[f"old {n}" for n in range(150)])
        await here.store.mark_read((await here.store.conversation_for(TEAM)).id)
        await here.arrive("new one", "new two")
        async with log_of(here) as (log, pilot, app):

            async def opens_as_kept(unread: int) -> list[str]:
                kept = [strip.text.rstrip() for _y, strip in log.still(unread)]
                seen = [message.id for message in log.still_in_sight(unread)]
                app.set_focus(None)
                await log.show(await here.store.conversation_for(TEAM), log.scroll_anchor)
                assert seen == [message.id for message in log.in_sight]
                await settled(pilot)
                assert screen_text(app) == kept
                return kept

            assert on_screen(pilot, "── new messages ──")
            await pilot.press("g")
            await pilot.press("G")
            await settled(pilot)
            assert any("── new messages ──" in line for line in await opens_as_kept(2)), "they were not marked read"
            log.focus()
            await here.store.mark_read((await here.store.conversation_for(TEAM)).id)
            assert "new messages" not in "\n".join(await opens_as_kept(0)), "the rows over the line have moved"
            log.focus()
            await pilot.press("g")
            await settled(pilot)
            await opens_as_kept(0)


async def test_what_arrives_scrolls_in_at_the_bottom(tmp_path: Path) -> None:
    async with world(tmp_path) as here:
        await here.arrive(*(f"message {number}" for number in range(40)))
        async with log_of(here) as (log, pilot, _):
            await here.arrive("the newest")
            await eventually(pilot, lambda: "the newest" in screen_text(pilot.app)[-1])
            assert log.at_bottom


@pytest.mark.parametrize("way", ["end", "G", "click", "to_bottom"])
async def test_what_arrives_while_one_reads_only_counts(tmp_path: Path, way: str) -> None:
    async with world(tmp_path) as here:
        await here.arrive(*(f"message {number}" for number in range(40)))
        async with log_of(here) as (log, pilot, app):
            await pilot.press("pageup")
            before = screen_text(pilot.app)
            await here.arrive("new 1", "new 2")
            await here.arrive("new 3")
            await eventually(pilot, lambda: on_screen(pilot, "↓ 3 new"))
            assert screen_text(pilot.app)[:-1] == before[:-1]
            assert not log.at_bottom
            app.heard.clear()
            if way == "click":
                await pilot.click(MessageLog, offset=(20, 11))
            elif way == "to_bottom":
                log.to_bottom()
            else:
                await pilot.press(way)
            await settled(pilot)
            assert "new 3" in screen_text(pilot.app)[-1]
            assert not on_screen(pilot, "↓")
            assert log.at_bottom
            assert any(isinstance(heard, MessageLog.ReachedBottom) for heard in app.heard)


async def test_older_ones_are_read_before_one_comes_to_them(tmp_path: Path) -> None:
    async with world(tmp_path) as here:
        await here.arrive(*(f"message {number}" for number in range(600)))
        async with log_of(here, (60, 40)) as (log, pilot, _):
            seen: set[str] = set()
            for _ in range(80):
                seen.update(line.split("message ")[1] for line in screen_text(pilot.app) if "message " in line)
                assert "" not in screen_text(pilot.app)
                if "0" in seen:
                    break
                await pilot.press("pageup")
                await settled(pilot)
                assert len(log._view.window) <= HOLD + PAGE
            assert seen == {str(number) for number in range(600)}
            while not log.at_bottom:
                await pilot.press("pagedown")
                await settled(pilot)
            assert "message 599" in screen_text(pilot.app)[-1]


async def test_to_the_first_and_the_last_of_all(tmp_path: Path) -> None:
    async with world(tmp_path) as here:
        await here.arrive(*(f"message {number}" for number in range(1000)))
        async with log_of(here) as (log, pilot, _):
            for first, last in (("g", "G"), ("home", "end")):
                await pilot.press(first)
                await settled(pilot)
                shown = screen_text(pilot.app)
                assert "21 November" in shown[0]
                assert "message 0" in shown[1]
                assert log.selected is not None and log.selected.body == Text("message 0")
                await here.arrive("one more")
                await pilot.press(last)
                await settled(pilot)
                assert "one more" in screen_text(pilot.app)[-1]
                assert log.selected is not None and log.selected.body == Text("one more")
                assert log.at_bottom


async def test_keys_select_message_by_message(tmp_path: Path) -> None:
    async with world(tmp_path) as here:
        await here.arrive(*(f"message {number}" for number in range(40)))
        async with log_of(here) as (log, pilot, _):
            assert log.selected is not None and log.selected.body == Text("message 39"), "keys go to the log"
            for key, expected in (("k", 38), ("k", 37), ("up", 36), ("j", 37), ("down", 38), ("j", 39), ("j", 39)):
                await pilot.press(key)
                assert log.selected is not None and log.selected.body == Text(f"message {expected}")
            assert screen_text(pilot.app)[-1].startswith("▌")
            assert sum(line.startswith("▌") for line in screen_text(pilot.app)) == 1
            for _ in range(20):
                await pilot.press("k")
            assert log.selected.body == Text("message 19")
            assert screen_text(pilot.app)[0].startswith("▌")
            await pilot.press("ctrl+u")
            assert log.selected.body == Text("message 19")
            await pilot.press("pagedown", "pagedown")
            assert on_screen(pilot, "▌")


async def test_the_mouse_scrolls_and_selects(tmp_path: Path) -> None:
    async with world(tmp_path) as here:
        await here.arrive(*(f"message {number}" for number in range(40)))
        async with log_of(here) as (log, pilot, _):
            await pilot._post_mouse_events([_wheel()], MessageLog, button=0)
            await pilot.pause()
            assert "message 36" in screen_text(pilot.app)[-1]
            await pilot.click(MessageLog, offset=(30, 4))
            assert log.selected is not None and log.selected.body == Text("message 29")


def _wheel() -> type:
    from textual.events import MouseScrollUp

    return MouseScrollUp


async def test_the_selection_and_the_place_survive_what_arrives_and_a_resize(tmp_path: Path) -> None:
    async with world(tmp_path) as here:
        await here.arrive(*(f"message {number} " + "word " * 30 for number in range(60)))
        async with log_of(here) as (log, pilot, _):
            await pilot.press("pageup", "pageup", "k")
            chosen = log.selected
            assert chosen is not None
            await here.arrive("new")
            await eventually(pilot, lambda: on_screen(pilot, "↓ 1 new"))
            top = _first_word(screen_text(pilot.app))
            await pilot.resize_terminal(60, 16)
            await pilot.pause()
            await pilot.resize_terminal(80, 12)
            await pilot.pause()
            assert _first_word(screen_text(pilot.app)) == top
            assert log.selected is chosen


def _first_word(lines: Sequence[str]) -> str:
    return next(line for line in lines if "message" in line)


async def test_a_place_is_come_back_to(tmp_path: Path) -> None:
    async with world(tmp_path) as here:
        await here.arrive(*(f"message {number}" for number in range(400)))
        conversation = await here.store.conversation_for(TEAM)
        await here.store.mark_read(conversation.id)
        async with log_of(here) as (log, pilot, _):
            assert log.scroll_anchor is None
            for _ in range(20):
                await pilot.press("pageup")
                await settled(pilot)
            before = screen_text(pilot.app)
            anchor = log.scroll_anchor
            assert isinstance(anchor, LogAnchor)
            conversation = await here.store.conversation_for(TEAM)
            await log.show(conversation)
            await settled(pilot)
            assert screen_text(pilot.app) != before
            await log.show(conversation, anchor)
            await settled(pilot)
            assert screen_text(pilot.app) == before


async def test_find_goes_to_older_and_newer_hits(tmp_path: Path) -> None:
    async with world(tmp_path) as here:
        await here.arrive("Needle one", *(f"message {number}" for number in range(900)), "a NEEDLE two", "the end")
        async with log_of(here) as (log, pilot, _):
            assert await log.find("needle", MessageQuery("needle"), older=True)
            assert log.selected is not None and log.selected.body == Text("a NEEDLE two")
            assert await log.find("needle", MessageQuery("needle"), older=True)
            await settled(pilot)
            assert log.selected.body == Text("Needle one")
            assert on_screen(pilot, "▌", "Needle one", "message 3")
            assert not await log.find("needle", MessageQuery("needle"), older=True)
            assert log.selected.body == Text("Needle one")
            assert await log.find("needle", MessageQuery("needle"), older=False)
            await settled(pilot)
            assert on_screen(pilot, "a NEEDLE two")
            assert not await log.find("   ", MessageQuery("   "), older=True)


async def test_own_messages_are_counted_from_the_last(tmp_path: Path) -> None:
    async with world(tmp_path) as here:
        await here.own("mine first", DeliveryEvent.START, DeliveryEvent.ACCEPTED)
        await here.arrive(*(f"message {number}" for number in range(50)))
        await here.own("mine second", DeliveryEvent.START, DeliveryEvent.ACCEPTED)
        async with log_of(here) as (log, pilot, _):
            assert [message.body for message in log.own_messages] == [Text("mine second"), Text("mine first")]
            assert await log.go_to(log.own_messages[1])
            await settled(pilot)
            assert on_screen(pilot, "▌", "mine first")
            await here.own("mine third")
            await eventually(pilot, lambda: len(log.own_messages) == 3)
            assert log.own_messages[0].body == Text("mine third")


async def test_states_change_in_place(tmp_path: Path) -> None:
    async with world(tmp_path) as here, log_of(here) as (log, pilot, _):
        row = await here.own("hello")
        await eventually(pilot, lambda: on_screen(pilot, "hello", "…"))
        await here.store.move(row.id, DeliveryEvent.START)
        await eventually(pilot, lambda: on_screen(pilot, "sending…"))
        await here.store.move(row.id, DeliveryEvent.ACCEPTED, msg_id="7041234567890123321")
        await eventually(pilot, lambda: on_screen(pilot, "✓ 7041…3321 · 2:00"))
        await pilot.press("k")
        assert on_screen(pilot, "✓ 7041234567890123321 · 2:00")
        await here.store.move(row.id, DeliveryEvent.REVOKE_START)
        await here.store.move(row.id, DeliveryEvent.REVOKE_DONE)
        await eventually(pilot, lambda: on_screen(pilot, "hello", "you recalled · e edits"))
        assert log.selected is not None and log.selected.state.value == "revoked"
        failed = await here.own("no luck", DeliveryEvent.START, DeliveryEvent.REFUSED, reason="Unreachable")
        await eventually(pilot, lambda: on_screen(pilot, "✗ not sent: no connection · R retries"))
        assert failed.id


async def test_a_recalled_message_stays_readable(tmp_path: Path) -> None:
    async with world(tmp_path) as here:
        await here.arrive("a secret")
        async with log_of(here) as (_, pilot, _app):
            await here.arrive(Revoke("9000000001", "Ann took a message back"))
            await eventually(pilot, lambda: on_screen(pilot, "a secret", "recalled", "Ann took a message back"))


async def test_a_countdown_repaints_its_cells_only_while_it_runs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with world(tmp_path) as here:
        await here.arrive("hello")
        async with log_of(here) as (log, pilot, _):
            assert log._status._countdown is None
            await here.own("mine", DeliveryEvent.START, DeliveryEvent.ACCEPTED)
            await eventually(pilot, lambda: on_screen(pilot, "2:00"))
            assert log._status._countdown is not None
            here.clock.now += timedelta(seconds=30)
            regions: list[Region] = []
            refresh = log.refresh
            monkeypatch.setattr(log, "refresh", lambda *given, **more: (regions.extend(given), refresh(*given, **more)))
            log._status._countdown.stop()
            log._status._tick()
            await eventually(pilot, lambda: on_screen(pilot, "1:30"))
            assert [(region.y, region.height) for region in regions] == [(11, 1)]
            assert regions[0].x > 20
            here.clock.now += timedelta(seconds=100)
            log._status._countdown.stop()
            log._status._tick()
            await eventually(pilot, lambda: not on_screen(pilot, "1:30"))
            assert log._status._countdown is None
            assert on_screen(pilot, "✓ 7041…")


async def test_no_timer_while_the_countdown_is_out_of_sight(tmp_path: Path) -> None:
    async with world(tmp_path) as here:
        await here.arrive(*(f"message {number}" for number in range(60)))
        await here.own("mine", DeliveryEvent.START, DeliveryEvent.ACCEPTED)
        async with log_of(here) as (log, pilot, _):
            assert log._status._countdown is not None
            await pilot.press("pageup", "pageup")
            log._status._countdown.stop()
            log._status._tick()
            await pilot.pause()
            assert log._status._countdown is None


async def test_progress_is_painted_where_it_stands_and_not_more_often_than_is_seen(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with world(tmp_path) as here:
        row = await here.own(File("build.log", 100))
        here.uploads[row.id] = Transfer()
        async with log_of(here) as (log, pilot, _):
            assert on_screen(pilot, "▤ build.log", "▱▱▱▱▱ 0%")
            painted: list[Region] = []
            refresh = log.refresh
            monkeypatch.setattr(log, "refresh", lambda *given, **more: (painted.extend(given), refresh(*given, **more)))
            for done in range(1, 101):
                here.uploads[row.id].done = done
                log.progress(row.id)
            assert len(painted) == 1
            assert painted[0].height == 1
            await eventually(pilot, lambda: len(painted) == 2)
            assert on_screen(pilot, "▰▰▰▰▰ 100%")
            log.progress(12345)  # of another conversation
            await eventually(pilot, lambda: log._status._throttle is None)
            assert len(painted) == 2


async def test_a_burst_is_few_repaints_and_cheap(tmp_path: Path) -> None:
    async with world(tmp_path) as here:
        await here.arrive(*(f"message {number}" for number in range(50)))
        async with log_of(here) as (log, pilot, _):
            laid_out = log._view.block
            calls = []
            log._view.block = lambda index: (calls.append(index), laid_out(index))[1]
            for number in range(400):
                await here.arrive(f"burst {number}")
            await eventually(pilot, lambda: "burst 399" in screen_text(pilot.app)[-1])
            assert len(calls) < 400 * 3 * 12
            assert len(log._view.window) <= HOLD + PAGE
            assert len(log._view._blocks) < 1000


async def test_other_conversations_are_left_alone(tmp_path: Path) -> None:
    async with world(tmp_path) as here:
        await here.arrive("here")
        async with log_of(here) as (_, pilot, _app):
            before = screen_text(pilot.app)
            await here.arrive("elsewhere", chat="@ben")
            await idle(here.store)
            await pilot.pause()
            assert screen_text(pilot.app) == before


async def test_of_two_that_are_opened_the_later_one_is_shown(tmp_path: Path) -> None:
    async with world(tmp_path) as here:
        await here.arrive("in the team")
        await here.arrive("with ben", chat="@ben")
        team, ben = await here.store.conversation_for(TEAM), await here.store.conversation_for("@ben")
        async with log_of(here) as (log, pilot, _):
            read, later_is_shown = here.store.log_page, asyncio.Event()

            async def slow(conversation_id: int, around: Place | None, limit: int) -> LogPage:
                page = await read(conversation_id, around, limit)
                if conversation_id == team.id:
                    await later_is_shown.wait()
                return page

            here.store.log_page = slow
            first = asyncio.create_task(log.show(team))
            await asyncio.sleep(0)
            await log.show(ben)
            later_is_shown.set()
            await first
            await settled(pilot)
            assert log.conversation is not None and log.conversation.id == ben.id
            assert on_screen(pilot, "with ben")
            assert not on_screen(pilot, "in the team")


async def test_a_change_during_a_read_is_not_lost(tmp_path: Path) -> None:
    async with world(tmp_path) as here:
        await here.arrive(*(f"message {number}" for number in range(5)))
        row = await here.own("mine", DeliveryEvent.START)
        async with log_of(here) as (log, pilot, _):
            stale = await here.store.log_page(row.conversation_id, None, 100)
            read = here.store.log_page

            async def slow(*given: object) -> LogPage:
                await here.store.move(row.id, DeliveryEvent.ACCEPTED, msg_id="7041234567890123321")
                await here.arrive("came meanwhile")
                await eventually(pilot, lambda: on_screen(pilot, "came meanwhile"))
                return stale

            here.store.log_page = slow
            await log.show(await here.store.conversation_for(TEAM))
            here.store.log_page = read
            await settled(pilot)
            assert on_screen(pilot, "came meanwhile", "✓ 7041")


@pytest.mark.parametrize("size", [(80, 24), (60, 20), (40, 20), (200, 60), (12, 3), (3, 1)])
async def test_every_size_is_filled_exactly(tmp_path: Path, size: tuple[int, int]) -> None:
    async with world(tmp_path) as here:
        await here.arrive(*("你好 👩‍👩‍👧‍👦 🇨🇳 " * number for number in range(1, 30)), File("报告.pdf", 12345))
        await here.own("好的" * 20, DeliveryEvent.START, DeliveryEvent.ACCEPTED)
        async with log_of(here, size) as (log, pilot, _):
            for key in ("k", "k", "pageup", "j", "ctrl+d", "end"):
                await pilot.press(key)
                await settled(pilot)
                strips = log.render_lines(Region(0, 0, *size))
                assert [strip.cell_length for strip in strips] == [size[0]] * size[1]


@given(st.lists(texts, min_size=1, max_size=6), st.sampled_from([(80, 24), (40, 10), (121, 9)]))
@settings(max_examples=examples(15), deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
async def test_hostile_texts_are_inert_on_the_screen(
    tmp_path_factory: pytest.TempPathFactory, said: list[str], size: tuple[int, int]
) -> None:
    async with world(tmp_path_factory.mktemp("hostile")) as here:
        await here.arrive(*said)
        async with log_of(here, size) as (_, pilot, _app):
            strips = screen_strips(pilot.app)
            for strip in strips:
                assert sum(cell_len(segment.text) for segment in strip) == size[0]
                assert not [one for one in strip.text if ord(one) < 32 or 0x7F <= ord(one) < 0xA0]


async def test_every_case_is_drawn_as_what_it_is(tmp_path: Path) -> None:
    async with world(tmp_path) as here:
        found = {}
        for number, case in enumerate(PUSHED, 1):
            entry = {"MsgId": str(number), "FromUserName": TEAM, "CreateTime": int(START.timestamp()) - 60 + number}
            found[case["id"]] = read_message(entry | case["push"]["content"], "@me")
        await here.store.apply(SyncBatch(tuple(found.values()), (), (), KEYS))
        async with log_of(here, (100, 40)) as (_log, pilot, _):
            shown = "\n".join(screen_text(pilot.app))
        for words in (
            *(
                '"🏃甲" 拍了拍我',
                "声明在里面",
                "某某频道  channels",
                "今天的视频",
                "! announcement",
                "明天放假",
                "请大家注意",
            ),
            *("群聊的聊天记录  chat history", "甲: 你好", "乙: [图片]", "call  对方已取消", "#接龙", "2. 乙"),
            *("no id A", "no id B", '"wxid_a" 拍了拍 "wxid_b"'),
        ):
            assert words in shown, f"{words}\n{shown}"
        [line] = [line for line in shown.split("\n") if "我是刚进群的" in line]
        assert "unknown dead" in line
        assert "不支持" not in shown and "${" not in shown
