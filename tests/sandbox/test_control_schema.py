"""The table of the control API, its schema, and the sentences by which mistakes are answered."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any, get_args

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.json_schema import refusals
from tests.support.raw_client import Client
from tui.sandbox.control.bodies import ControlMistake, Push, PushedType
from tui.sandbox.control.calls import CALLS, ControlCall
from tui.sandbox.control.contents import ANY_FIELDS, CONTENTS, TEXT_ONLY, PictureName
from tui.sandbox.control.reading import decode_control
from tui.sandbox.control.schema import schema
from tui.sandbox.server import SandboxServer
from tui.sandbox.world.kinds import KINDS, BadContent
from tui.sandbox.world.sample_pictures import BY_NAME

SCHEMA = schema()
TAKING = [call for call in CALLS if call.takes is not None]
BODIES: dict[str, dict[str, Any]] = {
    "push": {"type": "file", "from": "张三", "content": {"name": "a.txt", "size": 3}},
    "contact": {"name": "张三", "muted": True, "standing": "blocked"},
    "person": {"nickname": "新人", "group": "项目群"},
    "login": {"variant": "filehelper"},
    "expire": {"session": True},
    "clock": {"advance": 10},
    "fault": {"call": "webwxsync", "kind": "delay", "value": 0.0},
}
"""A body of each call that takes fields."""

DEEP = b'{"type": "raw", "content":' + b'{"a":' * 100_000


def of_call(call: ControlCall) -> dict[str, Any]:
    """What the schema says of a call."""
    found: dict[str, Any] = SCHEMA["paths"][call.path][call.method.lower()]
    return found


def test_types_and_pictures_are_those_of_the_world() -> None:
    assert get_args(PushedType) == (*KINDS, "revoke")
    assert get_args(PictureName) == tuple(BY_NAME)
    assert [kind for kind in get_args(PushedType) if kind not in CONTENTS.keys() | ANY_FIELDS | TEXT_ONLY] == []


async def test_every_call_answers_as_the_schema_says(client: Client, server: SandboxServer) -> None:
    server.state.options = replace(server.state.options, scan_delay=None)
    await client.text(client.to("张三"), "x")
    await client.upload("a.txt", b"hello")
    media_id = (await client.http.get("/_sandbox/uploads")).json()[0]["MediaId"]
    for call in sorted(CALLS, key=lambda call: call.method == "POST"):
        if call.name in ("scan", "confirm", "cancel"):
            await client.new_code()
            if call.name != "scan":
                await client.http.post("/_sandbox/scan")
        body = BODIES.get(call.name)
        query = {"media_id": media_id} if call.query else None
        answer = await client.http.request(call.method, call.path, params=query, json=body if call.takes else None)
        assert answer.status_code == 200, (call.path, answer.text)
        (content,) = of_call(call)["responses"]["200"]["content"].items()
        if call.answers is not bytes:
            assert content[0] == "application/json"
            assert [*refusals(answer.json(), content[1]["schema"], SCHEMA)] == [], call.path
            # Answers have no field that the schema does not know.
            assert msgspec.to_builtins(msgspec.convert(answer.json(), call.answers)) == answer.json()
        if body is not None and call.takes:
            rule = of_call(call)["requestBody"]["content"]["application/json"]["schema"]
            assert [*refusals(body, rule, SCHEMA)] == []


SCRAPS = st.one_of(
    st.none(),
    st.booleans(),
    st.sampled_from([-1, 0, 1, 3, 181, 20_000, 2**62, 0.5, -0.5, 1e300]),
    st.sampled_from(["", "x", "张三", "web", "blocked", "delay", "city", "aGk="]),
    st.just([]),
    st.just({}),
)


@st.composite
def bodies(draw: st.DrawFn) -> tuple[ControlCall, dict[str, Any]]:
    """A call, and a body of which some fields are right."""
    call = draw(st.sampled_from(TAKING))
    assert call.takes is not None
    names = [field.encode_name for field in msgspec.structs.fields(call.takes)]
    body = {name: draw(SCRAPS) for name in draw(st.lists(st.sampled_from([*names, "nmae"]), max_size=3))}
    body |= draw(st.sampled_from([{}, BODIES.get(call.name, {})]))
    if call.takes is Push and draw(st.booleans()):
        body["type"] = draw(st.sampled_from([*get_args(PushedType), "telepathy"]))
        kind = CONTENTS.get(body["type"])
        fields = [field.encode_name for field in msgspec.structs.fields(kind)] if kind else []
        given_fields = draw(st.lists(st.sampled_from([*fields, "title"]), max_size=2))
        body["content"] = draw(st.one_of(SCRAPS, st.fixed_dictionaries(dict.fromkeys(given_fields, SCRAPS))))
    return call, body


@given(bodies())
def test_the_schema_refuses_what_the_call_refuses(given: tuple[ControlCall, dict[str, Any]]) -> None:
    call, body = given
    assert call.takes is not None
    rule = of_call(call)["requestBody"]["content"]["application/json"]["schema"]
    try:
        decode_control(json.dumps(body).encode(), call.takes)
        why = ""
    except BadContent as error:
        why = str(error)
    assert bool(why) == any(refusals(body, rule, SCHEMA)), (body, why, [*refusals(body, rule, SCHEMA)])
    is_a_sentence(why or "Yes.")


def is_a_sentence(text: str) -> None:
    """One sentence in a person's words: nothing of the library that reads it."""
    assert text.endswith(".") and text[0] in "“ABCDEFGHIJKLMNOPQRSTUVWXYZ" and "\n" not in text, text
    for word in ("`", "$", "msgspec", "Traceback", "None", "struct"):
        assert word not in text, text


@pytest.mark.parametrize(
    ("body", "sentence"),
    [
        (b"{", "The body is not JSON in UTF-8: Input data was truncated."),
        (b"\xff", "The body is not JSON in UTF-8: JSON is malformed: invalid character (byte 0)."),
        (b"[]", "The body has to be an object, not a list."),
        (b"", "“type” is missing in the body."),
        (DEEP, "The body has too many lists or objects inside each other."),
        (b'{"type": "text", "times": "3"}', "“times” has to be a whole number, not a string."),
        (b'{"type": "text", "times": 0}', "“times” has to be >= 1."),
        (b'{"type": "text", "age": 1e999}', "“age” is out of range."),
        (
            b'{"type": "file", "content": {"siez": 1}}',
            "There is no field “siez” in “content” of “file”; there are: base64, name, size.",
        ),
        (b'{"type": "file", "content": {"size": "1"}}', "“size” has to be a number, not a string."),
        (b'{"type": "card", "content": {}}', "“content” of “card” has to be a string, not an object."),
        (b'{"type": "text", "group": []}', "“group” has to be true or false or a string, not a list."),
        (b'{"type": 3}', "“type” has to be a string, not a whole number."),
    ],
)
def test_a_mistake_is_one_clear_sentence(body: bytes, sentence: str) -> None:
    with pytest.raises(BadContent) as caught:
        decode_control(body, Push)
    assert str(caught.value) == sentence
    is_a_sentence(sentence)


async def test_a_mistake_is_answered_and_changes_nothing(client: Client) -> None:
    before = (await client.http.get("/_sandbox/state")).json()
    rule = {"$ref": "#/components/schemas/ControlMistake"}
    for call in TAKING:
        for body in (b"{", b"[1]", b'{"nmae": 1}', b'{"kind": "delay", "call": "nobody"}'):
            answer = await client.http.post(call.path, content=body, headers={"Content-Type": "application/json"})
            assert answer.status_code in call.statuses, (call.path, body)
            assert [*refusals(answer.json(), rule, SCHEMA)] == []
            is_a_sentence(msgspec.json.decode(answer.content, type=ControlMistake).error)
    for method, path in (("GET", "push"), ("PATCH", "sent"), ("GET", "nothing"), ("POST", "state/x")):
        answer = await client.http.request(method, f"/_sandbox/{path}", json={})
        assert answer.status_code == 404
        is_a_sentence(answer.json()["error"])
    assert (await client.http.get("/_sandbox/state")).json() == before
