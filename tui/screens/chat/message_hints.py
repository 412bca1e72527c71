"""Hints of the last line for keys that act on messages: only what can be done to these messages is named."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Final

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


def _is_said(runtime: Runtime, message: StoredMessage) -> bool:
    return not bodies.is_notice(message.body)


_HINTS: Final[tuple[tuple[str, str, Callable[[Runtime, StoredMessage], bool]], ...]] = (
    ("accept", N_("{accept} accept"), _asks),
    ("ignore", N_("{ignore} ignore"), _asks),
    ("retry", N_("{retry} retry"), lambda runtime, message: message.state in AGAIN),
    ("revoke", N_("{revoke} recall"), _recalls),
    ("edit", N_("{edit} edit"), _edits),
    ("open", N_("{open} view"), _shows),
    ("save", N_("{save} save"), _saves),
    ("open_with", N_("{open_with} open"), _opens),
    ("open_with", N_("{open_with} play"), _plays),
    ("pause", N_("{pause} pause or resume"), lambda runtime, message: _upload(runtime, message) is not None),
    ("links", N_("{links} links"), lambda runtime, message: has_address(message.body)),
    ("quoted", N_("{quoted} quoted"), _answers),
    ("reply", N_("{reply} reply"), _is_said),
    ("copy", N_("{copy} copy"), lambda runtime, message: True),
    ("forward", N_("{forward} forward"), _forwards),
    ("mark", N_("{mark} mark"), _is_said),
    ("open", N_("{open} details"), lambda runtime, message: not _shows(runtime, message)),
)
"""Command, its hint, and whether it can be done to a message. The last line drops from the end what has no room."""
_BESIDES: Final[tuple[tuple[str, Callable[[Runtime, StoredMessage], bool]], ...]] = (
    ("copy_id", lambda runtime, message: bool(message.msg_id)),
    ("cancel", lambda runtime, message: message.state is DeliveryState.PENDING),
)
"""Commands that stand in the menu of a message alone."""
_LAST: Final = ("accept", "cancel", "revoke")
"""Commands at the end of a menu, where no first Enter hits them."""
_ON_ALL: Final = ("revoke", "forward", "save", "copy")
"""Commands that act on all marked messages, in the order of their hints."""


def message_hints(runtime: Runtime, message: StoredMessage) -> str:
    """Return `d recall · r reply · y copy`: what can be done to one message."""
    return " · ".join(hint(words) for name, words, fits in _HINTS if keys_of(name) and fits(runtime, message))


def marked_hints(runtime: Runtime, marked: Sequence[StoredMessage]) -> str:
    """Return `3 marked · d recall · y copy`: what can be done to one of the marked messages at least."""
    possible = {
        name: hint(words)
        for name, words, fits in _HINTS
        if name in _ON_ALL and keys_of(name) and any(fits(runtime, message) for message in marked)
    }
    count = _("{count} marked").format(count=len(marked))
    return " · ".join([count, *(possible[name] for name in _ON_ALL if name in possible)])


def possible(runtime: Runtime, messages: Sequence[StoredMessage], *, marked: bool) -> list[str]:
    """Return the commands that can be done to one of these messages at least; of marked ones, those that act on all."""
    table = [*((name, fits) for name, _words, fits in _HINTS), *_BESIDES]
    found = [
        name
        for name, fits in table
        if (name in _ON_ALL or not marked) and any(fits(runtime, message) for message in messages)
    ]
    return sorted(found, key=_LAST.__contains__)
