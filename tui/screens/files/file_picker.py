"""Files to be sent are chosen here; nothing leaves before each was looked at."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar, Final

from textual import on
from textual.binding import Binding
from textual.timer import Timer

from tui.errors import WxtuiError
from tui.i18n import _, say
from tui.keymap import hint
from tui.screens.files import texts as words
from tui.screens.files.file_browser import FolderScreen
from tui.screens.files.marked_files import MarkedFiles, Picked, PickedFile
from tui.screens.files.send_checks import judge, remark
from tui.screens.settling import Settling
from tui.services.file_browser.bookmarks import Bookmarks
from tui.services.file_browser.listing import EntryKind, Sort, shown_name
from tui.services.file_browser.previews import Preview, look
from tui.services.file_browser.reader import nearest_folder
from tui.services.uploads.preflight import PreflightResult, check
from tui.services.util.threads import Breath, Later, aside
from tui.terminal.graphemes import shorten
from tui.widgets.base.styles import Tone
from tui.widgets.base.work import begin
from tui.widgets.file_browser.file_list import FileList, kind_label
from tui.widgets.file_browser.folder_tree import TreeRowKind
from tui.widgets.lists.row_list import RowList
from tui.wire.media_types import MediaKind
from tui.wire.names import Endpoint

__all__ = ["FilePicker", "Picked", "PickedFile", "PickerSettings"]

log = logging.getLogger("wxtui.screens")

_NAME: Final = 40
"""Cells of a name inside a sentence."""
REST: Final = 0.08
"""Seconds that the cursor stays somewhere before what stands there is looked at."""


@dataclass(frozen=True, slots=True)
class PickerSettings:
    """What is kept between two pickers; `load` and `keep` block, and are called in a thread."""

    load: Callable[[], Bookmarks] = Bookmarks
    keep: Callable[[Bookmarks], None] = lambda places: None
    hidden: bool = False
    sort: Sort = Sort.NAME


class FilePicker(FolderScreen):
    """Dismissed with what to send, or None. `start` may be any path; the nearest folder that there is is shown."""

    BINDINGS: ClassVar = [
        Binding("escape", "back", show=False, id="picker.back"),
        Binding("ctrl+s", "send", show=False, id="picker.send", priority=True),
        Binding("ctrl+space,ctrl+@,insert", "mark", show=False, id="picker.mark.anywhere", priority=True),
    ]

    def __init__(
        self,
        target: str,
        endpoint: Endpoint,
        start: Path,
        kind: MediaKind,
        settings: PickerSettings | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """`clock` is monotonic, in seconds."""
        self.marks = MarkedFiles(kind)
        super().__init__(target, start, self.marks.sign, self.marks.kind)
        self._endpoint = endpoint
        self._start = start
        self._settings = settings or PickerSettings()
        self.browser.hidden, self.browser.sort = self._settings.hidden, self._settings.sort
        self._places = Bookmarks()
        self._armed: object = None
        self._settling = Settling(clock)
        self._resting: Timer | None = None

    def on_mount(self) -> None:
        """The folder, then bookmarks."""
        begin(self, self._begin(), "begin", complain=self._complain)
        self.show_lines()

    async def _begin(self) -> None:
        start, load = self._start, self._settings.load
        self.open(await aside(lambda breathe: nearest_folder(start)))
        self._places = await aside(lambda breathe: load())
        self.folders.set_places(self._places)
        self.show_lines()

    # ---------------------------------------------------------------- the lines around

    def said(self, sentence: str, tone: Tone = Tone.TEXT, *, arms: object = None) -> None:
        """A sentence; `arms` is what the same key will do while it stands there, once it can have been read.

        Said again, it begins again: a key that is held down never does it.
        """
        self._armed = arms
        self._settling.anew()
        self.foot.say(sentence, tone)
        self.call_after_refresh(self._settling.painted)

    def _confirmed(self) -> object:
        """Return the deed that the person was told, a moment ago, that the same key will do."""
        return self._armed if self._settling.answers() else None

    def show_lines(self) -> None:
        """Folder, marks and hints."""
        path = self.browser.folder.path
        self.head.show(path, "★" if path in self._places.bookmarks else "")
        keys = words.KeyFocus.TREE if self.focused is self.folders else words.KeyFocus.LIST
        if self.focused is self.filter:
            keys = words.KeyFocus.FILTER
        self.foot.show(words.marked(self.marks, sized=self.list.units_loaded), words.hints(keys, bool(self.marks)))

    # ---------------------------------------------------------------- the file at the cursor

    def moved(self) -> None:
        """Look at what the cursor stands on, once it rests."""
        self.said("")
        self._look_soon()

    def _look_soon(self) -> None:
        if self._resting is not None:
            self._resting.stop()
        self._resting = self.set_timer(REST, self._look_now)

    def _look_now(self) -> None:
        self.only(Later(self._look), "look")

    async def _look(self) -> None:
        """Check and preview what the cursor stands on."""
        if (found := self.at_cursor) is None:
            self.preview.show("", "", None)
            return
        entry, path = found
        facts = ""
        if entry.kind is EntryKind.FILE:
            sentence, tone = remark((await self._check([path]))[0])
            if sentence and self._armed is None:
                self.said(sentence, tone)
            facts = words.facts(path, entry.modified, self.marks) if self.list.units_loaded else ""
        if self.has_class("no-preview"):
            return
        columns, rows = self.preview.inner
        preview: Preview = await aside(lambda breathe: look(path, columns, rows, breathe))
        self.preview.show(entry.name, facts, preview)

    async def _check(self, paths: Sequence[Path]) -> list[PreflightResult]:
        """Look at files in a thread; what is found is kept with the marks."""
        files, endpoint = self.marks.files(paths), self._endpoint

        def run(breathe: Breath) -> list[PreflightResult]:
            found = []
            for file in files:
                breathe()
                found.append(check(file.path, endpoint, file.kind))
            return found

        found = await aside(run)
        for file, checked in zip(files, found, strict=True):
            self.marks.learn(file, checked)
        if any(path in self.marks for path in paths):
            self.list.refresh()
            self.show_lines()
        return found

    # ---------------------------------------------------------------- marks and kinds

    def action_mark(self) -> None:
        """Mark the file at the cursor, or not any more, and go on to the next."""
        if self._toggle_mark(self.list.cursor):
            self.list.action_move(1)

    @on(FileList.MarkClicked)
    def _mark_clicked(self, event: FileList.MarkClicked) -> None:
        self._toggle_mark(event.index)

    def _toggle_mark(self, row: int) -> bool:
        entry, path = self.list.entry_at(row), self.list.path_at(row)
        if entry is None or path is None:
            return False
        if entry.kind is EntryKind.FOLDER:
            self.said(hint("A folder cannot be sent; {list.choose} opens it."), Tone.WARN)
            return False
        if entry.kind is not EntryKind.FILE:
            self.said(_("Only files can be sent."), Tone.WARN)
            return False
        if self.marks.toggle(path):
            begin(self, self._check([path]), "check", complain=self._complain)
        self.said("")
        self.list.refresh()
        self.show_lines()
        return True

    def action_next_kind(self) -> None:
        """Send the file at the cursor as something else: auto, image, video, animated, file."""
        if (found := self.at_cursor) is None or found[0].kind is not EntryKind.FILE:
            return
        kind = self.marks.next_kind(found[1])
        self.list.refresh()
        self.said(_("It goes out as: {kind}").format(kind=kind_label(kind)))
        self._look_soon()

    # ---------------------------------------------------------------- bookmarks

    def action_bookmark(self) -> None:
        """Set a bookmark on the folder that is shown, or take it away."""
        path = self.browser.folder.path
        self._keep(self._places.toggled(path))
        self.said(_("Bookmark set.") if path in self._places.bookmarks else _("Bookmark taken away."))

    def action_forget_bookmark(self) -> None:
        """In the tree: take the bookmark at the cursor away, or set one on the folder there."""
        node = self.folders.node_at(self.folders.cursor)
        if node is not None and node.path is not None and node.part is not TreeRowKind.HEADING:
            self._keep(self._places.toggled(node.path))

    def _keep(self, places: Bookmarks) -> None:
        self._places = places
        self.folders.set_places(places)
        self.show_lines()
        begin(self, self._write_places(), "places", complain=self._complain)

    async def _write_places(self) -> None:
        keep, places = self._settings.keep, self._places
        try:
            await aside(lambda breathe: keep(places))
        except WxtuiError as error:
            log.warning("%s", error)
            self.said(say(error), Tone.BAD)

    # ---------------------------------------------------------------- leaving

    @on(RowList.Chosen)
    def _chosen(self, event: RowList.Chosen) -> None:
        """Enter, or a double click. Rows may have moved since: what counts is where the cursor is now."""
        if event.list is self.folders:
            if (place := self.folders.path_at(self.folders.cursor)) is not None:
                self.open(place)
                self.list.focus()
        elif (found := self.at_cursor) is not None:
            if found[0].kind is EntryKind.FOLDER:
                self.open(found[1])
            else:
                self.action_send()

    def action_back(self) -> None:
        """Out of the filter, then out of the picker; marks are asked about once."""
        if self.filter.text:
            self.clear_filter()
            self.list.focus()
        elif self.focused is not self.list:
            self.list.focus()
        elif self.marks and self._armed != "leave":
            question = hint("Marked: {count}. {picker.back} again leaves without sending.", count=len(self.marks))
            self.said(question, Tone.WARN, arms="leave")
        else:
            self.dismiss(None)

    def action_send(self) -> None:
        """Send what is marked, else the file that the person moved the cursor to, or named by its whole name.

        On another one, on which the cursor came to stand by itself, a second press sends it.
        """
        paths = self.marks.paths
        if not paths:
            if (found := self.at_cursor) is None or found[0].kind is EntryKind.FOLDER:
                self.said(hint("Mark files with {picker.mark} first, or put the cursor on one."), Tone.WARN)
                return
            paths = (found[1],)
            if self.list.pointed != found[1]:
                if self._confirmed() != paths:
                    self._ask_again(paths)
                    return
                self.list.pointed = found[1]
        self.only(Later(self._send, paths), "leave")

    def _ask_again(self, paths: tuple[Path]) -> None:
        name = shorten(shown_name(paths[0].name), _NAME)[0]
        self.said(_("Again: sends “{name}”.").format(name=name), Tone.WARN, arms=paths)

    async def _send(self, paths: tuple[Path, ...]) -> None:
        """Check all once more; what cannot go, or should not without a second look, stops it."""
        confirmed = self._confirmed()
        verdict = judge(self.marks.files(paths), await self._check(paths), confirmed)
        if verdict.sentence:
            self.said(verdict.sentence, verdict.tone, arms=verdict.fine)
            return
        self._places = self._places.visited(verdict.fine[0].path.parent)
        await self._write_places()
        self.dismiss(Picked(verdict.fine))
