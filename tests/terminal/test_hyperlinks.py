"""Links of a terminal (OSC 8) in the bytes of the whole program: where they begin and end, and when there are none."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest

from tests.support.pty_program import Program
from tests.support.pty_steps import go_to, leave
from tests.support.sandbox_thread import Sandbox

LINK = re.compile(rb"\x1b\]8;([^;\x1b]*);([^\x1b]*)\x1b\\")
URL = "https://a.example/" + "long/" * 20 + "end"


def test_a_wrapped_address_is_one_link_and_every_link_is_closed(
    start_program: Callable[..., Program], sandbox: Sandbox
) -> None:
    program = start_program()
    go_to(program, "张三")
    before = len(program.raw)
    sandbox.post("push", type="text", content=f"see {URL} there")
    program.wait_for("there")
    sequences = LINK.findall(program.raw[before:])
    assert {url for _id, url in sequences} == {URL.encode(), b""}
    assert {name for name, url in sequences if url} == {b"id=w"}
    assert sum(bool(url) for _id, url in sequences) >= 2, "it is wrapped"
    assert sequences[-1][1] == b"", "what is written later belongs to no link"
    before = len(program.raw)
    program.type("typed")
    program.wait_for("typed")
    assert b"\x1b]8" not in program.raw[before:], "a key beside a link costs nothing for it"
    program.type("\x15")  # Ctrl+U: an empty bar asks no question at the end
    leave(program)
    assert LINK.findall(program.raw)[-1][1] == b""


@pytest.mark.parametrize(
    "environ",
    [
        {"TERM": "linux"},
        {"TERM": "screen"},
        {"WXTUI_LINKS": "off"},
        {"TMUX": "x,1,0", "TERM_PROGRAM": "tmux", "TERM_PROGRAM_VERSION": "3.3a"},
    ],
    ids=["Linux console", "screen", "WXTUI_LINKS", "old tmux"],
)
def test_no_link_is_sent_where_there_are_none(
    start_program: Callable[..., Program], sandbox: Sandbox, environ: dict[str, str]
) -> None:
    # A notification through tmux would be drawn by the emulator.
    program = start_program({"WXTUI_DESKTOP_NOTICES": "off"} | environ)
    go_to(program, "张三")
    sandbox.post("push", type="text", content="see https://a.example/ there")
    program.wait_for("there")
    assert b"\x1b]8" not in program.raw
    leave(program)
