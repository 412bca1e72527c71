"""Keys of the full-screen program, one at a time, against letters in bare Textual's `Input`, typed in turn with them.

Several programs are open at once, half of them bare ones, and get a key in turn: while one is watched for its last
bytes, which takes 30 ms of silence, the others have theirs. Each has its own profile and sandbox.
"""

from __future__ import annotations

import http.client
import json
import select
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from statistics import median
from urllib.parse import urlsplit

from tests.benchmarks.watched import QUIET, Reaction, Watched

TYPING = ("The quick brown fox jumps over 13 lazy dogs, 今天下午三点在会议室开会,请大家准时参加。" * 3)[:200]
GOALS = {"list": 1.5, "type": 1.0, "switch": 2.0, "arrive": 1.5, "page": 1.5}
"""How many times as long as a letter in bare Textual's `Input` the 99th percentile may take."""
TO_THE_TOP = (b"\x1b", b"\x1b[Z", b"\x1b[H", b"\r", b"\x1b[Z")
"""Keys that open the topmost conversation and leave the focus in the list, wherever it was at the start."""
_NEXT = 0.004
"""Seconds of silence, after a first byte, after which the next program gets its key."""
_PATIENCE = 0.5
"""Seconds that a first byte may take."""
_DOWN, _UP, _PAGE_UP, _PAGE_DOWN = b"\x1b[B", b"\x1b[A", b"\x1b[5~", b"\x1b[6~"
_NEXT_ONE, _PREVIOUS_ONE = b"\x1b[1;3B", b"\x1b[1;3A"
_CUT_LINE = b"\x15"
_PAGES = 60
"""Pages up, before as many down."""
_LETTERS = 200
"""Letters, before the field is emptied."""

Act = Callable[[Watched], object]


@dataclass
class Lane:
    """A program, the origin of its sandbox ("" for a bare one), and what it did at its keys, by their kind."""

    program: Watched
    origin: str = ""
    reactions: dict[str, list[Reaction]] = field(default_factory=dict)

    def percentile(self, kind: str, share: float, of: Callable[[Reaction], float] = lambda one: one.ms) -> float:
        return percentile((of(one) for one in self.reactions[kind] if one.size), share)


def percentile(values: Iterable[float], share: float) -> float:
    """The value that this share of `values` does not exceed."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(len(ordered) * share))] if ordered else 0.0


# ---------------------------------------------------------------- one key in each lane


def volley(programs: Sequence[Watched], acts: Sequence[Act]) -> list[Reaction]:
    """Let each program in turn react to its key; all of them have been silent when this returns."""
    for program, act in zip(programs, acts, strict=True):
        program.begin(act)
        wait = _PATIENCE
        while _read(programs, wait) or not program.has_answered:
            if not program.has_answered and program.silence > _PATIENCE:
                break
            wait = _NEXT if program.has_answered else _PATIENCE
    while (wait := QUIET - min(program.silence for program in programs)) > 0:
        _read(programs, wait)
    return [program.reaction() for program in programs]


def _read(programs: Sequence[Watched], seconds: float) -> bool:
    ready = select.select(programs, [], [], seconds)[0]
    for program in ready:
        program.hear()
    return bool(ready)


def fire(lanes: Sequence[Lane], kind: str, acts: Iterator[Act], count: int, between: Sequence[bytes] = ()) -> None:
    """Give every lane of wxtui `count` keys of a kind, and every bare one as many letters.

    `between`: keys, not measured, after each `_LETTERS`.
    """
    letters = typing()
    programs = [lane.program for lane in lanes]
    for lane in lanes:
        lane.reactions[kind] = []
    for number in range(count):
        act, letter = next(acts), next(letters)
        found = volley(programs, [act if lane.origin else letter for lane in lanes])
        for lane, reaction in zip(lanes, found, strict=True):
            lane.reactions[kind].append(reaction)
        if (number + 1) % _LETTERS == 0:
            _empty(lanes, between)


def _empty(lanes: Sequence[Lane], between: Sequence[bytes]) -> None:
    for lane in lanes:
        for key in between if lane.origin else (_CUT_LINE,):
            lane.program.key(key)
        lane.program.idle(0.5)


# ---------------------------------------------------------------- what is pressed


def typing() -> Iterator[Act]:
    """Letters of a text without end."""
    while True:
        for letter in TYPING[:_LETTERS]:
            yield _press(letter.encode())


def pressing(*keys: tuple[bytes, int]) -> Iterator[Act]:
    """Each key so many times, over and over."""
    while True:
        for key, times in keys:
            for _ in range(times):
                yield _press(key)


def _press(key: bytes) -> Act:
    return lambda program: program.send(key)


class Pushes:
    """Messages for the open conversation, through each sandbox's control calls; nobody waits for the answer."""

    def __init__(self, lanes: Sequence[Lane]) -> None:
        self._calls = {
            lane.program: http.client.HTTPConnection(urlsplit(lane.origin).netloc) for lane in lanes if lane.origin
        }
        self._number = 0

    def __iter__(self) -> Iterator[Act]:
        while True:
            self._number += 1
            yield self._push

    def _push(self, program: Watched) -> None:
        call = self._calls[program]
        if self._number > 1:
            call.getresponse().read()
        body = json.dumps({"type": "text", "from": "妈妈", "content": f"消息 {self._number}"})
        call.request("POST", "/_sandbox/push", body, {"content-type": "application/json"})


# ---------------------------------------------------------------- the whole


def measure(lanes: Sequence[Lane], count: int, kinds: Sequence[str]) -> None:
    """Type, go through the list, switch, page and receive, `count` times each, in every lane."""
    ours = [lane.program for lane in lanes if lane.origin]
    for program in ours:
        program.until(b"online")
    for program in ours:
        program.rest()
    acts: dict[str, tuple[tuple[bytes, ...], Iterator[Act], Sequence[bytes]]] = {
        "list": (TO_THE_TOP, pressing((_DOWN, 1)), ()),
        "type": ((b"\x1b",), typing(), [*[_CUT_LINE] * 3, *[_CUT_LINE, b"\x7f"] * 4]),
        "switch": ((b"\x1b",), pressing((_NEXT_ONE, 12), (_PREVIOUS_ONE, 12)), ()),
        "arrive": ((b"\x1b",), iter(Pushes(lanes)), ()),
        "page": ((b"\x1b", b"\t"), pressing((_PAGE_UP, _PAGES), (_PAGE_DOWN, _PAGES)), ()),
    }
    for kind in kinds:
        before, wanted, between = acts[kind]
        for program in ours:
            for key in before:
                program.key(key)
                program.settle(0.5)
        fire(lanes, kind, wanted, count // 24 * 24 if kind == "switch" else count, between)
        _empty(lanes, between)
        report(lanes, kind)


def report(lanes: Sequence[Lane], kind: str) -> None:
    """Lines of figures: medians of the lanes' percentiles, the ratio to the bare ones."""
    ours, bare = [one for one in lanes if one.origin], [one for one in lanes if not one.origin]
    base = _middle(bare, kind, 0.99)
    keys = min(sum(bool(one.size) for one in lane.reactions[kind]) for lane in ours)
    sizes = [median(lane.percentile(kind, share, lambda one: one.size) for lane in ours) for share in (0.5, 0.99)]
    cpu = [median(lane.percentile(kind, share, lambda one: one.cpu) for lane in ours) for share in (0.5, 0.99)]
    p99 = _middle(ours, kind, 0.99)
    print(
        f"  {kind:<7} {len(ours)} x {keys:>4} keys   {sizes[0]:>5.0f} bytes ({sizes[1]:.0f} p99)   "
        f"ms {_middle(ours, kind, 0.5):>5.1f} p50  {_middle(ours, kind, 0.9):>5.1f} p90  {p99:>5.1f} p99  "
        f"{_middle(ours, kind, 1.0):>6.1f} max   CPU ms {cpu[0]:>4.1f} p50  {cpu[1]:>5.1f} p99\n"
        f"          bare Input {_middle(bare, kind, 0.5):>21.1f} p50 {base:>17.1f} p99   "
        f"p99 x {p99 / base:.2f} (goal {GOALS[kind]})   "
        f"runs {', '.join(f'{lane.percentile(kind, 0.99):.1f}' for lane in ours)}"
        f" / {', '.join(f'{lane.percentile(kind, 0.99):.1f}' for lane in bare)}",
        flush=True,
    )


def _middle(lanes: Sequence[Lane], kind: str, share: float) -> float:
    return median(lane.percentile(kind, share) for lane in lanes)
