r"""Looks at the program in a terminal with graphics: runs it, types, saves PNGs.

    .venv/bin/python -m tests.support.look OUT.png --terminal kitty --size 140x40 --lang zh_CN -- \
        C-k sleep:1 'text:abc' snap:/tmp/1.png Enter

Keys have tmux's names (C-k, M-x, Enter, Escape, Tab, BTab, Up, PageUp, F1 …). `text:…` is typed; `sleep:S` and
`wait:REGEX` wait; `snap:PATH` saves a picture in between; `resize:100x30`; `raw:\x1b[I` sends bytes. What the program
does wrong, by the emulator, is printed, and makes the exit code 1.
"""

from __future__ import annotations

import argparse
import re
import sys
from pathlib import Path

from tests.support.emulator_png import DARK, LIGHT, png
from tests.support.pty_program import Program
from tests.support.pty_steps import PLAIN_TERMINAL
from tests.support.terminal_emulator import KINDS, Answering, Emulator

_KEYS = {
    "Enter": "\r", "Escape": "\x1b", "Tab": "\t", "BTab": "\x1b[Z", "Space": " ", "BSpace": "\x7f", "Up": "\x1b[A",
    "Down": "\x1b[B", "Right": "\x1b[C", "Left": "\x1b[D", "Home": "\x1b[H", "End": "\x1b[F", "PageUp": "\x1b[5~",
    "PageDown": "\x1b[6~", "PPage": "\x1b[5~", "NPage": "\x1b[6~", "Delete": "\x1b[3~", "DC": "\x1b[3~",
    "F1": "\x1bOP", "F2": "\x1bOQ", "F3": "\x1bOR", "F4": "\x1bOS", "S-Up": "\x1b[1;2A", "S-Down": "\x1b[1;2B",
}  # fmt: skip


def key_bytes(name: str) -> str:
    """What a terminal sends for a key of this name."""
    if name in _KEYS:
        return _KEYS[name]
    if name.startswith("C-") and len(name) == 3:
        return chr(ord(name[2].upper()) & 31)
    if name.startswith("M-"):
        return "\x1b" + key_bytes(name[2:])
    return name


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.support.look", description=__doc__)
    parser.add_argument("out", type=Path)
    parser.add_argument("--terminal", choices=sorted(KINDS), default="kitty")
    parser.add_argument("--answers", choices=[one.value for one in Answering], default="at once")
    parser.add_argument("--inside-tmux", action="store_true", help="a tmux that hands on what is wrapped for it")
    parser.add_argument("--size", default="100x30")
    parser.add_argument("--cell", default="10x20", help="pixels of a cell")
    parser.add_argument("--lang", default="en")
    parser.add_argument("--theme", default="dark")
    parser.add_argument("--paper", default="")
    parser.add_argument("--history", default="300", help="messages that are there already; 0: the login is to be seen")
    parser.add_argument("--cmd", default="", help="another command of wxtui than the demo")
    parser.add_argument("--env", action="append", default=[])
    parser.add_argument("--wait", default="●", help="what must be on the screen before the first key")
    parser.add_argument("keys", nargs="*")
    return parser.parse_intermixed_args()


def main() -> int:
    """Run it; return the exit code."""
    given = _arguments()
    columns, rows = map(int, given.size.split("x"))
    cell = tuple(map(int, given.cell.split("x")))
    emulator = Emulator(
        columns, rows, given.terminal, answering=Answering(given.answers), cell=(cell[0], cell[1]),
        tmux=given.inside_tmux,
    )  # fmt: skip
    paper = LIGHT if "light" in (given.paper, given.theme) else DARK
    command = given.cmd.split() or ["demo", *(["--history", given.history] if given.history != "0" else [])]
    environ = {"WXTUI_LANG": given.lang, "WXTUI_THEME": given.theme, "COLORTERM": "truecolor", "LC_ALL": "C.UTF-8"}
    environ |= {"TERM": "tmux-256color", "TMUX": "/tmp/none,1,0"} if given.inside_tmux else {}
    environ |= dict(pair.split("=", 1) for pair in given.env)
    with Program(*command, emulator=emulator, environ=PLAIN_TERMINAL | environ) as program:
        program.wait_for(given.wait)
        program.settle(0.6)
        for key in given.keys:
            _press(program, key, paper=paper)
        png(emulator, given.out, paper=paper)
        print(program.text)
        sent = emulator.images_sent
        print(f"images sent {len(sent)}, {sum(len(data) for _, data in sent)} bytes; shown {emulator.shown_images()}")
        print("without an answer:", ", ".join(emulator.unanswered) or "nothing")
        objections = emulator.objections()
        program.type("\x11")
        program.end()
        objections += [one for one in emulator.objections() if one not in objections]
        if emulator.images_left:
            objections.append(f"images left at the end: {emulator.images_left}")
    for objection in objections:
        print("WRONG:", objection)
    return 1 if objections else 0


def _press(program: Program, key: str, *, paper: tuple[tuple[int, int, int], tuple[int, int, int]]) -> None:
    what, _, rest = key.partition(":")
    match what:
        case "sleep" if rest:
            program.listen(float(rest))
        case "wait" if rest:
            program.wait_for(rest)
        case "snap" if rest:
            assert program.emulator is not None
            png(program.emulator, Path(rest), paper=paper)
        case "resize" if rest:
            columns, rows = map(int, rest.split("x"))
            program.resize(columns, rows)
            program.settle(0.5)
        case "raw" if rest:
            program.type(re.sub(r"\\x([0-9a-f]{2})", lambda found: chr(int(found[1], 16)), rest))
            program.settle(0.3)
        case "text" if rest:
            program.type(rest)
            program.settle(0.3)
        case _:
            program.type(key_bytes(key))
            program.settle(0.3)


if __name__ == "__main__":
    sys.exit(main())
