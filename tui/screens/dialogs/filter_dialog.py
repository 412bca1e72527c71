"""Base of the dialogs over a pane with a field that comes when one searches: help, and the members of a group."""

from __future__ import annotations

from textual import on

from tui.screens.modal import Modal
from tui.widgets.base.bindings import bound
from tui.widgets.base.page import Page
from tui.widgets.lists.row_list import RowList
from tui.widgets.text_input.line_edit import LineEdit


class FilterDialog(Modal[None]):
    """Hidden field, and a pane that keys move also while one types. A subclass filters the pane in `_changed`."""

    BINDINGS = [
        bound("pick.down", "to_pane('move', 1)"),
        bound("pick.up", "to_pane('move', -1)"),
        bound("pick.page_down", "to_pane('pages', 1)"),
        bound("pick.page_up", "to_pane('pages', -1)"),
    ]

    def __init__(self, pane: Page | RowList[int], placeholder: str) -> None:
        super().__init__()
        self._pane = pane
        self._field = LineEdit(prompt="/ ", placeholder=placeholder)
        self._field.display = False

    def on_mount(self) -> None:
        """Let keys move the pane."""
        self._pane.focus()

    def _changed(self) -> None:
        raise NotImplementedError

    @on(LineEdit.Submitted)
    def _submitted(self) -> None:
        self._pane.focus()

    def action_filter(self) -> None:
        """Begin to search."""
        self._field.display = True
        self.fit()
        self._field.focus()

    def action_leave(self) -> None:
        """Leave the search, then the dialog."""
        if not self._field.display:
            super().action_leave()
            return
        self._field.load("")
        self._field.display = False
        self._pane.focus()
        self._changed()
        self.fit()

    def action_to_pane(self, name: str, by: int) -> None:
        """Move in the pane while one types in the field."""
        getattr(self._pane, f"action_{name}")(by)
