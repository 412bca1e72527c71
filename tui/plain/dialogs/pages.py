"""Pages in lines: facts about a message or a contact, a picture in words, the uploads, the help."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from tui.commands import COMMANDS
from tui.errors import N_
from tui.i18n import _, listed
from tui.keymap import hint
from tui.plain.dialogs.lists import row_words
from tui.plain.line_terminal import LineTerminal
from tui.screens.dialogs.detail_fields import Fact, contact_facts, message_facts, message_text
from tui.screens.dialogs.details import ContactDetails, MessageDetails
from tui.screens.dialogs.help import HelpScreen
from tui.screens.dialogs.uploads_screen import upload_sentence
from tui.screens.pictures.picture_screen import PictureScreen
from tui.services.uploads.upload_state import Upload
from tui.units import shown_size
from tui.widgets.base.one_line import one_line
from tui.widgets.base.styles import Tone

_MOST_MEMBERS: Final = 100
_IN_LINES: Final = {
    "save": (N_("[number] [folder]"), N_("Save a message's file or picture")),
    "forward": (N_("[number] [name]"), N_("Forward a message")),
    "list": ("", N_("List all conversations")),
}
"""Command id → usage and help where these are others in lines."""
NO_LINES: Final = frozenset({"menu", "palette", "redraw", "revoke_last"})
"""Ids of commands that are for keys only: the help does not name them."""


async def print_message(dialog: MessageDetails, terminal: LineTerminal) -> None:
    """Print the facts about a message, and all of its text."""
    _print_facts(message_facts(dialog.message, dialog.sender), terminal)
    if text := message_text(dialog.message.body):
        terminal.say(text)


async def print_contact(dialog: ContactDetails, terminal: LineTerminal) -> None:
    """Print what is known about a contact, and the members of a group."""
    _print_facts(contact_facts(dialog.record, dialog.notifies), terminal)
    for one in dialog.choices[:_MOST_MEMBERS]:
        terminal.say(f"- {row_words(one)}")
    if len(dialog.choices) > _MOST_MEMBERS:
        terminal.say(hint("And {count} more: {members}", count=len(dialog.choices) - _MOST_MEMBERS))


def _print_facts(facts: Sequence[Fact], terminal: LineTerminal) -> None:
    label = ""
    for fact in facts:
        # A fact without a label goes on with the one before.
        label = fact.label or label
        terminal.say(_("{label}: {value}").format(label=label, value=one_line(fact.value)))


async def print_picture(dialog: PictureScreen, terminal: LineTerminal) -> None:
    """Print what is known about a picture, and what can be done with it."""
    place, count = await dialog.viewer.number_of(dialog.message)
    if count > 1:
        terminal.say(_("Picture {number} of {count}").format(number=place, count=count), Tone.STRONG)
    _print_facts(message_facts(dialog.message, dialog.viewer.sender(dialog.message)), terminal)
    if not dialog.viewer.is_hidden(dialog.message):
        terminal.say(hint("{open_with} opens it with its program, {save} saves it."), Tone.DIM)


def upload_line(one: Upload) -> str:
    """Return `a.zip to Alice (12 MiB): 45 %. Uploading.`"""
    names = listed([one_line(other.to.name) for other in one.alike])
    percent = f"{one.done * 100 // one.size} %. " if one.size and not one.state.over and one.done else ""
    said = _("{file} to {names} ({size}): {state}")
    return said.format(
        file=one_line(one.name), names=names, size=shown_size(one.size), state=percent + one_line(upload_sentence(one))
    )


# ---------------------------------------------------------------- the help


async def print_help(dialog: HelpScreen, terminal: LineTerminal) -> None:
    """Print what a line can be, then every command."""
    for line in help_lines():
        terminal.say(line)


def help_lines() -> Iterator[str]:
    """Yield the help of plain mode, a command a line."""
    yield _("A line is a message to the open conversation. / starts a command.")
    yield _("// at the beginning sends a slash. s/old/new/ corrects your last message.")
    yield _("The number before a message names it in commands: /reply 12, /revoke 12, /save 12.")
    yield hint("An empty line leaves a list; {interrupt} stops what is under way; {quit} quits.")
    for command in COMMANDS:
        if command.names and command.id not in NO_LINES:
            usage, words = _IN_LINES.get(command.id, (command.usage, command.help))
            usage = f" {_(usage)}" if usage else ""
            yield _("/{name}{usage}: {help}").format(name=command.names[0], usage=usage, help=_(words))
    yield hint("{completion.go_on} completes names, commands and paths.")
