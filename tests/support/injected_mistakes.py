"""Mistakes that nobody foresaw, in every task that lives long: the next call of a function raises.

For tests, and for the fault campaign: `with mistake("sync"): …`. Nothing in the program knows of it.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from importlib import import_module
from typing import Any, Final

SECRET: Final = "ticket-8c1f"
"""Stands in the words of each mistake; no screen, log or report may show it."""


@dataclass(frozen=True, slots=True)
class Place:
    """A function in which a mistake ends a task, and the coroutines, by their names, whose end that would be."""

    module: str
    name: str
    tasks: tuple[str, ...]
    session: bool = False
    """The session ends of it, and another follows."""
    owned: bool = True
    """The profile was owned by then, and stays so."""


PLACES: Final = {
    "sync": Place("tui.services.sync.sync_loop", "SyncLoop._round", ("SessionSupervisor._live",), session=True),
    "first sync": Place("tui.services.sync.sync_loop", "SyncLoop.drain", ("SessionSupervisor._live",), session=True),
    "login": Place("tui.services.client.authenticate", "log_in", ("SessionSupervisor._live",), session=True),
    "the lock": Place(
        "tui.services.client.supervisor",
        "SessionSupervisor._own",
        ("SessionSupervisor._live",),
        session=True,
        owned=False,
    ),
    "loading": Place("tui.services.client.supervisor", "_load", ("SessionSupervisor.run",), session=True, owned=False),
    "hearing": Place("tui.app", "WxtuiApp._hear_session", ("SessionSupervisor.run",), session=True),
    "refresh": Place("tui.services.contacts.directory", "Directory.refresh", ("persistent",)),
    "sleep": Place("tui.services.util.suspend", "ClockLook.away", ("watching.watch",)),
    "store": Place("tui.screens.chat.chat_screen", "ChatScreen.apply", ("Runtime._hand_on",)),
    "reading": Place("tui.screens.chat.read_marks", "ReadMarks._mark_read", ("ReadMarks._read_in_turn",)),
    "keeping": Place("tui.services.maintenance", "tidy", ("persistent",)),
    "outbox": Place("tui.services.sending.dispatcher", "Dispatcher.ready", ("Outbox._send", "Outbox._owned")),
    "sending": Place("tui.services.sending.text_sender", "send_row", ("Outbox._send", "Outbox._owned")),
    "resuming": Place("tui.services.outbox", "Outbox._take_up", ("Outbox._take_up",)),
    "upload": Place("tui.services.uploads.upload_job", "UploadJob._attempt", ("UploadQueue._run.run",)),
    "upload's end": Place("tui.services.uploads.upload_job", "UploadJob._settle", ("UploadQueue._run.run",)),
    "request": Place("tui.services.control_server.job", "Job.run", ("_Connection.run",)),
    "connection": Place("tui.services.control_server.control_server", "_Connection._first_line", ("_Connection.run",)),
    "following": Place(
        "tui.services.control.protocol",
        "Added",
        ("_Connection._follow.collect", "_Connection._follow.tell", "_Connection._read"),
    ),
    "welcome": Place("tui.services.control_server.control_server", "ControlServer._admit", ()),
}
"""Where a mistake may be, by what it breaks."""


@contextmanager
def mistake(name: str, times: int = 1) -> Iterator[list[str]]:
    """Let the next calls there raise; what is yielded holds a word for each that did."""
    place = PLACES[name]
    owner: Any = import_module(place.module)
    *path, last = place.name.split(".")
    for part in path:
        owner = getattr(owner, part)
    real = getattr(owner, last)
    made: list[str] = []

    def broken(*values: Any, **named: Any) -> Any:
        if len(made) < times:
            made.append(name)
            held = SECRET
            raise RuntimeError(f"cannot use {held}")
        return real(*values, **named)

    setattr(owner, last, broken)
    try:
        yield made
    finally:
        setattr(owner, last, real)
