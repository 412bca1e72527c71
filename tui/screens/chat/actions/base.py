"""Base of all groups of actions: the chat that they act on, and questions that come before an action."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Coroutine, Sequence
from typing import TYPE_CHECKING, Any, Final, TypeAlias, TypeVar

import msgspec

from tui import errors
from tui.i18n import _, translated
from tui.keymap import hint
from tui.message_summary import in_short
from tui.screens.chat.chat_context import ChatContext
from tui.screens.chat.status_summary import not_logged_in
from tui.services.util.background import child
from tui.store.models import Conversation, StoredMessage
from tui.widgets.base.styles import Tone
from tui.wire.contacts import Contact, ContactKind
from tui.wire.text import printable

if TYPE_CHECKING:
    from tui.services.client.client import Client
    from tui.services.outbox import Outbox
    from tui.services.session.context import SessionContext
    from tui.widgets.lists.choice_list import Choice
    from tui.widgets.text_input.type_ahead import TypedLetter

T = TypeVar("T")

_AT_ONCE: Final = 0.3
"""Seconds in which most servers answer: no dialog flickers for them, and keys keep their order."""

Action: TypeAlias = Callable[[str], Awaitable[None]]
"""Takes the argument of the command, "" from a key. The screen says in the last line what it raises."""

Dialog: TypeAlias = tuple[str, Callable[[str], Coroutine[Any, Any, None]]]
"""(group of workers, action): an action that waits for a person, beside the keys."""


class ConfirmedAction(msgspec.Struct, frozen=True):
    """Action on others, with the question before it: a key asks, a command that was typed whole does not.

    `do` runs in the workers' group `group`. `always` asks also when the command was typed whole. `again`: id of a
    command whose key, pressed once more, agrees as well.
    """

    question: str
    yes: str
    do: Callable[[], Coroutine[Any, Any, None]]
    group: str
    always: bool = False
    again: str = ""


Plan: TypeAlias = Callable[[str], Awaitable[ConfirmedAction]]
"""Takes the argument of a command that acts on others."""


class ConversationRow(msgspec.Struct, frozen=True):
    """Row in the menu of a conversation, and what it does.

    It shows the keys of `binding`, else the command as it is `typed`.
    """

    label: str
    do: Callable[[], Coroutine[Any, Any, None]]
    typed: str = ""
    binding: str = ""


class ActionGroup:
    """Actions of one kind on one chat."""

    def __init__(self, chat: ChatContext) -> None:
        self._chat = chat
        self._context = chat.context

    def _client(self) -> Client:
        """Return the client of the session. Raises `UsageError`, or `NotConnected` where one comes by itself."""
        runtime = self._context.runtime
        if runtime.client is not None:
            return runtime.client
        raise errors.UsageError(why=not_logged_in()) if runtime.state.wants_person else errors.NotConnected()

    async def _session(self) -> SessionContext:
        return self._client().context

    def _outbox(self) -> Outbox:
        """Return the outbox, session or not. Raises `ProfileBusy` where another process owns the profile."""
        self._expect_ownership()
        return self._context.runtime.outbox

    def _expect_ownership(self) -> None:
        """Raise `ProfileBusy` where another process owns the profile: it would not hear of a change in the store."""
        if self._context.runtime.busy is not None:
            raise self._context.runtime.busy

    def _open_conversation(self) -> Conversation:
        """Return the open conversation. Raises `UsageError` when there is none."""
        if self._chat.conversation is None:
            raise errors.UsageError(why=hint("Open a conversation first: {goto}."))
        return self._chat.conversation

    async def _here(self) -> tuple[Conversation, Contact]:
        """Return the open conversation and its contact. Raises `UsageError` when this login does not know it."""
        conversation = self._open_conversation()
        contact = await self._chat.contact()
        if contact is None:
            login = await self._context.store.current_login()
            if conversation.earlier and login is not None and login.contacts_refreshed_at is None:
                why = _("Contacts are still loading; “{name}” may be among them. Try again in a moment.")
                raise errors.UsageError(why=why.format(name=conversation.name))
            why = hint(
                "“{name}” is from an earlier login. Open the conversation again: {goto}.",
                name=conversation.name,
            )
            raise errors.UsageError(why=why)
        return conversation, contact

    async def _message(self, argument: str, own: Sequence[StoredMessage] | None = None) -> StoredMessage:
        """Return the message a command names by MsgID or by a number from the last of `own`, else the selected one.

        `own` None: all messages that this program sent here.
        """
        log = self._chat.message_log
        if argument:
            found = log.numbered(number_in(argument), log.own_messages if own is None else own)
            if found is not None:
                await log.go_to(found)
                return found
            found = await self._context.store.message(argument)
            if found is None:
                raise errors.MessageUnknown(msg_id=argument)
            return found
        if log.selected is None:
            raise errors.UsageError(why=hint("Select a message first: {pane.next}, then {log.down} and {log.up}."))
        return log.selected

    async def _targets(self, argument: str) -> list[StoredMessage]:
        """Return the message that a command names; without one all that are marked, else the selected one."""
        marked = self._chat.message_log.marked
        return marked if marked and not argument else [await self._message(argument)]

    async def _ask(
        self, question: str, *answers: tuple[str, str], letter: TypedLetter | None = None, again: str = ""
    ) -> str | None:
        """Return the key of the answer; None for Esc, and when `letter`, which asked, turned out to be text.

        `again`: command whose key answers `y`.
        """
        from tui.screens.dialogs.question import Question

        return await self._chat.ask(Question(question, answers, letter=letter, bar=self._chat.composer, again=again))

    async def _agreed(
        self, question: str, yes: str, no: str = "", *, letter: TypedLetter | None = None, again: str = ""
    ) -> bool:
        """Ask a question with two answers; return whether the one with `y` was given. `no`: by default “leave it”."""
        answers = (("y", yes), ("escape", no or _("back")))
        return await self._ask(question, *answers, letter=letter, again=again) == "y"

    async def _from_server(self, work: Coroutine[Any, Any, T]) -> T | None:
        """Return what `work` has from the server; None when a person leaves instead of waiting. Raises what it raises.

        For what comes before a list or a question, in a worker of `_LEADING`, for which keys wait: after a moment the
        wait is a dialog of its own, which Esc leaves, and nothing that is typed meanwhile meets the question unseen.
        """
        fetching = child(work)
        try:
            await asyncio.wait({fetching}, timeout=_AT_ONCE)
            if not fetching.done():
                from tui.screens.dialogs.server_wait import ServerWait

                await self._chat.ask(ServerWait(fetching))
            return fetching.result() if fetching.done() else None
        finally:
            fetching.cancel()

    async def _pick(self, title: str, choices: Sequence[Choice[T]], *, many: bool = False, start: int = 0) -> list[T]:
        """Return the values that the person picks; an empty list when they leave the picker. See `FuzzyPicker`."""
        from tui.screens.pickers.fuzzy_picker import FuzzyPicker

        found = await self._chat.ask(FuzzyPicker(title, choices, many=many, start=start))
        return [choice.value for choice in found or ()]

    async def _pick_people(self, title: str) -> list[Contact]:
        """Return the contacts that the person picks, the latest conversations offered first; none when they leave."""
        from tui.screens.pickers.people_choices import people

        recent, _before = self._chat.recent.in_order(self._chat.conversation_list.every, ())
        # Nobody sends to those who only write: no first Enter hits one.
        recent = sorted(recent, key=lambda one: one.kind is ContactKind.OFFICIAL)
        return await self._pick(title, await people(self._context.store, self._context.clock(), recent), many=True)

    # ---------------------------------------------------------------- the clipboard

    async def _to_clipboard(self, text: str) -> None:
        said, known = await self._copied(text)
        self._chat.tell(said, Tone.GOOD if known else Tone.TEXT)

    async def _copied(self, text: str) -> tuple[str, bool]:
        """Copy a text; return what is known of that as a sentence, and whether the clipboard has it for certain."""
        # A desktop's clipboard is a program that is run, and so is tmux.
        copied = await asyncio.to_thread(self._context.clipboard.copy, text)
        if copied.sequence:
            self._context.write(copied.sequence)
        return translated(copied.route.said), copied.known


def number_in(argument: str) -> int:
    """Return the number that an argument counts messages by; 0 for a MsgID, which is longer."""
    return int(argument) if argument.isdecimal() and len(argument) < 5 else 0


def quoted(message: StoredMessage) -> str:
    """Return a message in quotation marks, cut short, for a sentence."""
    return f"“{printable(in_short(message.body), newlines=False)}”"
