"""Last check before files are sent: which may go, and a sentence about those that may not, or need a second look."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from tui.errors import WxtuiError
from tui.i18n import _, counted, joined, say
from tui.keymap import hint
from tui.screens.files.marked_files import PickedFile
from tui.services.file_browser.listing import shown_name
from tui.services.uploads.preflight import FileWarning, PreflightResult
from tui.terminal.graphemes import shorten
from tui.widgets.base.styles import Tone

_NAME = 40
"""Cells of a name inside a sentence."""


class SendCheck(msgspec.Struct, frozen=True):
    """Files that can be sent. If there is a sentence, a person must have read it and press Enter again."""

    fine: tuple[PickedFile, ...]
    sentence: str = ""
    tone: Tone = Tone.TEXT


def check_before_sending(files: Sequence[PickedFile], found: Sequence[PreflightResult], confirmed: object) -> SendCheck:
    """Return which of `files` can go by the results `found`; `confirmed` are those that the person was warned about."""
    fine = tuple(file for file, checked in zip(files, found, strict=True) if checked.refusal is None)
    refused = [checked for checked in found if checked.refusal is not None]
    doubtful = [(file, checked) for file, checked in zip(files, found, strict=True) if checked.doubts]
    if (not refused and not doubtful) or (fine and confirmed == fine):
        return SendCheck(fine)
    parts = []
    if refused:
        assert refused[0].refusal is not None
        parts.append(_said(refused[0].refusal, advice=len(files) == 1))
    if len(refused) > 1:
        parts.append(_("{count} more cannot be sent either.").format(count=len(refused) - 1))
    if doubtful:
        file, checked = doubtful[0]
        parts.append(doubts(checked, file.path.name))
    if len(doubtful) > 1:
        parts.append(
            counted("{count} more needs your attention.", "{count} more need your attention.", len(doubtful) - 1)
        )
    if fine:
        if refused:
            parts.append(hint("{list.choose} again sends the others ({count}).", count=len(fine)))
        else:
            parts.append(hint("{list.choose} again sends it anyway."))
    return SendCheck(fine, joined(*parts), Tone.BAD if refused else Tone.WARN)


def remark(checked: PreflightResult) -> tuple[str, Tone]:
    """Return a sentence about the file at the cursor, "" when nothing is wrong."""
    if checked.refusal is not None:
        return _said(checked.refusal, advice=False), Tone.BAD
    return doubts(checked), Tone.WARN


def _said(error: WxtuiError, *, advice: bool) -> str:
    """Return the sentence of an error, with a name that leaves room for the rest."""
    facts = {name: shorten(shown_name(fact), _NAME)[0] if isinstance(fact, str) else fact
             for name, fact in error.facts.items()}  # fmt: skip
    return say(type(error)(**facts), advice=advice)


def doubts(checked: PreflightResult, name: str = "") -> str:
    """Return the warnings about a file as sentences; "" for none."""
    sentences = {
        FileWarning.PRIVATE_KEY: _("{name} looks like a private key."),
        FileWarning.TOKEN: _("{name} seems to contain a password or token."),
        FileWarning.LARGE_ANIMATION: _(
            "{name} is an animated image over 1 MB; WeChat may refuse it, or take it only as a file."
        ),
        FileWarning.CHANGING: _("{name} changed a moment ago; something may still be writing to it."),
    }
    subject = f"“{shorten(shown_name(name), _NAME)[0]}”" if name else _("This file")
    return joined(*(sentences[doubt].format(name=subject) for doubt in checked.doubts))
