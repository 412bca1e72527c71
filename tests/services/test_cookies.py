"""Cookies of a session: good until the server takes them back, whatever the clock here says, and never too many."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest

from tests.support.raw_server import plain_call
from tests.support.scripted_session import PlainIds
from tui.services.http.cookies import LONGEST, MOST_COOKIES
from tui.services.http.dates import read_date
from tui.services.http.httpx_import import httpx
from tui.services.http.transport import Transport

ORIGIN = "https://wx2.qq.com"
NOW = datetime(2026, 5, 1, 12, 0, tzinfo=UTC)
"""The server's time."""


class Server:
    """Sets what it is told to, and remembers what came."""

    def __init__(self, *sets: str, date: bool = True) -> None:
        self.sets = list(sets)
        self.date = date
        self.came = ""

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.came = request.headers.get("cookie", "")
        headers = [("Set-Cookie", one) for one in self.sets]
        return httpx.Response(200, headers=[*headers, *([("Date", format_datetime(NOW, usegmt=True))] * self.date)])


def at(**away: float) -> str:
    return "Expires=" + format_datetime(NOW + timedelta(**away), usegmt=True)


def set_clock(monkeypatch: pytest.MonkeyPatch, moment: datetime) -> None:
    monkeypatch.setattr("time.time", moment.timestamp)


@pytest.mark.parametrize("days", [-400, 0, 400])
@pytest.mark.parametrize("restarted", [False, True])
async def test_a_clock_that_is_wrong_leaves_the_session(
    days: int, restarted: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A year ahead while the cookies come, and back again; in the same process, and in the next."""
    server = Server(f"wxsid=1; Path=/; {at(hours=12)}", "wxuin=2; Path=/; Max-Age=43200")
    set_clock(monkeypatch, NOW + timedelta(days=days))
    async with Transport(ORIGIN, PlainIds(), network=httpx.MockTransport(server)) as transport:
        answer = await transport.run(plain_call(ORIGIN))
        assert answer.cookies == {"wxsid": "1", "wxuin": "2"}
        server.sets = []
        for moved in (800, -800, 0):
            set_clock(monkeypatch, NOW + timedelta(days=moved))
            await transport.run(plain_call(ORIGIN))
            assert server.came == "wxsid=1; wxuin=2"
        stored = transport.cookies()
    if restarted:
        set_clock(monkeypatch, NOW + timedelta(days=days + 400))
        async with Transport(ORIGIN, PlainIds(), stored, network=httpx.MockTransport(server)) as transport:
            await transport.run(plain_call(ORIGIN))
            assert server.came == "wxsid=1; wxuin=2"


@pytest.mark.parametrize("days", [-400, 0, 400])
@pytest.mark.parametrize(
    ("taken_back", "date"),
    [
        ("Max-Age=0", True),
        ("Max-Age=-1", False),
        (at(seconds=-1), True),
        ("Expires=Thu, 01 Jan 1970 00:00:00 GMT", True),
        ("Expires=Thu, 01-Jan-1970 00:00:00 GMT", False),
        (f"Max-Age=0; {at(hours=1)}", True),
        (f"{at(hours=1)}; Max-Age=0", True),
    ],
)
async def test_what_the_server_takes_back_is_gone(
    days: int, taken_back: str, date: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    set_clock(monkeypatch, NOW + timedelta(days=days))
    server = Server("wxsid=1; Path=/", "wxuin=2; Path=/", date=date)
    async with Transport(ORIGIN, PlainIds(), network=httpx.MockTransport(server)) as transport:
        await transport.run(plain_call(ORIGIN))
        server.sets = [f"wxsid=; Path=/; {taken_back}"]
        await transport.run(plain_call(ORIGIN))
        await transport.run(plain_call(ORIGIN))
    assert server.came == "wxuin=2"


@pytest.mark.parametrize("kept", ["Expires=nonsense", "Expires=", f"{at(hours=-1)}; Max-Age=60", "Max-Age=x"])
async def test_what_makes_no_sense_takes_nothing_back(kept: str) -> None:
    server = Server(f"wxsid=1; Path=/; {kept}")
    async with Transport(ORIGIN, PlainIds(), network=httpx.MockTransport(server)) as transport:
        await transport.run(plain_call(ORIGIN))
        await transport.run(plain_call(ORIGIN))
    assert server.came == "wxsid=1"


async def test_a_server_cannot_fill_the_jar() -> None:
    server = Server("wxsid=1; Path=/", f"long={'x' * LONGEST}; Path=/")
    async with Transport(ORIGIN, PlainIds(), network=httpx.MockTransport(server)) as transport:
        await transport.run(plain_call(ORIGIN))
        for number in range(10):
            server.sets = [f"c{number}_{one}=x; Path=/" for one in range(100)]
            await transport.run(plain_call(ORIGIN))
        server.sets = ["wxsid=2; Path=/"]
        await transport.run(plain_call(ORIGIN))
        stored = {cookie.name: cookie.value for cookie in transport.cookies()}
    assert len(stored) == MOST_COOKIES
    assert (stored["wxsid"], "long" in stored) == ("2", False), "what is known is renewed all the same"


@pytest.mark.parametrize(
    ("text", "read"),
    [
        ("Sun, 29 Nov 2026 12:00:00 GMT", "2026-11-29T12:00:00+00:00"),
        ("Sun, 29 Nov 2026 12:00:00 -0000", "2026-11-29T12:00:00+00:00"),
        ("Sun, 29 Nov 2026 20:00:00 +0800", "2026-11-29T20:00:00+08:00"),
        ("Fri, 31 Dec 9999 23:59:59 -2359", "9999-12-31T23:59:59-23:59"),
        ("yesterday", None),
        ("0 0 0 0", None),
        (None, None),
    ],
)
def test_a_date_is_a_moment_whatever_zone_it_names(text: str | None, read: str | None) -> None:
    found = read_date(text)
    assert (None if found is None else found.isoformat()) == read
