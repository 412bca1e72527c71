"""Actions that send on what was received: messages, to as many conversations as are chosen; a sticker."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING

from tui import errors
from tui.i18n import _, counted, joined, say
from tui.message_summary import in_short
from tui.screens.chat.actions.base import ActionGroup, quoted
from tui.services.util.retry import may_mean_media
from tui.store.delivery_state import DeliveryState
from tui.store.models import ExportedMessage, ReceivedSticker, StoredMessage
from tui.units import short_time
from tui.widgets.base.styles import Tone
from tui.wire import bodies
from tui.wire.contacts import Contact, ContactKind
from tui.wire.media_types import MediaKind
from tui.wire.text import printable

if TYPE_CHECKING:
    from tui.widgets.lists.choice_list import Choice

_FILES = (bodies.File, bodies.Image, bodies.Video)


class ForwardActions(ActionGroup):
    """Sends messages on, in the order in which they stand in the log, and stickers."""

    async def forward(self, argument: str) -> None:
        """Send messages on, to as many as are chosen; also an image that its sender recalled."""
        chosen = await self._targets("")
        messages = _forwardable(chosen)
        if argument:
            self._chat.run(self._find_and_forward(messages, len(chosen), argument), "pick")
        else:
            self._chat.run(self._pick_and_forward(messages, len(chosen)), "pick")

    async def sticker(self, argument: str) -> None:
        """Send one of the stickers that were received, by its MD5: nothing is uploaded."""
        _conversation, contact = await self._here()
        store, now = self._context.store, self._context.clock()
        known = await store.stickers()
        if not known:
            raise errors.UsageError(why=_("You have received no sticker that could be sent again."))
        named = await store.named([one.message for one in known])
        choices = [_sticker_row(one, name, now) for one, name in zip(known, named, strict=True)]
        title = _("Send a sticker to {name}").format(name=printable(contact.name, newlines=False))
        from tui.screens.pickers.sticker_picker import StickerPicker

        picker = StickerPicker(title, choices, self._context.runtime.pictures)
        for choice in await self._chat.ask(picker) or ():
            self._chat.run(self._send_sticker(choice.value, contact), "send")

    async def _send_sticker(self, message: StoredMessage, contact: Contact) -> None:
        """Send it by its MD5; where the server refuses that, upload its file. Raises the refusal where that fails."""
        outbox, rows = self._outbox(), list[StoredMessage]()
        try:
            await outbox.forward(message, contact, rows.append)
        except errors.ServerRefused as refusal:
            if not may_mean_media(refusal):
                raise
            try:
                path = await self._context.runtime.pictures.path_of(message)
                await outbox.files.send_instead(rows[0], path, MediaKind.GIF)
            except errors.WxtuiError:
                raise refusal from None
            self._chat.tell(_("WeChat did not take the sticker as it is; it is uploaded."), Tone.TEXT)

    async def _pick_and_forward(self, messages: Sequence[StoredMessage], chosen: int) -> None:
        if len(messages) == 1:
            title = _("Forward “{what}” to").format(what=printable(in_short(messages[0].body), newlines=False))
        else:
            title = counted("Forward {count} message to", "Forward {count} messages to", len(messages))
        picked = await self._pick_people(title)
        if picked and await self._forward_agreed(messages, chosen, picked):
            # Keys wait for who picks, not for a network.
            self._chat.run(self._forward(messages, picked), "send")

    async def _find_and_forward(self, messages: Sequence[StoredMessage], chosen: int, target: str) -> None:
        contact = await self._from_server(self._client().directory.resolve(target))
        if contact is not None:
            self._chat.run(self._forward_to(messages, chosen, contact), "send")

    async def _forward_to(self, messages: Sequence[StoredMessage], chosen: int, contact: Contact) -> None:
        """Forward to a contact that was named whole. Several messages, or a file to a group, are confirmed too."""
        is_group = contact.kind is ContactKind.GROUP
        asks_files = is_group and self._context.settings.confirm_group_files
        has_file = any(isinstance(message.body, _FILES) for message in messages)
        asks = chosen > 1 or (asks_files and has_file)
        if not asks or await self._forward_agreed(messages, chosen, [contact]):
            await self._forward(messages, [contact])

    async def _forward_agreed(self, messages: Sequence[StoredMessage], chosen: int, targets: Sequence[Contact]) -> bool:
        names, count = _names_of(targets), len(messages)
        if count < chosen:
            question = counted(
                "{count} of {total} can be forwarded: forward it to {names}?",
                "{count} of {total} can be forwarded: forward them to {names}?",
                count,
                total=chosen,
                names=names,
            )
        elif count == 1:
            question = _("Forward {message} to {names}?").format(message=quoted(messages[0]), names=names)
        else:
            question = counted(
                "Forward {count} message to {names}?", "Forward {count} messages to {names}?", count, names=names
            )
        return await self._agreed(question, _("forward"))

    async def _forward(self, messages: Sequence[StoredMessage], targets: Sequence[Contact]) -> None:
        outbox = self._outbox()
        self._chat.message_log.unmark(messages)
        pause = self._context.settings.send_pause if len(targets) > 1 else 0.0
        fates = await outbox.forward_to_several(messages, targets, pause)
        failures, whose = [], [contact for contact in targets for _message in messages]
        for fate, contact in zip(fates, whose, strict=True):
            if isinstance(fate, errors.WxtuiError):
                failures.append((contact, fate))
            elif isinstance(fate, BaseException):
                raise fate
        if failures and len(fates) == 1:
            raise failures[0][1]
        cancelled = sum(isinstance(one, StoredMessage) and one.state is DeliveryState.CANCELLED for one in fates)
        self._chat.tell(*_summary(len(messages), len(fates), cancelled, failures, _names_of(targets)))


def _forwardable(messages: Sequence[StoredMessage]) -> list[StoredMessage]:
    """Return the messages that can be sent on. Raises why the first one cannot be, when none can."""
    from tui.services.sending.forwarding import copy_of

    found, why = [], None
    for message in messages:
        try:
            copy_of(message)
            found.append(message)
        except errors.WxtuiError as error:
            why = why or error
    if why is not None and not found:
        raise why
    return found


def _sticker_row(sticker: ReceivedSticker, named: ExportedMessage, now: datetime) -> Choice[StoredMessage]:
    """Return a row of the picker: from whom a sticker came last, when, and how often."""
    from tui.widgets.lists.choice_list import Choice

    who = [named.sender, named.chat] if named.sender and named.sender != named.chat else [named.chat]
    label = " · ".join(printable(name, newlines=False) for name in who)
    times = f" ×{sticker.times}" if sticker.times > 1 else ""
    return Choice(label, short_time(sticker.message.time, now) + times, (), sticker.message)


def _names_of(targets: Sequence[Contact]) -> str:
    return "、".join(printable(contact.name, newlines=False) for contact in targets)


def _summary(
    messages: int, copies: int, cancelled: int, failures: Sequence[tuple[Contact, errors.WxtuiError]], names: str
) -> tuple[str, Tone]:
    """Return what came of all copies: those that arrived, and of the others how many, and why."""
    done = copies - cancelled - len(failures)
    if done == copies:
        if messages == 1:
            return _("Forwarded to {names}.").format(names=names), Tone.GOOD
        return (
            counted("Forwarded {count} message to {names}.", "Forwarded {count} messages to {names}.", messages,
                    names=names),
            Tone.GOOD,
        )  # fmt: skip
    parts = [_("Forwarded {count} of {total} to {names}.").format(count=done, total=copies, names=names)]
    if cancelled:
        parts.append(_("Cancelled: {count}.").format(count=cancelled))
    if failures and copies == messages:
        why = say(failures[0][1], advice=False)
        parts.append(counted("{count} failed: {why}", "{count} failed: {why}", len(failures), why=why))
    elif failures:
        reasons: dict[str, dict[str, Contact]] = {}
        for contact, error in failures:
            reasons.setdefault(say(error, advice=False), {})[contact.user_name] = contact
        parts += (
            _("Not to {names}: {why}").format(names=_names_of(list(failed.values())), why=why)
            for why, failed in reasons.items()
        )
    return joined(*parts), Tone.WARN if done else Tone.BAD
