"""Probes of this machine: settings, the profile's files, the database, the session. They change nothing."""

from __future__ import annotations

import fcntl
import os
import shutil
import stat
import time
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Final

from tui import errors
from tui.config.settings import Settings, examine
from tui.config.shown_settings import open_to_others
from tui.doctor.finding import Finding, bad, fine, of_error, warning
from tui.errors import Phrase
from tui.kept_screen.conditions import FILE_NAME
from tui.paths import PRIVATE_DIR, PRIVATE_FILE, Profile, config_file
from tui.services.hooks.hook_run import in_full
from tui.services.http.user_agent import CHROME, CURRENT_ON, is_old
from tui.services.session.profile_lock import owner_pid
from tui.services.session.session_file import StoredSession
from tui.services.util.log_file import older
from tui.store.db.inspect import inspect
from tui.store.db.schema import VERSION
from tui.units import shown_age, shown_size

_FULL: Final = 10 * 1024 * 1024
_NEARLY_FULL: Final = 200 * 1024 * 1024
"""Free bytes; with fewer than the first, nothing can be relied on to be stored."""


def browser(today: date) -> Finding:
    """Tell which browser WeChat takes wxtui for; an old one draws attention to the account."""
    day = CURRENT_ON.isoformat()
    what = Phrase("WeChat is told Chrome {chrome}, which was current on {day}", chrome=CHROME, day=day)
    if is_old(today):
        advice = Phrase("A browser more than a year old draws attention to the account: update wxtui.")
        return warning("browser", what, advice, chrome=CHROME, current_on=day)
    return fine("browser", what, chrome=CHROME, current_on=day)


def known_settings() -> Settings:
    """Return the settings as far as they make sense; where there is no home, as if there was no file."""
    try:
        return examine().settings
    except errors.NoHome:
        return Settings()


def settings() -> Iterator[Finding]:
    """Check that the settings can be read; that there is no home is said once, by another probe."""
    try:
        path = config_file()
    except errors.NoHome:
        return
    found = examine()
    for mistake in found.mistakes:
        yield bad("settings", mistake.sentence, error=errors.SettingsWrong.__name__)
    yield from _hooks(found.settings)
    readable = open_to_others(path)
    if readable is not None:
        yield warning("settings", readable, Phrase("Run: chmod go= {names}", names=path), path=str(path))
    if found.mistakes:
        return
    if path.exists():
        yield fine("settings", Phrase("settings from {path}", path=path), path=str(path))
    else:
        yield fine("settings", Phrase("no settings file (it would be {path})", path=path), path=str(path))


def _hooks(settings: Settings) -> Iterator[Finding]:
    """Check that the programs of the hooks are there."""
    for name, command in settings.hooks.items():
        if shutil.which(in_full(command[0])) is None:
            missing = Phrase("“{program}” of the hook {hook} is not installed here", program=command[0], hook=name)
            yield warning("hooks", missing, Phrase("Change it in config.toml."), hook=name)


def home(profile: Profile) -> Iterator[Finding]:
    """Check that the profile's folder can be used, is private, and has room."""
    place = profile.state
    there = next((one for one in (place, *place.parents) if _exists(one)), None)
    if there is None or not there.is_dir() or not os.access(there, os.W_OK | os.X_OK):
        yield _not_writable(there or place, place)
        return
    yield _privacy(profile)
    free = shutil.disk_usage(there).free
    found = Phrase("{free} free for {path}", free=shown_size(free), path=place)
    more = {"path": str(place), "free": free}
    make_room = Phrase("Free some space, or set WXTUI_HOME to a folder on another disk.")
    if free < _FULL:
        yield bad("space", found, make_room, **more)
    elif free < _NEARLY_FULL:
        yield warning("space", found, make_room, **more)
    else:
        yield fine("space", found, **more)


def _not_writable(path: Path, place: Path) -> Finding:
    why = Phrase("“{path}” cannot be written", path=path)
    return bad("home", why, Phrase("Check its permissions, or set WXTUI_HOME to another folder."), path=str(place))


def _exists(path: Path) -> bool:
    try:
        return os.path.lexists(path)
    except (OSError, ValueError):
        return False


def _privacy(profile: Profile) -> Finding:
    place = profile.state
    if not place.is_dir():
        return fine("home", Phrase("{path} will be created", path=place), path=str(place))
    open_to_others, log = [], Path(profile.log_place)
    files = (
        profile.session_file,
        profile.store_file,
        profile.lock_file,
        profile.state / FILE_NAME,
        log,
        Path(older(str(log))),
    )
    for path, allowed in ((place, PRIVATE_DIR), *((file, PRIVATE_FILE) for file in files)):
        try:
            status = path.stat()
        except FileNotFoundError:
            continue
        if stat.S_IMODE(status.st_mode) & ~allowed & 0o077:
            open_to_others.append(path)
        if status.st_uid != os.geteuid():
            return bad(
                "home",
                Phrase("“{path}” belongs to another user", path=path),
                Phrase("Change its owner (sudo chown), or set WXTUI_HOME to a folder of your own."),
                path=str(path),
            )
        if not os.access(path, os.R_OK | os.W_OK):
            return _not_writable(path, place)
    if open_to_others:
        names = " ".join(map(str, open_to_others))
        return bad(
            "home",
            Phrase("other users can read your files: {names}", names=names),
            Phrase("Run: chmod go= {names}", names=names),
            paths=[str(path) for path in open_to_others],
        )
    return fine("home", Phrase("{path}, private to you", path=place), path=str(place))


def owner(profile: Profile) -> Iterator[Finding]:
    """Find the process that uses the profile just now."""
    try:
        handle = os.open(profile.lock_file, os.O_RDONLY | os.O_CLOEXEC | os.O_NOFOLLOW)
    except OSError:
        return
    try:
        fcntl.flock(handle, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        pid = owner_pid(profile)
        yield fine("owner", Phrase("in use by wxtui (process {pid})", pid=pid), pid=pid)
    except OSError:
        yield warning(
            "owner",
            Phrase("“{path}” cannot be locked", path=profile.lock_file),
            Phrase("Set WXTUI_HOME to a folder on a local disk."),
        )
    finally:
        os.close(handle)


def store(profile: Profile) -> Iterator[Finding]:
    """Check that the database opens and is whole."""
    try:
        found = inspect(profile.store_file)
    except errors.LocalError as error:
        yield of_error("store", error)
        return
    if found is None:
        yield fine("store", Phrase("no messages are stored yet"), messages=0)
        return
    what = Phrase(
        "{messages} messages, {conversations} conversations, {size}, version {version}",
        messages=found.messages,
        conversations=found.conversations,
        size=shown_size(found.size),
        version=found.version,
    )
    facts = {name: getattr(found, name) for name in ("version", "messages", "conversations", "size", "checked")}
    if found.version < VERSION:
        what = Phrase("{what}; upgraded at the next start", what=what)
    elif not found.checked:
        what = Phrase("{what}; too large to check here", what=what)
    yield fine("store", what, **facts)


def session(profile: Profile, stored: StoredSession | None) -> Iterator[Finding]:
    """Describe the stored session: account, server, age. Only the server knows whether it still takes it."""
    if stored is None:
        what = Phrase("profile “{profile}” is not logged in", profile=profile.name)
        if _exists(profile.session_file):
            what = Phrase("the stored session of profile “{profile}” is not readable", profile=profile.name)
        yield warning("session", what, Phrase("Run: wxtui login"), profile=profile.name)
        return
    age = max(0.0, time.time() - profile.session_file.stat().st_mtime)
    yield fine(
        "session",
        Phrase(
            "{name} ({endpoint}, {server}), last renewed {age}",
            name=stored.session.nick_name,
            endpoint=stored.session.endpoint.value,
            server=stored.session.hosts.api,
            age=shown_age(age),
        ),
        endpoint=stored.session.endpoint.value,
        server=stored.session.hosts.api,
        age=round(age),
    )
