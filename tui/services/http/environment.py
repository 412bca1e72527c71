"""Proxies to the server, and what else the environment's variables say about the way there: hosts without a proxy,
certificates, a log of keys.

The setting `proxy` counts first. What it leaves to the environment is read as other programs read it, and every
complaint names the variable, or the line of the setting. Values are not shown: a proxy's address may hold a password.
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

from tui import errors
from tui.config.proxy_address import NoProxyAddress, ProxyAddress, read_address
from tui.errors import Phrase
from tui.paths import config_place
from tui.services.http.httpx_import import httpx
from tui.services.util import warnings
from tui.wire.hosts import is_loopback

_SETTING: Final = "WXTUI_PROXY"
_SYSTEM: Final = "HTTPS_PROXY"
"""Variable that is named where a proxy comes from the system's settings, which this variable overrides."""


_known: Final[dict[str, tuple[str, str]]] = {}
"""By the file of the settings: the proxy that it named when it was last right, and what named it."""


class Proxy(ProxyAddress, frozen=True):
    """Proxy at an address. `named_by` is the variable, or the file, that names it."""

    named_by: str


class ProxyRoutes:
    """Proxies by host, as the settings and the environment's variables are when this object is made."""

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
        """Return the proxy between us and `url`, None when there is none.

        Raises `EnvironmentUnusable`; `SettingsWrong` where the settings cannot be read: nobody who wants a proxy is
        led around it by a slip.
        """
        parts = urlsplit(url)
        host = parts.hostname or ""
        if is_loopback(host):
            return None
        own, named_by = self._own
        if own != "auto":
            return None if own == "none" or self._left_out(host, parts) else _read_proxy(own, named_by)
        scheme = parts.scheme if self._proxies.get(parts.scheme, "").strip() else "all"
        value = self._proxies.get(scheme, "").strip()
        if not value or self._bypassed(host, parts):
            return None
        return _read_proxy(value, _from_environment(scheme) or _SYSTEM)

    @cached_property
    def _own(self) -> tuple[str, str]:
        """The setting, and what names it: read for the first host that is not this machine.

        While the settings are wrong that were right before in this process, what they said then counts: somebody is
        just writing them, and a session that connects again is not to end by that.
        """
        if not (os.environ.get(_SETTING) or os.path.lexists(config_place())):
            return "auto", ""
        from tui.config.settings import examine

        found, place = examine(), config_place()
        wrong = tuple(one.sentence for one in found.mistakes if one.setting in ("", "proxy"))
        if not wrong:
            _known[place] = found.settings.proxy, found.variables.get("proxy", place)
        elif place not in _known:
            raise errors.SettingsWrong(why=errors.together(wrong), mistakes=wrong)
        return _known[place]

    def _bypassed(self, host: str, parts: SplitResult) -> bool:
        if "no" in self._proxies:
            return self._left_out(host, parts)
        # Only systems with settings of their own say more than the environment does.
        return not _from_environment("no") and bool(proxy_bypass(host))

    def _left_out(self, host: str, parts: SplitResult) -> bool:
        port = parts.port or (443 if parts.scheme == "https" else 80)
        return any(match(host, port) for match in self._entries[0])


def _from_environment(scheme: str) -> str:
    """Return the variable that names this proxy, "" when none does; the lower-case one counts first, as for curl."""
    name = f"{scheme}_proxy"
    return next((one for one in (name, name.upper()) if os.environ.get(one, "").strip()), "")


def _read_proxy(value: str, named_by: str) -> Proxy:
    try:
        address = read_address(value)
        httpx.URL(address.url)
    except NoProxyAddress as wrong:
        raise errors.EnvironmentUnusable(variable=named_by, why=wrong.why) from None
    except httpx.InvalidURL:
        raise errors.EnvironmentUnusable(variable=named_by, why=Phrase("not a valid proxy address")) from None
    return Proxy(address.url, address.shown, address.host, address.port, named_by)


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
