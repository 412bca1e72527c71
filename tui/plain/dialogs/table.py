"""Table of all dialogs of the full screen: how each is asked, or shown, in lines."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import Any, Final, TypeAlias, TypeVar, cast

from textual.screen import Screen

from tui.plain.dialogs.addresses import choose_address, choose_from_menu
from tui.plain.dialogs.files import pick_files
from tui.plain.dialogs.lists import choose_carefully, pick
from tui.plain.dialogs.pages import print_contact, print_help, print_message, print_picture
from tui.plain.dialogs.questions import ask_about_risk, ask_question, tell_counting, wait_for_server
from tui.plain.dialogs.search import search
from tui.plain.line_terminal import LineTerminal
from tui.screens.dialogs.details import ContactDetails, MessageDetails
from tui.screens.dialogs.folder_packing import CountingDialog
from tui.screens.dialogs.help import HelpScreen
from tui.screens.dialogs.identity_question import CarefulChoice
from tui.screens.dialogs.message_search import MessageSearch
from tui.screens.dialogs.question import Question
from tui.screens.dialogs.risk_question import RiskQuestion
from tui.screens.dialogs.server_wait import ServerWait
from tui.screens.files.file_picker import FilePicker
from tui.screens.pickers.address_list import AddressDialog
from tui.screens.pickers.fuzzy_picker import FuzzyPicker
from tui.screens.pickers.menu import Menu
from tui.screens.pictures.picture_screen import PictureScreen

T = TypeVar("T")

Asked: TypeAlias = Callable[[Any, LineTerminal], Awaitable[Any]]

ASKED: Final[Mapping[type[Screen[Any]], Asked]] = {
    Question: ask_question,
    RiskQuestion: ask_about_risk,
    ServerWait: wait_for_server,
    CountingDialog: tell_counting,
    FuzzyPicker: pick,
    CarefulChoice: choose_carefully,
    MessageSearch: search,
    AddressDialog: choose_address,
    Menu: choose_from_menu,
    FilePicker: pick_files,
    MessageDetails: print_message,
    ContactDetails: print_contact,
    PictureScreen: print_picture,
    HelpScreen: print_help,
}
"""Class of a dialog → what asks it, or prints it. A class without a row is asked as the one that it comes from."""


async def ask(dialog: Screen[T], terminal: LineTerminal) -> T | None:
    """Ask in lines what a dialog asks, and return its result."""
    for kind in type(dialog).__mro__:
        if (asked := ASKED.get(kind)) is not None:
            return cast("T | None", await asked(dialog, terminal))
    raise NotImplementedError(type(dialog).__name__)
