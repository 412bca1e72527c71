"""A start from the kept screen in a real terminal: what is typed meanwhile, what is written, and every early end."""

from __future__ import annotations

import signal

import pytest

from tests.support.command_line import Wxtui
from tests.support.pty_program import Program
from tests.support.pty_steps import PLAIN_TERMINAL, leave
from tests.support.sandbox_thread import Sandbox
from tests.support.typed_ahead import SHOWN, TAKEN, TypedAhead
from tests.support.waiting import wait_until


@pytest.fixture
def hand(sandbox: Sandbox, logged_in: Wxtui) -> TypedAhead:
    """Types at starts of a profile that has left a kept screen."""
    hand = TypedAhead(sandbox, 11)
    hand.begin()
    return hand


def test_a_start_types_what_came_meanwhile_and_writes_only_what_differs(hand: TypedAhead) -> None:
    for _ in range(2):
        assert hand.run(kills=0.0, elsewhere=0.0).objections == []
    with Program(environ=PLAIN_TERMINAL) as program:
        program.wait_for(lambda _: SHOWN in program.raw)
        picture = program.raw.index(SHOWN)
        program.wait_for("● online")
        live = program.raw[program.raw.index(TAKEN, picture) :]
        assert b"\x1b[2J" not in live and b"\x1b[?1049h" not in live and len(live) < 1200, live
        leave(program)
        assert program.modes == program.modes_before
    with Program(environ=PLAIN_TERMINAL) as program:
        program.wait_for(lambda _: SHOWN in program.raw)
        program.resize(90, 20)
        program.wait_for("● online")
        assert program.raw.count(b"\x1b[2J") == 2 and program.raw.count(b"\x1b[?1049h") == 1
        assert "│ Alice" in program.lines[0] and program.lines[19].startswith(" ● online")


def test_a_stop_while_the_kept_screen_stands_loses_no_letter(hand: TypedAhead) -> None:
    with Program(environ=PLAIN_TERMINAL) as program:
        program.type("before ")
        program.wait_for(lambda _: SHOWN in program.raw)
        program.process.send_signal(signal.SIGTSTP)
        wait_until(lambda: program.is_stopped)
        assert program.modes == program.modes_before
        program.process.send_signal(signal.SIGCONT)
        program.type("after")
        program.wait_for(r"› before after")
        program.wait_for("● online")
        leave(program)


def test_a_letter_before_the_first_screen_of_a_start_without_a_kept_one_is_typed(logged_in: Wxtui) -> None:
    with Program(environ=PLAIN_TERMINAL) as program:
        program.type("first")
        program.wait_for("› first")


def test_a_signal_in_each_phase_restores_the_terminal_and_sends_nothing(hand: TypedAhead, sandbox: Sandbox) -> None:
    for seen, number in ((SHOWN, signal.SIGTERM), (TAKEN, signal.SIGHUP), (b"Connecting", signal.SIGINT)):
        with Program(environ=PLAIN_TERMINAL) as program:
            program.type("not sent")
            program.wait_for(lambda _, seen=seen, program=program: seen in program.raw)
            program.process.send_signal(number)
            assert program.end() == 128 + number
            assert program.modes == program.modes_before
            assert program.raw.count(b"\x1b[?1049h") == 1 and not program.is_coloured
            assert program.raw.rfind(b"\x1b[?1049l") > program.raw.rfind(b"\x1b[?1049h")
    assert not sandbox.sent()
