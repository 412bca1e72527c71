"""What a real account is flooded with, in the terminal: official pushes, and groups that are muted."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Final

from tests.support.pty_program import Program
from tests.support.pty_steps import go_to, leave
from tests.support.sandbox_thread import Sandbox

EACH: Final = 1000
MOST_BYTES: Final = 12_000
"""6 for a message: what is drawn is one number, time and text of two rows, some ten times a second."""


def bells(program: Program, before: int) -> int:
    """How often it rang; the end of a window title is no bell."""
    return re.sub(rb"\x1b\][^\x07\x1b]*\x07", b"", program.raw[before:]).count(b"\x07")


def test_a_thousand_pushes_and_a_thousand_messages_in_muted_groups_ring_never(
    start_program: Callable[..., Program], sandbox: Sandbox
) -> None:
    program = start_program({"WXTUI_DESKTOP_NOTICES": "false", "WXTUI_LIST": "two"}, columns=110, rows=30)
    go_to(program, "张三")
    # The bell for what a start catches up with, and for this, is behind us then.
    sandbox.post("push", type="text", content="开始", **{"from": "李四"})
    program.wait_for("开始")
    began = program.raw.find("开始".encode())
    program.wait_for(lambda screen: bells(program, began) > 0)
    before = len(program.raw)
    for part in range(10):
        sandbox.post("push", type="link", times=EACH // 10, **{"from": "每日科技"})
        sandbox.post("push", type="text", content=f"水 {part}", group="读书会 & 茶", times=EACH // 10)
    program.wait_for("水 9")
    program.wait_for(r"99\+")
    program.settle()
    assert bells(program, before) == 0
    written = len(program.raw) - before
    assert written < MOST_BYTES, f"{written} bytes for {2 * EACH} messages"
    # One that matters rings, and stands above them; they stand above what was said before.
    sandbox.post("push", type="text", content="三件事里的一件", **{"from": "李四"})
    program.wait_for("三件事里的一件")
    program.wait_for(lambda screen: bells(program, before) == 1)
    rows = [line[:26] for line in program.lines]
    named = [
        name
        for row in rows
        for name in ("妈妈", "李四", "读书会", "Official", "项目群")
        if re.match(rf"\W*{name}", row)
    ]
    assert named == ["妈妈", "李四", "读书会", "Official", "项目群"], program.text
    leave(program)
