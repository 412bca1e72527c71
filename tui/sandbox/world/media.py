"""The bytes behind a message: generated, or a file that was uploaded."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from urllib.parse import quote

from starlette.requests import Request
from starlette.responses import FileResponse, Response

MAX_DIGITS = 40
"""Of both numbers of a Range; Python refuses to read one of thousands."""


@dataclass(frozen=True)
class Media:
    """`data` or, for what was uploaded, `path`. `md5` is of the whole."""

    name: str
    content_type: str
    size: int
    md5: str
    data: bytes = b""
    path: Path | None = None

    @cached_property
    def sha256(self) -> str:
        """Of the whole; read when it is asked for, as uploads are too fast to be hashed twice on the way."""
        if self.path is None:
            return hashlib.sha256(self.data).hexdigest()
        with self.path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()

    @property
    def encrypted_name(self) -> str:
        """`EncryFileName`: percent-encoded, the dot as well (trap 9)."""
        return quote(self.name, safe="").replace(".", "%2E")

    @property
    def disposition(self) -> str:
        """`Content-Disposition` of a download (RFC 6266): for a name beyond ASCII also `filename*`."""
        plain = _plain(self.name)
        more = "" if plain == self.name else f"; filename*=UTF-8''{quote(self.name, safe='')}"
        return f'attachment; filename="{plain}"{more}'


def _plain(name: str) -> str:
    """A name inside `filename="…"`: ASCII, and nothing that ends the quotes or the line."""
    return "".join(char if " " <= char <= "~" and char not in '"\\%' else "_" for char in name)


def of_bytes(name: str, content_type: str, data: bytes) -> Media:
    """Media that lives in memory."""
    md5 = hashlib.md5(data, usedforsecurity=False).hexdigest()
    return Media(name, content_type, len(data), md5, data)


def respond(media: Media, request: Request, content_type: str | None = None) -> Response:
    """The whole, or with a `Range` header that part and 206."""
    kind = content_type or media.content_type
    if media.path is not None:
        return FileResponse(media.path, media_type=kind)
    wanted = request.headers.get("range", "")
    if not wanted.startswith("bytes=") or "," in wanted:
        return Response(media.data, media_type=kind, headers={"Accept-Ranges": "bytes"})
    first, _, last = wanted.removeprefix("bytes=").partition("-")
    if not (first or last) or not (first + last).isdecimal() or len(first + last) > MAX_DIGITS:
        return Response(status_code=400)
    start = int(first) if first else max(0, media.size - int(last))
    end = min(int(last), media.size - 1) if first and last else media.size - 1
    if start > end:
        return Response(status_code=416, headers={"Content-Range": f"bytes */{media.size}"})
    headers = {"Content-Range": f"bytes {start}-{end}/{media.size}", "Accept-Ranges": "bytes"}
    return Response(media.data[start : end + 1], 206, headers, kind)
