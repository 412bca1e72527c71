"""Going about folders: panes, cursor, filter and order. What is done with a file is said by `FilePicker`."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import ClassVar, Final

from textual import events, on
from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Horizontal
from textual.reactive import Reactive
from textual.widget import Widget

from tui.errors import WxtuiError
from tui.i18n import _, say
from tui.paths import styles_dir
from tui.screens.files import texts as words
from tui.screens.files.directory_model import DirectoryModel
from tui.screens.files.marked_files import Picked
from tui.screens.leave_once import LeavesOnce
from tui.services.file_browser.listing import EntryKind, FolderEntry, Sort
from tui.services.file_browser.reader import nearest_folder
from tui.services.util.threads import Later, aside
from tui.widgets.base.styles import Tone
from tui.widgets.base.work import begin
from tui.widgets.file_browser.bars import PickerFoot, PickerHead, PickerRule
from tui.widgets.file_browser.file_list import FileList, load_units
from tui.widgets.file_browser.folder_tree import FolderTree
from tui.widgets.file_browser.preview import FilePreview
from tui.widgets.lists.row_list import RowList
from tui.widgets.text_input.line_edit import LineEdit
from tui.wire.media_types import MediaKind

TREE_FROM: Final = 70
PREVIEW_FROM: Final = 100
"""Columns from which there is room for the tree, and for the preview."""


class FolderScreen(LeavesOnce[Picked | None]):
    """Shows a folder; a subclass says what `moved`, `said` and `show_lines` mean to it."""

    CSS_PATH: ClassVar = [styles_dir() / "file_picker.tcss"]
    AUTO_FOCUS = "FileList"
    focused: Reactive[Widget | None] = Reactive(None, repaint=False)
    """As Textual's own, which would draw the whole screen again whenever the focus moves."""
    BINDINGS: ClassVar = [
        Binding("alt+h", "toggle_hidden", show=False, id="picker.hidden.anywhere", priority=True),
        Binding("tab", "next_pane(1)", show=False, id="picker.pane.next", priority=True),
        Binding("shift+tab", "next_pane(-1)", show=False, id="picker.pane.previous", priority=True),
        Binding("alt+up", "up", show=False, id="picker.up.anywhere", priority=True),
        Binding("up", "list('move', -1)", show=False),
        Binding("down", "list('move', 1)", show=False),
        Binding("pageup", "list('move_pages', -1)", show=False),
        Binding("pagedown", "list('move_pages', 1)", show=False),
    ]

    def __init__(
        self, target: str, start: Path, sign_of: Callable[[Path], str], kind_of: Callable[[Path], MediaKind]
    ) -> None:
        super().__init__()
        self.home = Path.home()
        self.browser = DirectoryModel(start, self._arranged, self.show_rule)
        self._point_at = ""
        self._before_path: Path | None = None
        self._arranging = False
        self._submit_when_settled = False
        self.head = PickerHead(target, self.home)
        self.folders = FolderTree(self.home)
        self.list = FileList(sign_of, kind_of)
        self.preview = FilePreview()
        self.rule = PickerRule()
        self.filter = LineEdit(placeholder=_("filter, or a path"), prompt=" / ")
        self.foot = PickerFoot()

    # ---------------------------------------------------------------- what a subclass says

    def moved(self) -> None:
        """The cursor stands on another entry."""
        raise NotImplementedError

    def said(self, sentence: str, tone: Tone = Tone.TEXT) -> None:
        """Say something."""
        raise NotImplementedError

    def show_lines(self) -> None:
        """The folder, the focus or what is known of sizes changed: write the lines around anew."""
        raise NotImplementedError

    # ---------------------------------------------------------------- what it is made of

    def compose(self) -> ComposeResult:
        """Head, panes, filter, foot."""
        yield self.head
        yield Horizontal(self.folders, self.list, self.preview, id="panes")
        yield self.rule
        yield self.filter
        yield self.foot

    def on_mount(self) -> None:
        """What takes time begins beside the first paint."""
        self._fit_panes(self.app.size.width)
        begin(self, self._load_units(), "units", complain=self._complain)

    def on_resize(self, event: events.Resize) -> None:
        """Panes come and go with the room there is."""
        self._fit_panes(event.size.width)
        self.moved()

    def _fit_panes(self, width: int) -> None:
        self.set_class(width < TREE_FROM, "no-tree")
        self.set_class(width < PREVIEW_FROM, "no-preview")
        self.set_class(width < TREE_FROM and self.folders.has_focus, "tree-alone")

    async def _load_units(self) -> None:
        await aside(lambda breathe: load_units())
        self.list.units_loaded = True
        self.list.refresh()
        self.show_lines()

    def only(self, work: Later, group: str) -> None:
        """Run this, and whatever else runs in its group no more."""
        begin(self, work, group, exclusive=True, complain=self._complain)

    def _complain(self, sentence: str) -> None:
        self.said(sentence, Tone.BAD)

    # ---------------------------------------------------------------- folders

    @property
    def at_cursor(self) -> tuple[FolderEntry, Path] | None:
        """The entry that keys act on."""
        entry, path = self.list.entry_at(self.list.cursor), self.list.path_at(self.list.cursor)
        return (entry, path) if entry is not None and path is not None else None

    def open(self, path: Path, *, point_at: str = "", keep_filter: bool = False) -> None:
        """Show another folder; the cursor on the entry called `point_at`."""
        self._point_at = point_at
        if not keep_filter:
            self._before_path = None
            self._submit_when_settled = False
            if self.filter.text:
                self.filter.load("")
            self.browser.query = ""
        self.only(Later(self._read, path), "open")

    async def _read(self, path: Path) -> None:
        try:
            await self.browser.open(path, self._entered, self.rearrange)
        except WxtuiError as error:
            self._submit_when_settled = False
            if self.browser.folder.path == path:
                self.rearrange()
            self.said(say(error, advice=False), Tone.BAD)

    def _entered(self) -> None:
        self.said("")
        self.show_lines()
        self.folders.show_folder(self.browser.folder.path)
        self.rearrange()

    def rearrange(self) -> None:
        """Order and filter again, beside the loop; an older wish is dropped."""
        self._arranging = True
        self.only(Later(self.browser.arrange), "arrange")

    def _arranged(self) -> None:
        self._arranging = False
        browser, shown = self.browser, self.list
        shown.notice = (
            _("reading…") if browser.busy else _("Nothing here fits.") if browser.query else _("This folder is empty.")
        )
        before = self.at_cursor
        shown.show(browser.folder, browser.rows, browser.query)
        if self._point_at and shown.point_at_name(self._point_at):
            self._point_at = ""
        after = self.at_cursor
        if (before and before[1]) != (after and after[1]):
            self.moved()
        self.show_rule()
        if self._submit_when_settled and self._settled:
            self._submit_when_settled = False
            self._submit()

    def show_rule(self) -> None:
        """How many there are, or are by now."""
        self.rule.show(*words.rule(self.browser))

    @on(FileList.Wanted)
    def _wanted(self, event: FileList.Wanted) -> None:
        begin(self, self._ask(event), "stat", complain=self._complain)

    async def _ask(self, event: FileList.Wanted) -> None:
        await self.browser.ask(event.folder, event.indices)
        if self.list.folder is event.folder:
            self.list.learned(event.indices)

    # ---------------------------------------------------------------- keys

    @on(RowList.Moved)
    def _list_moved(self, event: RowList.Moved) -> None:
        if event.list is self.list:
            self.moved()

    def action_list(self, action: str, amount: int) -> None:
        """Keys that move the list's cursor while one types in the filter."""
        if action == "move":
            self.list.action_move(amount)
        else:
            self.list.action_move_pages(amount)

    def action_up(self) -> None:
        """To the folder above, the cursor on the one that was left."""
        here = self.browser.folder.path
        if here.parent != here:
            self.open(here.parent, point_at=here.name)

    def action_enter_folder(self) -> None:
        """Into the folder at the cursor; nothing on a file, so that a key held down sends none."""
        match self.at_cursor:
            case (FolderEntry(kind=EntryKind.FOLDER), path):
                self.open(path)

    def action_toggle_hidden(self) -> None:
        """Show dot files, or not."""
        self.browser.hidden = not self.browser.hidden
        self.folders.set_hidden(self.browser.hidden)
        self.rearrange()

    def action_next_sort(self) -> None:
        """By name, newest first, largest first."""
        sorts = list(Sort)
        self.browser.sort = sorts[(sorts.index(self.browser.sort) + 1) % len(sorts)]
        self.show_rule()
        self.rearrange()

    def action_focus_filter(self, text: str = "") -> None:
        """Type in the filter."""
        self.filter.focus()
        if text:
            self.filter.load(text)
            self.filter_for(text)

    def action_focus_list(self) -> None:
        """Back to the entries."""
        self.list.focus()

    def action_focus_tree(self) -> None:
        """To bookmarks, recent folders and the tree; without room for it, it takes the list's place."""
        self.set_class(self.has_class("no-tree"), "tree-alone")
        self.folders.focus()

    def action_next_pane(self, step: int) -> None:
        """List, filter, tree, and round."""
        panes = [self.list, self.filter, self.folders]
        at = panes.index(self.focused) if self.focused in panes else 0
        (self.list.focus, self.filter.focus, self.action_focus_tree)[(at + step) % 3]()

    def on_descendant_focus(self, event: events.DescendantFocus) -> None:
        """The cursor is a bar where keys go; without room, the tree goes when the focus leaves it."""
        in_tree = event.widget is self.folders
        if self.list.quiet != in_tree:
            self.list.quiet = in_tree
            self.list.refresh()
        if not in_tree:
            self.remove_class("tree-alone")
        self.show_lines()

    @on(PickerHead.CrumbClicked)
    def _crumb_clicked(self, event: PickerHead.CrumbClicked) -> None:
        self.open(event.path)

    # ---------------------------------------------------------------- the filter

    @property
    def _settled(self) -> bool:
        """Whether what is shown is what the filter asks for."""
        text, place = self.filter.text, self.browser.folder.path
        if text.startswith(("/", "~")):
            place, text = words.typed_path(text, self.home)
        return not self._arranging and (self.browser.folder.path, self.browser.query) == (place, text)

    @on(LineEdit.Submitted)
    def _submitted(self) -> None:
        """Enter typed ahead waits for what was typed before it: it must not send another file."""
        if self._settled:
            self._submit()
        else:
            self._submit_when_settled = True

    def _submit(self) -> None:
        """Go to the folder that was typed, else do with the entry at the cursor what the list does."""
        text = self.filter.text
        is_path = text.startswith(("/", "~"))
        if is_path and (text.endswith("/") or text == "~"):
            self._before_path = None
            self.filter.load("")
            self.browser.query = ""
            self.list.focus()
            self.rearrange()
            return
        self.list.go_to_name(text.rpartition("/")[2] if is_path else text)
        self.list.action_choose()

    @on(LineEdit.Changed)
    def _filter_changed(self, event: LineEdit.Changed) -> None:
        self.filter_for(event.text)

    def filter_for(self, text: str) -> None:
        """Show what fits, or, when it is a path, what is there."""
        self._submit_when_settled = False
        if text.startswith(("/", "~")):
            self.only(Later(self._follow, text), "path")
            return
        if not text:
            self._before_path = None
        self.browser.query = text
        self.rearrange()

    async def _follow(self, text: str) -> None:
        """A path is being typed: show its folder, and look in it for the rest."""
        place, rest = words.typed_path(text, self.home)
        if place == self.browser.folder.path:
            self.said("")
            self.browser.query = rest
            self.rearrange()
            return
        if not await aside(lambda breathe: nearest_folder(place) == place):
            self._submit_when_settled = False
            self.said(_("There is no folder “{path}”.").format(path=place), Tone.WARN)
            return
        before = self._before_path or self.browser.folder.path
        self.browser.query = rest
        self.open(place, keep_filter=True)
        self._before_path = before

    def clear_filter(self) -> None:
        """Show all again; after a typed path, where one was before it."""
        self.filter.load("")
        self.browser.query = ""
        if self._before_path is not None:
            self.open(self._before_path)
        else:
            self.rearrange()
