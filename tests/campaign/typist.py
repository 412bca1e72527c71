"""Typist at the real full-screen program in a terminal: stopped, killed, and waiting for a profile of another."""

from __future__ import annotations

import hashlib
import os
import random
import signal
import subprocess
import time
from collections import defaultdict
from collections.abc import Callable, Sequence
from pathlib import Path

from tests.campaign import evidence as found
from tests.campaign.driver import PATIENCE, TAKING_OVER, UNFINISHED, private_words, secrets_of, sent_of
from tests.campaign.evidence import Command, Evidence, Pushed, Row
from tests.campaign.shell import start
from tests.support.pty_program import Program
from tests.support.sandbox_thread import Sandbox
from tui.sandbox.session.state import State

TO = "李四"
OTHERS = (TO, "Alice")
"""Those who get a file that goes to several."""
CTRL_K, CTRL_O, CTRL_Q, CTRL_U, ALT_O = "\x0b", "\x0f", "\x11", "\x15", "\x1bo"
_FAULTS = (
    *(("webwxsendmsg", kind, 0) for kind in ("drop_before", "drop_after", "truncate", "html", "nested", "oversized")),
    *(("webwxsync", kind, 0) for kind in ("drop_after", "nested", "endless", "empty")),
    *(("synccheck", kind, 0) for kind in ("drop_before", "html", "oversized")),
    *(("webwxsendmsg", "late", 0.5), ("webwxsendmsg", "expire", 1101), ("*", "delay", 0.2)),
    *(("webwxgetmsgimg", kind, 0) for kind in ("drop_after", "html", "oversized", "trickle", "empty")),
)
_FILE_FAULTS = (
    *(("webwxsendappmsg", kind, 0) for kind in ("drop_before", "drop_after", "truncate", "empty", "html")),
    *(("webwxsendappmsg", "ret", 1), ("webwxsendappmsg", "late", 0.5), ("webwxsendappmsg", "expire", 1101)),
    *(("webwxuploadmedia", kind, 0) for kind in ("drop_before", "drop_after", "no_media_id")),
)


class Typist:
    """Plays rounds of one person at one terminal; each typed line is one message, whatever happens meanwhile."""

    KINDS = (
        *("stopped", "taken over", "killed", "one packet", "faulty", "stopped and killed"),
        *("to several", "to several and killed", "to several, faulty and killed"),
    )

    def __init__(self, sandbox: Sandbox, state: State, folder: Path, seed: int) -> None:
        self._sandbox = sandbox
        self._state = state
        self._home = folder / "home"
        self._logs = folder / "logs"
        self._logs.mkdir(parents=True)
        self._files = folder / "files"
        self._files.mkdir()
        self._pushed: list[Pushed] = []
        self._store = self._home / "state" / "default" / "store.sqlite3"
        self._random = random.Random(f"typist {seed}")
        self._kinds: list[str] = []
        self._program: Program | None = None
        self._owner: subprocess.Popen[bytes] | None = None
        self._lives = 0
        self._commands: list[Command] = []
        self._must: set[str] = set()
        self._complaints: list[str] = []
        self.kills = 0
        self.takeovers = 0

    # ---------------------------------------------------------------- the whole of it

    def play(self, rounds: int) -> None:
        """Play so many rounds; each kind has its turn."""
        for _ in range(rounds):
            if not self._kinds:
                self._kinds = list(self.KINDS)
                self._random.shuffle(self._kinds)
            self.play_one(self._kinds.pop())

    def settle(self, seconds: float = 60) -> None:
        """End the faults, and let out what waits; then the person leaves."""
        self._sandbox.post("fault", clear=True)
        program = self._open()

        def over() -> bool:
            rows = found.read_rows(self._store)
            there = {row.what for row in rows}
            return self._must <= there and not any(row.state in UNFINISHED for row in rows)

        self._wait(program, over, seconds)
        self._leave()

    def evidence(self) -> Evidence:
        """Return what is known now; for after `settle`."""
        rows = found.read_rows(self._store)
        gone = self._must - {row.what for row in rows}
        complaints = [f"typed, with Enter, and written down nowhere: {what}" for what in sorted(gone)]
        complaints += found.broken(self._store) + found.open_to_others(self._home)
        complaints += found.wrong_pictures(self._home, rows, self._pushed) + self._half_sent(rows)
        complaints += found.leaks(sorted(self._logs.iterdir()), secrets_of(self._state))
        complaints += found.told_in_log(self._home, private_words(self._state))
        return Evidence(
            commands=tuple(self._commands),
            rows=rows,
            sent=tuple(map(sent_of, self._sandbox.sent())),
            pushed=tuple(self._pushed),
            complaints=(*self._complaints, *complaints),
        )

    def close(self) -> None:
        """End every process."""
        self._kill(count=False)
        if self._owner is not None:
            self._owner.kill()
            self._owner.communicate()

    # ---------------------------------------------------------------- one round

    def play_one(self, kind: str) -> None:
        """Play a round of this kind (see `KINDS`)."""
        rng, program = self._random, self._open()
        match kind:
            case "stopped" | "stopped and killed":
                os.kill(program.process.pid, signal.SIGSTOP)
                for _ in range(rng.randrange(2, 4)):
                    self._line(program, must=kind == "stopped")
                    time.sleep(rng.choice((0, 0.05)))
                os.kill(program.process.pid, signal.SIGCONT)
                if kind == "stopped":
                    self._wait(program, lambda: self._must <= self._there(), PATIENCE)
                else:
                    program.listen(rng.uniform(0, 0.4))
                    self._kill()
            case "one packet":
                several = [self._text() for _ in range(3)]
                self._must.update(several)
                program.type("".join(f"{text}\r" for text in several))
                self._wait(program, lambda: self._must <= self._there(), PATIENCE)
            case "killed":
                self._line(program, must=False)
                program.listen(rng.uniform(0, 0.3))
                self._kill()
            case "taken over":
                self._take_over()
            case "to several":
                file = self._send_to_several(program)
                self._must.add(file)
                self._wait(program, lambda: self._must <= self._there(), PATIENCE)
                # What is typed in the same breath as the answer is sent by a second Enter only.
                program.listen(1.5)
            case "to several and killed" | "to several, faulty and killed":
                if "faulty" in kind:
                    self._sandbox.fault(*rng.choice(_FILE_FAULTS))
                self._send_to_several(program)
                program.listen(rng.uniform(0, 1.5))
                self._kill()
                self._sandbox.post("fault", clear=True)
            case _:
                self._push_picture()
                for _ in range(3):
                    self._sandbox.fault(*rng.choice(_FAULTS))
                    self._line(program, must=True)
                    program.listen(rng.uniform(0.1, 0.6))
                self._sandbox.post("fault", clear=True)

    def _push_picture(self) -> None:
        """Let a picture come into the conversation, which shows it at once."""
        answer = self._sandbox.post(
            "push", type=self._random.choice(("image", "emoticon", "video")), **{"from": "lisi"}
        )
        self._pushed.append(Pushed(answer["MsgId"], "", sha256=answer["sha256"]))

    def _send_to_several(self, program: Program) -> str:
        """Send a file to `OTHERS` by the keys of the picker; return its name, with the answer just given."""
        number = len(self._commands) + 1
        path = self._files / f"file {number}.bin"
        path.write_bytes(self._random.randbytes(self._random.choice((10, 600_000, 1_500_000))))
        os.utime(path, (0, 0))  # One that has just changed may still be written to: the picker asks.
        digest = hashlib.sha256(path.read_bytes()).hexdigest()
        program.type(CTRL_O)
        program.wait_for("Send to +" + TO)
        program.type(f"/{path.name}")
        program.wait_for(rf"│ *› +{path.name} ")
        program.type(ALT_O)
        program.wait_for("Type to filter")
        for name in OTHERS:
            program.type(CTRL_U + name)
            program.wait_for(rf"│ › {name} [^\n]*\n[^\n]*│ › +{name} ")
            program.type("\t")
            program.wait_for(rf"│[ ›]+✓ +{name} ")
        program.type("\r")
        program.wait_for("y send")
        # A question takes no answer before it can have been read.
        program.listen(0.4)
        self._commands += (Command(number, name, path.name, digest) for name in OTHERS)
        program.type("y")
        program.wait_for(lambda screen: "y send" not in screen)
        return path.name

    def _half_sent(self, rows: Sequence[Row]) -> list[str]:
        """Return objections to files that one of several has, or will have, and that another has no row of."""
        titles: dict[str, set[str]] = defaultdict(set)
        for row in rows:
            if row.outgoing and row.what.startswith("file "):
                titles[row.what].add(row.title)
        sent = {one["file_name"] for one in self._sandbox.sent()}
        return [
            f"sent to one of several, and no row says so of all: {what} {found}"
            for what, found in titles.items()
            if what in sent and found != set(OTHERS)
        ]

    def _take_over(self) -> None:
        """Let `wxtui listen` own the profile; the program waits beside it, and takes over when it ends."""
        self._leave()
        calls = self._state.calls
        before = calls["synccheck"]
        owner = self._owner = start(self._home, "--server", self._sandbox.origin, "listen")
        deadline = time.monotonic() + 2 * PATIENCE
        while calls["synccheck"] == before and owner.poll() is None and time.monotonic() < deadline:
            time.sleep(0.01)
        program = self._start()
        self._wait(program, lambda: "another wxtui" in program.text.replace("\n", " "), 2 * PATIENCE)
        how = self._random.choice((signal.SIGTERM, signal.SIGKILL))
        owner.send_signal(how)
        out, err = owner.communicate(timeout=30)
        self._owner = None
        (self._logs / f"listen-{self._lives}").write_bytes(out + err)
        self.takeovers += 1
        if not self._wait(program, lambda: "● online" in program.text, TAKING_OVER):
            self._complaints.append(f"life {self._lives}: the owner ended by {how.name}; nobody took over")
            self._kill(count=False)
            return
        # At its start another conversation may be open: the newest opens by itself.
        self._go_to_conversation(program)

    # ---------------------------------------------------------------- the program

    def _start(self) -> Program:
        self._lives += 1
        environ = {"WXTUI_HOME": str(self._home), "WXTUI_SERVER": self._sandbox.origin, "WXTUI_LANG": "en"}
        environ |= {"WXTUI_PICTURES": "always", "COLORTERM": "truecolor"}
        environ |= {"WXTUI_START_DIR": str(self._files), "WXTUI_SEND_PAUSE": "0.3", "WXTUI_LOG": "debug"}
        quiet: dict[str, str | None] = dict.fromkeys(("NO_COLOR", "TMUX", "STY", "TERM_PROGRAM", "WXTUI_PROFILE"))
        self._program = Program("--endpoint", "web", environ=environ | quiet, columns=100, rows=30)
        return self._program

    def _open(self) -> Program:
        """Return the program, in the conversation; started where it does not run."""
        if self._program is not None and self._program.process.poll() is None:
            return self._program
        self._kill(count=False)
        program = self._start()
        if not self._wait(program, lambda: "● online" in program.text, 30):
            raise RuntimeError(f"it never came online:\n{program.text}")
        self._go_to_conversation(program)
        return program

    def _go_to_conversation(self, program: Program) -> None:
        program.type(CTRL_K)
        program.wait_for("Go to")
        program.type(TO)
        # The name stands behind the sign of the field, and in the row below that Enter takes.
        program.wait_for(rf"│ › {TO} [^\n]*\n[^\n]*│ › +{TO} ")
        program.type("\r")
        program.wait_for(lambda screen: "Go to" not in screen)

    def _leave(self) -> None:
        program = self._program
        if program is None or program.process.poll() is not None:
            return
        program.type(CTRL_Q)
        try:
            code = program.end(15)
        except AssertionError:
            code = -1
        if code:
            self._complaints.append(f"life {self._lives}: left with Ctrl+Q, it ended with {code}")
        self._kill(count=False)

    def _kill(self, *, count: bool = True) -> None:
        program, self._program = self._program, None
        if program is None:
            return
        if program.process.poll() is None:
            self.kills += count
        program.__exit__(None, None, None)
        (self._logs / f"terminal-{self._lives}").write_bytes(program.raw)

    # ---------------------------------------------------------------- lines

    def _text(self) -> str:
        number = len(self._commands) + 1
        text = f"line {number}"
        self._commands.append(Command(number, TO, text))
        return text

    def _line(self, program: Program, *, must: bool) -> None:
        text = self._text()
        if must:
            self._must.add(text)
        program.type(f"{text}\r")

    def _there(self) -> set[str]:
        return {row.what for row in found.read_rows(self._store)}

    def _wait(self, program: Program, true: Callable[[], bool], seconds: float) -> bool:
        """Wait until a condition holds, and read the output: a terminal that nobody reads stands still."""
        deadline = time.monotonic() + seconds
        while not true():
            if time.monotonic() > deadline or program.process.poll() is not None:
                return true()
            program.listen(0.05)
        return True
