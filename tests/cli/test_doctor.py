"""doctor: what is wrong is said with what to do, whatever is broken; what is secret is not said; nothing is changed."""

from __future__ import annotations

import asyncio
import json
import os
import pty
import select
import socket
import sqlite3
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path
from typing import Any

import pytest

import tui
from tests.support.command_line import Result, Wxtui
from tests.support.sandbox_thread import Sandbox
from tui.doctor import local, terminal
from tui.doctor import network as network_probes
from tui.doctor.finding import Finding, Level
from tui.doctor.log_lines import log_file
from tui.doctor.network import network
from tui.doctor.pictures import pictures
from tui.doctor.report import shown
from tui.errors import Phrase
from tui.paths import find_profile
from tui.services.http.transport import HEADERS
from tui.services.http.user_agent import CHROME, CURRENT_ON
from tui.services.session.profile_lock import OwnerLock
from tui.services.util.log_file import append
from tui.store.db.schema import VERSION
from tui.store.search import index
from tui.terminal.tmux import Run
from tui.wire.hosts import one_origin


@pytest.fixture(autouse=True)
def calm(monkeypatch: pytest.MonkeyPatch) -> None:
    """A terminal without anything around it."""
    for name in ("TMUX", "STY", "NO_COLOR", "COLORTERM", "DISPLAY", "WAYLAND_DISPLAY", "SSH_CONNECTION", "SSH_TTY"):
        monkeypatch.delenv(name, raising=False)
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.lower(), raising=False)
    monkeypatch.setenv("TERM", "xterm-256color")
    monkeypatch.setenv("LANG", "C.UTF-8")


@pytest.mark.parametrize(("days", "level"), [(0, Level.OK), (365, Level.OK), (366, Level.WARNING)])
def test_a_browser_of_last_year_is_called_old(days: int, level: Level) -> None:
    found = local.browser(CURRENT_ON + timedelta(days=days))
    assert (found.level, f"Chrome/{CHROME}.0.0.0" in HEADERS["User-Agent"]) == (level, True)


def rows(result: Result) -> dict[str, dict[str, Any]]:
    """The findings by their probe; the worst of each."""
    found: dict[str, dict[str, Any]] = {}
    order = [level.value for level in Level]
    for row in result.json:
        before = found.get(row["probe"])
        if before is None or order.index(row["level"]) > order.index(before["level"]):
            found[row["probe"]] = row
    return found


def snapshot(folder: Path) -> dict[str, tuple[int, bytes]]:
    return {
        str(path): (path.stat().st_mode, path.read_bytes() if path.is_file() else b"")
        for path in sorted(folder.rglob("*"))
    }


# ---------------------------------------------------------------- when all is well


def test_all_is_well(logged_in: Wxtui, sandbox: Sandbox, home: Path) -> None:
    before = snapshot(home)
    result = logged_in("doctor", "--json")
    assert result.code == 0, result.out
    found = rows(result)
    assert {row["level"] for row in found.values()} == {"ok"}, result.out
    assert {"wxtui", "terminal", "colours", "locale", "clipboard", "links", "settings", "home", "space"} <= set(found)
    assert found["session"]["server"] == sandbox.origin
    assert found["store"]["version"] == VERSION
    assert found["store"]["checked"]
    assert found["network"]["address"] == "127.0.0.1"
    assert snapshot(home) == before, "looking changes nothing"


def test_it_reads_as_lines(logged_in: Wxtui) -> None:
    result = logged_in("doctor", "--offline")
    assert result.code == 0
    assert all(line.startswith(("✓ ", "! ", "    ")) for line in result.lines), result.out
    assert "\x1b" not in result.out
    assert any(line.startswith("✓ session   林小满 (web, http://127.0.0.1:") for line in result.lines)


def test_before_the_first_login(wxtui: Wxtui, home: Path) -> None:
    result = wxtui("doctor", "--offline", "--json")
    assert result.code == 0
    found = rows(result)
    assert (found["session"]["level"], found["session"]["advice"]) == ("warning", "Run: wxtui login")
    assert found["store"]["messages"] == 0
    assert not home.exists(), "looking makes nothing"


# ---------------------------------------------------------------- the session and the server


def test_online_asks_the_server(logged_in: Wxtui, sandbox: Sandbox) -> None:
    assert rows(logged_in("doctor", "--json", "--online"))["online"]["level"] == "ok"
    sandbox.post("expire", retcode=1101)
    result = logged_in("doctor", "--json", "--online")
    assert result.code == 1
    row = rows(result)["online"]
    assert (row["level"], row["error"], row["advice"]) == ("bad", "LoggedInElsewhere", "Run: wxtui login")
    assert logged_in("doctor", "--online", "--offline").code == 2


def test_offline_leaves_the_network_alone(logged_in: Wxtui, sandbox: Sandbox) -> None:
    calls = sandbox.calls()
    found = rows(logged_in("doctor", "--json", "--offline"))
    assert not {"network", "answer", "clock", "proxy"} & set(found)
    assert sandbox.calls() == calls


def test_a_server_that_is_not_there(wxtui: Wxtui) -> None:
    with closing(socket.socket()) as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    result = wxtui("--server", f"http://127.0.0.1:{port}", "doctor", "--json")
    assert result.code == 1
    row = rows(result)["network"]
    assert "Connection refused" in row["what"]
    assert "answer" not in rows(result), "it is said once"


def test_a_name_that_nobody_knows(wxtui: Wxtui) -> None:
    result = wxtui("--server", "http://no.such.host.invalid", "doctor", "--json")
    assert result.code == 1
    assert "DNS" in rows(result)["network"]["what"]


Reply = Callable[[bytes], bytes | None]


@contextmanager
def serving(reply: Reply) -> Iterator[str]:
    """A server of one answer; None: it never answers."""
    with closing(socket.create_server(("127.0.0.1", 0))) as listening:
        open_ones: list[socket.socket] = []

        def serve() -> None:
            while True:
                try:
                    connection, _ = listening.accept()
                except OSError:
                    return
                open_ones.append(connection)
                connection.settimeout(5)
                try:
                    asked = connection.recv(65536)
                    answer = reply(asked) if asked else None
                    if answer is not None:
                        connection.sendall(answer)
                        connection.close()
                except OSError:
                    pass

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        try:
            yield f"http://127.0.0.1:{listening.getsockname()[1]}"
        finally:
            listening.shutdown(socket.SHUT_RDWR)
            thread.join(10)
            for one in open_ones:
                one.close()


def dated(skew: timedelta, status: str = "200 OK") -> Reply:
    def reply(asked: bytes) -> bytes:
        date = format_datetime(datetime.now(UTC) - skew, usegmt=True)
        return f"HTTP/1.1 {status}\r\nDate: {date}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n".encode()

    return reply


@pytest.mark.parametrize(
    ("seconds", "level", "words"),
    [(2, "ok", "of the server's"), (-120, "warning", "behind"), (900, "bad", "ahead of the server's")],
)
def test_a_clock_that_is_wrong_by_minutes_is_said(wxtui: Wxtui, seconds: int, level: str, words: str) -> None:
    with serving(dated(timedelta(seconds=seconds))) as origin:
        result = wxtui("--server", origin, "doctor", "--json")
    row = rows(result)["clock"]
    assert (row["level"], words in row["what"]) == (level, True), row
    assert abs(row["skew"] - seconds) <= 2
    assert result.code == (level == "bad")


@pytest.mark.parametrize("date", ["", "yesterday", "Thu, 99 Foo 0000 99:99:99 GMT"])
def test_a_date_that_is_none(date: str) -> None:
    assert network_probes._clock(date, datetime.now(UTC)) == []


def test_a_server_that_says_nothing(wxtui: Wxtui, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(network_probes, "PATIENCE", 0.2)
    with serving(lambda asked: None) as origin:
        result = wxtui("--server", origin, "doctor", "--json")
    assert result.code == 1
    assert "does not answer" in rows(result)["answer"]["what"]


def test_a_network_that_wants_a_login(wxtui: Wxtui) -> None:
    with serving(dated(timedelta(), "511 Network Authentication Required")) as origin:
        result = wxtui("--server", origin, "doctor", "--json")
    assert result.code == 1
    assert "requires a login first" in rows(result)["answer"]["what"]


# ---------------------------------------------------------------- proxies, and what is secret


def test_a_proxy_is_used_and_its_password_is_not_told(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[bytes] = []

    def reply(request: bytes) -> bytes | None:
        asked.append(request)
        return dated(timedelta())(request)

    with serving(reply) as proxy:
        monkeypatch.setenv("HTTP_PROXY", proxy.replace("http://", "http://me:PASSWORD@"))
        monkeypatch.setenv("http_proxy", proxy.replace("http://", "http://me:PASSWORD@"))
        found = asyncio.run(network(one_origin("http://wx.example.invalid")))
    said = " ".join(f"{one.what} {one.advice} {one.facts}" for one in found)
    assert "PASSWORD" not in said
    assert proxy.removeprefix("http://") in said
    assert {one.probe: one.level for one in found} == {
        "proxy": Level.OK,
        "answer": Level.OK,
        "clock": Level.OK,
    }, "names are the proxy's to know"
    assert asked[0].startswith(b"GET http://wx.example.invalid/")


@pytest.mark.parametrize(
    "proxy", ["http://me:PASSWORD@127.0.0.1:1", "http://me:PASSWORD@[::1", "me:PASSWORD@127.0.0.1:x"]
)
def test_a_proxy_that_does_not_work(wxtui: Wxtui, monkeypatch: pytest.MonkeyPatch, proxy: str) -> None:
    monkeypatch.setenv("http_proxy", proxy)
    for arguments in ((), ("--json",)):
        result = wxtui("--server", "http://wx.example.invalid", "doctor", *arguments)
        assert result.code == 1
        assert "proxy" in result.out
        assert "PASSWORD" not in result.out + result.err


def test_a_proxy_setting_with_a_mistake_is_told_once(wxtui: Wxtui, home: Path) -> None:
    home.mkdir()
    (home / "config.toml").write_text("proxy = 'ftp://host'\n")
    said = wxtui("doctor").out
    assert said.count("socks5h://127.0.0.1:1080") == 1
    assert "not checked, because the settings for it have a mistake" in said


def test_no_credential_is_printed(logged_in: Wxtui, sandbox: Sandbox) -> None:
    stored = json.loads(find_profile("default").session_file.read_text())
    secrets = [stored["session"][name] for name in ("skey", "sid", "pass_ticket", "data_ticket", "uin")]
    secrets += [cookie["value"] for cookie in stored["cookies"]]
    sandbox.post("expire", retcode=1100)
    for arguments in (("--online",), ("--online", "--json"), ("--online", "-vv")):
        result = logged_in("doctor", *arguments)
        for secret in filter(lambda value: len(value) > 5, secrets):
            assert secret not in result.out + result.err


# ---------------------------------------------------------------- files


def test_files_that_others_can_read(logged_in: Wxtui) -> None:
    path = find_profile("default").store_file
    path.chmod(0o644)
    result = logged_in("doctor", "--json", "--offline")
    assert result.code == 1
    row = rows(result)["home"]
    assert row["paths"] == [str(path)]
    assert row["advice"].startswith("Run: chmod go= ")
    assert path.stat().st_mode & 0o777 == 0o644, "looking changes nothing"


def test_a_file_that_cannot_be_written_is_told(logged_in: Wxtui, monkeypatch: pytest.MonkeyPatch) -> None:
    lock = find_profile("default").lock_file
    usable = os.access
    monkeypatch.setattr(os, "access", lambda path, mode: path != lock and usable(path, mode))
    (row,) = [one for one in logged_in("doctor", "--json", "--offline").json if one["probe"] == "home"]
    assert (row["level"], row["what"]) == ("bad", f"“{lock}” cannot be written")


def test_a_home_that_is_a_file(wxtui: Wxtui, home: Path) -> None:
    home.write_text("")
    result = wxtui("doctor", "--json", "--offline")
    assert result.code == 1
    assert "cannot be written" in rows(result)["home"]["what"]


def test_settings_with_a_mistake(wxtui: Wxtui, home: Path) -> None:
    home.mkdir()
    (home / "config.toml").write_text("theme = 'pink'\n[hooks]\non_message = 'sh'\non_upload = '~/none x'")
    result = wxtui("doctor", "--json", "--offline")
    assert result.code == 1
    assert "line 1" in rows(result)["settings"]["what"]
    assert rows(result)["hooks"]["what"] == "“~/none” of the hook on_upload is not installed here"


def test_all_mistakes_in_the_settings_are_told_at_the_start_and_by_doctor(
    wxtui: Wxtui, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    home.mkdir()
    file = home / "config.toml"
    file.write_text("theme = 'pink'\nbel = true\n[keys]\nrevok = 'f8'\n")
    monkeypatch.setenv("WXTUI_MOUSE", "perhaps")
    start = wxtui()
    assert start.code == 2
    lines = start.err.splitlines()
    assert [line.split(": ")[1] for line in lines[:3]] == [f"{file}, line {number}" for number in (1, 2, 4)]
    assert "WXTUI_MOUSE" in lines[3] and len(lines) == 4
    told = wxtui("doctor", "--json", "--offline")
    found = [row["what"] for row in told.json if row["probe"] == "settings"]
    assert [f"wxtui: {one}" for one in found] == lines


def damage(path: Path) -> None:
    data = bytearray(path.read_bytes())
    data[4096:12288] = b"\xff" * 8192
    path.write_bytes(data)


def newer(path: Path) -> None:
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("PRAGMA user_version = 99")


def foreign(path: Path) -> None:
    path.unlink()
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("CREATE TABLE other (x)")


@pytest.mark.parametrize(
    ("spoil", "error"),
    [
        (damage, "StoreBroken"),
        (newer, "StoreTooNew"),
        (foreign, "StoreBroken"),
        (lambda path: path.write_bytes(b"no database" * 1000), "StoreDamaged"),
    ],
)
def test_a_database_that_cannot_be_used(logged_in: Wxtui, spoil: Callable[[Path], None], error: str) -> None:
    path = find_profile("default").store_file
    for log in path.parent.glob("store.sqlite3-*"):
        log.unlink()
    spoil(path)
    result = logged_in("doctor", "--json", "--offline")
    assert result.code == 1
    assert rows(result)["store"]["error"] == error
    assert rows(result)["session"]["level"] == "ok", "the rest is looked at all the same"


def test_an_sqlite_that_cannot_search(wxtui: Wxtui, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(index, "_PROBE", "SELECT no_such_function()")
    found = rows(wxtui("doctor", "--json", "--offline"))["store"]
    assert (found["level"], found["error"]) == ("bad", "SearchMissing")
    assert "built without FTS5" in found["what"]


def test_a_session_that_cannot_be_understood(logged_in: Wxtui) -> None:
    find_profile("default").session_file.write_text("{")
    found = rows(logged_in("doctor", "--json", "--offline"))
    assert "is not readable" in found["session"]["what"]


def test_who_uses_the_profile(logged_in: Wxtui) -> None:
    assert "owner" not in rows(logged_in("doctor", "--json", "--offline"))
    for brief in (False, True):
        with OwnerLock(find_profile("default"), brief=brief):
            found = rows(logged_in("doctor", "--json", "--offline"))
        assert found["owner"]["pid"] == str(os.getpid())


def test_a_probe_that_breaks_down_keeps_nobody_from_the_next(wxtui: Wxtui, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*arguments: object) -> Iterator[Finding]:
        raise RuntimeError("with a SECRET in it")

    monkeypatch.setattr("tui.cli.commands.doctor.local.settings", broken)
    result = wxtui("doctor", "--offline", "--json")
    assert result.code == 1
    assert rows(result)["settings"]["error"] == "RuntimeError"
    assert "SECRET" not in result.out
    assert rows(result)["session"]["level"] == "warning"


def test_when_everything_is_broken(tmp_path: Path) -> None:
    """No home, no terminal, no locale, no PATH, and nothing to write to but a pipe."""
    environ = {
        name: os.environ[name] for name in ("PYTHONPATH", "VIRTUAL_ENV", "LD_LIBRARY_PATH") if name in os.environ
    }
    environ |= {"WXTUI_HOME": "/dev/null/home", "TERM": "dumb", "LC_ALL": "POSIX", "PATH": "", "TMUX": "/nowhere,1,0"}
    done = subprocess.run(
        [sys.executable, "-X", "utf8=0", "-m", "tui", "doctor", "--offline"],
        env=environ,
        capture_output=True,
        stdin=subprocess.DEVNULL,
        timeout=30,
        cwd="/",
    )
    assert done.returncode == 1, done
    assert done.stderr == b""
    text = done.stdout.decode()
    for words in ("TERM is", "cannot be written", "is not logged in", "tmux does not answer"):
        assert words in text


# ---------------------------------------------------------------- the terminal


@pytest.mark.parametrize(
    ("environ", "probe", "level", "words"),
    [
        ({"TERM": "dumb"}, "terminal", Level.WARNING, "needs a real terminal"),
        ({}, "terminal", Level.WARNING, "needs a real terminal"),
        ({"TERM": "xterm-256color", "COLORTERM": "truecolor"}, "colours", Level.OK, "16 million"),
        ({"TERM": "tmux-256color"}, "colours", Level.OK, "256"),
        ({"TERM": "xterm-256color", "NO_COLOR": "1"}, "colours", Level.OK, "NO_COLOR"),
        ({"TERM": "vt100"}, "colours", Level.OK, "16;"),
    ],
)
def test_what_the_environment_says(environ: dict[str, str], probe: str, level: Level, words: str) -> None:
    found = next(one for one in terminal.look(environ) if one.probe == probe)
    assert (found.level, words in str(found.what)) == (level, True), str(found.what)


@pytest.mark.parametrize(
    ("widths", "level", "words"),
    [
        ((1, 2, 2), Level.OK, "ambiguous characters 1"),
        ((2, 2, 2), Level.BAD, "lines will be shifted"),
        ((1, 3, 4), Level.BAD, "Chinese is drawn 3 cells wide"),
        (None, Level.WARNING, "does not report its cursor position"),
    ],
)
def test_the_terminal_is_asked_how_wide_it_draws(
    widths: tuple[int, ...] | None, level: Level, words: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In a session of its own whose terminal is played here."""
    code = (
        "import sys; from tui.doctor import terminal as probes\n"
        "probes._ANSWER = 0.5 if sys.argv[1] == 'quick' else 0.05\n"
        "for one in probes.ask(): print('FOUND', one.level.value, str(one.what))\n"
        "print('END')"
    )
    child, master = pty.fork()
    if not child:
        speed = "slow" if widths is None else "quick"
        os.execv(sys.executable, [sys.executable, "-c", code, speed])
    heard, answers = b"", list(widths or ())
    deadline = time.monotonic() + 20
    asked = 0
    try:
        while b"END" not in heard and time.monotonic() < deadline:
            if select.select([master], [], [], 0.1)[0]:
                heard += os.read(master, 4096)
            if heard.count(b"\x1b[6n") > asked and answers:
                asked += 1
                os.write(master, f"\x1b[7;{answers.pop(0) + 1}R".encode())
    finally:
        os.close(master)
        os.waitpid(child, 0)
    text = heard.decode()
    assert f"FOUND {level.value}" in text
    assert words in text
    assert text.count("\r\x1b[K") == 3, "what was drawn is rubbed out"


def test_nobody_is_asked_where_no_terminal_is(tmp_path: Path) -> None:
    assert list(terminal.ask(str(tmp_path / "none"))) == []
    (tmp_path / "file").write_text("")
    assert list(terminal.ask(str(tmp_path / "file"))) == []


def answered(**options: str) -> Run:
    def run(*command: str, given: str = "") -> str | None:
        return "tmux 3.3a" if command[1] == "-V" else options.get(command[-1].replace("-", "_"), "")

    return run


def test_tmux_as_it_comes() -> None:
    run = answered(escape_time="500", set_clipboard="external", allow_passthrough="off", focus_events="off")
    found = {one.probe: str(one.advice) for one in terminal.between_us({"TMUX": "x", "TERM": "screen"}, run)}
    assert found == {
        "tmux": "None",
        "tmux.keys": "Add to ~/.tmux.conf: set -s escape-time 10",
        "tmux.notices": "Add to ~/.tmux.conf: set -g allow-passthrough on",
        "tmux.focus": "Add to ~/.tmux.conf: set -g focus-events on",
    }


def test_tmux_well_set_up() -> None:
    run = answered(escape_time="10", set_clipboard="on", allow_passthrough="on", focus_events="on")
    (found,) = terminal.between_us({"TMUX": "x"}, run)
    assert (found.level, str(found.what)) == (Level.OK, "tmux 3.3a")


@pytest.mark.parametrize(
    ("passes", "name", "level", "words"),
    [
        ("1", "kitty(0.35.2)", Level.OK, "by the protocol of kitty"),
        ("1", "foot(1.16)", Level.OK, "half blocks: foot has no image placeholders"),
        ("0", "kitty(0.35.2)", Level.WARNING, "half blocks: tmux passes no images on"),
    ],
)
def test_pictures_are_told_with_what_tmux_lacks(
    tmp_path: Path, passes: str, name: str, level: Level, words: str
) -> None:
    said = f"@1|3.3a|{passes}|1|0\n@1|/dev/pts/2|1|2|0|0|RGB|{name}"
    environ = {"TMUX": "x", "TMUX_PANE": "%1", "TERM": "tmux-256color", "WXTUI_CONFIG": str(tmp_path / "none")}
    found = pictures(environ, lambda *command: said, str(tmp_path / "none"))
    assert (found.level, str(found.what)) == (level, words)
    if level is Level.WARNING:
        assert str(found.advice) == "Add to ~/.tmux.conf: set -g allow-passthrough on"
    assert pictures({**environ, "TERM": "xterm", "TMUX": "", "NO_COLOR": "1"}).facts["log"] == "words"


def test_links_are_told_with_what_tmux_lacks() -> None:
    inside = {"TMUX": "x", "TERM": "tmux-256color", "TERM_PROGRAM": "tmux", "TERM_PROGRAM_VERSION": "3.4"}
    lacking = terminal.links(inside, lambda *command: "256,RGB,title")
    assert (lacking.level, str(lacking.advice)) == (
        Level.WARNING,
        "Add to ~/.tmux.conf: set -as terminal-features ',*:hyperlinks'",
    )
    assert terminal.links(inside, lambda *command: "256,hyperlinks,title").level is Level.OK
    assert terminal.links(inside, lambda *command: None).level is Level.OK
    old = terminal.links({**inside, "TERM_PROGRAM_VERSION": "3.3a"}, lambda *command: "256")
    assert str(old.what) == "this tmux does not support links (OSC 8); tmux 3.4 and later do"
    ways = {terminal.links({"TERM": term}, answered()).facts["way"] for term in ("linux", "screen", "xterm")}
    assert ways == {"nowhere", "screen", "terminal"}


def test_others_between_us_and_the_terminal() -> None:
    assert [one.probe for one in terminal.between_us({"STY": "1"}, lambda *command: "Screen version 4.09")] == [
        "screen"
    ]
    assert [one.level for one in terminal.between_us({"TERM": "tmux-256color"}, answered())] == [Level.OK]
    assert list(terminal.between_us({"TERM": "xterm"}, answered())) == []
    assert next(terminal.between_us({"TMUX": "x"}, lambda *command: None)).level is Level.WARNING


@pytest.mark.parametrize(
    ("encoding", "level"), [("UTF-8", Level.OK), ("ISO-8859-1", Level.WARNING), ("?", Level.WARNING)]
)
def test_an_encoding_without_all_letters_is_a_warning(
    monkeypatch: pytest.MonkeyPatch, encoding: str, level: Level
) -> None:
    monkeypatch.setattr("tui.doctor.terminal.locale.getencoding", lambda: encoding)
    assert terminal.words({"LANG": "zh_CN"}).level is level


def test_every_word_is_a_phrase_that_fills() -> None:
    for finding in terminal.look({"TERM": "x"}):
        assert isinstance(finding.what, Phrase)
        assert "{" not in str(finding.what)


# ---------------------------------------------------------------- the log file, and the report


def test_the_log_file_is_described_and_what_is_wrong_with_it_is_said(home: Path) -> None:
    (home / "state" / "default").mkdir(parents=True)
    profile, now = find_profile("default"), datetime.now(UTC)
    place = Path(profile.log_place)
    assert log_file(profile, "off", now).level is Level.OK
    assert "nothing was worth a line yet" in str(log_file(profile, "warning", now).what)

    def logged(age: timedelta, level: str) -> bytes:
        at = (now - age).strftime("%Y-%m-%d %H:%M:%S.123 +0000")
        return f"{at} {level} session[1]: no connection: Unreachable\n  in a place\n".encode()

    append(
        str(place), logged(timedelta(days=9), "error") + logged(timedelta(hours=3, minutes=1), "warning") + b"\xff torn"
    )
    found = log_file(profile, "warning", now)
    assert (found.level, found.facts["warnings"]) == (Level.OK, 2)
    assert "warnings: 2, the last one 3 hours ago" in str(found.what)
    append(str(place), b"\n" + logged(timedelta(days=1), "error"))
    found = log_file(profile, "warning", now)
    assert (found.level, found.facts["mistakes"]) == (Level.WARNING, 1)
    assert found.advice is not None and "wxtui doctor --report" in str(found.advice)
    place.unlink()
    for make in (lambda: place.symlink_to("/etc/passwd"), place.mkdir, lambda: os.mkfifo(place)):
        make()
        assert "cannot be used: it is not a file of yours" in str(log_file(profile, "warning", now).what)
        place.rmdir() if place.is_dir() and not place.is_symlink() else place.unlink()


def test_a_report_tells_nothing_private(
    logged_in: Wxtui, sandbox: Sandbox, tmp_path: Path, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    private = ("zhang", "geheim", "10.1.2.3", "intern.example", "林小满", "sunglasses", "私", str(tmp_path))
    assert logged_in("send", "张三", "-m", "sunglasses").code == 0
    moved = tmp_path / "zhang-home" / "私" / "wx"
    moved.parent.mkdir(parents=True)
    home.rename(moved)
    monkeypatch.setenv("WXTUI_HOME", str(moved))
    monkeypatch.setenv("HOME", str(tmp_path / "zhang-home"))
    monkeypatch.setenv("NO_PROXY", "intern.example/zhang")
    monkeypatch.setenv("TERM_PROGRAM", "```\x1b[2Jterm")
    monkeypatch.setenv("WXTUI_LANG", "zh_CN")
    monkeypatch.setenv("LC_ALL", "geheim 1")
    (moved / "config.toml").write_text(
        'theme = "dark"\nbell = false\nkeep = 90\nstart_dir = "/srv/zhang"\nopen_command = "zhang {}"\n'
        'proxy = "http://zhang:geheim@10.1.2.3:1"\nlog = "info"\n[notify]\ngroup = "mentions"\n'
        '[hooks]\non_message = "/zhang/x"\n'
        '[keys]\nrevoke = "ctrl+z"\n',
        "utf-8",
    )
    place = Path(find_profile("default").log_place)
    head = "2026-11-30 01:02:03.456 +0000"
    place.write_text(
        f"{head} info session[7]: a session has begun: web\n"
        f"{head} warning session[7]: no connection: Unreachable, next try in 2.0 s\n"
        f"{head} error sync[7]: a task broke: KeyError\n  builtins.KeyError\n"
        '    File "/home/zhang/x.py", line 3, in y\n'
        f"{head} warning messages[7]: 林小满 ``` got in\nforged\n",
        "utf-8",
    )
    place.chmod(0o600)
    (place.parent / "crash.txt").write_text(
        'wxtui 0\n  File "/home/zhang/tui/app.py", line 3, in go\n```\n林小满', "utf-8"
    )
    result = logged_in("doctor", "--report", "--offline")
    assert not [word for word in private if word in result.out]
    first, *lines, last = result.lines
    assert (first, last) == ("```text", "```"), "it can be pasted as it is"
    assert not any("```" in line for line in lines) and "forged" not in result.out and "\x1b" not in result.out
    for told in (
        f"wxtui {tui.__version__}, Python 3.",
        "warning  hooks: “…” of the hook on_message is not installed here",
        "ok       home: ~/…/…/state/default",
        "ok       session: … (web, http://127.0.0.1:",
        "  theme = dark\n  language = zh_CN\n  bell = false\n",
        "  keep = 90\n",
        "  start_dir = (set)\n",
        "  proxy = (set)\n",
        "  notify = group\n  hooks = on_message\n  keys = revoke\n",
        "last warnings of the log file (log = info):\n"
        f"  {head} warning session[7]: no connection: Unreachable, next try in 2.0 s\n"
        f'  {head} error sync[7]: a task broke: KeyError\n    builtins.KeyError\n      File "…/x.py", line 3, in y\n'
        f"  {head} warning messages[7]: … ''' got in\n",
        "the mistake that ended wxtui last:\n  wxtui 0\n    File \"…/app.py\", line 3, in go\n  '''\n  …\n```",
    ):
        assert told in result.out, result.out
    assert "Look it through" in result.err
    assert logged_in("doctor", "--report", "--json").code == 2


@pytest.mark.parametrize(
    ("name", "value", "told"),
    [
        ("why", "Permission denied", "Permission denied"),
        ("why", "you are 张三", "…"),
        ("why", "Name or service not known", "Name or service not known"),
        ("day", "2026-11-29", "2026-11-29"),
        ("profile", "lover", "…"),
        ("path", "/home/zhang/.local/state/wxtui/lover/wxtui.log", "/home/…/.local/state/wxtui/…/wxtui.log"),
        ("hosts", "wx.qq.com, file.wx2.qq.com, corp.example:81", "wx.qq.com, file.wx2.qq.com, …"),
        ("server", "https://login.wx.qq.com", "https://login.wx.qq.com"),
        ("name", "bell", "bell"),
        ("name", "my own name", "…"),
        ("name", "WXTUI_THEME", "WXTUI_THEME"),
        ("inner", Phrase("{before}, {name}", before="dark", name="light"), "dark, light"),
        ("version", "tmux 3.3a", "tmux 3.3a"),
        ("version", "tmux\x1b]0;x", "…"),
        ("inner", Phrase("for {name}", name="Ann"), "for …"),
        ("anything", 3, "3"),
    ],
)
def test_a_fact_is_told_only_where_it_is_known_to_be_nobodys(name: str, value: object, told: str) -> None:
    assert shown(Phrase("{" + name + "}", **{name: value})) == told
