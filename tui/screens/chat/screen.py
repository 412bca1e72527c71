"""The chat screen: conversations, messages, the bar. It wires widgets to the store; what keys do is in `actions`."""

from __future__ import annotations

import gc
from collections.abc import Sequence
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from textual import events, on

from tui import errors
from tui.commands import BY_ID, Invocation, KeyScope, Mistake, Say
from tui.consequences import ASKING
from tui.i18n import _, say, translated
from tui.keymap import hint
from tui.screens.chat.attention import Attention
from tui.screens.chat.drafts import Drafts
from tui.screens.chat.keys import KEYS
from tui.screens.chat.last_position import LastPosition
from tui.screens.chat.last_sync import LastSync
from tui.screens.chat.panes import ChatPanes
from tui.screens.chat.unseen import UnseenText
from tui.screens.context import AppContext
from tui.store.changes import Change, ContactsChanged, ConversationMerged, ConversationsChanged, MessagesAdded
from tui.store.errors import NoSuchRow
from tui.store.models import Conversation, Doubt
from tui.widgets.composer.composer import Composer
from tui.widgets.conversation_list.conversation_list import Sidebar
from tui.widgets.message_log.message_log import MessageLog
from tui.widgets.message_log.viewport import Spot
from tui.widgets.text_input.line_edit import LineEdit
from tui.widgets.text_input.type_ahead import Letter, TypeAhead
from tui.wire import bodies
from tui.wire.contacts import Contact
from tui.wire.names import Endpoint

if TYPE_CHECKING:
    from tui.screens.chat.actions.registry import Actions
    from tui.services.client.client import Client
    from tui.services.outbox import Outbox
    from tui.services.uploads.upload_state import Upload


_FIRST, _SLICE = 60, 400
"""Conversations that are read before the first screen, and at a time after it."""
_MANY = 1000
"""Conversations that make the collector slow."""


class ChatScreen(ChatPanes):
    """Reads the store, shows it, and hands what a person wants to `Actions`."""

    BINDINGS = KEYS

    def __init__(self, desk: AppContext) -> None:
        super().__init__(desk)
        self.conversation: Conversation | None = None
        self.attention = Attention(self)
        self.whereabouts = LastPosition(self)
        self.last_sync = LastSync(self)
        self.drafts = Drafts(self)
        self.unseen = UnseenText(self)
        self._stale: set[int] = set()
        self._reading = False
        self._begun = False
        self._frozen = 0
        self._doubt: Doubt | None = None
        self._wondered: set[str] = set()

    @cached_property
    def actions(self) -> Actions:
        """What can be done. Nobody can do anything before the first screen is drawn."""
        from tui.screens.chat.actions.registry import Actions

        return Actions(self)

    # ---------------------------------------------------------------- beginning

    async def on_mount(self) -> None:
        """The list's first page, the conversation where one was or the topmost, then the rest of the list."""
        self.fit(self.size.width)
        self.watch(self.app, "app_focus", self._focus_moved, init=False)
        providers = self.composer.providers
        providers.conversations = lambda: self.actions.conversation_names()
        providers.members = lambda: self.actions.member_names()
        providers.messages = lambda: self.actions.message_numbers()
        providers.recallable = lambda: self.actions.recallable_numbers()
        self.composer.holds = self.unseen.holds
        self.composer.place_of = lambda: self.conversation.id if self.conversation is not None else None
        self.log_view.type_ahead = TypeAhead(self.log_view, self.composer, ASKING, self._letter)
        self.sidebar.update(await self.desk.store.conversations(limit=_FIRST))
        left = await self.whereabouts.recall()
        if left is not None:
            # It may not be on the list's first page.
            self.sidebar.update([left[0]])
            await self.open(left[0], spot=left[1])
        elif self.sidebar.shown:
            await self.open(self.sidebar.shown[0])
        self.sidebar.focus()
        self.show_hints()
        self.attention.counted()
        self.go(self._load_rest(), "conversations")
        self.go(self.last_sync.begin(), "last sync")
        self.call_after_refresh(self.desk.begin)
        self._tell_set_aside()

    def _focus_moved(self, focused: bool) -> None:
        if focused:
            self.attention.present()

    def _tell_set_aside(self) -> None:
        """What was here is gone from here: that must not go by unseen."""
        if self.desk.store.set_aside is not None:
            self.complain(say(errors.StoreSetAside(path=self.desk.store.set_aside)))
        self._begun = True

    async def _load_rest(self) -> None:
        """In slices, so that keys are heard in between."""
        at = _FIRST
        while found := await self.desk.store.conversations(limit=_SLICE, offset=at):
            self.sidebar.update(found)
            at += len(found)
        at = 0
        while found := await self.desk.store.earlier_conversations(limit=_SLICE, offset=at):
            self.sidebar.update(found)
            at += len(found)
        await self._tell_apart()
        listed = len(self.sidebar.every)
        if listed - self._frozen > _MANY:
            # Thousands that live on: the collector need not look at them again and again, for 20 ms each time. Not at
            # every login: whatever else lives at that moment is never looked at again either, and stays for ever.
            self._frozen = listed
            gc.freeze()

    async def reload(self) -> None:
        """There is another login, with conversations of its own.

        What was open stays open, even if it is of the earlier login: nothing that is typed may go to somebody else.
        For the same reason none opens by itself while somebody types.
        """
        self.sidebar.clear()
        self.sidebar.update(await self.desk.store.conversations(limit=_FIRST))
        typing = bool(self.composer.text or self.composer.attachments)
        if self.conversation is None and self.sidebar.shown and not typing:
            await self.open(self.sidebar.shown[0])
        elif self.conversation is not None:
            self.sidebar.open(self.conversation.id)
        await self._load_rest()

    async def catch_up(self) -> None:
        """Show what another process has stored while it had the profile."""
        await self.reload()
        if self.conversation is not None:
            self.conversation = await self.desk.store.conversation(self.conversation.id)
            await self._show_header()
            await self.desk.names.learn(self.conversation)
            await self.log_view.show(self.conversation)

    # ---------------------------------------------------------------- the open conversation

    async def open(self, conversation: Conversation, *, write: bool = False, spot: Spot | None = None) -> None:
        """Show this conversation; what was typed in the other one is kept as its draft.

        `write`: the bar gets the focus, before the messages are there: who types on at once loses no letter.
        `spot`: the place that was left there, unless something is unread.
        """
        before = self.conversation
        self.unseen.came()
        if before is not None and before.id == conversation.id:
            if write:
                self.composer.focus()
            return
        await self.drafts.keep()
        self.conversation = conversation = await self.desk.store.conversation(conversation.id)
        # Drawn once, when all of it is there.
        with self.app.batch_update():
            self.sidebar.open(conversation.id)
            self.attention.counted()
            if before is None and self.composer.text:
                # Typed before anything was open: it is for whoever is opened now.
                self.drafts.take_in(conversation.draft)
            else:
                self.drafts.load(conversation.draft, attached=before is None)
            if write:
                self.composer.focus()
            await self._show_header()
            await self.desk.names.learn(conversation)
            await self.log_view.show(conversation, spot)
            own = (message.body for message in reversed(self.log_view.own_messages))
            self.composer.use_history([body.text for body in own if isinstance(body, bodies.Text)])
            self.attention.opened(conversation)
            self.whereabouts.moved()
            self.unseen.came()
        if self._doubt is not None and self._begun and conversation.user_name not in self._wondered:
            # Once, and not at the start, when nobody has opened anything.
            self._wondered.add(conversation.user_name)
            self.go(self.actions.whose.ask(self._doubt), "ask")

    async def _show_header(self) -> None:
        """With whom the open conversation is, and whether that is certain."""
        if (conversation := self.conversation) is not None:
            self._doubt = None if conversation.earlier else await self.desk.store.doubt(conversation.user_name)
            self.header_line.show(
                conversation,
                await self.contact(),
                doubted=self._doubt is not None,
                mark=self.sidebar.mark_of(conversation.id),
            )

    async def _tell_apart(self) -> None:
        """Namesakes get marks, in the list and in the header."""
        from tui.services.contacts.namesakes import tell_apart

        store = self.desk.store
        several = {one.user_name: one.id for one in await store.namesakes()}
        marks = await tell_apart(store, await store.contacts_named(several)) if several else {}
        self.sidebar.tell_apart({several[user_name]: mark.short for user_name, mark in marks.items()})
        await self._show_header()

    async def _merged(self, into: int) -> None:
        """All of the open conversation is in another one now, or that of another one in it: show it anew."""
        self.conversation = conversation = await self.desk.store.conversation(into)
        self.sidebar.update([conversation])
        self.sidebar.open(conversation.id)
        if self.composer.text:
            self.drafts.forget()
            await self.drafts.keep()
        else:
            self.drafts.load(conversation.draft, attached=True)
        await self._show_header()
        await self.desk.names.learn(conversation)
        await self.log_view.show(conversation)
        self.attention.opened(conversation)

    async def contact(self) -> Contact | None:
        """With whom the open conversation is; None while the server has not told."""
        return await self.desk.store.contact(self.conversation.user_name) if self.conversation else None

    # ---------------------------------------------------------------- what is sent

    def outbox(self) -> Outbox:
        """What sends; it is there before the session, and outlives it."""
        desk = self.desk
        if desk.outbox is None:
            from tui.services.outbox import Outbox

            desk.outbox = Outbox(desk.store, self.transfer_moved, on_change=self.queue_moved, window=desk.recall_window)
        return desk.outbox

    def queue_moved(self) -> None:
        """What waits, waits for something else now; or for the same, but somebody else says so."""
        outbox = self.desk.outbox
        for message_id in outbox.waiting if outbox is not None else ():
            self.log_view.progress(message_id)
        self.attention.counted()

    # ---------------------------------------------------------------- what the store tells

    def logged_in(self, client: Client) -> None:
        """There is a session, the first or another."""
        self.desk.busy = None
        self.outbox().renew(client)
        session = client.context.session
        variant = "" if session.endpoint is Endpoint.WEB else " · " + _("File Transfer")
        self.status.say("")
        self._tell_set_aside()
        self.attention.connected(session.nick_name + variant)
        self.go(self.reload(), "conversations", exclusive=True)

    def apply(self, change: Change) -> None:
        """Show a change. Cheap: what must be read again is collected, and read once."""
        if self.desk.outbox is not None:
            self.desk.outbox.apply(change)
        match change:
            case ConversationsChanged(ids=ids):
                self._stale.update(ids)
                if not self._reading:
                    self._reading = True
                    self.go(self._read_stale(), "stale")
            case ContactsChanged():
                self.go(self._meet(), "meet", exclusive=True)
            case ConversationMerged(gone=gone, into=into):
                self.sidebar.drop(gone)
                if self.conversation is not None and self.conversation.id in (gone, into):
                    self.go(self._merged(into), "merged", exclusive=True)
            case MessagesAdded():
                self.attention.arrived(change)
                self.log_view.apply(change)
            case _:
                self.log_view.apply(change)

    async def _read_stale(self) -> None:
        try:
            while self._stale:
                ids, self._stale = self._stale, set()
                found = await self.desk.store.conversations_of(ids)
                named = any(getattr(self.sidebar.conversation(one.id), "name", None) != one.name for one in found)
                self.sidebar.update(found)
                if named:
                    self.go(self._tell_apart(), "namesakes", exclusive=True)
                for one in found:
                    if self.conversation is not None and one.id == self.conversation.id:
                        self.conversation = one
                self.attention.counted()
        finally:
            self._reading = False

    async def _meet(self) -> None:
        if self.conversation is None:
            await self.reload()
            return
        await self.desk.names.learn(self.conversation)
        self.conversation = await self.desk.store.conversation(self.conversation.id)
        await self._tell_apart()
        self.log_view.refresh()

    def transfer_moved(self, transfer: Upload) -> None:
        """Progress of an upload, or its end."""
        transfer.moved()
        if transfer.row is not None:
            self.log_view.progress(transfer.row.id)
        self.attention.counted()

    # ---------------------------------------------------------------- the bar

    @on(Composer.Submitted)
    async def _submitted(self, event: Composer.Submitted) -> None:
        if event.place is not None and (self.conversation is None or self.conversation.id != event.place):
            await self._misplaced(event.place, event.text, event.attachments)
            return
        match event.meaning:
            case Mistake(sentence=sentence):
                # It is still in the bar: nobody types a message twice.
                self.complain(translated(sentence))
            case Invocation(command=command, argument=argument):
                # It is not in the bar any more: where histories become one (`/whose`), no draft of it may come back.
                self.go(self.drafts.keep(), "draft")
                await self.do(command.id, argument)
            case Say(text=text):
                self.status.say("")
                await self.actions.sending.say(text, event.attachments)

    async def _misplaced(self, place: int, text: str, files: Sequence[Path]) -> None:
        """Another conversation was opened between Enter and now: what was typed goes to nobody else."""
        try:
            await self.desk.store.set_draft(place, text)
        except (NoSuchRow, errors.LocalError):
            self.composer.buffer.keep(text)
        from tui.screens.chat.actions.sending import not_sent

        why = _("Another conversation was opened at the same moment. Nothing was sent; the text is a draft.")
        self.complain(f"{why} {not_sent(files)}".strip())

    @on(Composer.LongPaste)
    async def _long_paste(self, event: Composer.LongPaste) -> None:
        self.go(self.actions.sending.offer_as_file(event.text), "ask")

    @on(MessageLog.Failed)
    def _log_failed(self, event: MessageLog.Failed) -> None:
        self.complain(say(event.error))

    @on(MessageLog.Moved)
    def _log_moved(self) -> None:
        self.whereabouts.moved()

    @on(MessageLog.ReachedBottom)
    def _reached_bottom(self) -> None:
        self.attention.present()

    @on(Composer.Edited)
    def _edited(self) -> None:
        self.drafts.edited()

    # ---------------------------------------------------------------- the list and its filter

    @on(Sidebar.Chosen)
    async def _chosen(self, event: Sidebar.Chosen) -> None:
        await self.open(self.sidebar.shown[event.index], write=True)
        self._end_filter()

    @on(Sidebar.FilterWanted)
    def _filter_wanted(self) -> None:
        self.filter.display = True
        self.filter.focus()

    @on(LineEdit.Changed)
    def _filter_changed(self, event: LineEdit.Changed) -> None:
        self.go(self.actions.going.filter(event.text), "filter", exclusive=True)

    @on(LineEdit.Submitted)
    def _filter_done(self) -> None:
        self.sidebar.action_choose()

    def _end_filter(self) -> None:
        if self.filter.display:
            # What is still being looked for would hide the list after its filter is gone.
            self.workers.cancel_group(self, "filter")
            self.filter.load("")
            self.filter.display = False
            self.sidebar.show_only(None)
            if self.conversation is not None:
                self.sidebar.open(self.conversation.id)

    @on(Sidebar.DetailsWanted)
    async def _details_wanted(self, event: Sidebar.DetailsWanted) -> None:
        await self.actions.handling.who(event.conversation)

    # ---------------------------------------------------------------- keys

    async def action_do(self, command_id: str) -> None:
        """A key, a slash command and the palette all come through here."""
        await self.do(command_id, "", by_key=True)

    def _letter(self, command_id: str, letter: Letter) -> None:
        """A letter in the messages asks for something, unless more letters follow at once."""
        self.go(self.do(command_id, "", by_key=True, letter=letter), "ask")

    def on_screen_resume(self) -> None:
        """The screen that lay over this one is gone, and had the keys."""
        self.unseen.came()
        if self.log_view.type_ahead is not None:
            self.log_view.type_ahead.forget()

    def on_paste(self, event: events.Paste) -> None:
        """A paste where nobody types belongs in the bar."""
        if self.conversation is not None and not self.composer.has_focus:
            self.composer.take(event)
            self.composer.focus()

    @on(MessageLog.PointedAt)
    def _pointed_at(self) -> None:
        """A click points at a message; one goes on typing in the bar."""
        self.composer.focus()
        self.show_hints()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Keys of the messages work while they have the focus; elsewhere `d` is a letter, or nothing."""
        if action == "do" and BY_ID[str(parameters[0])].where is KeyScope.LOG:
            return self.log_view.has_focus
        return True

    async def do(self, command_id: str, argument: str, *, by_key: bool = False, letter: Letter | None = None) -> None:
        """Run a command; what goes wrong is said in the last line. See `Actions.run`."""
        self.status.say("")
        try:
            await self.actions.run(command_id, argument, by_key=by_key, letter=letter)
        except errors.WxtuiError as error:
            if letter is None or not letter.typed:
                self.complain(say(error))

    def action_back(self) -> None:
        """Out of whatever this is, towards the bar."""
        self.status.say("")
        self.log_view.unmark()
        if self.filter.display:
            self._end_filter()
        self.composer.focus()

    def action_interrupt(self) -> None:
        """Ctrl+C takes the text out of the bar, where Ctrl+Y brings it back; it never ends the program."""
        text = self.composer.text
        if text:
            self.composer.buffer.keep(text)
            self.composer.load("", self.composer.attachments)
            self.drafts.edited()
        else:
            self.status.say(hint("{quit} leaves wxtui."))

    async def action_neighbour(self, step: int) -> None:
        """The conversation above or below the open one."""
        shown = self.sidebar.shown
        at = next((at for at, one in enumerate(shown) if one.id == self.sidebar.opened), -1)
        if shown and 0 <= at + step < len(shown):
            await self.open(shown[at + step])

    def on_key(self, event: events.Key) -> None:
        """What was said is seen when a key is pressed."""
        self.status.say("")
        self.attention.present()
