"""Facts about a profile as a whole, for a list and before it is removed."""

from __future__ import annotations

import os
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path

import msgspec

from tui import errors
from tui.paths import Profile, find_profile
from tui.services.session.profile_list import known_profiles
from tui.services.session.session_file import SessionFile
from tui.store.db.inspect import inspect
from tui.store.stored_status import read_status
from tui.wire.text import printable


class ProfileFacts(msgspec.Struct, frozen=True):
    """Profile in a list. `account` as it was called last, "" where that is not known; `size` in bytes, with its cache;
    `pid` of the process that uses it, "" for none."""

    name: str
    account: str
    logged_in: bool
    used: datetime | None
    size: int
    pid: str


class Losses(msgspec.Struct, frozen=True):
    """Losses that go with a profile. `known` is False where the database tells nothing, and may hold anything."""

    session: bool
    messages: int = 0
    unsent: int = 0
    drafts: int = 0
    files: int = 0
    """Reports that were not sent, and databases that were set aside."""
    known: bool = True


def profile_facts() -> list[ProfileFacts]:
    """Return every profile on this computer, by name; blocks."""
    found = []
    for known in known_profiles():
        profile = find_profile(known.name)
        found.append(
            ProfileFacts(
                name=known.name,
                account=account_of(profile),
                logged_in=bool(known.account),
                used=_last_used(profile),
                size=size_of(profile),
                pid=known.owner,
            )
        )
    return found


def account_of(profile: Profile) -> str:
    """Return the name of the account, from the session or from what is stored; "" where neither tells."""
    with suppress(errors.LocalError):
        stored = SessionFile(profile.session_file).load()
        if stored is not None and stored.session.nick_name:
            return printable(stored.session.nick_name, newlines=False)
    with suppress(errors.LocalError):
        status = read_status(str(profile.store_file), 0)
        if status is not None:
            return printable(status.name, newlines=False)
    return ""


def size_of(profile: Profile) -> int:
    """Return the bytes of all its files; links are not followed."""
    return sum(_size(place) for place in (profile.state, profile.cache))


def _size(place: Path) -> int:
    total = 0
    for folder, _folders, files in os.walk(place):
        for name in files:
            with suppress(OSError):
                total += (Path(folder) / name).lstat().st_size
    return total


def _last_used(profile: Profile) -> datetime | None:
    """Return when it was last written to: each program that uses a profile writes to one of these."""
    times = []
    for path in (profile.store_file, profile.store_file.with_name(profile.store_file.name + "-wal"),
                 profile.session_file, profile.lock_file):  # fmt: skip
        with suppress(OSError):
            times.append(path.stat().st_mtime)
    return datetime.fromtimestamp(max(times), UTC) if times else None


def losses(profile: Profile) -> Losses:
    """Return what goes with a profile; blocks."""
    session = profile.session_file.exists()
    folder = profile.state / "unsent"
    files = sum(1 for one in (folder.glob("*") if folder.is_dir() else ()))
    files += sum(1 for one in profile.state.glob(f"{profile.store_file.name}.damaged-*"))
    try:
        found = inspect(profile.store_file, 0)
    except errors.LocalError:
        return Losses(session, files=files, known=False)
    if found is None:
        return Losses(session, files=files)
    return Losses(session, found.messages, found.unsent, found.drafts, files)
