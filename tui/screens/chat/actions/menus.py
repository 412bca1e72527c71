"""Actions that show a menu: what can be done with a message, or with a conversation of the list."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from typing import TYPE_CHECKING, Final

from tui.commands import BY_ID
from tui.i18n import _
from tui.keymap import keys_of, shown_keys
from tui.message_summary import conversation_name
from tui.screens.chat.actions.base import ActionGroup, ConversationRow
from tui.screens.chat.chat_context import ChatContext
from tui.screens.chat.message_hints import MessageCommand, possible
from tui.store.models import Conversation
from tui.widgets.base.one_line import one_line

if TYPE_CHECKING:
    from textual.geometry import Offset

    from tui.screens.pickers.menu import MenuRow

SELECTED: Final = ".selected"
"""Behind the id of a plan: the same on the selected message, wherever the keys go."""


class MenuActions(ActionGroup):
    """Shows menus beside what they are about."""

    def __init__(
        self,
        chat: ChatContext,
        who: Callable[[Conversation], Awaitable[None]],
        rows_of: Sequence[Callable[[Conversation], list[ConversationRow]]],
    ) -> None:
        """`who` shows the contact of a conversation; `rows_of` are of other groups of actions, in their order."""
        super().__init__(chat)
        self._who = who
        self._rows_of = rows_of

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
        title = _("{count} marked").format(count=len(marked)) if marked else _("Message")
        found = await self._ask_menu(title, rows, at)
        if found is not None:
            # A recall by key is about the selected message only while keys go to the messages.
            command = "revoke" + SELECTED if found == "revoke" and not marked else found
            await self._chat.do(command, "", by_key=True)

    async def of_conversation(self, conversation: Conversation, at: Offset) -> None:
        """Show what can be done with a conversation, and do what is chosen."""

        async def write() -> None:
            await self._chat.open(conversation, write=True)

        async def read() -> None:
            contact = await self._context.store.contact(conversation.user_name)
            if contact is None:
                await self._context.store.mark_read(conversation.id)  # the phone knows it by another name
            else:
                self._chat.run(self._client().chat.mark_read(contact), "read")

        async def details() -> None:
            await self._who(conversation)

        rows = [ConversationRow(_("Open"), write, binding="list.choose")]
        if conversation.unread:
            rows.append(ConversationRow(_("Mark as read"), read, "/read"))
        for more in self._rows_of:
            rows += more(conversation)
        rows.append(ConversationRow(_("Details"), details, binding="sidebar.details"))
        await self._do_one(one_line(conversation_name(conversation)), rows, at)

    async def _do_one(self, title: str, rows: Sequence[ConversationRow], at: Offset) -> None:
        from tui.screens.pickers.menu import MenuRow

        shown = [
            MenuRow(str(number), row.label, *(_keys(row.binding) if row.binding else (row.typed,)))
            for number, row in enumerate(rows)
        ]
        if (found := await self._ask_menu(title, shown, at)) is not None:
            await rows[int(found)].do()

    async def _ask_menu(self, title: str, rows: list[MenuRow], at: Offset) -> str | None:
        from tui.screens.pickers.menu import Menu

        return await self._chat.ask(Menu(title, rows, at))


def _row(of: MessageCommand) -> MenuRow:
    """Return the row of a command; its slash name stands for a key that it has not."""
    from tui.screens.pickers.menu import MenuRow

    command = BY_ID[of.id]
    shown, keys = _keys(of.id)
    return MenuRow(of.id, _(of.row), shown or f"/{command.names[0]}" if command.names else shown, keys)


def _keys(binding_id: str) -> tuple[str, tuple[str, ...]]:
    keys = keys_of(binding_id)
    return shown_keys(keys[:1]), keys
