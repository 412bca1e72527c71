"""State of a file on its way, as a screen shows it."""

from __future__ import annotations

import math
from collections.abc import Callable
from enum import Enum
from pathlib import Path
from typing import TYPE_CHECKING, Final, TypeAlias

import msgspec

from tui.errors import Phrase, WxtuiError
from tui.store.models import StoredMessage
from tui.wire.contacts import Contact
from tui.wire.media_types import MediaKind

if TYPE_CHECKING:
    from tui.services.sending.throttle import Pace
    from tui.services.uploads.outgoing_file import FileSection

_SMOOTH: Final = 3.0
"""Seconds over which the rate is averaged: a figure that can be read, and that still follows the link."""
_SAMPLE: Final = 0.2
_FIRST: Final = 1.0
"""Seconds of uploading before a time that is left is told: the first pieces only fill buffers."""


class UploadState(Enum):
    """State of an upload. The values from HASHING to SENT travel over the control socket."""

    QUEUED = "queued"
    """Others go first, or there is no session."""
    HASHING = "hashing"
    CHECKING = "checking"
    UPLOADING = "uploading"
    WAITING = "waiting"
    """The network broke; the part is sent again."""
    PAUSED = "paused"
    """A person stopped the upload, also over a restart; the parts that the server has stay valid."""
    SENDING = "sending"
    """The file is there, the message about it leaves: too late to cancel."""
    SENT = "sent"
    FAILED = "failed"
    UNKNOWN = "unknown"
    """The message left and no answer came."""
    CANCELLED = "cancelled"

    @property
    def over(self) -> bool:
        """True when nothing more happens by itself."""
        return self in _OVER

    @property
    def running(self) -> bool:
        """True while somebody works on the upload."""
        return self not in _STILL and self not in _OVER


_STILL: Final = frozenset({UploadState.QUEUED, UploadState.PAUSED})
_OVER: Final = frozenset({UploadState.SENT, UploadState.FAILED, UploadState.UNKNOWN, UploadState.CANCELLED})


class Progress(msgspec.Struct, frozen=True):
    """Progress of one attempt: `done` of `total` bytes are read (HASHING) or really handed to the socket (UPLOADING).

    While an upload is WAITING for the network, `seconds` says when a queued one is tried again. `note` is something
    that a person should know of the upload, from when it happens on.
    """

    state: UploadState
    done: int
    total: int
    seconds: float = 0.0
    note: Phrase | None = None


OnProgress: TypeAlias = Callable[[Progress], None]


class UploadSeries(msgspec.Struct, eq=False):
    """Uploads of one file for several conversations, in their order; `pace` is between their messages."""

    uploads: list[Upload] = []
    pace: Pace | None = None

    @property
    def front(self) -> Upload:
        """Upload that says most of them: the one that runs, else one that waits, needs a person, or is over."""

        def rank(one: Upload) -> int:
            if not one.state.over:
                return 0 if one.state.running else 1
            return {UploadState.SENT: 4, UploadState.CANCELLED: 3}.get(one.state, 2)

        return min(self.uploads, key=rank)

    @property
    def sent(self) -> int:
        """Number of conversations that have the file."""
        return sum(one.state is UploadState.SENT for one in self.uploads)


class Upload(msgspec.Struct, eq=False):
    """File for one conversation. Changes while it is shown; only queue and job change it.

    `done` of `size` bytes are read while hashing, and really handed to the socket while uploading. `rate` is in bytes a
    second, `seconds_left` is None while nobody can tell; while the upload waits for the network, the next try is
    then. `kind` is never AUTO. `row` is None until the message is written down, which is at once; `error` says why the
    upload failed, `note` what else a person should know: that it had to start again.
    """

    id: int
    to: Contact
    path: Path
    name: str
    size: int
    kind: MediaKind
    version: object
    """Version of the chosen file (see `OutgoingFile.version`); None after a restart: size and time tell then."""
    state: UploadState = UploadState.QUEUED
    done: int = 0
    rate: float = 0.0
    seconds_left: float | None = None
    row: StoredMessage | None = None
    error: WxtuiError | None = None
    attempts: int = 0
    modified_ns: int = 0
    """Time when the chosen file was last written to, in ns since 1970."""
    within: int | None = None
    """Conversation, where it is known better than by `to` (see `Outbox.text`)."""
    queued: bool = True
    """False when a command waits for the answer: such an upload is not stored and cannot be paused."""
    paused: bool = False
    """True when a person wants the upload to wait."""
    note: Phrase | None = None
    section: FileSection | None = None
    """Part of the file that is sent, where that is not all of it; never of a queued upload."""
    series: UploadSeries | None = None
    """Uploads of the same file for others; None for a file that only one conversation gets."""
    watch: Callable[[Upload], None] | None = None
    """Listener beside the screen of this program: a command in another shell (see `moved`)."""

    @property
    def conversation_id(self) -> int:
        """Id of the message's conversation; 0 until the message is written down."""
        return 0 if self.row is None else self.row.conversation_id

    @property
    def alike(self) -> list[Upload]:
        """This upload, and those of the same file for others."""
        return [self] if self.series is None else self.series.uploads

    def moved(self) -> None:
        """Tell `watch` that the upload changed, before anything follows from it."""
        if self.watch is not None:
            self.watch(self)

    def begin(self) -> None:
        """Set the upload back to its start in the queue."""
        self.state, self.error, self.note = UploadState.QUEUED, None, None
        self.done, self.rate, self.seconds_left = 0, 0.0, None


class Speed(msgspec.Struct):
    """Speed of one upload; `clock` is monotonic, in seconds."""

    clock: Callable[[], float]
    rate: float = 0.0
    _began: float = math.nan
    _at: float = 0.0
    _done: int = 0

    def measure(self, done: int) -> None:
        """Note how many bytes are through by now; fewer than before when a part is sent again."""
        now = self.clock()
        if math.isnan(self._began):
            self._began, self._at, self._done = now, now, done
            return
        if done < self._done:
            self._at, self._done = now, done
            return
        seconds = now - self._at
        if seconds < _SAMPLE:
            return
        rate = (done - self._done) / seconds
        first = self._at == self._began
        self.rate = rate if first else self.rate + (rate - self.rate) * (1 - math.exp(-seconds / _SMOOTH))
        self._at, self._done = now, done

    def seconds_for(self, rest: int) -> float | None:
        """Return how long `rest` bytes will take; None while that is a guess."""
        if math.isnan(self._began) or self._at - self._began < _FIRST or self.rate <= 0:
            return None
        return rest / self.rate
