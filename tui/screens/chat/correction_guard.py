"""Guard of `s/old/new/` in the bar: it is seen before Enter what that does, and where it can do nothing Enter sends
nothing, least of all those letters."""

from __future__ import annotations

import math
import time

import msgspec

from tui import errors
from tui.commands import Correction, parse
from tui.i18n import _, say
from tui.keymap import hint
from tui.message_summary import in_short
from tui.screens.chat.chat_context import ChatPanes
from tui.screens.chat.enter_guard import EnterGuard
from tui.services.sending.correcting import CorrectedMessage, corrected_of
from tui.store.delivery_state import DeliveryState
from tui.widgets.base.styles import Tone
from tui.widgets.composer.correction_preview import CorrectionPreview, around
from tui.wire.bodies import Text
from tui.wire.text import printable


class Previewed(msgspec.Struct, frozen=True):
    """Correction as a preview tells it: the message that goes, the text that comes, and whether others see a recall."""

    message_id: int
    text: str
    is_pending: bool


class CorrectionGuard:
    """Keeps the preview above the bar right, and holds back an Enter that could do nothing, or came before it.

    A recall is seen by others and not to be undone: Enter makes only the correction that stood on the terminal as it
    was pressed, and `asked_for` has it. What came in one packet with the text, a paste or a macro, was not read.
    """

    def __init__(self, chat: ChatPanes, preview: CorrectionPreview, guard: EnterGuard) -> None:
        self._chat = chat
        self._preview = preview
        self._guard = guard
        self._meant: Previewed | None = None
        """Correction that the preview is about."""
        self._painted = math.inf
        """Moment, by Textual's clock, from which it stands on the terminal."""
        self._asked_for: tuple[str, CorrectedMessage] | None = None

    @property
    def _correction(self) -> Correction | None:
        """Correction that the bar asks for while one writes there; None for anything else."""
        text = self._chat.composer.text
        meaning = parse(text) if text.startswith("s/") and self._chat.composer.has_focus else None
        return meaning if isinstance(meaning, Correction) else None

    @property
    def is_read(self) -> bool:
        """True when the terminal shows what Enter will do."""
        return self._painted < math.inf

    def found(self, correction: Correction) -> CorrectedMessage:
        """Return what a correction comes to. Raises what is in its way."""
        runtime = self._chat.context.runtime
        if runtime.busy is not None:
            raise runtime.busy
        return corrected_of(self._chat.message_log.own_messages, correction.applied, runtime.outbox.revoker)

    def typed(self) -> None:
        """Show what another text in the bar will do."""
        self._show()

    def changed(self) -> None:
        """Show it anew after messages changed. What means another message now was not read: Enter waits."""
        if self._preview.display:
            before = self._meant
            self._show()
            if self._meant not in (before, None) and before is not None:
                self._guard.text_came()

    def _show(self) -> None:
        correction = self._correction
        if correction is None:
            self._preview.close()
            self._mean(None)
            return
        keys = hint("{bar.send} recall and send · {bar.literal} as text · {back} cancel")
        try:
            corrected = self.found(correction)
        except errors.WxtuiError as error:
            self._mean(None)
            keys = hint("{bar.literal} send as text · {back} cancel")
            self._preview.show((printable(say(error), newlines=False), Tone.WARN), (keys, Tone.DIM))
            return
        assert isinstance(corrected.message.body, Text)
        shown = around(corrected.message.body.text, corrected.text, self._chat.composer.size.width)
        what = printable(in_short(corrected.message.body), newlines=False)
        if corrected.message.state is DeliveryState.PENDING:
            first = _("Replaces, not sent yet: {what}").format(what=what)
            second = ""
        else:
            first = _("Recalls: {what}").format(what=what)
            second = _("Others see that you recalled a message.")
        sent = _("Sends: {text}").format(text=shown)
        rows = [(first, Tone.DIM), (sent, Tone.STRONG), (second, Tone.WARN), (keys, Tone.DIM)]
        self._preview.show(*(row for row in rows if row[0]))
        self._mean(_previewed(corrected))

    def _mean(self, meant: Previewed | None) -> None:
        """Note what the preview is about, and from when on that can be read."""
        if meant == self._meant:
            return
        self._meant, self._painted = meant, math.inf
        if meant is not None:
            self._chat.composer.call_after_refresh(self._was_painted, meant)

    def _was_painted(self, meant: Previewed) -> None:
        """Hear that the frame with this preview was written."""
        if meant == self._meant and self._painted == math.inf:
            self._painted = time.perf_counter()

    def refuses(self) -> bool:
        """Return True, and say why, while Enter must do nothing with the correction in the bar."""
        correction = self._correction
        if correction is None:
            return False
        try:
            corrected = self.found(correction)
        except errors.WxtuiError:
            self._show()  # Above the bar stands why.
            self._chat.tell(hint("Nothing was sent. {bar.literal} sends it as text."), Tone.BAD)
            return True
        composer = self._chat.composer
        if self._meant != _previewed(corrected) or composer.pressed_at < self._painted:
            self._show()
            self._chat.tell(hint("Nothing was sent. {bar.send} again recalls and sends."), Tone.WARN)
            return True
        self._asked_for = composer.text, corrected
        return False

    def asked_for(self, text: str) -> CorrectedMessage | None:
        """Return, once, the correction that Enter was pressed for with this text in the bar; None for one unread."""
        asked, self._asked_for = self._asked_for, None
        return asked[1] if asked is not None and asked[0] == text else None

    def cancel(self) -> bool:
        """Take a correction out of the bar, where the key for that brings it back; return False when there is none."""
        composer = self._chat.composer
        if not self._preview.display:
            return False
        composer.keep(composer.text)
        composer.load("", composer.attachments)
        self._preview.close()
        self._chat.tell(hint("Nothing was sent. {text.yank} restores the text."), Tone.TEXT)
        return True


def _previewed(corrected: CorrectedMessage) -> Previewed:
    return Previewed(corrected.message.id, corrected.text, corrected.message.state is DeliveryState.PENDING)
