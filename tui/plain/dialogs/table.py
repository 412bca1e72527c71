"""Table of all dialogs of the full screen: how each is asked, or shown, in lines."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import Any, Final, TypeAlias, TypeVar, cast

from textual.screen import Screen

from tui.plain.dialogs.lists import choose_carefully, pick
from tui.plain.dialogs.questions import ask_question, tell_counting, wait_for_server
from tui.plain.line_terminal import LineTerminal
from tui.screens.dialogs.folder_packing import CountingDialog
from tui.screens.dialogs.identity_question import CarefulChoice
from tui.screens.dialogs.question import Question
from tui.screens.dialogs.server_wait import ServerWait
from tui.screens.pickers.fuzzy_picker import FuzzyPicker

T = TypeVar("T")

Asked: TypeAlias = Callable[[Any, LineTerminal], Awaitable[Any]]

ASKED: Final[Mapping[type[Screen[Any]], Asked]] = {
    Question: ask_question,
    ServerWait: wait_for_server,
    CountingDialog: tell_counting,
    FuzzyPicker: pick,
    CarefulChoice: choose_carefully,
}
"""Class of a dialog → what asks it, or prints it. A class without a row is asked as the one that it comes from."""


async def ask(dialog: Screen[T], terminal: LineTerminal) -> T | None:
    """Ask in lines what a dialog asks, and return its result."""
    for kind in type(dialog).__mro__:
        if (asked := ASKED.get(kind)) is not None:
            return cast("T | None", await asked(dialog, terminal))
    raise NotImplementedError(type(dialog).__name__)
