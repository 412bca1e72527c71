"""When the chat screen is kept, and what of it: nothing that says how things stand now."""

import asyncio
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest
from msgspec.structs import replace
from rich.color import ColorSystem
from rich.segment import Segment
from rich.style import Style

from tests.support.stored_messages import replaced
from tests.support.stored_messages import text as stored_text
from tui.config.settings import Keep, load
from tui.kept_screen import keeping
from tui.kept_screen.picture import KeptPicture, decode
from tui.paths import config_file, find_profile, make_private_dir
from tui.screens import screen_keeper
from tui.screens.app_context import AppContext
from tui.screens.screen_keeper import ScreenKeeper
from tui.services.client.events import ConnectionState
from tui.store.delivery_state import DeliveryState
from tui.terminal.frame import Frame
from tui.widgets.message_log.live_status import LiveStatus

WIDTH, HEIGHT = 30, 4
NOW = datetime(2026, 11, 29, 9, 41, tzinfo=UTC).astimezone()


class Rest:
    """A chat screen in front of a keeper, and a clock that is set by hand."""

    conversation: Any = SimpleNamespace(id=7)
    is_plain = True

    def __init__(self) -> None:
        self.time = 1000.0
        self.timers: list[tuple[float, Callable[[], None]]] = []
        self.begun: list[Any] = []
        self.times = [NOW - timedelta(days=2)]
        self.runtime = SimpleNamespace(state=ConnectionState(session=True))
        self.context = SimpleNamespace(
            settings=load(), runtime=self.runtime, clock=lambda: NOW, profile=find_profile("default")
        )
        self.keeper = ScreenKeeper(
            cast("AppContext", self.context), self, self._set_timer, lambda work, group: self.begun.append(work)
        )
        self.frame = Frame(WIDTH, HEIGHT, ColorSystem.TRUECOLOR)

    def still(self, words: str) -> Iterator[tuple[int, int, list[Segment]]]:
        yield 0, 3, [Segment(f" {words}".ljust(WIDTH))]

    def times_in_sight(self) -> Iterator[datetime]:
        return iter(self.times)

    def _set_timer(self, seconds: float, callback: Callable[[], None]) -> Any:
        self.timers.append((self.time + seconds, callback))

    def draw(self, text: str = "张三 hello") -> None:
        lines = [(0, 0, [Segment(text, Style(bold=True))]), (0, 3, [Segment(" ● online · last sync now")])]
        self.frame.write(lines, (2, 2), synchronized=False)
        self.keeper.drawn(self.frame)

    async def pass_(self, seconds: float) -> None:
        """Let time pass, with what was to happen in it."""
        end = self.time + seconds
        while due := min((one for one in self.timers if one[0] <= end), default=None, key=lambda one: one[0]):
            self.timers.remove(due)
            self.time = max(self.time, due[0])
            due[1]()
        self.time = end
        while self.begun:
            await self.begun.pop()


@pytest.fixture
def rest(monkeypatch: pytest.MonkeyPatch) -> Rest:
    rest = Rest()
    make_private_dir(find_profile("default").state)
    monkeypatch.setattr(screen_keeper, "monotonic", lambda: rest.time)
    monkeypatch.setattr(keeping, "_DRAWN", 0.0)
    return rest


def kept() -> KeptPicture | None:
    file = find_profile("default").state / "screen"
    return decode(file.read_bytes()) if file.exists() else None


def text(picture: KeptPicture | None) -> list[str]:
    assert picture is not None
    return ["".join(text for text, _look in row).rstrip() for row in picture.rows]


async def test_a_screen_is_kept_when_it_rests_with_a_mark_of_its_time(rest: Rest) -> None:
    rest.draw()
    await rest.pass_(2.9)
    assert kept() is None
    await rest.pass_(0.2)
    picture = kept()
    assert text(picture) == ["张三 hello", "", "", f" ○ as of {NOW:%H:%M}"]
    assert picture is not None
    assert (picture.cursor, picture.conversation, picture.kept_at) == ((2, 2), 7, int(NOW.timestamp()))
    picture.use_date()
    assert text(picture)[3] == f" ○ as of {NOW.day} Nov {NOW:%H:%M}"
    assert rest.timers == [], "nothing wakes an idle program"


async def test_it_is_kept_at_most_once_a_minute(rest: Rest) -> None:
    rest.draw("first")
    await rest.pass_(4)
    rest.draw("second")
    await rest.pass_(55)
    assert text(kept())[0] == "first"
    await rest.pass_(5)
    assert text(kept())[0] == "second"


async def test_it_is_kept_at_the_end(rest: Rest) -> None:
    rest.draw("last")
    rest.keeper.leaving()
    await rest.keeper.finish()
    assert text(kept())[0] == "last"


async def test_what_was_recalled_while_it_ended_is_not_kept(rest: Rest) -> None:
    rest.draw("secret")
    rest.keeper.leaving()
    keeping.drop(find_profile("default").state)
    await rest.keeper.finish()
    assert kept() is None


async def no_session(rest: Rest) -> None:
    rest.runtime.state = ConnectionState()


async def behind_a_dialog(rest: Rest) -> None:
    rest.is_plain = False


async def only_a_dialog_was_drawn(rest: Rest) -> None:
    rest.is_plain = False
    rest.draw("a dialog")
    rest.is_plain = True


async def nothing_is_to_stay(rest: Rest) -> None:
    rest.context.settings = replace(load(), keep="nothing")


async def other_settings_in_the_file(rest: Rest) -> None:
    await asyncio.to_thread(config_file().write_text, 'keep = "nothing"\n')


async def a_mistake_in_the_file(rest: Rest) -> None:
    await asyncio.to_thread(config_file().write_text, "keep = \n")


@pytest.mark.parametrize(
    "change",
    [
        no_session,
        behind_a_dialog,
        only_a_dialog_was_drawn,
        nothing_is_to_stay,
        other_settings_in_the_file,
        a_mistake_in_the_file,
    ],
)
async def test_it_is_not_kept(rest: Rest, change: Callable[[Rest], Any]) -> None:
    rest.draw()
    await change(rest)
    await rest.pass_(100)
    rest.keeper.leaving()
    await rest.keeper.finish()
    assert kept() is None


@pytest.mark.parametrize(("keep", "days"), [("all", 180), (30, 28), (365, 180)])
async def test_it_is_shown_no_longer_than_its_messages_are_kept(rest: Rest, keep: Keep, days: int) -> None:
    await asyncio.to_thread(config_file().write_text, f"keep = {keep!r}\n".replace("'", '"'))
    rest.context.settings = load()
    rest.draw()
    await rest.pass_(4)
    picture = kept()
    assert picture is not None
    assert picture.expires_at == int((NOW + timedelta(days=days)).timestamp())


async def test_a_person_who_wants_nothing_kept_has_no_screen_any_more(rest: Rest) -> None:
    rest.draw()
    await rest.pass_(4)
    assert kept() is not None
    await nothing_is_to_stay(rest)
    rest.keeper.settings_changed()
    assert kept() is None


async def test_a_full_disk_is_no_mistake(rest: Rest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*arguments: object) -> int:
        raise OSError(28, "No space left on device")

    rest.draw()
    with monkeypatch.context() as other:
        other.setattr("tui.kept_screen.keeping.os.open", full)
        rest.keeper.leaving()
        await rest.keeper.finish()
    assert kept() is None


@pytest.mark.parametrize(
    ("state", "said"),
    [
        (DeliveryState.PENDING, "…"),
        (DeliveryState.SENDING, "…"),
        (DeliveryState.SENT, "✓ 900"),
        (DeliveryState.FAILED, "✗ not sent · R retries"),
        (DeliveryState.REVOKED, "you recalled · e edits"),
    ],
)
def test_what_moves_in_a_status_is_not_kept(state: DeliveryState, said: str) -> None:
    message = replaced(stored_text(1, "hello", mine=True), client_msg_id="1", state=state, msg_id="900")
    statuses = LiveStatus(*cast("Any", [None] * 5))
    block = SimpleNamespace(message=message, selected=True, columns=SimpleNamespace(room=40))
    runs = statuses.still(cast("Any", SimpleNamespace(block=block)), cast("Any", SimpleNamespace(cells=5)))
    assert "".join(text for text, _tone in runs) == said
