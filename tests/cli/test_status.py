"""`wxtui status` for prompts and scripts: local, whatever the state of the store, the lock and the running program."""

from __future__ import annotations

import asyncio
import sqlite3
import threading
from collections.abc import Callable
from contextlib import closing, suppress
from pathlib import Path

import pytest

from tests.support.command_line import Wxtui
from tests.support.loaded_modules import loaded_by
from tests.support.profile_owner import owning
from tui.cli.api.local_status import formatted, local_status
from tui.paths import find_profile
from tui.services.control import unix_socket
from tui.services.session.profile_lock import OwnerLock


def damage(path: Path) -> None:
    path.write_bytes(b"no database at all" * 100)


def renew(path: Path) -> None:
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("ALTER TABLE conversation RENAME COLUMN unread TO unseen")
        connection.execute("PRAGMA user_version = 99")


@pytest.mark.parametrize(
    ("spoil", "code", "sentence"),
    [
        (damage, 1, "is damaged"),
        (renew, 1, "newer wxtui"),
        (lambda path: path.unlink(), 0, ""),
        (lambda path: path.chmod(0o400), 0, ""),
        (lambda path: path.with_name("session.json").unlink(), 0, ""),
    ],
    ids=["damaged", "newer", "missing", "read only", "logged out"],
)
def test_any_store_is_a_number_or_a_sentence(
    logged_in: Wxtui, spoil: Callable[[Path], None], code: int, sentence: str
) -> None:
    spoil(find_profile("default").store_file)
    # Whoever owns the profile is not asked for it.
    with OwnerLock(find_profile("default")):
        result = logged_in("status", "--format", "{unread}")
    assert (result.code, result.out) == (code, "" if code else "0\n")
    assert sentence in result.err and "Traceback" not in result.err


def test_templates_and_what_is_wrong_with_them(wxtui: Wxtui, logged_in: Wxtui) -> None:
    assert (
        logged_in("status", "--format", "\x1b[1m{state} {unread:>3}|{badge}|{trouble}").out == "\x1b[1mstopped   0||\n"
    )
    mistakes = {"{nope}": "the fields are: profile, state", "{unread": "The format", "{}": "The format"}
    mistakes |= {"{unread.nope}": "The format", "{unread:99999999999999}": "The format"}
    for template, said in mistakes.items():
        result = logged_in("status", "--format", template)
        assert result.code == 2 and said in result.err
    assert logged_in("status", "--format", "x", "--json").code == 2
    facts = {"unread": 5, "unread_chats": 3, "mentions": 1, "name": "evil\x1b[2J", "since": None}
    assert formatted("{badge} {name}{since}", facts) == "3 @1 evil␛[2J"
    asked = logged_in("status", "--json").json[0]
    assert {"unread", "mentions", "waiting", "uploads", "since", "usable"} <= set(asked)
    told = logged_in("status", "--local", "--json").json[0]
    assert {*told} == {"profile", "state", "name", "unread_chats", "age", "trouble", *asked} - {
        *("usable", "endpoint", "server")
    }
    assert "林小满: stopped; unread 0" in logged_in("status", "--local").out


def test_nobody_is_logged_in(wxtui: Wxtui) -> None:
    result = wxtui("status", "--format", "{unread}")
    assert (result.code, result.out) == (3, "") and "is not logged in" in result.err


async def test_a_running_program_says_how_things_stand() -> None:
    async with owning() as owner:
        told = await asyncio.to_thread(local_status, owner.profile)
        assert (told["state"], told["name"], told["unread"]) == ("online", "林小满", 0)
        owner.session = None
        assert (await asyncio.to_thread(local_status, owner.profile))["state"] == "offline"


@pytest.mark.parametrize("answer", [None, b"", b"rubbish\n", b'{"result":{}}\n', b'{"is":"welcome"}\n'])
def test_one_that_does_not_answer_is_not_waited_for(logged_in: Wxtui, answer: bytes | None) -> None:
    profile = find_profile("default")
    with unix_socket.bind(profile) as listener:
        listener.setblocking(True)

        def serve() -> None:
            with suppress(OSError), listener.accept()[0] as connection:
                connection.recv(100)
                if answer is not None:
                    connection.sendall(answer)
                else:
                    connection.recv(100)

        thread = threading.Thread(target=serve)
        thread.start()
        assert logged_in("status", "--format", "{state} {unread}").out == "silent 0\n"
        thread.join(30)


def test_a_prompt_imports_neither_network_nor_event_loop() -> None:
    modules = loaded_by("tui.cli.commands.status", "tui.cli.api.local_status", "tui.store.stored_status", "_sqlite3")
    assert modules.isdisjoint({"asyncio", "httpx", "msgspec", "sqlite3", "textual", "rich", "socket", "pathlib", "ssl"})
