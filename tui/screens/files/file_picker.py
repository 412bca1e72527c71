"""File picker: a person goes about folders and marks files; nothing leaves before each was checked."""

from __future__ import annotations

import logging
import time
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path
from typing import ClassVar, Final

from textual import events, on
from textual.app import ComposeResult
from textual.containers import Horizontal
from textual.reactive import Reactive
from textual.timer import Timer
from textual.widget import Widget

from tui.errors import PictureUnusable, WxtuiError
from tui.i18n import _, say
from tui.key_table import Area
from tui.keymap import hint
from tui.paths import home_folder, style_sheets
from tui.screens.files import texts
from tui.screens.files.directory_model import DirectoryModel
from tui.screens.files.marked_files import MarkedFiles, PickedFile
from tui.screens.files.send_checks import check_before_sending, remark
from tui.screens.leave_once import LeavesOnce
from tui.screens.settling import Settling
from tui.services.file_browser.bookmarks import Bookmarks, BookmarksFile
from tui.services.file_browser.image_info import ImageInfo
from tui.services.file_browser.listing import EntryKind, FolderEntry, Sort, shown_name
from tui.services.file_browser.previews import Preview, look
from tui.services.file_browser.reader import nearest_folder
from tui.services.pictures.drawn import Drawn, PictureBox
from tui.services.uploads.preflight import PreflightResult, check
from tui.services.util.threads import Breath, Later, in_own_thread
from tui.terminal.graphemes import shorten
from tui.widgets.base.bindings import bound
from tui.widgets.base.styles import Tone
from tui.widgets.base.work import begin
from tui.widgets.file_browser.bars import PickerFoot, PickerHead, PickerRule
from tui.widgets.file_browser.file_list import FileList, kind_label, load_units
from tui.widgets.file_browser.folder_tree import FolderTree
from tui.widgets.file_browser.preview import FilePreview
from tui.widgets.lists.row_list import RowList
from tui.widgets.text_input.line_edit import LineEdit
from tui.wire.media_types import MediaKind
from tui.wire.names import Endpoint

log = logging.getLogger("wxtui.screens")

TREE_FROM: Final = 70
PREVIEW_FROM: Final = 100
"""Columns from which there is room for the tree, and for the preview."""
_NAME: Final = 40
"""Cells of a name inside a sentence."""
_REST: Final = 0.08
"""Seconds that the cursor stays on an entry before a preview of it is made."""


class FilePicker(LeavesOnce[tuple[PickedFile, ...] | None]):
    """Returns the files to send, or None. `start` may be any path; the nearest folder that exists is shown."""

    CSS_PATH = style_sheets("file_picker")
    AUTO_FOCUS = "FileList"
    HELP_AREAS = (Area.FILES, Area.FOLDERS, Area.LISTS, Area.EDITING)
    focused: Reactive[Widget | None] = Reactive(None, repaint=False)
    """As Textual's own, which would draw the whole screen again whenever the focus moves."""
    BINDINGS: ClassVar = [
        bound("picker.back", "back"),
        bound("picker.send", "send", priority=True),
        bound("picker.others", "send(True)", priority=True),
        bound("picker.mark.anywhere", "mark", priority=True),
        bound("picker.hidden.anywhere", "toggle_hidden", priority=True),
        bound("picker.pane.next", "next_pane(1)", priority=True),
        bound("picker.pane.previous", "next_pane(-1)", priority=True),
        bound("picker.up.anywhere", "up", priority=True),
        bound("pick.up", "list('move', -1)"),
        bound("pick.down", "list('move', 1)"),
        bound("pick.page_up", "list('pages', -1)"),
        bound("pick.page_down", "list('pages', 1)"),
    ]

    def __init__(
        self,
        target: str,
        endpoint: Endpoint,
        start: Path,
        kind: MediaKind,
        bookmarks: BookmarksFile,
        clock: Callable[[], float] = time.monotonic,
        draw: Callable[[Path, PictureBox], Awaitable[Drawn]] | None = None,
        send_to_others: Callable[[Sequence[PickedFile]], Awaitable[bool]] | None = None,
    ) -> None:
        """`target` is the receiver's name. `clock` is monotonic, in seconds. `draw`: draws the picture in a file.

        `send_to_others`: asks for receivers and sends to them; False where the person went back to the files.
        """
        super().__init__()
        self.home = home_folder()
        self.target = target
        self.marks = MarkedFiles(kind)
        self.directory = DirectoryModel(start, self._arranged, self._show_rule)
        self.endpoint = endpoint
        self._draw = draw
        self._start = start
        self._bookmarks_file = bookmarks
        self._bookmarks = Bookmarks()
        self._armed: object = None
        self._settling = Settling(clock)
        self._resting: Timer | None = None
        self._point_at = ""
        self._before_path: Path | None = None
        """Folder that was shown before a path was typed."""
        self._arranging = False
        self._submit_when_settled = False
        self.send_to_others = send_to_others
        self.head = PickerHead(target, self.home)
        self.folders = FolderTree(self.home)
        self.list = FileList(self.marks.sign, self.marks.kind)
        self.preview = FilePreview()
        self.rule = PickerRule()
        self.filter = LineEdit(placeholder=_("filter, or a path"), prompt=" / ")
        self.foot = PickerFoot()

    def compose(self) -> ComposeResult:
        """Lay out head, panes, filter and foot."""
        yield self.head
        yield Horizontal(self.folders, self.list, self.preview, id="panes")
        yield self.rule
        yield self.filter
        yield self.foot

    def on_mount(self) -> None:
        """Begin beside the first paint to read the folder and the bookmarks."""
        self._fit_panes(self.app.size.width)
        begin(self, self._load_units(), "units", complain=self._complain)
        begin(self, self._begin(), "begin", complain=self._complain)
        self._show_lines()

    async def _load_units(self) -> None:
        await in_own_thread(lambda breathe: load_units())
        self.list.units_loaded = True
        self.list.refresh()
        self._show_lines()

    async def _begin(self) -> None:
        start, bookmarks = self._start, self._bookmarks_file
        self.open(await in_own_thread(lambda breathe: nearest_folder(start)))
        self._bookmarks = await in_own_thread(lambda breathe: bookmarks.load())
        self.folders.set_places(self._bookmarks)
        self._show_lines()

    def on_resize(self, event: events.Resize) -> None:
        """Show as many panes as there is room for."""
        self._fit_panes(event.size.width)
        self._moved()

    def _fit_panes(self, width: int) -> None:
        self.set_class(width < TREE_FROM, "no-tree")
        self.set_class(width < PREVIEW_FROM, "no-preview")
        self.set_class(width < TREE_FROM and self.folders.has_focus, "tree-alone")

    def _only(self, work: Later, group: str) -> None:
        """Do this work, and end whatever else runs in its group."""
        begin(self, work, group, exclusive=True, complain=self._complain)

    # ---------------------------------------------------------------- the lines around

    def _complain(self, sentence: str) -> None:
        self._say(sentence, Tone.BAD)

    def _say(self, sentence: str, tone: Tone = Tone.TEXT, *, arms: object = None) -> None:
        """Say a sentence. `arms` is what the same key does next, once the sentence can have been read.

        Each call starts the wait anew, so a key that is held down never does it.
        """
        self._armed = arms
        self._settling.anew()
        self.foot.say(sentence, tone)
        self.call_after_refresh(self._settling.painted)

    def _confirmed(self) -> object:
        """Return the action that the last sentence announced for this key, if the person can have read it."""
        return self._armed if self._settling.answers() else None

    def _show_lines(self) -> None:
        """Show the folder, the marks, and the keys of the focused pane."""
        path = self.directory.folder.path
        self.head.show(path, "★" if path in self._bookmarks.bookmarks else "")
        focus = texts.KeyFocus.TREE if self.focused is self.folders else texts.KeyFocus.LIST
        if self.focused is self.filter:
            focus = texts.KeyFocus.FILTER
        kind = self.at_cursor[0].kind if self.at_cursor is not None else None
        marked = texts.marked(self.marks, sized=self.list.units_loaded)
        self.foot.show(marked, texts.hints(focus, bool(self.marks), kind))

    def _show_rule(self) -> None:
        """Show how many entries there are, or are by now."""
        self.rule.show(*texts.rule(self.directory))

    # ---------------------------------------------------------------- folders

    def open(self, path: Path, *, point_at: str = "", keep_filter: bool = False) -> None:
        """Show another folder, with the cursor on the entry called `point_at`."""
        self._point_at = point_at
        if not keep_filter:
            self._before_path = None
            self._submit_when_settled = False
            if self.filter.text:
                self.filter.load("")
            self.directory.query = ""
        self._only(Later(self._read, path), "open")

    async def _read(self, path: Path) -> None:
        try:
            await self.directory.open(path, self._entered, self._rearrange)
        except WxtuiError as error:
            self._submit_when_settled = False
            if self.directory.folder.path == path:
                self._rearrange()
            self._say(say(error, advice=False), Tone.BAD)

    def _entered(self) -> None:
        self._say("")
        self._show_lines()
        self.folders.show_folder(self.directory.folder.path)
        self._rearrange()

    def _rearrange(self) -> None:
        """Order and filter again, beside the loop; an earlier wish is dropped."""
        self._arranging = True
        self._only(Later(self.directory.arrange), "arrange")

    def _arranged(self) -> None:
        self._arranging = False
        directory, shown = self.directory, self.list
        shown.notice = (
            _("reading…") if directory.busy else _("No matches.") if directory.query else _("This folder is empty.")
        )
        before = self.at_cursor
        shown.show(directory.folder, directory.rows, directory.query)
        if self._point_at and shown.point_at_name(self._point_at):
            self._point_at = ""
        after = self.at_cursor
        if (before and before[1]) != (after and after[1]):
            self._moved()
        self._show_rule()
        if self._submit_when_settled and self._settled:
            self._submit_when_settled = False
            self._submit()

    @on(FileList.Wanted)
    def _wanted(self, event: FileList.Wanted) -> None:
        begin(self, self._ask(event), "stat", complain=self._complain)

    async def _ask(self, event: FileList.Wanted) -> None:
        await self.directory.ask(event.folder, event.indices)
        if self.list.folder is event.folder:
            self.list.learned(event.indices)

    @on(PickerHead.CrumbClicked)
    def _crumb_clicked(self, event: PickerHead.CrumbClicked) -> None:
        self.open(event.path)

    def action_up(self) -> None:
        """Go to the folder above, the cursor on the one that was left."""
        here = self.directory.folder.path
        if here.parent != here:
            self.open(here.parent, point_at=here.name)

    def action_enter_folder(self) -> None:
        """Go into the folder at the cursor; do nothing on a file, so that a key held down sends none."""
        match self.at_cursor:
            case (FolderEntry(kind=EntryKind.FOLDER), path):
                self.open(path)

    def action_toggle_hidden(self) -> None:
        """Show dot files, or hide them."""
        self.directory.hidden = not self.directory.hidden
        self.folders.set_hidden(self.directory.hidden)
        self._rearrange()

    def action_next_sort(self) -> None:
        """Sort by name, newest first, or largest first."""
        sorts = list(Sort)
        self.directory.sort = sorts[(sorts.index(self.directory.sort) + 1) % len(sorts)]
        self._show_rule()
        self._rearrange()

    # ---------------------------------------------------------------- the entry at the cursor

    @property
    def at_cursor(self) -> tuple[FolderEntry, Path] | None:
        """Entry that keys act on."""
        return self.list.entry_at(self.list.cursor)

    @on(RowList.Moved)
    def _list_moved(self, event: RowList.Moved) -> None:
        if event.list is self.list:
            self._moved()

    def _moved(self) -> None:
        """Name the keys for another entry, and make a preview of it, once the cursor rests on it."""
        self._say("")
        self._show_lines()
        self._look_soon()

    @on(FileList.Jumped)
    def _jumped(self, event: FileList.Jumped) -> None:
        """Show the letters; Enter sends the file that they led to once it can have been seen."""
        letters = shown_name(event.letters)
        if not event.found:
            self._say(hint("No name starts with “{letters}”. {picker.filter} filters.", letters=letters), Tone.WARN)
        elif (found := self.at_cursor) is not None:
            self._say(_("Name starts with: {letters}").format(letters=letters), arms=(found[1],))

    def _look_soon(self) -> None:
        if self._resting is not None:
            self._resting.stop()
        self._resting = self.set_timer(_REST, self._look_now)

    def _look_now(self) -> None:
        self._only(Later(self._look), "look")

    async def _look(self) -> None:
        """Check and preview the entry at the cursor."""
        if (found := self.at_cursor) is None:
            self.preview.show("", "", None)
            return
        entry, path = found
        facts = ""
        if entry.kind is EntryKind.FILE:
            sentence, tone = remark((await self._check([path]))[0])
            if sentence and self._armed is None:
                self._say(sentence, tone)
            facts = texts.facts(path, entry.modified, self.marks) if self.list.units_loaded else ""
        if self.has_class("no-preview"):
            return
        preview: Preview = await in_own_thread(lambda breathe: look(path, breathe))
        self.preview.show(entry.name, facts, preview)
        box = self.preview.box
        if isinstance(preview, ImageInfo) and box is not None and self._draw is not None:
            try:
                self.preview.draw_picture(await self._draw(path, box))
            except PictureUnusable as error:
                self.preview.draw_picture(say(error))

    async def _check(self, paths: Sequence[Path]) -> list[PreflightResult]:
        """Check files in a thread; the results are kept with the marks."""
        files, endpoint = self.marks.files(paths), self.endpoint

        def run(breathe: Breath) -> list[PreflightResult]:
            found = []
            for file in files:
                breathe()
                found.append(check(file.path, endpoint, file.kind))
            return found

        found = await in_own_thread(run)
        for file, checked in zip(files, found, strict=True):
            self.marks.learn(file, checked)
        if any(path in self.marks for path in paths):
            self.list.refresh()
            self._show_lines()
        return found

    # ---------------------------------------------------------------- panes

    def action_list(self, action: str, amount: int) -> None:
        """Move the cursor of the list while one types in the filter."""
        getattr(self.list, f"action_{action}")(amount)

    def action_focus_filter(self, text: str = "") -> None:
        """Let keys go to the filter."""
        self.filter.focus()
        if text:
            self.filter.load(text)
            self._filter_for(text)

    def action_focus_list(self) -> None:
        """Let keys go to the entries."""
        self.list.focus()

    def action_focus_tree(self) -> None:
        """Let keys go to bookmarks, recent folders and the tree; without room for it, it takes the list's place."""
        self.set_class(self.has_class("no-tree"), "tree-alone")
        self.folders.focus()

    def action_next_pane(self, step: int) -> None:
        """Move the focus: list, filter, tree. A path in the filter is completed."""
        if self.focused is self.filter and step > 0 and self.filter.text.startswith(("/", "~")):
            begin(self, self._complete(self.filter.text), "completing", exclusive=True, complain=self._complain)
            return
        panes = [self.list, self.filter, self.folders]
        at = panes.index(self.focused) if self.focused in panes else 0
        (self.list.focus, self.filter.focus, self.action_focus_tree)[(at + step) % 3]()

    def on_descendant_focus(self, event: events.DescendantFocus) -> None:
        """Show the cursor as a bar where keys go; without room, hide the tree when the focus leaves it."""
        in_tree = event.widget is self.folders
        if self.list.quiet != in_tree:
            self.list.quiet = in_tree
            self.list.refresh()
        if not in_tree:
            self.remove_class("tree-alone")
        self._show_lines()

    # ---------------------------------------------------------------- the filter

    @property
    def _settled(self) -> bool:
        """True when the list shows what the filter asks for."""
        text, place = self.filter.text, self.directory.folder.path
        if text.startswith(("/", "~")):
            place, text = texts.typed_path(text, self.home)
        return not self._arranging and (self.directory.folder.path, self.directory.query) == (place, text)

    @on(LineEdit.Submitted)
    def _submitted(self) -> None:
        """Make Enter wait until the letters typed before it have filtered the list: it must not send another file."""
        if self._settled:
            self._submit()
        else:
            self._submit_when_settled = True

    def _submit(self) -> None:
        """Go to the folder that was typed, else choose the entry at the cursor as in the list."""
        text = self.filter.text
        is_path = text.startswith(("/", "~"))
        if is_path and (text.endswith("/") or text == "~"):
            self._before_path = None
            self.filter.load("")
            self.directory.query = ""
            self.list.focus()
            self._rearrange()
            return
        self.list.go_to_name(text.rpartition("/")[2] if is_path else text)
        self.list.action_choose()

    @on(LineEdit.Changed)
    def _filter_changed(self, event: LineEdit.Changed) -> None:
        self._filter_for(event.text)

    def _filter_for(self, text: str) -> None:
        """Show the entries that fit, or go where a typed path leads."""
        self._submit_when_settled = False
        if text.startswith(("/", "~")):
            self._only(Later(self._follow, text), "path")
            return
        if not text:
            self._before_path = None
        self.directory.query = text
        self._rearrange()

    async def _follow(self, text: str) -> None:
        """Show the folder of a path that is being typed, and look in it for the rest."""
        place, rest = texts.typed_path(text, self.home)
        if place == self.directory.folder.path:
            self._say("")
            self.directory.query = rest
            self._rearrange()
            return
        if not await in_own_thread(lambda breathe: nearest_folder(place) == place):
            self._submit_when_settled = False
            self._say(_("No such folder: “{path}”.").format(path=place), Tone.WARN)
            return
        before = self._before_path or self.directory.folder.path
        self.directory.query = rest
        self.open(place, keep_filter=True)
        self._before_path = before

    async def _complete(self, text: str) -> None:
        """Complete a path that is being typed, as far as it is clear."""
        completed = await in_own_thread(lambda breathe: texts.completed_path(text, self.home))
        if completed != text and self.filter.text == text:
            self.filter.load(completed)
            self._filter_for(completed)

    def _clear_filter(self) -> None:
        """Show all entries again; after a typed path, those of the folder before it."""
        self.filter.load("")
        self.directory.query = ""
        if self._before_path is not None:
            self.open(self._before_path)
        else:
            self._rearrange()

    # ---------------------------------------------------------------- marks and kinds

    def action_mark(self) -> None:
        """Mark the file at the cursor, or take its mark away, and go on to the next."""
        if self._toggle_mark():
            self.list.action_move(1)

    @on(FileList.MarkClicked)
    def _toggle_mark(self) -> bool:
        """Mark the file at the cursor, or take its mark away; return False for what cannot be sent."""
        if (found := self.at_cursor) is None:
            return False
        entry, path = found
        if entry.kind is EntryKind.FOLDER:
            self._say(hint("{picker.pack} packs and sends a folder; {list.choose} opens it."), Tone.WARN)
            return False
        if entry.kind is not EntryKind.FILE:
            self._say(_("Only files can be sent."), Tone.WARN)
            return False
        if self.marks.toggle(path):
            begin(self, self._check([path]), "check", complain=self._complain)
        self._say("")
        self.list.refresh()
        self._show_lines()
        return True

    def action_next_kind(self) -> None:
        """Send the file at the cursor as another kind: auto, image, video, animated, file."""
        if (found := self.at_cursor) is None or found[0].kind is not EntryKind.FILE:
            return
        kind = self.marks.next_kind(found[1])
        self.list.refresh()
        self._say(_("Will be sent as: {kind}").format(kind=kind_label(kind)))
        self._look_soon()

    # ---------------------------------------------------------------- bookmarks

    def action_bookmark(self) -> None:
        """Set a bookmark on the folder that is shown, or take it away."""
        path = self.directory.folder.path
        self._keep(self._bookmarks.toggled(path))
        self._say(_("Bookmark added.") if path in self._bookmarks.bookmarks else _("Bookmark removed."))

    def action_forget_bookmark(self) -> None:
        """In the tree: take the bookmark at the cursor away, or set one on the folder there."""
        node = self.folders.at_cursor
        if node is not None and node.path is not None:
            self._keep(self._bookmarks.toggled(node.path))

    def _keep(self, bookmarks: Bookmarks) -> None:
        self._bookmarks = bookmarks
        self.folders.set_places(bookmarks)
        self._show_lines()
        begin(self, self._write_bookmarks(), "places", complain=self._complain)

    async def _write_bookmarks(self) -> None:
        file, bookmarks = self._bookmarks_file, self._bookmarks
        try:
            await in_own_thread(lambda breathe: file.save(bookmarks))
        except WxtuiError as error:
            log.warning("%s", error)
            self._say(say(error), Tone.BAD)

    # ---------------------------------------------------------------- leaving

    @on(RowList.Chosen)
    def _chosen(self, event: RowList.Chosen) -> None:
        """Open or send what stands at the cursor. Rows may have moved since the key: where the cursor is now counts."""
        if event.list is self.folders:
            node = self.folders.at_cursor
            if node is not None and node.path is not None:
                self.open(node.path)
                self.list.focus()
        elif (found := self.at_cursor) is not None:
            if found[0].kind is EntryKind.FOLDER:
                self.open(found[1])
                self.list.focus()
            else:
                self.action_send()

    def action_back(self) -> None:
        """Leave the filter, then the picker; marks are asked about once."""
        if self.filter.text:
            self._clear_filter()
            self.list.focus()
        elif self.focused is not self.list:
            self.list.focus()
        elif self.marks and self._armed != "leave":
            question = hint("{count} marked. {picker.back} again closes without sending.", count=len(self.marks))
            self._say(question, Tone.WARN, arms="leave")
        else:
            self.dismiss(None)

    def action_pack(self) -> None:
        """Choose the folder at the cursor, to be packed and sent; what is in it is counted and asked about next."""
        if self.at_cursor is None or self.at_cursor[0].kind is not EntryKind.FOLDER:
            self._say(hint("Move to a folder first; {picker.pack} packs and sends it."), Tone.WARN)
        elif self.marks:
            self._say(hint("{picker.send} sends the marked files first."), Tone.WARN)
        else:
            self._only(Later(self._leave_with, self.at_cursor[1]), "leave")

    async def _leave_with(self, folder: Path) -> None:
        self._bookmarks = self._bookmarks.visited(folder.parent)
        await self._write_bookmarks()
        self.dismiss((PickedFile(folder, MediaKind.FILE),))

    def action_send(self, to_others: bool = False) -> None:
        """Send the marked files, else the file that the person moved the cursor to, or named by its whole name.

        On another one, on which the cursor came to stand by itself, a second press sends it. `to_others`: to whom, the
        person chooses next.
        """
        paths = self.marks.paths
        if not paths:
            if (found := self.at_cursor) is None or found[0].kind is EntryKind.FOLDER:
                self._say(hint("Mark files with {picker.mark} first, or move to one."), Tone.WARN)
                return
            paths = (found[1],)
            # A question that names it comes after the choice of the others.
            if not to_others and self.list.pointed != found[1]:
                if self._confirmed() != paths:
                    name = shorten(shown_name(found[1].name), _NAME)[0]
                    self._say(hint("{list.choose} again sends “{name}”.", name=name), Tone.WARN, arms=paths)
                    return
                self.list.pointed = found[1]
        self._only(Later(self._send, paths, to_others), "leave")

    async def _send(self, paths: tuple[Path, ...], to_others: bool) -> None:
        """Check all files once more, and leave with them unless one cannot go, or needs a second look."""
        confirmed = self._confirmed()
        checked = check_before_sending(self.marks.files(paths), await self._check(paths), confirmed)
        if checked.sentence:
            self._say(checked.sentence, checked.tone, arms=checked.fine)
            return
        self._bookmarks = self._bookmarks.visited(checked.fine[0].path.parent)
        await self._write_bookmarks()
        if not to_others:
            self.dismiss(checked.fine)
        elif self.send_to_others is not None and await self.send_to_others(checked.fine):
            self.dismiss(None)
