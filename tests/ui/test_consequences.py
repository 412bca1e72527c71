"""No key of the program acts on others by accident: each asks, sends what was named, or is harmless."""

from __future__ import annotations

from tui.commands import COMMANDS
from tui.keymap import ASKING, BINDINGS

NAMING = {"bar.send", "bar.literal", "list.choose", "field.submit", "picker.send", "identity.take", "question.yes",
          "sticker"}  # fmt: skip
"""Keys that send what the person wrote, marked or moved the cursor to; or do what a question has told."""

HARMLESS = {
    "completion.go_on", "completion.down", "completion.up", "completion.take", "completion.leave",
    "send", "image", "video", "gif", "file", "reply", "edit", "copy", "copy_id", "open", "save", "pause", "resume",
    "open_with", "paste",
    "theme", "language", "set", "menu", "sidebar.menu",
    "links", "quoted", "jump_back", "goto", "unread", "read", "search", "search_older", "search_newer",
    "mention", "mentions", "search_all", "read_all", "requests", "ignore", "remark", "pin", "unpin", "members", "whose",
    "mute", "unmute", "notify", "profile", "mark",
    "transfers", "editor", "login", "palette", "redraw", "help", "help.quiet", "list.up", "list.down", "list.page_up",
    "list.page_down", "list.first", "list.last", "bar.newline", "bar.up", "bar.down", "picker.mark", "picker.enter",
    "picker.up", "picker.hidden", "picker.sort", "picker.kind", "picker.bookmark", "picker.tree", "picker.filter",
    "picker.pack", "picker.others",
    "picker.home", "tree.unfold", "tree.fold", "tree.toggle", "tree.forget", "tree.hidden", "tree.list",
    "tree.filter", "text.left", "text.right", "text.word_left", "text.word_right", "text.line_start", "text.line_end",
    "text.backspace", "text.delete", "text.cut_blank_back", "text.cut_word_back", "text.cut_word_ahead",
    "text.cut_line_back", "text.yank", "text.yank_older", "text.transpose", "text.undo", "text.redo", "log.down",
    "log.up", "log.page_down", "log.page_up", "log.half_down", "log.half_up", "log.first", "log.last", "page.down",
    "page.up", "page.page_down", "page.page_up", "page.half_down", "page.half_up", "page.first", "page.last",
    "sidebar.filter", "sidebar.details", "sidebar.narrower", "sidebar.wider", "list",
    "overlay.leave", "back", "interrupt", "suspend", "pane.next",
    "pane.previous", "conversation.previous", "conversation.next", "details.leave", "details.copy", "details.copy_id",
    "details.whose",
    "details.filter", "picker.hidden.anywhere", "picker.pane.next", "picker.pane.previous", "picker.up.anywhere",
    "picker.back", "picker.mark.anywhere", "help.filter", "help.leave", "identity.up", "identity.down",
    "login.switch", "login.code", "login.again", "login.invert", "login.blocks", "login.address", "login.back",
    "login.redraw", "pick.up", "pick.down", "pick.page_up", "pick.page_down", "pick.first", "pick.last", "pick.mark",
    "pick.mark_up", "question.no", "question.file", "question.text", "transfers.leave",
    "picture.previous", "picture.next", "picture.up", "picture.down",
    "picture.larger", "picture.smaller", "picture.fit", "picture.pause", "picture.save", "picture.open",
    "picture.copy", "picture.details", "picture.retry", "picture.leave", "picture.redraw",
    "transfers.pause", "transfers.later", "transfers.sooner", "transfers.clear",
}  # fmt: skip
"""Keys that send nothing, and touch nothing that was sent."""


def test_of_every_action_it_is_said_what_it_can_do_to_others() -> None:
    every = {*BINDINGS, *(command.id for command in COMMANDS)}
    assert every == ASKING | NAMING | HARMLESS, "say of a new action what it can do to others"
    assert len(every) == len(ASKING) + len(NAMING) + len(HARMLESS)
