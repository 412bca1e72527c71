"""The multipart reader, whatever the body holds and however it is cut."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st
from starlette.requests import Request
from starlette.types import Message

from tui.sandbox.routes.http import Refusal
from tui.sandbox.routes.upload_form import read_form

BOUNDARY = b"----WebKitFormBoundaryabcdefgh"
texts = st.text(st.characters(codec="utf-8"), max_size=40)
names = st.text(st.characters(codec="ascii", categories=["L", "N"]), min_size=1, max_size=12)


def _request(pieces: list[bytes], kind: bytes) -> Request:
    waiting = list(pieces)

    async def receive() -> Message:
        return {"type": "http.request", "body": waiting.pop(0), "more_body": bool(waiting)}

    return Request({"type": "http", "method": "POST", "headers": [(b"content-type", kind)]}, receive)


def _body(fields: dict[str, str], data: bytes) -> bytes:
    parts = [f'Content-Disposition: form-data; name="{n}"\r\n\r\n{text}'.encode() for n, text in fields.items()]
    head = 'Content-Disposition: form-data; name="filename"; filename="报告 \\"1\\".pdf"\r\nContent-Type: a/b\r\n\r\n'
    whole = [*parts, head.encode() + data]
    return b"".join(b"--" + BOUNDARY + b"\r\n" + part + b"\r\n" for part in whole) + b"--" + BOUNDARY + b"--\r\n"


@given(
    fields=st.dictionaries(names.filter(lambda name: name != "filename"), texts, max_size=6),
    data=st.binary(max_size=2000) | st.sampled_from([b"\r\n--", b"\r\n" + BOUNDARY, b"\r\n--" + BOUNDARY[:-1]]),
    cuts=st.lists(st.integers(0, 2500), max_size=6),
)
async def test_any_form_in_any_pieces(fields: dict[str, str], data: bytes, cuts: list[int]) -> None:
    body = _body(fields, data)
    places = [0, *sorted(min(cut, len(body)) for cut in cuts), len(body)]
    pieces = [body[first:end] for first, end in pairwise(places)]
    form = await read_form(_request(pieces, b"multipart/form-data; boundary=" + BOUNDARY), 4096)
    assert (form.fields, form.data, form.has_file) == (fields, data, True)


@given(body=st.binary(max_size=300))
async def test_what_is_no_form_is_refused_or_empty(body: bytes) -> None:
    try:
        form = await read_form(_request([body], b"multipart/form-data; boundary=x"), 4096)
    except Refusal:
        return
    assert not form.has_file


@pytest.mark.parametrize("kind", [b"application/json", b"multipart/form-data", b""])
async def test_other_bodies_are_refused(kind: bytes) -> None:
    with pytest.raises(Refusal):
        await read_form(_request([b"x"], kind), 4096)
