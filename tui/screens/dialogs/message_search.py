"""Dialog that searches all conversations, or what names oneself there, while words are typed; goes to a message."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

import msgspec
from textual import on

from tui.errors import UsageError, WxtuiError
from tui.i18n import _, say
from tui.key_table import Area
from tui.keymap import hint
from tui.screens.app_context import AppContext
from tui.screens.pickers.list_dialog import ListDialog
from tui.store.models import ExportedMessage, Place, StoredMessage
from tui.store.search.query import MessageQuery, parse_query
from tui.widgets.base.work import begin
from tui.widgets.lists.found_list import FoundList
from tui.widgets.lists.row_list import RowList
from tui.widgets.text_input.line_edit import LineEdit

_PAGE: Final = 50
_AHEAD: Final = 15
"""Rows below the cursor at which the next page is read."""
_PAUSE: Final = 0.08
"""Seconds without a key before a search: results for a word that is still being typed help nobody."""


class SearchTarget(msgspec.Struct, frozen=True):
    """Message to go to, the search that found it as it was written, and the words in it."""

    message: StoredMessage
    text: str
    words: str


class MessageSearch(ListDialog[SearchTarget | None]):
    """Field for words, and the messages that say them, the newest first, however many there are."""

    MOST_COLUMNS, MOST_ROWS = 120, 30
    GROWS = True
    HELP_AREAS = (Area.SEARCH, Area.EDITING)

    def __init__(
        self,
        context: AppContext,
        text: str = "",
        marks: Mapping[int, str] = MappingProxyType({}),
        *,
        selected: bool = False,
        mentions: bool = False,
    ) -> None:
        """`text` is searched for at once, and replaced by typing where it is `selected`. `marks` tell namesakes apart:
        conversation id → mark. `mentions`: only messages that name oneself, all of them where nothing is typed."""
        rows = FoundList(context.clock())
        rows.marks = marks
        field = LineEdit(text, prompt="› ", placeholder=_("words, from:name, kind:file, since:2026-11-01"))
        if selected:
            field.select_all()
        super().__init__(_("Mentions") if mentions else _("Search all conversations"), field, rows)
        self.mentions = mentions
        self._list = rows
        self.context = context
        self._store = context.store
        self._clock = context.clock
        self._show_recalled = context.settings.show_recalled
        self._text = ""
        self._asked = MessageQuery()
        self._last: Place | None = None
        self._more = False
        self._seeking = False
        self._reading = False
        self._wanted = False

    def on_mount(self) -> None:
        """Search for the words that the dialog was opened with."""
        self._field.focus()
        self._foot()
        if self._field.text or self.mentions:
            self._seek(pause=0)

    @property
    def text(self) -> str:
        """Search as it stands in the field."""
        return self._field.text.strip()

    # ---------------------------------------------------------------- finding

    @on(LineEdit.Changed)
    def _changed(self) -> None:
        if self._field.text != self._text:
            self._seek(pause=_PAUSE)

    def _seek(self, *, pause: float) -> None:
        self._text = self._field.text
        self._seeking, self._reading, self._wanted = True, False, False
        begin(self, self._first_page(self._text, pause), "search", exclusive=True)

    async def _first_page(self, text: str, pause: float) -> None:
        await asyncio.sleep(pause)
        try:
            self._asked = parse_query(text, self._clock(), mentions=self.mentions)
        except UsageError as error:
            # A filter that is still being typed: what it says is said in the list's place.
            self._seeking, self._more = False, False
            self._list.show("", (), said=say(error, advice=False))
            self._foot()
            return
        page = await self._page(self._asked, None)
        self._seeking = False
        if page is None:
            return
        none = _("Nobody has mentioned you yet.") if self.mentions else ""
        self._list.show(self._asked.words, page, said=_("No matches.") if text.strip() else none)
        self._foot()
        if self._wanted:
            self._take()

    async def _next_page(self) -> None:
        page = await self._page(self._asked, self._last)
        self._reading = False
        if page is None:
            return
        self._list.add(page)
        self._foot()

    async def _page(self, asked: MessageQuery, before: Place | None) -> list[ExportedMessage] | None:
        """Return the messages of a page that may be seen, with names; None when it cannot be read, which is said."""
        try:
            found = await self._store.search(asked, before=before, limit=_PAGE)
            named = await self._store.named(filter(self.is_shown, found))
        except WxtuiError as error:
            self._panel.foot(say(error, advice=False))
            return None
        self._more = len(found) == _PAGE
        self._last = found[-1].place if found else None
        return named

    def is_shown(self, message: StoredMessage) -> bool:
        """Return True for a message that may be seen: recalled ones where a setting says so."""
        return not message.is_hidden(show_recalled=self._show_recalled)

    @on(RowList.Moved)
    def _moved(self) -> None:
        if self._more and not self._reading and not self._seeking and self._list.cursor >= self._list.count - _AHEAD:
            self._reading = True
            begin(self, self._next_page(), "search")

    # ---------------------------------------------------------------- keys

    @on(LineEdit.Submitted)
    def _submitted(self) -> None:
        # Enter acts on what the letters typed before it find, however fast they come.
        if self._field.text != self._text:
            self._seek(pause=0)
        if self._seeking:
            self._wanted = True
        else:
            self._take()

    @on(RowList.Chosen)
    def _take(self) -> None:
        named = self._list.at_cursor
        if named is not None:
            self.dismiss(SearchTarget(named.message, self._text.strip(), self._asked.words))

    def _foot(self) -> None:
        count = f"{self._list.count:,}" + ("+" if self._more else "")
        found = self._list.count > 0
        keys = hint(
            "{field.submit} go there · {overlay.leave} back", possible=lambda key: found or key == "overlay.leave"
        )
        self._panel.foot(keys, count if found else "")
