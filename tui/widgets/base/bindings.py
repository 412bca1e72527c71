"""Declares bindings by their ids; the keys stand in `tui.keymap` alone, where hints find them too."""

from __future__ import annotations

from textual.binding import Binding

from tui.keymap import BINDINGS


def bound(binding_id: str, action: str, *, priority: bool = False) -> Binding:
    """Return the binding of an id with its default keys; a person's own keys replace them (`App.set_keymap`)."""
    return Binding(BINDINGS[binding_id], action, show=False, id=binding_id, priority=priority)
