"""Question about what looks like a secret in a report."""

from __future__ import annotations

from collections.abc import Sequence
from enum import Enum
from typing import Final

from tui.cli.sending.asking import letter_typed, somebody_there
from tui.cli.shared.output import tell
from tui.i18n import _, counted

_PATIENCE: Final = 60
"""Seconds that the question waits for its answer."""


class SecretsAnswer(Enum):
    """Answer, and the letter that is typed for it."""

    MASKED = "m"
    AS_IT_IS = "a"
    NOTHING = "n"


def ask(found: Sequence[str], count: int) -> SecretsAnswer:
    """Tell what looks like a secret, and on a terminal ask what to do.

    Nobody may sit there any more: without an answer it is masked.
    """
    if not somebody_there():
        sentence = counted(
            "{count} line looks like a secret and was masked:",
            "{count} lines look like secrets and were masked:",
            count,
        )
        tell(f"wxtui: {sentence}")
        _list(found, count)
        return SecretsAnswer.MASKED
    tell("wxtui: " + counted("{count} line looks like a secret:", "{count} lines look like secrets:", count))
    _list(found, count)
    question = _("Send it (m) masked, (a) as it is, (n) not at all? Masked in {seconds} s:")
    by_letter = {one.value: one for one in SecretsAnswer} | {"": SecretsAnswer.MASKED}
    while (answer := by_letter.get(letter_typed(question.format(seconds=_PATIENCE), _PATIENCE))) is None:
        pass  # Another letter is no answer.
    if answer is SecretsAnswer.NOTHING:
        tell("wxtui: " + _("Nothing was sent."))
    return answer


def _list(found: Sequence[str], count: int) -> None:
    for line in found:
        tell("  " + line[:100])
    if count > len(found):
        tell("  …")
