"""Probes of the way to the server: names, connections, certificates, proxies, the clock, and the session itself."""

from __future__ import annotations

import asyncio
import os
import socket
import ssl
import time
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Final
from urllib.parse import urlsplit

from tui import errors
from tui.doctor.finding import Finding, Level, bad, fine, of_error, warning
from tui.errors import Phrase
from tui.paths import Profile
from tui.services.http.dates import read_date
from tui.services.http.environment import Proxy, ProxyRoutes, tls_context
from tui.services.http.failures import untrusted
from tui.services.http.transport import Transport
from tui.services.session.context import SessionContext, cookies_kept
from tui.services.session.session_file import SessionFile, StoredSession
from tui.services.util.ids import Ids
from tui.services.util.threads import in_own_thread
from tui.wire import send
from tui.wire.call import Request
from tui.wire.hosts import Hosts

PATIENCE: Final = 3.0
"""Seconds for each step: a person who asks what is wrong does not want to wait long."""
_ONLINE_PATIENCE: Final = 15.0
_SLOW: Final = 1.0
_SKEWED, _WRONG = 60.0, 300.0
"""Seconds between the server's clock and this one that give a warning, and that are bad: a message can be revoked for
two minutes, and certificates have dates."""

_CHECK_NETWORK: Final = Phrase(
    "Check the network and its firewall. If a proxy is required, check HTTPS_PROXY, or “proxy” in config.toml."
)


async def network(hosts: Hosts) -> list[Finding]:
    """Probe the way to each host of the variant, all at once; each step takes at most `PATIENCE` seconds."""
    origins = list(dict.fromkeys((hosts.api, hosts.login, hosts.file, hosts.push)))
    found = _environment(origins)
    if any(one.level is Level.BAD for one in found):
        # Nothing can be opened with such variables: every other probe would only say so again.
        return found
    routes = ProxyRoutes()
    proxies = {origin: routes.proxy_for(origin) for origin in origins}
    jobs = [
        *(_proxy(proxy) for proxy in dict.fromkeys(filter(None, proxies.values()))),
        _hosts([origin for origin in origins if proxies[origin] is None]),
        _answer(hosts.api, routes),
    ]
    return [*found, *(one for several in await asyncio.gather(*jobs) for one in several)]


def _environment(origins: Sequence[str]) -> list[Finding]:
    """Return findings about variables of the environment that cannot be followed."""
    found: list[Finding] = []
    routes = ProxyRoutes()
    if routes.left_out:
        entries = ", ".join(routes.left_out)
        what = Phrase("ignoring entries of NO_PROXY that are not valid: {entries}", entries=entries)
        advice = Phrase("Valid entries are host names, addresses and networks: localhost,.example.com,10.0.0.0/8,::1")
        found.append(warning("environment", what, advice, variable="NO_PROXY"))
    notes: list[errors.EnvironmentIgnored] = []
    try:
        for origin in origins:
            routes.proxy_for(origin)
        if any(origin.startswith("https:") for origin in origins):
            tls_context(notes.append)
    except errors.SettingsWrong:
        # The mistake itself is told with those of all settings.
        found.append(bad("network", Phrase("not checked, because the settings for it have a mistake")))
    except errors.EnvironmentUnusable as error:
        found.append(of_error("environment", error))
    found += [warning("environment", note.said, variable="SSLKEYLOGFILE") for note in notes]
    return found


async def _proxy(proxy: Proxy) -> Sequence[Finding]:
    shown = proxy.shown
    try:
        address = await _resolve(proxy.host, proxy.port)
        await _connect(address, proxy.port, None, "")
    except _Failed as failed:
        what = Phrase("the proxy {proxy} does not work: {why}", proxy=shown, why=failed.why)
        advice = Phrase("Start it, or remove it from {variable}.", variable=proxy.named_by)
        return [bad("proxy", what, advice, proxy=shown)]
    return [fine("proxy", Phrase("through the proxy {proxy}", proxy=shown), proxy=shown)]


class _Failed(Exception):
    """A step failed; `why` is the reason inside a sentence."""

    def __init__(self, why: object, advice: Phrase = _CHECK_NETWORK) -> None:
        super().__init__()
        self.why = why
        self.advice = advice


async def _hosts(origins: Sequence[str]) -> Sequence[Finding]:
    """Probe name, connection and certificate of each host; hosts that fail for the same reason share a finding."""
    ends = await asyncio.gather(*(_host(origin) for origin in origins), return_exceptions=True)
    found: list[Finding] = []
    failed: dict[str, tuple[_Failed, list[str]]] = {}
    for origin, end in zip(origins, ends, strict=True):
        if isinstance(end, _Failed):
            failed.setdefault(str(end.why), (end, []))[1].append(urlsplit(origin).netloc)
        elif isinstance(end, BaseException):
            raise end
        else:
            found.append(end)
    for why, hosts in failed.values():
        what = Phrase("cannot reach {hosts}: {why}", hosts=", ".join(hosts), why=why.why)
        found.append(bad("network", what, why.advice, hosts=hosts))
    return found


async def _host(origin: str) -> Finding:
    parts = urlsplit(origin)
    host, secure = parts.hostname or "", parts.scheme == "https"
    port = parts.port or (443 if secure else 80)
    began = time.monotonic()
    address = await _resolve(host, port)
    await _connect(address, port, tls_context() if secure else None, host)
    seconds = time.monotonic() - began
    facts = {"host": parts.netloc, "address": address, "ms": round(seconds * 1000)}
    what = Phrase("{host} at {address}, {ms} ms", **facts)
    if seconds > _SLOW:
        return warning("network", what, Phrase("The network is slow right now."), **facts)
    return fine("network", what, **facts)


async def _resolve(host: str, port: int) -> str:
    """Return the first address. A thread asks that nobody waits for: a dead name server blocks it for half a minute."""
    try:
        async with asyncio.timeout(PATIENCE):
            found = await in_own_thread(lambda breath: socket.getaddrinfo(host, port, type=socket.SOCK_STREAM))
    except TimeoutError:
        raise _Failed(Phrase("no DNS server answered"), Phrase("Check the DNS servers: /etc/resolv.conf.")) from None
    except OSError as error:
        why = Phrase("unknown host name (DNS: {why})", why=error.strerror or "")
        raise _Failed(why, Phrase("Check the DNS servers: /etc/resolv.conf.")) from None
    except UnicodeError:
        raise _Failed(Phrase("not a valid host name")) from None
    return str(found[0][4][0])


async def _connect(address: str, port: int, tls: ssl.SSLContext | None, host: str) -> None:
    try:
        async with asyncio.timeout(PATIENCE):
            _, writer = await asyncio.open_connection(address, port, ssl=tls, server_hostname=host if tls else None)
            writer.transport.abort()
    except TimeoutError:
        raise _Failed(Phrase("it did not answer in time")) from None
    except ssl.SSLCertVerificationError as error:
        advice = Phrase(
            "Check the clock. If a program or device here inspects HTTPS, set SSL_CERT_FILE to its certificate."
        )
        raise _Failed(untrusted(error), advice) from None
    except ssl.SSLError:
        raise _Failed(Phrase("a secure connection could not be opened")) from None
    except OSError as error:
        # asyncio adds its own words and the address to the error.
        known = error.errno is not None and error.errno > 0
        raise _Failed(os.strerror(error.errno or 0) if known else Phrase("a connection could not be opened")) from None


async def _answer(origin: str, routes: ProxyRoutes) -> Sequence[Finding]:
    """Check that the server answers HTTP, through the proxy if there is one; and compare its clock."""
    host = urlsplit(origin).netloc
    try:
        async with (
            Transport(origin, Ids()) as transport,
            asyncio.timeout(PATIENCE * 2),
            transport.stream("GET /", Request("GET", f"{origin}/")) as answer,
        ):
            status, date = answer.status, answer.headers.get("date", "")
            now = datetime.now(UTC)
    except TimeoutError:
        return [bad("answer", Phrase("{host} accepts connections but does not answer", host=host), _CHECK_NETWORK)]
    except errors.Unreachable as error:
        # Without a proxy, the probe of the host has said so already.
        return [of_error("answer", error)] if routes.proxy_for(origin) is not None else []
    except errors.WxtuiError as error:
        return [of_error("answer", error)]
    if status in (407, 511):
        advice = Phrase("Log in to this network in a browser, or give the proxy its name and password.")
        return [bad("answer", Phrase("this network requires a login first (HTTP {status})", status=status), advice)]
    found = [fine("answer", Phrase("{host} answers (HTTP {status})", host=host, status=status), status=status)]
    return [*found, *_clock(date, now)]


def _clock(date: str, now: datetime) -> Sequence[Finding]:
    """Compare this clock with the server's `Date`, which counts whole seconds."""
    theirs = read_date(date)
    if theirs is None:
        return []
    skew = (now - theirs).total_seconds()
    seconds = round(abs(skew))
    if abs(skew) < _SKEWED:
        return [fine("clock", Phrase("within {seconds} s of the server's", seconds=max(1, seconds)), skew=round(skew))]
    if skew > 0:
        what = Phrase("the clock here is {seconds} s ahead of the server's", seconds=seconds)
    else:
        what = Phrase("the clock here is {seconds} s behind the server's", seconds=seconds)
    advice = Phrase("Set the clock: timedatectl set-ntp true. Message times and the recall limit depend on it.")
    say = bad if abs(skew) >= _WRONG else warning
    return [say("clock", what, advice, skew=round(skew))]


async def online(profile: Profile, stored: StoredSession) -> list[Finding]:
    """Ask the server, by the lightest call there is, whether it still takes the session."""
    ids = Ids()
    try:
        async with (
            asyncio.timeout(_ONLINE_PATIENCE),
            Transport(stored.session.hosts.api, ids, stored.cookies) as transport,
        ):
            context = SessionContext(stored.session, transport, ids, SessionFile(profile.session_file), stored.origin)
            async with cookies_kept(context):
                await context.transport.run(send.hello(context.session, str(ids.now_ms())))
    except TimeoutError:
        return [bad("online", Phrase("the server did not answer in time"), _CHECK_NETWORK)]
    except errors.WxtuiError as error:
        return [of_error("online", error)]
    return [fine("online", Phrase("the server accepts this session"))]
