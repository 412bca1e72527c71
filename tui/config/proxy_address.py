"""Addresses of proxies, as people write them: read, and shown without the password in them."""

from __future__ import annotations

from typing import Final
from urllib.parse import urlsplit

import msgspec

from tui.errors import Phrase

SCHEMES: Final = ("http", "https", "socks5", "socks5h")
_HIDDEN: Final = "***"


class ProxyAddress(msgspec.Struct, frozen=True):
    """Proxy at `url`, which may hold a name and a password. `shown` is its address without them."""

    url: str
    shown: str
    host: str
    port: int

    def __repr__(self) -> str:
        return f"ProxyAddress({self.shown})"


class NoProxyAddress(ValueError):
    """Raised for a text that is no proxy's address; `why` is the reason inside a sentence. It has no part of the text,
    which may hold a password."""

    def __init__(self, why: Phrase) -> None:
        super().__init__()
        self.why = why


def read_address(value: str) -> ProxyAddress:
    """Read a proxy's address; without a scheme it is an http proxy's. Raises `NoProxyAddress`."""
    url = value if "://" in value else f"http://{value}"
    try:
        parts = urlsplit(url)
        host, port = parts.hostname or "", parts.port
    except ValueError:
        host, port, parts = "", None, urlsplit("")
    # What follows is of no use to a proxy, and may be half of a password with a / or # in it.
    more = parts.path.strip("/") or parts.query or parts.fragment or url[-1:] in ("?", "#")
    if not host or port == 0 or more or any(letter.isspace() or not letter.isprintable() for letter in url):
        raise NoProxyAddress(Phrase("not a valid proxy address"))
    if parts.scheme not in SCHEMES:
        raise NoProxyAddress(
            Phrase("wxtui supports http, https and socks5 proxies, not {scheme}", scheme=parts.scheme[:20])
        )
    port = port or (1080 if parts.scheme.startswith("socks") else 443 if parts.scheme == "https" else 80)
    shown = f"[{host}]" if ":" in host else host
    return ProxyAddress(url, f"{parts.scheme}://{shown}:{port}", host, port)


def masked(value: str) -> str:
    """Return an address with its name and password replaced by `***`, whatever else the text may be."""
    scheme, scheme_end, rest = value.partition("://")
    login, at, place = (rest if scheme_end else value).rpartition("@")
    return f"{scheme + scheme_end if scheme_end else ''}{_HIDDEN}@{place}" if at and login else value


def has_password(value: str) -> bool:
    """Return whether an address holds a name or a password."""
    return masked(value) != value
