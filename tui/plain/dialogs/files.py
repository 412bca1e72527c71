"""Files to send, named in lines: paths that Tab completes, each checked before anything leaves."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import Final

from tui.i18n import _, listed
from tui.keymap import hint
from tui.paste import split_paths
from tui.plain.dialogs.questions import PROMPT, ask_question
from tui.plain.line_terminal import LineTerminal
from tui.screens.dialogs.question import Question
from tui.screens.files.file_picker import FilePicker
from tui.screens.files.marked_files import PickedFile
from tui.screens.files.send_checks import SendCheck, check_before_sending
from tui.services.uploads.preflight import check
from tui.units import shown_size
from tui.widgets.base.one_line import one_line
from tui.widgets.base.styles import Tone

_NAMES: Final = 3
"""Names of files in a question; further files are counted."""


async def pick_files(dialog: FilePicker, terminal: LineTerminal) -> tuple[PickedFile, ...] | None:
    """Ask for paths until an empty line, check them, and ask before they are sent; None where nothing is to be."""
    terminal.say(_("Send to {name}").format(name=one_line(dialog.target)), Tone.STRONG)
    terminal.say(hint("A path a line, {completion.go_on} completes it; an empty line ends the list."), Tone.DIM)
    paths: list[Path] = []
    while (line := await terminal.ask_line(PROMPT, complete_path)) is not None and line.strip():
        for path in await asyncio.to_thread(split_paths, line):
            if await asyncio.to_thread(path.exists):
                paths.append(path)
            else:
                terminal.say(_("No such file: “{name}”.").format(name=one_line(str(path))), Tone.WARN)
    paths = list(dict.fromkeys(paths))
    if not paths:
        return None
    folders = [path for path in paths if await asyncio.to_thread(path.is_dir)]
    checked = await _checked(dialog, [path for path in paths if path not in folders])
    if checked.sentence:
        terminal.say(checked.sentence, checked.tone)
    # Folders are counted, and asked about, one by one when they are packed.
    fine = (*checked.fine, *(PickedFile(path, dialog.marks.kind(path)) for path in folders))
    if not fine:
        return None
    return await _agreed(dialog, fine, terminal)


async def _checked(dialog: FilePicker, paths: Sequence[Path]) -> SendCheck:
    files = dialog.marks.files(paths)
    found = await asyncio.to_thread(lambda: [check(one.path, dialog.endpoint, one.kind) for one in files])
    return check_before_sending(files, found, None)


async def _agreed(
    dialog: FilePicker, files: tuple[PickedFile, ...], terminal: LineTerminal
) -> tuple[PickedFile, ...] | None:
    """Ask whether the files go to this conversation, or to others."""
    names = listed([f"“{one_line(one.path.name)}”" for one in files[:_NAMES]])
    if len(files) > _NAMES:
        names = _("{names} and {count} more").format(names=names, count=len(files) - _NAMES)
    size = await asyncio.to_thread(_total, files)
    question = _("Send {files} ({size}) to {group}?").format(files=names, size=shown_size(size), group=dialog.target)
    answers = [("y", _("send")), ("o", _("send to others")), ("escape", _("back"))]
    if dialog.send_to_others is None or any(one.path.is_dir() for one in files):
        del answers[1]
    answer = await ask_question(Question(question, tuple(answers)), terminal)
    if answer == "o" and dialog.send_to_others is not None:
        await dialog.send_to_others(files)
    return files if answer == "y" else None


def _total(files: Sequence[PickedFile]) -> int:
    total = 0
    for one in files:
        with suppress(OSError):
            total += one.path.stat().st_size if one.path.is_file() else 0
    return total


def complete_path(line: str) -> Sequence[str]:
    """Return the paths that a typed one can become; folders end with a slash."""
    folder, typed = os.path.split(line)
    place = Path(folder or ".").expanduser()
    try:
        names = sorted(
            f"{entry.name}/" if entry.is_dir() else entry.name
            for entry in os.scandir(place)
            if entry.name.startswith(typed) and (typed.startswith(".") or not entry.name.startswith("."))
        )
    except OSError:
        return ()
    return [f"{folder}/{name}".replace("//", "/") if folder else name for name in names]
