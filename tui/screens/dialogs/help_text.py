"""Contents of the help: the table of commands, and the keys and signs that no command has."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Final

from tui.commands import COMMANDS, Command, KeyScope
from tui.errors import N_
from tui.i18n import _
from tui.keymap import hint, keys_of, shown_key, shown_keys
from tui.widgets.conversation_list.conversation_list import DRAFT, EARLIER, MUTED, SIGNS
from tui.widgets.message_log.painter import MARK
from tui.wire.contacts import ContactKind


@dataclass(frozen=True, slots=True)
class HelpEntry:
    """Line of help: keys or a sign, a slash command, its help, and its other names. All as shown."""

    keys: str
    words: str
    help: str
    also: str = ""

    def fits(self, sought: str) -> bool:
        """Return True when the entry contains `sought`, which is in small letters."""
        return sought in f"{self.keys} {self.words} {self.help} {self.also}".lower()


@dataclass(frozen=True, slots=True)
class Section:
    """Help about a part of the program."""

    title: str
    entries: tuple[HelpEntry, ...]


_Row = tuple[str, str]
"""(ids of bindings with blanks between, their help)."""
_WIDE: Final = 14
"""Cells that the second key of a binding may reach to."""

_WINDOW: Final[tuple[_Row, ...]] = (
    ("pane.next", N_("To the next pane: bar, messages, conversations")),
    ("pane.previous", N_("To the pane before")),
    ("conversation.previous", N_("Open the conversation above")),
    ("conversation.next", N_("Open the conversation below")),
    ("back", N_("Back to the bar")),
    ("interrupt", N_("Clear the input ({text.yank} restores it)")),
    ("suspend", N_("Back to the shell; fg returns")),
)
_MOVES: Final[tuple[_Row, ...]] = (
    ("log.down", N_("The next message")),
    ("log.up", N_("The message before")),
    ("log.page_down", N_("A page down")),
    ("log.page_up", N_("A page up")),
    ("log.half_down", N_("Half a page down")),
    ("log.half_up", N_("Half a page up")),
    ("log.first", N_("The oldest message")),
    ("log.last", N_("The newest message")),
)
_BAR: Final[tuple[_Row, ...]] = (
    ("bar.send", N_("Send what stands in the bar")),
    ("bar.newline", N_("A new line")),
    ("bar.literal", N_("Send as text, whatever it looks like")),
    ("bar.up", N_("Above the first line: what was sent before")),
    ("text.line_start", N_("To the start of the line")),
    ("text.line_end", N_("To the end of the line")),
    ("text.word_left", N_("A word back")),
    ("text.word_right", N_("A word ahead")),
    ("text.cut_blank_back", N_("Cut the word before")),
    ("text.cut_word_ahead", N_("Cut the word ahead")),
    ("text.cut_line_back", N_("Cut up to the start of the line")),
    ("text.yank", N_("Put back what was cut")),
    ("text.undo", N_("Undo")),
    ("text.redo", N_("Redo")),
)
_TYPED: Final[tuple[tuple[str, str], ...]] = (
    ("/", N_("Begins a command; Tab completes it and what stands behind it")),
    ("//", N_("Sends a slash")),
    ("@", N_("Completes a member of the group")),
    (":smile:", N_("Completes an emoji, by English or Chinese name or pinyin")),
    ("[微笑]", N_("Completes one of WeChat's own emoji, by name or pinyin")),
    ("s/old/new/", N_("Recalls your last message and sends it changed; g changes every old")),
    ("~/a.png", N_("The path of a file, pasted or dropped, is attached")),
)
_SIDEBAR: Final[tuple[_Row, ...]] = (
    ("list.choose", N_("Open the conversation")),
    ("sidebar.filter", N_("Find by name, remark or pinyin")),
    ("sidebar.details", N_("Who this is, and who is in the group")),
    ("sidebar.narrower sidebar.wider", N_("Make the list narrower, wider")),
)
_LISTS: Final[tuple[_Row, ...]] = (
    ("list.down list.up", N_("Move by a row")),
    ("list.page_down list.page_up", N_("Move by a page")),
    ("list.first list.last", N_("To the first row, to the last")),
)
_FINDER: Final[tuple[_Row, ...]] = (
    ("pick.up pick.down", N_("Move while you type")),
    ("pick.mark", N_("Mark one of several, where several can be taken")),
    ("field.submit", N_("Take it, or all that are marked")),
    ("overlay.leave", N_("Take none")),
)
_FOUND: Final[tuple[_Row, ...]] = (
    ("pick.up pick.down", N_("Move while you type")),
    ("field.submit", N_("Open the conversation at this message; {search_older} and {search_newer} go on from there")),
    ("overlay.leave", N_("Back to where you were")),
)
_FILES: Final[tuple[_Row, ...]] = (
    ("list.choose", N_("Open the folder, or send")),
    ("picker.mark", N_("Mark a file")),
    ("picker.up", N_("To the folder above")),
    ("picker.filter", N_("Find a file; a path begins with / or ~")),
    ("picker.kind", N_("Send it as image, video, animated image, file")),
    ("picker.sort", N_("Another order")),
    ("picker.hidden", N_("Show hidden files, or not")),
    ("picker.bookmark", N_("Remember this folder, or forget it")),
    ("picker.tree", N_("To the tree of folders")),
    ("picker.send", N_("Send what is marked")),
)
_UPLOADS: Final[tuple[_Row, ...]] = (
    ("transfers.cancel", N_("Cancel it")),
    ("transfers.pause", N_("Pause it, or let it go on")),
    ("transfers.retry", N_("Try it again")),
    ("transfers.sooner", N_("Let it wait less")),
    ("transfers.later", N_("Let it wait longer")),
    ("transfers.clear", N_("Take what is done off the list")),
    ("list.choose", N_("Show its message")),
)
_KINDS: Final = {
    ContactKind.GROUP: N_("a group"),
    ContactKind.OFFICIAL: N_("an official account"),
    ContactKind.SPECIAL: N_("WeChat's own, such as File Transfer"),
}
_SIGNS: Final[tuple[tuple[str, str], ...]] = (
    *((sign, _KINDS[kind]) for kind, sign in SIGNS.items()),
    ("3", N_("so many messages are unread")),
    (MUTED, N_("muted: it does not ring")),
    (DRAFT, N_("something is typed there and not sent")),
    (EARLIER, N_("of an earlier login: it can be read, not written to")),
    (MARK, N_("marked: recall, forward, save and copy act on it")),
    ("✓", N_("the server has the message; its MsgID follows")),
    ("?", N_("the answer was lost: it may have arrived")),
    ("✗", N_("not sent, and why")),
    ("1:48", N_("so long it can still be taken back")),
)


def sections() -> tuple[Section, ...]:
    """Return the whole help, in the interface's language and with this person's keys."""

    def keys(ids: str) -> str:
        several = ids.split()
        return " ".join(filter(None, (_shown(one, 2 if len(several) == 1 else 1) for one in several)))

    def rows(table: tuple[_Row, ...]) -> Iterator[HelpEntry]:
        for ids, words in table:
            yield HelpEntry(keys(ids), "", hint(words))

    def commands(fits: Callable[[Command], bool]) -> Iterator[HelpEntry]:
        for command in filter(fits, COMMANDS):
            ids = f"{command.id} {command.id}.quiet" if command.quiet_keys else command.id
            usage = f"/{command.names[0]} {_(command.usage) if command.usage else ''}".strip() if command.names else ""
            also = " ".join(f"/{name}" for name in command.names[1:])
            yield HelpEntry(keys(ids), usage, _(command.help), also)

    def has_keys(command: Command) -> bool:
        return bool(keys_of(command.id))

    return (
        Section(
            _("Everywhere"),
            (*commands(lambda one: one.where is KeyScope.ANYWHERE and has_keys(one)), *rows(_WINDOW)),
        ),
        Section(_("In the messages"), (*commands(lambda one: one.where is KeyScope.LOG), *rows(_MOVES))),
        Section(
            _("Typed in the bar"),
            (
                *commands(lambda one: one.where is KeyScope.ANYWHERE and not has_keys(one)),
                *(HelpEntry(sign, "", _(words)) for sign, words in _TYPED),
            ),
        ),
        Section(_("In the bar"), tuple(rows(_BAR))),
        Section(_("In the list of conversations"), tuple(rows(_SIDEBAR))),
        Section(_("In every list"), tuple(rows(_LISTS))),
        Section(_("When you look for something"), tuple(rows(_FINDER))),
        Section(_("When you search all conversations"), tuple(rows(_FOUND))),
        Section(_("When you choose files"), tuple(rows(_FILES))),
        Section(_("In the list of uploads"), tuple(rows(_UPLOADS))),
        Section(_("Signs"), tuple(HelpEntry(sign, "", _(words)) for sign, words in _SIGNS)),
    )


def _shown(binding_id: str, most: int) -> str:
    """Return at most `most` keys of a binding, only the first where the second is long."""
    keys = keys_of(binding_id)[:most]
    both = shown_keys(keys)
    return both if len(both) <= _WIDE else shown_key(keys[0])
