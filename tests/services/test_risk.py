"""The risk of the web version: told once for each profile, before the first login, and nowhere where there is none."""

from __future__ import annotations

import asyncio
from typing import Final

import pytest

from tests.support.sandbox_thread import Sandbox
from tests.support.waiting import until
from tui import errors
from tui.paths import Profile, find_profile
from tui.services.client.events import ActionNeeded, SessionEvent
from tui.services.client.supervisor import SessionSupervisor
from tui.services.session import risk
from tui.services.session.login_options import LoginOptions
from tui.services.session.risk import NOTE, WORDS, Risk, note_told, risk_to_tell
from tui.services.session.session_file import SessionFile, StoredSession
from tui.services.util.ids import Ids
from tui.store.store import Store
from tui.wire.hosts import entry_hosts
from tui.wire.names import Endpoint
from tui.wire.session import Session

WEB: Final = LoginOptions(Endpoint.WEB)
FILES: Final = LoginOptions(Endpoint.FILEHELPER)


def stored(profile: Profile, endpoint: Endpoint, origin: str | None = None) -> None:
    session = Session(
        endpoint=endpoint,
        hosts=entry_hosts(endpoint, origin),
        uin="1",
        sid="s",
        skey="k",
        pass_ticket="p",
        data_ticket="d",
        device_id="e1",
        user_name="@me",
        nick_name="me",
    )
    SessionFile(profile.session_file).save(StoredSession(session, [], origin))


@pytest.fixture
def profile() -> Profile:
    return find_profile("default")


@pytest.mark.parametrize(
    ("options", "told"),
    [
        (WEB, Risk.WEB),
        (FILES, None),
        (LoginOptions(), Risk.WEB),
        (LoginOptions(first=Endpoint.FILEHELPER), None),
        (LoginOptions(Endpoint.WEB, "http://127.0.0.1:8787"), None),
        (LoginOptions(Endpoint.WEB, "http://localhost:1"), None),
        (LoginOptions(Endpoint.WEB, "http://[::1]:1"), None),
        (LoginOptions(Endpoint.WEB, "http://[::1"), Risk.WEB),
        (LoginOptions(Endpoint.WEB, "https://wx.qq.com"), Risk.WEB),
        (LoginOptions(Endpoint.WEB, "https://127.example.org"), Risk.WEB),
    ],
)
def test_a_login_to_the_web_version_of_wechat_is_one_with_a_risk(
    profile: Profile, options: LoginOptions, told: Risk | None
) -> None:
    assert risk_to_tell(profile, options) is told


def test_it_is_told_once_for_each_profile_and_outlives_a_logout(profile: Profile) -> None:
    note_told(profile, Risk.WEB)
    assert risk_to_tell(profile, WEB) is None
    assert risk_to_tell(find_profile("other"), WEB) is Risk.WEB
    assert (profile.state / NOTE).stat().st_mode & 0o777 == 0o600


def test_the_desktop_variant_is_told_by_itself_also_to_who_knows_the_other(profile: Profile) -> None:
    note_told(profile, Risk.WEB)
    assert risk_to_tell(profile, WEB, desktop=True) is Risk.DESKTOP
    note_told(profile, Risk.DESKTOP)
    assert risk_to_tell(profile, WEB, desktop=True) is None
    (profile.state / NOTE).unlink()
    note_told(profile, Risk.DESKTOP)
    assert risk_to_tell(profile, WEB) is None, "the lesser one is told with it"
    note_told(profile, Risk.WEB)
    assert risk_to_tell(profile, WEB, desktop=True) is None
    assert set(WORDS[Risk.WEB]) < set(WORDS[Risk.DESKTOP])


def test_who_has_such_a_session_has_taken_the_risk(profile: Profile) -> None:
    stored(profile, Endpoint.FILEHELPER)
    assert risk_to_tell(profile, LoginOptions()) is None
    assert risk_to_tell(profile, WEB) is Risk.WEB
    stored(profile, Endpoint.WEB)
    assert risk_to_tell(profile, LoginOptions()) is None


def test_a_session_of_a_sandbox_is_none_of_wechat(profile: Profile) -> None:
    stored(profile, Endpoint.WEB, "http://127.0.0.1:8787")
    assert risk_to_tell(profile, LoginOptions()) is None, "it goes on there"
    assert risk_to_tell(profile, LoginOptions(Endpoint.WEB, "https://wx.qq.com")) is Risk.WEB


@pytest.mark.parametrize("note", [b"", b"\xff\x00", b"webdesktop\n", b"DESKTOP"])
def test_a_note_that_says_nothing_is_none(profile: Profile, note: bytes) -> None:
    profile.state.mkdir(parents=True)
    (profile.state / NOTE).write_bytes(note)
    assert risk_to_tell(profile, WEB) is Risk.WEB


def test_a_note_that_cannot_be_written_costs_only_a_second_telling(profile: Profile) -> None:
    (profile.state / NOTE).mkdir(parents=True)
    note_told(profile, Risk.WEB)
    assert risk_to_tell(profile, WEB) is Risk.WEB


async def test_where_nobody_is_there_nobody_is_asked(profile: Profile) -> None:
    events: list[SessionEvent] = []
    async with await Store.open(profile.store_file, clock=Ids().now) as store:
        supervisor = SessionSupervisor(profile, WEB, store, events.append, attended=False)
        running = asyncio.create_task(supervisor.run())
        await until(lambda: bool(events))
        assert isinstance(supervisor.trouble, errors.NotLoggedIn), "and not a question about the risk"
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)


async def test_no_login_begins_before_it_is_taken_and_then_it_is_asked_no_more(
    profile: Profile, sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(risk, "_is_here", lambda origin: False)
    events: list[SessionEvent] = []
    before = sandbox.calls().get("jslogin", 0)
    async with await Store.open(profile.store_file, clock=Ids().now) as store:
        supervisor = SessionSupervisor(profile, LoginOptions(Endpoint.WEB, sandbox.origin), store, events.append)
        running = asyncio.create_task(supervisor.run())
        try:
            await until(lambda: bool(events))
            trouble = supervisor.trouble
            assert trouble is not None
            assert events == [ActionNeeded(trouble)]
            assert isinstance(supervisor.trouble, errors.RiskUntold)
            supervisor.again(Endpoint.WEB)
            await until(lambda: len(events) == 2)
            assert isinstance(supervisor.trouble, errors.RiskUntold), "a wish alone does not take it"
            assert sandbox.calls().get("jslogin", 0) == before
            supervisor.take_risk()
            supervisor.again(Endpoint.WEB)
            await until(lambda: supervisor.client is not None)
            assert risk_to_tell(find_profile("default"), WEB) is None
        finally:
            running.cancel()
            await asyncio.gather(running, return_exceptions=True)
