"""What the environment says about the way to the server: read as others read it, and named where it is at fault."""

from __future__ import annotations

import asyncio
import socket
import ssl
from pathlib import Path

import pytest

from tests.support.command_line import Wxtui
from tests.support.raw_server import PROXIES, plain_call, raw_server
from tests.support.scripted_session import PlainIds
from tests.support.tls import certificate, tls_sandbox
from tui import errors
from tui.services.http import environment
from tui.services.http.environment import ProxyRoutes, tls_context
from tui.services.http.transport import Transport
from tui.services.util import warnings

SERVER = "https://wx.invalid"
REAL_LOOKUP = socket.getaddrinfo


@pytest.fixture(autouse=True)
def bare(monkeypatch: pytest.MonkeyPatch) -> None:
    """No variable but those of the test, and no name server that is asked."""
    for name in (*PROXIES, "NO_PROXY", "no_proxy", "SSL_CERT_FILE", "SSL_CERT_DIR", "SSLKEYLOGFILE"):
        monkeypatch.delenv(name, raising=False)
    environment._told.clear()

    def unknown(*_: object, **__: object) -> None:
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", unknown)


# ---------------------------------------------------------------- hosts without a proxy


@pytest.mark.parametrize(
    ("entry", "direct", "proxied"),
    [
        ("*", ["wx.qq.com", "[::2]"], []),
        ("qq.com", ["qq.com", "wx.qq.com"], ["notqq.com", "qq.com.evil"]),
        (".qq.com", ["wx.qq.com", "qq.com"], ["notqq.com"]),
        ("*.qq.com", ["wx.qq.com"], ["example.com"]),
        ("WX.qq.com", ["wx.qq.com"], ["wx2.qq.com"]),
        ("qq.com:443", ["wx.qq.com"], ["wx.qq.com:8443"]),
        ("::1,[::2]", ["[::2]"], ["[::3]"]),
        ("fd07:b51a:cc66:f0::/64", ["[fd07:b51a:cc66:f0::7]"], ["[fd07:b51a:cc66:f1::7]", "wx.qq.com"]),
        ("10.0.0.0/8 192.168.1.1", ["10.1.2.3", "192.168.1.1"], ["11.0.0.1", "192.168.1.2"]),
        ("例子.中国", ["xn--fsqu00a.xn--fiqs8s"], ["wx.qq.com"]),
    ],
)
def test_no_proxy_names_hosts_that_are_reached_directly(
    entry: str, direct: list[str], proxied: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HTTPS_PROXY", "http://proxy.example:8080")
    monkeypatch.setenv("NO_PROXY", entry)
    routes = ProxyRoutes()
    assert not routes.left_out
    assert [host for host in direct if routes.proxy_for(f"https://{host}")] == []
    assert [host for host in proxied if not routes.proxy_for(f"https://{host}")] == []


@pytest.mark.parametrize(
    "entry", ["[::1", "fd07:::/64", "http://wx.qq.com", "qq.com:99999", "user@qq.com", "a/b", "\udcff.x"]
)
def test_an_entry_that_cannot_be_read_is_left_out(entry: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ALL_PROXY", "socks5://proxy.example")
    monkeypatch.setenv("NO_PROXY", f"wx.qq.com, {entry} ,.example.com")
    routes = ProxyRoutes()
    assert routes.left_out == (entry,)
    assert routes.proxy_for("https://wx.qq.com") is None
    assert routes.proxy_for("https://wx2.qq.com") is not None


# ---------------------------------------------------------------- proxies


@pytest.mark.parametrize(
    ("variable", "value", "shown"),
    [
        ("HTTPS_PROXY", " http://127.0.0.1:9 ", "http://127.0.0.1:9"),
        ("https_proxy", "127.0.0.1:9/", "http://127.0.0.1:9"),
        ("ALL_PROXY", "socks5h://name:secret@[::1]", "socks5h://[::1]:1080"),
        ("all_proxy", "https://proxy.example", "https://proxy.example:443"),
    ],
)
def test_a_proxy_is_read(variable: str, value: str, shown: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(variable, value)
    proxy = ProxyRoutes().proxy_for(SERVER)
    assert proxy is not None
    assert (proxy.shown, proxy.named_by) == (shown, variable)
    assert "secret" not in repr(proxy)


@pytest.mark.parametrize("variable", ["HTTPS_PROXY", "https_proxy", "ALL_PROXY"])
@pytest.mark.parametrize(
    "value",
    [
        *("http://127.0.0.1:99999", "http://:80", "http://[::", "http://a b", "ftp://x", "x:y:z", "http://x:0"),
        *("http://me:secret#1@x", "http://me:2/secret@x", "http://x/?key=secret"),
    ],
)
async def test_a_proxy_that_cannot_be_used_names_its_variable(
    variable: str, value: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(variable, value)
    with pytest.raises(errors.EnvironmentUnusable, match=f"{variable} in the environment cannot be used") as caught:
        Transport(SERVER, PlainIds())
    assert caught.value.exit_code == 1
    assert "secret" not in str(caught.value)


async def test_only_the_proxy_that_is_wanted_matters(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:99999")
    monkeypatch.setenv("HTTPS_PROXY", "")
    await Transport(SERVER, PlainIds()).close()
    monkeypatch.setenv("HTTPS_PROXY", "http://127.0.0.1:99999")
    monkeypatch.setenv("NO_PROXY", "invalid")
    await Transport(SERVER, PlainIds()).close()
    await Transport("https://127.0.0.1:1", PlainIds()).close()


@pytest.mark.parametrize(
    ("setting", "variable", "wanted", "named_by"),
    [
        ("", "", "http://of-all:1", "HTTPS_PROXY"),
        ("auto", "", "http://of-all:1", "HTTPS_PROXY"),
        ("none", "", None, ""),
        ("socks5h://me:secret@of-ours", "", "socks5h://of-ours:1080", "config.toml"),
        ("socks5h://of-ours", "of-variable:3", "http://of-variable:3", "WXTUI_PROXY"),
        ("socks5h://of-ours", "none", None, ""),
        ("none", "auto", "http://of-all:1", "HTTPS_PROXY"),
    ],
)
def test_our_own_setting_counts_before_what_is_said_to_all_programs(
    setting: str, variable: str, wanted: str | None, named_by: str, monkeypatch: pytest.MonkeyPatch, home: Path
) -> None:
    home.mkdir()
    if setting:
        (home / "config.toml").write_text(f"theme = 'blue'\nproxy = '{setting}'")
    monkeypatch.setenv("WXTUI_PROXY", variable)
    monkeypatch.setenv("HTTPS_PROXY", "of-all:1")
    monkeypatch.setenv("NO_PROXY", "wx.else")
    routes = ProxyRoutes()
    proxy = routes.proxy_for(SERVER)
    assert (proxy and proxy.shown) == wanted
    assert proxy is None or proxy.named_by.endswith(named_by)
    assert "secret" not in repr(proxy)
    assert routes.proxy_for("https://wx.else") is None and routes.proxy_for("http://127.0.0.1:1") is None


@pytest.mark.parametrize("text", ["proxy = 'ftp://x'", "proxy = http://me:secret@x", "bell = maybe", b"\xff"])
def test_where_the_settings_cannot_be_read_nothing_goes_around_the_proxy(text: str | bytes, home: Path) -> None:
    home.mkdir()
    (home / "config.toml").write_bytes(text if isinstance(text, bytes) else text.encode())
    with pytest.raises(errors.SettingsWrong, match=r"config\.toml, line 1") as caught:
        Transport(SERVER, PlainIds())
    assert "secret" not in str(caught.value)
    Transport("https://127.0.0.1:1", PlainIds())


def test_settings_that_are_just_being_written_end_no_session(home: Path) -> None:
    home.mkdir()
    file = home / "config.toml"
    for text in ("proxy = 'socks5h://first'", "proxy = socks5h://second'", b"\xff"):
        file.write_bytes(text if isinstance(text, bytes) else text.encode())
        proxy = ProxyRoutes().proxy_for(SERVER)
        assert proxy is not None and proxy.host == "first"
    file.unlink()
    assert ProxyRoutes().proxy_for(SERVER) is None


async def test_a_call_goes_through_the_proxy_of_the_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(socket, "getaddrinfo", REAL_LOOKUP)
    asked: list[bytes] = []

    async def proxy(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        asked.append(await reader.readuntil(b"\r\n\r\n"))
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}")

    async with raw_server(proxy) as origin:
        monkeypatch.setenv("WXTUI_PROXY", origin.replace("http://", "me:secret@"))
        async with Transport("http://wx.invalid", PlainIds()) as transport:
            await transport.run(plain_call("http://wx.invalid"))
    (head,) = asked
    assert b"http://wx.invalid/" in head.splitlines()[0]
    assert b"Basic bWU6c2VjcmV0" in head


# ---------------------------------------------------------------- certificates


@pytest.mark.parametrize("variable", ["SSL_CERT_FILE", "SSL_CERT_DIR"])
@pytest.mark.parametrize("value", ["/proc/nonexistent", "/dev/null"])
async def test_certificates_that_are_not_there_name_their_variable(
    variable: str, value: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(variable, value)
    with pytest.raises(errors.EnvironmentUnusable, match=f"{variable} in the environment cannot be used"):
        Transport(SERVER, PlainIds())
    await Transport("http://127.0.0.1:1", PlainIds()).close()


def test_a_log_of_keys_that_cannot_be_written_is_told_once(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    told: list[errors.WxtuiError] = []
    warnings.listen(told.append)
    try:
        monkeypatch.setenv("SSLKEYLOGFILE", str(tmp_path / "none" / "keys"))
        assert tls_context().verify_mode is ssl.CERT_REQUIRED
        assert tls_context().check_hostname
        assert [str(one) for one in told] == ["SSLKEYLOGFILE in the environment is ignored: No such file or directory."]
        monkeypatch.setenv("SSLKEYLOGFILE", str(tmp_path / "keys"))
        assert tls_context().keylog_filename == str(tmp_path / "keys")
    finally:
        warnings.listen(None)


async def test_a_certificate_that_the_variable_does_not_know_names_it(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    theirs, ours = tmp_path / "theirs", tmp_path / "ours"
    theirs.mkdir()
    ours.mkdir()
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate(ours, "127.0.0.1").authority))
    made = certificate(theirs, "127.0.0.1")
    monkeypatch.undo()
    monkeypatch.setenv("SSL_CERT_FILE", str(ours / "ca.pem"))
    async with tls_sandbox(made) as origin, Transport(origin, PlainIds()) as transport:
        with pytest.raises(
            errors.Unreachable, match=r"its certificate is not trusted .*; trusted ones come from SSL_CERT_FILE"
        ):
            await transport.run(plain_call(origin))


# ---------------------------------------------------------------- what opening a connection can raise


@pytest.mark.parametrize(
    "fault",
    [
        OverflowError("port must be 0-65535."),
        UnicodeError("label too long"),
        ValueError("x"),
        RuntimeError("x"),
        ssl.SSLError(1, "x"),
        OSError(113, "No route to host"),
        ssl.SSLCertVerificationError("x"),
    ],
    ids=lambda fault: type(fault).__name__,
)
@pytest.mark.parametrize("grouped", [0, 1, 2])
async def test_whatever_it_raises_is_one_of_ours_and_nothing_was_sent(
    fault: Exception, grouped: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In a group as anyio raises them, or as it is."""
    for _ in range(grouped):
        fault = ExceptionGroup("one of several", [fault, OSError(1, "x")])

    def breaks(*_: object, **__: object) -> None:
        raise fault

    monkeypatch.setattr(socket, "getaddrinfo", breaks)
    async with Transport("http://wx.invalid", PlainIds()) as transport:
        with pytest.raises(errors.NetworkError) as caught:
            await transport.run(plain_call("http://wx.invalid"))
    assert type(caught.value) in (errors.Unreachable, errors.ConnectionBroken)
    if not isinstance(fault, OSError):
        assert type(caught.value) is errors.Unreachable


# ---------------------------------------------------------------- the command line


@pytest.mark.parametrize(
    ("variable", "value", "said"),
    [
        (
            "SSL_CERT_FILE",
            "/proc/nonexistent",
            "SSL_CERT_FILE in the environment cannot be used: No such file or directory.",
        ),
        ("SSL_CERT_FILE", "/dev/null", "SSL_CERT_FILE in the environment cannot be used: it contains no certificates."),
        ("SSLKEYLOGFILE", "/proc/nonexistent/x", "wx.invalid cannot be reached: Name or service not known."),
        (
            "HTTPS_PROXY",
            "http://127.0.0.1:99999",
            "HTTPS_PROXY in the environment cannot be used: not a valid proxy address",
        ),
        ("NO_PROXY", "localhost,127.0.0.1,::1,[::1]", "wx.invalid cannot be reached: Name or service not known."),
        ("NO_PROXY", "fd07:b51a:cc66:f0::/64", "wx.invalid cannot be reached: Name or service not known."),
        ("NO_PROXY", "例子.中国", "wx.invalid cannot be reached: Name or service not known."),
        ("HTTPS_PROXY", " http://127.0.0.1:9", "wx.invalid cannot be reached: "),
    ],
)
def test_a_fault_of_the_environment_names_its_variable(
    variable: str, value: str, said: str, monkeypatch: pytest.MonkeyPatch, wxtui: Wxtui
) -> None:
    """The cases of `environment.sh`: exit code 1, with a sentence that names what is at fault."""
    monkeypatch.setenv(variable, value)
    result = wxtui("--server", SERVER, "login", "--wait", "1")
    assert (result.code, said in result.err) == (1, True), result.err
    assert "crashed" not in result.err


@pytest.mark.parametrize(
    ("variable", "value", "level", "code"),
    [
        ("SSL_CERT_FILE", "/proc/nonexistent", "bad", 1),
        ("HTTPS_PROXY", "http://127.0.0.1:99999", "bad", 1),
        ("SSLKEYLOGFILE", "/proc/nonexistent/x", "warning", None),
        ("NO_PROXY", "wx.qq.com,[::1", "warning", None),
    ],
)
def test_the_doctor_names_it(
    variable: str, value: str, level: str, code: int | None, monkeypatch: pytest.MonkeyPatch, wxtui: Wxtui
) -> None:
    monkeypatch.setenv(variable, value)
    result = wxtui("--server", SERVER, "--json", "doctor")
    (finding,) = [row for row in result.json if row["probe"] == "environment"]
    assert (finding["level"], variable in finding["what"]) == (level, True)
    assert code is None or result.code == code
