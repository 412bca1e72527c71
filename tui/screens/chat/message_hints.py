"""Hints of the last line for keys that act on messages: only what can be done to these messages is named."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Final

import msgspec

from tui.errors import N_, WxtuiError
from tui.i18n import _
from tui.keymap import hint, keys_of
from tui.message_summary import has_address
from tui.services.runtime import Runtime
from tui.store.changes import TAKEN_BACK
from tui.store.delivery_state import DeliveryState
from tui.store.models import StoredMessage
from tui.wire import bodies

if TYPE_CHECKING:
    from tui.services.uploads.upload_state import Upload

AGAIN: Final = (DeliveryState.FAILED, DeliveryState.CANCELLED, DeliveryState.UNKNOWN)
"""States of messages that a person can send again."""
_EDITABLE: Final = (DeliveryState.REVOKED, DeliveryState.CANCELLED)
_MEDIA: Final = (bodies.File, bodies.Image, bodies.Video, bodies.Voice, bodies.Emoticon)


def _upload(runtime: Runtime, message: StoredMessage) -> Upload | None:
    outbox = runtime.loaded_outbox
    found = None if outbox is None or not message.outgoing else outbox.files.of_row(message.id)
    return None if found is None or found.state.over else found


def _recalls(runtime: Runtime, message: StoredMessage) -> bool:
    outbox = runtime.loaded_outbox
    return outbox is not None and outbox.revoker.promising(message)


def _forwards(runtime: Runtime, message: StoredMessage) -> bool:
    from tui.services.sending.forwarding import copy_of

    try:
        copy_of(message)
    except WxtuiError:
        return False
    return True


def _saves(runtime: Runtime, message: StoredMessage) -> bool:
    if not isinstance(message.body, _MEDIA):
        return False
    from tui.services.downloads.download import fetchable

    return fetchable(message)


def _shows(runtime: Runtime, message: StoredMessage) -> bool:
    from tui.services.pictures.message_picture import has_picture

    return has_picture(message.body) and message.state not in TAKEN_BACK


def _opens(runtime: Runtime, message: StoredMessage) -> bool:
    return message.state not in TAKEN_BACK and _saves(runtime, message) and not isinstance(message.body, bodies.Voice)


def _plays(runtime: Runtime, message: StoredMessage) -> bool:
    return message.state not in TAKEN_BACK and _saves(runtime, message) and isinstance(message.body, bodies.Voice)


def _edits(runtime: Runtime, message: StoredMessage) -> bool:
    return message.mine and isinstance(message.body, bodies.Text) and message.state in _EDITABLE


def _asks(runtime: Runtime, message: StoredMessage) -> bool:
    return isinstance(message.body, bodies.FriendRequest) and message.body.waits


def _answers(runtime: Runtime, message: StoredMessage) -> bool:
    from tui.screens.chat.quotation import Quotation

    return Quotation.of(message.body) is not None


def _uploads(runtime: Runtime, message: StoredMessage) -> bool:
    return _upload(runtime, message) is not None


def _replies(runtime: Runtime, message: StoredMessage) -> bool:
    # A friend request is answered by accepting it; nobody reads what is written below it.
    return _is_said(runtime, message) and not isinstance(message.body, bodies.FriendRequest)


def _is_said(runtime: Runtime, message: StoredMessage) -> bool:
    return not bodies.is_notice(message.body)


class MessageCommand(msgspec.Struct, frozen=True):
    """Command on messages, in the words of the last line and of the menu. Without a `hint` it stands in the menu alone.

    The menu's title says on what it acts.
    """

    id: str
    hint: str
    row: str
    fits: Callable[[Runtime, StoredMessage], bool]
    """Returns whether it can be done to a message."""


MESSAGE_COMMANDS: Final = tuple(
    MessageCommand(*row)
    for row in (
        ("accept", N_("{accept} accept"), N_("Accept"), _asks),
        ("ignore", N_("{ignore} ignore"), N_("Ignore"), _asks),
        ("retry", N_("{retry} retry"), N_("Send again"), lambda runtime, message: message.state in AGAIN),
        ("revoke", N_("{revoke} recall"), N_("Recall"), _recalls),
        ("edit", N_("{edit} edit"), N_("Edit"), _edits),
        ("open", N_("{open} view"), N_("View"), _shows),
        ("save", N_("{save} save"), N_("Save"), _saves),
        ("open_with", N_("{open_with} open"), N_("Open with its program"), _opens),
        ("open_with", N_("{open_with} play"), N_("Play"), _plays),
        ("pause", N_("{pause} pause or resume"), N_("Pause or resume"), _uploads),
        ("links", N_("{links} links"), N_("Links"), lambda runtime, message: has_address(message.body)),
        ("quoted", N_("{quoted} quoted"), N_("Go to the quoted message"), _answers),
        ("reply", N_("{reply} reply"), N_("Reply"), _replies),
        ("copy", N_("{copy} copy"), N_("Copy"), lambda runtime, message: True),
        ("forward", N_("{forward} forward"), N_("Forward"), _forwards),
        ("mark", N_("{mark} mark"), N_("Mark several"), _is_said),
        ("open", N_("{open} details"), N_("Details"), lambda runtime, message: not _shows(runtime, message)),
        ("copy_id", "", N_("Copy MsgID"), lambda runtime, message: bool(message.msg_id)),
        ("cancel", "", N_("Cancel sending"), lambda runtime, message: message.state is DeliveryState.PENDING),
    )
)
"""All of them. The last line drops from the end what has no room."""
_LAST: Final = ("accept", "cancel", "revoke")
"""Commands at the end of a menu, where no first Enter hits them."""
_ON_ALL: Final = ("revoke", "forward", "save", "copy")
"""Commands that act on all marked messages, in the order of their hints."""


def message_hints(runtime: Runtime, message: StoredMessage) -> str:
    """Return `d recall · r reply · y copy`: what can be done to one message."""
    return " · ".join(hint(one.hint) for one in _hinted() if one.fits(runtime, message))


def marked_hints(runtime: Runtime, marked: Sequence[StoredMessage]) -> str:
    """Return `3 marked · d recall · y copy`: what can be done to one of the marked messages at least."""
    found = {
        one.id: hint(one.hint)
        for one in _hinted()
        if one.id in _ON_ALL and any(one.fits(runtime, message) for message in marked)
    }
    count = _("{count} marked").format(count=len(marked))
    return " · ".join([count, *(found[name] for name in _ON_ALL if name in found)])


def _hinted() -> list[MessageCommand]:
    return [one for one in MESSAGE_COMMANDS if one.hint and keys_of(one.id)]


def possible(runtime: Runtime, messages: Sequence[StoredMessage], *, marked: bool) -> list[MessageCommand]:
    """Return the commands that can be done to one of these messages at least; of marked ones, those that act on all."""
    found = [
        one
        for one in MESSAGE_COMMANDS
        if (one.id in _ON_ALL or not marked) and any(one.fits(runtime, message) for message in messages)
    ]
    return sorted(found, key=lambda one: one.id in _LAST)
