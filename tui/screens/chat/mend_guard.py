"""Guard of `s/old/new/` in the bar: it is seen before Enter what that does, and where it can do nothing Enter sends
nothing, least of all those letters."""

from __future__ import annotations

from tui import errors
from tui.commands import Substitution, parse
from tui.i18n import _, say
from tui.keymap import hint
from tui.message_summary import in_short
from tui.screens.chat.chat_context import ChatContext
from tui.screens.chat.enter_guard import EnterGuard
from tui.services.sending.mending import Mend, mend_of
from tui.store.delivery_state import DeliveryState
from tui.widgets.base.styles import Tone
from tui.widgets.composer.mend_preview import MendPreview, around
from tui.wire.bodies import Text
from tui.wire.text import printable


class MendGuard:
    """Keeps the preview above the bar right, and holds back an Enter that could do nothing."""

    def __init__(self, chat: ChatContext, preview: MendPreview, guard: EnterGuard) -> None:
        self._chat = chat
        self._preview = preview
        self._guard = guard
        self._meant: tuple[int, str] | None = None
        """Message and text that the preview is about."""

    @property
    def _change(self) -> Substitution | None:
        """Change that the bar asks for while one writes there; None for anything else."""
        text = self._chat.composer.text
        meaning = parse(text) if text.startswith("s/") and self._chat.composer.has_focus else None
        return meaning if isinstance(meaning, Substitution) else None

    def found(self, change: Substitution) -> Mend:
        """Return what a change comes to. Raises what is in its way."""
        runtime = self._chat.context.runtime
        if runtime.busy is not None:
            raise runtime.busy
        return mend_of(self._chat.message_log.own_messages, change.applied, runtime.outbox.revoker)

    def typed(self) -> None:
        """Show what another text in the bar will do."""
        self._meant = None
        self._show()

    def changed(self) -> None:
        """Show it anew after messages changed. What means another message now was not read: Enter waits."""
        if self._preview.display:
            before = self._meant
            self._show()
            if self._meant not in (before, None) and before is not None:
                self._guard.text_came()

    def _show(self) -> None:
        change = self._change
        if change is None:
            self._preview.close()
            self._meant = None
            return
        keys = hint("{bar.send} recall and send · {bar.literal} as text · {back} cancel")
        try:
            mend = self.found(change)
        except errors.WxtuiError as error:
            keys = hint("{bar.literal} send as text · {back} cancel")
            self._preview.show((printable(say(error), newlines=False), Tone.WARN), (keys, Tone.DIM))
            return
        self._meant = mend.message.id, mend.text
        assert isinstance(mend.message.body, Text)
        shown = around(mend.message.body.text, mend.text, self._chat.composer.size.width)
        what = printable(in_short(mend.message.body), newlines=False)
        if mend.message.state is DeliveryState.PENDING:
            first = _("“{what}” has not been sent yet. This is sent in its place:").format(what=what)
            second = ""
        else:
            first = _("Recalls “{what}” and then sends:").format(what=what)
            second = _("Others see that you recalled a message.")
        rows = [(first, Tone.DIM), (shown, Tone.STRONG), (second, Tone.WARN), (keys, Tone.DIM)]
        self._preview.show(*(row for row in rows if row[0]))

    def refuses(self) -> bool:
        """Return True, and say why, while Enter could do nothing with the change in the bar."""
        change = self._change
        if change is None:
            return False
        try:
            self.found(change)
        except errors.WxtuiError:
            self._show()  # Above the bar stands why.
            self._chat.tell(hint("Nothing was sent. {bar.literal} sends it as text."), Tone.BAD)
            return True
        return False

    def cancel(self) -> bool:
        """Take a change out of the bar, where the key for that brings it back; return False when there is none."""
        composer = self._chat.composer
        if not self._preview.display:
            return False
        composer.keep(composer.text)
        composer.load("", composer.attachments)
        self._preview.close()
        self._chat.tell(hint("Nothing was sent. {text.yank} restores the text."), Tone.TEXT)
        return True
