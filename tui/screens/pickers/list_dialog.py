"""Base of the dialogs with a field and a list below it: the cursor of the list moves while one types in the field."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from tui.screens.leave_once import ResultT
from tui.screens.modal import Modal
from tui.widgets.base.bindings import bound
from tui.widgets.base.panel import Panel
from tui.widgets.lists.row_list import RowList
from tui.widgets.text_input.line_edit import LineEdit


class ListDialog(Modal[ResultT]):
    """Field and list in a frame."""

    BINDINGS = [
        bound("pick.up", "move(-1)"),
        bound("pick.down", "move(1)"),
        bound("pick.page_up", "pages(-1)"),
        bound("pick.page_down", "pages(1)"),
        bound("pick.first", "jump(0)"),
        bound("pick.last", "jump(-1)"),
    ]

    def __init__(self, title: str, field: LineEdit, rows: RowList[Any]) -> None:
        super().__init__()
        self._field = field
        self._rows = rows
        self._panel = Panel(title, field, rows)

    def when_found(self, act: Callable[[], None]) -> None:
        """Act on the list; a subclass may wait until the list shows what was typed."""
        act()

    def action_move(self, rows: int) -> None:
        """Move the cursor by rows, down or up."""
        self.when_found(lambda: self._rows.action_move(rows))

    def action_pages(self, pages: int) -> None:
        """Move the cursor by pages, down or up."""
        self.when_found(lambda: self._rows.action_pages(pages))

    def action_jump(self, index: int) -> None:
        """Go to the first row, or with -1 to the last."""
        self.when_found(lambda: self._rows.action_jump(index))
