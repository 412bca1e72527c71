"""Uploaded files: parts in order into a private directory, hashed on the way (PROTOCOL section 6)."""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import os
import random
import shutil
import tempfile
import weakref
from dataclasses import dataclass, field
from pathlib import Path

from tui.sandbox.world.deserted_folders import lock_folder, remove_deserted
from tui.sandbox.world.media_bytes import Media
from tui.sandbox.world.options import SandboxOptions


class Dropped(Exception):
    """Raised when an upload is refused and forgotten; the text says why."""


@dataclass(slots=True)
class ReceivedFile:
    """File that is whole. A `signature` must stand in the send call's Msg (trap 13). `to`: for whom it was uploaded."""

    media_id: str
    session: int
    mediatype: str
    media: Media
    signature: str = ""
    time: float = 0
    to: str | None = None


FOLDERS = "wxtui-sandbox-"
"""Beginning of the names of folders of uploads."""
UploadKey = tuple[int, str, str, int]
"""Ties the parts of an upload together: number of the session, ClientMediaId, FileMd5, TotalLen."""


@dataclass(slots=True)
class ReceivedUpload:
    """A file on its way. `request` is what uploadmediarequest says of it, the same in all parts (trap 7)."""

    request: object
    name: str
    content_type: str
    mediatype: str
    size: int
    md5: str
    chunks: int
    path: Path
    signature: str = ""
    to: str | None = None
    lengths: list[int] = field(default_factory=list)
    result: ReceivedFile | None = None
    _md5: hashlib._Hash = field(default_factory=lambda: hashlib.md5(usedforsecurity=False))
    _work: asyncio.Future[None] | None = None

    @property
    def done(self) -> int:
        """Number of parts that came."""
        return len(self.lengths)

    @property
    def taken(self) -> int:
        """Number of bytes that came."""
        return sum(self.lengths)

    async def add(self, data: bytes) -> None:
        """Take the next part; it is written and hashed in a thread while the client prepares the one after it."""
        await self.settle()
        self._work = asyncio.get_running_loop().run_in_executor(None, self._take, data)
        self.lengths.append(len(data))

    async def has(self, chunk: int, data: bytes) -> bool:
        """Return True when these are the bytes of a part that came before; raise `OSError`."""
        await self.settle()
        if len(data) != self.lengths[chunk]:
            return False
        return await asyncio.to_thread(self._read, sum(self.lengths[:chunk]), len(data)) == data

    def _read(self, offset: int, length: int) -> bytes:
        with self.path.open("rb") as file:
            file.seek(offset)
            return file.read(length)

    async def settle(self) -> None:
        """Wait for the part that is being written; raises `OSError`."""
        if self._work is not None:
            work, self._work = self._work, None
            await work

    async def abandon(self) -> None:
        """Wait for the part that is being written, whatever becomes of it."""
        with contextlib.suppress(OSError):
            await self.settle()

    def _take(self, data: bytes) -> None:
        with self.path.open("ab") as file:
            file.write(data)
        self._md5.update(data)

    def media(self) -> Media:
        """Return the whole file; raise `Dropped` when its md5 is not the promised one."""
        md5 = self._md5.hexdigest()
        if self.md5 and md5 != self.md5.lower():
            raise Dropped("FileMd5 is not the md5 of what arrived")
        return Media(self.name, self.content_type, self.size, md5, path=self.path)


def _remove(folder: Path, lock: int) -> None:
    shutil.rmtree(folder, ignore_errors=True)
    os.close(lock)


class UploadStore:
    """All uploads of a sandbox and the directory that holds them (mode 0700, removed at the end)."""

    def __init__(self, options: SandboxOptions) -> None:
        self._random = random.Random(f"uploads {options.seed}")
        self.directory: Path | None = None
        """Directory of the files; None when none was uploaded."""
        self._remove: weakref.finalize[..., UploadStore] | None = None
        self._count = 0
        self.clear()

    def clear(self) -> None:
        """Forget everything, files too."""
        self.running: dict[UploadKey, ReceivedUpload] = {}
        self.whole: dict[str, ReceivedFile] = {}
        self.promises: dict[tuple[str, int], tuple[str, str]] = {}
        self.close()

    def close(self) -> None:
        """Remove the directory."""
        if self._remove is not None:
            self._remove()
        self.directory = self._remove = None

    def new_path(self) -> Path:
        """Return the path for the next file."""
        if self.directory is None:
            self.directory = Path(tempfile.mkdtemp(prefix=FOLDERS))
            self._remove = weakref.finalize(self, _remove, self.directory, lock_folder(self.directory))
            remove_deserted(self.directory.parent, FOLDERS)
        self._count += 1
        return self.directory / f"{self._count:06}"

    def new_media_id(self) -> str:
        """Return a MediaId in the form of a real one."""
        return f"@crypt_{self._random.randbytes(4).hex()}_{self._random.randbytes(48).hex()}"

    def promise(self, md5: str, size: int) -> tuple[str, str]:
        """Return Signature and AESKey for a large file, the same for the same file (webwxcheckupload)."""
        if (md5, size) not in self.promises:
            self.promises[md5, size] = (self._random.randbytes(48).hex(), self._random.randbytes(16).hex())
        return self.promises[md5, size]

    def known(self, md5: str, size: int) -> ReceivedFile | None:
        """Return a file of this account that was uploaded before, or None."""
        matches = (one for one in self.whole.values() if (one.media.md5, one.media.size) == (md5.lower(), size))
        return next(matches, None)

    def finish(self, session: int, upload: ReceivedUpload, now: float) -> None:
        """Make an upload whose last part has come a whole file; raise `Dropped`."""
        media = upload.media()
        result = ReceivedFile(self.new_media_id(), session, upload.mediatype, media, upload.signature, now, upload.to)
        self.whole[result.media_id] = upload.result = result

    def again(self, session: int, known: ReceivedFile, name: str, now: float, to: str | None) -> ReceivedFile:
        """Return a whole file once more, under a new MediaId and name."""
        old = known.media
        media = Media(name, old.content_type, old.size, old.md5, old.data, old.path)
        result = ReceivedFile(self.new_media_id(), session, known.mediatype, media, "", now, to)
        self.whole[result.media_id] = result
        return result

    def drop(self, key: UploadKey) -> None:
        """Forget an upload that went wrong."""
        upload = self.running.pop(key, None)
        if upload is not None and upload.result is None:
            upload.path.unlink(missing_ok=True)
