"""The chat screen's keys: those of the table of commands, and those that only move about."""

from __future__ import annotations

from typing import Final

from textual.binding import Binding, BindingType

from tui.commands import COMMANDS, KeyScope

KEYS: Final[list[BindingType]] = [
    *(
        Binding(
            ",".join(command.keys),
            f"do('{command.id}')",
            show=False,
            id=command.id,
            priority=command.where is KeyScope.ANYWHERE,
        )
        for command in COMMANDS
        if command.keys
    ),
    *(
        Binding(",".join(command.quiet_keys), f"do('{command.id}')", show=False, id=f"{command.id}.quiet")
        for command in COMMANDS
        if command.quiet_keys
    ),
    Binding("escape", "back", show=False, id="back"),
    Binding("ctrl+c", "interrupt", show=False, id="interrupt", priority=True),
    Binding("ctrl+z", "app.suspend_process", show=False, id="suspend", priority=True),
    Binding("tab", "next_pane(1)", show=False, id="pane.next"),
    Binding("shift+tab", "next_pane(-1)", show=False, id="pane.previous"),
    Binding("alt+up", "neighbour(-1)", show=False, id="conversation.previous", priority=True),
    Binding("alt+down", "neighbour(1)", show=False, id="conversation.next", priority=True),
]
