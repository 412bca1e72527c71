"""Reading the multipart body of a part of an upload; never more than one part is in memory."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from dataclasses import dataclass

from starlette.datastructures import UploadFile
from starlette.formparsers import MultiPartException, MultiPartParser
from starlette.requests import Request

from tui.sandbox.routes.http import Refusal
from tui.wire.names import Ret

FIELDS = 64 * 1024
"""Bytes that the fields besides the file may have."""


@dataclass(slots=True)
class ReceivedForm:
    """Fields in the order in which they came, and the bytes of `filename`."""

    fields: dict[str, str]
    data: bytes = b""
    has_file: bool = False


async def read_form(request: Request, max_part: int) -> ReceivedForm:
    """Read the form of one request, of a part of at most `max_part` bytes; raises `Refusal`.

    A body that is too large is read to its end, so that the refusal is heard.
    """
    if not request.headers.get("content-type", "").startswith("multipart/form-data"):
        raise Refusal(Ret.PARAMETER, "the body is not multipart/form-data")

    async def body() -> AsyncGenerator[bytes]:
        size = 0
        async for data in request.stream():
            size += len(data)
            if size <= max_part + FIELDS:
                yield data
        if size > max_part + FIELDS:
            raise too_large

    too_large = Refusal(Ret.PARAMETER, f"more than {max_part} bytes in one part")
    try:
        form = await MultiPartParser(request.headers, body()).parse()
    except (MultiPartException, ValueError) as error:
        # Starlette 0.40 lets some errors of the parser through.
        raise Refusal(Ret.PARAMETER, f"the multipart body is broken: {error}") from None
    file = form.get("filename")
    data = await file.read() if isinstance(file, UploadFile) else b""
    await form.close()
    if len(data) > max_part:
        raise too_large
    fields = {name: value for name, value in form.multi_items() if isinstance(value, str)}
    return ReceivedForm(fields, data, isinstance(file, UploadFile))
