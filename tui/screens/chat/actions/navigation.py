"""Going somewhere: to a conversation, to what is unread, to a word."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping

from tui import errors
from tui.i18n import _
from tui.keymap import hint
from tui.screens.chat.actions.base import Acting, Action
from tui.screens.dialogs.people_choices import other_names, people, pick
from tui.store.models import Conversation


class Going(Acting):
    """Between conversations, and in the open one."""

    @property
    def table(self) -> Mapping[str, Action]:
        """Command → what it does."""
        return {
            "goto": self.goto,
            "unread": self.unread,
            "read": self.read,
            "search": self.search,
            "search_older": self.search_older,
            "search_newer": self.search_newer,
            "search_all": self.search_all,
        }

    async def goto(self, argument: str) -> None:
        """Open a conversation, or begin one."""
        self._screen.go(self._goto(argument), "pick")

    async def _goto(self, argument: str) -> None:
        choices = await people(self._desk.store, self._desk.clock())
        if argument:
            from tui.fuzzy import rank

            exact = [one for one in choices if argument in (one.label, one.hint)]
            choices = exact or rank(argument, choices, lambda choice: (choice.label, *choice.keys))
            if not choices:
                raise errors.TargetUnknown(target=argument)
        if argument and len(choices) == 1:
            found = [choices[0].value]
        else:
            found = await pick(self._screen.app, _("Which one?") if argument else _("Go to"), choices)
        if found:
            conversation = await self._desk.store.conversation_for(found[0].user_name)
            await self._screen.open(conversation, write=True)

    async def filter(self, text: str) -> None:
        """Leave in the list what matches: names, remarks, pinyin."""
        from tui.fuzzy import rank

        sidebar = self._screen.sidebar
        if not text.strip():
            sidebar.show_only(None)
            return
        contacts = {contact.user_name: contact for contact in await self._desk.store.contacts()}

        def names(one: Conversation) -> tuple[str, ...]:
            contact = contacts.get(one.user_name)
            return (one.name, *(other_names(contact) if contact else ()))

        found = await asyncio.to_thread(rank, text, list(sidebar.every), names)
        sidebar.show_only([one.id for one in found])

    async def unread(self, argument: str) -> None:
        """The next conversation with something unread."""
        found = self._screen.sidebar.next_unread()
        if found is None:
            self._screen.tell(_("Nothing is unread."))
        else:
            await self._screen.open(found)

    async def read(self, argument: str) -> None:
        """Mark a conversation read, here and on the phone; the open one when none is named."""
        client = self._client()
        contact = await client.directory.resolve(argument) if argument else await self._here()
        self._screen.go(client.chat.mark_read(contact), "read")

    async def search(self, argument: str) -> None:
        """Find words in this conversation, going up from the selected message."""
        if not argument:
            self._screen.composer.load("/search ", self._screen.composer.attachments)
            self._screen.composer.focus()
            return
        self._screen.go(self._search(argument, older=True), "search")

    async def search_older(self, argument: str) -> None:
        """The next one further up."""
        self._screen.go(self._search(self._sought(), older=True), "search")

    async def search_newer(self, argument: str) -> None:
        """The next one further down."""
        self._screen.go(self._search(self._sought(), older=False), "search")

    def _sought(self) -> str:
        sought = self._screen.log_view.sought
        if not sought:
            raise errors.UsageError(why=hint("Search for something first: {search} and the words."))
        return sought

    async def _search(self, text: str, *, older: bool) -> None:
        log = self._screen.log_view
        if not await log.find(text, older=older):
            why = _("“{text}” is not found further up.") if older else _("“{text}” is not found further down.")
            raise errors.UsageError(why=why.format(text=text))
        log.focus()
        self._screen.show_hints()

    async def search_all(self, argument: str) -> None:
        """Find words in all conversations, as they are typed."""
        self._screen.go(self._search_all(argument or self._screen.log_view.sought), "pick")

    async def _search_all(self, text: str) -> None:
        from tui.screens.dialogs.search import SearchScreen

        found = await self._screen.app.push_screen_wait(SearchScreen(self._desk, text, self._screen.sidebar.marks))
        if found is None:
            return
        await self._screen.open(await self._desk.store.conversation(found.message.conversation_id))
        self._screen.log_view.mark(found.text)
        await self._screen.log_view.go_to(found.message)
        self._screen.log_view.focus()
        self._screen.show_hints()
