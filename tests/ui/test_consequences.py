"""No key of the program acts on others by accident: each is in the table, and those that ask do ask."""

from __future__ import annotations

from tui.commands import COMMANDS
from tui.consequences import CONSEQUENCES
from tui.keymap import BINDINGS


def test_every_action_is_in_the_table() -> None:
    every = {*BINDINGS, *(command.id for command in COMMANDS)}
    assert every == set(CONSEQUENCES), "say of a new action what it can do to others"
