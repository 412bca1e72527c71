"""Lists in lines: numbered rows, and one line that names rows by their numbers, or finds some by letters."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final, TypeVar

from tui.fuzzy import rank
from tui.i18n import _, counted
from tui.plain.dialogs.questions import PROMPT
from tui.plain.line_terminal import LineTerminal
from tui.screens.dialogs.identity_question import CarefulChoice
from tui.screens.pickers.fuzzy_picker import FuzzyPicker
from tui.services.util.threads import in_own_thread
from tui.widgets.base.one_line import one_line
from tui.widgets.base.styles import Tone
from tui.widgets.lists.choice_list import Choice

T = TypeVar("T")

_PAGE: Final = 20
"""Rows that are printed at a time."""
MORE: Final = "+"
"""Line that asks for more rows."""


async def pick(dialog: FuzzyPicker[Any], terminal: LineTerminal) -> list[Choice[Any]] | None:
    """Let a person pick rows of a list; None where they leave it."""
    terminal.say(one_line(dialog.heading), Tone.STRONG)
    if not dialog.choices:
        terminal.say(_("No matches."))
        return None
    if dialog.many:
        terminal.say_once(_("Numbers with spaces between choose, letters find, an empty line goes back."))
    else:
        terminal.say_once(_("A number chooses, letters find, an empty line goes back."))
    rows = NumberedRows(terminal, dialog.choices)
    rows.say_more()
    while (line := await terminal.ask_line(PROMPT)) is not None and line.strip():
        typed = line.strip()
        if typed == MORE:
            rows.say_more()
        elif (chosen := rows.chosen(typed, many=dialog.many)) is not None:
            return chosen
        elif not rows.are_numbers(typed):
            found = await _found(typed, dialog.choices)
            if len(found) == 1:
                return found
            rows = NumberedRows(terminal, found) if found else rows
            if found:
                rows.say_more()
            else:
                terminal.say(_("No matches."), Tone.BAD)
    return None


async def choose_carefully(dialog: CarefulChoice[Any], terminal: LineTerminal) -> Any:
    """Let a person choose one row by its number and nothing else; None where they decide later."""
    terminal.say(one_line(dialog.heading), Tone.STRONG)
    terminal.say(one_line(dialog.sentence, 2000))
    terminal.say(_("A number chooses, an empty line decides later."), Tone.DIM)
    rows = NumberedRows(terminal, dialog.choices)
    rows.say_more()
    while (line := await terminal.ask_line(PROMPT)) is not None and line.strip():
        if line.strip() == MORE:
            rows.say_more()
        elif (chosen := rows.chosen(line.strip(), many=False)) is not None:
            return chosen[0].value
        elif not rows.are_numbers(line.strip()):
            terminal.say(_("A number chooses, an empty line decides later."), Tone.BAD)
    return None


async def _found(typed: str, choices: Sequence[Choice[T]]) -> list[Choice[T]]:
    """Return the choices that letters find, the best first; only those of this very name where there are some."""
    exact = [one for one in choices if typed.lower() == one.label.lower()]
    return exact or await in_own_thread(lambda breathe: rank(typed, choices, lambda one: one.names, breathe=breathe))


class NumberedRows:
    """Rows of a list with their numbers, said a page at a time."""

    def __init__(self, terminal: LineTerminal, choices: Sequence[Choice[T]]) -> None:
        self._terminal = terminal
        self._choices = choices
        self._said = 0

    def say_more(self) -> None:
        """Print the next rows, and how many follow."""
        if self._said >= len(self._choices):
            self._terminal.say(_("There are no more."))
            return
        end = self._said + _PAGE
        for number, one in enumerate(self._choices[self._said : end], self._said + 1):
            self._terminal.say(f"{number}. {row_words(one)}")
        self._said = min(end, len(self._choices))
        if left := len(self._choices) - self._said:
            self._terminal.say(counted("{count} more: + shows it", "{count} more: + shows them", left), Tone.DIM)

    def are_numbers(self, typed: str) -> bool:
        """Return True for a line of numbers only, of which one is none of these rows: that is said."""
        if not all(part.isdecimal() for part in typed.replace(",", " ").split()):
            return False
        self._terminal.say(_("The numbers go from 1 to {count}.").format(count=len(self._choices)), Tone.BAD)
        return True

    def chosen(self, typed: str, *, many: bool) -> list[Choice[Any]] | None:
        """Return the rows that a line names by their numbers; None where it does not."""
        parts = typed.replace(",", " ").split()
        if not all(part.isdecimal() and 0 < int(part[:6]) <= len(self._choices) for part in parts):
            return None
        if len(parts) != 1 and not many:
            return None
        return [self._choices[int(part) - 1] for part in dict.fromkeys(parts)]


def row_words(one: Choice[Any]) -> str:
    """Return a row as words: label, hint, unread messages."""
    hint = one_line(" ".join(one.hint.split()))
    unread = _("{count} unread").format(count=one.count) if one.count else ""
    return " · ".join(filter(None, (" ".join(one_line(one.label).split()), hint, unread)))
