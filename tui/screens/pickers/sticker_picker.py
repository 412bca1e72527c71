"""Picker of a sticker, with its picture below the rows."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Final

from textual import on

from tui import errors
from tui.screens.pickers.fuzzy_picker import FuzzyPicker
from tui.store.models import StoredMessage
from tui.widgets.base.styles import FEW_COLORS
from tui.widgets.base.work import begin
from tui.widgets.lists.choice_list import Choice, ChoiceList
from tui.widgets.lists.sticker_preview import StickerPreview

if TYPE_CHECKING:
    from textual.timer import Timer

    from tui.services.pictures.pictures import Pictures

_REST: Final = 0.15
"""Seconds that the cursor stays on a sticker before its picture is drawn."""


class StickerPicker(FuzzyPicker[StoredMessage]):
    """Picker of a sticker. Its picture is fetched once the cursor rests on it."""

    def __init__(self, title: str, choices: Sequence[Choice[StoredMessage]], pictures: Pictures) -> None:
        super().__init__(title, choices)
        self._pictures = pictures
        self._preview = StickerPreview()
        self._resting: Timer | None = None

    def on_mount(self) -> None:
        """Show the picture below the rows, where the terminal has colours enough."""
        if self._preview.color_depth not in FEW_COLORS:
            self._panel.mount(self._preview)

    def _found(self, query: str, numbers: Sequence[int]) -> None:
        super()._found(query, numbers)
        self._look_soon()

    @on(ChoiceList.Moved)
    def _look_soon(self) -> None:
        if self._resting is not None:
            self._resting.stop()
        self._resting = self.set_timer(_REST, lambda: begin(self, self._look(), "look", exclusive=True))

    async def _look(self) -> None:
        number, box = self._list.at_cursor, self._preview.box
        if number is None or box is None:
            self._preview.show(None)
            return
        try:
            picture = await self._pictures.thumbnail(self.choices[number].value, box)
        except errors.WxtuiError:
            # Its row says from whom it came; it can be sent without being seen here.
            self._preview.show(None)
        else:
            self._preview.show(picture)
