"""A store that a newer wxtui wrote: no command of this one changes it, and each says so in a sentence."""

from __future__ import annotations

import sqlite3
from contextlib import closing

from tests.support.command_line import Wxtui
from tests.support.sandbox_thread import Sandbox
from tui.errors import StoreTooNew
from tui.paths import find_profile

COMMANDS = (
    "send 张三 -m hi",
    "listen",
    "recv --new",
    "log 张三",
    "export",
    "read 张三",
    "revoke 1",
    "forward 1 --to 李四",
    "status",
    "status --format {unread}",
    "remark 张三 x",
    "pin 张三",
    "requests",
    "group new Alice Bob --yes",
)


def test_each_command_says_that_the_store_is_of_a_newer_program(logged_in: Wxtui, sandbox: Sandbox) -> None:
    path = find_profile("default").store_file
    with closing(sqlite3.connect(path)) as connection:
        # As a version would that keeps nothing as it is read now.
        connection.execute("ALTER TABLE message RENAME TO message_2")
        connection.execute("PRAGMA user_version = 999")
    before = path.read_bytes()
    said = {command: logged_in(*command.split()) for command in COMMANDS}
    sentence = f"wxtui: {StoreTooNew(path=path)}"
    assert {command: (done.code, done.err) for command, done in said.items() if sentence not in done.err} == {}
    assert path.read_bytes() == before and not sandbox.sent()
