"""The upload's multipart parts against the golden files, read by a parser that is not ours (python-multipart)."""

from __future__ import annotations

import json
from dataclasses import dataclass, field

import pytest
from hypothesis import given
from hypothesis import strategies as st
from python_multipart.multipart import MultipartParser

from tests.wire.golden.cases import Case, compact, load, matches, read, session
from tests.wire.golden.upload_form import BOUNDARY, MODIFIED, file_bytes, form_of, source_of
from tui.errors import BadAnswer
from tui.wire import upload
from tui.wire.call import Answer
from tui.wire.media_types import media_type
from tui.wire.upload import UploadForm, UploadSource

CASES = [*load("uploadmedia"), *load("uploadmedia_large")]


@dataclass
class Part:
    """One part of a multipart body as the independent parser saw it."""

    headers: list[tuple[str, str]] = field(default_factory=list)
    data: bytes = b""

    @property
    def disposition(self) -> str:
        return dict(self.headers)["content-disposition"]


def parse(body: bytes, boundary: str) -> list[Part]:
    """The parts of `body`, which must end with the closing boundary."""
    parts: list[Part] = []
    name, value, done = bytearray(), bytearray(), []

    def header_end() -> None:
        parts[-1].headers.append((name.decode().lower(), value.decode()))
        name.clear()
        value.clear()

    def data(chunk: bytes, start: int, end: int) -> None:
        parts[-1].data += chunk[start:end]

    parser = MultipartParser(
        boundary,
        {
            "on_part_begin": lambda: parts.append(Part()),
            "on_header_field": lambda chunk, start, end: name.extend(chunk[start:end]),
            "on_header_value": lambda chunk, start, end: value.extend(chunk[start:end]),
            "on_header_end": header_end,
            "on_part_data": data,
            "on_end": lambda: done.append(True),
        },
    )
    assert parser.write(body) == len(body)
    parser.finalize()
    assert done
    return parts


def check_part(case: Case, form: UploadForm, index: int, expected: tuple[int, int]) -> str:
    """One request and its body; returns its uploadmediarequest."""
    request = form.request(index)
    case.check(request)
    assert form.range(index) == expected
    content = file_bytes(*expected)
    body = form.head(index) + content + form.tail
    assert request.body == b""
    assert dict(request.headers)["Content-Length"] == str(len(body))

    parts = parse(body, case.want["boundary"])
    names = [part.disposition for part in parts]
    assert names == [f'form-data; name="{name}"' for name, _ in case.want["fields"]] + [case.want["disposition"]]
    for part, (name, wanted) in zip(parts, case.want["fields"], strict=False):
        assert [key for key, _ in part.headers] == ["content-disposition"]
        if isinstance(wanted, list):
            wanted = wanted[index]
        assert part.data.decode() == (str(index) if wanted == "re:index" else wanted), name
    assert [key for key, _ in parts[-1].headers] == ["content-disposition", "content-type"]
    assert parts[-1].data == content
    return next(part.data.decode() for part in parts if "uploadmediarequest" in part.disposition)


@pytest.mark.parametrize("case", CASES, ids=str)
def test_parts_are_built_as_their_golden_file_says(case: Case) -> None:
    form = form_of(case)
    ranges = [(offset, length) for offset, length in case.want["ranges"]]
    requests = [check_part(case, form, index, expected) for index, expected in enumerate(ranges)]
    if "last_range" in case.want:
        offset, length = case.want["last_range"]
        requests.append(check_part(case, form, form.parts - 1, (offset, length)))
    else:
        assert form.parts == len(ranges)
    assert len(set(requests)) == 1, "trap 7: the same uploadmediarequest in every part"


@pytest.mark.parametrize("case", load("checkupload"), ids=str)
def test_webwxcheckupload_is_built_as_its_golden_file_says(case: Case) -> None:
    case.check(upload.check(case.session, case.given["to"], source_of(case.given)).request)


@pytest.mark.parametrize(
    ("name", "mime", "mediatype"), [row for key in ("seed", "same", "others") for row in read("media_types")[key]]
)
def test_a_names_ending_tells_the_media_type(name: str, mime: str, mediatype: str) -> None:
    found = media_type(name)
    assert (found.mime, found.mediatype) == (mime, mediatype)


@given(size=st.integers(1, 2**31))
def test_ranges_cover_the_file_without_gap_or_overlap(size: int) -> None:
    source = UploadSource("a.bin", size, "0" * 32, MODIFIED, "application/octet-stream", "doc")
    form = UploadForm(session("web"), "@to", source, 1560000000000, 0, BOUNDARY)
    assert form.parts == max(1, (size + 524287) // 524288)
    last = form.parts - 1
    for index in {0, last // 2, last}:
        offset, length = form.range(index)
        assert offset == index * 524288
        assert length == (size - offset if index == last else 524288)
        assert 0 < length <= 524288


@given(name=st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=60))
def test_no_name_breaks_out_of_its_header(name: str) -> None:
    source = UploadSource(name, 3, "0" * 32, MODIFIED, "application/octet-stream", "doc")
    form = UploadForm(session("web"), "@to", source, 1560000000000, 0, BOUNDARY)
    parts = parse(form.head(0) + b"abc" + form.tail, BOUNDARY)
    escaped = name.replace('"', "%22").replace("\r", "%0D").replace("\n", "%0A")
    assert parts[-1].disposition == f'form-data; name="filename"; filename="{escaped}"'
    assert (len(parts), parts[-1].data) == (10, b"abc")
    assert parts[1].data.decode() == name


def test_a_golden_file_knows_canonical_json() -> None:
    for case in CASES:
        text = dict(case.want["fields"])["uploadmediarequest"]
        assert compact(json.loads(text)).decode() == text
        assert matches("re:[0-9a-f]{32}", json.loads(text)["FileMd5"])


@pytest.mark.parametrize(
    "said", ['"MediaId": ""', '"MediaId": " "', '"MediaId": null', '"StartPos": 5', '"MediaId": 1.5']
)
def test_an_answer_without_a_media_id_has_none(said: str) -> None:
    """A server that has forgotten a file answers so."""
    answer = Answer(200, f'{{"BaseResponse": {{"Ret": 0}}, {said}}}'.encode())
    assert upload.read_answer(answer) == ""
    source = UploadSource("a", 1, "0" * 32, MODIFIED, "a/b", "doc")
    with pytest.raises(BadAnswer, match="neither a MediaId nor a Signature"):
        upload.check(session("web"), "@to", source).read(answer)
