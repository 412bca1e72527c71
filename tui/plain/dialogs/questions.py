"""Questions in lines: a sentence, the letters that answer it, and one line for the answer."""

from __future__ import annotations

import asyncio
from typing import Final

from tui.i18n import _, listed
from tui.plain.line_terminal import LineTerminal
from tui.screens.dialogs.folder_packing import CountingDialog
from tui.screens.dialogs.question import Question
from tui.screens.dialogs.risk_question import RiskQuestion, risk_title
from tui.screens.dialogs.server_wait import ServerWait
from tui.widgets.base.one_line import one_line
from tui.widgets.base.styles import Tone

_SAME: Final = {"yes": "y", "是": "y", "no": "n", "否": "n", "不": "n"}
"""Words that mean the same as a letter."""
PROMPT: Final = "? "
_LONGEST: Final = 2000
"""Characters of a question."""
_SHOWN: Final = 200
"""Characters of an answer that is none."""


async def ask_question(dialog: Question, terminal: LineTerminal) -> str | None:
    """Ask until a line is one of the answers; None for that with the key `escape`, and where no more lines come."""
    answers = {"n" if name == "escape" else name: label for name, label in dialog.answers}
    ways = listed([f"{letter}: {one_line(label)}" for letter, label in answers.items()])
    terminal.say(one_line(dialog.sentence, _LONGEST), Tone.STRONG)
    terminal.say(ways)
    while (line := await terminal.ask_line(PROMPT)) is not None:
        typed = line.strip().lower()
        typed = _SAME.get(typed, typed)
        if typed in answers:
            return None if typed == "n" else typed
        # What was typed may have been meant for somebody: it is not to be lost without a word.
        said = _("“{text}” is not one of the answers.").format(text=one_line(line, _SHOWN))
        terminal.say(f"{said} {ways}" if line.strip() else ways, Tone.BAD)
    return None


async def ask_about_risk(dialog: RiskQuestion, terminal: LineTerminal) -> str | None:
    """Say each sentence of the risk on a line of its own, then ask."""
    for sentence in dialog.sentence.splitlines():
        terminal.say(sentence)
    return await ask_question(Question(risk_title(), dialog.answers), terminal)


async def wait_for_server(dialog: ServerWait, terminal: LineTerminal) -> str | None:
    """Say that the server is asked, and wait for it; Ctrl+C ends that."""
    terminal.say(one_line(dialog.sentence), Tone.DIM)
    await asyncio.wait({dialog.work})
    return "done"


async def tell_counting(dialog: CountingDialog, terminal: LineTerminal) -> str | None:
    """Say that a folder is counted; the caller waits for that."""
    terminal.say(one_line(dialog.sentence), Tone.DIM)
    return "done"
