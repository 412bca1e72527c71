"""A hand that types while the real program starts, at random moments, and a judge of what came of it.

A start shows the kept screen of the run before it, in the conversation that was left. What was typed, with its editing,
must stand in the messages that the sandbox got and then in the bar, in its order, each word once; a message ends where
Enter was pressed, and is for the conversation that the kept screen showed.
"""

from __future__ import annotations

import contextlib
import os
import random
import re
import signal
import sqlite3
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from enum import Enum

from tests.support.pty_program import Program
from tests.support.pty_steps import CTRL_Q, PLAIN_TERMINAL, go_to
from tests.support.sandbox_thread import Sandbox
from tui.kept_screen.conditions import FILE_NAME
from tui.kept_screen.picture import decode, encode
from tui.paths import find_profile

SHOWN, TAKEN = b"\x1b[?2004h", b"\x1b[?1004h"
"""Written with the kept screen; by the live program as it takes the terminal over."""
_FORBIDDEN = (
    "\x1b",
    "\t",
    "\x0b",
    "\x1b[A",
    "\x1bOP",
    "\x1b[<0;40;5M\x1b[<0;40;5m",
    "\x1b[5~",
    "\x11",
    "\x03",
)
"""Esc, Tab, Ctrl+K, up, F1, a click, a page up, Ctrl+Q, Ctrl+C."""
_ENDS = (signal.SIGTERM, signal.SIGHUP, signal.SIGINT, signal.SIGQUIT, signal.SIGKILL)
_UNDER_WAY = re.compile(r"… (?:waiting|sending)|\d texts? waiting|… *$", re.MULTILINE)


class Phase(Enum):
    """How far the start has come, as far as its terminal tells."""

    NOTHING = "nothing shown"
    PICTURE = "picture"
    TAKEN = "taken over"
    LIVE = "live"


@dataclass
class Outcome:
    """What was typed at one start, and what came of it."""

    pieces: list[str] = field(default_factory=lambda: [""])
    """Text between two Enters, as it is when it has been edited."""
    phases: set[Phase] = field(default_factory=set)
    """In which something was typed."""
    bar: str = ""
    """What stood in the bar in the end."""
    late: bool = False
    """Enter was pressed when the live screen may have stood there for a while."""
    ended: signal.Signals | None = None
    objections: list[str] = field(default_factory=list)


class TypedAhead:
    """Starts the program of the default profile again and again, and types."""

    def __init__(self, sandbox: Sandbox, seed: int) -> None:
        """Take a profile that is logged in to the sandbox."""
        self._sandbox = sandbox
        self._seed = seed
        self._profile = find_profile("default")
        self._runs = 0

    def begin(self) -> None:
        """Leave a kept screen, of a conversation."""
        with Program(environ=PLAIN_TERMINAL) as program:
            program.wait_for("● online")
            go_to(program, "Alice")
            _leave(program)

    def run(self, *, kills: float = 0.2, elsewhere: float = 0.1) -> Outcome:
        """One start. `kills`: share of starts that a signal ends; `elsewhere`: that open another conversation."""
        self._runs += 1
        chance = random.Random(f"{self._seed} {self._runs}")
        outcome = Outcome([self._bar()])
        before = {one["MsgID"] for one in self._sandbox.sent()}
        away = chance.random() < elsewhere and self._shows_another()
        if chance.random() < kills:
            outcome.ended = chance.choice(_ENDS)
        with Program(environ=PLAIN_TERMINAL) as program:
            if not _Hand(program, chance, outcome, f"{self._runs}", self._bar).type():
                self._judge_end(program, outcome)
        if outcome.ended is not None:
            # What was accepted, and could not leave, leaves now.
            with Program(environ=PLAIN_TERMINAL) as program:
                program.wait_for("● online")
                program.wait_for(lambda screen: "waiting" not in screen and "sending" not in screen)
                _leave(program)
        self._judge(outcome, [one for one in self._sandbox.sent() if one["MsgID"] not in before], away)
        return outcome

    def _shows_another(self) -> bool:
        """Let the kept screen be of a conversation that is gone."""
        file = self._profile.state / FILE_NAME
        picture = decode(file.read_bytes()) if file.exists() else None
        if picture is None:
            return False
        picture.conversation += 100_000
        file.write_bytes(encode(picture))
        return True

    def _bar(self) -> str:
        """What stands in the bar: the draft, stored as the program was left."""
        with contextlib.closing(sqlite3.connect(self._profile.store_file)) as store:
            return "\n".join(draft for (draft,) in store.execute("SELECT draft FROM conversation WHERE draft <> ''"))

    def _judge_end(self, program: Program, outcome: Outcome) -> None:
        """Look at a terminal that a signal has left."""
        if outcome.ended is signal.SIGKILL:
            return
        if program.modes != program.modes_before:
            outcome.objections.append(f"{outcome.ended}: the terminal's modes are not what they were")
        if program.raw.rfind(b"\x1b[?1049h") > program.raw.rfind(b"\x1b[?1049l"):
            outcome.objections.append(f"{outcome.ended}: the other screen is still shown")
        if program.process.returncode != 128 + (outcome.ended or 0):
            outcome.objections.append(f"{outcome.ended}: exit code {program.process.returncode}")

    def _judge(self, outcome: Outcome, sent: list[dict[str, object]], away: bool) -> None:
        texts = [bare(str(one["content"])) for one in sent]
        pieces = [bare(piece) for piece in outcome.pieces]
        bar, typed = bare(outcome.bar), "".join(pieces)
        object_to = outcome.objections.append
        if any(one["to_name"] != "Alice" for one in sent):
            object_to(f"sent to somebody else: {sent}")
        if away and sent and not outcome.late:
            object_to(f"sent although another conversation had opened than was shown: {texts}")
        if outcome.ended is None and "".join(texts) + bar != typed:
            object_to(f"typed {typed!r}, sent {texts}, and in the bar is {bar!r}")
        if outcome.ended is not None and not typed.startswith("".join(texts)):
            object_to(f"killed: typed {typed!r}, sent {texts}")
        ends = {len("".join(pieces[:at])) for at in range(1, len(pieces))}
        if not {len("".join(texts[: at + 1])) for at in range(len(texts))} <= ends:
            object_to(f"a message ends where nobody pressed Enter: typed {pieces}, sent {texts}")


class _Hand:
    """Types at one start."""

    def __init__(
        self, program: Program, chance: random.Random, outcome: Outcome, name: str, bar: Callable[[], str]
    ) -> None:
        """`bar` returns the draft that is stored."""
        self._program = program
        self._bar = bar
        self._chance = chance
        self._outcome = outcome
        self._name = name
        self._words = 0
        self._began = time.monotonic()

    def type(self) -> bool:
        """Type at random moments until the screen is live, and leave. Returns False when a signal ended the start."""
        program, chance, outcome = self._program, self._chance, self._outcome
        end = chance.uniform(0.02, 1.2) if outcome.ended is not None else float("inf")
        live_keys = chance.randrange(3)
        while live_keys > 0 or self._phase is not Phase.LIVE:
            if time.monotonic() - self._began > end:
                return self._kill()
            program.listen(chance.choice((0.0, 0.003, 0.02, 0.08)))
            if chance.random() < 0.6:
                self._one()
            live_keys -= self._phase is Phase.LIVE
        if outcome.ended is not None:
            return self._kill()
        mark = f"end{self._name}."
        self._text(mark)
        program.wait_for(r"● online| ! Nothing was")
        program.wait_for(lambda screen: mark in "".join(screen.split()))
        # A draft is stored some moments after the last key.
        while not bare(found := self._bar()).endswith(mark):
            assert time.monotonic() < self._began + 60, f"{mark} is in no draft: {found}"
            program.listen(0.05)
        outcome.bar = found
        if chance.random() < 0.7:
            # The next start begins with an empty bar.
            program.type("\x03")
            program.wait_for("Message, or /")
        _leave(program)
        return True

    def _kill(self) -> bool:
        assert self._outcome.ended is not None
        with contextlib.suppress(ProcessLookupError):
            os.kill(self._program.process.pid, self._outcome.ended)
        self._program.end()
        return False

    @property
    def _phase(self) -> Phase:
        raw = self._program.raw
        if SHOWN not in raw:
            return Phase.NOTHING
        if TAKEN not in raw:
            return Phase.PICTURE
        return (
            Phase.LIVE if self._program.text.count("as of") == 0 and "Enter send" in self._program.text else Phase.TAKEN
        )

    def _one(self) -> None:
        """Type one thing that suits the moment."""
        phase, chance = self._phase, self._chance
        self._outcome.phases.add(phase)
        self._words += 1
        word = chance.choice(("w", "你好", "é", "wörld ", "x y")) + f"{self._name}.{self._words} "
        match chance.randrange(8):
            case 0 | 1 | 2:
                self._text(word)
            case 3:
                # A slip of the finger, and its correction.
                self._program.type(f"{word}qq\x7f\x7f")
                self._outcome.pieces[-1] += word
            case 4 if phase in (Phase.PICTURE, Phase.TAKEN):
                self._program.type(f"\x1b[200~{word}\nand\r\n\x1b[201~")
                self._outcome.pieces[-1] += f"{word}\nand\n"
            case 5 if phase is Phase.PICTURE:
                self._program.type(chance.choice(_FORBIDDEN))
            case 6 if phase is Phase.PICTURE and not self._outcome.pieces[-1]:
                self._text(f"/quit{self._words} ")
            case 7:
                self._outcome.late |= phase in (Phase.TAKEN, Phase.LIVE)
                self._program.type("\r")
                self._outcome.pieces.append("")

    def _text(self, text: str) -> None:
        self._program.type(text)
        self._outcome.pieces[-1] += text


def _leave(program: Program) -> None:
    """Ctrl+Q, once everything has been sent: it asks before."""
    program.wait_for(lambda screen: not _UNDER_WAY.search(screen))
    end, asked = time.monotonic() + 30, False
    while program.process.poll() is None:
        assert time.monotonic() < end, program.text
        asked = "Quit anyway?" in program.text
        program.type("\x1b" if asked else CTRL_Q)
        program.listen(0.5)
    assert program.end() == 0


def bare(text: str) -> str:
    """A text without blanks: line breaks may come of an Enter that had to wait."""
    return "".join(text.split())
