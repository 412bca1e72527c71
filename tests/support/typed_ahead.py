"""A hand that types while the real program starts, at random moments, and a judge of what came of it.

A start shows the kept screen of the run before it, in the conversation that was left. What was typed, with its editing,
must stand in the messages that the sandbox got and then in the bar, in its order, each word once; a message ends where
Enter was pressed, and is for the conversation that the terminal showed then. After a kill, what the store has taken is
at the server once the next start has had its turn, and nothing else is.
"""

from __future__ import annotations

import contextlib
import json
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
from tui.kept_screen.picture import KeptPicture, decode, encode
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
)
"""Esc, Tab, Ctrl+K, up, F1, a click, a page up. Ctrl+Q, which leaves, and Ctrl+C, which clears, count there."""
_ENDS = (signal.SIGTERM, signal.SIGHUP, signal.SIGINT, signal.SIGQUIT, signal.SIGKILL)
_UNDER_WAY = re.compile(r"… (?:waiting|sending)|\d texts? waiting|… *$", re.MULTILINE)
_PATIENCE, _GONE = 60, 100_000


class Phase(Enum):
    """How far the start has come, as far as its terminal tells."""

    NOTHING = "nothing shown"
    PICTURE = "picture"
    TAKEN = "taken over"
    LIVE = "live"


@dataclass
class Piece:
    """Text until an Enter, or until the end, as it is when it has been edited."""

    text: str = ""
    to: str = ""
    """Conversation that the terminal showed when Enter was pressed."""


@dataclass
class Outcome:
    """What was typed at one start, and what came of it."""

    pieces: list[Piece]
    phases: set[Phase] = field(default_factory=set)
    """In which something was typed."""
    bar: str = ""
    """What stood in the bar in the end."""
    sent: int = 0
    """Messages that the server got."""
    shown: str = ""
    """Conversation that was left, and stands on the kept screen."""
    opens: str = ""
    """Conversation that opens, where it is not that one."""
    ended: signal.Signals | None = None
    objections: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class _Row:
    """Message of one's own as the store has it."""

    id: int
    state: str
    text: str
    message_id: str


class TypedAhead:
    """Starts the program of the default profile again and again, and types."""

    def __init__(self, sandbox: Sandbox, seed: int) -> None:
        """Take a profile that is logged in to the sandbox."""
        self._sandbox = sandbox
        self._seed = seed
        self._profile = find_profile("default")
        self._file = self._profile.state / FILE_NAME
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
        outcome = Outcome([Piece(self._bar())], shown=self._left())
        before = {one["MsgID"] for one in self._sandbox.sent()}
        rows_before = self._rows()
        if chance.random() < elsewhere and not outcome.pieces[0].text:
            outcome.opens = self._open_another()
        if chance.random() < kills:
            outcome.ended = chance.choice(_ENDS)
        with Program(environ=PLAIN_TERMINAL) as program:
            if not _Hand(program, chance, outcome, f"{self._runs}", self._bar).type():
                self._judge_end(program, outcome)
        taken = [one for one in self._rows() if one not in rows_before]
        if outcome.ended is not None:
            outcome.bar = self._bar()
            # What was accepted, and could not leave, leaves now.
            with Program(environ=PLAIN_TERMINAL) as program:
                program.wait_for("● online")
                program.wait_for(lambda screen: "waiting" not in screen and "sending" not in screen)
                if chance.random() < 0.8:
                    _clear(program)
                _leave(program)
        sent = [one for one in self._sandbox.sent() if one["MsgID"] not in before]
        outcome.sent = len(sent)
        self._judge(outcome, sent)
        self._judge_rows(outcome, taken, sent)
        return outcome

    # ---------------------------------------------------------------- files of the profile

    def _picture(self) -> KeptPicture | None:
        """Return the kept screen. Raises `AssertionError` for a file that is none."""
        try:
            data = self._file.read_bytes()
        except FileNotFoundError:
            return None
        picture = decode(data)
        assert picture is not None, data
        return picture

    def _left(self) -> str:
        """Return the name of the conversation that was open in the end."""
        with contextlib.closing(sqlite3.connect(self._profile.store_file)) as store:
            ((place,),) = store.execute("SELECT value FROM memory WHERE key = 'where'")
            ((name,),) = store.execute(
                "SELECT title FROM conversation WHERE id = ?", (json.loads(place)["conversation"],)
            )
        return str(name)

    def _open_another(self) -> str:
        """Let the kept screen be of a conversation that is gone, and another one open; return its name."""
        if (picture := self._picture()) is None:
            return ""
        with contextlib.closing(sqlite3.connect(self._profile.store_file)) as store, store:
            found = store.execute("SELECT id, title FROM conversation WHERE title IN ('Alice', '李四')").fetchall()
            names: dict[int, str] = dict(found)
            del names[picture.conversation % _GONE]
            ((other, name),) = names.items()
            store.execute("UPDATE memory SET value = ? WHERE key = 'where'", (json.dumps({"conversation": other}),))
        picture.conversation = picture.conversation % _GONE + _GONE
        self._file.write_bytes(encode(picture))
        return name

    def _bar(self) -> str:
        """What stands in the bar: the draft, stored as the program was left."""
        with contextlib.closing(sqlite3.connect(self._profile.store_file)) as store:
            return "\n".join(draft for (draft,) in store.execute("SELECT draft FROM conversation WHERE draft <> ''"))

    def _rows(self) -> list[_Row]:
        """Messages that were sent from here, in their order."""
        with contextlib.closing(sqlite3.connect(self._profile.store_file)) as store:
            asked = "SELECT id, state, body, coalesce(msg_id, '') FROM message WHERE mine AND client_msg_id <> ''"
            return [_Row(*row) for row in store.execute(f"{asked} ORDER BY id")]

    # ---------------------------------------------------------------- the judge

    def _judge_end(self, program: Program, outcome: Outcome) -> None:
        """Look at what a signal has left: a kept screen that is whole, or none, and the terminal."""
        try:
            self._picture()
        except AssertionError as error:
            outcome.objections.append(f"{outcome.ended}: a damaged kept screen: {error}")
        if outcome.ended is signal.SIGKILL:
            return
        if program.modes != program.modes_before:
            outcome.objections.append(f"{outcome.ended}: the terminal's modes are not what they were")
        if program.raw.rfind(b"\x1b[?1049h") > program.raw.rfind(b"\x1b[?1049l"):
            outcome.objections.append(f"{outcome.ended}: the other screen is still shown")
        # Before anything is shown a signal may end Python itself.
        codes = {128 + (outcome.ended or 0), *([] if b"\x1b[?1049h" in program.raw else [-(outcome.ended or 0)])}
        if program.process.returncode not in codes:
            outcome.objections.append(f"{outcome.ended}: exit code {program.process.returncode}")

    def _judge(self, outcome: Outcome, sent: list[dict[str, object]]) -> None:
        """Compare what was typed with what the server got and what stands in the bar."""
        texts = [bare(str(one["content"])) for one in sent]
        pieces = [bare(piece.text) for piece in outcome.pieces]
        bar, typed = bare(outcome.bar), "".join(pieces)
        object_to = outcome.objections.append
        if outcome.ended is None and "".join(texts) + bar != typed:
            object_to(f"typed {typed!r}, sent {texts}, and in the bar is {bar!r}")
        # The last half second is in no draft; neither is the correction of a slip.
        if outcome.ended is not None and not typed.startswith("".join(texts) + bar.rstrip("q")):
            object_to(f"{outcome.ended!r}: typed {pieces}, sent {texts}, and in the bar is {bar!r}")
        at = 0
        for one, text in zip(sent, texts, strict=True):
            at += len(text)
            enters = [piece for end, piece in enumerate(outcome.pieces[:-1], 1) if len("".join(pieces[:end])) == at]
            # Where another conversation opens than was shown, its name stands in the header of the first live frame.
            counts = [piece for piece in enters if piece.to == one["to_name"]]
            if not enters:
                object_to(f"{text!r} ends where nobody pressed Enter: typed {pieces}, sent {texts}")
            elif not counts:
                object_to(f"{text!r} went to {one['to_name']}: {outcome.opens or 'the shown one'} opened, {enters}")

    def _judge_rows(self, outcome: Outcome, taken: list[_Row], sent: list[dict[str, object]]) -> None:
        """Compare what the store had taken when the program ended with what the server has got since."""
        texts = [bare(str(one["content"])) for one in sent]
        rest = list(texts)
        for row in taken:
            text = bare(json.loads(row.text)["text"])
            times = texts.count(text)
            if not (times == 1 or (times == 0 and row.state in ("unknown", "sending"))):
                outcome.objections.append(f"{text!r}, {row.state}, is at the server {times} times: {texts}")
            if text in rest:
                rest.remove(text)
        if rest:
            outcome.objections.append(f"at the server, and not in the store: {rest}; there {taken}")


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
            assert time.monotonic() < self._began + _PATIENCE, f"{mark} is in no draft: {found}"
            program.listen(0.05)
        outcome.bar = found
        if chance.random() < 0.8:
            # The next start begins with an empty bar.
            _clear(program)
        _leave(program)
        return True

    def _kill(self) -> bool:
        assert self._outcome.ended is not None
        with contextlib.suppress(ProcessLookupError):
            os.kill(self._program.process.pid, self._outcome.ended)
        try:
            self._program.end()
        except AssertionError as error:
            raise AssertionError(f"{self._outcome.ended!r} in {self._phase}") from error
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
        phase, chance, pieces = self._phase, self._chance, self._outcome.pieces
        self._outcome.phases.add(phase)
        self._words += 1
        word = chance.choice(("w", "你好", "é", "wörld ", "x y")) + f"{self._name}.{self._words} "
        match chance.randrange(9):
            case 0 | 1 | 2:
                self._text(word)
            case 3:
                # A slip of the finger, and its correction.
                self._program.type(f"{word}qq\x7f\x7f")
                pieces[-1].text += word
            case 4 if phase in (Phase.PICTURE, Phase.TAKEN):
                self._program.type(f"\x1b[200~{word}\nand\r\n\x1b[201~")
                pieces[-1].text += f"{word}\nand\n"
            case 5 if phase is Phase.PICTURE:
                self._program.type(chance.choice(_FORBIDDEN))
            case 6 if phase is Phase.PICTURE and not pieces[-1].text:
                self._text(f"/quit{self._words} ")
            case 7 | 8:
                found = re.search(r"│ (\S+)", self._program.lines[0])
                pieces[-1].to = found[1] if found else self._outcome.shown
                self._program.type("\r")
                pieces.append(Piece())

    def _text(self, text: str) -> None:
        self._program.type(text)
        self._outcome.pieces[-1].text += text


def _clear(program: Program) -> None:
    """Empty the bar."""
    program.type("\x03")
    program.wait_for("Message, or /")


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
