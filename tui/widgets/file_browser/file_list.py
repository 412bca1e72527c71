"""Entries of a folder: name, kind, size, date. The disk is asked about those in sight only."""

from __future__ import annotations

import time
import unicodedata
from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import datetime
from functools import lru_cache
from pathlib import Path

from rich.segment import Segment
from rich.style import Style
from textual import events
from textual.message import Message
from textual.strip import Strip

from tui.fuzzy import fold, initials, match
from tui.i18n import _
from tui.services.file_browser.listing import DENIED, GONE, UNKNOWN, EntryKind, FolderEntry, FolderListing, shown_name
from tui.terminal.graphemes import cell_len, cut, pad, shorten
from tui.terminal.textual_patches import bound_keys
from tui.units import shown_age, shown_size
from tui.widgets.base.bindings import bound
from tui.widgets.base.canvas import chosen, fit
from tui.widgets.base.strips import emphasized
from tui.widgets.base.widget_message import WidgetMessage
from tui.widgets.file_browser.typed_name import TypedName
from tui.widgets.lists.row_list import RowList
from tui.widgets.text_input.text_field import typed_text
from tui.wire.media_types import MediaKind, media_type

SIZE, DATE, KIND = 10, 15, 9
"""Cells of the columns on the right, with the space before them."""
KIND_FROM, DATE_FROM, SIZE_FROM = 58, 44, 30
"""Cells of the whole list from which there is room for them."""
_WEEK = 7 * 86400
_DATES_HOLD = 20
"""Seconds for which “3 minutes ago” may be shown unchanged."""
_MOST_STRIPS = 1000
_MOVES = frozenset({"move", "pages", "jump"})
"""Actions of keys that only move the cursor."""
_LOOKED_AT = 10_000
"""Rows among which a name is looked for at each letter."""


def kind_label(kind: MediaKind) -> str:
    """Return how a file goes out, in one word."""
    return {
        MediaKind.AUTO: _("auto"),
        MediaKind.IMAGE: _("image"),
        MediaKind.VIDEO: _("video"),
        MediaKind.GIF: _("animated"),
        MediaKind.FILE: _("file"),
    }[kind]


def load_units() -> None:
    """Import what sizes and dates are written with; takes some 20 ms, so in a thread."""
    import mimetypes

    import humanize

    mimetypes.init()
    humanize.naturalsize(1)


def shown_date(modified: float) -> str:
    """Return `3 minutes ago` within a week, else `2026-02-03`."""
    age = time.time() - modified
    try:
        if 0 <= age < _WEEK:
            return shown_age(age)
        return f"{datetime.fromtimestamp(modified):%Y-%m-%d}"
    except (OverflowError, ValueError, OSError):
        return ""


def _is_called(found: str, wanted: str) -> bool:
    """Return whether a name in a folder is the one that was typed; some systems write accents in another form."""
    return found == wanted or (not found.isascii() and unicodedata.normalize("NFC", found) == wanted)


@lru_cache(maxsize=4096)
def _letters_for(character: str) -> str:
    """Return the letters that stand for a character of a name: itself, and the first of its pinyin."""
    return fold(character) + fold(initials(character))


def _begins(name: str, folded: str) -> bool:
    """Return whether a name begins with `folded`, where Chinese may be spelled by its first letters."""
    if len(name) < len(folded) or folded[0] not in _letters_for(name[0]):
        return False
    return all(letter in _letters_for(character) for letter, character in zip(folded, name, strict=False))


class FileList(RowList[int]):
    """Shows entries of `folder`, by their index. The screen handles the keys; signs and kinds are asked for by path."""

    DOUBLE_CLICKS = True
    BINDINGS = [
        bound("picker.mark", "screen.mark"),
        bound("picker.enter", "screen.enter_folder"),
        bound("picker.up", "screen.up"),
        bound("picker.hidden", "screen.toggle_hidden"),
        bound("picker.sort", "screen.next_sort"),
        bound("picker.kind", "screen.next_kind"),
        bound("picker.pack", "screen.pack"),
        bound("picker.bookmark", "screen.bookmark"),
        bound("picker.tree", "screen.focus_tree"),
        bound("picker.filter", "screen.focus_filter"),
        bound("picker.home", "screen.focus_filter('~')"),
    ]

    class Wanted(WidgetMessage):
        """Asks for size and date of entries that came into sight."""

        folder: FolderListing
        indices: list[int]

    class Jumped(WidgetMessage):
        """Tells of letters that were typed, and whether the cursor went to a name that begins with them."""

        letters: str
        found: bool

    class MarkClicked(Message):
        """Tells that the column of marks was clicked in the row at the cursor."""

    def __init__(self, sign_of: Callable[[Path], str], kind_of: Callable[[Path], MediaKind]) -> None:
        super().__init__()
        self._sign_of = sign_of
        self._kind_of = kind_of
        self.folder: FolderListing | None = None
        self.sought = ""
        self.units_loaded = False
        self.notice = ""
        """Words that are shown while the list has no row."""
        self.quiet = False
        """True when keys go to the tree: the cursor is a sign and no bar."""
        self.pointed: Path | None = None
        """Entry to which a person moved the cursor last; it may have moved by itself since."""
        self._strips: dict[tuple[object, ...], Strip] = {}
        """Rows as they were drawn, by all that goes into them: each change of the focus makes Textual ask again."""
        self._typed = TypedName()
        self._asked: set[int] = set()
        self._missing: list[int] = []

    def show(self, folder: FolderListing, rows: list[int], query: str) -> None:
        """Show other rows; the cursor stays on its entry where that is still there, else goes to the first."""
        if rows is self.shown and folder is self.folder and query == self.sought and rows:
            return
        here = self.shown[self.cursor] if 0 <= self.cursor < len(self.shown) and folder is self.folder else -1
        if folder is not self.folder:
            self._typed.forget()
            self._asked.clear()
            self._missing.clear()
            self.top = 0
        same_query = query == self.sought
        self.folder, self.shown, self.sought = folder, rows, query
        at = 0
        if here >= 0 and same_query:
            with suppress(ValueError):
                at = rows.index(here)
        self.cursor = at if rows else -1
        self.rows_changed()

    def entry_at(self, row: int) -> tuple[FolderEntry, Path] | None:
        """Return the entry that a row shows, and its path."""
        if self.folder is None or not 0 <= row < len(self.shown):
            return None
        entry = self.folder.entry(self.shown[row])
        return entry, self.folder.path / entry.name

    def point_at_name(self, name: str) -> bool:
        """Put the cursor on the entry of this name; return False when it is not shown."""
        if self.folder is not None:
            for row, index in enumerate(self.shown):
                if self.folder.names[index] == name:
                    self.point_at(row)
                    return True
        return False

    def go_to_name(self, name: str) -> bool:
        """Put the cursor on the one entry whose whole name a person typed; False when there is none, or several."""
        folder, wanted = self.folder, unicodedata.normalize("NFC", name)
        if folder is None or not name:
            return False
        named = [row for row, index in enumerate(self.shown) if _is_called(folder.names[index], wanted)]
        if len(named) == 1:
            self._go(named[0])
        return len(named) == 1

    def _go(self, index: int) -> None:
        super()._go(index)
        found = self.entry_at(self.cursor)
        self.pointed = found and found[1]

    # ---------------------------------------------------------------- typing a name

    def on_key(self, event: events.Key) -> None:
        """Go to the entry whose name begins with what is typed. Keys with a command keep it, but within a word."""
        text = typed_text(event.key, event.character)
        if not text:
            self._typed.forget()
            return
        actions = {binding.action.partition("(")[0] for binding in bound_keys(self).get(event.key, ())}
        before = self._typed.letters
        for letters in self._typed.readings(text, event.time, commands=bool(actions), moves=actions <= _MOVES):
            row = self._beginning(letters)
            if row is not None:
                self._typed.reads(letters)
                # It came by letters: `pointed` says of a name that was typed whole alone that the person chose it.
                super()._go(row)
                break
        else:
            if actions and not self._typed.astray:
                return
            if actions:
                # Behind letters that are no name's, a blank is a part of what is being written, and marks nothing.
                self._typed.reads(before + text)
            # It is another file that the person looks for.
            row = self.pointed = None
        self._typed.astray = row is None
        event.stop()
        event.prevent_default()
        self.post_message(self.Jumped(self._typed.letters, row is not None))

    def _beginning(self, letters: str) -> int | None:
        """Return the row of a name that begins with `letters`, from the cursor on, then from the top; None for none.

        One letter again and again goes through all names with it.
        """
        if self.folder is None:
            return None
        names, count, wanted = self.folder.names, self.count, fold(letters)
        repeated = len(letters) > 1 and len(set(wanted)) == 1
        for sought, first in ((wanted, self.cursor), (wanted[:1], self.cursor + 1)):
            for row in range(first, first + min(count, _LOOKED_AT)):
                name = names[self.shown[row % count]]
                if _begins(name, sought):
                    return row % count
            if not repeated:
                break
        return None

    # ---------------------------------------------------------------- drawing

    def draw(self, y: int, width: int) -> Strip:
        """Draw a row, or why there is none."""
        if not self.shown and self.notice and y == 1:
            text = cut("   " + self.notice, width)
            return fit([Segment(text, self.theme_styles.dim)], width, self.theme_styles.text)
        return super().draw(y, width)

    def row(self, index: int, width: int, *, at_cursor: bool) -> Strip:
        """Draw mark, name, kind, size and date; columns without room are left out."""
        found = self.entry_at(index)
        assert found is not None
        entry, path = found
        if entry.size == UNKNOWN and self.shown[index] not in self._asked:
            self._want(self.shown[index])
        sign, kind = self._sign_of(path), self._kind_of(path)
        look = (self.app.theme, width, at_cursor, self.quiet, self.units_loaded, int(time.time() // _DATES_HOLD))
        drawn = (entry, sign, kind, self.sought, look)
        strip = self._strips.get(drawn)
        if strip is None:
            if len(self._strips) > _MOST_STRIPS:
                self._strips.clear()
            strip = self._strips[drawn] = self._strip(entry, sign, kind, width, at_cursor=at_cursor)
        return strip

    def _strip(self, entry: FolderEntry, sign: str, kind: MediaKind, width: int, *, at_cursor: bool) -> Strip:
        styles = self.theme_styles
        right = list(self._right(entry, kind, width))
        room = max(1, width - 3 - sum(cell_len(text) for text, _style in right) - 1)
        style = {EntryKind.FOLDER: styles.strong, EntryKind.FILE: styles.text}.get(entry.kind, styles.dim)
        segments = [
            Segment("›" if at_cursor else " ", styles.accent),
            Segment(f"{sign:2}", {"✗": styles.bad, "!": styles.warn}.get(sign, styles.accent)),
            *self._name_parts(entry, kind, room, styles.accent if sign else style),
            *(Segment(text, style) for text, style in right),
            Segment(" ", styles.text),
        ]
        strip = fit(segments, width, styles.text)
        return chosen(strip, styles) if at_cursor and not self.quiet else strip

    def _name_parts(self, entry: FolderEntry, kind: MediaKind, room: int, style: Style) -> Iterator[Segment]:
        name = shown_name(entry.name)
        suffix = ("/" if entry.kind is EntryKind.FOLDER else "") + (" →" if entry.link else "")
        if self.size.width < KIND_FROM and kind is not MediaKind.AUTO and entry.kind is EntryKind.FILE:
            suffix += f" ={kind_label(kind)}"
        shown, tail = shorten(name, room - cell_len(suffix))
        places = set((match(self.sought, name) if self.sought else None) or ())
        if shown != name:
            head = len(shown) - tail - 1
            shift = len(name) - len(shown)
            places = {at if at < head else at - shift for at in places if at < head or at >= len(name) - tail}
        yield from emphasized(shown, places, style, style + self.theme_styles.accent + Style(underline=True))
        yield Segment(suffix, self.theme_styles.dim)
        yield Segment(" " * max(0, room - cell_len(shown) - cell_len(suffix)), self.theme_styles.text)

    def _right(self, entry: FolderEntry, kind: MediaKind, width: int) -> Iterator[tuple[str, Style]]:
        """Yield the columns on the right."""
        styles = self.theme_styles
        if width >= KIND_FROM:
            yield self._kind(entry, kind)
        if width >= SIZE_FROM:
            size = cut(self._size_words(entry), SIZE)
            yield " " * (SIZE - cell_len(size)) + size, styles.dim
        if width >= DATE_FROM:
            known = entry.size >= 0 and self.units_loaded
            date = cut(shown_date(entry.modified), DATE - 1) if known else ""
            yield " " * (DATE - cell_len(date)) + date, styles.dim

    def _kind(self, entry: FolderEntry, wanted: MediaKind) -> tuple[str, Style]:
        if entry.kind is not EntryKind.FILE or not self.units_loaded:
            return " " * KIND, self.theme_styles.dim
        label = kind_label(media_type(entry.name, wanted).kind)
        if wanted is MediaKind.AUTO:
            return " " + pad(label, KIND - 1), self.theme_styles.dim
        return pad("=" + label, KIND), self.theme_styles.accent

    def _size_words(self, entry: FolderEntry) -> str:
        if entry.size == GONE:
            return _("broken") if entry.link else _("gone")
        if entry.size == DENIED:
            return "?"
        if entry.kind is EntryKind.OTHER:
            return _("not a file")
        if entry.kind is EntryKind.FOLDER or entry.size == UNKNOWN or not self.units_loaded:
            return ""
        return shown_size(entry.size)

    def _want(self, index: int) -> None:
        self._asked.add(index)
        if not self._missing:
            self.call_later(self._ask)
        self._missing.append(index)

    def _ask(self) -> None:
        missing, self._missing = self._missing, []
        if self.folder is not None and missing:
            self.post_message(self.Wanted(self.folder, missing))

    def learned(self, indices: list[int]) -> None:
        """Draw the rows of which size and date came."""
        wanted = set(indices)
        last = self.top + self.size.height
        self._refresh_rows(*(row for row in range(self.top, min(last, self.count)) if self.shown[row] in wanted))

    # ---------------------------------------------------------------- mouse

    def on_click(self, event: events.Click) -> None:
        """Point at the row, on the marks mark it, with a double click open or pick it: a slip must not send a file."""
        # Or `RowList.on_click` would follow, which chooses.
        event.prevent_default()
        index = self.top + event.y
        if index >= self.count:
            return
        self._go(index)
        if event.x < 3:
            self.post_message(self.MarkClicked())
        elif event.chain == 2:
            self.action_choose()
