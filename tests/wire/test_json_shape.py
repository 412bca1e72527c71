"""The shape of JSON: what a decoder would meet, found without one."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tui import errors
from tui.wire import answers, login, sync_calls
from tui.wire.answers import MAX_ENTRIES, read_json, read_lists
from tui.wire.call import Answer
from tui.wire.hosts import one_origin
from tui.wire.json_shape import MAX_DEPTH, MAX_VALUES, JsonShape, shape_of
from tui.wire.names import Endpoint
from tui.wire.session import Session
from tui.wire.sync import SyncKey

SESSION = Session(
    Endpoint.WEB, one_origin("http://127.0.0.1:1"), "1", "s", "k", "t", "d", "e000000000000001", "@me", ""
)
TEXTS = st.text(alphabet=st.sampled_from('[]{},:"\\ \n\té好'), max_size=12)
VALUES = st.recursive(
    st.none() | st.integers() | TEXTS, lambda inner: st.lists(inner) | st.dictionaries(TEXTS, inner), max_leaves=30
)


def depth(value: Any) -> int:
    inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else None
    return 0 if inner is None else 1 + max(map(depth, inner), default=0)


def values(value: Any) -> int:
    inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return 1 + sum(map(values, inner))


@given(VALUES, st.booleans(), st.lists(st.integers(1, 9), max_size=8))
def test_the_shape_is_what_a_decoder_finds(value: Any, plain: bool, cuts: list[int]) -> None:
    """However the text is cut into pieces, and whatever stands in its strings."""
    text = json.dumps(value, ensure_ascii=plain).encode()
    shape = JsonShape()
    place = 0
    for length in cuts:
        shape.feed(text[place : place + length])
        place += length
    shape.feed(text[place:])
    assert shape.depth == depth(value)
    assert values(value) - 1 <= shape.values <= 2 * values(value)


@pytest.mark.parametrize("opening", [b"[", b'{"a":', b'[{"a":'])
@pytest.mark.parametrize("closed", [True, False])
def test_deep_json_is_refused_before_it_is_decoded(opening: bytes, closed: bool) -> None:
    body = b'{"BaseResponse": {"Ret": 0}, "x": ' + opening * 3000
    if closed:
        body += (
            b"1"
            + b"".join({91: b"]", 123: b"}"}[code] for code in reversed(opening * 3000) if code in (91, 123))
            + b"}"
        )
    with pytest.raises(errors.BadAnswer, match="nested too deeply or too long"):
        read_json("webwxthing", Answer(200, body))
    with pytest.raises(errors.BadAnswer, match="nested too deeply or too long"):
        read_lists("webwxthing", Answer(200, body), "MemberList")


def test_brackets_that_somebody_typed_are_no_depth() -> None:
    text = "[" * 5000 + '"\\' + "{" * 5000
    body = json.dumps({"BaseResponse": {"Ret": 0}, "AddMsgList": [{"Content": text}]}).encode()
    assert read_json("x", Answer(200, body))["AddMsgList"][0]["Content"] == text
    assert [entry["Content"] for entry in read_lists("x", Answer(200, body), "AddMsgList")[1]["AddMsgList"]] == [text]  # type: ignore[index]


def test_as_deep_as_is_allowed_is_read() -> None:
    body = b'{"a":' + b"[" * (MAX_DEPTH - 1) + b"]" * (MAX_DEPTH - 1) + b"}"
    assert shape_of(body).depth == MAX_DEPTH
    read_json("x", Answer(200, body))


def test_more_values_than_any_account_has_are_refused() -> None:
    body = b'{"a": [' + b"1," * MAX_VALUES + b"1]}"
    with pytest.raises(errors.BadAnswer, match="nested too deeply or too long"):
        read_json("x", Answer(200, body))
    body = b'{"BaseResponse": {"Ret": 0}, "MemberList": [' + b"1," * MAX_ENTRIES + b"1]}"
    with pytest.raises(errors.BadAnswer, match="nested too deeply or too long"):
        read_lists("x", Answer(200, body), "MemberList")


def test_an_entry_that_is_larger_than_any_is_left_out() -> None:
    members = [{"UserName": f"@{number}"} for number in range(answers._ENTRY_VALUES)]
    long = {"UserName": "@long", "NickName": "x" * answers.MAX_ENTRY}
    body = json.dumps(
        {"BaseResponse": {"Ret": 0}, "MemberList": [{"MemberList": members}, long, {"UserName": "@x"}, 7]}
    ).encode()
    assert list(read_lists("x", Answer(200, body), "MemberList")[1]["MemberList"]) == [
        None,
        None,
        {"UserName": "@x"},
        None,
    ]


@pytest.mark.parametrize("raw", [b"a\nb", b"a\x01b\\n\\\\", b'"\x1f', b"\xff\xfe"])
def test_raw_bytes_in_strings_are_read_leniently(raw: bytes) -> None:
    """In a list as in a small answer; nothing of a text is lost."""
    escaped = raw.replace(b'"', b'\\"')
    body = b'{"BaseResponse":\n{"Ret": 0}, "MemberList": [{"Content": "' + escaped + b'"}, {"x": "\\\\"}]}'
    (found, _) = read_lists("x", Answer(200, body), "MemberList")[1]["MemberList"]
    assert found == read_json("x", Answer(200, b'{"Content": "' + escaped + b'"}'))


@pytest.mark.parametrize(
    "number", ["1" * 25, "1" * 5000, "9" * 200_000, "1e999", "0." + "1" * 100_000, "-" + "9" * 300]
)
@pytest.mark.parametrize("field", ["MsgId", "CreateTime", "Val", "Ret", "MsgType"])
def test_numbers_of_absurd_length_are_no_trouble(number: str, field: str) -> None:
    numbers = {name: "0" if name == "Ret" else "1" for name in ("Ret", "MsgId", "CreateTime", "MsgType", "Val")}
    numbers[field] = number
    message = ", ".join(f'"{name}": {numbers[name]}' for name in ("MsgId", "CreateTime", "MsgType"))
    body = (
        f'{{"BaseResponse": {{"Ret": {numbers["Ret"]}}}, "AddMsgList": [{{{message}, "FromUserName": "@a"}}], '
        f'"SyncKey": {{"Count": 1, "List": [{{"Key": 1, "Val": {numbers["Val"]}}}]}}}}'
    )
    try:
        batch = sync_calls.fetch(SESSION, SyncKey(), now_ms=1).read(Answer(200, body.encode()))
    except errors.WxtuiError:
        return
    assert all(value < 2**63 for pair in batch.keys.sync.pairs for value in pair)


# ---------------------------------------------------------------- refusals

SKELETON = {
    "AddMsgCount": 0, "AddMsgList": [], "ModContactCount": 0, "ModContactList": [], "DelContactCount": 0,
    "DelContactList": [], "ModChatRoomMemberCount": 0, "ModChatRoomMemberList": [], "ContinueFlag": 0, "SKey": "",
    "SyncKey": {"Count": 0, "List": []}, "SyncCheckKey": {"Count": 0, "List": []}, "User": {"UserName": ""},
    "ContactList": [], "ChatSet": "", "Count": 0,
}  # fmt: skip


@pytest.mark.parametrize("skeleton", [{}, SKELETON], ids=["bare", "skeleton"])
@pytest.mark.parametrize(
    "call", [login.init(SESSION, now_ms=1), sync_calls.fetch(SESSION, SyncKey(), now_ms=1)], ids=lambda call: call.name
)
@pytest.mark.parametrize(
    ("ret", "error"),
    [
        (1101, errors.LoggedInElsewhere),
        (1100, errors.LoggedOutOnPhone),
        (1, errors.BadParameter),
        (-1, errors.ServerFault),
    ],
)
def test_a_refusal_in_either_form_is_the_refusal(
    skeleton: dict[str, object], call: Any, ret: int, error: type[errors.WxtuiError]
) -> None:
    body = json.dumps({"BaseResponse": {"Ret": ret, "ErrMsg": ""}, **skeleton}).encode()
    with pytest.raises(error):
        call.read(Answer(200, body))


@pytest.mark.parametrize(
    "call", [login.init(SESSION, now_ms=1), sync_calls.fetch(SESSION, SyncKey(), now_ms=1)], ids=lambda call: call.name
)
def test_an_empty_sync_key_is_never_taken_over(call: Any) -> None:
    body = json.dumps({"BaseResponse": {"Ret": 0}, **SKELETON, "User": {"UserName": "@me"}}).encode()
    with pytest.raises(errors.BadAnswer, match="it has no SyncKey"):
        call.read(Answer(200, body))
