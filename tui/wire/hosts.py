"""Hosts of a session (PROTOCOL section 1). A host here is an origin: scheme and authority."""

from __future__ import annotations

import re
from typing import Final
from urllib.parse import urlsplit

import msgspec

from tui import errors
from tui.wire.names import CGI, Endpoint


class Hosts(msgspec.Struct, frozen=True):
    """The four origins of one session; all of them belong together."""

    api: str
    login: str
    file: str
    push: str

    def cgi(self, origin: str, name: str) -> str:
        """Return the address of call `name` at an origin."""
        return f"{origin}{CGI}{name}"

    @property
    def sound(self) -> bool:
        """True when each of them is an origin; a session file that somebody edited may hold anything."""
        return all(_is_origin(origin) for origin in (self.api, self.login, self.file, self.push))


_FILEHELPER_ROWS: Final = {
    "filehelper.weixin.qq.com": ("login.wx.qq.com", "file.wx.qq.com"),
    "szfilehelper.weixin.qq.com": ("login.wx2.qq.com", "file.wx2.qq.com"),
    "cmfilehelper.weixin.qq.com": ("login.wx8.qq.com", "file.wx8.qq.com"),
}
_WEB_HOSTS: Final = ("wx.qq.com", "wx2.qq.com", "wx8.qq.com", "web.wechat.com", "web2.wechat.com")
KNOWN_HOSTS: Final = frozenset({*_WEB_HOSTS, *_FILEHELPER_ROWS})
"""Names of WeChat's hosts that a session begins with; others of its names have a word before one of these."""


def is_loopback(host: str) -> bool:
    """Return whether a host is this machine, by its name: a sandbox, or what is reached without a proxy."""
    return host in ("localhost", "::1") or re.fullmatch(r"127(\.\d{1,3}){1,3}", host) is not None


def _web(api: str) -> Hosts:
    return Hosts(f"https://{api}", f"https://login.{api}", f"https://file.{api}", f"https://webpush.{api}")


def _filehelper(entry: str) -> Hosts:
    login, file = _FILEHELPER_ROWS[entry]
    return Hosts(f"https://{entry}", f"https://{login}", f"https://{file}", f"https://{entry}")


def _is_origin(text: str) -> bool:
    try:
        parts = urlsplit(text)
        parts.port  # noqa: B018 - it is checked when it is read
    except ValueError:
        return False
    bare = parts.path in ("", "/") and not parts.query and not parts.fragment and parts.username is None
    return parts.scheme in ("http", "https") and bool(parts.hostname) and bare


def one_origin(origin: str) -> Hosts:
    """Return `origin` as every host, for the sandbox and tests. Raises `UsageError` on anything but an http origin."""
    if not _is_origin(origin):
        # What stands before an @ may be a password.
        shown = origin.rpartition("@")[2]
        raise errors.UsageError(
            why=errors.Phrase("“{origin}” is not a server address (one is http://127.0.0.1:8787).", origin=shown)
        )
    parts = urlsplit(origin)
    base = f"{parts.scheme}://{parts.netloc}"
    return Hosts(base, base, base, base)


def entry_hosts(endpoint: Endpoint, origin: str | None = None) -> Hosts:
    """Return the hosts at which a login starts: the row of the first host, or `origin` for everything."""
    if origin is not None:
        return one_origin(origin)
    return _web("wx.qq.com") if endpoint is Endpoint.WEB else _filehelper("filehelper.weixin.qq.com")


def hosts_after_scan(endpoint: Endpoint, current: Hosts, redirect_uri: str) -> Hosts:
    """Return the hosts that `redirect_uri` pins the account to.

    Raises `LoginFailed` when it names a host that does not belong to WeChat: credentials would go there.
    """
    try:
        parts = urlsplit(redirect_uri)
    except ValueError:
        # Half an IPv6 address, or letters that would turn into others.
        parts = urlsplit("")
    origin = f"{parts.scheme}://{parts.netloc}"
    if origin == current.api:
        return current
    host = parts.netloc
    if parts.scheme == "https":
        # One origin stands for all of WeChat's hosts, so also for the one that the redirect names.
        replaced = current if current.api == current.login == current.file == current.push else None
        if endpoint is Endpoint.FILEHELPER and host in _FILEHELPER_ROWS:
            return replaced or _filehelper(host)
        if endpoint is Endpoint.WEB and host in _WEB_HOSTS:
            return replaced or _web(host)
    why = errors.Phrase("the server redirected to a host that is not WeChat's ({host}).", host=host[:80])
    raise errors.LoginFailed(why=why)
