"""Program of plain mode in this process, with pipes for its terminal."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.support.command_line import Wxtui
from tests.support.sandbox_thread import Sandbox
from tui.cli import plain_mode
from tui.cli.shared.exit_codes import READER_GONE
from tui.paths import find_profile
from tui.plain.line_console import LineConsole
from tui.services.session.login_options import LoginOptions


def run(monkeypatch: pytest.MonkeyPatch, sandbox: Sandbox, lines: str, output: int) -> int:
    """Run it on the default profile until these lines are read; its exit code."""
    read, write = os.pipe()
    os.write(write, lines.encode())
    os.close(write)
    monkeypatch.setattr(plain_mode, "LineConsole", lambda: LineConsole(read, output))
    try:
        return plain_mode.open_plain(find_profile("default"), LoginOptions(None, sandbox.origin))
    finally:
        os.close(read)


def test_another_profile_is_opened_and_written_from(
    monkeypatch: pytest.MonkeyPatch, logged_in: Wxtui, sandbox: Sandbox, tmp_path: Path
) -> None:
    """Its store is open before the first profile is left: both are of one event loop."""
    assert logged_in("--server", sandbox.origin, "--profile", "b", "login", "--endpoint", "web").code == 0
    with (tmp_path / "said").open("w+b") as said:
        lines = "/goto 张三\nfrom default\n/profile b\n/goto 李四\nfrom b\n"
        assert run(monkeypatch, sandbox, lines, said.fileno()) == 0
        said.seek(0)
        text = said.read().decode()
    assert [(row["content"], row["to_name"]) for row in sandbox.sent()] == [
        ("from default", "张三"),
        ("from b", "李四"),
    ]
    assert text.count("Sent: ") == 2
    assert text.count("Logged in as ") == 2


def test_it_ends_when_nobody_reads_its_lines(
    monkeypatch: pytest.MonkeyPatch, logged_in: Wxtui, sandbox: Sandbox
) -> None:
    read, output = os.pipe()
    os.close(read)
    assert run(monkeypatch, sandbox, "/list\n/list\n", output) == READER_GONE
    os.close(output)
