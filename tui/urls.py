"""Addresses (URLs) in texts: found, and made safe to be opened, drawn or handed to the terminal. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final
from urllib.parse import urlsplit

import msgspec

_OPENED: Final = frozenset({"http", "https", "mailto"})
"""Schemes that are opened: any other may start a program, or read a file."""
_ASCII: Final = r"A-Za-z0-9\-._~:/?#\[\]@!$&'()*+,;=%"
_CJK: Final = "\u3400-\u9fff"
# Patterns are compiled when they are first used, by `re`: this one takes milliseconds.
_FOUND: Final = (
    rf"(?:(?i:https?://)|(?<![\w.@/-])(?i:www)\.(?=[A-Za-z0-9])|(?i:mailto):(?=[^\s@]{{1,64}}@))"
    # Chinese goes on behind an address without a blank; a host that begins in Chinese is one all the same.
    rf"(?:(?<=//)[{_CJK}]{{1,60}}\.[{_CJK}A-Za-z0-9.-]{{1,200}})?"
    rf"[{_ASCII}\u00c0-\u052f]*"
)
_HINTS: Final = ("://", "www.", "mailto:")
_TRAILING: Final = ".,;:!?'*"
_PAIRS: Final = {")": "(", "]": "["}
_ENCODED: Final = r"[^A-Za-z0-9\-._~:/?#@!$&'()*+,;=%\[\]]|%(?![0-9A-Fa-f]{2})"
_SCHEME: Final = r"\s*([A-Za-z][A-Za-z0-9+.-]{0,30}):"
"""Scheme at the beginning of an address."""
_LONGEST: Final = 32_000


class AddressSpan(msgspec.Struct, frozen=True, gc=False):
    """Characters of a text that are an address which can be opened."""

    begin: int
    end: int
    url: str


def has_scheme(written: str) -> bool:
    """Return True for an address that begins with a scheme, whatever it is."""
    return re.match(_SCHEME, written) is not None


def addresses_in(text: str) -> Iterator[AddressSpan]:
    """Yield the addresses in a text that can be opened, ascending; without the punctuation behind them."""
    folded = text.lower()
    if not any(hint in folded for hint in _HINTS):
        return
    for match in re.finditer(_FOUND, text):
        written = _trimmed(match[0])
        url = openable(f"https://{written}" if written[:4].lower() == "www." else written)
        if url:
            yield AddressSpan(match.start(), match.start() + len(written), url)


def openable(written: str) -> str:
    """Return an address as printable ASCII that begins with http, https or mailto; "" for any other.

    What is no character of an address is encoded, so nothing in it can be an option, a command or a control character.
    Of mailto only the receivers stay: its other fields may name files to attach.
    """
    written = written.strip()
    match = re.match(_SCHEME, written)
    if match is None or len(written) > _LONGEST or match[1].lower() not in _OPENED:
        return ""
    scheme, rest = match[1].lower(), written[match.end() :]
    if scheme == "mailto":
        receivers = _encoded(rest.partition("?")[0])
        return f"mailto:{receivers}" if re.fullmatch(r"[^@/]{1,200}@[^@/]{1,250}", receivers) else ""
    if not rest.startswith("//"):
        return ""
    authority, path = re.fullmatch(r"(?s)([^/?#\\]*)(.*)", rest[2:]).groups()  # type: ignore[union-attr]
    if path.startswith("\\"):
        path = "/" + path[1:]  # as browsers read it: the host ends there
    account, at, host = authority.rpartition("@")
    known = _host(host)
    return f"{scheme}://{_encoded(account)}{at}{known}{_encoded(path)}" if known else ""


def host_of(url: str) -> str:
    """Return the host of an address, "" when a stranger's address makes no sense."""
    try:
        parts = urlsplit(url)
        return parts.hostname or (parts.path.rpartition("@")[2] if parts.scheme == "mailto" else "")
    except ValueError:
        return ""


def _host(written: str) -> str:
    """Return a host with its port, in ASCII; "" for none."""
    try:
        host = written.lower() if written.isascii() else written.encode("idna").decode("ascii").lower()
    except UnicodeError:
        return ""
    return host if re.fullmatch(r"(?:[a-z0-9._-]{1,253}|\[[0-9a-f:.]{2,45}\])(?::[0-9]{1,5})?", host) else ""


def _encoded(part: str) -> str:
    def encode(match: re.Match[str]) -> str:
        return "".join(f"%{byte:02X}" for byte in match[0].encode("utf-8", "replace"))

    return re.sub(_ENCODED, encode, part)


def _trimmed(found: str) -> str:
    """Return an address without the punctuation that belongs to the sentence round it."""
    end = len(found)
    unopened = {closing: found.count(closing) - found.count(opening) for closing, opening in _PAIRS.items()}
    while end:
        last = found[end - 1]
        if last in unopened and unopened[last] > 0:
            unopened[last] -= 1
        elif last not in _TRAILING:
            break
        end -= 1
    return found[:end]
