"""What a transfer tells while it runs."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum
from typing import TypeAlias

from tui.errors import Phrase


class UploadStage(Enum):
    """Where a transfer stands."""

    HASHING = "hashing"
    CHECKING = "checking"
    UPLOADING = "uploading"
    SENDING = "sending"
    SENT = "sent"
    RECEIVING = "receiving"


@dataclass(frozen=True, slots=True)
class Progress:
    """`done` of `total` bytes: read while HASHING, really handed to the socket while UPLOADING, on the disk while
    RECEIVING, where a `total` of 0 is one that nobody told.

    `waiting`: the network broke, and it is tried again; of a queued transfer `seconds` says when. `note` is something
    that a person should know of this upload, from when it happens on.
    """

    stage: UploadStage
    done: int
    total: int
    waiting: bool = False
    seconds: float = 0.0
    note: Phrase | None = None


Tell: TypeAlias = Callable[[Progress], None]
