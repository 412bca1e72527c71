"""The uploads, one a row: name, to whom, size, how far. Only rows that changed are drawn again."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final

import msgspec
from rich.segment import Segment
from textual.geometry import Region
from textual.reactive import Reactive
from textual.strip import Strip

from tui.i18n import _, listed
from tui.keymap import hint
from tui.services.uploads.upload_state import Upload, UploadState
from tui.terminal.graphemes import cell_len, cut, pad, shorten, wrap, wrapped
from tui.units import shown_size
from tui.widgets.base.canvas import Canvas, chosen, fit
from tui.widgets.base.one_line import one_line
from tui.widgets.base.progress_text import progress_runs, progress_text
from tui.widgets.base.reason_words import reason_words
from tui.widgets.lists.row_list import RowList

_SIZE: Final = 10
_WAITING: Final = (UploadState.QUEUED, UploadState.PAUSED)
_TROUBLED: Final = (UploadState.FAILED, UploadState.UNKNOWN)
_DONE: Final = (UploadState.SENT, UploadState.CANCELLED)


class _Columns(msgspec.Struct, frozen=True):
    """Width of each column in cells; 0 where there is no room for it."""

    name: int
    target: int
    size: int
    progress: int


def _columns(width: int) -> _Columns:
    room = max(4, width - 3)
    if width >= 100:
        progress, target, size = 46, max(14, min(28, room // 6)), _SIZE
    elif width >= 70:
        progress, target, size = 28, 14, _SIZE
    elif width >= 50:
        progress, target, size = 24, 10, 0
    else:
        progress, target, size = max(5, min(20, room // 2)), 0, 0
    taken = sum(cells + 2 for cells in (target, size) if cells) + progress + 2
    return _Columns(max(1, room - taken), target, size, progress)


class UploadList(RowList[Upload]):
    """Uploads: the unfinished in their order, then those that need a person, then the finished, latest first."""

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._looks: dict[int, object] = {}
        self.wide = 80
        """Columns of the last drawing, which say what a row shows."""

    def show(self, uploads: Sequence[Upload]) -> None:
        """Show how the uploads stand now. The cursor stays on its upload, wherever that went."""
        wanted = [
            *(one for one in uploads if one.state.running),
            *(one for one in uploads if one.state in _WAITING),
            *(one for one in reversed(uploads) if one.state in _TROUBLED),
            *(one for one in reversed(uploads) if one.state in _DONE),
        ]
        columns = _columns(self.wide)
        looks = {one.id: _look(one, columns) for one in wanted}
        if [one.id for one in wanted] != [one.id for one in self.shown]:
            stood_on = self.at_cursor
            at = self.cursor
            self.shown, self._looks = wanted, looks
            same = (row for row, one in enumerate(wanted) if one is stood_on)
            self.cursor = next(same, max(0, min(at, len(wanted) - 1)) if wanted else -1)
            self.rows_changed()
            return
        self.shown = wanted
        changed = [row for row, one in enumerate(wanted) if looks[one.id] != self._looks.get(one.id)]
        self._looks = looks
        bottom = self.top + self.size.height
        # Name and target never change: only the end of the row is drawn again.
        start = self.size.width - columns.progress - 1
        regions = [
            Region(start, row - self.top, columns.progress + 1, 1) for row in changed if self.top <= row < bottom
        ]
        if regions:
            self.refresh(*regions)

    # ---------------------------------------------------------------- drawing

    def draw(self, y: int, width: int) -> Strip:
        """Draw a row, or how to send something."""
        self.wide, styles = width, self.theme_styles
        if self.shown:
            return super().draw(y, width)
        lines = [_("No uploads yet."), *_empty(max(10, width - 6))]
        if not 1 <= y <= len(lines):
            return Strip.blank(width, styles.text)
        return fit([Segment("   " + lines[y - 1], styles.text if y == 1 else styles.dim)], width, styles.text)

    def row(self, index: int, width: int, *, at_cursor: bool) -> Strip:
        """Draw `› name   target   size  ▰▰▰▱▱ 71%`."""
        styles, one = self.theme_styles, self.shown[index]
        columns = _columns(width)
        # The end of a name says most: extensions and numbers stand there.
        name, _tail = shorten(one_line(one.name), columns.name)
        segments = [
            Segment("› " if at_cursor else "  ", styles.accent),
            Segment(pad(name, columns.name), styles.dim if one.state is UploadState.CANCELLED else styles.text),
        ]
        if columns.target:
            target = _receivers(one)
            segments.append(Segment("  " + pad(target, columns.target), styles.dim))
        if columns.size:
            size = cut(shown_size(one.size), columns.size)
            segments.append(Segment("  " + " " * (columns.size - cell_len(size)) + size, styles.dim))
        segments.append(Segment("  ", styles.text))
        reason = _reason(one)
        if reason:
            segments.append(Segment(cut(f"✗ {reason}", columns.progress), styles.bad))
        else:
            segments += progress_text(one, columns.progress, styles)
        strip = fit(segments, width, styles.text)
        return chosen(strip, styles) if at_cursor and self.has_focus else strip


def _reason(one: Upload) -> str:
    """Return why an upload failed, in few words; "" when it did not, or nobody knows."""
    if one.state is not UploadState.FAILED or one.error is None:
        return ""
    return reason_words(type(one.error).__name__)


def _receivers(one: Upload) -> str:
    """Return to whom a file goes, all of them where it is for several."""
    return listed([one_line(other.to.name) for other in one.alike])


def _look(one: Upload, columns: _Columns) -> object:
    """Return the part of a row that changes by itself; a row is drawn again when this does."""
    return _reason(one) or progress_runs(one, columns.progress)


def _empty(width: int) -> list[str]:
    text = hint("{send} in a conversation picks files; /send PATH sends one; a path pasted into the input is attached.")
    return wrapped(text, width)


class UploadDetail(Canvas):
    """Lines for which the row at the cursor has no room: the whole name, to whom, and how it ended."""

    _lines: Reactive[tuple[str, ...]] = Reactive(())
    _bad: Reactive[bool] = Reactive(False)

    def __init__(self, say: Callable[[Upload], str], *, id: str | None = None) -> None:
        """`say` tells how an upload stands, in a sentence."""
        super().__init__(id=id)
        self._say = say

    def show(self, one: Upload | None) -> None:
        """Show the details of an upload, or none."""
        lines: tuple[str, ...] = ()
        if one is not None:
            target = _("to {name}").format(name=_receivers(one))
            if one.series is not None:
                sent = _("sent to {count} of {total}").format(count=one.series.sent, total=len(one.alike))
                target = f"{target} · {sent}"
            lines = (
                one_line(one.name),
                f"{target} · {shown_size(one.size)} · {one_line(str(one.path.parent))}",
                one_line(self._say(one)),
            )
        self._lines, self._bad = lines, one is not None and one.state is UploadState.FAILED

    def draw(self, y: int, width: int) -> Strip:
        """Draw a rule, the name, the target, then the sentence in as many lines as there are."""
        styles = self.theme_styles
        if y == 0:
            return Strip([Segment("─" * width, styles.rule)], width)
        if not self._lines:
            return Strip.blank(width, styles.text)
        room = max(1, width - 2)
        name, target, sentence = self._lines
        if y == 1:
            text, style = shorten(name, room)[0], styles.text
        elif y == 2:
            text, style = cut(target, room), styles.dim
        else:
            style = styles.bad if self._bad else styles.dim
            lines = list(wrap(sentence, room))
            start, end = lines[y - 3] if y - 3 < len(lines) else (0, 0)
            last = y == self.size.height - 1
            text = cut(sentence[start:], room) if last else sentence[start:end].rstrip()
            text = text if start or end else ""
        return fit([Segment(" " + text, style)], width, styles.text)
