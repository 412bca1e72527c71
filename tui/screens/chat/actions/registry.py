"""Everything that can be done in a chat, by the ids of `tui.commands`: key, slash command and palette are one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import TYPE_CHECKING

from tui import errors
from tui.commands import COMMANDS, Command
from tui.i18n import _
from tui.message_summary import describe
from tui.screens.chat.actions.base import Acting, Action, Deed, Plan
from tui.screens.chat.actions.downloads import Saving
from tui.screens.chat.actions.identity import Whose
from tui.screens.chat.actions.messages import Handling
from tui.screens.chat.actions.navigation import Going
from tui.screens.chat.actions.sending import Sending
from tui.screens.dialogs.people_choices import pick
from tui.screens.outbox_texts import leaving_question

if TYPE_CHECKING:
    from tui.screens.chat.screen import ChatScreen
    from tui.services.uploads.upload_state import Upload
    from tui.store.models import StoredMessage
    from tui.widgets.text_input.type_ahead import Letter

_NUMBERED = 20
"""Own messages that completion offers by their number."""


class Actions(Acting):
    """All groups of them together, and those of the program itself."""

    def __init__(self, screen: ChatScreen) -> None:
        super().__init__(screen)
        self.sending = Sending(screen)
        self.handling = Handling(screen)
        self.saving = Saving(screen)
        self.going = Going(screen)
        self.whose = Whose(screen)
        self.table: Mapping[str, Action] = {
            **self.sending.table,
            **self.handling.table,
            **self.saving.table,
            **self.going.table,
            **self.whose.table,
            "transfers": self.transfers,
            "mute": self.mute,
            "editor": self.editor,
            "login": self.login,
            "logout": self.logout,
            "help": self.help,
            "palette": self.palette,
            "redraw": self.redraw,
            "quit": self.quit,
        }
        self.plans: Mapping[str, Plan] = {**self.sending.plans, **self.handling.plans}

    async def run(self, command_id: str, argument: str, *, by_key: bool = False, letter: Letter | None = None) -> None:
        """Run a command. Raises what it raises; the screen says it.

        `by_key`: nobody typed it whole, so what acts on others is asked about first. `letter` is the key, where it is
        one that may turn out to be text.
        """
        plan = self.plans.get(command_id)
        if plan is None:
            await self.table[command_id](argument.strip())
        elif letter is None or not letter.typed:
            deed = await plan(argument.strip())
            self._screen.go(self._carry_out(deed, by_key=by_key, letter=letter), deed.group)

    async def _carry_out(self, deed: Deed, *, by_key: bool, letter: Letter | None) -> None:
        if letter is not None and letter.typed:
            return
        if not (by_key or deed.always) or await self._agreed(deed.question, deed.yes, letter=letter):
            await deed.do()

    # ---------------------------------------------------------------- names for completion

    def conversation_names(self) -> Sequence[str]:
        """The conversations, as far as the list holds them."""
        return [one.name for one in self._screen.sidebar.every]

    def member_names(self) -> Sequence[str]:
        """The members of the open group."""
        return self._desk.names.member_names()

    def message_numbers(self) -> Sequence[tuple[str, str]]:
        """One's own messages here, the last one first."""
        return _numbered(self._screen.log_view.own_messages)

    def recallable_numbers(self) -> Sequence[tuple[str, str]]:
        """Own messages here that can still be taken back, the last one first."""
        return _numbered(self.handling.recallable())

    # ---------------------------------------------------------------- the program

    async def transfers(self, argument: str) -> None:
        """The list of uploads."""
        from tui.screens.dialogs.uploads import TransfersScreen

        self._screen.app.push_screen(TransfersScreen(self._outbox()), self._show_transfer)

    def _show_transfer(self, transfer: Upload | None) -> None:
        if transfer is not None and transfer.row is not None:
            self._screen.go(self._show_message(transfer.row), "pick")

    async def _show_message(self, message: StoredMessage) -> None:
        await self._screen.open(await self._desk.store.conversation(message.conversation_id))
        self._screen.log_view.select(message)
        self._screen.log_view.focus()

    async def mute(self, argument: str) -> None:
        """No bell for this conversation on this computer, or again; what is muted on the phone stays so."""
        conversation = self._screen.conversation
        if conversation is None:
            return
        quiet = not conversation.hushed
        await self._desk.store.set_hushed(conversation.id, quiet)
        self._screen.tell(_("No notifications from here any more.") if quiet else _("Notifications are on again."))

    async def editor(self, argument: str) -> None:
        """Write the message in $VISUAL or $EDITOR."""
        self._screen.go(self._editor(), "ask")

    async def _editor(self) -> None:
        from tui.screens.external_editor import edit

        composer = self._screen.composer
        composer.load(await edit(self._screen.app, composer.text), composer.attachments)

    async def login(self, argument: str) -> None:
        """How the login stands, and every way on."""
        self._desk.show_login()

    async def logout(self, argument: str) -> None:
        """End the session here and on the server; the history stays."""
        self._screen.go(self._logout(), "ask")

    async def _logout(self) -> None:
        question = _("Log out? The next login asks for the phone. Messages stay here.")
        if await self._agreed(question, _("log out"), _("stay")):
            self._screen.go(self._desk.presence.log_out(), "log out")

    async def help(self, argument: str) -> None:
        """All keys and commands."""
        from tui.screens.dialogs.help import HelpScreen

        self._screen.app.push_screen(HelpScreen())

    async def palette(self, argument: str) -> None:
        """Find a command by a part of its name, or of what it does."""
        self._screen.go(self._palette(), "pick")

    async def _palette(self) -> None:
        from tui.widgets.lists.choice_list import Choice

        choices = [
            Choice(_(command.help), _shown(command), command.names, command)
            for command in COMMANDS
            if command.id != "palette"
        ]
        for command in await pick(self._screen.app, _("Commands"), choices):
            await self._screen.do(command.id, "", by_key=True)

    async def redraw(self, argument: str) -> None:
        """Another program wrote over the screen."""
        self._desk.redraw()

    async def quit(self, argument: str) -> None:
        """Leave; ask when something would be broken off by that. What waits in the outbox is not."""
        self._screen.go(self._quit(), "ask")

    async def _quit(self) -> None:
        with suppress(errors.LocalError):  # Nobody is kept here by a full disk; at the end it is said.
            await self._screen.drafts.keep()
        outbox = self._desk.outbox
        question = leaving_question(outbox) if outbox is not None else ""
        if question and not await self._agreed(question, _("leave"), _("stay")):
            return
        self._screen.app.exit()


def _numbered(messages: Sequence[StoredMessage]) -> list[tuple[str, str]]:
    return [(str(at), describe(message.body).replace("\n", " ")) for at, message in enumerate(messages[:_NUMBERED], 1)]


def _shown(command: Command) -> str:
    from tui.keymap import keys_of, shown_keys

    names = f"/{command.names[0]} {_(command.usage) if command.usage else ''}".strip() if command.names else ""
    return "  ".join(filter(None, (names, shown_keys(keys_of(command.id)))))
