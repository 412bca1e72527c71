"""Options of a sandbox. Times are seconds, sizes bytes."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass

from tui.wire.names import REVOKE_WINDOW, Endpoint

MIB = 1024 * 1024


@dataclass(frozen=True, slots=True)
class FileLimits:
    """Largest file in bytes that each variant takes (PROTOCOL section 6)."""

    picture: int = 20 * MIB
    video: int = 20 * MIB
    document: int = 50 * MIB
    filehelper: int = 1024 * MIB

    def of(self, endpoint: Endpoint, mediatype: str) -> int:
        """Return the limit for a `mediatype` (`pic`, `video`, `doc`) of a variant."""
        if endpoint is Endpoint.FILEHELPER:
            return self.filehelper
        return {"pic": self.picture, "video": self.video}.get(mediatype, self.document)


@dataclass(frozen=True, slots=True)
class SandboxOptions:
    """Options of a sandbox: its address, its people, and how its phone, polls and people behave.

    `contacts` and `groups` are how many there are at least; `history` adds that many texts to what waits at login, and
    without `waiting` nothing waits.
    `scan_delay` is when the scripted phone scans a QR code, None: only by the control API; it confirms `confirm_delay`
    later (None: as long again). `strict_revoke` also refuses a revoke whose ClientMsgId is not the message's own:
    published clients make a new one up and the real server takes it, so the default only records a warning.
    `strict_skey` refuses all but the last two skeys of a session; the real server takes every one that it ever gave.
    `max_part` is the largest part of an upload that is taken: reports about the real server differ, from 512 KiB to
    25 MiB, and what is more than 512 KiB is recorded as a warning. `bound_media` takes a MediaId only for the receiver
    whom its upload named; published clients use one for others as well, so the default takes it. It is good for
    `media_seconds`.
    """

    host: str = "127.0.0.1"
    port: int = 0
    seed: int = 1
    contacts: int = 0
    groups: int = 0
    history: int = 0
    waiting: bool = True
    scan_delay: float | None = 1.0
    confirm_delay: float | None = None
    qr_seconds: float = 300.0
    poll_seconds: float = 25.0
    revoke_window: float = float(REVOKE_WINDOW)
    strict_revoke: bool = False
    strict_skey: bool = False
    replies: bool = True
    reply_delay: float = 0.6
    contact_page: int = 500
    sync_batch: int = 50
    limits: FileLimits = FileLimits()
    max_part: int = 25 * MIB
    bound_media: bool = False
    media_seconds: float = 3 * 24 * 3600.0
    clock: Callable[[], float] = time.time
