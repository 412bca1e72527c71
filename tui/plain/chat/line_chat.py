"""Chat without a screen: the actions of the chat screen run over it, and ask and tell in lines."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Sequence
from contextlib import suppress
from functools import cached_property
from typing import TYPE_CHECKING, Any, Final, TypeVar

from tui import errors, keymap
from tui.commands import Correction, Invocation, Mistake, Say, parse
from tui.i18n import _, say, translated
from tui.keymap import hint
from tui.message_summary import conversation_name, shown_sender
from tui.plain.chat.line_bar import AcceptedLine, LineBar
from tui.plain.chat.line_conversations import LineConversations
from tui.plain.chat.line_log import LineLog
from tui.plain.chat.message_lines import conversation_line, message_line
from tui.plain.chat.progress_words import ProgressWords
from tui.plain.leavable_terminal import LeavableTerminal
from tui.plain.line_terminal import LineTerminal
from tui.plain.line_words import WORDS
from tui.screens.app_context import AppContext
from tui.screens.chat.recent_conversations import RecentConversations
from tui.services.runtime import RuntimeEvent, UploadChanged
from tui.services.uploads.upload_state import UploadState
from tui.services.util.background import spawn
from tui.store.changes import (
    Change,
    ContactsChanged,
    ConversationMerged,
    ConversationsChanged,
    ConversationSplit,
)
from tui.store.models import Conversation, StoredMessage
from tui.widgets.base.one_line import one_line
from tui.widgets.base.styles import Tone
from tui.widgets.base.work import guarded
from tui.wire.contacts import Contact, ContactKind

if TYPE_CHECKING:
    from textual.screen import Screen

    from tui.screens.chat.actions.registry import Actions

T = TypeVar("T")

_LEADING: Final = frozenset({"pick", "ask", "leave", "search"})
"""Groups of work that the next line waits for: it may be an answer, or be meant for what they open."""
_SHOWN: Final = 10
"""Messages that are printed of a conversation that opens, if no more are unread."""
_MOST_SHOWN: Final = 50
_AROUND: Final = 3
"""Messages that are printed before and behind one that somebody went to."""
_READ: Final = 100
_WAYS: Final = frozenset({"goto", "unread", "mention", "profile"})
"""Commands behind which the lines of a pipe are for where they lead."""
_TURNS: Final = 5
"""Turns of the event loop in which work that was begun has asked its question, if it asks one at once."""


class LineChat:
    """Open conversation, its messages and the next line. Implements `ChatContext`."""

    def __init__(self, context: AppContext, terminal: LineTerminal, leave: Callable[[], None]) -> None:
        """`leave` ends the program."""
        keymap.speak_of_lines(WORDS)
        self.context = context
        self.terminal = terminal
        self._leave = leave
        self.conversation: Conversation | None = None
        self.new_mentions: Sequence[StoredMessage] = ()
        self.composer = LineBar(prefills=terminal.prefills)
        self.message_log = LineLog(context.store, lambda: self.context.settings.show_recalled)
        self.conversation_list = LineConversations(context.store, lambda: self.context.settings)
        self.recent = RecentConversations()
        self._progress = ProgressWords(self.tell)
        self._work: dict[asyncio.Task[None], str] = {}
        self._asking = asyncio.Lock()
        """Held while a dialog is asked: a line answers one question."""
        self._leavable = LeavableTerminal(terminal)
        self._asker: asyncio.Task[Any] | None = None
        """Task whose dialog is asked; its dialog may ask another one."""
        self._way = ""
        """Command of a pipe that has led nowhere yet."""

    @cached_property
    def actions(self) -> Actions:
        """All actions."""
        from tui.screens.chat.actions.registry import Actions

        return Actions(self)

    # ---------------------------------------------------------------- lines

    async def submit(self, text: str) -> None:
        """Do what a line says, and return when the next one may be heard: every question was answered by then.

        Where the terminal does not prefill, the line goes behind what stands in the bar.
        """
        meaning = parse(text)
        if isinstance(meaning, Mistake):
            self.complain(translated(meaning.sentence))
        elif isinstance(meaning, Invocation):
            self.composer.command_done()
            self._set_out(meaning)
            await self.do(meaning.command.id, meaning.argument)
        elif isinstance(meaning, Correction):
            await self._correct(meaning, text)
        elif isinstance(meaning, Say):
            await self.say_text(meaning.text)
        await self.settled()
        self._miss()

    def _set_out(self, meaning: Invocation) -> None:
        """Note where a line of a pipe leads: the lines behind it are for that."""
        here = meaning.command.id == "profile" and meaning.argument.strip() == self.context.profile.name
        leads = not self.terminal.attended and meaning.command.id in _WAYS and not here
        self._way = meaning.command.id if leads else ""

    def arrived(self) -> None:
        """Take in that a command has led to where its line said."""
        self._way = ""

    def _miss(self) -> bool:
        """Let the lines of a pipe go nowhere whose command led nowhere; True where the program ends for that."""
        way, self._way = self._way, ""
        if way == "profile":
            self.complain(_("The lines that follow are for another profile. Nothing more is read."))
            self.leave()
            return True
        if way:
            self.conversation, self.conversation_list.opened = None, 0
            self.composer.load("", ())
            self.message_log.leave()
        return False

    async def settled(self) -> None:
        """Wait until no question is open, and nothing is under way that the next line must wait for."""
        while True:
            for _turn in range(_TURNS):
                await asyncio.sleep(0)
            leading = {task for task, group in self._work.items() if group in _LEADING}
            if leading:
                await asyncio.wait(leading, return_when=asyncio.FIRST_COMPLETED)
            elif self._asking.locked():
                async with self._asking:
                    pass
            else:
                return

    async def say_text(self, text: str) -> None:
        """Send a text to the open conversation, with the files that were attached."""
        bar = self.composer
        if bar.text and not text.strip() and not self.terminal.prefills:
            bar.load("", bar.attachments)
            self.tell(_("Nothing was sent."), Tone.TEXT)
            return
        if not self.terminal.prefills:
            text = f"{bar.text}{text}"
        bar.text, files, bar.attachments = "", bar.attachments, ()
        if not text.strip() and not files:
            return
        accepted = AcceptedLine(self.conversation.id if self.conversation is not None else None, text, files)
        bar.accepted.append(accepted)

        def stored() -> None:
            if accepted in bar.accepted:
                bar.accepted.remove(accepted)
            self.actions.pasting.released(accepted.attachments)

        await self.actions.sending.say(text, files, stored)

    async def _correct(self, meaning: Correction, text: str) -> None:
        from tui.plain.chat.correcting import agreed

        try:
            corrected = await agreed(self, meaning)
        except errors.WxtuiError as error:
            self.complain(say(error))
            return
        if corrected is not None:
            await self.actions.sending.correct(corrected, text)

    # ---------------------------------------------------------------- the store

    async def load(self) -> None:
        """Read all conversations. Raises `LocalError`."""
        await self.conversation_list.load()

    def hear(self, event: RuntimeEvent) -> None:
        """Take in what the runtime tells. Of that only the progress of uploads is said here."""
        if isinstance(event, UploadChanged):
            self._progress.moved(event.upload)
            if event.upload.state is UploadState.SENT:
                self.actions.pasting.released([event.upload.path])
        elif isinstance(event, Change):
            self.apply(event)

    def settings_changed(self) -> None:
        """Let changed settings count from now on."""
        self.conversation_list.settings_changed()

    def apply(self, change: Change) -> None:
        """Take in a change of the store. Nothing is said: the program says what arrives."""
        self.message_log.apply(change)
        match change:
            case ConversationsChanged(ids=ids):
                self.run(self._read_again(ids), "stale")
            case ContactsChanged():
                self.run(self._learn_names(), "names", exclusive=True)
            case ConversationMerged(gone=gone, into=into):
                self.recent.merged(gone, into)
                self.conversation_list.drop(gone)
                if self.conversation is not None and self.conversation.id in (gone, into):
                    self.run(self._read_open(), "merged", exclusive=True)
            case ConversationSplit(kept=kept):
                if self.conversation is not None and self.conversation.id == kept:
                    self.run(self._read_open(), "merged", exclusive=True)
            case _:
                pass

    async def _read_again(self, ids: Sequence[int] | frozenset[int]) -> None:
        for one in await self.conversation_list.read_again(ids):
            if self.conversation is not None and one.id == self.conversation.id:
                self.conversation = one

    async def _learn_names(self) -> None:
        await self.conversation_list.mark_namesakes()
        if self.conversation is not None:
            await self.context.names.learn(self.conversation)

    async def _read_open(self) -> None:
        """Read the open conversation again: it is one with another now, or a part of it was taken out."""
        if (before := self.conversation) is None:
            return
        view = await self.context.store.view(before.id, None, _READ)
        if self.conversation is not None and self.conversation.id == before.id:
            self.conversation = view.conversation
            self.conversation_list.opened = view.conversation.id
            self.context.names.use(view.people)
            self.message_log.take(view.conversation, view.page.messages)

    # ---------------------------------------------------------------- the open conversation

    async def contact(self) -> Contact | None:
        """Return the contact of the open conversation; None while the server has not told who that is."""
        return await self.context.store.contact(self.conversation.user_name) if self.conversation else None

    async def open(self, conversation: Conversation, *, write: bool = False) -> None:
        """Open a conversation: print with whom it is and its newest messages, unread ones all."""
        if self.conversation is not None and self.conversation.id == conversation.id:
            self.arrived()
            if write:
                self.terminal.say(self._headline(await self.contact()), Tone.STRONG)
            return
        await self.keep_draft()
        view = await self.context.store.view(conversation.id, None, _READ)
        self.conversation = conversation = view.conversation
        self.new_mentions = view.mentions
        self.arrived()
        self.recent.opened(conversation.id)
        self.conversation_list.opened = conversation.id
        self.context.names.use(view.people)
        self.message_log.take(conversation, view.page.messages)
        self._load_draft(conversation)
        self.terminal.say(self._headline(view.people.chat), Tone.STRONG)
        shown = max(_SHOWN, min(conversation.unread, _MOST_SHOWN))
        for message in view.page.messages[-shown:]:
            self.terminal.say(self.line_of(message))
        if not view.page.messages:
            self.terminal.say(_("No messages yet."), Tone.DIM)
        if view.doubt is not None:
            self.run(self.actions.identity.ask_once(view.doubt), "ask")

    def _headline(self, contact: Contact | None) -> str:
        conversation = self.conversation
        assert conversation is not None, "it was opened"
        name = one_line(conversation_name(conversation))
        if conversation.kind is ContactKind.GROUP and contact is not None:
            members = contact.member_count or len(contact.members)
            name = _("{name} (group, {count} members)").format(name=name, count=members)
        elif conversation.earlier:
            name = _("{name} (earlier login, read-only)").format(name=name)
        return _("Conversation: {name}").format(name=name)

    def _load_draft(self, conversation: Conversation) -> None:
        """Put the draft in the bar where a person can change it; else it stays where it is."""
        self.composer.load(conversation.draft if self.terminal.prefills else "", ())

    def line_of(self, message: StoredMessage) -> str:
        """Return a message of the open conversation as a line, with its number."""
        log = self.message_log
        return message_line(
            message,
            self._sender(message),
            log.number(message),
            self.context.clock(),
            marked=log.is_marked(message),
            hidden=log.is_hidden(message),
        )

    def _sender(self, message: StoredMessage) -> str:
        conversation = self.conversation
        alone = conversation.name if conversation and conversation.kind is not ContactKind.GROUP else ""
        return shown_sender(message, self.context.names.of(message.sender) or alone)

    # ---------------------------------------------------------------- for actions

    def run(self, work: Coroutine[Any, Any, None], group: str, *, exclusive: bool = False) -> None:
        """Do work while lines are heard; a failure is said, never lost and never the end of the program."""
        if exclusive:
            for other, its_group in list(self._work.items()):
                if its_group == group:
                    other.cancel()
        told = _told(work)
        task = spawn(guarded(told, self.complain, group), group)
        self._work[task] = group
        task.add_done_callback(lambda done: self._work.pop(done, None))
        # A task that is ended before its first turn does not touch its work, and Python warns of that on the terminal.
        task.add_done_callback(lambda done: told.close())
        task.add_done_callback(lambda done: work.close())

    def give_up(self) -> None:
        """End the work that the next line waits for, and the marking of all conversations as read."""
        if "actions" in vars(self):
            self.actions.contacts.stop_reading()
        for task, group in list(self._work.items()):
            if group in _LEADING:
                task.cancel()

    async def close(self) -> None:
        """End all work."""
        tasks = list(self._work)
        for task in tasks:
            task.cancel()
        if tasks:
            await asyncio.wait(tasks)

    async def do(self, command_id: str, argument: str, *, by_key: bool = False) -> None:
        """Run a command; a failure is said."""
        from tui.plain.chat.own_commands import OWN

        try:
            if (own := OWN.get(command_id)) is not None:
                await own(self, argument)
            else:
                await self.actions.run(command_id, argument, by_key=by_key)
        except errors.WxtuiError as error:
            self.complain(say(error, on_screen=True))

    def tell(self, sentence: str, tone: Tone = Tone.GOOD, *, link: tuple[str, str] | None = None) -> None:
        """Say a sentence."""
        if sentence:
            self.terminal.say(sentence, tone)

    def tell_progress(self, what: str, sentence: str, part: float | None) -> None:
        """Say how far something is when it has come to another quarter, or waits."""
        self._progress.tell(what, sentence, part)

    def complain(self, sentence: str) -> None:
        """Say that something went wrong."""
        self.tell(sentence, Tone.BAD)

    async def ask(self, dialog: Screen[T]) -> T | None:
        """Ask in lines what a dialog asks, and return its result."""
        from tui.plain.dialogs.table import ask

        task = asyncio.current_task()
        if self._asker is task:
            return await ask(dialog, self._leavable)
        async with self._asking:
            self._asker = task
            try:
                return await ask(dialog, self._leavable)
            finally:
                self._asker = None
                self._leave_for_command()

    def _leave_for_command(self) -> None:
        """Do a command that was typed in place of an answer."""
        if (command := self._leavable.command) is not None:
            self._leavable.command = None
            if not self._miss():
                self._set_out(command)
                self.run(self.do(command.command.id, command.argument), "pick")

    def show(self, screen: Screen[Any]) -> None:
        """Print what a screen shows."""
        self.run(self._shown(screen), "pick")

    async def _shown(self, screen: Screen[Any]) -> None:
        await self.ask(screen)

    def toggle_list(self) -> None:
        """Print all conversations."""
        marks, now = self.conversation_list.marks, self.context.clock()
        for one in self.conversation_list.every:
            if not one.earlier:
                self.terminal.say(conversation_line(one, marks.get(one.id, ""), now))
        if not self.conversation_list.every:
            self.tell(hint("No conversations yet.\n{goto} finds somebody to write to."), Tone.DIM)

    def focus_log(self) -> None:
        """Print the message that was gone to, and those round it."""
        self.arrived()
        if (selected := self.message_log.selected) is not None:
            self.run(self._print_around(selected), "pick")
        else:
            self.tell(_("Commands are about the newest messages again."), Tone.DIM)

    async def _print_around(self, message: StoredMessage) -> None:
        page = await self.context.store.log_page(message.conversation_id, message.place, _AROUND + 1)
        at = next((at for at, one in enumerate(page.messages) if one.id == message.id), 0)
        for one in page.messages[max(0, at - _AROUND) : at + _AROUND + 1]:
            self.terminal.say(self.line_of(one))
        number = self.message_log.number(message)
        self.tell(_("Commands are about message {number} now.").format(number=number), Tone.DIM)

    def put_in_bar(self, text: str) -> None:
        """Let the next line begin with a text; where it cannot be seen there, say it."""
        self.composer.insert(text)
        self._say_waiting()

    def begin_command(self, text: str, now: str = "") -> None:
        """Let the next line begin with a command; where it cannot be put there, ask for the rest of it."""
        if self.terminal.prefills:
            self.composer.begin_command(text + now)
        else:
            self.tell(_("Now: {value}").format(value=one_line(now)) if now else "", Tone.TEXT)
            self.run(self._finish(text), "pick")

    async def _finish(self, begun: str) -> None:
        async with self._asking:
            rest = await self._leavable.ask_line(one_line(begun))
            self._leave_for_command()
        if rest is not None and rest.strip() and isinstance(meaning := parse(begun + rest.strip()), Invocation):
            self._set_out(meaning)
            await self.do(meaning.command.id, meaning.argument)

    def _say_waiting(self) -> None:
        if not self.terminal.prefills:
            self.tell(_("Your next line is sent below this:"), Tone.TEXT)
            self.tell(self.composer.text.rstrip("\n"), Tone.TEXT)

    async def keep_draft(self) -> None:
        """Store now what stands in the bar. Raises `LocalError`."""
        text = self.composer.draft
        if self.conversation is not None and self.terminal.prefills and text != self.conversation.draft:
            await self.context.store.set_draft(self.conversation.id, text)

    async def edit_in_editor(self, text: str) -> str:
        """Return `text` as the person's editor left it. Raises `UsageError`."""
        from tui.screens.external_editor import edited

        return await edited(self.terminal.run, text)

    async def run_in_terminal(self, command: Sequence[str]) -> None:
        """Run a program that needs the terminal. Raises `UsageError`."""
        from tui.screens.external_editor import run_well

        await run_well(self.terminal.run, command)

    def leave(self) -> None:
        """End the program."""
        self._leave()


async def _told(work: Coroutine[Any, Any, None]) -> None:
    """Do work, but say nothing of a message whose fate nobody knows: that is said with its number."""
    with suppress(errors.DeliveryUnknown):
        await work
