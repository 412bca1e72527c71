"""Dialog with the addresses of a message: where each leads, whole, before it is opened."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from typing import Final

import msgspec
from textual import on
from textual.strip import Strip

from tui.i18n import _
from tui.key_table import Area
from tui.keymap import hint
from tui.message_summary import Address
from tui.screens.modal import Modal
from tui.screens.settling import Settling
from tui.widgets.base.bindings import bound
from tui.widgets.base.page import Line, Page
from tui.widgets.base.panel import Panel
from tui.widgets.base.styles import Tone
from tui.widgets.base.wrapping import wrapped
from tui.widgets.lists.choice_list import Choice, ChoiceList
from tui.widgets.lists.row_list import RowList

_MOST_LISTED: Final = 8


class AddressChoice(msgspec.Struct, frozen=True):
    """Address that was chosen, and what for."""

    address: Address
    copied: bool


class _Addresses(ChoiceList[Address], can_focus=True):
    """Rows of the dialog, which have the focus here."""

    settling: Settling

    def draw(self, y: int, width: int) -> Strip:
        """Draw a row, and note that the dialog is being drawn."""
        self.settling.drawn(self)
        return super().draw(y, width)


class AddressDialog(Modal[AddressChoice | None]):
    """Returns the address that is to be opened or copied.

    Enter counts from when the dialog could be seen: one that was meant for the input opens nothing.
    """

    MOST_COLUMNS = 100
    HELP_AREAS = (Area.LINKS, Area.LISTS)
    BINDINGS = [
        bound("details.leave", "leave"),
        bound("details.copy", "copy"),
        bound("pick.page_up", "scroll(-1)", priority=True),
        bound("pick.page_down", "scroll(1)", priority=True),
    ]

    def __init__(
        self, addresses: Sequence[Address], at: int = 0, *, clock: Callable[[], float] = time.monotonic
    ) -> None:
        """`at` is the row that the cursor begins on; `clock` is monotonic, in seconds."""
        super().__init__()
        self.addresses = addresses
        self._at = at
        self.settling = Settling(clock)
        choices = [Choice(one.url or one.written, "", (), one) for one in addresses]
        self._rows = _Addresses(choices, ())
        self._rows.settling = self.settling
        self._whole = Page()
        self._whole.can_focus = False
        self._panel = Panel(_("Links in this message"), self._rows, self._whole)

    def on_mount(self) -> None:
        """Show the addresses, with the cursor on the wanted one."""
        self._rows.styles.height = min(len(self.addresses), _MOST_LISTED)
        self._rows.show("", range(len(self.addresses)))
        self._rows.point_at(self._at)
        self._rows.focus()
        self._foot()

    @on(Page.Scrolled)
    def _foot(self) -> None:
        place = self._whole.place
        if place:
            keys = hint("{list.choose} open · {details.copy} copy · {pick.page_down} scroll · {overlay.leave} back")
        else:
            keys = hint("{list.choose} open · {details.copy} copy · {overlay.leave} back")
        self._panel.foot(keys, place or (f"{len(self.addresses)}" if len(self.addresses) > 1 else ""))

    @on(RowList.Moved)
    def lay_out(self) -> None:
        """Show the address at the cursor whole; the dialog has room for the longest."""
        pages = [_lines(one, self.inner_width) for one in self.addresses]
        self._whole.styles.height = max(map(len, pages))
        self._whole.show(pages[max(0, self._rows.cursor)], 0)

    def action_scroll(self, pages: int) -> None:
        """Scroll an address that is longer than the dialog."""
        self._whole.action_pages(pages)

    @on(RowList.Chosen)
    def _open(self) -> None:
        self._choose(copied=False)

    def action_copy(self) -> None:
        """Copy the address at the cursor."""
        self._choose(copied=True)

    def _choose(self, *, copied: bool) -> None:
        if self.settling.answers() and 0 <= self._rows.cursor < len(self.addresses):
            self.dismiss(AddressChoice(self.addresses[self._rows.cursor], copied))


def _lines(address: Address, width: int) -> list[Line]:
    """Return a blank line, where an address leads, and all of it."""
    lines: list[Line] = [()]
    if not address.url:
        lines += wrapped(_("Only web and mail links can be opened. This one can be copied."), width, Tone.WARN)
        return [*lines, *wrapped(address.written, width)]
    if address.host:
        lines += wrapped(_("Opens {host}").format(host=address.host), width, Tone.STRONG)
    return [*lines, *wrapped(address.url, width)]
