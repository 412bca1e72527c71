"""Reading the multipart body of a part of an upload; never more than one part is in memory."""

from __future__ import annotations

from dataclasses import dataclass, field

from python_multipart.exceptions import FormParserError
from python_multipart.multipart import MultipartParser, parse_options_header
from starlette.requests import Request

FIELDS = 64 * 1024
"""Bytes that the fields besides the file may have."""


class BadForm(ValueError):
    """Raised for a body that is no multipart form of an upload; the text says why."""


@dataclass(slots=True)
class ReceivedForm:
    """Fields in the order in which they came, and the bytes of `filename`."""

    fields: dict[str, str] = field(default_factory=dict)
    data: bytes = b""
    has_file: bool = False


class _Reader:
    """The parser's callbacks: gathers headers and data of the part that is being read."""

    def __init__(self, boundary: bytes) -> None:
        self.form = ReceivedForm()
        self._header = self._value = b""
        self._disposition = b""
        self._data: list[bytes] = []
        self.parser = MultipartParser(
            boundary,
            {
                "on_part_begin": self._begin,
                "on_header_field": self._on_header,
                "on_header_value": self._on_value,
                "on_header_end": self._end_header,
                "on_part_data": self._on_data,
                "on_part_end": self._end,
            },
        )

    def _begin(self) -> None:
        self._disposition = b""
        self._data = []

    def _on_header(self, data: bytes, start: int, end: int) -> None:
        self._header += data[start:end]

    def _on_value(self, data: bytes, start: int, end: int) -> None:
        self._value += data[start:end]

    def _end_header(self) -> None:
        if self._header.lower() == b"content-disposition":
            self._disposition = self._value
        self._header = self._value = b""

    def _on_data(self, data: bytes, start: int, end: int) -> None:
        self._data.append(data[start:end])

    def _end(self) -> None:
        _, options = parse_options_header(self._disposition)
        name = options.get(b"name", b"").decode("utf-8", "replace")
        data = b"".join(self._data)
        if name == "filename":
            self.form.data, self.form.has_file = data, True
        else:
            self.form.fields[name] = data.decode("utf-8", "replace")


async def read_form(request: Request, max_part: int) -> ReceivedForm:
    """Read the form of one request, of a part of at most `max_part` bytes; raises `BadForm`.

    A body that is too large is read to its end, so that the refusal is heard.
    """
    kind, options = parse_options_header(request.headers.get("content-type"))
    boundary = options.get(b"boundary", b"")
    if kind != b"multipart/form-data" or not boundary:
        raise BadForm("the body is not multipart/form-data")
    try:
        reader, size = _Reader(boundary), 0
    except FormParserError as error:
        raise BadForm(f"the multipart boundary is broken: {error}") from None
    async for data in request.stream():
        size += len(data)
        if size <= max_part + FIELDS:
            try:
                reader.parser.write(data)
            except FormParserError as error:
                raise BadForm(f"the multipart body is broken: {error}") from None
    if size <= max_part + FIELDS:
        reader.parser.finalize()
    if size > max_part + FIELDS or len(reader.form.data) > max_part:
        raise BadForm(f"more than {max_part} bytes in one part")
    return reader.form
