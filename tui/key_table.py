"""Table of all keys that no command has: ids, default keys, help. With `tui.commands` it is all that can be pressed.

Bindings of widgets, hints, the help and a person's `[keys]` follow from these two tables. An id is never renamed.
"""

from __future__ import annotations

from enum import Enum
from typing import Final

import msgspec

from tui.errors import N_


class Area(Enum):
    """Part of the program that help is about; the value is its title."""

    EVERYWHERE = N_("Everywhere")
    MESSAGES = N_("Messages")
    CONVERSATIONS = N_("Conversation list")
    INPUT = N_("Input")
    COMMANDS = N_("Commands, typed in the input")
    SIGNS = N_("Symbols")
    FINDER = N_("Finder")
    SEARCH = N_("Search")
    LINKS = N_("Links")
    FILES = N_("Files")
    FOLDERS = N_("Folder tree")
    UPLOADS = N_("Uploads")
    DETAILS = N_("Details")
    PICTURE = N_("Picture")
    QUESTION = N_("Question")
    IDENTITY = N_("Whose earlier messages?")
    LOGIN = N_("Login")
    LISTS = N_("Moving in lists")
    PAGES = N_("Scrolling")
    EDITING = N_("Editing text")
    HELP = N_("Help")


CHAT_HELP: Final = (
    Area.EVERYWHERE, Area.MESSAGES, Area.CONVERSATIONS, Area.INPUT, Area.COMMANDS, Area.SIGNS,
)  # fmt: skip
"""Areas of the chat screen, in the order of its help; that of the input has the keys of editing as well."""

BESIDE: Final = ""
"""Help of a key that is explained together with the one above it."""
PLAIN: Final = None
"""Help of a key that needs none: arrows, Home, Backspace."""


class KeyBinding(msgspec.Struct, frozen=True):
    """Row of the table. `keys` are Textual's names with commas between; hints and help name the first."""

    id: str
    keys: str
    area: Area
    help: str | None


KEY_TABLE: Final = tuple(
    KeyBinding(*row)
    for row in (
        ("pane.next", "tab", Area.EVERYWHERE, N_("Next, previous pane")),
        ("pane.previous", "shift+tab", Area.EVERYWHERE, BESIDE),
        ("conversation.previous", "alt+up", Area.EVERYWHERE, N_("Conversation up, down")),
        ("conversation.next", "alt+down", Area.EVERYWHERE, BESIDE),
        ("back", "escape", Area.EVERYWHERE, N_("Back to the input")),
        ("interrupt", "ctrl+c", Area.EVERYWHERE, N_("Clear ({text.yank} restores it)")),
        ("suspend", "ctrl+z", Area.EVERYWHERE, N_("Suspend (fg resumes)")),
        ("log.down", "j,down", Area.MESSAGES, N_("Next, previous message")),
        ("log.up", "k,up", Area.MESSAGES, BESIDE),
        ("log.page_down", "pagedown", Area.MESSAGES, PLAIN),
        ("log.page_up", "pageup", Area.MESSAGES, PLAIN),
        ("log.half_down", "ctrl+d", Area.MESSAGES, PLAIN),
        ("log.half_up", "ctrl+u", Area.MESSAGES, PLAIN),
        ("log.first", "home,g", Area.MESSAGES, N_("Oldest, newest message")),
        ("log.last", "end,G", Area.MESSAGES, BESIDE),
        ("sidebar.filter", "slash", Area.CONVERSATIONS, N_("Filter")),
        ("sidebar.details", "o", Area.CONVERSATIONS, N_("Details")),
        ("sidebar.menu", "full_stop,shift+f10", Area.CONVERSATIONS, N_("Menu")),
        ("sidebar.narrower", "less_than_sign", Area.CONVERSATIONS, N_("Width")),
        ("sidebar.wider", "greater_than_sign", Area.CONVERSATIONS, BESIDE),
        ("bar.send", "enter", Area.INPUT, N_("Send the message")),
        ("bar.newline", "alt+enter,ctrl+j,shift+enter", Area.INPUT, N_("New line")),
        ("bar.literal", "alt+s", Area.INPUT, N_("Send as is")),
        ("bar.up", "up", Area.INPUT, N_("Sent before")),
        ("bar.down", "down", Area.INPUT, PLAIN),
        ("completion.go_on", "tab", Area.INPUT, PLAIN),
        ("completion.down", "down", Area.INPUT, PLAIN),
        ("completion.up", "up,shift+tab", Area.INPUT, PLAIN),
        ("completion.take", "enter", Area.INPUT, PLAIN),
        ("completion.leave", "escape", Area.INPUT, PLAIN),
        ("pick.up", "up,ctrl+p", Area.FINDER, N_("Move while typing")),
        ("pick.down", "down,ctrl+n", Area.FINDER, BESIDE),
        ("pick.page_up", "pageup", Area.FINDER, PLAIN),
        ("pick.page_down", "pagedown", Area.FINDER, PLAIN),
        ("pick.first", "ctrl+home", Area.FINDER, N_("First, last row")),
        ("pick.last", "ctrl+end", Area.FINDER, BESIDE),
        ("pick.mark", "tab,ctrl+@,ctrl+space", Area.FINDER, N_("Mark, where several can be selected")),
        ("pick.mark_up", "shift+tab", Area.FINDER, PLAIN),
        ("picker.mark", "space", Area.FILES, N_("Mark a file")),
        ("picker.enter", "right", Area.FILES, N_("Into the folder, or up")),
        ("picker.up", "left,backspace", Area.FILES, BESIDE),
        ("picker.filter", "slash", Area.FILES, N_("Filter; a path starts with / or ~")),
        ("picker.home", "tilde", Area.FILES, N_("Go to a path in the home folder")),
        ("picker.sort", "alt+s", Area.FILES, N_("Sort by name, date, size")),
        ("picker.kind", "alt+a", Area.FILES, N_("Send as image, video, animated image, file")),
        ("picker.hidden", "full_stop", Area.FILES, N_("Show or hide hidden files, also in the filter")),
        ("picker.hidden.anywhere", "alt+h", Area.FILES, BESIDE),
        ("picker.bookmark", "alt+b", Area.FILES, N_("Bookmark the folder, or not; pack and send it")),
        ("picker.pack", "alt+p", Area.FILES, BESIDE),
        ("picker.tree", "alt+t", Area.FILES, N_("Folder tree")),
        ("picker.send", "ctrl+s", Area.FILES, N_("Send; send to others")),
        ("picker.others", "alt+o", Area.FILES, BESIDE),
        ("picker.pane.next", "tab", Area.FILES, N_("Next pane, previous pane; completes a path")),
        ("picker.pane.previous", "shift+tab", Area.FILES, BESIDE),
        ("picker.mark.anywhere", "ctrl+space,ctrl+@,insert", Area.FILES, N_("Mark, go up: also in the filter")),
        ("picker.up.anywhere", "alt+up", Area.FILES, BESIDE),
        ("picker.back", "escape", Area.FILES, N_("Leave")),
        ("tree.unfold", "right,l", Area.FOLDERS, N_("Unfold, fold")),
        ("tree.fold", "left,h", Area.FOLDERS, BESIDE),
        ("tree.toggle", "space", Area.FOLDERS, PLAIN),
        ("tree.forget", "alt+b,b", Area.FOLDERS, N_("Bookmark, or remove the bookmark")),
        ("tree.hidden", "full_stop", Area.FOLDERS, N_("Show or hide hidden folders")),
        ("tree.list", "alt+t,t,backspace", Area.FOLDERS, N_("Back to the files")),
        ("tree.filter", "slash", Area.FOLDERS, PLAIN),
        ("transfers.cancel", "c", Area.UPLOADS, N_("Cancel")),
        ("transfers.pause", "p", Area.UPLOADS, N_("Pause, or resume")),
        ("transfers.retry", "R", Area.UPLOADS, N_("Retry")),
        ("transfers.sooner", "K,shift+up", Area.UPLOADS, N_("Move up, down in the queue")),
        ("transfers.later", "J,shift+down", Area.UPLOADS, BESIDE),
        ("transfers.clear", "x", Area.UPLOADS, N_("Remove finished uploads from the list")),
        ("transfers.leave", "escape,q", Area.UPLOADS, N_("Back")),
        ("details.copy", "y", Area.DETAILS, N_("Copy the text, the MsgID")),
        ("details.copy_id", "Y", Area.DETAILS, BESIDE),
        ("details.filter", "slash", Area.DETAILS, N_("Find a member of the group")),
        ("details.whose", "w", Area.DETAILS, N_("Take apart what is somebody else's")),
        ("details.leave", "q,o", Area.DETAILS, N_("Back")),
        ("picture.previous", "left,h", Area.PICTURE, N_("Previous, next picture")),
        ("picture.next", "right,l", Area.PICTURE, BESIDE),
        ("picture.up", "up,k", Area.PICTURE, PLAIN),
        ("picture.down", "down,j", Area.PICTURE, PLAIN),
        ("picture.larger", "plus,equals_sign", Area.PICTURE, N_("Larger, smaller; arrow keys move it")),
        ("picture.smaller", "minus", Area.PICTURE, BESIDE),
        ("picture.fit", "0", Area.PICTURE, N_("As large as the screen")),
        ("picture.pause", "space", Area.PICTURE, N_("Pause or play")),
        ("picture.save", "s", Area.PICTURE, N_("Save")),
        ("picture.open", "O", Area.PICTURE, N_("Open with its program; plays a video")),
        ("picture.forward", "f", Area.PICTURE, N_("Forward")),
        ("picture.copy", "y", Area.PICTURE, N_("Copy the path, once it is saved")),
        ("picture.details", "i,o", Area.PICTURE, N_("Details")),
        ("picture.retry", "r", Area.PICTURE, N_("Load again")),
        ("picture.leave", "escape,q", Area.PICTURE, N_("Back")),
        ("picture.redraw", "ctrl+l", Area.PICTURE, N_("Redraw")),
        ("question.yes", "y", Area.QUESTION, PLAIN),
        ("question.no", "escape,n", Area.QUESTION, PLAIN),
        ("question.file", "f", Area.QUESTION, PLAIN),
        ("question.text", "t", Area.QUESTION, PLAIN),
        ("identity.up", "up,ctrl+p", Area.IDENTITY, N_("Move")),
        ("identity.down", "down,ctrl+n", Area.IDENTITY, BESIDE),
        ("identity.take", "enter", Area.IDENTITY, N_("Select")),
        ("login.switch", "f", Area.LOGIN, N_("Web version, or File Transfer")),
        ("login.code", "q", Area.LOGIN, N_("QR code instead of a tap on the phone")),
        ("login.again", "enter,r", Area.LOGIN, N_("Log in again")),
        ("login.invert", "i", Area.LOGIN, N_("Invert the code")),
        ("login.blocks", "b", Area.LOGIN, N_("Large or small blocks")),
        ("login.address", "u", Area.LOGIN, N_("Show the code's address as text")),
        ("login.back", "escape", Area.LOGIN, N_("Stored messages")),
        ("login.redraw", "ctrl+l", Area.LOGIN, N_("Redraw")),
        ("login.quit", "ctrl+q", Area.LOGIN, N_("Quit")),
        ("list.up", "k,up", Area.LISTS, N_("Row above, below")),
        ("list.down", "j,down", Area.LISTS, BESIDE),
        ("list.page_up", "pageup,ctrl+b", Area.LISTS, N_("Page up, down")),
        ("list.page_down", "pagedown,ctrl+f", Area.LISTS, BESIDE),
        ("list.first", "home,g", Area.LISTS, N_("First row, last row")),
        ("list.last", "end,G", Area.LISTS, BESIDE),
        ("list.choose", "enter", Area.LISTS, PLAIN),
        ("page.down", "j,down", Area.PAGES, N_("Line down, up")),
        ("page.up", "k,up", Area.PAGES, BESIDE),
        ("page.page_down", "pagedown,space,ctrl+f", Area.PAGES, N_("Page down, up")),
        ("page.page_up", "pageup,ctrl+b", Area.PAGES, BESIDE),
        ("page.half_down", "ctrl+d", Area.PAGES, N_("Half a page down, up")),
        ("page.half_up", "ctrl+u", Area.PAGES, BESIDE),
        ("page.first", "home,g", Area.PAGES, N_("Beginning, end")),
        ("page.last", "end,G", Area.PAGES, BESIDE),
        ("text.left", "left,ctrl+b", Area.EDITING, PLAIN),
        ("text.right", "right,ctrl+f", Area.EDITING, PLAIN),
        ("text.word_left", "alt+b,ctrl+left,alt+left", Area.EDITING, N_("Word left, right")),
        ("text.word_right", "alt+f,ctrl+right,alt+right", Area.EDITING, BESIDE),
        ("text.line_start", "home,ctrl+a", Area.EDITING, N_("Start, end of the line")),
        ("text.line_end", "end,ctrl+e", Area.EDITING, BESIDE),
        ("text.backspace", "backspace,ctrl+h,shift+backspace", Area.EDITING, PLAIN),
        ("text.delete", "delete,ctrl+d", Area.EDITING, PLAIN),
        ("text.cut_blank_back", "ctrl+w", Area.EDITING, N_("Cut word before, after")),
        ("text.cut_word_ahead", "alt+d,ctrl+delete", Area.EDITING, BESIDE),
        ("text.cut_word_back", "alt+backspace,ctrl+backspace", Area.EDITING, PLAIN),
        ("text.cut_line_back", "ctrl+u", Area.EDITING, N_("Cut to start; paste")),
        ("text.yank", "ctrl+y", Area.EDITING, BESIDE),
        ("text.yank_older", "alt+y", Area.EDITING, PLAIN),
        ("text.transpose", "ctrl+t", Area.EDITING, PLAIN),
        ("text.undo", "ctrl+underscore,ctrl+minus,ctrl+shift+minus", Area.EDITING, N_("Undo, redo")),
        ("text.redo", "alt+z,ctrl+shift+z", Area.EDITING, BESIDE),
        ("field.submit", "enter", Area.EDITING, PLAIN),
        ("overlay.leave", "escape", Area.PAGES, PLAIN),
        ("overlay.quit", "ctrl+q", Area.PAGES, PLAIN),
        ("help.filter", "slash", Area.HELP, N_("Find in all of the help")),
        ("help.leave", "q,question_mark,f1", Area.HELP, N_("Back")),
    )
)
"""All rows; help has them in this order."""

HELP_LINES: Final = (
    (Area.EVERYWHERE, "help palette", N_("Help; commands")),
    (Area.EVERYWHERE, "goto", N_("Go to a conversation, or a day")),
    (Area.EVERYWHERE, "unread", N_("Next unread")),
    (Area.EVERYWHERE, "mention mentions", N_("Next mention")),
    (Area.EVERYWHERE, "search_all", N_("Search all")),
    (Area.EVERYWHERE, "send", N_("Send files")),
    (Area.EVERYWHERE, "paste", N_("Paste an image, files")),
    (Area.EVERYWHERE, "transfers", N_("Uploads")),
    (Area.EVERYWHERE, "list", N_("Hide the list")),
    (Area.EVERYWHERE, "editor", N_("Your editor")),
    (Area.EVERYWHERE, "redraw", N_("Redraw")),
    (Area.EVERYWHERE, "quit", N_("Quit")),
    (Area.MESSAGES, "revoke revoke_last", N_("Recall; last")),
    (Area.MESSAGES, "accept ignore", N_("Accept, ignore")),
    (Area.MESSAGES, "mark", N_("Mark several")),
    (Area.MESSAGES, "forward", N_("Forward")),
    (Area.MESSAGES, "reply", N_("Reply")),
    (Area.MESSAGES, "edit", N_("Edit a recalled one")),
    (Area.MESSAGES, "copy copy_id", N_("Copy; its MsgID")),
    (Area.MESSAGES, "open", N_("View")),
    (Area.MESSAGES, "quoted", N_("Quoted message")),
    (Area.MESSAGES, "jump_back", N_("Back from there")),
    (Area.MESSAGES, "links", N_("Links")),
    (Area.MESSAGES, "save", N_("Save")),
    (Area.MESSAGES, "open_with", N_("Open its file")),
    (Area.MESSAGES, "retry cancel pause resume", N_("Retry; cancel, pause, resume")),
    (Area.MESSAGES, "search search_older search_newer", N_("Search; next match")),
    (Area.COMMANDS, "image video gif file sticker", N_("Send as")),
    (Area.COMMANDS, "read read_all", N_("Read")),
    (Area.COMMANDS, "mute unmute notify", N_("Notify")),
    (Area.COMMANDS, "requests pin unpin remark", N_("People")),
    (Area.COMMANDS, "members group", N_("Groups")),
    (Area.COMMANDS, "whose", N_("Whose earlier messages?")),
    (Area.COMMANDS, "login logout profile", N_("Log in, out, switch")),
    (Area.COMMANDS, "theme", N_("Theme")),
    (Area.COMMANDS, "language", N_("Language")),
    (Area.COMMANDS, "set", N_("Settings")),
    (Area.CONVERSATIONS, "list.choose", N_("Open")),
    (Area.FINDER, "field.submit", N_("Select it, or all that are marked")),
    (Area.FINDER, "overlay.leave", N_("Back")),
    (Area.SEARCH, "pick.up pick.down", N_("Move while typing")),
    (Area.SEARCH, "field.submit", N_("Open it; {search_older} and {search_newer} find more")),
    (Area.SEARCH, "overlay.leave", N_("Back")),
    (Area.LINKS, "list.choose", N_("Open in the browser")),
    (Area.LINKS, "details.copy", N_("Copy")),
    (Area.LINKS, "overlay.leave", N_("Back")),
    (Area.FILES, "list.choose", N_("Open the folder, or send the file")),
    (Area.FOLDERS, "list.choose", N_("Go to the folder")),
    (Area.UPLOADS, "list.choose", N_("Show its message")),
    (Area.IDENTITY, "overlay.leave", N_("Decide later")),
    (Area.PICTURE, "overlay.quit", N_("Quit")),
)
"""(area, ids with blanks between, help): commands in few words, and keys that mean something of their own in this area.

They come first there. A command without a line has its own help.
"""
