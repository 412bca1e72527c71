"""The login: what the phone, the server and the network can do to it, and where credentials never go."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.support.async_sandbox import SandboxControl, client_of, run_sandbox
from tests.support.command_line import Wxtui
from tests.support.examples import examples
from tests.support.fake_time import FakeTime
from tests.support.sandbox_thread import Sandbox
from tests.support.scripted_session import PlainIds, call_of
from tui import errors
from tui.paths import find_profile
from tui.services.client.authenticate import log_in
from tui.services.http.httpx_import import httpx
from tui.services.http.transport import Transport
from tui.services.session.login_events import LoginDelayed, LoginEvent, PhaseChanged, PhoneAsked, ShowCode
from tui.services.session.login_options import LoginOptions
from tui.services.session.qr_login import QrLogin
from tui.wire.hosts import Hosts, entry_hosts
from tui.wire.login import Phase
from tui.wire.names import FILEHELPER_APPID, Endpoint
from tui.wire.session import Session

TIMED = ("tui.services.session.qr_login", "tui.services.http.transport")
HTML = "<!DOCTYPE html><html><body>502</body></html>"
PAGE = "/cgi-bin/mmwebwx-bin/webwxnewloginpage"
TICKET = (
    "<error><ret>0</ret><message></message><skey>@crypt_1</skey><wxsid>sid</wxsid><wxuin>7</wxuin>"
    "<pass_ticket>a%2Bb</pass_ticket><isgrayscale>1</isgrayscale></error>"
)


@dataclass
class Phone:
    """The login server: answers the polls by a list, then with `last` for ever; each poll takes `seconds`."""

    answers: list[str]
    last: str = "200"
    redirect: str = ""
    seconds: float = 25
    time: FakeTime | None = None
    codes: int = 0
    uuid: str = ""
    """Stands in the QR code instead of a usual one."""
    confirmed: bool = False
    seen: list[httpx.Request] = field(default_factory=list)
    tips: list[str] = field(default_factory=list)

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.seen.append(request)
        answer = getattr(self, call_of(request))(request)
        assert isinstance(answer, httpx.Response)
        return answer

    def jslogin(self, request: httpx.Request) -> httpx.Response:
        self.codes += 1
        uuid = self.uuid or f"code{self.codes}=="
        return httpx.Response(200, text=f'window.QRLogin.code = 200; window.QRLogin.uuid = "{uuid}";')

    def login(self, request: httpx.Request) -> httpx.Response:
        assert not self.confirmed, "polled after the confirmation"
        assert request.url.params["uuid"] == f"code{self.codes}==", "polled an old code"
        self.tips.append(request.url.params["tip"])
        if self.time is not None:
            self.time.now += self.seconds
        answer = self.answers.pop(0) if self.answers else self.last
        match answer:
            case "drop":
                raise httpx.ReadError("x")
            case "timeout":
                raise httpx.ReadTimeout("x")
            case "refused":
                raise httpx.ConnectError("x")
            case "502":
                return httpx.Response(502, text=HTML)
            case "html":
                return httpx.Response(200, text=HTML)
            case "empty":
                return httpx.Response(200)
            case "bare":
                return httpx.Response(200, text="window.code=200;")
            case "200":
                self.confirmed = True
                redirect = self.redirect or f"{request.url.scheme}://{request.url.netloc.decode()}{PAGE}?ticket=t"
                return httpx.Response(200, text=f"window.code = 200;\nwindow.redirect_uri='{redirect}';")
            case "201":
                return httpx.Response(200, text="window.code=201;window.userAvatar = 'data:img/jpg;base64,/9j/';")
        return httpx.Response(200, text=f"window.code={answer};")

    def webwxnewloginpage(self, request: httpx.Request) -> httpx.Response:
        assert self.confirmed, "asked for credentials before the confirmation"
        return httpx.Response(
            301, text=TICKET, headers=[("set-cookie", "webwx_data_ticket=d+/=; Path=/"), ("location", "/elsewhere")]
        )

    def calls(self, name: str) -> list[httpx.Request]:
        return [request for request in self.seen if call_of(request) == name]


ONE = "http://127.0.0.1:1"


async def by_code(
    phone: Phone,
    time: FakeTime,
    *,
    endpoint: Endpoint = Endpoint.WEB,
    origin: str | None = ONE,
    patience: float = 100_000,
) -> tuple[Session, list[LoginEvent]]:
    events: list[LoginEvent] = []
    hosts = entry_hosts(endpoint, origin)
    phone.time = time
    async with Transport(hosts.api, PlainIds(), network=httpx.MockTransport(phone)) as transport:
        login = QrLogin(transport, PlainIds(), events.append, deadline=time.now + patience)
        return await login.by_code(endpoint, hosts), events


# ---------------------------------------------------------------- the poll

FAULTS = {
    "drop": errors.ConnectionBroken,
    "timeout": errors.TimedOut,
    "refused": errors.Unreachable,
    "502": errors.BadAnswer,
    "html": errors.BadAnswer,
    "empty": errors.BadAnswer,
    "bare": errors.BadAnswer,
}


def expected(answers: list[str]) -> list[object]:
    """What the person is told: the rules of the login, written down a second time."""
    told: list[object] = ["code"]
    scanned = unconfirmed = False
    for answer in [*answers, "200"]:
        if answer in FAULTS:
            told.append(FAULTS[answer])
        elif answer == "201" and (unconfirmed or not scanned):
            scanned, unconfirmed = True, False
            told.append(Phase.SCANNED)
        elif answer == "408" and scanned and not unconfirmed:
            unconfirmed = True
            told.append(Phase.UNCONFIRMED)
        elif answer == "400" and not scanned:
            told += [Phase.EXPIRED, "code"]
        elif answer == "200":
            told.append(Phase.CONFIRMED)
            break
    return told


def heard(events: list[LoginEvent]) -> list[object]:
    found: list[object] = []
    for event in events:
        match event:
            case ShowCode():
                found.append("code")
            case PhaseChanged(phase=phase):
                found.append(phase)
            case LoginDelayed(error=error):
                found.append(type(error))
    return found


@settings(max_examples=examples(150), deadline=None)
@given(st.lists(st.sampled_from(["408", "408", "201", "400", *FAULTS]), max_size=12), st.sampled_from([0.0, 25.0]))
def test_whatever_the_poll_says_the_login_goes_by_the_table(answers: list[str], seconds: float) -> None:
    with pytest.MonkeyPatch.context() as monkeypatch:
        phone = Phone(list(answers), seconds=seconds)
        session, events = asyncio.run(by_code(phone, FakeTime(monkeypatch, *TIMED)))
    assert heard(events) == expected(answers)
    assert len(phone.calls("webwxnewloginpage")) == 1
    assert phone.codes == sum(isinstance(event, ShowCode) for event in events)
    assert (session.sid, session.uin, session.skey, session.pass_ticket) == ("sid", "7", "@crypt_1", "a+b")
    assert session.data_ticket == "d+/="
    # After a scan the poll says so, until there is a new code.
    first = answers.index("201") if "201" in answers else len(answers)
    assert phone.tips == ["1"] * (first + 1) + ["0"] * (len(answers) - first)


@pytest.mark.parametrize("answer", ["408", "201", "400", "drop", "html"])
async def test_a_poll_that_answers_at_once_is_not_hammered(answer: str, monkeypatch: pytest.MonkeyPatch) -> None:
    phone = Phone([], last=answer, seconds=0)
    with pytest.raises(errors.LoginExpired):
        await by_code(phone, FakeTime(monkeypatch, *TIMED), patience=60)
    assert len(phone.calls("login")) <= 70


@pytest.mark.parametrize("first", ["408", "201", "drop", "refused"])
@pytest.mark.parametrize("patience", [5, 100, 333])
async def test_the_deadline_is_kept(first: str, patience: float, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody confirms: the login ends in time, whether the polls are long or the network is down."""
    time = FakeTime(monkeypatch, *TIMED)
    began = time.now
    phone = Phone([first], last=first if first in FAULTS else "408", seconds=0)
    with pytest.raises(errors.LoginExpired):
        await by_code(phone, time, patience=patience)
    assert patience <= time.now - began <= patience + 1
    assert not phone.calls("webwxnewloginpage")


async def test_scanned_and_then_400_goes_on_until_the_deadline(monkeypatch: pytest.MonkeyPatch) -> None:
    phone = Phone(["201"], last="400")
    with pytest.raises(errors.LoginExpired):
        await by_code(phone, FakeTime(monkeypatch, *TIMED), patience=600)
    assert phone.codes == 1, "the code that was scanned stays"
    assert len(phone.calls("login")) >= 20
    phone = Phone(["201", "400", "408", "400"])
    await by_code(phone, FakeTime(monkeypatch, *TIMED), patience=600)
    assert phone.codes == 1


@pytest.mark.parametrize("code", ["500", "0", "-1", "402"])
async def test_a_code_that_nobody_documented_ends_the_login(code: str, monkeypatch: pytest.MonkeyPatch) -> None:
    phone = Phone([code])
    with pytest.raises(errors.LoginFailed, match=code):
        await by_code(phone, FakeTime(monkeypatch, *TIMED))
    assert not phone.calls("webwxnewloginpage")


@pytest.mark.parametrize("uuid", ["\x1b[2J\x07", "a\nb", "\u202e", "a b", "u" * 100_000])
async def test_a_code_that_is_none_is_not_drawn(uuid: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its address goes to the terminal as it is, and what is too long for a QR code ended the program."""
    phone = Phone([], uuid=uuid)
    with pytest.raises(errors.LoginFailed, match="gave no QR code"):
        await by_code(phone, FakeTime(monkeypatch, *TIMED))
    assert not phone.calls("login")


# ---------------------------------------------------------------- where it leads

WX = "https://wx.qq.com"


@pytest.mark.parametrize(
    ("endpoint", "redirect", "wanted"),
    [
        (Endpoint.WEB, "https://wx.qq.com", ("wx.qq.com", "login.wx.qq.com", "file.wx.qq.com", "webpush.wx.qq.com")),
        (
            Endpoint.WEB,
            "https://wx2.qq.com",
            ("wx2.qq.com", "login.wx2.qq.com", "file.wx2.qq.com", "webpush.wx2.qq.com"),
        ),
        (
            Endpoint.WEB,
            "https://web.wechat.com",
            ("web.wechat.com", "login.web.wechat.com", "file.web.wechat.com", "webpush.web.wechat.com"),
        ),
        (
            Endpoint.FILEHELPER,
            "https://filehelper.weixin.qq.com",
            ("filehelper.weixin.qq.com", "login.wx.qq.com", "file.wx.qq.com", "filehelper.weixin.qq.com"),
        ),
        (
            Endpoint.FILEHELPER,
            "https://szfilehelper.weixin.qq.com",
            ("szfilehelper.weixin.qq.com", "login.wx2.qq.com", "file.wx2.qq.com", "szfilehelper.weixin.qq.com"),
        ),
        (
            Endpoint.FILEHELPER,
            "https://cmfilehelper.weixin.qq.com",
            ("cmfilehelper.weixin.qq.com", "login.wx8.qq.com", "file.wx8.qq.com", "cmfilehelper.weixin.qq.com"),
        ),
    ],
)
async def test_the_account_is_pinned_to_the_row_of_its_redirect(
    endpoint: Endpoint, redirect: str, wanted: tuple[str, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    phone = Phone([], redirect=f"{redirect}{PAGE}?ticket=A%2Bt&uuid=u&lang=zh_CN&scan=1")
    session, _ = await by_code(phone, FakeTime(monkeypatch, *TIMED), endpoint=endpoint, origin=None)
    assert session.hosts == Hosts(*(f"https://{host}" for host in wanted))
    assert {request.url.host for request in phone.calls("jslogin") + phone.calls("login")} == {"login.wx.qq.com"}
    (page,) = phone.calls("webwxnewloginpage")
    assert page.url.host == wanted[0]
    assert dict(page.url.params) == {
        "ticket": "A+t", "uuid": "u", "lang": "zh_CN", "scan": "1", "fun": "new", "version": "v2"
    }  # fmt: skip
    for request in phone.seen:
        appid = request.headers.get("mmweb_appid")
        assert appid == (FILEHELPER_APPID if endpoint is Endpoint.FILEHELPER else None)


FOREIGN = [
    "https://evil.example",
    "http://wx.qq.com",
    "https://wx.qq.com.evil.example",
    "https://evil.example/wx.qq.com",
    "https://wx.qq.com@evil.example",
    "https://wx.qq.com:8443",
    "https://WX.qq.com.",
    "https://evil-wx.qq.com",
    "//wx2.qq.com",
    "wx2.qq.com",
    "file:///etc/passwd",
    "javascript:alert(1)",
]
BROKEN = ["https://[bad", "https://[::1", "https://‥℀"]


@pytest.mark.parametrize("endpoint", list(Endpoint))
@pytest.mark.parametrize(
    "redirect",
    [
        *FOREIGN,
        *BROKEN,
    ],
)
async def test_credentials_are_fetched_from_no_other_host(
    redirect: str, endpoint: Endpoint, monkeypatch: pytest.MonkeyPatch
) -> None:
    phone = Phone(["201"], redirect=f"{redirect}{PAGE}?ticket=t")
    with pytest.raises(errors.LoginFailed, match="not WeChat's"):
        await by_code(phone, FakeTime(monkeypatch, *TIMED), endpoint=endpoint, origin=None)
    assert {call_of(request) for request in phone.seen} == {"jslogin", "login"}


async def test_the_other_variants_hosts_are_foreign_too(monkeypatch: pytest.MonkeyPatch) -> None:
    for endpoint, redirect in (
        (Endpoint.WEB, "https://filehelper.weixin.qq.com"),
        (Endpoint.FILEHELPER, "https://wx.qq.com"),
    ):
        phone = Phone([], redirect=f"{redirect}{PAGE}?ticket=t")
        with pytest.raises(errors.LoginFailed, match="not WeChat's"):
            await by_code(phone, FakeTime(monkeypatch, *TIMED), endpoint=endpoint, origin=None)


# ---------------------------------------------------------------- against a sandbox


@asynccontextmanager
async def entering(
    control: SandboxControl, events: list[LoginEvent] | Callable[[LoginEvent], None], **more: Any
) -> Any:
    tell = events.append if isinstance(events, list) else events
    endpoint = more.pop("endpoint", Endpoint.WEB)
    choice = LoginOptions(endpoint, control.server.origin)
    async with log_in(find_profile("default"), choice, tell, **more) as client:
        yield client


@pytest.mark.parametrize("endpoint", list(Endpoint))
async def test_a_login_and_then_a_resume(endpoint: Endpoint) -> None:
    async with run_sandbox() as control:
        first: list[LoginEvent] = []
        async with entering(control, first, endpoint=endpoint) as client:
            name = client.context.session.user_name
            assert await client.directory.resolve("filehelper")
        assert [event for event in heard(first) if event != Phase.SCANNED] == ["code", Phase.CONFIRMED]
        again: list[LoginEvent] = []
        async with entering(control, again, endpoint=endpoint) as client:
            assert client.context.session.user_name == name
            await client.check()
        assert again == []


async def test_a_dead_session_asks_the_phone_and_no_code_is_shown() -> None:
    async with run_sandbox() as control:
        async with client_of(control):
            pass
        await control.post("expire", session=True)
        kept_screen = find_profile("default").state / "screen"
        kept_screen.touch()
        events: list[LoginEvent] = []

        def hear(event: LoginEvent) -> None:
            events.append(event)
            assert event != PhoneAsked() or not kept_screen.exists(), "perhaps nobody answers"

        async with entering(control, hear) as client:
            await client.check()
        assert PhoneAsked() in events
        assert not any(isinstance(event, ShowCode) for event in events)


@pytest.mark.parametrize(("kind", "value"), [("ret", 1), ("html", None), ("empty", None)])
async def test_a_refused_push_login_shows_a_code(kind: str, value: object) -> None:
    async with run_sandbox() as control:
        async with client_of(control):
            pass
        await control.post("expire", session=True)
        await control.fault("webwxpushloginurl", kind, value, times=0)
        events: list[LoginEvent] = []
        async with entering(control, events) as client:
            await client.check()
        assert PhoneAsked() not in events
        assert any(isinstance(event, ShowCode) for event in events)


async def test_a_push_login_that_nobody_taps_shows_a_code() -> None:
    """There is no code that could be scanned again: a tap that did not come in time must lead to one."""
    async with run_sandbox(scan_delay=None) as control:
        tasks: list[asyncio.Task[Any]] = []

        def act(*names: str) -> None:
            async def doing() -> None:
                for name in names:
                    await control.post(name)

            tasks.append(asyncio.create_task(doing()))

        def first(event: LoginEvent) -> None:
            if isinstance(event, ShowCode):
                act("scan", "confirm")

        async with entering(control, first):
            pass
        await control.post("expire", session=True)
        shown: list[LoginEvent] = []

        def second(event: LoginEvent) -> None:
            shown.append(event)
            if event == PhaseChanged(Phase.SCANNED) and not any(isinstance(one, ShowCode) for one in shown):
                act("expire")
            if isinstance(event, ShowCode):
                act("scan", "confirm")

        try:
            async with entering(control, second, patience=2.5) as client:
                await client.check()
        finally:
            await asyncio.gather(*tasks, return_exceptions=True)
        assert any(isinstance(event, ShowCode) for event in shown)


async def test_an_expired_code_is_replaced_and_the_deadline_ends_a_real_long_poll() -> None:
    async with run_sandbox(scan_delay=None, poll_seconds=60) as control:
        events: list[LoginEvent] = []
        tasks: list[asyncio.Task[Any]] = []

        def tell(event: LoginEvent) -> None:
            events.append(event)
            if isinstance(event, ShowCode) and not tasks:
                tasks.append(asyncio.create_task(control.post("expire")))

        async with asyncio.timeout(20):
            with pytest.raises(errors.LoginExpired):
                async with entering(control, tell, patience=1.6):
                    pass
        await asyncio.gather(*tasks)
        assert heard(events) == ["code", Phase.EXPIRED, "code"]
        assert not find_profile("default").session_file.exists()


async def test_network_faults_between_scan_and_confirmation_are_waited_out(monkeypatch: pytest.MonkeyPatch) -> None:
    async with run_sandbox() as control:
        for kind in ("drop_before", "drop_after", "truncate", "html", "empty", "status"):
            await control.fault("login", kind)
        monkeypatch.setattr("tui.services.session.qr_login.asyncio", _Hasty())
        events: list[LoginEvent] = []
        async with entering(control, events) as client:
            await client.check()
        assert sum(isinstance(event, LoginDelayed) for event in events) == 6


class _Hasty:
    def __getattr__(self, name: str) -> Any:
        return _no_sleep if name == "sleep" else getattr(asyncio, name)


async def _no_sleep(seconds: float) -> None:
    await asyncio.sleep(0)


async def test_an_account_that_may_not_is_told_so_and_file_transfer_works() -> None:
    async with run_sandbox() as control:
        await control.post("fault", login_ret=1203)
        with pytest.raises(errors.LoginBarred, match="filehelper"):
            async with entering(control, []):
                pass
        assert not find_profile("default").session_file.exists()
        async with entering(control, [], endpoint=Endpoint.FILEHELPER) as client:
            await client.check()


@pytest.mark.parametrize("call", ["webwxinit", "webwxstatusnotify", "webwxgetcontact"])
@pytest.mark.parametrize("code", [1100, 1101, 1102])
async def test_a_session_that_ends_at_once_is_said_and_forgotten(call: str, code: int) -> None:
    async with run_sandbox() as control:
        await control.fault(call, "ret", code)
        with pytest.raises(errors.LoggedOutAtOnce):
            async with entering(control, []):
                pass
        assert not find_profile("default").session_file.exists()


# ---------------------------------------------------------------- a login that broke in the middle

HALF = "a session whose webwxinit never came is used as if it were whole: see the report"


async def test_a_login_that_broke_after_the_scan_is_finished_by_the_next(monkeypatch: pytest.MonkeyPatch) -> None:
    FakeTime(monkeypatch, "tui.services.http.transport")
    async with run_sandbox() as control:
        await control.fault("webwxinit", "html")
        with pytest.raises(errors.BadAnswer):
            async with entering(control, []):
                pass
        events: list[LoginEvent] = []
        async with entering(control, events) as client:
            assert not events, "no second scan"
            assert client.context.session.user_name
            assert client.context.session.nick_name
            await client.check()
            to = await client.directory.resolve("李四")
            await client.chat.send_text(to, "hi")


@pytest.mark.parametrize("command", [("status",), ("contacts",), ("send", "李四", "-m", "hi")])
def test_half_a_login_is_no_login(command: tuple[str, ...], sandbox: Sandbox, wxtui: Wxtui) -> None:
    sandbox.fault("webwxinit", "html")
    assert wxtui("--server", sandbox.origin, "login", "--qr", "ascii").code == 1
    result = wxtui(*command)
    assert result.code == 3
    assert "wxtui login" in result.err


@pytest.mark.parametrize("command", [("contacts",), ("send", "李四", "-m", "hi")])
def test_a_session_without_its_store_says_to_log_in(command: tuple[str, ...], logged_in: Wxtui, home: Path) -> None:
    for path in find_profile("default").state.glob("store.sqlite3*"):
        path.unlink()
    result = logged_in(*command)
    assert result.code == 3
    assert "wxtui login" in result.err
