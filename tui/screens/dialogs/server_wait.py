"""Wait for the server before a list or a question can be shown: a dialog of its own, so that no key waits with it."""

from __future__ import annotations

import asyncio
from typing import Any

from tui.i18n import _
from tui.screens.dialogs.question import Question
from tui.widgets.base.panel import Panel
from tui.widgets.base.work import begin


class ServerWait(Question):
    """Stands there until `work` is done. Returns None for Esc; the caller ends the work then."""

    def __init__(self, work: asyncio.Future[Any]) -> None:
        super().__init__(_("Waiting for WeChat…"), (("escape", _("cancel")),))
        self._panel = Panel(_("Please wait"), self._text)
        self.work = work

    def on_mount(self) -> None:
        """Leave as soon as the work is done."""
        begin(self, self._follow(), "server")

    async def _follow(self) -> None:
        await asyncio.wait({self.work})
        self.dismiss("done")
