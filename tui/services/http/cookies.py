"""Cookies of a session: good until the server takes them back, whatever the clock here says."""

from __future__ import annotations

from collections.abc import Iterable
from email.message import Message
from http.cookiejar import Cookie, CookieJar, DefaultCookiePolicy
from types import SimpleNamespace
from typing import TYPE_CHECKING, Final, cast

from tui.services.http.dates import read_date
from tui.services.http.stored_cookie import StoredCookie

if TYPE_CHECKING:
    from http.client import HTTPResponse
    from urllib.request import Request

MOST_COOKIES: Final = 100
"""Cookies in all; Web WeChat sets some twenty."""
LONGEST: Final = 4096
"""Characters of one Set-Cookie header, as browsers have it."""
_MOST_AT_ONCE: Final = 50
_BEFORE_WECHAT: Final = 1_300_000_000.0
"""March 2011. An answer without a Date takes back what is to expire before it."""


class _Policy(DefaultCookiePolicy):
    """Decides which host gets which cookie; the time plays no part in it."""

    def return_ok_expires(self, cookie: Cookie, request: Request) -> bool:
        return True


class SessionCookies(CookieJar):
    """Jar without a clock.

    A clock that is set a year ahead would expire the session here, and it would not come back with the clock. How long
    a session lasts is the server's to say, and it says so in every answer.
    """

    def __init__(self, cookies: Iterable[StoredCookie] = ()) -> None:
        super().__init__(_Policy())
        self.newest: dict[str, str] = {}
        """Value that each name had last, whatever host set it."""
        for cookie in cookies:
            self.set_cookie(_thaw(cookie))

    def stored(self) -> list[StoredCookie]:
        """Return every cookie as the session file keeps it."""
        return [
            StoredCookie(cookie.name, cookie.value or "", cookie.domain, cookie.path, cookie.secure) for cookie in self
        ]

    def extract_cookies(self, response: HTTPResponse, request: Request) -> None:
        """Keep the cookies that an answer sets, and drop those that it takes back."""
        headers = response.info()
        now = _seconds(headers.get("Date"), _BEFORE_WECHAT)
        kept = Message()
        for header in (headers.get_all("Set-Cookie") or [])[:_MOST_AT_ONCE]:
            if len(header) <= LONGEST:
                kept["Set-Cookie"] = _timeless(header, now)
        headers_alone = cast("HTTPResponse", SimpleNamespace(info=lambda: kept))  # the jar asks for nothing else
        super().extract_cookies(headers_alone, request)

    def set_cookie(self, cookie: Cookie) -> None:
        """Keep one cookie, unless there are too many."""
        place = (cookie.domain, cookie.path, cookie.name)
        if len(self) < MOST_COOKIES or any((one.domain, one.path, one.name) == place for one in self):
            super().set_cookie(cookie)
            self.newest[cookie.name] = cookie.value or ""


def _timeless(header: str, now: float) -> str:
    """Return a Set-Cookie header without its times, but `Max-Age=0` where they lie in the server's past."""
    first, *attributes = header.split(";")
    kept, over = [first], None
    for attribute in attributes:
        name, _, value = attribute.partition("=")
        match name.strip().lower():
            case "max-age":
                over = value.strip() in ("", "0") or value.strip().startswith("-")
            case "expires":
                # Max-Age counts where there are both.
                over = _seconds(value, now + 1) <= now if over is None else over
            case _:
                kept.append(attribute)
    return ";".join([*kept, " Max-Age=0"] if over else kept)


def _seconds(date: str | None, default: float) -> float:
    moment = read_date(date)
    return default if moment is None else moment.timestamp()


def _thaw(cookie: StoredCookie) -> Cookie:
    dotted = cookie.domain.startswith(".")
    return Cookie(
        version=0,
        name=cookie.name,
        value=cookie.value,
        port=None,
        port_specified=False,
        domain=cookie.domain,
        domain_specified=dotted,
        domain_initial_dot=dotted,
        path=cookie.path,
        path_specified=True,
        secure=cookie.secure,
        expires=None,
        discard=True,
        comment=None,
        comment_url=None,
        rest={},
    )
