"""Checks of a file before anything is sent: its kind, and what speaks against it. Blocks; belongs into a thread."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Sequence
from enum import Enum
from pathlib import Path
from typing import Final

import msgspec

from tui import errors
from tui.services.file_browser.listing import EntryKind
from tui.services.file_browser.reader import inspect
from tui.services.uploads.outgoing_file import clean_name, not_a_file, open_file
from tui.services.util.secret_files import HEAD, SecretKind, secret_in
from tui.wire.media_types import LARGE_ANIMATION, MediaKind, media_type
from tui.wire.names import Endpoint

FRESH: Final = 2.0
"""Seconds: a file written to so lately may still be written."""


class FileWarning(Enum):
    """Warning that a person should see first; the file can be sent all the same."""

    PRIVATE_KEY = "private key"
    TOKEN = "token"
    CHANGING = "changing"
    LARGE_ANIMATION = "large animation"


class PreflightResult(msgspec.Struct, frozen=True):
    """Result of `check`. `size` in bytes; `kind` as it would go out, never AUTO unless `refusal` says it cannot."""

    size: int
    kind: MediaKind
    refusal: errors.FileRefused | None = None
    doubts: tuple[FileWarning, ...] = ()

    @property
    def secret(self) -> bool:
        """True for a file that looks like a secret: a private key, or a token."""
        return FileWarning.PRIVATE_KEY in self.doubts or FileWarning.TOKEN in self.doubts


_SECRETS: Final = {SecretKind.PRIVATE_KEY: FileWarning.PRIVATE_KEY, SecretKind.TOKEN: FileWarning.TOKEN}


def check(path: Path, endpoint: Endpoint, kind: MediaKind) -> PreflightResult:
    """Check one file by the same rules as sending does. Opens regular files only."""
    found = inspect(path)
    name = clean_name(path.name)
    if found.kind is EntryKind.BROKEN:
        return PreflightResult(0, kind, errors.FileMissing(name=name))
    if found.kind is not EntryKind.FILE:
        return PreflightResult(0, kind, not_a_file(name, folder=path.is_dir()))
    try:
        with open_file(path, endpoint, kind) as file:
            head = memoryview(bytearray(min(HEAD, file.size)))
            file.read_into(0, head)
            doubts = _doubts(path.name, bytes(head), found.modified)
            if file.is_large_animation:
                doubts += (FileWarning.LARGE_ANIMATION,)
            return PreflightResult(file.size, file.kind, None, doubts)
    except errors.FileRefused as refusal:
        return PreflightResult(max(0, found.size), kind, refusal)


def _doubts(name: str, head: bytes, modified: float) -> tuple[FileWarning, ...]:
    secret = secret_in(name, head)
    doubts = [] if secret is None else [_SECRETS[secret]]
    if -FRESH < time.time() - modified < FRESH:
        doubts.append(FileWarning.CHANGING)
    return tuple(doubts)


def large_animations(chosen: Sequence[tuple[Path, MediaKind]]) -> list[Path]:
    """Return those of some files that would go out as animated images which WeChat may refuse for their size."""
    found = []
    for path, kind in chosen:
        with contextlib.suppress(OSError):
            if media_type(path.name, kind).kind is MediaKind.GIF and path.stat().st_size > LARGE_ANIMATION:
                found.append(path)
    return found
