"""Uploads: the multipart form in parts, and webwxcheckupload (seed 上传文件, PROTOCOL section 6).

A part's body is `head(index)` + the file's bytes in `range(index)` + `tail`; the bytes themselves never pass through
here, so a file's size costs no memory.
"""

from __future__ import annotations

from datetime import datetime

import msgspec

from tui.wire.answers import as_text, bad_answer, read_media_id, read_ok
from tui.wire.call import Answer, Call, Pace, Request
from tui.wire.encode import json_post, with_ticket
from tui.wire.names import PART_SIZE, Endpoint
from tui.wire.session import Session

UPLOAD = "webwxuploadmedia"
CHECK = "webwxcheckupload"

_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")


def javascript_date(moment: datetime) -> str:
    """`Mon Jan 02 2006 15:04:05 GMT+0700 (MST)`, in English whatever the locale; `moment` is aware."""
    day = f"{_DAYS[moment.weekday()]} {_MONTHS[moment.month - 1]} {moment.day:02} {moment.year:04}"
    return f"{day} {moment:%H:%M:%S} GMT{moment:%z} ({moment.tzname()})"


class UploadSource(msgspec.Struct, frozen=True):
    """A file as the upload names it. `size` in bytes, `md5` in hex, `modified` aware."""

    name: str
    size: int
    md5: str
    modified: datetime
    mime: str
    mediatype: str


class Checked(msgspec.Struct, frozen=True):
    """The answer of webwxcheckupload: a `media_id` when the server has the file, else key and signature."""

    media_id: str = ""
    aes_key: str = ""
    signature: str = ""

    def __repr__(self) -> str:
        """Without key and signature."""
        return f"Checked(known={bool(self.media_id)})"


def check(session: Session, to: str, source: UploadSource) -> Call[Checked]:
    """Call webwxcheckupload, before uploads of 25 MiB and more."""
    body = {
        "BaseRequest": session.base_request(),
        "FromUserName": session.user_name,
        "ToUserName": to,
        "FileName": source.name,
        "FileSize": source.size,
        "FileMd5": source.md5,
        "FileType": 7,
    }

    def read(answer: Answer) -> Checked:
        value = read_ok(CHECK, answer)
        found = Checked(
            read_media_id(value.get("MediaId")) or read_media_id(value.get("MediaID")),
            as_text(value.get("AESKey")),
            as_text(value.get("Signature")),
        )
        if not found.media_id and not found.signature:
            raise bad_answer(CHECK, "it has neither a MediaId nor a Signature")
        return found

    return Call(CHECK, json_post(session, CHECK, body, query=with_ticket(session), repeatable=True), read)


def read_answer(answer: Answer) -> str:
    """Return the MediaId in the answer to a part, "" until the last part (trap 7).

    Raises `BadAnswer` or the error that stands for the Ret.
    """
    return read_media_id(read_ok(UPLOAD, answer).get("MediaId"))


class UploadForm(msgspec.Struct, frozen=True):
    """Upload of a file. `number` is n of `WU_FILE_n`; `client_media_id` a 13-digit time in ms, the same for all parts.

    `random` is the four characters that File Transfer wants in the query; `boundary` must not occur in the file.
    """

    session: Session
    to: str
    source: UploadSource
    client_media_id: int
    number: int
    boundary: str
    aes_key: str = ""
    signature: str = ""
    random: str = ""

    def __repr__(self) -> str:
        return f"UploadForm({self.source.name!r}, {self.source.size} bytes)"

    @property
    def parts(self) -> int:
        """Number of requests that the upload takes."""
        return max(1, -(-self.source.size // PART_SIZE))

    def range(self, index: int) -> tuple[int, int]:
        """Return offset and length, in bytes, of part `index` in the file."""
        offset = index * PART_SIZE
        return offset, min(PART_SIZE, self.source.size - offset)

    @property
    def media_request(self) -> str:
        """`uploadmediarequest`: the same JSON in every part (trap 7)."""
        fields: dict[str, object] = {
            "UploadType": 2,
            "BaseRequest": self.session.base_request(uin_as_number=True),
            "ClientMediaId": self.client_media_id,
            "TotalLen": self.source.size,
            "StartPos": 0,
            "DataLen": self.source.size,
            "MediaType": 4,
            "FromUserName": self.session.user_name,
            "ToUserName": self.to,
            "FileMd5": self.source.md5,
        }
        if self.aes_key or self.signature:
            fields |= {"AESKey": self.aes_key, "Signature": self.signature}
        return msgspec.json.encode(fields).decode()

    def head(self, index: int) -> bytes:
        """Return every field in the seed's order, up to where the file's bytes of part `index` begin."""
        source = self.source
        fields = [
            ("id", f"WU_FILE_{self.number}"),
            ("name", source.name),
            ("type", source.mime),
            ("lastModifiedDate", javascript_date(source.modified)),
            ("size", str(source.size)),
        ]
        if self.parts > 1:
            fields += [("chunks", str(self.parts)), ("chunk", str(index))]
        fields += [
            ("mediatype", source.mediatype),
            ("uploadmediarequest", self.media_request),
            ("webwx_data_ticket", self.session.data_ticket),
            ("pass_ticket", self.session.pass_ticket),
        ]
        lines = [
            f'--{self.boundary}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'
            for name, value in fields
        ]
        lines.append(
            f'--{self.boundary}\r\nContent-Disposition: form-data; name="filename"; '
            f'filename="{_quoted(source.name)}"\r\nContent-Type: {source.mime}\r\n\r\n'
        )
        return "".join(lines).encode("utf-8", "replace")

    @property
    def tail(self) -> bytes:
        """End of every part, after the file's bytes."""
        return f"\r\n--{self.boundary}--\r\n".encode()

    def request(self, index: int) -> Request:
        """Return the request of part `index`, without its body. Repeating a part is harmless: nobody sees it."""
        length = len(self.head(index)) + self.range(index)[1] + len(self.tail)
        session = self.session
        random = (("random", self.random),) if session.endpoint is Endpoint.FILEHELPER else ()
        return Request(
            "POST",
            session.hosts.cgi(session.hosts.file, UPLOAD),
            query=(("f", "json"), *random),
            headers=(
                ("Content-Type", f"multipart/form-data; boundary={self.boundary}"),
                ("Content-Length", str(length)),
                *session.headers,
            ),
            pace=Pace.UPLOAD,
            repeatable=True,
        )


def _quoted(name: str) -> str:
    """Return a file name inside `filename="…"`, as browsers write it: UTF-8, the quote and line breaks escaped."""
    return name.replace('"', "%22").replace("\r", "%0D").replace("\n", "%0A")
