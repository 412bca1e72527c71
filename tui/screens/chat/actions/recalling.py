"""Actions that take messages back, and that put a text of one's own into the bar again."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from tui import errors
from tui.i18n import _, counted, joined, say
from tui.keymap import hint
from tui.screens.chat.actions.base import ActionGroup, ConfirmedAction, number_in, quoted
from tui.store.models import StoredMessage
from tui.widgets.base.styles import Tone
from tui.wire import bodies

if TYPE_CHECKING:
    from tui.services.sending.revoking import Revoker


class RecallActions(ActionGroup):
    """Recalls the marked messages, the selected one, or those that the command names."""

    async def revoke(self, argument: str) -> ConfirmedAction:
        """Take messages back; an upload that runs is cancelled.

        Without a word: all that are marked, else the selected one, else the last.
        """
        log = self._chat.message_log
        if not argument and (marked := log.marked):
            return self._recall_marked(marked)
        if not argument and (log.selected is None or not log.has_focus):
            return await self.revoke_last("")
        own = self.recallable()
        wanted = argument.split() or [""]
        if any(number and log.numbered(number, own) is None for number in map(number_in, wanted)):
            if not own:
                raise self._revoker.why_none(log.own_messages)
            raise errors.UsageError(why=_("Messages that can still be recalled here: {count}.").format(count=len(own)))
        return self._recall([await self._message(one, own) for one in wanted])

    async def revoke_selected(self, argument: str) -> ConfirmedAction:
        """Take the selected message back, wherever the keys go: it was chosen by its menu."""
        return self._recall([await self._message("")])

    async def revoke_last(self, argument: str) -> ConfirmedAction:
        """Take the last own message back of those that still can be."""
        own = self.recallable()
        if not own:
            raise self._revoker.why_none(self._chat.message_log.own_messages)
        await self._chat.message_log.go_to(own[0])
        return self._recall(own[:1])

    def recallable(self) -> list[StoredMessage]:
        """Return own messages here that can still be taken back, the newest first."""
        return [message for message in self._chat.message_log.own_messages if self._revoker.obstacle(message) is None]

    @property
    def _revoker(self) -> Revoker:
        return self._context.runtime.outbox.revoker

    def _recall(self, messages: Sequence[StoredMessage]) -> ConfirmedAction:
        """Return the action of taking messages back. Raises the error that stands in the way."""
        for message in messages:
            if (why := self._revoker.obstacle(message)) is not None:
                raise why
        return self._asked(messages, _question(messages))

    def _recall_marked(self, marked: Sequence[StoredMessage]) -> ConfirmedAction:
        """Return the action of taking back those marked messages that still can be. Raises why none can be."""
        promising = [message for message in marked if self._revoker.promising(message)]
        if not promising:
            raise self._why_none_of(marked)
        if len(promising) == len(marked):
            return self._asked(marked, _question(marked))
        some = counted(
            "{count} of {total} can still be recalled: recall it?",
            "{count} of {total} can still be recalled: recall them?",
            len(promising),
            total=len(marked),
        )
        return self._asked(promising, some)

    def _why_none_of(self, marked: Sequence[StoredMessage]) -> errors.WxtuiError:
        obstacles = [self._revoker.obstacle(message) or errors.RevokeTooLate() for message in marked]
        if len({type(one) for one in obstacles}) == 1 and (len(obstacles) == 1 or not obstacles[0].facts):
            return obstacles[0]
        return errors.UsageError(why=_("None of the marked messages can be recalled any more."))

    def _asked(self, messages: Sequence[StoredMessage], question: str) -> ConfirmedAction:
        several = len(messages) > 1 or bool(self._chat.message_log.marked)
        return ConfirmedAction(question, _("recall"), lambda: self._revoke(messages), "revoke", always=several)

    async def _revoke(self, messages: Sequence[StoredMessage]) -> None:
        """Take messages back one by one, the oldest first, for it has the least time left; say what came of it."""
        recalled, cancelled = 0, 0
        failures: list[errors.WxtuiError] = []
        for message in sorted(messages, key=lambda one: one.place):
            try:
                answer = await self._outbox().revoker.revoke(message, self._session)
            except errors.WxtuiError as error:
                if len(messages) == 1:
                    raise
                failures.append(error)
                continue
            recalled, cancelled = recalled + (answer is not None), cancelled + (answer is None)
            self._chat.message_log.unmark([message])
        if len(messages) > 1:
            self._chat.tell(*_summary(recalled, cancelled, failures))
        elif cancelled:
            self._chat.tell(_("Cancelled; nothing was sent."))
        elif isinstance(messages[0].body, bodies.Text):
            self._chat.tell(hint("Recalled. {edit} edits it."))
        else:
            self._chat.tell(hint("Recalled."))

    async def edit(self, argument: str) -> None:
        """Put the text of a message of one's own back into the bar."""
        message = await self._message(argument)
        if not isinstance(message.body, bodies.Text) or not message.mine:
            raise errors.UsageError(why=_("You can only edit your own texts."))
        self._chat.put_in_bar(message.body.text)


def _question(messages: Sequence[StoredMessage]) -> str:
    if len(messages) == 1:
        return _("Recall {message}?").format(message=quoted(messages[0]))
    return counted("Recall {count} message for everyone?", "Recall {count} messages for everyone?", len(messages))


def _summary(recalled: int, cancelled: int, failures: Sequence[errors.WxtuiError]) -> tuple[str, Tone]:
    """Return what came of several recalls: how many worked, and of the others how many, and why."""
    total = recalled + cancelled + len(failures)
    unknown = [error for error in failures if isinstance(error, errors.RevokeUnknown)]
    refused = [error for error in failures if not isinstance(error, errors.RevokeUnknown)]
    parts = []
    if recalled == total:
        parts.append(counted("Recalled {count} message.", "Recalled {count} messages.", recalled))
    elif recalled:
        parts.append(_("Recalled {count} of {total}.").format(count=recalled, total=total))
    if cancelled:
        parts.append(_("Cancelled before they were sent: {count}.").format(count=cancelled))
    if refused:
        parts.append(_("Not recalled: {count}. {why}").format(count=len(refused), why=say(refused[0], advice=False)))
    if unknown:
        parts.append(
            counted(
                "No reply about {count}: it may or may not be recalled.",
                "No reply about {count}: they may or may not be recalled.",
                len(unknown),
            )
        )
    tone = Tone.GOOD if not failures else Tone.WARN if recalled or cancelled or unknown else Tone.BAD
    return joined(*parts), tone
