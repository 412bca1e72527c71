"""Question before the first login to the web version: what may happen to the account, and what there is instead."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from tui.i18n import _
from tui.screens.dialogs.question import Answers, Question, QuestionText
from tui.screens.settling import Settling
from tui.services.session.risk import Risk, risk_words
from tui.terminal.graphemes import wrapped
from tui.wire.names import Endpoint

if TYPE_CHECKING:
    from tui.services.client.supervisor import SessionSupervisor

_WAYS: Final = {"f": Endpoint.FILEHELPER, "y": Endpoint.WEB}
"""Answer → way in."""


class RiskText(QuestionText):
    """Draws the sentences of a risk, a paragraph each where the screen has room for that."""

    def __init__(self, sentence: str, answers: Answers, settling: Settling) -> None:
        super().__init__(sentence, answers, settling)
        self._sentences = sentence.splitlines()

    def _wrapped(self, width: int) -> list[str]:
        apart = [line for sentence in self._sentences for line in ("", *wrapped(sentence, width))][1:]
        frame, gap = 2, 1
        room = self.screen.size.height - frame - gap - self._rows(width) if self.is_attached else len(apart)
        return apart if len(apart) <= room else super()._wrapped(width)


class RiskQuestion(Question):
    """Returns `f` for File Transfer, which is named first, `y` for the web version, None for neither."""

    TEXT = RiskText

    def __init__(self) -> None:
        super().__init__(
            "\n".join(risk_words(Risk.WEB)),
            (("f", _("File Transfer")), ("y", _("web version anyway")), ("escape", _("not now"))),
            title=risk_title(),
        )


def risk_title() -> str:
    """Return the title of the question."""
    return _("Before the web version")


def chosen_way(answer: str | None, supervisor: SessionSupervisor) -> Endpoint | None:
    """Return where an answer logs in, and take the risk that it takes; None for neither."""
    if answer == "y":
        supervisor.take_risk()
    return _WAYS.get(answer or "")
