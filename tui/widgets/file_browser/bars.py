"""Lines round a file picker: target and folder above; numbers below the entries; marks and hints at the foot."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from rich.segment import Segment
from textual import events
from textual.reactive import Reactive
from textual.strip import Strip

from tui.i18n import _
from tui.services.file_browser.listing import shown_name
from tui.terminal.graphemes import cell_len, cut, wrap
from tui.widgets.base.canvas import Canvas, fit
from tui.widgets.base.fitting_hints import fitting
from tui.widgets.base.styles import Run, Tone
from tui.widgets.base.widget_message import WidgetMessage
from tui.wire.text import printable


class PickerHead(Canvas):
    """The target, then the folder as crumbs; a click on a crumb goes there."""

    class CrumbClicked(WidgetMessage):
        """Asks for a folder."""

        path: Path

    def __init__(self, target: str, home: Path) -> None:
        super().__init__()
        self._target = printable(target, newlines=False)
        self._home = home
        self._crumbs: list[tuple[str, Path]] = []
        self._right = ""
        self._spots: list[tuple[int, int, Path]] = []

    def show(self, path: Path, right: str) -> None:
        """Show another folder; `right` stands at the end of its line (a bookmark's star)."""
        crumbs: list[tuple[str, Path]] = []
        for place in (path, *path.parents):
            if place == self._home:
                crumbs.append(("~", place))
                break
            crumbs.append((shown_name(place.name or "/"), place))
        crumbs.reverse()
        if (crumbs, right) != (self._crumbs, self._right):
            self._crumbs, self._right = crumbs, right
            self.refresh()

    def draw(self, y: int, width: int) -> Strip:
        """Draw target, rule, or crumbs."""
        styles = self.theme_styles
        if y == 0:
            words = _("Send to")
            name = cut(self._target, width - cell_len(words) - 4)
            return fit([Segment(f" {words}  ", styles.text), Segment(name, styles.accent)], width, styles.text)
        if y == 1:
            return Strip([Segment("━" * width, styles.accent)], width)
        return self._path_line(width)

    def _path_line(self, width: int) -> Strip:
        styles = self.theme_styles
        room = width - 2 - (cell_len(self._right) + 2 if self._right else 0)
        parts: list[tuple[str, Path]] = []
        used = 0
        for label, path in reversed(self._crumbs):
            text = cut(label, max(8, room // 2))
            needed = cell_len(text) + (3 if parts else 0)
            if parts and used + needed > room - 3:
                parts.append(("…", path))
                break
            parts.append((text, path))
            used += needed
        parts.reverse()
        segments = [Segment(" ", styles.text)]
        self._spots = []
        at = 1
        for index, (text, path) in enumerate(parts):
            if index:
                # The root's own name is the slash.
                between = " " if parts[index - 1][0] == "/" else " / "
                segments.append(Segment(between, styles.dim))
                at += len(between)
            self._spots.append((at, at + cell_len(text), path))
            segments.append(Segment(text, styles.strong if index == len(parts) - 1 else styles.text))
            at += cell_len(text)
        line = fit(segments, width - cell_len(self._right) - 1, styles.text)
        return fit([*line, Segment(self._right + " ", styles.accent)], width, styles.text)

    def on_click(self, event: events.Click) -> None:
        """Ask for the folder of a crumb."""
        if event.y == 2:
            for start, stop, path in self._spots:
                if start <= event.x < stop:
                    self.post_message(self.CrumbClicked(path))


class PickerRule(Canvas):
    """The line under the entries: how many, in which order, what is hidden."""

    _words: Reactive[tuple[str, ...]] = Reactive(())

    def show(self, *words: str) -> None:
        """Show other words; "" are left out."""
        self._words = tuple(filter(None, words))

    def draw(self, y: int, width: int) -> Strip:
        """Draw a rule with words in it."""
        styles = self.theme_styles
        segments = [Segment("──", styles.rule)]
        for word in self._words:
            segments += [Segment(f" {word} ", styles.dim), Segment("──", styles.rule)]
        used = sum(cell_len(segment.text) for segment in segments)
        segments.append(Segment("─" * max(0, width - used), styles.rule))
        return fit(segments, width, styles.text)


_NOTE_LINES: Final = 6
"""Lines of a sentence at most: what a key does about a warning is its end."""


class PickerFoot(Canvas):
    """A sentence about the file at the cursor or what just happened; then what is marked, and hints about keys."""

    _note: Reactive[Run] = Reactive(("", Tone.TEXT))
    _marked: Reactive[str] = Reactive("")
    _hints: Reactive[str] = Reactive("")
    _rows = 2

    @property
    def note(self) -> str:
        """Sentence that the line shows; "" for none."""
        return self._note[0]

    def say(self, sentence: str, tone: Tone = Tone.TEXT) -> None:
        """Show another sentence; "" takes it away. A long one makes the foot higher: the last line stays."""
        self._note = sentence, tone
        self._make_room(self.size.width)

    def show(self, marked: str, hints: str) -> None:
        """Show what is marked, "" for nothing, and hints, the most useful first, the way out last."""
        self._marked, self._hints = marked, hints

    def on_resize(self, event: events.Resize) -> None:
        """Break the sentence for the new width."""
        self._make_room(event.size.width)

    def _make_room(self, width: int) -> None:
        rows = max(1, len(self._lines(width))) + 1 if width else 2
        if rows != self._rows:
            self._rows = rows
            self.styles.height = rows

    def _lines(self, width: int) -> list[str]:
        """Return the sentence in a few lines, the later ones below the words of the first."""
        sentence, tone = self._note
        if not sentence:
            return []
        said = f" {tone.sign}{printable(sentence, newlines=False)}"
        (_start, stop), *more = wrap(said, width - 1)
        if not more:
            return [said.rstrip()]
        rest = said[stop:].lstrip()
        spans = list(wrap(rest, width - 4))
        if len(spans) >= _NOTE_LINES:
            spans[_NOTE_LINES - 2 :] = [(spans[_NOTE_LINES - 2][0], len(rest))]
        return [said[:stop].rstrip(), *(f"   {cut(rest[start:end].rstrip(), width - 4)}" for start, end in spans)]

    def draw(self, y: int, width: int) -> Strip:
        """Draw the sentence, or marks and hints."""
        styles = self.theme_styles
        if y < self._rows - 1:
            lines = self._lines(width)
            said = cut(lines[y], width - 1) if y < len(lines) else ""
            return fit([Segment(said, styles[self._note[1]])], width, styles.text)
        marked = cut(f" {self._marked}", width - 1)
        shown = fitting(self._hints, width - cell_len(marked) - 3)
        line = fit([Segment(marked, styles.accent)], width - cell_len(shown) - 1, styles.text)
        return fit([*line, Segment(shown + " ", styles.dim)], width, styles.text)
