"""How far an upload is, as those hear it who watch it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum


class Stage(Enum):
    """Where a transfer stands."""

    HASHING = "hashing"
    CHECKING = "checking"
    UPLOADING = "uploading"
    SENDING = "sending"
    SENT = "sent"


@dataclass(frozen=True, slots=True)
class Progress:
    """`done` of `total` bytes: read while HASHING, really handed to the socket while UPLOADING."""

    stage: Stage
    done: int
    total: int
    waiting: bool = False
