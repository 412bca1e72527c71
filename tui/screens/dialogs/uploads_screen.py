"""List of all uploads since the start, with what can be done about each."""

from __future__ import annotations

from collections.abc import Coroutine, Sequence
from typing import TYPE_CHECKING, Any, Final

from textual import events, on
from textual.app import ComposeResult
from textual.timer import Timer

from tui.errors import N_
from tui.i18n import _, joined, say, translated
from tui.key_table import Area
from tui.keymap import hint
from tui.paths import style_sheets
from tui.screens.dialogs.question import Question
from tui.screens.leave_once import LeavesOnce
from tui.services.uploads.upload_state import Upload, UploadState
from tui.widgets.base.bindings import bound
from tui.widgets.base.panel import HeadLine
from tui.widgets.base.styles import Tone
from tui.widgets.base.work import begin
from tui.widgets.lists.row_list import RowList
from tui.widgets.lists.upload_list import UploadDetail, UploadList
from tui.widgets.status_line import StatusLine
from tui.wire.text import printable

if TYPE_CHECKING:
    from tui.services.outbox import Outbox

_BUSY: Final = 0.1
_CALM: Final = 1.0
"""Seconds between two looks at the outbox, while an upload is unfinished and while none is."""

_WAITING: Final = (UploadState.QUEUED, UploadState.PAUSED)
"""States of uploads whose order can be changed."""


class UploadsScreen(LeavesOnce[Upload | None]):
    """Returns the upload whose message is to be shown, None on Escape.

    It looks at the outbox, ten times a second while an upload is unfinished; rows that did not change cost no byte.
    """

    CSS_PATH = style_sheets("modals")
    AUTO_FOCUS = None
    HELP_AREAS = (Area.UPLOADS, Area.LISTS)
    BINDINGS = [
        bound("transfers.leave", "leave"),
        bound("transfers.cancel", "cancel"),
        bound("transfers.pause", "pause"),
        bound("transfers.retry", "retry"),
        bound("transfers.later", "reorder(1)"),
        bound("transfers.sooner", "reorder(-1)"),
        bound("transfers.clear", "clear"),
    ]

    def __init__(self, outbox: Outbox, cleared: set[int]) -> None:
        """`cleared`: ids of uploads that a person has taken off the list; more are added here."""
        super().__init__()
        self._outbox = outbox
        self._cleared = cleared
        self._head = HeadLine(_("Uploads"), id="head")
        self._list = UploadList(id="transfers")
        self._detail = UploadDetail(upload_sentence, id="detail")
        self._status = StatusLine(id="status")
        self._timer: Timer | None = None
        self.interval = 0.0
        """Seconds between two looks."""

    def compose(self) -> ComposeResult:
        """Lay out a head, the list, the upload at the cursor in full, and the keys."""
        yield self._head
        yield self._list
        yield self._detail
        yield self._status

    def on_mount(self) -> None:
        """Show the uploads, and go on looking."""
        self._list.focus()
        self._look()

    def on_resize(self, event: events.Resize) -> None:
        """Hide the details on a low screen, which keeps the list."""
        self._detail.display = event.size.height >= 14

    # ---------------------------------------------------------------- looking

    def _look(self) -> None:
        """Show the uploads as they are now."""
        uploads = [one for one in self._outbox.files.uploads if self._stands_for_all(one) and not self._hidden(one)]
        self._list.show(uploads)
        self._detail.show(self._list.at_cursor)
        self._head.show(_counts(uploads))
        self._status.hints = self._hints(self._list.at_cursor)
        interval = _CALM if all(one.state.over or one.paused for one in uploads) else _BUSY
        if interval != self.interval:
            self.interval = interval
            if self._timer is not None:
                self._timer.stop()
            self._timer = self.set_interval(interval, self._look)

    def _stands_for_all(self, one: Upload) -> bool:
        """Return False for an upload whose file has a row already: it is for several."""
        return one.series is None or one is one.series.front

    def _hidden(self, one: Upload) -> bool:
        if one.id in self._cleared and not one.state.over:
            # It was sent again from elsewhere.
            self._cleared.discard(one.id)
        return one.id in self._cleared

    def _hints(self, one: Upload | None) -> str:
        """Return the keys that do something with the upload at the cursor."""
        if one is None:
            return hint("{overlay.leave} back")
        keys = []
        if not one.state.over and one.state is not UploadState.SENDING:
            keys.append(hint("{transfers.cancel} cancel"))
            keys.append(hint("{transfers.pause} resume") if one.paused else hint("{transfers.pause} pause"))
        if one.state in (UploadState.FAILED, UploadState.CANCELLED, UploadState.UNKNOWN):
            keys.append(hint("{transfers.retry} retry"))
        if one.state in _WAITING:
            keys.append(hint("{transfers.later} {transfers.sooner} reorder"))
        if any(other.state.over for other in self._list.shown):
            keys.append(hint("{transfers.clear} clear done"))
        return " · ".join([hint("{list.choose} message"), *keys, hint("{overlay.leave} back")])

    @on(RowList.Moved)
    def _moved(self) -> None:
        self._status.say("")
        self._look()

    # ---------------------------------------------------------------- keys

    @on(RowList.Chosen)
    def _chosen(self) -> None:
        one = self._list.at_cursor
        if one is not None and one.row is not None:
            self.dismiss(one)

    def action_leave(self) -> None:
        """Go back to the messages."""
        self.dismiss(None)

    def action_cancel(self) -> None:
        """Give up the upload at the cursor, after a question."""
        one = self._list.at_cursor
        if one is not None and not one.state.over:
            self._go(self._cancel(one))

    async def _cancel(self, one: Upload) -> None:
        question = _("Cancel {message}?").format(message=f"“{printable(one.name, newlines=False)}”")
        if not await self._agreed(question, _("cancel it")):
            return
        done = [self._outbox.files.cancel(other) for other in one.alike if not other.state.over]
        if all(done):
            self._status.say(_cancelled(one), Tone.GOOD)
        else:
            self._status.say(
                _("Too late to cancel: its message is being sent. You can recall it afterwards."), Tone.WARN
            )
        self._look()

    def action_pause(self) -> None:
        """Pause the upload at the cursor, or let it go on."""
        one = self._list.at_cursor
        if one is None or one.state.over:
            return
        wish = not one.paused
        done = [self._outbox.files.pause(other, wish) for other in one.alike if not other.state.over]
        if not any(done):
            self._status.say(_("Too late: its message is being sent."), Tone.WARN)
        elif wish:
            self._status.say(hint("Paused; {transfers.pause} resumes."), Tone.GOOD)
        self._look()

    def action_retry(self) -> None:
        """Send the upload at the cursor again, after a question."""
        one = self._list.at_cursor
        if one is None:
            return
        if one.state in (UploadState.FAILED, UploadState.CANCELLED, UploadState.UNKNOWN):
            self._go(self._retry(one))

    async def _retry(self, one: Upload) -> None:
        if one.state is UploadState.UNKNOWN:
            question = _("No reply from WeChat: it may have arrived. Send it again anyway?")
        else:
            question = _("Send {message} again?").format(message=f"“{printable(one.name, newlines=False)}”")
        if not await self._agreed(question, _("send again")):
            return
        if one.state is not UploadState.UNKNOWN:
            for other in one.alike:
                if other.state in (UploadState.FAILED, UploadState.CANCELLED):
                    self._outbox.files.retry(other)
        elif one.row is not None:
            # Keys wait for a question, not for a network.
            self._go(self._outbox.resend(one.row), "send")
        self._look()

    async def _agreed(self, question: str, yes: str) -> bool:
        return await self.app.push_screen_wait(Question(question, (("y", yes), ("escape", _("back"))))) == "y"

    def action_reorder(self, by: int) -> None:
        """Move the upload at the cursor down or up in the queue."""
        one = self._list.at_cursor
        if one is not None and one.state in _WAITING:
            self._outbox.files.reorder(one, by)
            self._look()

    def action_clear(self) -> None:
        """Take finished uploads off the list: the sent and cancelled ones, at the next press the others."""
        over = [one for one in self._list.shown if one.state in (UploadState.SENT, UploadState.CANCELLED)]
        over = over or [one for one in self._list.shown if one.state.over]
        self._cleared |= {other.id for one in over for other in one.alike}
        self._look()

    # ---------------------------------------------------------------- what goes wrong

    def _go(self, work: Coroutine[Any, Any, object], group: str = "ask") -> None:
        """Do work beside the keys; a failure is said."""
        begin(self, work, group, complain=lambda sentence: self._status.say(sentence, Tone.BAD))


def _counts(uploads: Sequence[Upload]) -> str:
    """Return `1 running · 3 waiting · 1 paused · 2 sent · 1 failed`."""
    counts = (
        (_("{count} running"), sum(one.state.running for one in uploads)),
        (_("{count} waiting"), sum(one.state is UploadState.QUEUED for one in uploads)),
        (_("{count} paused"), sum(one.state is UploadState.PAUSED for one in uploads)),
        (_("{count} sent"), sum(one.state is UploadState.SENT for one in uploads)),
        (_("{count} not sent"), sum(one.state in (UploadState.FAILED, UploadState.UNKNOWN) for one in uploads)),
    )
    return " · ".join(words.format(count=count) for words, count in counts if count)


STANDS: Final = {
    UploadState.QUEUED: N_("Waiting for its turn."),
    UploadState.HASHING: N_("Reading the file for its checksum."),
    UploadState.CHECKING: N_("Checking whether the server already has this file."),
    UploadState.UPLOADING: N_("Uploading."),
    UploadState.WAITING: N_("Connection lost. The upload resumes by itself with the missing parts."),
    UploadState.PAUSED: N_(
        "Paused, also after a restart; {transfers.pause} resumes. Parts already uploaded are not sent again."
    ),
    UploadState.SENDING: N_("Uploaded; its message is being sent."),
    UploadState.SENT: N_("Sent."),
    UploadState.UNKNOWN: N_("No reply from WeChat: it may have arrived. Check your phone before you send it again."),
    UploadState.CANCELLED: N_("Cancelled; nothing was sent."),
    UploadState.FAILED: N_("Not sent."),
}


def _cancelled(one: Upload) -> str:
    """Return that an upload was cancelled, and who of several has the file all the same."""
    if one.series is None or not one.series.sent:
        return _("Cancelled; nothing was sent.")
    return _("Cancelled; it was already sent to {count} of {total}.").format(
        count=one.series.sent, total=len(one.alike)
    )


def upload_sentence(one: Upload) -> str:
    """Return the state of an upload and what happened to it, as a sentence without figures that change."""
    if one.state is UploadState.CANCELLED:
        said = _cancelled(one)
    else:
        said = say(one.error) if one.state is UploadState.FAILED and one.error is not None else hint(STANDS[one.state])
    return joined(said, translated(one.note)) if one.note is not None else said
