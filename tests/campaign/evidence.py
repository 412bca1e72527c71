"""Evidence of a campaign that is over: what was asked for, what was shown, what each side has."""

from __future__ import annotations

import hashlib
import json
import sqlite3
import stat
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

_BAD = (b"Traceback", b"never retrieved", b"never awaited", b"Warning:")


@dataclass(frozen=True)
class Command:
    """Text or file that was given to the client."""

    n: int
    to: str
    what: str
    sha256: str = ""
    shell: bool = False
    """True when `wxtui send` sent it, beside the client."""
    thought: bool = False
    """True when the person took a while to say so: other files may have gone before."""
    instead: str = ""
    """Text in whose place it goes, when that is recalled."""
    key: str = ""
    """Who it is for, by the sandbox's key, where somebody else has that name, too."""


@dataclass(frozen=True)
class Pushed:
    """Message that the sandbox let arrive; `mine`: written on the phone; `sha256`: of the file that it carries."""

    msg_id: str
    text: str
    mine: bool = False
    sha256: str = ""


@dataclass(frozen=True)
class Row:
    """Message as it lies in the store's file."""

    id: int
    conversation_id: int
    title: str
    time_ms: int
    state: str
    mine: bool = False
    msg_id: str = ""
    client_msg_id: str = ""
    reason: str = ""
    kind: str = "text"
    what: str = ""

    @property
    def outgoing(self) -> bool:
        """True when this client wrote it."""
        return bool(self.client_msg_id)


@dataclass(frozen=True)
class Sent:
    """Message that the server has from us."""

    msg_id: str
    client_msg_id: str
    to: str
    what: str
    sha256: str = ""
    revoked: bool = False
    key: str = ""
    """Who has it, by the sandbox's key."""


@dataclass(frozen=True)
class Alteration:
    """Change of a contact or group that was asked for: what the client said of it, and how often the server made it."""

    n: int
    what: str
    said: str = ""
    """"done", the code of an error, or "" where it died before it said anything."""
    made: int | None = None
    """None where nobody can tell this one from others."""


@dataclass(frozen=True)
class Evidence:
    """Facts that `judge` looks at."""

    commands: tuple[Command, ...] = ()
    shown: tuple[dict[str, Any], ...] = ()
    """The rows of our own as the client showed them: `row`, `state`, `what`, …, in order."""
    retried: frozenset[int] = frozenset()
    """Rows that a person had sent again after they were shown as failed."""
    apart: frozenset[int] = frozenset()
    """Rows that waited in what was taken out of a conversation: they go when that is joined again."""
    alterations: tuple[Alteration, ...] = ()
    calls: dict[str, int] = field(default_factory=dict)
    """How often the server was asked for each of their calls."""
    rows: tuple[Row, ...] = ()
    sent: tuple[Sent, ...] = ()
    pushed: tuple[Pushed, ...] = ()
    reordered: frozenset[str] = frozenset()
    """MsgIDs that the server told in another order than its own."""
    ghosts: tuple[str, ...] = ()
    """Sentences, one for each time when "online" was shown and nothing asked the server for news."""
    complaints: tuple[str, ...] = field(default=())
    """Faults found outside the messages: a traceback, a secret, an open file, a broken database."""


def read_rows(store: Path) -> tuple[Row, ...]:
    """Read every message of a store's file as another program sees it, in the order of ids."""
    connection = sqlite3.connect(f"file:{store}?mode=ro", uri=True, timeout=10)
    try:
        found = connection.execute(
            "SELECT m.id, m.conversation_id, c.title, m.time_ms, m.state, m.mine, coalesce(m.msg_id, ''),"
            " m.client_msg_id, m.reason, m.body FROM message AS m JOIN conversation AS c ON c.id = m.conversation_id"
            " ORDER BY m.id"
        ).fetchall()
    finally:
        connection.close()
    return tuple(_row(*values) for values in found)


def _row(
    number: int, conversation: int, title: str, time_ms: int, state: str, mine: int, msg_id: str, client_msg_id: str,
    reason: str, body: str,
) -> Row:  # fmt: skip
    fields = json.loads(body)
    kind = str(fields.get("type", "")).lower()
    # A picture has no name on the other side, whatever it is called here.
    what = fields.get("text") or (fields.get("name") if kind == "file" else "") or ""
    return Row(number, conversation, title, time_ms, state, bool(mine), msg_id, client_msg_id, reason, kind, what)


def broken(store: Path) -> list[str]:
    """Return what SQLite finds wrong with the file."""
    connection = sqlite3.connect(store)
    try:
        said = [row[0] for row in connection.execute("PRAGMA integrity_check")]
        loose = connection.execute("PRAGMA foreign_key_check").fetchall()
    finally:
        connection.close()
    return [f"integrity_check: {one}" for one in said if one != "ok"] + [f"a loose reference: {one}" for one in loose]


def open_to_others(home: Path) -> list[str]:
    """Return files, directories and sockets that others may read, write or enter."""
    found = []
    for path in home.rglob("*"):
        mode = path.lstat().st_mode
        if not stat.S_ISLNK(mode) and mode & 0o077:
            found.append(f"{path.relative_to(home)} has the mode {stat.S_IMODE(mode):o}")
    return found


def wrong_pictures(home: Path, rows: Iterable[Row], pushed: Iterable[Pushed]) -> list[str]:
    """Return files of the picture cache that are not whole, or not the ones of their messages."""
    sent, msg_ids = {one.msg_id: one.sha256 for one in pushed}, {row.id: row.msg_id for row in rows if not row.outgoing}
    found = []
    for path in (*home.rglob("small-*-*.*"), *home.rglob("whole-*-*.*")):
        part, _key, check = path.stem.split("-")
        msg_id, sha256 = msg_ids.get(int(path.parent.name)), hashlib.sha256(path.read_bytes()).hexdigest()
        if not sha256.startswith(check):
            found.append(f"a damaged picture: {path}")
        if msg_id is not None and (msg_id not in sent or (part == "whole" and sha256 != sent[msg_id])):
            found.append(f"a picture of another message: {path}, {msg_id}")
    return found


def told_in_log(home: Path, words: Iterable[str]) -> list[str]:
    """Return what the log file tells of messages, names, files and secrets: all of that is nobody's but the person's.

    `words` of one or two plain letters are left out: these are parts of other words.
    """
    several = {word for word in words if len(word) > 2 or not word.isascii()}
    files = sorted(home.rglob("wxtui.log*"))
    found = ["there is no log file"] if not files else []
    for path in files:
        text = path.read_text("utf-8")
        found += [f"the log file tells of {word!r}" for word in sorted(several) if word and word in text]
    return found


def leaks(outputs: Iterable[Path], secrets: Iterable[str]) -> list[str]:
    """Return secrets and tracebacks in what the client wrote."""
    several = [secret.encode() for secret in secrets if secret]
    found = []
    for path in outputs:
        data = path.read_bytes()
        if any(secret in data for secret in several):
            found.append(f"{path.name} has a secret in it")
        place = min((at for word in _BAD if (at := data.find(word)) >= 0), default=-1)
        if place >= 0:
            found.append(f"{path.name}: {data[place:].decode(errors='replace')}")
    return found
