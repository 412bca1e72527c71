"""Status as this computer knows it, for a prompt: from the running wxtui, else from what is stored. No server is asked.

A prompt asks each time it is drawn: neither the client of a running wxtui, nor event loop, store or network is
imported; a benchmark (`tests/benchmarks/status.py`) measures that.
"""

from __future__ import annotations

import os
import time
from typing import Final

from tui import errors
from tui.cli.shared.output import clean
from tui.i18n import _
from tui.paths import SESSION, Profile
from tui.services.control import unix_socket

_PATIENCE: Final = 0.5
"""Seconds that a running wxtui may take to answer, before the file is read instead."""
_LONGEST: Final = 64 * 1024

Facts = dict[str, str | int | None]
COUNTS: Final = ("unread", "unread_chats", "mentions", "waiting", "uploads")


def local_status(profile: Profile) -> Facts:
    """Return the fields of `status` of the API; `state` is also stopped, silent (one runs and does not answer), or
    logged_out.

    Raises `NotLoggedIn` where there is nothing at all, `StoreTooNew`, `StoreBroken`, `HomeUnusable`.
    """
    state, told = _told(profile)
    return _stored(profile, state) if told is None else told


def _told(profile: Profile) -> tuple[str, Facts | None]:
    """Return what a running wxtui says; None where none does, and the state that this means."""
    end = time.monotonic() + _PATIENCE
    try:
        connection = unix_socket.connect(profile, end)
    except (errors.HomeUnusable, TimeoutError):
        return "silent", None
    if connection is None:
        return "stopped", None
    line = b""
    try:
        connection.settimeout(_PATIENCE)
        connection.sendall(b'{"request":"status"}\n')
        while not line.endswith(b"\n") and len(line) < _LONGEST and (block := connection.recv(_LONGEST)):
            line += block
    except OSError:
        return "silent", None
    finally:
        connection.close()
    import json

    try:
        found = json.loads(line)["result"]
        return "", {name: found[name] for name in ("profile", "state", "name", *COUNTS, "since", "age", "trouble")}
    except (ValueError, LookupError, TypeError):
        # An earlier version ends the connection; another one may be in trouble with its store.
        return "silent", None


def _stored(profile: Profile, state: str) -> Facts:
    from tui.store.stored_status import StoredStatus, read_status

    now_ms = int(time.time() * 1000)
    found = read_status(profile.within("store.sqlite3"), now_ms)
    has_session = os.path.exists(profile.within(SESSION))
    if found is None and not has_session:
        raise errors.NotLoggedIn(profile=profile.name)
    found = found or StoredStatus()
    return {
        "profile": profile.name,
        "state": state if has_session else "logged_out",
        "name": found.name,
        **{name: getattr(found, name) for name in COUNTS},
        "since": found.since,
        "age": None if found.heard_ms is None else max(0, (now_ms - found.heard_ms) // 1000),
        "trouble": "",
    }


def formatted(template: str, facts: Facts) -> str:
    """Return the template with its fields filled in; the template itself is a person's, and may colour what it shows.

    Raises `UsageError`.
    """
    shown = {name: clean(value) if isinstance(value, str) else "" if value is None else value
             for name, value in facts.items()}  # fmt: skip
    mentions = f"@{shown['mentions']}" if shown["mentions"] else ""
    # As the window's title says it: unread conversations, messages that name me.
    shown["badge"] = " ".join(filter(None, (str(shown["unread_chats"] or ""), mentions)))
    try:
        return template.format_map(shown)
    except KeyError as error:
        names = ", ".join(shown)
        why = _("There is no field “{name}”; the fields are: {names}.").format(name=error.args[0], names=names)
    except (ValueError, AttributeError, LookupError, TypeError, MemoryError, OverflowError) as error:
        why = _("The format is not valid: {why}.").format(why=error)
    raise errors.UsageError(why=why)
