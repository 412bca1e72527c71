"""Kinds of files, and the `type` and `mediatype` of an upload (seed 上传文件, the type table)."""

from __future__ import annotations

from enum import Enum
from typing import Final, NamedTuple

_MIB: Final = 1024 * 1024


class MediaKind(Enum):
    """Kind as which a file is shown to the receiver; AUTO is decided by the file's extension."""

    AUTO = "auto"
    IMAGE = "image"
    VIDEO = "video"
    GIF = "gif"
    FILE = "file"


class MediaType(NamedTuple):
    """`mime` goes into the field `type`, `mediatype` into the field of that name."""

    mime: str
    mediatype: str
    kind: MediaKind


_BY_EXTENSION: Final = {
    "gif": MediaType("image/gif", "doc", MediaKind.GIF),
    "png": MediaType("image/png", "pic", MediaKind.IMAGE),
    "jpg": MediaType("image/jpeg", "pic", MediaKind.IMAGE),
    "jpeg": MediaType("image/jpeg", "pic", MediaKind.IMAGE),
    "mp3": MediaType("audio/mp3", "doc", MediaKind.FILE),
    "aac": MediaType("audio/vnd.dlna.adts", "doc", MediaKind.FILE),
    "mp4": MediaType("video/mp4", "video", MediaKind.VIDEO),
    "zip": MediaType("application/zip", "doc", MediaKind.FILE),
}
_MEDIATYPE: Final = {
    MediaKind.IMAGE: "pic",
    MediaKind.VIDEO: "video",
    MediaKind.GIF: "doc",
    MediaKind.FILE: "doc",
}

WEB_LIMITS: Final = {
    MediaKind.IMAGE: 20 * _MIB,
    MediaKind.VIDEO: 20 * _MIB,
    MediaKind.GIF: 20 * _MIB,
    MediaKind.FILE: 50 * _MIB,
}
"""Largest size in bytes of each kind on the web endpoint (PROTOCOL section 6, peers)."""

FILEHELPER_LIMITS: Final = WEB_LIMITS | {MediaKind.FILE: 1024 * _MIB}
"""Largest size in bytes of each kind for File Transfer."""

LARGE_ANIMATION: Final = _MIB
"""Size in bytes above which users of other clients saw animated images refused (PROTOCOL section 7, trap 6)."""


def extension(name: str) -> str:
    """Return what stands after the last dot, lower-case; nothing for `README` and `.bashrc`."""
    stem, _dot, ending = name.rpartition(".")
    return ending.lower() if stem else ""


def media_type(name: str, kind: MediaKind = MediaKind.AUTO) -> MediaType:
    """Return the row of the seed's table for `name`, or for a `kind` but AUTO; else the guessed MIME type as doc."""
    known = _BY_EXTENSION.get(extension(name))
    if known is None:
        import mimetypes  # reads the system's tables

        mime = mimetypes.guess_type(name, strict=False)[0] or "application/octet-stream"
        known = MediaType(mime, "doc", MediaKind.FILE)
    if kind in (MediaKind.AUTO, known.kind):
        return known
    if known.kind is MediaKind.GIF and kind is MediaKind.IMAGE:
        # Never webwxsendmsgimg (trap 6): the animated image is how a GIF is an image.
        return known
    return MediaType(known.mime, _MEDIATYPE[kind], kind)
