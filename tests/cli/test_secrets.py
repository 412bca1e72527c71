"""No credential leaves session.json: not by output, logs, errors, reprs, other files, nor the process list."""

from __future__ import annotations

import dataclasses
import importlib
import inspect
import json
import os
import pkgutil
import signal
import subprocess
import sys
import traceback
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import quote, quote_plus

import msgspec
import pytest

import tui.services
import tui.wire
from tests.support.command_line import Result, Wxtui
from tests.support.sandbox_thread import Sandbox
from tests.support.waiting import wait_until
from tui import errors
from tui.paths import find_profile
from tui.services.client.client import Client
from tui.services.client.profile_opening import open_store
from tui.services.http.httpx_import import httpx
from tui.services.http.transport import StoredCookie, Transport
from tui.services.session.context import SessionContext
from tui.services.session.login_options import LoginOptions
from tui.services.session.session_file import SessionFile, StoredSession
from tui.services.sync.sync_loop import SyncLoop
from tui.services.util.ids import Ids
from tui.wire import call, login, send, sync_calls, upload
from tui.wire.contacts import Contact
from tui.wire.hosts import one_origin
from tui.wire.names import Endpoint
from tui.wire.people import contact_calls
from tui.wire.session import Session
from tui.wire.sync import SyncBatch, SyncKey, SyncKeys

CREDENTIALS = ("wxsid", "wxuin", "webwx_data_ticket", "webwx_auth_ticket")
FIELDS = ("skey", "sid", "pass_ticket", "data_ticket", "uin")


def forms(value: str) -> set[str]:
    """How a value looks raw, in queries, encoded twice, and in JSON."""
    once = quote(value, safe="")
    return {value, once, quote(once, safe=""), quote_plus(value), quote(value), json.dumps(value)[1:-1]}


@dataclass
class Secrets:
    """Every credential that session.json has held so far: name → the forms it must not be seen in."""

    known: dict[str, set[str]] = field(default_factory=dict)

    def learn(self) -> None:
        path = find_profile("default").session_file
        if not path.exists():
            return
        stored = json.loads(path.read_text())
        for name in FIELDS:
            self._add(name, stored["session"][name])
        for cookie in stored["cookies"]:
            if cookie["name"] in CREDENTIALS:
                self._add("wxuin" if cookie["name"] == "wxuin" else cookie["name"], cookie["value"])

    def _add(self, name: str, value: str) -> None:
        if value:
            assert len(value) >= 6, f"{name} is too short to be looked for"
            self.known.setdefault(name, set()).update(forms(value))

    def check(self, text: str, where: str, *, but: tuple[str, ...] = ()) -> None:
        self.learn()
        assert {"skey", "sid", "pass_ticket", "webwx_auth_ticket"} <= set(self.known)
        for name, looks in self.known.items():
            for look in looks if name not in but else ():
                assert look not in text, f"{where} shows {name}"

    def check_files(self, home: Path) -> None:
        """Every other file; the store may know whose it is, that is all."""
        names = set()
        for path in home.rglob("*"):
            if path.is_file() and path.name != "session.json":
                names.add(path.name)
                self.check(path.read_bytes().decode("latin-1"), path.name, but=("uin", "wxuin"))
        assert {"store.sqlite3", "wxtui.log"} <= names


@pytest.fixture
def secrets() -> Secrets:
    return Secrets()


def check_result(secrets: Secrets, result: Result, what: object) -> None:
    secrets.check(result.out, f"stdout of {what}")
    secrets.check(result.err, f"stderr of {what}")


# ---------------------------------------------------------------- what commands print

MODES = [("-vv",), ("-vv", "--json")]


@pytest.fixture(autouse=True)
def talkative(monkeypatch: pytest.MonkeyPatch) -> None:
    """The log file has everything, and is looked through with all other files."""
    monkeypatch.setenv("WXTUI_LOG", "debug")


@pytest.mark.parametrize("mode", MODES, ids=" ".join)
def test_no_command_shows_a_secret(
    mode: tuple[str, ...], sandbox: Sandbox, wxtui: Wxtui, secrets: Secrets, tmp_path: Path, home: Path
) -> None:
    for kind in ("text", "image", "file", "location", "link", "card", "friend_request", "emoticon", "video"):
        sandbox.post("push", type=kind)
    (tmp_path / "a.gif").write_bytes(b"GIF89a" + bytes(100))
    (tmp_path / "b.bin").write_bytes(os.urandom(700_000))
    assert wxtui("--server", sandbox.origin, "login", "--qr", "ascii").code == 0
    secrets.learn()
    ran: dict[str, int] = {}

    def run(*command: str, server: str | None = None) -> Result:
        options = ("--server", server) if server else ()
        result = wxtui(*mode, *options, *command)
        check_result(secrets, result, command)
        ran[command[0]] = ran.get(command[0], 0) + (result.code == 0)
        if result.code == 0:
            assert "wxtui." in result.err or command[0] in ("log", "profile", "--help"), (
                "nothing was logged: nothing was shown"
            )
        return result

    run("login")
    run("status")
    run("contacts")
    run("contacts", "zhang")
    sent = run("send", "李四", "-m", "hi")
    run("send", "李四", str(tmp_path / "a.gif"), str(tmp_path / "b.bin"))
    found = json.loads(sent.lines[0])["msg_id"] if "--json" in mode else sent.lines[0].split("\t")[0]
    run("forward", found, "张三")
    run("revoke", "--last")
    run("revoke", found)
    run("read", "张三")
    run("log", "李四")
    run("profile", "list")
    run("profile", "export", "default", str(tmp_path / "exported"))
    secrets.check((tmp_path / "exported").read_bytes().decode("latin-1"), "an export", but=("uin", "wxuin"))
    # What goes wrong.
    run("revoke", found)
    run("revoke", "1234567")
    run("forward", "1234567", "李四")
    run("send", "nobody", "-m", "x")
    run("send", "李四", "missing.txt")
    run("log", "nobody")
    run("status", server="http://127.0.0.1:9")
    run("--endpoint", "filehelper", "status")
    sandbox.post("expire", session=True)
    for command in (("status",), ("send", "李四", "-m", "x"), ("contacts",), ("listen",), ("login", "--wait", "5")):
        run(*command)
    run("login", "--fresh", "--qr", f"png:{tmp_path / 'code.png'}")
    run("logout")
    assert all(ran[name] for name in ("login", "status", "contacts", "send", "forward", "revoke", "read", "log"))
    assert not find_profile("default").session_file.exists()
    secrets.check_files(home)
    assert len(secrets.known["sid"]) > 3, "there were several sessions"


FAULTS: list[tuple[str, object]] = [("html", None), ("empty", None), ("status", 403), ("ret", -14), ("ret", 1101)]
SPOILT = {
    "webwxstatusnotify": ("status",),
    "webwxsendmsg": ("send", "李四", "-m", "hi"),
    "webwxuploadmedia": ("send", "李四", "FILE"),
    "webwxsendappmsg": ("send", "李四", "FILE"),
    "webwxrevokemsg": ("revoke", "--last"),
    "webwxinit": ("login",),
    "webwxgetcontact": ("send", "nobody", "-m", "x"),
}


@pytest.mark.parametrize("call_name", SPOILT)
def test_no_fault_shows_a_secret(
    call_name: str, logged_in: Wxtui, sandbox: Sandbox, secrets: Secrets, tmp_path: Path, home: Path
) -> None:
    path = tmp_path / "c.bin"
    path.write_bytes(b"x" * 1000)
    assert logged_in("send", "李四", "-m", "first").code == 0
    command = [str(path) if word == "FILE" else word for word in SPOILT[call_name]]
    kinds = FAULTS if call_name != "webwxuploadmedia" else FAULTS[3:]
    if call_name in ("webwxsendmsg", "webwxsendappmsg", "webwxrevokemsg"):
        kinds = [*kinds, ("drop_before", None), ("truncate", None)]
    for kind, value in kinds:
        for mode in MODES:
            secrets.learn()
            sandbox.fault(call_name, kind, value, times=0)
            result = logged_in(*mode, *command)
            sandbox.post("fault", clear=True)
            check_result(secrets, result, (command, kind, value))
            if call_name != "webwxinit":
                assert result.code != 0
    secrets.check_files(home)


# ---------------------------------------------------------------- processes


def test_a_process_under_asyncios_own_debugging_shows_none(
    sandbox: Sandbox, real_wxtui: Wxtui, secrets: Secrets, home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "d.bin"
    path.write_bytes(os.urandom(600_000))
    monkeypatch.setenv("PYTHONASYNCIODEBUG", "1")
    check = real_wxtui("-vv", "--server", sandbox.origin, "login", "--qr", "ascii")
    assert check.code == 0
    check_result(secrets, check, "login")
    result = real_wxtui("-vv", "send", "李四", "-m", "hi", path)
    assert result.code == 0
    check_result(secrets, result, "send")
    secrets.check_files(home)


@pytest.fixture
def listening(sandbox: Sandbox, real_wxtui: Wxtui, secrets: Secrets) -> Iterator[subprocess.Popen[str]]:
    assert real_wxtui("--server", sandbox.origin, "login", "--qr", "ascii").code == 0
    secrets.learn()
    process = subprocess.Popen(
        [sys.executable, "-m", "tui", "-vv", "--json", "listen"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=os.environ | {"PYTHONUTF8": "1", "PYTHONASYNCIODEBUG": "1"},
    )
    yield process
    if process.poll() is None:
        process.kill()
    process.communicate()


def test_listen_shows_none_nor_does_the_process_list(
    listening: subprocess.Popen[str], sandbox: Sandbox, secrets: Secrets, home: Path
) -> None:
    for kind in ("drop_before", "html", "truncate"):
        sandbox.fault("synccheck", kind)
    sandbox.fault("webwxsync", "html")
    for kind in ("text", "image", "file", "location", "friend_request", "card"):
        sandbox.post("push", type=kind)
    sandbox.post("push", type="text", content="the last")
    assert listening.stdout is not None
    lines = []
    for text in listening.stdout:
        lines.append(text)
        if "the last" in text:
            # Fetched as soon as fetching works again; of this one the long poll tells, after its three faults.
            wait_until(lambda: sandbox.calls().get("synccheck", 0) > 3)
            sandbox.post("push", type="text", content="and one more")
        elif "and one more" in text:
            break
    command = Path(f"/proc/{listening.pid}/cmdline").read_bytes().decode()
    assert "listen" in command
    secrets.check(command, "the process list")
    listening.send_signal(signal.SIGINT)
    out, err = listening.communicate(timeout=20)
    assert listening.returncode == 130
    assert "synccheck" in err
    secrets.check("".join(lines) + out, "stdout of listen")
    secrets.check(err, "stderr of listen")
    secrets.check_files(home)


# ---------------------------------------------------------------- objects

MARK = "SECRET"
SESSION = Session(
    Endpoint.WEB,
    one_origin("http://127.0.0.1:1"),
    f"uin-{MARK}",
    f"sid-{MARK}",
    f"@crypt_{MARK}",
    f"ticket-{MARK}",
    f"data-{MARK}",
    f"e{MARK}",
    "@me",
    "me",
)
KEYS = SyncKeys(SyncKey(((1, 1),)), SyncKey(((1, 1),)))
SOURCE = upload.UploadSource("a.bin", 9, "0" * 32, Ids().now(), "application/octet-stream", "doc")
FORM = upload.UploadForm(SESSION, "@ann", SOURCE, 1, 1, "x", f"key-{MARK}", f"signature-{MARK}")
COOKIE = StoredCookie("wxsid", f"sid-{MARK}", "127.0.0.1")
CALLS: list[call.Call[Any]] = [
    login.init(SESSION, now_ms=1),
    login.push_login(SESSION),
    login.logout(SESSION),
    login.new_login_page(Endpoint.WEB, SESSION.hosts, f"http://127.0.0.1:1/x?ticket={MARK}", extspam=MARK),
    send.text(SESSION, "@ann", "1", "hi"),
    send.hello(SESSION, "1"),
    send.revoke(SESSION, "@ann", "1", "1"),
    sync_calls.check(SESSION, KEYS.check, now_ms=1),
    sync_calls.fetch(SESSION, KEYS.sync, now_ms=1),
    contact_calls.get_contacts(SESSION, 0, now_ms=1),
    contact_calls.batch_get(SESSION, ("@@a",), now_ms=1),
    upload.check(SESSION, "@ann", SOURCE),
]
HOLDERS: list[object] = [
    SESSION,
    *CALLS,
    *(one.request for one in CALLS),
    FORM,
    FORM.request(0),
    call.Answer(200, MARK.encode(), {"wxsid": MARK}),
    login.Ticket(MARK, MARK, MARK, MARK, MARK),
    login.Poll(login.PollEvent.CONFIRM, f"https://wx.qq.com/?ticket={MARK}", MARK),
    login.Init(Contact("@me"), (), (), KEYS, MARK),
    upload.Checked("", MARK, MARK),
    SyncBatch((), (), (), KEYS, False, MARK),
    COOKIE,
    StoredSession(SESSION, [COOKIE]),
]


@pytest.mark.parametrize("held", HOLDERS, ids=lambda held: type(held).__name__)
def test_no_repr_shows_a_secret(held: object) -> None:
    for shown in (repr(held), str(held), f"{held}", repr([held]), repr({"x": (held,)}), ascii(held)):
        assert MARK not in shown


async def test_nor_do_the_living_objects(home: Path) -> None:
    profile = find_profile("default")
    SessionFile(profile.session_file).save(StoredSession(SESSION, [COOKIE], "http://127.0.0.1:1"))
    async with opened() as client:
        held = [client, client.context, client.context.transport, client.chat, client.file_upload, client.directory]
        held += [
            SyncLoop(client.context, client.store, client.directory),
            client.store,
            client.profile,
            LoginOptions(),
            client.context.ids,
        ]
        for one in held:
            assert MARK not in repr(one) + str(one)


@asynccontextmanager
async def opened() -> AsyncIterator[Client]:
    """A client as it lives in a process; whether its store knows this login does not matter here."""
    profile, ids = find_profile("default"), Ids()
    file = SessionFile(profile.session_file)
    stored = file.load()
    assert stored is not None
    async with Transport(SESSION.hosts.api, ids, stored.cookies) as transport, open_store(profile) as store:
        yield Client(profile, SessionContext(stored.session, transport, ids, file, stored.origin), store)


SENSITIVE = {"skey", "sid", "pass_ticket", "data_ticket", "aes_key", "signature", "redirect_uri", "ticket", "cookies"}


WORDS = {("Contact", "signature"), ("_Listed", "signature")}
"""Fields that are called as a secret is, and hold what a person says about themselves."""


def test_every_class_that_holds_a_secret_says_how_it_shows_itself() -> None:
    """A new class with such a field must not get the repr that lists its fields."""
    found = []
    for room in (tui.wire, tui.services):
        for info in pkgutil.walk_packages(room.__path__, f"{room.__name__}."):
            for name, kind in inspect.getmembers(importlib.import_module(info.name), inspect.isclass):
                if kind.__module__ != info.name:
                    continue
                fields: set[str] = set()
                if issubclass(kind, msgspec.Struct):
                    fields = set(kind.__struct_fields__)
                elif dataclasses.is_dataclass(kind):
                    fields = {one.name for one in dataclasses.fields(kind) if one.repr}
                fields -= {field for name_of_kind, field in WORDS if name_of_kind == name}
                if fields & SENSITIVE:
                    found.append(name)
                    own = inspect.getsource(kind)
                    assert "def __repr__" in own, f"{kind.__module__}.{name} would print {fields & SENSITIVE}"
    assert {"Session", "Ticket", "Checked", "UploadForm", "FriendRequest", "StoredSession", "Poll"} <= set(found)


# ---------------------------------------------------------------- errors

ANSWERS: list[Exception | httpx.Response] = [
    httpx.ConnectError(f"cannot connect {MARK}"),
    httpx.ReadError(f"broke at {MARK}"),
    httpx.ReadTimeout(MARK),
    httpx.DecodingError(MARK),
    httpx.InvalidURL(MARK),
    httpx.Response(200, text=f"<html>{MARK}</html>"),
    httpx.Response(200, text=f'{{"skey": "{MARK}'),
    httpx.Response(200, text=f'["{MARK}"]'),
    httpx.Response(403, text=MARK),
    httpx.Response(200, json={"BaseResponse": {"Ret": 1101, "ErrMsg": ""}, "SKey": MARK}),
    httpx.Response(200, json={"BaseResponse": {"Ret": -14, "ErrMsg": ""}, "SKey": MARK}),
    httpx.Response(200, json={"SKey": MARK}),
]


@pytest.mark.parametrize("answer", ANSWERS, ids=lambda answer: type(answer).__name__)
@pytest.mark.parametrize("made", CALLS, ids=lambda made: made.name)
async def test_no_error_carries_a_secret(made: call.Call[Any], answer: Exception | httpx.Response) -> None:
    def handler(request: httpx.Request) -> httpx.Response:
        if isinstance(answer, Exception):
            raise answer
        return httpx.Response(answer.status_code, content=answer.content)

    async with Transport("http://127.0.0.1:1", Ids(), [COOKIE], network=httpx.MockTransport(handler)) as transport:
        request = msgspec.structs.replace(made.request, repeatable=False)
        try:
            await transport.run(call.Call(made.name, request, made.read))
        except errors.WxtuiError as error:
            text = "".join(traceback.format_exception(error))
            notes = getattr(error, "__notes__", [])
            for shown in (
                text,
                repr(error),
                str(error),
                repr(error.args),
                repr(error.facts),
                str(error.said),
                repr(notes),
            ):
                assert MARK not in shown
        else:
            assert made.name == "webwxlogout", "only a logout takes every answer"
