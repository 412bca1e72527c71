"""The log of one conversation: its messages as lines, of which only those in sight exist (see `viewport`)."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Collection, Coroutine, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from datetime import datetime
from typing import Any, Final

from textual import events
from textual.geometry import Offset, Region
from textual.message import Message
from textual.strip import Strip
from textual.worker import Worker

from tui.config.settings import Settings
from tui.errors import WxtuiError
from tui.i18n import _
from tui.message_summary import unknown_sender
from tui.services.contacts.display_names import DisplayNames
from tui.services.sending.recall_window import RecallWindow
from tui.services.uploads.upload_state import Upload
from tui.store.changes import Change, ContactsChanged, GapsChanged, MessageChanged, MessagesAdded, MessagesRemoved
from tui.store.conversation_view import LogPage
from tui.store.delivery_state import DeliveryState
from tui.store.models import Conversation, StoredMessage
from tui.store.search.query import MessageQuery
from tui.store.search.tokenizer import query
from tui.store.store import Store
from tui.terminal.graphemes import cell_len
from tui.widgets.base.bindings import bound
from tui.widgets.base.canvas import ScrollingCanvas
from tui.widgets.base.empty_state import empty_line
from tui.widgets.base.styles import Run, Tone
from tui.widgets.base.widget_message import WidgetMessage
from tui.widgets.base.work import begin
from tui.widgets.message_log.delivery_status import WaitReason
from tui.widgets.message_log.layout import Line, LineKind
from tui.widgets.message_log.live_status import LiveStatus
from tui.widgets.message_log.log_pictures import LogPictures, PictureDesk
from tui.widgets.message_log.marked_messages import MarkedMessages
from tui.widgets.message_log.paging import LogPager
from tui.widgets.message_log.painter import MARK, MENTION, Painter, PaintStyles, clean_name, more_below
from tui.widgets.message_log.viewport import LogAnchor, LogViewport, VisibleLine
from tui.widgets.text_input.type_ahead import TypeAhead
from tui.wire.bodies import is_notice
from tui.wire.contacts import ContactKind

_MENU_AT: Final = 6
"""Cell of a line at which the menu of its message begins: behind the time."""


class MessageLog(ScrollingCanvas, can_focus=True):
    """Shows a conversation, selects and marks messages, reads older and newer ones before they are needed.

    Keys act on messages after Tab; a click points at one, and leaves the caret where one types.
    """

    FOCUS_ON_CLICK = False
    DOUBLE_CLICKS = True

    BINDINGS = [
        bound("log.down", "step(1)"),
        bound("log.up", "step(-1)"),
        bound("log.page_down", "page(1)"),
        bound("log.page_up", "page(-1)"),
        bound("log.half_down", "page(0.5)"),
        bound("log.half_up", "page(-0.5)"),
        bound("log.first", "first"),
        bound("log.last", "last"),
    ]

    class ViewChanged(Message):
        """Tells that other lines are in sight, or may be."""

    class ReachedBottom(Message):
        """Tells that the newest message came into sight, where it was not before."""

    class PointedAt(Message):
        """Tells that a message was clicked."""

    class OpenWanted(Message):
        """Tells of a double click on a message."""

    class LinkClicked(WidgetMessage):
        """Tells of a click on an address in a message."""

        message: StoredMessage
        url: str

    class MenuWanted(WidgetMessage):
        """Tells of a right click on a message, which is selected, in this cell of the screen."""

        at: Offset

    class TargetsChanged(Message):
        """Tells that keys act on other messages than before, or that one of those is not what it was."""

    class Failed(WidgetMessage):
        """Tells that a page could not be read."""

        error: WxtuiError

    def __init__(
        self,
        store: Store,
        names: DisplayNames,
        upload_of: Callable[[int], Upload | None],
        clock: Callable[[], datetime],
        recall_window: RecallWindow,
        *,
        settings: Settings,
        desk: Callable[[], PictureDesk],
        id: str | None = None,
        wait_of: Callable[[int], WaitReason | None] = lambda message_id: None,
    ) -> None:
        """`desk` is asked for when the first picture is wanted."""
        super().__init__(id=id)
        self._names = names
        self._clock = clock
        self._view = LogViewport(show_recalled=settings.show_recalled)
        self._painter = Painter()
        self._status = LiveStatus(self, upload_of, wait_of, recall_window, self._refresh_statuses)
        self._drawn: Sequence[VisibleLine | None] = ()
        """Lines in sight when the log was drawn last."""
        self._pages = LogPager(store, self._view)
        self._pictures = self._pictures_of(desk, settings)
        self._was_following = True
        self._sought = ""
        self._marks = MarkedMessages()
        self._one_only = False
        self._told: StoredMessage | None = None
        """Selected message of which `TargetsChanged` told last."""
        self._empty: Run = ("", Tone.DIM)
        self.pointed = False
        """True from a click on the selected message until keys go to the log, or something is typed in the bar."""
        self.type_ahead: TypeAhead | None = None
        """Moves text that is typed here to the bar; without it, letters that mean nothing are lost."""

    # ---------------------------------------------------------------- what others ask and say

    async def show(self, conversation: Conversation, anchor: LogAnchor | None = None) -> None:
        """Show the newest messages, or the place `anchor` that was left, unless there are unread ones.

        `── new messages ──` stands above the unread ones. Raises `StoreBroken`, `HomeUnusable`.
        """
        before = self.conversation
        if await self._pages.open(conversation, anchor if not conversation.unread else None):
            self._opened(conversation, before)

    def reading(self) -> AbstractContextManager[None]:
        """Surround a read and `take`: messages that come meanwhile are not lost."""
        return self._pages.reading()

    @property
    def read_limit(self) -> int:
        """Messages of a page for `take`."""
        return self._pages.limit

    def take(self, conversation: Conversation, anchor: LogAnchor | None, page: LogPage) -> None:
        """Show a conversation as `show` does, of which this page was read."""
        before = self.conversation
        self._pages.take(conversation, anchor if not conversation.unread else None, page)
        self._opened(conversation, before)

    def _pictures_of(self, desk: Callable[[], PictureDesk], settings: Settings) -> LogPictures:
        def fetch(work: Coroutine[Any, Any, None]) -> Worker[None]:
            return begin(self, work, "pictures")

        return LogPictures(self._view, desk, settings.pictures, self._moved, self.set_timer, fetch)

    def _opened(self, conversation: Conversation, before: Conversation | None) -> None:
        self._view.this_year = self._clock().astimezone().year
        self._was_following = self._view.following
        # Hundreds of lines of the conversation before would stay in memory until others push them out.
        self._view.forget_blocks()
        self._painter.forget()
        self.end_highlight()
        self._status.forget()
        self._pictures.forget()
        if before is None or before.id != conversation.id:
            self._marks.clear()
        self.pointed = False
        self._view.names = 0
        self._widen_names(self._view.window.messages)
        self.refresh()
        if self.has_focus:
            self._select_in_sight()
        self._tell_targets(changed=True)
        self.post_message(self.ViewChanged())
        self._want_more()

    def lay_out_anew(self, settings: Settings) -> None:
        """Lay out and draw everything again: the language may be another one."""
        self._view.show_recalled = settings.show_recalled
        self._pictures.use(settings.pictures)
        self._view.forget_blocks()
        self._painter.forget()
        self.refresh()

    @property
    def is_empty(self) -> bool:
        """True while there is no message."""
        return not self._view.window.messages

    def say_empty(self, words: Run) -> None:
        """Show these words while there is no message."""
        if words != self._empty:
            self._empty = words
            if not self._view.window.messages:
                self.refresh()

    def apply(self, change: Change) -> None:
        """Take in a change of the store. Changes of other conversations cost nothing."""
        self._pages.note(change)
        conversation = self._pages.conversation
        if isinstance(change, ContactsChanged):
            self.names_changed()
        elif conversation is None:
            return
        elif isinstance(change, GapsChanged):
            self._run(self._pages.read_gaps)
        elif isinstance(change, MessagesAdded) and change.conversation_id == conversation.id:
            self._added(change.messages)
        elif isinstance(change, MessageChanged) and change.message.conversation_id == conversation.id:
            self._changed(change.message)
        elif isinstance(change, MessagesRemoved) and change.conversation_id == conversation.id:
            self._removed(change.message_ids)

    def names_changed(self) -> None:
        """Draw the names that people have now."""
        self._widen_names(self._view.window.messages)
        self.refresh()

    @property
    def conversation(self) -> Conversation | None:
        """Conversation that is shown."""
        return self._pages.conversation

    @property
    def selected(self) -> StoredMessage | None:
        """Message that keys act on."""
        return self._view.selected

    def select(self, message: StoredMessage | None) -> None:
        """Let keys act on this message, or on none; nothing scrolls."""
        if (message and message.id) != (self.selected and self.selected.id):
            self._view.point_at(message)
            self.refresh()
            self._tell_targets()

    def _tell_targets(self, *, changed: bool = False) -> None:
        """Tell of another selection, or that a selected or marked message `changed`."""
        if changed or self.selected is not self._told:
            self._told = self.selected
            self.post_message(self.TargetsChanged())

    def _select_in_sight(self) -> None:
        """Select the newest message in sight, where none in sight is selected: keys go to the log."""
        if self._view.select_in_sight():
            self.refresh()
            self._tell_targets()

    @property
    def marked(self) -> list[StoredMessage]:
        """Messages that are marked, the oldest first; keys act on all of them."""
        return [] if self._one_only else self._marks.in_order

    @contextmanager
    def only_selected(self) -> Iterator[None]:
        """Let actions be about the selected message alone, whatever is marked."""
        self._one_only = True
        try:
            yield
        finally:
            self._one_only = False

    def toggle_mark(self, message: StoredMessage) -> None:
        """Mark a message of the open conversation, or take its mark away."""
        self._marks.toggle(message)
        self._marks_moved([message.id])

    def unmark(self, messages: Iterable[StoredMessage] | None = None) -> None:
        """Take marks away: of these messages, or all."""
        gone = self._marks.clear() if messages is None else self._marks.drop(message.id for message in messages)
        if gone:
            self._marks_moved(gone)

    def _marks_moved(self, ids: Iterable[int]) -> None:
        self._refresh_lines(frozenset(ids))
        self._tell_targets(changed=True)

    def message_at(self, y: int) -> StoredMessage | None:
        """Return the message in a line of this widget; None on a separator, and where nothing stands."""
        return self._view.message_at(y)

    @property
    def menu_place(self) -> Offset:
        """Cell of the screen for a menu of the selected message: on its first line, where that is in sight."""
        selected = {self.selected.id} if self.selected else set()
        y = next((y for y, line in self._visible(selected) if line.row >= line.block.lead), self.size.height // 2)
        return self.region.offset + Offset(_MENU_AT, y)

    def url_at(self, x: int, y: int) -> str:
        """Return the address to which a cell of this widget leads, as it may be opened; "" for nowhere."""
        return self._view.url_at(x, y)

    @property
    def own_messages(self) -> list[StoredMessage]:
        """Messages of the open conversation that this program sent, as far as they were read, the newest first."""
        return self._pages.own()

    def numbered(self, number: int, own: Sequence[StoredMessage]) -> StoredMessage | None:
        """Return the message that stands at a number in `own`, which count from 1; None for one that is too large."""
        return own[number - 1] if 0 < number <= len(own) else None

    async def find(self, text: str, asked: MessageQuery, *, older: bool) -> bool:
        """Select the next message above (or below) the selected one that `text` asks for; False when there is none.

        Its words are highlighted in every message, until `end_highlight`. Raises `StoreBroken`, `HomeUnusable`.
        """
        self.highlight(text, asked.words)
        found = await self._pages.find(asked, older=older)
        return found is not None and await self.go_to(found)

    async def has_match(self, asked: MessageQuery, *, older: bool) -> bool:
        """Return whether a search would find a message above (or below) the selected one. Raises as `find` does."""
        return await self._pages.find(asked, older=older) is not None

    async def is_match(self, asked: MessageQuery) -> bool:
        """Return whether the selected message is one that a search asks for. Raises `StoreBroken`, `HomeUnusable`."""
        return self.selected is not None and await self._pages.is_match(asked, self.selected)

    async def go_to(self, message: StoredMessage) -> bool:
        """Select a message of this conversation, wherever it is; False when another one was opened meanwhile.

        Raises `StoreBroken`, `HomeUnusable`.
        """
        if not await self._pages.hold(message):
            return False
        self._show_selected(message)
        return True

    async def go_to_day(self, message: StoredMessage) -> bool:
        """Select the first message of a day, below the line with its date, at the top where enough is below it.

        Raises `StoreBroken`, `HomeUnusable`. Returns False when another conversation was opened meanwhile.
        """
        if not await self._pages.hold(message):
            return False
        self._view.stand_at(LogAnchor(message.place, -2))
        self._show_selected(message)
        return True

    @property
    def sought(self) -> str:
        """Search whose words are highlighted, as it was written; "" for none."""
        return self._sought

    def highlight(self, text: str, words: str) -> None:
        """Highlight the words of a search, and no others, in every message; `text` is how the search was written."""
        if text != self._sought:
            self._sought = text
            self._view.highlight(query(words) if words else None)
            self.refresh()

    def end_highlight(self) -> None:
        """Highlight nothing any more."""
        self.highlight("", "")

    @property
    def in_sight(self) -> Iterator[StoredMessage]:
        """Messages in sight."""
        return (line.block.message for line in self._view.lines() if line is not None)

    @property
    def at_bottom(self) -> bool:
        """True when the newest message is in sight, and the next one will be."""
        return self._view.following

    @property
    def scroll_anchor(self) -> LogAnchor | None:
        """Place for `show` to come back to; None at the bottom."""
        return self._view.anchor

    def to_bottom(self) -> None:
        """Go to the newest message, and follow."""
        if self._view.window.at_end:
            self._view.to_bottom()
            self._moved()
        else:
            self._run(self._pages.newest)

    def follow_sent(self) -> None:
        """Go to what was sent just now. Nothing stays selected in the back of somebody who writes."""
        if not self.has_focus:
            self.pointed = False
            self.select(None)
        self.to_bottom()

    # ---------------------------------------------------------------- changes

    def _added(self, messages: Iterable[StoredMessage]) -> None:
        had_line = bool(self._view.unseen)
        messages = list(messages)
        if self._view.add(messages) | self._widen_names(messages):
            self.refresh()
        elif self._view.unseen:
            self.refresh(Region(0, self.size.height - 1, self.size.width, 1))
        if had_line and not self._view.unseen:
            self.refresh()
        if self._view.overfull:
            self._view.trim()

    def try_pictures_again(self) -> None:
        """Ask again for pictures that could not be fetched: there is a network, or a session, again."""
        self._pictures.try_again()

    def _changed(self, message: StoredMessage) -> None:
        if message.state in (DeliveryState.RECALLED, DeliveryState.REVOKED):
            self._pictures.forget([message.id])
        marked = self._marks.replace(message)
        if self._view.replace(message):
            self.refresh()
        self._tell_targets(changed=marked)

    def _removed(self, ids: Iterable[int]) -> None:
        gone = frozenset(ids)
        if self.selected is not None and self.selected.id in gone:
            self.select(None)
        if self._marks.drop(gone):
            self._tell_targets(changed=True)
        self._view.remove(gone)
        self._pictures.forget(gone)
        if not self._view.window.messages:
            self._run(self._pages.newest)
        self._moved()

    def progress(self, message_id: int) -> None:
        """Draw the status of a message again: its upload moved, or a second of what it waits for went by."""
        self._status.progress(message_id)

    # ---------------------------------------------------------------- pages

    def _want_more(self) -> None:
        for load in self._pages.wanted():
            self._run(load)

    def _run(self, load: Callable[[], Awaitable[object]]) -> None:
        begin(self, self._loaded(load), "log")

    async def _loaded(self, load: Callable[[], Awaitable[object]]) -> None:
        try:
            await load()
        except WxtuiError as error:
            self.post_message(self.Failed(error))
            self.refresh()
        else:
            # A page that was read ahead of need changes nothing in sight, unless its names need more room.
            self._widen_names(self._view.window.messages)
            self._moved(elsewhere=not self._up_to_date)

    # ---------------------------------------------------------------- moving

    def _moved(self, *, elsewhere: bool = True) -> None:
        """Draw and tell that the view stands elsewhere, or on more."""
        if elsewhere:
            self.refresh()
        self._want_more()
        self._view.lines()
        self._tell_targets()
        self.post_message(self.ViewChanged())
        if self._view.following and not self._was_following:
            self.post_message(self.ReachedBottom())
        self._was_following = self._view.following

    def _show_selected(self, message: StoredMessage) -> None:
        self.select(message)
        index = self._view.selected_index()
        if index is not None:
            self._view.centre(index)
        self._moved()

    def action_step(self, direction: int) -> None:
        """Select the message below or above."""
        self._view.step(direction)
        self._moved()

    def action_page(self, pages: float) -> None:
        """Go some pages down or up; the selection comes along."""
        self._view.page(pages)
        self._moved()
        self.call_after_refresh(self._view.prepare, pages)

    def action_first(self) -> None:
        """Go to the first message of all."""
        self._run(self._go_first)

    async def _go_first(self) -> None:
        if self._view.window.at_start:
            self._pages.stand_at_start()
        else:
            await self._pages.oldest()
        self.select(next(iter(self._view.window.messages), None))

    def action_last(self) -> None:
        """Go to the newest message."""
        self._run(self._go_last)

    async def _go_last(self) -> None:
        if self._view.window.at_end:
            self._view.to_bottom()
        else:
            await self._pages.newest()
        self.select(next(reversed(self._view.window.messages), None))

    def scroll_rows(self, rows: int) -> None:
        """Scroll some lines down, or up; the selection stays on its message."""
        if self._view.scroll(rows):
            self._moved()

    def on_click(self, event: events.Click) -> None:
        """Select the message that was clicked; a second click opens it.

        On an address, show where that leads; on the line at the bottom edge, go to the bottom.
        """
        message = self.message_at(event.y)
        if event.chain == 2:
            if message is not None and self.selected is not None and message.id == self.selected.id:
                self.post_message(self.OpenWanted())
        elif message is not None:
            self.select(message)
            self.pointed = not self.has_focus
            self.post_message(self.PointedAt())
            if url := self.url_at(event.x, event.y):
                self.post_message(self.LinkClicked(message, url))
        elif event.y >= len(self._view.lines()) and self._view.unseen:
            self.to_bottom()

    def menu_wanted(self, event: events.Click) -> None:
        """Select the message, and ask for a menu of what can be done with it."""
        message = self.message_at(event.y)
        if message is not None:
            self.select(message)
            self.pointed = not self.has_focus
            self.post_message(self.MenuWanted(event.screen_offset))

    def on_key(self, event: events.Key) -> None:
        """Move text to the bar."""
        if self.type_ahead is not None and self.type_ahead.take(event):
            event.stop()
            event.prevent_default()

    def on_paste(self, event: events.Paste) -> None:
        """Move a paste to the bar."""
        if self.type_ahead is not None:
            event.stop()
            event.prevent_default()
            self.type_ahead.move(event)

    def on_resize(self, event: events.Resize) -> None:
        """Show more, or less."""
        self._view.resize(self.size.width, self.size.height)
        self._moved()

    # ---------------------------------------------------------------- drawing

    def render_lines(self, crop: Region) -> list[Strip]:
        """Draw the lines of `crop`, and remember what stands in all of them."""
        self._pictures.fit()
        strips = super().render_lines(crop)
        self._drawn = self._view.lines()
        self._pictures.drawn()
        return strips

    @property
    def _up_to_date(self) -> bool:
        """True when the lines on the screen are the ones that the viewport shows now."""
        now = self._view.lines()
        return len(now) == len(self._drawn) and all(
            one is other or (one and other and one.block is other.block and one.row == other.row)
            for one, other in zip(now, self._drawn, strict=True)
        )

    def draw(self, y: int, width: int) -> Strip:
        """Draw a line of the view."""
        view, styles = self._view, self.theme_styles
        view.resize(width, self.size.height)
        if not view.window.messages:
            return empty_line(self._empty, y, self.size, styles)
        lines = view.lines()
        if y >= len(lines):
            return more_below(len(view.unseen), width, styles) if view.unseen else Strip.blank(width, styles.text)
        visible = lines[y]
        line = visible.block.line(visible.row) if visible is not None else None
        if visible is None or line is None:
            return Strip.blank(width, styles.text)
        return self._painted(y, visible, line, self._status.runs(visible, line) if line.status else ())

    def still(self, unread: int) -> Iterator[tuple[int, Strip]]:
        """Yield the lines, and where they stand, as the next run shows them first, without what moves in a status.

        `unread` messages are new by then: above others the line of new ones is gone, and what stood over it has moved.
        """
        if self.is_empty:
            return
        painter, styles = Painter(), self.theme_styles
        for y, visible in enumerate(self._opened_anew(unread).lines()):
            line = visible.block.line(visible.row) if visible is not None else None
            if visible is None or line is None:
                yield y, Strip.blank(self.size.width, styles.text)
                continue
            runs = (self._status.still(visible, line) or ()) if line.status else ()
            name = self._name_of(visible.block.message) if line.name else ""
            looks = PaintStyles(name, runs, focused=False, sign=self._sign(y, visible))
            yield y, painter.paint(visible.block, visible.row, line, looks, styles)

    def still_in_sight(self, unread: int) -> Iterator[StoredMessage]:
        """Yield the messages of which `still` shows something."""
        return (line.block.message for line in self._opened_anew(unread).lines() if line is not None)

    def _opened_anew(self, unread: int) -> LogViewport:
        view = self._view
        # At the bottom, no other messages are read before the first frame.
        page = view.window.messages[-self._pages.limit :] if view.anchor is None else view.window.messages
        return view.opened_anew(unread, self._widest_name(page) if view.anchor is None else view.names)

    def _painted(self, y: int, visible: VisibleLine, line: Line, runs: tuple[Run, ...]) -> Strip:
        block, styles = visible.block, self.theme_styles
        name = self._name_of(block.message) if line.name else ""
        sign = self._sign(y, visible, self._marks)
        looks = PaintStyles(name, runs, block.selected and self.has_focus, sign)
        if line.part is LineKind.PICTURE and not line.runs:
            return self._painter.picture(block, self._pictures.cells(block.message, line.picture), looks, styles)
        return self._painter.paint(block, visible.row, line, looks, styles)

    def _sign(self, y: int, visible: VisibleLine, marks: MarkedMessages | None = None) -> str:
        """Return the sign before the first line in sight of a message: it is marked, or names oneself."""
        message = visible.block.message
        if y and visible.row != visible.block.first_text:
            return ""
        if marks is not None and message.id in marks:
            return MARK
        return MENTION if message.mention is not None and message.state is not DeliveryState.RECALLED else ""

    def _widen_names(self, messages: Iterable[StoredMessage]) -> bool:
        """Give the names of these messages the room that they need; return whether lines look different now.

        In one conversation names get more room, and never less: nothing jumps to and fro with the pages.
        """
        return self._view.widen_names(self._widest_name(messages))

    def _widest_name(self, messages: Iterable[StoredMessage]) -> int:
        senders = {(message.mine, message.sender): message for message in messages if not is_notice(message.body)}
        return max((cell_len(self._name_of(one)) for one in senders.values()), default=0)

    def _name_of(self, message: StoredMessage) -> str:
        if message.mine:
            return _("me")
        name, conversation = self._names.of(message.sender), self.conversation
        if not name and conversation is not None and conversation.kind is not ContactKind.GROUP:
            name = conversation.name
        return clean_name(name or unknown_sender(message.sender))

    def _refresh_statuses(self, ids: Collection[int]) -> None:
        regions = []
        for y, visible in self._visible(ids):
            line = visible.block.line(visible.row)
            if line is not None and line.status:
                x = visible.block.columns.text + line.cells
                regions.append(Region(x, y, max(1, self.size.width - x), 1))
        if regions:
            self.refresh(*regions)
        if any(message_id in self._marks or (self.selected and self.selected.id == message_id) for message_id in ids):
            # The last second in which it could be recalled may be over.
            self._tell_targets(changed=True)

    def _visible(self, ids: Collection[int]) -> Iterator[tuple[int, VisibleLine]]:
        """Yield the lines in sight of these messages, and where they stand."""
        for y, visible in enumerate(self._view.lines()):
            if visible is not None and visible.block.message.id in ids:
                yield y, visible

    def on_focus(self) -> None:
        """Let keys act on a message in sight; the bar beside it says that they go to the log."""
        self.pointed = False
        self._select_in_sight()
        self._refresh_selected()

    def on_blur(self) -> None:
        """Let the bar beside the selected message say that keys go elsewhere."""
        self._refresh_selected()

    def _refresh_selected(self) -> None:
        self._refresh_lines({self.selected.id} if self.selected else set())

    def _refresh_lines(self, ids: Collection[int]) -> None:
        if regions := [Region(0, y, self.size.width, 1) for y, _visible in self._visible(ids)]:
            self.refresh(*regions)
