"""The form of a golden upload, and the bytes of its file."""

from __future__ import annotations

from datetime import datetime, timezone
from typing import Any

from tests.wire.golden.cases import Case
from tui.wire.upload import UploadForm, UploadSource

BOUNDARY = "----WebKitFormBoundaryA1b2C3d4E5f6G7h8"
MODIFIED = datetime.fromisoformat("2006-01-02T15:04:05+07:00")


def source_of(row: dict[str, Any]) -> UploadSource:
    """The file of a case; a zone has a name, as a system's has."""
    modified = MODIFIED
    if "modified" in row:
        modified = datetime.fromisoformat(row["modified"])
        offset = modified.utcoffset()
        assert offset is not None
        modified = modified.replace(tzinfo=timezone(offset, row["zone"]))
    return UploadSource(row["name"], row["size"], row["md5"], modified, row["mime"], row["mediatype"])


def form_of(case: Case) -> UploadForm:
    row = case.given
    extra = {key: row[key] for key in ("aes_key", "signature", "random") if key in row}
    boundary = case.want["boundary"]
    return UploadForm(case.session, row["to"], source_of(row), row["client_media_id"], row["number"], boundary, **extra)


def file_bytes(offset: int, length: int) -> bytes:
    """What the file holds there: each byte is told by its place, and line ends and dashes are among them."""
    pattern = b"\r\n--" + bytes(range(251))
    return (pattern * (length // len(pattern) + 2))[offset % len(pattern) :][:length]
