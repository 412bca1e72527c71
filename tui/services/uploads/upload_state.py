"""One file on its way, as those who watch it see it."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, field
from enum import Enum
from pathlib import Path
from typing import Final, TypeAlias

from tui.errors import Phrase, WxtuiError
from tui.store.models import StoredMessage
from tui.wire.contacts import Contact
from tui.wire.media_types import MediaKind

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
    """Until a person lets it go on, also after a restart; what the server has of it is kept."""
    SENDING = "sending"
    """The file is there, the message about it leaves: too late to cancel."""
    SENT = "sent"
    FAILED = "failed"
    UNKNOWN = "unknown"
    """The message left and no answer came."""
    CANCELLED = "cancelled"

    @property
    def over(self) -> bool:
        """Nothing more happens by itself."""
        return self in _OVER

    @property
    def running(self) -> bool:
        """Just being worked on."""
        return self not in _STILL and self not in _OVER


_STILL: Final = frozenset({UploadState.QUEUED, UploadState.PAUSED})
_OVER: Final = frozenset({UploadState.SENT, UploadState.FAILED, UploadState.UNKNOWN, UploadState.CANCELLED})


@dataclass(frozen=True, slots=True)
class Progress:
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


@dataclass(eq=False, slots=True)
class Upload:
    """A file to one conversation. Changes while it is shown; only `Uploads` changes it.

    `done` of `size` bytes are read while hashing, and really handed to the socket while uploading. `rate` is in bytes a
    second, `seconds_left` is None while nobody can tell; while it waits for the network that is when the next try is.
    `kind` is never AUTO. `row` is None until it is written down, which is at once; `error` says why it failed, `note`
    what else a person should know: that it had to start again.
    """

    id: int
    to: Contact
    path: Path
    name: str
    size: int
    kind: MediaKind
    version: object
    """Of the file that was chosen (see `OutgoingFile.version`); None after a restart, when only size and time tell."""
    state: UploadState = UploadState.QUEUED
    done: int = 0
    rate: float = 0.0
    seconds_left: float | None = None
    row: StoredMessage | None = None
    error: WxtuiError | None = None
    attempts: int = 0
    modified_ns: int = 0
    """When the file that was chosen was last written to, in ns since 1970."""
    within: int | None = None
    """Its conversation, where that is known better than by `to` (see `MessageWriter.add`)."""
    queued: bool = True
    """False: for somebody who waits for the answer. It is not in the ledger, cannot be paused, and outlives nothing."""
    paused: bool = False
    """A person wants it to wait; its state says so until it is over."""
    note: Phrase | None = None
    watch: Callable[[Upload], None] | None = None
    """Who else than the owner's face wants to know: another shell (see `moved`)."""

    @property
    def conversation_id(self) -> int:
        """Where its message stands; 0 until it is written down."""
        return 0 if self.row is None else self.row.conversation_id

    def moved(self) -> None:
        """Hand on what `on_upload` hears, before anything follows from it."""
        if self.watch is not None:
            self.watch(self)

    def begin(self) -> None:
        """Back to the start, in the queue."""
        self.state, self.error, self.note = UploadState.QUEUED, None, None
        self.done, self.rate, self.seconds_left = 0, 0.0, None


@dataclass(slots=True)
class Speed:
    """Measures one upload; `clock` is monotonic, in seconds."""

    clock: Callable[[], float]
    rate: float = 0.0
    _began: float = field(default=math.nan)
    _at: float = 0.0
    _done: int = 0

    def measure(self, done: int) -> None:
        """So many bytes are through by now; fewer than before when a part is sent again."""
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
        """How long `rest` bytes will take; None while that is a guess."""
        if math.isnan(self._began) or self._at - self._began < _FIRST or self.rate <= 0:
            return None
        return rest / self.rate
