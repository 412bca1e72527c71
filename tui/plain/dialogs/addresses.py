"""Addresses of a message, and menus, in lines."""

from __future__ import annotations

from tui.i18n import _
from tui.plain.dialogs.questions import PROMPT
from tui.plain.line_terminal import LineTerminal
from tui.screens.pickers.address_list import AddressChoice, AddressDialog
from tui.screens.pickers.menu import Menu
from tui.widgets.base.one_line import one_line
from tui.widgets.base.styles import Tone
from tui.wire.text import printable


async def choose_address(dialog: AddressDialog, terminal: LineTerminal) -> AddressChoice | None:
    """Print each address whole, and where it leads; a number opens one, or with a c before it copies it."""
    terminal.say(_("Links in this message"), Tone.STRONG)
    for number, one in enumerate(dialog.addresses, 1):
        terminal.say(f"{number}. {printable(one.url or one.written, newlines=False)}")
        if one.host:
            terminal.say("   " + _("Opens {host}").format(host=one.host))
        elif not one.url:
            terminal.say("   " + _("Only web and mail links can be opened. This one can be copied."))
    ways = _("A number opens the link, c and a number copies it (c 1), an empty line goes back.")
    terminal.say(ways, Tone.DIM)
    while (line := await terminal.ask_line(PROMPT)) is not None and line.strip():
        typed = line.strip().lower()
        wanted = typed.removeprefix("c").strip()
        if wanted.isdecimal() and 0 < int(wanted[:6]) <= len(dialog.addresses):
            return AddressChoice(dialog.addresses[int(wanted) - 1], typed.startswith("c"))
        terminal.say(ways, Tone.WARN)
    return None


async def choose_from_menu(dialog: Menu, terminal: LineTerminal) -> str | None:
    """Print the rows of a menu; a number chooses one."""
    terminal.say(one_line(dialog.heading), Tone.STRONG)
    for number, row in enumerate(dialog.rows, 1):
        terminal.say(f"{number}. {one_line(row.label)}")
    ways = _("A number chooses, an empty line goes back.")
    while (line := await terminal.ask_line(PROMPT)) is not None and line.strip():
        if line.strip().isdecimal() and 0 < int(line.strip()[:6]) <= len(dialog.rows):
            return dialog.rows[int(line.strip()) - 1].id
        terminal.say(ways, Tone.WARN)
    return None
