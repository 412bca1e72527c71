"""Search of all conversations in lines, and the list of what mentions oneself."""

from __future__ import annotations

from typing import Final

from tui import errors
from tui.i18n import _, say
from tui.message_summary import describe
from tui.plain.dialogs.questions import PROMPT
from tui.plain.line_terminal import LineTerminal
from tui.screens.dialogs.message_search import MessageSearch, SearchTarget
from tui.store.models import ExportedMessage
from tui.store.search.query import MessageQuery, parse_query
from tui.units import short_time
from tui.widgets.base.one_line import one_line
from tui.widgets.base.styles import Tone

_PAGE: Final = 20
_MORE: Final = "+"
_SHOWN: Final = 120
"""Characters of a message that is found."""


async def search(dialog: MessageSearch, terminal: LineTerminal) -> SearchTarget | None:
    """Print what is found for words, until a person goes to one of it, or leaves."""
    terminal.say(_("Mentions") if dialog.mentions else _("Search all conversations"), Tone.STRONG)
    found = FoundMessages(dialog, terminal)
    if dialog.text or dialog.mentions:
        await found.seek(dialog.text)
        if found.is_empty:
            return None
    terminal.say(_("A number goes there, words search, + shows older ones, an empty line goes back."), Tone.DIM)
    while (line := await terminal.ask_line(PROMPT)) is not None and line.strip():
        typed = line.strip()
        if typed == _MORE:
            await found.say_more()
        elif typed.isdecimal():
            if (target := found.target(int(typed[:6]))) is not None:
                return target
        else:
            await found.seek(typed)
    return None


class FoundMessages:
    """Messages that a search has found so far, with their numbers."""

    def __init__(self, dialog: MessageSearch, terminal: LineTerminal) -> None:
        self._dialog = dialog
        self._terminal = terminal
        self._text = ""
        self._asked: MessageQuery | None = None
        self._found: list[ExportedMessage] = []
        self._more = False

    @property
    def is_empty(self) -> bool:
        """True where nothing was found."""
        return not self._found

    async def seek(self, text: str) -> None:
        """Search anew, and print the first page. A mistake in the search is said. Raises `LocalError`."""
        context = self._dialog.context
        try:
            self._asked = parse_query(text, context.clock(), mentions=self._dialog.mentions)
        except errors.UsageError as error:
            self._terminal.say(say(error), Tone.WARN)
            return
        self._text, self._found, self._more = text, [], True
        await self.say_more()

    async def say_more(self) -> None:
        """Print the next page. Raises `LocalError`."""
        if self._asked is None or not self._more:
            self._terminal.say(_("There are no more.") if self._found else _("No matches."))
            return
        store = self._dialog.context.store
        before = self._found[-1].message.place if self._found else None
        page = await store.search(self._asked, before=before, limit=_PAGE)
        self._more = len(page) == _PAGE
        named = await store.named(filter(self._dialog.is_shown, page))
        now = self._dialog.context.clock()
        for number, one in enumerate(named, len(self._found) + 1):
            who = " · ".join(dict.fromkeys(one_line(name) for name in (one.chat, one.sender) if name))
            said = one_line(describe(one.message.body), _SHOWN)
            self._terminal.say(f"{number}. {short_time(one.message.time, now)} {who}: {said}")
        self._found += named
        if not self._found:
            self._terminal.say(_("No matches."))

    def target(self, number: int) -> SearchTarget | None:
        """Return the message with a number; None, and that is said, for a number that is not there."""
        if not 0 < number <= len(self._found) or self._asked is None:
            self._terminal.say(_("The numbers go from 1 to {count}.").format(count=len(self._found)), Tone.WARN)
            return None
        return SearchTarget(self._found[number - 1].message, self._text, self._asked.words)
