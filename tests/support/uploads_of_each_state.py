"""A queue of uploads that stands still, or moves when a test says so."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from tests.support.waiting import until
from tui import errors
from tui.screens.dialogs.uploads_screen import UploadsScreen
from tui.services.uploads.upload_state import Upload, UploadState
from tui.store.delivery_state import DeliveryState
from tui.store.models import StoredMessage
from tui.wire import bodies
from tui.wire.contacts import Contact, ContactKind
from tui.wire.media_types import MediaKind

MIB = 1024 * 1024
ZHANG = Contact("@1", nick_name="张三")
GROUP = Contact("@@2", nick_name="项目计划群 👨‍👩‍👧‍👦", kind=ContactKind.GROUP)


def upload(number: int, name: str, state: UploadState, *, to: Contact = ZHANG, done: int = 0, size: int = 40 * MIB,
             error: errors.WxtuiError | None = None) -> Upload:  # fmt: skip
    one = Upload(number, to, Path("/home/me/构建") / "build.log", name, size, MediaKind.FILE, None, state, done)
    if state is UploadState.UPLOADING:
        one.rate, one.seconds_left = 3.1 * MIB, 12.0
    row = DeliveryState.SENT if state is UploadState.SENT else DeliveryState.PENDING
    msg_id = "7041000000000003321" if row is DeliveryState.SENT else ""
    when = datetime(2024, 11, 21, 14, 0, tzinfo=UTC)
    one.row = StoredMessage(number, 7, when, True, "@me", row, bodies.File(name, size), msg_id, "c" + str(number), "@1")
    one.error = error
    return one


def one_of_each_state() -> list[Upload]:
    """Return an upload in each state."""
    states = UploadState
    return [
        upload(1, "设计稿-最终版-v7.psd", states.SENT),
        upload(2, "night build.log", states.FAILED, error=errors.FileChanged(name="night build.log")),
        upload(3, "holiday 👨‍👩‍👧‍👦🇨🇳.mp4", states.CANCELLED, to=GROUP),
        upload(4, "lost.bin", states.UNKNOWN),
        upload(5, "build.log", states.UPLOADING, done=28 * MIB),
        upload(6, "x\x1b[31m\u202egpj.exe " + "long" * 30, states.QUEUED, to=GROUP),
        upload(7, "second.zip", states.QUEUED),
        upload(8, "third.zip", states.QUEUED),
    ]


@dataclass(eq=False)
class FakeQueue:
    held: list[Upload] = field(default_factory=list)
    told: list[tuple[str, int]] = field(default_factory=list)
    too_late: bool = False
    cleared: set[int] = field(default_factory=set)
    looks: int = 0

    @property
    def uploads(self) -> list[Upload]:
        self.looks += 1
        return self.held

    @property
    def files(self) -> FakeQueue:
        return self

    async def is_looked_at(self) -> None:
        """Wait until the screen has looked, and has done what comes of it."""
        seen = self.looks
        await until(lambda: self.looks >= seen + 2)

    def cancel(self, upload: Upload) -> bool:
        self.told.append(("cancel", upload.id))
        if not self.too_late:
            upload.state = UploadState.CANCELLED
        return not self.too_late

    def retry(self, upload: Upload) -> bool:
        self.told.append(("retry", upload.id))
        if upload.state not in (UploadState.FAILED, UploadState.CANCELLED):
            return False
        upload.begin()
        return True

    def pause(self, upload: Upload, on: bool) -> bool:
        self.told.append(("pause" if on else "go on", upload.id))
        if self.too_late:
            return False
        upload.paused, upload.state = on, UploadState.PAUSED if on else UploadState.QUEUED
        return True

    def reorder(self, upload: Upload, by: int) -> None:
        self.told.append(("reorder", by))
        at = self.uploads.index(upload)
        new = min(max(at + by, 0), len(self.uploads) - 1)
        self.uploads.insert(new, self.uploads.pop(at))

    async def resend(self, message: StoredMessage) -> StoredMessage:
        self.told.append(("resend", message.id))
        return message


def uploads_screen(queue: FakeQueue) -> UploadsScreen:
    """The list of these uploads."""
    # A queue of a test: it has what the screen asks of an outbox, and no more.
    return UploadsScreen(queue, queue.cleared)  # type: ignore[arg-type]
