"""A message of any length is one short line where a command says what it did."""

from __future__ import annotations

from tests.support.command_line import Wxtui
from tests.support.sandbox_thread import Sandbox


def test_a_recalled_or_forwarded_text_is_told_in_short(logged_in: Wxtui, sandbox: Sandbox) -> None:
    assert logged_in("send", "张三", "-m", "first line\n" + "x" * 10_000).code == 0
    (sent,) = sandbox.sent()
    forwarded = logged_in("forward", sent["MsgID"], "李四")
    assert forwarded.lines[0].endswith("\t李四: first line")
    revoked = logged_in("revoke", "--last")
    assert revoked.code == 0
    assert all(len(line) < 100 for line in (*forwarded.lines, *revoked.lines))
