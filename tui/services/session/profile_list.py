"""List of the profiles that exist on this computer."""

from __future__ import annotations

import os

import msgspec

from tui import errors
from tui.paths import Profile, find_profile, profiles_place
from tui.services.session.profile_lock import owner_pid
from tui.services.session.session_file import SessionFile
from tui.wire.text import printable


class KnownProfile(msgspec.Struct, frozen=True):
    """Profile that exists: its name, whose session it has ("" for none), and the process that uses it ("" for none)."""

    name: str
    account: str
    owner: str


def known_profiles() -> list[KnownProfile]:
    """Return every profile in which somebody has been, by name. Touches no lock: others may be starting."""
    try:
        names = sorted(found.name for found in profiles_place().iterdir())
    except OSError:
        return []
    return [found for name in names if (found := _known(name)) is not None]


def exists(profile: Profile) -> bool:
    """Return whether somebody has been in a profile."""
    return profile.session_file.exists() or profile.store_file.exists()


def is_same(one: Profile, other: Profile) -> bool:
    """Return whether two names are one profile: by a link, or where case counts for nothing."""
    if one == other:
        return True
    try:
        return one.state.samefile(other.state)
    except OSError:
        return False


def _known(name: str) -> KnownProfile | None:
    try:
        profile = find_profile(name)
    except errors.UsageError:
        return None
    if not exists(profile):
        return None
    return KnownProfile(name, _account(profile), _living(owner_pid(profile)))


def _account(profile: Profile) -> str:
    try:
        stored = SessionFile(profile.session_file).load()
    except errors.HomeUnusable:
        return ""
    # A session without a nickname is one all the same.
    return "" if stored is None else printable(stored.session.nick_name, newlines=False) or profile.name


def _living(pid: str) -> str:
    """Return the id of a process that lives; "" for one that left its id in the file."""
    if not pid.isascii() or not pid.isdecimal():
        return ""
    try:
        os.kill(int(pid), 0)
    except PermissionError:
        pass
    except (OSError, OverflowError):
        return ""
    return pid
