"""The language of the control socket: whatever is said is read as the same, and nothing else is read."""

from __future__ import annotations

import json
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from tui import errors
from tui.services.control import protocol
from tui.services.control.error_codec import failed, rebuilt
from tui.services.control_server.handlers import HANDLERS
from tui.wire.media_types import MediaKind

TEXT = st.text(st.characters(exclude_categories=["Cs"]))
SAID_BY_COMMANDS: list[protocol.FromCommand] = [
    protocol.Hello(1, "1.0"),
    protocol.SendText("@a", "你好\n\x00\x1b"),
    protocol.SendFile("@a", b"/tmp/\xff\n", (1, 2, 3, 4, 5), MediaKind.AUTO, "日志"),
    protocol.RevokeRequest(1),
    protocol.Forward(1, "@a"),
    protocol.MarkRead("@a"),
    protocol.Resolve("张三"),
    protocol.Refresh(),
    protocol.CheckRequest(),
    protocol.LogOut(),
    protocol.Follow(),
    protocol.FindMessage("7041"),
    protocol.FindLast(""),
    protocol.ListContacts("zh"),
    protocol.CompleteName("zh"),
    protocol.ReadLog("张三", 20),
    protocol.ListRequests(),
    protocol.AnswerRequest(1, True),
    protocol.SetRemark("@a", "老王"),
    protocol.SetPinned("@a", False),
    protocol.SetHushed(1, True, 1_800_000_000_000),
    protocol.SetNotify(1, "mentions"),
    protocol.ReadAll(),
    protocol.ListMembers("@@g"),
    protocol.ChangeGroup("add", "@@g", ("@a", "@b"), "", True),
    protocol.Go(),
    protocol.Cancel(),
]
SAID_BY_OWNERS: list[protocol.FromOwner] = [
    protocol.Welcome(1, "1.0", 77),
    protocol.RequestReady(),
    protocol.Working(),
    protocol.Row(7),
    protocol.UploadMoved("uploading", 1, 2, True),
    protocol.Added(1, (2, 3)),
    protocol.ConversationRead("张三", 3),
    protocol.AllRead(4),
    protocol.ContactChanged(True),
    protocol.Piece(({"name": "张三"}, "李四")),
    protocol.Done("sent", "x"),
    protocol.Sent(1, "sent", "7041", "1", "text", "2026-11-29T20:00:00+00:00"),
    protocol.Recipient("@a", "张三"),
    protocol.Account("我", "web", "https://wx.qq.com"),
    protocol.Stored(None),
    protocol.GroupChanged({"name": "群"}),
    protocol.Failure("TargetUnknown", {"target": protocol.SpokenPhrase("{a}", {"a": None})}, "why"),
]


def test_every_request_is_tried_below_and_has_a_handler() -> None:
    assert {*protocol.REQUESTS} == {
        type(said) for said in SAID_BY_COMMANDS if isinstance(said, protocol.ControlRequest)
    }
    # The connection itself answers `Follow`.
    assert {*HANDLERS, protocol.Follow} == {*protocol.REQUESTS}


@pytest.mark.parametrize("said", SAID_BY_COMMANDS, ids=lambda said: type(said).__name__)
def test_what_a_command_says_is_one_line_and_read_as_the_same(said: protocol.FromCommand) -> None:
    line = protocol.line(said)
    assert line.count(b"\n") == 1 and line.endswith(b"\n")
    assert protocol.read_command(line) == said
    with pytest.raises(protocol.Malformed):
        protocol.read_owner(line)


@pytest.mark.parametrize("said", SAID_BY_OWNERS, ids=lambda said: type(said).__name__)
def test_what_an_owner_says_is_one_line_and_read_as_the_same(said: protocol.FromOwner) -> None:
    line = protocol.line(said)
    assert line.count(b"\n") == 1 and line.endswith(b"\n")
    assert protocol.read_owner(line) == said
    with pytest.raises(protocol.Malformed):
        protocol.read_command(line)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | TEXT,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.sampled_from(["is", "to", "row", "text"]), inner),
    max_leaves=12,
)


@given(st.binary(max_size=200) | JSON.map(lambda value: json.dumps(value).encode()))
def test_anything_else_is_malformed_and_nothing_worse(line: bytes) -> None:
    for read in (protocol.read_command, protocol.read_owner):
        with suppress(protocol.Malformed):
            read(line)


FAILED = '{"is":"failed","error":"E","why":"","facts":{"x":%s}}'


@pytest.mark.parametrize(
    "line",
    [
        pytest.param('{"is":"go","more":1}', id="another field"),
        pytest.param('{"is":"forward","row":1}', id="a field that lacks"),
        pytest.param('{"is":"forward","row":-1,"to":"@a"}', id="below zero"),
        pytest.param('{"is":"forward","row":9223372036854775808,"to":"@a"}', id="more than SQLite holds"),
        pytest.param('{"is":"forward","row":true,"to":"@a"}', id="true is no number"),
        pytest.param('{"is":"forward","row":1.0,"to":"@a"}', id="nor is a fraction"),
        pytest.param('{"is":"forward","row":"1","to":"@a"}', id="nor is a text"),
        pytest.param('{"is":"mark read","to":"@a"}', id="another message"),
        pytest.param('{"is":["go"]}', id="no word at all"),
        pytest.param('{"to":"@a"}', id="no message"),
        pytest.param('{"is":"markread","to":null}', id="nothing for a text"),
        pytest.param('{"is":"markread","to":"\\ud800"}', id="half a character"),
        pytest.param('{"is":"moved","stage":"x","done":1,"total":2,"waiting":1}', id="one is not true"),
        pytest.param('{"is":"added","conversation":1,"rows":[1,-2]}', id="one of several below zero"),
        pytest.param('{"is":"added","conversation":1,"rows":1}', id="no list"),
        pytest.param('{"is":"piece","items":["\\uDC00"]}', id="half a character in a piece"),
        pytest.param(FAILED % "NaN", id="no number"),
        pytest.param(FAILED % '"\\ud800"', id="half a character in a fact"),
        pytest.param(FAILED % "[1]", id="a list is no fact"),
        pytest.param(FAILED % '{"is":"go"}', id="another message in a fact"),
        pytest.param(FAILED % "1" * 5000, id="no JSON"),
    ],
)
def test_what_is_not_of_the_protocol_is_refused(line: str) -> None:
    for read in (protocol.read_command, protocol.read_owner):
        with pytest.raises(protocol.Malformed):
            read(line.encode())


def test_text_is_utf_8_and_nothing_else() -> None:
    said = '{"is":"markread","to":"@a"}'
    for encoding in ("utf-16", "utf-32", "utf-8-sig"):
        with pytest.raises(protocol.Malformed):
            protocol.read_command(said.encode(encoding))
    with pytest.raises(protocol.Malformed):
        protocol.read_command(b'{"is":"markread","to":"\xed\xa0\x80"}')
    assert protocol.read_command(b'{"is":"markread","to":"\\ud83d\\ude00"}') == protocol.MarkRead("😀")
    assert protocol.read_command(protocol.line(protocol.MarkRead("a\udcff"))) == protocol.MarkRead("a?")


def test_a_message_has_its_fields_and_does_not_change() -> None:
    for values in ((), (1, "@a", 2)):
        with pytest.raises(TypeError):
            protocol.Forward(*values)
    with pytest.raises(TypeError):
        protocol.Forward(1, "@a", row=2)
    made: Any = protocol.Forward(1, "@a")
    with pytest.raises(AttributeError):
        made.row = 2


def test_a_line_that_is_too_long_is_not_written() -> None:
    with pytest.raises(protocol.Malformed):
        protocol.line(protocol.SendText("@a", "x" * protocol.LINE))


# ---------------------------------------------------------------- errors


def every(kind: type[errors.WxtuiError]) -> list[type[errors.WxtuiError]]:
    return [kind, *(one for below in kind.__subclasses__() for one in every(below))]


class Everything(dict[str, object]):
    """Facts for every sentence."""

    def __missing__(self, name: str) -> object:
        return errors.Phrase("{what} of {depth}", what=name, depth=errors.Phrase("{n}", n=2))


@pytest.mark.parametrize("kind", every(errors.WxtuiError), ids=lambda kind: kind.__name__)
def test_every_error_comes_over_as_itself(kind: type[errors.WxtuiError]) -> None:
    from string import Formatter

    named = {name for text in (kind.sentence, kind.advice) for _, name, _, _ in Formatter().parse(text) if name}
    error = kind(**{"ret": 1205, "status": 502, "more": None} | {name: Everything()[name] for name in named - {"ret"}})
    told = protocol.read_owner(protocol.line(failed(error)))
    assert isinstance(told, protocol.Failure)
    again = rebuilt(told)
    assert type(again) is kind
    assert (str(again), again.exit_code, again.code) == (str(error), error.exit_code, error.code)
    assert again.facts["ret"] == 1205
    assert all(isinstance(again.facts[name], errors.Phrase) for name in named - {"ret"}), "it can still be translated"
    if isinstance(again, errors.NetworkError):
        assert again.status == 502


FACTS = st.dictionaries(
    st.sampled_from(["why", "what", "host"]),
    st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.binary(),
)


@given(FACTS)
@example({"why": float("nan"), "what": float("-inf")})
def test_any_facts_come_over_in_some_form(facts: dict[str, object]) -> None:
    told = protocol.read_owner(protocol.line(failed(errors.WxtuiError(**facts))))
    assert isinstance(told, protocol.Failure)
    assert rebuilt(told).facts.keys() == facts.keys()


def test_an_error_that_is_not_known_here_is_said_with_its_sentence() -> None:
    told = protocol.Failure("FromTheFuture", {"x": 1}, "The moon is in the way. Wait.")
    error = rebuilt(told)
    assert type(error) is errors.OwnerRefused
    assert (str(error), error.exit_code) == ("The moon is in the way. Wait.", 1)
    # A class of that name with another sentence.
    error = rebuilt(protocol.Failure("TargetUnknown", {}, "Nobody."))
    assert str(error) == "Nobody."
    assert errors.TargetUnknown().lacks == {"target"}
