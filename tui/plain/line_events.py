"""Events as lines: messages that arrive, what became of one's own, the session, a login."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Sequence
from datetime import timedelta
from time import monotonic
from typing import TYPE_CHECKING, Final

from tui import errors
from tui.i18n import _, counted, joined, say
from tui.keymap import hint
from tui.message_summary import conversation_name, in_short, shown_sender
from tui.plain.line_login import LineLogin
from tui.screens.chat.landing import FirstSteps, Landing
from tui.screens.chat.last_position import LastPosition
from tui.screens.chat.notifications import Notifications
from tui.screens.chat.read_marks import ReadMarks
from tui.screens.chat.status_summary import not_logged_in, offline_words
from tui.screens.outbox_texts import wait_of
from tui.services.client.events import ActionNeeded, LoggedIn, Recovered, SessionEnded, SessionEvent, Trouble
from tui.services.runtime import OutboxChanged, ProfileTakenOver, RuntimeEvent, UploadChanged
from tui.store.changes import (
    Change,
    ConversationsChanged,
    MessageChanged,
    MessagesAdded,
)
from tui.store.delivery_state import DeliveryState
from tui.store.errors import NoSuchRow
from tui.store.models import Conversation, StoredMessage
from tui.widgets.base.reason_words import reason_words
from tui.widgets.base.styles import Tone
from tui.wire import bodies
from tui.wire.names import FILEHELPER, Endpoint
from tui.wire.text import printable

if TYPE_CHECKING:
    from tui.plain.chat.line_chat import LineChat
    from tui.plain.line_console import LineConsole
    from tui.services.attention.alerts import Alert, Alerts

_MOST: Final = 20
"""Messages that are printed of those that come together into one conversation."""
_MOST_NAMED: Final = 10
"""Conversations that the line about unread messages names."""
_LATE: Final = timedelta(seconds=90)
"""Age of a message that was sent while nothing was heard."""
_PAUSE: Final = 1.0
"""Seconds in which such messages come together."""
_FIRST_PROMPT: Final = 2.0
"""Seconds that the first prompt waits for a conversation."""
_LOOK: Final = 0.1
"""Seconds between two looks at what is still to leave, at the end of a pipe."""


class SaidHints:
    """Says hints once. Implements `HintLine`."""

    def __init__(self, say: Callable[[str], None]) -> None:
        self._say = say
        self._words = ""

    def show(self, words: str) -> None:
        """Say hints that were not said last; "" says nothing."""
        if words and words != self._words:
            self._words = words
            self._say(words)


class LineEvents:
    """Prints what the runtime tells, once, where a person has to know it."""

    def __init__(self, chat: LineChat, console: LineConsole, opened: Callable[[], None]) -> None:
        """`opened` hears that a conversation has opened by itself. None does for a pipe: its first line would go
        there."""
        self._chat = chat
        self._context = chat.context
        self._runtime = chat.context.runtime
        self._console = console
        self._attended = console.attended
        self._opened = opened
        self._landing = Landing(chat, self._open, lambda: False)
        self._read_marks = ReadMarks(chat, lambda conversation_id, on: None)
        self.last_position = LastPosition(chat.context.store, chat.message_log, chat.run)
        self._first_steps = FirstSteps(chat.context.store, SaidHints(console.say), chat.run)
        self._notifications = Notifications(chat.context, chat.run)
        self._login = LineLogin(chat, self._runtime)
        self._alerts: Alerts | None = None
        self._waits: dict[int, str] = {}
        """Message → why it was last said to wait."""
        self._fates: dict[int, DeliveryState] = {}
        self._troubled = False
        self._summary: asyncio.TimerHandle | None = None
        self._known = asyncio.Event()
        """Set once it is known whether there is a session."""

    def close(self) -> None:
        """Tell nothing more."""
        if self._alerts is not None:
            self._alerts.close()
        if self._summary is not None:
            self._summary.cancel()

    # ---------------------------------------------------------------- at the start

    def greet(self) -> None:
        """Say where one is, what is unread, and how to go on."""
        if self._attended:
            self._chat.tell(_("wxtui in plain mode. /help lists the commands, /goto NAME opens a conversation."))
            if (name := self._context.profile.name) != "default":
                self._chat.tell(_("This is profile “{profile}”.").format(profile=name))

    def say_unread(self) -> None:
        """Say where something is unread; nothing where all is read."""
        panes = self._chat.conversation_list
        unread = [one for one in panes.unread if not panes.is_silent(one) or one.mentions]
        if unread:
            names = [f"{_named(one)} ({one.unread})" for one in unread[:_MOST_NAMED]]
            more = len(unread) - len(names)
            said = ", ".join(names) + (f", … {more}" if more > 0 else "")
            self._chat.tell(_("Unread: {names}. /unread opens the next.").format(names=said), Tone.TEXT)

    async def open_by_itself(self) -> None:
        """Open the conversation of the last run, or the newest one, where a person types. Raises `LocalError`."""
        if not self._attended:
            return
        await self._first_steps.load()
        left = await self.last_position.load()
        if left is not None:
            await self._open(left[0])
        else:
            await self._landing.come()

    async def _open(self, conversation: Conversation) -> None:
        await self._chat.open(conversation)
        self.read()
        self._first_steps.show(writable=not conversation.earlier)
        self._opened()

    def read(self) -> None:
        """Take in that a person has what is printed before them."""
        if self._read_marks.looking:
            self._read_marks.opened()

    def present(self) -> None:
        """Take in that a person typed a line."""
        if self._chat.conversation is not None:
            self._landing.over = True
        self._read_marks.present()

    async def settled(self) -> None:
        """Wait a moment for the conversation that opens by itself: no prompt stands there for nothing."""
        end = monotonic() + _FIRST_PROMPT
        await _until(lambda: self._chat.conversation is not None or self._known.is_set() or monotonic() > end)

    async def session_known(self) -> None:
        """Wait until there is a session and its contacts, or until none comes by itself."""
        await self._known.wait()
        await _until(lambda: not self._runtime.state.session or self._runtime.state.contacts is None)

    async def sent(self, most: float) -> None:
        """Wait until all has left that can leave now, at most so many seconds."""
        end = monotonic() + most
        await _until(lambda: monotonic() > end or not self._leaves)

    @property
    def _leaves(self) -> bool:
        """True while something is on its way, or will be without a person."""
        outbox = self._runtime.loaded_outbox
        if outbox is None or self._runtime.busy is not None:
            return False
        waiting = [one for one in outbox.sender.waiting if wait_of(outbox, one) is None]
        files = [one for one in outbox.files.uploads if not one.state.over and not one.paused]
        return bool(outbox.leaving or (self._runtime.state.online and (waiting or files)))

    # ---------------------------------------------------------------- events

    def hear(self, event: RuntimeEvent) -> None:
        """Print what an event means, if anything."""
        self._chat.hear(event)
        match event:
            case OutboxChanged():
                self._say_waits()
                if self._alerts is not None:
                    self._alerts.outbox_moved(self._runtime.outbox)
            case UploadChanged(upload=upload):
                if self._alerts is not None:
                    self._alerts.upload_moved(upload)
            case ProfileTakenOver():
                self._chat.run(self._catch_up(), "catch up")
            case _ if isinstance(event, Change):
                self._apply(event)
            case _:
                self._hear_session(event)

    async def _catch_up(self) -> None:
        """Read what another process stored while it had the profile."""
        self._chat.tell(_("The other wxtui has quit; this one continues."))
        await self._chat.load()
        self.say_unread()

    # ---------------------------------------------------------------- messages

    def _apply(self, change: Change) -> None:
        chat = self._chat
        match change:
            case MessagesAdded(conversation_id=where, messages=messages):
                self._first_steps.noted(messages)
                chat.run(self._arrived(where, messages), "arrived")
            case MessageChanged(message=message):
                self._changed(message)
                if message.mention is not None:
                    self._notifications.mentions_me(message, self._listed(message.conversation_id))
            case ConversationsChanged(ids=ids) if self._attended and chat.conversation is None:
                chat.run(self._land(ids), "landing")
            case _:
                pass

    async def _land(self, ids: Iterable[int]) -> None:
        """Open a conversation as soon as there is one."""
        await self._chat.conversation_list.read_again(ids)
        self._landing.begin()

    def _listed(self, conversation_id: int) -> Conversation | None:
        return self._chat.conversation_list.of(conversation_id)

    async def _arrived(self, where: int, messages: Sequence[StoredMessage]) -> None:
        """Print messages that came: all of the open conversation, those of others that are not silent."""
        chat = self._chat
        # Of a recall the message itself tells, which is known by its number.
        shown = [one for one in messages if not one.outgoing and not isinstance(one.body, bodies.Revoke)]
        if not shown:
            return
        theirs = [one for one in shown if one.from_others]
        is_open = chat.conversation is not None and chat.conversation.id == where
        try:
            conversation = self._listed(where) or await self._context.store.conversation(where)
        except NoSuchRow:
            return
        if is_open:
            if theirs and self._read_marks.looking:
                self._read_marks.read_open(max(one.id for one in messages))
        else:
            if self._is_late(shown[-1]):
                self._summarize()
                return
            named = any(one.mention is not None for one in theirs)
            if chat.conversation_list.is_silent(conversation) and not named:
                return
        if theirs and not (is_open and self._read_marks.looking):
            self._notifications.take(theirs, conversation)
        if len(shown) > _MOST:
            count = len(shown) - _MOST
            said = counted("{count} more message before these.", "{count} more messages before these.", count)
            self._chat.tell(f"{_named(conversation)}: {said}" if not is_open else said, Tone.DIM)
        for named_one in await self._context.store.named(shown[-_MOST:]):
            line = (
                chat.line_of(named_one.message)
                if is_open
                else self._line_elsewhere(named_one.message, conversation, named_one.sender)
            )
            self._console.say(line)

    def _is_late(self, message: StoredMessage) -> bool:
        """Return True for what was sent while nothing was heard: a list of what is unread says more."""
        return self._context.clock() - message.time > _LATE

    def _summarize(self) -> None:
        if self._summary is None:
            self._summary = asyncio.get_running_loop().call_later(_PAUSE, self._say_summary)

    def _say_summary(self) -> None:
        self._summary = None
        self.say_unread()

    def _line_elsewhere(self, message: StoredMessage, conversation: Conversation, sender: str) -> str:
        """Return a message of a conversation that is not open, with that one's name."""
        from tui.plain.chat.message_lines import message_line

        who = shown_sender(message, sender)
        name = _named(conversation)
        shown = name if who in ("", name) else f"{name}, {printable(who, newlines=False)}"
        return message_line(message, shown, self._chat.message_log.number(message), self._context.clock())

    def _changed(self, message: StoredMessage) -> None:
        """Print what became of a message: sent, not sent, recalled."""
        state = message.state
        if message.outgoing:
            self._waits.pop(message.id, None) if state is not DeliveryState.PENDING else None
            before, self._fates[message.id] = self._fates.get(message.id), state
            if before is state:
                return
            self._say_fate(message, "")
        elif state is DeliveryState.RECALLED:
            self._chat.run(self._say_recalled(message), "recalled")

    async def _say_recalled(self, message: StoredMessage) -> None:
        named = (await self._context.store.named([message]))[0]
        self._say_fate(message, named.sender)

    def _say_fate(self, message: StoredMessage, sender: str) -> None:
        said, state, chat = self._fate(message, sender), message.state, self._chat
        if not said:
            return
        here = chat.conversation is not None and chat.conversation.id == message.conversation_id
        if not here and (there := self._listed(message.conversation_id)) is not None:
            if state is DeliveryState.RECALLED and chat.conversation_list.is_silent(there):
                return
            if _named(there) != printable(sender, newlines=False):
                said = f"{_named(there)}: {said}"
        chat.tell(said, Tone.BAD if state is DeliveryState.FAILED else Tone.TEXT)

    def _fate(self, message: StoredMessage, sender: str) -> str:
        what = printable(in_short(message.body), newlines=False)
        number = self._chat.message_log.number(message)
        match message.state:
            case DeliveryState.SENT:
                return _("[{number}] Sent: {what}").format(number=number, what=what)
            case DeliveryState.FAILED:
                why = reason_words(message.reason)
                said = _("[{number}] Not sent ({why}): {what}") if why else _("[{number}] Not sent: {what}")
                again = _("/retry {number} sends it again.").format(number=number)
                return f"{said.format(number=number, why=why, what=what)}\n{again}"
            case DeliveryState.UNKNOWN:
                said = _("[{number}] No reply from WeChat; it may or may not have arrived: {what}")
                check = _("Check your phone before you send it again.")
                return f"{said.format(number=number, what=what)}\n{check}"
            case DeliveryState.REVOKE_UNKNOWN:
                return _("[{number}] No reply from WeChat; it may or may not be recalled: {what}").format(
                    number=number, what=what
                )
            case DeliveryState.REVOKED:
                return _("[{number}] You recalled: {what}").format(number=number, what=what)
            case DeliveryState.RECALLED:
                name = printable(shown_sender(message, sender), newlines=False)
                return _("[{number}] {name} recalled: {what}").format(number=number, name=name, what=what)
            case _:
                return ""

    def _say_waits(self) -> None:
        """Say once of each message that does not leave why that is."""
        outbox = self._runtime.loaded_outbox
        if outbox is None:
            return
        wants_person = self._runtime.state.wants_person
        for message_id in outbox.sender.waiting:
            wait = wait_of(outbox, message_id, wants_person=wants_person)
            if wait is not None and self._waits.get(message_id) != wait.words:
                self._waits[message_id] = wait.words
                self._chat.tell(_("Not sent yet: {why}.").format(why=wait.words), Tone.WARN)

    # ---------------------------------------------------------------- the session

    def _hear_session(self, event: SessionEvent) -> None:
        if self._alerts is None:
            from tui.services.attention.alerts import Alerts

            self._alerts = Alerts(self._alert)
        self._alerts.session_event(event)
        self._login.hear(event)
        match event:
            case LoggedIn(client=client):
                session = client.context.session
                self._landing.only = FILEHELPER if session.endpoint is Endpoint.FILEHELPER else ""
                self._troubled = False
                self.read()
                self._chat.tell(_("Logged in as {name}.").format(name=printable(session.nick_name, newlines=False)))
                self._chat.run(self._reload(), "conversations", exclusive=True)
            case Trouble(error=error):
                if not self._troubled:
                    self._troubled = True
                    self._chat.tell(offline_words(self._runtime.state) or say(error), Tone.WARN)
                self._known.set()
            case Recovered():
                if self._troubled:
                    self._troubled = False
                    self._chat.tell(_("Connected again."))
            case SessionEnded(error=errors.NotLoggedIn()):
                self._chat.tell(hint("Logged out. {login} logs in again."))
                self._known.set()
            case SessionEnded(error=error):
                self._chat.complain(joined(say(error, advice=False), not_logged_in()))
            case ActionNeeded(error=errors.RiskUntold()):
                self._known.set()
                self._chat.run(self._login.ask_risk(), "ask")
            case ActionNeeded(error=error):
                self._chat.complain(say(error))
                self._known.set()
            case _:
                pass
        self._say_waits()

    async def _reload(self) -> None:
        await self._landing.make_only()
        await self._chat.load()
        self._known.set()
        if self._attended:
            self._landing.begin()

    def log_in(self) -> None:
        """Begin a login for somebody who asked for it."""
        self._chat.run(self._login.ask(), "ask")

    def _alert(self, alert: Alert) -> None:
        from tui.services.attention.alerts import AlertKind

        # The others are said of the session, and of the message.
        if alert.kind in (AlertKind.NETWORK, AlertKind.HELD):
            self._chat.tell(alert.sentence, Tone.WARN)


def _named(conversation: Conversation) -> str:
    return printable(conversation_name(conversation), newlines=False)


async def _until(holds: Callable[[], bool]) -> None:
    """Wait until something holds of which nobody tells. Nobody looks often while a person types."""
    while not holds():  # noqa: ASYNC110
        await asyncio.sleep(_LOOK)
