"""The baseline of uploads: one curl process that sends the same parts, which lie ready on disk."""

from __future__ import annotations

import hashlib
import json
import subprocess
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import urlencode

from tui.services.session.session_file import StoredSession
from tui.services.util.ids import Ids
from tui.wire.names import FILEHELPER
from tui.wire.upload import UploadForm, UploadSource


def make_form(stored: StoredSession, path: Path) -> UploadForm:
    """The form that the client would send, too."""
    with path.open("rb") as file:
        md5 = hashlib.file_digest(file, "md5").hexdigest()
    source = UploadSource(path.name, path.stat().st_size, md5, datetime.now(UTC), "application/octet-stream", "doc")
    ids = Ids()
    return UploadForm(
        session=stored.session,
        to=FILEHELPER,
        source=source,
        client_media_id=ids.client_media_id(),
        number=0,
        boundary=ids.boundary(),
        random=ids.random4(),
    )


def write_parts(form: UploadForm, stored: StoredSession, path: Path, folder: Path, authority: Path | None) -> Path:
    """Every part's whole body as a file, and the configuration that makes curl send them one after the other."""
    cookies = "; ".join(f"{cookie.name}={cookie.value}" for cookie in stored.cookies)
    requests = []
    with path.open("rb") as file:
        for index in range(form.parts):
            request = form.request(index)
            offset, length = form.range(index)
            file.seek(offset)
            body = folder / f"part{index:05}"
            body.write_bytes(form.head(index) + file.read(length) + form.tail)
            headers = [(key, value) for key, value in request.headers if key != "Content-Length"]
            lines = [
                f'url = "{request.url}?{urlencode(request.query)}"',
                f'data-binary = "@{body}"',
                f'cookie = "{cookies}"',
                'output = "-"',
                'header = "Expect:"',
                *(f'header = "{key}: {value}"' for key, value in headers),
                'write-out = "\\n%{json}\\n"',
                *([f'cacert = "{authority}"'] if authority else []),
                'noproxy = "*"',
                "silent",
                "fail",
                "http1.1",
            ]
            requests.append("\n".join(lines))
    configuration = folder / "curl.conf"
    configuration.write_text("\nnext\n".join(requests) + "\n")
    return configuration


def run(configuration: Path) -> float:
    """Seconds of transfer, connecting included; curl's start and its reading of the files are not."""
    done = subprocess.run(["curl", "--config", configuration], capture_output=True, text=True, check=True)
    written = [json.loads(line) for line in done.stdout.splitlines() if '"time_total"' in line]
    answers = [line for line in done.stdout.splitlines() if '"MediaId"' in line or '"Ret"' in line]
    if not answers or sum(one["num_connects"] for one in written) != 1:
        raise RuntimeError(f"curl did not upload over one connection: {done.stdout[-400:]} {done.stderr[-400:]}")
    return sum(float(one["time_total"]) for one in written)
