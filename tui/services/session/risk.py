"""Risk that a login is to an account. The only place for its words, and those about the variants: README, the login
screen, `wxtui login` and `wxtui --plain` say them. And whether they were told: once for each profile.
"""

from __future__ import annotations

import contextlib
from enum import Enum
from typing import Final
from urllib.parse import urlsplit

from tui import errors
from tui.errors import N_
from tui.i18n import _
from tui.paths import Profile
from tui.services.session.login_options import LoginOptions
from tui.services.session.session_file import SessionFile
from tui.services.util.private_file import write_private
from tui.wire.hosts import is_loopback
from tui.wire.names import Endpoint

VARIANTS: Final = {
    Endpoint.FILEHELPER: N_("File Transfer works for every account, but reaches only your own phone."),
    Endpoint.WEB: N_(
        "The web version has all your conversations, but WeChat refuses it to many accounts, or logs them out after "
        "seconds."
    ),
}
"""Variants as people are told of them before a login, in the README too."""

NOTE: Final = "risk"
"""File in a profile's folder: the risks that were told there, a word a line. A logout leaves it."""

WARNED: Final = N_(
    "Accounts that used the web version through programs like this one have been refused, warned, limited and logged "
    "out, for example in July 2024 and January 2025."
)
"""The risk in one sentence."""


class Risk(Enum):
    """Way of a login that an account may suffer from."""

    WEB = "web"
    """The web version."""
    DESKTOP = "desktop"
    """The web version that says it is the desktop client for UOS (`--extspam-file`)."""


_WEB: Final = (
    N_("wxtui is neither made nor supported by Tencent."),
    WARNED,
    N_(
        "Try File Transfer first, send nothing to many people at once, and do not use an account that you cannot do "
        "without."
    ),
)
WORDS: Final = {
    Risk.WEB: _WEB,
    Risk.DESKTOP: (
        *_WEB,
        N_(
            "The desktop variant (--extspam-file) says that it is WeChat for UOS. Users who were warned in January "
            "2025 suspect exactly that."
        ),
    ),
}
"""Each risk in sentences, not yet translated."""


def risk_words(risk: Risk) -> list[str]:
    """Return a risk in sentences, in the language of the interface."""
    return [_(sentence) for sentence in WORDS[risk]]


def risk_to_tell(profile: Profile, options: LoginOptions, *, desktop: bool = False) -> Risk | None:
    """Return the risk that a person has to hear before a login; None for File Transfer, a sandbox on this machine, and
    where they have heard it, or have such a session already.

    `desktop`: the login says that it is the desktop client. Reads two small files. Raises `HomeUnusable`.
    """
    stored = SessionFile(profile.session_file).load()
    origin = options.origin or (None if stored is None else stored.origin)
    endpoint = options.endpoint or (options.first if stored is None else stored.session.endpoint)
    if _is_here(origin):
        return None
    told = _told(profile)
    if desktop:
        return None if Risk.DESKTOP.value in told else Risk.DESKTOP
    if endpoint is not Endpoint.WEB or Risk.WEB.value in told:
        return None
    if stored is not None and stored.session.endpoint is endpoint and stored.origin == origin:
        return None
    return Risk.WEB


def note_told(profile: Profile, risk: Risk) -> None:
    """Remember that a risk was told, the lesser one with it. Where that cannot be written it is told again."""
    told = {*_told(profile), risk.value, Risk.WEB.value}
    with contextlib.suppress(errors.HomeUnusable):
        write_private(profile.state / NOTE, "".join(f"{one}\n" for one in sorted(told)).encode())


def _told(profile: Profile) -> set[str]:
    try:
        words = (profile.state / NOTE).read_bytes().decode("ascii", "replace").split()
    except OSError:
        return set()
    return {risk.value for risk in Risk if risk.value in words}


def _is_here(origin: str | None) -> bool:
    """Return whether a server is on this machine: a sandbox, where there is no account that could suffer."""
    if origin is None:
        return False
    try:
        return is_loopback(urlsplit(origin).hostname or "")
    except ValueError:
        return False
