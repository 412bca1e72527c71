"""Bookmarks, recent folders, and the tree of folders around the one that is open."""

from __future__ import annotations

from collections.abc import Iterator
from enum import Enum
from itertools import pairwise
from pathlib import Path

import msgspec
from rich.segment import Segment
from textual import events
from textual.strip import Strip

from tui.i18n import _
from tui.services.file_browser.bookmarks import Bookmarks
from tui.services.file_browser.listing import shown_name
from tui.services.file_browser.reader import subfolders
from tui.services.util.threads import Breath, Later, in_own_thread
from tui.terminal.graphemes import cut
from tui.widgets.base.bindings import bound
from tui.widgets.base.canvas import chosen, fit
from tui.widgets.base.work import begin
from tui.widgets.lists.row_list import RowList


class TreeRowKind(Enum):
    """Kinds of rows."""

    HEADING = "heading"
    BOOKMARK = "bookmark"
    RECENT = "recent"
    FOLDER = "folder"


class TreeRow(msgspec.Struct, frozen=True):
    """A row; a heading has a label and no path."""

    part: TreeRowKind
    label: str
    path: Path | None = None
    depth: int = 0


class FolderTree(RowList[TreeRow]):
    """Reads folders when they are opened, in a thread. `Chosen` tells of a row, `at_cursor` has its folder.

    Links are shown and opened under their own names, so a link to a folder above makes a long path and no loop.
    """

    BINDINGS = [
        bound("tree.unfold", "unfold"),
        bound("tree.fold", "fold"),
        bound("tree.toggle", "turn"),
        bound("tree.forget", "screen.forget_bookmark"),
        bound("tree.hidden", "screen.toggle_hidden"),
        bound("tree.list", "screen.focus_list"),
        bound("tree.filter", "screen.focus_filter"),
    ]

    def __init__(self, home: Path) -> None:
        super().__init__()
        self._home = home
        self._places = Bookmarks()
        self._hidden = False
        self._here = home
        self._root = home
        self._below: dict[Path, list[Path]] = {}
        self._open: set[Path] = set()

    def set_places(self, places: Bookmarks) -> None:
        """Show other bookmarks and recent folders."""
        self._places = places
        self._rebuild()

    def set_hidden(self, hidden: bool) -> None:
        """Show dot folders, or not."""
        if hidden != self._hidden:
            self._hidden = hidden
            self._below.clear()
            self.show_folder(self._here)

    def show_folder(self, path: Path) -> None:
        """Open the tree down to `path`."""
        self._here = path
        self._root = self._home if path.is_relative_to(self._home) else Path(path.anchor or "/")
        above = [place for place in (path, *path.parents) if place.is_relative_to(self._root)]
        begin(self, Later(self._load, above[::-1]), "tree", exclusive=True)

    async def _load(self, folders: list[Path]) -> None:
        hidden = self._hidden
        # Open folders are read again, for they may have changed; only those on the way down are.

        def read(breathe: Breath) -> list[list[Path]]:
            return [subfolders(folder, hidden, breathe) for folder in folders]

        for folder, below in zip(folders, await in_own_thread(read), strict=True):
            self._below[folder] = below
        for folder, inner in pairwise(folders):
            if inner not in self._below[folder]:
                # Hidden, or beyond the most that are listed; but the open folder lies in it.
                self._below[folder].append(inner)
        self._open.update(folders)
        self._rebuild(to_here=True)

    # ---------------------------------------------------------------- rows

    def _rebuild(self, *, to_here: bool = False) -> None:
        before = self.at_cursor
        self.shown = list(self._rows())
        if to_here or before is None:
            wanted = [
                i for i, node in enumerate(self.shown) if node.path == self._here and node.part is TreeRowKind.FOLDER
            ]
            self.cursor = wanted[0] if wanted else -1
        else:
            self.cursor = self.shown.index(before) if before in self.shown else self.cursor
        self.rows_changed()

    def _rows(self) -> Iterator[TreeRow]:
        for heading, part, paths in (
            (_("Bookmarks"), TreeRowKind.BOOKMARK, self._places.bookmarks),
            (_("Recent"), TreeRowKind.RECENT, self._places.recent),
        ):
            if paths:
                yield TreeRow(TreeRowKind.HEADING, heading)
                for path in paths:
                    yield TreeRow(part, _label(path, self._home), path)
        if self._places.bookmarks or self._places.recent:
            yield TreeRow(TreeRowKind.HEADING, _("Folders"))
        waiting = [(self._root, 0)]
        while waiting:
            path, depth = waiting.pop()
            yield TreeRow(TreeRowKind.FOLDER, _label(path, self._home), path, depth)
            if path in self._open:
                waiting += [(inner, depth + 1) for inner in reversed(self._below.get(path, ()))]

    def row(self, index: int, width: int, *, at_cursor: bool) -> Strip:
        """Draw a folder under those above it, or a heading; the last cell is the line to the list."""
        node = self.shown[index]
        styles = self.theme_styles
        room = width - 2
        if node.part is TreeRowKind.HEADING:
            segments = [Segment(cut(" " + node.label, room), styles.dim)]
        else:
            # Indent at most a third of the room: names matter more than depth.
            indent = " " * (min(node.depth, max(0, room // 3)) if node.part is TreeRowKind.FOLDER else 0)
            sign = {TreeRowKind.BOOKMARK: "★", TreeRowKind.RECENT: "·"}.get(node.part) or (
                "▾" if node.path in self._open else "▸"
            )
            here = node.path == self._here and node.part is TreeRowKind.FOLDER
            style = styles.accent if here else styles.text
            segments = [Segment(f" {indent}{sign} ", styles.dim), Segment(node.label, style)]
        line = fit(segments, room, styles.text)
        if at_cursor and self.has_focus:
            line = chosen(line, styles)
        return Strip([*line, Segment(" │", styles.rule)], width)

    def draw(self, y: int, width: int) -> Strip:
        """Draw a row, or the line to the list."""
        if self.top + y < self.count:
            return super().draw(y, width)
        return Strip([Segment(" " * (width - 1), self.theme_styles.text), Segment("│", self.theme_styles.rule)], width)

    # ---------------------------------------------------------------- keys and mouse

    def action_unfold(self) -> None:
        """Show what is in the folder; when that is shown, go to the first."""
        node = self.at_cursor
        if node is None or node.path is None or node.part is not TreeRowKind.FOLDER:
            return
        if node.path in self._open:
            if self._below.get(node.path):
                self.action_move(1)
            return
        self._open.add(node.path)
        begin(self, self._unfold(node.path), "unfold")

    async def _unfold(self, path: Path) -> None:
        hidden = self._hidden
        self._below[path] = await in_own_thread(lambda breathe: subfolders(path, hidden, breathe))
        self._rebuild()

    def action_fold(self) -> None:
        """Hide what is in the folder; when that is hidden, go to the one above."""
        node = self.at_cursor
        if node is None or node.path is None or node.part is not TreeRowKind.FOLDER:
            return
        if node.path in self._open:
            self._open.discard(node.path)
            self._rebuild()
            return
        for index in range(self.cursor - 1, -1, -1):
            if (above := self.shown[index]).part is TreeRowKind.FOLDER and above.depth < node.depth:
                self._go(index)
                return

    def action_turn(self) -> None:
        """Show or hide what is in the folder."""
        node = self.at_cursor
        if node is not None and node.path in self._open:
            self.action_fold()
        else:
            self.action_unfold()

    def on_click(self, event: events.Click) -> None:
        """Unfold or fold on the sign; go to the folder on its name."""
        # Or `RowList.on_click` would follow, which chooses.
        event.prevent_default()
        index = self.top + event.y
        node = self.shown[index] if index < self.count else None
        if node is None or node.path is None:
            return
        self._go(index)
        if node.part is TreeRowKind.FOLDER and event.x <= node.depth + 1:
            self.action_turn()
        else:
            self.action_choose()


def _label(path: Path, home: Path) -> str:
    if path == home:
        return "~"
    return shown_name(path.name or str(path))
