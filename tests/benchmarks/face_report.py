"""What the heart of the face noted, by phase: a table, and the worst stalls with what the loop was doing."""

from __future__ import annotations

import contextlib
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field

from tests.benchmarks.heart import FRAME_MS, Beat, Collection, Note, Sample
from tests.benchmarks.keystrokes import percentile


@dataclass
class Phase:
    """A stretch of time with a name."""

    name: str
    began: float
    ended: float = float("inf")
    remark: str = ""

    def has(self, at: float) -> bool:
        """Whether it was then."""
        return self.began <= at < self.ended


@dataclass
class Report:
    """All phases and what was noted in them; `mine` of the face (which is started several times), `bare` beside it."""

    phases: list[Phase] = field(default_factory=list)
    mine: list[Note] = field(default_factory=list)
    bare: list[Note] = field(default_factory=list)

    @contextlib.contextmanager
    def phase(self, name: str) -> Iterator[Phase]:
        """Everything in this block."""
        phase = Phase(name, time.monotonic())
        self.phases.append(phase)
        yield phase
        phase.ended = time.monotonic()

    def show(self, worst: int) -> None:
        """Print the table, and the worst stalls of each phase."""
        print("ms that a beat of the event loop came late; cpu: the longest the loop's thread worked between two beats")
        title = f"{'p50':>6} {'p99':>6} {'max':>6} {'cpu':>6} {f'>{FRAME_MS}':>4}"
        print(f"  {'':<20} {'wxtui: ' + title:>40}  {'bare Textual: ' + title:>47}  {'max x':>5}")
        for phase in self.phases:
            mine, bare = (
                [note for note in notes if isinstance(note, Beat) and phase.has(note.due)]
                for notes in (self.mine, self.bare)
            )
            ratio = max(beat.late_ms for beat in mine) / max(beat.late_ms for beat in bare)
            print(f"  {phase.name:<20} {_figures(mine):>40}  {_figures(bare):>47}  {ratio:>5.1f}  {phase.remark}")
        for phase in self.phases:
            self._show_worst(phase, worst)

    def _show_worst(self, phase: Phase, count: int) -> None:
        beats = [note for note in self.mine if isinstance(note, Beat) and phase.has(note.due)]
        late = sorted((beat for beat in beats if beat.late_ms > FRAME_MS), key=lambda beat: -beat.late_ms)[:count]
        if late:
            print(f"\n{phase.name}:")
        for beat in late:
            end = beat.due + beat.late_ms / 1000
            inside = [note for note in self.mine if isinstance(note, Sample | Collection) and beat.due < note.at <= end]
            swept = sum(note.ms for note in inside if isinstance(note, Collection))
            gc_part = f", {swept:.0f} ms of it gc" if swept else ""
            at = beat.due - phase.began
            print(f"  {beat.late_ms:.0f} ms at {at:.1f} s ({beat.cpu_ms:.0f} ms cpu of the loop{gc_part})")
            samples = [note for note in inside if isinstance(note, Sample)]
            for stack, times in Counter(_short(sample.loop) for sample in samples).most_common(2):
                print(f"    {times:>3} x {stack}")
            others = Counter(f"[{name}] {_short(s)}" for sample in samples for name, s in sample.others.items())
            for stack, times in others.most_common(1):
                print(f"    {times:>3} x {stack}")


def _short(stack: list[str]) -> str:
    """The innermost frame, and the innermost ones of ours."""
    ours = [frame for frame in stack[1:] if frame.startswith("tui/")][:4]
    return " < ".join([stack[0], *(ours or stack[1:4])])


def _figures(beats: list[Beat]) -> str:
    late = [beat.late_ms for beat in beats]
    over = sum(ms > FRAME_MS for ms in late)
    cpu = max(beat.cpu_ms for beat in beats)
    return f"{percentile(late, 0.5):>6.1f} {percentile(late, 0.99):>6.1f} {max(late):>6.1f} {cpu:>6.1f} {over:>4}"
