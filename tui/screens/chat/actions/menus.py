"""Actions that show a menu: what can be done with a message, or with a conversation of the list."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Final, Protocol

from msgspec import structs

from tui.commands import BY_ID
from tui.errors import N_
from tui.i18n import _
from tui.keymap import keys_of, shown_keys
from tui.message_summary import conversation_name
from tui.screens.chat.actions.base import ActionGroup
from tui.screens.chat.chat_context import ChatContext
from tui.screens.chat.message_hints import possible
from tui.services.pictures.message_picture import has_picture
from tui.store.models import Conversation
from tui.widgets.base.one_line import one_line
from tui.wire.contacts import ContactKind

if TYPE_CHECKING:
    from textual.geometry import Offset

    from tui.screens.pickers.menu import MenuRow

SELECTED: Final = ".selected"
"""Behind the id of a plan: the same on the selected message, wherever the keys go."""


class Pinning(Protocol):
    """Pins a conversation, or unpins it."""

    async def __call__(self, conversation: Conversation, *, pinned: bool) -> None:
        """Begin to do so."""


_WORDS: Final = {
    "accept": N_("Accept"),
    "ignore": N_("Ignore"),
    "retry": N_("Send again"),
    "revoke": N_("Recall"),
    "edit": N_("Edit"),
    "save": N_("Save"),
    "open_with": N_("Open with its program"),
    "pause": N_("Pause or resume"),
    "links": N_("Links"),
    "quoted": N_("Go to the quoted message"),
    "reply": N_("Reply"),
    "copy": N_("Copy"),
    "forward": N_("Forward"),
    "mark": N_("Mark several"),
    "open": N_("Details"),
    "copy_id": N_("Copy MsgID"),
    "cancel": N_("Cancel the upload"),
}
"""Command → its row in the menu of a message, or of the marked ones: the title says on what it acts."""


class NotifyingRows(Protocol):
    """Rows of a menu about what notifies of a conversation."""

    def rows(self, conversation: Conversation) -> list[MenuRow]:
        """Return the rows of a conversation."""

    async def choose(self, row: str, conversation: Conversation) -> None:
        """Do what a row says."""


class MenuActions(ActionGroup):
    """Shows menus beside what they are about."""

    def __init__(
        self,
        chat: ChatContext,
        who: Callable[[Conversation], Awaitable[None]],
        notifying: NotifyingRows,
        pin: Pinning,
    ) -> None:
        """`who` shows the contact of a conversation; `notifying` has the rows about its notifications; `pin` pins."""
        super().__init__(chat)
        self._who = who
        self._notifying = notifying
        self._pin = pin

    async def menu(self, argument: str) -> None:
        """Show the menu of the selected message."""
        await self._message("")
        await self.of_message(self._chat.message_log.menu_place)

    async def of_message(self, at: Offset) -> None:
        """Show what can be done with the marked messages, or with the selected one, and do what is chosen."""
        log = self._chat.message_log
        marked = log.marked
        messages = marked or ([log.selected] if log.selected is not None else [])
        commands = possible(self._context.runtime, messages, marked=bool(marked))
        if not commands:
            return
        rows = [_row(command) for command in commands]
        if len(messages) == 1 and has_picture(messages[0].body):
            rows = [structs.replace(row, label=_("View")) if row.id == "open" else row for row in rows]
        title = _("{count} marked").format(count=len(marked)) if marked else _("Message")
        found = await self._ask_menu(title, rows, at)
        if found is not None:
            # A recall by key is about the selected message only while keys go to the messages.
            command = "revoke" + SELECTED if found == "revoke" and not marked else found
            await self._chat.do(command, "", by_key=True)

    async def of_conversation(self, conversation: Conversation, at: Offset) -> None:
        """Show what can be done with a conversation, and do what is chosen."""
        from tui.screens.pickers.menu import MenuRow

        rows = [MenuRow("open", _("Open"), *_keys("list.choose"))]
        if conversation.unread:
            rows.append(MenuRow("read", _("Mark as read"), "/read"))
        rows += self._notifying.rows(conversation)
        if not conversation.earlier:
            pinned = conversation.pinned
            rows.append(MenuRow("pin", _("Unpin") if pinned else _("Pin"), "/unpin" if pinned else "/pin"))
        if conversation.kind is ContactKind.GROUP and not conversation.earlier:
            rows.append(MenuRow("members", _("Members"), "/members"))
        rows.append(MenuRow("details", _("Details"), *_keys("sidebar.details")))
        match await self._ask_menu(one_line(conversation_name(conversation)), rows, at):
            case "open":
                await self._chat.open(conversation, write=True)
            case "read":
                contact = await self._context.store.contact(conversation.user_name)
                if contact is None:
                    await self._context.store.mark_read(conversation.id)  # the phone knows it by another name
                else:
                    self._chat.run(self._client().chat.mark_read(contact), "read")
            case "pin":
                await self._pin(conversation, pinned=not conversation.pinned)
            case "members":
                await self._chat.open(conversation)
                await self._chat.do("members", "", by_key=True)
            case "details":
                await self._who(conversation)
            case str() as row:
                await self._notifying.choose(row, conversation)

    async def _ask_menu(self, title: str, rows: list[MenuRow], at: Offset) -> str | None:
        from tui.screens.pickers.menu import Menu

        return await self._chat.ask(Menu(title, rows, at))


def _row(command_id: str) -> MenuRow:
    """Return the row of a command, from the table of all commands."""
    from tui.screens.pickers.menu import MenuRow

    command = BY_ID[command_id]
    shown, keys = _keys(command_id)
    return MenuRow(command_id, _(_WORDS[command_id]), shown or f"/{command.names[0]}" if command.names else shown, keys)


def _keys(binding_id: str) -> tuple[str, tuple[str, ...]]:
    keys = keys_of(binding_id)
    return shown_keys(keys[:1]), keys
