"""Questions before a person leaves the program or the profile, and what is said of that profile afterwards."""

from __future__ import annotations

from enum import Enum
from typing import TYPE_CHECKING, Final

from tui.errors import N_
from tui.i18n import _, counted
from tui.wire.text import printable

if TYPE_CHECKING:
    from tui.services.outbox import Outbox
    from tui.services.runtime import Runtime


class Leaving(Enum):
    """Work that stands in the way of somebody who leaves."""

    SENDING = "sending"
    CHANGING = "changing"
    SHELL = "shell"
    PACKING = "packing"
    UPLOADING = "uploading"


_QUITTING: Final = {
    Leaving.SENDING: N_("A message is being sent. If you quit now you won't know whether it arrived. Quit anyway?"),
    Leaving.CHANGING: N_(
        "A contact or group is being changed. If you quit now you won't know whether it was done. Quit anyway?"
    ),
    Leaving.SHELL: N_(
        "Another shell is sending a file through this wxtui. If you quit now it won't be sent. Quit anyway?"
    ),
    Leaving.PACKING: N_("“{name}” is still being packed. If you quit now it won't be sent. Quit anyway?"),
    Leaving.UPLOADING: N_("A file is being uploaded. It resumes at the next start. Quit anyway?"),
}
_SWITCHING: Final = {
    Leaving.SENDING: N_("A message is being sent. If you switch now you won't know whether it arrived. Switch anyway?"),
    Leaving.CHANGING: N_(
        "A contact or group is being changed. If you switch now you won't know whether it was done. Switch anyway?"
    ),
    Leaving.SHELL: N_(
        "Another shell is sending a file through this wxtui. If you switch now it won't be sent. Switch anyway?"
    ),
    Leaving.PACKING: N_("“{name}” is still being packed. If you switch now it won't be sent. Switch anyway?"),
    Leaving.UPLOADING: N_("A file is being uploaded. It resumes when this profile is open again. Switch anyway?"),
}


def leaving_question(runtime: Runtime, packing: str, *, switching: bool = False) -> str:
    """Return the question that is asked before the program, or the profile, is left; "" when that loses and breaks off
    nothing.

    Messages and files that only wait go on at the next start, and are not asked about. `packing` is the name of an
    archive that is being written, "" for none.
    """
    work = _in_the_way(runtime, packing)
    if work is None:
        return ""
    return _((_SWITCHING if switching else _QUITTING)[work]).format(name=printable(packing, newlines=False))


def _in_the_way(runtime: Runtime, packing: str) -> Leaving | None:
    sending = None if runtime.loaded_outbox is None else _sending(runtime.loaded_outbox, packing)
    if sending is not Leaving.SENDING and runtime.client is not None and runtime.client.changing:
        return Leaving.CHANGING
    return sending


def _sending(outbox: Outbox, packing: str) -> Leaving | None:
    from tui.services.uploads.upload_state import UploadState

    files = [one for one in outbox.files.uploads if not one.state.over]
    states = {one.state for one in files if one.state.running and not one.paused}
    if outbox.leaving or UploadState.SENDING in states:
        return Leaving.SENDING
    if any(not one.queued for one in files):
        return Leaving.SHELL
    if packing:
        return Leaving.PACKING
    return Leaving.UPLOADING if states - {UploadState.WAITING} else None


def left_behind(profile: str, count: int) -> str:
    """Return the sentence that is said after a switch to another profile; "" when nothing waits in this one."""
    if not count:
        return ""
    return counted(
        "Profile “{profile}”: {count} message is not sent yet; it will be sent when that profile is open again.",
        "Profile “{profile}”: {count} messages are not sent yet; they will be sent when that profile is open again.",
        count,
        profile=profile,
    )
