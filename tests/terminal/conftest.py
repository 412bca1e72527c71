"""The program in a terminal, on a profile that is logged in."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

import pytest

from tests.support.command_line import Wxtui
from tests.support.pty_program import Program
from tests.support.pty_steps import PLAIN_TERMINAL


@pytest.fixture
def start_program(logged_in: Wxtui) -> Iterator[Callable[..., Program]]:
    """Starts the program on a profile that is logged in; ends it."""
    started: list[Program] = []

    def start(environ: Mapping[str, str | None] | None = None, **size: int) -> Program:
        program = Program(environ=PLAIN_TERMINAL | dict(environ or {}), **size)
        started.append(program)
        program.wait_for("● online")
        return program

    yield start
    for program in started:
        program.__exit__(None, None, None)
