"""The API of the control socket: a program that knows only API.md and the schema."""

from __future__ import annotations

import asyncio
import gc
import json
import os
import re
import socket
import sys
from contextlib import AsyncExitStack, suppress
from pathlib import Path
from typing import Any, get_args

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.support.api_lines import ApiLines, Line, said
from tests.support.examples import examples
from tests.support.profile_owner import owning
from tests.support.stored_messages import replaced, text
from tests.support.waiting import idle, until
from tui import errors
from tui.cli.api.api import api
from tui.services.control.line_codec import LINE
from tui.services.control_server import limits
from tui.services.control_server.api import answers, requests
from tui.services.control_server.api.api_handlers import HANDLERS
from tui.services.control_server.api.schema import RESULTS, schema, tag_of
from tui.services.control_server.connection import Connection
from tui.services.sync.sync_loop import SyncLoop
from tui.store.models import ExportedMessage
from tui.wire import bodies

PAGE = (Path(answers.__file__).parents[1] / "API.md").read_text("utf-8")
PUBLISHED: dict[str, Any] = json.loads((Path(__file__).parents[1] / "cases" / "api_version_1.json").read_text("utf-8"))


def fits(found: Line, kind: type[msgspec.Struct]) -> Line:
    """What was answered, which has the fields that the schema says, and no other."""
    names = {field.encode_name for field in msgspec.structs.fields(kind)}
    assert set(found) <= names, kind
    msgspec.convert(found, kind)
    return found


async def test_each_request_is_answered_as_the_schema_says(tmp_path: Path) -> None:
    file = tmp_path / "a.txt"
    file.write_text("x" * 3000)
    asked: list[Line] = [
        {"request": "hello", "id": "a"},
        {"request": "status"},
        {"request": "contacts", "query": "zhang"},
        {"request": "send", "to": "张三", "text": "hello\u2028 there"},
        {"request": "send", "to": "张三", "file": os.fspath(file), "id": -3},
        {"request": "forward", "row": 1, "to": "filehelper"},
        {"request": "log", "chat": "张三", "count": 5},
        {"request": "log", "chat": "id:1", "before": 2},
        {"request": "search", "text": "hello from:me"},
        {"request": "message", "row": 1},
        {"request": "read", "to": "张三"},
        {"request": "revoke", "row": 2},
    ]
    async with owning() as owner:
        lines = await said(owner.socket, *asked)
        session = owner.client.context.session
        assert await owner.control.get("sent")
    ends = [line for line in lines if "result" in line]
    assert len(ends) == len(asked), lines
    assert [line.get("id") for line in ends] == [one.get("id") for one in asked], "in their order"
    by_tag = {tag_of(kind): result for kind, result in RESULTS.items()}
    for line, one in zip(ends, asked, strict=True):
        fits(line["result"], by_tag[one["request"]])
    for line in lines:
        if "item" in line:
            fits(line["item"], answers.ContactItem if "target" in line["item"] else answers.ApiMessage)
    told = [(line["event"], line.get("id")) for line in lines if "event" in line]
    assert told[:2] == [("row", None), ("row", -3)] and ("progress", -3) in told
    items = [line["item"]["text"] for line in lines if "text" in line.get("item", {})]
    hello = "hello\u2028 there"
    assert items == [hello, "[file] a.txt (2.9 KiB)", hello, hello, hello], "log, what was before, the search"
    everything = json.dumps(lines)
    for secret in (session.skey, session.sid, session.pass_ticket):
        assert secret and secret not in everything


async def test_what_is_wrong_is_said_and_only_rubbish_ends_the_connection() -> None:
    async with owning() as owner:
        lines = await said(
            owner.socket,
            {"request": "nope", "id": 1},
            {"request": "send", "to": "张三", "id": 2},
            {"request": "send", "to": "张三", "text": "x", "file": "/x", "id": 3},
            {"request": "send", "to": "张三", "file": "x", "id": 4},
            {"request": "send", "to": "张三", "text": "x", "txet": "x", "id": 5},
            {"request": "status", "version": 2, "id": 6},
            {"request": "send", "to": "nobody", "text": "x", "id": 7},
            {"request": "send", "to": "张三", "text": " ", "id": 8},
            {"request": "message", "row": 99, "id": 9},
            {"request": "log", "chat": "张三", "count": 1001, "id": 10},
            {"request": "send", "to": "张三", "file": "/nowhere", "id": 11},
            {"request": "subscribe", "since": "812", "id": 12},
            {"request": 13, "id": 13},
            b"rubbish",
            {"request": "status"},
        )
        (long,) = await said(owner.socket, b"x" * (1 + (1 << 20)))
        assert "the line is longer than 1 MiB" in fits(long["error"], answers.ApiError)["message"]
        assert await owner.control.get("sent") == []
    found = [(line.get("id"), line["error"]["code"], line["error"]["kind"]) for line in lines]
    assert found == [
        (1, "ApiMisused", "usage"), (2, "ApiMisused", "usage"), (3, "ApiMisused", "usage"), (4, "ApiMisused", "usage"),
        (5, "ApiMisused", "usage"), (6, "ApiTooOld", "usage"), (7, "TargetUnknown", "target"),
        (8, "EmptyText", "refused"), (9, "RowUnknown", "target"), (10, "ApiMisused", "usage"),
        (11, "FileMissing", "refused"), (12, "ApiMisused", "usage"), (13, "ApiMisused", "usage"),
        (None, "ApiMisused", "usage"),
    ]  # fmt: skip
    assert {line["error"]["retry"] for line in lines} == {False}


# ---------------------------------------------------------------- who goes away


async def test_who_has_given_up_before_the_program_woke_gets_nothing_done() -> None:
    async with owning() as owner:
        # Nothing here lets the loop run: the program is suspended until this one has gone.
        with socket.socket(socket.AF_UNIX) as program:
            program.connect(os.fspath(owner.socket))
            program.sendall(b'{"request": "send", "to": "filehelper", "text": "late"}\n')
        # Its own answers come after that of the one before.
        assert "result" in (await said(owner.socket, {"request": "status"}))[0]
        await idle(owner.client.store)
        assert await owner.control.get("sent") == []
        with socket.socket(socket.AF_UNIX) as program:
            program.connect(os.fspath(owner.socket))
            program.sendall(b'{"request": "send", "to": "filehelper", "text": "patient"}')
            program.shutdown(socket.SHUT_WR)
            await asyncio.to_thread(program.recv, 1)
            await until(lambda: sent(owner))


async def sent(owner: Any) -> bool:
    return [row["content"] for row in await owner.control.get("sent")] == ["patient"]


async def test_a_request_ends_with_its_connection_and_what_has_left_is_done(monkeypatch: pytest.MonkeyPatch) -> None:
    async with owning() as owner:
        owner.session, session = None, owner.session
        async with ApiLines(owner.socket) as program:
            program.write({"request": "send", "to": "filehelper", "text": "not begun"})
            program.write({"request": "send", "to": "filehelper", "text": "nor this"})
            await idle(owner.client.store)
        await idle(owner.client.store)
        owner.session = session
        await owner.control.fault("webwxsendmsg", "delay", 0.3)
        async with ApiLines(owner.socket) as program:
            program.write({"request": "send", "to": "filehelper", "text": "patient"})
            assert (await program.line())["event"] == "row"
            await until(lambda: has_left(owner))
        await until(lambda: sent(owner))
        assert (await said(owner.socket, {"request": "message", "row": 1}))[0]["result"]["text"] == "patient"


async def has_left(owner: Any) -> bool:
    return "webwxsendmsg" in await owner.control.calls()


async def test_a_lost_answer_is_unknown_and_names_its_row() -> None:
    async with owning() as owner:
        await owner.control.fault("webwxsendmsg", "drop_after")
        *_events, last = await said(owner.socket, {"request": "send", "to": "filehelper", "text": "x"})
    error = last["error"]
    assert (error["code"], error["kind"], error["retry"], error["row"], error["state"]) == (
        "DeliveryUnknown", "unknown", False, 1, "unknown"
    )  # fmt: skip


@pytest.mark.parametrize("letter", ["好", "\x01"])
def test_no_message_of_others_is_too_long_for_a_line(letter: str) -> None:
    """One such message ended each subscription that came to it, again after each `since`; and `log` and `search`."""
    for kind in get_args(bodies.Body):
        values = {str: letter * 200_000, int: 1}
        fields = {one.name: values[one.type] for one in msgspec.structs.fields(kind) if one.type in values}
        message = replaced(text(1), body=kind(**fields))
        told = answers.api_message(ExportedMessage(message, letter * 200_000, letter * 200_000), rings=True)
        assert len(line := answers.encoded({"id": "x" * 200, "event": "message", "message": told})) <= LINE
        assert json.loads(line)["message"]["text"] == told["text"], "cut once"
        assert told["cut"]
    quote = bodies.Quote("a", letter * 4000, "b")
    fitting = answers.api_message(ExportedMessage(replaced(text(1), body=quote), "c", "d"))
    assert "cut" not in fitting and fitting["quote"]["text"] == letter * 4000


async def test_each_line_gets_its_answer_however_long_or_torn() -> None:
    async with owning() as owner, ApiLines(owner.socket) as program:
        for field, value in (("msg_id", "1" * 1_048_500), ("msg_id", "\x01" * 170_000)):
            error = (await program.end("message", id=1, **{field: value}))["error"]
            assert error["code"] == "ApiMisused"
        for words in ("from:x " * 140_000, "a " * 500_000):
            assert "error" in await program.end("search", text=words)
        torn = await program.end("send", to="filehelper", text="\ud83d", id="torn")
        assert torn["id"] == "torn" and "half of a character" in torn["error"]["message"]
        assert "result" in await program.end("hello")
        assert await owner.control.get("sent") == []


async def test_who_asks_and_never_reads_fills_no_memory() -> None:
    async with owning() as owner:
        with socket.socket(socket.AF_UNIX) as program:
            program.setblocking(False)
            program.connect(os.fspath(owner.socket))
            await asyncio.get_running_loop().sock_sendall(program, b'{"request":"hello"}\n' * 6000)
            await idle(owner.client.store)
            served = [one for one in gc.get_objects() if isinstance(one, Connection)]
            (connection,) = (one for one in served if not one.writer.is_closing())
            assert 0 < connection.behind < 256 * 1024
            assert "result" in (await said(owner.socket, {"request": "status"}))[0]


# ---------------------------------------------------------------- subscribing


async def test_a_subscription_goes_on_where_it_was_lost() -> None:
    async def arrive(text: str) -> None:
        await owner.outbox.text(to, text)

    async with owning() as owner:
        to = await owner.contact("filehelper")
        await arrive("before")
        async with ApiLines(owner.socket) as program:
            program.write({"request": "subscribe", "id": "s"})
            begin = await program.line()
            assert begin["event"] == "subscribed" and begin["id"] == "s"
            await arrive("heard")
            first = await program.line()
            assert first["message"]["text"] == "heard" and first["message"]["mine"]
        await arrive("missed 1")
        await arrive("missed 2")
        async with ApiLines(owner.socket) as program:
            program.write({"request": "subscribe", "since": first["at"], "changes": True})
            told = [await program.line() for _ in range(3)]
            assert [line.get("message", {}).get("text") for line in told] == ["missed 1", "missed 2", None]
            await arrive("live")
            live = [await program.line() for _ in range(3)]
            assert [(line["event"], line["message"]["text"], line["message"]["state"]) for line in live[:1]] == [
                ("message", "live", live[0]["message"]["state"])
            ]
            assert {line["event"] for line in live[1:]} == {"changed"}
        # The same place again: nothing is told twice. A row's number that was given again is something new.
        for since, texts in (
            (told[1]["at"], ["live"]),
            ("2.1", ["heard", "missed 1", "missed 2", "live"]),
            ("99.1", []),
        ):
            async with ApiLines(owner.socket) as program:
                program.write({"request": "subscribe", "since": since})
                lines = [await program.line()]
                while lines[-1]["event"] != "subscribed":
                    lines.append(await program.line())
                assert [line["message"]["text"] for line in lines[:-1]] == texts
                assert lines[-1]["at"] == live[0]["at"]


async def test_subscriptions_leave_room_for_requests(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "MOST_FOLLOWERS", 1)
    async with owning() as owner, ApiLines(owner.socket) as first:
        first.write({"request": "subscribe"})
        await first.line()
        (refused,) = await said(owner.socket, {"request": "subscribe"})
        assert refused["error"]["code"] == "OwnerRefused"
        assert "result" in (await said(owner.socket, {"request": "hello"}))[0]
        first.writer.close()
        async with ApiLines(owner.socket) as second:

            async def taken() -> bool:
                second.write({"request": "subscribe"})
                return "event" in await second.line()

            await until(taken)


# ---------------------------------------------------------------- any line

WORDS = st.sampled_from(["request", "send", "log", "to", "text", "row", "id", "count", "since", "version", "msg_id"])
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text() | WORDS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(WORDS, inner),
    max_leaves=10,
)


@settings(max_examples=examples(400), deadline=None)
@given(st.binary(max_size=200) | JSON.map(lambda value: json.dumps(value).encode()))
def test_any_line_is_a_request_or_is_refused_in_one_line(line: bytes) -> None:
    try:
        found = requests.read_request(line)
    except requests.BadRequest as bad:
        told = answers.encoded({"id": bad.id, "error": answers.failure(bad.error)})
        assert told.count(b"\n") == 1 and json.loads(told)["error"]["kind"] == "usage"
    else:
        assert type(found) in HANDLERS and found.version == requests.VERSION


def test_deep_and_long_lines_are_refused() -> None:
    for line in (
        b"[" * 200_000,
        b'{"request":' * 90_000,
        b'{"request":"status","id":"' + b"x" * 300 + b'"}',
        b'{"request":"status","id":123456789012345678901234567890}',
        b'{"request":"hello","id":"\\ud800"}',
    ):
        with pytest.raises(requests.BadRequest):
            requests.read_request(line)


# ---------------------------------------------------------------- stable


def test_version_1_has_all_that_was_published() -> None:
    """What is in the published file may be relied on; run with WXTUI_PUBLISH=1 to add what is new."""
    place = Path(__file__).parents[1] / "cases" / "api_version_1.json"
    if os.environ.get("WXTUI_PUBLISH"):
        place.write_text(json.dumps(published(), indent=1, ensure_ascii=False) + "\n", "utf-8")
    now = published()
    assert {*PUBLISHED["codes"]} <= {*now["codes"]}, "a code was renamed, or has another kind"
    for name, was in PUBLISHED["fields"].items():
        for field, (kind, needed) in was.items():
            assert now["fields"][name][field] == [kind, needed], f"{name}.{field}"
        if name in PUBLISHED["requests"]:
            new = now["fields"][name].keys() - was.keys()
            assert not [field for field in new if now["fields"][name][field][1]], f"{name} needs more than before"
    assert PUBLISHED["requests"].items() <= now["requests"].items()


def test_every_name_in_the_schema_is_described_there() -> None:
    whole = schema()
    names = {*re.findall(r'"#/\$defs/(\w+)"', json.dumps(whole))}
    assert names <= {*whole["$defs"]} and {kind.__name__ for kind in RESULTS.values()} <= names


def published() -> dict[str, Any]:
    """Names, kinds and necessity of all fields, and the codes of all errors with their kinds."""
    whole = schema()
    fields = {
        name: {
            field: [json.dumps(rule, sort_keys=True), field in found.get("required", ())]
            for field, rule in found.get("properties", {}).items()
        }
        for name, found in whole["$defs"].items()
    }
    codes = sorted(f"{one.__name__} {answers.kind_of(one())}" for one in every(errors.WxtuiError))
    return {"requests": {kind.__name__: tag_of(kind) for kind in HANDLERS}, "fields": fields, "codes": codes}


def every(kind: type[errors.WxtuiError]) -> set[type[errors.WxtuiError]]:
    return {kind}.union(*(every(below) for below in kind.__subclasses__()))


def test_the_help_names_all_requests() -> None:
    (names,) = re.findall(r"^Requests: (.*)\.$", api.help or "", re.MULTILINE)
    assert names.split(", ") == [tag_of(kind) for kind in HANDLERS]


def test_the_page_has_each_request_field_and_kind() -> None:
    for kind in HANDLERS:
        (row,) = re.findall(rf"^\| `{tag_of(kind)}` \|.*$", PAGE, re.MULTILINE)
        for field in msgspec.structs.fields(kind):
            assert field.encode_name in ("id", "version") or f"`{field.encode_name}`" in row, (kind, field)
        for field in msgspec.structs.fields(RESULTS.get(kind, answers.ListResult)):
            plain = kind in (requests.ApiMessageRequest, requests.ApiForward, requests.ApiSubscribe)
            assert plain or field.encode_name == "count" or f"`{field.encode_name}`" in row, (kind, field)
    kinds = {answers.kind_of(one()) for one in every(errors.WxtuiError)}
    assert {*re.findall(r"^\| `(\w+)` \| ", PAGE.partition("## Errors")[2], re.MULTILINE)} == {"kind", *kinds}


async def test_the_examples_of_the_page_do_what_they_say(tmp_path: Path) -> None:
    (program,) = re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL)
    once, _shell, *_rest = re.findall(r"```sh\n(.*?)```", PAGE, re.DOTALL)
    wxtui = tmp_path / "wxtui"
    wxtui.write_text(f'#!/bin/sh\nexec {sys.executable} -m tui "$@"\n')
    wxtui.chmod(0o700)
    path = f"{tmp_path}:{os.environ['PATH']}"
    async with owning() as owner, AsyncExitStack() as stack:
        bot = await asyncio.create_subprocess_exec(
            sys.executable, "-c", program, cwd=tmp_path, env=os.environ | {"PATH": path}, stdout=asyncio.subprocess.PIPE
        )
        shell = await asyncio.create_subprocess_shell(
            once, env=os.environ | {"PATH": path}, stdout=asyncio.subprocess.PIPE
        )
        try:
            answer, _nothing = await shell.communicate()
            if shell.returncode == 0:
                # Without socat the line is not tried.
                assert json.loads(answer)["result"]["state"] == "online"
            await until(lambda: (tmp_path / "ping.at").exists())
            listener = await stack.enter_async_context(ApiLines(owner.socket))
            listener.write({"request": "subscribe"})
            await listener.line()
            await owner.control.post("push", type="text", content="ping", **{"from": "张三"})
            await SyncLoop(owner.client.context, owner.client.store, owner.client.directory).drain()
            assert bot.stdout is not None
            assert await asyncio.wait_for(bot.stdout.readline(), 30) == b"answered\n"
            assert [row["content"] for row in await owner.control.get("sent")] == ["pong"]
            told: dict[str, Line] = {}
            while "pong" not in told:
                message = (await listener.line())["message"]
                told[message["text"]] = message
            assert (told["ping"]["rings"], told["pong"].get("rings")) == (True, None)
            assert [one["rings"] for one in told.values() if one["chat"] == "每日科技"] == [False], (
                "an official account"
            )
        finally:
            with suppress(ProcessLookupError):
                bot.kill()
            await bot.wait()
