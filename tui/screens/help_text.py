"""What the help says: the table of commands, and the keys and signs that no command has."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from tui.commands import COMMANDS, Command, Where
from tui.errors import N_
from tui.i18n import _
from tui.widgets.key_names import shown_keys
from tui.widgets.sidebar import DRAFT, EARLIER, MUTED, SIGNS
from tui.wire.contacts import ContactKind


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of help: keys or a sign, a slash command, what it does, and other names of it. All as shown."""

    keys: str
    words: str
    help: str
    also: str = ""

    def fits(self, sought: str) -> bool:
        """Whether it has to do with what is sought; `sought` is in small letters."""
        return sought in f"{self.keys} {self.words} {self.help} {self.also}".lower()


@dataclass(frozen=True, slots=True)
class Section:
    """Help about one place."""

    title: str
    entries: tuple[Entry, ...]


_Row = tuple[str, str, str]
"""(id of a binding, or ""; its keys with commas between; what it does)."""

_WINDOW: Final[tuple[_Row, ...]] = (
    ("pane.next", "tab", N_("To the next pane: bar, messages, conversations")),
    ("pane.previous", "shift+tab", N_("To the pane before")),
    ("conversation.previous", "alt+up", N_("Open the conversation above")),
    ("conversation.next", "alt+down", N_("Open the conversation below")),
    ("back", "escape", N_("Back to the bar")),
    ("interrupt", "ctrl+c", N_("Empty the bar; Ctrl+Y brings it back")),
    ("suspend", "ctrl+z", N_("Back to the shell; fg returns")),
)
_MOVES: Final[tuple[_Row, ...]] = (
    ("log.down", "j,down", N_("The next message")),
    ("log.up", "k,up", N_("The message before")),
    ("log.page_down", "pagedown", N_("A page down")),
    ("log.page_up", "pageup", N_("A page up")),
    ("log.half_down", "ctrl+d", N_("Half a page down")),
    ("log.half_up", "ctrl+u", N_("Half a page up")),
    ("log.first", "g,home", N_("The oldest message")),
    ("log.last", "G,end", N_("The newest message")),
)
_BAR: Final[tuple[_Row, ...]] = (
    ("bar.send", "enter", N_("Send what stands in the bar")),
    ("bar.newline", "alt+enter,ctrl+j", N_("A new line")),
    ("bar.up", "up", N_("Above the first line: what was sent before")),
    ("text.line_start", "ctrl+a,home", N_("To the start of the line")),
    ("text.line_end", "ctrl+e,end", N_("To the end of the line")),
    ("text.word_left", "alt+b,ctrl+left", N_("A word back")),
    ("text.word_right", "alt+f,ctrl+right", N_("A word ahead")),
    ("text.cut_blank_back", "ctrl+w", N_("Cut the word before")),
    ("text.cut_word_ahead", "alt+d", N_("Cut the word ahead")),
    ("text.cut_line_back", "ctrl+u", N_("Cut up to the start of the line")),
    ("text.yank", "ctrl+y", N_("Put back what was cut")),
    ("text.undo", "ctrl+underscore", N_("Undo")),
    ("text.redo", "alt+slash", N_("Redo")),
)
_TYPED: Final[tuple[tuple[str, str], ...]] = (
    ("/", N_("Begins a command; Tab completes it and what stands behind it")),
    ("//", N_("Sends a slash")),
    ("@", N_("Completes a member of the group")),
    ("~/a.png", N_("The path of a file, pasted or dropped, is attached")),
)
_SIDEBAR: Final[tuple[_Row, ...]] = (
    ("", "enter", N_("Open the conversation")),
    ("sidebar.filter", "slash", N_("Find by name, remark or pinyin")),
    ("sidebar.details", "o", N_("Who this is, and who is in the group")),
)
_LISTS: Final[tuple[_Row, ...]] = (
    ("", "j,k,up,down", N_("Move by a row")),
    ("", "pageup,pagedown", N_("Move by a page")),
    ("", "g,G,home,end", N_("To the first row, to the last")),
)
_FINDER: Final[tuple[_Row, ...]] = (
    ("", "up,down", N_("Move while you type")),
    ("pick.mark", "tab", N_("Mark one of several, where several can be taken")),
    ("", "enter", N_("Take it, or all that are marked")),
    ("overlay.leave", "escape", N_("Take none")),
)
_FOUND: Final[tuple[_Row, ...]] = (
    ("", "up,down", N_("Move while you type")),
    ("", "enter", N_("Open the conversation at this message; n and N go on from there")),
    ("overlay.leave", "escape", N_("Back to where you were")),
)
_FILES: Final[tuple[_Row, ...]] = (
    ("", "enter", N_("Open the folder, or send")),
    ("picker.mark", "space", N_("Mark a file")),
    ("picker.up", "h,left,backspace", N_("To the folder above")),
    ("picker.filter", "slash", N_("Find a file; a path begins with / or ~")),
    ("picker.kind", "a", N_("Send it as image, video, animated image, file")),
    ("picker.sort", "s", N_("Another order")),
    ("picker.hidden", "full_stop", N_("Show hidden files, or not")),
    ("picker.bookmark", "b", N_("Remember this folder, or forget it")),
    ("picker.tree", "t", N_("To the tree of folders")),
    ("picker.send", "ctrl+s", N_("Send what is marked")),
)
_UPLOADS: Final[tuple[_Row, ...]] = (
    ("transfers.cancel", "c", N_("Cancel it")),
    ("transfers.pause", "p", N_("Pause it, or let it go on")),
    ("transfers.retry", "R", N_("Try it again")),
    ("transfers.sooner", "K", N_("Let it wait less")),
    ("transfers.later", "J", N_("Let it wait longer")),
    ("transfers.clear", "x", N_("Take what is done off the list")),
    ("", "enter", N_("Show its message")),
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
    ("✓", N_("the server has the message; its MsgID follows")),
    ("?", N_("the answer was lost: it may have arrived")),
    ("✗", N_("not sent, and why")),
    ("1:48", N_("so long it can still be taken back")),
)


def sections(keymap: Mapping[str, str]) -> tuple[Section, ...]:
    """All of it, in the interface's language. `keymap` has a person's own keys: id → keys with commas between."""

    def keys(binding_id: str, default: str) -> str:
        return shown_keys(filter(None, keymap.get(binding_id, default).split(",")))

    def rows(table: tuple[_Row, ...]) -> Iterator[Entry]:
        for binding_id, default, words in table:
            yield Entry(keys(binding_id, default), "", _(words))

    def commands(fits: Callable[[Command], bool]) -> Iterator[Entry]:
        for command in filter(fits, COMMANDS):
            shown = [keys(command.id, ",".join(command.keys))]
            if command.quiet_keys:
                shown.append(keys(f"{command.id}.quiet", ",".join(command.quiet_keys)))
            usage = f"/{command.names[0]} {_(command.usage) if command.usage else ''}".strip() if command.names else ""
            also = " ".join(f"/{name}" for name in command.names[1:])
            yield Entry(" ".join(filter(None, shown)), usage, _(command.help), also)

    def has_keys(command: Command) -> bool:
        return bool(keymap.get(command.id, ",".join(command.keys)))

    return (
        Section(
            _("Everywhere"),
            (*commands(lambda one: one.where is Where.ANYWHERE and has_keys(one)), *rows(_WINDOW)),
        ),
        Section(_("In the messages"), (*commands(lambda one: one.where is Where.LOG), *rows(_MOVES))),
        Section(
            _("Typed in the bar"),
            (
                *commands(lambda one: one.where is Where.ANYWHERE and not has_keys(one)),
                *(Entry(sign, "", _(words)) for sign, words in _TYPED),
            ),
        ),
        Section(_("In the bar"), tuple(rows(_BAR))),
        Section(_("In the list of conversations"), tuple(rows(_SIDEBAR))),
        Section(_("In every list"), tuple(rows(_LISTS))),
        Section(_("When you look for something"), tuple(rows(_FINDER))),
        Section(_("When you search all conversations"), tuple(rows(_FOUND))),
        Section(_("When you choose files"), tuple(rows(_FILES))),
        Section(_("In the list of uploads"), tuple(rows(_UPLOADS))),
        Section(_("Signs"), tuple(Entry(sign, "", _(words)) for sign, words in _SIGNS)),
    )
