"""Environment variables for the way to the server: proxies, hosts without one, certificates, a log of keys.

They are read as other programs read them, and every complaint names the variable. Values are not shown: a proxy's
address may hold a password.
"""

from __future__ import annotations

import os
import ssl
from collections.abc import Callable
from functools import cached_property
from pathlib import Path
from typing import Final
from urllib.parse import SplitResult, urlsplit
from urllib.request import getproxies, proxy_bypass

import msgspec

from tui import errors
from tui.errors import Phrase
from tui.services.http.httpx_import import httpx
from tui.services.util import warnings

_SCHEMES: Final = ("http", "https", "socks5", "socks5h")
_SYSTEM: Final = "HTTPS_PROXY"
"""Variable that is named where a proxy comes from the system's settings, which this variable overrides."""


def is_loopback(host: str) -> bool:
    """Return whether a host is this machine, by its name; this machine is always reached without a proxy."""
    return host == "localhost" or host.startswith("127.") or host == "::1"


class Proxy(msgspec.Struct, frozen=True):
    """Proxy with `url`. `shown` is its address without name and password; `variable` is the one that names it."""

    url: str
    shown: str
    host: str
    port: int
    variable: str

    def __repr__(self) -> str:
        return f"Proxy({self.shown})"


class ProxyRoutes:
    """Proxies by host, as the environment variables are when this object is made."""

    def __init__(self) -> None:
        self._proxies = getproxies()

    @cached_property
    def _entries(self) -> tuple[list[_Match], list[str]]:
        return _read_no_proxy(self._proxies.get("no", ""))

    @property
    def left_out(self) -> tuple[str, ...]:
        """Entries of NO_PROXY that cannot be read."""
        return tuple(self._entries[1])

    def proxy_for(self, url: str) -> Proxy | None:
        """Return the proxy between us and `url`, None when there is none. Raises `EnvironmentUnusable`."""
        parts = urlsplit(url)
        host = parts.hostname or ""
        scheme = parts.scheme if self._proxies.get(parts.scheme, "").strip() else "all"
        value = self._proxies.get(scheme, "").strip()
        if not value or is_loopback(host) or self._bypassed(host, parts):
            return None
        return _read_proxy(value, _from_environment(scheme) or _SYSTEM)

    def _bypassed(self, host: str, parts: SplitResult) -> bool:
        if "no" in self._proxies:
            port = parts.port or (443 if parts.scheme == "https" else 80)
            return any(match(host, port) for match in self._entries[0])
        # Only systems with settings of their own say more than the environment does.
        return not _from_environment("no") and bool(proxy_bypass(host))


def _from_environment(scheme: str) -> str:
    """Return the variable that names this proxy, "" when none does; the lower-case one counts first, as for curl."""
    name = f"{scheme}_proxy"
    return next((one for one in (name, name.upper()) if os.environ.get(one, "").strip()), "")


def _read_proxy(value: str, variable: str) -> Proxy:
    address = value if "://" in value else f"http://{value}"
    try:
        parts = urlsplit(address)
        host, port = parts.hostname or "", parts.port
        httpx.URL(address)
    except (ValueError, httpx.InvalidURL):
        host, port, parts = "", None, urlsplit("")
    if not host or port == 0 or any(letter.isspace() for letter in host):
        raise errors.EnvironmentUnusable(variable=variable, why=Phrase("not a valid proxy address"))
    if parts.scheme not in _SCHEMES:
        why = Phrase("wxtui supports http, https and socks5 proxies, not {scheme}", scheme=parts.scheme[:20])
        raise errors.EnvironmentUnusable(variable=variable, why=why)
    port = port or (1080 if parts.scheme.startswith("socks") else 443 if parts.scheme == "https" else 80)
    shown = f"[{host}]" if ":" in host else host
    return Proxy(address, f"{parts.scheme}://{shown}:{port}", host, port, variable)


# ---------------------------------------------------------------- hosts without a proxy

_Match = Callable[[str, int], bool]


def _read_no_proxy(text: str) -> tuple[list[_Match], list[str]]:
    """Return the entries that can be read, and the texts of those that cannot."""
    read: list[_Match] = []
    left_out: list[str] = []
    for entry in text.replace(",", " ").split():
        match = _read_entry(entry)
        if match is None:
            left_out.append(entry)
        else:
            read.append(match)
    return read, left_out


def _read_entry(entry: str) -> _Match | None:
    """Read `*`, a name with all below it, an address or a network; names and addresses may have a port."""
    if entry == "*":
        return lambda host, port: True
    return _network(entry) or _name(entry)


def _network(entry: str) -> _Match | None:
    import ipaddress

    bare = entry[1:-1] if entry.startswith("[") and entry.endswith("]") else entry
    try:
        wanted = ipaddress.ip_network(bare, strict=False)
    except ValueError:
        return None

    def match(host: str, port: int) -> bool:
        try:
            return ipaddress.ip_address(host) in wanted
        except ValueError:
            return False

    return match


def _name(entry: str) -> _Match | None:
    try:
        parts = urlsplit(f"//{entry.removeprefix('*')}")
        name, wanted = parts.hostname or "", parts.port
        plain = not (parts.path or parts.query or parts.fragment or "@" in entry or "[" in entry)
        # As the names of hosts are written in addresses.
        name = name.strip(".").encode("idna").decode("ascii") if not name.isascii() else name.strip(".")
    except (ValueError, UnicodeError):
        return None
    if not plain or not name or not all(letter.isalnum() or letter in "-_." for letter in name):
        return None

    def match(host: str, port: int) -> bool:
        return wanted in (None, port) and (host == name or host.endswith(f".{name}"))

    return match


# ---------------------------------------------------------------- certificates


_told: Final[set[str]] = set()


def _tell(ignored: errors.EnvironmentIgnored) -> None:
    """Warn once of a variable that is ignored; each new connection would repeat the warning."""
    if str(ignored) not in _told:
        _told.add(str(ignored))
        warnings.tell(ignored)


def tls_context(on_ignored: Callable[[errors.EnvironmentIgnored], None] = _tell) -> ssl.SSLContext:
    """Return a context that checks certificates: against SSL_CERT_FILE, else SSL_CERT_DIR, else the bundle of certifi.

    Raises `EnvironmentUnusable` for a file or folder that holds none. A log of keys that cannot be written is left out,
    and `on_ignored` hears of it.
    """
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    file, folder = os.environ.get("SSL_CERT_FILE"), os.environ.get("SSL_CERT_DIR")
    if file:
        _load("SSL_CERT_FILE", lambda: context.load_verify_locations(cafile=file))
    elif folder:
        _load("SSL_CERT_DIR", lambda: _load_folder(context, folder))
    else:
        import certifi

        context.load_verify_locations(cafile=certifi.where())
    keys = os.environ.get("SSLKEYLOGFILE")
    if keys:
        try:
            context.keylog_filename = keys
        except OSError as error:
            why = error.strerror or Phrase("it cannot be written")
            on_ignored(errors.EnvironmentIgnored(variable="SSLKEYLOGFILE", why=why))
    return context


def _load(variable: str, load: Callable[[], None]) -> None:
    try:
        load()
    except ssl.SSLError:
        why: object = Phrase("it contains no certificates")
    except OSError as error:
        why = error.strerror or Phrase("it cannot be read")
    except ValueError:
        why = Phrase("it cannot be read")
    else:
        return
    raise errors.EnvironmentUnusable(variable=variable, why=why) from None


def _load_folder(context: ssl.SSLContext, folder: str) -> None:
    # OpenSSL looks into it when a certificate is wanted, and says nothing of a folder that is not there.
    for one in folder.split(os.pathsep):
        next(Path(one).iterdir(), None)
    context.load_verify_locations(capath=folder)


def certificate_variable() -> str:
    """Return the variable that says which certificates are trusted, "" when none does."""
    return next((name for name in ("SSL_CERT_FILE", "SSL_CERT_DIR") if os.environ.get(name)), "")
