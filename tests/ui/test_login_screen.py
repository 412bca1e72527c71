"""The login screen: a code that scans in every terminal, words that say what to do, and a way out of everything."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from functools import partial
from itertools import count
from pathlib import Path

import pytest
from textual.geometry import Region
from textual.pilot import Pilot

from tests.support.dialog_app import DialogApp as Backstage
from tests.support.fake_time import StoppedClock
from tests.support.qr_picture import Grid, grid_of, halves, holds, scanned
from tests.support.screen_text import screen_strips, screen_text
from tests.support.waiting import until
from tui import errors
from tui.qr import QUIET, light_modules
from tui.screens.login.login_screen import LoginScreen
from tui.screens.login.login_state import LoginStage, LoginState
from tui.screens.settling import SETTLE, Settling
from tui.services.client.events import ActionNeeded, Recovered, SessionEnded, SessionEvent, Trouble
from tui.services.session.login_events import LoginDelayed, PhaseChanged, PhoneAsked, ShowCode
from tui.services.session.risk import VARIANTS
from tui.widgets.base.canvas import Canvas
from tui.widgets.base.text_panel import TextPanel
from tui.wire.login import Phase
from tui.wire.names import Endpoint

CODE = "https://login.weixin.qq.com/l/AbCdEfGhIj=="
OTHER = "https://login.weixin.qq.com/l/ZyXwVuTsRq=="
TICK = 0.01
BROKEN = errors.TimedOut(host="login.weixin.qq.com", call="login")


@dataclass
class SupervisorStub:
    """Remembers what it was asked."""

    endpoint: Endpoint = Endpoint.WEB
    client: object = None
    asked: list[tuple[Endpoint | None, bool]] = field(default_factory=list)

    def again(self, endpoint: Endpoint | None = None, fresh: bool = True) -> None:
        self.asked.append((endpoint, fresh))
        self.endpoint = endpoint or self.endpoint


@dataclass
class ShownLogin:
    """A login screen in front of somebody."""

    app: Backstage
    pilot: Pilot[None]
    screen: LoginScreen
    supervisor: SupervisorStub
    clock: StoppedClock

    async def hear(self, *events: SessionEvent) -> None:
        for event in events:
            self.screen.apply(event)
        await self.settle()

    async def settle(self) -> None:
        """Wait for the words and the code to find their places: that takes the layout several rounds."""
        await self.app.workers.wait_for_complete()
        before: list[str] = []
        for _ in range(50):
            await self.pilot.pause()
            seen = screen_text(self.app)
            if seen == before:
                return
            before = seen

    async def ticked(self) -> None:
        """Wait until a timer like the screen's has gone off three times; so has the screen's own, if it runs."""
        rings: list[bool] = []
        timer = self.app.set_interval(TICK, lambda: rings.append(True))
        await until(lambda: len(rings) >= 3)
        timer.stop()
        await self.pilot.pause()

    async def press(self, *keys: str) -> None:
        await self.pilot.press(*keys)
        await self.settle()

    @property
    def text(self) -> str:
        """The words, one line after another."""
        panel = self.screen.query_one(TextPanel).region
        lines = [line[panel.x : panel.right] for line in screen_text(self.app)[panel.y : panel.bottom]]
        return " ".join(line.strip() for line in lines if line.strip())

    @property
    def seen(self) -> Grid:
        """Light and dark, as on a dark terminal."""
        lines = []
        for strip in screen_strips(self.app):
            cells: list[tuple[bool, bool]] = []
            for text, style, _ in strip:
                ink, ground = True, False
                if style is not None:
                    ink = style.color is None or style.color.is_default or _is_light(style.color.get_truecolor())
                    ground = bool(
                        style.bgcolor and not style.bgcolor.is_default and _is_light(style.bgcolor.get_truecolor())
                    )
                    if style.reverse:
                        ink, ground = ground, ink
                cells += [halves(glyph, ink, ground) for glyph in text]
            lines.append(cells[: self.app.size.width])
        return grid_of(lines)


def _is_light(triplet: tuple[int, int, int]) -> bool:
    return sum(triplet) > 384


@asynccontextmanager
async def shown(
    width: int = 80,
    height: int = 24,
    *,
    state: LoginState | None = None,
    tick: float = 60,
    theme: str = "terminal",
    settling: Settling | None = None,
) -> AsyncIterator[ShownLogin]:
    app, supervisor, clock = Backstage(theme), SupervisorStub(), StoppedClock()
    async with app.run_test(size=(width, height)) as pilot:
        screen = LoginScreen(supervisor, state, clock, tick, settling or Settling(partial(next, count())))
        await app.push_screen(screen)
        login = ShownLogin(app, pilot, screen, supervisor, clock)
        await login.settle()
        yield login


# ---------------------------------------------------------------- the code


@pytest.mark.parametrize("theme", ["terminal", "dark", "light"])
@pytest.mark.parametrize(("width", "height"), [(80, 24), (60, 20), (40, 24), (200, 60)])
async def test_the_code_is_whole_and_scans(tmp_path: Path, width: int, height: int, theme: str) -> None:
    async with shown(width, height, theme=theme) as login:
        await login.hear(ShowCode(CODE))
        assert holds(login.seen, light_modules(CODE, QUIET)), "with the whole quiet zone"
        assert scanned(login.seen, tmp_path) in (CODE, None)


@pytest.mark.parametrize("keys", [(), ("b",)])
async def test_without_colour_it_scans_on_a_dark_terminal(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, keys: tuple[str, ...]
) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    monkeypatch.delenv("COLORFGBG", raising=False)
    async with shown(120, 40) as login:
        await login.hear(ShowCode(CODE))
        await login.press(*keys)
        assert scanned(login.seen, tmp_path) in (CODE, None)
        assert keys or holds(login.seen, light_modules(CODE))


@pytest.mark.parametrize(("says", "light"), [("15;0", True), ("0;15", False), ("0;default;15", False), ("x", True)])
async def test_without_colour_the_terminals_word_on_its_ground_counts(
    monkeypatch: pytest.MonkeyPatch, says: str, light: bool
) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    monkeypatch.setenv("COLORFGBG", says)
    async with shown() as login:
        await login.hear(ShowCode(CODE))
        modules = light_modules(CODE)
        assert holds(login.seen, modules if light else [[not module for module in row] for row in modules])


async def test_full_blocks_are_drawn_without_glyphs(tmp_path: Path) -> None:
    async with shown(120, 40) as login:
        await login.hear(ShowCode(CODE))
        assert "▀" in "".join(screen_text(login.app))
        await login.press("b")
        assert not set("".join(screen_text(login.app))) & set("▀▄█")
        assert scanned(login.seen, tmp_path) in (CODE, None)
        await login.press("b")
        assert "▀" in "".join(screen_text(login.app))


async def test_inverted_is_the_other_way_round() -> None:
    async with shown() as login:
        await login.hear(ShowCode(CODE))
        await login.press("i")
        assert holds(login.seen, [[not module for module in row] for row in light_modules(CODE)])
        await login.press("i")
        assert holds(login.seen, light_modules(CODE))


async def test_little_room_takes_from_the_quiet_zone_first() -> None:
    async with shown(60, 18) as login:
        await login.hear(ShowCode(CODE))
        assert holds(login.seen, light_modules(CODE, 2))


@pytest.mark.parametrize(
    ("width", "height", "said"), [(50, 20, True), (40, 18, True), (40, 17, False), (33, 17, False)]
)
async def test_the_words_give_way_to_the_code(tmp_path: Path, width: int, height: int, said: bool) -> None:
    async with shown(width, height) as login:
        await login.hear(ShowCode(CODE))
        assert holds(login.seen, light_modules(CODE, 2))
        assert scanned(login.seen, tmp_path) in (CODE, None)
        assert ("Scan" in login.text) is said
        assert "The code needs" not in login.text
        await login.pilot.resize_terminal(100, 40)
        await login.settle()
        assert "Scan" in login.text and "invert the code" in login.text, "they come back with the room"


async def test_beside_the_code_blank_lines_part_what_to_do_from_what_to_know() -> None:
    async with shown(80, 24) as login:
        await login.hear(ShowCode(CODE))
        panel = login.screen.query_one(TextPanel).region
        lines = [line[panel.x : panel.right].strip() for line in screen_text(login.app)[panel.y : panel.bottom]]
        scan, know, keys = (
            next(at for at, line in enumerate(lines) if word in line) for word in ("Scan", "The web", "f File")
        )
        assert "" in lines[scan:know] and lines[keys - 1] == ""


@pytest.mark.parametrize(("width", "height", "keys"), [(80, 16, ()), (30, 24, ()), (80, 24, ("b",))])
async def test_too_small_a_terminal_is_said(width: int, height: int, keys: tuple[str, ...]) -> None:
    async with shown(width, height) as login:
        await login.hear(ShowCode(CODE))
        await login.press(*keys)
        assert "The code needs" in login.text
        assert not set("".join(screen_text(login.app))) & set("▀▄█"), "half a code scans for nobody"
        await login.pilot.resize_terminal(100, 40)
        await login.settle()
        assert "The code needs" not in login.text
        assert keys or holds(login.seen, light_modules(CODE))


async def test_the_address_can_be_read() -> None:
    async with shown() as login:
        await login.hear(ShowCode(CODE))
        assert CODE not in login.text.replace(" ", "")
        await login.press("u")
        assert CODE in login.text.replace(" ", "")
        await login.press("u")
        assert CODE not in login.text.replace(" ", "")


@pytest.mark.parametrize("width", range(20, 101, 8))
async def test_no_width_breaks_a_line(width: int) -> None:
    for stage in (ShowCode(CODE), PhoneAsked(), ActionNeeded(errors.LoginBarred(why=""))):
        async with shown(width, 20) as login:
            await login.hear(stage)
            strips = screen_strips(login.app)
            assert [strip.cell_length for strip in strips] == [width] * 20
            # Under a code there are three lines, and the words about it need two.
            assert "Ctrl+Q" in login.text or (isinstance(stage, ShowCode) and 33 <= width < 54)


# ---------------------------------------------------------------- how far it got


async def test_the_code_stays_after_the_scan_and_is_renewed_when_it_expires() -> None:
    async with shown() as login:
        assert "Asking WeChat" in login.text
        await login.hear(ShowCode(CODE))
        assert "Scan this code" in login.text
        await login.hear(PhaseChanged(Phase.SCANNED))
        assert "tap “Log in” on the phone" in login.text
        assert holds(login.seen, light_modules(CODE))
        await login.hear(PhaseChanged(Phase.UNCONFIRMED))
        assert "Not confirmed yet" in login.text
        assert holds(login.seen, light_modules(CODE))
        await login.hear(PhaseChanged(Phase.EXPIRED))
        assert "A new one is coming" in login.text
        await login.hear(ShowCode(OTHER))
        assert "The previous code expired; this is a new one." in login.text
        assert holds(login.seen, light_modules(OTHER))
        await login.hear(PhaseChanged(Phase.SCANNED), PhaseChanged(Phase.CONFIRMED))
        assert "Fetching your contacts" in login.text
        assert holds(login.seen, light_modules(OTHER))


async def test_seconds_are_counted_while_the_phone_is_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    async with shown(tick=TICK) as login:
        await login.hear(ShowCode(CODE))
        await login.settle()
        painted: list[Region] = []
        refresh = Canvas.refresh

        def spy(self: Canvas, *regions: Region, **more: bool) -> Canvas:
            if not (self.id == "words" and len(regions) == 1 and regions[0].height == 1):
                painted.append(regions[0] if regions else Region())
            return refresh(self, *regions, **more)

        monkeypatch.setattr(Canvas, "refresh", spy)
        login.clock.now += 60
        await login.ticked()
        assert "waiting for" not in login.text, "nobody is hurried to scan"
        assert painted == []
        await login.hear(PhaseChanged(Phase.SCANNED))
        assert "waiting for 0 s" in login.text
        login.clock.now += 7
        await login.ticked()
        assert "waiting for 7 s" in login.text
        await login.hear(PhaseChanged(Phase.UNCONFIRMED))
        assert "waiting for 7 s" in login.text, "the person has waited since the scan"
        await login.ticked()
        painted.clear()
        login.clock.now += 4
        await login.ticked()
        assert "waiting for 11 s" in login.text
        assert painted == [], "a count repaints its own line only"
        await login.hear(PhaseChanged(Phase.CONFIRMED))
        assert "waiting for" not in login.text


@pytest.mark.parametrize("kind", [LoginDelayed, Trouble])
async def test_a_failing_network_says_when_it_is_tried_again(kind: type[LoginDelayed]) -> None:
    async with shown(tick=TICK) as login:
        await login.hear(ShowCode(CODE), kind(BROKEN, 8.0))
        assert "login.weixin.qq.com did not answer" in login.text
        assert "Trying again in 8 s." in login.text
        assert holds(login.seen, light_modules(CODE)), "the code is still good"
        login.clock.now += 5
        await login.ticked()
        assert "Trying again in 3 s." in login.text
        login.clock.now += 4
        await login.ticked()
        assert "Trying again" not in login.text
        assert "Scan this code" in login.text
        await login.hear(kind(BROKEN, 8.0), Recovered())
        assert "Trying again" not in login.text


# ---------------------------------------------------------------- ways on


async def test_a_tap_on_the_phone_or_a_code() -> None:
    async with shown(tick=TICK) as login:
        await login.hear(PhoneAsked(), PhaseChanged(Phase.SCANNED))
        assert "Tap “Log in” on your phone" in login.text
        assert "q QR code instead" in " ".join(login.text.split())
        login.clock.now += 3
        await login.ticked()
        assert "waiting for 3 s" in login.text
        await login.press("q")
        assert login.supervisor.asked == [(Endpoint.WEB, True)]
        assert "Asking WeChat" in login.text
        await login.hear(ShowCode(CODE))
        assert "expired" not in login.text
        await login.press("q")
        assert len(login.supervisor.asked) == 1, "there is a code already"


async def test_one_key_switches_the_variant_and_says_what_it_is() -> None:
    async with shown() as login:
        await login.hear(ShowCode(CODE))
        assert all(sentence in login.text for sentence in VARIANTS.values())
        await login.press("f")
        assert login.supervisor.asked == [(Endpoint.FILEHELPER, True)]
        assert all(sentence in login.text for sentence in VARIANTS.values())
        assert not holds(login.seen, light_modules(CODE)), "that code is void"
        await login.hear(ShowCode(OTHER))
        assert holds(login.seen, light_modules(OTHER))
        await login.press("f")
        assert login.supervisor.asked[-1] == (Endpoint.WEB, True)


@pytest.mark.parametrize(
    ("error", "says", "way_out"),
    [
        (errors.LoginBarred(why="x"), "not allowed to use the web version", "Press f for File Transfer"),
        (errors.LoggedOutAtOnce(why="x"), "ended the session right after the login", "Press f for File Transfer"),
        (errors.LoginExpired(why=""), "The login was not confirmed in time", "Press Enter for a new code"),
        (errors.LoginFailed(why="登录失败[/x]"), "The login failed: 登录失败[/x]", "Press Enter to try again"),
        (errors.ProfileBusy(profile="work", pid=12), "in use by another wxtui", "use another profile"),
        (
            errors.EnvironmentUnusable(variable="SSL_CERT_FILE", why="gone"),
            "SSL_CERT_FILE in the",
            "env -u SSL_CERT_FILE wxtui",
        ),
        (errors.BadAnswer(host="h", call="c", why="w"), "sent an unexpected answer", "Press Enter to try again"),
    ],
)
async def test_a_refusal_is_explained_with_the_way_out(error: errors.WxtuiError, says: str, way_out: str) -> None:
    async with shown() as login:
        await login.hear(ShowCode(CODE), ActionNeeded(error))
        assert says in login.text
        assert way_out in login.text
        assert "wxtui login" not in login.text, "advice for shells is none here"
        assert not holds(login.seen, light_modules(CODE))
        await login.press("enter")
        assert login.supervisor.asked == [(Endpoint.WEB, True)]


async def test_file_transfer_refused_does_not_advise_file_transfer() -> None:
    async with shown() as login:
        login.supervisor.endpoint = Endpoint.FILEHELPER
        await login.hear(ActionNeeded(errors.LoggedOutAtOnce(why="")))
        assert "Press f for File Transfer" not in login.text
        assert "f to log in the other way" in login.text


async def test_a_session_that_ended_says_why_while_it_is_renewed() -> None:
    async with shown() as login:
        await login.hear(SessionEnded(errors.LoggedInElsewhere(ret=1101, call="synccheck", message="")))
        assert "logged in elsewhere" in login.text
        await login.hear(ShowCode(CODE))
        assert "logged in elsewhere" not in login.text
        await login.hear(SessionEnded(errors.NotLoggedIn(profile="default")))
        assert "Logged out." in login.text
        await login.press("enter")
        assert login.supervisor.asked == [(Endpoint.WEB, True)]


async def test_who_is_logged_in_is_told_so() -> None:
    async with shown() as login:
        login.app.pop_screen()
        login.supervisor.client = object()
        again = LoginScreen(login.supervisor, LoginState(), login.clock, settling=Settling(partial(next, count())))
        await login.app.push_screen(again)
        login.screen = again
        await login.settle()
        assert "You are logged in." in login.text


async def test_enter_does_nothing_to_a_login_that_goes_on() -> None:
    async with shown() as login:
        await login.hear(ShowCode(CODE))
        await login.press("enter", "r", "q")
        assert login.supervisor.asked == []


async def test_escape_leads_to_the_stored_messages_and_the_state_is_kept() -> None:
    state = LoginState()
    async with shown(state=state) as login:
        await login.hear(ShowCode(CODE), PhaseChanged(Phase.SCANNED))
        await login.press("escape")
        assert login.app.screen is not login.screen
        state.apply(PhaseChanged(Phase.UNCONFIRMED), 101.0)
        login.screen.apply(PhaseChanged(Phase.UNCONFIRMED))
        again = LoginScreen(login.supervisor, state, login.clock, settling=Settling(partial(next, count())))
        await login.app.push_screen(again)
        login.screen = again
        await login.settle()
        assert holds(login.seen, light_modules(CODE))
        assert "Not confirmed yet" in login.text


async def test_chinese_words_fit_as_well(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(
        "tui.screens.login.login_state._", lambda text: "用手机微信扫描这个二维码，然后在手机上确认登录。" * 2
    )
    monkeypatch.setattr("tui.screens.login.login_screen._", lambda text: "换成文件传输助手")
    for width in (60, 80):
        async with shown(width, 24) as login:
            await login.hear(ShowCode(CODE))
            assert holds(login.seen, light_modules(CODE))
            assert [strip.cell_length for strip in screen_strips(login.app)] == [width] * 24


def test_every_stage_has_its_sentence() -> None:
    for stage in LoginStage:
        state = LoginState(stage=stage, error=errors.LoginExpired(why=""))
        assert state.sentence(0.0)


async def test_letters_that_were_meant_for_the_bar_do_nothing_on_a_login_that_comes_by_itself() -> None:
    clock = StoppedClock()
    async with shown(settling=Settling(clock)) as login:
        await login.hear(ActionNeeded(BROKEN))
        await login.press(*"fqru", "enter")
        assert login.supervisor.asked == []
        clock.now += SETTLE + 0.01
        await login.press("r")
        assert len(login.supervisor.asked) == 1
