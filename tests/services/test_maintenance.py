"""How long messages are kept, in the programs that stay."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from tests.support.command_line import Wxtui
from tests.support.fake_time import FakeTime
from tests.support.program_pilot import run_program
from tests.support.sandbox_thread import Sandbox
from tests.support.sync_batches import ME, UIN, Clock, batch, incoming, keys, texts
from tests.support.waiting import until
from tui.config.settings import Keep, Settings, load
from tui.errors import StoreBroken, UsageError, WxtuiError
from tui.services import maintenance
from tui.services.util import warnings
from tui.services.util.background import hear
from tui.services.util.ids import Ids
from tui.store.db import integrity
from tui.store.store import Store


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
async def store(tmp_path: Path, clock: Clock) -> AsyncIterator[Store]:
    async with await Store.open(tmp_path / "home" / "store.db", clock=clock) as store:
        await store.begin_login(ME, UIN, keys(0))
        days = (0, 10, 29, 31, 40)
        await store.apply(batch(*(incoming(str(day), f"day {day}", seconds=day * 86_400) for day in days)))
        clock.pass_(40 * 86_400)
        yield store


@pytest.mark.parametrize(
    ("keep", "left"),
    [
        ("all", ["day 0", "day 10", "day 29", "day 31", "day 40"]),
        (10, ["day 31", "day 40"]),
        (100_000, ["day 0", "day 10", "day 29", "day 31", "day 40"]),
        ("nothing", []),
    ],
)
async def test_what_is_left(store: Store, clock: Clock, keep: Keep, left: list[str]) -> None:
    assert await maintenance.tidy(store, keep, clock.now) == 5 - len(left)
    assert await texts(store) == left


@pytest.fixture
def looks(monkeypatch: pytest.MonkeyPatch) -> FakeTime:
    """Let maintenance look at the clock again and again; each pause between two looks is noted."""
    return FakeTime(monkeypatch, "tui.services.maintenance")


async def looked(looks: FakeTime) -> None:
    before = len(looks.slept)
    await until(lambda: len(looks.slept) >= before + 3)


@asynccontextmanager
async def kept(store: Store, keep: Keep, now: Callable[[], datetime]) -> AsyncIterator[None]:
    looking = maintenance.Maintenance(store, keep, now)
    looking.begin()
    try:
        yield
    finally:
        await looking.end()


async def eventually(store: Store, wanted: list[str]) -> None:
    async def true() -> bool:
        return await texts(store) == wanted

    await until(true)


async def test_once_a_day_what_became_old_goes(store: Store, clock: Clock, looks: FakeTime) -> None:
    await store.apply(batch(incoming("25", "an hour later", seconds=25 * 86_400 + 3600)))
    async with kept(store, 15, clock):
        await eventually(store, ["an hour later", "day 29", "day 31", "day 40"])
        clock.pass_(3 * 3600)
        await looked(looks)
        assert "an hour later" in await texts(store), "the day is not over"
        clock.pass_(5 * 86_400)
        await eventually(store, ["day 31", "day 40"])


@pytest.mark.parametrize(("keep", "left"), [("all", True), (39, False), (41, True), ("nothing", False)])
async def test_a_kept_screen_becomes_old_as_well(
    store: Store, clock: Clock, looks: FakeTime, keep: Keep, left: bool
) -> None:
    await store.remove_before(None)
    screen = store.folder / "screen"
    await asyncio.to_thread(screen.touch)
    os.utime(screen, (clock.now.timestamp() - 40 * 86_400,) * 2)
    async with kept(store, keep, clock):
        await looked(looks)
    assert screen.exists() is left


async def test_nothing_means_from_one_end_to_the_next(store: Store, clock: Clock, looks: FakeTime) -> None:
    async with kept(store, "nothing", clock):
        await eventually(store, [])
        await store.apply(batch(incoming("9", "while it runs", seconds=41 * 86_400)))
        clock.pass_(2 * 86_400)
        await looked(looks)
        assert await texts(store) == ["while it runs"]
    assert await texts(store) == []


@pytest.fixture
def told() -> Iterator[list[WxtuiError]]:
    heard: list[WxtuiError] = []
    warnings.listen(heard.append)
    yield heard
    warnings.listen(None)


async def test_damage_that_the_daily_check_finds_is_told_and_ends_nothing(
    store: Store, clock: Clock, looks: FakeTime, told: list[WxtuiError], monkeypatch: pytest.MonkeyPatch
) -> None:
    async def true() -> bool:
        return bool(told)

    monkeypatch.setattr(integrity, "complaint", lambda connection: "row 3 missing from index message_place")
    hear(warnings.tell)
    async with kept(store, "all", clock):
        await looked(looks)
        clock.pass_(2 * 86_400)
        await until(true)
        assert isinstance(told[0], StoreBroken)
        assert "row 3 missing" in str(told[0])
        assert len(await texts(store)) == 5


# ---------------------------------------------------------------- the setting


@pytest.mark.parametrize(
    ("written", "keep"), [('"all"', "all"), ('"nothing"', "nothing"), ("30", 30), ('"7"', 7), ("1", 1)]
)
def test_keep_is_read_from_the_settings_and_the_environment(tmp_path: Path, written: str, keep: Keep) -> None:
    file = tmp_path / "config.toml"
    file.write_text(f"keep = {written}\n", "utf-8")
    assert load(file, {}).keep == keep
    assert load(file, {"WXTUI_KEEP": "3"}).keep == 3
    assert load(file, {"WXTUI_KEEP": "nothing"}).keep == "nothing"


@pytest.mark.parametrize(
    "written", ["0", "-1", "true", '"some"', "1.5", "[]", "100001", '"९"', '"99999999999999999999"']
)
def test_a_setting_that_means_nothing(tmp_path: Path, written: str) -> None:
    file = tmp_path / "config.toml"
    file.write_text(f"\nkeep = {written}\n", "utf-8")
    with pytest.raises(UsageError, match=r"line 2: “keep” must be \"all\", \"nothing\", or a number of days"):
        load(file, {})


# ---------------------------------------------------------------- in the program


async def stored(home: Path) -> list[str]:
    path = home / "state" / "default" / "store.sqlite3"
    async with await Store.open(path, clock=lambda: datetime.now(UTC)) as store:
        return [named.message.msg_id async for page in store.export() for named in page]


async def test_the_face_keeps_nothing_when_it_is_told_so(sandbox: Sandbox, logged_in: Wxtui, home: Path) -> None:
    async with run_program(sandbox, settings=Settings(keep="nothing")) as program:
        await program.opened("李四")
        sandbox.post("push", type="text", content="seen and gone", **{"from": "李四"})
        await program.sees("seen and gone")
        assert await program.chat.context.store.search("seen and gone")
    assert await stored(home) == []


async def test_the_face_lets_old_messages_go(sandbox: Sandbox, logged_in: Wxtui, home: Path) -> None:
    async with run_program(sandbox, settings=Settings(keep=30)) as program:
        store = program.chat.context.store
        await program.until(lambda: program.chat.context.runtime.client is not None)
        await program.opened("李四")
        sandbox.post("push", type="text", content="of today", **{"from": "李四"})
        await program.sees("of today")
        old = datetime.now(UTC) - timedelta(days=60)
        await store._database.write(
            lambda c: (c.execute("UPDATE message SET time_ms = ? WHERE mine = 0", (int(old.timestamp() * 1000),)), [])
        )
    before = await stored(home)
    async with run_program(sandbox, settings=Settings(keep=30)) as program:
        await program.until(lambda: program.chat.context.runtime.client is not None)

        async def gone() -> bool:
            return not await program.chat.context.store.search("of today")

        await until(gone)
    assert len(await stored(home)) < len(before)


async def test_the_person_is_told_of_a_file_that_was_set_aside(sandbox: Sandbox, logged_in: Wxtui, home: Path) -> None:
    path = home / "state" / "default" / "store.sqlite3"
    path.write_bytes(b"\0 nonsense" * 1000)
    async with run_program(sandbox, size=(160, 30), online=False) as program:
        await program.sees("The database was damaged. It is now at ")


@pytest.mark.usefixtures("sandbox")
def test_a_clock_that_is_ahead_costs_no_messages(
    logged_in: Wxtui, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    assert logged_in("send", "张三", "-m", "of today").code == 0
    monkeypatch.setattr(Ids, "now", lambda self: datetime.now(UTC) + timedelta(days=365))
    monkeypatch.setenv("WXTUI_KEEP", "30")
    logged_in("recv", "--wait", "--timeout", "0.3", "--dir", tmp_path / "new")
    assert "of today" in logged_in("log", "张三").out
