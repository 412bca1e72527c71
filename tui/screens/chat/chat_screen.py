"""Chat screen: conversations, messages and the bar, wired to the store. Commands are run by `actions`."""

from __future__ import annotations

import asyncio
import math
from collections.abc import Coroutine, Iterator, Sequence
from datetime import datetime
from functools import cached_property
from typing import TYPE_CHECKING, Any, Final, TypeVar

from rich.segment import Segment
from textual import events, on
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.geometry import Region
from textual.layouts.horizontal import HorizontalLayout
from textual.layouts.vertical import VerticalLayout
from textual.reactive import Reactive
from textual.screen import Screen
from textual.strip import Strip
from textual.timer import Timer
from textual.widget import Widget

from tui import errors
from tui.commands import BY_ID, COMMANDS, Correction, Invocation, KeyScope, Mistake, Say
from tui.i18n import _, say, translated
from tui.keymap import ASKING, hint
from tui.message_summary import KIND_WORDS, conversation_name, describe, notify_words
from tui.screens.app_context import AppContext
from tui.screens.chat.conversation_loader import ConversationLoader
from tui.screens.chat.correction_guard import CorrectionGuard
from tui.screens.chat.drafts import Drafts
from tui.screens.chat.enter_guard import EnterGuard
from tui.screens.chat.landing import FirstSteps, Landing
from tui.screens.chat.last_position import LastPosition
from tui.screens.chat.list_pane import STEP, ListPane, row_lines
from tui.screens.chat.pane_hints import PaneHints
from tui.screens.chat.read_marks import ReadMarks
from tui.screens.chat.recent_conversations import RecentConversations
from tui.screens.chat.status_summary import LastSync, bar_words, pane_words, status_text, summary_of
from tui.screens.outbox_texts import wait_of
from tui.services.contacts.display_names import SenderNames
from tui.services.uploads.upload_state import Upload, UploadState
from tui.store.changes import (
    Change,
    ContactsChanged,
    ConversationMerged,
    ConversationsChanged,
    ConversationSplit,
    MessageChanged,
    MessagesAdded,
)
from tui.store.models import Conversation, StoredMessage
from tui.units import day_in_short
from tui.widgets.base.bindings import bound
from tui.widgets.base.canvas import Pane, place
from tui.widgets.base.one_line import one_line
from tui.widgets.base.styles import Tone
from tui.widgets.base.work import begin
from tui.widgets.composer.completion_popup import CompletionPopup
from tui.widgets.composer.composer import Composer
from tui.widgets.composer.correction_preview import CorrectionPreview
from tui.widgets.conversation_list.conversation_list import ConversationList
from tui.widgets.header import Header
from tui.widgets.message_log.delivery_status import WaitReason
from tui.widgets.message_log.message_log import MessageLog
from tui.widgets.message_log.viewport import LogAnchor
from tui.widgets.quiet_line import QuietLine
from tui.widgets.status_line import StatusLine
from tui.widgets.text_input.line_edit import LineEdit
from tui.widgets.text_input.type_ahead import TypeAhead, TypedLetter
from tui.wire import bodies
from tui.wire.contacts import Contact, ContactKind
from tui.wire.names import FILEHELPER, Endpoint

if TYPE_CHECKING:
    from tui.screens.chat.actions.registry import Actions
    from tui.screens.chat.notifications import Notifications
    from tui.services.client.client import Client


T = TypeVar("T")

_LOOK: Final = 15.0
"""Seconds between two looks at the age of the last sync."""
_NAMES_PAUSE: Final = 0.5
"""Seconds between two looks at names, while many come."""
_NUMBERED: Final = 20
"""Own messages that completion offers by their number."""

_COMMAND_KEYS: Final[list[BindingType]] = [
    *(
        bound(command.id, f"do('{command.id}')", priority=command.where is KeyScope.ANYWHERE)
        for command in COMMANDS
        if command.keys
    ),
    *(bound(f"{command.id}.quiet", f"do('{command.id}')") for command in COMMANDS if command.quiet_keys),
]


class ChatScreen(Screen[None], inherit_css=False):
    """Conversations left; header, log and bar right; one status line below. Implements `ChatContext`."""

    BINDINGS = [
        *_COMMAND_KEYS,
        bound("back", "back"),
        bound("interrupt", "interrupt", priority=True),
        bound("suspend", "app.suspend_process", priority=True),
        bound("pane.next", "next_pane(1)"),
        bound("pane.previous", "next_pane(-1)"),
        bound("conversation.previous", "neighbour(-1)", priority=True),
        bound("conversation.next", "neighbour(1)", priority=True),
    ]
    AUTO_FOCUS = ""
    """No widget: Textual would look for it with a style sheet's selector, whose parser is not imported yet."""
    focused: Reactive[Widget | None] = Reactive(None, repaint=False)
    """Textual draws the whole screen anew when the focus moves; the focused widget draws itself."""

    def __init__(self, context: AppContext) -> None:
        super().__init__()
        self.context = context
        self.conversation: Conversation | None = None
        self.new_mentions: Sequence[StoredMessage] = ()
        self.sender_names = SenderNames(context.store)
        self.conversation_list = ConversationList(
            self.sender_names.of,
            context.clock,
            folds=context.settings.fold_official,
            quiet_kinds=context.settings.quiet_kinds,
            id="conversations",
        )
        # A style sheet would be parsed at every start.
        place(self, layout=VerticalLayout(), overflow_x="hidden", overflow_y="hidden")
        self._left, self._right = Pane(id="left"), Pane(id="right")
        self.filter = LineEdit(placeholder=_("filter"), prompt=" / ", id="filter")
        self.header = Header(id="header")
        self.message_log = MessageLog(
            context.store,
            context.names,
            self._upload_of,
            context.clock,
            context.runtime.recall_window,
            id="log",
            settings=context.settings,
            desk=lambda: context.pictures,
            wait_of=self._wait_of,
        )
        self.completion = CompletionPopup(id="completion")
        self.composer = Composer(self.completion, id="composer")
        self.status = StatusLine(id="status")
        self.list_pane = ListPane(context.store, self.run, self._listing)
        self.conversation_loader = ConversationLoader(
            context.store,
            self.sender_names,
            self.conversation_list,
            self.run,
            self._conversations_read,
            self._show_header,
        )
        self.read_marks = ReadMarks(self, self._being_read)
        self.last_position = LastPosition(context.store, self.message_log, self.run, self.message_log.set_timer)
        self.last_sync = LastSync(context)
        self.recent = RecentConversations()
        self.drafts = Drafts(context.store, self.composer, self.run)
        self.enter_guard = EnterGuard(self.composer, self.tell)
        self.correction_preview = CorrectionPreview(id="correction")
        self.correction_guard = CorrectionGuard(self, self.correction_preview, self.enter_guard)
        self.pane_hints = PaneHints(self, self.filter, self.correction_preview)
        self.quiet_line = QuietLine(id="quiet")
        self.first_steps = FirstSteps(context.store, self.quiet_line, self.run)
        self.landing = Landing(self, self._open_by_itself, self._chooses)
        self._names_stale = self._naming = False
        self._countdown: Timer | None = None
        self._openings = 0
        self._account = ("", Endpoint.WEB)

    @cached_property
    def actions(self) -> Actions:
        """All actions. Imported after the first screen is drawn: nobody can do anything before."""
        from tui.screens.chat.actions.registry import Actions

        return Actions(self)

    @cached_property
    def notifications(self) -> Notifications:
        """Bell for what nobody sees arrive. Imported with the first message that comes."""
        from tui.screens.chat.notifications import Notifications

        return Notifications(self.context, self.run)

    def _upload_of(self, message_id: int) -> Upload | None:
        outbox = self.context.runtime.loaded_outbox
        return None if outbox is None else outbox.files.of_row(message_id)

    def _wait_of(self, message_id: int) -> WaitReason | None:
        outbox, connection = self.context.runtime.loaded_outbox, self.context.runtime.state
        return None if outbox is None else wait_of(outbox, message_id, wants_person=connection.wants_person)

    def compose(self) -> ComposeResult:
        """Lay out the panes; the filter and the completion come when they are wanted."""
        self.filter.display = self.completion.display = False
        whole: Final = {"width": "1fr", "height": "1fr"}
        with Pane(id="panes").placed(**whole, layout=HorizontalLayout()):
            with self._left.placed(layout=VerticalLayout(), width=28, height="1fr"):
                yield self.filter.placed(width="1fr", height=1)
                yield self.conversation_list.placed(**whole)
            with self._right.placed(**whole, layout=VerticalLayout()):
                yield self.header.placed(width="1fr", height=2)
                yield self.message_log.placed(**whole)
                yield self.correction_preview.placed(width="1fr", height="auto")
                yield self.quiet_line.placed(width="1fr", height="auto")
                yield self.completion.placed(width="1fr", height="auto")
                yield self.composer.placed(width="1fr", height="auto")
        yield self.status.placed(width="1fr", height=1)

    def render_lines(self, crop: Region) -> list[Strip]:
        """Return blank lines: the panes cover them, and Textual need not work out what they look like."""
        return [Strip.blank(crop.width)] * crop.height

    # ---------------------------------------------------------------- beginning

    async def on_mount(self) -> None:
        """Show the list's first page, the conversation of the last run or the topmost, then the rest of the list."""
        self.set_focus(self.composer)
        self._fit(self.size.width)
        await self.list_pane.load(self._left, self._right)
        self.watch(self.app, "app_focus", self.read_marks.focus_moved, init=False)
        self._complete_names()
        self.composer.holds, self.composer.begins = self.enter_guard.holds, self.enter_guard.begins
        self.composer.lacks = self.enter_guard.lacks
        self.composer.refuses = self.correction_guard.refuses
        self.composer.loaded = self._text_changed
        self.composer.place_of = lambda: self.conversation.id if self.conversation is not None else None
        self.message_log.type_ahead = TypeAhead(self.message_log, self.composer, ASKING, self._letter)
        self.conversation_list.type_ahead = TypeAhead(self.conversation_list, self.composer, ASKING, self._letter)
        await self.conversation_loader.load_first()
        left = await self.last_position.load(self.context.shown_before)
        if left is not None:
            # It may not be on the list's first page.
            self.conversation_list.update([left[0]])
            await self.open(left[0], anchor=left[1], by_itself=True)
        else:
            await self.landing.come()
        await self.last_sync.load()
        # Its line takes room from the messages: they would move.
        await self.first_steps.load()
        self.show_hints()
        self.refresh_status()
        self.set_interval(_LOOK, self.refresh_status)
        self.run(self.conversation_loader.load_rest(), "conversations")
        self.call_after_refresh(self.context.begin)
        self._tell_set_aside()

    def _complete_names(self) -> None:
        providers = self.composer.completing.providers
        providers.conversations = lambda: [one.name for one in self.conversation_list.every]
        providers.members = self.context.names.member_names
        providers.group = lambda: self.conversation.name if self.conversation is not None else ""
        providers.kinds = lambda: {
            one.name: _(KIND_WORDS[one.kind])
            for one in self.conversation_list.every
            if one.kind is not ContactKind.PERSON
        }
        providers.messages = lambda: _numbered(self.message_log.own_messages)
        providers.settings = lambda: self.context.settings
        providers.profiles = _profile_names
        providers.recallable = lambda: _numbered(self.actions.recalling.recallable())

    def _tell_set_aside(self) -> None:
        """Warn that a damaged database was moved aside."""
        if self.context.store.set_aside is not None:
            self.complain(say(errors.StoreSetAside(path=self.context.store.set_aside)))

    async def reload(self) -> None:
        """Show the conversations of another login.

        The open one stays open, even if it is of the earlier login: nothing that is typed may go to somebody else.
        """
        await self.landing.make_only()
        await self.conversation_loader.load_first()
        if self.conversation is not None:
            self.conversation_list.open(self.conversation.id)
        self.landing.begin()
        await self.conversation_loader.load_rest()

    async def catch_up(self) -> None:
        """Show what another process has stored while it had the profile."""
        await self.reload()
        await self._read_again()
        if self.conversation is not None:
            await self._show_header()
            await self.context.names.learn(self.conversation)
            self.message_log.unmark()
            await self.message_log.show(self.conversation)

    # ---------------------------------------------------------------- the open conversation

    async def open(
        self,
        conversation: Conversation,
        *,
        write: bool = False,
        anchor: LogAnchor | None = None,
        by_itself: bool = False,
    ) -> None:
        """Show this conversation; text that was typed in the other one is kept as its draft.

        `write`: the bar gets the focus; who types on at once loses no letter.
        `anchor`: the place that was left there, unless something is unread. `by_itself`: nobody asked for it.
        """
        before = self.conversation
        self.landing.over |= not by_itself
        follows = self.enter_guard.astray and self.drafts.alone
        self.enter_guard.opened(conversation_name(conversation) if by_itself else "")
        if before is not None and before.id == conversation.id:
            if write:
                self.composer.focus()
            return
        self._openings += 1
        opening = self._openings
        await (self.drafts.take_along() if follows else self.drafts.keep())
        with self.message_log.reading():
            view = await self.context.store.view(
                conversation.id, None if anchor is None else anchor.place, self.message_log.read_limit
            )
            if opening != self._openings:
                return
            # Nothing is waited for from here on: it is seen all at once.
            self.conversation = conversation = view.conversation
            self.new_mentions = view.mentions
            self.recent.opened(conversation.id)
            self.conversation_list.open(conversation.id)
            self.refresh_status()
            if (before is None or follows) and self.composer.text:
                # Typed before anybody had opened anything: it is for whoever is opened now.
                self.drafts.move_to(conversation, above=conversation.draft)
            else:
                self.drafts.load(conversation, attached=before is None)
            if write:
                self.composer.focus()
            mark = self.conversation_list.mark_of(conversation.id)
            self.header.show(conversation, view.people.chat, doubted=view.doubt is not None, mark=mark)
            self.context.names.use(view.people)
            self.message_log.take(conversation, anchor, view.page)
        self._text_changed()
        self._remember_own()
        self.read_marks.opened()
        self.last_position.moved()
        self.enter_guard.text_came()
        if view.doubt is not None and not by_itself:
            self.run(self.actions.identity.ask_once(view.doubt), "ask")

    async def _open_by_itself(self, conversation: Conversation) -> None:
        await self.open(conversation, by_itself=True)

    def _chooses(self) -> bool:
        """Return True while a person may be choosing a conversation, in a dialog or another screen."""
        picks = any(one.group == "pick" and not one.is_finished for one in self.workers)
        return picks or self.app.screen is not self

    def _is_open(self, conversation: Conversation) -> bool:
        return self.conversation is not None and self.conversation.id == conversation.id

    async def _show_header(self) -> None:
        """Show with whom the open conversation is."""
        if (conversation := self.conversation) is None:
            return
        doubt = None if conversation.earlier else await self.context.store.doubt(conversation.user_name)
        contact = await self.contact()
        if not self._is_open(conversation):
            return  # Another was opened meanwhile, and shows its own.
        mark = self.conversation_list.mark_of(conversation.id)
        self.header.show(conversation, contact, doubted=doubt is not None, mark=mark)

    async def _read_again(self) -> bool:
        """Read the open conversation again; return False, and change nothing, when another was opened meanwhile."""
        if (before := self.conversation) is None:
            return False
        # By the id of one that is in another now, the store gives that one.
        found = await self.context.store.conversation(before.id)
        if not self._is_open(before):
            return False
        self.conversation = found
        return True

    async def _merged(self) -> None:
        """Show the open conversation anew, after it was merged with another one."""
        if not await self._read_again() or self.conversation is None:
            return
        self.conversation_list.update([self.conversation])
        self.conversation_list.open(self.conversation.id)
        before = self.composer.text
        if before:
            self.drafts.merged(self.conversation)
        else:
            self.drafts.load(self.conversation, attached=True)
        if self.composer.text != before:
            self.enter_guard.text_came()
        await self.drafts.keep()
        await self._show_header()
        await self.context.names.learn(self.conversation)
        await self.message_log.show(self.conversation)
        self.read_marks.opened()

    async def contact(self) -> Contact | None:
        """Return the contact of the open conversation; None while the server has not told who that is."""
        return await self.context.store.contact(self.conversation.user_name) if self.conversation else None

    async def _split(self) -> None:
        """Show the open conversation without what was taken out of it. The bar stays: it is for the same person."""
        if not await self._read_again() or self.conversation is None:
            return
        self.message_log.unmark()
        await self._show_header()
        await self.context.names.learn(self.conversation)
        await self.message_log.show(self.conversation)
        self._remember_own()

    def _remember_own(self) -> None:
        """Let the arrow keys bring back what was sent here."""
        own = (message.body for message in reversed(self.message_log.own_messages))
        self.composer.use_history([body.text for body in own if isinstance(body, bodies.Text)])

    # ---------------------------------------------------------------- session and outbox

    def logged_in(self, client: Client) -> None:
        """Show that there is a session, the first or another."""
        session = client.context.session
        # What was said of the session is over; a warning is about what somebody did.
        self.status.take_away(but=Tone.WARN)
        self._tell_set_aside()
        if self.read_marks.looking:
            # Without a session nobody could be told that it is read.
            self.read_marks.opened()
        self._account = session.nick_name, session.endpoint
        self.refresh_status()
        self.landing.only = FILEHELPER if session.endpoint is Endpoint.FILEHELPER else ""
        self.run(self.reload(), "conversations", exclusive=True)

    def _show_account(self) -> None:
        name, endpoint = self._account
        whole = name + ("" if endpoint is Endpoint.WEB else " · " + _("File Transfer"))
        # Without a session nobody is logged in.
        self.header.account = whole if self.context.runtime.state.session else ""

    def settings_changed(self) -> None:
        """Say everything anew that was put into words before: the language may be another, or a key."""
        self.filter.placeholder = _("filter")
        self.message_log.lay_out_anew(self.context.settings)
        self.conversation_list.say_anew()
        settings = self.context.settings
        self.conversation_list.use_rules(folds=settings.fold_official, quiet_kinds=settings.quiet_kinds)
        self._fit(self.size.width)
        self.refresh_status()
        self.run(self.conversation_loader.tell_apart(), "namesakes", exclusive=True)

    def outbox_moved(self) -> None:
        """Show for each waiting message why it waits now."""
        outbox = self.context.runtime.loaded_outbox
        for message_id in outbox.sender.waiting if outbox is not None else ():
            self.message_log.progress(message_id)
        self.refresh_status()

    def upload_moved(self, upload: Upload) -> None:
        """Show the progress of an upload, or its end."""
        if upload.row is not None:
            self.message_log.progress(upload.row.id)
        if upload.state is UploadState.SENT:
            self.actions.pasting.released([upload.path])
        self.refresh_status()

    @on(Composer.Detached)
    def _detached(self, event: Composer.Detached) -> None:
        self.actions.pasting.released(event.paths)

    def refresh_status(self) -> None:
        """Show the state of session, outbox, unread messages and sync."""
        outbox = summary_of(self.context.runtime.loaded_outbox)
        connection = self.context.runtime.state
        unread, mentions = self.conversation_list.unread_count, self.conversation_list.mention_count
        self.status.state = status_text(connection, outbox, unread, mentions)
        self.context.show_title(unread, mentions)
        self.composer.placeholder = bar_words(connection)
        self._show_account()
        self.message_log.say_empty(pane_words(connection, self.conversation, listed=bool(self.conversation_list.every)))
        self.first_steps.show(writable=self.conversation is not None and not self.conversation.earlier)
        self.show_hints()
        self.header.sync = self.last_sync.text
        self.header.rule = notify_words(self.conversation, self.context.clock()) if self.conversation else ""
        self.conversation_list.refresh_times()
        self._show_place()
        if outbox.hold and outbox.stuck and self._countdown is None:
            # Only a hold is counted down, which costs a byte a second. Just after the number changes:
            self._countdown = self.set_timer(outbox.hold - math.ceil(outbox.hold) + 1.01, self._count_down)

    def _count_down(self) -> None:
        self._countdown = None
        self.outbox_moved()

    # ---------------------------------------------------------------- changes of the store

    def apply(self, change: Change) -> None:
        """Show a change of the store. Cheap: rows that must be read again are collected, and read once."""
        match change:
            case ConversationsChanged(ids=ids):
                self.conversation_loader.changed(ids)
            case ContactsChanged():
                self._follow_names()
            case ConversationMerged(gone=gone, into=into):
                self.recent.merged(gone, into)
                self.conversation_list.drop(gone)
                if self.conversation is not None and self.conversation.id in (gone, into):
                    self.run(self._merged(), "merged", exclusive=True)
            case ConversationSplit(kept=kept):
                if self.conversation is not None and self.conversation.id == kept:
                    self.run(self._split(), "merged", exclusive=True)
            case MessagesAdded():
                self.first_steps.noted(change.messages)
                self._arrived(change)
                self.conversation_list.arrived(change.conversation_id, change.messages)
                self.message_log.apply(change)
            case MessageChanged(message=message):
                self.message_log.apply(change)
                if message.mention is not None:
                    self.notifications.mentions_me(message, self._listed(message))
            case _:
                self.message_log.apply(change)
        self.correction_guard.changed()

    def _arrived(self, change: MessagesAdded) -> None:
        """Mark messages read that a person sees arrive, ring for others."""
        theirs = [message for message in change.messages if message.from_others]
        if not theirs:
            return
        is_open = self.conversation is not None and self.conversation.id == change.conversation_id
        if is_open and self.read_marks.sees_newest:
            self.read_marks.read_open(max(message.id for message in change.messages))
            return
        if is_open:
            self.conversation_list.seen(change.conversation_id, False)
        self.notifications.take(theirs, self._listed(theirs[-1]))

    def _listed(self, message: StoredMessage) -> Conversation | None:
        return self.conversation_list.conversation(message.conversation_id)

    def _being_read(self, conversation_id: int, on: bool) -> None:
        """Show no unread number while a conversation is being marked read."""
        self.conversation_list.seen(conversation_id, on)
        self.refresh_status()

    def _conversations_read(self, found: Sequence[Conversation]) -> None:
        for one in found:
            if self.conversation is not None and one.id == self.conversation.id:
                self.conversation = one
        self.landing.begin()
        self.refresh_status()

    def _follow_names(self) -> None:
        """Show changed names; those that change while that is done are shown together, after a moment."""
        self._names_stale = True
        if not self._naming:
            self._naming = True
            self.run(self._show_names(), "names")

    async def _show_names(self) -> None:
        try:
            while self._names_stale:
                self._names_stale = False
                await self._names_changed()
                if self.context.runtime.state.contacts is not None:
                    # Thousands come in pages, and each of them costs a look at all that is in sight.
                    await asyncio.sleep(_NAMES_PAUSE)
        finally:
            self._naming = False

    async def _names_changed(self) -> None:
        if self.conversation is None:
            await self.landing.make_only()
            self.landing.begin()
        else:
            await self.context.names.learn(self.conversation)
            await self._read_again()
        await self.conversation_loader.tell_apart()
        await self.conversation_loader.senders_renamed()
        self.message_log.names_changed()

    # ---------------------------------------------------------------- the bar

    @on(Composer.Submitted)
    async def _submitted(self, event: Composer.Submitted) -> None:
        if event.place is not None and (self.conversation is None or self.conversation.id != event.place):
            await self.actions.sending.misplaced(event.place, event.text, event.attachments)
            self.composer.settle(event)
            return
        match event.meaning:
            case Mistake(sentence=sentence):
                # It is still in the bar: nobody types a message twice.
                self.complain(translated(sentence))
            case Invocation(command=command, argument=argument):
                # It is not in the bar any more: where histories become one (`/whose`), no draft of it may come back.
                self.run(self.drafts.keep(), "draft")
                await self.do(command.id, argument)
            case Correction():
                await self.actions.sending.correct(self.correction_guard.asked_for(event.text), event.text)
            case Say(text=text):
                self.status.bar_changed(event.time)
                await self.actions.sending.say(text, event.attachments, lambda: self.composer.settle(event))

    @on(Composer.NoSuchFile)
    def _no_such_file(self, event: Composer.NoSuchFile) -> None:
        self.tell(_("No such file: “{name}”.").format(name=one_line(event.path)), Tone.WARN)

    @on(Composer.LongPaste)
    async def _long_paste(self, event: Composer.LongPaste) -> None:
        self.run(self.actions.sending.offer_as_file(event.text), "ask")

    @on(Composer.Edited)
    def _edited(self, event: Composer.Edited) -> None:
        if self.message_log.pointed:
            self.message_log.pointed = False
            self.show_hints()
        self.status.bar_changed(event.time)
        self._text_changed()
        self.drafts.edited()

    def _text_changed(self) -> None:
        """Show what the text in the bar will do to one's last message."""
        before = self.correction_preview.display
        self.correction_guard.typed()
        if self.correction_preview.display is not before:
            self.show_hints()

    def put_in_bar(self, text: str) -> None:
        """Insert text in the bar for a person, who reads it there before Enter sends it."""
        self.composer.insert(text)
        self.enter_guard.text_came()
        self.composer.focus()

    def begin_command(self, text: str, now: str = "") -> None:
        """Put the beginning of a command in the bar, for a person to complete; a key brings back what stood there.

        Behind other text it would be a part of a message. `now`: what the command would change, to stand behind it.
        """
        before, text = self.composer.text, text + now
        self.composer.load(text, self.composer.attachments)
        self.composer.focus()
        if before.strip() and before != text:
            self.composer.keep(before)
            self.tell(hint("{text.yank} restores the text."), Tone.TEXT)

    async def keep_draft(self) -> None:
        """Store now what stands in the bar. Raises `LocalError`."""
        await self.drafts.keep()

    async def edit_in_editor(self, text: str) -> str:
        """Return `text` as the person's editor left it. Raises `UsageError`."""
        from tui.screens.external_editor import edit

        return await edit(self.app, text)

    async def run_in_terminal(self, command: Sequence[str]) -> None:
        """Run a program that needs the terminal. Raises `UsageError`."""
        from tui.screens.external_editor import run_in_terminal

        await run_in_terminal(self.app, command)

    def on_paste(self, event: events.Paste) -> None:
        """Move a paste where nobody types to the bar."""
        if self.conversation is not None and not self.composer.has_focus:
            self.composer.take(event)
            self.composer.focus()

    # ---------------------------------------------------------------- the message log

    @on(MessageLog.Failed)
    def _log_failed(self, event: MessageLog.Failed) -> None:
        self.complain(say(event.error, on_screen=True))

    @on(MessageLog.ViewChanged)
    def _log_moved(self) -> None:
        self.last_position.moved()
        self._show_place()

    def _show_place(self) -> None:
        anchor = self.message_log.scroll_anchor
        self.header.place = "" if anchor is None else day_in_short(anchor.place.time, self.context.clock())

    @on(MessageLog.TargetsChanged)
    def _targets_changed(self) -> None:
        self.show_hints()

    @on(MessageLog.ReachedBottom)
    def _reached_bottom(self) -> None:
        self.read_marks.present()

    @on(MessageLog.PointedAt)
    def _pointed_at(self) -> None:
        """Leave the focus in the bar: a click only points at a message."""
        self.composer.focus()
        self.show_hints()

    @on(MessageLog.OpenWanted)
    async def _open_wanted(self) -> None:
        await self.do("open", "", by_key=True)

    @on(MessageLog.MenuWanted)
    async def _menu_wanted(self, event: MessageLog.MenuWanted) -> None:
        self._pointed_at()
        self.run(self.actions.menus.of_message(event.at), "pick")

    @on(ConversationList.RowMenuWanted)
    async def _conversation_menu_wanted(self, event: ConversationList.RowMenuWanted) -> None:
        self.run(self.actions.menus.of_conversation(event.conversation, event.at), "pick")

    @on(MessageLog.LinkClicked)
    def _link_clicked(self, event: MessageLog.LinkClicked) -> None:
        self.run(self.actions.links.show(event.message, event.url), "pick")

    def _letter(self, command_id: str, letter: TypedLetter) -> None:
        """Run the command of a letter in the messages, unless more letters follow at once."""
        self.run(self.do(command_id, "", by_key=True, letter=letter), "ask")

    def focus_log(self) -> None:
        """Let keys go to the message log, and name them in the last line."""
        self.message_log.focus()
        self.show_hints()

    # ---------------------------------------------------------------- the list and its filter

    @on(ConversationList.Chosen)
    async def _chosen(self) -> None:
        if (conversation := self.conversation_list.conversation_at_cursor) is not None:
            await self.open(conversation, write=True)
            self._end_filter()

    @on(ConversationList.DetailsWanted)
    def _details_wanted(self, event: ConversationList.DetailsWanted) -> None:
        self.run(self.actions.messages.who(event.conversation), "pick")

    @on(ConversationList.NamesWanted)
    def _names_wanted(self, event: ConversationList.NamesWanted) -> None:
        self.run(self.conversation_loader.learn_senders(event.groups), "senders")

    @on(ConversationList.FilterWanted)
    def _filter_wanted(self) -> None:
        self.filter.display = True
        self.filter.focus()
        self.conversation_list.filtering(True)

    @on(LineEdit.Changed)
    def _filter_changed(self, event: LineEdit.Changed) -> None:
        self.run(self.conversation_loader.filter(event.text), "filter", exclusive=True)

    @on(LineEdit.Submitted)
    def _filter_done(self) -> None:
        self.conversation_list.action_choose()

    def _end_filter(self) -> None:
        if self.filter.display:
            # A search that still runs would hide the list after its filter is gone.
            self.workers.cancel_group(self, "filter")
            self.filter.load("")
            self.filter.display = False
            self.conversation_list.filtering(False)
            self.conversation_list.show_only(None)
            if self.conversation is not None:
                self.conversation_list.open(self.conversation.id)

    # ---------------------------------------------------------------- panes

    def action_next_pane(self, step: int) -> None:
        """Move the focus: bar, messages, list where it is shown."""
        panes = [self.composer, self.message_log, *([] if self.list_pane.hidden else [self.conversation_list])]
        focused = next((at for at, pane in enumerate(panes) if pane.has_focus), 0)
        panes[(focused + step) % len(panes)].focus()

    def on_descendant_focus(self, event: events.DescendantFocus) -> None:
        """Name the keys that work now; on a narrow screen the list comes and goes."""
        self._fit(self.size.width)
        self._text_changed()
        self.show_hints()

    def on_resize(self, event: events.Resize) -> None:
        """Show the list or the messages where both have no room."""
        self._fit(event.size.width)
        if self.list_pane.hidden and self._listing():
            self.composer.focus()
        self.refresh_status()

    def _fit(self, width: int) -> None:
        """Lay out list and messages on a screen of so many columns, and rows of the list in one line or two."""
        self.list_pane.fit(width)
        self.conversation_list.set_lines(row_lines(width, self.context.settings.list))

    def _listing(self) -> bool:
        return self.conversation_list.has_focus or self.filter.has_focus

    def toggle_list(self) -> None:
        """Hide the list, or show it; where it is a screen of its own, go there or back."""
        listing = self._listing()
        if self.list_pane.narrow:
            (self.composer if listing else self.conversation_list).focus()
            return
        if listing and not self.list_pane.hidden:
            self.action_back()
        self.list_pane.hide(not self.list_pane.hidden)

    @on(ConversationList.WidthWanted)
    def _width_wanted(self, event: ConversationList.WidthWanted) -> None:
        self.list_pane.set_width(self.list_pane.width + event.steps * STEP)

    @on(ConversationList.BorderDragged)
    def _border_dragged(self, event: ConversationList.BorderDragged) -> None:
        self.list_pane.set_width(event.cells, keep=event.done)

    def show_hints(self) -> None:
        """Name the keys of the focused pane that do something now."""
        self.status.hints = self.pane_hints.text
        self.status.hints_first = bool(self.message_log.marked)

    # ---------------------------------------------------------------- keys

    async def action_do(self, command_id: str) -> None:
        """Run the command of a key; slash commands and the palette come through `do` as well."""
        await self.do(command_id, "", by_key=True)

    async def do(
        self, command_id: str, argument: str, *, by_key: bool = False, letter: TypedLetter | None = None
    ) -> None:
        """Run a command; a failure is said in the last line. See `Actions.run`."""
        self.status.command_begins()
        try:
            await self.actions.run(command_id, argument, by_key=by_key, letter=letter)
        except errors.WxtuiError as error:
            if letter is None or not letter.typed:
                self.complain(say(error, on_screen=True))

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Let keys of the messages work while they have the focus; elsewhere `d` is a letter, or nothing."""
        if action == "do" and BY_ID[str(parameters[0])].where is KeyScope.LOG:
            return self.message_log.has_focus
        return True

    def action_back(self) -> None:
        """Take the marks off the messages; else go back to the bar, out of the filter or a search.

        In the bar it leaves a correction of one's last message.
        """
        if self.composer.has_focus and self.correction_guard.cancel():
            self.drafts.edited()
            return
        self.status.say("")
        if self.conversation_list.has_focus and self.conversation_list.fold_at_cursor():
            return
        if self.message_log.marked and not self.filter.display:
            self.message_log.unmark()
            return
        self.message_log.end_highlight()
        if self.filter.display:
            self._end_filter()
        self.composer.focus()

    def action_interrupt(self) -> None:
        """Take the text out of the bar, where Ctrl+Y brings it back; Ctrl+C never ends the program."""
        text = self.composer.text
        if text:
            self.composer.keep(text)
            self.composer.load("", self.composer.attachments)
            self.drafts.edited()
            self.status.say(hint("Cleared. {text.yank} restores the text."))
        elif not self.actions.contacts.stop_reading():
            self.status.say(hint("{quit} quits wxtui."))

    async def action_neighbour(self, step: int) -> None:
        """Open the conversation above or below the open one."""
        found = self.conversation_list.neighbour(step)
        if found is not None:
            await self.open(found)

    def on_key(self, event: events.Key) -> None:
        """Take the sentence in the last line away: it is seen when a key is pressed."""
        self.status.key_pressed()
        self.read_marks.present()

    def on_screen_resume(self) -> None:
        """Begin anew with keys: another screen had them until now."""
        self.status.uncovered()
        self.enter_guard.uncovered()
        self.landing.begin()
        if self.focused is None:
            self.set_focus(self.composer)
        if self.message_log.type_ahead is not None:
            self.message_log.type_ahead.forget()

    # ---------------------------------------------------------------- to be kept

    @property
    def is_plain(self) -> bool:
        """True while nothing is open over the conversations and messages."""
        return self.app.screen is self and not self.filter.display and not self.completion.display

    def still(self, words: str) -> Iterator[tuple[int, int, list[Segment]]]:
        """Yield the lines that tell how things stand now, as they are of an earlier moment: `words` name it."""
        for y, strip in enumerate(self.status.still(words), self.status.region.y):
            yield 0, y, [*strip]
        yield self.header.region.x, self.header.region.y, [*self.header.still()]
        log = self.message_log.region
        for y, strip in self.message_log.still(self._unread):
            yield log.x, log.y + y, [*strip]

    def times_in_sight(self) -> Iterator[datetime]:
        """Yield the times of all messages of which something is to be seen."""
        yield from (message.time for message in self.message_log.still_in_sight(self._unread))
        yield from (one.last.time for one in self.conversation_list.in_sight if one.last is not None)

    @property
    def _unread(self) -> int:
        """Messages of the open conversation that the next run takes for new."""
        return self.conversation.unread if self.conversation is not None else 0

    # ---------------------------------------------------------------- for actions

    def run(self, work: Coroutine[Any, Any, None], group: str, *, exclusive: bool = False) -> None:
        """Do work while keys are heard; a failure is said, never lost and never the end of the program."""
        begin(self, work, group, exclusive=exclusive, complain=self.complain)

    def tell(self, sentence: str, tone: Tone = Tone.GOOD, *, link: tuple[str, str] | None = None) -> None:
        """Say a sentence in the last line. `link`: words of it, and the address to which they lead."""
        self.status.say(sentence, tone, link=link)

    def tell_progress(self, what: str, sentence: str, part: float | None) -> None:
        """Say in the last line how far something is."""
        self.tell(sentence, Tone.TEXT)

    def complain(self, sentence: str) -> None:
        """Say in the last line that something went wrong."""
        self.status.say(sentence, Tone.BAD)

    async def ask(self, dialog: Screen[T]) -> T | None:
        """Show a screen that asks something, and wait for its result."""
        return await self.app.push_screen_wait(dialog)

    def show(self, screen: Screen[Any]) -> None:
        """Show another screen over this one."""
        self.app.push_screen(screen)

    def leave(self) -> None:
        """End the program."""
        self.app.exit()


def _profile_names() -> Sequence[str]:
    from tui.services.session.profile_list import known_profiles

    return [one.name for one in known_profiles()]


def _numbered(messages: Sequence[StoredMessage]) -> list[tuple[str, str]]:
    """Return the newest messages with their numbers, for completion."""
    return [(str(at), describe(message.body).replace("\n", " ")) for at, message in enumerate(messages[:_NUMBERED], 1)]
