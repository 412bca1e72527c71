"""Program of plain mode in this process, with pipes for its terminal."""

from __future__ import annotations

import asyncio
import os
from datetime import UTC, datetime
from pathlib import Path

import pytest

from tests.support.command_line import Wxtui
from tests.support.sandbox_thread import Sandbox
from tui.cli import plain_mode
from tui.cli.shared.exit_codes import READER_GONE
from tui.paths import find_profile
from tui.plain.line_console import Left, LineConsole
from tui.services.session.login_options import LoginOptions
from tui.store.store import Store


def run(
    monkeypatch: pytest.MonkeyPatch,
    sandbox: Sandbox,
    lines: str,
    output: int,
    console: type[LineConsole] = LineConsole,
) -> int:
    """Run it on the default profile until these lines are read; its exit code."""
    read, write = os.pipe()
    os.write(write, lines.encode())
    os.close(write)
    monkeypatch.setattr(plain_mode, "LineConsole", lambda: console(read, output))
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


class LeftConsole(LineConsole):
    """Terminal that goes away while somebody types."""

    def __init__(self, input_fd: int = 0, output_fd: int = 1) -> None:
        super().__init__(input_fd, output_fd)
        self.attended = True

    def read(self, prompt: str, text: str = "", *, history: bool = True) -> str:
        if prompt != "张三> ":
            return "/goto 张三"
        self.typed = "half a line"
        raise Left


async def draft_of(name: str) -> str:
    async with await Store.open(find_profile("default").store_file, clock=lambda: datetime.now(UTC)) as store:
        return next(one.draft for one in await store.conversations(limit=99, offset=0) if one.name == name)


def test_what_is_typed_when_the_terminal_goes_is_a_draft_and_what_waits_is_said(
    monkeypatch: pytest.MonkeyPatch, logged_in: Wxtui, sandbox: Sandbox, capsys: pytest.CaptureFixture[str]
) -> None:
    with Path(os.devnull).open("wb") as said:
        assert run(monkeypatch, sandbox, "", said.fileno(), LeftConsole) == 0
        assert asyncio.run(draft_of("张三")) == "half a line"
        assert capsys.readouterr().err == ""

        sandbox.fault("webwxsendmsg", "ret", 1205, times=99)
        assert run(monkeypatch, sandbox, "/goto 李四\nlater\n", said.fileno()) == 0
        assert "1 message is not sent yet" in capsys.readouterr().err
