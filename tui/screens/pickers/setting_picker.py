"""Picker of settings, or of a setting's values: the cursor begins at the present one, and can show each at once."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TypeVar

from textual import on

from tui.screens.pickers.fuzzy_picker import FuzzyPicker
from tui.widgets.lists.choice_list import Choice
from tui.widgets.lists.row_list import RowList
from tui.widgets.text_input.line_edit import LineEdit

T = TypeVar("T")


class SettingPicker(FuzzyPicker[T]):
    """Fuzzy picker that begins at a row, and tells which value the cursor is on."""

    def __init__(
        self, title: str, choices: Sequence[Choice[T]], start: int = 0, preview: Callable[[T], None] | None = None
    ) -> None:
        """`preview` is called with the value at the cursor, whenever that is another one."""
        super().__init__(title, choices, start=start)
        self._preview = preview
        self._previewed: T | None = None

    @on(RowList.Moved)
    @on(LineEdit.Changed)
    def _look(self) -> None:
        """Show the value at the cursor, once the list shows what was typed."""
        self.when_found(self._show)

    def _show(self) -> None:
        number = self._list.at_cursor
        if self._preview is not None and number is not None:
            value = self.choices[number].value
            if value != self._previewed:
                self._previewed = value
                self._preview(value)
