"""The login: jslogin, the poll and its states, newloginpage, webwxinit, push login, logout (PROTOCOL section 2)."""

from __future__ import annotations

import re
from enum import Enum, auto
from urllib.parse import parse_qsl, unquote, urlencode, urlsplit

import msgspec

from tui import errors
from tui.wire.answers import as_id, as_text, bad_answer, read_json, read_lists, read_script_int, read_skey, spoken
from tui.wire.call import Answer, Call, Pace, Request
from tui.wire.contact_answers import read_contact, read_contacts
from tui.wire.contacts import Contact
from tui.wire.encode import LANG, get, inverted, json_post, with_ticket
from tui.wire.hosts import Hosts
from tui.wire.names import CGI, FILEHELPER_APPID, WEB_APPID, Endpoint, PollCode, Ret
from tui.wire.session import Session
from tui.wire.sync import SyncKeys
from tui.wire.sync_calls import read_key
from tui.wire.xml import child_text, parse

CLIENT_VERSION = "2.0.0"


class Phase(Enum):
    """Phase of a login."""

    WAITING = auto()
    SCANNED = auto()
    UNCONFIRMED = auto()
    """Scanned, and then 408: the person takes their time, or cancelled on the phone."""
    CONFIRMED = auto()
    EXPIRED = auto()


class PollEvent(Enum):
    """Event that a poll tells."""

    WAIT = PollCode.WAITING
    SCAN = PollCode.SCANNED
    CONFIRM = PollCode.CONFIRMED
    EXPIRE = PollCode.EXPIRED


TRANSITIONS: dict[tuple[Phase, PollEvent], Phase] = {
    (Phase.WAITING, PollEvent.WAIT): Phase.WAITING,
    (Phase.WAITING, PollEvent.SCAN): Phase.SCANNED,
    (Phase.WAITING, PollEvent.CONFIRM): Phase.CONFIRMED,
    (Phase.WAITING, PollEvent.EXPIRE): Phase.EXPIRED,
    # After the scan 408 is normal (trap 12), also when the person cancels: the same code can be scanned again. A 400
    # then does not mean expired for sure, as published clients learned: go on until the deadline.
    (Phase.SCANNED, PollEvent.WAIT): Phase.UNCONFIRMED,
    (Phase.SCANNED, PollEvent.SCAN): Phase.SCANNED,
    (Phase.SCANNED, PollEvent.CONFIRM): Phase.CONFIRMED,
    (Phase.SCANNED, PollEvent.EXPIRE): Phase.SCANNED,
    (Phase.UNCONFIRMED, PollEvent.WAIT): Phase.UNCONFIRMED,
    (Phase.UNCONFIRMED, PollEvent.SCAN): Phase.SCANNED,
    (Phase.UNCONFIRMED, PollEvent.CONFIRM): Phase.CONFIRMED,
    (Phase.UNCONFIRMED, PollEvent.EXPIRE): Phase.UNCONFIRMED,
}
"""(phase, event) → next phase. CONFIRMED and EXPIRED are the ends."""


class Poll(msgspec.Struct, frozen=True):
    """Answer of a poll; `redirect_uri` carries a ticket, so it is not shown."""

    event: PollEvent
    redirect_uri: str = ""
    avatar: str = ""

    def __repr__(self) -> str:
        return f"Poll({self.event.name})"


class Ticket(msgspec.Struct, frozen=True):
    """Credentials that newloginpage hands out; `pass_ticket` is decoded."""

    skey: str
    sid: str
    uin: str
    pass_ticket: str
    data_ticket: str

    def __repr__(self) -> str:
        return "Ticket(…)"


class Init(msgspec.Struct, frozen=True):
    """The answer of webwxinit. `chat_set` is the sidebar's order; `skey` replaces the session's when not empty."""

    me: Contact
    recent: tuple[Contact, ...]
    chat_set: tuple[str, ...]
    keys: SyncKeys
    skey: str

    def __repr__(self) -> str:
        return f"Init({len(self.recent)} recent)"


_UUID = re.compile(r"[A-Za-z0-9_=+/.~@%-]{1,200}")


def _uuid(value: object) -> str:
    """Return the code's name; "" for what is none. It is drawn, and its address is written to the terminal."""
    found = as_text(value)
    return found if _UUID.fullmatch(found) else ""


def qr_text(uuid: str) -> str:
    """Return the text of the QR code."""
    return f"https://login.weixin.qq.com/l/{uuid}"


def _login_headers(endpoint: Endpoint) -> tuple[tuple[str, str], ...]:
    return (("mmweb_appid", FILEHELPER_APPID),) if endpoint is Endpoint.FILEHELPER else ()


def jslogin(endpoint: Endpoint, hosts: Hosts, *, now_ms: int, desktop: bool = False) -> Call[str]:
    """Section 2.1 → the uuid of a new QR code."""
    page = f"{hosts.api}{CGI}webwxnewloginpage"
    web = endpoint is Endpoint.WEB
    request = Request(
        "GET",
        f"{hosts.login}/jslogin",
        query=(
            ("appid", WEB_APPID if web else FILEHELPER_APPID),
            ("redirect_uri", f"{page}?mod=desktop" if desktop and web else page),
            ("fun", "new"),
            ("lang", LANG),
            ("_", str(now_ms)),
        ),
        headers=_login_headers(endpoint),
        repeatable=True,
    )

    def read(answer: Answer) -> str:
        code, found = read_script_int("jslogin", answer, "window.QRLogin.code")
        uuid = _uuid(found.get("window.QRLogin.uuid"))
        if code != PollCode.CONFIRMED or not uuid:
            raise errors.LoginFailed(why=errors.Phrase("the server gave no QR code (code {code}).", code=code))
        return uuid

    return Call("jslogin", request, read)


def poll(endpoint: Endpoint, hosts: Hosts, uuid: str, *, scanned: bool, now_ms: int) -> Call[Poll]:
    """Section 2.3, a long poll. Raises `LoginFailed` for a code that nobody documented."""
    request = Request(
        "GET",
        hosts.cgi(hosts.login, "login"),
        query=(
            ("loginicon", "true"),
            ("uuid", uuid),
            ("tip", "0" if scanned else "1"),
            ("r", inverted(now_ms)),
            ("_", str(now_ms)),
        ),
        headers=_login_headers(endpoint),
        pace=Pace.LONG_POLL,
        repeatable=True,
    )

    def read(answer: Answer) -> Poll:
        code, found = read_script_int("login", answer, "window.code")
        try:
            event = PollEvent(PollCode(code))
        except ValueError:
            raise errors.LoginFailed(why=errors.Phrase("the server answered with code {code}.", code=code)) from None
        redirect = found.get("window.redirect_uri", "")
        if event is PollEvent.CONFIRM and not redirect:
            raise bad_answer("login", "the confirmation has no address")
        return Poll(event, redirect, found.get("window.userAvatar", ""))

    return Call("login", request, read)


def new_login_page(endpoint: Endpoint, hosts: Hosts, redirect_uri: str, *, extspam: str = "") -> Call[Ticket]:
    """Section 2.4: credentials, as XML and cookies; redirects are not followed (trap 2).

    `extspam` is the desktop variant's constant, from the user's settings. Raises `LoginBarred` for ret 1203.
    """
    parts = urlsplit(redirect_uri)
    carried = parse_qsl(parts.query, keep_blank_values=True)
    known = tuple((key, value) for key, value in carried if key not in ("fun", "version"))
    desktop = (("client-version", CLIENT_VERSION), ("extspam", extspam)) if extspam else ()
    request = Request(
        "GET",
        f"{hosts.api}{parts.path}",
        query=(*known, ("fun", "new"), ("version", "v2")),
        headers=(*desktop, *_login_headers(endpoint)),
    )

    def read(answer: Answer) -> Ticket:
        root = parse(answer.body.decode("utf-8", "replace"))
        if root is None:
            raise bad_answer("webwxnewloginpage", "it is not the expected XML")
        ret = child_text(root, "ret", "0").strip()
        if ret == str(Ret.LOGIN_ENVIRONMENT.value):
            raise errors.LoginBarred(why="")
        ticket = Ticket(
            skey=child_text(root, "skey").strip(),
            sid=child_text(root, "wxsid").strip(),
            uin=child_text(root, "wxuin").strip(),
            pass_ticket=unquote(child_text(root, "pass_ticket").strip()),
            data_ticket=answer.cookies.get("webwx_data_ticket", ""),
        )
        if ret != "0" or not (ticket.sid and ticket.uin):
            message = child_text(root, "message").strip()
            raise errors.LoginFailed(
                why=spoken(message) or errors.Phrase("the server answered with code {code}.", code=ret[:12])
            )
        return ticket

    return Call("webwxnewloginpage", request, read)


def init(session: Session, *, now_ms: int) -> Call[Init]:
    """Section 2.5; also the first call of a resume."""
    name = "webwxinit"
    query = with_ticket(session, ("r", inverted(now_ms)), ("lang", LANG))
    body = {"BaseRequest": session.base_request()}
    request = json_post(session, name, body, query=query, repeatable=True, pace=Pace.LIST)

    def read(answer: Answer) -> Init:
        value, lists = read_lists(name, answer, "ContactList")
        user = value.get("User")
        user_name = as_text(user.get("UserName")) if isinstance(user, dict) else ""
        me = read_contact(user, user_name)
        if me is None:
            raise bad_answer(name, "it does not say who you are")
        key = read_key(value.get("SyncKey"))
        if not key.pairs:
            raise bad_answer(name, "it has no SyncKey")
        chat_set = tuple(filter(None, as_text(value.get("ChatSet")).split(",")))
        recent = read_contacts(lists["ContactList"], user_name)
        return Init(me, recent, chat_set, SyncKeys(key, key), read_skey(value.get("SKey")))

    return Call(name, request, read)


def push_login(session: Session) -> Call[str]:
    """Section 2, resume: asks the phone for a tap → the uuid to poll. Raises `LoginFailed` when it will not."""
    name = "webwxpushloginurl"
    request = get(session, session.hosts.cgi(session.hosts.api, name), ("uin", session.uin))

    def read(answer: Answer) -> str:
        value = read_json(name, answer)
        uuid = _uuid(value.get("uuid"))
        if as_id(value.get("ret")) != "0" or not uuid:
            raise errors.LoginFailed(
                why=spoken(value.get("msg")) or errors.Phrase("the phone cannot be asked to confirm.")
            )
        return uuid

    return Call(name, request, read)


def logout(session: Session) -> Call[None]:
    """Section 2, logout. Whatever it answers, the stored session is deleted."""
    name = "webwxlogout"
    request = Request(
        "POST",
        session.hosts.cgi(session.hosts.api, name),
        query=(("redirect", "1"), ("type", "0"), ("skey", session.skey)),
        headers=(("Content-Type", "application/x-www-form-urlencoded"), *session.headers),
        body=urlencode((("sid", session.sid), ("uin", session.uin))).encode(),
    )

    def read(answer: Answer) -> None:
        return None

    return Call(name, request, read)
