"""Commands that mean something else in lines than on a screen."""

from __future__ import annotations

import os
from collections.abc import Awaitable, Callable, Mapping
from typing import TYPE_CHECKING, Final, TypeAlias

from tui import errors
from tui.i18n import _, counted
from tui.keymap import hint
from tui.screens.chat.actions.base import number_in
from tui.screens.dialogs.question import Question
from tui.widgets.base.styles import Tone

if TYPE_CHECKING:
    from tui.plain.chat.line_chat import LineChat

Own: TypeAlias = "Callable[[LineChat, str], Awaitable[None]]"
"""Takes the argument of a command."""


async def _redraw(chat: LineChat, argument: str) -> None:
    chat.tell(_("Plain mode has no screen to redraw."))


async def _mark(chat: LineChat, argument: str) -> None:
    await chat.actions.run("mark", argument)
    chat.tell(counted("{count} message marked.", "{count} messages marked.", len(chat.message_log.marked)))


def _numbered_first(command_id: str) -> Own:
    """Return a command that takes the number of a message before its argument: the table gives it none."""

    async def run(chat: LineChat, argument: str) -> None:
        log = chat.message_log
        first, _blank, rest = argument.partition(" ")
        message = log.known(number_in(first))
        if message is None:
            await chat.actions.run(command_id, argument)
            return
        with log.about(message):
            await chat.actions.run(command_id, rest)

    return run


async def _editor(chat: LineChat, argument: str) -> None:
    """Write in the editor; where the next line cannot begin with it, the text is shown, and sent after a question."""
    bar = chat.composer
    if os.environ.get("TERM", "") in ("", "dumb") and not (os.environ.get("VISUAL") or os.environ.get("EDITOR")):
        # A usual one would fill a screen that is not there.
        raise errors.UsageError(why=errors.Phrase("No editor found: set $EDITOR."))
    text = await chat.edit_in_editor(bar.text)
    if chat.terminal.prefills:
        bar.load(text, bar.attachments)
    elif text.strip():
        chat.tell(text, Tone.TEXT)
        if await chat.ask(Question(_("Send this text?"), (("y", _("send")), ("escape", _("back"))))) == "y":
            bar.load("", bar.attachments)
            await chat.say_text(text)


async def _transfers(chat: LineChat, argument: str) -> None:
    from tui.plain.dialogs.pages import upload_line

    runtime, log = chat.context.runtime, chat.message_log
    if runtime.busy is not None:
        raise runtime.busy
    uploads = [one for one in runtime.outbox.files.uploads if one.series is None or one is one.series.front]
    for one in uploads:
        number = f"[{log.number(one.row)}] " if one.row is not None else ""
        chat.tell(number + upload_line(one), Tone.TEXT)
    if not uploads:
        chat.tell(_("No uploads yet."), Tone.TEXT)
        chat.tell(hint("{send} asks for files; /send PATH sends one."), Tone.DIM)
    elif any(not one.state.over for one in uploads):
        chat.tell(hint("{pause}, {resume} and {cancel} take the number before an upload."), Tone.DIM)


OWN: Final[Mapping[str, Own]] = {
    "redraw": _redraw,
    "mark": _mark,
    "save": _numbered_first("save"),
    "forward": _numbered_first("forward"),
    "editor": _editor,
    "transfers": _transfers,
}
"""Command id → what it does in plain mode, in place of its action."""
