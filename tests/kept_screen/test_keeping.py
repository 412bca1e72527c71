"""What is recalled, expired, merged or logged out does not live on in a kept screen."""

import os
import stat
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path

import pytest

from tests.support.command_line import Wxtui
from tests.support.sandbox_thread import Sandbox
from tests.support.sync_batches import ANN, ME, UIN, Clock, at, batch, incoming, keys, revoke, send
from tui.kept_screen import keeping
from tui.paths import find_profile
from tui.store.delivery_state import DeliveryEvent
from tui.store.store import Store

E = DeliveryEvent


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[Store]:
    async with await Store.open(tmp_path / "store.db", clock=Clock(), pictures=tmp_path / "pictures") as store:
        await store.begin_login(ME, UIN, keys(0))
        await store.apply(batch(incoming("1", "hello"), changed=(ANN,)))
        yield store


@pytest.fixture(autouse=True)
def drawn(monkeypatch: pytest.MonkeyPatch) -> None:
    """No time is needed to draw what became of a message."""
    monkeypatch.setattr(keeping, "_DRAWN", 0.0)


def kept(folder: Path) -> Path:
    """Keep a screen; its file."""
    moment = keeping.moment()
    assert moment is not None
    assert keeping.keep(folder, b"cells", moment)
    return folder / "screen"


def names(folder: Path) -> list[str]:
    """Files of a folder, but for what SQLite has beside its own."""
    return [one.name for one in folder.iterdir() if not one.name.endswith(("-wal", "-shm"))]


async def of_its_sender(store: Store) -> None:
    await store.apply(batch(revoke("2", of="1"), number=2))


async def of_oneself(store: Store) -> None:
    row = await send(store)
    for event in (E.REVOKE_START, E.REVOKE_DONE):
        await store.move(row.id, event)


async def of_the_clock(store: Store) -> None:
    assert await store.remove_before(at(1000)) == 1


@pytest.mark.parametrize("take_away", [of_its_sender, of_oneself, of_the_clock])
async def test_what_goes_from_the_store_takes_the_screen_along(
    store: Store, tmp_path: Path, take_away: Callable[[Store], Awaitable[None]]
) -> None:
    file, taken = kept(tmp_path), keeping.moment()
    await take_away(store)
    assert not file.exists()
    assert taken is not None
    assert not keeping.keep(tmp_path, b"a screen of before", taken), "a thread was just writing it"
    assert names(tmp_path) == ["store.db"]


@pytest.mark.parametrize(("take_away", "gone"), [(of_its_sender, "1"), (of_oneself, "2"), (of_the_clock, "1")])
async def test_what_goes_from_the_store_takes_its_pictures_along(
    store: Store, tmp_path: Path, take_away: Callable[[Store], Awaitable[None]], gone: str
) -> None:
    for row in ("1", "2", "3"):
        (tmp_path / "pictures" / row).mkdir(parents=True)
        (tmp_path / "pictures" / row / "small-0123456789abcdef.jpg").write_bytes(b"a picture")
    await take_away(store)
    assert sorted({"1", "2", "3"} - set(names(tmp_path / "pictures"))) == [gone]


async def test_what_only_comes_leaves_the_screen(store: Store, tmp_path: Path) -> None:
    file = kept(tmp_path)
    await store.apply(batch(incoming("2", "more"), number=2))
    await send(store)
    assert file.read_bytes() == b"cells"


def test_right_after_a_recall_the_screen_is_not_looked_at(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(keeping, "_DRAWN", 1000.0)
    keeping.drop(tmp_path)
    assert keeping.moment() is None


def test_a_file_is_private_and_nobodys_link(tmp_path: Path) -> None:
    (tmp_path / "elsewhere").write_bytes(b"mine")
    (tmp_path / "screen").symlink_to("elsewhere")
    (tmp_path / f".screen.{os.getpid()}").symlink_to("elsewhere")
    before = os.umask(0)
    try:
        file = kept(tmp_path)
    finally:
        os.umask(before)
    assert not file.is_symlink()
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert (tmp_path / "elsewhere").read_bytes() == b"mine"


@pytest.mark.parametrize("end", [keeping.drop, kept])
def test_what_is_deleted_or_replaced_is_overwritten(tmp_path: Path, end: Callable[[Path], object]) -> None:
    with kept(tmp_path).open("rb") as still_open:
        end(tmp_path)
        assert still_open.read() == bytes(5)


def test_what_a_killed_process_was_writing_goes_too(tmp_path: Path) -> None:
    for act in (kept, keeping.drop):
        (tmp_path / ".screen.1").write_bytes(b"half of it")
        act(tmp_path)
        assert not (tmp_path / ".screen.1").exists()


def test_where_nothing_can_be_written_nothing_happens(tmp_path: Path) -> None:
    moment = keeping.moment()
    assert moment is not None
    assert not keeping.keep(tmp_path / "missing", b"cells", moment)
    (tmp_path / "screen").mkdir()
    assert not keeping.keep(tmp_path, b"cells", moment)
    keeping.drop(tmp_path)
    keeping.drop_before(tmp_path / "missing", 1e12)
    assert names(tmp_path) == ["screen"]


def test_an_old_screen_is_dropped(tmp_path: Path) -> None:
    file = kept(tmp_path)
    keeping.drop_before(tmp_path, file.stat().st_mtime - 1)
    assert file.exists()
    keeping.drop_before(tmp_path, file.stat().st_mtime + 1)
    assert not file.exists()


def test_a_logout_takes_the_screen_along(logged_in: Wxtui) -> None:
    file = kept(find_profile("default").state)
    assert logged_in("logout").code == 0
    assert not file.exists()


def test_the_end_of_a_session_takes_the_screen_along(logged_in: Wxtui, sandbox: Sandbox) -> None:
    file = kept(find_profile("default").state)
    sandbox.post("expire", retcode=1101)
    assert logged_in("status").code == 3
    assert not file.exists()


def test_a_login_takes_the_screen_of_the_one_before_along(logged_in: Wxtui, sandbox: Sandbox) -> None:
    profile = find_profile("default")
    file = kept(profile.state)
    # Somebody logged out by hand, and perhaps it is somebody else who logs in.
    profile.session_file.unlink()
    assert logged_in("--server", sandbox.origin, "login", "--qr", "ascii").code == 0
    assert not file.exists()
