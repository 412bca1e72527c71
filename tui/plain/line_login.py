"""Login in lines: how far it is, the QR code as text, and the ways on."""

from __future__ import annotations

import os
from time import monotonic
from typing import TYPE_CHECKING, Final

from tui.i18n import _
from tui.qr import light_modules
from tui.screens.chat.status_summary import not_logged_in
from tui.screens.login.login_state import LoginStage, LoginState
from tui.services.client.events import SessionEvent
from tui.services.session.login_events import ShowCode
from tui.services.session.risk import VARIANTS
from tui.widgets.base.styles import Tone
from tui.wire.names import Endpoint

if TYPE_CHECKING:
    from tui.plain.chat.line_chat import LineChat
    from tui.services.runtime import Runtime

_SILENT: Final = frozenset({LoginStage.ONLINE, LoginStage.ASKING})
"""Stages of which others tell, or nobody needs to hear."""


_MODULES: Final = {True: ("##", "  "), False: ("  ", "██")}
"""Dark and light modules: of ink on paper, and for a dark ground."""


_WAYS: Final = {"f": Endpoint.FILEHELPER, "w": Endpoint.WEB}
"""Answer → way in."""


class LineLogin:
    """Says each stage of a login once."""

    def __init__(self, chat: LineChat, runtime: Runtime) -> None:
        self._chat = chat
        self._runtime = runtime
        self._state = LoginState()
        self._said = ""
        self._told_variants = False

    def hear(self, event: SessionEvent) -> None:
        """Say what an event of the login means."""
        state = self._state
        state.endpoint = self._runtime.supervisor.endpoint
        state.apply(event, monotonic())
        if isinstance(event, ShowCode) and not self._told_variants:
            self._told_variants = True
            self._chat.tell(_(VARIANTS[state.endpoint]), Tone.TEXT)
        if state.stage in _SILENT or state.stage in (LoginStage.REFUSED, LoginStage.LOGGED_OUT):
            self._said = ""
            return
        sentence = state.sentence(monotonic())
        if sentence != self._said:
            self._said = sentence
            self._chat.tell(sentence, Tone.TEXT)
            if note := state.note():
                self._chat.tell(note, Tone.TEXT)
        if isinstance(event, ShowCode):
            self._show_code(event.text)

    def _show_code(self, text: str) -> None:
        """Print the code's address, for who can scan that elsewhere, and the code, dark on a light ground."""
        dark = os.environ.get("TERM", "") in ("", "dumb")
        rows = light_modules(text)
        self._chat.tell(_("The code as an address: {address}").format(address=text), Tone.TEXT)
        self._chat.tell(_("The code as a picture of {count} lines:").format(count=len(rows)), Tone.TEXT)
        self._chat.tell("\n".join("".join(_MODULES[dark][light] for light in row).rstrip() for row in rows), Tone.TEXT)

    async def ask(self) -> None:
        """Ask for the way in, and begin a login."""
        from tui.screens.dialogs.question import Question

        self._told_variants = True
        for endpoint in (Endpoint.FILEHELPER, Endpoint.WEB):
            self._chat.tell(_(VARIANTS[endpoint]), Tone.TEXT)
        answers = (("f", _("File Transfer")), ("w", _("web version")), ("escape", _("back")))
        answer = await self._chat.ask(Question(_("Log in with:"), answers))
        if answer in _WAYS:
            self._log_in(_WAYS[answer])

    async def ask_risk(self) -> None:
        """Ask, once for each profile, whether the web version is worth its risk to this person."""
        from tui.screens.dialogs.risk_question import RiskQuestion, chosen_way

        way = chosen_way(await self._chat.ask(RiskQuestion()), self._runtime.supervisor)
        if way is None:
            self._chat.tell(not_logged_in(), Tone.WARN)
        else:
            self._log_in(way)

    def _log_in(self, endpoint: Endpoint) -> None:
        self._state.asked(endpoint)
        self._runtime.supervisor.again(endpoint, fresh=True)
