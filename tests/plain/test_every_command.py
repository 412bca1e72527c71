"""Every command and every dialog of the full screen has its way in lines."""

from __future__ import annotations

import importlib
import inspect
import pkgutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from textual.screen import Screen

import tui.screens
from tests.support.command_line import Wxtui
from tests.support.line_pilot import run_lines
from tests.support.sandbox_thread import Sandbox
from tests.support.waiting import until
from tui.commands import COMMANDS
from tui.plain.dialogs.pages import NO_LINES, help_lines
from tui.plain.dialogs.table import ASKED

ELSEWHERE = {
    "ChatScreen": "the chat itself",
    "LoginScreen": "the program's own lines about a login",
    "UploadsScreen": "/transfers prints numbers of messages, in `own_commands`",
    "LeavesOnce": "a base",
    "Modal": "a base",
    "ListDialog": "a base",
    "FilterDialog": "a base",
}
LATER = ("logout", "quit", "profile")
"""Commands that end something."""


def screens() -> Iterator[type[Screen[object]]]:
    for found in pkgutil.walk_packages(tui.screens.__path__, "tui.screens."):
        for declared in vars(importlib.import_module(found.name)).values():
            if inspect.isclass(declared) and issubclass(declared, Screen) and declared.__module__ == found.name:
                yield declared


def test_every_dialog_has_a_row_in_the_table() -> None:
    every = {one.__name__: one for one in screens()}
    missing = {name for name, one in every.items() if not any(kind in ASKED for kind in one.__mro__)}
    assert missing == set(ELSEWHERE)


def test_the_help_names_every_command_that_is_not_for_keys_only() -> None:
    text = "\n".join(help_lines())
    for command in COMMANDS:
        if command.id in NO_LINES:
            assert not command.names or command.id == "redraw"
        else:
            assert f"/{command.names[0]}" in text, command.id


async def test_every_command_says_something_and_none_breaks(
    logged_in: Wxtui, sandbox: Sandbox, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("EDITOR", "true")
    async with run_lines(sandbox) as lines:
        await lines.line("/goto 项目群")
        for command in COMMANDS:
            if not command.names or command.id in LATER:
                continue
            for argument in ("", " 2") if command.takes.value == "message" else ("",):
                await lines.line(f"/{command.names[0]}{argument}")
                if command.id != "editor":
                    # Some work goes on beside the lines, and says later what came of it.
                    await until(lambda: lines.text.strip())
                for wrong in ("\N{EM DASH}", "bug in wxtui"):
                    assert wrong not in lines.text, (command.id, lines.text)
            await lines.line("/goto 项目群")
