"""The bytes behind a message: generated, or a file that was uploaded."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from urllib.parse import quote


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
        """SHA-256 of the whole; computed when asked for, as uploads are too fast to be hashed twice on the way."""
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
    """Return a name inside `filename="…"`: ASCII, and nothing that ends the quotes or the line."""
    return "".join(char if " " <= char <= "~" and char not in '"\\%' else "_" for char in name)


def of_bytes(name: str, content_type: str, data: bytes) -> Media:
    """Return media in memory."""
    md5 = hashlib.md5(data, usedforsecurity=False).hexdigest()
    return Media(name, content_type, len(data), md5, data)
