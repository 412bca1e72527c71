"""Correction of one's last message in lines: what it does is read and agreed to before anything is recalled."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tui.commands import Correction
from tui.i18n import _
from tui.message_summary import in_short
from tui.screens.dialogs.question import Question
from tui.services.sending.correcting import CorrectedMessage, corrected_of
from tui.store.delivery_state import DeliveryState
from tui.widgets.base.styles import Tone
from tui.wire.text import printable

if TYPE_CHECKING:
    from tui.plain.chat.line_chat import LineChat


async def agreed(chat: LineChat, correction: Correction) -> CorrectedMessage | None:
    """Say what a correction comes to, and ask; None where the person does not want it. Raises what is in its way."""
    runtime = chat.context.runtime
    if runtime.busy is not None:
        raise runtime.busy
    corrected = corrected_of(chat.message_log.own_messages, correction.applied, runtime.outbox.revoker)
    what = printable(in_short(corrected.message.body), newlines=False)
    if corrected.message.state is DeliveryState.PENDING:
        chat.tell(_("Replaces, not sent yet: {what}").format(what=what), Tone.TEXT)
    else:
        chat.tell(_("Recalls: {what}").format(what=what), Tone.TEXT)
        chat.tell(_("Others see that you recalled a message."), Tone.WARN)
    chat.tell(_("Sends: {text}").format(text=printable(corrected.text, newlines=True)), Tone.STRONG)
    answer = await chat.ask(Question(_("Send this text?"), (("y", _("send")), ("escape", _("back")))))
    return corrected if answer == "y" else None
