"""login, logout, status: the session from its beginning to its end."""

import errno
import json
import stat
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest

from tests.support.command_line import Wxtui
from tests.support.sandbox_thread import OPTIONS, Sandbox, SandboxThread
from tui.paths import find_profile
from tui.services.session.login_options import LoginOptions
from tui.services.session.profile_lock import OwnerLock
from tui.services.session.risk import Risk, risk_to_tell, risk_words

pytestmark = pytest.mark.usefixtures("sandbox")


def test_the_first_login_shows_a_code_and_phases(wxtui: Wxtui) -> None:
    with SandboxThread(replace(OPTIONS, scan_delay=0.1, confirm_delay=0.1)) as sandbox:
        result = wxtui("--server", sandbox.origin, "login", "--qr", "ascii")
    assert result.code == 0, result.err
    assert "https://login.weixin.qq.com/l/" in result.out
    assert "##" in result.out
    assert [
        word for word in ("Scan the code", "Scanned", "Confirmed", "Logged in as 林小满") if word in result.out
    ] == [
        "Scan the code",
        "Scanned",
        "Confirmed",
        "Logged in as 林小满",
    ]


def test_status_says_whether_the_session_is_usable(wxtui: Wxtui, sandbox: Sandbox) -> None:
    assert wxtui("status").code == 3
    wxtui("--server", sandbox.origin, "login")
    result = wxtui("status", "--json")
    assert (result.code, result.json[0]["usable"], result.json[0]["endpoint"]) == (0, True, "web")
    assert result.json[0]["server"] == sandbox.origin, "the session remembers its server"
    sandbox.post("expire", retcode=1101)
    result = wxtui("status")
    assert result.code == 3
    assert "logged in elsewhere" in result.err


def test_status_tells_the_mistakes_in_the_settings_besides(logged_in: Wxtui, home: Path) -> None:
    (home / "config.toml").write_text("theme = 'pink'\nbell = 1\n")
    result = logged_in("status")
    assert result.code == 0 and "林小满" in result.out
    assert [line.partition("config.toml, ")[2][:6] for line in result.err.splitlines()] == ["line 1", "line 2"]
    assert len(logged_in("status", "--json").json[0]["settings"]) == 2


def test_a_second_login_resumes_without_a_code(logged_in: Wxtui, sandbox: Sandbox) -> None:
    before = sandbox.calls().get("jslogin")
    result = logged_in("login")
    assert result.code == 0
    assert "https://" not in result.out
    assert sandbox.calls().get("jslogin") == before


def test_an_expired_session_asks_the_phone_not_for_a_code(logged_in: Wxtui, sandbox: Sandbox) -> None:
    sandbox.post("expire", retcode=1101)
    before = sandbox.calls().get("jslogin")
    result = logged_in("login")
    assert result.code == 0, result.err
    assert "Confirm the login on your phone" in result.out
    assert sandbox.calls().get("jslogin") == before
    assert logged_in("status").code == 0


def test_fresh_goes_to_the_code_at_once(logged_in: Wxtui, sandbox: Sandbox) -> None:
    before = sandbox.calls()["jslogin"]
    assert logged_in("--server", sandbox.origin, "login", "--fresh").code == 0
    assert sandbox.calls()["jslogin"] == before + 1


def test_logout_forgets_the_session_even_when_the_server_is_deaf(logged_in: Wxtui, sandbox: Sandbox) -> None:
    sandbox.fault("webwxlogout", "drop_before")
    assert logged_in("logout").code == 0
    assert not find_profile("default").session_file.exists()
    assert logged_in("status").code == 3
    assert logged_in("logout").code == 3


def test_an_account_without_web_access_is_told_of_the_way_out(wxtui: Wxtui, sandbox: Sandbox) -> None:
    sandbox.post("fault", login_ret=1203)
    result = wxtui("--server", sandbox.origin, "login")
    assert result.code == 3
    assert "not allowed to use the web version" in result.err
    assert "--endpoint filehelper" in result.err


def test_a_session_that_ends_at_once_is_explained_too(wxtui: Wxtui, sandbox: Sandbox) -> None:
    sandbox.fault("webwxinit", "ret", 1100)
    result = wxtui("--server", sandbox.origin, "login")
    assert result.code == 3
    assert "right after the login" in result.err
    assert "--endpoint filehelper" in result.err
    assert wxtui("status").code == 3


def test_the_file_transfer_variant(wxtui: Wxtui, sandbox: Sandbox, tmp_path: Path) -> None:
    assert wxtui("--server", sandbox.origin, "--endpoint", "filehelper", "login").code == 0
    result = wxtui("contacts")
    assert "文件传输助手" in result.out
    assert len(result.lines) <= 2, "one contact and oneself"
    (tmp_path / "a.log").write_text("x")
    assert wxtui("send", "filehelper", tmp_path / "a.log", "-m", "hi").code == 0
    assert [row["to"] for row in sandbox.sent()] == ["filehelper", "filehelper"]
    assert wxtui("send", "张三", "-m", "hi").code == 4


def test_a_session_of_another_variant_or_server_is_not_used_silently(logged_in: Wxtui) -> None:
    for options in (["--endpoint", "filehelper"], ["--server", "http://127.0.0.1:1"]):
        result = logged_in(*options, "send", "张三", "-m", "hi")
        assert result.code == 3
        assert "belongs to" in result.err


def test_login_tells_its_steps_as_json(wxtui: Wxtui, sandbox: Sandbox) -> None:
    result = wxtui("--json", "--server", sandbox.origin, "login")
    events = [row["event"] for row in result.json]
    assert events[0] == "qr"
    assert events[-1] == "logged_in"


def test_a_code_as_a_picture(wxtui: Wxtui, sandbox: Sandbox, tmp_path: Path) -> None:
    path = tmp_path / "code.png"
    assert wxtui("--server", sandbox.origin, "login", "--qr", f"png:{path}").code == 0
    assert path.read_bytes().startswith(b"\x89PNG")
    result = wxtui("--server", sandbox.origin, "login", "--fresh", "--qr", f"png:{tmp_path}/no/such.png")
    assert result.code == 2
    assert "cannot be used" in result.err
    assert wxtui("login", "--qr", "gif").code == 2


def test_a_login_that_nobody_confirms_ends_with_code_3(wxtui: Wxtui, sandbox: Sandbox) -> None:
    sandbox.post("fault", call="login", kind="delay", value=5, times=1)
    result = wxtui("--server", sandbox.origin, "login", "--wait", "0.3")
    assert result.code == 3
    assert "was not confirmed in time" in result.err


def test_a_store_that_went_away_does_not_cost_the_session(logged_in: Wxtui, sandbox: Sandbox) -> None:
    for path in find_profile("default").state.glob("store*"):
        path.unlink()
    assert logged_in("login").code == 0
    assert logged_in("send", "张三", "-m", "still here").code == 0


def test_the_files_are_private(logged_in: Wxtui, home: Path) -> None:
    modes = {path: stat.S_IMODE(path.stat().st_mode) for path in home.rglob("*")}
    assert modes
    assert all(mode == (0o700 if path.is_dir() else 0o600) for path, mode in modes.items()), modes


@pytest.mark.parametrize(
    ("server", "words"),
    [
        ("http://127.0.0.1:1", "cannot be reached: Connection refused"),
        ("http://no.such.host.invalid", "cannot be reached"),
        ("nonsense", "is not a server address"),
        ("http://127.0.0.1:99999", "is not a server address"),
    ],
)
def test_a_wrong_server(wxtui: Wxtui, server: str, words: str) -> None:
    result = wxtui("--server", server, "login")
    assert result.code in (1, 2)
    assert words in result.err
    assert wxtui("--json", "--server", server, "login").json[-1]["exit_code"] == result.code


@pytest.mark.parametrize(("kind", "value"), [("html", None), ("truncate", None), ("empty", None), ("status", 503)])
def test_a_server_that_makes_no_sense_is_a_sentence(
    wxtui: Wxtui, sandbox: Sandbox, kind: str, value: int | None
) -> None:
    sandbox.fault("webwxinit", kind, value, times=5)
    result = wxtui("--server", sandbox.origin, "login")
    assert result.code == 1
    assert result.err.count("\n") == 1, result.err
    # The ticket was good: the session is kept, and the next login goes on from it.
    sandbox.post("fault", clear=True)
    assert wxtui("login").code == 0


def test_every_error_is_one_sentence_and_json_on_stdout(wxtui: Wxtui) -> None:
    result = wxtui("status", "--json")
    assert json.loads(result.out) == {
        "error": "NotLoggedIn",
        "message": "Profile “default” is not logged in. Run: wxtui login",
        "exit_code": 3,
    }


@pytest.mark.parametrize("command", ["login", "status"])
def test_an_empty_server_is_not_the_real_one(wxtui: Wxtui, sandbox: Sandbox, command: str) -> None:
    if command == "status":
        assert wxtui("--server", sandbox.origin, "login").code == 0
    result = wxtui("--server", "", command)
    assert result.code == 2
    assert "is not a server address" in result.err


@pytest.mark.parametrize("command", ["login", "logout"])
def test_a_full_disk_does_not_keep_anybody_in_or_out(
    logged_in: Wxtui, monkeypatch: pytest.MonkeyPatch, command: str
) -> None:
    def full(handle: int, data: bytes) -> int:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr("tui.services.session.profile_lock.os.write", full)
    assert logged_in(command).code == 0


def test_a_password_in_an_address_is_not_repeated(wxtui: Wxtui) -> None:
    result = wxtui("--server", "http://me:SECRET@127.0.0.1:1", "login")
    assert result.code == 2
    assert "127.0.0.1:1" in result.err
    assert "SECRET" not in result.err


@contextmanager
def answering(page: bytes) -> Iterator[str]:
    """The origin of a server that answers everything with `page`."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("Content-Length", str(len(page)))
            self.end_headers()
            self.wfile.write(page)

        def log_message(self, *_: object) -> None:
            pass

    with HTTPServer(("127.0.0.1", 0), Handler) as server:
        serving = threading.Thread(target=server.serve_forever, args=(0.02,))
        serving.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}"
        finally:
            server.shutdown()
            serving.join()


@pytest.mark.parametrize(
    ("before", "said"),
    [(b"<html><script>f(", "it is a web page"), (b"f(", "it has no status code")],
    ids=["page", "text"],
)
def test_a_hostile_answer_of_the_login_costs_no_cpu(before: bytes, said: str, real_wxtui: Wxtui) -> None:
    """The case of `redos.sh`, with a word that is five times as long: up to 0746e5d it took 200 s of CPU."""
    with answering(before + b'"' + b"0123456789abcdef" * 6250 + b'")</script></html>') as origin:
        result = real_wxtui("--server", origin, "login", "--wait", "2", timeout=60)
    assert (result.code, said in result.err) == (1, True), result.err


def test_who_cannot_log_in_is_not_asked_about_the_risk(wxtui: Wxtui) -> None:
    """Another wxtui has the profile: the answer would have been kept for a login that never began."""
    with OwnerLock(find_profile("default")):
        result = wxtui("login")
    assert result.code == 1 and "another wxtui" in result.err
    assert risk_words(Risk.WEB)[0] not in result.err
    assert risk_to_tell(find_profile("default"), LoginOptions()) is Risk.WEB
