"""Private names of Textual that are used: a release that renames one must fail here, by name."""

from __future__ import annotations

import asyncio

from textual import _ansi_sequences, _xterm_parser
from textual.app import App
from textual.drivers.linux_driver import LinuxDriver

from tui.terminal.driver import TerminalDriver
from tui.terminal.textual_patches import is_idle


def test_the_parser_says_whether_it_waits_for_more() -> None:
    parser = _xterm_parser.XTermParser()
    assert parser._awaiting.timeout is None
    list(parser.feed("\x1b[99q"))
    assert parser._awaiting.timeout is not None, "an unknown sequence is still being read"
    assert {"last_x", "last_y"} <= vars(parser).keys()


def test_the_table_of_keys_can_be_added_to() -> None:
    assert isinstance(_ansi_sequences.ANSI_SEQUENCES_KEYS, dict)


def test_the_driver_has_what_ours_overrides_and_uses() -> None:
    overridden = (
        "run_input_thread", "_run_input_thread", "start_application_mode", "stop_application_mode", "write",
        "_query_in_band_window_resize", "_sigtstp_application", "_sigcont_application",
    )  # fmt: skip
    assert all(name in vars(TerminalDriver) and name in vars(LinuxDriver) for name in overridden)
    used = (
        "_patch_lflag", "_patch_iflag", "_enable_mouse_support", "_enable_bracketed_paste", "_disable_line_wrap",
        "process_message", "SignalResume",
    )  # fmt: skip
    assert all(hasattr(LinuxDriver, name) for name in used)


async def test_a_widget_that_handles_a_message_is_not_idle() -> None:
    app: App[None] = App()
    async with app.run_test() as pilot:
        await pilot.pause()
        assert is_idle(app)
        held, go_on = asyncio.Event(), asyncio.Event()

        async def hold() -> None:
            held.set()
            await go_on.wait()

        app.call_later(hold)
        assert not is_idle(app), "a message waits"
        await held.wait()
        assert not is_idle(app), "a message is being handled"
        go_on.set()
        await pilot.pause()
        assert is_idle(app)
