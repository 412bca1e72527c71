"""All actions of a chat by the ids of `tui.commands`: a key, a slash command and the palette run the same one."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from typing import TYPE_CHECKING

from tui import errors
from tui.commands import BY_ID, COMMANDS, Command
from tui.i18n import _
from tui.screens.chat.actions.base import Action, ActionGroup, ConfirmedAction, Dialog, Plan
from tui.screens.chat.actions.files.downloads import DownloadActions
from tui.screens.chat.actions.files.fetching import FileFetching
from tui.screens.chat.actions.files.opening import OpeningActions
from tui.screens.chat.actions.files.pasting import PastingActions
from tui.screens.chat.actions.forwarding import ForwardActions
from tui.screens.chat.actions.links import LinkActions
from tui.screens.chat.actions.menus import SELECTED, MenuActions
from tui.screens.chat.actions.messages import MessageActions
from tui.screens.chat.actions.navigation import NavigationActions
from tui.screens.chat.actions.notifying import NotifyingActions
from tui.screens.chat.actions.people.contacts import ContactActions
from tui.screens.chat.actions.people.friend_requests import FriendRequestActions
from tui.screens.chat.actions.people.groups import GroupActions
from tui.screens.chat.actions.people.identity import IdentityActions
from tui.screens.chat.actions.profiles import ProfileActions
from tui.screens.chat.actions.recalling import RecallActions
from tui.screens.chat.actions.sending import SendingActions
from tui.screens.chat.actions.settings import SettingActions
from tui.screens.chat.actions.viewing import ViewActions
from tui.screens.chat.chat_context import ChatContext
from tui.screens.leaving import leaving_question
from tui.wire.media_types import MediaKind

if TYPE_CHECKING:
    from tui.widgets.text_input.type_ahead import TypedLetter


class Actions(ActionGroup):
    """All groups of actions together, and the actions of the program itself."""

    def __init__(self, chat: ChatContext) -> None:
        super().__init__(chat)
        files = FileFetching(chat)
        self.sending = SendingActions(chat)
        self.recalling = RecallActions(chat)
        self.forwarding = ForwardActions(chat)
        self.identity = IdentityActions(chat)
        self.messages = MessageActions(chat, files.copied, self.identity.whose_of)
        self.viewing = ViewActions(chat, self.messages.sender, self.messages.details, self.messages.open)
        self.links = LinkActions(chat)
        self.downloads = DownloadActions(chat, files)
        self.pasting = PastingActions(chat)
        self.opening = OpeningActions(chat, files, self.links.show)
        self.navigation = NavigationActions(chat)
        self.notifying = NotifyingActions(chat)
        self.friend_requests = FriendRequestActions(chat)
        self.contacts = ContactActions(chat)
        self.groups = GroupActions(chat)
        rows_of = (self.notifying.rows, self.contacts.rows, self.groups.rows)
        self.menus = MenuActions(chat, self.messages.who, rows_of)
        self.settings = SettingActions(chat)
        self.profiles = ProfileActions(chat, lambda: self.sending.packing)
        self._cleared_uploads: set[int] = set()
        self.table = self._actions()
        self.dialogs = self._dialogs()
        self.plans = self._plans()

    def _actions(self) -> Mapping[str, Action]:
        sending, messages, navigation = self.sending, self.messages, self.navigation
        return {
            "send": lambda argument: sending.attach(argument, MediaKind.AUTO),
            "image": lambda argument: sending.attach(argument, MediaKind.IMAGE),
            "video": lambda argument: sending.attach(argument, MediaKind.VIDEO),
            "gif": lambda argument: sending.attach(argument, MediaKind.GIF),
            "file": lambda argument: sending.attach(argument, MediaKind.FILE),
            "pause": lambda argument: sending.pause(argument, None),
            "resume": lambda argument: sending.pause(argument, False),
            "edit": self.recalling.edit,
            "mark": messages.mark,
            "reply": messages.reply,
            "copy": messages.copy,
            "copy_id": messages.copy_id,
            "forward": self.forwarding.forward,
            "open": self.viewing.open,
            "quoted": navigation.quoted,
            "jump_back": navigation.jump_back,
            "links": self.links.links,
            "save": self.downloads.save,
            "paste": self.pasting.paste,
            "open_with": self.opening.open_with,
            "unread": navigation.unread,
            "mention": navigation.mention,
            "read": navigation.read,
            "search": navigation.search,
            "search_older": navigation.search_older,
            "search_newer": navigation.search_newer,
            "read_all": self.contacts.read_all,
            "remark": self.contacts.remark,
            "pin": self.contacts.pin,
            "unpin": self.contacts.unpin,
            "ignore": self.friend_requests.ignore,
            "whose": self.identity.whose,
            "mute": self.notifying.mute,
            "unmute": self.notifying.unmute,
            "login": self.login,
            "list": self.toggle_list,
            "help": self.help,
            "redraw": self.redraw,
        }

    def _dialogs(self) -> Mapping[str, Dialog]:
        return {
            "goto": ("pick", self.navigation.goto),
            "search_all": ("pick", self.navigation.search_all),
            "mentions": ("pick", self.navigation.mentions),
            "transfers": ("pick", self.uploads),
            "sticker": ("pick", self.forwarding.sticker),
            "requests": ("pick", self.friend_requests.requests),
            "menu": ("pick", self.menus.menu),
            "members": ("pick", self.groups.members),
            "group": ("ask", self.groups.group),
            "theme": ("pick", self.settings.theme),
            "language": ("pick", self.settings.language),
            "set": ("pick", self.settings.set),
            "notify": ("pick", self.notifying.notify),
            "editor": ("ask", self.editor),
            "logout": ("ask", self.logout),
            "profile": ("leave", self.profiles.switch),
            "palette": ("pick", self.palette),
            "quit": ("ask", self.quit),
        }

    def _plans(self) -> Mapping[str, Plan]:
        return {
            "accept": self.friend_requests.accept,
            "retry": self.sending.retry,
            "cancel": self.sending.cancel,
            "revoke": self.recalling.revoke,
            f"revoke{SELECTED}": self.recalling.revoke_selected,
            "revoke_last": self.recalling.revoke_last,
        }

    async def run(
        self, command_id: str, argument: str, *, by_key: bool = False, letter: TypedLetter | None = None
    ) -> None:
        """Run a command. Raises what its action raises; the screen says it.

        `by_key`: nobody typed the command whole, so an action on others asks first. `letter` is the key, where it may
        turn out to be text.
        """
        argument = argument.strip()
        if command_id in self.table:
            await self.table[command_id](argument)
        elif command_id in self.dialogs:
            group, dialog = self.dialogs[command_id]
            self._chat.run(dialog(argument), group)
        elif letter is None or not letter.typed:
            action = await self.plans[command_id](argument)
            self._chat.run(self._carry_out(action, by_key=by_key, letter=letter), action.group)

    async def _carry_out(self, action: ConfirmedAction, *, by_key: bool, letter: TypedLetter | None) -> None:
        if letter is not None and letter.typed:
            return
        if not (by_key or action.always) or await self._agreed(
            action.question, action.yes, letter=letter, again=action.again
        ):
            await action.do()

    async def sweep(self) -> None:
        """Delete files of the cache that the program, which is ending, needs no more. Raises `LocalError`."""
        await self.pasting.sweep(leaving=True)
        await self.opening.sweep()

    # ---------------------------------------------------------------- the program

    async def uploads(self, argument: str) -> None:
        """Show the list of uploads, and then the message of the one that was chosen."""
        from tui.screens.dialogs.uploads_screen import UploadsScreen

        upload = await self._chat.ask(UploadsScreen(self._outbox(), self._cleared_uploads))
        if upload is not None and upload.row is not None:
            await self._chat.open(await self._context.store.conversation(upload.row.conversation_id))
            await self._chat.message_log.go_to(upload.row)
            self._chat.focus_log()

    async def editor(self, argument: str) -> None:
        """Write the message in $VISUAL or $EDITOR."""
        composer = self._chat.composer
        composer.load(await self._chat.edit_in_editor(composer.text), composer.attachments)

    async def login(self, argument: str) -> None:
        """Show the login screen, and begin a login after a logout."""
        self._context.log_in()

    async def logout(self, argument: str) -> None:
        """End the session here and on the server, after a question; the history stays."""
        question = _("Log out? The next login needs your phone. Messages stay on this computer.")
        if await self._agreed(question, _("log out"), _("stay")):
            self._chat.run(self._context.runtime.supervisor.log_out(), "log out")

    async def help(self, argument: str) -> None:
        """Show all keys and commands."""
        from tui.screens.dialogs.help import HelpScreen

        self._chat.show(HelpScreen())

    async def toggle_list(self, argument: str) -> None:
        """Hide the list of conversations, or show it."""
        self._chat.toggle_list()

    async def palette(self, argument: str) -> None:
        """Find a command by a part of its name, or of what it does."""
        from tui.widgets.lists.choice_list import Choice

        choices = [
            Choice(_(command.help), _shown(command), command.names, (command.id, ""))
            for command in COMMANDS
            if command.id != "palette"
        ]
        choices += (
            Choice(words, f"/{BY_ID[command_id].names[0]} {value}", (), (command_id, value))
            for words, command_id, value in self.settings.palette_rows()
        )
        choices += (
            Choice(_("Profile: {profile}").format(profile=name), f"/profile {name}", (), ("profile", name))
            for name in await self.profiles.others()
        )
        for command_id, argument in await self._pick(_("Commands"), choices):
            await self._chat.do(command_id, argument, by_key=True)

    async def redraw(self, argument: str) -> None:
        """Draw the screen anew, after another program wrote over it."""
        self._context.redraw()

    async def quit(self, argument: str) -> None:
        """Leave; ask first when a message is just leaving. What waits in the outbox goes out at the next start."""
        with suppress(errors.LocalError):  # Nobody is kept here by a full disk; at the end it is said.
            await self._chat.keep_draft()
        question = leaving_question(self._context.runtime, self.sending.packing)
        if question and not await self._agreed(question, _("quit"), _("stay")):
            return
        self._chat.leave()


def _shown(command: Command) -> str:
    from tui.keymap import keys_of, shown_keys

    names = f"/{command.names[0]} {_(command.usage) if command.usage else ''}".strip() if command.names else ""
    # Where there is no room for both, the key stays.
    return "  ".join(filter(None, (shown_keys(keys_of(command.id)), names)))
