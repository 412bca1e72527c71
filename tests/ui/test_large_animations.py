"""An animated image that WeChat may refuse for its size: said before it leaves, with a way that works."""

from __future__ import annotations

import os
from pathlib import Path

from tests.support.program_pilot import run_program
from tests.support.sandbox_thread import Sandbox
from tui.wire.media_types import LARGE_ANIMATION


def animation(path: Path, size: int) -> Path:
    path.write_bytes(b"GIF89a".ljust(size, b"x"))
    os.utime(path, (1_600_000_000, 1_600_000_000))
    return path


async def test_it_is_asked_about_from_the_input_and_goes_as_a_file(sandbox: Sandbox, tmp_path: Path) -> None:
    large = animation(tmp_path / "large.gif", LARGE_ANIMATION + 1)
    small = animation(tmp_path / "small.gif", LARGE_ANIMATION)
    async with run_program(sandbox) as program:
        await program.opened("张三")
        await program.type("look")
        program.chat.composer.attach([large, small])
        await program.until(program.chat.enter_guard.settling.answers)
        await program.press("enter")
        await program.asked("Animated images over 1 MB: “large.gif”.")
        await program.answer("escape")
        await program.until(lambda: program.chat.composer.text == "look")
        assert program.chat.composer.attachments == (large, small) and sandbox.sent() == []
        program.chat.composer.load("", ())
        await program.type("/gif ")
        program.chat.composer.insert(str(large))
        await program.press("enter")
        await program.asked("“large.gif”")
        await program.answer("f")
        await program.until(lambda: [row["call"] for row in sandbox.sent()] == ["webwxsendappmsg"])
        program.chat.composer.attach([small])
        await program.press_until("enter", lambda: not program.chat.composer.attachments, every=0.4)
        await program.until(lambda: [row["call"] for row in sandbox.sent()][1:] == ["webwxsendemoticon"])
